//! What chats need of the store: what came in and was not answered yet, what a button does, which
//! cards are seen, and what a colleague did last. Whose account is whose: [`crate::accounts`].
//!
//! An update is taken in before its chat is told so, and answered in one commit with the answer; what
//! it changed in between carries its id as the cause, so that it is not done twice after a crash.

use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::{ChannelKind, Cursor};
use rapport_model::time::DAY;
use rapport_model::{Id, Kind, RecordRef, Timestamp};

use crate::db::{Column, Columns, Db, Row, query};
use crate::drafts::{self, File};
use crate::error::StorageError;
use crate::keys::{Cell, HOUSE_KEY, KeyId};
use crate::ledger::note_cursor;
use crate::open::{Inner, Store};
use crate::outbox;

/// A chat does not bring an update again after so long.
const REMEMBERED: i64 = 7 * DAY;
/// A button can be pressed for so long.
const PRESSED_WITHIN: i64 = 30 * DAY;

/// What came in by a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUpdate {
    /// What the chat calls it; the same twice is taken in once.
    pub key: String,
    /// The chat, where the order matters.
    pub chat: i64,
    /// What it says, in the words of its chat.
    pub payload: Vec<u8>,
}

/// What came in and was not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Names it; what it changes has it as its cause.
    pub id: Id,
    /// The chat.
    pub chat: i64,
    /// What it says.
    pub payload: Vec<u8>,
}

/// What a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// Its name in the chat.
    pub id: Id,
    /// Who may press it: a colleague, or every one ([`Button::ANYBODY`]).
    pub user: Id,
    /// The command that pressing it gives.
    pub command: String,
    /// The record that it would change, and how often that had been changed.
    pub record: Option<(RecordRef, i64)>,
}

impl Button {
    /// Every colleague may press it.
    pub const ANYBODY: Id = Id(0);
}

/// The answer to an update, committed as a whole.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// What leaves.
    pub outbox: Vec<Outbound>,
    /// The files that leave with it, each with its message.
    pub files: Vec<(Id, File)>,
    /// The buttons in it.
    pub buttons: Vec<Button>,
    /// Who commanded, for which chat, and what is to be remembered of it there.
    pub session: Option<(Id, i64, Vec<u8>)>,
}

