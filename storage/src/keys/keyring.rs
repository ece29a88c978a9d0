//! The key database, and the keys in use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rapport_model::{Id, IdGen, Timestamp};

use super::Master;
use super::database::{aad, insert, is_made, make, unwrap};
use super::master::random;
use super::seal::{Cell, Cipher, HOUSE_KEY, KeyId, Secrets, hmac};
use crate::db::{Address, Column, Columns, Db, query};
use crate::error::StorageError;

/// Keys of the house that seal no row.
const BLIND_KEY: KeyId = KeyId(2);
const JOURNAL_KEY: KeyId = KeyId(3);
const INDEX_KEY: KeyId = KeyId(4);
/// The first ids are the house's own.
pub(super) const HOUSE_KEYS: [KeyId; 4] = [HOUSE_KEY, BLIND_KEY, JOURNAL_KEY, INDEX_KEY];

/// Keys that are kept unwrapped; over it all are forgotten, and unwrapped again when needed.
const UNWRAPPED_MAX: usize = 50_000;
/// Rows whose key is remembered.
const REMEMBERED_MAX: usize = 100_000;
/// New keys are made in blocks, which double from the first to the last of these sizes.
const BLOCK_MIN: usize = 8;
const BLOCK_MAX: usize = 1024;

/// A key, as far as it is known.
#[derive(Clone)]
enum Slot {
    Usable(Arc<Cipher>),
    /// Whatever it sealed is gone for good.
    Destroyed,
}

/// The keys of a store.
pub(crate) struct Keyring {
    master: Master,
    pub(crate) secrets: Secrets,
    db: tokio::sync::Mutex<Db>,
    address: Address,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    unwrapped: HashMap<KeyId, Slot>,
    /// Made and committed, not yet given to anybody.
    spares: Vec<KeyId>,
    next_block: usize,
    /// Which key seals which record; a record keeps its key for good.
    of_record: HashMap<Id, KeyId>,
}

/// The keys that a piece of work needs, unwrapped.
#[derive(Clone, Default)]
pub(crate) struct Keys(HashMap<KeyId, Slot>);

impl Keyring {
    /// Opens the key database, making it when the store is `fresh`.
    ///
    /// # Errors
    /// The master key is not the one that wraps the keys; the database is missing or fails.
    pub(crate) async fn open(address: Address, master: Master, fresh: bool) -> Result<Self, StorageError> {
        let mut db = address.connect().await?;
        let wrong = |why: &str| StorageError::Key { path: master.place().into(), why: why.into() };
        if fresh {
            make(&mut db, &master).await?;
        } else if !is_made(&mut db).await? {
            return Err(wrong("may be right, but the key database is empty: restore it from its backup"));
        }
        let rows = query("read the house's keys", "SELECT id, wrapped, master FROM keys WHERE id <= $1")
            .bind(HOUSE_KEYS.len())
            .all(&mut db)
            .await?;
        let mut own = HashMap::new();
        for row in &rows {
            if row.get::<Vec<u8>>(2) != master.check_value() {
                return Err(wrong("is not the key of this store: put the right one back"));
            }
            let id = KeyId(row.get(0));
            own.insert(id, unwrap(&master.cipher(), id, row.get::<Option<&[u8]>>(1).unwrap_or_default())?);
        }
        let own = |id| {
            own.get(&id)
                .ok_or_else(|| wrong("fits, but the store's own keys are missing from its key database"))
        };
        let secrets = Secrets {
            blind: hmac(own(BLIND_KEY)?),
            journal: hmac(own(JOURNAL_KEY)?),
            index: *own(INDEX_KEY)?,
        };
        let mut cache = Cache { next_block: BLOCK_MIN, ..Cache::default() };
        cache.unwrapped.insert(HOUSE_KEY, Slot::Usable(Arc::new(Cipher::new(own(HOUSE_KEY)?))));
        Ok(Self { master, secrets, db: tokio::sync::Mutex::new(db), address, cache: Mutex::new(cache) })
    }

    /// Returns where the master key comes from.
    pub(crate) fn master_place(&self) -> &std::path::Path {
        self.master.place()
    }

