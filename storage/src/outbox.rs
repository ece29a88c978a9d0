//! What waits to leave, and what became of it.

use rapport_model::job::{Outbound, Receipt, Recipient};
use rapport_model::message::ChannelKind;
use rapport_model::{Id, Kind, RecordRef, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use crate::error::{Context, StorageError};
use crate::open::{Inner, Store};
use crate::rows::{Rows, execute};
use crate::seal::{Cell, KeyId, Subject};

const TABLE: &str = "outbox";
/// An event leads to no more messages than this.
const CAUSED_MAX: u32 = 200;

const COLUMNS: &str =
    "SELECT id, key_id, channel, to_user, to_customer, thread, answers, about_kind, about, cause,
    automatic, text, subject, body, html, send_at_us, idem_key, at_us FROM outbox";

impl Store {
    /// Claims what is due to leave through `channel`, oldest first: from now on it counts as
    /// being sent.
    ///
    /// # Errors
    /// The store cannot be written, or a sealed value does not open.
    pub async fn claim_outbox(
        &self,
        channel: ChannelKind,
        limit: u32,
    ) -> Result<Vec<Outbound>, StorageError> {
        let now = self.inner.clock.now();
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "{COLUMNS} WHERE state = 'pending' AND channel = $1 AND send_at_us <= $2 ORDER BY send_at_us, id LIMIT $3"
        )))
        .bind(channel.name())
        .bind(now.micros())
        .bind(limit)
        .fetch_all(&self.inner.read)
        .await
        .context("look at the outbox")?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let found: Vec<Outbound> = rows.iter().map(|r| load(&self.inner, r)).collect::<Result<_, _>>()?;
        let ids = Rows::ids(found.iter().map(|o| o.id.0));
        let claimed: Vec<i64> = self
            .write(move |db| {
                Box::pin(async move {
                    sqlx::query_scalar(
                        "UPDATE outbox SET state = 'sending', attempts = attempts + 1
                         WHERE id IN (SELECT value FROM json_each($1)) AND state = 'pending' RETURNING id",
                    )
                    .bind(ids)
                    .fetch_all(db)
                    .await
                    .context("claim outgoing messages")
                })
            })
            .await?;
        // Between the look and the claim an answer may have cancelled some.
        Ok(found.into_iter().filter(|o| claimed.contains(&o.id.0)).collect())
    }

    /// Notes that a message left.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn sent(&self, id: Id, receipt: Receipt) -> Result<(), StorageError> {
        let now = self.inner.clock.now();
        self.set_state(id, "sent", Some(receipt.reference), None, Some(now)).await
    }

    /// Puts a message back, to be sent at `at`.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn postpone(&self, id: Id, at: Timestamp, why: &str) -> Result<(), StorageError> {
        let why = why.to_owned();
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query("UPDATE outbox SET state = 'pending', send_at_us = $2, error = $3 WHERE id = $1")
                    .bind(id.0)
                    .bind(at.micros())
                    .bind(why)
                    .execute(db)
                    .await
                    .context("postpone an outgoing message")?;
                Ok(())
            })
        })
        .await
    }

    /// Gives a message up.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn give_up(&self, id: Id, why: &str) -> Result<(), StorageError> {
        self.set_state(id, "failed", None, Some(why.to_owned()), None).await
    }

    async fn set_state(
        &self,
        id: Id,
        state: &'static str,
        reference: Option<String>,
        error: Option<String>,
        sent: Option<Timestamp>,
    ) -> Result<(), StorageError> {
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE outbox SET state = $2, reference = $3, error = $4, sent_us = $5 WHERE id = $1",
                )
                .bind(id.0)
                .bind(state)
                .bind(reference)
                .bind(error)
                .bind(sent.map(Timestamp::micros))
                .execute(db)
                .await
                .context("note the fate of an outgoing message")?;
                Ok(())
            })
        })
        .await
    }

    /// Lists the last `limit` messages to customers or colleagues, newest first, with their
    /// state.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn outbox(&self, limit: u32) -> Result<Vec<(Outbound, String)>, StorageError> {
        self.outbox_where("$1 IS NULL", None, limit).await
    }

    /// Lists the last `limit` messages to a customer, newest first, with their state.
    ///
    /// # Errors
    /// As [`Store::outbox`].
    pub async fn outbox_to(&self, customer: Id, limit: u32) -> Result<Vec<(Outbound, String)>, StorageError> {
        self.outbox_where("o.to_customer = $1", Some(customer), limit).await
    }

    /// Lists the messages that an event led to, newest first, with their state.
    ///
    /// # Errors
    /// As [`Store::outbox`].
    pub async fn outbox_because_of(&self, event: Id) -> Result<Vec<(Outbound, String)>, StorageError> {
        self.outbox_where("o.cause = $1", Some(event), CAUSED_MAX).await
    }

    async fn outbox_where(
        &self,
        condition: &str,
        value: Option<Id>,
        limit: u32,
    ) -> Result<Vec<(Outbound, String)>, StorageError> {
        let sql = format!(
            "SELECT o.*, b.state FROM ({COLUMNS}) o JOIN outbox b ON b.id = o.id WHERE {condition}
             ORDER BY o.id DESC LIMIT $2"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(value.map(|id| id.0))
            .bind(limit)
            .fetch_all(&self.inner.read)
            .await
            .context("list the outbox")?;
        rows.iter().map(|r| Ok((load(&self.inner, r)?, r.get(18)))).collect()
    }
}

