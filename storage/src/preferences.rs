//! What colleagues chose for themselves, and what the house chose by a command: pairs of name and value,
//! which go over the configuration. What they mean is not known here. They are words of the program
//! and numbers of records, so that they lie plain.

use rapport_model::{Id, Timestamp};

use crate::db::query;
use crate::error::StorageError;
use crate::open::Store;

/// Who has what the house chose.
pub const HOUSE: Id = Id(0);

/// Something that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preference {
    /// Whose it is; [`HOUSE`] for all.
    pub user: Id,
    /// What was chosen about, such as `lang`.
    pub name: String,
    /// What was chosen.
    pub value: String,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Returns everything that was chosen, by user and name.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn preferences(&self) -> Result<Vec<Preference>, StorageError> {
        let sql = "SELECT user_id, name, value, at_us FROM preferences ORDER BY user_id, name";
        let rows = query("read preferences", sql).all(&self.inner.read).await?;
        Ok(rows
            .iter()
            .map(|row| Preference { user: row.id(0), name: row.get(1), value: row.get(2), at: row.time(3) })
            .collect())
    }

    /// Stores what `user` chose, nothing to choose nothing again. Returns what was chosen before.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn prefer(
        &self,
        user: Id,
        name: &str,
        value: Option<&str>,
    ) -> Result<Option<String>, StorageError> {
        let (name, value, now) = (name.to_owned(), value.map(str::to_owned), self.inner.clock.now());
        self.write(move |db| {
            let (name, value) = (name.clone(), value.clone());
            Box::pin(async move {
                let sql = "SELECT value FROM preferences WHERE user_id = $1 AND name = $2";
                let before: Option<String> = query("read a preference", sql)
                    .bind(user)
                    .bind(&name)
                    .optional_value(&mut *db)
                    .await?;
                let changed = match value {
                    Some(value) => query(
                        "store a preference",
                        "INSERT INTO preferences (user_id, name, value, at_us) VALUES ($1, $2, $3, $4)
                         ON CONFLICT (user_id, name) DO UPDATE SET value = excluded.value, at_us = excluded.at_us",
                    )
                    .bind(user)
                    .bind(&name)
                    .bind(value)
                    .bind(now),
                    None => query("forget a preference", "DELETE FROM preferences WHERE user_id = $1 AND name = $2")
                        .bind(user)
                        .bind(&name),
                };
                changed.run(db).await?;
                Ok(before)
            })
        })
        .await
    }

    /// Lets what waits for a colleague's quiet to end leave now. Returns how many notices there were.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn release_notices(&self, user: Id) -> Result<u64, StorageError> {
        let now = self.inner.clock.now();
        self.write(move |db| {
            let sql = "UPDATE outbox SET send_at_us = $1 WHERE to_user = $2 AND state = 'pending' AND send_at_us > $1";
            Box::pin(query("let notices leave", sql).bind(now).bind(user).count(db))
        })
        .await
    }
}
