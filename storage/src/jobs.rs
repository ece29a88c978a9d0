//! Jobs: work that waits, is claimed for a while, and goes together with its effects.
//!
//! A claim raises the job's fence; a result with an older fence is dropped, so that a worker
//! that was thought dead cannot write twice. Claims that outlive their lease are released.
//!
//! Jobs are done by priority, then by rank: the time they are due, later for each further job of
//! a lane (a customer, a conversation) in which many wait. Whoever sends a thousand messages waits
//! behind whoever sends one, and nobody waits for ever.

use std::collections::{HashMap, HashSet};

use rapport_model::job::{Job, NewJob, Task};
use rapport_model::time::MINUTE;
use rapport_model::{Id, Timestamp};

use crate::db::{Column, Columns, Db, Engine, Query, Rows, query};
use crate::error::StorageError;
use crate::open::{Inner, Store, lock};
use crate::outbox::RELEASED;

/// How long a claim holds without a result.
pub const LEASE: i64 = 5 * MINUTE;
/// So many waiting jobs of a lane keep the order in which they came: nobody is put back for a
/// busy hour.
const LANE_FREE: i64 = 25;
/// How far each further one is put back.
const LANE_STEP: i64 = 20_000;
/// How far at most.
const LANE_MAX: i64 = 10 * MINUTE;
const WAITS: i64 = 0;
pub(crate) const CLAIMED: i64 = 1;
pub(crate) const GIVEN_UP: i64 = 2;

/// How many jobs stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct JobCounts {
    /// Waiting or being done, due by now.
    pub due: i64,
    /// Waiting for a later time.
    pub later: i64,
    /// Given up, for a person to look at.
    pub given_up: i64,
}

impl Store {
    /// Claims up to `limit` due jobs of a queue, by priority and rank.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn claim(&self, queue: &'static str, limit: u32) -> Result<Vec<Job>, StorageError> {
        let now = self.inner.clock.now();
        // Where a look found more than could be taken, the next claim goes without one.
        let more = lock(&self.inner.queues_with_more).remove(queue);
        let (due, late) = if more { (true, false) } else { self.is_due(queue, now).await? };
        if !due && !late {
            return Ok(Vec::new());
        }
        let jobs = self
            .write_quietly(move |db| Box::pin(async move { claim(db, queue, limit, now, late).await }))
            .await?;
        if !more && jobs.len() >= limit as usize {
            lock(&self.inner.queues_with_more).insert(queue);
        }
        Ok(jobs)
    }

    /// Asks the readers first, as a look costs no commit: whether a job is due, and whether a
    /// claim has outlived its lease.
    async fn is_due(&self, queue: &'static str, now: Timestamp) -> Result<(bool, bool), StorageError> {
        let due: Vec<String> = priorities(queue)
            .map(|priority| format!("EXISTS (SELECT 1 FROM jobs WHERE {DUE} AND priority = {priority})"))
            .collect();
        let sql = format!(
            "SELECT {}, EXISTS (SELECT 1 FROM jobs WHERE state = 1 AND queue = $1 AND lease_us <= $2)",
            due.join(" OR ")
        );
        let row = query("look for due jobs", sql)
            .bind(queue)
            .bind(now)
            .bind(now.plus(LANE_MAX))
            .one(&self.inner.read)
            .await?;
        Ok((row.flag(0), row.flag(1)))
    }

    /// Returns when the next job of a queue is due.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn next_due(&self, queue: &'static str) -> Result<Option<Timestamp>, StorageError> {
        // The first by rank is due at most a lane's delay before another that is due earlier.
        let each: Vec<String> = priorities(queue)
            .map(|priority| {
                format!(
                    "SELECT min(run_at_us) AS at FROM jobs WHERE state = 0 AND queue = $1 AND priority = {priority}
                     AND rank_us <= $2 + (SELECT min(rank_us) FROM jobs
                                          WHERE state = 0 AND queue = $1 AND priority = {priority})"
                )
            })
            .collect();
        let sql = format!("SELECT min(at) FROM ({}) next", each.join(" UNION ALL "));
        let at: Option<i64> =
            query("look for the next job", sql).bind(queue).bind(LANE_MAX).value(&self.inner.read).await?;
        Ok(at.map(Timestamp::from_micros))
    }

    /// Counts the jobs by where they stand.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn job_counts(&self) -> Result<JobCounts, StorageError> {
        let row = query(
            "count jobs",
            "SELECT count(*) FILTER (WHERE state < 2 AND run_at_us <= $1),
                    count(*) FILTER (WHERE state < 2 AND run_at_us > $1),
                    count(*) FILTER (WHERE state = 2) FROM jobs",
        )
        .bind(self.inner.clock.now())
        .one(&self.inner.read)
        .await?;
        Ok(JobCounts { due: row.get(0), later: row.get(1), given_up: row.get(2) })
    }

    /// Releases what a process claimed that is no more. Only right while this process is the
    /// store's only one.
    pub(crate) async fn release_claims(&self) -> Result<(), StorageError> {
        self.write(|db| {
            Box::pin(async move {
                let sql = "UPDATE jobs SET state = $1, lease_us = NULL WHERE state = $2";
                query("release jobs", sql).bind(WAITS).bind(CLAIMED).run(&mut *db).await?;
                // Whether it went out before the crash is not known: it is not sent blindly again.
                let sql = format!("UPDATE outbox SET state = {RELEASED} WHERE state = 'sending'");
                query("release outgoing messages", sql).run(db).await
            })
        })
        .await
    }
}

