//! Figures hour by hour, for what watches them.

use rapport_model::reading::Intent;
use rapport_model::time::HOUR;
use rapport_model::{Kind, Timestamp};

use crate::db::query;
use crate::error::StorageError;
use crate::open::Store;

/// Mails of an hour that want the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HourOfMails {
    /// How many hours ago: 0 is the last.
    pub ago: usize,
    /// What they want.
    pub intent: Option<Intent>,
    /// How many there are.
    pub n: u32,
    /// How many of them feel bad.
    pub n_negative: u32,
    /// The sum of how they feel, each from −1 to 1.
    pub score: f64,
}

impl Store {
    /// Counts what people outside wrote and the service has read, by the hours that end with `to`; an hour
    /// without mails is left out.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn hours_of_mails(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<HourOfMails>, StorageError> {
        let sql = format!(
            "SELECT ($2 - 1 - m.received_at) / $3 AS ago, m.intent, count(*),
                count(*) FILTER (WHERE m.mood = 'negative'), sum(coalesce(m.score, 0))
             FROM messages m
             WHERE m.received_at >= $1 AND m.received_at < $2 AND m.direction = 'in'
               AND m.automation = 'none' AND m.engine IS NOT NULL{}
             GROUP BY 1, 2",
            self.and_seen(Kind::Message, "m")
        );
        let rows = query("count messages by hour", sql).bind(from).bind(to).bind(HOUR);
        let rows = rows.all(&self.inner.read).await?;
        let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        let hour = |row: &crate::db::Row| HourOfMails {
            ago: usize::try_from(row.get::<i64>(0)).unwrap_or(0),
            intent: row.get::<Option<&str>>(1).and_then(Intent::by_name),
            n: count(row.get(2)),
            n_negative: count(row.get(3)),
            score: row.get(4),
        };
        Ok(rows.iter().map(hour).collect())
    }

    /// Returns who waited for an answer of `from..to`: when the customer began to wait, and when a person answered. Who writes
    /// twice before an answer waits since the first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn waits(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(Timestamp, Timestamp)>, StorageError> {
        let sql = format!(
            "WITH talk AS (
                SELECT m.thread, m.id, m.direction, m.received_at AS at,
                       lag(m.direction) OVER w AS before
                FROM messages m
                WHERE m.received_at >= $1 AND m.received_at < $2 AND m.direction IN ('in', 'out')
                  AND m.automation = 'none'{}
                WINDOW w AS (PARTITION BY m.thread ORDER BY m.received_at, m.id)
             ), waits AS (
                SELECT direction, before, at,
                       max(CASE WHEN direction = 'in' AND (before IS NULL OR before = 'out') THEN at END)
                           OVER (PARTITION BY thread ORDER BY at, id) AS since
                FROM talk
             )
             SELECT since, at FROM waits WHERE direction = 'out' AND before = 'in' ORDER BY at",
            self.and_seen(Kind::Message, "m")
        );
        let rows = query("find answers", sql).bind(from).bind(to).all(&self.inner.read).await?;
        Ok(rows.iter().map(|row| (row.time(0), row.time(1))).collect())
    }
}
