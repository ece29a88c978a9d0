//! The service at work: it wakes by itself, outlives what fails, ends in order, and goes on where
//! it was killed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rapport::channel::email::{ParseOptions, parse};
use rapport::service::Stop;
use rapport::{App, Config};
use rapport_model::time::DAY;
use rapport_model::{Clock as _, Kind, ManualClock, SystemClock, Timestamp};
use rapport_storage::{Access, Store};
use tempfile::TempDir;

use crate::crash::state;
use crate::support::{Mail, Program, Random, Running, TestApp, copy_dir, correspondence};

const NOW: &str = "2026-11-20T02:00:00Z";
const HOUSE: &str = "[house]\ndomains = ['brightwater.example']\n";
const N_MAILS: usize = 300;
const N_KILLS: usize = 12;

fn complaint(i: usize) -> Mail {
    Mail::from(&format!("Ann <ann{i}@x.example>"))
        .id(&format!("complaint{i}@x.example"))
        .says("The pump leaks", "The pump is leaking again, this is unacceptable. I want my money back!")
}

/// Stores mails as their arrival does, and leaves the rest of the work to be done.
async fn store_mails(data: &Path, mails: &[Vec<u8>]) {
    std::fs::create_dir_all(data).unwrap();
    std::fs::write(data.join("rapport.toml"), HOUSE).unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp::parse(NOW).unwrap()));
    let config = Config::load(data, None).unwrap();
    let app = App::build(data, config, clock.clone()).await.unwrap();
    let options = ParseOptions::at(clock.now());
    let incoming = mails.iter().map(|mail| parse(mail.clone(), "test", &options)).collect();
    app.workflows.ingest(incoming).await.unwrap();
    app.close().await;
}

