//! Files both ways.

use rapport_model::time::MINUTE;

use super::{MIA, Office, RUTH};
use crate::support::Where::Direct;
use crate::support::{Mail, Shown};

#[tokio::test(flavor = "multi_thread")]
async fn files_go_both_ways() {
    let office = Office::open().await;
    let mail = Mail::from("Petra Novak <petra@novak-cafe.example>").id("m2");
    let mail = mail.says("Photos", "Here is how it looks, please have a look.").with_file("pump.csv", "a,水");
    office.app.receives(mail).await;
    let card = office.api.sees(Direct(RUTH), "Photos").await;
    office.api.presses(RUTH, Direct(RUTH), &card, "Files (1)");
    let has = |all: &[Shown]| all.iter().any(|shown| shown.file == Some(("pump.csv".into(), "a,水".into())));
    office.api.until(Direct(RUTH), "has the file", has).await;

    office.api.sends_file(MIA, "offer.pdf", b"%PDF", "reply C1: Here is our offer.");
    let draft = office.api.sees(Direct(MIA), "Draft to C1 Petra Novak").await;
    assert!(draft.text.contains("offer.pdf"), "{draft:?}");
    office.api.presses(MIA, Direct(MIA), &draft, "Send");
    office.api.sees(Direct(MIA), "leaves at").await;
    office.app.advance(MINUTE).await;
    let sent = office.app.outgoing().into_iter().find(|mail| mail.contains("Here is our offer")).unwrap();
    assert!(sent.contains("filename=\"offer.pdf\"") && sent.contains("%PDF"), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_fetched_from_discord_alone() {
    let office = Office::open().await;
    let file = serde_json::json!({ "id": "1", "filename": "x.pdf", "size": 3, "proxy_url": "",
        "url": "http://169.254.169.254/latest/meta-data" });
    office.api.writes(MIA, serde_json::json!({ "content": "", "attachments": [file] }));
    office.api.sees(Direct(MIA), "keeps no files at 169").await;
}
