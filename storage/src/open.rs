//! Opening the store of a data directory.

use std::collections::{HashSet, VecDeque};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use rapport_model::{Clock, Id, IdGen};
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::Notify;

use crate::db::{Address, Db, Engine, Pool, query};
use crate::directory::{make_directories, node_name, take};
use crate::error::{Context, StorageError};
use crate::hooks::Subscription;
use crate::ingest::Waiting;
use crate::journal::Watched;
use crate::keys::{Keyring, Keys, Master, open_key_file, open_keyring};
use crate::mark::Marks;
use crate::migrate::{look, migrate, migrate_file};
use crate::place::{self, Place, file, is_server, refuse, server};
use crate::reads::Unwritten;
use crate::sight::{LookedUp, Sight};
use crate::terms::Terms;
use crate::writer::{Work, Writer};

/// The database's file name in the data directory.
pub(crate) const DATABASE: &str = "rapport.db";
/// The key database's.
pub(crate) const KEYS: &str = "keys.db";
const READERS: u32 = 2;
/// Readers of a server: it has more hands than a file.
const SERVER_READERS: u32 = 8;

/// What a process wants of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To work on it; makes it when there is none. One process at a time, on a file.
    Write,
    /// To change a row or two that wait, such as letting a job be tried again, also while another
    /// process works on it. Nothing that needs an id of its own can be made.
    Amend,
    /// To look at it, also while another process works on it.
    Read,
}

/// The store of one organisation. Cheap to clone; closes when the last clone is dropped.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
    /// What acts that are begun through it have as their cause.
    pub(crate) cause: Option<Id>,
    /// What is seen through it; everything without one.
    pub(crate) sight: Option<Arc<Sight>>,
    /// On what what is written through it depends.
    pub(crate) terms: Option<Arc<Terms>>,
}

pub(crate) struct Inner {
    pub(crate) dir: PathBuf,
    pub(crate) read: Pool,
    pub(crate) writer: Option<Writer>,
    pub(crate) keyring: Keyring,
    pub(crate) ids: IdGen,
    pub(crate) clock: Arc<dyn Clock>,
    /// Batches that wait for the writer.
    pub(crate) arrivals: Mutex<VecDeque<Waiting>>,
    /// Queues in which more is due than the last claim took.
    pub(crate) queues_with_more: Mutex<HashSet<&'static str>>,
    /// Of which changes it is told what they lead to: fields, and "" for the making of a record.
    pub(crate) watched: RwLock<Watched>,
    /// What is seen of the search index by each sight, and how far the journal was then.
    pub(crate) visible: Mutex<LookedUp>,
    /// Who looked at what, until that is written.
    pub(crate) reads: Mutex<Unwritten>,
    /// Which programs are told of what.
    pub(crate) subscriptions: Mutex<Arc<[Subscription]>>,
    /// Woken by commits that leave something to do or to send.
    pub(crate) committed: Notify,
    /// Woken by commits that leave something to do: jobs, index entries.
    pub(crate) work: Notify,
    /// Which process this is, among those that share a server.
    pub(crate) node: String,
    _lock: Option<File>,
}

impl Inner {
    /// Wakes whoever may have something to do or to send.
    pub(crate) fn wake(&self) {
        self.work.notify_waiters();
        self.committed.notify_waiters();
    }

    pub(crate) fn engine(&self) -> Engine {
        self.read.engine()
    }

    /// Unwraps the keys that column `i` of rows names.
    pub(crate) async fn keys_in(&self, rows: &[crate::db::Row], i: usize) -> Result<Keys, StorageError> {
        self.keyring.load(rows.iter().map(|row| crate::keys::KeyId(row.get(i)))).await
    }
}

impl Store {
    /// Opens the store in `dir`, a file.
    ///
    /// # Errors
    /// See [`StorageError`]: in use, read-only, of a newer version, damaged, key missing.
    pub async fn open(dir: &Path, access: Access, clock: Arc<dyn Clock>) -> Result<Self, StorageError> {
        Self::open_at(dir, &Place::default(), access, clock).await
    }

