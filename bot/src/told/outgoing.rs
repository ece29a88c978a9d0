//! Outgoing messages in words.

use std::collections::HashMap;

use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::ChannelKind;
use rapport_model::{Id, Kind};
use rapport_prompts::{Span, When};
use rapport_storage::stuck::ListedOutbound;
use rapport_storage::{StorageError, Store};

use super::Voice;

/// Returns the webhook that an event goes to.
fn hook_of(message: &Outbound) -> Option<&str> {
    let key = message.idempotency_key.strip_prefix("webhook/")?;
    key.split('/').next().filter(|_| message.channel == ChannelKind::Webhook)
}

/// Messages in words, with the names of whom they are for.
pub(crate) struct ToldOutgoing<'a> {
    voice: Voice<'a>,
    names: HashMap<Id, String>,
}

impl<'a> ToldOutgoing<'a> {
    /// Loads whom they are for.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) async fn load(
        voice: Voice<'a>,
        store: &Store,
        all: &[ListedOutbound],
    ) -> Result<Self, StorageError> {
        let customer = |one: &ListedOutbound| match one.message.to {
            Recipient::Customer(id) => Some(id),
            Recipient::User(_) | Recipient::Chat(_) => None,
        };
        let mut ids: Vec<Id> = all.iter().filter_map(customer).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut names = HashMap::new();
        for record in store.records(Kind::Customer, &ids).await? {
            names.insert(record.record.id, format!("{} {}", record.short(), record.text("name")));
        }
        for user in store.users().await? {
            names.insert(user.id, if user.name.is_empty() { user.handle } else { user.name });
        }
        Ok(Self { voice, names })
    }

    /// Returns whom a message is for.
    pub(crate) fn to<'s>(&'s self, one: &'s ListedOutbound) -> &'s str {
        let name = match one.message.to {
            Recipient::User(id) | Recipient::Customer(id) => self.names.get(&id),
            Recipient::Chat(_) => return hook_of(&one.message).unwrap_or("?"),
        };
        name.map_or("?", |name| name.trim())
    }

    /// Says which message it is.
    pub(crate) fn what(&self, one: &ListedOutbound) -> String {
        let message = &one.message;
        let subject = match message.channel {
            // Their words are made when they leave.
            ChannelKind::Webhook | ChannelKind::Model => &message.text,
            _ if message.subject.is_empty() => &message.body,
            _ => &message.subject,
        };
        self.voice.say(|p, l| p.outgoing(l, subject, self.to(one), message.channel.name()))
    }

    /// Says how it stands.
    pub(crate) fn state(&self, one: &ListedOutbound) -> String {
        let (now, at) = (self.voice.now, one.message.send_at);
        self.voice.say(|p, l| match &one.state[..] {
            "unknown" => p.state_unknown(l),
            "failed" => p.state_failed(l),
            "sending" => p.state_sending(l),
            "sent" => p.state_sent(l),
            "cancelled" => p.state_cancelled(l),
            _ if at > now => p.state_later(l, When { at, zone: self.voice.zone }),
            _ => p.state_due(l, Span(now.since(at))),
        })
    }

    /// Says what went wrong last, if anything did.
    pub(crate) fn error(&self, one: &ListedOutbound) -> Option<String> {
        let n = usize::try_from(one.attempts).unwrap_or(0);
        one.last_error.as_deref().map(|why| self.voice.say(|p, l| p.last_error(l, why, n)))
    }
}
