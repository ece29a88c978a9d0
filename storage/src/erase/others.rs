//! Words of others that name an erased person.
//!
//! They are looked for in everything that is sealed with another key, before the transaction;
//! in it only the rows that were found are opened, redacted and sealed again.

use std::collections::{HashMap, HashSet};

use rapport_model::{Id, Kind};

use super::redact::Needles;
use super::{Person, Proof};
use crate::db::{Db, query};
use crate::error::StorageError;
use crate::index_log;
use crate::journal::{CHANGES, Redactions};
use crate::keys::{Cell, HOUSE_KEY, KeyId, Keys};
use crate::messages::{pack, unpack};
use crate::open::Inner;

/// Rows that are opened together.
const PORTION: u32 = 2_000;

/// A table with words.
struct Words {
    table: &'static str,
    /// Its columns, and whether each is packed.
    columns: &'static [(&'static str, bool)],
    /// What the search index calls its rows, if it holds them.
    kind: Option<Kind>,
}

const WORDS: &[Words] = &[
    words(
        "messages",
        &[("subject", false), ("trimmed", false), ("reading", false), ("calendar", false), ("body", true)],
        Some(Kind::Message),
    ),
    words("threads", &[("subject", false)], None),
    words("notes", &[("body", false)], Some(Kind::Note)),
    words("deals", &[("title", false), ("lost_reason", false), ("attrs", false)], Some(Kind::Deal)),
    words("tickets", &[("title", false)], Some(Kind::Ticket)),
    words("tasks", &[("title", false)], Some(Kind::Task)),
    words("ratings", &[("comment", false)], None),
    words("privacy_requests", &[("extension", false), ("reason", false)], None),
    words("companies", &[("name", false), ("attrs", false)], Some(Kind::Company)),
    words("customers", &[("attrs", false)], None),
    words("attachments", &[("name", false)], None),
    words("outbox", &[("subject", false), ("body", false), ("html", false), ("cc", false)], None),
    words("quarantine", &[("detail", false)], None),
    words(CHANGES, &[("fields", false)], None),
];