/// Returns once nothing is due any more.
async fn until_done(app: &App) {
    loop {
        let committed = app.store().wait_for_commit();
        if app.store().job_counts().await.unwrap().due == 0 {
            return;
        }
        committed.await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_arrives_wakes_the_service_and_so_does_the_clock() {
    let app = TestApp::start().await;
    let stop = Stop::default();
    let customer = async {
        app.arrives(complaint(1).bytes(app.clock.now())).await;
        until_done(&app.app).await;
        assert_eq!(app.all(Kind::Ticket).await.len(), 1);
        let seen = app.app.store().wait_for_commit();
        // The schedules of the day come due. Nobody commits anything: the service looks by itself.
        app.clock.advance(DAY);
        seen.await;
        until_done(&app.app).await;
        stop.stop();
    };
    let (served, ()) = tokio::join!(app.app.serve(&stop), customer);
    served.unwrap();
    assert!(!app.search("leaking").await.found.is_empty(), "what was taken over is committed");
    assert_eq!(app.app.store().index_lag().await.unwrap(), 0);
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_the_service_finishes_what_it_claimed_and_no_more() {
    let app = TestApp::start().await;
    for i in 0..200 {
        app.arrives(complaint(i).bytes(app.clock.now())).await;
    }
    let stop = Stop::default();
    let customer = async {
        app.app.store().wait_for_commit().await;
        stop.stop();
    };
    let (served, ()) = tokio::join!(app.app.serve(&stop), customer);
    served.unwrap();
    let health = app.app.store().health().await.unwrap();
    let understand = health.jobs.iter().find(|queue| queue.queue == "understand").unwrap();
    assert_eq!((understand.claimed, understand.due), (0, 200 - 128), "a portion was done as a whole");
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_fails_keeps_nothing_else_from_being_done() {
    let dir = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp::parse(NOW).unwrap()));
    let app = App::build(dir.path(), Config::default(), clock.clone()).await.unwrap();
    app.settle().await.unwrap();
    let index = dir.path().join("index");
    std::fs::rename(&index, dir.path().join("away")).unwrap();
    std::fs::write(&index, "no directory").unwrap();
    let mail = complaint(1).bytes(clock.now());
    let incoming = parse(mail, "test", &ParseOptions::at(clock.now()));
    app.workflows.ingest(vec![incoming]).await.unwrap();
    let failed = app.serve_once(&Stop::default()).await;
    assert_eq!(failed.iter().map(|(step, _)| *step).collect::<Vec<_>>(), ["bring the index up to date"]);
    assert_eq!(app.store().count(Kind::Ticket).await.unwrap(), 1);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_work_the_service_does_everything_once() {
    let dir = TempDir::new().unwrap();
    let (mails, truth) = correspondence(N_MAILS, Timestamp::parse("2026-11-20T00:00:00Z").unwrap());
    let calm = Program::on(&dir.path().join("calm"));
    let killed = Program::on(&dir.path().join("killed"));
    store_mails(&calm.data, &mails).await;
    store_mails(&killed.data, &mails).await;
    let once = ["--now", NOW, "--json", "run", "--once"];
    let report = calm.json(&once);
    assert_eq!(report["jobs_waiting"], N_MAILS);

    let mut random = Random(u64::from(std::process::id()));
    for _ in 0..N_KILLS {
        let running = Running::start(&killed, &["--now", NOW, "run"]);
        // From the moment it is ready the work goes on; it is killed somewhere in it.
        tokio::time::sleep(Duration::from_millis(random.below(250) as u64)).await;
        running.kill();
    }
    killed.json(&once);
    assert_eq!(state(&killed.data).await, state(&calm.data).await);
    let store = Store::open(&killed.data, Access::Read, Arc::new(SystemClock)).await.unwrap();
    assert_eq!(store.count(Kind::Customer).await.unwrap(), truth.customers as i64);
    assert_eq!(store.index_lag().await.unwrap(), 0);
    assert!(store.integrity().await.unwrap().is_whole());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_store_notes_the_index_it_does_not_stay_behind() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(&dir.path().join("data"));
    store_mails(&program.data, &[complaint(1).bytes(Timestamp::parse(NOW).unwrap())]).await;
    let open = async |data: &Path| {
        let clock = Arc::new(ManualClock::at(Timestamp::parse(NOW).unwrap()));
        App::build(data, Config::load(data, None).unwrap(), clock).await.unwrap()
    };
    // The store as it was before, beside the index as it was after.
    let unnoted = dir.path().join("unnoted");
    copy_dir(&program.data, &unnoted);
    let app = open(&program.data).await;
    assert!(app.store().index_lag().await.unwrap() > 0);
    assert!(app.tail(true).await.unwrap().committed);
    app.close().await;
    std::fs::remove_dir_all(unnoted.join("index")).unwrap();
    copy_dir(&program.data.join("index"), &unnoted.join("index"));

    let app = open(&unnoted).await;
    assert_eq!(app.store().index_lag().await.unwrap(), 0);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_the_service_in_order() {
    let dir = TempDir::new().unwrap();
    let (mails, _) = correspondence(40, Timestamp::parse("2026-11-20T00:00:00Z").unwrap());
    let program = Program::on(&dir.path().join("data"));
    store_mails(&program.data, &mails).await;
    let running = Running::start(&program, &["--now", NOW, "run"]);
    assert!(running.ready.starts_with("ready in ") && running.ready.contains(": sqlite, 40 jobs wait, "));
    let ended = running.terminate();
    assert_eq!(ended.code(), Some(0));
    assert!(!program.data.join("rapport.db-wal").exists(), "the store was closed");
    let running = Running::start(&program, &["--now", NOW, "--json", "run"]);
    let ready: serde_json::Value = serde_json::from_str(&running.ready).unwrap();
    assert_eq!((&ready["ready"], &ready["engine"]), (&true.into(), &"sqlite".into()), "{ready}");
    let second = program.run(&["run"]);
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && said.contains("is in use by another process"), "{said}");
    assert_eq!(running.terminate().code(), Some(0));
}
