//! Sends what waits in the outbox.

use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::{ChannelKind, PartyRole};
use rapport_model::time::HOUR;
use rapport_model::{Kind, RecordRef};
use rapport_storage::StorageError;

use crate::app::App;
use crate::channel::email::{ParseOptions, parse};
use crate::channel::{ChannelError, Envelope};

/// Messages that are taken from the outbox at once.
const TOGETHER: u32 = 32;
/// How many earlier messages a mail refers to.
const REFERENCES_MAX: u32 = 10;

impl App {
    /// Sends what is due through the channels that are open. Returns how many messages were
    /// dealt with.
    ///
    /// # Errors
    /// The store failed. What was being sent is then marked as such, and not sent twice.
    pub async fn deliver(&self) -> anyhow::Result<usize> {
        let mut n_dealt_with = self.deliver_through(ChannelKind::Email).await?;
        if self.channels.console.is_open() {
            n_dealt_with += self.deliver_through(ChannelKind::Console).await?;
        }
        Ok(n_dealt_with)
    }

    async fn deliver_through(&self, channel: ChannelKind) -> anyhow::Result<usize> {
        let waiting = self.store().claim_outbox(channel, TOGETHER).await?;
        for message in &waiting {
            if !self.store().may_send(message.id).await? {
                continue;
            }
            match self.send(message).await? {
                Ok(()) => {}
                Err(ChannelError::Retry { at, reason }) => {
                    self.store().postpone(message.id, at, &reason).await?;
                }
                Err(ChannelError::Refused { reason }) => {
                    tracing::warn!(channel = channel.name(), outbound.id = %message.id, reason, "not sent");
                    self.store().give_up(message.id, &reason).await?;
                }
            }
        }
        Ok(waiting.len())
    }

    async fn send(&self, message: &Outbound) -> anyhow::Result<Result<(), ChannelError>> {
        let envelope = match self.address(message).await? {
            Ok(envelope) => envelope,
            Err(refused) => return Ok(Err(refused)),
        };
        let now = self.store().clock().now();
        let receipt = match (message.channel, message.to) {
            (ChannelKind::Console, Recipient::User(user)) if self.channels.console.is_present(user) => {
                self.channels.console.send(message, &envelope)
            }
            (ChannelKind::Console, _) => {
                let reason = "the colleague is not at the console".to_owned();
                return Ok(Err(ChannelError::Retry { at: now.plus(HOUR), reason }));
            }
            _ => match self.channels.mail.send(message, &envelope, now) {
                Ok((receipt, raw)) => {
                    // What we sent belongs to the conversation like what came in. The copy in a
                    // sent folder will be recognised by its Message-ID.
                    let options = ParseOptions { internal_date: Some(now), ..ParseOptions::at(now) };
                    self.workflows.ingest(vec![parse(raw, "outbox", &options)]).await?;
                    receipt
                }
                Err(e) => return Ok(Err(e)),
            },
        };
        self.store().sent(message.id, receipt).await?;
        Ok(Ok(()))
    }

    /// Finds where a message goes and what it answers.
    async fn address(&self, message: &Outbound) -> Result<Result<Envelope, ChannelError>, StorageError> {
        let mut envelope = Envelope::default();
        if let Some(about) = message.about.filter(|r| r.kind.letter().is_some()) {
            envelope.about = self.store().record(about).await?.map(|r| r.short().to_string());
        }
        let customer = match message.to {
            Recipient::User(_) => return Ok(Ok(envelope)),
            Recipient::Customer(id) => id,
        };
        let record = self.store().record(RecordRef::new(Kind::Customer, customer)).await?;
        envelope.name = record.map_or(String::new(), |r| r.text("name").to_owned());
        if let Some(thread) = message.thread {
            // Answer to the address that the customer last wrote from in this conversation.
            for earlier in self.store().messages_in(thread, REFERENCES_MAX).await? {
                let parties = self.store().parties(earlier.id).await?;
                let theirs = |role: PartyRole| {
                    parties
                        .iter()
                        .find(|p| p.role == role && p.customer == Some(customer))
                        .map(|p| p.address.clone())
                };
                if envelope.to.is_empty()
                    && let Some(address) = theirs(PartyRole::From).or_else(|| theirs(PartyRole::To))
                {
                    envelope.to = address;
                }
                envelope.references.insert(0, earlier.message_id);
            }
        }
        if envelope.to.is_empty() {
            let known = self.store().identities_of(Kind::Customer, &[customer]).await?;
            let address = known.get(&customer).and_then(|all| all.iter().find(|a| a.contains('@')));
            match address {
                Some(address) => envelope.to.clone_from(address),
                None => {
                    let reason = "no e-mail address of the customer is known".to_owned();
                    return Ok(Err(ChannelError::Refused { reason }));
                }
            }
        }
        Ok(Ok(envelope))
    }
}
