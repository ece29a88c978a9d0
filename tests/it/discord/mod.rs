//! Colleagues command the service from Discord, over real sockets to an API and a gateway that are as
//! strict as the real ones.

mod cards;
mod choices;
mod files;
mod forms;
mod troubles;

use rapport::channel::discord;
use rapport::service::Stop;
use rapport_model::Kind;
use rapport_model::message::ChannelKind;
use rapport_model::time::MINUTE;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::support::Where::{Direct, Hidden, Public};
use crate::support::{DiscordApi, Mail, Shown, TestApp, Where};

/// The accounts of the colleagues, by their handles.
const RUTH: i64 = 1_001;
const MIA: i64 = 1_002;
const LEO: i64 = 1_003;
const STRANGER: i64 = 6_666;

/// A house whose colleagues have accounts, with a customer who has a broken pump.
struct Office {
    app: TestApp,
    api: DiscordApi,
    stop: Stop,
    serving: Option<JoinHandle<()>>,
}

impl Office {
    async fn open() -> Self {
        let api = DiscordApi::start().await;
        let app = TestApp::start_with_chat(api.environment()).await;
        app.app.channels.console.open([]);
        for (handle, account) in [("ruth", RUTH), ("mia", MIA), ("leo", LEO)] {
            app.binds(ChannelKind::Discord, handle, account).await;
        }
        let said = "The pump is broken and there is no water. Please repair it *today*! @everyone <@1001>";
        app.receives(Mail::from("Petra Novak <petra@novak-cafe.example>").id("m1").says("Pump broken", said))
            .await;
        let mut office = Self { app, api, stop: Stop::default(), serving: None };
        office.serves();
        office.api.until_connected(1, 0).await;
        office
    }

    /// The service talks with Discord.
    fn serves(&mut self) {
        self.stop = Stop::default();
        let (app, stop) = (self.app.app.clone(), self.stop.clone());
        self.serving = Some(tokio::spawn(async move { discord::serve(&app, &stop).await }));
    }

    /// The service ends in good order.
    async fn ends(&mut self) {
        self.stop.stop();
        if let Some(serving) = self.serving.take() {
            serving.await.unwrap();
        }
    }

    /// Somebody writes to the bot, and sees what is answered.
    async fn says(&self, account: i64, text: &str, sees: &str) -> Shown {
        let before = self.api.shown(Direct(account)).len();
        self.api.says(account, text);
        self.sees_after(Direct(account), before, sees).await
    }

    /// Somebody gives a command in the server, and sees what is answered.
    async fn commands(&self, account: i64, name: &str, words: &str, sees: &str) -> Shown {
        let before = self.api.shown(Hidden(account)).len();
        self.api.commands(account, true, name, "text", words);
        self.sees_after(Hidden(account), before, sees).await
    }

    async fn sees_after(&self, at: Where, before: usize, sees: &str) -> Shown {
        let is_new = |all: &[Shown]| all.iter().skip(before).any(|shown| shown.says(sees));
        let all = self.api.until(at, &format!("sees {sees:?}"), is_new).await;
        all.into_iter().skip(before).rfind(|shown| shown.says(sees)).unwrap()
    }

