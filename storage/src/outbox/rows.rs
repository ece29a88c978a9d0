//! Outgoing messages as rows.

use std::collections::{HashMap, HashSet};

use rapport_model::consent::Purpose;
use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::ChannelKind;
use rapport_model::{Id, Kind, Mailbox, RecordRef, Timestamp};

use crate::db::{Column, Columns, Db, Row, query};
use crate::error::StorageError;
use crate::keys::{Cell, HOUSE_KEY, KeyId, Keys};
use crate::open::Inner;

const TABLE: &str = "outbox";

pub(crate) const COLUMNS: &str =
    "SELECT id, key_id, channel, to_user, to_customer, thread, answers, about_kind, about, cause,
    automatic, text, subject, body, html, send_at_us, idem_key, at_us, author, cc, purpose, to_chat, edits FROM outbox";

pub(super) fn load(keys: &Keys, row: &Row) -> Result<Outbound, StorageError> {
    let id: i64 = row.get(0);
    let key = KeyId(row.get(1));
    let open = |column, i: usize| {
        let sealed: Option<&[u8]> = row.get(i);
        sealed.map(|s| keys.open_text(key, Cell { table: TABLE, column, row: id }, s)).transpose()
    };
    let number = |i: usize| row.get::<Option<i64>>(i).map(Id);
    let corrupt =
        |why: &str| StorageError::Corrupt { what: format!("outgoing message {id}"), why: why.into() };
    let to = match (number(3), number(4)) {
        (Some(user), _) => Recipient::User(user),
        (None, Some(customer)) => Recipient::Customer(customer),
        _ => Recipient::Chat(row.get::<Option<i64>>(21).ok_or_else(|| corrupt("has no recipient"))?),
    };
    let about = row.get::<Option<&str>>(7).and_then(Kind::by_name).zip(number(8));
    Ok(Outbound {
        id: Id(id),
        channel: ChannelKind::by_name(row.get(2)).ok_or_else(|| corrupt("has an unknown channel"))?,
        to,
        cc: open("cc", 19)?.map_or(Ok(Vec::new()), |json| people(&json)).map_err(corrupt)?,
        thread: number(5),
        answers: number(6),
        about: about.map(|(kind, id)| RecordRef::new(kind, id)),
        cause: number(9),
        automatic: row.flag(10),
        purpose: row.get::<Option<&str>>(20).and_then(Purpose::by_name),
        author: number(18),
        text: row.get(11),
        subject: open("subject", 12)?.unwrap_or_default(),
        body: open("body", 13)?.unwrap_or_default(),
        html: open("html", 14)?,
        edits: row.get(22),
        send_at: Timestamp::from_micros(row.get(15)),
        idempotency_key: row.get(16),
    })
}

/// Reads who gets a copy. Whom an erasure took is left out.
fn people(json: &str) -> Result<Vec<Mailbox>, &'static str> {
    let all: Vec<serde_json::Value> =
        serde_json::from_str(json).map_err(|_| "has copies that are no JSON")?;
    Ok(all.into_iter().filter_map(|one| serde_json::from_value(one).ok()).collect())
}

