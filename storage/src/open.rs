//! Opening the store of a data directory.

use std::fs::{self, File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rapport_model::{Clock, Id, IdGen};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, SqliteConnection};
use tokio::sync::Notify;

use crate::error::{Context, StorageError};
use crate::migrate::migrate;
use crate::seal::Sealer;
use crate::writer::{Work, Writer};

/// The database's file name in the data directory.
pub(crate) const DATABASE: &str = "rapport.db";
const READERS: u32 = 2;

/// What a process wants of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To work on it; makes it when there is none. One process at a time.
    Write,
    /// To look at it, also while another process works on it.
    Read,
}

/// The store of one organisation. Cheap to clone; closes when the last clone is dropped.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) dir: PathBuf,
    pub(crate) read: SqlitePool,
    pub(crate) writer: Option<Writer>,
    pub(crate) sealer: Sealer,
    pub(crate) ids: IdGen,
    pub(crate) clock: Arc<dyn Clock>,
    /// Woken when jobs, outgoing messages or index entries were committed.
    pub(crate) committed: Notify,
    _lock: Option<File>,
}

impl Store {
    /// Opens the store in `dir`.
    ///
    /// # Errors
    /// See [`StorageError`]: in use, read-only, of a newer version, damaged, key missing.
    pub async fn open(dir: &Path, access: Access, clock: Arc<dyn Clock>) -> Result<Self, StorageError> {
        let fresh = !dir.join(DATABASE).exists();
        if fresh && access == Access::Read {
            return Err(StorageError::Refused(format!(
                "there is no store in {}: `rapport ingest` makes one",
                dir.display()
            )));
        }
        let lock = match access {
            Access::Write => {
                make_directories(dir)?;
                Some(lock(dir)?)
            }
            Access::Read => None,
        };
        let sealer = Sealer::load(&dir.join("keys"), fresh && access == Access::Write)?;

        let options = SqliteConnectOptions::new()
            .filename(dir.join(DATABASE))
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(256)
            .pragma("cache_size", "-16384")
            .pragma("temp_store", "MEMORY")
            .disable_statement_logging();
        let writer = match access {
            Access::Write => Some(open_writer(&options, dir, &sealer).await.map_err(|e| e.in_dir(dir))?),
            Access::Read => None,
        };
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .min_connections(0)
            .connect_with(options.read_only(true).pragma("query_only", "ON"))
            .await
            .context("open for reading")
            .map_err(|e| e.in_dir(dir))?;
        let store = Self::check(dir, read, writer, sealer, clock, lock).await.map_err(|e| e.in_dir(dir))?;
        if access == Access::Write {
            store.release_claims().await?;
        }
        Ok(store)
    }

    async fn check(
        dir: &Path,
        read: SqlitePool,
        writer: Option<Writer>,
        sealer: Sealer,
        clock: Arc<dyn Clock>,
        lock: Option<File>,
    ) -> Result<Self, StorageError> {
        let check: Option<Vec<u8>> = sqlx::query_scalar("SELECT value FROM meta WHERE name = 'key_check'")
            .fetch_optional(&read)
            .await
            .context("check its key")?;
        if check.as_deref() != Some(&sealer.check_value()) {
            return Err(StorageError::Key {
                path: dir.join("keys").join("master.key"),
                why: "is not the key of this store: put the right one back".into(),
            });
        }
        let last: Option<i64> = sqlx::query_scalar(
            "SELECT max(id) FROM (SELECT max(id) AS id FROM messages UNION ALL SELECT max(id) FROM acts
             UNION ALL SELECT max(id) FROM changes UNION ALL SELECT max(id) FROM events
             UNION ALL SELECT max(id) FROM jobs UNION ALL SELECT max(id) FROM outbox
             UNION ALL SELECT max(id) FROM quarantine UNION ALL SELECT max(id) FROM customers
             UNION ALL SELECT max(id) FROM identities UNION ALL SELECT max(id) FROM attachments
             UNION ALL SELECT max(id) FROM threads)",
        )
        .fetch_one(&read)
        .await
        .context("find its last id")?;
        Ok(Self {
            inner: Arc::new(Inner {
                dir: dir.into(),
                read,
                writer,
                sealer,
                ids: IdGen::new(0, Id(last.unwrap_or(0))),
                clock,
                committed: Notify::new(),
                _lock: lock,
            }),
        })
    }

    /// Returns the data directory.
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// Returns the clock that stamps what is written.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// Returns a fresh id.
    pub fn new_id(&self) -> Id {
        self.inner.ids.next(self.inner.clock.now())
    }

    /// Returns the key of the search index.
    pub fn index_key(&self) -> [u8; 32] {
        self.inner.sealer.index_key()
    }

    /// Returns when something was committed that others may have to act on.
    pub async fn wait_for_commit(&self) {
        self.inner.committed.notified().await;
    }

    /// Closes the store, for all its clones: what was asked before is written, the files are left
    /// tidy. Without it nothing is lost, but the next process has more to do.
    pub async fn close(&self) {
        self.inner.read.close().await;
        if let Some(writer) = &self.inner.writer {
            writer.close().await;
        }
    }

    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
    {
        let Some(writer) = &self.inner.writer else {
            return Err(StorageError::ReadOnly { dir: self.inner.dir.clone() });
        };
        let result = writer.write(work).await.map_err(|e| e.in_dir(&self.inner.dir));
        self.inner.committed.notify_waiters();
        result
    }
}

async fn open_writer(
    options: &SqliteConnectOptions,
    dir: &Path,
    sealer: &Sealer,
) -> Result<Writer, StorageError> {
    let options = options
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", "4000");
    let mut db = options.connect().await.context("open")?;
    migrate(&mut db, dir).await?;
    sqlx::query("INSERT INTO meta (name, value) VALUES ('key_check', $1) ON CONFLICT (name) DO NOTHING")
        .bind(&sealer.check_value()[..])
        .execute(&mut db)
        .await
        .context("note its key's check value")?;
    Ok(Writer::start(db, options))
}

fn make_directories(dir: &Path) -> Result<(), StorageError> {
    for part in [dir.to_path_buf(), dir.join("keys"), dir.join("blobs")] {
        fs::create_dir_all(&part).map_err(|e| match e.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                StorageError::ReadOnly { dir: dir.into() }
            }
            std::io::ErrorKind::StorageFull => StorageError::Full { dir: dir.into() },
            _ => StorageError::file(format!("make directory {}", part.display()), e),
        })?;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let keys = dir.join("keys");
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o700))
            .map_err(|e| StorageError::file(format!("make {} private", keys.display()), e))?;
    }
    Ok(())
}

/// Takes the directory for this process. The system gives it back when the process ends,
/// however it ends.
fn lock(dir: &Path) -> Result<File, StorageError> {
    let path = dir.join("lock");
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|_| StorageError::ReadOnly { dir: dir.into() })?;
    match file.try_lock() {
        Ok(()) => {
            let pid = std::process::id().to_string();
            let note = |file: &mut File| {
                file.set_len(0)?;
                file.rewind()?;
                file.write_all(pid.as_bytes())
            };
            note(&mut file).map_err(|e| StorageError::file(format!("write {}", path.display()), e))?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            Err(StorageError::InUse { dir: dir.into(), pid: pid.trim().parse().ok() })
        }
        Err(TryLockError::Error(e)) => Err(StorageError::file(format!("lock {}", path.display()), e)),
    }
}