impl Store {
    /// Takes updates of a chat in, and notes how far the chat was read. Returns those that are new.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn receive(
        &self,
        channel: ChannelKind,
        updates: Vec<NewUpdate>,
        cursor: Option<Cursor>,
    ) -> Result<Vec<Update>, StorageError> {
        const ROWS: &Columns = &[Column::Int, Column::Text, Column::Int, Column::Bytes];
        let keys = self.inner.keyring.load([HOUSE_KEY]).await?;
        let now = self.inner.clock.now();
        let updates: Vec<(Id, NewUpdate)> =
            updates.into_iter().map(|update| (self.new_id(), update)).collect();
        let sealed: Vec<Vec<u8>> = updates
            .iter()
            .map(|(id, update)| keys.seal(HOUSE_KEY, cell("updates", "payload", *id), &update.payload))
            .collect();
        let (all, cursor) = (std::sync::Arc::new((updates, sealed)), cursor);
        let taken = all.clone();
        let new: Vec<i64> = self
            .write_quietly(move |db| {
                let (all, cursor) = (taken.clone(), cursor.clone());
                Box::pin(async move {
                    let mut rows = db.rows(ROWS);
                    for ((id, update), payload) in all.0.iter().zip(&all.1) {
                        rows.row().int(id.0).text(update.key.as_str()).int(update.chat).bytes(&payload[..]);
                    }
                    let new = query(
                        "take in what a chat brings",
                        "INSERT INTO updates (id, channel, key, chat, key_id, payload, at_us)
                         SELECT {0}, $1, {1}, {2}, $2, {3}, $3 FROM {rows} WHERE true
                         ON CONFLICT (channel, key) DO NOTHING RETURNING id",
                    )
                    .rows(rows)
                    .bind(channel.name())
                    .bind(HOUSE_KEY.0)
                    .bind(now)
                    .values(&mut *db)
                    .await?;
                    if let Some(cursor) = &cursor {
                        note_cursor(db, cursor, now).await?;
                    }
                    Ok(new)
                })
            })
            .await?;
        let is_new = |(id, _): &&(Id, NewUpdate)| new.contains(&id.0);
        let update = |(id, u): &(Id, NewUpdate)| Update { id: *id, chat: u.chat, payload: u.payload.clone() };
        Ok(all.0.iter().filter(is_new).map(update).collect())
    }

    /// Forgets what chats brought and what stood under their messages, once it is too old to matter.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn forget_old(&self) -> Result<(), StorageError> {
        let now = self.inner.clock.now();
        self.write_quietly(move |db| {
            Box::pin(async move {
                query("forget updates", "DELETE FROM updates WHERE done_us < $1")
                    .bind(now.plus(-REMEMBERED))
                    .run(&mut *db)
                    .await?;
                query("forget buttons", "DELETE FROM buttons WHERE expires_us < $1")
                    .bind(now)
                    .run(&mut *db)
                    .await?;
                query("forget codes", "DELETE FROM link_codes WHERE expires_us < $1").bind(now).run(db).await
            })
        })
        .await
    }

    /// Returns what came in by a chat and was not answered, in the order it came.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn unanswered(&self, channel: ChannelKind) -> Result<Vec<Update>, StorageError> {
        let sql = "SELECT id, key_id, chat, payload FROM updates WHERE channel = $1 AND done_us IS NULL ORDER BY id";
        let rows = query("look what waits in chats", sql).bind(channel.name()).all(&self.inner.read).await?;
        let keys = self.inner.keys_in(&rows, 1).await?;
        rows.iter()
            .map(|row| {
                let payload = row.get::<Option<&[u8]>>(3).unwrap_or_default();
                let payload = keys.open(KeyId(row.get(1)), cell("updates", "payload", row.id(0)), payload)?;
                Ok(Update { id: row.id(0), chat: row.get(2), payload })
            })
            .collect()
    }

    /// Commits the answer to an update. Returns false, and writes nothing, if it was answered before.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn answer(
        &self,
        channel: ChannelKind,
        update: &Update,
        answer: Answer,
    ) -> Result<bool, StorageError> {
        let inner = self.inner.clone();
        let id = update.id;
        let answer = std::sync::Arc::new(answer);
        self.write_to_send(move |db| {
            let (inner, answer) = (inner.clone(), answer.clone());
            Box::pin(async move {
                let now = inner.clock.now();
                let sql = "UPDATE updates SET done_us = $2, payload = NULL WHERE id = $1 AND done_us IS NULL";
                if query("answer an update", sql).bind(id).bind(now).count(&mut *db).await? == 0 {
                    return Ok(false);
                }
                if let Some((user, chat, state)) = &answer.session {
                    remember(db, &inner, channel, *chat, *user, state).await?;
                }
                insert_buttons(db, &inner, &answer.buttons).await?;
                outbox::insert(db, &inner, &answer.outbox).await?;
                drafts::insert_files(db, &inner, &answer.files).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Returns the act that an update led to already: the process ended before it was answered.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn act_because_of(&self, update: Id) -> Result<Option<Id>, StorageError> {
        let sql = "SELECT id FROM acts WHERE cause = $1 ORDER BY id DESC LIMIT 1";
        let act = query("look what an update led to", sql).bind(update);
        Ok(act.optional(&self.inner.read).await?.map(|row| row.id(0)))
    }

    /// Returns what was remembered of a colleague in a chat.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn chat_session(
        &self,
        channel: ChannelKind,
        chat: i64,
        user: Id,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let sql =
            "SELECT id, key_id, state FROM chat_sessions WHERE channel = $1 AND chat = $2 AND user_id = $3";
        let found = query("look what was done last", sql).bind(channel.name()).bind(chat).bind(user);
        let Some(row) = found.optional(&self.inner.read).await? else { return Ok(None) };
        let keys = self.inner.keyring.load([KeyId(row.get(1))]).await?;
        let cell = cell("chat_sessions", "state", row.id(0));
        Ok(Some(keys.open(KeyId(row.get(1)), cell, row.get(2))?))
    }

    /// Adds buttons to what leaves beside any answer.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn add_buttons(&self, buttons: Vec<Button>) -> Result<(), StorageError> {
        let inner = self.inner.clone();
        self.write(move |db| {
            let (inner, buttons) = (inner.clone(), buttons.clone());
            Box::pin(async move { insert_buttons(db, &inner, &buttons).await })
        })
        .await
    }

    /// Returns what a button does, unless it is too old.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn button(&self, id: Id) -> Result<Option<Button>, StorageError> {
        let sql = "SELECT id, key_id, user_id, command, record_kind, record, seq FROM buttons
                   WHERE id = $1 AND expires_us > $2";
        let found = query("look what a button does", sql).bind(id).bind(self.inner.clock.now());
        let Some(row) = found.optional(&self.inner.read).await? else { return Ok(None) };
        let key = KeyId(row.get(1));
        let keys = self.inner.keyring.load([key]).await?;
        let kind = row.get::<Option<&str>>(4).and_then(Kind::by_name);
        let record = kind.zip(row.maybe_id(5)).map(|(kind, id)| RecordRef::new(kind, id));
        Ok(Some(Button {
            id,
            user: row.id(2),
            command: keys.open_text(key, cell("buttons", "command", id), row.get(3))?,
            record: record.zip(row.get::<Option<i64>>(6)),
        }))
    }

    /// Returns how often a record was changed.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn version(&self, record: RecordRef) -> Result<i64, StorageError> {
        if !self.sees(record).await? {
            return Ok(0);
        }
        let sql = "SELECT coalesce(max(seq), 0) FROM changes WHERE record_kind = $1 AND record = $2";
        let last = query("look how often it was changed", sql).bind(record.kind.name()).bind(record.id);
        last.value(&self.inner.read).await
    }

    /// Returns who was shown a card of a mail of this conversation, and in which chat; a colleague without
    /// any is at the console.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn shown_mail_of(&self, thread: Id) -> Result<Vec<(ChannelKind, Recipient)>, StorageError> {
        let sql = "SELECT DISTINCT channel, to_user, to_chat FROM outbox WHERE thread = $1 AND text = $2";
        let found = query("look who sees a conversation", sql).bind(thread).bind(Outbound::MAIL_CARD);
        let rows = found.all(&self.inner.read).await?;
        let reader = |row: &Row| {
            let chat = || row.get::<Option<i64>>(2).map(Recipient::Chat);
            let to = row.maybe_id(1).map(Recipient::User).or_else(chat)?;
            // Where a colleague is reached is decided anew.
            let kind = match to {
                Recipient::User(_) => ChannelKind::Console,
                _ => ChannelKind::by_name(row.get(0))?,
            };
            Some((kind, to))
        };
        let mut readers: Vec<_> = rows.iter().filter_map(reader).collect();
        readers.sort_unstable();
        readers.dedup();
        Ok(readers)
    }

    /// Returns the cards of mails of a conversation that a colleague or a team sees in a chat, oldest
    /// first: the mail, and the reference of its card.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn mail_cards(
        &self,
        channel: ChannelKind,
        reader: Recipient,
        thread: Id,
    ) -> Result<Vec<(Id, String)>, StorageError> {
        let (user, chat) = match reader {
            Recipient::User(user) => (Some(user), None),
            Recipient::Chat(chat) => (None, Some(chat)),
            Recipient::Customer(_) => return Ok(Vec::new()),
        };
        let sql = "SELECT about, reference FROM outbox WHERE thread = $1 AND (to_user = $2 OR to_chat = $3)
                   AND channel = $4 AND text = $5 AND state = 'sent' AND about IS NOT NULL
                   AND reference IS NOT NULL ORDER BY id";
        let found = query("look which cards somebody sees", sql).bind(thread).bind(user).bind(chat);
        let found = found.bind(channel.name());
        let rows = found.bind(Outbound::MAIL_CARD).all(&self.inner.read).await?;
        Ok(rows.iter().map(|row| (row.id(0), row.get(1))).collect())
    }

    /// Tells whether something is on its way to a colleague, or into a chat, just now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn is_leaving(&self, channel: ChannelKind, user: Id, chat: i64) -> Result<bool, StorageError> {
        let sql =
            "SELECT EXISTS (SELECT 1 FROM outbox WHERE channel = $1 AND state = 'sending' AND lease_us > $2
                   AND (to_user = $3 OR to_chat = $4))";
        let found = query("look what is on its way", sql).bind(channel.name()).bind(self.inner.clock.now());
        Ok(found.bind(user).bind(chat).one(&self.inner.read).await?.flag(0))
    }

    /// Returns what a message in a chat that we sent is about, and the name of its text.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn shown_in(
        &self,
        channel: ChannelKind,
        reference: &str,
    ) -> Result<Option<(RecordRef, String)>, StorageError> {
        let sql = "SELECT about_kind, about, text FROM outbox WHERE channel = $1 AND reference = $2";
        let found = query("look what a message is about", sql).bind(channel.name()).bind(reference);
        let row = found.optional(&self.inner.read).await?;
        Ok(row.and_then(|row| {
            let kind = row.get::<Option<&str>>(0).and_then(Kind::by_name)?;
            Some((RecordRef::new(kind, row.maybe_id(1)?), row.get(2)))
        }))
    }
}

