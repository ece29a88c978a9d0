//! What the search index has to take over, and the documents it takes.
//!
//! Every transaction that changes something searchable leaves an entry. A tailer applies the
//! entries to its index and says so once it has them on disk; what all processes have is removed.
//! The index can always be built again from what [`Store::to_index`] lists.

use std::collections::HashMap;

use rapport_model::message::{Automation, ChannelKind, Direction};
use rapport_model::reading::{Intent, IntentScore, Mood};
use rapport_model::time::DAY;
use rapport_model::{Id, Kind, RecordRef, Timestamp};

use crate::db::{Column, Db, Engine, query};
use crate::error::StorageError;
use crate::messages::Loaded;
use crate::open::Store;

/// Records that are entered at once for an index that starts empty.
const PORTION: u32 = 1000;
/// A process that was not seen for so long has its index filled anew when it comes back.
const TAIL_KEPT: i64 = 7 * DAY;

/// The kinds of records that the index holds.
pub const INDEXED: [Kind; 7] =
    [Kind::Message, Kind::Customer, Kind::Company, Kind::Note, Kind::Ticket, Kind::Task, Kind::Deal];

/// Enters records, each with the name of its kind.
pub(crate) async fn enter(
    db: &mut Db,
    records: impl IntoIterator<Item = (&'static str, Id)>,
) -> Result<(), StorageError> {
    let mut rows = db.rows(&[Column::Text, Column::Int]);
    for (kind, id) in records {
        rows.row().text(kind).int(id.0);
    }
    let sql = "INSERT INTO index_entries (kind, record) SELECT {0}, {1} FROM {rows}";
    query("make entries for the index", sql).rows(rows).run(db).await
}

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the order of commits.
    pub seq: i64,
    /// What changed; nothing where words of an erased person must go from the index's files, too.
    pub record: Option<RecordRef>,
}

/// The kind of an entry that has the index rewrite the files that hold deleted words.
pub(crate) const PURGE: &str = "purge";

/// What a search shows of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The record.
    pub record: RecordRef,
    /// The customer it belongs to.
    pub customer: Option<Id>,
    /// A name, subject or title.
    pub title: String,
    /// The rest of the words.
    pub body: String,
}

/// What the index should hold of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Indexed {
    /// What is found, and shown.
    pub shown: Shown,
    /// The channel, for a message.
    pub channel: Option<ChannelKind>,
    /// Which way it went, for a message that a person wrote.
    pub direction: Option<Direction>,
    /// What it wants, for a message.
    pub intents: Vec<Intent>,
    /// How it feels, for a message.
    pub mood: Option<Mood>,
    /// When it was: received, or made.
    pub at: Timestamp,
}

