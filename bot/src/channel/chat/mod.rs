//! What all chats share: from what a colleague did to the answer that leaves.
//!
//! ```text
//! chat ─► its adapter ─► store: taken in ─► worker of the chat ─► who is it? ─► run ─► store: answered ─► outbox
//!                        (then the chat is told)                                       (one commit)
//! ```
//! Of each chat one worker does what came in the order it came; of several chats they work side by
//! side. What leaves goes through the outbox and its brakes ([`pace`], [`send`]).

pub mod answer;
mod beside;
mod files;
pub mod intake;
mod keys;
mod notices;
pub mod pace;
pub mod page;
pub mod send;

use std::fmt;

use rapport_model::Id;
use rapport_model::message::ChannelKind;
use rapport_storage::drafts::File;

use pace::Limits;
use page::Page;
use serde::{Deserialize, Serialize};

/// What somebody did in a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Who: the number of their account.
    pub account: i64,
    /// Where.
    pub chat: i64,
    /// Whether nobody else reads that chat.
    pub is_private: bool,
    /// What.
    pub what: What,
    /// By what just this may be answered, where the chat gives such a thing.
    #[serde(default)]
    pub ticket: Option<Ticket>,
    /// What was sent along.
    #[serde(default)]
    pub files: Vec<Sent>,
}

/// A file that lies at the chat program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Its name: no path, no control characters.
    pub name: String,
    /// Its media type.
    pub mime: String,
    /// Its length, as the chat program says.
    pub bytes: u64,
    /// Where it lies, in the chat's own words.
    pub from: String,
}

/// Returns the length of the largest file that a chat takes from a bot, in bytes (the chats' own limits,
/// without paying).
pub(crate) const fn file_bytes_max(channel: ChannelKind) -> u64 {
    if matches!(channel, ChannelKind::Discord) { 10 << 20 } else { 50 << 20 }
}

/// By what something that was done is answered, in its chat's own words. Whoever has it may answer: it is
/// kept where it is encrypted, and never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticket(pub String);

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// Words were written.
    Text {
        /// The words.
        text: String,
        /// The message that they answer.
        answers: Option<i64>,
    },
    /// A button was pressed.
    Press {
        /// Its name; none if the chat brings something that we never wrote.
        button: Option<Id>,
        /// The message that it stands under.
        under: Option<i64>,
        /// The words that it asked for, where the chat has a form for that.
        #[serde(default)]
        words: Option<String>,
    },
    /// A code was shown, to prove whose account it is.
    Prove(String),
    /// Somebody else's words were passed on.
    Forwarded(String),
    /// Something was sent that we cannot read, such as a voice message.
    Unreadable,
}

/// A message in a chat, as it is known there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The chat.
    pub chat: i64,
    /// The message.
    pub message: i64,
}

impl Place {
    /// Returns it as the reference of what left: `7/42`.
    pub fn reference(self) -> String {
        format!("{}/{}", self.chat, self.message)
    }

    /// Reads such a reference.
    pub(crate) fn read(reference: &str) -> Option<Self> {
        let (chat, message) = reference.split_once('/')?;
        Some(Self { chat: chat.parse().ok()?, message: message.parse().ok()? })
    }
}

/// A chat program, such as Telegram.
pub trait Chat: Send + Sync + 'static {
    /// Which one it is.
    const KIND: ChannelKind;
    /// How fast it may be written to.
    const LIMITS: Limits;

    /// Tells whether a chat is a group, where fewer messages may be written.
    fn is_group(&self, chat: i64) -> bool;

    /// Reads what came in; nothing if it is not for us.
    fn read(&self, payload: &[u8]) -> Option<Said>;

    /// Says that a button was pressed and seen to, perhaps with a word to whoever pressed it. It does
    /// not matter much, and is not tried again.
    fn acknowledge(&self, payload: &[u8], word: Option<&str>) -> impl Future<Output = ()> + Send;

    /// Shows a page in a chat; `name` is the same when the same is tried again. Returns where it stands.
    fn show(
        &self,
        chat: i64,
        page: &Page,
        spot: Spot,
        name: Id,
    ) -> impl Future<Output = Result<Place, Unshown>> + Send;

    /// Puts a file at the end of a chat; `name` as of [`Chat::show`]. Returns where it stands.
    fn bring(&self, chat: i64, file: File, name: Id) -> impl Future<Output = Result<Place, Unshown>> + Send;

    /// Fetches a file of at most `bytes_max` bytes.
    fn fetch(&self, sent: &Sent, bytes_max: u64) -> impl Future<Output = Result<Vec<u8>, Unfetched>> + Send;
}

/// Where in a chat a page is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// At the end.
    End,
    /// In place of this message; at the end, if that can be changed no more.
    Over(i64),
    /// At the end, as an answer to this message.
    Under(i64),
}

/// Why a file was not fetched.
#[derive(Debug)]
pub enum Unfetched {
    /// It is longer than was asked for.
    TooLarge,
    /// Not now; perhaps later.
    Later(String),
    /// It cannot be had.
    Never(String),
}

/// Why a page was not shown.
#[derive(Debug)]
pub enum Unshown {
    /// The chat wants fewer messages: none for so many seconds.
    TooMany(u32),
    /// Not now; it did not arrive, and may after so many seconds.
    Later(u32, String),
    /// It may have arrived, and nobody can tell.
    Unknown(String),
    /// Never, as it is.
    Never(String),
}
