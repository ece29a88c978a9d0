//! What waits to leave, and what became of it.

mod draft;
mod rows;

use rapport_model::job::{Outbound, Receipt, Recipient};
use rapport_model::message::{BounceClass, ChannelKind};
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Id, Kind, RecordRef, Timestamp};

use crate::db::{Row, query};
use crate::error::StorageError;
use crate::keys::Secrets;
use crate::open::Store;
use crate::{drafts, jobs};
use rows::load;
pub(crate) use rows::{COLUMNS, insert};

/// An event leads to no more messages than this.
const CAUSED_MAX: u32 = 200;

/// A message whose fate is open: nobody has said yet what became of it.
const OPEN: &str = "id = $1 AND state IN ('sending', 'unknown')";

/// What becomes of a message whose sender is gone. Whoever is asked for words a second time
/// loses nothing, and an event that comes a second time has the same id.
pub(crate) const RELEASED: &str =
    "CASE WHEN channel IN ('model', 'webhook') THEN 'pending' ELSE 'unknown' END";

/// How many automatic answers left, as far as they concern a further one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AutoReplies {
    /// To the same customer within a day.
    pub to_customer_today: i64,
    /// In the same conversation, ever.
    pub in_thread: i64,
    /// To the customer or others of the same company within an hour.
    pub to_company_this_hour: i64,
}

/// What waits to leave through a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Names it.
    pub id: Id,
    /// To whom: a colleague or a chat.
    pub to: Recipient,
}

