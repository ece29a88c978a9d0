//! Backups that the service makes by itself.

use rapport_model::time::{DAY, MINUTE};
use rapport_model::{Actor, Clock as _, Kind};
use serde_json::Value;
use tempfile::TempDir;

use super::{names, text};
use crate::support::{Mail, Program, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn each_night_a_backup_is_made_trouble_is_told_and_so_is_an_erasure() {
    let dir = TempDir::new().unwrap();
    let place = dir.path().join("place");
    let environment = [("RAPPORT__BACKUP__TO", text(&place))];
    let app = TestApp::start_set(None, &environment).await;
    let beside = Program::on(app.app.store().dir())
        .with(environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    let doctor = || {
        let now = app.clock.now().to_string();
        let output = beside.run(&["--now", &now, "doctor"]);
        String::from_utf8(output.stdout).unwrap()
    };
    let mail = Mail::from("Ann Novak <ann@cafe.example>").id("a1");
    app.receives(mail.says("Leaking", "The seal is leaking.")).await;
    assert_eq!(app.app.back_up().await.unwrap(), 0, "not before the night");
    assert!(doctor().contains("last backup") && doctor().contains("none"), "{}", doctor());
    app.advance(DAY).await;
    assert_eq!(app.app.back_up().await.unwrap(), 1);
    assert_eq!(app.app.back_up().await.unwrap(), 0, "one a night");
    assert_eq!(names(&beside, text(&place)).len(), 1);
    assert!(doctor().contains(text(&place)), "{}", doctor());

    // The list beside the backups has an erasure at once.
    let list =
        || -> Value { serde_json::from_slice(&std::fs::read(place.join("erasures.json")).unwrap()).unwrap() };
    assert_eq!(list(), serde_json::json!([]));
    let ann = app.all(Kind::Customer).await.remove(0).record.id;
    app.app.erase(ann, Actor::Service("test".into())).await.unwrap().unwrap();
    assert_eq!(list().as_array().unwrap().len(), 1);
    assert!(!list().to_string().contains("cafe.example"));

    // Somebody put another house's disk there.
    let sign = place.join("rapport-backups.json");
    let right = std::fs::read(&sign).unwrap();
    std::fs::write(&sign, r#"{"format":1,"house":"0000000000000000"}"#).unwrap();
    app.advance(DAY).await;
    assert!(app.app.back_up().await.unwrap_err().to_string().contains("another house"));
    assert!(doctor().contains("another house"), "{}", doctor());
    assert_eq!(app.app.back_up().await.unwrap(), 0, "tried again later");
    std::fs::write(&sign, right).unwrap();
    app.advance(5 * MINUTE).await;
    assert_eq!(app.app.back_up().await.unwrap(), 1);
    assert_eq!(names(&beside, text(&place)).len(), 2);
    assert!(!doctor().contains("another house"), "{}", doctor());
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_that_says_nowhere_to_has_no_backups_and_no_jobs_of_them() {
    let app = TestApp::start().await;
    app.advance(3 * DAY).await;
    assert_eq!(app.app.back_up().await.unwrap(), 0);
    assert!(!app.app.store().dir().join("backups").exists());
}