    /// Opens the store at `place`; `dir` holds what belongs to this process, such as its index.
    ///
    /// # Errors
    /// As [`Store::open`]; also when the server cannot be reached.
    pub async fn open_at(
        dir: &Path,
        place: &Place,
        access: Access,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StorageError> {
        match place.database.as_deref() {
            Some(url) if is_server(url) => Self::open_server(dir, url, place, access, clock).await,
            Some(url) => Self::open_file(dir, &dir.join(file(url)?), access, clock).await,
            None => Self::open_file(dir, &dir.join(DATABASE), access, clock).await,
        }
    }

    async fn open_file(
        dir: &Path,
        file: &Path,
        access: Access,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StorageError> {
        let fresh = !file.exists();
        if fresh && access != Access::Write {
            return Err(no_store(&dir.display().to_string()));
        }
        let write = access == Access::Write;
        if write {
            make_directories(dir)?;
        }
        let lock = if write { Some(take(dir)?) } else { None };
        let key_file = file.with_file_name(KEYS);
        let keyring = open_key_file(dir, &key_file, write, write && fresh).await?;
        let options = sqlite(file);
        let opened = async {
            if !write {
                look(&mut Address::Sqlite(options.clone().read_only(true)).connect().await?, dir).await?;
            }
            let writer = match access {
                Access::Read => None,
                _ => Some(open_writer(writing(&options, write), access, file, dir).await?),
            };
            let read = SqlitePoolOptions::new()
                .max_connections(READERS)
                .min_connections(0)
                // A file does not go away; to ask before each look would double its cost.
                .test_before_acquire(false)
                .connect_with(options.read_only(true).pragma("query_only", "ON"))
                .await
                .context("open for reading")?;
            let read = Pool::Sqlite(read);
            let last = last_id(&read).await?;
            Ok((writer, read, last))
        };
        let (writer, read, last) = opened.await.map_err(|e: StorageError| e.in_dir(dir))?;
        let last = last.max(keyring.last_id().await?);
        let store = Self::of(dir, read, writer, keyring, IdGen::new(0, last), clock, "only".into(), lock);
        if write {
            store.release_claims().await?;
            store.finish_erasures().await?;
        }
        Ok(store)
    }

    async fn open_server(
        dir: &Path,
        url: &str,
        place: &Place,
        access: Access,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StorageError> {
        let options = server(url)?;
        let write = access == Access::Write;
        if write {
            make_directories(dir)?;
        }
        // One process a directory: the index in it has one writer.
        let lock = if write { Some(take(dir)?) } else { None };
        let address = Address::Postgres(place::writing(&options));
        let mut db = address
            .connect()
            .await
            .map_err(|e| refuse(url, format!("cannot be reached ({e}): start it, or correct `database`")))?;
        // Its locale says how text sorts and folds; nothing here may depend on that.
        if write {
            migrate(&mut db, dir).await?;
        } else {
            look(&mut db, dir).await?;
        }
        let last = last_id(&mut db).await?;
        let keys = place.keys.as_deref().unwrap_or(url);
        let keys = Address::Postgres(server(keys)?.options([("search_path", "rapport_keys")]));
        // Keys are made once, for a store that holds nothing yet.
        let may_create = write && last == Id(0) && !Keyring::is_made(&keys).await?;
        let master = Master::load(dir, may_create)?;
        let keyring = open_keyring(dir, keys, master, may_create).await?;
        let read = PgPoolOptions::new()
            .max_connections(SERVER_READERS)
            .acquire_timeout(Duration::from_secs(10))
            .connect_lazy_with(options.options([("default_transaction_read_only", "on")]));
        let read = Pool::Postgres(read);
        let last = last.max(keyring.last_id().await?);
        let (node, number, marks) = if write {
            let node = node_name(dir)?;
            let number = crate::lease::node_number(&mut db, &node, clock.now()).await?;
            let marks = Marks::of(&mut db, &node, crate::lease::number_lease(number)).await?;
            (node, number, Some(marks))
        } else {
            // Whoever looks on asks after the process whose directory this is.
            let node = fs::read_to_string(dir.join("node")).unwrap_or_default();
            (node.trim().to_owned(), 0, None)
        };
        let writer = (access != Access::Read).then(|| Writer::start(db, address, marks));
        let ids = IdGen::new(number, last);
        let store = Self::of(dir, read, writer, keyring, ids, clock, node, lock);
        if write {
            store.finish_erasures().await?;
        }
        Ok(store)
    }

    #[allow(clippy::too_many_arguments)] // It is the store.
    fn of(
        dir: &Path,
        read: Pool,
        writer: Option<Writer>,
        keyring: Keyring,
        ids: IdGen,
        clock: Arc<dyn Clock>,
        node: String,
        lock: Option<File>,
    ) -> Self {
        let (arrivals, committed, work) = (Mutex::default(), Notify::new(), Notify::new());
        let inner = Inner {
            dir: dir.into(),
            read,
            writer,
            keyring,
            ids,
            clock,
            arrivals,
            queues_with_more: Mutex::default(),
            watched: RwLock::default(),
            visible: Mutex::default(),
            reads: Mutex::default(),
            subscriptions: Mutex::new([].into()),
            committed,
            work,
            node,
            _lock: lock,
        };
        Self { inner: Arc::new(inner), cause: None, sight: None, terms: None }
    }

    /// Returns the data directory.
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// Returns which database the store lies in.
    pub fn engine(&self) -> Engine {
        self.inner.engine()
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
        self.inner.keyring.secrets.index_key()
    }

    /// Returns when something is committed that others may have to do or to send. Commits since the
    /// call count, also those before the first wait: ask, look for work, then wait.
    pub fn wait_for_commit(&self) -> impl Future<Output = ()> + '_ {
        self.inner.committed.notified()
    }

    /// Returns when something is committed that others may have to do; what only has to be sent does
    /// not count. Otherwise as [`Store::wait_for_commit`].
    pub fn wait_for_work(&self) -> impl Future<Output = ()> + '_ {
        self.inner.work.notified()
    }

    /// Closes the store, for all its clones: what was asked before is written, the files are left
    /// tidy. Without it nothing is lost, but the next process has more to do.
    pub async fn close(&self) {
        if let Err(e) = self.write_reads().await {
            tracing::error!(error = %e, "who looked at what in the last seconds is lost");
        }
        self.inner.read.close().await;
        if let Some(writer) = &self.inner.writer {
            writer.close().await;
        }
    }

    /// Runs `work` in a transaction, perhaps more than once; see [`crate::writer`]. Then whoever may
    /// have something to do is woken.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: for<'c> FnMut(&'c mut Db) -> Work<'c, T> + Send + 'static,
    {
        let result = self.write_quietly(work).await;
        self.inner.wake();
        result
    }

    /// As [`Store::write`] for what leaves nothing to do but to send.
    pub(crate) async fn write_to_send<T, F>(&self, work: F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: for<'c> FnMut(&'c mut Db) -> Work<'c, T> + Send + 'static,
    {
        let result = self.write_quietly(work).await;
        self.inner.committed.notify_waiters();
        result
    }

    /// As [`Store::write`] for what leaves nothing to do at all: a claim, a cursor, a lease.
    pub(crate) async fn write_quietly<T, F>(&self, work: F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: for<'c> FnMut(&'c mut Db) -> Work<'c, T> + Send + 'static,
    {
        let Some(writer) = &self.inner.writer else {
            return Err(StorageError::ReadOnly { dir: self.inner.dir.clone() });
        };
        writer.write(work).await.map_err(|e| e.in_dir(&self.inner.dir))
    }
}

/// Locks, whatever happened to whoever held the lock before: what is behind it stays sound.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_store(place: &str) -> StorageError {
    StorageError::Refused(format!("there is no store in {place}: `rapport init` makes one"))
}

