//! Answering a customer: the draft is seen, leaves late enough to be held back, and not over news.

use rapport_model::time::SECOND;

use super::house::House;

/// The mails that left.
fn left(house: &House) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(house.app.store().dir().join("outgoing")) else { return Vec::new() };
    files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

async fn passes(house: &House, seconds: i64) {
    house.clock.advance(seconds * SECOND);
    house.app.settle().await.unwrap();
}

#[tokio::test]
async fn an_answer_is_seen_before_it_leaves_in_the_conversation() {
    let mut house = House::with_mails("mia").await;
    house
        .sees_all(
            "reply C1 We repair it today.",
            &[
                "Draft to C1 Petra Novak",
                "petra@novak-cafe.example",
                "Re: Pump broken",
                "We repair it today.",
                "Mia Tan",
                "[1] Send",
                "20 seconds",
            ],
        )
        .await;
    assert!(left(&house).is_empty(), "nothing leaves before it is sent");
    house.sees_all("1", &["leaves at", "[1] Hold it back"]).await;
    passes(&house, 19).await;
    assert!(left(&house).is_empty());
    passes(&house, 2).await;
    let [mail] = &left(&house)[..] else { panic!("one mail leaves") };
    for part in [
        "Mia Tan",
        "To: \"Petra Novak\" <petra@novak-cafe.example>",
        "Subject: Re: Pump broken",
        "In-Reply-To: <",
        "> The pump is broken",
    ] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
    assert!(!mail.contains("Auto-Submitted"), "a person wrote it");
    house.sees_all("timeline C1", &["→ Petra Novak: “Re: Pump broken [T1]”", "owner: none → Mia Tan"]).await;
    house.sees_all("show T1", &["waiting for the customer"]).await;
}

#[tokio::test]
async fn an_answer_is_held_back_discarded_or_written_anew() {
    let mut house = House::with_mails("mia").await;
    house.types("reply C1 Wrong words.").await;
    house.types("1").await;
    house.sees_all("1", &["Held back"]).await;
    passes(&house, 60).await;
    assert!(left(&house).is_empty());

    house.types("reply C1 First words.").await;
    house.sees_all("2", &["What shall I answer C1 Petra Novak?"]).await;
    house.sees_all("Better words.", &["Better words.", "[3] Discard"]).await;
    house.sees_all("3", &["nothing was done"]).await;
    house.sees_all("reply act:send", &["There is no draft"]).await;
    house.sees_all("reply it", &["What shall I answer C1 Petra Novak?"]).await;
    house.sees_all("no", &["nothing was done"]).await;
}

#[tokio::test]
async fn an_answer_does_not_leave_over_news() {
    let mut house = House::with_mails("mia").await;
    house.types("reply T1 We repair it today.").await;
    let first = house.app.store().messages_of(house.customer(1).await, 1).await.unwrap().remove(0);
    house
        .answers("Petra Novak <petra@novak-cafe.example>", &first.message_id, "It works again, never mind.")
        .await;
    house.sees_all("1", &["has moved on", "It works again, never mind.", "[1] Send anyway"]).await;
    passes(&house, 60).await;
    assert!(left(&house).is_empty());
    house.sees_all("1", &["leaves at"]).await;
    passes(&house, 21).await;
    assert_eq!(left(&house).len(), 1);
}

#[tokio::test]
async fn a_customer_is_answered_in_their_language_and_a_stranger_not_at_all() {
    let mut house = House::with_mails("lin").await;
    house.sees_all("回复 C3：六台共 3000 元。", &["给", "回复：询价", "六台共 3000 元。", "[1] 发送"]).await;
    house.types("1").await;
    passes(&house, 21).await;
    // 林芳
    assert!(left(&house)[0].starts_with("From: =?utf-8?b?5p6X6Iqz?= <"), "{}", left(&house)[0]);
    house.sits_down("mia");
    house.sees_all("reply Nobody Known: hello", &["Nobody"]).await;
    house.sees_all("tell Petra Novak we repair it today", &["Draft to C1"]).await;
}

