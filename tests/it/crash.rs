//! Killed at any moment, the program goes on where it was: nothing lost, nothing twice.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rapport_model::{Kind, SystemClock, Timestamp};
use rapport_storage::records::Filter;
use rapport_storage::{Access, Store};
use tempfile::TempDir;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::support::{Program, Random, copy_dir, correspondence};

const NOW: &str = "2026-11-20T02:00:00Z";
const N_MAILS: usize = 600;
const N_KILLS: usize = 50;

/// Everything that matters of a store, without its ids.
pub async fn state(data: &Path) -> BTreeMap<String, Vec<String>> {
    let store = Store::open(data, Access::Read, std::sync::Arc::new(SystemClock)).await.unwrap();
    let mut state = BTreeMap::new();
    let all = Filter { limit: 100_000, ..Filter::default() };
    let mut names = BTreeMap::new();
    for kind in
        [Kind::Company, Kind::Customer, Kind::Ticket, Kind::Task, Kind::Deal, Kind::Note, Kind::Consent]
    {
        let mut lines = Vec::new();
        for record in store.list(kind, &all).await.unwrap() {
            names.insert(record.record.id.0, record.short().to_string());
            let fields = record.fields.iter().map(|(name, value)| match (name.as_str(), value.int()) {
                ("customer" | "company" | "deal", Some(id)) => {
                    format!("{name}={}", names.get(&id).cloned().unwrap_or_default())
                }
                ("thread" | "message" | "pipeline", _) => format!("{name}=set"),
                _ => format!("{name}={value:?}"),
            });
            lines.push(format!("{} {}", record.number, fields.collect::<Vec<_>>().join(" ")));
        }
        lines.sort();
        state.insert(kind.name().to_owned(), lines);
    }
    let counts = store.job_counts().await.unwrap();
    state.insert("jobs".into(), vec![format!("{counts:?}")]);
    for kind in [Kind::Thread, Kind::Message, Kind::Identity] {
        state.insert(kind.name().to_owned(), vec![store.count(kind).await.unwrap().to_string()]);
    }
    let mut outbox: Vec<String> = store
        .outbox(100_000)
        .await
        .unwrap()
        .iter()
        .map(|(o, s)| format!("{} {} {s}", o.text, o.subject))
        .collect();
    outbox.sort();
    state.insert("outbox".into(), outbox);
    state
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_fifty_times_the_end_state_is_that_of_an_undisturbed_run() {
    let dir = TempDir::new().unwrap();
    let mails = dir.path().join("mails");
    std::fs::create_dir(&mails).unwrap();
    let (all, truth) = correspondence(N_MAILS, Timestamp::parse("2026-11-20T00:00:00Z").unwrap());
    for (i, mail) in all.iter().enumerate() {
        std::fs::write(mails.join(format!("{i:06}.eml")), mail).unwrap();
    }
    let mails = mails.to_str().unwrap();
    let args = ["--now", NOW, "--json", "ingest", mails, "--house", "brightwater.example"];

    let calm = Program::on(&dir.path().join("calm"));
    let report = calm.json(&args);
    assert_eq!(report["messages"], N_MAILS);
    assert_eq!(report["threads"], truth.threads, "{report}");
    assert_eq!(report["customers"], truth.customers, "{report}");
    let undisturbed_ms = (report["seconds"].as_f64().unwrap() * 1000.0) as u64;

    // Kill at moments all over a run, each run going on where the one before was killed. A run that
    // came to its end before it was killed leaves nothing to do, so the next starts afresh.
    let killed = Program::on(&dir.path().join("killed"));
    let mut random = Random(u64::from(std::process::id()));
    let mut n_killed = 0;
    while n_killed < N_KILLS {
        let mut run = killed.start(&args);
        tokio::time::sleep(Duration::from_millis(random.below(undisturbed_ms as usize) as u64)).await;
        let ended = run.try_wait().unwrap().is_some();
        run.kill().unwrap();
        run.wait().unwrap();
        if ended {
            std::fs::remove_dir_all(&killed.data).unwrap();
        } else {
            n_killed += 1;
        }
    }
    for i in 0..8 {
        let mut run = killed.start(&args);
        tokio::time::sleep(Duration::from_millis(undisturbed_ms * (i + 1) / 10)).await;
        run.kill().unwrap();
        run.wait().unwrap();
    }
    let report = killed.json(&args);
    let sum = report["messages"].as_u64().unwrap() + report["duplicates"].as_u64().unwrap();
    assert_eq!(sum, N_MAILS as u64, "{report}");
    assert_eq!(state(&killed.data).await, state(&calm.data).await);

    let again = killed.json(&args);
    assert_eq!(
        (&again["messages"], &again["duplicates"]),
        (&0.into(), &N_MAILS.into()),
        "a second run adds nothing"
    );
    assert_eq!(state(&killed.data).await, state(&calm.data).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_writer_died_among_its_keys_can_be_looked_at_before_it_works_again() {
    let dir = TempDir::new().unwrap();
    let calm = Program::on(&dir.path().join("calm"));
    calm.json(&["--json", "run", "--once"]);
    // A transaction in the middle: what a process leaves that is killed there.
    let options = SqliteConnectOptions::new().filename(calm.data.join("keys.db"));
    let mut keys = options.connect().await.unwrap();
    const MANY: &str = "INSERT INTO half_done WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n
                        WHERE x < 500) SELECT randomblob(1000) FROM n";
    // A small cache, so that it writes before it commits.
    let all = ["PRAGMA cache_size = 2", "BEGIN IMMEDIATE", "CREATE TABLE half_done (x BLOB)", MANY];
    for sql in all {
        sqlx::raw_sql(sql).execute(&mut keys).await.unwrap();
    }
    let killed = Program::on(&dir.path().join("killed"));
    copy_dir(&calm.data, &killed.data);
    let journal = std::fs::read(killed.data.join("keys.db-journal")).unwrap();
    assert_ne!(journal[0], 0, "there is something to be taken back");
    let looked = killed.run(&["--json", "doctor"]);
    assert!(looked.status.success(), "{}", String::from_utf8_lossy(&looked.stderr));
    assert_eq!(killed.json(&["--json", "run", "--once"])["ready"], true);
}