/// Returns how the database in `file` is opened.
pub(crate) fn sqlite(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(256)
        .pragma("cache_size", "-16384")
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
}

/// Adds what only the writer wants.
pub(crate) fn writing(options: &SqliteConnectOptions, may_create: bool) -> SqliteConnectOptions {
    options
        .clone()
        .create_if_missing(may_create)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("wal_autocheckpoint", "4000")
}

async fn open_writer(
    options: SqliteConnectOptions,
    access: Access,
    file: &Path,
    dir: &Path,
) -> Result<Writer, StorageError> {
    let address = Address::Sqlite(options);
    let mut db = address.connect().await?;
    if access == Access::Write {
        migrate_file(&mut db, file, dir).await?;
    }
    Ok(Writer::start(db, address, None))
}

/// Finds the greatest id of all tables that ids are made for.
async fn last_id(on: impl Into<crate::db::On<'_>>) -> Result<Id, StorageError> {
    let last: Option<i64> = query(
        "find its last id",
        "SELECT max(id) FROM (SELECT max(id) AS id FROM messages UNION ALL SELECT max(id) FROM acts
         UNION ALL SELECT max(id) FROM changes UNION ALL SELECT max(id) FROM events
         UNION ALL SELECT max(id) FROM jobs UNION ALL SELECT max(id) FROM outbox
         UNION ALL SELECT max(id) FROM quarantine UNION ALL SELECT max(id) FROM customers
         UNION ALL SELECT max(id) FROM identities UNION ALL SELECT max(id) FROM attachments
         UNION ALL SELECT max(id) FROM threads UNION ALL SELECT max(id) FROM updates
         UNION ALL SELECT max(id) FROM buttons UNION ALL SELECT max(id) FROM chat_sessions) ids",
    )
    .value(on)
    .await?;
    Ok(Id(last.unwrap_or(0)))
}
