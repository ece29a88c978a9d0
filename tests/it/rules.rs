//! What the words of a rules file do, one scenario each: rules on changes, ratings, silence and schedules,
//! their limits, and what they may change.

use rapport_model::job::Recipient;
use rapport_model::time::{DAY, HOUR, MINUTE, SECOND};
use rapport_model::{Actor, Change, Clock as _, Id, Kind, Record, RecordRef, Value};
use rapport_storage::work::Work;

use crate::support::{Mail, TestApp};

/// Who asks for a price is a deal in its first stage.
const DEALS: &str = r#"
[[rule]]
name = "lead"
when = { intent = "pricing" }
do = ["open_deal"]
"#;

async fn app(rules: &str) -> TestApp {
    TestApp::start_with(Some(&format!("{DEALS}\n{rules}"))).await
}

/// Ben asks for a price; his record.
async fn asked(app: &TestApp) -> Record {
    let ask = "What would 20 filters cost us? Please send a quote.";
    app.receives(Mail::from("Ben Li <ben@hotel.example>").id("q").says("Price for 20 filters", ask)).await;
    app.all(Kind::Customer).await.remove(0)
}

async fn answered(app: &TestApp) {
    let mia = Mail::from("Mia Tan <mia@brightwater.example>").to("ben@hotel.example").id("a").answers("q");
    app.receives(mia.says("Re: Price for 20 filters", "They cost 1,900 EUR each.")).await;
}

/// Ruth changes a field of a record; the act.
async fn set(app: &TestApp, record: RecordRef, field: &str, value: impl Into<Value>) -> Id {
    let (store, before) = (app.app.store(), app.again(record).await.get(field).clone());
    let act = store.act_by(Actor::User(app.user("ruth").id));
    let id = act.id;
    let change = Change::update(record).set(field, before, value);
    store.commit(vec![Work::of(act, vec![change])]).await.unwrap();
    app.settle().await;
    id
}

async fn titles(app: &TestApp) -> Vec<String> {
    app.all(Kind::Task).await.iter().map(|task| task.text("title").to_owned()).collect()
}

fn tags(customer: &Record) -> &str {
    customer.text("tags")
}

