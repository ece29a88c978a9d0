//! Leases: what only one of several processes may do at a time.
//!
//! A lease is held until a time and must be renewed before. Its fence rises whenever the holder
//! changes, so that what a former holder still does can be told apart.

use rapport_model::Timestamp;
use rapport_model::time::{HOUR, SECOND};

use crate::db::{Db, Engine, query};
use crate::error::StorageError;
use crate::open::Store;

/// How long a lease lasts without being renewed.
pub const LEASE: i64 = 30 * SECOND;
/// A process keeps its number so long after it was last seen: ids it made then are in the past.
const NUMBER_LEASE: i64 = HOUR;
/// Numbers of processes; 0 is a process that has its store for itself.
const NUMBERS: std::ops::RangeInclusive<i64> = 1..=1023;

impl Store {
    /// Takes or renews the lease `name` for this process. Returns its fence, or nothing while
    /// another process holds it. A store in a file has one process, which gets every lease.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn lease(&self, name: &str) -> Result<Option<i64>, StorageError> {
        let (name, node, now) = (name.to_owned(), self.inner.node.clone(), self.inner.clock.now());
        self.write_quietly(move |db| {
            let (name, node) = (name.clone(), node.clone());
            Box::pin(async move {
                // Whoever works holds some lease, and renews it.
                keep_number(db, &node, now).await?;
                take(db, &name, &node, now, LEASE).await
            })
        })
        .await
    }

    /// Says that this process is still there, so that its number stays its own: a process that
    /// works for longer than an hour calls this well before. In a file there is nothing to keep.
    ///
    /// # Errors
    /// The store cannot be written; or this process was away for so long that another has its
    /// number ([`StorageError::Refused`]), and it must be started again.
    pub async fn keep_number(&self) -> Result<(), StorageError> {
        let (node, now) = (self.inner.node.clone(), self.inner.clock.now());
        if self.inner.engine() == Engine::Sqlite {
            return Ok(());
        }
        let kept = self
            .write_quietly(move |db| {
                let node = node.clone();
                Box::pin(async move { keep_number(db, &node, now).await })
            })
            .await?;
        if kept > 0 {
            return Ok(());
        }
        Err(displaced())
    }

    /// Tells whether this process still has its number. One whose writes fail asks: perhaps it
    /// slept, and another has it now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn has_number(&self) -> Result<bool, StorageError> {
        if self.inner.engine() == Engine::Sqlite {
            return Ok(true);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM leases WHERE name LIKE 'node/%' AND holder = $1)";
        let held = query("look for this process's number", sql).bind(&self.inner.node);
        Ok(held.one(&self.inner.read).await?.flag(0))
    }

    /// Gives a lease back, so that another process need not wait for its end.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn release(&self, name: &str) -> Result<(), StorageError> {
        let (name, node) = (name.to_owned(), self.inner.node.clone());
        self.write_quietly(move |db| {
            let sql = "UPDATE leases SET until_us = 0 WHERE name = $1 AND holder = $2";
            let release = query("give a lease back", sql).bind(&name).bind(&node);
            Box::pin(release.run(db))
        })
        .await
    }
}

/// What is said to a process that lost its number.
pub(crate) fn displaced() -> StorageError {
    StorageError::Refused(
        "this process was away for over an hour and another has its number: start it again".into(),
    )
}

/// Returns the name of the lease of a number.
pub(crate) fn number_lease(number: impl std::fmt::Display) -> String {
    format!("node/{number}")
}

async fn take(
    db: &mut Db,
    name: &str,
    holder: &str,
    now: Timestamp,
    length: i64,
) -> Result<Option<i64>, StorageError> {
    query(
        "take a lease",
        "INSERT INTO leases (name, holder, until_us, fence) VALUES ($1, $2, $3, 1)
         ON CONFLICT (name) DO UPDATE SET until_us = excluded.until_us,
            fence = leases.fence + CASE WHEN leases.holder = excluded.holder THEN 0 ELSE 1 END,
            holder = excluded.holder
         WHERE leases.holder = excluded.holder OR leases.until_us <= $4
         RETURNING fence",
    )
    .bind(name)
    .bind(holder)
    .bind(now.plus(length))
    .bind(now)
    .optional_value(db)
    .await
}

/// Keeps the number of this process; returns how many it has: 1, or 0 if another took it or the
/// store is a file.
async fn keep_number(db: &mut Db, node: &str, now: Timestamp) -> Result<u64, StorageError> {
    if db.engine() == Engine::Sqlite {
        return Ok(0);
    }
    let sql = "UPDATE leases SET until_us = $2 WHERE name LIKE 'node/%' AND holder = $1";
    query("keep this process's number", sql).bind(node).bind(now.plus(NUMBER_LEASE)).count(db).await
}

/// Takes a number for this process, so that its ids differ from those of all others: the one
/// that it had before, or one whose process was not seen for long.
pub(crate) async fn node_number(db: &mut Db, node: &str, now: Timestamp) -> Result<u16, StorageError> {
    let held = query(
        "find this process's number",
        "SELECT name FROM leases WHERE name LIKE 'node/%' AND holder = $1",
    )
    .bind(node)
    .optional_value::<String>(&mut *db)
    .await?;
    let own = held.and_then(|name| name.strip_prefix("node/")?.parse().ok());
    for number in own.into_iter().chain(NUMBERS) {
        if take(db, &number_lease(number), node, now, NUMBER_LEASE).await?.is_some() {
            return Ok(u16::try_from(number).unwrap_or_default());
        }
    }
    Err(StorageError::Refused("1023 processes use this database: stop some, or wait an hour".into()))
}
