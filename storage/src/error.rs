//! What can go wrong with the store, by what a caller can do about it.

use std::path::PathBuf;
use std::sync::Arc;

/// Why the store could not do something. Texts name the place and what to do.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StorageError {
    /// Another process works on the store.
    #[error(
        "the store in {} is in use by another process{}: stop it, or give another --data",
        dir.display(),
        pid.map_or(String::new(), |p| format!(" (pid {p})"))
    )]
    InUse {
        /// The data directory.
        dir: PathBuf,
        /// Who holds it, if that is known.
        pid: Option<u32>,
    },
    /// The store or its directory may not be written.
    #[error("the store in {} is read-only: make the directory and its files writable for this user", dir.display())]
    ReadOnly {
        /// The data directory.
        dir: PathBuf,
    },
    /// A later version of the program made the store.
    #[error(
        "the store in {} has schema version {found}, this program knows {known}: use the newer program",
        dir.display()
    )]
    Newer {
        /// The data directory.
        dir: PathBuf,
        /// The store's version.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// There is no room left.
    #[error("no space left for the store in {}: free some and run the same again; what was acknowledged is kept", dir.display())]
    Full {
        /// The data directory.
        dir: PathBuf,
    },
    /// The key is missing, unsafe or another store's.
    #[error("key {}: {why}", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong and what to do.
        why: String,
    },
    /// A sealed value does not open: it was changed, or its key is another.
    #[error("sealed value {table}.{column} of row {row} does not open: it was changed, or its key is gone")]
    Sealed {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's id.
        row: i64,
    },
    /// A stored value is not what the program wrote.
    #[error("{what}: {why}")]
    Corrupt {
        /// Where.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// Something the caller asked for is not possible now.
    #[error("{0}")]
    Refused(String),
    /// What was asked for under this key has been done before.
    #[error("what was asked for under this key has been done before")]
    Repeated,
    /// A record is not as it was when the asker looked at it.
    #[error("the record was changed since it was looked at")]
    Changed,
    /// A file beside the database failed.
    #[error("{what}: {source}")]
    File {
        /// What we were doing, with the path.
        what: String,
        /// The system's answer.
        source: Arc<std::io::Error>,
    },
    /// The database failed.
    #[error("database failed to {what}: {source}")]
    Database {
        /// What we were doing.
        what: &'static str,
        /// The database's answer.
        source: Arc<sqlx::Error>,
    },
    /// The server's database cannot be used.
    #[error("database {url}: {why}")]
    Server {
        /// Where it is, without its password.
        url: String,
        /// What is wrong and what to do.
        why: String,
    },
    /// The writer is gone: the program is stopping.
    #[error("the store is closing")]
    Closing,
}

impl StorageError {
    pub(crate) fn file(what: impl Into<String>, source: std::io::Error) -> Self {
        Self::File { what: what.into(), source: Arc::new(source) }
    }

    /// Tells whether one row is at fault and not the store, so that the rest may go on.
    pub fn is_poison(&self) -> bool {
        match self {
            Self::Database { source, .. } => match source.as_ref() {
                sqlx::Error::Database(e) => match code_of(e.as_ref()) {
                    Code::Sqlite(code) => matches!(code, 1 | 18 | 19 | 20 | 25),
                    // Data that a type refuses, a broken constraint, a row too long.
                    Code::Postgres(state) => ["22", "23", "54"].iter().any(|class| state.starts_with(class)),
                },
                sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Encode(_) => true,
                _ => false,
            },
            Self::Corrupt { .. } | Self::Sealed { .. } => true,
            _ => false,
        }
    }

    /// Tells whether the server is away, so that the same may be asked again later.
    pub(crate) fn is_away(&self) -> bool {
        matches!(self, Self::Database { source, .. } if is_away(source))
    }

    /// Tells whether another process was in the way of the whole transaction.
    pub(crate) fn is_conflict(&self) -> bool {
        self.state().is_some_and(|state| matches!(&state[..], "40001" | "40P01"))
    }

    /// Tells whether another process wrote a row of the same key first.
    pub(crate) fn is_taken(&self) -> bool {
        self.state().is_some_and(|state| state == "23505")
    }

    /// Returns PostgreSQL's SQLSTATE.
    fn state(&self) -> Option<String> {
        let Self::Database { source, .. } = self else { return None };
        let sqlx::Error::Database(e) = source.as_ref() else { return None };
        match code_of(e.as_ref()) {
            Code::Postgres(state) => Some(state),
            Code::Sqlite(_) => None,
        }
    }

    /// Puts what the database said about its files into words that name the directory.
    pub(crate) fn in_dir(self, dir: &std::path::Path) -> Self {
        let Self::Database { source, .. } = &self else { return self };
        let sqlx::Error::Database(e) = source.as_ref() else { return self };
        match code_of(e.as_ref()) {
            Code::Sqlite(13) => Self::Full { dir: dir.into() },
            Code::Sqlite(8 | 14) => Self::ReadOnly { dir: dir.into() },
            Code::Sqlite(5 | 6) => Self::InUse { dir: dir.into(), pid: None },
            Code::Sqlite(11 | 26) => Self::Corrupt {
                what: dir.join(crate::open::DATABASE).display().to_string(),
                why: "is damaged or no database: restore it from a backup".into(),
            },
            _ => self,
        }
    }
}

/// A database's own word for what went wrong.
enum Code {
    /// SQLite's primary result code.
    Sqlite(i64),
    /// PostgreSQL's SQLSTATE.
    Postgres(String),
}

fn code_of(e: &dyn sqlx::error::DatabaseError) -> Code {
    let code = e.code().unwrap_or_default();
    match e.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        Some(_) => Code::Postgres(code.into_owned()),
        None => Code::Sqlite(code.parse::<i64>().map_or(0, |code| code & 0xff)),
    }
}

/// Tells whether an error means that the server is away or going.
pub(crate) fn is_away(e: &sqlx::Error) -> bool {
    match e {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(e) => match code_of(e.as_ref()) {
            // Connection exceptions, shutdown and start-up, too many connections, idle for too long.
            Code::Postgres(state) => {
                state.starts_with("08") || state.starts_with("57P") || matches!(&state[..], "53300" | "25P03")
            }
            Code::Sqlite(_) => false,
        },
        _ => false,
    }
}

/// Adds what we were doing to a database error.
pub(crate) trait Context<T> {
    fn context(self, what: &'static str) -> Result<T, StorageError>;
}

impl<T> Context<T> for Result<T, sqlx::Error> {
    fn context(self, what: &'static str) -> Result<T, StorageError> {
        self.map_err(|source| StorageError::Database { what, source: Arc::new(source) })
    }
}