#[tokio::test]
async fn another_colleagues_message_cannot_be_held_back() {
    let mut house = House::with_mails("mia").await;
    house.types("reply C1 We repair it today.").await;
    let card = house.types("1").await.remove(0);
    house.sits_down("lin");
    house.types(&card.buttons[0].command).await;
    passes(&house, 21).await;
    assert_eq!(left(&house).len(), 1);
}

#[tokio::test]
async fn all_get_an_answer_or_one_as_the_draft_says() {
    let mut house = House::with_mails("mia").await;
    house
        .receives_with(
            "From: Petra Novak <petra@novak-cafe.example>\nTo: support@brightwater.example, mia@brightwater.example\n\
             Cc: Jan Novak <jan@novak-cafe.example>\nSubject: Two taps",
            "Two taps drip. Jan can let you in.",
        )
        .await;
    house.sees("timeline C1").await;
    house
        .sees_all(
            "reply C1 We come on Monday.",
            &["Get no copy: Jan Novak", "jan@novak-cafe.example", "[2] Answer all"],
        )
        .await;
    house.sees_all("2", &["Jan Novak", "[2] Only to one"]).await;
    house.sees_all("3", &["What shall I answer"]).await;
    house.sees_all("We come on Tuesday.", &["Tuesday", "Jan Novak", "[2] Only to one"]).await;
    house.types("1").await;
    passes(&house, 21).await;
    let [mail] = &left(&house)[..] else { panic!("one mail leaves") };
    assert!(mail.contains("Cc: \"Jan Novak\" <jan@novak-cafe.example>"), "{mail}");
    assert!(!mail.contains("brightwater.example>, ") && !mail.contains("Monday"), "{mail}");
}

#[tokio::test]
async fn colleagues_see_who_writes() {
    let mut house = House::with_mails("mia").await;
    house.types("reply C1 We repair it today.").await;
    house.sits_down("lin");
    house.sees_all("reply C1 马上处理。", &["同时在此写回复：Mia Tan"]).await;
    house.types("reply act:discard").await;
    house.clock.advance(16 * 60 * SECOND);
    let seen = house.sees("reply C1 马上处理。").await;
    assert!(!seen.contains("同时在此写回复"), "a draft that was left is forgotten: {seen}");
}

#[tokio::test]
async fn a_file_goes_with_an_answer() {
    let mut house = House::with_mails("mia").await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("offer ä.pdf");
    std::fs::write(&path, b"%PDF-1.7 six taps").unwrap();
    let attach = format!("attach {}", path.display());
    house.sees_all(&attach, &["There is no draft"]).await;
    house.types("reply C1 Here is our offer.").await;
    house.sees_all(&attach, &["for the console alone"]).await;
    house.sits_at_the_machine();
    house.types("reply C1 Here is our offer.").await;
    house.sees_all("attach /nowhere/at/all.pdf", &["cannot read /nowhere/at/all.pdf"]).await;
    house.sees_all(&format!("attach {}", dir.path().display()), &["it is no file"]).await;
    house.sees_all(&attach, &["offer ä.pdf", "[1] Send"]).await;
    house.types("1").await;
    passes(&house, 21).await;
    let [mail] = &left(&house)[..] else { panic!("one mail leaves") };
    assert!(mail.contains("multipart/mixed") && mail.contains("Content-Type: application/pdf"), "{mail}");
    // What left can be read like what comes.
    let sent = house.app.store().messages_of(house.customer(1).await, 1).await.unwrap().remove(0);
    let files = house.app.store().attachments(sent.id).await.unwrap();
    assert_eq!(files.iter().map(|f| (f.name.as_str(), f.bytes)).collect::<Vec<_>>(), [("offer ä.pdf", 17)]);
}
