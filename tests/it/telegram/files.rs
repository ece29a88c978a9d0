//! Files both ways.

use rapport_model::Kind;
use rapport_model::time::MINUTE;

use super::{LEO, MIA, Office, RUTH, STRANGER};
use crate::support::{Mail, Shown};

const PETRA: &str = "Petra Novak <petra@novak-cafe.example>";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_customer_sent_along_comes_as_it_was() {
    let office = Office::open().await;
    let mail = Mail::from(PETRA).id("m2").says("Photos", "Here is how it looks, please have a look.");
    office.app.receives(mail.with_file("pump.csv", "a,b\r\n1,水\r\n").with_file("../x<y>.txt", "leak")).await;
    let card = office.api.sees(RUTH, "Photos").await;
    office.api.presses(RUTH, &card, "Files (2)");
    let brought = |all: &[Shown]| all.iter().filter_map(|shown| shown.file.clone()).collect::<Vec<_>>();
    let all = office.api.until(RUTH, "has both files", |all| brought(all).len() == 2).await;
    let files = brought(&all);
    assert_eq!(files[0], ("pump.csv".to_owned(), "a,b\r\n1,水\r\n".as_bytes().to_vec()));
    assert_eq!((&files[1].0[..], &files[1].1[..]), ("x_y_.txt", &b"leak"[..]));
    // By the customer, too, and none where there are none.
    office.types(MIA, "files of Petra Novak", "2 files of C1 Petra Novak").await;
    office.api.until(MIA, "has both files", |all| brought(all).len() == 2).await;
    office.types(MIA, "files C99", "no C99").await;
    assert!(office.api.chat(LEO).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_colleague_sends_goes_with_the_answer() {
    let office = Office::open().await;
    let offer = b"%PDF-1.7 \x00\xff offer";
    // Before the answer, with it, and after it.
    office.api.sends_file(MIA, "offer.pdf", offer, "");
    office.api.sees(MIA, "offer.pdf waits here").await;
    office.api.sends_file(MIA, "../terms\u{202e}.txt", b"terms", "reply C1: Here is our offer.");
    let draft = office.api.sees(MIA, "Draft to C1 Petra Novak").await;
    assert!(
        draft.says("offer.pdf") && draft.says("terms.txt") && draft.says("Here is our offer"),
        "{draft:?}"
    );
    office.api.sends_file(MIA, "plan.txt", b"plan", "");
    let draft = office.api.sees(MIA, "plan.txt").await;
    office.api.presses(MIA, &draft, "Send");
    office.api.sees(MIA, "leaves at").await;
    office.app.advance(MINUTE).await;
    let sent = office.app.outgoing().into_iter().find(|mail| mail.contains("Here is our offer")).unwrap();
    for name in ["offer.pdf", "terms.txt", "plan.txt"] {
        assert!(sent.contains(&format!("filename=\"{name}\"")), "{name}: {sent}");
    }
    assert!(sent.contains("JVBERi0xLjcgAP8gb2ZmZXI="), "{sent}");
    office.types(MIA, "reply C1: And thank you.", "And thank you").await;
    assert!(!office.api.sees(MIA, "And thank you").await.says("offer.pdf"), "each goes once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_on_a_card_answers_the_customer() {
    let office = Office::open().await;
    let card = office.api.sees(RUTH, "Petra Novak: Pump broken").await;
    let document = serde_json::json!({
        "reply_to_message": {
            "message_id": card.id, "date": 1_772_000_000, "text": "card",
            "chat": { "id": RUTH, "type": "private", "first_name": "U" },
            "from": { "id": 900, "is_bot": true, "first_name": "Rapport" },
        },
        "photo": [
            { "file_id": "f0", "file_unique_id": "u", "file_size": 1, "width": 90, "height": 90 },
            { "file_id": "none", "file_unique_id": "v", "file_size": 4, "width": 900, "height": 900 },
        ],
        "caption": "See how to close the valve.",
    });
    office.api.sends(RUTH, document);
    // The photo is gone from Telegram: that is said, and the answer is there.
    office.api.sees(RUTH, "cannot read photo-").await;
    let draft = office.api.sees(RUTH, "Draft to C1 Petra Novak").await;
    assert!(draft.says("close the valve"), "{draft:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_is_said_and_can_be_put_away() {
    let office = Office::open().await;
    office.api.sends_file(MIA, "film.mp4", &vec![0; 16 << 20], "");
    office.api.sees(MIA, "more than 15 MB").await;
    for n in 0..11 {
        office.api.sends_file(MIA, &format!("{n}.txt"), b"x", "");
    }
    office.api.sees(MIA, "at most 10 files").await;
    office.types(MIA, "attach none", "nothing was done").await;
    office.types(MIA, "reply C1: Hello.", "Draft to").await;
    assert!(!office.api.sees(MIA, "Draft to").await.says("1.txt"));
    // Of strangers nothing is fetched.
    office.api.sends_file(STRANGER, "virus.exe", b"x", "");
    office.api.sees(STRANGER, "I do not know you").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_somebody_else_is_a_file_and_none_waits_for_ever() {
    let office = Office::open().await;
    let origin =
        serde_json::json!({ "type": "hidden_user", "date": 1_772_000_000, "sender_user_name": "Bo" });
    office.api.sends_file(MIA, "old.pdf", b"%PDF", "");
    office.api.sees(MIA, "old.pdf waits here").await;
    // What was for somebody else an hour ago goes with nothing.
    office.app.advance(2 * rapport_model::time::HOUR).await;
    let forwarded = serde_json::json!({ "forward_origin": origin, "document":
        { "file_id": "f0", "file_unique_id": "u", "file_name": "plan.pdf", "file_size": 4 } });
    office.api.sends(MIA, forwarded);
    let waits = office.api.sees(MIA, "plan.pdf waits here").await;
    assert!(!waits.says("old.pdf"), "{waits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_a_manager_sends_is_shown_brought_in_and_taken_back() {
    let office = Office::open().await;
    let table = "Name,E-Mail,Shoe size\nAnn Lee,ann@lee.example,38\nBo,nobody,40\nPetra N.,petra@novak-cafe.example,41\n";
    office.api.sends_file(RUTH, "leads.csv", table.as_bytes(), "");
    let waits = office.api.sees(RUTH, "leads.csv waits here").await;
    office.api.presses(RUTH, &waits, "Bring it in");
    let preview = office.api.sees(RUTH, "leads.csv: 3 rows as customers").await;
    for part in [
        "Nothing is written yet",
        "E-Mail → e-mail",
        "Shoe size → left out",
        "Row 2: Ann Lee",
        "As it is already",
        "“nobody” is not what e-mail can be",
    ] {
        assert!(preview.says(part), "{part}: {preview:?}");
    }
    let before = office.app.all(Kind::Customer).await;
    assert_eq!(before.len(), 1, "nothing is written before it is agreed to");
    office.api.presses(RUTH, &preview, "Import 1");
    let done = office.api.sees(RUTH, "leads.csv is brought in: 1 new, 0 changed").await;
    let files = |all: &[Shown]| all.iter().filter_map(|shown| shown.file.clone()).collect::<Vec<_>>();
    let all = office.api.until(RUTH, "has what was refused", |all| !files(all).is_empty()).await;
    let (name, bytes) = files(&all).remove(0);
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(name, "refused.csv");
    assert!(text.contains("3,Bo,nobody,40,“nobody” is not what e-mail can be\r\n"), "{text}");
    assert_eq!(office.app.all(Kind::Customer).await.len(), 2);
    office.api.presses(RUTH, &done, "Undo");
    office.api.sees(RUTH, "All of it is taken back").await;
    let after = office.app.all(Kind::Customer).await;
    assert_eq!((after.len(), after[0].text("name")), (1, before[0].text("name")));
    office.api.presses(RUTH, &done, "Undo");
    office.api.sees(RUTH, "It was not taken back").await;
    office.app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_asked_about_in_the_readers_language_and_only_managers_bring_one_in() {
    let office = Office::open().await;
    office.types(RUTH, "lang zh", "中文").await;
    office.types(RUTH, "导入", "没有待导入的表格").await;
    office.api.sends_file(RUTH, "列表.csv", "标题,内容\n水泵,二十台\n".as_bytes(), "");
    let waits = office.api.sees(RUTH, "列表.csv").await;
    office.api.presses(RUTH, &waits, "导入");
    let asked = office.api.sees(RUTH, "1 行是什么").await;
    office.api.presses(RUTH, &asked, "商机");
    let preview = office.api.sees(RUTH, "1 行，作为商机").await;
    assert!(preview.says("新增") && preview.says("第 2 行：水泵"), "{preview:?}");
    office.api.presses(RUTH, &preview, "不附了");
    office.types(RUTH, "导入", "没有待导入的表格").await;
    assert!(office.app.all(Kind::Deal).await.is_empty());
    // Of who may not nothing is offered, and nothing done.
    office.api.sends_file(MIA, "leads.csv", b"Name,E-Mail\nAnn,ann@lee.example\n", "");
    let waits = office.api.sees(MIA, "leads.csv waits here").await;
    assert!(waits.buttons.iter().all(|(label, _)| label != "Bring it in"), "{waits:?}");
    office.api.says(MIA, "import customers");
    office.api.until(MIA, "is refused", |all| all.len() > 1).await;
    assert_eq!(office.app.all(Kind::Customer).await.len(), 1);
    // What is no table is said, and nothing is half done.
    office.types(RUTH, "lang en", "English").await;
    office.api.sends_file(RUTH, "broken.xlsx", b"PK\x03\x04 no workbook", "");
    office.api.sees(RUTH, "broken.xlsx waits here").await;
    office.types(RUTH, "import", "I cannot read broken.xlsx as a table").await;
}
