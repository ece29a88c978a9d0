//! What can go wrong between us and a mailbox, in words that say what to do. Nothing that a mail
//! says gets into them.

use std::time::Duration;

use async_imap::error::Error as Imap;
use rapport_storage::StorageError;
use rapport_workflows::WorkflowError;

use crate::channel::oauth::SecretError;

/// At most so many characters of a server's own words are repeated.
const WORDS_CHARS_MAX: usize = 200;

/// Why a mailbox cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// No connection.
    #[error("cannot reach {place}: {why}")]
    Unreachable {
        /// Host and port.
        place: String,
        /// The system's or TLS's answer, and what to do.
        why: String,
    },
    /// There is no secret to log in with.
    #[error("{0}")]
    Secret(String),
    /// The server does not take user and secret.
    #[error("the server refuses the login: {0}")]
    Login(String),
    /// The provider gives no access token for it any more; with what to do.
    #[error("{0}")]
    Consent(String),
    /// The server refuses something else.
    #[error("the server refuses to {what}: {why}")]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// The server's words.
        why: String,
    },
    /// The connection ended.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The server does not answer.
    #[error("the server says nothing for {} s", .0.as_secs())]
    Silent(Duration),
    /// The server does not speak IMAP as it should.
    #[error("the server answers wrongly: {0}")]
    Wrong(&'static str),
    /// The service ends: what was not stored is read at its next start.
    #[error("the service ends")]
    Ending,
    /// Another process reads the mailbox.
    #[error("another process reads this mailbox")]
    Elsewhere,
    /// What was read cannot be kept.
    #[error(transparent)]
    Store(#[from] StorageError),
    /// What was read cannot be taken in.
    #[error(transparent)]
    Ingest(#[from] WorkflowError),
}

impl ImapError {
    /// Says what an answer of the client's means when `what` was asked for.
    pub(super) fn of(what: &'static str, error: Imap) -> Self {
        match error {
            Imap::No(why) | Imap::Bad(why) => Self::Refused { what, why: words(&why) },
            Imap::ConnectionLost => Self::Broken("the server hung up".into()),
            Imap::Io(e) if e.kind() == std::io::ErrorKind::FileTooLarge => {
                Self::Wrong("it sends more than was asked for")
            }
            // The client quotes what it cannot parse, which may be a customer's words.
            Imap::Io(e) if e.kind() == std::io::ErrorKind::Other => Self::Wrong("that is no IMAP"),
            Imap::Io(e) => Self::Broken(e.kind().to_string()),
            Imap::Validate(_) => Self::Wrong("a name holds a character that IMAP cannot carry"),
            Imap::Append => Self::Refused { what, why: "it does not take the mail".into() },
            _ => Self::Wrong("that is no IMAP"),
        }
    }
}

impl From<SecretError> for ImapError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Missing(why) => Self::Secret(why),
            SecretError::Refused(why) => Self::Consent(why),
        }
    }
}

/// Returns a server's words, short and on one line.
fn words(text: &str) -> String {
    // The client writes its own notes around them.
    let text = text.split_once("info: Some(\"").map_or(text, |(_, words)| words.trim_end_matches("\")"));
    let text = text.strip_prefix("[AUTHENTICATIONFAILED]").unwrap_or(text);
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(WORDS_CHARS_MAX).collect::<String>().trim().to_owned()
}