/// A mail that asked a customer for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The mail, as it stood in the outbox.
    pub id: Id,
    /// Whom it asked.
    pub customer: Id,
    /// What it was about.
    pub about: Option<RecordRef>,
}

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
        let sql = format!(
            "{COLUMNS} WHERE channel = $1 AND ((state = 'pending' AND send_at_us <= $2)
                 OR (state = 'sending' AND lease_us <= $2)) ORDER BY send_at_us, id LIMIT $3"
        );
        let rows = query("look at the outbox", sql)
            .bind(channel.name())
            .bind(now)
            .bind(limit)
            .all(&self.inner.read)
            .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.load_outbox(&rows).await?;
        let claimed = self.claim_these(found.iter().map(|o| o.id).collect(), now).await?;
        // Between the look and the claim an answer may have cancelled some.
        Ok(found.into_iter().filter(|o| claimed.contains(&o.id)).collect())
    }

    /// Returns what is due to leave through a chat: its lane's most urgent first, then the oldest.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn waiting_to_leave(
        &self,
        channel: ChannelKind,
        limit: u32,
    ) -> Result<Vec<Waiting>, StorageError> {
        let sql = "SELECT id, to_user, to_chat FROM outbox WHERE channel = $1
                   AND ((state = 'pending' AND send_at_us <= $2) OR (state = 'sending' AND lease_us <= $2))
                   ORDER BY lane, send_at_us, id LIMIT $3";
        let now = self.inner.clock.now();
        let found = query("look at the outbox", sql).bind(channel.name()).bind(now).bind(limit);
        let rows = found.all(&self.inner.read).await?;
        let to = |row: &Row| match (row.maybe_id(1), row.get::<Option<i64>>(2)) {
            (Some(user), _) => Some(Recipient::User(user)),
            (None, chat) => chat.map(Recipient::Chat),
        };
        Ok(rows.iter().filter_map(|row| Some(Waiting { id: row.id(0), to: to(row)? })).collect())
    }

    /// Claims these of what waits to leave, in their order: from now on they count as being sent.
    ///
    /// # Errors
    /// The store cannot be read or written, or a sealed value does not open.
    pub async fn claim_outgoing(&self, ids: &[Id]) -> Result<Vec<Outbound>, StorageError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let claimed = self.claim_these(ids.to_vec(), self.inner.clock.now()).await?;
        let sql = format!("{COLUMNS} WHERE id {{any}}");
        let read = &self.inner.read;
        let rows = query("load what leaves", sql).rows(read.ids(claimed)).all(read).await?;
        let mut found = self.load_outbox(&rows).await?;
        found.sort_by_key(|message| ids.iter().position(|id| *id == message.id));
        Ok(found)
    }

    async fn claim_these(&self, ids: Vec<Id>, now: Timestamp) -> Result<Vec<Id>, StorageError> {
        let claimed: Vec<i64> = self
            .write_quietly(move |db| {
                let ids = ids.clone();
                Box::pin(async move {
                    // Whoever had them is gone. Whether they left is not known: they are not sent
                    // blindly again.
                    let late = format!(
                        "UPDATE outbox SET state = {RELEASED} WHERE state = 'sending' AND lease_us <= $1"
                    );
                    query("release outgoing messages", late).bind(now).run(&mut *db).await?;
                    query(
                        "claim outgoing messages",
                        "UPDATE outbox SET state = 'sending', attempts = attempts + 1, lease_us = $1
                         WHERE id {any} AND state = 'pending' RETURNING id",
                    )
                    .rows(db.ids(ids))
                    .bind(now.plus(jobs::LEASE))
                    .values(db)
                    .await
                })
            })
            .await?;
        Ok(claimed.into_iter().map(Id).collect())
    }

    /// Tells whether a message is still this claimer's to send: one that slept, or whose messages
    /// before it took long, may have lost it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn may_send(&self, id: Id) -> Result<bool, StorageError> {
        let sql =
            "SELECT EXISTS (SELECT 1 FROM outbox WHERE id = $1 AND state = 'sending' AND lease_us > $2)";
        let held = query("look after a claimed message", sql).bind(id).bind(self.inner.clock.now());
        Ok(held.one(&self.inner.read).await?.flag(0))
    }

    /// Notes that a message left.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn sent(&self, id: Id, receipt: Receipt) -> Result<(), StorageError> {
        let now = self.inner.clock.now();
        self.set_state(id, "sent", Some(receipt.reference), None, Some(now)).await
    }

    /// Puts a message back, to be sent at `at`; unless somebody else decided about it meanwhile.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn postpone(&self, id: Id, at: Timestamp, why: &str) -> Result<(), StorageError> {
        let why = why.to_owned();
        self.write_to_send(move |db| {
            let sql =
                format!("UPDATE outbox SET state = 'pending', send_at_us = $2, error = $3 WHERE {OPEN}");
            let put_back = query("postpone an outgoing message", sql).bind(id).bind(at).bind(&why);
            Box::pin(async move { put_back.run(db).await })
        })
        .await
    }

    /// Notes that a server refused a message because nobody has that address.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn unknown_address(&self, id: Id) -> Result<(), StorageError> {
        self.write_quietly(move |db| {
            let sql = "UPDATE outbox SET bounce = 'hard' WHERE id = $1 AND state = 'failed'";
            Box::pin(query("note that an address is nobody's", sql).bind(id).run(db))
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

    /// Notes that nobody knows whether a message left.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn lost_sight(&self, id: Id, why: &str) -> Result<(), StorageError> {
        self.set_state(id, "unknown", None, Some(why.to_owned()), None).await
    }

    /// Cancels a message that must not leave.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn hold_back(&self, id: Id, why: &str) -> Result<(), StorageError> {
        self.set_state(id, "cancelled", None, Some(why.to_owned()), None).await
    }

    /// Cancels a message that has not begun to leave. Returns whether it had not.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn hold_pending(&self, id: Id) -> Result<bool, StorageError> {
        self.write(move |db| {
            let sql = "UPDATE outbox SET state = 'cancelled' WHERE id = $1 AND state = 'pending'";
            let hold = query("hold a message back", sql).bind(id);
            Box::pin(async move { Ok(hold.count(db).await? > 0) })
        })
        .await
    }

    /// Returns our signature of a message's id, by which what carries both is known as ours: 20
    /// hexadecimal digits.
    pub fn signature(&self, id: Id) -> String {
        signature(&self.inner.keyring.secrets, id)
    }

    /// Returns the message that a Message-ID of ours names, if our signature is in it.
    pub fn outgoing_named(&self, message_id: &str) -> Option<Id> {
        named(&self.inner.keyring.secrets, message_id)
    }

    /// Returns the message of that key, whatever became of it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn outgoing_of_key(&self, key: &str) -> Result<Option<Id>, StorageError> {
        let found = query("look for a message by its key", "SELECT id FROM outbox WHERE idem_key = $1");
        Ok(found.bind(key).optional(&self.inner.read).await?.map(|row| row.id(0)))
    }

    /// Returns the colleague who wrote a message.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn author_of(&self, id: Id) -> Result<Option<Id>, StorageError> {
        let author = query("look who wrote a message", "SELECT author FROM outbox WHERE id = $1").bind(id);
        Ok(author.optional(&self.inner.read).await?.and_then(|row| row.maybe_id(0)))
    }

    /// Counts the automatic answers that left before `message`, or may have: what tells a loop.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn auto_replies(&self, message: &Outbound) -> Result<AutoReplies, StorageError> {
        let Recipient::Customer(customer) = message.to else { return Ok(AutoReplies::default()) };
        let now = self.inner.clock.now();
        let row = query(
            "count automatic answers",
            "SELECT sum(CASE WHEN o.to_customer = $1 AND o.at_us > $4 THEN 1 ELSE 0 END),
                    sum(CASE WHEN o.thread = $2 THEN 1 ELSE 0 END),
                    sum(CASE WHEN o.at_us > $5 THEN 1 ELSE 0 END)
             FROM outbox o JOIN messages m ON m.id = o.answers AND m.direction = 'in'
             WHERE o.automatic = 1 AND (o.state IN ('sent', 'unknown') OR (o.state = 'sending' AND o.id < $3))
               AND (o.to_customer = $1 OR o.thread = $2 OR o.to_customer IN (
                    SELECT c.id FROM customers c JOIN customers me ON me.id = $1 AND c.company = me.company))",
        )
        .bind(customer)
        .bind(message.thread)
        .bind(message.id)
        .bind(now.plus(-DAY))
        .bind(now.plus(-HOUR))
        .one(&self.inner.read)
        .await?;
        let n = |i: usize| row.get::<Option<i64>>(i).unwrap_or(0);
        Ok(AutoReplies { to_customer_today: n(0), in_thread: n(1), to_company_this_hour: n(2) })
    }

    /// Tells whether the service has written that text to a customer since then, or is about to.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn was_written_since(
        &self,
        customer: Id,
        text: &str,
        since: Timestamp,
    ) -> Result<bool, StorageError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE to_customer = $1 AND text = $2 AND at_us > $3
                     AND automatic = 1 AND state <> 'cancelled')";
        let written = query("look what a customer was written", sql).bind(customer).bind(text).bind(since);
        Ok(written.one(&self.inner.read).await?.flag(0))
    }

    /// Returns the last automatic mail of a text that went out in a conversation after `since`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn asked_in(
        &self,
        thread: Id,
        text: &str,
        since: Timestamp,
    ) -> Result<Option<Asked>, StorageError> {
        let sql = "SELECT id, to_customer, about_kind, about FROM outbox
                   WHERE thread = $1 AND text = $2 AND at_us > $3 AND automatic = 1 AND state = 'sent'
                     AND to_customer IS NOT NULL ORDER BY id DESC LIMIT 1";
        let asked = query("look what was asked", sql).bind(thread).bind(text).bind(since);
        let row = asked.optional(&self.inner.read).await?;
        Ok(row.map(|row| Asked {
            id: row.id(0),
            customer: row.id(1),
            about: row
                .get::<Option<&str>>(2)
                .and_then(Kind::by_name)
                .zip(row.maybe_id(3))
                .map(|(kind, id)| RecordRef::new(kind, id)),
        }))
    }

    /// Notes that a message was seen where it went, so that it left, whatever we heard of it.
    /// Returns whether its fate was open.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn seen_again(&self, id: Id, reference: &str) -> Result<bool, StorageError> {
        let open = query(
            "look after a message's fate",
            format!("SELECT EXISTS (SELECT 1 FROM outbox WHERE {OPEN})"),
        );
        if !open.bind(id).one(&self.inner.read).await?.flag(0) {
            return Ok(false);
        }
        let now = self.inner.clock.now();
        self.set_state(id, "sent", Some(reference.to_owned()), None, Some(now)).await?;
        Ok(true)
    }

    /// Notes that a message that left did not arrive, and in what way, and ends what would write more into that
    /// conversation by itself. Returns whether that was not known.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn came_back(&self, id: Id, class: BounceClass, why: &str) -> Result<bool, StorageError> {
        let why = why.to_owned();
        self.write(move |db| {
            let sql = "UPDATE outbox SET state = 'failed', error = $2, bounce = $3
                       WHERE id = $1 AND state IN ('sending', 'sent', 'unknown')";
            let note = query("note that a message came back", sql).bind(id).bind(&why).bind(class.name());
            Box::pin(async move {
                if note.count(&mut *db).await? == 0 {
                    return Ok(false);
                }
                let thread =
                    query("find its conversation", "SELECT thread FROM outbox WHERE id = $1").bind(id);
                let thread: Option<i64> = thread.value(&mut *db).await?;
                jobs::cancel(db, thread.map(Id).into_iter()).await?;
                Ok(true)
            })
        })
        .await
    }

    async fn set_state(
        &self,
        id: Id,
        state: &'static str,
        reference: Option<String>,
        error: Option<String>,
        sent: Option<Timestamp>,
    ) -> Result<(), StorageError> {
        self.write_to_send(move |db| {
            let sql = format!(
                "UPDATE outbox SET state = $2, reference = $3, error = $4, sent_us = $5 WHERE {OPEN}"
            );
            let note = query("note the fate of an outgoing message", sql);
            let note = note.bind(id).bind(state).bind(reference.clone()).bind(error.clone()).bind(sent);
            Box::pin(async move {
                note.run(&mut *db).await?;
                if state == "sent" { drafts::drop_files(db, id).await } else { Ok(()) }
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
        self.outbox_where("CAST($1 AS BIGINT) IS NULL", None, limit).await
    }

    /// Lists the last `limit` messages to a customer, newest first, with their state.
    ///
    /// # Errors
    /// As [`Store::outbox`].
    pub async fn outbox_to(&self, customer: Id, limit: u32) -> Result<Vec<(Outbound, String)>, StorageError> {
        self.outbox_where("o.to_customer = $1", Some(customer), limit).await
    }

    /// Lists the last `limit` digests to a colleague, newest first, with their state.
    ///
    /// # Errors
    /// As [`Store::outbox`].
    pub async fn digests_to(&self, user: Id, limit: u32) -> Result<Vec<(Outbound, String)>, StorageError> {
        self.outbox_where("o.to_user = $1 AND o.text LIKE 'digest%'", Some(user), limit).await
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
            "SELECT o.*, b.state FROM ({COLUMNS}) o JOIN outbox b ON b.id = o.id WHERE {condition}{}
             ORDER BY o.id DESC LIMIT $2",
            self.and_seen_outgoing("o")
        );
        let rows = query("list the outbox", sql)
            .bind(value.map(|id| id.0))
            .bind(limit)
            .all(&self.inner.read)
            .await?;
        let states = rows.iter().map(|r| r.get(23));
        Ok(self.load_outbox(&rows).await?.into_iter().zip(states).collect())
    }

    pub(crate) async fn load_outbox(&self, rows: &[Row]) -> Result<Vec<Outbound>, StorageError> {
        let keys = self.inner.keys_in(rows, 1).await?;
        rows.iter().map(|row| load(&keys, row)).collect()
    }
}

/// As [`Store::signature`].
fn signature(secrets: &Secrets, id: Id) -> String {
    crate::keys::hex(&secrets.blind("outgoing", &id.to_string())[..10])
}

/// Returns the message that a reference names, `ID.SIGNATURE` with or without a domain behind it, if
/// the signature is ours.
pub(crate) fn named(secrets: &Secrets, reference: &str) -> Option<Id> {
    let (id, sealed) = reference.split('@').next()?.split_once('.')?;
    let id = Id(id.parse().ok()?);
    // Not compared in constant time: whoever guesses one has a mail that we sent.
    (signature(secrets, id) == sealed).then_some(id)
}