const fn words(table: &'static str, columns: &'static [(&'static str, bool)], kind: Option<Kind>) -> Words {
    Words { table, columns, kind }
}

/// The rows that name the person, by table.
pub(super) type Hits = HashMap<&'static str, Vec<Id>>;

/// Looks through everything that others' keys seal.
pub(super) async fn search(
    inner: &Inner,
    needles: &Needles,
    own: &HashSet<KeyId>,
) -> Result<Hits, StorageError> {
    let mut hits = Hits::new();
    for words in WORDS {
        let mut after = i64::MIN;
        loop {
            let sql = format!("{} WHERE t.id > $1 ORDER BY t.id LIMIT $2", select(words));
            let rows = query("look for a person", sql).bind(after).bind(PORTION).all(&inner.read).await?;
            let Some(last) = rows.last() else { break };
            after = last.get(0);
            let others: Vec<_> = rows.into_iter().filter(|row| !own.contains(&KeyId(row.get(1)))).collect();
            let keys = inner.keys_in(&others, 1).await?;
            for row in &others {
                if !redacted(&keys, words, row, needles)?.is_empty() {
                    hits.entry(words.table).or_default().push(row.id(0));
                }
            }
        }
    }
    for table in ["raws", "quarantine"] {
        search_raws(inner, table, needles, own, &mut hits).await?;
    }
    Ok(hits)
}

/// Calls `each` with every text that opens.
pub(super) async fn each_text(inner: &Inner, mut each: impl FnMut(&str)) -> Result<(), StorageError> {
    for words in WORDS {
        let mut after = i64::MIN;
        loop {
            let sql = format!("{} WHERE t.id > $1 ORDER BY t.id LIMIT $2", select(words));
            let rows =
                query("look for erased people", sql).bind(after).bind(PORTION).all(&inner.read).await?;
            let Some(last) = rows.last() else { break };
            after = last.get(0);
            let keys = inner.keys_in(&rows, 1).await?;
            for row in &rows {
                for (i, (column, packed)) in words.columns.iter().enumerate() {
                    let Some(sealed) = row.get::<Option<&[u8]>>(i + 2) else { continue };
                    let cell = Cell { table: words.table, column, row: row.get(0) };
                    let plain = keys.open(KeyId(row.get(1)), cell, sealed)?;
                    if plain.is_empty() {
                        continue;
                    }
                    let plain = if *packed { unpack(&plain)?.into_owned() } else { plain };
                    each(&String::from_utf8_lossy(&plain));
                }
            }
        }
    }
    for table in ["raws", "quarantine"] {
        each_raw(inner, table, &HashSet::new(), |_, raw| each(&String::from_utf8_lossy(raw))).await?;
    }
    Ok(())
}

/// Raw bytes may name the person where the text that was read from them does not.
async fn search_raws(
    inner: &Inner,
    table: &'static str,
    needles: &Needles,
    own: &HashSet<KeyId>,
    hits: &mut Hits,
) -> Result<(), StorageError> {
    let name = if table == "raws" { "raws" } else { "quarantine.raw" };
    each_raw(inner, table, own, |id, raw| {
        if needles.is_in(raw) {
            hits.entry(name).or_default().push(id);
        }
    })
    .await
}

/// Calls `each` with the raw bytes of mails that none of `but` seals.
async fn each_raw(
    inner: &Inner,
    table: &'static str,
    but: &HashSet<KeyId>,
    mut each: impl FnMut(Id, &[u8]),
) -> Result<(), StorageError> {
    let id = if table == "raws" { "message" } else { "id" };
    let mut after = i64::MIN;
    loop {
        let sql =
            format!("SELECT {id}, key_id, blob, raw FROM {table} WHERE {id} > $1 ORDER BY {id} LIMIT $2");
        let rows = query("look for a person", sql).bind(after).bind(PORTION / 10).all(&inner.read).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.get(0);
        let others: Vec<_> = rows.into_iter().filter(|row| !but.contains(&KeyId(row.get(1)))).collect();
        let keys = inner.keys_in(&others, 1).await?;
        for row in &others {
            let sealed = match row.get::<Option<String>>(2) {
                Some(blob) => std::fs::read(inner.dir.join("blobs").join(blob)).ok(),
                None => row.get::<Option<Vec<u8>>>(3),
            };
            let Some(sealed) = sealed else { continue };
            let cell = Cell { table, column: "raw", row: row.get(0) };
            let packed = keys.open(KeyId(row.get(1)), cell, &sealed)?;
            if !packed.is_empty() {
                each(row.id(0), &unpack(&packed)?);
            }
        }
    }
}

fn select(words: &Words) -> String {
    let columns: String = words.columns.iter().map(|(name, _)| format!(", t.{name}")).collect();
    format!("SELECT t.id, t.key_id{columns} FROM {} t", words.table)
}

/// Returns the new words of the columns that name the person.
fn redacted(
    keys: &Keys,
    words: &Words,
    row: &crate::db::Row,
    needles: &Needles,
) -> Result<Vec<(usize, Vec<u8>)>, StorageError> {
    let mut found = Vec::new();
    for (i, (column, packed)) in words.columns.iter().enumerate() {
        let Some(sealed) = row.get::<Option<&[u8]>>(i + 2) else { continue };
        let cell = Cell { table: words.table, column, row: row.get(0) };
        let plain = keys.open(KeyId(row.get(1)), cell, sealed)?;
        let plain = if *packed { unpack(&plain)?.into_owned() } else { plain };
        if let Some(new) = needles.redact(&String::from_utf8_lossy(&plain)) {
            found.push((i, if *packed { pack(new.as_bytes()) } else { new.into_bytes() }));
        }
    }
    Ok(found)
}

/// Blots the person out of the rows that were found. Returns the files to remove.
pub(super) async fn redact(
    db: &mut Db,
    inner: &Inner,
    person: &Person,
    hits: &Hits,
    erasure: Id,
    proof: &mut Proof,
) -> Result<Vec<String>, StorageError> {
    let mut messages: HashSet<Id> = hits.get("raws").into_iter().flatten().copied().collect();
    for words in WORDS {
        let Some(ids) = hits.get(words.table) else { continue };
        for ids in ids.chunks(PORTION as usize) {
            let n = redact_rows(db, inner, person, words, ids, erasure).await?;
            *proof.redacted.entry(words.table.to_owned()).or_default() += n;
        }
        match words.table {
            "messages" => messages.extend(ids),
            // The name of a file lies in its mail, too.
            "attachments" => {
                let sql = "SELECT a.message FROM {rows} JOIN attachments a ON a.id = {0}";
                let of = query("find the mails of files", sql).rows(db.ids(ids.iter().copied()));
                let of: Vec<i64> = of.values(&mut *db).await?;
                index_log::enter(db, of.iter().map(|id| (Kind::Message.name(), Id(*id)))).await?;
                messages.extend(of.into_iter().map(Id));
            }
            _ => {}
        }
    }
    let messages: Vec<Id> = messages.into_iter().collect();
    proof.raws_removed = messages.len() as u64;
    let mut blobs = drop_raws(db, &messages).await?;
    let quarantined = || hits.get("quarantine.raw").into_iter().flatten().copied();
    let sql = "SELECT q.blob FROM {rows} JOIN quarantine q ON q.id = {0} WHERE q.blob IS NOT NULL";
    blobs.extend(query("find files", sql).rows(db.ids(quarantined())).values::<String>(&mut *db).await?);
    let sql = "UPDATE quarantine SET raw = NULL, blob = NULL WHERE id {any}";
    proof.raws_removed += query("remove raw mails", sql).rows(db.ids(quarantined())).count(db).await?;
    Ok(blobs)
}

async fn redact_rows(
    db: &mut Db,
    inner: &Inner,
    person: &Person,
    words: &Words,
    ids: &[Id],
    erasure: Id,
) -> Result<u64, StorageError> {
    let sql = format!("{} JOIN {{rows}} ON t.id = {{0}}", select(words));
    let rows = query("open what names a person", sql).rows(db.ids(ids.iter().copied())).all(&mut *db).await?;
    let keys = inner.keys_in(&rows, 1).await?;
    let (mut notes, mut entries) = (Redactions::of(db, erasure), Vec::new());
    let mut n = 0;
    for row in rows.iter().filter(|row| !person.keys.contains(&KeyId(row.get(1)))) {
        let (id, key) = (row.id(0), KeyId(row.get(1)));
        let new = redacted(&keys, words, row, &person.needles)?;
        for (i, plain) in &new {
            let column = words.columns[*i].0;
            let sealed = keys.seal(key, Cell { table: words.table, column, row: id.0 }, plain);
            if words.table == CHANGES {
                notes.note(inner, id, &sealed);
            }
            let sql = format!("UPDATE {} SET {column} = $1 WHERE id = $2", words.table);
            query("redact a row", sql).bind(sealed).bind(id).run(&mut *db).await?;
        }
        if let (false, Some(kind)) = (new.is_empty(), words.kind) {
            entries.push((kind.name(), id));
        }
        n += u64::from(!new.is_empty());
    }
    notes.write(&mut *db).await?;
    index_log::enter(db, entries).await?;
    Ok(n)
}

/// Removes the raw bytes of messages. Returns the files to remove.
pub(crate) async fn drop_raws(db: &mut Db, messages: &[Id]) -> Result<Vec<String>, StorageError> {
    let sql = "SELECT r.blob FROM {rows} JOIN raws r ON r.message = {0} WHERE r.blob IS NOT NULL";
    let blobs = query("find files", sql).rows(db.ids(messages.iter().copied())).values(&mut *db).await?;
    let sql = "UPDATE raws SET raw = NULL, blob = NULL WHERE message {any}";
    query("remove raw mails", sql).rows(db.ids(messages.iter().copied())).run(db).await?;
    Ok(blobs)
}

/// Seals with the house's key what the law wants kept of an erased person: the references of
/// orders.
pub(super) async fn keep_books(db: &mut Db, inner: &Inner, own: &HashSet<KeyId>) -> Result<(), StorageError> {
    let sql = "SELECT o.id, o.key_id, o.reference FROM orders o
               WHERE o.reference IS NOT NULL AND o.key_id {any}";
    let rows = query("find orders", sql).rows(db.ids(own.iter().map(|key| Id(key.0)))).all(&mut *db).await?;
    let keys = inner.keys_in(&rows, 1).await?;
    for row in &rows {
        let cell = Cell { table: "orders", column: "reference", row: row.get(0) };
        let plain = keys.open(KeyId(row.get(1)), cell, row.get(2))?;
        let sealed = keys.seal(HOUSE_KEY, cell, &plain);
        query("keep an order", "UPDATE orders SET reference = $1, key_id = $2 WHERE id = $3")
            .bind(sealed)
            .bind(HOUSE_KEY.0)
            .bind(row.id(0))
            .run(&mut *db)
            .await?;
    }
    Ok(())
}