    /// Returns the master key, in hex.
    pub(crate) fn master_text(&self) -> String {
        self.master.text()
    }

    /// Tells whether a key database was made at `address`.
    ///
    /// # Errors
    /// It cannot be reached.
    pub(crate) async fn is_made(address: &Address) -> Result<bool, StorageError> {
        is_made(&mut address.connect().await?).await
    }

    /// Returns the greatest id of a key.
    ///
    /// # Errors
    /// The key database cannot be read.
    pub(crate) async fn last_id(&self) -> Result<Id, StorageError> {
        let mut guard = self.db.lock().await;
        let db = self.ready(&mut guard).await?;
        let last: Option<i64> = query("find the last key", "SELECT max(id) FROM keys").value(db).await?;
        Ok(Id(last.unwrap_or(0)))
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Unwraps keys for a piece of work; the house's own is always among them.
    ///
    /// # Errors
    /// The key database fails or does not hold one of them.
    pub(crate) async fn load(&self, ids: impl IntoIterator<Item = KeyId>) -> Result<Keys, StorageError> {
        let (mut keys, mut missing) = (Keys::default(), Vec::new());
        {
            let cache = self.cache();
            for id in ids.into_iter().chain([HOUSE_KEY]) {
                match cache.unwrapped.get(&id) {
                    Some(slot) => {
                        keys.0.insert(id, slot.clone());
                    }
                    None => missing.push(id),
                }
            }
        }
        if missing.is_empty() {
            return Ok(keys);
        }
        missing.sort_unstable();
        missing.dedup();
        let found = self.read(&missing).await?;
        if let Some(id) = missing.iter().find(|id| !found.contains_key(id)) {
            return Err(StorageError::Corrupt {
                what: format!("key {}", id.0),
                why: "is missing from the key database: restore keys and store from backups that belong together".into(),
            });
        }
        let mut cache = self.cache();
        if cache.unwrapped.len() + found.len() > UNWRAPPED_MAX {
            cache.unwrapped.retain(|id, _| *id == HOUSE_KEY);
        }
        cache.unwrapped.extend(found.iter().map(|(id, slot)| (*id, slot.clone())));
        keys.0.extend(found);
        Ok(keys)
    }

    async fn read(&self, ids: &[KeyId]) -> Result<HashMap<KeyId, Slot>, StorageError> {
        let mut guard = self.db.lock().await;
        let db = self.ready(&mut guard).await?;
        let rows = db.ids(ids.iter().map(|id| Id(id.0)));
        let found = query("read keys", "SELECT k.id, k.wrapped FROM {rows} JOIN keys k ON k.id = {0}")
            .rows(rows)
            .all(db)
            .await?;
        let cipher = self.master.cipher();
        let slot = |row: &crate::db::Row| {
            let id = KeyId(row.get(0));
            let slot = match row.get::<Option<&[u8]>>(1) {
                Some(wrapped) => Slot::Usable(Arc::new(Cipher::new(&unwrap(&cipher, id, wrapped)?))),
                None => Slot::Destroyed,
            };
            Ok((id, slot))
        };
        found.iter().map(slot).collect()
    }

    /// Connects again when the server was away.
    async fn ready<'d>(&self, db: &'d mut Db) -> Result<&'d mut Db, StorageError> {
        if let Db::Postgres(connection) = db
            && sqlx::Connection::ping(connection).await.is_err()
        {
            *db = self.address.connect().await?;
        }
        Ok(db)
    }

    /// Gives out `n` keys that nothing is sealed with yet. They are on disk, so that whatever is
    /// sealed with them can be opened.
    ///
    /// # Errors
    /// The key database cannot be written.
    pub(crate) async fn take(
        &self,
        n: usize,
        ids: &IdGen,
        now: Timestamp,
    ) -> Result<Vec<KeyId>, StorageError> {
        loop {
            let block = {
                let mut cache = self.cache();
                if cache.spares.len() >= n {
                    let rest = cache.spares.len() - n;
                    return Ok(cache.spares.split_off(rest));
                }
                let block = cache.next_block.max(n);
                cache.next_block = (cache.next_block * 2).min(BLOCK_MAX);
                block
            };
            self.make(block, ids, now).await?;
        }
    }

    async fn make(&self, n: usize, ids: &IdGen, now: Timestamp) -> Result<(), StorageError> {
        let cipher = self.master.cipher();
        let made: Vec<(KeyId, [u8; 32])> = (0..n)
            .map(|_| random().map(|key| (KeyId(ids.next(now).0), key)))
            .collect::<Result<_, _>>()
            .map_err(|why| StorageError::Refused(why.into()))?;
        let mut guard = self.db.lock().await;
        let db = self.ready(&mut guard).await?;
        insert(db, &cipher, &self.master, &made, now).await?;
        let mut cache = self.cache();
        for (id, key) in made {
            cache.unwrapped.insert(id, Slot::Usable(Arc::new(Cipher::new(&key))));
            cache.spares.push(id);
        }
        Ok(())
    }

    /// Puts keys back that were taken and not used.
    pub(crate) fn put_back(&self, spares: impl IntoIterator<Item = KeyId>) {
        self.cache().spares.extend(spares);
    }

    /// Destroys keys: nothing that they sealed can ever be opened again, here or in a backup.
    /// Returns how many there were.
    ///
    /// # Errors
    /// The key database cannot be written; then all keys still stand.
    pub(crate) async fn destroy(&self, keys: &[KeyId], now: Timestamp) -> Result<u64, StorageError> {
        let mut guard = self.db.lock().await;
        let db = self.ready(&mut guard).await?;
        let personal = keys.iter().filter(|k| !HOUSE_KEYS.contains(k)).map(|k| Id(k.0));
        let rows = db.ids(personal);
        let n = query(
            "destroy keys",
            "UPDATE keys SET wrapped = NULL, destroyed_us = $1 FROM {rows} WHERE keys.id = {0} AND wrapped IS NOT NULL",
        )
        .rows(rows)
        .bind(now)
        .count(db)
        .await?;
        self.forget(keys.iter().copied());
        Ok(n)
    }

    /// Forgets keys that were destroyed, perhaps by another process.
    pub(crate) fn forget(&self, keys: impl IntoIterator<Item = KeyId>) {
        let personal = keys.into_iter().filter(|key| !HOUSE_KEYS.contains(key));
        self.cache().unwrapped.extend(personal.map(|key| (key, Slot::Destroyed)));
    }

    /// Wraps all keys with `new` in one transaction; what they sealed stays as it is. Returns how
    /// many there were.
    ///
    /// # Errors
    /// The key database cannot be written, or a key does not open; then the old master still holds.
    pub(crate) async fn rotate(&self, new: &Master) -> Result<usize, StorageError> {
        const COLUMNS: &Columns = &[Column::Int, Column::Bytes];
        let mut guard = self.db.lock().await;
        let db = self.ready(&mut guard).await?;
        let (old, cipher) = (self.master.cipher(), new.cipher());
        let all = query("read keys", "SELECT id, wrapped FROM keys").all(&mut *db).await?;
        let mut rows = db.rows(COLUMNS);
        for row in &all {
            let id = KeyId(row.get(0));
            let wrapped = match row.get::<Option<&[u8]>>(1) {
                Some(wrapped) => Some(cipher.encrypt(&aad(id), &unwrap(&old, id, wrapped)?)),
                None => None,
            };
            rows.row().int(id.0).bytes(wrapped.as_deref());
        }
        query(
            "wrap keys again",
            "UPDATE keys SET wrapped = {1}, master = $1 FROM {rows} WHERE keys.id = {0}",
        )
        .rows(rows)
        .bind(&new.check_value()[..])
        .run(db)
        .await?;
        Ok(all.len())
    }

    /// Notes the newest seal of the journal.
    ///
    /// # Errors
    /// The key database cannot be written.
    pub(crate) async fn note_seal(&self, seal: i64, mac: &[u8; 16]) -> Result<(), StorageError> {
        let mut guard = self.db.lock().await;
        let db = self.ready(&mut guard).await?;
        query(
            "note a seal",
            "INSERT INTO heads (id, seal, mac) VALUES (1, $1, $2)
             ON CONFLICT (id) DO UPDATE SET seal = excluded.seal, mac = excluded.mac WHERE heads.seal < excluded.seal",
        )
        .bind(seal)
        .bind(&mac[..])
        .run(db)
        .await
    }

    /// Returns the newest seal that was noted, with its code.
    ///
    /// # Errors
    /// The key database cannot be read.
    pub(crate) async fn noted_seal(&self) -> Result<Option<(i64, [u8; 16])>, StorageError> {
        let mut guard = self.db.lock().await;
        let db = self.ready(&mut guard).await?;
        let row =
            query("read the noted seal", "SELECT seal, mac FROM heads WHERE id = 1").optional(db).await?;
        Ok(row.map(|row| (row.get(0), row.get::<&[u8]>(1).try_into().unwrap_or_default())))
    }

    /// Asks the key database.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) async fn all(&self, query: crate::db::Query) -> Result<Vec<crate::db::Row>, StorageError> {
        let mut guard = self.db.lock().await;
        query.all(self.ready(&mut guard).await?).await
    }

    /// Returns the keys of records of a table.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) async fn of_records(
        &self,
        db: &mut Db,
        table: &'static str,
        ids: impl IntoIterator<Item = Id>,
    ) -> Result<HashMap<Id, KeyId>, StorageError> {
        let (mut found, mut missing) = (HashMap::new(), Vec::new());
        {
            let cache = self.cache();
            for id in ids {
                match cache.of_record.get(&id) {
                    Some(key) => {
                        found.insert(id, *key);
                    }
                    None => missing.push(id),
                }
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        missing.sort_unstable();
        missing.dedup();
        let sql = format!("SELECT t.id, t.key_id FROM {{rows}} JOIN {table} t ON t.id = {{0}}");
        let rows = query("find the keys of records", sql).rows(db.ids(missing)).all(db).await?;
        for row in &rows {
            found.insert(row.id(0), KeyId(row.get(1)));
        }
        self.remember(rows.iter().map(|row| (row.id(0), KeyId(row.get(1)))));
        Ok(found)
    }

    /// Remembers which key seals which record.
    pub(crate) fn remember(&self, records: impl IntoIterator<Item = (Id, KeyId)>) {
        let mut cache = self.cache();
        if cache.of_record.len() > REMEMBERED_MAX {
            cache.of_record.clear();
        }
        cache.of_record.extend(records);
    }
}

impl Keys {
    /// Returns `key`, or the house's where `key` was destroyed.
    pub(crate) fn usable(&self, key: KeyId) -> KeyId {
        match self.0.get(&key) {
            Some(Slot::Usable(_)) => key,
            _ => HOUSE_KEY,
        }
    }

    /// Encrypts `plain` for its cell, with a key that is [`Keys::usable`].
    pub(crate) fn seal(&self, key: KeyId, cell: Cell, plain: &[u8]) -> Vec<u8> {
        match self.0.get(&key) {
            Some(Slot::Usable(cipher)) => cipher.seal(key, cell, plain),
            _ => unreachable!("a key that was loaded and is usable"),
        }
    }

    /// Opens what was sealed for `cell`. What a destroyed key sealed opens as nothing.
    ///
    /// # Errors
    /// The value was changed or moved, or another key sealed it.
    pub(crate) fn open(&self, key: KeyId, cell: Cell, sealed: &[u8]) -> Result<Vec<u8>, StorageError> {
        match self.0.get(&key) {
            Some(Slot::Usable(cipher)) => cipher.open(key, cell, sealed),
            Some(Slot::Destroyed) => Ok(Vec::new()),
            None => Err(StorageError::Sealed { table: cell.table, column: cell.column, row: cell.row }),
        }
    }

    /// Opens sealed text.
    ///
    /// # Errors
    /// As [`Keys::open`]; also when it holds no UTF-8.
    pub(crate) fn open_text(&self, key: KeyId, cell: Cell, sealed: &[u8]) -> Result<String, StorageError> {
        String::from_utf8(self.open(key, cell, sealed)?).map_err(|_| StorageError::Sealed {
            table: cell.table,
            column: cell.column,
            row: cell.row,
        })
    }
}
