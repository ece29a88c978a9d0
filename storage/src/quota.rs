//! What may be done only so often a day, by all processes together.

use crate::db::query;
use crate::error::StorageError;
use crate::open::Store;

impl Store {
    /// Takes one of the `most` times that something named `what` may be done on a day, such as
    /// `2026-03-11`. Returns whether there was one left.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn take_of_day(&self, what: &str, day: &str, most: u32) -> Result<bool, StorageError> {
        let kind = format!("quota/{what}/{day}");
        let days = format!("quota/{what}/%");
        self.write_quietly(move |db| {
            let sql = "DELETE FROM counters WHERE kind LIKE $1 AND kind <> $2";
            let forget = query("forget what was done on other days", sql).bind(&days).bind(&kind);
            let take = query(
                "count what was done today",
                "INSERT INTO counters (kind, next) SELECT CAST($1 AS TEXT), 1 WHERE $2 > 0
                 ON CONFLICT (kind) DO UPDATE SET next = counters.next + 1 WHERE counters.next < $2",
            );
            let take = take.bind(&kind).bind(i64::from(most));
            Box::pin(async move {
                forget.run(&mut *db).await?;
                Ok(take.count(db).await? > 0)
            })
        })
        .await
    }

    /// Adds `n` to what `actor` did of a sort within a stretch of time, such as `2026-03-11` or
    /// `2026-03-11T10`, and returns how much that is now. What was done in other stretches is forgotten, whoever
    /// did it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn count_watched(
        &self,
        sort: &str,
        stretch: &str,
        actor: &str,
        n: i64,
    ) -> Result<i64, StorageError> {
        let kind = format!("watched/{sort}/{stretch}/{actor}");
        let (all, these) = (format!("watched/{sort}/%"), format!("watched/{sort}/{stretch}/%"));
        self.write_quietly(move |db| {
            let sql = "DELETE FROM counters WHERE kind LIKE $1 AND kind NOT LIKE $2";
            let forget = query("forget what was done at other times", sql).bind(&all).bind(&these);
            let add = query(
                "count what is watched",
                "INSERT INTO counters (kind, next) VALUES ($1, $2)
                 ON CONFLICT (kind) DO UPDATE SET next = counters.next + excluded.next RETURNING next",
            );
            let add = add.bind(&kind).bind(n);
            Box::pin(async move {
                forget.run(&mut *db).await?;
                add.value(db).await
            })
        })
        .await
    }

    /// Returns how often something was done on a day, of what [`Store::take_of_day`] counts.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn taken_of_day(&self, what: &str, day: &str) -> Result<i64, StorageError> {
        let sql = "SELECT coalesce(max(next), 0) FROM counters WHERE kind = $1";
        let count = query("look how often it was done today", sql).bind(format!("quota/{what}/{day}"));
        count.value(&self.inner.read).await
    }
}
