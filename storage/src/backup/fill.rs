//! Putting everything into a new store, in one transaction.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rapport_model::Clock;
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use super::cells::{Cell, Reader};
use super::house;
use super::seals::Seals;
use super::snapshot::Head;
use super::tables::tables;
use crate::db::{Address, Column, Db, Engine, query};
use crate::directory::make_directories;
use crate::error::StorageError;
use crate::keys::{Keyring, Master, hex, key_file};
use crate::open::{Access, DATABASE, KEYS, Store, sqlite};
use crate::outbox::RELEASED;
use crate::place::{self, Place, file, is_server, refuse, server};

/// Rows that one statement writes, and their bytes.
const TOGETHER: usize = 4_000;
const TOGETHER_BYTES: usize = 1 << 20;

/// A new store that is being filled. Nobody sees it before [`Filling::finish`].
pub struct Filling {
    db: Db,
    dir: PathBuf,
    keys: Address,
    keyring: Keyring,
    columns: HashMap<String, HashMap<String, Column>>,
    seals: Seals,
    counts: BTreeMap<String, u64>,
}

/// What was put into a new store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// How many rows each table has.
    pub counts: BTreeMap<String, u64>,
    /// Seals that were checked.
    pub n_seals: u64,
    /// The newest seal.
    pub head: Option<Head>,
    /// Seals that do not hold, by number.
    pub seals_broken: Vec<i64>,
    /// Messages that waited to leave. They may have left since, and wait for a person to say so.
    pub n_held: u64,
}

impl Filling {
    /// Begins to fill the store at `place` with what a store of that schema version gave out, and with
    /// its keys. The master key must be where [`Master::load`] finds it.
    ///
    /// # Errors
    /// There is a store already, or something else; the master key is not that of the keys; the
    /// place cannot be written.
    pub async fn begin(
        dir: &Path,
        place: &Place,
        schema_version: i64,
        keys: &[u8],
    ) -> Result<Self, StorageError> {
        make_directories(dir)?;
        let master = Master::load(dir, false)?;
        let (address, key_address) = match place.database.as_deref() {
            Some(url) if is_server(url) => {
                let at_keys = place.keys.as_deref().unwrap_or(url);
                let at_keys = server(at_keys)?.options([("search_path", "rapport_keys")]);
                // Whoever hands the pieces in may be slow.
                let patient = [("idle_in_transaction_session_timeout", "0")];
                let options = place::writing(&server(url)?).options(patient);
                (Address::Postgres(options), Address::Postgres(at_keys))
            }
            other => {
                let path = dir.join(other.map_or(Ok(DATABASE), file)?);
                if path.exists() {
                    return Err(taken(&path.display().to_string()));
                }
                // What is not whole in the end is thrown away as a whole.
                let options = sqlite(&path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Off)
                    .synchronous(SqliteSynchronous::Off);
                (Address::Sqlite(options), Address::Sqlite(key_file(&path.with_file_name(KEYS), true, true)))
            }
        };
        let mut db = address.connect().await.map_err(|e| away(place, e))?;
        if db.engine() == Engine::Postgres {
            let url = place.database.as_deref().unwrap_or_default();
            let sql =
                "SELECT EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = current_schema()::regnamespace)";
            if query("look whether it is empty", sql).one(&mut db).await?.flag(0)
                || Keyring::is_made(&key_address).await?
            {
                return Err(refuse(url, "is not empty: name a new database, such as createdb makes"));
            }
        }
        db.begin("begin a restore").await?;
        crate::migrate::migrate_within(&mut db, schema_version, dir).await?;
        let columns = tables(&mut db).await?.into_iter();
        let columns = columns.map(|table| (table.name, table.columns.into_iter().collect())).collect();
        // Last: from here on there is something to take back.
        let keyring = match super::keys::fill(dir, key_address.clone(), master, keys).await {
            Ok(keyring) => keyring,
            Err(e) => {
                drop_keys(&key_address).await;
                return Err(e.in_dir(dir));
            }
        };
        Ok(Self {
            db,
            dir: dir.into(),
            keys: key_address,
            keyring,
            columns,
            seals: Seals::default(),
            counts: BTreeMap::new(),
        })
    }

