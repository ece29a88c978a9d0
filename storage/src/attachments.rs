//! The files that came with messages.

use std::collections::HashMap;

use rapport_model::{Id, Kind};

use crate::db::query;
use crate::error::StorageError;
use crate::keys::{Cell, KeyId};
use crate::open::Store;

/// A file that came with a message, as the store lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Names it.
    pub id: Id,
    /// The message that it came with.
    pub message: Id,
    /// Its safe name.
    pub name: String,
    /// Its media type.
    pub mime: String,
    /// Its length.
    pub bytes: i64,
    /// Whether its bytes were kept; else they are in the mailbox alone.
    pub kept: bool,
    /// The BLAKE3 digest of its bytes, the first 16, in hexadecimal; empty where they were not kept.
    pub digest: String,
}

impl Store {
    /// Lists the files of a message.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn attachments(&self, message: Id) -> Result<Vec<Listed>, StorageError> {
        self.files_by("message", message).await
    }

    /// Returns a file as it is listed.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn attachment(&self, id: Id) -> Result<Option<Listed>, StorageError> {
        Ok(self.files_by("id", id).await?.pop())
    }

    async fn files_by(&self, by: &str, id: Id) -> Result<Vec<Listed>, StorageError> {
        let sql = format!(
            "SELECT a.id, a.key_id, a.name, a.mime, a.bytes, a.kept, a.digest, a.message FROM attachments a
             WHERE a.{by} = $1{} ORDER BY a.id",
            self.and_seen(Kind::Attachment, "a")
        );
        let rows = query("list attachments", sql).bind(id.0).all(&self.inner.read).await?;
        let keys = self.inner.keys_in(&rows, 1).await?;
        rows.iter()
            .map(|r| {
                let cell = Cell { table: "attachments", column: "name", row: r.get(0) };
                let name = keys.open_text(KeyId(r.get(1)), cell, r.get(2))?;
                let (id, message) = (r.id(0), r.id(7));
                Ok(Listed {
                    id,
                    message,
                    name,
                    mime: r.get(3),
                    bytes: r.get(4),
                    kept: r.flag(5),
                    digest: r.get(6),
                })
            })
            .collect()
    }

    pub(crate) async fn attachment_names(
        &self,
        messages: &[Id],
    ) -> Result<HashMap<Id, String>, StorageError> {
        let rows = query(
            "list attachments",
            "SELECT a.message, a.id, a.key_id, a.name FROM {rows} JOIN attachments a ON a.message = {0}",
        )
        .rows(self.inner.read.ids(messages.iter().copied()))
        .all(&self.inner.read)
        .await?;
        let keys = self.inner.keys_in(&rows, 2).await?;
        let mut names: HashMap<Id, String> = HashMap::new();
        for row in &rows {
            let cell = Cell { table: "attachments", column: "name", row: row.get(1) };
            let name = keys.open_text(KeyId(row.get(2)), cell, row.get(3))?;
            let all = names.entry(Id(row.get(0))).or_default();
            all.push_str(&name);
            all.push('\n');
        }
        Ok(names)
    }
}