impl Store {
    /// Returns about `limit` entries after `seq`, in the order of their commits. Those of one
    /// transaction come together. Where one tells of an erasure, this process forgets the keys
    /// first that it destroyed, or it would go on reading what they seal.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn index_entries(&self, seq: i64, limit: u32) -> Result<Vec<Entry>, StorageError> {
        let sql = match self.inner.engine() {
            Engine::Sqlite => {
                "SELECT seq, kind, record FROM index_entries WHERE seq > $1 ORDER BY seq LIMIT $2"
            }
            // A number is taken before its transaction commits. Only what all running
            // transactions leave below them is final.
            Engine::Postgres => {
                "SELECT xid::text::bigint, kind, record FROM index_entries
                 WHERE xid > $1::text::xid8 AND xid < pg_snapshot_xmin(pg_current_snapshot())
                   AND xid <= coalesce((SELECT xid FROM index_entries WHERE xid > $1::text::xid8 ORDER BY xid
                                        OFFSET $2 - 1 LIMIT 1), '18446744073709551615'::xid8)
                 ORDER BY xid, seq"
            }
        };
        let rows = query("read index entries", sql).bind(seq).bind(limit).all(&self.inner.read).await?;
        let erasures: Vec<Id> = rows.iter().filter(|r| r.get::<&str>(1) == PURGE).map(|r| r.id(2)).collect();
        self.forget(&erasures).await?;
        Ok(rows
            .iter()
            .map(|r| {
                let record = Kind::by_name(r.get(1)).map(|kind| RecordRef::new(kind, r.id(2)));
                Entry { seq: r.get(0), record }
            })
            .collect())
    }

    /// Returns a mark that all entries made until now are at or before, and none that is made
    /// later.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn index_mark(&self) -> Result<i64, StorageError> {
        let sql = match self.inner.engine() {
            Engine::Sqlite => {
                "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'index_entries'), 0)"
            }
            Engine::Postgres => "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1",
        };
        query("find the last index entry", sql).value(&self.inner.read).await
    }

    /// Tells whether an index that has the entries up to `seq` can go on from there, or must be
    /// filled anew: what it lacks was removed, or the store is older than it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn index_can_go_on(&self, seq: i64) -> Result<bool, StorageError> {
        let removed: Option<Vec<u8>> =
            query("find what was removed", "SELECT value FROM meta WHERE name = 'trimmed'")
                .optional_value(&self.inner.read)
                .await?;
        let removed = removed.and_then(|v| String::from_utf8(v).ok()?.parse::<i64>().ok()).unwrap_or(0);
        Ok(removed <= seq && seq <= self.index_mark().await?)
    }

    /// Notes that this process's index has the entries up to `seq` on disk, and removes what all
    /// processes have.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn index_has(&self, seq: i64) -> Result<(), StorageError> {
        let (node, now) = (self.inner.node.clone(), self.inner.clock.now());
        self.write_quietly(move |db| {
            let node = node.clone();
            Box::pin(async move { index_has(db, &node, seq, now).await })
        })
        .await
    }

    /// Returns records of a kind that the index should hold, by id after `after`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn to_index(&self, kind: Kind, after: Id) -> Result<Vec<RecordRef>, StorageError> {
        let condition = if kind == Kind::Message { "engine IS NOT NULL" } else { "deleted_us IS NULL" };
        let sql =
            format!("SELECT id FROM {} WHERE id > $1 AND {condition} ORDER BY id LIMIT $2", kind.table());
        let ids: Vec<i64> = query("list records for the index", sql)
            .bind(after)
            .bind(PORTION)
            .values(&self.inner.read)
            .await?;
        Ok(ids.into_iter().map(|id| RecordRef::new(kind, Id(id))).collect())
    }

    /// Returns what the index should hold of `records`; one that is missing here is gone.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn indexed(&self, records: &[RecordRef]) -> Result<Vec<Indexed>, StorageError> {
        let messages = self.messages(&of_kind(records, Kind::Message)).await?;
        let with_files = messages.iter().filter(|m| m.n_attachments > 0).map(|m| m.id);
        let files = self.attachment_names(&with_files.collect::<Vec<_>>()).await?;
        let mut documents: Vec<Indexed> =
            messages.into_iter().map(|message| message_document(message, &files)).collect();
        let others = self.shown_records(records).await?.into_iter().map(|shown| Indexed {
            at: shown.record.id.made_at(),
            channel: None,
            direction: None,
            intents: Vec::new(),
            mood: None,
            shown,
        });
        documents.extend(others);
        Ok(documents)
    }

    /// Returns what a search shows of `records`, in no order; one that is missing here is gone.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn shown(&self, records: &[RecordRef]) -> Result<Vec<Shown>, StorageError> {
        let mut shown = self.shown_messages(&of_kind(records, Kind::Message)).await?;
        shown.extend(self.shown_records(records).await?);
        Ok(shown)
    }

    async fn shown_records(&self, records: &[RecordRef]) -> Result<Vec<Shown>, StorageError> {
        let mut shown = Vec::new();
        for kind in INDEXED.into_iter().filter(|kind| *kind != Kind::Message) {
            let ids = of_kind(records, kind);
            if ids.is_empty() {
                continue;
            }
            let addresses = self.identities_of(kind, &ids).await?;
            for record in self.records(kind, &ids).await?.into_iter().filter(|record| !record.deleted) {
                let customer =
                    if kind == Kind::Customer { Some(record.record.id) } else { record.get("customer").id() };
                let title =
                    ["name", "title"].iter().map(|f| record.text(f)).find(|t| !t.is_empty()).unwrap_or("");
                let mut body = record.text("body").to_owned();
                for address in addresses.get(&record.record.id).into_iter().flatten() {
                    body.push(' ');
                    body.push_str(address);
                }
                shown.push(Shown { record: record.record, customer, title: title.to_owned(), body });
            }
        }
        Ok(shown)
    }
}

fn of_kind(records: &[RecordRef], kind: Kind) -> Vec<Id> {
    records.iter().filter(|record| record.kind == kind).map(|record| record.id).collect()
}

async fn index_has(db: &mut Db, node: &str, seq: i64, now: Timestamp) -> Result<(), StorageError> {
    query(
        "note how far the index is",
        "INSERT INTO tails (name, seq, at_us) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, at_us = excluded.at_us",
    )
    .bind(node)
    .bind(seq)
    .bind(now)
    .run(&mut *db)
    .await?;
    let old = "DELETE FROM tails WHERE at_us < $1";
    query("forget processes", old).bind(now.plus(-TAIL_KEPT)).run(&mut *db).await?;
    let all: i64 = query("find what all have", "SELECT min(seq) FROM tails").value(&mut *db).await?;
    let sql = match db.engine() {
        Engine::Sqlite => "DELETE FROM index_entries WHERE seq <= $1",
        Engine::Postgres => "DELETE FROM index_entries WHERE xid <= $1::text::xid8",
    };
    if query("remove index entries", sql).bind(all).count(&mut *db).await? == 0 {
        return Ok(());
    }
    query(
        "note what was removed",
        "INSERT INTO meta (name, value) VALUES ('trimmed', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(all.to_string().into_bytes())
    .run(db)
    .await
}

fn message_document(message: Loaded, files: &HashMap<Id, String>) -> Indexed {
    let reading = message.reading.as_ref();
    let strong = |i: &&IntentScore| i.p >= 0.2;
    Indexed {
        channel: Some(message.channel),
        direction: (message.automation == Automation::None).then_some(message.direction),
        intents: reading.map_or(Vec::new(), |r| r.intents.iter().filter(strong).map(|i| i.name).collect()),
        mood: reading.map(|r| r.sentiment.label),
        at: message.received_at,
        shown: Shown {
            record: RecordRef::new(Kind::Message, message.id),
            customer: message.customer,
            title: message.subject,
            body: with_files(message.trimmed.unwrap_or(message.body), files.get(&message.id)),
        },
    }
}

/// Returns a message's text with the names of its files, by which it is found too.
pub(crate) fn with_files(mut body: String, files: Option<&String>) -> String {
    if let Some(files) = files {
        body.push('\n');
        body.push_str(files);
    }
    body
}
