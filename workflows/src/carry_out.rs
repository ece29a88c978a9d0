//! Turns decided actions into what is committed: changes, jobs, outgoing messages; pure.

mod request;
mod tell;

use std::sync::Arc;

use chrono_tz::Tz;
use rapport_model::action::{Action, Deed};
use rapport_model::consent::{ALL_AUTOMATIC, DENIED, Purpose};
use rapport_model::event::{CustomerFacts, Event, Facts, OpenPromise, What};
use rapport_model::job::{NewJob, Outbound, Recipient, Task};
use rapport_model::message::ChannelKind;
use rapport_model::people::{TicketStatus, User};
use rapport_model::reading::{Intent, Language, Reading};
use rapport_model::{Act, Actor, Change, Id, Kind, Record, RecordRef, Timestamp, Value};
use rapport_prompts::{MailContext, PromptError, Prompts, Text};
use rapport_storage::messages::Loaded;
use rapport_storage::work::Work;

use crate::alerts::Heard;
use crate::preferences::Preferences;
use crate::promise::promiser;
use crate::requests::PrivacyTerms;
use crate::rules::Rules;
pub use tell::harmless;

/// The mail that asks for a rating, by its name in `prompts/`.
pub const ASK_RATING: &str = "rating_request";

/// An action with the id of the record it makes, if it makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The action.
    pub action: Action,
    /// A fresh id.
    pub id: Id,
}

