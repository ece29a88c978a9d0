//! What a colleague does about a conversation as a whole: claim it, put two together, get to know
//! whom a customer brings in.

use rapport_model::message::{Automation, Direction, PartyRole};
use rapport_model::time::DAY;
use rapport_model::{Actor, Address, Change, Id, Kind, Record, RecordRef, Value};
use rapport_prompts::format;
use rapport_storage::messages::{Loaded, PartyOf};
use rapport_storage::threads::Apart;

use super::card::Card;
use super::command::{Command, Of, Undoing};
use super::desk::{Desk, Done};
use super::safe::{plain, quoted};
use super::session::Session;

/// Conversations among which one of the same subject is looked for, and how long ago it may have
/// ended.
const THREADS_MAX: u32 = 20;
const SAME_SUBJECT_WITHIN: i64 = 60 * DAY;
/// More new people than these are no introduction.
const NEW_PEOPLE_MAX: usize = 3;

impl Desk<'_> {
    /// Makes the asker the one who looks after a customer, and after the conversation's open ticket.
    pub(super) async fn claim(&self, session: &mut Session, command: &Command, of: &Of) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let (customer, thread) = self.conversation(session, command, of).await?;
        let ticket = self.ticket_in(thread).await?;
        let mine = Some(self.user.id);
        let name = self.titled(&customer).await?;
        session.context = Some(customer.record);
        let taken = [Some(&customer), ticket.as_ref()].into_iter().flatten();
        let other = taken.filter_map(|record| record.get("owner").id()).find(|owner| Some(*owner) != mine);
        if let Some(other) = other {
            let said = prompts.claimed_before(language, &name, &self.colleague(other));
            return Ok(vec![self.to_customer(Card::new(said), Some(&customer))]);
        }
        let give =
            |record: &Record| Change::update(record.record).set("owner", record.get("owner").clone(), mine);
        let mut changes: Vec<Change> = std::iter::once(&customer).chain(&ticket).map(give).collect();
        changes.retain(|change| !change.is_empty());
        if changes.is_empty() {
            return Ok(vec![self.unchanged(&customer)]);
        }
        let written = self.write(changes).await?;
        let card = self.written(prompts.claimed(language, &name), &written);
        Ok(vec![self.to_customer(card, Some(&customer))])
    }

    /// Makes a customer of somebody who took part in a mail and is not known yet.
    pub(super) async fn meet(&self, identity: Id, company: Option<Id>) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let found = self.store().record(RecordRef::new(Kind::Identity, identity)).await?;
        let Some(found) = found.filter(|found| found.get("customer").is_null() && !found.deleted) else {
            return Ok(vec![Card::new(prompts.meet_known(language))]);
        };
        let address = found.text("value");
        let name = match found.text("name").trim() {
            "" => address.split('@').next().unwrap_or(address),
            name => name,
        };
        let customer = RecordRef::new(Kind::Customer, self.store().new_id());
        let changes = vec![
            Change::create(customer)
                .with("name", name)
                .with("company", company)
                .with("lifecycle", "lead")
                .with("owner", self.user.id)
                .with("first_contact", self.now)
                .with("n_in", 0)
                .with("n_out", 0),
            Change::update(found.record).set("customer", Value::Null, customer.id).set(
                "company",
                found.get("company").clone(),
                company,
            ),
        ];
        let written = self.write(changes).await?;
        self.index().await?;
        let made = self.store().record(customer).await?;
        let card = self.written(prompts.met(language, &self.titled_or_none(made.as_ref()).await?), &written);
        Ok(vec![self.to_customer(card, made.as_ref())])
    }

    /// Makes one conversation of two.
    pub(super) async fn join(&self, whole: Id, part: Id) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let said = match self.store().join(part, whole, Actor::User(self.user.id)).await? {
            Ok(act) => {
                self.index().await?;
                let undo = Command::Undo(Undoing::Act(act));
                let subject = self.subject_of(whole).await?;
                let card = Card::new(prompts.joined(language, &subject));
                return Ok(vec![card.button(prompts.button_undo(language), undo)]);
            }
            Err(Apart::Same) => prompts.join_same(language),
            Err(Apart::Gone) => prompts.join_gone(language),
            Err(Apart::Customers) => prompts.join_customers(language),
            Err(Apart::TooLong) => prompts.join_too_long(language),
        };
        Ok(vec![Card::new(said)])
    }

    /// Asks, on the card of a mail that began a conversation, whether it belongs to another one: the one
    /// that it says so without proof, or one of the same customer and subject.
    pub(super) async fn ask_where_it_belongs(&self, mut card: Card, message: &Loaded) -> Done<Card> {
        let begins = message.direction == Direction::In
            && message.automation == Automation::None
            && self.store().messages_in(message.thread, 2).await?.last().is_some_and(|m| m.id == message.id);
        if !begins {
            return Ok(card);
        }
        let (prompts, language) = (self.prompts(), self.language);
        if let Some((whole, subject)) = self.perhaps(message).await? {
            let exact = |thread| Of::Exact(RecordRef::new(Kind::Thread, thread));
            let join = Command::Merge { kept: exact(whole), merged: exact(message.thread) };
            card = card
                .field(prompts.perhaps_part(language), subject)
                .button(prompts.button_join(language), join);
        }
        Ok(card)
    }

    async fn perhaps(&self, message: &Loaded) -> Done<Option<(Id, String)>> {
        if let Some(whole) = self.store().perhaps_part_of(message.thread).await? {
            return Ok(Some((whole, self.subject_of(whole).await?)));
        }
        let Some(customer) = message.customer else { return Ok(None) };
        let own = rapport_nlp::text::subject_key(&message.subject);
        if own.is_empty() {
            return Ok(None);
        }
        let mut earlier = self.store().threads_of(customer, THREADS_MAX).await?;
        earlier.retain(|(thread, last)| {
            let since = message.received_at.since(*last);
            *thread != message.thread && (0..=SAME_SUBJECT_WITHIN).contains(&since)
        });
        let ids: Vec<Id> = earlier.into_iter().map(|(thread, _)| thread).collect();
        for thread in self.store().records(Kind::Thread, &ids).await? {
            let subject = thread.text("subject");
            if rapport_nlp::text::subject_key(subject) == own {
                return Ok(Some((thread.record.id, quoted(subject))));
            }
        }
        Ok(None)
    }

    async fn subject_of(&self, thread: Id) -> Done<String> {
        let thread = self.store().record(RecordRef::new(Kind::Thread, thread)).await?;
        Ok(thread.map_or(String::new(), |thread| quoted(thread.text("subject"))))
    }

    /// Asks, on the card of a mail, about people whom it brings in and nobody knows: are they of the
    /// author's company?
    pub(super) async fn ask_about_new_people(
        &self,
        mut card: Card,
        message: &Loaded,
        parties: &[PartyOf],
        author: Option<&Record>,
    ) -> Done<Card> {
        if message.direction != Direction::In || message.automation != Automation::None {
            return Ok(card);
        }
        let (prompts, language) = (self.prompts(), self.language);
        let house = &self.app.workflows.settings().house;
        let is_new = |party: &&PartyOf| {
            let outside = Address::email(&party.address).is_ok_and(|address| !house.owns(&address));
            matches!(party.role, PartyRole::To | PartyRole::Cc) && party.customer.is_none() && outside
        };
        let new: Vec<&PartyOf> = parties.iter().filter(is_new).collect();
        if new.is_empty() || new.len() > NEW_PEOPLE_MAX {
            return Ok(card);
        }
        let company = match author {
            Some(author) => self.linked(author, "company", Kind::Company).await?,
            None => None,
        };
        let names: Vec<String> =
            new.iter().map(|p| self.beside(&quoted(&p.name), &plain(&p.address)).trim().to_owned()).collect();
        card = card.field(prompts.new_people(language), names.join("\n"));
        for party in new {
            let name = if party.name.is_empty() { &party.address } else { &party.name };
            let first = format::clip(&quoted(name.split([' ', '@']).next().unwrap_or(name)), 12);
            if let Some(company) = &company {
                let same = Command::Meet { identity: party.identity, company: Some(company.record.id) };
                card = card.button(prompts.button_colleague(language, &first), same);
            }
            let alone = Command::Meet { identity: party.identity, company: None };
            card = card.button(prompts.button_customer(language, &first), alone);
        }
        Ok(card)
    }
}
