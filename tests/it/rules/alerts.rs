//! Alerts: told together where they come in numbers, limited, and learned from.

use rapport_model::time::{DAY, HOUR, MINUTE};

use super::{app, told};
use crate::support::{Mail, TestApp};

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
async fn a_rule_on_unusual_figures_keeps_its_limit_too() {
    let app = app(r#"
[[rule]]
name = "unusual"
on = "anomaly"
do = [{ notify = "managers", text = "alert_anomaly_volume", severity = "warning" }]
limit = { per_day = 1 }

[[schedule]]
name = "anomaly"
cron = "0 * * * *"
does = "anomaly"
"#)
    .await;
    for day in 0..9 {
        let mail = Mail::from(&format!("quiet{day}@customer.example")).id(&format!("q{day}"));
        app.receives(mail.says("Question", "How do I change the filter?")).await;
        app.advance(DAY).await;
    }
    for i in 0..12 {
        complains(&app, i).await;
    }
    app.advance(3 * HOUR).await;
    assert_eq!(
        told(&app, "alert_anomaly_volume"),
        ["ruth"],
        "volume and mood are unusual; once a day is enough"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wave_of_one_sort_of_mail_is_told_with_its_numbers_and_once() {
    let app = TestApp::start().await;
    // Five weeks of a quiet house.
    for day in 0..35 {
        for i in 0..3 {
            let mail = Mail::from(&format!("q{i}@customer.example")).id(&format!("q{day}-{i}"));
            app.receives(mail.says("Question", "How do I change the filter?")).await;
        }
        app.advance(DAY).await;
    }
    assert_eq!(told(&app, "alert_anomaly_"), [""; 0], "a house like always");
    for i in 0..14 {
        let mail = Mail::from(&format!("guest{i}@inn.example")).id(&format!("r{i}"));
        app.receives(mail.says("Refund", "Please give me my money back for the last order.")).await;
        app.advance(2 * MINUTE).await;
    }
    app.advance(HOUR).await;
    let sent = app.notices();
    let wave: Vec<_> = sent.iter().filter(|n| n.message.text == "alert_anomaly_intent").collect();
    let [wave] = wave[..] else { panic!("{sent:?}") };
    assert_eq!(wave.message.subject, "Unusually many mails about “refund”: 14");
    assert!(wave.message.body.starts_with("14 mails about “refund” since "), "{}", wave.message.body);
    let body = &wave.message.body;
    assert!(body.contains("usual for "), "{body}");
    // Hours later it is no news.
    app.advance(5 * HOUR).await;
    assert_eq!(told(&app, "alert_anomaly_intent"), [""; 0]);
}
