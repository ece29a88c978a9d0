//! Claiming and completing timers among many that wait, beside the bare statements for it.

use std::collections::HashSet;

use rapport_model::job::{JobOutcome, Task};
use rapport_model::time::DAY;
use rapport_model::{Clock as _, Id, SystemClock, Timestamp};

use super::Ground;
use super::sample::Chance;
use crate::StorageError;
use crate::db::{Column, Columns, Db, Engine, query};
use crate::jobs::{claim, claiming, finish};
use crate::open::Store;
use crate::work::Work;

/// The queue of timers, and their priority.
const QUEUE: &str = "timed";
const PRIORITY: i64 = 2;
/// Timers that are put in at once.
const PORTION: i64 = 10_000;
/// Jobs that are claimed at once.
pub const CLAIM: u32 = 200;
/// So that what a connection reads while it is watched is what it asked for.
const WATCHED: &str = "PRAGMA wal_autocheckpoint = 0;";

/// What became of the due timers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Woken {
    /// Timers that were claimed and completed.
    pub done: usize,
    /// Claims of a timer that was claimed before.
    pub twice: usize,
    /// Timers that are still there.
    pub left: i64,
}

/// Makes a database called `name` in which `pending` timers wait; `due` of them are due by now.
/// They are due in the order in which they were made, as those of one sequence are.
///
/// # Errors
/// The database cannot be made.
pub async fn fill(ground: &Ground, name: &str, pending: i64, due: i64) -> Result<(), StorageError> {
    const COLUMNS: &Columns =
        &[Column::Int, Column::Text, Column::Int, Column::Int, Column::Int, Column::Text];
    ground.store(name).await?.close().await;
    let mut db = ground.connect(name).await?;
    let (now, mut chance) = (SystemClock.now(), Chance::new(1));
    let step = 30 * DAY / pending.max(1);
    let mut first = 0;
    while first < pending {
        let mut rows = db.rows(COLUMNS);
        for i in first..pending.min(first + PORTION) {
            let jitter = i64::try_from(chance.below(1000 * step as u64 + 1)).unwrap_or(0);
            let at = if i < due {
                now.plus((i - due - 1000) * step + jitter)
            } else {
                now.plus(DAY + i * step + jitter)
            };
            let task = Task::Step {
                sequence: "follow_up".into(),
                step: 0,
                thread: Id(i),
                message: Id(i),
                cause: None,
                depth: 1,
                started: None,
                version: None,
            };
            let json = serde_json::to_string(&task).expect("a task is JSON");
            rows.row()
                .int(i + 1)
                .text(json.as_str())
                .int(at.micros())
                .int(i / 4)
                .int(i)
                .text(format!("follow_up:{i:019}:0").as_str());
        }
        query(
            "put timers in",
            "INSERT INTO jobs (id, queue, priority, task, run_at_us, rank_us, lane, state, attempts, fence, idem_key, correlation)
             SELECT {0}, $1, $2, {1}, {2}, {2}, {3}, 0, 0, 0, {5}, {4} FROM {rows}",
        )
        .rows(rows)
        .bind(QUEUE)
        .bind(PRIORITY)
        .run(&mut db)
        .await?;
        first += PORTION;
    }
    match db.engine() {
        Engine::Sqlite => db.run("empty the log", "PRAGMA wal_checkpoint(TRUNCATE);").await?,
        Engine::Postgres => db.run("take stock", "VACUUM ANALYZE jobs").await?,
    }
    db.close().await;
    Ok(())
}

/// Claims and completes all due timers through the store.
///
/// # Errors
/// The store cannot be written.
pub async fn wake(store: &Store) -> Result<Woken, StorageError> {
    let (mut seen, mut woken) = (HashSet::new(), Woken::default());
    loop {
        let jobs = store.claim(QUEUE, CLAIM).await?;
        if jobs.is_empty() {
            break;
        }
        woken.done += jobs.len();
        woken.twice += jobs.iter().filter(|job| !seen.insert(job.id)).count();
        let works = jobs
            .iter()
            .map(|job| Work { job: Some((job.id, job.fence, Some(JobOutcome::Done))), ..Work::default() });
        store.commit(works.collect()).await?;
    }
    woken.left = query("count jobs", "SELECT count(*) FROM jobs").value(&store.inner.read).await?;
    Ok(woken)
}