/// What the words and the records of an action are made of.
pub struct Scene<'a> {
    /// The event.
    pub event: &'a Event,
    /// What was known when the rules decided.
    pub facts: &'a Facts,
    /// The message that it is about.
    pub message: Option<&'a Loaded>,
    /// What was understood of that message.
    pub reading: Option<&'a Reading>,
    /// The customer's record, for their name and number.
    pub customer: Option<&'a Record>,
    /// The record that an event is about, apart from the customer, with its number and title.
    pub record: Option<(RecordRef, &'a str)>,
    /// The texts.
    pub prompts: &'a Prompts,
    /// The name of the house.
    pub house: &'a str,
    /// The language of the house.
    pub language: Language,
    /// The zone of the house.
    pub zone: Tz,
    /// By which law people ask what is held of them.
    pub privacy: PrivacyTerms,
    /// The pipeline and its first stage.
    pub pipeline: (Id, &'a str),
    /// The colleagues who look after everything.
    pub managers: Vec<&'a User>,
    /// Those who look after what nobody looks after: the mailbox's team, else the managers.
    pub team: Vec<&'a User>,
    /// Those who follow the customer or the conversation's ticket.
    pub followers: Vec<&'a User>,
    /// What colleagues chose.
    pub preferences: Arc<Preferences>,
    /// The rules that decided.
    pub rules: Arc<Rules>,
    /// Which alerts came of late.
    pub heard: &'a Heard,
    /// The present.
    pub now: Timestamp,
    /// Makes a fresh id, for an action that makes more than one record.
    pub new_id: &'a dyn Fn() -> Id,
}

/// Keeps facts in step with what was decided, so that the next message of a batch is judged by
/// what this one led to.
///
/// `owner` is who looks after the customer.
pub fn foresee(
    decided: &Decided,
    message: &Loaded,
    owner: Option<Id>,
    thread: Option<&mut rapport_model::event::ThreadFacts>,
) {
    let Some(thread) = thread else { return };
    let (customer, promiser) = (message.customer, promiser(message));
    match &decided.action.deed {
        Deed::OpenTicket(priority) => {
            thread.ticket = Some(rapport_model::event::TicketFacts {
                id: decided.id,
                customer,
                status: TicketStatus::Open,
                priority: *priority,
                owner,
                first_answer_at: None,
                snoozed: false,
            });
        }
        Deed::TicketAnswered | Deed::TicketReopened => {
            if let Some(ticket) = &mut thread.ticket {
                let answered = decided.action.deed == Deed::TicketAnswered;
                ticket.status = if answered { TicketStatus::Pending } else { TicketStatus::Open };
            }
        }
        Deed::CreateTask { .. } => thread.open_task = true,
        Deed::FollowPromises => thread.promises.push(OpenPromise { task: decided.id, by: promiser }),
        Deed::PromisesKept => thread.promises.retain(|promise| promise.by != promiser),
        _ => {}
    }
}

/// Adds to `work` what the decided actions of one event do: an act for each rule.
///
/// # Errors
/// A text of the house's own is wrong, or does not exist.
pub fn carry_out(scene: &Scene<'_>, decided: &[Decided], work: &mut Work) -> Result<(), PromptError> {
    let opened = decided.iter().find(|d| matches!(d.action.deed, Deed::OpenTicket(_))).map(|d| d.id);
    let known = scene.facts.thread.as_ref().and_then(|t| t.ticket.as_ref()).map(|t| t.id);
    let ticket = opened.or(known).map(|id| RecordRef::new(Kind::Ticket, id));
    let ticket = scene.record.map(|(record, _)| record).or(ticket);
    for same_rule in decided.chunk_by(|a, b| a.action.rule == b.action.rule) {
        let rule = &same_rule[0].action.rule;
        let mut changes = Vec::new();
        for one in same_rule {
            scene.carry_out(one, ticket, &mut changes, work)?;
        }
        if !changes.is_empty() {
            let act = Act {
                id: same_rule[0].id,
                at: scene.now,
                actor: Actor::Rule(rule.clone()),
                cause: Some(scene.event.id),
                undoes: None,
            };
            work.acts.push((act, changes));
        }
    }
    Ok(())
}

impl Scene<'_> {
    fn carry_out(
        &self,
        decided: &Decided,
        ticket: Option<RecordRef>,
        changes: &mut Vec<Change>,
        work: &mut Work,
    ) -> Result<(), PromptError> {
        let customer = self.facts.customer.as_ref();
        let customer_id = customer.map(|c| c.id);
        let thread = self.facts.thread.as_ref();
        let owner = self.facts.owner.as_ref().map(|u| u.id);
        let received_at = self.message.map_or(self.now, |m| m.received_at);
        let create = |kind| Change::create(RecordRef::new(kind, decided.id));
        match &decided.action.deed {
            Deed::OpenTicket(priority) => changes.push(
                create(Kind::Ticket)
                    .with("title", self.title())
                    .with("customer", customer_id)
                    .with("company", customer.and_then(|c| c.company))
                    .with("thread", thread.map(|t| t.id))
                    .with("message", self.message.map(|m| m.id))
                    .with("owner", owner)
                    .with("priority", priority.name())
                    .with("status", TicketStatus::Open.name())
                    .with("opened_at", received_at),
            ),
            Deed::TicketAnswered | Deed::TicketReopened => {
                if let Some(ticket) = thread.and_then(|t| t.ticket.as_ref()) {
                    let answered = decided.action.deed == Deed::TicketAnswered;
                    let status = if answered { TicketStatus::Pending } else { TicketStatus::Open };
                    let first = ticket.first_answer_at.or(answered.then_some(received_at));
                    changes.push(
                        Change::update(RecordRef::new(Kind::Ticket, ticket.id))
                            .set("status", ticket.status.name(), status.name())
                            .set("first_answer_at", ticket.first_answer_at, first),
                    );
                }
            }
            Deed::CreateTask { text, due } => changes.push(
                create(Kind::Task)
                    .with("title", self.phrase(text)?)
                    .with("due", *due)
                    .with("owner", owner)
                    .with("customer", customer_id)
                    .with("deal", self.facts.deal.as_ref().map(|deal| deal.id))
                    .with("thread", thread.map(|t| t.id))
                    .with("message", self.message.map(|m| m.id)),
            ),
            Deed::FollowPromises => changes.extend(self.promised(decided.id)?),
            Deed::PromisesKept => changes.extend(self.kept()),
            Deed::OpenDeal => changes.push(
                create(Kind::Deal)
                    .with("title", self.title())
                    .with("customer", customer_id)
                    .with("company", customer.and_then(|c| c.company))
                    .with("thread", thread.map(|t| t.id))
                    .with("pipeline", self.pipeline.0)
                    .with("stage", self.pipeline.1)
                    .with("owner", owner),
            ),
            Deed::SetLifecycle(lifecycle) => changes.extend(customer.map(|c| {
                Change::update(record_of(c)).set("lifecycle", c.lifecycle.name(), lifecycle.name())
            })),
            Deed::TakeOwnership | Deed::Assign(_) => {
                let to = match &decided.action.deed {
                    Deed::Assign(to) => Some(*to),
                    _ => self.message.and_then(|m| m.author),
                };
                changes.extend(
                    customer.map(|c| Change::update(record_of(c)).set("owner", c.owner, to.or(c.owner))),
                );
                // The conversation's ticket is theirs, too, unless somebody has it.
                let free = thread.and_then(|t| t.ticket.as_ref()).filter(|t| t.owner.is_none());
                changes.extend(free.map(|t| {
                    Change::update(RecordRef::new(Kind::Ticket, t.id)).set("owner", None::<Id>, to)
                }));
            }
            Deed::Set { kind, field, to } => changes.extend(self.set(*kind, field, to)),
            Deed::MoveDeal(stage) => changes.extend(self.facts.deal.as_ref().map(|deal| {
                Change::update(RecordRef::new(Kind::Deal, deal.id)).set(
                    "stage",
                    deal.stage.as_str(),
                    stage.as_str(),
                )
            })),
            Deed::Tag(tag) => self.tag(changes, work, |tags| tags.push(tag.clone())),
            Deed::Untag(tag) => self.tag(changes, work, |tags| tags.retain(|one| one != tag)),
            Deed::StopSequence(name) => work.stops.extend(customer_id.map(|id| (name.clone(), id))),
            Deed::Note(text) => changes.push(
                create(Kind::Note)
                    .with("body", self.phrase(text)?)
                    .with("customer", customer_id)
                    .with("message", self.message.map(|m| m.id)),
            ),
            Deed::OptOut => changes.extend(customer_id.map(|id| {
                opt_out(decided.id, id, "mail", self.now).with("message", self.message.map(|m| m.id))
            })),
            Deed::OpenRequest(rights) => {
                let request = self.request(decided.id, rights, ticket);
                self.tell_of_request(&request, rights, work)?;
                changes.push(request);
            }
            Deed::Notify { to, text, severity } => {
                self.notify(decided, *to, (text, *severity), ticket, work)?;
            }
            Deed::StartSequence { sequence, at } => work.jobs.extend(self.step(sequence, 0, *at)),
            Deed::NextStep { sequence, step, at } => work.jobs.extend(self.step(sequence, *step, *at)),
            Deed::Write { text } => work.outbox.extend(self.write(decided.id, text)?),
            Deed::Webhook(hook) => {
                work.outbox.push(self.hook(hook, decided, ticket));
            }
            Deed::AskRating => work.outbox.extend(self.write(decided.id, ASK_RATING)?),
        }
        Ok(())
    }

    /// Sets a field of the customer, or of the conversation's ticket.
    fn set(&self, kind: Kind, field: &str, to: &str) -> Option<Change> {
        if kind == Kind::Customer {
            let record = self.customer?;
            return Some(Change::update(record.record).set(field, record.get(field).clone(), to));
        }
        let ticket = self.facts.thread.as_ref()?.ticket.as_ref()?;
        let before = if field == "status" { ticket.status.name() } else { ticket.priority.name() };
        let change = Change::update(RecordRef::new(Kind::Ticket, ticket.id)).set(field, before, to);
        Some(if to == TicketStatus::Closed.name() {
            change.set("closed_at", None::<Timestamp>, self.now)
        } else {
            change
        })
    }

    /// Changes the customer's tags, after what was decided about them before: one rule changes them once.
    fn tag(&self, changes: &mut Vec<Change>, work: &Work, put: impl FnOnce(&mut Vec<String>)) {
        let Some(customer) = &self.facts.customer else { return };
        let record = record_of(customer);
        let of_tags = |change: &&Change| change.record == record && change.after("tags").is_some();
        let own = changes.iter().position(|change| of_tags(&change));
        let earlier = work.acts.iter().rev().flat_map(|(_, changes)| changes).find(of_tags);
        let now = own.map(|own| &changes[own]).or(earlier).and_then(|change| change.after("tags")).cloned();
        let now =
            now.or_else(|| self.customer.map(|record| record.get("tags").clone())).unwrap_or(Value::Null);
        let before = match own.map(|own| changes.remove(own)) {
            Some(change) => {
                change.fields.into_iter().find(|f| f.field == "tags").map_or(Value::Null, |f| f.before)
            }
            None => now.clone(),
        };
        let mut tags: Vec<String> =
            now.text().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        put(&mut tags);
        let after = serde_json::to_string(&tags).expect("a list of words is JSON");
        changes.push(Change::update(record).set("tags", before, after));
    }

    /// Says a mail to the customer.
    pub(crate) fn mail(&self, language: Language, text: &str) -> Result<Text, PromptError> {
        let thread = self.facts.thread.as_ref();
        let silent_since = thread.and_then(|t| t.last_out.or(t.last_in)).unwrap_or(self.now);
        let context = MailContext {
            customer_name: self.customer.map_or("", |c| c.text("name")),
            owner_name: self.facts.owner.as_ref().map_or(self.house, User::display_name),
            house: self.house,
            subject: self.message.map_or("", |m| m.subject.as_str()),
            days: self.now.since(silent_since) / rapport_model::time::DAY,
        };
        self.prompts.mail(language, text, &context)
    }

    fn write(&self, id: Id, text: &str) -> Result<Option<Outbound>, PromptError> {
        let Some(customer) = &self.facts.customer else { return Ok(None) };
        let thread = self.facts.thread.as_ref();
        let said = self.mail(crate::record::language_of(customer, self.language), text)?;
        let started_by = self.started_by();
        Ok(Some(Outbound {
            id,
            channel: ChannelKind::Email,
            to: Recipient::Customer(customer.id),
            cc: Vec::new(),
            thread: thread.map(|t| t.id),
            answers: started_by,
            about: self.record.map(|(record, _)| record),
            cause: Some(self.event.id),
            automatic: true,
            purpose: Some(self.purpose()),
            author: None,
            text: text.to_owned(),
            subject: said.subject,
            body: said.body,
            html: said.html,
            edits: None,
            send_at: self.now,
            idempotency_key: format!("write/{text}/{}", started_by.unwrap_or(self.event.id)),
        }))
    }

    /// Returns what a mail that this event leads to is for.
    fn purpose(&self) -> Purpose {
        match self.event.what {
            What::Step { .. } => Purpose::FollowUp,
            What::TicketClosed { .. } => Purpose::Survey,
            _ => Purpose::Answer,
        }
    }

    /// Makes the job of a sequence's step. An answer in the conversation cancels it.
    fn step(&self, sequence: &str, step: usize, at: Timestamp) -> Option<NewJob> {
        let message = self.started_by().or(self.message.map(|message| message.id))?;
        let thread = self.facts.thread.as_ref()?.id;
        Some(NewJob {
            task: Task::Step {
                sequence: sequence.to_owned(),
                step,
                thread,
                message,
                cause: Some(self.event.id),
                started: self.started_at(),
                version: self.rules.version(sequence),
                // The steps of a sequence are one chain, however many there are.
                depth: self.event.depth + u8::from(!matches!(self.event.what, What::Step { .. })),
            },
            run_at: at,
            // What another event than the message began may begin again.
            idempotency_key: Some(match self.started_at() {
                Some(at) => format!("step/{sequence}/{message}/{step}/{}", at.micros()),
                None => format!("step/{sequence}/{message}/{step}"),
            }),
            correlation: Some(thread),
            lane: self.facts.customer.as_ref().map(|c| c.id),
        })
    }

    /// Returns the message that began all this.
    fn started_by(&self) -> Option<Id> {
        match &self.event.what {
            What::Message(facts) => Some(facts.message),
            What::Step { message, .. } => Some(*message),
            _ => None,
        }
    }

    /// Returns when the sequence of a step was started, where not by its message.
    fn started_at(&self) -> Option<Timestamp> {
        match &self.event.what {
            What::Message(_) => None,
            What::Step { .. } => {
                self.facts.started.filter(|at| self.message.is_none_or(|m| m.received_at != *at))
            }
            _ => Some(self.now),
        }
    }

    fn title(&self) -> String {
        let subject = self.message.map_or("", |m| m.subject.trim());
        if subject.is_empty() { self.excerpt() } else { subject.to_owned() }
    }
}

/// Notes what a customer allows or refuses: `purpose` is the name of a
/// [`Purpose`] or [`ALL_AUTOMATIC`], `via` by what they said it.
pub fn consent(id: Id, customer: Id, (purpose, state): (&str, &str), via: &str, at: Timestamp) -> Change {
    Change::create(RecordRef::new(Kind::Consent, id))
        .with("customer", customer)
        .with("purpose", purpose)
        .with("channel", ChannelKind::Email.name())
        .with("state", state)
        .with("via", via)
        .with("at", at)
}

/// Notes that a customer wants no automatic mail.
pub fn opt_out(id: Id, customer: Id, via: &str, at: Timestamp) -> Change {
    consent(id, customer, (ALL_AUTOMATIC, DENIED), via, at)
}

fn record_of(customer: &CustomerFacts) -> RecordRef {
    RecordRef::new(Kind::Customer, customer.id)
}

/// Returns the words that spoke for an intent.
pub fn words_for(reading: &Reading, intent: Intent) -> &[String] {
    reading.why.iter().find(|w| w.about == intent.name()).map_or(&[], |w| &w.words)
}
