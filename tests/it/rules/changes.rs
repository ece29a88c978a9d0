//! Rules on changes of records, and on ratings.

use rapport_model::time::{DAY, MINUTE};
use rapport_model::{Actor, Change, Clock as _, Kind, RecordRef};
use rapport_storage::work::Work;

use super::{answered, app, asked, set, tags, titles, told};
use crate::support::Mail;

#[tokio::test(flavor = "multi_thread")]
async fn a_deal_that_is_won_tags_the_customer_and_starts_a_sequence_unless_that_is_taken_back() {
    let app = app(r#"
[[rule]]
name = "won"
on = "deal"
when = { changed = "stage", to = "won" }
do = [{ tag = "buyer" }, { lifecycle = "customer" }, { start = "thanks" }]

[[sequence]]
name = "thanks"
steps = [{ after = "7d", write = "follow_up_1" }]
"#)
    .await;
    let ben = asked(&app).await.record;
    answered(&app).await;
    let deal = app.all(Kind::Deal).await.remove(0).record;
    let by_mistake = set(&app, deal, "stage", "won").await;
    app.app.store().undo(by_mistake, Actor::User(app.user("ruth").id)).await.unwrap().unwrap();
    app.advance(8 * DAY).await;
    assert_eq!(tags(&app.again(ben).await), "", "who takes it back in time wants nothing to follow");
    assert_eq!(app.outgoing().len(), 0);

    set(&app, deal, "stage", "won").await;
    app.advance(MINUTE).await;
    let ben = app.again(ben).await;
    assert_eq!((tags(&ben), ben.text("lifecycle")), (r#"["buyer"]"#, "customer"));
    app.advance(7 * DAY - 2 * MINUTE).await;
    assert_eq!(app.outgoing().len(), 0, "seven days count from the deal, not from the mail");
    app.advance(2 * MINUTE).await;
    assert_eq!(app.outgoing().len(), 1);
    let history = app.app.store().history(ben.record).await.unwrap();
    let act = &history.iter().find(|entry| entry.change.after("tags").is_some()).unwrap().act;
    assert_eq!(act.actor, Actor::Rule("won".into()));
    assert!(act.cause.is_some(), "why it was tagged can be told");

    // Rules of tomorrow, asked about what was done yesterday.
    let tomorrow = "[[rule]]\nname = \"note_it\"\non = \"deal\"\nwhen = { to = \"won\" }\n\
                    do = [{ note = \"note_praise\" }, { move_deal = \"lost\" }]\nlimit = { per_day = 1 }";
    let rules = rapport_workflows::rules::Rules::parse(tomorrow, "tomorrow.toml").unwrap();
    let from = app.clock.now().plus(-30 * DAY);
    let replay = app.app.workflows.replay(&rules, from).await.unwrap();
    assert_eq!(replay.deeds["note_it"]["note"], 1, "what was taken back is left out: {replay:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sequence_that_a_change_started_ends_when_the_customer_writes_and_by_the_word_stop() {
    let rules = r#"
[[rule]]
name = "offer"
on = "deal"
when = { changed = "stage", to = "proposal" }
do = [{ start = "chase" }]

[[rule]]
name = "lost"
on = "deal"
when = { changed = "stage", to = "lost" }
do = [{ stop = "chase" }]

[[sequence]]
name = "chase"
steps = [{ after = "3d", write = "follow_up_1" }, { after = "6d", write = "follow_up_2" }]
"#;
    let stopped = app(rules).await;
    asked(&stopped).await;
    let deal = stopped.all(Kind::Deal).await.remove(0).record;
    set(&stopped, deal, "stage", "proposal").await;
    stopped.advance(4 * DAY).await;
    assert_eq!(stopped.outgoing().len(), 1);
    set(&stopped, deal, "stage", "lost").await;
    stopped.advance(10 * DAY).await;
    assert_eq!(stopped.outgoing().len(), 1, "a lost deal is chased no more");

    let answered = app(rules).await;
    asked(&answered).await;
    let deal = answered.all(Kind::Deal).await.remove(0).record;
    set(&answered, deal, "stage", "proposal").await;
    answered.advance(4 * DAY).await;
    let ben = Mail::from("Ben Li <ben@hotel.example>").id("b").answers("q");
    answered.receives(ben.says("Re: Price for 20 filters", "Let me think about it.")).await;
    answered.advance(10 * DAY).await;
    assert_eq!(answered.outgoing().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_a_task_and_a_rating_set_rules_off() {
    let app = app(r#"
[[rule]]
name = "loud"
on = "ticket"
when = { changed = "priority", to = "urgent" }
do = [{ notify = "managers", text = "alert_urgent", severity = "alert" }]

[[rule]]
name = "next"
on = "task"
when = { changed = "done_at", to = "set" }
do = [{ task = "task_call", due = "2d" }]
limit = { per_customer = "1d" }

[[rule]]
name = "bad_rating"
on = "rating"
when = { max_score = 2 }
do = [{ task = "task_meeting", due = "1d" }]

[[rule]]
name = "problem"
when = { intent = ["problem", "complaint"] }
do = [{ open_ticket = "normal" }]
"#)
    .await;
    let mail = Mail::from("Petra <petra@cafe.example>").id("q");
    app.receives(mail.says("Pump broken", "The pump is broken again. It does not start any more.")).await;
    let ticket = app.all(Kind::Ticket).await.remove(0);
    app.advance(MINUTE).await;
    assert_eq!(told(&app, "alert_urgent").len(), 0);
    set(&app, ticket.record, "priority", "urgent").await;
    app.advance(MINUTE).await;
    assert_eq!(told(&app, "alert_urgent"), ["ruth"]);

    let petra = app.all(Kind::Customer).await.remove(0).record;
    let rate = |score: i64| {
        let record = RecordRef::new(Kind::Rating, app.app.store().new_id());
        Change::create(record).with("score", score).with("customer", petra.id)
    };
    for (score, expected) in [(4, 0), (2, 1)] {
        let store = app.app.store();
        store.commit(vec![Work::of(store.act("http"), vec![rate(score)])]).await.unwrap();
        app.advance(MINUTE).await;
        assert_eq!(titles(&app).await.len(), expected, "{score} stars");
    }
    let task = app.all(Kind::Task).await.remove(0).record;
    let now = app.app.store().clock().now();
    set(&app, task, "done_at", now).await;
    app.advance(MINUTE).await;
    assert_eq!(titles(&app).await.len(), 2, "{:?}", titles(&app).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_set_each_other_off_come_to_an_end() {
    let app = app(r#"
[[rule]]
name = "on"
on = "customer"
when = { changed = "tags", to = "a" }
do = [{ untag = "a" }, { tag = "b" }]

[[rule]]
name = "off"
on = "customer"
when = { changed = "tags", to = "b" }
do = [{ untag = "b" }, { tag = "a" }]

[[rule]]
name = "itself"
on = "customer"
when = { changed = "tags" }
do = [{ tag = "seen" }]
"#)
    .await;
    let ben = asked(&app).await.record;
    set(&app, ben, "tags", r#"["a"]"#).await;
    app.advance(10 * MINUTE).await;
    let acts = app.app.store().history(ben).await.unwrap();
    let by = |name: &str| acts.iter().filter(|e| e.act.actor == Actor::Rule(name.into())).count();
    assert!(by("on") >= 1 && by("off") >= 1, "{} and {}", by("on"), by("off"));
    assert!(by("on") + by("off") <= 10, "{} and {}: they go on and on", by("on"), by("off"));
    let before = acts.len();
    app.advance(DAY).await;
    assert_eq!(app.app.store().history(ben).await.unwrap().len(), before);
    assert_eq!(by("itself"), 1);
}
