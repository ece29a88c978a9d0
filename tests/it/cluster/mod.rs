//! Several processes on one server: whatever happens to one of them, everything is done once.

mod account;
mod house;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rapport_model::{Kind, Timestamp};
use rapport_storage::{Place, Store};
use tempfile::TempDir;
use tokio::task::block_in_place;

use crate::support::{Database, Running, Server, run};
use account::{account, assert_same};
use house::{Letters, Member, calm, take_in};

/// Now, past all leases, and when whoever did not answer is asked again.
const NOW: &str = "2026-11-20T02:00:00Z";
const LATER: &str = "2026-11-20T02:06:00Z";
const HOURS_LATER: &str = "2026-11-20T04:00:00Z";
const DAYS_LATER: &str = "2026-11-23T04:00:00Z";

fn at(time: &str) -> Timestamp {
    Timestamp::parse(time).unwrap()
}

/// Returns once something is so that another process brings about.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(100), asking)
        .await
        .unwrap_or_else(|_| panic!("in vain: {what}"));
}

/// Counts the mails that have not left.
async fn letters_waiting(store: &Store) -> i64 {
    let outbox = store.health().await.unwrap().outbox;
    outbox.iter().filter(|of| of.channel == "email").map(|of| of.pending + of.sending).sum()
}

/// Starts processes together.
fn start(members: [&Member; 3], now: &str) -> [Running; 3] {
    std::thread::scope(|scope| {
        members.map(|member| scope.spawn(|| member.runs(now))).map(|started| started.join().unwrap())
    })
}

/// The mails that left through processes: to whom, about what, in answer to which.
fn sent(members: &[&Member]) -> Vec<String> {
    let told = |mail: &String| {
        let named =
            |line: &&str| ["To: ", "Subject: ", "In-Reply-To: "].iter().any(|name| line.starts_with(name));
        mail.lines().filter(named).collect::<Vec<_>>().join(" ")
    };
    let mut all: Vec<String> =
        members.iter().flat_map(|member| member.outgoing()).map(|mail| told(&mail)).collect();
    all.sort();
    all
}

/// A server's own note of who claimed and who finished which job.
const WITNESS: &str = "
    CREATE TABLE witness (
        at BIGINT GENERATED ALWAYS AS IDENTITY, who TEXT NOT NULL, what TEXT NOT NULL, job BIGINT NOT NULL, fence BIGINT NOT NULL
    );
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'DELETE' THEN
            INSERT INTO witness (who, what, job, fence) VALUES (session_user, 'finishes', OLD.id, OLD.fence);
        ELSE
            INSERT INTO witness (who, what, job, fence) VALUES (session_user, 'claims', NEW.id, NEW.fence);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER claims AFTER UPDATE ON jobs FOR EACH ROW
        WHEN (NEW.state = 1 AND NEW.fence <> OLD.fence) EXECUTE FUNCTION note();
    CREATE TRIGGER finishes AFTER DELETE ON jobs FOR EACH ROW EXECUTE FUNCTION note()";

/// The server, as whoever looks after it sees it.
struct Overseer<'a> {
    database: &'a Database,
    db: sqlx::PgConnection,
}

impl<'a> Overseer<'a> {
    async fn of(database: &'a Database) -> Self {
        let mut db = database.connect().await;
        run(&mut db, WITNESS).await;
        Self { database, db }
    }

    fn user(&self, who: &str) -> String {
        format!("{}_{who}", self.database.name)
    }

    /// Counts by a statement over `$1`, a user of the database.
    async fn count(&mut self, sql: &'static str, who: &str) -> i64 {
        let user = self.user(who);
        sqlx::query_scalar(sql).bind(user).fetch_one(&mut self.db).await.unwrap()
    }

    /// Counts the messages that wait to be understood, claimed or not.
    async fn n_left(&mut self) -> i64 {
        self.count("SELECT count(*) FROM jobs WHERE queue = 'understand' AND $1 <> ''", "").await
    }

