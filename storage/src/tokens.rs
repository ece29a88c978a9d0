//! By what other programs prove for whom they ask.
//!
//! A token is made and revoked beside the running service, so it takes no id: ids and the journal are
//! numbered by one process. Its row is never removed; it says who may what, since when and until when.

use rapport_model::people::{Role, Scope};
use rapport_model::time::DAY;
use rapport_model::{Id, Timestamp};

use crate::db::{Row, query};
use crate::error::StorageError;
use crate::keys::hex;
use crate::open::Store;

/// What every secret begins with, so that it is known where it lies about.
pub const PREFIX: &str = "rpt_";
/// Bytes of a secret.
const SECRET_BYTES: usize = 32;

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Counts from 1.
    pub number: i64,
    /// What it is for, in the words of whoever made it.
    pub name: String,
    /// For whom it asks.
    pub user: Id,
    /// What it may do, at most.
    pub role: Role,
    /// Whose customers it sees, at most.
    pub scope: Scope,
    /// When it was made.
    pub made_at: Timestamp,
    /// From when on it is good for nothing.
    pub expires_at: Timestamp,
    /// On which day it was last used, to the day.
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// What a token is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// For whom it asks.
    pub user: Id,
    /// What it may do, at most.
    pub role: Role,
    /// Whose customers it sees, at most.
    pub scope: Scope,
    /// From when on it is good for nothing.
    pub expires_at: Timestamp,
}

impl Token {
    /// Tells whether it is good for anything.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

const TOKENS: &str =
    "SELECT number, name, user_id, role, scope, made_us, expires_us, used_us, revoked_us FROM tokens";

impl Store {
    /// Makes a token of 256 random bits. Returns it with its secret, `rpt_` and 64 hexadecimal digits,
    /// which nobody can tell again.
    ///
    /// # Errors
    /// The store cannot be written, or the system gives no random numbers.
    pub async fn make_token(&self, new: NewToken) -> Result<(Token, String), StorageError> {
        let mut random = [0; SECRET_BYTES];
        getrandom::fill(&mut random)
            .map_err(|_| StorageError::Refused("the system gives no random numbers".into()))?;
        let secret = format!("{PREFIX}{}", hex(&random));
        let proof = self.proof(&secret);
        let made_at = self.inner.clock.now();
        let token = new.clone();
        let number = self
            .write_quietly(move |db| {
                let new = token.clone();
                Box::pin(async move {
                    let sql =
                        "INSERT INTO tokens (number, proof, name, user_id, role, scope, made_us, expires_us)
                               SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM tokens
                               RETURNING number";
                    let made = query("make a token", sql)
                        .bind(&proof[..])
                        .bind(new.name)
                        .bind(new.user)
                        .bind(new.role.name())
                        .bind(new.scope.name())
                        .bind(made_at)
                        .bind(new.expires_at);
                    Ok(made.one(db).await?.get::<i64>(0))
                })
            })
            .await?;
        let NewToken { name, user, role, scope, expires_at } = new;
        let (used_at, revoked_at) = (None, None);
        Ok((Token { number, name, user, role, scope, made_at, expires_at, used_at, revoked_at }, secret))
    }

    /// Returns the token that has this secret, good or not. It is found by a code made with a key of the
    /// store, so that how long it takes tells nothing of any other.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn token_of(&self, secret: &str) -> Result<Option<Token>, StorageError> {
        let sql = format!("{TOKENS} WHERE proof = $1");
        let found = query("look whose token it is", sql).bind(&self.proof(secret)[..]);
        Ok(found.optional(&self.inner.read).await?.as_ref().map(token))
    }

    /// Lists all tokens, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn tokens(&self) -> Result<Vec<Token>, StorageError> {
        let rows = query("list tokens", format!("{TOKENS} ORDER BY number")).all(&self.inner.read).await?;
        Ok(rows.iter().map(token).collect())
    }

    /// Revokes a token, for good. Returns whether there was one that was not revoked.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn revoke_token(&self, number: i64) -> Result<bool, StorageError> {
        let now = self.inner.clock.now();
        self.write_quietly(move |db| {
            let sql = "UPDATE tokens SET revoked_us = $2 WHERE number = $1 AND revoked_us IS NULL";
            let revoke = query("revoke a token", sql).bind(number).bind(now);
            Box::pin(async move { Ok(revoke.count(db).await? > 0) })
        })
        .await
    }

    /// Notes that a token is used, where that was not noted today.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn note_use(&self, token: &Token) -> Result<(), StorageError> {
        let now = self.inner.clock.now();
        let today = Timestamp::from_micros(now.micros() - now.micros().rem_euclid(DAY));
        if token.used_at.is_some_and(|used| used >= today) {
            return Ok(());
        }
        let number = token.number;
        self.write_quietly(move |db| {
            let sql = "UPDATE tokens SET used_us = $2 WHERE number = $1";
            Box::pin(query("note that a token is used", sql).bind(number).bind(today).run(db))
        })
        .await
    }

    fn proof(&self, secret: &str) -> [u8; 16] {
        self.inner.keyring.secrets.blind("token", secret)
    }
}

fn token(row: &Row) -> Token {
    Token {
        number: row.get(0),
        name: row.get(1),
        user: row.id(2),
        // What is not known is allowed least.
        role: Role::by_name(row.get(3)).unwrap_or(Role::Viewer),
        scope: Scope::by_name(row.get(4)).unwrap_or(Scope::Own),
        made_at: row.time(5),
        expires_at: row.time(6),
        used_at: row.maybe_time(7),
        revoked_at: row.maybe_time(8),
    }
}
