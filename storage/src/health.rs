//! How the store fares: what waits, for how long, and what got stuck. Cheap enough to be asked
//! each minute, also while another process works on the store.

use std::path::Path;

use rapport_model::Timestamp;
use rapport_model::time::SECOND;
use serde::Serialize;

use crate::db::{Engine, query};
use crate::error::StorageError;
use crate::jobs;
use crate::migrate::newest;
use crate::open::Store;

/// The queues that jobs wait in.
const QUEUES: [&str; 2] = ["timed", "understand"];

/// So many messages say which engines are at work.
pub const READINGS_MAX: i64 = 1_000;

/// The figures of a store at one instant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Health {
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    /// The version of the database's program.
    pub engine_version: String,
    /// The version of the store's schema.
    pub schema_version: i64,
    /// The newest version that this program knows.
    pub schema_version_known: i64,
    /// Mails that could not be read and are kept aside with their bytes.
    pub quarantined: i64,
    /// The jobs by queue.
    pub jobs: Vec<QueueHealth>,
    /// How often the jobs that are there were tried, fewest first.
    pub job_attempts: Vec<Attempts>,
    /// What has not left, by channel.
    pub outbox: Vec<OutboxHealth>,
    /// Entries that the index of this data directory has not taken over.
    pub index_lag: i64,
    /// Which engines read the newest [`READINGS_MAX`] messages.
    pub readings: Vec<Readings>,
}

/// How many messages an engine read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readings {
    /// What the engine calls itself.
    pub engine: String,
    /// How many messages.
    pub messages: i64,
}

/// The jobs of a queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct QueueHealth {
    /// The queue's name.
    pub queue: String,
    /// Waiting, and due.
    pub due: i64,
    /// Waiting for a later time.
    pub later: i64,
    /// Claimed by a worker.
    pub claimed: i64,
    /// Claimed for longer than a claim holds: their worker is gone or hangs. Also counted in
    /// `claimed`.
    pub lease_expired: i64,
    /// Claims that were taken from such a worker, since the store was made.
    pub lease_expiries: i64,
    /// Given up, for a person to look at.
    pub dead: i64,
    /// Seconds since the oldest job that is not done was due; 0 when none is.
    pub oldest_due_age_seconds: f64,
}

/// How many jobs were tried so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Attempts {
    /// Times they were tried.
    pub attempts: i64,
    /// How many jobs.
    pub jobs: i64,
}

/// What has not left through a channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OutboxHealth {
    /// The channel's name.
    pub channel: String,
    /// Waiting to leave, also for a later time.
    pub pending: i64,
    /// Being sent.
    pub sending: i64,
    /// May have left before a crash; a person decides.
    pub unknown: i64,
    /// Given up.
    pub failed: i64,
    /// Seconds since the oldest pending message should have left; 0 when none is due.
    pub oldest_pending_age_seconds: f64,
}

