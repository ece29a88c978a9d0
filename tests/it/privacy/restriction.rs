//! Restricted processing: what is held is kept and shown, and nothing else is done with it, by none of what
//! runs by itself.

use std::collections::HashSet;

use rapport_model::job::Outbound;
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Change, Id, Kind, Record, RecordRef};
use rapport_storage::histories::Asked;

use crate::campaigns::{Seat, house, yes};
use crate::support::{Answer, HttpPeer, Mail, TestApp, rules_without_schedules};

const BEN: &str = "Ben Li <ben@hotel.example>";

/// Ben asked for a price, Mia answered, and he has been silent since: he would be followed up in three days.
async fn with_ben(app: &TestApp) -> Record {
    let ask = "What would 20 filters cost us? Please send a quote.";
    app.receives(Mail::from(BEN).id("q").says("Price for 20 filters", ask)).await;
    app.advance(HOUR).await;
    let answer = Mail::from("Mia Tan <mia@brightwater.example>").to("ben@hotel.example").id("a").answers("q");
    app.receives(answer.says("Re: Price for 20 filters", "They cost 1,900 EUR each. Shall I reserve them?"))
        .await;
    app.all(Kind::Customer).await.remove(0)
}

/// What a broken pump leads to: tickets, tasks, notices, mails that leave.
async fn consequences(app: &TestApp) -> (usize, usize, usize, usize) {
    let tickets = app.all(Kind::Ticket).await.len();
    let notices = app.notices().iter().filter(|sent| sent.message.text != Outbound::MAIL_CARD).count();
    (tickets, app.all(Kind::Task).await.len(), notices, app.outgoing().len())
}

