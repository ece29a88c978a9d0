//! Answers that are being written: who writes one, and the files that go with what leaves.

use rapport_model::time::MINUTE;
use rapport_model::{Id, Kind, Timestamp};
use serde::{Deserialize, Serialize};

use crate::db::{Column, Columns, Db, query};
use crate::error::StorageError;
use crate::keys::{Cell, KeyId};
use crate::open::{Inner, Store};

const FILES: &str = "outbox_files";
/// Who has not gone on with a draft for so long has left it.
const LEFT_AFTER: i64 = 15 * MINUTE;

/// A file that goes with an outgoing message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// The name under which it arrives: no path, no control characters.
    pub name: String,
    /// Its media type, such as `application/pdf`.
    pub mime: String,
    /// Its bytes.
    #[serde(with = "in_hex")]
    pub bytes: Vec<u8>,
}

/// Bytes as hexadecimal digits, where a draft is remembered as text.
mod in_hex {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&crate::keys::hex(bytes))
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        let byte = |pair: &[u8]| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        };
        let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
        bytes.ok_or_else(|| D::Error::custom("no hexadecimal digits"))
    }
}

impl Store {
    /// Notes that a colleague writes an answer in a conversation.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn begin_draft(&self, thread: Id, user: Id) -> Result<(), StorageError> {
        let now = self.inner.clock.now();
        self.write(move |db| {
            Box::pin(async move {
                let old = query("forget drafts that were left", "DELETE FROM drafting WHERE at_us < $1");
                old.bind(now.plus(-LEFT_AFTER)).run(&mut *db).await?;
                query(
                    "note who writes",
                    "INSERT INTO drafting (thread, author, at_us) VALUES ($1, $2, $3)
                     ON CONFLICT (thread, author) DO UPDATE SET at_us = excluded.at_us",
                )
                .bind(thread)
                .bind(user)
                .bind(now)
                .run(db)
                .await
            })
        })
        .await
    }

    /// Notes that a colleague does not write there any more.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn end_draft(&self, thread: Id, user: Id) -> Result<(), StorageError> {
        self.write(move |db| {
            let end = query("note who stopped", "DELETE FROM drafting WHERE thread = $1 AND author = $2");
            Box::pin(end.bind(thread).bind(user).run(db))
        })
        .await
    }

    /// Returns the other colleagues who write an answer in a conversation, since when each.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn drafting(&self, thread: Id, but: Id) -> Result<Vec<(Id, Timestamp)>, StorageError> {
        let seen = self.and_sees(Kind::Thread, "d.thread");
        let sql = format!(
            "SELECT d.author, d.at_us FROM drafting d
             WHERE d.thread = $1 AND d.author <> $2 AND d.at_us >= $3{seen} ORDER BY d.at_us"
        );
        let since = self.inner.clock.now().plus(-LEFT_AFTER);
        let rows = query("look who writes", sql).bind(thread).bind(but).bind(since);
        Ok(rows.all(&self.inner.read).await?.iter().map(|row| (row.id(0), row.time(1))).collect())
    }

    /// Returns the files that go with an outgoing message, in their order; none once it has left.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn files_of(&self, outbound: Id) -> Result<Vec<File>, StorageError> {
        let sql = "SELECT id, key_id, name, mime, bytes FROM outbox_files WHERE outbound = $1 ORDER BY id";
        let rows = query("load files to send", sql).bind(outbound).all(&self.inner.read).await?;
        let keys = self.inner.keys_in(&rows, 1).await?;
        rows.iter()
            .map(|row| {
                let (id, key) = (row.get(0), KeyId(row.get(1)));
                let cell = |column| Cell { table: FILES, column, row: id };
                Ok(File {
                    name: keys.open_text(key, cell("name"), row.get(2))?,
                    mime: row.get(3),
                    bytes: keys.open(key, cell("bytes"), row.get(4))?,
                })
            })
            .collect()
    }
}

/// Stores the files of outgoing messages, sealed like those. What goes with a message that is not
/// there is left out.
pub(crate) async fn insert_files(
    db: &mut Db,
    inner: &Inner,
    files: &[(Id, File)],
) -> Result<(), StorageError> {
    const ROWS: &Columns =
        &[Column::Int, Column::Int, Column::Int, Column::Bytes, Column::Text, Column::Bytes];
    if files.is_empty() {
        return Ok(());
    }
    let of = inner.keyring.of_records(db, "outbox", files.iter().map(|(id, _)| *id)).await?;
    let keys = inner.keyring.load(of.values().copied()).await?;
    let mut rows = db.rows(ROWS);
    for (outbound, file) in files {
        let Some(key) = of.get(outbound) else { continue };
        let key = keys.usable(*key);
        let id = inner.ids.next(inner.clock.now());
        let seal = |column, bytes: &[u8]| keys.seal(key, Cell { table: FILES, column, row: id.0 }, bytes);
        rows.row()
            .int(id.0)
            .int(key.0)
            .int(outbound.0)
            .bytes(&seal("name", file.name.as_bytes())[..])
            .text(file.mime.as_str())
            .bytes(&seal("bytes", &file.bytes)[..]);
    }
    let sql = "INSERT INTO outbox_files (id, key_id, outbound, name, mime, bytes)
               SELECT {0}, {1}, {2}, {3}, {4}, {5} FROM {rows}";
    query("store files to send", sql).rows(rows).run(db).await
}

/// Removes the files of a message that left: they lie in its copy.
pub(crate) async fn drop_files(db: &mut Db, outbound: Id) -> Result<(), StorageError> {
    query("remove files that left", "DELETE FROM outbox_files WHERE outbound = $1")
        .bind(outbound)
        .run(db)
        .await
}
