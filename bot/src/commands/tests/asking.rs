//! Reading: what is found and shown, and how what is meant is found out.

use super::house::House;

#[tokio::test]
async fn what_is_found_can_be_shown_by_its_number() {
    let mut house = House::with_mails("mia").await;
    house.sees_all("find broken pump", &["Pump broken", "Petra Novak", "│ ", "[1]"]).await;
    house.sees_all("1", &["petra@novak-cafe.example", "hxxp://evil.example/x", "＠everyone"]).await;
    let seen =
        house.sees_all("show Petra", &["C1 Petra Novak", "lead", "next step", "Answer", "Last wrote"]).await;
    assert!(!seen.contains("http://"), "{seen}");
    house.sees_all("show petra@novak-cafe.example", &["C1 Petra Novak"]).await;
}

#[tokio::test]
async fn a_filter_takes_its_values_in_either_language_and_says_which_there_are() {
    let mut house = House::with_mails("lin").await;
    house.sees_all("找 净水器 类型:消息", &["询价", "王丽"]).await;
    house.sees_all("find price intent:询价", &["Price of AquaOne"]).await;
    house.sees_all("find price mood:sunny", &["sunny", "不满", "平和", "满意"]).await;
    house.sees_all("find price since:2099-01-01", &["没有找到"]).await;
    house.sees_all("find price since:soonish", &["没有从“soonish”中读出时间"]).await;
    house.sees_all("find price since:7d", &["Price of AquaOne"]).await;
}

#[tokio::test]
async fn a_name_of_several_is_asked_for_and_the_command_goes_on() {
    let mut house = House::with_mails("mia").await;
    house
        .receives("Anna Kern <anna@kern.example>", "mia@brightwater.example", "Hello", "Please call me.")
        .await;
    let seen = house.sees_all("note Anna: likes tea", &["Which one?", "Anna Berg", "Anna Kern"]).await;
    let place =
        seen.split("[").find(|part| part.contains("Anna Kern")).map(|part| part[..1].to_owned()).unwrap();
    house.sees_all(&place, &["Noted for", "Anna Kern", "likes tea", "[1] Undo"]).await;
    house.sees_all("show it", &["Anna Kern", "likes tea"]).await;
}

#[tokio::test]
async fn who_is_not_there_is_said() {
    let mut house = House::with_mails("mia").await;
    for (line, says) in [
        ("show C99", "There is no C99."),
        ("show Zebediah", "Nothing found for “Zebediah”"),
        ("note it hello", "Which record is it for?"),
        ("ticket C1 close", "is no ticket"),
        ("why K99", "There is no K99."),
        ("more", "nothing more"),
        ("undo", "nothing of yours"),
        ("", "Nothing was typed"),
        ("flibbertigibbet", "Did you mean"),
    ] {
        house.sees_all(line, &[says]).await;
    }
}

#[tokio::test]
async fn a_timeline_has_mails_and_notes_in_their_order() {
    let mut house = House::with_mails("mia").await;
    house.types("note C1 called back, will send Leo").await;
    let seen = house.sees_all("timeline C1", &["← Petra Novak: “Pump broken”", "Note by Mia Tan"]).await;
    assert!(seen.find("Pump broken") < seen.find("Note by Mia Tan"));
    house.sees_all("timeline C1 since:2026-03-12", &["Nothing has happened"]).await;
}

#[tokio::test]
async fn a_digest_covers_the_period_that_was_asked_for() {
    let mut house = House::with_mails("ruth").await;
    house.sees_all("digest", &["Brightwater", "Daily digest"]).await;
    house.sees_all("digest week", &["Weekly digest"]).await;
    house.sees_all("digest next year", &["Write it like this"]).await;
}

#[tokio::test]
async fn help_lists_every_command_and_tells_about_one() {
    let mut house = House::start("mia").await;
    house.sees_all("help", &["find", "timeline", "undo"]).await;
    house.sees_all("help note", &["note", "Also: 备注"]).await;
    house.sees_all("help flying", &["no command “flying”", "find"]).await;
}

#[tokio::test]
async fn a_mail_shows_what_speaks_against_its_sender() {
    let mut house = House::with_mails("mia").await;
    let support = "support@brightwater.example";
    house
        .receives("Boss <boss@brightwatar.example>", support, "Invoice", "Please pay this invoice today.")
        .await;
    house.types("find invoice type:message").await;
    house
        .sees_all(
            "1",
            &["CAREFUL: brightwatar.example looks like an address of ours", "wrote for the first time"],
        )
        .await;
    house.types("find pump type:message").await;
    let seen = house.sees("1").await;
    assert!(!seen.contains("CAREFUL"), "{seen}");
}

#[tokio::test]
async fn what_a_button_would_ask_for_is_known_before_it_is_pressed() {
    let mut house = House::with_mails("mia").await;
    let asks = |title: &str, words: &str| Some((title.to_owned(), words.to_owned()));
    for (command, expected) in [
        ("reply C1", asks("What shall I answer C1 Petra Novak?", "")),
        ("note C1", asks("What shall I note for C1 Petra Novak?", "")),
        ("ticket new C1", asks("What is wrong at C1 Petra Novak?", "")),
        ("log call C1", asks("What was said with C1 Petra Novak?", "")),
        // These have their words, need none, cannot be done, or are none.
        ("reply C1 We come at four.", None),
        ("note C1 likes tea", None),
        ("ticket T1 close", None),
        ("reply act:edit", None),
        ("reply C99", None),
        ("note it", None),
        ("", None),
        ("nonsense {{ 7*7 }}", None),
    ] {
        assert_eq!(house.would_ask(command).await, expected, "{command}");
    }
    house.types("reply C1 We come at four.").await;
    let edit = asks("What shall I answer C1 Petra Novak?", "We come at four.");
    assert_eq!(house.would_ask("reply act:edit").await, edit);
    // Nothing was done, and no question waits.
    house.sees_all("show T1", &["open"]).await;
    house.sees_all("reply act:send", &["leaves at"]).await;

    house.sits_down("lin");
    assert_eq!(house.would_ask("reply C1").await, asks("要回复C1 Petra Novak什么？", ""));
    house.sits_down("vic");
    assert_eq!(house.would_ask("reply C1").await, None, "a viewer writes nothing");
}