impl Store {
    /// Returns the figures of the store.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn health(&self) -> Result<Health, StorageError> {
        let now = self.inner.clock.now();
        let engine = self.inner.engine();
        let (version, schema) = match engine {
            Engine::Sqlite => ("SELECT sqlite_version()", "PRAGMA user_version"),
            Engine::Postgres => (
                "SELECT current_setting('server_version')",
                "SELECT convert_from(value, 'UTF8')::bigint FROM meta WHERE name = 'version'",
            ),
        };
        Ok(Health {
            engine: engine.name(),
            engine_version: query("ask for its version", version).value(&self.inner.read).await?,
            schema_version: query("read its version", schema).value(&self.inner.read).await?,
            schema_version_known: newest(engine),
            quarantined: query("count mails kept aside", "SELECT count(*) FROM quarantine")
                .value(&self.inner.read)
                .await?,
            jobs: self.queues(now).await?,
            job_attempts: self.attempts().await?,
            outbox: self.outbox_health(now).await?,
            index_lag: self.index_lag().await?,
            readings: self.readings().await?,
        })
    }

    async fn readings(&self) -> Result<Vec<Readings>, StorageError> {
        let rows = query(
            "count readings",
            "SELECT engine, count(*) FROM
                (SELECT engine FROM messages ORDER BY id DESC LIMIT $1) AS newest
             WHERE engine IS NOT NULL GROUP BY engine ORDER BY engine",
        )
        .bind(READINGS_MAX)
        .all(&self.inner.read)
        .await?;
        Ok(rows.iter().map(|row| Readings { engine: row.get(0), messages: row.get(1) }).collect())
    }

    async fn queues(&self, now: Timestamp) -> Result<Vec<QueueHealth>, StorageError> {
        let rows = query(
            "count jobs",
            "SELECT queue,
                count(*) FILTER (WHERE state = 0 AND run_at_us <= $1),
                count(*) FILTER (WHERE state = 0 AND run_at_us > $1),
                count(*) FILTER (WHERE state = 1),
                count(*) FILTER (WHERE state = 1 AND lease_us <= $1),
                count(*) FILTER (WHERE state = 2),
                min(run_at_us) FILTER (WHERE state < 2 AND run_at_us <= $1)
             FROM jobs GROUP BY queue ORDER BY queue",
        )
        .bind(now)
        .all(&self.inner.read)
        .await?;
        let queue = |row: &crate::db::Row| QueueHealth {
            queue: row.get(0),
            due: row.get(1),
            later: row.get(2),
            claimed: row.get(3),
            lease_expired: row.get(4),
            lease_expiries: 0,
            dead: row.get(5),
            oldest_due_age_seconds: age(now, row.maybe_time(6)),
        };
        let mut queues: Vec<QueueHealth> = rows.iter().map(queue).collect();
        // A queue that is empty says so, or an alarm on it would fall silent.
        for name in QUEUES {
            if !queues.iter().any(|q| q.queue == name) {
                queues.push(QueueHealth { queue: name.into(), ..QueueHealth::default() });
            }
        }
        queues.sort_by(|a, b| a.queue.cmp(&b.queue));
        for queue in &mut queues {
            let expiries = query("count expiries", "SELECT next FROM counters WHERE kind = $1");
            let expiries = expiries.bind(jobs::expiries(&queue.queue)).optional_value(&self.inner.read);
            queue.lease_expiries = expiries.await?.unwrap_or(0);
        }
        Ok(queues)
    }

    async fn attempts(&self) -> Result<Vec<Attempts>, StorageError> {
        let sql = "SELECT attempts, count(*) FROM jobs GROUP BY attempts ORDER BY attempts";
        let rows = query("count attempts", sql).all(&self.inner.read).await?;
        Ok(rows.iter().map(|row| Attempts { attempts: row.get(0), jobs: row.get(1) }).collect())
    }

    async fn outbox_health(&self, now: Timestamp) -> Result<Vec<OutboxHealth>, StorageError> {
        // Each part is answered by a partial index: what was sent is not looked at.
        let part = |condition: &str| {
            format!(
                "SELECT channel, state, count(*) AS n, min(send_at_us) AS oldest FROM outbox
                 WHERE {condition} GROUP BY channel, state"
            )
        };
        let parts = ["state = 'pending'", "state = 'sending'", "state IN ('unknown', 'failed')"];
        let sql = format!(
            "SELECT channel, state, n, oldest FROM ({}) o ORDER BY channel",
            parts.map(part).join(" UNION ALL ")
        );
        let rows = query("count outgoing messages", sql).all(&self.inner.read).await?;
        let mut all: Vec<OutboxHealth> = Vec::new();
        for row in &rows {
            let channel: String = row.get(0);
            if all.last().is_none_or(|last| last.channel != channel) {
                all.push(OutboxHealth { channel, ..OutboxHealth::default() });
            }
            let Some(of) = all.last_mut() else { continue };
            let n = row.get(2);
            match row.get::<&str>(1) {
                "pending" => {
                    of.pending = n;
                    of.oldest_pending_age_seconds = age(now, row.maybe_time(3));
                }
                "sending" => of.sending = n,
                "unknown" => of.unknown = n,
                _ => of.failed = n,
            }
        }
        Ok(all)
    }

    /// Returns where the master key comes from: a file, or the name of a variable.
    pub fn key_place(&self) -> &Path {
        self.inner.keyring.master_place()
    }

    /// Counts the entries that the index of this data directory has not taken over.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn index_lag(&self) -> Result<i64, StorageError> {
        let sql = match self.inner.engine() {
            Engine::Sqlite => {
                "SELECT count(*) FROM index_entries
                 WHERE seq > coalesce((SELECT seq FROM tails WHERE name = $1), 0)"
            }
            Engine::Postgres => {
                "SELECT count(*) FROM index_entries
                 WHERE xid > coalesce((SELECT seq FROM tails WHERE name = $1), 0)::text::xid8"
            }
        };
        query("count index entries", sql).bind(&self.inner.node).value(&self.inner.read).await
    }
}

/// Returns the seconds from `then`, if that is past, to `now`.
fn age(now: Timestamp, then: Option<Timestamp>) -> f64 {
    then.map_or(0.0, |then| now.since(then).max(0) as f64 / SECOND as f64)
}