/// Claims and completes all due timers of the database called `name` with one statement each.
///
/// # Errors
/// The database refuses.
pub async fn wake_bare(ground: &Ground, name: &str) -> Result<usize, StorageError> {
    let mut db = ground.connect(name).await?;
    let locked = match db.engine() {
        Engine::Sqlite => "",
        Engine::Postgres => " FOR UPDATE SKIP LOCKED",
    };
    let claim = format!(
        "UPDATE jobs SET state = 1, attempts = attempts + 1, fence = fence + 1, lease_us = $1
         WHERE id IN (SELECT id FROM jobs WHERE state = 0 AND queue = $2 AND priority = $3 AND rank_us <= $1
                      ORDER BY rank_us, id LIMIT $4{locked})
         RETURNING id, fence, task"
    );
    let mut n = 0;
    loop {
        let now = SystemClock.now();
        db.begin("begin").await?;
        let claimed = query("claim", claim.clone()).bind(now).bind(QUEUE).bind(PRIORITY).bind(CLAIM);
        let claimed = claimed.all(&mut db).await?;
        db.run("commit", "COMMIT").await?;
        if claimed.is_empty() {
            break;
        }
        n += claimed.len();
        let ids = db.ids(claimed.iter().map(|row| row.id(0)));
        db.begin("begin").await?;
        let sql = "DELETE FROM jobs WHERE id {any}";
        query("complete", sql).rows(ids).run(&mut db).await?;
        db.run("commit", "COMMIT").await?;
    }
    db.close().await;
    Ok(n)
}

/// Claims and completes `n` timers of the database called `name` with the store's own statements, and
/// returns how many pages that took: on SQLite those that a fresh connection read (`None` where the
/// system does not count reads), on PostgreSQL those that the claims touched.
///
/// # Errors
/// The database refuses.
pub async fn pages(ground: &Ground, name: &str, n: usize) -> Result<Option<u64>, StorageError> {
    let mut db = ground.connect(name).await?;
    let pages = match db.engine() {
        Engine::Sqlite => pages_read(&mut db, n).await,
        Engine::Postgres => pages_touched(&mut db, n).await.map(Some),
    };
    db.close().await;
    pages
}

async fn pages_read(db: &mut Db, n: usize) -> Result<Option<u64>, StorageError> {
    db.run("prepare to count", WATCHED).await?;
    let page: i64 = query("ask for the page size", "PRAGMA page_size").value(&mut *db).await?;
    let Some(before) = bytes_read() else { return Ok(None) };
    let mut woken = 0;
    while woken < n {
        let now = SystemClock.now();
        db.begin("begin").await?;
        let jobs = claim(db, QUEUE, CLAIM.min(u32::try_from(n - woken).unwrap_or(CLAIM)), now, false).await?;
        db.run("commit", "COMMIT").await?;
        if jobs.is_empty() {
            break;
        }
        woken += jobs.len();
        db.begin("begin").await?;
        finish(db, &jobs.iter().map(|job| (job.id, job.fence)).collect::<Vec<_>>(), now).await?;
        db.run("commit", "COMMIT").await?;
    }
    Ok(bytes_read().map(|after| (after - before) / page.unsigned_abs().max(1)))
}

/// Returns how many bytes this process has read by system calls, from wherever they came.
fn bytes_read() -> Option<u64> {
    let io = std::fs::read_to_string("/proc/self/io").ok()?;
    io.lines().find_map(|line| line.strip_prefix("rchar: ")?.parse().ok())
}

async fn pages_touched(db: &mut Db, n: usize) -> Result<u64, StorageError> {
    let (mut woken, mut pages) = (0, 0);
    while woken < n {
        let limit = CLAIM.min(u32::try_from(n - woken).unwrap_or(CLAIM));
        let plan: Vec<String> = claiming(db.engine(), QUEUE, limit, now(), "EXPLAIN (ANALYZE, BUFFERS) ")
            .values(&mut *db)
            .await?;
        // The first line that counts is that of the whole statement.
        let line = plan.iter().find(|line| line.contains("Buffers: shared"));
        pages += line.map_or(0, |line| counted(line, "hit=") + counted(line, "read="));
        woken += limit as usize;
    }
    Ok(pages)
}

fn now() -> Timestamp {
    SystemClock.now()
}

fn counted(line: &str, name: &str) -> u64 {
    let number = line.split_once(name).map_or("", |(_, rest)| rest);
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    number[..digits].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn the_pages_of_a_plan_are_counted() {
        let line = "        Buffers: shared hit=5123 read=77 dirtied=12";
        assert_eq!((counted(line, "hit="), counted(line, "read="), counted(line, "lent=")), (5123, 77, 0));
    }
}