    /// Returns the name of the house that the keys belong to, as [`Store::house`].
    pub fn house(&self) -> String {
        house(&self.keyring.secrets)
    }

    /// Returns a code of a text, as [`Store::code`].
    pub fn code(&self, text: &[u8]) -> String {
        hex(&self.keyring.secrets.journal_mac(&[b"backup", text]))
    }

    /// Writes the rows of a piece. They must come in the order in which the snapshot gave them out.
    ///
    /// # Errors
    /// The piece is damaged, or of a table or column that this program does not know; the place cannot
    /// be written.
    pub async fn take(&mut self, piece: &[u8]) -> Result<(), StorageError> {
        let mut reader = Reader::new(piece)?;
        let unknown = |what: String| StorageError::Corrupt {
            what: "the backup".into(),
            why: format!("has {what}, which this program does not know: use the program that made it"),
        };
        let known =
            self.columns.get(reader.table).ok_or_else(|| unknown(format!("a table {}", reader.table)))?;
        let kinds = reader.columns.iter().map(|column| {
            known.get(*column).copied().ok_or_else(|| unknown(format!("a column {}.{column}", reader.table)))
        });
        let kinds = kinds.collect::<Result<Vec<Column>, _>>()?;
        let (table, columns) = (reader.table, reader.columns.clone());
        let places: Vec<String> = (0..columns.len()).map(|i| format!("{{{i}}}")).collect();
        let (names, places) = (columns.join(", "), places.join(", "));
        let sql = format!("INSERT INTO {table} ({names}) SELECT {places} FROM {{rows}}");
        let mut n = 0;
        let mut ended = false;
        while !ended {
            let (mut rows, mut n_together, mut bytes) = (self.db.rows(&kinds), 0, 0);
            while n_together < TOGETHER && bytes < TOGETHER_BYTES {
                let Some(row) = reader.row()? else {
                    ended = true;
                    break;
                };
                n += 1;
                match table {
                    "seals" => {
                        self.seals.take_seal(&columns, &row);
                        continue;
                    }
                    "changes" => self.seals.take_change(&columns, &row, &self.keyring.secrets),
                    _ => {}
                }
                n_together += 1;
                bytes += row.iter().map(size).sum::<usize>();
                if !row.iter().zip(&kinds).all(|(cell, kind)| fits(cell, *kind)) {
                    return Err(StorageError::Corrupt {
                        what: format!("a piece of {table}"),
                        why: "holds a value of another sort than its column".into(),
                    });
                }
                write(rows.row(), &row);
            }
            query("restore rows", sql.clone()).rows(rows).run(&mut self.db).await?;
        }
        *self.counts.entry(table.to_owned()).or_default() += n;
        Ok(())
    }

    /// Ends it: from now on there is a store. What waited to leave is held back, since it may
    /// have left after the snapshot.
    ///
    /// # Errors
    /// The place cannot be written.
    pub async fn finish(mut self) -> Result<Filled, StorageError> {
        self.seals.end(&self.keyring.secrets);
        let sql = format!(
            "UPDATE outbox SET state = {RELEASED}, lease_us = NULL WHERE state IN ('pending', 'sending')
             AND channel NOT IN ('model', 'webhook')"
        );
        let n_held = query("hold back what waits to leave", sql).count(&mut self.db).await?;
        self.db.run("commit a restore", "COMMIT").await.map_err(|e| e.in_dir(&self.dir))?;
        self.db.close().await;
        let mut counts = self.counts;
        for table in self.columns.into_keys() {
            counts.entry(table).or_default();
        }
        Ok(Filled {
            counts,
            n_seals: self.seals.n_checked,
            head: self.seals.head,
            seals_broken: self.seals.broken,
            n_held,
        })
    }