    async fn ticket(&self) -> rapport_model::Record {
        self.app.all(Kind::Ticket).await.remove(0)
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_answered_where_nobody_else_sees_it() {
    let office = Office::open().await;
    let card = office.commands(MIA, "show", "C1", "Petra Novak").await;
    assert!(
        card.says("petra@novak-cafe.example") || card.text.contains("petra@novak-cafe.example"),
        "{card:?}"
    );
    office.commands(LEO, "find", "pump", "Pump broken").await;
    // In private it is a message like any other.
    let n = office.api.shown(Direct(MIA)).len();
    office.api.commands(MIA, false, "show", "text", "T1");
    office.sees_after(Direct(MIA), n, "Pump broken").await;
    let offered = office.api.offered();
    assert!(offered.contains(&"find".to_owned()) && offered.contains(&"link".to_owned()), "{offered:?}");
    assert!(office.api.shown(Public(700)).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_asks_in_words_and_marks_of_others_mean_nothing() {
    let office = Office::open().await;
    office.says(MIA, "show C1", "Petra Novak").await;
    let mail = office.says(MIA, "show M", "repair it *today*! ＠everyone <＠1001>").await;
    assert!(mail.raw.contains(r"\\*today\\*! ＠everyone \\<＠1001>"), "{}", mail.raw);
    office.says(LEO, "查看 T1", "Pump broken").await;
    office.says(MIA, "remind me tomorrow at 10 to call Petra", "Thu 5 Mar 2026, 10:00").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_offered_to_colleagues_who_type_and_to_nobody_else() {
    let office = Office::open().await;
    office.says(MIA, "show Petra", "Petra Novak").await;
    for typed in ["Pet", "petra nov", ""] {
        let offered = office.api.types(MIA, "show", typed).await;
        assert_eq!(offered, [("C1".to_owned(), "C1 Petra Novak".to_owned())], "{typed}");
    }
    assert_eq!(office.api.types(MIA, "note", "Xaver").await, []);
    assert_eq!(office.api.types(STRANGER, "show", "Pet").await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_done_at_once_and_taken_back_by_its_button_in_place() {
    let office = Office::open().await;
    for (at, n) in [(Direct(MIA), 1), (Hidden(MIA), 2)] {
        let done = match at {
            Hidden(_) => office.commands(MIA, "ticket", "T1 close", "closed").await,
            _ => office.says(MIA, "close T1 repaired", "closed").await,
        };
        assert_eq!(office.ticket().await.text("status"), "closed");
        let n_shown = office.api.shown(at).len();
        office.api.presses(MIA, at, &done, "Undo");
        let is_changed = |all: &[Shown]| all.iter().any(|shown| shown.id == done.id && shown.edits >= 1);
        office.api.until(at, "takes it back in place", is_changed).await;
        assert_eq!(
            (office.ticket().await.text("status"), office.api.shown(at).len()),
            ("open", n_shown),
            "{n}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_refused_once_and_learns_nothing() {
    let office = Office::open().await;
    office.api.says(STRANGER, "show C1");
    office.api.sees(Direct(STRANGER), "I do not know you").await;
    office.api.says(STRANGER, "find pump");
    office.api.says(STRANGER, "/link AAAAAAAAAAAAAAAA");
    let two = |all: &[Shown]| all.len() == 2;
    let all = office.api.until(Direct(STRANGER), "hears about the code", two).await;
    assert!(all[1].text.contains("code is wrong"), "{all:?}");
    // A command waits for an answer, and gets one, whoever gave it.
    for _ in 0..2 {
        office.commands(STRANGER, "show", "C1", "I do not know you").await;
    }
    let hidden = office.api.shown(Hidden(STRANGER));
    assert!(!all.iter().chain(&hidden).any(|s| s.text.contains("Petra") || s.text.contains("Pump")));
    assert_eq!(office.api.shown(Direct(STRANGER)).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_makes_an_account_a_colleagues() {
    let office = Office::open().await;
    let code = office.app.link_code("leo").await;
    office.api.commands(STRANGER, true, "link", "code", &code);
    office.api.sees(Hidden(STRANGER), "Leo Fischer，您好").await;
    office.says(STRANGER, "看 C1", "Petra Novak").await;
    // The account of before is nobody's.
    office.api.says(LEO, "show C1");
    office.api.sees(Direct(LEO), "I do not know you").await;
    // In private it may be typed as words, too.
    let code = office.app.link_code("leo").await;
    office.says(LEO, &format!("/link {code}"), "Leo Fischer，您好").await;
    // The managers, and Leo himself, are told of it.
    office.app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_drafted_sent_and_held_back_by_buttons() {
    let office = Office::open().await;
    let draft = office.commands(MIA, "reply", "T1 We come at four.", "Draft to C1 Petra Novak").await;
    let n = office.api.shown(Hidden(MIA)).len();
    office.api.presses(MIA, Hidden(MIA), &draft, "Send");
    let sent = office.api.sees(Hidden(MIA), "leaves at").await;
    assert_eq!((sent.id, sent.edits), (draft.id, 1), "the draft's card changes");
    office.api.presses(MIA, Hidden(MIA), &sent, "Hold it back");
    let held = office.api.sees(Hidden(MIA), "Held back").await;
    assert_eq!((held.id, office.api.shown(Hidden(MIA)).len()), (draft.id, n));
    office.app.advance(MINUTE).await;
    assert!(office.app.outgoing().iter().all(|mail| !mail.contains("We come at four.")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_outlives_the_service() {
    let mut office = Office::open().await;
    let draft = office.says(MIA, "reply T1 We come at four.", "Draft to C1 Petra Novak").await;
    office.ends().await;
    office.serves();
    office.api.presses(MIA, Direct(MIA), &draft, "Send");
    office.api.sees(Direct(MIA), "leaves at").await;
    office.app.advance(MINUTE).await;
    assert!(office.app.outgoing().iter().any(|mail| mail.contains("We come at four.")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_before_others_is_answered_in_private() {
    let office = Office::open().await;
    office.api.says_in(700, MIA, "show C1");
    office.api.says_in(700, MIA, "<@900> show C1");
    office.api.sees(Direct(MIA), "petra@novak-cafe.example").await;
    let note = office.api.sees(Public(700), "in our private chat").await;
    assert!(!note.text.contains("Petra") && note.buttons.is_empty());
    assert_eq!(office.api.shown(Public(700)).len(), 1, "what was not said to the bot is nothing to it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_is_for_whom_it_was_shown_and_says_what_changed_since() {
    let office = Office::open().await;
    let card = office.says(MIA, "show T1", "Pump broken").await;
    // Somebody else's press changes nothing, and only they are told.
    office.api.presses(LEO, Direct(MIA), &card, "Close");
    office.api.sees(Direct(LEO), "给别人").await;
    assert_eq!(office.ticket().await.text("status"), "open");
    office.says(LEO, "ticket T1 prio low", "T1").await;
    office.api.presses(MIA, Direct(MIA), &card, "Close");
    let stale = office.api.sees(Direct(MIA), "has changed since you saw it").await;
    assert!(stale.text.contains("Leo Fischer"), "{stale:?}");
    assert_eq!(office.ticket().await.text("status"), "open");
    office.api.presses(MIA, Direct(MIA), &stale, "Do it all the same");
    office.api.sees(Direct(MIA), "Undo").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forwarded_commands_nothing() {
    let office = Office::open().await;
    office.says(MIA, "show C1", "Petra Novak").await;
    let words = json!({ "message": {
        "content": "close T1", "timestamp": "2026-03-04T08:00:00+00:00", "edited_timestamp": null,
        "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "components": [], "type": 0, "flags": 0,
    }});
    let reference = json!({ "type": 1, "message_id": "3", "channel_id": "2" });
    office.api.writes(MIA, json!({ "message_reference": reference, "message_snapshots": [words] }));
    let asked = office.api.sees(Direct(MIA), "Somebody else's words").await;
    assert_eq!(office.ticket().await.text("status"), "open");
    office.api.presses(MIA, Direct(MIA), &asked, "Note");
    office.api.sees(Direct(MIA), "Undo").await;
    assert_eq!(office.app.all(Kind::Note).await[0].text("body"), "close T1");
    office.api.writes(MIA, json!({ "flags": 8192 }));
    office.api.sees(Direct(MIA), "I can read words only").await;
}
