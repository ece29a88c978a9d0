//! The ways in and out: e-mail, mailboxes, mail servers, chats, the console.

pub mod chat;
pub mod console;
pub mod discord;
pub mod email;
pub mod imap;
pub mod lmtp;
pub mod telegram;

mod oauth;
pub(crate) mod tls;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rapport_model::job::{Outbound, Receipt};
use rapport_model::time::Timestamp;
use rapport_model::{House, Id};
use rapport_storage::drafts::File;

use crate::config::mail::MailConfig;
use console::Console;
use email::Post;
use email::outlook::Conversation;
use oauth::Grants;

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
    /// It may have left, and nobody can tell: the connection broke at the wrong moment.
    #[error("nobody knows whether it left: {reason}")]
    Unknown {
        /// Why, without personal data.
        reason: String,
    },
    /// It must not leave: the customer refuses it, or an automatic answer might begin a loop.
    #[error("held back: {reason}")]
    Held {
        /// Why, without personal data.
        reason: String,
        /// Whether a loop is at work, and somebody should know.
        is_loop: bool,
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
    /// Mails, through the servers of the mailboxes or a pick-up directory.
    pub mail: Post,
    /// Notices to colleagues who sit at the console; closed until somebody does.
    pub console: Console,
    /// The access tokens with which mailboxes are read and mails leave.
    grants: Arc<Grants>,
}

impl Channels {
    /// Opens what a data directory and a configuration have.
    ///
    /// # Errors
    /// A file that the configuration names cannot be read.
    pub fn new(dir: &Path, house: &House, mail: &BTreeMap<String, MailConfig>) -> Result<Self, String> {
        let grants = Arc::<Grants>::default();
        let mail = Post::new(&dir.join("outgoing"), house, mail, &grants)?;
        Ok(Self { mail, console: Console::default(), grants })
    }
}

/// What a channel needs to know of a message beside its words.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// The address or account it goes to.
    pub to: String,
    /// The name of whoever gets it.
    pub name: String,
    /// The mailbox that its conversation came to, by its name in the configuration; empty when it
    /// came to none.
    pub account: String,
    /// What its Message-ID begins with: its id and our signature of it.
    pub reference: String,
    /// The colleague who wrote it, as the customer sees them; empty where nobody did.
    pub author: String,
    /// Their own address; empty where none is known.
    pub author_address: String,
    /// Whether a machine's answer to somebody's mail: what might begin a loop.
    pub auto_reply: bool,
    /// The Message-ID it answers, and those before, oldest first.
    pub references: Vec<String>,
    /// The newest message from outside in its conversation.
    pub answered: Option<Id>,
    /// The files that go with it.
    pub files: Vec<File>,
    /// What Outlook calls the conversation.
    pub outlook: Conversation,
    /// What people call the record it is about, such as `T3`.
    pub about: Option<String>,
    /// How it is stopped, of a mailing where pages are served.
    pub unsubscribe: Option<Unsubscribe>,
}

/// How a mailing is stopped.
#[derive(Clone, Debug)]
pub struct Unsubscribe {
    /// The link, which takes a click of the mail program, too (RFC 8058).
    pub link: String,
    /// The line that says so, in the customer's language.
    pub line: String,
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
