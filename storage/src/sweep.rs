//! Pages of customers, for what looks at all of them.

use std::collections::{HashMap, HashSet};

use rapport_model::{Id, Timestamp};

use crate::db::query;
use crate::error::StorageError;
use crate::open::Store;
use crate::stretch::Quiet;

/// Customers that somebody may still write to, and who may be looked at without being asked about.
const ALIVE: &str = "t.deleted_us IS NULL AND t.merged_into IS NULL AND t.restricted_at IS NULL";

impl Store {
    /// Returns up to `limit` customers after one, in the order of their ids.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn customers_after(&self, after: Id, limit: u32) -> Result<Vec<Id>, StorageError> {
        let sql = format!("SELECT t.id FROM customers t WHERE t.id > $1 AND {ALIVE} ORDER BY t.id LIMIT $2");
        let ids: Vec<i64> =
            query("page through customers", sql).bind(after).bind(limit).values(&self.inner.read).await?;
        Ok(ids.into_iter().map(Id).collect())
    }

    /// Returns up to `limit` customers after one from whom nothing was heard since `before`, and of whose
    /// silence nothing was said yet.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn silent_after(
        &self,
        after: Id,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Quiet>, StorageError> {
        let sql = format!(
            "SELECT t.id, t.first_contact, t.last_in, t.n_in, t.owner FROM customers t
             WHERE t.id > $1 AND {ALIVE} AND t.first_contact IS NOT NULL AND t.n_in > 0 AND t.last_in < $2
               AND NOT EXISTS (SELECT 1 FROM events e WHERE e.record = t.id AND e.name = 'silence'
                               AND e.at_us > t.last_in)
             ORDER BY t.id LIMIT $3"
        );
        let page = query("page through silent customers", sql).bind(after).bind(before).bind(limit);
        Ok(page.all(&self.inner.read).await?.iter().map(Quiet::of).collect())
    }

    /// Tells of which of these records something has happened since a time.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn happened_since(
        &self,
        name: &str,
        records: impl IntoIterator<Item = Id>,
        since: Timestamp,
    ) -> Result<HashSet<Id>, StorageError> {
        let sql = "SELECT DISTINCT {0} FROM {rows} JOIN events e ON e.record = {0}
                   WHERE e.name = $1 AND e.at_us >= $2";
        let rows = query("find what happened", sql).rows(self.inner.read.ids(records));
        let rows = rows.bind(name).bind(since).all(&self.inner.read).await?;
        Ok(rows.iter().map(|row| row.id(0)).collect())
    }

    /// Returns the conversation of each of these customers in which somebody last wrote.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn newest_threads(
        &self,
        customers: impl IntoIterator<Item = Id>,
    ) -> Result<HashMap<Id, Id>, StorageError> {
        // The last row of a customer counts.
        let sql = "SELECT h.customer, h.id FROM {rows} JOIN threads h ON h.customer = {0}
                   WHERE h.joined_into IS NULL AND h.deleted_us IS NULL ORDER BY h.last_us, h.id";
        let rows = query("find the newest conversations", sql).rows(self.inner.read.ids(customers));
        Ok(rows.all(&self.inner.read).await?.iter().map(|row| (row.id(0), row.id(1))).collect())
    }
}