/// The due jobs of a queue: `$1` the queue, `$2` now, `$3` the last rank that may be due by now.
const DUE: &str = "state = 0 AND queue = $1 AND run_at_us <= $2 AND rank_us <= $3";
fn priorities(queue: &str) -> impl Iterator<Item = i64> {
    Task::priorities(queue).iter().copied()
}

/// Claims jobs within a transaction, after releasing those whose claim is `late`; see
/// [`Store::claim`].
pub(crate) async fn claim(
    db: &mut Db,
    queue: &'static str,
    limit: u32,
    now: Timestamp,
    late: bool,
) -> Result<Vec<Job>, StorageError> {
    if late {
        release_late(db, queue, now).await?;
    }
    let rows = claiming(db.engine(), queue, limit, now, "").all(db).await?;
    let mut jobs: Vec<((i64, i64), Job)> = rows
        .iter()
        .map(|r| {
            let job = Job {
                id: r.id(0),
                fence: r.get(1),
                attempt: u32::try_from(r.get::<i64>(2)).unwrap_or(u32::MAX),
                run_at: r.time(3),
                task: task(r.get(0), r.get(4))?,
            };
            Ok(((job.task.priority(), r.get(5)), job))
        })
        .collect::<Result<_, StorageError>>()?;
    // RETURNING promises no order.
    jobs.sort_by_key(|(rank, job)| (*rank, job.id));
    Ok(jobs.into_iter().map(|(_, job)| job).collect())
}

/// Releases claims that have outlived their lease, and counts them.
async fn release_late(db: &mut Db, queue: &'static str, now: Timestamp) -> Result<(), StorageError> {
    let sql = "UPDATE jobs SET state = 0, lease_us = NULL WHERE state = 1 AND queue = $1 AND lease_us <= $2";
    let n_late = query("release jobs", sql).bind(queue).bind(now).count(&mut *db).await?;
    if n_late == 0 {
        return Ok(());
    }
    tracing::warn!(queue, n_late, "claims outlived their lease: their worker is gone, or was asleep");
    query(
        "count expiries",
        "INSERT INTO counters (kind, next) VALUES ($1, $2)
         ON CONFLICT (kind) DO UPDATE SET next = counters.next + excluded.next",
    )
    .bind(expiries(queue))
    .bind(i64::try_from(n_late).unwrap_or(i64::MAX))
    .run(db)
    .await
}

/// Returns the statement that claims jobs, with `before` before it.
pub(crate) fn claiming(
    engine: Engine,
    queue: &'static str,
    limit: u32,
    now: Timestamp,
    before: &str,
) -> Query {
    // The lock comes with the order: what another process has locked is passed over, and what is
    // locked is not chosen a second time.
    let (locked, kept) = match engine {
        Engine::Sqlite => ("", ""),
        Engine::Postgres => (" FOR UPDATE SKIP LOCKED", "MATERIALIZED "),
    };
    let each: Vec<String> = priorities(queue)
        .map(|priority| {
            format!(
                "SELECT * FROM (SELECT id, priority, rank_us FROM jobs WHERE {DUE} AND priority = {priority}
                  ORDER BY rank_us, id LIMIT $4{locked}) p{priority}"
            )
        })
        .collect();
    let sql = format!(
        "{before}WITH due AS {kept}(SELECT id FROM ({}) found ORDER BY priority, rank_us, id LIMIT $4)
         UPDATE jobs SET state = 1, attempts = attempts + 1, fence = fence + 1, lease_us = $5
         WHERE id IN (SELECT id FROM due)
         RETURNING id, fence, attempts, run_at_us, task, rank_us",
        each.join(" UNION ALL ")
    );
    query("claim jobs", sql).bind(queue).bind(now).bind(now.plus(LANE_MAX)).bind(limit).bind(now.plus(LEASE))
}

/// Returns the name of the counter of claims of a queue that outlived their lease.
pub(crate) fn expiries(queue: &str) -> String {
    format!("lease_expiries/{queue}")
}

pub(crate) fn task(id: i64, json: &str) -> Result<Task, StorageError> {
    serde_json::from_str(json)
        .map_err(|e| StorageError::Corrupt { what: format!("job {id}"), why: format!("unknown task: {e}") })
}