/// Forgets what is kept for the convenience of chats, all of it: somebody was erased, and might be
/// named there.
pub(crate) async fn forget_words(db: &mut Db) -> Result<(), StorageError> {
    query("forget what was done last", "DELETE FROM chat_sessions").run(&mut *db).await?;
    query("forget buttons", "DELETE FROM buttons").run(&mut *db).await?;
    query("forget what came in", "UPDATE updates SET payload = NULL WHERE done_us IS NOT NULL").run(db).await
}

async fn remember(
    db: &mut Db,
    inner: &Inner,
    channel: ChannelKind,
    chat: i64,
    user: Id,
    state: &[u8],
) -> Result<(), StorageError> {
    let keys = inner.keyring.load([HOUSE_KEY]).await?;
    let sql = "SELECT id FROM chat_sessions WHERE channel = $1 AND chat = $2 AND user_id = $3";
    let known = query("look what was done last", sql).bind(channel.name()).bind(chat).bind(user);
    let known = known.optional(&mut *db).await?.map(|row| row.id(0));
    let now = inner.clock.now();
    let id = known.unwrap_or_else(|| inner.ids.next(now));
    query(
        "remember what was done",
        "INSERT INTO chat_sessions (id, channel, chat, user_id, key_id, state, at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, at_us = excluded.at_us",
    )
    .bind(id)
    .bind(channel.name())
    .bind(chat)
    .bind(user)
    .bind(HOUSE_KEY.0)
    .bind(keys.seal(HOUSE_KEY, cell("chat_sessions", "state", id), state))
    .bind(now)
    .run(db)
    .await
}

