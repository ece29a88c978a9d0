//! How often rules did something, where that is limited, and whom they gave customers to.

use std::collections::HashMap;
use std::sync::PoisonError;

use rapport_model::{Id, Kind, Timestamp};

use crate::db::{Column, Columns, Db, query};
use crate::error::StorageError;
use crate::open::{Inner, Store};

/// A rule did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// The rule's name.
    pub rule: String,
    /// For which customer.
    pub customer: Option<Id>,
    /// The colleague whom it gave the customer.
    pub given: Option<Id>,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Says which changes lead to a job that reacts to them: fields of kinds of records, and `""` for the
    /// making of one. Taking back what was done never does.
    pub fn watch(&self, what: impl IntoIterator<Item = (Kind, String)>) {
        let mut watched = self.inner.watched.write().unwrap_or_else(PoisonError::into_inner);
        *watched = what.into_iter().collect();
    }

    /// Counts how often a rule did something after `since`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn firings(&self, rule: &str, since: Timestamp) -> Result<i64, StorageError> {
        query("count what a rule did", "SELECT count(*) FROM firings WHERE rule = $1 AND at_us > $2")
            .bind(rule)
            .bind(since)
            .value(&self.inner.read)
            .await
    }

    /// Returns when a rule last did something for each of these customers, if it did after `since`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn last_fired(
        &self,
        rule: &str,
        customers: impl IntoIterator<Item = Id>,
        since: Timestamp,
    ) -> Result<HashMap<Id, Timestamp>, StorageError> {
        let rows = query(
            "look what a rule did",
            "SELECT f.customer, max(f.at_us) FROM {rows} JOIN firings f ON f.customer = {0}
             WHERE f.rule = $1 AND f.at_us > $2 GROUP BY f.customer",
        )
        .rows(self.inner.read.ids(customers))
        .bind(rule)
        .bind(since);
        let rows = rows.all(&self.inner.read).await?;
        Ok(rows.iter().map(|row| (row.id(0), Timestamp::from_micros(row.get(1)))).collect())
    }
}

pub(crate) async fn insert(db: &mut Db, inner: &Inner, firings: &[Firing]) -> Result<(), StorageError> {
    use Column::{Int, Text};
    const ROWS: &Columns = &[Int, Text, Int, Int, Int];
    if firings.is_empty() {
        return Ok(());
    }
    let now = inner.clock.now();
    let mut rows = db.rows(ROWS);
    for firing in firings {
        rows.row()
            .int(inner.ids.next(now).0)
            .text(firing.rule.as_str())
            .int(firing.customer.map(|id| id.0))
            .int(firing.given.map(|id| id.0))
            .int(firing.at.micros());
    }
    query(
        "note what rules did",
        "INSERT INTO firings (id, rule, customer, given, at_us) SELECT {0}, {1}, {2}, {3}, {4} FROM {rows}",
    )
    .rows(rows)
    .run(db)
    .await
}
