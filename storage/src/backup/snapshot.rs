//! Reading everything, as it stands at one moment, while others go on writing.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use rapport_model::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Row as _};
use tokio::sync::mpsc;

use super::cells::{Cell, head, put};
use super::tables::{Table, tables};
use crate::db::{Address, Column, Db, Engine, Pool, query};
use crate::error::{Context as _, StorageError};
use crate::keys::hex;
use crate::open::Store;

/// A piece has so many bytes, about: below the first it goes on, and behind the last it ends.
const BYTES_MIN: usize = 256 << 10;
const BYTES_USUAL: usize = 1 << 20;
const BYTES_MAX: usize = 4 << 20;

/// Up to where a snapshot goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Whatever was acknowledged before this is in it.
    pub at: Timestamp,
    /// The newest message, of those taken in by one process.
    pub message: Option<Id>,
    /// The newest change, in the same sense.
    pub change: Option<Id>,
    /// The newest seal of the journal.
    pub seal: Option<Head>,
}

/// A seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its number, from 1.
    pub id: i64,
    /// Its code, in hex.
    pub mac: String,
}

/// Some rows of a table.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The table.
    pub table: String,
    /// How many rows.
    pub n_rows: u64,
    /// The rows.
    pub bytes: Vec<u8>,
}

/// A store at one moment.
pub struct Snapshot {
    db: Db,
    tables: Vec<Table>,
    mark: Mark,
    schema_version: i64,
}

impl Store {
    /// Begins to read everything, as it stands now. Nobody who writes waits for it. On a file, what is
    /// written meanwhile stays in the log beside it until this has ended.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn snapshot(&self) -> Result<Snapshot, StorageError> {
        let address = match &self.inner.read {
            Pool::Sqlite(pool) => Address::Sqlite((*pool.connect_options()).clone()),
            Pool::Postgres(pool) => {
                // Whoever keeps the pieces may be slow.
                let patient = [("idle_in_transaction_session_timeout", "0")];
                Address::Postgres((*pool.connect_options()).clone().options(patient))
            }
        };
        let mut db = address.connect().await?;
        let begin = match db.engine() {
            Engine::Sqlite => "BEGIN",
            Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        // Before the first look, which is what the moment is: all that was acknowledged by now is in it.
        let at = self.inner.clock.now();
        db.run("begin a snapshot", begin).await?;
        let max = |table: &str| format!("SELECT max(id) FROM {table}");
        let message: Option<i64> = query("find the last message", max("messages")).value(&mut db).await?;
        let change: Option<i64> = query("find the last change", max("changes")).value(&mut db).await?;
        let seal = query("find the last seal", "SELECT id, mac FROM seals ORDER BY id DESC LIMIT 1");
        let seal = seal.optional(&mut db).await?;
        let seal = seal.map(|row| Head { id: row.get(0), mac: hex(row.get(1)) });
        let mark = Mark { at, message: message.map(Id), change: change.map(Id), seal };
        let schema_version = crate::migrate::version(&mut db).await?;
        let tables = tables(&mut db).await?;
        Ok(Snapshot { db, tables, mark, schema_version })
    }
}

impl Snapshot {
    /// Returns up to where it goes.
    pub fn mark(&self) -> &Mark {
        &self.mark
    }

    /// Returns the version of the store's schema.
    pub fn schema_version(&self) -> i64 {
        self.schema_version
    }

    /// Returns which database it is of.
    pub fn engine(&self) -> Engine {
        self.db.engine()
    }

