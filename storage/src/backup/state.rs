//! What the store itself remembers of its backups, and what else they need of it.

use crate::db::query;
use crate::error::StorageError;
use crate::open::Store;

/// The row that says how the last backup went.
const STATE: &str = "backup";

impl Store {
    /// Returns what was noted of the last backup: JSON of whoever made it. It is not part of backups.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn backup_state(&self) -> Result<Option<String>, StorageError> {
        let row =
            query("read how the last backup went", "SELECT value FROM meta WHERE name = $1").bind(STATE);
        let value: Option<Vec<u8>> = row.optional_value(&self.inner.read).await?;
        Ok(value.and_then(|value| String::from_utf8(value).ok()))
    }

    /// Notes how a backup went.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn set_backup_state(&self, state: &str) -> Result<(), StorageError> {
        let state = state.as_bytes().to_vec();
        self.write_quietly(move |db| {
            let sql = "INSERT INTO meta (name, value) VALUES ($1, $2)
                       ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            Box::pin(query("note how a backup went", sql).bind(STATE).bind(state.clone()).run(db))
        })
        .await
    }

    /// Tells whether a row names a file by now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn names_blob(&self, blob: &str) -> Result<bool, StorageError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM raws WHERE blob = $1)
                       OR EXISTS (SELECT 1 FROM quarantine WHERE blob = $1)";
        Ok(query("look for a file's row", sql).bind(blob).one(&self.inner.read).await?.flag(0))
    }

    /// Returns the master key, in hex: only for what is encrypted to somebody who may have it.
    pub fn master_key(&self) -> String {
        self.inner.keyring.master_text()
    }
}
