//! Keys, on their way out of a store and into a new one. They stay wrapped by the master key.

use std::path::Path;

use super::cells::{Cell, Reader, head, put};
use crate::db::{Address, Column, query};
use crate::error::StorageError;
use crate::keys::{Keyring, Master};
use crate::open::Store;

const COLUMNS: [&str; 5] = ["id", "wrapped", "master", "made_us", "destroyed_us"];

impl Store {
    /// Returns all keys, wrapped: of a destroyed one no more than that it was. Taken after a
    /// snapshot began, they are enough for all that it holds, since a key is on disk before anything is
    /// sealed with it.
    ///
    /// # Errors
    /// The key database cannot be read.
    pub async fn wrapped_keys(&self) -> Result<Vec<u8>, StorageError> {
        let sql = "SELECT id, wrapped, master, made_us, destroyed_us FROM keys ORDER BY id";
        let rows = self.inner.keyring.all(query("read all keys", sql)).await?;
        let mut out = head("keys", COLUMNS.into_iter());
        for row in &rows {
            put(&mut out, Cell::Int(row.get(0)));
            put(&mut out, row.get::<Option<&[u8]>>(1).map_or(Cell::Null, Cell::Bytes));
            put(&mut out, Cell::Bytes(row.get(2)));
            put(&mut out, Cell::Int(row.get(3)));
            put(&mut out, row.get::<Option<i64>>(4).map_or(Cell::Null, Cell::Int));
        }
        Ok(out)
    }
}

/// Makes a key database of keys that a store gave out, and opens it.
pub(super) async fn fill(
    dir: &Path,
    address: Address,
    master: Master,
    keys: &[u8],
) -> Result<Keyring, StorageError> {
    use Column::{Bytes, Int};
    let mut db = address.connect().await?;
    crate::keys::make_empty(&mut db).await?;
    let mut reader = Reader::new(keys)?;
    if reader.table != "keys" || reader.columns != COLUMNS {
        let why = "are no keys, or of a newer program".into();
        return Err(StorageError::Corrupt { what: "the keys of the backup".into(), why });
    }
    let mut ended = false;
    while !ended {
        let mut rows = db.rows(&[Int, Bytes, Bytes, Int, Int]);
        for _ in 0..5_000 {
            let Some(row) = reader.row()? else {
                ended = true;
                break;
            };
            row.iter().fold(rows.row(), |out, cell| match cell {
                Cell::Int(n) => out.int(*n),
                Cell::Bytes(bytes) => out.bytes(*bytes),
                _ => out.null(),
            });
        }
        let sql = "INSERT INTO keys (id, wrapped, master, made_us, destroyed_us)
                   SELECT {0}, {1}, {2}, {3}, {4} FROM {rows}";
        query("keep keys", sql).rows(rows).run(&mut db).await?;
    }
    db.close().await;
    crate::keys::open_keyring(dir, address, master, false).await
}