async fn insert_buttons(db: &mut Db, inner: &Inner, buttons: &[Button]) -> Result<(), StorageError> {
    const ROWS: &Columns = &[Column::Int, Column::Int, Column::Bytes, Column::Text, Column::Int, Column::Int];
    if buttons.is_empty() {
        return Ok(());
    }
    let keys = inner.keyring.load([HOUSE_KEY]).await?;
    let until: Timestamp = inner.clock.now().plus(PRESSED_WITHIN);
    let mut rows = db.rows(ROWS);
    for button in buttons {
        let sealed = keys.seal(HOUSE_KEY, cell("buttons", "command", button.id), button.command.as_bytes());
        rows.row()
            .int(button.id.0)
            .int(button.user.0)
            .bytes(&sealed[..])
            .text(button.record.map(|(record, _)| record.kind.name()))
            .int(button.record.map(|(record, _)| record.id.0))
            .int(button.record.map(|(_, seq)| seq));
    }
    query(
        "store buttons",
        "INSERT INTO buttons (id, user_id, key_id, command, record_kind, record, seq, expires_us)
         SELECT {0}, {1}, $1, {2}, {3}, {4}, {5}, $2 FROM {rows}",
    )
    .rows(rows)
    .bind(HOUSE_KEY.0)
    .bind(until)
    .run(db)
    .await
}

const fn cell(table: &'static str, column: &'static str, id: Id) -> Cell {
    Cell { table, column, row: id.0 }
}
