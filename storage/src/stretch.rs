//! What digests tell of beside the figures of a period: its days, and who fell silent.

use rapport_model::{Id, Kind, Timestamp};

use crate::db::{Row, query};
use crate::error::StorageError;
use crate::open::Store;

/// What people wrote on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Messages by people outside.
    pub n_in: u32,
    /// Those of them that feel bad.
    pub n_negative: u32,
    /// Messages by people of the house.
    pub n_out: u32,
}

/// A customer from whom nothing was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// The customer.
    pub customer: Id,
    /// When they first wrote.
    pub first_contact: Timestamp,
    /// When they last did.
    pub last_in: Timestamp,
    /// How often they did.
    pub n_in: i64,
    /// Who looks after them.
    pub owner: Option<Id>,
}

impl Store {
    /// Returns what was written on consecutive days; `days` holds their starts and the end of the last.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn days(&self, days: &[Timestamp]) -> Result<Vec<Day>, StorageError> {
        let (Some(first), Some(last)) = (days.first(), days.last()) else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT m.received_at, m.direction, coalesce(m.mood, '') FROM messages m
             WHERE m.received_at >= $1 AND m.received_at < $2 AND m.direction IN ('in', 'out')
               AND m.automation = 'none'{}",
            self.and_seen(Kind::Message, "m")
        );
        let rows = query("count messages by day", sql).bind(*first).bind(*last).all(&self.inner.read).await?;
        let mut counts = vec![Day::default(); days.len().saturating_sub(1)];
        for row in &rows {
            let at = Timestamp::from_micros(row.get(0));
            let day = &mut counts[days.partition_point(|d| *d <= at) - 1];
            if row.get::<&str>(1) == "in" {
                day.n_in += 1;
                day.n_negative += u32::from(row.get::<&str>(2) == "negative");
            } else {
                day.n_out += 1;
            }
        }
        Ok(counts)
    }

    /// Returns customers who have bought or may, and with whom nobody wrote or spoke since `before`: those
    /// from whom nothing was heard for the longest time first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn quiet(&self, before: Timestamp, limit: u32) -> Result<Vec<Quiet>, StorageError> {
        let sql = format!(
            "SELECT t.id, t.first_contact, t.last_in, t.n_in, t.owner FROM customers t
             WHERE t.deleted_us IS NULL AND t.merged_into IS NULL AND t.restricted_at IS NULL
               AND t.first_contact IS NOT NULL
               AND t.last_in < $1 AND (t.last_out IS NULL OR t.last_out < $1) AND t.n_in > 0
               AND (t.lifecycle = 'customer' OR (t.lifecycle = 'lead' AND EXISTS (
                    SELECT 1 FROM deals d WHERE d.customer = t.id AND d.deleted_us IS NULL
                    AND d.stage NOT IN ('won', 'lost')))){}
             ORDER BY t.last_in, t.id LIMIT $2",
            self.and_seen(Kind::Customer, "t")
        );
        let rows = query("find who fell silent", sql).bind(before).bind(limit).all(&self.inner.read).await?;
        Ok(rows.iter().map(Quiet::of).collect())
    }
}

impl Quiet {
    pub(crate) fn of(row: &Row) -> Self {
        Self {
            customer: row.id(0),
            first_contact: Timestamp::from_micros(row.get(1)),
            last_in: Timestamp::from_micros(row.get(2)),
            n_in: row.get(3),
            owner: row.maybe_id(4),
        }
    }
}
