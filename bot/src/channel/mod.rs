//! The ways in and out: e-mail, mailboxes, the console, later chats.

pub mod console;
pub mod email;
pub mod imap;

use std::path::Path;

use rapport_model::House;
use rapport_model::job::{Outbound, Receipt};
use rapport_model::time::Timestamp;

use console::Console;
use email::Pickup;

/// Why a message did not leave.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// Not now; it may later.
    #[error("not now: {reason}")]
    Retry {
        /// When to try again.
        at: Timestamp,
        /// Why, without personal data.
        reason: String,
    },
    /// Never, as it is.
    #[error("refused: {reason}")]
    Refused {
        /// Why, without personal data.
        reason: String,
    },
}

/// The channels that are open in this process.
pub struct Channels {
    /// Mails go into a pick-up directory.
    pub mail: Pickup,
    /// Notices to colleagues who sit at the console; closed until somebody does.
    pub console: Console,
}

impl Channels {
    /// Opens what a data directory has.
    pub fn new(dir: &Path, house: &House) -> Self {
        Self { mail: Pickup::new(&dir.join("outgoing"), house), console: Console::default() }
    }
}

/// What a channel needs to know of a message beside its words.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// The address or account it goes to.
    pub to: String,
    /// The name of whoever gets it.
    pub name: String,
    /// The Message-ID it answers, and those before, oldest first.
    pub references: Vec<String>,
    /// What people call the record it is about, such as `T3`.
    pub about: Option<String>,
}

/// What left, for whoever shows it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The message.
    pub message: Outbound,
    /// Where it went.
    pub envelope: Envelope,
    /// What the channel made of it.
    pub receipt: Receipt,
}