async fn restricts(app: &TestApp, word: &str) -> String {
    Seat::of(app, "ruth").types(&format!("privacy {word} C1")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rule_acts_on_a_new_mail_which_is_kept_and_shown_with_a_notice() {
    let app = TestApp::start_without_schedules().await;
    let ben = with_ben(&app).await.record;
    let seen = restricts(&app, "restrict").await;
    assert!(seen.contains("Processing is restricted for C1 Ben Li") && seen.contains("[1] Undo"), "{seen}");
    let before = (app.again(ben).await, consequences(&app).await);

    let broken = "The pump is broken and leaks, this is a disgrace, I complain! I will pay on Friday.";
    app.receives(Mail::from(BEN).id("b").says("Pump broken", broken)).await;
    let after = app.again(ben).await;
    assert_eq!(consequences(&app).await.0, before.1.0, "no ticket");
    assert_eq!((after.get("mood"), after.get("language")), (before.0.get("mood"), before.0.get("language")));
    assert_eq!(after.get("n_in").int(), Some(1), "nothing is counted");
    let message = app.app.store().messages_of(ben.id, 1).await.unwrap().remove(0);
    assert_eq!((message.subject.as_str(), message.reading), ("Pump broken", None), "kept, and not read");
    assert_eq!(app.search("leaks").await.found.len(), 0, "nor made out for searches");
    for (asked, notice) in [("show C1", "Processing restricted since"), ("timeline C1", "Pump broken")] {
        let seen = Seat::of(&app, "ruth").types(asked).await;
        assert!(seen.contains(notice), "{asked}: {seen}");
    }
    assert!(restricts(&app, "restrict").await.contains("has been restricted"), "twice is once");

    let seen = restricts(&app, "release").await;
    assert!(seen.contains("no longer restricted"), "{seen}");
    app.settle().await;
    assert_eq!(app.search("leaks").await.found.len(), 1, "then it is read");
    assert_eq!(app.again(ben).await.get("n_in").int(), Some(2));
    assert_eq!(app.all(Kind::Ticket).await.len(), before.1.0 + 1, "and rules act");
    assert!(restricts(&app, "release").await.contains("was not restricted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restriction_is_undone_and_belongs_to_managers() {
    let app = TestApp::start_without_schedules().await;
    let ben = with_ben(&app).await.record;
    let mut mia = Seat::of(&app, "mia");
    assert!(mia.types("privacy restrict C1").await.contains("manager"));
    let mut ruth = Seat::of(&app, "ruth");
    ruth.types("隐私 限制 C1").await;
    assert!(!app.again(ben).await.get("restricted_at").is_null());
    ruth.types("undo").await;
    assert!(app.again(ben).await.get("restricted_at").is_null());
    assert!(ruth.types("privacy restrict C99").await.contains("There is no C99"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_planned_before_does_not_happen_any_more() {
    let app = TestApp::start_without_schedules().await;
    with_ben(&app).await;
    restricts(&app, "restrict").await;
    app.advance(40 * DAY).await;
    assert_eq!(app.outgoing(), Vec::<String>::new(), "no follow-up");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_automatic_mail_that_waits_is_held_back() {
    let app = TestApp::start_without_schedules().await;
    let ben = with_ben(&app).await.record;
    let store = app.app.store();
    let id = store.new_id();
    let waiting = Outbound {
        channel: rapport_model::message::ChannelKind::Email,
        to: rapport_model::job::Recipient::Customer(ben.id),
        automatic: true,
        purpose: Some(rapport_model::consent::Purpose::Survey),
        ..Outbound::notice(id, Id(0), "ask_rating", app.now().plus(DAY), "waits".to_owned())
    };
    let work = rapport_storage::work::Work { outbox: vec![waiting], ..Default::default() };
    store.commit(vec![work]).await.unwrap();
    restricts(&app, "restrict").await;
    app.advance(2 * DAY).await;
    assert_eq!(app.outgoing(), Vec::<String>::new(), "nobody is asked for a rating");
    let held = store.outgoing(id).await.unwrap().unwrap();
    assert!(held.last_error.unwrap().contains("may only be kept"));
}

#[tokio::test(flavor = "multi_thread")]
async fn campaigns_leave_them_out() {
    let app = house(None, "").await;
    let ids = app.knows(2, r#"["vip"]"#).await;
    restricts(&app, "restrict").await;
    let mut ruth = Seat::of(&app, "ruth");
    ruth.starts("spring check_in to tag:vip").await;
    app.advance(DAY).await;
    assert_eq!(app.written_to(), ["c1@firm1.example"]);
    app.changes(vec![yes(&app, ids[0])]).await;
    assert_eq!(app.written_to().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_language_model_learns_of_them() {
    let choice =
        serde_json::json!({ "message": { "role": "assistant", "content": "Yes." }, "finish_reason": "stop" });
    let says = Answer::Says(200, Vec::new(), serde_json::json!({ "choices": [choice] }).to_string());
    let llm = HttpPeer::start(says).await;
    let url = format!("http://127.0.0.1:{}/v1", llm.port);
    let all = [("RAPPORT__LLM__URL", url.as_str()), ("RAPPORT__LLM__MODEL", "test-model")];
    let app = TestApp::start_set(Some(rules_without_schedules()), &all).await;
    with_ben(&app).await;
    restricts(&app, "restrict").await;
    let mut ruth = Seat::of(&app, "ruth");
    let drafted = ruth.types("draft C1 say yes").await;
    ruth.types("summary C1").await;
    for seen in [drafted, ruth.presses("In words").await] {
        assert!(seen.contains("Processing is restricted for"), "{seen}");
    }
    assert_eq!(llm.asked().len(), 0, "nothing left the house");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_learnt_from_them_and_nothing_recommended_to_them() {
    let app = TestApp::start_without_schedules().await;
    let ben = with_ben(&app).await.record;
    let store = app.app.store();
    // He bought two things, and a colleague corrected how his mail was read.
    let (pump, seal) = (store.new_id(), store.new_id());
    let product = |id: Id, name: &str| {
        Change::create(RecordRef::new(Kind::Product, id)).with("name", name).with("active", true)
    };
    let order = RecordRef::new(Kind::Order, store.new_id());
    let bought = Change::create(order).with("customer", ben.id).with("placed_at", app.now());
    app.changes(vec![product(pump, "Pump"), product(seal, "Seal"), bought]).await;
    store.set_lines(order, &[(pump, 1.0), (seal, 1.0)]).await.unwrap();
    let mail = store.messages_of(ben.id, 10).await.unwrap().pop().unwrap();
    let corrected = Change::update(RecordRef::new(Kind::Message, mail.id)).set(
        "corrected",
        None::<&str>,
        "complaint negative",
    );
    app.changes(vec![corrected]).await;

    let asked = || Asked {
        after: Id(0),
        limit: 10,
        one_in: 1,
        touched_since: None,
        since: app.now().plus(-DAY),
        before: app.now().plus(DAY),
        currency: "EUR",
    };
    let figures = async || {
        (
            store.histories(asked()).await.unwrap().len(),
            store.n_customers().await.unwrap(),
            store.baskets(10).await.unwrap().len(),
            store.corrected(Id(0)).await.unwrap().len(),
            store.customers_after(Id(0), 10).await.unwrap().len(),
            store.silent_after(Id(0), app.now().plus(DAY), 10).await.unwrap().len(),
            store.restricted(&HashSet::from([ben.id])).await.unwrap().len(),
        )
    };
    assert_eq!(figures().await, (1, 1, 1, 1, 1, 1, 0));
    restricts(&app, "restrict").await;
    assert_eq!(figures().await, (0, 0, 0, 0, 0, 0, 1));
    let shelf = app.app.workflows.shelf(&[ben.id], app.now()).await.unwrap();
    assert_eq!(shelf.recommend(&app.again(ben).await, 3), Vec::<&str>::new());
}
