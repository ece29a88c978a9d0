//! Sends what waits in the outbox.

use std::collections::HashSet;

use futures_util::future::join_all;
use rapport_model::consent::Purpose;
use rapport_model::job::{Outbound, Receipt, Recipient};
use rapport_model::message::{ChannelKind, Direction, PartyRole};
use rapport_model::reading::Language;
use rapport_model::time::HOUR;
use rapport_model::{Address, Id, Kind, Record, RecordRef, Timestamp};
use rapport_storage::StorageError;
use rapport_storage::campaigns::STOPPED;
use rapport_storage::ingest::Fate;
use rapport_storage::outbox::AutoReplies;
use rapport_workflows::campaign::is_running;
use rapport_workflows::carry_out::ASK_RATING;

use crate::app::App;
use crate::channel::email::outlook;
use crate::channel::email::{ParseOptions, parse};
use crate::channel::{ChannelError, Envelope, Unsubscribe, imap};
use crate::http::links::{Link, RatingLink};

/// Messages that are taken from the outbox at once, and sent side by side.
const TOGETHER: u32 = 8;
/// How many earlier messages a mail refers to.
const REFERENCES_MAX: u32 = 10;

/// More automatic answers than these to one customer within a day, in one conversation, or to one
/// company within an hour are a loop, or begin one.
const TO_CUSTOMER_A_DAY: i64 = 1;
const IN_THREAD: i64 = 3;
const TO_COMPANY_AN_HOUR: i64 = 20;

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
        // Together, so that a server that is slow with one does not keep the others.
        let sent = join_all(waiting.iter().map(|message| self.deliver_one(message))).await;
        sent.into_iter().collect::<anyhow::Result<()>>()?;
        Ok(waiting.len())
    }

    async fn deliver_one(&self, message: &Outbound) -> anyhow::Result<()> {
        let store = self.store();
        if !store.may_send(message.id).await? {
            return Ok(());
        }
        match self.send(message).await? {
            Ok(()) => {}
            Err(ChannelError::Retry { at, reason }) => store.postpone(message.id, at, &reason).await?,
            Err(ChannelError::Unknown { reason }) => {
                tracing::warn!(outbound.id = %message.id, reason, "nobody knows whether it left");
                store.lost_sight(message.id, &reason).await?;
            }
            Err(ChannelError::Held { reason, is_loop }) => {
                tracing::warn!(outbound.id = %message.id, reason, "held back");
                store.hold_back(message.id, &reason).await?;
                if is_loop {
                    self.tell_loop(message, &reason).await?;
                }
            }
            Err(ChannelError::Refused { reason }) => {
                tracing::warn!(outbound.id = %message.id, reason, "not sent");
                store.give_up(message.id, &reason).await?;
                if nobodys_address(&reason) {
                    store.unknown_address(message.id).await?;
                }
                if message.author.is_some() {
                    self.tell_undelivered(message, &reason).await?;
                }
            }
        }
        Ok(())
    }

    async fn send(&self, message: &Outbound) -> anyhow::Result<Result<(), ChannelError>> {
        if let Some(reason) = self.refused(message).await? {
            return Ok(Err(ChannelError::Held { reason, is_loop: false }));
        }
        if let Some(reason) = self.outdated(message).await? {
            return Ok(Err(ChannelError::Held { reason, is_loop: false }));
        }
        let envelope = match self.address(message).await? {
            Ok(envelope) => envelope,
            Err(refused) => return Ok(Err(refused)),
        };
        let now = self.store().clock().now();
        // As late as can be: what was stopped must not leave.
        if let Some(kept) = self.campaign_keeps(message, now).await? {
            return Ok(Err(kept));
        }
        let receipt = match (message.channel, message.to) {
            (ChannelKind::Console, Recipient::User(user)) if self.channels.console.is_present(user) => {
                self.channels.console.send(message, &envelope)
            }
            (ChannelKind::Console, _) => {
                let reason = "the colleague is not at the console".to_owned();
                return Ok(Err(ChannelError::Retry { at: now.plus(HOUR), reason }));
            }
            _ => match self.send_mail(message, envelope, now).await? {
                Ok(receipt) => receipt,
                Err(e) => return Ok(Err(e)),
            },
        };
        self.store().sent(message.id, receipt).await?;
        Ok(Ok(()))
    }

    /// Says why a campaign's mail does not leave now, if it does not: the campaign was stopped, nobody could say
    /// that they want no more of them, or it is outside the hours, as after a server was away for long.
    async fn campaign_keeps(
        &self,
        message: &Outbound,
        now: Timestamp,
    ) -> Result<Option<ChannelError>, StorageError> {
        let (Some(about), Recipient::Customer(customer)) = (message.about, message.to) else {
            return Ok(None);
        };
        if about.kind != Kind::Campaign {
            return Ok(None);
        }
        let held = |reason: &str| Ok(Some(ChannelError::Held { reason: reason.to_owned(), is_loop: false }));
        let Some(campaign) = self.store().record(about).await?.filter(is_running) else {
            return held(STOPPED);
        };
        if self.config.http.base().is_none() {
            return held("no pages are served on which a customer could unsubscribe; set http.public_url");
        }
        let Some(record) = self.store().record(RecordRef::new(Kind::Customer, customer)).await? else {
            return held("the customer is not there any more");
        };
        let opens = self.workflows.campaign_opens(&campaign, &record, now);
        let later = opens.filter(|at| *at > now);
        Ok(later.map(|at| ChannelError::Retry { at, reason: "it is outside the hours".to_owned() }))
    }

    /// Returns how a customer stops mailings, where pages are served.
    fn unsubscribe(
        &self,
        customer: Id,
        record: Option<&Record>,
        purpose: Option<Purpose>,
    ) -> Option<Unsubscribe> {
        let link = format!("{}{}", self.config.http.base()?, Link::Unsubscribe(customer).path(self.store()));
        let (language, prompts) = (self.language_of_customer(record), self.workflows.prompts());
        let line = match purpose {
            Some(Purpose::News) => prompts.mail_unsubscribe_news(language, &link),
            _ => prompts.mail_unsubscribe(language, &link),
        };
        Some(Unsubscribe { link, line })
    }

    /// Returns the language in which a customer is written to.
    fn language_of_customer(&self, record: Option<&Record>) -> Language {
        record.map_or(self.workflows.settings().language, |record| self.workflows.language_with(record))
    }

    /// Returns a mail that asks for a rating with how it is given: by an answer, and by a link where pages are
    /// served; nothing for another.
    fn with_rating_link(&self, message: &Outbound, language: Language) -> Option<Outbound> {
        let Recipient::Customer(customer) = message.to else { return None };
        // The rating that there will be is named as the mail, so that a mail is rated once.
        let rating = RatingLink { customer, rating: message.id, about: message.about };
        let link =
            self.config.http.base().map(|base| format!("{base}{}", Link::Rating(rating).path(self.store())));
        let line = self.workflows.prompts().mail_rating(language, link.as_deref());
        Some(Outbound { body: format!("{}\n\n{line}", message.body), ..message.clone() })
    }

    /// Says why a customer does not want an automatic message, if they do not: they may have said so
    /// since it was written. What a colleague wrote is theirs to send.
    async fn refused(&self, message: &Outbound) -> Result<Option<String>, StorageError> {
        let (Recipient::Customer(customer), Some(purpose)) = (message.to, message.purpose) else {
            return Ok(None);
        };
        let customer = self.store().merged_into(RecordRef::new(Kind::Customer, customer)).await?;
        if !self.store().restricted(&HashSet::from([customer.id])).await?.is_empty() {
            return Ok(Some(
                "what is held of the customer may only be kept: nothing is written by itself".into(),
            ));
        }
        let refusals = self.store().refusals(customer.id).await?;
        Ok(match (refusals.allow(purpose), refusals.refuse(purpose)) {
            (true, _) => None,
            (false, true) => Some(format!("the customer wants no such mail any more ({purpose})")),
            (false, false) => Some(format!("the customer never said yes to such mail ({purpose})")),
        })
    }

    async fn send_mail(
        &self,
        message: &Outbound,
        envelope: Envelope,
        now: Timestamp,
    ) -> anyhow::Result<Result<Receipt, ChannelError>> {
        if envelope.auto_reply
            && let Some((reason, is_loop)) = a_loop(self.store().auto_replies(message).await?)
        {
            return Ok(Err(ChannelError::Held { reason, is_loop }));
        }
        let linked = match message.to {
            Recipient::Customer(customer) if message.text == ASK_RATING => {
                let record = self.store().record(RecordRef::new(Kind::Customer, customer)).await?;
                self.with_rating_link(message, self.language_of_customer(record.as_ref()))
            }
            _ => None,
        };
        let message = linked.as_ref().unwrap_or(message);
        let files = self.store().files_of(message.id).await?;
        let answered = match envelope.answered {
            Some(answered) => self.store().raw(answered).await?.unwrap_or_default(),
            None => Vec::new(),
        };
        let outlook = outlook::answer_to(&answered, message.id, now);
        let envelope = &Envelope { files, outlook, ..envelope };
        let (receipt, raw, unwanted) = match self.channels.mail.send(message, envelope, now).await {
            Ok(sent) => sent,
            Err(e) => return Ok(Err(e)),
        };
        if matches!(message.to, Recipient::User(_)) {
            // What the service tells a colleague is no conversation with a customer.
            return Ok(Ok(receipt));
        }
        if let Err(e) = imap::append_sent(self, &envelope.account, &raw).await {
            // The mail has left, and we have it; only the mailbox lacks its copy.
            tracing::warn!(account = envelope.account, error = %e, "no copy in the folder of what was sent");
        }
        // What we sent belongs to the conversation like what came in. The copy in a sent folder will
        // be recognised by its Message-ID.
        let options = ParseOptions { internal_date: Some(now), ..ParseOptions::at(now) };
        let mut copy = parse(raw, "outbox", &options);
        if !envelope.account.is_empty() {
            copy.account.clone_from(&envelope.account);
        }
        let fates = self.workflows.ingest(vec![copy]).await?;
        if let (None, Some(Fate::Kept { thread, .. })) = (message.thread, fates.first()) {
            self.store().began(message.id, *thread).await?;
        }
        if !unwanted.is_empty() {
            self.tell_undelivered(message, &unwanted.join("\n")).await?;
        }
        Ok(Ok(receipt))
    }

    /// Finds where a message goes and what it answers.
    pub(crate) async fn address(
        &self,
        message: &Outbound,
    ) -> Result<Result<Envelope, ChannelError>, StorageError> {
        let reference = format!("{}.{}", message.id, self.store().signature(message.id));
        let mut envelope = Envelope { reference, ..Envelope::default() };
        // What a campaign is called is nobody's business outside.
        let told = |r: &RecordRef| r.kind.letter().is_some() && r.kind != Kind::Campaign;
        if let Some(about) = message.about.filter(told) {
            envelope.about = self.store().record(about).await?.map(|r| r.short().to_string());
        }
        let customer = match message.to {
            Recipient::User(id) if message.channel == ChannelKind::Email => {
                let user = self.workflows.user(id);
                let Some(address) = user.and_then(|user| user.address.as_ref()) else {
                    let reason = "the colleague has no e-mail address any more".to_owned();
                    return Ok(Err(ChannelError::Refused { reason }));
                };
                envelope.to = address.to_string();
                envelope.name = user.map_or_else(String::new, |user| user.display_name().to_owned());
                return Ok(Ok(envelope));
            }
            Recipient::User(_) | Recipient::Chat(_) => return Ok(Ok(envelope)),
            Recipient::Customer(id) => id,
        };
        if let Some(author) = message.author.and_then(|id| self.workflows.user(id)) {
            // Who has no name is not shown to customers by their handle.
            envelope.author.clone_from(&author.name);
            envelope.author_address = author.address.as_ref().map_or_else(String::new, Address::to_string);
        }
        let record = self.store().record(RecordRef::new(Kind::Customer, customer)).await?;
        envelope.name = record.as_ref().map_or(String::new(), |r| r.text("name").to_owned());
        if message.purpose.is_some_and(Purpose::is_mailing) {
            envelope.unsubscribe = self.unsubscribe(customer, record.as_ref(), message.purpose);
        }
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
                    && let Some(address) = theirs(PartyRole::ReplyTo)
                        .or_else(|| theirs(PartyRole::From))
                        .or_else(|| theirs(PartyRole::To))
                {
                    envelope.to = address;
                }
                if earlier.direction == Direction::In {
                    envelope.answered = envelope.answered.or(Some(earlier.id));
                    envelope.auto_reply |= message.automatic && message.answers == Some(earlier.id);
                    if envelope.account.is_empty() {
                        envelope.account = earlier.account;
                    }
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

/// Tells whether a server refused a mail because nobody has the address (RFC 3463: 5.1.1, 5.1.2, 5.1.3, 5.1.6,
/// 5.1.10).
fn nobodys_address(reason: &str) -> bool {
    let words = reason.split(|c: char| !c.is_ascii_digit() && c != '.');
    words.into_iter().any(|word| matches!(word, "5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10"))
}

/// Says why a further automatic answer is held back, and whether a loop is at work: that somebody
/// writes twice a day is none.
fn a_loop(before: AutoReplies) -> Option<(String, bool)> {
    let limits = [
        (before.to_customer_today, TO_CUSTOMER_A_DAY, "the customer got an automatic answer today", false),
        (before.in_thread, IN_THREAD, "the conversation has enough automatic answers", true),
        (
            before.to_company_this_hour,
            TO_COMPANY_AN_HOUR,
            "the company got many automatic answers this hour",
            true,
        ),
    ];
    let over = limits.iter().filter(|(n, most, ..)| n >= most);
    // Of several the one that tells of a loop.
    let worst = over.max_by_key(|(.., is_loop)| *is_loop)?;
    let (n, most, why, is_loop) = worst;
    Some((format!("{why} ({n}, the limit is {most})"), *is_loop))
}
