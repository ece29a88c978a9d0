//! Made while mails come in; restored to either database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rapport_model::{Actor, Id, Kind};
use rapport_storage::ingest::Fate;
use rapport_storage::{Access, Place, Store};
use serde_json::Value;
use tempfile::TempDir;

use super::{IDENTITY, RECIPIENT, text};
use crate::support::{Database, Mail, Program, TestApp};

fn message(fate: Fate) -> Id {
    match fate {
        Fate::Kept { message, .. } => message,
        other => panic!("{other:?}"),
    }
}

/// Makes a backup beside the service while mails come in. Returns which were acknowledged before, and the
/// report.
async fn backup_under_load(app: &Arc<TestApp>, program: Program, place: &str) -> (Vec<Id>, Value) {
    let stop = Arc::new(AtomicBool::new(false));
    let (loaded, stopped) = (app.clone(), stop.clone());
    let mut acknowledged = Vec::new();
    for i in 0..30 {
        let mail = Mail::from(&format!("Petra Novak <petra{}@cafe.example>", i % 7)).id(&format!("b{i}"));
        acknowledged
            .push(message(app.receives(mail.says("Leaking", "The seal is leaking, says Petra.")).await));
    }
    let load = async move {
        let mut n = 0;
        while !stopped.load(Ordering::Relaxed) {
            let mail = Mail::from(&format!("l{n}@load.example")).id(&format!("l{n}"));
            loaded.receives(mail.says("More", "And more of it.")).await;
            n += 1;
        }
        n
    };
    let (args, done) = ([place.to_owned()], stop.clone());
    let backup = tokio::task::spawn_blocking(move || {
        let made = program.json(&["--json", "backup", &args[0]]);
        done.store(true, Ordering::Relaxed);
        made
    });
    let (n, made) = tokio::join!(load, backup);
    assert!(n > 0, "mails came in meanwhile");
    (acknowledged, made.unwrap())
}

/// Looks at what was restored: all that was acknowledged is there, is found, and life goes on.
async fn look(program: &Program, place: Place, acknowledged: &[Id], app: &TestApp) {
    let store = Store::open_at(&program.data, &place, Access::Write, app.clock.clone()).await.unwrap();
    for id in acknowledged {
        let message = store.message(*id).await.unwrap().expect("an acknowledged message");
        assert!(message.body.contains("The seal is leaking"), "{}", message.body);
    }
    assert_eq!(store.audit().await.unwrap().faults, vec![]);
    store.close().await;
    drop(store);
    let indexed = program.json(&["--json", "reindex"]);
    assert!(indexed["records"].as_u64().unwrap() > 30, "{indexed}");
    let found = program.run(&["--json", "search", "leaking"]);
    assert!(String::from_utf8_lossy(&found.stdout).contains("Leaking"));
}

async fn holds(url: Option<String>) {
    let environment: Vec<(&str, &str)> = Vec::new();
    let app = Arc::new(TestApp::start_on(url.as_deref(), &environment).await);
    let dir = TempDir::new().unwrap();
    let identity = dir.path().join("identity.txt");
    std::fs::write(&identity, IDENTITY).unwrap();
    let mut variables = vec![("RAPPORT__BACKUP__RECIPIENTS".to_owned(), format!("[\"{RECIPIENT}\"]"))];
    variables.extend(url.iter().map(|url| ("RAPPORT__DATABASE".to_owned(), url.clone())));
    let beside = || Program::on(app.app.store().dir()).with(variables.clone());
    let place = dir.path().join("place");
    let (acknowledged, made) = backup_under_load(&app, beside(), text(&place)).await;
    assert_eq!(made["manifest"]["encrypted"], true);
    assert!(made["manifest"]["rows"]["messages"].as_u64().unwrap() >= 30, "{made}");

    // The second copies what is new.
    let again = beside().json(&["--json", "backup", text(&place)]);
    let (all, new) = (&again["manifest"]["bytes"], &again["manifest"]["bytes_new"]);
    assert!(new.as_u64() < all.as_u64(), "{new} of {all}");

    // Somebody is erased afterwards; the keys of that time are kept still.
    let customers = app.all(Kind::Customer).await;
    let petra = customers.iter().find(|c| c.text("name") == "Petra Novak").unwrap().record.id;
    let hers = app.app.store().messages_of(petra, 100).await.unwrap();
    assert!(!hers.is_empty());
    app.app.erase(petra, Actor::Service("test".into())).await.unwrap().unwrap();
    let _ = beside().json(&["--json", "backup", text(&place)]);
    let first = made["name"].as_str().unwrap();
    let verified = beside().json(&[
        "--json",
        "backup",
        "verify",
        first,
        "--from",
        text(&place),
        "--identity",
        text(&identity),
    ]);
    assert_eq!(verified["faults"], serde_json::json!([]), "{verified}");
    assert!(verified["restored"]["changes"].as_u64().unwrap() > 0, "{verified}");

    let others: Vec<Id> =
        acknowledged.iter().copied().filter(|id| !hers.iter().any(|m| m.id == *id)).collect();
    let new = Program::on(&dir.path().join("new"));
    let args = ["--json", "restore", text(&place), first, "--identity", text(&identity), "--to"];
    let restored = new.json(&[&args[..], &[text(&new.data)]].concat());
    assert_eq!(restored["erased_again"], 1, "{restored}");
    let store = Store::open(&new.data, Access::Read, app.clock.clone()).await.unwrap();
    for message in hers.iter().filter(|m| acknowledged.contains(&m.id)) {
        let left = store.message(message.id).await.unwrap().unwrap();
        assert_eq!((&left.subject[..], &left.body[..]), ("", ""), "an erased person stays so");
    }
    store.close().await;
    look(&new, Place::default(), &others, &app).await;

    if let Some(server) = Database::new(&[]).await {
        let new = Program::on(&dir.path().join("served"))
            .with(vec![("RAPPORT__DATABASE".to_owned(), server.url())]);
        let restored = new.json(&[&args[..], &[&server.url()[..]]].concat());
        assert_eq!(restored["erased_again"], 1, "{restored}");
        look(&new, Place { database: Some(server.url()), keys: None }, &others, &app).await;
    }
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_under_load_has_all_that_was_acknowledged() {
    holds(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_under_load_of_a_server_has_all_that_was_acknowledged() {
    let Some(database) = Database::new(&[]).await else { return };
    holds(Some(database.url())).await;
}
