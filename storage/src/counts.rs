//! Figures of a period by colleague, for reports.

use std::collections::BTreeMap;

use rapport_model::{Id, Kind, Timestamp};

use crate::db::{Row, query};
use crate::error::StorageError;
use crate::open::Store;

/// What was done in a period, by whom; `None` where nobody is known to have done it or to look after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages by people outside.
    pub mails_in: i64,
    /// Messages by people of the house, by their author.
    pub mails_out: BTreeMap<Option<Id>, i64>,
    /// For each message of the period that began to wait and was answered: who answered first, and after
    /// how many µs.
    pub answers: Vec<(Option<Id>, i64)>,
    /// Tickets opened, by who looks after them.
    pub opened: BTreeMap<Option<Id>, i64>,
    /// Tickets closed, by who looks after them.
    pub closed: BTreeMap<Option<Id>, i64>,
    /// Deals that are won and came to that stage in the period, by who looks after them.
    pub won: BTreeMap<Option<Id>, i64>,
    /// Deals that are lost, as [`Counts::won`].
    pub lost: BTreeMap<Option<Id>, i64>,
}

impl Store {
    /// Counts what was done in `from..to`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn counts(&self, from: Timestamp, to: Timestamp) -> Result<Counts, StorageError> {
        let seen = |kind| self.and_seen(kind, "t");
        let message = "t.automation = 'none' AND t.received_at >= $1 AND t.received_at < $2";
        let messages = seen(Kind::Message);
        let mails_in = query(
            "count mails",
            format!("SELECT count(*) FROM messages t WHERE t.direction = 'in' AND {message}{messages}"),
        );
        let mails_out = format!(
            "SELECT t.author, count(*) FROM messages t WHERE t.direction = 'out' AND {message}{messages}
             GROUP BY t.author"
        );
        let tickets = |at: &str| {
            format!(
                "SELECT t.owner, count(*) FROM tickets t WHERE t.deleted_us IS NULL
                 AND t.{at} >= $1 AND t.{at} < $2{} GROUP BY t.owner",
                seen(Kind::Ticket)
            )
        };
        Ok(Counts {
            mails_in: mails_in.bind(from).bind(to).value(&self.inner.read).await?,
            mails_out: self.by_colleague(mails_out, from, to).await?,
            answers: self.answers(from, to).await?,
            opened: self.by_colleague(tickets("opened_at"), from, to).await?,
            closed: self.by_colleague(tickets("closed_at"), from, to).await?,
            won: self.deals_that_came_to("won", from, to).await?,
            lost: self.deals_that_came_to("lost", from, to).await?,
        })
    }

    async fn by_colleague(
        &self,
        sql: String,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<BTreeMap<Option<Id>, i64>, StorageError> {
        let rows = query("count by colleague", sql).bind(from).bind(to).all(&self.inner.read).await?;
        Ok(rows.iter().map(|row| (row.maybe_id(0), row.get(1))).collect())
    }

    /// A deal has no time of its own at which it was won: that is when its stage was last changed.
    async fn deals_that_came_to(
        &self,
        stage: &'static str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<BTreeMap<Option<Id>, i64>, StorageError> {
        let seen = self.and_seen(Kind::Deal, "d");
        let sql = format!(
            "SELECT d.owner, count(*) FROM deals d WHERE d.stage = $3 AND d.deleted_us IS NULL{seen}
             AND (SELECT max(a.at_us) FROM changes c JOIN acts a ON a.id = c.act
                  WHERE c.record = d.id AND ',' || c.names || ',' LIKE '%,stage,%') BETWEEN $1 AND $2 - 1
             GROUP BY d.owner"
        );
        let deals = query("count deals", sql).bind(from).bind(to).bind(stage);
        let rows = deals.all(&self.inner.read).await?;
        Ok(rows.iter().map(|row| (row.maybe_id(0), row.get(1))).collect())
    }

    /// Only the message that began to wait counts, as for the digest.
    async fn answers(&self, from: Timestamp, to: Timestamp) -> Result<Vec<(Option<Id>, i64)>, StorageError> {
        let seen = self.and_seen(Kind::Message, "m");
        let sql = format!(
            "SELECT o.author, o.received_at - w.received FROM (
                SELECT m.received_at AS received,
                       (SELECT o.id FROM messages o WHERE o.thread = m.thread AND o.direction = 'out'
                          AND o.automation = 'none' AND o.received_at > m.received_at
                          ORDER BY o.received_at, o.id LIMIT 1) AS answer,
                       (SELECT p.direction FROM messages p WHERE p.thread = m.thread AND p.automation = 'none'
                          AND p.received_at < m.received_at ORDER BY p.received_at DESC LIMIT 1) AS before
                FROM messages m
                WHERE m.received_at >= $1 AND m.received_at < $2 AND m.direction = 'in' AND m.automation = 'none'{seen}) w
             JOIN messages o ON o.id = w.answer
             WHERE w.before IS NULL OR w.before <> 'in' ORDER BY 2"
        );
        let rows = query("measure answers", sql).bind(from).bind(to).all(&self.inner.read).await?;
        Ok(rows.iter().map(|row: &Row| (row.maybe_id(0), row.get(1))).collect())
    }
}