    /// Returns how many rows there are, to tell how far it is.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn n_rows(&mut self) -> Result<u64, StorageError> {
        let mut n = 0;
        for table in &self.tables {
            let sql = format!("SELECT count(*) FROM {}", table.name);
            n += query("count rows", sql).value::<i64>(&mut self.db).await?.unsigned_abs();
        }
        Ok(n)
    }

    /// Returns the files that rows name.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn blobs(&mut self) -> Result<Vec<String>, StorageError> {
        let sql = "SELECT blob FROM raws WHERE blob IS NOT NULL
                   UNION SELECT blob FROM quarantine WHERE blob IS NOT NULL ORDER BY blob";
        query("list the files it names", sql).values(&mut self.db).await
    }

    /// Hands all rows out, and returns how many each table has. Ends early when nobody takes them any
    /// more.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn read(mut self, out: mpsc::Sender<Piece>) -> Result<BTreeMap<String, u64>, StorageError> {
        let mut counts = BTreeMap::new();
        for table in std::mem::take(&mut self.tables) {
            let n = self.read_table(&table, &out).await?;
            counts.insert(table.name, n);
        }
        self.db.close().await;
        Ok(counts)
    }

    async fn read_table(&mut self, table: &Table, out: &mpsc::Sender<Piece>) -> Result<u64, StorageError> {
        let sql = AssertSqlSafe(table.reading(self.db.engine()));
        let mut cutter = Cutter::new(table, out);
        /// The drivers' rows have the same methods and no trait in common that tells so.
        macro_rules! each_row {
            ($db:expr) => {{
                let mut rows = sqlx::query(sql).fetch($db);
                while let Some(row) = rows.try_next().await.context("read a table")? {
                    for (i, (_, kind)) in table.columns.iter().enumerate() {
                        let cell = match kind {
                            Column::Int => row.get::<Option<i64>, _>(i).map(Cell::Int),
                            Column::Real => row.get::<Option<f64>, _>(i).map(Cell::Real),
                            Column::Text => row.get::<Option<&str>, _>(i).map(Cell::Text),
                            Column::Bytes => row.get::<Option<&[u8]>, _>(i).map(Cell::Bytes),
                        };
                        cutter.put(i, cell.unwrap_or(Cell::Null));
                    }
                    if !cutter.end_row().await {
                        return Ok(cutter.n_rows);
                    }
                }
            }};
        }
        match &mut self.db {
            Db::Sqlite(db) => each_row!(&mut *db),
            Db::Postgres(db) => each_row!(&mut *db),
        }
        cutter.end().await;
        Ok(cutter.n_rows)
    }
}

/// Cuts a table's rows into pieces. Where a piece ends is chosen by the key of its last row: a row that
/// comes or goes changes the piece that it lies in, and no other.
struct Cutter<'a> {
    table: &'a Table,
    in_key: Vec<bool>,
    out: &'a mpsc::Sender<Piece>,
    bytes: Vec<u8>,
    /// Where the row begins that is being written.
    row_at: usize,
    /// A hash of its key so far.
    key: u64,
    n_in_piece: u64,
    n_rows: u64,
}

/// FNV-1a: it need not resist anybody, only be even.
const HASH_START: u64 = 0xcbf2_9ce4_8422_2325;
const HASH_PRIME: u64 = 0x0000_0100_0000_01b3;

impl<'a> Cutter<'a> {
    fn new(table: &'a Table, out: &'a mpsc::Sender<Piece>) -> Self {
        let in_key = table.columns.iter().map(|(name, _)| table.key.contains(name)).collect();
        let mut cutter = Self {
            table,
            in_key,
            out,
            bytes: Vec::new(),
            row_at: 0,
            key: HASH_START,
            n_in_piece: 0,
            n_rows: 0,
        };
        cutter.start();
        cutter
    }

    fn start(&mut self) {
        self.bytes = head(&self.table.name, self.table.columns.iter().map(|(name, _)| name.as_str()));
        (self.row_at, self.n_in_piece) = (self.bytes.len(), 0);
    }

    fn put(&mut self, i: usize, cell: Cell<'_>) {
        let from = self.bytes.len();
        put(&mut self.bytes, cell);
        if self.in_key[i] {
            for byte in &self.bytes[from..] {
                self.key = (self.key ^ u64::from(*byte)).wrapping_mul(HASH_PRIME);
            }
        }
    }

    /// Returns whether anybody wants more.
    async fn end_row(&mut self) -> bool {
        self.n_rows += 1;
        self.n_in_piece += 1;
        let (row, whole) = ((self.bytes.len() - self.row_at) as u64, self.bytes.len());
        // The longer a row is, the likelier it is the last: pieces are alike in bytes.
        let chosen = (mixed(self.key) >> 32) * (BYTES_USUAL as u64) < (row << 32);
        (self.row_at, self.key) = (whole, HASH_START);
        if whole >= BYTES_MAX || (whole >= BYTES_MIN && chosen) { self.end().await } else { true }
    }

    async fn end(&mut self) -> bool {
        if self.n_in_piece == 0 {
            return true;
        }
        let (n_rows, bytes) = (self.n_in_piece, std::mem::take(&mut self.bytes));
        let sent = self.out.send(Piece { table: self.table.name.clone(), n_rows, bytes }).await;
        self.start();
        sent.is_ok()
    }
}

/// Lets every bit of a hash depend on all of its input (the end of MurmurHash3).
fn mixed(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}
