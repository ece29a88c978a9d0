//! What one colleague did last in one chat, so that the next command can build on it.

use rapport_model::job::Outbound;
use rapport_model::message::ChannelKind;
use rapport_model::reads::ReadWay;
use rapport_model::time::{HOUR, MINUTE};
use rapport_model::{Id, Mailbox, RecordRef, Timestamp};
use rapport_storage::drafts::File;
use serde::{Deserialize, Serialize};

use super::card::{Button, Card};
use super::command::Command;
use crate::llm::Origin;

/// So long a question to be sure can be answered by yes.
const SURE_WITHIN: i64 = 5 * MINUTE;
/// Files that wait longer are forgotten: they were for somebody else.
const TRAY_KEPT: i64 = HOUR;

/// An answer to a customer that was not sent yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Draft {
    /// The message that it would be.
    pub(crate) message: Outbound,
    /// The message that it answers.
    pub(crate) about: RecordRef,
    /// The command that writes it anew, once it has its words.
    #[serde(with = "written")]
    pub(super) again: Command,
    /// What the colleague wrote, without what is put around it.
    #[serde(default)]
    pub(super) words: String,
    /// Who else takes part in the conversation, and may get a copy.
    pub(crate) others: Vec<Mailbox>,
    /// What goes with it.
    pub(super) files: Vec<File>,
    /// Of an answer to an invitation what calendar programs read.
    pub(super) calendar: Option<File>,
    /// Which language model wrote it, if one did.
    #[serde(default)]
    pub(super) by_machine: Option<Origin>,
}

/// What a colleague did last in a chat. One for each colleague and chat.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// The record that was shown last: what `it` means.
    pub(super) context: Option<RecordRef>,
    /// The buttons of the last answer; a number alone presses one.
    pub(super) buttons: Vec<Button>,
    /// What `more` does.
    #[serde(with = "perhaps_written")]
    pub(super) more: Option<Command>,
    /// A command that waits for its words.
    #[serde(with = "perhaps_written")]
    pub(super) awaiting: Option<Command>,
    /// How many steps `next` offered one after the other.
    pub(super) n_next: usize,
    /// What was commanded, as the cause of what is done; known where it came by a chat.
    #[serde(skip)]
    pub(crate) cause: Option<Id>,
    /// The chat that one speaks from; nothing at a terminal.
    #[serde(skip)]
    pub(crate) channel: Option<ChannelKind>,
    /// Whether the colleague sits at this machine, and may send its files.
    #[serde(skip)]
    pub(super) local: bool,
    /// Whether a page for colleagues asks.
    #[serde(skip)]
    by_page: bool,
    /// An answer that waits to be sent.
    pub(super) draft: Option<Draft>,
    /// When the last answer was shown.
    pub(super) shown_at: Timestamp,
    /// Files that wait for an answer that they go with, and when the last of them came.
    pub(super) tray: Vec<File>,
    pub(super) tray_at: Timestamp,
}

impl Session {
    /// Starts with nothing in context.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts with nothing in context, for somebody who sits at this machine.
    pub fn local() -> Self {
        Self { local: true, ..Self::default() }
    }

    /// Starts with nothing in context, for a page for colleagues.
    pub(crate) fn of_page() -> Self {
        Self { by_page: true, ..Self::default() }
    }

    /// Returns which way the colleague looks.
    pub(super) fn way(&self) -> ReadWay {
        match (self.by_page, self.local) {
            (true, _) => ReadWay::Page,
            (false, true) => ReadWay::Cli,
            (false, false) => ReadWay::Chat,
        }
    }

    /// Reads what was remembered of a chat. What this program does not know any more is forgotten.
    pub(crate) fn remembered(state: &[u8]) -> Self {
        serde_json::from_slice(state).unwrap_or_default()
    }

    /// Writes what is to be remembered.
    pub(crate) fn to_remember(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("it is JSON")
    }

    /// Takes a record as the one that `it` means.
    pub(crate) fn is_about(&mut self, record: RecordRef) {
        self.context = Some(record);
    }

    /// Lets no number press a button any more, and nothing be answered with yes.
    pub(crate) fn forget_buttons(&mut self) {
        self.buttons.clear();
    }

    /// Lets go of a question that waits for its answer.
    pub(crate) fn forget_question(&mut self) {
        self.awaiting = None;
    }

    /// Returns the record that `it` means.
    pub fn context(&self) -> Option<RecordRef> {
        self.context
    }

    /// Returns the command of the button with that place, counted from 1.
    pub fn button(&self, place: usize) -> Option<&str> {
        self.buttons.get(place.checked_sub(1)?).map(|b| b.command.as_str())
    }

    /// Returns the command of the button that the last answer asked to be sure of, if it did and that was
    /// not long ago.
    pub(super) fn sure(&self, now: Timestamp) -> Option<String> {
        if now.since(self.shown_at) > SURE_WITHIN {
            return None;
        }
        let is_sure =
            |button: &&Button| super::parse(&button.command).is_ok_and(|parsed| parsed.command.is_sure());
        self.buttons.iter().find(is_sure).map(|button| button.command.clone())
    }

    /// Forgets files that have waited for too long.
    pub(super) fn clear_tray(&mut self, now: Timestamp) {
        if now.since(self.tray_at) > TRAY_KEPT {
            self.tray.clear();
        }
    }

    /// Tells whether the last answer had a button of that command.
    pub(super) fn has_button(&self, command: &str) -> bool {
        self.buttons.iter().any(|button| button.command == command)
    }

    /// Forgets what was done last; who sits where is known still.
    pub(super) fn forget(&mut self) {
        let (cause, channel) = (self.cause, self.channel);
        *self = Self { cause, channel, local: self.local, by_page: self.by_page, ..Self::default() };
    }

    /// Remembers the buttons of what was shown. Older ones are out of sight, so that a number must
    /// not press them any more.
    pub(super) fn shown(&mut self, cards: &[Card], now: Timestamp) {
        self.shown_at = now;
        let last = cards.iter().rev().find(|c| !c.buttons.is_empty());
        self.buttons = last.map_or_else(Vec::new, |card| card.buttons.clone());
    }
}

/// A command as it is written.
mod written {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Command;

    pub(super) fn serialize<S: Serializer>(command: &Command, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(command)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Command, D::Error> {
        let text = String::deserialize(from)?;
        super::super::parse(&text).map(|parsed| parsed.command).map_err(|_| D::Error::custom("no command"))
    }
}

/// A command as it is written, if there is one.
mod perhaps_written {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::Command;

    pub(super) fn serialize<S: Serializer>(command: &Option<Command>, to: S) -> Result<S::Ok, S::Error> {
        command.as_ref().map(ToString::to_string).serialize(to)
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Option<Command>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        Ok(text.and_then(|text| Some(super::super::parse(&text).ok()?.command)))
    }
}
