//! Killed at any moment under a stream of commands: each write is there once, and each answer left once
//! or is known to be doubtful.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rapport_model::message::ChannelKind;
use rapport_model::{Kind, SystemClock};
use rapport_storage::records::Filter;
use rapport_storage::{Access, Store};
use tempfile::TempDir;

use super::{LEO, MIA, RUTH};
use crate::support::{BotApi, PATIENCE, Program, Random};

const N_KILLS: usize = 30;
const CONFIG: &str = r#"
house = { name = "Brightwater Filters", domains = ["brightwater.example"] }
users = [
    { handle = "leo", role = "rep" },
    { handle = "mia", role = "rep" },
    { handle = "ruth", role = "manager" },
]
"#;
const MAIL: &str = "From: Petra Novak <petra@novak-cafe.example>\r\nTo: support@brightwater.example\r\n\
                    Subject: Pump\r\nMessage-ID: <m1@novak-cafe.example>\r\n\r\nThe pump drips.\r\n";

async fn open(program: &Program) -> Store {
    Store::open(&program.data, Access::Write, Arc::new(SystemClock)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_thirty_times_each_write_is_there_once_and_each_answer_once_or_in_doubt() {
    let dir = TempDir::new().unwrap();
    let data = dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("rapport.toml"), CONFIG).unwrap();
    std::fs::write(dir.path().join("mail.eml"), MAIL).unwrap();
    let program = Program::on(&data);
    program.json(&["--json", "ingest", dir.path().join("mail.eml").to_str().unwrap()]);
    let accounts = [LEO, MIA, RUTH];
    let store = open(&program).await;
    for (user, account) in store.users().await.unwrap().iter().zip(accounts) {
        let code = store.link_code(user.id).await.unwrap();
        store.bind(ChannelKind::Telegram, account, &code).await.unwrap().unwrap();
    }
    store.close().await;
    drop(store);

    let api = BotApi::start().await;
    let log = dir.path().join("log");
    let start = || {
        let mut command = program.command(&["run"]);
        let log = std::fs::File::options().append(true).create(true).open(&log).unwrap();
        command.envs(api.environment()).stdout(std::process::Stdio::null()).stderr(log);
        command.spawn().unwrap()
    };
    let mut random = Random(u64::from(std::process::id()));
    let mut n = 0;
    let mut says = |some: usize| {
        for _ in 0..some {
            api.says(accounts[n % accounts.len()], &format!("note C1: number {n}."));
            n += 1;
        }
        n
    };
    for _ in 0..N_KILLS {
        let mut run = start();
        for _ in 0..1 + random.below(6) {
            says(1 + random.below(3));
            tokio::time::sleep(Duration::from_millis(random.below(400) as u64)).await;
        }
        run.kill().unwrap();
        run.wait().unwrap();
    }
    // Left alone, it does all that is left.
    let n = says(1);
    let mut run = start();
    let last = accounts[(n - 1) % accounts.len()];
    let seen = tokio::time::timeout(PATIENCE, api.sees(last, &format!("number {}.", n - 1))).await;
    assert!(seen.is_ok(), "it stands still: {}", std::fs::read_to_string(&log).unwrap());
    let all_done = async {
        loop {
            let store = Store::open(&data, Access::Read, Arc::new(SystemClock)).await.unwrap();
            let waiting = store.unanswered(ChannelKind::Telegram).await.unwrap().len()
                + store.waiting_to_leave(ChannelKind::Telegram, 100).await.unwrap().len();
            store.close().await;
            if waiting == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, all_done).await.expect("something waits for ever");
    run.kill().unwrap();
    run.wait().unwrap();

    let store = open(&program).await;
    let notes = store.list(Kind::Note, &Filter { limit: 10_000, ..Filter::default() }).await.unwrap();
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    for note in &notes {
        *written.entry(note.text("body").to_owned()).or_default() += 1;
    }
    let expected: BTreeMap<String, usize> = (0..n).map(|i| (format!("number {i}."), 1)).collect();
    assert_eq!(written, expected, "each note is there once");

    let outbox = store.outbox(10_000).await.unwrap();
    let in_doubt = outbox.iter().filter(|(_, state)| state == "unknown").count();
    let other: Vec<_> = outbox.iter().filter(|(_, state)| state != "unknown" && state != "sent").collect();
    assert!(other.is_empty(), "{other:?}");
    let seen: Vec<String> = accounts.iter().flat_map(|account| api.chat(*account)).map(|s| s.text).collect();
    let mut n_unseen = 0;
    for i in 0..n {
        // What was done before a kill may be told of without its words.
        let n_seen = seen.iter().filter(|text| text.contains(&format!("number {i}."))).count();
        assert!(n_seen <= 1, "the answer to number {i} came {n_seen} times");
        n_unseen += usize::from(n_seen == 0);
    }
    let n_late = seen.iter().filter(|text| text.contains("started again in the middle")).count();
    assert_eq!(outbox.iter().filter(|(one, _)| one.text == "answer").count(), n, "each has its one answer");
    assert!(
        n_unseen <= in_doubt + n_late,
        "{n_unseen} answers are missing, {in_doubt} in doubt, {n_late} late"
    );
    println!("{n} commands, {N_KILLS} kills: {n_late} answered late, {in_doubt} in doubt");
    store.close().await;
}
