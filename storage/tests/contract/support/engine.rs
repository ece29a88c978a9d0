//! A house with a store on either engine.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rapport_model::job::{NewJob, Outbound};
use rapport_model::reading::Reading;
use rapport_model::{Actor, Change, Clock as _, Id, Kind, ManualClock, RecordRef, Timestamp, Value};
use rapport_storage::ingest::Fate;
use rapport_storage::work::Work;
use rapport_storage::{Access, Engine, Place, StorageError, Store};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, SqliteConnection};
use tempfile::TempDir;

use super::server::{administer, connect, drop_database, new_database};
use super::{Mail, mail};

/// A colleague.
pub const MIA: Id = Id(77);

/// A fresh store whose clock stands on Wednesday, 4 March 2026, 08:00 UTC.
#[derive(Clone)]
pub struct House {
    pub store: Store,
    pub clock: Arc<ManualClock>,
    pub place: Place,
    dir: Arc<TempDir>,
}

/// Checks that a contract holds on an engine; says so if that is not there.
pub async fn hold<F>(engine: Engine, contract: impl FnOnce(House) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let place = match engine {
        Engine::Sqlite => Place::default(),
        Engine::Postgres => match new_database().await {
            Some(url) => Place { database: Some(url), keys: None },
            None => return eprintln!("left out: RAPPORT_TEST_POSTGRES names no server"),
        },
    };
    let url = place.database.clone();
    let held = tokio::spawn(contract(House::at(place).await)).await;
    if let Some(url) = url {
        drop_database(&url).await;
    }
    if let Err(e) = held {
        std::panic::resume_unwind(e.into_panic());
    }
}

impl House {
    /// Opens a store at a place, in a directory of its own.
    pub async fn at(place: Place) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-03-04T08:00:00Z").unwrap()));
        let dir = TempDir::new().unwrap();
        let store = Store::open_at(dir.path(), &place, Access::Write, clock.clone()).await.unwrap();
        Self { store, clock, place, dir: Arc::new(dir) }
    }

    /// A house of a store that is there already.
    pub fn of(store: Store, clock: Arc<ManualClock>, place: Place, dir: TempDir) -> Self {
        Self { store, clock, place, dir: Arc::new(dir) }
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn key(&self) -> PathBuf {
        self.dir().join("keys/master.key")
    }

    pub fn is_on_server(&self) -> bool {
        self.store.engine() == Engine::Postgres
    }

    /// Opens the same store once more.
    pub async fn open(&self, access: Access) -> Result<Store, StorageError> {
        self.open_in(self.dir(), access).await
    }

    /// Opens the same place from another data directory.
    pub async fn open_in(&self, dir: &Path, access: Access) -> Result<Store, StorageError> {
        Store::open_at(dir, &self.place, access, self.clock.clone()).await
    }

    /// Closes the store and opens it again.
    pub async fn again(mut self) -> Self {
        self.store.close().await;
        let (place, dir, clock) = (self.place.clone(), self.dir.clone(), self.clock.clone());
        // The lock of the directory goes with the last handle.
        drop(self);
        let store = Store::open_at(dir.path(), &place, Access::Write, clock.clone()).await.unwrap();
        self = Self { store, clock, place, dir };
        self
    }

    /// A further process on the same server, with a directory of its own and a copy of the key;
    /// `None` on a file, which has one process.
    pub async fn neighbour(&self) -> Option<Self> {
        if !self.is_on_server() {
            return None;
        }
        let dir = TempDir::new().unwrap();
        copy_key(&self.key(), dir.path());
        let store = self.open_in(dir.path(), Access::Write).await.unwrap();
        Some(Self { store, dir: Arc::new(dir), ..self.clone() })
    }

    /// Runs a statement on the database, past the store.
    pub async fn sabotage(&self, sqlite: &str, postgres: &str) {
        match &self.place.database {
            Some(url) => administer(url, postgres.to_owned()).await,
            None => {
                let statement = sqlx::raw_sql(AssertSqlSafe(sqlite.to_owned()));
                statement.execute(&mut self.file().await).await.unwrap();
            }
        }
    }

    /// Seals the journal once all that was committed shows: on a server rows show when all
    /// transactions that began before theirs have ended, whosever these are.
    pub async fn seals(&self) -> u64 {
        const HIDDEN: &str =
            "SELECT names FROM changes WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()) LIMIT 1";
        while self.is_on_server() && !self.text_of(HIDDEN).await.is_empty() {}
        self.store.seal_journal().await.unwrap()
    }

    /// Reads a column of words, past the store.
    pub async fn text_of(&self, sql: &'static str) -> Vec<String> {
        match &self.place.database {
            Some(url) => sqlx::query_scalar(sql).fetch_all(&mut connect(url).await).await.unwrap(),
            None => sqlx::query_scalar(sql).fetch_all(&mut self.file().await).await.unwrap(),
        }
    }

    async fn file(&self) -> SqliteConnection {
        let file = self.dir().join("rapport.db");
        SqliteConnectOptions::new().filename(file).connect().await.unwrap()
    }

    /// Time passes.
    pub fn advance(&self, micros: i64) -> Timestamp {
        self.clock.advance(micros);
        self.clock.now()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Commits one change, as one act of Mia's.
    pub async fn changes(&self, change: Change) -> Id {
        let act = self.store.act_by(Actor::User(MIA));
        self.store.commit(vec![Work::of(act.clone(), vec![change])]).await.unwrap();
        act.id
    }

    /// Makes a record, as one act of Mia's.
    pub async fn makes(&self, kind: Kind, fields: &[(&str, Value)]) -> RecordRef {
        let record = RecordRef::new(kind, self.store.new_id());
        let change = fields
            .iter()
            .fold(Change::create(record), |change, (name, value)| change.with(name, value.clone()));
        self.changes(change).await;
        record
    }

    /// Stores jobs.
    pub async fn plans(&self, jobs: Vec<NewJob>) {
        self.store.commit(vec![Work { jobs, ..Work::default() }]).await.unwrap();
    }

    /// Puts messages into the outbox.
    pub async fn writes(&self, outbox: Vec<Outbound>) {
        self.store.commit(vec![Work { outbox, ..Work::default() }]).await.unwrap();
    }

    /// A message was understood.
    pub async fn understands(&self, message: Id, reading: Reading) {
        let work = Work { readings: vec![(message, reading)], ..Work::default() };
        self.store.commit(vec![work]).await.unwrap();
    }

    /// A mail arrives and is taken in.
    pub async fn receives(&self, mail: Mail) -> Fate {
        let mut fates = self.store.ingest(vec![mail.arrival(self.clock.as_ref())]).await.unwrap();
        fates.pop().unwrap()
    }

    /// Ann writes a mail of that id.
    pub async fn ann_writes(&self, id: &str) -> Fate {
        self.receives(mail(id)).await
    }
}

/// Gives a data directory the key of another.
pub fn copy_key(key: &Path, dir: &Path) {
    let keys = dir.join("keys");
    std::fs::create_dir_all(&keys).unwrap();
    std::fs::copy(key, keys.join("master.key")).unwrap();
}
