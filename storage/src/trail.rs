//! Who changed what and when, for those who watch over the house from outside: names of fields and
//! numbers of records, no words.

use rapport_model::{Id, Timestamp};
use serde::Serialize;

use crate::db::query;
use crate::error::StorageError;
use crate::open::Store;

/// A change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The row of the journal.
    pub id: Id,
    /// When.
    pub at: Timestamp,
    /// By whom: `user:ID`, `rule:NAME`, `service:NAME`.
    pub actor: String,
    /// The act that it is a part of.
    pub act: Id,
    /// The act that this took back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Id>,
    /// What sort of record.
    pub kind: String,
    /// Which.
    pub record: Id,
    /// `create`, `update`, `delete`, `restore` or `erase`.
    pub op: String,
    /// The names of the fields.
    pub fields: Vec<String>,
}

impl Store {
    /// Returns up to `limit` changes of a stretch of time, `until` not included, in the order of their
    /// rows, after one.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn trail(
        &self,
        (since, until): (Timestamp, Timestamp),
        after: Id,
        limit: u32,
    ) -> Result<Vec<Step>, StorageError> {
        let rows = query(
            "read who changed what",
            "SELECT c.id, a.at_us, a.actor, a.id, a.undoes, c.record_kind, c.record, c.op, c.names
             FROM changes c JOIN acts a ON a.id = c.act
             WHERE c.id > $1 AND a.at_us >= $2 AND a.at_us < $3 ORDER BY c.id LIMIT $4",
        )
        .bind(after)
        .bind(since)
        .bind(until)
        .bind(limit)
        .all(&self.inner.read)
        .await?;
        let step = |row: &crate::db::Row| Step {
            id: row.id(0),
            at: row.time(1),
            actor: row.get(2),
            act: row.id(3),
            undoes: row.maybe_id(4),
            kind: row.get(5),
            record: row.id(6),
            op: row.get(7),
            fields: row
                .get::<&str>(8)
                .split(',')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
        };
        Ok(rows.iter().map(step).collect())
    }
}
