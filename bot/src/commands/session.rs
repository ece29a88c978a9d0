//! What one colleague did last in one chat, so that the next command can build on it.

use rapport_model::job::Outbound;
use rapport_model::{Mailbox, RecordRef};
use rapport_storage::drafts::File;

use super::card::{Button, Card};
use super::command::Command;

/// An answer to a customer that was not sent yet.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// The message that it would be.
    pub(super) message: Outbound,
    /// The message that it answers.
    pub(super) about: RecordRef,
    /// The command that writes it anew, once it has its words.
    pub(super) again: Command,
    /// Who else takes part in the conversation, and may get a copy.
    pub(super) others: Vec<Mailbox>,
    /// What goes with it.
    pub(super) files: Vec<File>,
    /// Of an answer to an invitation what calendar programs read.
    pub(super) calendar: Option<File>,
}

/// What a colleague did last in a chat. One for each colleague and chat; lost with the process,
/// which costs no more than a number typed again.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The record that was shown last: what `it` means.
    pub(super) context: Option<RecordRef>,
    /// The buttons of the last answer; a number alone presses one.
    pub(super) buttons: Vec<Button>,
    /// What `more` does.
    pub(super) more: Option<Command>,
    /// A command that waits for its words.
    pub(super) awaiting: Option<Command>,
    /// Whether the colleague sits at this machine, and may send its files.
    pub(super) local: bool,
    /// An answer that waits to be sent.
    pub(super) draft: Option<Draft>,
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

    /// Returns the record that `it` means.
    pub fn context(&self) -> Option<RecordRef> {
        self.context
    }

    /// Returns the command of the button with that place, counted from 1.
    pub fn button(&self, place: usize) -> Option<&str> {
        self.buttons.get(place.checked_sub(1)?).map(|b| b.command.as_str())
    }

    /// Remembers the buttons of what was shown. Older ones are out of sight, so that a number must
    /// not press them any more.
    pub(super) fn shown(&mut self, cards: &[Card]) {
        let last = cards.iter().rev().find(|c| !c.buttons.is_empty());
        self.buttons = last.map_or_else(Vec::new, |card| card.buttons.clone());
    }
}
