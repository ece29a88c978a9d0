//! What the search index has to take over, and the documents it takes.
//!
//! Every transaction that changes something searchable leaves an entry. A tailer applies the
//! entries to its index and removes them once the index has them on disk. The index can always
//! be built again: [`Store::enter_everything`] enters all there is.

use rapport_model::message::ChannelKind;
use rapport_model::reading::{Intent, IntentScore, Mood};
use rapport_model::{Id, Kind, RecordRef, Timestamp};
use sqlx::Row as _;

use crate::error::{Context, StorageError};
use crate::messages::Loaded;
use crate::open::Store;

pub(crate) const ENTER: &str =
    "INSERT INTO index_entries (kind, record) SELECT j.value->>0, j.value->>1 FROM json_each($1) j";

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the order of commits.
    pub seq: i64,
    /// What changed.
    pub record: RecordRef,
}

/// What the index should hold of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Indexed {
    /// The record.
    pub record: RecordRef,
    /// The customer it belongs to.
    pub customer: Option<Id>,
    /// The channel, for a message.
    pub channel: Option<ChannelKind>,
    /// What it wants, for a message.
    pub intents: Vec<Intent>,
    /// How it feels, for a message.
    pub mood: Option<Mood>,
    /// When it was: received, or made.
    pub at: Timestamp,
    /// A name, subject or title.
    pub title: String,
    /// The rest of the words.
    pub body: String,
}

impl Store {
    /// Returns up to `limit` entries after `seq`, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn index_entries(&self, seq: i64, limit: u32) -> Result<Vec<Entry>, StorageError> {
        let rows =
            sqlx::query("SELECT seq, kind, record FROM index_entries WHERE seq > $1 ORDER BY seq LIMIT $2")
                .bind(seq)
                .bind(limit)
                .fetch_all(&self.inner.read)
                .await
                .context("read index entries")?;
        Ok(rows
            .iter()
            .filter_map(|r| {
                let kind = Kind::by_name(r.get(1))?;
                Some(Entry { seq: r.get(0), record: RecordRef::new(kind, Id(r.get(2))) })
            })
            .collect())
    }

    /// Returns the number of the last entry that was ever made, 0 before the first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn last_index_entry(&self) -> Result<i64, StorageError> {
        let seq: Option<i64> =
            sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'index_entries'")
                .fetch_optional(&self.inner.read)
                .await
                .context("find the last index entry")?;
        Ok(seq.unwrap_or(0))
    }

    /// Removes the entries up to `seq`: an index has them on disk.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn index_has(&self, seq: i64) -> Result<(), StorageError> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("DELETE FROM index_entries WHERE seq <= $1")
                    .bind(seq)
                    .execute(db)
                    .await
                    .context("remove index entries")?;
                Ok(())
            })
        })
        .await
    }

    /// Enters every searchable record, for an index that starts empty. Returns how many.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn enter_everything(&self) -> Result<u64, StorageError> {
        self.write(|db| {
            Box::pin(async move {
                let done = sqlx::query(
                    "INSERT INTO index_entries (kind, record)
                     SELECT 'customer', id FROM customers WHERE deleted_us IS NULL
                     UNION ALL SELECT 'company', id FROM companies WHERE deleted_us IS NULL
                     UNION ALL SELECT 'message', id FROM messages WHERE engine IS NOT NULL
                     UNION ALL SELECT 'note', id FROM notes WHERE deleted_us IS NULL
                     UNION ALL SELECT 'ticket', id FROM tickets WHERE deleted_us IS NULL
                     UNION ALL SELECT 'task', id FROM tasks WHERE deleted_us IS NULL
                     UNION ALL SELECT 'deal', id FROM deals WHERE deleted_us IS NULL",
                )
                .execute(db)
                .await
                .context("enter everything for the index")?;
                Ok(done.rows_affected())
            })
        })
        .await
    }

    /// Returns what the index should hold of `records`; one that is missing here is gone.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn indexed(&self, records: &[RecordRef]) -> Result<Vec<Indexed>, StorageError> {
        let ids = |kind: Kind| records.iter().filter(move |r| r.kind == kind).map(|r| r.id);
        let mut documents = Vec::with_capacity(records.len());
        let messages: Vec<Id> = ids(Kind::Message).collect();
        if !messages.is_empty() {
            let names = self.attachment_names(&messages).await?;
            for message in self.messages(&messages).await? {
                let files = names.get(&message.id).map_or("", String::as_str);
                documents.push(message_document(message, files));
            }
        }
        for kind in [Kind::Customer, Kind::Company, Kind::Note, Kind::Ticket, Kind::Task, Kind::Deal] {
            let ids: Vec<Id> = ids(kind).collect();
            if ids.is_empty() {
                continue;
            }
            let addresses = self.identities_of(kind, &ids).await?;
            for record in self.records(kind, &ids).await? {
                if record.deleted {
                    continue;
                }
                let customer =
                    if kind == Kind::Customer { Some(record.record.id) } else { record.get("customer").id() };
                let title =
                    ["name", "title"].iter().map(|f| record.text(f)).find(|t| !t.is_empty()).unwrap_or("");
                let mut body = record.text("body").to_owned();
                for address in addresses.get(&record.record.id).into_iter().flatten() {
                    body.push(' ');
                    body.push_str(address);
                }
                documents.push(Indexed {
                    record: record.record,
                    customer,
                    channel: None,
                    intents: Vec::new(),
                    mood: None,
                    at: record.record.id.made_at(),
                    title: title.to_owned(),
                    body,
                });
            }
        }
        Ok(documents)
    }
}

fn message_document(message: Loaded, files: &str) -> Indexed {
    let reading = message.reading.as_ref();
    let strong = |i: &&IntentScore| i.p >= 0.2;
    let mut body = message.trimmed.unwrap_or(message.body);
    if !files.is_empty() {
        body.push('\n');
        body.push_str(files);
    }
    Indexed {
        record: RecordRef::new(Kind::Message, message.id),
        customer: message.customer,
        channel: Some(message.channel),
        intents: reading.map_or(Vec::new(), |r| r.intents.iter().filter(strong).map(|i| i.name).collect()),
        mood: reading.map(|r| r.sentiment.label),
        at: message.received_at,
        title: message.subject,
        body,
    }
}