/// Stores jobs, leaving out those whose key is known.
pub(crate) async fn insert(db: &mut Db, inner: &Inner, jobs: &[NewJob]) -> Result<(), StorageError> {
    let waiting = waiting(db, jobs).await?;
    insert_behind(db, inner, jobs, &waiting).await
}

/// Stores jobs of which it is known how many wait in their lanes; in a lane that is not named,
/// none does.
pub(crate) async fn insert_behind(
    db: &mut Db,
    inner: &Inner,
    jobs: &[NewJob],
    waiting: &HashMap<Id, i64>,
) -> Result<(), StorageError> {
    use Column::{Int, Text};
    const COLUMNS: &Columns = &[Int, Text, Int, Text, Int, Int, Int, Text, Int];
    if jobs.is_empty() {
        return Ok(());
    }
    let now = inner.clock.now();
    let mut waiting = waiting.clone();
    let mut rows = db.rows(COLUMNS);
    for job in jobs {
        let json = serde_json::to_string(&job.task).expect("a task is JSON");
        let before = job.lane.map_or(0, |lane| {
            let n = waiting.entry(lane).or_default();
            *n += 1;
            *n - 1
        });
        rows.row()
            .int(inner.ids.next(now).0)
            .text(job.task.queue())
            .int(job.task.priority())
            .text(json.as_str())
            .int(job.run_at.micros())
            .int(job.run_at.plus(((before - LANE_FREE).max(0) * LANE_STEP).min(LANE_MAX)).micros())
            .int(job.lane.map(|l| l.0))
            .text(job.idempotency_key.as_deref())
            .int(job.correlation.map(|c| c.0));
    }
    query(
        "store jobs",
        "INSERT INTO jobs (id, queue, priority, task, run_at_us, rank_us, lane, state, attempts, fence, idem_key, correlation)
         SELECT {0}, {1}, {2}, {3}, {4}, {5}, {6}, 0, 0, 0, {7}, {8} FROM {rows}
         WHERE {7} IS NULL OR NOT EXISTS (SELECT 1 FROM jobs_done d WHERE d.idem_key = {7})
         ON CONFLICT (idem_key) DO NOTHING",
    )
    .rows(rows)
    .run(&mut *db)
    .await?;
    drop_done(db, jobs).await
}

/// Drops what was stored while another process finished the job of the same key: the statement
/// that stored it waited for that, but looked at the keys before.
async fn drop_done(db: &mut Db, jobs: &[NewJob]) -> Result<(), StorageError> {
    if db.engine() == Engine::Sqlite {
        return Ok(());
    }
    let mut rows = db.rows(&[Column::Text]);
    for key in jobs.iter().filter_map(|job| job.idempotency_key.as_deref()) {
        rows.row().text(key);
    }
    let sql = "DELETE FROM jobs WHERE idem_key IN (SELECT d.idem_key FROM {rows} JOIN jobs_done d ON d.idem_key = {0})";
    query("drop jobs that are done", sql).rows(rows).run(db).await
}

/// Counts what waits in the lanes of new jobs.
async fn waiting(db: &mut Db, jobs: &[NewJob]) -> Result<HashMap<Id, i64>, StorageError> {
    let lanes: HashSet<Id> = jobs.iter().filter_map(|job| job.lane).collect();
    let sql = format!("SELECT {{0}}, {} FROM {{rows}}", waiting_in("{0}"));
    let rows = query("count what waits", sql).rows(db.ids(lanes)).all(db).await?;
    Ok(rows.iter().map(|row| (row.id(0), row.get(1))).collect())
}

/// Returns the expression that counts what waits in a lane, up to where more makes no difference.
pub(crate) fn waiting_in(lane: &str) -> String {
    let limit = LANE_FREE + LANE_MAX / LANE_STEP;
    format!(
        "(SELECT count(*) FROM (SELECT 1 FROM jobs b WHERE b.lane = {lane} AND b.state = 0 LIMIT {limit}) n)"
    )
}

/// Cancels what waits in conversations that a customer answered: jobs, and automatic messages
/// that have not left.
pub(crate) async fn cancel(db: &mut Db, threads: impl Iterator<Item = Id>) -> Result<(), StorageError> {
    let threads: Vec<Id> = threads.collect();
    // The sum keeps a server from reading all that wait: it is no condition of their index.
    let sql = "DELETE FROM jobs WHERE correlation {any} AND state + 0 = 0";
    query("cancel jobs", sql).rows(db.ids(threads.iter().copied())).run(&mut *db).await?;
    let sql = "UPDATE outbox SET state = 'cancelled' WHERE thread {any}
               AND state = 'pending' AND automatic = 1 AND to_customer IS NOT NULL";
    query("cancel outgoing messages", sql).rows(db.ids(threads)).run(db).await
}