/// Stores outgoing messages, leaving out those whose key is known. Their words are sealed with
/// the key of the customer whom they go to or whose conversation they are about. What goes to a
/// colleague's console goes to their chat, if they have bound one.
pub(crate) async fn insert(db: &mut Db, inner: &Inner, outbox: &[Outbound]) -> Result<(), StorageError> {
    use Column::{Bytes, Int, Text};
    const ROWS: &Columns = &[
        Int, Int, Text, Int, Int, Int, Int, Text, Int, Int, Int, Text, Bytes, Bytes, Bytes, Int, Text, Int,
        Bytes, Text, Int, Int, Int,
    ];
    if outbox.is_empty() {
        return Ok(());
    }
    let about = subjects(db, outbox).await?;
    let of = inner.keyring.of_records(db, Kind::Customer.table(), about.values().copied()).await?;
    let keys = inner.keyring.load(of.values().copied()).await?;
    let mut rows = db.rows(ROWS);
    for message in outbox {
        let (user, customer, chat) = match message.to {
            Recipient::User(id) => (Some(id.0), None, None),
            Recipient::Customer(id) => (None, Some(id.0), None),
            Recipient::Chat(chat) => (None, None, Some(chat)),
        };
        let key = about.get(&message.id).and_then(|customer| of.get(customer)).copied().unwrap_or(HOUSE_KEY);
        let key = keys.usable(key);
        let seal = |column, text: &str| {
            keys.seal(key, Cell { table: TABLE, column, row: message.id.0 }, text.as_bytes())
        };
        let html = message.html.as_ref().map(|h| seal("html", h));
        let cc = (!message.cc.is_empty())
            .then(|| seal("cc", &serde_json::to_string(&message.cc).expect("mailboxes are JSON")));
        rows.row()
            .int(message.id.0)
            .int(key.0)
            .text(message.channel.name())
            .int(user)
            .int(customer)
            .int(message.thread.map(|t| t.0))
            .int(message.answers.map(|m| m.0))
            .text(message.about.map(|r| r.kind.name()))
            .int(message.about.map(|r| r.id.0))
            .int(message.cause.map(|c| c.0))
            .int(i64::from(message.automatic))
            .text(message.text.as_str())
            .bytes(&seal("subject", &message.subject)[..])
            .bytes(&seal("body", &message.body)[..])
            .bytes(html.as_deref())
            .int(message.send_at.micros())
            .text(message.idempotency_key.as_str())
            .int(message.author.map(|a| a.0))
            .bytes(cc.as_deref())
            .text(message.purpose.map(Purpose::name))
            .int(chat)
            .int(message.edits)
            .int(message.lane() as i64);
    }
    query(
        "store outgoing messages",
        "INSERT INTO outbox (id, key_id, channel, to_user, to_customer, thread, answers, about_kind, about, cause,
            automatic, text, subject, body, html, send_at_us, idem_key, author, cc, purpose, to_chat, edits, lane, at_us, state, attempts)
         SELECT {0}, {1},
            CASE WHEN {2} = 'console' THEN coalesce((SELECT b.channel FROM bindings b WHERE b.user_id = {3}
                ORDER BY b.bound_us DESC LIMIT 1), {2}) ELSE {2} END,
            {3}, {4}, {5}, {6}, {7}, {8}, {9}, {10}, {11}, {12}, {13}, {14}, {15}, {16}, {17}, {18}, {19}, {20}, {21}, {22}, $1,
            'pending', 0 FROM {rows} WHERE true ON CONFLICT (idem_key) DO NOTHING",
    )
    .rows(rows)
    .bind(inner.clock.now())
    .run(db)
    .await
}

/// Returns whom each message tells something of: the customer it goes to, or whose conversation
/// it is about.
async fn subjects(db: &mut Db, outbox: &[Outbound]) -> Result<HashMap<Id, Id>, StorageError> {
    let thread = |o: &Outbound| match (o.about, o.thread) {
        (Some(about), _) if about.kind == Kind::Thread => Some(about.id),
        (_, thread) => thread,
    };
    let threads: HashSet<Id> = outbox.iter().filter_map(thread).collect();
    let sql = "SELECT t.id, t.customer FROM {rows} JOIN threads t ON t.id = {0} WHERE t.customer IS NOT NULL";
    let rows = query("find whom messages are about", sql).rows(db.ids(threads)).all(db).await?;
    let of_thread: HashMap<Id, Id> = rows.iter().map(|row| (row.id(0), row.id(1))).collect();
    let subject = |o: &Outbound| match (o.to, o.about) {
        (Recipient::Customer(id), _) => Some(id),
        (_, Some(RecordRef { kind: Kind::Customer, id })) => Some(id),
        _ => thread(o).and_then(|id| of_thread.get(&id)).copied(),
    };
    Ok(outbox.iter().filter_map(|o| Some((o.id, subject(o)?))).collect())
}
