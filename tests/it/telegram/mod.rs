//! Colleagues command the service from Telegram, over real sockets to a Bot API that is as strict as
//! the real one.

mod cards;
mod crash;
mod files;
mod troubles;

use rapport::channel::{discord, telegram};
use rapport::service::Stop;
use rapport_model::Kind;
use rapport_model::message::ChannelKind;
use tokio::task::JoinHandle;

use crate::support::{BotApi, Mail, Shown, TestApp};

/// The accounts of the colleagues, by their handles.
const RUTH: i64 = 1_001;
const MIA: i64 = 1_002;
const LEO: i64 = 1_003;
const STRANGER: i64 = 6_666;

/// A service that talks with a chat, until it is told to end.
pub struct Talk {
    stop: Stop,
    serving: JoinHandle<()>,
}

impl Talk {
    pub fn begin(app: &TestApp) -> Self {
        let stop = Stop::default();
        let (app, told) = (app.app.clone(), stop.clone());
        Self { stop, serving: tokio::spawn(async move { telegram::serve(&app, &told).await }) }
    }

    pub fn begin_in_discord(app: &TestApp) -> Self {
        let stop = Stop::default();
        let (app, told) = (app.app.clone(), stop.clone());
        Self { stop, serving: tokio::spawn(async move { discord::serve(&app, &told).await }) }
    }

    pub async fn end(self) {
        self.stop.stop();
        self.serving.await.unwrap();
    }
}

/// A house whose colleagues have accounts, with a customer who has a broken pump.
struct Office {
    app: TestApp,
    api: BotApi,
    talk: Option<Talk>,
}

impl Office {
    async fn open() -> Self {
        let api = BotApi::start().await;
        let app = TestApp::start_with_chat(api.environment()).await;
        app.app.channels.console.open([]);
        for (handle, account) in [("ruth", RUTH), ("mia", MIA), ("leo", LEO)] {
            app.binds(ChannelKind::Telegram, handle, account).await;
        }
        let said = "The pump is broken and there is no water. Please repair it today! <b>&";
        app.receives(Mail::from("Petra Novak <petra@novak-cafe.example>").id("m1").says("Pump broken", said))
            .await;
        let mut office = Self { app, api, talk: None };
        office.serves();
        office
    }

    /// The service talks with Telegram.
    fn serves(&mut self) {
        self.talk = Some(Talk::begin(&self.app));
    }

    /// The service ends in good order.
    async fn ends(&mut self) {
        if let Some(talk) = self.talk.take() {
            talk.end().await;
        }
    }

    /// Somebody types something, and sees what is answered.
    async fn types(&self, account: i64, text: &str, sees: &str) -> Shown {
        let before = self.api.chat(account).len();
        self.api.says(account, text);
        let is_new = |all: &[Shown]| all.iter().skip(before).any(|shown| shown.says(sees));
        let all = self.api.until(account, &format!("shows {sees:?} to {text:?}"), is_new).await;
        all.into_iter().skip(before).rfind(|shown| shown.says(sees)).unwrap()
    }