/// Cancels the steps of a sequence that wait for a customer.
pub(crate) async fn stop(db: &mut Db, sequence: &str, customer: Id) -> Result<(), StorageError> {
    // A task's JSON begins with its kind and its first field; a name holds no mark that JSON escapes.
    let begins = format!("{{\"kind\":\"step\",\"sequence\":\"{sequence}\",");
    let sql = "DELETE FROM jobs WHERE lane = $1 AND state = 0 AND substr(task, 1, length($2)) = $2";
    query("stop a sequence", sql).bind(customer).bind(begins.as_str()).run(db).await
}

/// A job `b`, found by its id, is claimed. The sum keeps a server from going through all that are
/// claimed instead: it is no condition of their index.
const CLAIMED_BY_ID: &str = "b.state + 0 = 1";

/// Returns which of these claims still hold. On a server they are locked, so that nobody else
/// takes them before this transaction ends.
pub(crate) async fn holding(db: &mut Db, claims: &[(Id, i64)]) -> Result<HashSet<Id>, StorageError> {
    let rows = claim_rows(db, claims);
    let locked = match db.engine() {
        Engine::Sqlite => "",
        Engine::Postgres => " ORDER BY b.id FOR UPDATE OF b",
    };
    let sql = format!(
        "SELECT b.id FROM {{rows}} JOIN jobs b ON b.id = {{0}} AND b.fence = {{1}} AND {CLAIMED_BY_ID}{locked}"
    );
    let ids: Vec<i64> = query("check claims", sql).rows(rows).values(db).await?;
    Ok(ids.into_iter().map(Id).collect())
}

/// Removes the jobs of those claims that still hold, keeping their keys; returns which they are.
pub(crate) async fn finish(
    db: &mut Db,
    claims: &[(Id, i64)],
    now: Timestamp,
) -> Result<HashSet<Id>, StorageError> {
    let sql = match db.engine() {
        Engine::Sqlite => format!(
            "DELETE FROM jobs WHERE id IN (SELECT b.id FROM {{rows}} JOIN jobs b ON b.id = {{0}} AND b.fence = {{1}}
                                           AND {CLAIMED_BY_ID})
             RETURNING id, idem_key"
        ),
        // A row that somebody changed meanwhile is looked at again: its fence must be in the condition.
        Engine::Postgres => format!(
            "DELETE FROM jobs b USING {{rows}} WHERE b.id = {{0}} AND b.fence = {{1}} AND {CLAIMED_BY_ID}
             RETURNING b.id, b.idem_key"
        ),
    };
    let removed = query("remove jobs", sql).rows(claim_rows(db, claims)).all(&mut *db).await?;
    let mut keys = db.rows(&[Column::Text]);
    for key in removed.iter().filter_map(|row| row.get::<Option<&str>>(1)) {
        keys.row().text(key);
    }
    query(
        "keep keys of jobs",
        "INSERT INTO jobs_done (idem_key, at_us) SELECT {0}, $1 FROM {rows} WHERE true
         ON CONFLICT (idem_key) DO NOTHING",
    )
    .rows(keys)
    .bind(now)
    .run(db)
    .await?;
    Ok(removed.iter().map(|row| row.id(0)).collect())
}

/// Lets jobs wait again whose claims still hold, as if they had not been tried.
pub(crate) async fn release(db: &mut Db, claims: &[(Id, i64)]) -> Result<(), StorageError> {
    let sql = format!(
        "UPDATE jobs AS b SET state = 0, lease_us = NULL, attempts = b.attempts - 1 FROM {{rows}}
         WHERE b.id = {{0}} AND b.fence = {{1}} AND {CLAIMED_BY_ID}"
    );
    query("release jobs", sql).rows(claim_rows(db, claims)).run(db).await
}

fn claim_rows(db: &Db, claims: &[(Id, i64)]) -> Rows {
    let mut rows = db.rows(&[Column::Int, Column::Int]);
    for (id, fence) in claims {
        rows.row().int(id.0).int(*fence);
    }
    rows
}

/// Puts a job back, to be tried at `at`; never again without one. An attempt that was `free`
/// does not count.
pub(crate) async fn put_back(
    db: &mut Db,
    id: Id,
    at: Option<Timestamp>,
    free: bool,
    why: &str,
) -> Result<(), StorageError> {
    query(
        "put a job back",
        "UPDATE jobs SET state = $2, run_at_us = coalesce($3, run_at_us), rank_us = coalesce($3, rank_us),
            lease_us = NULL, last_error = $4, attempts = attempts - $5 WHERE id = $1",
    )
    .bind(id)
    .bind(if at.is_some() { WAITS } else { GIVEN_UP })
    .bind(at)
    .bind(why)
    .bind(free)
    .run(db)
    .await
}
