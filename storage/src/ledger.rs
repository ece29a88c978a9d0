//! The ledger: how far each source was read, and what became of everything that lay there.
//!
//! A mailbox knows its mails by numbers that it never gives twice. Each has one row, with the one
//! fate that it had when it was taken in ([`Fate::name`](crate::ingest::Fate::name)). So the sum
//! over all fates can be held against what the mailbox has, and nothing can be lost unseen.

use std::collections::BTreeMap;

use rapport_model::Timestamp;
use rapport_model::message::Cursor;

use crate::db::{Db, query};
use crate::error::StorageError;
use crate::open::Store;

impl Store {
    /// Returns where the reader of `scope` in `account` has got to, as it wrote it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn cursor(&self, account: &str, scope: &str) -> Result<Option<String>, StorageError> {
        let sql = "SELECT token FROM cursors WHERE account = $1 AND scope = $2";
        let found = query("look where a channel has got to", sql).bind(account).bind(scope);
        Ok(found.optional(&self.inner.read).await?.map(|row| row.get(0)))
    }

    /// Returns the cursors of an account by their scopes, with the time each was last moved.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn cursors(
        &self,
        account: &str,
    ) -> Result<BTreeMap<String, (String, Timestamp)>, StorageError> {
        let sql = "SELECT scope, token, at_us FROM cursors WHERE account = $1";
        let found = query("look where a channel has got to", sql).bind(account).all(&self.inner.read).await?;
        let cursor = |row: &crate::db::Row| (row.get(0), (row.get(1), Timestamp::from_micros(row.get(2))));
        Ok(found.iter().map(cursor).collect())
    }

    /// Moves a cursor without a message: what lay between is not there any more.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn set_cursor(&self, cursor: Cursor) -> Result<(), StorageError> {
        let now = self.inner.clock.now();
        self.write_quietly(move |db| {
            let cursor = cursor.clone();
            Box::pin(async move { note_cursor(db, &cursor, now).await })
        })
        .await
    }

    /// Returns the fate of everything that was taken in from `source`, by the key that the source
    /// knows it by.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn ledger(&self, source: &str) -> Result<BTreeMap<String, String>, StorageError> {
        let sql = "SELECT key, fate FROM seen WHERE source = $1";
        let found = query("read the ledger", sql).bind(source).all(&self.inner.read).await?;
        let entry =
            |row: &crate::db::Row| (String::from_utf8_lossy(row.get::<&[u8]>(0)).into_owned(), row.get(1));
        Ok(found.iter().map(entry).collect())
    }
}

pub(crate) async fn note_cursor(db: &mut Db, cursor: &Cursor, now: Timestamp) -> Result<(), StorageError> {
    query(
        "note where a channel has got to",
        "INSERT INTO cursors (account, scope, token, at_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account, scope) DO UPDATE SET token = excluded.token, at_us = excluded.at_us",
    )
    .bind(&cursor.account)
    .bind(&cursor.scope)
    .bind(&cursor.token)
    .bind(now)
    .run(db)
    .await
}
