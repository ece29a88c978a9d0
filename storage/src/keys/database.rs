//! The key database: its tables, and how keys lie in it.

use rapport_model::Timestamp;

use super::Master;
use super::keyring::HOUSE_KEYS;
use super::master::random;
use super::seal::{Cipher, KeyId};
use crate::db::{Column, Columns, Db, Engine, query};
use crate::error::StorageError;

/// The key database's schema: keys, null once they are destroyed, and the journal's newest seal.
macro_rules! schema {
    ($bytes:literal, $number:literal) => {
        concat!(
            "CREATE TABLE IF NOT EXISTS keys (id ",
            $number,
            " NOT NULL PRIMARY KEY, wrapped ",
            $bytes,
            ", master ",
            $bytes,
            " NOT NULL, made_us ",
            $number,
            " NOT NULL, destroyed_us ",
            $number,
            "); CREATE TABLE IF NOT EXISTS heads (id ",
            $number,
            " NOT NULL PRIMARY KEY, seal ",
            $number,
            " NOT NULL, mac ",
            $bytes,
            " NOT NULL)"
        )
    };
}
const SQLITE: &str = schema!("BLOB", "INTEGER");
const POSTGRES: &str = concat!(
    "CREATE SCHEMA IF NOT EXISTS rapport_keys; SET search_path = rapport_keys; ",
    schema!("BYTEA", "BIGINT")
);

pub(super) async fn is_made(db: &mut Db) -> Result<bool, StorageError> {
    let sql = match db.engine() {
        Engine::Sqlite => "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'keys')",
        Engine::Postgres => "SELECT to_regclass('rapport_keys.keys') IS NOT NULL",
    };
    query("look for keys", sql).value(db).await
}

/// Makes a key database without any key.
pub(crate) async fn make_empty(db: &mut Db) -> Result<(), StorageError> {
    let sql = match db.engine() {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    };
    db.run("make the key database", sql).await
}

/// Makes the key database of a fresh store, unless it is there.
pub(super) async fn make(db: &mut Db, master: &Master) -> Result<(), StorageError> {
    match db.engine() {
        Engine::Sqlite => db.run("make the key database", SQLITE).await?,
        Engine::Postgres => {
            db.run("begin the key database", "BEGIN").await?;
            db.run("wait for another's key database", crate::migrate::LOCK).await?;
            db.run("make the key database", POSTGRES).await?;
        }
    }
    let n: i64 = query("count keys", "SELECT count(*) FROM keys").value(&mut *db).await?;
    if n == 0 {
        let random = || random().map_err(|why| StorageError::Refused(why.to_owned()));
        let made =
            HOUSE_KEYS.iter().map(|id| Ok((*id, random()?))).collect::<Result<Vec<_>, StorageError>>()?;
        insert(db, &master.cipher(), master, &made, Timestamp::from_micros(0)).await?;
    }
    match db.engine() {
        Engine::Sqlite => Ok(()),
        Engine::Postgres => db.run("commit the key database", "COMMIT").await,
    }
}

pub(super) async fn insert(
    db: &mut Db,
    cipher: &Cipher,
    master: &Master,
    made: &[(KeyId, [u8; 32])],
    now: Timestamp,
) -> Result<(), StorageError> {
    const COLUMNS: &Columns = &[Column::Int, Column::Bytes];
    let mut rows = db.rows(COLUMNS);
    for (id, key) in made {
        rows.row().int(id.0).bytes(&cipher.encrypt(&aad(*id), key)[..]);
    }
    query("keep keys", "INSERT INTO keys (id, wrapped, master, made_us) SELECT {0}, {1}, $1, $2 FROM {rows}")
        .rows(rows)
        .bind(&master.check_value()[..])
        .bind(now)
        .run(db)
        .await
}

pub(super) fn aad(id: KeyId) -> [u8; 12] {
    let mut aad = *b"key\0\0\0\0\0\0\0\0\0";
    aad[4..].copy_from_slice(&id.0.to_le_bytes());
    aad
}

pub(super) fn unwrap(cipher: &Cipher, id: KeyId, wrapped: &[u8]) -> Result<[u8; 32], StorageError> {
    cipher.decrypt(&aad(id), wrapped).and_then(|key| key.try_into().ok()).ok_or_else(|| {
        StorageError::Corrupt {
            what: format!("key {}", id.0),
            why: "does not open with the master key: it was changed".into(),
        }
    })
}
