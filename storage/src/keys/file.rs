//! The key database of a store in a file: a file beside it.

use std::path::Path;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::{Keyring, Master, open_keyring};
use crate::db::Address;
use crate::error::StorageError;

/// Opens the key database in `file`; `may_create` for a fresh store.
///
/// # Errors
/// It is missing, or the master key is not the one that wraps its keys.
pub(crate) async fn open_key_file(
    dir: &Path,
    file: &Path,
    write: bool,
    may_create: bool,
) -> Result<Keyring, StorageError> {
    let master = Master::load(dir, may_create)?;
    if !may_create && !file.exists() {
        return Err(StorageError::Key {
            path: file.into(),
            why: "is missing, and without it the store cannot be read: restore it from its backup".into(),
        });
    }
    let options = key_file(file, may_create, write);
    open_keyring(dir, Address::Sqlite(options), master, may_create).await.map_err(|e| e.in_dir(dir))
}

/// Returns how the key database in `file` is opened. No WAL and nothing left in free pages: a destroyed
/// key must be gone. Whoever only reads may have to take back what a killed process had begun, which a
/// read-only file does not allow.
pub(crate) fn key_file(file: &Path, may_create: bool, write: bool) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(may_create)
        .busy_timeout(Duration::from_secs(5))
        .journal_mode(SqliteJournalMode::Truncate)
        .synchronous(SqliteSynchronous::Full)
        .pragma("secure_delete", "ON")
        .pragma("query_only", if write { "OFF" } else { "ON" })
        .disable_statement_logging()
}
