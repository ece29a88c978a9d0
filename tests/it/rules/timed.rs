//! Rules on what comes by the clock: silence, schedules, steps of sequences.

use rapport_model::Kind;
use rapport_model::time::DAY;

use super::{answered, app, asked, set, tags, titles, told};
use crate::support::Mail;

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
async fn a_customer_who_turns_sour_is_told_of_once() {
    let app = app(r#"
[[rule]]
name = "turned_sour"
on = "soured"
do = [{ notify = "owner", text = "customer_soured", severity = "warning" }]

[[schedule]]
name = "insight"
cron = "40 2 * * *"
does = "insight"
"#)
    .await;
    let writes = async |i: usize, text: &str| {
        let mail = Mail::from("Ann Fox <ann@hotel.example>").id(&format!("s{i}"));
        app.receives(mail.says("Our order", text)).await;
        app.advance(3 * DAY).await;
    };
    for i in 0..6 {
        writes(i, "Thank you so much, everything is great, we love it!").await;
    }
    assert_eq!(told(&app, "customer_soured").len(), 0);
    for i in 6..9 {
        writes(i, "This is terrible. It is broken again and I am very angry and disappointed.").await;
    }
    let sent = app.notices();
    let soured: Vec<_> = sent.iter().filter(|sent| sent.message.text == "customer_soured").collect();
    let ruth = soured.iter().find(|sent| sent.message.subject.contains("sounds unhappier than before"));
    let Some(ruth) = ruth else { panic!("{sent:?}") };
    assert!(
        ruth.message
            .body
            .starts_with("The last 3 mails of Ann Fox (C1) sound rather bad, those before good."),
        "{}",
        ruth.message.body
    );
    writes(9, "Still broken. This is awful.").await;
    assert_eq!(told(&app, "customer_soured").len(), 0, "once");
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
