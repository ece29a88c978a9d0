//! Reading messages back.

use std::borrow::Cow;
use std::cell::RefCell;

use rapport_model::message::{Automation, Calendar, ChannelKind, Direction, PartyRole, Trust};
use rapport_model::reading::{Correction, Reading};
use rapport_model::{Id, Kind, RecordRef, Timestamp};

use crate::db::{Row, query};
use crate::error::StorageError;
use crate::index_log::{self, Shown};
use crate::keys::{Cell, KeyId, Keys};
use crate::open::Store;

pub(crate) const TABLE: &str = "messages";
/// Messages that are loaded at once, where there may be many.
const PORTION: u32 = 500;

/// A message as the store has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// Names it.
    pub id: Id,
    /// Its conversation.
    pub thread: Id,
    /// The customer it belongs to.
    pub customer: Option<Id>,
    /// The colleague who wrote it.
    pub author: Option<Id>,
    /// Its channel.
    pub channel: ChannelKind,
    /// The mailbox or bot within the channel; `file` for files.
    pub account: String,
    /// Which way it went.
    pub direction: Direction,
    /// Whether a machine wrote it.
    pub automation: Automation,
    /// Which header or pattern told that.
    pub automation_reason: String,
    /// Whether it comes from where it says; `None` where nobody checks.
    pub trust: Option<Trust>,
    /// Whether it is too old to act on.
    pub history: bool,
    /// When it arrived.
    pub received_at: Timestamp,
    /// What its Date header says.
    pub sent_at: Option<Timestamp>,
    /// Its Message-ID.
    pub message_id: String,
    /// Its subject.
    pub subject: String,
    /// The whole text.
    pub body: String,
    /// The text without quotes and signature, where that differs.
    pub trimmed: Option<String>,
    /// What was understood of it, corrected where somebody did.
    pub reading: Option<Reading>,
    /// What a colleague said that it should have been read as.
    pub corrected: Option<Correction>,
    /// The meeting that it is about.
    pub calendar: Option<Calendar>,
    /// How many files came with it.
    pub n_attachments: i64,
}

impl Loaded {
    /// Returns the text that is new in this message.
    pub fn own_text(&self) -> &str {
        self.trimmed.as_deref().unwrap_or(&self.body)
    }
}

/// Somebody's part in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyOf {
    /// The identity behind the address.
    pub identity: Id,
    /// Which part.
    pub role: PartyRole,
    /// Their address.
    pub address: String,
    /// The name they used, or the first they ever used.
    pub name: String,
    /// The customer they are.
    pub customer: Option<Id>,
}

pub(crate) const COLUMNS: &str =
    "SELECT m.id, m.key_id, m.thread, m.customer, m.author, m.channel, m.direction, m.automation,
    m.automation_reason, m.history, m.received_at, m.sent_at, m.message_ref, m.subject, m.body, m.trimmed,
    m.reading, m.n_attachments, m.corrected, m.account, m.trust,
    m.calendar FROM messages m";

