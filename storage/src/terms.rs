//! On what a write depends: that it was not done before, and that nobody else was faster.
//!
//! Both are looked at in the transaction that writes, so that they hold whatever else happens, and
//! however the process ends.

use std::sync::Arc;

use rapport_model::event::Event;
use rapport_model::time::DAY;
use rapport_model::{Id, RecordRef};

use crate::db::{Db, Engine, query};
use crate::error::StorageError;
use crate::open::{Inner, Store};
use crate::work::{Work, write_events};

/// So long a key is remembered.
pub const REMEMBERED: i64 = DAY;

/// On what a write depends.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// It is done once under this key.
    pub once: Option<Once>,
    /// The record has been written so many times ([`Store::versions`]).
    pub version: Option<(RecordRef, i64)>,
    /// What led to it.
    pub cause: Option<Event>,
}

/// What is done once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// Whose key it is, and the key.
    pub key: String,
    /// What is asked for under it, all of it.
    pub request: Vec<u8>,
}

/// What became of what was asked for under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// It has not been asked for, or too long ago.
    Nothing,
    /// The same was done: the act, or the message that leaves.
    Same(Id),
    /// Something else was done.
    Other,
}

impl Terms {
    /// Holds a write that makes `made` to its terms; what led to it is written.
    pub(crate) async fn hold(&self, db: &mut Db, inner: &Inner, made: Id) -> Result<(), StorageError> {
        if let Some((record, version)) = self.version {
            if db.engine() == Engine::Postgres {
                // Whoever writes it now is waited for: what they did is seen by the next statement.
                let sql = format!("SELECT 1 FROM {} WHERE id = $1 FOR UPDATE", record.kind.table());
                query("lock a record", sql).bind(record.id).optional(&mut *db).await?;
            }
            let sql = "SELECT coalesce(max(seq), 0) FROM changes WHERE record = $1";
            let now: i64 =
                query("look how often a record was written", sql).bind(record.id).value(&mut *db).await?;
            if now != version {
                return Err(StorageError::Changed);
            }
        }
        if let Some(once) = &self.once {
            let now = inner.clock.now();
            query("forget what was asked for", "DELETE FROM asked WHERE at_us <= $1")
                .bind(now.plus(-REMEMBERED))
                .run(&mut *db)
                .await?;
            let (key, request) = once.blind(inner);
            let sql = "SELECT made FROM asked WHERE key_blind = $1";
            if query("look what was asked for", sql).bind(&key[..]).optional(&mut *db).await?.is_some() {
                return Err(StorageError::Repeated);
            }
            query(
                "note what was asked for",
                "INSERT INTO asked (key_blind, request, made, at_us) VALUES ($1, $2, $3, $4)",
            )
            .bind(&key[..])
            .bind(&request[..])
            .bind(made)
            .bind(now)
            .run(&mut *db)
            .await?;
        }
        write_events(db, self.cause.as_slice()).await
    }
}

impl Once {
    /// A digest would let words be guessed: it takes our key to make these.
    fn blind(&self, inner: &Inner) -> ([u8; 16], [u8; 16]) {
        let secrets = &inner.keyring.secrets;
        (secrets.blind("asked", &self.key), secrets.blind("asked/what", &crate::keys::hex(&self.request)))
    }
}

impl Store {
    /// Returns the same store, through which the one thing that is written next depends on this.
    #[must_use]
    pub fn on_terms(&self, terms: Terms) -> Self {
        let cause = terms.cause.as_ref().map(|event| event.id).or(self.cause);
        Self { terms: Some(Arc::new(terms)), cause, ..self.clone() }
    }

    /// Tells what was done under a key.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn done_before(&self, once: &Once) -> Result<Before, StorageError> {
        let (key, request) = once.blind(&self.inner);
        let sql = "SELECT request, made FROM asked WHERE key_blind = $1 AND at_us > $2";
        let since = self.inner.clock.now().plus(-REMEMBERED);
        let found = query("look what was asked for", sql).bind(&key[..]).bind(since);
        Ok(match found.optional(&self.inner.read).await? {
            None => Before::Nothing,
            Some(row) if row.get::<&[u8]>(0) == &request[..] => Before::Same(row.id(1)),
            Some(_) => Before::Other,
        })
    }
}

/// Returns what names what works do: their act, or else the message that leaves.
pub(crate) fn made_by(works: &[Work]) -> Id {
    let act = works.iter().flat_map(|work| &work.acts).map(|(act, _)| act.id).next();
    let message = || works.iter().flat_map(|work| &work.outbox).map(|message| message.id).next();
    act.or_else(message).unwrap_or(Id(0))
}
