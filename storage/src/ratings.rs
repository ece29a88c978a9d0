//! Ratings as figures are made of them.

use rapport_model::people::Lifecycle;
use rapport_model::{Id, Kind, Timestamp};

use crate::db::query;
use crate::error::StorageError;
use crate::open::Store;

/// A rating, with what its customer is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rated {
    /// One to five stars.
    pub score: u8,
    /// The colleague who was rated.
    pub owner: Option<Id>,
    /// Where the customer stands.
    pub lifecycle: Option<Lifecycle>,
    /// The customer's tags.
    pub tags: Vec<String>,
}

impl Store {
    /// Returns the ratings that were given in `from..to`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn ratings_in(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Rated>, StorageError> {
        let sql = format!(
            "SELECT t.score, t.owner, c.lifecycle, c.tags FROM ratings t LEFT JOIN customers c ON c.id = t.customer
             WHERE t.at >= $1 AND t.at < $2 AND t.deleted_us IS NULL AND t.score IS NOT NULL{}",
            self.and_seen(Kind::Rating, "t")
        );
        let rows = query("load ratings", sql).bind(from).bind(to).all(&self.inner.read).await?;
        let text = |value: Option<String>| value.unwrap_or_default();
        Ok(rows
            .iter()
            .map(|row| Rated {
                score: u8::try_from(row.get::<i64>(0)).unwrap_or(1),
                owner: row.maybe_id(1),
                lifecycle: Lifecycle::by_name(&text(row.get(2))),
                tags: serde_json::from_str(&text(row.get(3))).unwrap_or_default(),
            })
            .collect())
    }
}