impl Store {
    /// Loads messages by id, in the order given; those that do not exist are left out.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn messages(&self, ids: &[Id]) -> Result<Vec<Loaded>, StorageError> {
        let seen = self.and_seen(Kind::Message, "m");
        let sql = format!("{COLUMNS} JOIN {{rows}} ON m.id = {{0}} WHERE true{seen} ORDER BY {{at}}");
        let ids = self.inner.read.ids(ids.iter().copied());
        let rows = query("load messages", sql).rows(ids).all(&self.inner.read).await?;
        self.load_messages(&rows).await
    }

    /// Returns the messages that came since a time, in the order they came.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn message_ids(&self, since: Timestamp) -> Result<Vec<Id>, StorageError> {
        let seen = self.and_seen(Kind::Message, "m");
        let sql = format!(
            "SELECT m.id FROM messages m WHERE m.received_at >= $1{seen} ORDER BY m.received_at, m.id"
        );
        let ids: Vec<i64> =
            query("look which messages came", sql).bind(since).values(&self.inner.read).await?;
        Ok(ids.into_iter().map(Id).collect())
    }

    /// Returns up to `limit` messages that people outside wrote in `from..to`, newest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn mails_in(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<Id>, StorageError> {
        let seen = self.and_seen(Kind::Message, "m");
        let sql = format!(
            "SELECT m.id FROM messages m WHERE m.received_at >= $1 AND m.received_at < $2 AND m.direction = 'in'
               AND m.automation = 'none'{seen} ORDER BY m.received_at DESC, m.id DESC LIMIT $3"
        );
        let ids = query("list what came in", sql).bind(from).bind(to).bind(limit);
        let ids: Vec<i64> = ids.values(&self.inner.read).await?;
        Ok(ids.into_iter().map(Id).collect())
    }

    /// Loads one message.
    ///
    /// # Errors
    /// As [`Store::messages`].
    pub async fn message(&self, id: Id) -> Result<Option<Loaded>, StorageError> {
        Ok(self.messages(&[id]).await?.pop())
    }

    /// Loads the last `limit` messages of a customer, newest first.
    ///
    /// # Errors
    /// As [`Store::messages`].
    pub async fn messages_of(&self, customer: Id, limit: u32) -> Result<Vec<Loaded>, StorageError> {
        const ORDER: &str = "m.received_at DESC, m.id DESC";
        self.load_where("m.customer = $1", ORDER, customer.0, limit).await
    }

    /// Loads the last `limit` messages of a conversation, newest first.
    ///
    /// # Errors
    /// As [`Store::messages`].
    pub async fn messages_in(&self, thread: Id, limit: u32) -> Result<Vec<Loaded>, StorageError> {
        const ORDER: &str = "m.received_at DESC, m.id DESC";
        self.load_where("m.thread = $1", ORDER, thread.0, limit).await
    }

    /// Loads the messages that somebody corrected, by id after `after`, some at a time; without those of
    /// customers from whom nothing may be learnt.
    ///
    /// # Errors
    /// As [`Store::messages`].
    pub async fn corrected(&self, after: Id) -> Result<Vec<Loaded>, StorageError> {
        let condition = "m.corrected IS NOT NULL AND m.id > $1 AND NOT EXISTS (
            SELECT 1 FROM customers r WHERE r.id = m.customer AND r.restricted_at IS NOT NULL)";
        self.load_where(condition, "m.id", after.0, PORTION).await
    }

    async fn load_where(
        &self,
        condition: &str,
        order: &str,
        value: i64,
        limit: u32,
    ) -> Result<Vec<Loaded>, StorageError> {
        let seen = self.and_seen(Kind::Message, "m");
        let sql = format!("{COLUMNS} WHERE {condition}{seen} ORDER BY {order} LIMIT $2");
        let rows = query("load messages", sql).bind(value).bind(limit).all(&self.inner.read).await?;
        self.load_messages(&rows).await
    }

    pub(crate) async fn load_messages(&self, rows: &[Row]) -> Result<Vec<Loaded>, StorageError> {
        let keys = self.inner.keys_in(rows, 1).await?;
        self.inner.keyring.remember(rows.iter().map(|row| (row.id(0), KeyId(row.get(1)))));
        rows.iter().map(|row| load(&keys, row)).collect()
    }

    /// Opens of messages no more than a search shows.
    pub(crate) async fn shown_messages(&self, ids: &[Id]) -> Result<Vec<Shown>, StorageError> {
        let rows = query(
            "load what is shown of messages",
            format!(
                "SELECT m.id, m.key_id, m.customer, m.subject, m.trimmed,
                    CASE WHEN m.trimmed IS NULL THEN m.body END, m.n_attachments
                 FROM {{rows}} JOIN messages m ON m.id = {{0}} WHERE true{}",
                self.and_seen(Kind::Message, "m")
            ),
        )
        .rows(self.inner.read.ids(ids.iter().copied()))
        .all(&self.inner.read)
        .await?;
        let keys = self.inner.keys_in(&rows, 1).await?;
        let with_files = rows.iter().filter(|row| row.get::<i64>(6) > 0).map(|row| row.id(0));
        let files = self.attachment_names(&with_files.collect::<Vec<_>>()).await?;
        rows.iter()
            .map(|row| {
                let (id, key) = (row.id(0), KeyId(row.get(1)));
                let cell = |column| Cell { table: TABLE, column, row: id.0 };
                let body = match (row.get::<Option<&[u8]>>(4), row.get::<Option<&[u8]>>(5)) {
                    (Some(trimmed), _) => keys.open_text(key, cell("trimmed"), trimmed)?,
                    (None, body) => body_text(id, &keys.open(key, cell("body"), body.unwrap_or_default())?)?,
                };
                Ok(Shown {
                    record: RecordRef::new(Kind::Message, id),
                    customer: row.maybe_id(2),
                    title: keys.open_text(key, cell("subject"), row.get(3))?,
                    body: index_log::with_files(body, files.get(&id)),
                })
            })
            .collect()
    }

    /// Returns the bytes of a message as they arrived.
    ///
    /// # Errors
    /// The store cannot be read, the file is missing, or the bytes do not open.
    pub async fn raw(&self, message: Id) -> Result<Option<Vec<u8>>, StorageError> {
        let seen = self.and_sees(Kind::Message, "w.message");
        let sql = format!("SELECT w.key_id, w.blob, w.raw FROM raws w WHERE w.message = $1{seen}");
        let row = query("load a raw message", sql).bind(message.0).optional(&self.inner.read).await?;
        let Some(row) = row else { return Ok(None) };
        let sealed = match row.get::<Option<String>>(1) {
            Some(name) => {
                let path = self.inner.dir.join("blobs").join(name);
                std::fs::read(&path).map_err(|e| StorageError::file(format!("read {}", path.display()), e))?
            }
            None => match row.get(2) {
                Some(sealed) => sealed,
                // An erasure took it.
                None => return Ok(None),
            },
        };
        let cell = Cell { table: "raws", column: "raw", row: message.0 };
        let key = KeyId(row.get(0));
        let packed = self.inner.keyring.load([key]).await?.open(key, cell, &sealed)?;
        unpack(&packed).map(|bytes| Some(bytes.into_owned()))
    }

    /// Lists who took part in a message, author first.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn parties(&self, message: Id) -> Result<Vec<PartyOf>, StorageError> {
        let seen = self.and_sees(Kind::Message, "p.message");
        let sql = format!(
            "SELECT p.role, i.id, i.key_id, i.value, i.name, i.customer
             FROM parties p JOIN identities i ON i.id = p.identity WHERE p.message = $1{seen}
             ORDER BY CASE p.role WHEN 'from' THEN 0 WHEN 'to' THEN 1 WHEN 'cc' THEN 2 ELSE 3 END, p.position"
        );
        let rows = query("list parties", sql).bind(message.0).all(&self.inner.read).await?;
        let keys = self.inner.keys_in(&rows, 2).await?;
        rows.iter()
            .map(|r| {
                let key = KeyId(r.get(2));
                let open = |column, sealed: &[u8]| {
                    keys.open_text(key, Cell { table: "identities", column, row: r.get(1) }, sealed)
                };
                let name: Option<&[u8]> = r.get(4);
                Ok(PartyOf {
                    identity: Id(r.get(1)),
                    role: PartyRole::by_name(r.get(0)).unwrap_or(PartyRole::To),
                    address: open("value", r.get(3))?,
                    name: name.map_or(Ok(String::new()), |n| open("name", n))?,
                    customer: r.get::<Option<i64>>(5).map(Id),
                })
            })
            .collect()
    }
}