    async fn ticket(&self) -> rapport_model::Record {
        self.app.all(Kind::Ticket).await.remove(0)
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        if let Some(talk) = self.talk.take() {
            talk.stop.stop();
            talk.serving.abort();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_asks_in_words_and_sees_a_card() {
    let office = Office::open().await;
    let card = office.types(MIA, "show C1", "Petra Novak").await;
    assert!(card.is_html && card.text.contains("petra@novak-cafe.example"), "{card:?}");
    // The customer's markup is words.
    let mail = office.types(MIA, "show M", "repair it today! <b>&").await;
    assert!(mail.raw.contains("&lt;b&gt;&amp;"), "{mail:?}");
    office.types(LEO, "查看 T1", "Pump broken").await;
    office.types(MIA, "/find@rapport_bot pump", "Pump broken").await;
    office.types(MIA, "remind me tomorrow at 10 to call Petra", "Thu 5 Mar 2026, 10:00").await;
    let offered = office.api.commands();
    assert!(offered[""].contains(&"find".to_owned()) && offered.contains_key("zh"), "{offered:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_done_at_once_and_taken_back_by_its_button_in_place() {
    let office = Office::open().await;
    let is_undo = |(label, _): &&(String, String)| label == "Undo";
    let done = office.types(MIA, "close T1 repaired", "closed").await;
    assert_eq!(office.ticket().await.text("status"), "closed");
    assert!(done.buttons.iter().any(|button| is_undo(&button)), "{done:?}");
    let n = office.api.chat(MIA).len();
    office.api.presses(MIA, &done, "Undo");
    let is_changed = |all: &[Shown]| all.iter().any(|shown| shown.id == done.id && shown.edits == 1);
    office.api.until(MIA, "takes it back in place", is_changed).await;
    assert_eq!((office.ticket().await.text("status"), office.api.chat(MIA).len()), ("open", n));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_refused_once_and_learns_nothing() {
    let office = Office::open().await;
    office.api.says(STRANGER, "show C1");
    let refusal = office.api.sees(STRANGER, "I do not know you").await;
    office.api.says(STRANGER, "find pump");
    office.api.presses_data(STRANGER, refusal.id, "1");
    office.api.says(STRANGER, "/start AAAAAAAAAAAAAAAA");
    let all = office.api.until(STRANGER, "hears about the code", |all| all.len() == 2).await;
    assert!(all[1].text.contains("code is wrong"), "{all:?}");
    assert!(!all.iter().any(|shown| shown.text.contains("Petra") || shown.text.contains("Pump")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_makes_an_account_a_colleagues() {
    let office = Office::open().await;
    let code = office.app.link_code("leo").await;
    office.api.says(STRANGER, &format!("/start {code}"));
    office.api.sees(STRANGER, "Leo Fischer，您好").await;
    office.types(STRANGER, "看 C1", "Petra Novak").await;
    // The managers learn of it, and Leo by mail: the account may not be his.
    office.api.sees(RUTH, "A Telegram account was bound to Leo Fischer").await;
    office.app.settle().await;
    let mails = office.app.outgoing();
    assert!(
        mails.iter().any(|mail| mail.contains("To: ") && mail.contains("leo@brightwater.example")),
        "{mails:?}"
    );
    // The account of before is nobody's.
    office.api.says(LEO, "show C1");
    office.api.sees(LEO, "I do not know you").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_drafted_sent_and_held_back_by_buttons() {
    let office = Office::open().await;
    let draft = office.types(MIA, "reply T1 We come at four.", "Draft to C1 Petra Novak").await;
    let n = office.api.chat(MIA).len();
    office.api.presses(MIA, &draft, "Send");
    let sent = office.api.sees(MIA, "leaves at").await;
    assert_eq!((sent.id, sent.edits), (draft.id, 1), "the draft's card changes");
    office.api.presses(MIA, &sent, "Hold it back");
    let held = office.api.sees(MIA, "Held back").await;
    assert_eq!((held.id, office.api.chat(MIA).len()), (draft.id, n));
    office.app.advance(rapport_model::time::MINUTE).await;
    assert!(office.app.outgoing().iter().all(|mail| !mail.contains("We come at four.")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_outlives_the_service() {
    let mut office = Office::open().await;
    let draft = office.types(MIA, "reply T1 We come at four.", "Draft to C1 Petra Novak").await;
    office.ends().await;
    office.serves();
    office.api.presses(MIA, &draft, "Send");
    office.api.sees(MIA, "leaves at").await;
    office.app.advance(rapport_model::time::MINUTE).await;
    assert!(office.app.outgoing().iter().any(|mail| mail.contains("We come at four.")));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_group_the_answer_comes_in_private() {
    let office = Office::open().await;
    office.api.says_in(-500, MIA, "show C1");
    office.api.says_in(-500, MIA, "/show@rapport_bot C1");
    office.api.sees(MIA, "petra@novak-cafe.example").await;
    let group = office.api.sees(-500, "in our private chat").await;
    assert!(!group.text.contains("Petra"));
    assert_eq!(office.api.chat(-500).len(), 1, "what was not said to the bot is nothing to it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_is_for_whom_it_was_shown_and_says_what_changed_since() {
    let office = Office::open().await;
    let card = office.types(MIA, "show T1", "Pump broken").await;
    let label = card.buttons.iter().find(|(label, _)| label == "Close").map(|(l, _)| l.clone());
    let label = label.unwrap_or_else(|| panic!("{card:?}"));
    // Somebody else's press changes nothing.
    office.api.presses(LEO, &card, &label);
    office
        .api
        .until(LEO, "is told", |_| office.api.acknowledged().iter().any(|(_, word)| word.contains("给别人")))
        .await;
    assert_eq!(office.ticket().await.text("status"), "open");
    office.types(LEO, "ticket T1 prio low", "T1").await;
    office.api.presses(MIA, &card, &label);
    let stale = office.api.sees(MIA, "has changed since you saw it").await;
    assert!(stale.text.contains("Leo Fischer"), "{stale:?}");
    assert_eq!(office.ticket().await.text("status"), "open");
    office.api.presses(MIA, &stale, "Do it all the same");
    office.api.sees(MIA, "Undo").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_answered_is_what_it_means() {
    let office = Office::open().await;
    let customer = office.types(MIA, "show C1", "Petra Novak").await;
    office.types(MIA, "help", "find").await;
    office.api.answers(MIA, customer.id, "note: call after four");
    office.api.sees(MIA, "Noted for C1 Petra Novak").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forwarded_commands_nothing() {
    let office = Office::open().await;
    office.types(MIA, "show C1", "Petra Novak").await;
    let origin = serde_json::json!({ "type": "hidden_user", "date": 1_772_000_000, "sender_user_name": "P" });
    office.api.sends(MIA, serde_json::json!({ "text": "close T1", "forward_origin": origin }));
    let asked = office.api.sees(MIA, "Somebody else's words").await;
    assert_eq!(office.ticket().await.text("status"), "open");
    office.api.presses(MIA, &asked, "Note");
    office.api.sees(MIA, "Undo").await;
    assert_eq!(office.app.all(Kind::Note).await[0].text("body"), "close T1");
    office.api.sends(
        MIA,
        serde_json::json!({ "sticker": {
            "file_id": "f", "file_unique_id": "u", "type": "regular", "width": 1, "height": 1,
            "is_animated": false, "is_video": false, "file_size": 1,
        }}),
    );
    office.api.sees(MIA, "I can read words only").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_comes_to_the_chat_with_its_buttons() {
    let office = Office::open().await;
    let ruth = office.api.sees(RUTH, "Urgent: Petra Novak").await;
    let why =
        ruth.buttons.iter().find(|(label, _)| label == "Why?" || label == "Why").expect("a why").0.clone();
    office.api.presses(RUTH, &ruth, &why);
    office.api.until(RUTH, "learns why", |all| all.iter().any(|shown| shown.id > ruth.id)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_begins_in_a_group_goes_on_in_private() {
    let office = Office::open().await;
    office.api.says_in(-500, MIA, "@rapport_bot reply C1: We come at four.");
    let draft = office.api.sees(MIA, "Draft to C1 Petra Novak").await;
    office.api.presses(MIA, &draft, "Send");
    office.api.sees(MIA, "leaves at").await;
    office.api.says_in(-500, MIA, "@rapport_bot note C1");
    office.api.sees(MIA, "What shall I note for C1").await;
    office.types(MIA, "likes tea", "likes tea").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yes_answers_the_question_and_no_later_one() {
    let office = Office::open().await;
    let erase = "privacy erase C1";
    office.types(RUTH, erase, "Erase C1 Petra Novak for good").await;
    // A notice comes between; who answers that does not mean the erasure.
    let card = office.api.sees(RUTH, "Petra Novak: Pump broken").await;
    office.api.answers(RUTH, card.id, "/yes");
    office.types(RUTH, erase, "for good").await;
    office.types(RUTH, "no", "nothing was done").await;
    office.types(RUTH, erase, "for good").await;
    office.app.advance(10 * rapport_model::time::MINUTE).await;
    office.types(RUTH, "yes", "not sure what you mean").await;
    office.types(MIA, "show C1", "Petra Novak").await;
    office.types(RUTH, erase, "for good").await;
    office.types(RUTH, "yes", "is erased").await;
}
