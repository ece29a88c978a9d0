//! The journal's rows and their chains.
//!
//! Each record has a chain of its own: a change's code covers its row, the digest of its sealed
//! values and the code of the record's change before it. One chain over everything would be a
//! lock, and a chain without a key could be written anew by whoever can write the rows.

use std::collections::{HashMap, HashSet};

use rapport_model::record::FieldChange;
use rapport_model::{Act, Change, Id, Op};

use super::Sealing;
use crate::db::{Column, Columns, Db, query};
use crate::error::StorageError;
use crate::keys::{Cell, Secrets};
use crate::open::Inner;

/// The table of journal rows.
pub(crate) const CHANGES: &str = "changes";

/// An authentication code.
pub(crate) type Mac = [u8; 16];

/// A journal row as it is stored, without its words.
pub(crate) struct Link<'a> {
    pub(crate) id: Id,
    pub(crate) act: Id,
    pub(crate) kind: &'a str,
    pub(crate) record: Id,
    pub(crate) op: &'a str,
    pub(crate) names: &'a str,
    pub(crate) digest: &'a [u8],
    pub(crate) seq: i64,
}

impl Link<'_> {
    /// Returns the code of the row: over all of it and the code before.
    pub(crate) fn mac(&self, secrets: &Secrets, before: &Mac) -> Mac {
        secrets.journal_mac(&[
            &self.id.0.to_le_bytes(),
            &self.act.0.to_le_bytes(),
            self.kind.as_bytes(),
            &self.record.0.to_le_bytes(),
            self.op.as_bytes(),
            self.names.as_bytes(),
            self.digest,
            &self.seq.to_le_bytes(),
            before,
        ])
    }
}

/// Returns the digest of a row's sealed values.
pub(crate) fn digest(sealed: &[u8]) -> [u8; 32] {
    *blake3::hash(sealed).as_bytes()
}

/// Returns the code of a note that an erasure took words out of a row.
pub(crate) fn redaction_mac(secrets: &Secrets, change: Id, erasure: Id, digest: &[u8]) -> Mac {
    secrets.journal_mac(&[b"redaction", &change.0.to_le_bytes(), &erasure.0.to_le_bytes(), digest])
}

/// Writes the journal rows, chained record by record.
pub(super) async fn record(
    db: &mut Db,
    inner: &Inner,
    sealing: &Sealing,
    acts: &[(Act, Vec<Change>)],
) -> Result<(), StorageError> {
    use Column::{Bytes, Int, Text};
    const ACTS: &Columns = &[Int, Int, Text, Int, Int];
    const UNDONE: &Columns = &[Int, Int];
    const ROWS: &Columns = &[Int, Int, Text, Int, Text, Text, Int, Bytes, Bytes, Int, Bytes];
    let now = inner.clock.now();
    let taken_back: Vec<Id> = acts.iter().filter_map(|(act, _)| act.undoes).collect();
    let mut heads = heads(db, acts).await?;
    let (mut act_rows, mut undone, mut rows) = (db.rows(ACTS), db.rows(UNDONE), db.rows(ROWS));
    for (act, changes) in acts {
        if changes.iter().all(Change::is_empty) {
            continue;
        }
        act_rows
            .row()
            .int(act.id.0)
            .int(act.at.micros())
            .text(act.actor.to_string().as_str())
            .int(act.cause.map(|c| c.0))
            .int(act.undoes.map(|u| u.0));
        if let Some(other) = act.undoes {
            undone.row().int(other.0).int(act.id.0);
        }
        for change in changes.iter().filter(|c| !c.is_empty()) {
            let (id, record) = (inner.ids.next(now), change.record);
            let key = sealing.key(record.id);
            let json = serde_json::to_vec(&change.fields).expect("values are JSON");
            let sealed = sealing.keys.seal(key, Cell { table: CHANGES, column: "fields", row: id.0 }, &json);
            let names = names(&change.fields);
            let (seq, before) = heads.get(&record.id).copied().unwrap_or((0, [0; 16]));
            let digest = digest(&sealed);
            let link = Link {
                id,
                act: act.id,
                kind: record.kind.name(),
                record: record.id,
                op: change.op.name(),
                names: &names,
                digest: &digest,
                seq: seq + 1,
            };
            let mac = link.mac(&inner.keyring.secrets, &before);
            heads.insert(record.id, (seq + 1, mac));
            rows.row()
                .int(id.0)
                .int(act.id.0)
                .text(link.kind)
                .int(record.id.0)
                .text(link.op)
                .text(names.as_str())
                .int(key.0)
                .bytes(&sealed[..])
                .bytes(&digest[..])
                .int(seq + 1)
                .bytes(&mac[..]);
        }
    }
    query(
        "record acts",
        "INSERT INTO acts (id, at_us, actor, cause, undoes) SELECT {0}, {1}, {2}, {3}, {4} FROM {rows}",
    )
    .rows(act_rows)
    .run(&mut *db)
    .await?;
    // Whoever takes an undo back brings back what that had taken back.
    query(
        "mark acts as standing again",
        "UPDATE acts SET undone_by = NULL
         WHERE id IN (SELECT o.undoes FROM {rows} JOIN acts o ON o.id = {0} WHERE o.undoes IS NOT NULL)",
    )
    .rows(db.ids(taken_back))
    .run(&mut *db)
    .await?;
    query("mark acts as taken back", "UPDATE acts SET undone_by = {1} FROM {rows} WHERE acts.id = {0}")
        .rows(undone)
        .run(&mut *db)
        .await?;
    query(
        "record changes",
        "INSERT INTO changes (id, act, record_kind, record, op, names, key_id, fields, digest, seq, mac)
         SELECT {0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10} FROM {rows}",
    )
    .rows(rows)
    .run(db)
    .await
}

fn names(fields: &[FieldChange]) -> String {
    fields.iter().map(|f| f.field.as_str()).collect::<Vec<_>>().join(",")
}

/// Returns the last sequence number and code of each record that is changed and was not just
/// created.
async fn heads(db: &mut Db, acts: &[(Act, Vec<Change>)]) -> Result<HashMap<Id, (i64, Mac)>, StorageError> {
    let changes = || acts.iter().flat_map(|(_, changes)| changes).filter(|c| !c.is_empty());
    let created: HashSet<Id> = changes().filter(|c| c.op == Op::Create).map(|c| c.record.id).collect();
    let ids: HashSet<Id> = changes().map(|c| c.record.id).filter(|id| !created.contains(id)).collect();
    let rows = query(
        "find the ends of histories",
        "SELECT c.record, c.seq, c.mac FROM {rows} JOIN changes c ON c.record = {0}
          AND c.seq = (SELECT max(seq) FROM changes WHERE record = {0})",
    )
    .rows(db.ids(ids))
    .all(db)
    .await?;
    rows.iter()
        .map(|row| {
            let mac: Mac = row.get::<&[u8]>(2).try_into().map_err(|_| StorageError::Corrupt {
                what: format!("journal of record {}", row.get::<i64>(0)),
                why: "its last code has a wrong length".into(),
            })?;
            Ok((row.id(0), (row.get(1), mac)))
        })
        .collect()
}