fn load(keys: &Keys, row: &Row) -> Result<Loaded, StorageError> {
    let id: i64 = row.get(0);
    let key = KeyId(row.get(1));
    let open = |column, sealed: &[u8]| keys.open(key, Cell { table: TABLE, column, row: id }, sealed);
    let text = |column, sealed: &[u8]| keys.open_text(key, Cell { table: TABLE, column, row: id }, sealed);
    let corrupt =
        |what: &str, why: String| StorageError::Corrupt { what: format!("message {id}, {what}"), why };
    let name = |what: &str, name: &str| corrupt(what, format!("unknown value {name:?}"));
    let body = open("body", row.get(14))?;
    let reading = row.get::<Option<&[u8]>>(16).map(|sealed| open("reading", sealed)).transpose()?;
    let corrected: Option<&str> = row.get(18);
    let corrected = corrected
        .map(|text| Correction::parse(text).ok_or_else(|| corrupt("correction", format!("{text:?} is none"))))
        .transpose()?;
    let mut reading: Option<Reading> = reading
        .filter(|json| !json.is_empty())
        .map(|json| serde_json::from_slice(&json).map_err(|e| corrupt("reading", e.to_string())))
        .transpose()?;
    if let (Some(reading), Some(correction)) = (&mut reading, &corrected) {
        reading.correct(correction);
    }
    let calendar = row.get::<Option<&[u8]>>(21).map(|sealed| open("calendar", sealed)).transpose()?;
    // What an erasure took from a meeting may leave too little of it.
    let calendar = calendar.and_then(|json| serde_json::from_slice(&json).ok());
    Ok(Loaded {
        id: Id(id),
        thread: Id(row.get(2)),
        customer: row.get::<Option<i64>>(3).map(Id),
        author: row.get::<Option<i64>>(4).map(Id),
        channel: ChannelKind::by_name(row.get(5)).ok_or_else(|| name("channel", row.get(5)))?,
        direction: Direction::by_name(row.get(6)).ok_or_else(|| name("direction", row.get(6)))?,
        automation: Automation::by_name(row.get(7)).ok_or_else(|| name("automation", row.get(7)))?,
        automation_reason: row.get::<Option<String>>(8).unwrap_or_default(),
        history: row.flag(9),
        received_at: Timestamp::from_micros(row.get(10)),
        sent_at: row.get::<Option<i64>>(11).map(Timestamp::from_micros),
        message_id: text("message_ref", row.get(12))?,
        subject: text("subject", row.get(13))?,
        body: body_text(Id(id), &body)?,
        trimmed: row.get::<Option<&[u8]>>(15).map(|sealed| text("trimmed", sealed)).transpose()?,
        reading,
        corrected,
        calendar,
        n_attachments: row.get(17),
        account: row.get(19),
        trust: row.get::<Option<&str>>(20).and_then(Trust::by_name),
    })
}

