//! Jobs: work that waits, is claimed for a while, and goes together with its effects.
//!
//! A claim raises the job's fence; a result with an older fence is dropped, so that a worker
//! that was thought dead cannot write twice. One process owns a SQLite store, so claims that it
//! finds at start belong to a dead one and are released.

use rapport_model::job::{Job, NewJob, Task};
use rapport_model::time::MINUTE;
use rapport_model::{Id, Timestamp};
use sqlx::{Row as _, SqliteConnection};

use crate::error::{Context, StorageError};
use crate::open::{Inner, Store};
use crate::rows::{Rows, execute};

/// How long a claim holds without a result.
const LEASE: i64 = 5 * MINUTE;
const WAITS: i64 = 0;
const CLAIMED: i64 = 1;
const GIVEN_UP: i64 = 2;

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

/// A job as a person sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedJob {
    /// Names it.
    pub id: Id,
    /// What it does.
    pub task: Task,
    /// When it is due.
    pub run_at: Timestamp,
    /// Whether it was given up.
    pub given_up: bool,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
}

impl Store {
    /// Claims up to `limit` due jobs of a queue, oldest first.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn claim(&self, queue: &'static str, limit: u32) -> Result<Vec<Job>, StorageError> {
        let now = self.inner.clock.now();
        if !self.is_due(queue, now).await? {
            return Ok(Vec::new());
        }
        self.write(move |db| {
            Box::pin(async move {
                let rows = sqlx::query(
                    "UPDATE jobs SET state = 1, attempts = attempts + 1, fence = fence + 1, lease_us = $1 + $4
                     WHERE id IN (
                         SELECT id FROM jobs WHERE state = 0 AND queue = $2 AND run_at_us <= $1
                         ORDER BY run_at_us, id LIMIT $3)
                     RETURNING id, fence, attempts, run_at_us, task",
                )
                .bind(now.micros())
                .bind(queue)
                .bind(limit)
                .bind(LEASE)
                .fetch_all(db)
                .await
                .context("claim jobs")?;
                let mut jobs: Vec<Job> = rows
                    .iter()
                    .map(|r| {
                        Ok(Job {
                            id: Id(r.get(0)),
                            fence: r.get(1),
                            attempt: u32::try_from(r.get::<i64, _>(2)).unwrap_or(u32::MAX),
                            run_at: Timestamp::from_micros(r.get(3)),
                            task: task(r.get(0), r.get(4))?,
                        })
                    })
                    .collect::<Result<_, StorageError>>()?;
                // RETURNING promises no order.
                jobs.sort_by_key(|j| (j.run_at, j.id));
                Ok(jobs)
            })
        })
        .await
    }

    /// Asks the readers first: a look costs no commit.
    async fn is_due(&self, queue: &'static str, now: Timestamp) -> Result<bool, StorageError> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM jobs WHERE state = 0 AND queue = $1 AND run_at_us <= $2)",
        )
        .bind(queue)
        .bind(now.micros())
        .fetch_one(&self.inner.read)
        .await
        .context("look for due jobs")
    }

    /// Returns when the next job of a queue is due.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn next_due(&self, queue: &'static str) -> Result<Option<Timestamp>, StorageError> {
        let at: Option<i64> =
            sqlx::query_scalar("SELECT min(run_at_us) FROM jobs WHERE state = 0 AND queue = $1")
                .bind(queue)
                .fetch_one(&self.inner.read)
                .await
                .context("look for the next job")?;
        Ok(at.map(Timestamp::from_micros))
    }

    /// Counts the jobs by where they stand.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn job_counts(&self) -> Result<JobCounts, StorageError> {
        let row = sqlx::query(
            "SELECT count(*) FILTER (WHERE state < 2 AND run_at_us <= $1),
                    count(*) FILTER (WHERE state < 2 AND run_at_us > $1),
                    count(*) FILTER (WHERE state = 2) FROM jobs",
        )
        .bind(self.inner.clock.now().micros())
        .fetch_one(&self.inner.read)
        .await
        .context("count jobs")?;
        Ok(JobCounts { due: row.get(0), later: row.get(1), given_up: row.get(2) })
    }

    /// Lists jobs, those given up first, then by the time they are due.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn jobs(&self, limit: u32) -> Result<Vec<ListedJob>, StorageError> {
        let rows = sqlx::query(
            "SELECT id, task, run_at_us, state, attempts, last_error FROM jobs
             ORDER BY state = 2 DESC, run_at_us, id LIMIT $1",
        )
        .bind(limit)
        .fetch_all(&self.inner.read)
        .await
        .context("list jobs")?;
        rows.iter()
            .map(|r| {
                Ok(ListedJob {
                    id: Id(r.get(0)),
                    task: task(r.get(0), r.get(1))?,
                    run_at: Timestamp::from_micros(r.get(2)),
                    given_up: r.get::<i64, _>(3) == GIVEN_UP,
                    attempts: r.get(4),
                    last_error: r.get(5),
                })
            })
            .collect()
    }

    /// Releases what a process claimed that is no more. Only right while this process is the
    /// store's only writer.
    pub(crate) async fn release_claims(&self) -> Result<(), StorageError> {
        self.write(|db| {
            Box::pin(async move {
                sqlx::query("UPDATE jobs SET state = $1, lease_us = NULL WHERE state = $2")
                    .bind(WAITS)
                    .bind(CLAIMED)
                    .execute(&mut *db)
                    .await
                    .context("release jobs")?;
                // Whether it went out before the crash is not known: it is not sent blindly again.
                sqlx::query("UPDATE outbox SET state = 'unknown' WHERE state = 'sending'")
                    .execute(db)
                    .await
                    .context("release outgoing messages")?;
                Ok(())
            })
        })
        .await
    }
}

