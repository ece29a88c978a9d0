//! Notes that words were taken out of rows of the journal, so that its chains still hold.

use rapport_model::Id;

use super::{digest, redaction_mac};
use crate::db::{Column, Columns, Db, Rows, query};
use crate::error::StorageError;
use crate::open::Inner;

/// The notes of one run.
pub(crate) struct Redactions {
    /// The erasure, or what else took words away.
    run: Id,
    notes: Rows,
}

impl Redactions {
    pub(crate) fn of(db: &Db, run: Id) -> Self {
        const NOTES: &Columns = &[Column::Int, Column::Bytes, Column::Bytes];
        Self { run, notes: db.rows(NOTES) }
    }

    /// Notes that a change is sealed anew, without some of its words.
    pub(crate) fn note(&mut self, inner: &Inner, change: Id, sealed: &[u8]) {
        let digest = digest(sealed);
        let mac = redaction_mac(&inner.keyring.secrets, change, self.run, &digest);
        self.notes.row().int(change.0).bytes(&digest[..]).bytes(&mac[..]);
    }

    pub(crate) async fn write(self, db: &mut Db) -> Result<(), StorageError> {
        query(
            "note redactions",
            "INSERT INTO redactions (change_id, erasure, digest, mac) SELECT {0}, $1, {1}, {2} FROM {rows} WHERE true
             ON CONFLICT (change_id) DO UPDATE SET erasure = excluded.erasure, digest = excluded.digest, mac = excluded.mac",
        )
        .rows(self.notes)
        .bind(self.run)
        .run(db)
        .await
    }
}