fn body_text(message: Id, packed: &[u8]) -> Result<String, StorageError> {
    String::from_utf8(unpack(packed)?.into_owned()).map_err(|_| StorageError::Corrupt {
        what: format!("message {}, body", message.0),
        why: "is no text".into(),
    })
}

/// Shorter bytes stay as they are: what packing saves of a short body, half a kilobyte, is not worth
/// a tenth of the work that its mail makes.
const PACK_BYTES_MIN: usize = 2048;
const STORED: u8 = 0;
const ZSTD: u8 = 1;

thread_local! {
    /// A compressor's tables cost more to set up than a mail costs to compress.
    static COMPRESSOR: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Packs bytes: a tag, then them as they are or zstd.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    let packed = if bytes.len() < PACK_BYTES_MIN { None } else { compress(bytes) };
    let (tag, body) = match &packed {
        Some(packed) if packed.len() < bytes.len() => (ZSTD, &packed[..]),
        _ => (STORED, bytes),
    };
    let mut out = Vec::with_capacity(body.len() + 5);
    out.push(tag);
    if tag == ZSTD {
        out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    }
    out.extend_from_slice(body);
    out
}

fn compress(bytes: &[u8]) -> Option<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = zstd::bulk::Compressor::new(1).ok();
        }
        slot.as_mut()?.compress(bytes).ok()
    })
}

fn decompress(bytes: &[u8], length: usize) -> Option<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = zstd::bulk::Decompressor::new().ok();
        }
        slot.as_mut()?.decompress(bytes, length).ok()
    })
}

/// Undoes [`pack`].
pub(crate) fn unpack(packed: &[u8]) -> Result<Cow<'_, [u8]>, StorageError> {
    let damaged = |why: &str| StorageError::Corrupt { what: "packed bytes".into(), why: why.into() };
    match packed.split_first() {
        // What an erased person wrote.
        None => Ok(Cow::Borrowed(packed)),
        Some((&STORED, bytes)) => Ok(Cow::Borrowed(bytes)),
        Some((&ZSTD, rest)) => {
            let (length, body) = rest.split_first_chunk::<4>().ok_or_else(|| damaged("are cut"))?;
            let length = u32::from_le_bytes(*length) as usize;
            decompress(body, length).map(Cow::Owned).ok_or_else(|| damaged("do not unpack"))
        }
        _ => Err(damaged("have no tag")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_bytes_come_back() {
        let long = "the same words again and again ".repeat(100);
        for bytes in [&b""[..], b"short", long.as_bytes()] {
            assert_eq!(unpack(&pack(bytes)).unwrap(), bytes);
        }
        assert!(pack(long.as_bytes()).len() < 300);
        assert!(unpack(&[]).unwrap().is_empty() && unpack(&[1, 5]).is_err() && unpack(&[9, 1]).is_err());
    }
}