fn task(id: i64, json: &str) -> Result<Task, StorageError> {
    serde_json::from_str(json)
        .map_err(|e| StorageError::Corrupt { what: format!("job {id}"), why: format!("unknown task: {e}") })
}

/// Stores jobs, leaving out those whose key is known.
pub(crate) async fn insert(
    db: &mut SqliteConnection,
    inner: &Inner,
    jobs: &[NewJob],
) -> Result<(), StorageError> {
    let now = inner.clock.now();
    let mut rows = Rows::default();
    for job in jobs {
        let json = serde_json::to_string(&job.task).expect("a task is JSON");
        rows.row()
            .int(inner.ids.next(now).0)
            .text(job.task.queue())
            .text(json.as_str())
            .int(job.run_at.micros())
            .text(job.idempotency_key.as_deref())
            .int(job.correlation.map(|c| c.0));
    }
    execute(
        db,
        rows,
        "store jobs",
        "INSERT INTO jobs (id, queue, priority, task, run_at_us, state, attempts, fence, idem_key, correlation)
         SELECT j.value->>0, j.value->>1, 0, j.value->>2, j.value->>3, 0, 0, 0, j.value->>4, j.value->>5
         FROM json_each($1) j
         WHERE j.value->>4 IS NULL OR NOT EXISTS (SELECT 1 FROM jobs_done d WHERE d.idem_key = j.value->>4)
         ON CONFLICT (idem_key) DO NOTHING",
    )
    .await
}

/// Cancels what waits in conversations that a customer answered: jobs, and automatic messages
/// that have not left.
pub(crate) async fn cancel(
    db: &mut SqliteConnection,
    threads: impl Iterator<Item = Id>,
) -> Result<(), StorageError> {
    let ids = Rows::ids(threads.map(|id| id.0));
    if ids == "[]" {
        return Ok(());
    }
    sqlx::query("DELETE FROM jobs WHERE correlation IN (SELECT value FROM json_each($1)) AND state = 0")
        .bind(&ids)
        .execute(&mut *db)
        .await
        .context("cancel jobs")?;
    sqlx::query(
        "UPDATE outbox SET state = 'cancelled' WHERE thread IN (SELECT value FROM json_each($1))
         AND state = 'pending' AND automatic = 1 AND to_customer IS NOT NULL",
    )
    .bind(&ids)
    .execute(db)
    .await
    .context("cancel outgoing messages")?;
    Ok(())
}

/// Returns which of these claims still hold.
pub(crate) async fn holding(
    db: &mut SqliteConnection,
    claims: &[(Id, i64)],
) -> Result<std::collections::HashSet<Id>, StorageError> {
    let mut rows = Rows::default();
    for (id, fence) in claims {
        rows.row().int(id.0).int(*fence);
    }
    let (json, _) = rows.take();
    let ids: Vec<i64> = sqlx::query_scalar(
        "SELECT b.id FROM json_each($1) j
         JOIN jobs b ON b.id = j.value->>0 AND b.fence = j.value->>1 AND b.state = 1",
    )
    .bind(json)
    .fetch_all(db)
    .await
    .context("check claims")?;
    Ok(ids.into_iter().map(Id).collect())
}

/// Removes jobs that are done, keeping their keys.
pub(crate) async fn done(db: &mut SqliteConnection, ids: &[Id], now: Timestamp) -> Result<(), StorageError> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids = Rows::ids(ids.iter().map(|id| id.0));
    sqlx::query(
        "INSERT INTO jobs_done (idem_key, at_us) SELECT b.idem_key, $2 FROM json_each($1) j
         JOIN jobs b ON b.id = j.value WHERE b.idem_key IS NOT NULL ON CONFLICT (idem_key) DO NOTHING",
    )
    .bind(&ids)
    .bind(now.micros())
    .execute(&mut *db)
    .await
    .context("keep keys of jobs")?;
    sqlx::query("DELETE FROM jobs WHERE id IN (SELECT value FROM json_each($1))")
        .bind(&ids)
        .execute(db)
        .await
        .context("remove jobs")?;
    Ok(())
}

/// Puts a job back, to be tried at `at`; never again without one.
pub(crate) async fn put_back(
    db: &mut SqliteConnection,
    id: Id,
    at: Option<Timestamp>,
    why: &str,
) -> Result<(), StorageError> {
    sqlx::query(
        "UPDATE jobs SET state = $2, run_at_us = coalesce($3, run_at_us), lease_us = NULL, last_error = $4
         WHERE id = $1",
    )
    .bind(id.0)
    .bind(if at.is_some() { WAITS } else { GIVEN_UP })
    .bind(at.map(Timestamp::micros))
    .bind(why)
    .execute(db)
    .await
    .context("put a job back")?;
    Ok(())
}