    /// Takes back what was begun. On a file the directory remains, for the caller to remove.
    pub async fn abandon(self) {
        // A transaction that is not committed leaves nothing.
        self.db.close().await;
        drop_keys(&self.keys).await;
    }

    /// Opens the store that was filled and seals its journal anew.
    ///
    /// # Errors
    /// As [`Store::open_at`].
    pub async fn open(dir: &Path, place: &Place, clock: Arc<dyn Clock>) -> Result<Store, StorageError> {
        let store = Store::open_at(dir, place, Access::Write, clock).await?;
        store.seal_journal().await?;
        Ok(store)
    }

    /// Removes the keys that a restore left on a server which was killed before there was a store. Where
    /// there is one, nothing is done.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn clean_up(place: &Place) -> Result<(), StorageError> {
        let Some(url) = place.database.as_deref().filter(|url| is_server(url)) else { return Ok(()) };
        let mut db = Address::Postgres(server(url)?).connect().await.map_err(|e| away(place, e))?;
        let made: bool =
            query("look for its tables", "SELECT to_regclass('meta') IS NOT NULL").value(&mut db).await?;
        db.close().await;
        if !made {
            let keys =
                server(place.keys.as_deref().unwrap_or(url))?.options([("search_path", "rapport_keys")]);
            drop_keys(&Address::Postgres(keys)).await;
        }
        Ok(())
    }

    /// Removes a store that was filled on a server and turned out not to be whole. On a file nothing is
    /// done: its directory goes as a whole.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn remove(place: &Place) -> Result<(), StorageError> {
        let Some(url) = place.database.as_deref().filter(|url| is_server(url)) else { return Ok(()) };
        let mut db = Address::Postgres(server(url)?).connect().await?;
        let mut names: Vec<String> = tables(&mut db).await?.into_iter().map(|table| table.name).collect();
        names.extend(super::tables::LEFT.map(str::to_owned));
        for name in names {
            query("remove a table", format!("DROP TABLE IF EXISTS {name}")).run(&mut db).await?;
        }
        db.close().await;
        let keys = server(place.keys.as_deref().unwrap_or(url))?.options([("search_path", "rapport_keys")]);
        drop_keys(&Address::Postgres(keys)).await;
        Ok(())
    }
}

/// Removes a key database that was made on a server.
async fn drop_keys(address: &Address) {
    if let (Address::Postgres(_), Ok(mut db)) = (address, address.connect().await) {
        // Who cannot reach it finds it there at the next try, and is told that it is not empty.
        let _ = db.run("remove keys", "DROP SCHEMA IF EXISTS rapport_keys CASCADE").await;
        db.close().await;
    }
}

fn write(out: crate::db::RowWriter<'_>, row: &[Cell<'_>]) {
    row.iter().fold(out, |out, cell| match cell {
        Cell::Null => out.null(),
        Cell::Int(n) => out.int(*n),
        Cell::Real(x) => out.real(*x),
        Cell::Text(text) => out.text(*text),
        Cell::Bytes(bytes) => out.bytes(*bytes),
    });
}

fn fits(cell: &Cell<'_>, kind: Column) -> bool {
    match cell {
        Cell::Null => true,
        Cell::Int(_) => matches!(kind, Column::Int | Column::Real),
        Cell::Real(_) => kind == Column::Real,
        Cell::Text(_) => kind == Column::Text,
        Cell::Bytes(_) => kind == Column::Bytes,
    }
}

fn size(cell: &Cell<'_>) -> usize {
    match cell {
        Cell::Text(text) => text.len(),
        Cell::Bytes(bytes) => bytes.len(),
        _ => 8,
    }
}

fn taken(place: &str) -> StorageError {
    StorageError::Refused(format!("{place} is there already: a restore goes to a new place only"))
}

fn away(place: &Place, e: StorageError) -> StorageError {
    match place.database.as_deref() {
        Some(url) if is_server(url) => {
            refuse(url, format!("cannot be reached ({e}): start it, or correct the address"))
        }
        _ => e,
    }
}