/// To whom notices of a text went since the last call.
fn told(app: &TestApp, text: &str) -> Vec<String> {
    let sent = app.notices();
    let of = sent.iter().filter(|sent| sent.message.text == text);
    of.map(|sent| match sent.message.to {
        Recipient::User(user) => app.app.workflows.user(user).unwrap().handle.clone(),
        _ => panic!("{sent:?}"),
    })
    .collect()
}

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

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_holds_for_each_customer_and_for_a_day() {
    let app = app(r#"
[[rule]]
name = "hello"
when = { intent = "pricing" }
do = [{ note = "note_praise" }]
limit = { per_customer = "7d", per_day = 2 }
"#)
    .await;
    let asks = async |who: &str, i: usize| {
        let mail = Mail::from(&format!("{who} <{who}@hotel.example>")).id(&format!("{who}{i}"));
        app.receives(mail.says("Price", "What would 20 filters cost us? Please send a quote.")).await;
        app.all(Kind::Note).await.len()
    };
    assert_eq!(asks("ann", 0).await, 1);
    assert_eq!(asks("ann", 1).await, 1, "once a week for the same customer");
    assert_eq!(asks("ben", 0).await, 2);
    assert_eq!(asks("cem", 0).await, 2, "twice a day at most");
    app.advance(25 * HOUR).await;
    assert_eq!(asks("cem", 1).await, 3);
    app.advance(7 * DAY).await;
    assert_eq!(asks("ann", 2).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_mails_that_come_together_do_not_pass_a_limit() {
    let app = app(r#"
[[rule]]
name = "hello"
when = { intent = "pricing" }
do = [{ note = "note_praise" }]
limit = { per_customer = "7d" }
"#)
    .await;
    for i in 0..3 {
        let mail = Mail::from("Ann <ann@hotel.example>").id(&format!("m{i}"));
        let mail = mail.says("Price", &format!("What would {i}0 filters cost us?"));
        app.arrives(mail.bytes(app.clock.now())).await;
    }
    app.settle().await;
    assert_eq!(app.all(Kind::Note).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silence_that_is_unusual_for_a_customer_is_told_once() {
    let app = app(r#"
[[rule]]
name = "gone_quiet"
on = "silence"
do = [{ notify = "owner", text = "customer_silent" }]

[[schedule]]
name = "silence_check"
cron = "0 9 * * *"
does = "silence"
"#)
    .await;
    let writes = async |who: &str, i: usize| {
        let mail = Mail::from(&format!("{who} <{who}@hotel.example>")).id(&format!("{who}{i}"));
        app.receives(mail.says("Our order", "Thank you, all is well so far.")).await;
    };
    // Ann writes every two days, Ben once in three weeks.
    for i in 0..6 {
        writes("ann", i).await;
        if i % 5 == 0 {
            writes("ben", i).await;
        }
        app.advance(2 * DAY).await;
    }
    for customer in app.all(Kind::Customer).await {
        set(&app, customer.record, "owner", app.user("leo").id).await;
    }
    assert_eq!(told(&app, "customer_silent").len(), 0);
    app.advance(6 * DAY).await;
    let sent = app.notices();
    let of = |who: &str| sent.iter().filter(|sent| sent.message.subject.contains(who)).count();
    assert_eq!((of("ann"), of("ben")), (1, 0), "{sent:?}");
    assert!(
        sent[0].message.body.contains("平时约"),
        "it is told in Leo's language, with what is usual: {sent:?}"
    );
    app.advance(10 * DAY).await;
    assert_eq!(told(&app, "customer_silent").len(), 0, "once");
    writes("ann", 9).await;
    app.advance(30 * DAY).await;
    assert!(!told(&app, "customer_silent").is_empty(), "another silence is told anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_asks_the_rules_about_every_customer() {
    let app = app(r#"
[[schedule]]
name = "monthly"
cron = "0 9 1 * *"
does = "customers"

[[rule]]
name = "call"
on = "schedule"
when = { schedule = "monthly", tag = "vip", silent_for = "7d", stage = "new" }
do = [{ task = "task_call", due = "1d" }, { move_deal = "qualified" }]
"#)
    .await;
    let ben = asked(&app).await.record;
    app.receives(Mail::from("Ann <ann@cafe.example>").id("n").says("Hello", "Thank you for the visit."))
        .await;
    set(&app, ben, "tags", r#"["vip"]"#).await;
    // From 4 March over 1 April and 1 May.
    app.advance(40 * DAY).await;
    assert_eq!(titles(&app).await.len(), 1, "{:?}", titles(&app).await);
    assert_eq!(app.all(Kind::Deal).await[0].text("stage"), "qualified");
    app.advance(30 * DAY).await;
    assert_eq!(titles(&app).await.len(), 1, "the deal has moved on");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_mail_names_sets_priority_language_and_zone() {
    let app = app(r#"
[[rule]]
name = "problem"
when = { intent = ["problem", "complaint"] }
do = [{ open_ticket = "normal" }]

[[rule]]
name = "order"
when = { mentions = "order_id", answered = false }
do = [{ set = "priority", to = "high" }, { set = "zone", to = "Asia/Shanghai" }, { tag = "Orders" }]

[[rule]]
name = "closed"
when = { hours = "closed" }
do = [{ notify = "managers", text = "alert_urgent", severity = "info" }]
"#)
    .await;
    let mail = Mail::from("Petra <petra@cafe.example>").id("q");
    let broken = "The pump of order SO-1182 is broken again and nobody answers. This is unacceptable!";
    app.receives(mail.says("Order SO-1182", broken)).await;
    let mail = Mail::from("Petra <petra@cafe.example>").id("r").answers("q");
    app.receives(mail.says("Re: Order SO-1182", "It is about the order number SO-1182, as I said.")).await;
    let ticket = app.all(Kind::Ticket).await.remove(0);
    assert_eq!(ticket.text("priority"), "high");
    let petra = app.all(Kind::Customer).await.remove(0);
    assert_eq!((petra.text("zone"), tags(&petra)), ("Asia/Shanghai", r#"["orders"]"#));
    assert_eq!(told(&app, "alert_urgent").len(), 0, "no hours are set: somebody always works");
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_given_to_the_team_by_turns() {
    let rules = format!(
        "{DEALS}\n[[rule]]\nname = \"give\"\nwhen = {{ has_owner = false }}\ndo = [{{ assign = \"round_robin\" }}]"
    );
    let mailbox = "{ address = 'support@brightwater.example', team = 'sales' }";
    let users = "[{ handle = 'ruth', role = 'manager' }, { handle = 'mia', role = 'rep', team = 'sales' }, \
                 { handle = 'leo', role = 'rep', team = 'sales' }]";
    let set = [("RAPPORT__MAIL__SUPPORT", mailbox), ("RAPPORT__USERS", users)];
    let app = TestApp::start_set(Some(&rules), &set).await;
    let mut owners = Vec::new();
    for i in 0..4 {
        let mail = Mail::from(&format!("c{i}@hotel{i}.example")).id(&format!("m{i}"));
        app.receives_at("support", mail.says("Price", "What would 20 filters cost us?")).await;
        app.advance(SECOND).await;
        let newest = app.all(Kind::Customer).await.pop().unwrap();
        owners
            .push(newest.get("owner").id().and_then(|id| app.app.workflows.user(id)).unwrap().handle.clone());
    }
    assert_eq!(owners[..2], owners[2..], "{owners:?}");
    assert_ne!(owners[0], owners[1], "{owners:?}");
}

/// Tells the managers of each complaint.
const LOUD: &str = r#"
[[rule]]
name = "complaint"
when = { intent = "complaint" }
do = [{ notify = "managers", text = "alert_complaint", severity = "alert" }]
limit = { per_customer = "1d" }
"#;

async fn complains(app: &TestApp, i: usize) {
    let mail = Mail::from(&format!("Guest {i} <g{i}@inn{i}.example>")).id(&format!("w{i}"));
    app.receives(mail.says("Broken", "The pump is broken again and nobody answers. This is unacceptable!"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wave_of_alerts_is_told_together_after_the_first_three() {
    let app = app(LOUD).await;
    for i in 0..12 {
        complains(&app, i).await;
    }
    assert_eq!(told(&app, "alert_complaint"), ["ruth"; 3]);
    app.advance(15 * MINUTE).await;
    let sent = app.notices();
    let [together] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(together.message.subject, "9 more: complaints");
    assert!(together.message.body.contains("C4 Guest 3"), "{}", together.message.body);
    app.advance(HOUR).await;
    assert_eq!(app.notices().len(), 0, "what was told is not told again");
    // It goes on: an hour between the notices. Then it is over.
    for i in 12..17 {
        complains(&app, i).await;
    }
    assert_eq!(told(&app, "alert_complaint").len(), 3);
    complains(&app, 17).await;
    app.advance(16 * MINUTE).await;
    assert_eq!(told(&app, "alert_together").len(), 0, "it goes on for longer than an hour");
    app.advance(HOUR).await;
    assert_eq!(told(&app, "alert_together").len(), 1);
    app.advance(3 * HOUR).await;
    complains(&app, 18).await;
    assert_eq!(told(&app, "alert_complaint").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_of_no_use_is_learned_from() {
    let app = app(LOUD).await;
    complains(&app, 0).await;
    let sent = app.notices();
    let (ruth, store) = (app.user("ruth").id, app.app.store());
    let alert = sent[0].message.id;
    assert!(store.is_alert(alert, ruth).await.unwrap());
    assert_eq!(store.judge_alert(app.user("mia").id, Some(alert), Some(false)).await.unwrap(), None);
    let judged = store.judge_alert(ruth, None, Some(false)).await.unwrap();
    assert_eq!(judged, Some((alert, "complaint".to_owned(), None)));
    let verdicts = app.app.workflows.verdicts().await.unwrap();
    assert_eq!((verdicts["complaint"].useful, verdicts["complaint"].useless), (0, 1));
    store.judge_alert(ruth, Some(alert), None).await.unwrap();
    assert!(app.app.workflows.verdicts().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_condition_holds_for_the_mail_that_it_describes_and_for_no_other() {
    // Each condition with whether it holds for Ben's second mail, an angry one in his conversation.
    const CONDITIONS: &[(&str, bool)] = &[
        ("intent = \"complaint\"", true),
        ("intent = [\"praise\", \"pricing\"]", false),
        ("intent = \"complaint\", min_p = 1.0", false),
        ("mood = \"negative\"", true),
        ("mood = \"positive\"", false),
        ("urgent = true", false),
        ("urgent = false", true),
        ("promise = true", true),
        ("promise = false", false),
        ("channel = \"email\"", true),
        ("channel = \"telegram\"", false),
        ("language = \"en\"", true),
        ("language = \"zh\"", false),
        ("lifecycle = \"lead\"", true),
        ("lifecycle = \"customer\"", false),
        ("tag = \"vip\"", true),
        ("tag = \"press\"", false),
        ("has_owner = true", true),
        ("has_owner = false", false),
        ("owner = \"mia\"", true),
        ("owner = \"leo\"", false),
        ("open_deal = true", true),
        ("open_deal = false", false),
        ("stage = \"proposal\"", true),
        ("stage = \"new\"", false),
        ("first_message = false", true),
        ("first_message = true", false),
        ("customer_wrote = true", true),
        ("answered = true", true),
        ("answered = false", false),
        ("ticket = \"none\"", true),
        ("ticket = \"open\"", false),
        ("mentions = \"order_id\"", true),
        ("mentions = \"phone\"", false),
        ("hours = \"open\"", true),
        ("hours = \"closed\"", false),
        ("segment = \"champions\"", true),
        ("segment = \"lost\"", false),
        ("customer_language = \"en\"", true),
        ("customer_language = \"zh\"", false),
        ("has_company = true", true),
        ("has_company = false", false),
        ("team = \"sales\"", true),
        ("team = \"service\"", false),
        ("product = \"AquaOne\"", true),
        ("product = \"AquaPro\"", false),
        ("mood_below = 0.0", true),
        ("mood_below = -1.0", false),
        ("direction = \"out\"", false),
        ("silent_for = \"30d\"", false),
    ];
    let rule = |(i, (when, _)): (usize, &(&str, bool))| {
        format!(
            "[[rule]]\nname = \"c{i}\"\nwhen = {{ {when}, tag = \"vip\" }}\ndo = [{{ tag = \"c{i}\" }}]\n"
        )
    };
    // Of a condition on tags the one that is asked for is enough.
    let rules: String =
        CONDITIONS
            .iter()
            .enumerate()
            .map(|one| {
                if one.1.0.starts_with("tag") { rule(one).replace(", tag = \"vip\"", "") } else { rule(one) }
            })
            .collect();
    let users = "[{ handle = 'ruth', role = 'manager' }, { handle = 'leo', role = 'rep' }, { handle = 'mia', \
                 role = 'rep', address = 'mia@brightwater.example', team = 'sales' }]";
    let environment = [("RAPPORT__USERS", users), ("RAPPORT__PRODUCTS", "['AquaOne', 'AquaPro']")];
    let app = TestApp::start_set(Some(&format!("{DEALS}\n{rules}")), &environment).await;
    let petra = asked(&app).await.record;
    answered(&app).await;
    set(&app, petra, "tags", r#"["vip"]"#).await;
    set(&app, petra, "owner", app.user("mia").id).await;
    set(&app, petra, "segment", "champions").await;
    let deal = app.all(Kind::Deal).await.remove(0).record;
    set(&app, deal, "stage", "proposal").await;
    let angry = "The AquaOne of order SO-1182 is broken again and nobody answers. This is unacceptable! \
                 We will pay the invoice on Friday.";
    let mail = Mail::from("Ben Li <ben@hotel.example>").id("c").answers("a");
    app.receives(mail.says("Re: Price for 20 filters", angry)).await;
    let ben = app.again(petra).await;
    let found: Vec<String> = serde_json::from_str(tags(&ben)).unwrap();
    for (i, (when, expected)) in CONDITIONS.iter().enumerate() {
        assert_eq!(found.contains(&format!("c{i}")), *expected, "{when}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_a_sequence_sets_rules_off_too() {
    let app = app(r#"
[[rule]]
name = "answered"
when = { direction = "out", customer_wrote = true }
do = [{ start = "silence" }, "take_ownership"]

[[sequence]]
name = "silence"
steps = [{ after = "3d", write = "follow_up_1" }, { after = "10d", write = "follow_up_2" }]

[[rule]]
name = "still_silent"
on = "step"
when = { sequence = "silence", step = 2 }
do = [{ task = "task_call", due = "1d" }, { tag = "silent" }]
"#)
    .await;
    let ben = asked(&app).await.record;
    answered(&app).await;
    app.advance(4 * DAY).await;
    assert_eq!((titles(&app).await.len(), tags(&app.again(ben).await)), (0, ""));
    app.advance(7 * DAY).await;
    let ben = app.again(ben).await;
    assert_eq!((titles(&app).await.len(), tags(&ben)), (1, r#"["silent"]"#));
    assert_eq!(ben.get("owner").id(), Some(app.user("mia").id));
}
