//! What a person looks at: jobs and outgoing messages that wait, that were given up or failed, and
//! messages that may or may not have left.

use rapport_model::job::{Outbound, Task};
use rapport_model::time::DAY;
use rapport_model::{Id, Timestamp};

use crate::db::{Query, Row, query};
use crate::error::StorageError;
use crate::jobs::{CLAIMED, GIVEN_UP, task};
use crate::open::Store;
use crate::outbox::COLUMNS;

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
    /// Whether a worker has it now.
    pub claimed: bool,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// An outgoing message as a person sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedOutbound {
    /// The message.
    pub message: Outbound,
    /// `pending`, `sending`, `sent`, `unknown` (it may have left before a crash), `failed` or
    /// `cancelled`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was written.
    pub made_at: Timestamp,
}

/// How long messages are listed that were held back.
const HELD_SHOWN: i64 = 7 * DAY;
/// What a list has of each message behind its columns.
const LISTED: &str = "o.*, b.state, b.attempts, b.error";

impl Store {
    /// Lists jobs, those given up first, then by the time they are due.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn jobs(&self, limit: u32) -> Result<Vec<ListedJob>, StorageError> {
        let sql =
            format!("{LISTED_JOB} ORDER BY CASE state WHEN 2 THEN 0 ELSE 1 END, run_at_us, id LIMIT $1");
        let rows = query("list jobs", sql).bind(limit).all(&self.inner.read).await?;
        rows.iter().map(listed_job).collect()
    }

    /// Returns a job.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn job(&self, id: Id) -> Result<Option<ListedJob>, StorageError> {
        let sql = format!("{LISTED_JOB} WHERE id = $1");
        let row = query("look at a job", sql).bind(id).optional(&self.inner.read).await?;
        row.as_ref().map(listed_job).transpose()
    }

    /// Lets a job be tried again now, also one that was given up. Returns whether there was one.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn retry_job(&self, id: Id) -> Result<bool, StorageError> {
        let now = self.inner.clock.now();
        self.write(move |db| {
            Box::pin(async move {
                let sql =
                    "UPDATE jobs SET state = 0, attempts = 0, run_at_us = $2, rank_us = $2, lease_us = NULL
                           WHERE id = $1 AND state <> 1";
                Ok(query("revive a job", sql).bind(id).bind(now).count(db).await? > 0)
            })
        })
        .await
    }

    /// Removes a job that nobody has claimed. Returns whether there was one.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn drop_job(&self, id: Id) -> Result<bool, StorageError> {
        self.write(move |db| {
            Box::pin(async move {
                let sql = "DELETE FROM jobs WHERE id = $1 AND state <> 1";
                Ok(query("drop a job", sql).bind(id).count(db).await? > 0)
            })
        })
        .await
    }

    /// Lists up to `limit` messages that have not left: those whose fate is unknown, then those
    /// that failed, those being sent, and those that wait, in the order they are due; then those that
    /// were held back within the last week.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn unsent(&self, limit: u32) -> Result<Vec<ListedOutbound>, StorageError> {
        // Each is found by its own partial index, however many were sent.
        let sql = format!(
            "SELECT {LISTED} FROM ({COLUMNS}) o JOIN outbox b ON b.id = o.id WHERE o.id IN (
                SELECT id FROM outbox WHERE state IN ('unknown', 'failed')
                UNION ALL SELECT id FROM outbox WHERE state = 'sending'
                UNION ALL SELECT id FROM (SELECT id FROM outbox WHERE state = 'pending'
                                          ORDER BY send_at_us, id LIMIT $1) w
                UNION ALL SELECT id FROM outbox WHERE state = 'cancelled' AND error IS NOT NULL AND at_us > $2)
             ORDER BY CASE b.state WHEN 'unknown' THEN 0 WHEN 'failed' THEN 1 WHEN 'sending' THEN 2
                                   WHEN 'pending' THEN 3 ELSE 4 END,
                o.send_at_us, o.id LIMIT $1"
        );
        let since = self.inner.clock.now().plus(-HELD_SHOWN);
        self.listed(query("list what has not left", sql).bind(limit).bind(since)).await
    }

    /// Returns an outgoing message, whatever became of it.
    ///
    /// # Errors
    /// As [`Store::unsent`].
    pub async fn outgoing(&self, id: Id) -> Result<Option<ListedOutbound>, StorageError> {
        let sql = format!("SELECT {LISTED} FROM ({COLUMNS}) o JOIN outbox b ON b.id = o.id WHERE o.id = $1");
        Ok(self.listed(query("look at an outgoing message", sql).bind(id)).await?.pop())
    }

    /// Lists the last `limit` messages to a webhook by its number, or to all, newest first.
    pub(crate) async fn delivered_to(
        &self,
        hook: Option<i64>,
        limit: u32,
    ) -> Result<Vec<ListedOutbound>, StorageError> {
        let sql = format!(
            "SELECT {LISTED} FROM ({COLUMNS}) o JOIN outbox b ON b.id = o.id
             WHERE o.channel = 'webhook' AND ($1 IS NULL OR o.to_chat = $1) ORDER BY o.id DESC LIMIT $2"
        );
        let sql = sql.replace("($1 IS NULL", "(CAST($1 AS BIGINT) IS NULL");
        self.listed(query("list what went to webhooks", sql).bind(hook).bind(limit)).await
    }

    async fn listed(&self, list: Query) -> Result<Vec<ListedOutbound>, StorageError> {
        let rows: Vec<Row> = list.all(&self.inner.read).await?;
        let messages = self.load_outbox(&rows).await?;
        let listed = |(message, row): (Outbound, &Row)| ListedOutbound {
            message,
            state: row.get(23),
            attempts: row.get(24),
            last_error: row.get(25),
            made_at: row.time(17),
        };
        Ok(messages.into_iter().zip(&rows).map(listed).collect())
    }

    /// Lets a message leave now that waits, failed, or whose fate is unknown; in the last case
    /// it may arrive twice. Returns whether there was one.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn resend(&self, id: Id) -> Result<bool, StorageError> {
        let now = self.inner.clock.now();
        self.write(move |db| {
            Box::pin(async move {
                let sql =
                    "UPDATE outbox SET state = 'pending', send_at_us = $2, attempts = 0, lease_us = NULL, error = NULL
                     WHERE id = $1 AND state IN ('pending', 'unknown', 'failed')";
                Ok(query("send a message again", sql).bind(id).bind(now).count(db).await? > 0)
            })
        })
        .await
    }

    /// Cancels a message that waits, failed, or whose fate is unknown. Returns whether there was
    /// one.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn drop_outgoing(&self, id: Id) -> Result<bool, StorageError> {
        self.write(move |db| {
            Box::pin(async move {
                // Whoever drops it has seen what was wrong: it is not listed among what was held back.
                let sql = "UPDATE outbox SET state = 'cancelled', error = NULL
                           WHERE id = $1 AND state IN ('pending', 'unknown', 'failed')";
                Ok(query("cancel an outgoing message", sql).bind(id).count(db).await? > 0)
            })
        })
        .await
    }
}

const LISTED_JOB: &str = "SELECT id, task, run_at_us, state, attempts, last_error FROM jobs";

fn listed_job(row: &Row) -> Result<ListedJob, StorageError> {
    Ok(ListedJob {
        id: row.id(0),
        task: task(row.get(0), row.get(1))?,
        run_at: row.time(2),
        given_up: row.get::<i64>(3) == GIVEN_UP,
        claimed: row.get::<i64>(3) == CLAIMED,
        attempts: row.get(4),
        last_error: row.get(5),
    })
}
