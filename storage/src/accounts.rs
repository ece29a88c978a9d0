//! Whose chat account is whose: proved by a code, once.

use std::collections::{HashMap, HashSet};

use rapport_model::message::ChannelKind;
use rapport_model::time::MINUTE;
use rapport_model::{Id, Timestamp};

use crate::db::{Row, query};
use crate::error::StorageError;
use crate::keys::{Cell, HOUSE_KEY, KeyId};
use crate::open::{Inner, Store};

/// A code is good for so long.
const CODE_LASTS: i64 = 10 * MINUTE;

impl Store {
    /// Returns a code by which a colleague can prove, once and for ten minutes, that a chat account is
    /// theirs: 16 letters, digits, `-` and `_`.
    ///
    /// # Errors
    /// The store cannot be written, or the system gives no random numbers.
    pub async fn link_code(&self, user: Id) -> Result<String, StorageError> {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut random = [0; 16];
        getrandom::fill(&mut random)
            .map_err(|_| StorageError::Refused("the system gives no random numbers".into()))?;
        let code: String = random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 64)])).collect();
        let blind = self.inner.keyring.secrets.blind("link code", &code);
        let until = self.inner.clock.now().plus(CODE_LASTS);
        self.write(move |db| {
            let sql = "INSERT INTO link_codes (code_blind, user_id, expires_us) VALUES ($1, $2, $3)";
            Box::pin(query("make a code", sql).bind(&blind[..]).bind(user).bind(until).run(db))
        })
        .await?;
        Ok(code)
    }

    /// Binds a chat account to the colleague whose code this is, in place of the one they had there.
    /// What waited for them elsewhere comes there. Returns who it is; `None` if the code is none, was
    /// used, or is too old.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn bind(
        &self,
        channel: ChannelKind,
        account: i64,
        code: &str,
    ) -> Result<Option<Id>, StorageError> {
        let inner = self.inner.clone();
        let keys = inner.keyring.load([HOUSE_KEY]).await?;
        let code = inner.keyring.secrets.blind("link code", code);
        let keys = std::sync::Arc::new(keys);
        self.write(move |db| {
            let (inner, keys) = (inner.clone(), keys.clone());
            Box::pin(async move {
                let now = inner.clock.now();
                let sql = "DELETE FROM link_codes WHERE code_blind = $1 AND expires_us > $2 RETURNING user_id";
                let used = query("use a code", sql).bind(&code[..]).bind(now).optional(&mut *db).await?;
                let Some(user) = used.map(|row| row.id(0)) else { return Ok(None) };
                let blind = account_blind(&inner, channel, account);
                let sealed = keys.seal(HOUSE_KEY, cell(user), &account.to_le_bytes());
                let sql = "DELETE FROM bindings WHERE channel = $1 AND (account_blind = $2 OR user_id = $3)";
                query("release an account", sql)
                    .bind(channel.name())
                    .bind(&blind[..])
                    .bind(user)
                    .run(&mut *db)
                    .await?;
                query(
                    "bind an account",
                    "INSERT INTO bindings (channel, account_blind, user_id, key_id, account, bound_us)
                     VALUES ($1, $2, $3, $4, $5, $6)",
                )
                .bind(channel.name())
                .bind(&blind[..])
                .bind(user)
                .bind(HOUSE_KEY.0)
                .bind(sealed)
                .bind(now)
                .run(&mut *db)
                .await?;
                query(
                    "bring what waits",
                    "UPDATE outbox SET channel = $1 WHERE to_user = $2 AND state = 'pending' AND channel = 'console'",
                )
                .bind(channel.name())
                .bind(user)
                .run(db)
                .await?;
                Ok(Some(user))
            })
        })
        .await
    }

    /// Releases the account that a colleague has in a chat. Returns whether there was one.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn unbind(&self, channel: ChannelKind, user: Id) -> Result<bool, StorageError> {
        self.write(move |db| {
            Box::pin(async move {
                let sql = "DELETE FROM bindings WHERE channel = $1 AND user_id = $2";
                let gone = query("release an account", sql).bind(channel.name()).bind(user).count(&mut *db).await?;
                let sql = "UPDATE outbox SET channel = 'console' WHERE to_user = $1 AND state = 'pending' AND channel = $2";
                query("keep what waits", sql).bind(user).bind(channel.name()).run(db).await?;
                Ok(gone > 0)
            })
        })
        .await
    }

    /// Returns whose account it is.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn bound_to(&self, channel: ChannelKind, account: i64) -> Result<Option<Id>, StorageError> {
        let blind = account_blind(&self.inner, channel, account);
        let sql = "SELECT user_id FROM bindings WHERE channel = $1 AND account_blind = $2";
        let found = query("look whose account it is", sql).bind(channel.name()).bind(&blind[..]);
        Ok(found.optional(&self.inner.read).await?.map(|row| row.id(0)))
    }

    /// Returns the accounts of all colleagues in a chat.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn accounts(&self, channel: ChannelKind) -> Result<HashMap<Id, i64>, StorageError> {
        let sql = "SELECT user_id, key_id, account FROM bindings WHERE channel = $1";
        let rows = query("look who has an account", sql).bind(channel.name()).all(&self.inner.read).await?;
        let keys = self.inner.keys_in(&rows, 1).await?;
        let account = |row: &Row| {
            let bytes = keys.open(KeyId(row.get(1)), cell(row.id(0)), row.get(2))?;
            let bytes = bytes.try_into().map_err(|_| StorageError::Corrupt {
                what: format!("the account of user {}", row.id(0)),
                why: "is no number".into(),
            })?;
            Ok((row.id(0), i64::from_le_bytes(bytes)))
        };
        rows.iter().map(account).collect()
    }

    /// Returns the colleagues who have an account in some chat.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn reachable(&self) -> Result<HashSet<Id>, StorageError> {
        let found = query("look who can be reached", "SELECT DISTINCT user_id FROM bindings");
        Ok(found.all(&self.inner.read).await?.iter().map(|row| row.id(0)).collect())
    }

    /// Returns since when a colleague has an account in each chat where they have one.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn bound_since(&self, user: Id) -> Result<HashMap<ChannelKind, Timestamp>, StorageError> {
        let sql = "SELECT channel, bound_us FROM bindings WHERE user_id = $1";
        let rows = query("look which accounts a colleague has", sql).bind(user).all(&self.inner.read).await?;
        Ok(rows.iter().filter_map(|row| Some((ChannelKind::by_name(row.get(0))?, row.time(1)))).collect())
    }
}

fn account_blind(inner: &Inner, channel: ChannelKind, account: i64) -> [u8; 16] {
    inner.keyring.secrets.blind(&format!("account/{channel}"), &account.to_string())
}

const fn cell(user: Id) -> Cell {
    Cell { table: "bindings", column: "account", row: user.0 }
}
