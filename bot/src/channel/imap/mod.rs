//! Mailboxes over IMAP: each is read by a task of its own, for as long as the service runs.
//!
//! A folder's mails have numbers (UIDs) that the server never gives twice, as long as its
//! UIDVALIDITY stands. Where we have got to is committed with the mails, and what became of each
//! number stands in the ledger ([`rapport_storage::ledger`]): a process that is killed at any
//! moment goes on where it was, and once a day all numbers are held against the server's.

mod account;
mod audit;
mod connect;
mod error;
mod fetch;
mod folder;
mod name;
mod parts;
mod wire;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

pub use audit::{FolderAudit, audit};
pub(crate) use connect::tls;
pub use error::ImapError;

use crate::Config;
use crate::app::App;
use crate::config::mail::{MailConfig, ServerConfig};
use crate::service::Stop;
pub use account::{State, mailboxes};

/// A mailbox with all that its reader needs.
pub struct Account {
    app: Arc<App>,
    stop: Stop,
    /// Its name in the configuration.
    name: String,
    config: MailConfig,
    imap: ServerConfig,
    /// When the lease was last renewed, in microseconds.
    leased_us: AtomicI64,
}

/// Reads all mailboxes of the configuration once. Returns those that could not be read, and why.
pub async fn read_once(app: &Arc<App>, stop: &Stop) -> Vec<(String, ImapError)> {
    let mut failed = Vec::new();
    for account in accounts(app, stop) {
        if let Err(e) = account.read_once().await {
            failed.push((account.name, e));
        }
    }
    failed
}

/// Puts a copy of what was sent into the mailbox's folder for that, where the configuration asks for
/// it.
///
/// # Errors
/// The mailbox does not take it.
pub async fn append_sent(config: &Config, mailbox: &str, raw: &[u8]) -> Result<(), ImapError> {
    let Some(config) = config.mail.get(mailbox) else { return Ok(()) };
    let (Some(imap), Some(sent), true) = (&config.imap, &config.sent, config.append_sent) else {
        return Ok(());
    };
    let mut session = connect::connect(imap, config.ca_file.as_deref()).await?;
    let append = session.imap.append(name::encode(sent), Some("(\\Seen)"), None, raw);
    connect::within(session.patience, "keep what was sent", append).await?;
    let _ = connect::within(session.patience, "say goodbye", session.imap.logout()).await;
    Ok(())
}

fn accounts(app: &Arc<App>, stop: &Stop) -> Vec<Account> {
    let read = app.config.mail.iter().filter_map(|(name, config)| Some((name, config, config.imap.clone()?)));
    let account = |(name, config, imap): (&String, &MailConfig, ServerConfig)| Account {
        app: app.clone(),
        stop: stop.clone(),
        name: name.clone(),
        config: config.clone(),
        imap,
        leased_us: AtomicI64::new(i64::MIN),
    };
    read.map(account).collect()
}

/// Reads all mailboxes of the configuration until `stop` asks for an end; then what was begun is
/// stored.
pub async fn serve(app: &Arc<App>, stop: &Stop) {
    let mut readers = tokio::task::JoinSet::new();
    for account in accounts(app, stop) {
        readers.spawn(account.serve());
    }
    while let Some(ended) = readers.join_next().await {
        if let Err(e) = ended {
            tracing::error!(channel = "email", error = %e, "a mailbox's reader died; start the service again");
        }
    }
}

#[cfg(test)]
mod tests;