fn load(inner: &Inner, row: &SqliteRow) -> Result<Outbound, StorageError> {
    let id: i64 = row.get(0);
    let key = KeyId(row.get(1));
    let open = |column, i: usize| {
        let sealed: Option<&[u8]> = row.get(i);
        sealed.map(|s| inner.sealer.open_text(key, Cell { table: TABLE, column, row: id }, s)).transpose()
    };
    let number = |i: usize| row.get::<Option<i64>, _>(i).map(Id);
    let corrupt =
        |why: &str| StorageError::Corrupt { what: format!("outgoing message {id}"), why: why.into() };
    let to = match (number(3), number(4)) {
        (Some(user), _) => Recipient::User(user),
        (None, Some(customer)) => Recipient::Customer(customer),
        _ => return Err(corrupt("has no recipient")),
    };
    let about = row.get::<Option<&str>, _>(7).and_then(Kind::by_name).zip(number(8));
    Ok(Outbound {
        id: Id(id),
        channel: ChannelKind::by_name(row.get(2)).ok_or_else(|| corrupt("has an unknown channel"))?,
        to,
        thread: number(5),
        answers: number(6),
        about: about.map(|(kind, id)| RecordRef::new(kind, id)),
        cause: number(9),
        automatic: row.get(10),
        text: row.get(11),
        subject: open("subject", 12)?.unwrap_or_default(),
        body: open("body", 13)?.unwrap_or_default(),
        html: open("html", 14)?,
        send_at: Timestamp::from_micros(row.get(15)),
        idempotency_key: row.get(16),
    })
}

/// Stores outgoing messages, leaving out those whose key is known.
pub(crate) async fn insert(
    db: &mut SqliteConnection,
    inner: &Inner,
    outbox: &[Outbound],
) -> Result<(), StorageError> {
    let now = inner.clock.now();
    let mut rows = Rows::default();
    for message in outbox {
        let (user, customer) = match message.to {
            Recipient::User(id) => (Some(id.0), None),
            Recipient::Customer(id) => (None, Some(id.0)),
        };
        let subject = customer.map_or(Subject::House, |id| Subject::Customer(Id(id)));
        let key = inner.sealer.key_of(subject);
        let seal = |column, text: &str| {
            inner.sealer.seal(key, Cell { table: TABLE, column, row: message.id.0 }, text.as_bytes())
        };
        let html = message.html.as_ref().map(|h| seal("html", h));
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
            .int(now.micros());
    }
    execute(
        db,
        rows,
        "store outgoing messages",
        "INSERT INTO outbox (id, key_id, channel, to_user, to_customer, thread, answers, about_kind, about, cause,
            automatic, text, subject, body, html, send_at_us, idem_key, at_us, state, attempts)
         SELECT j.value->>0, j.value->>1, j.value->>2, j.value->>3, j.value->>4, j.value->>5, j.value->>6,
            j.value->>7, j.value->>8, j.value->>9, j.value->>10, j.value->>11,
            substr($2, j.value->>12, j.value->>13), substr($2, j.value->>14, j.value->>15),
            substr($2, j.value->>16, j.value->>17), j.value->>18, j.value->>19, j.value->>20, 'pending', 0
         FROM json_each($1) j WHERE true ON CONFLICT (idem_key) DO NOTHING",
    )
    .await
}
