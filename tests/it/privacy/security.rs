//! What whoever looks after security is told at once.

use rapport_model::time::HOUR;

use crate::campaigns::Seat;
use crate::support::{Browser, TestApp, rules_without_schedules};

async fn house() -> TestApp {
    let set = [("RAPPORT__SECURITY__REFUSALS_AN_HOUR", "3"), crate::support::SERVED[0]];
    TestApp::start_set(Some(rules_without_schedules()), &set).await
}

async fn told(app: &TestApp, text: &str) -> Vec<String> {
    app.settle().await;
    let notices = app.notices().into_iter().filter(|sent| sent.message.text == text);
    notices.map(|sent| sent.message.subject).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_again_and_again_is_told_of_once_a_day() {
    let app = house().await;
    let mut mia = Seat::of(&app, "mia");
    for _ in 0..3 {
        mia.types("privacy erase C1").await;
    }
    assert_eq!(told(&app, "alert_refusals").await, Vec::<String>::new(), "three are usual here");
    mia.types("export customers").await;
    assert_eq!(told(&app, "alert_refusals").await, ["Mia Tan was refused 4 times within an hour"]);
    for _ in 0..10 {
        mia.types("export customers").await;
    }
    app.advance(HOUR).await;
    for _ in 0..5 {
        mia.types("export customers").await;
    }
    assert_eq!(told(&app, "alert_refusals").await, Vec::<String>::new(), "once a day");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_another_hour_are_forgotten() {
    let app = house().await;
    let mut mia = Seat::of(&app, "mia");
    for _ in 0..4 {
        for _ in 0..3 {
            mia.types("privacy erase C1").await;
        }
        app.advance(HOUR).await;
    }
    assert_eq!(told(&app, "alert_refusals").await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_tries_tokens_is_told_of_by_their_address() {
    let app = house().await;
    let browser = Browser::of(&app).await;
    for _ in 0..5 {
        browser.asks("GET", "/api/v1/me", "Authorization: Bearer rpt_1\r\n", "").await;
    }
    assert_eq!(told(&app, "alert_refusals").await, ["127.0.0.1 was refused 4 times within an hour"]);
    // Without a token nobody tried one.
    for _ in 0..5 {
        browser.asks("GET", "/api/v1/me", "", "").await;
    }
    assert_eq!(told(&app, "alert_refusals").await, Vec::<String>::new());
    browser.ends().await;
}