    /// The jobs that a user claimed last and that are claimed in the table.
    async fn held_by(&mut self, who: &str) -> BTreeSet<i64> {
        let sql = "SELECT j.id FROM jobs j JOIN LATERAL (
                       SELECT who FROM witness w WHERE w.job = j.id AND what = 'claims' ORDER BY at DESC LIMIT 1
                   ) last ON true WHERE j.state = 1 AND last.who = $1";
        let held: Vec<i64> =
            sqlx::query_scalar(sql).bind(self.user(who)).fetch_all(&mut self.db).await.unwrap();
        held.into_iter().collect()
    }

    /// The jobs that a user finished, with the fence of the claim.
    async fn finished_by(&mut self, who: &str) -> BTreeSet<(i64, i64)> {
        let sql = "SELECT job, fence FROM witness WHERE what = 'finishes' AND who = $1";
        let all: Vec<(i64, i64)> =
            sqlx::query_as(sql).bind(self.user(who)).fetch_all(&mut self.db).await.unwrap();
        all.into_iter().collect()
    }

    /// Freezes a process at a moment at which it holds claims, and no transaction is open. Returns
    /// what it holds. When nothing is left to be claimed but the `n_held` that sleepers hold, `more`
    /// has to arrive, or it would never be caught.
    async fn freezes(
        &mut self,
        running: &Running,
        who: &str,
        n_held: usize,
        more: &mut impl AsyncFnMut() -> bool,
    ) -> BTreeSet<i64> {
        const ACTIVE: &str = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND state = 'active'";
        const OPEN: &str =
            "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND state LIKE 'idle in%'";
        loop {
            running.freeze();
            // The server still answers what it was asked.
            while self.count(ACTIVE, who).await > 0 {}
            let held = self.held_by(who).await;
            if !held.is_empty() && self.count(OPEN, who).await == 0 {
                return held;
            }
            running.thaw();
            if self.n_left().await <= n_held as i64 {
                assert!(more().await, "all was done before {who} could be caught at work");
            }
            tokio::time::sleep(Duration::from_millis(7)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_three_is_killed_and_one_sleeps_past_its_lease_and_all_is_done_once() {
    const LETTERS: Letters = Letters { customers: 480, each: 6 };
    /// So many of those that come later arrive at once.
    const LATE_PART: usize = 180;
    let Some(database) = Database::new(&["a", "b", "c"]).await else { return };
    let dir = TempDir::new().unwrap();
    let place = |user: &str| Place { database: Some(database.url_of(user)), keys: None };
    let post = Place { database: Some(database.url()), keys: None };
    let post = Member::new(&dir.path().join("post"), post, None);
    let app = post.opens(NOW).await;
    let mut server = Overseer::of(&database).await;
    let member = |user: &str| Member::new(&dir.path().join(user), place(user), Some(&post));
    let (a, b, c) = (member("a"), member("b"), member("c"));
    let letters = LETTERS.arrive();
    let (early, late) = letters.split_at(letters.len() / 2);
    take_in(&app, early).await;

    let [running_a, running_b, running_c] = start([&a, &b, &c], NOW);
    // The rest arrives while they work, one is put to sleep and another is killed.
    let mut parts = late.chunks(LATE_PART);
    let mut more = async || match parts.next() {
        Some(part) => {
            take_in(&app, part).await;
            true
        }
        None => false,
    };
    let of_c = server.freezes(&running_c, "c", 0, &mut more).await;
    let of_b = server.freezes(&running_b, "b", of_c.len(), &mut more).await;
    running_b.kill();
    while more().await {}
    until("all is done but what the two had claimed", async || {
        server.n_left().await == (of_b.len() + of_c.len()) as i64
    })
    .await;
    assert_eq!((server.held_by("b").await, server.held_by("c").await), (of_b.clone(), of_c.clone()));

    // The machine that died starts again, later than the leases last.
    let running_b = b.runs(LATER);
    until("what the two had claimed is done", async || server.n_left().await == 0).await;
    // What turns out to be overtaken is given back, and whoever is quicker has it.
    let (of_a, of_b_now) = (server.finished_by("a").await, server.finished_by("b").await);
    let again: BTreeSet<(i64, i64)> = of_a.union(&of_b_now).copied().collect();
    for job in of_b.union(&of_c) {
        assert!(again.iter().any(|(id, fence)| id == job && *fence >= 2), "{job} was claimed anew");
    }

    // The sleeper wakes and brings what it had worked out. Then it takes over into its index what
    // the others did: by then it was refused.
    let of_c_before = server.finished_by("c").await;
    assert!(c.lag().await > 0, "it has slept");
    running_c.thaw();
    until("the sleeper is up to date", async || c.lag().await == 0).await;
    assert_eq!(server.finished_by("c").await, of_c_before, "what came late was dropped");
    for running in [running_a, running_b, running_c] {
        assert_eq!(running.terminate().code(), Some(0));
    }

    // Days later all three work on what comes due by itself.
    let running = start([&a, &b, &c], DAYS_LATER);
    until("all letters left, and are in their conversations", async || {
        let n: usize = [&a, &b, &c].map(|member| member.outgoing().len()).iter().sum();
        n >= LETTERS.answered().count()
            && letters_waiting(app.store()).await == 0
            && server.n_left().await == 0
    })
    .await;
    for member in [&a, &b, &c] {
        until("its index is up to date", async || member.lag().await == 0).await;
    }
    for running in running {
        assert_eq!(running.terminate().code(), Some(0));
    }
    app.close().await;

    let calm = calm(&dir.path().join("calm"), LETTERS, &[NOW, DAYS_LATER]).await;
    let told = account(&calm.looks(DAYS_LATER).await).await;
    assert_eq!(told["message count"], [(LETTERS.n_messages() + LETTERS.answered().count()).to_string()]);
    let store = a.looks(DAYS_LATER).await;
    let ours = account(&store).await;
    for (part, lines) in &told {
        assert_same(part, lines, &ours[part]);
    }
    assert_eq!(sent(&[&a, &b, &c]), sent(&[&calm]));
    assert_eq!(store.audit().await.unwrap().faults, vec![]);
    assert!(store.integrity().await.unwrap().is_whole());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_slept_until_another_had_its_number_writes_nothing_and_says_so() {
    const LETTERS: Letters = Letters { customers: 200, each: 3 };
    let Some(database) = Database::new(&["c", "d"]).await else { return };
    let dir = TempDir::new().unwrap();
    let place = |user: &str| Place { database: Some(database.url_of(user)), keys: None };
    let c = Member::new(&dir.path().join("c"), place("c"), None);
    let app = c.opens(NOW).await;
    take_in(&app, &LETTERS.arrive()).await;
    app.close().await;
    drop(app);
    let mut server = Overseer::of(&database).await;
    let running_c = c.runs(NOW);
    let of_c = server.freezes(&running_c, "c", 0, &mut async || false).await;

    // Another process starts when the first was not seen for hours, and does its work.
    let d = Member::new(&dir.path().join("d"), place("d"), Some(&c));
    let running_d = d.runs(HOURS_LATER);
    until("all is done", async || server.n_left().await == 0).await;
    let node = std::fs::read_to_string(d.program.data.join("node")).unwrap();
    let number: Vec<String> = sqlx::query_scalar("SELECT name FROM leases WHERE holder = $1")
        .bind(node.trim())
        .fetch_all(&mut server.db)
        .await
        .unwrap();
    assert_eq!(number, ["node/1"], "the number of the one that sleeps");
    let before = account(&d.looks(HOURS_LATER).await).await;
    let finished = server.finished_by("c").await;

    running_c.thaw();
    let (ended, said) = block_in_place(|| running_c.ends());
    assert_eq!(ended.code(), Some(1), "{said}");
    assert!(said.contains("another has its number: start it again"), "{said}");
    assert_eq!(account(&d.looks(HOURS_LATER).await).await, before);
    assert_eq!(server.finished_by("c").await, finished, "it held {}", of_c.len());

    // Started again, it gets a number of its own.
    let running_c = c.runs(HOURS_LATER);
    until("it is up to date", async || c.lag().await == 0).await;
    for running in [running_c, running_d] {
        assert_eq!(running.terminate().code(), Some(0));
    }
    let calm = calm(&dir.path().join("calm"), LETTERS, &[NOW]).await;
    let told = account(&calm.looks(NOW).await).await;
    for (part, lines) in &told {
        assert_same(part, lines, &before[part]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_processes_outlive_crashes_of_the_server_and_all_is_done_once() {
    const LETTERS: Letters = Letters { customers: 240, each: 6 };
    let Some(server) = Server::start() else { return };
    let dir = TempDir::new().unwrap();
    let place = || Place { database: Some(server.url.clone()), keys: None };
    let post = Member::new(&dir.path().join("post"), place(), None);
    let app = Arc::new(post.opens(NOW).await);
    let [a, b, c] = ["a", "b", "c"].map(|name| Member::new(&dir.path().join(name), place(), Some(&post)));
    let letters = LETTERS.arrive();
    let (early, late) = letters.split_at(letters.len() / 2);
    take_in(&app, early).await;
    let running = start([&a, &b, &c], NOW);
    let arriving = tokio::spawn({
        let (app, late) = (app.clone(), late.to_vec());
        async move { take_in(&app, &late).await }
    });
    let n_done = async || {
        let store = app.store();
        store.count(Kind::Message).await.unwrap() - store.job_counts().await.unwrap().due
    };
    for part in [4, 2] {
        until("some work is done", async || n_done().await >= (letters.len() / part) as i64).await;
        block_in_place(|| {
            server.crash();
            server.start_again();
        });
    }
    arriving.await.unwrap();
    until("all work is done", async || n_done().await == letters.len() as i64).await;
    for member in [&a, &b, &c] {
        until("its index is up to date", async || member.lag().await == 0).await;
    }
    for running in running {
        assert_eq!(running.terminate().code(), Some(0));
    }
    app.close().await;
    let calm = calm(&dir.path().join("calm"), LETTERS, &[NOW]).await;
    let (told, store) = (account(&calm.looks(NOW).await).await, a.looks(NOW).await);
    let ours = account(&store).await;
    for (part, lines) in &told {
        assert_same(part, lines, &ours[part]);
    }
    assert_eq!(store.audit().await.unwrap().faults, vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_send_each_planned_digest_once() {
    const RULES: &str = "[[schedule]]\nname = \"daily\"\ncron = \"30 8 * * *\"\ndoes = \"digest\"\n";
    const DAYS: usize = 4;
    let Some(database) = Database::new(&["a", "b"]).await else { return };
    let dir = TempDir::new().unwrap();
    let place = |user: &str| Place { database: Some(database.url_of(user)), keys: None };
    let a = Member::new(&dir.path().join("a"), place("a"), None);
    let app = a.opens("2026-11-20T08:00:00Z").await;
    take_in(&app, &Letters { customers: 12, each: 1 }.arrive()).await;
    app.close().await;
    drop(app);
    let b = Member::new(&dir.path().join("b"), place("b"), Some(&a));
    for member in [&a, &b] {
        std::fs::write(member.program.data.join("rules/rules.toml"), RULES).unwrap();
    }
    // Both wake each morning after the time, and find the digest of that day due.
    let digests = || {
        let mails = [&a, &b].map(|member| member.outgoing()).concat();
        mails
            .iter()
            .filter(|mail| mail.contains("To: \"Ruth Stein\"") || mail.contains("To: Ruth Stein"))
            .count()
    };
    for day in 0..=DAYS {
        let now = format!("2026-11-{:02}T09:00:00Z", 20 + day);
        let running = std::thread::scope(|scope| {
            [&a, &b].map(|member| scope.spawn(|| member.runs(&now))).map(|started| started.join().unwrap())
        });
        let store = a.looks(&now).await;
        until("what is due is done, and has left", async || {
            let states = store.schedule_states().await.unwrap();
            let is_planned =
                states.get("daily").and_then(|state| state.next).is_some_and(|next| next > at(&now));
            is_planned && store.job_counts().await.unwrap().due == 0 && letters_waiting(&store).await == 0
        })
        .await;
        store.close().await;
        for running in running {
            assert_eq!(running.terminate().code(), Some(0));
        }
        // On the first day the schedule is new, and owes nothing.
        assert_eq!(digests(), day, "day {day}");
    }
}
