//! Where mails leave: through the server of the mailbox that a conversation came to, or into a
//! pick-up directory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use lettre::message::dkim::{
    DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey,
};
use lettre::message::header::HeaderName;
use lettre::transport::smtp::client::Certificate;
use rapport_model::job::{Outbound, Receipt};
use rapport_model::{House, Id, Timestamp};

use super::compose::{Sender, compose};
use super::pickup::Pickup;
use super::smtp::Smtp;
use crate::channel::oauth::Grants;
use crate::channel::{ChannelError, Envelope, Sent};
use crate::config::mail::{DkimKey, From, MailConfig};

/// How many mails are kept to be shown.
const SHOWN_MAX: usize = 100;

/// All ways by which mails leave.
#[derive(Debug)]
pub struct Post {
    mailboxes: BTreeMap<String, Mailbox>,
    /// For what belongs to no mailbox.
    house: Sender,
    pickup: Pickup,
    left: Mutex<Vec<Sent>>,
}

#[derive(Debug)]
struct Mailbox {
    sender: Sender,
    smtp: Option<Smtp>,
}

impl Post {
    /// Makes the ways of a configuration; `dir` is where mails lie that no server takes.
    ///
    /// # Errors
    /// A key or certificate cannot be read; the error names the file.
    pub(crate) fn new(
        dir: &Path,
        house: &House,
        mail: &BTreeMap<String, MailConfig>,
        grants: &Arc<Grants>,
    ) -> Result<Self, String> {
        let domain = || house.domains.first().map(|d| format!("rapport@{d}"));
        let address = house.addresses.first().map(|a| a.as_str().to_owned()).or_else(domain);
        let mut mailboxes = BTreeMap::new();
        for (name, config) in mail {
            let mailbox = Mailbox::of(config, house, grants).map_err(|why| format!("mail.{name}: {why}"))?;
            mailboxes.insert(name.clone(), mailbox);
        }
        Ok(Self {
            mailboxes,
            house: Sender {
                address: address.unwrap_or_default(),
                name: house.name.clone(),
                ..Sender::default()
            },
            pickup: Pickup::new(dir),
            left: Mutex::default(),
        })
    }

    /// Returns whom a message comes from, and through which server it leaves: those of the mailbox
    /// that its conversation came to, else of the first that has a way out.
    fn way(&self, envelope: &Envelope) -> (&Sender, Option<&Smtp>) {
        let known = self.mailboxes.get(&envelope.account);
        let mailbox = known.or_else(|| self.mailboxes.values().find(|mailbox| mailbox.smtp.is_some()));
        mailbox.map_or((&self.house, None), |mailbox| (&mailbox.sender, mailbox.smtp.as_ref()))
    }

    /// Sends a message as a mail. Returns what it is called, its bytes, and the copies that the server
    /// did not want, each with its words.
    ///
    /// # Errors
    /// It cannot be written as a mail, or is not taken now, or never, or nobody knows.
    pub async fn send(
        &self,
        message: &Outbound,
        envelope: &Envelope,
        now: Timestamp,
    ) -> Result<(Receipt, Vec<u8>, Vec<String>), ChannelError> {
        let (sender, smtp) = self.way(envelope);
        let letter =
            compose(sender, message, envelope, now).map_err(|reason| ChannelError::Refused { reason })?;
        let unwanted = match smtp {
            Some(smtp) => smtp.send(message.id, &letter, now).await?,
            None => {
                self.pickup.leave(message.id, &letter.raw, now)?;
                Vec::new()
            }
        };
        let receipt = Receipt { reference: letter.reference };
        let sent = Sent { message: message.clone(), envelope: envelope.clone(), receipt: receipt.clone() };
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.push(sent);
        // Whoever shows what leaves takes it; nobody else needs more than the last few.
        let surplus = left.len().saturating_sub(SHOWN_MAX);
        left.drain(..surplus);
        Ok((receipt, letter.raw, unwanted))
    }

    /// Returns the address that a message of a conversation comes from.
    pub fn address_of<'a>(&'a self, envelope: &'a Envelope) -> &'a str {
        self.way(envelope).0.from(envelope)
    }

    /// Removes mails from the pick-up directory that nobody has taken yet. Returns how many there
    /// were.
    ///
    /// # Errors
    /// One cannot be removed.
    pub fn remove(&self, messages: &[Id]) -> std::io::Result<usize> {
        self.pickup.remove(messages)
    }

    /// Returns the mails that left since the last call, oldest first, at most the last hundred.
    pub fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut self.left.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a signature covers: what RFC 6376 (5.4.1) advises, and what says of whom and how a mail is
/// stopped; a click of a mail program counts only if both headers of it are covered (RFC 8058, 4). Of those
/// that a mail has not, it covers that (RFC 6376, 5.4.2): nobody can add one on the way.
const SIGNED: [&str; 14] = [
    "From",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

fn signed() -> Vec<HeaderName> {
    SIGNED.into_iter().map(HeaderName::new_from_ascii_str).collect()
}

/// Servers on the way may fold headers and trim lines anew.
fn canonical() -> DkimCanonicalization {
    use DkimCanonicalizationType::Relaxed;
    DkimCanonicalization { header: Relaxed, body: Relaxed }
}

impl Mailbox {
    fn of(config: &MailConfig, house: &House, grants: &Arc<Grants>) -> Result<Self, String> {
        let read = |path: &Path| {
            std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))
        };
        let authority = match config.ca_file.as_deref() {
            None => None,
            Some(path) => {
                let wrong = |e| format!("ca_file {}: {e}", path.display());
                Some(Certificate::from_pem(read(path)?.as_bytes()).map_err(wrong)?)
            }
        };
        let name = if config.name.is_empty() { &house.name } else { &config.name };
        let domain = config.address.rsplit_once('@').map_or("", |(_, domain)| domain);
        let dkim = match &config.dkim {
            None => None,
            Some(dkim) => {
                let domain = dkim.domain.clone().unwrap_or_else(|| domain.to_owned());
                let algorithm = match dkim.key {
                    DkimKey::Rsa => DkimSigningAlgorithm::Rsa,
                    DkimKey::Ed25519 => DkimSigningAlgorithm::Ed25519,
                };
                let key = DkimSigningKey::new(read(&dkim.key_file)?.trim(), algorithm)
                    .map_err(|e| format!("dkim key_file {}: {e}", dkim.key_file.display()))?;
                Some(DkimConfig::new(dkim.selector.clone(), domain, key, signed(), canonical()))
            }
        };
        Ok(Self {
            sender: Sender {
                address: config.address.clone(),
                name: name.clone(),
                dkim,
                reply_address: config.reply_address()?,
                from_colleague: config.from == From::Colleague,
            },
            smtp: config.smtp.as_ref().map(|smtp| Smtp::new(smtp, authority, grants.clone())),
        })
    }
}
