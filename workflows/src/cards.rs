//! A customer's mail as a card in the chats of those who look after it, which changes with what becomes
//! of the conversation.

use std::collections::HashSet;

use rapport_model::job::{Outbound, Recipient};
use rapport_model::message::{Automation, ChannelKind, Direction};
use rapport_model::people::User;
use rapport_model::{Id, Kind, RecordRef};
use rapport_storage::StorageError;
use rapport_storage::facts::Known;
use rapport_storage::messages::Loaded;
use rapport_storage::work::Work;

use crate::Workflows;
use crate::preferences::Notice;

impl Workflows {
    /// Tells whether a message is shown as a card, or changes one.
    pub(crate) fn is_card(&self, message: &Loaded, reachable: &HashSet<Id>) -> bool {
        let is_somewhere = !reachable.is_empty() || !self.settings.team_chats.is_empty();
        !message.history && message.automation == Automation::None && is_somewhere
    }

    /// Shows a mail to whoever looks after the customer, else to the mailbox's team; of those who are
    /// `reachable`, and when they want it; and in the team's chat, where it has one. What a colleague
    /// answered changes the cards of the conversation.
    pub(crate) async fn show_mail(
        &self,
        message: &Loaded,
        known: &Known,
        reachable: &HashSet<Id>,
        work: &mut Work,
    ) -> Result<(), StorageError> {
        if message.direction == Direction::Out {
            work.outbox.extend(self.cards_again(message.thread, message.id).await?);
            return Ok(());
        }
        let owner = message.customer.and_then(|id| known.customers.get(&id)).and_then(|c| c.owner);
        let readers: Vec<&User> = match owner.and_then(|id| self.user(id)) {
            Some(owner) => vec![owner],
            None => self.unowned(&message.account),
        };
        let (now, preferences) = (self.store.clock().now(), self.preferences());
        let about: Vec<RecordRef> =
            message.customer.map(|id| RecordRef::new(Kind::Customer, id)).into_iter().collect();
        let wanted = Notice { text: Outbound::MAIL_CARD, about: &about, urgent: false };
        for reader in readers.iter().filter(|reader| reachable.contains(&reader.id)) {
            let Some(send_at) = preferences.leaves(&wanted, reader, now, self.settings.zone) else {
                continue;
            };
            let key = format!("{}/{}/{}", Outbound::MAIL_CARD, message.id, reader.id);
            work.outbox.push(Outbound {
                about: Some(RecordRef::new(Kind::Message, message.id)),
                thread: Some(message.thread),
                subject: message.subject.clone(),
                ..Outbound::notice(self.store.new_id(), reader.id, Outbound::MAIL_CARD, send_at, key)
            });
        }
        for (channel, chat) in self.settings.team_chats.get(&message.account).into_iter().flatten() {
            let key = format!("{}/{}/{channel}/{chat}", Outbound::MAIL_CARD, message.id);
            work.outbox.push(Outbound {
                channel: *channel,
                to: Recipient::Chat(*chat),
                about: Some(RecordRef::new(Kind::Message, message.id)),
                thread: Some(message.thread),
                ..Outbound::notice(self.store.new_id(), Id(0), Outbound::MAIL_CARD, now, key)
            });
        }
        Ok(())
    }

    /// Returns what changes the cards of a conversation's mails for everybody who sees one, because
    /// of `cause`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn cards_again(&self, thread: Id, cause: Id) -> Result<Vec<Outbound>, StorageError> {
        let now = self.store.clock().now();
        let readers = self.store.shown_mail_of(thread).await?;
        let again = |(channel, to): (ChannelKind, Recipient)| {
            let reader = match to {
                Recipient::User(user) => user.to_string(),
                Recipient::Chat(id) | Recipient::Customer(Id(id)) => format!("{channel}/{id}"),
            };
            let key = format!("{}/{thread}/{cause}/{reader}", Outbound::MAIL_CARD_AGAIN);
            let card = Outbound::notice(self.store.new_id(), Id(0), Outbound::MAIL_CARD_AGAIN, now, key);
            Outbound { channel, to, thread: Some(thread), ..card }
        };
        Ok(readers.into_iter().map(again).collect())
    }
}
