//! What happens to a record apart from a message: the rules are asked, and what they decide is carried out.

use std::collections::HashSet;

use rapport_model::action::Deed;
use rapport_model::event::{Changed, Event, Facts, Load, Moved, What};
use rapport_model::people::User;
use rapport_model::time::HOUR;
use rapport_model::{Actor, Id, Kind, Op, Record, RecordRef, Timestamp, Value};
use rapport_storage::history::Entry;
use rapport_storage::messages::Loaded;
use rapport_storage::work::Work;

use crate::ask::Asking;
use crate::carry_out::{Scene, carry_out};
use crate::rules::{Trigger, telling, trigger};
use crate::service::titled;
use crate::{WorkflowError, Workflows};

/// So often in an hour rules react to changes of the same record: more is a loop that nobody saw.
const REACTIONS_MAX: i64 = 20;

/// What happened, and to which record.
pub(crate) struct Happened<'a> {
    /// The record that it is about; a customer is about themselves.
    pub record: &'a Record,
    /// What.
    pub what: What,
    /// The event that led to it.
    pub cause: Option<Id>,
    /// How many events did.
    pub depth: u8,
    /// Whether the customer may be asked for a rating.
    pub may_ask: bool,
}

/// Where a record belongs.
pub(crate) struct Place {
    /// The customer; a customer is their own.
    pub customer: Option<Id>,
    /// The conversation.
    pub thread: Option<Id>,
    /// The message that it was made from, else the newest one of the conversation.
    pub message: Option<Loaded>,
}

impl Workflows {
    /// Asks the rules about what happened to a record, and carries out what they decide. What they do
    /// nothing about is not noted, unless `noted`.
    pub(crate) async fn happened(
        &self,
        happened: Happened<'_>,
        noted: bool,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let Happened { record, what, cause, depth, may_ask } = happened;
        let about = record.record;
        let event = Event { id: self.store.new_id(), at: now, about: Some(about), cause, depth, what };
        let Place { customer: of, thread, message } = self.place_of(record).await?;
        let customer = match of {
            Some(id) => self.store.record(RecordRef::new(Kind::Customer, id)).await?.filter(|c| !c.deleted),
            None => None,
        };
        let customer_id = customer.as_ref().map(|customer| customer.record.id);
        let mailbox = message.as_ref().map_or("", |message| message.account.as_str());
        let customers: HashSet<Id> = customer_id.into_iter().collect();
        let known = self.store.known(&customers, &thread.into_iter().collect()).await?;
        let facts = self.facts(customer_id, thread.unwrap_or_default(), &known);
        let mut facts = self.with_record(facts, record);
        facts.team = self.team_loads(mailbox).await?;
        let rules = self.active_rules();
        let mut spent = self.spent(trigger(&event.what), &customers, now).await?;
        let hours = self.hours_with(mailbox, &facts);
        let asking = Asking { rules: &rules, hours, started: now, now };
        let (mut decided, firings) = self.ask(&event, &mut facts, &asking, &mut spent);
        if !may_ask {
            decided.retain(|d| d.action.deed != Deed::AskRating);
        }
        work.firings.extend(firings);
        let mut managers: Vec<&User> = Vec::new();
        for manager in self.managers() {
            if self.store_of(manager).sees(about).await? {
                managers.push(manager);
            }
        }
        let (new_id, heard) = (|| self.store.new_id(), self.heard_for(&decided, now).await?);
        let titled = titled(record);
        let scene = Scene {
            message: message.as_ref(),
            customer: customer.as_ref(),
            record: (about.kind != Kind::Customer).then_some((about, titled.as_str())),
            team: self.unowned(mailbox),
            managers,
            ..self.scene(&event, &facts, &heard, now, &new_id)
        };
        carry_out(&scene, &decided, work)?;
        if noted || !decided.is_empty() {
            work.events.push(event);
        }
        Ok(())
    }

    /// Finds whom a record is about, in which conversation, and the newest message there. A record that names no
    /// conversation belongs to the customer's newest one.
    pub(crate) async fn place_of(&self, record: &Record) -> Result<Place, WorkflowError> {
        let is_customer = record.record.kind == Kind::Customer;
        let customer = if is_customer { Some(record.record.id) } else { record.get("customer").id() };
        let thread = match (record.get("thread").id(), customer) {
            (None, Some(id)) => self.store.newest_threads([id]).await?.remove(&id),
            (thread, _) => thread,
        };
        let message = match (record.get("message").id(), thread) {
            (Some(message), _) => self.store.message(message).await?,
            (None, Some(thread)) => self.store.messages_in(thread, 1).await?.pop(),
            (None, None) => None,
        };
        Ok(Place { customer, thread, message })
    }

    /// Adds to facts what the record tells that an event is about: whoever has it sees to it, whoever has the
    /// customer.
    pub(crate) fn with_record(&self, facts: Facts, record: &Record) -> Facts {
        let owner = record.get("owner").id().and_then(|owner| self.user(owner));
        let owner = owner.map(|owner| self.as_chosen(owner)).or(facts.owner);
        Facts { owner, score: record.get("score").int(), ..facts }
    }

    async fn team_loads(&self, mailbox: &str) -> Result<Vec<Load>, WorkflowError> {
        let team: Vec<Id> = match self.active_rules().assigns() {
            true => self.team_of(mailbox).map(|user| user.id).collect(),
            false => Vec::new(),
        };
        Ok(if team.is_empty() { Vec::new() } else { self.store.loads(&team).await? })
    }

    /// Reacts to what an act changed of a record, unless that was taken back since.
    pub(crate) async fn react_to_change(
        &self,
        act: Id,
        about: RecordRef,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        self.refresh().await?;
        let rules = self.active_rules();
        if !Trigger::of(about.kind).is_some_and(|on| rules.reacts_to(on)) {
            return Ok(());
        }
        let Some((change, cause)) = self.change_of(act, about).await? else { return Ok(()) };
        let Some(record) = self.store.record(about).await?.filter(|record| !record.deleted) else {
            return Ok(());
        };
        // Who came with old mail is nobody new.
        if change.created && about.kind == Kind::Customer {
            let newest = self.store.messages_of(about.id, 1).await?.pop();
            if newest.is_some_and(|m| m.history || now.since(m.received_at) > rules.max_age) {
                return Ok(());
            }
        }
        if self.store.n_events(about, "changed", now.plus(-HOUR)).await? >= REACTIONS_MAX {
            tracing::warn!(record.id = %about.id, "rules reacted too often to changes of a record: a loop?");
            return Ok(());
        }
        let cause = match cause {
            Some(cause) => self.store.event(cause).await?,
            None => None,
        };
        let what = What::Changed(change);
        let depth = cause.as_ref().map_or(0, |cause| cause.depth.saturating_add(1));
        let cause = cause.map(|cause| cause.id);
        let happened = Happened { record: &record, what, cause, depth, may_ask: false };
        self.happened(happened, false, now, work).await
    }

    /// Returns what rules may look at of what an act did to a record, with the event that led to it; nothing
    /// if it was taken back.
    pub(crate) async fn change_of(
        &self,
        act: Id,
        record: RecordRef,
    ) -> Result<Option<(Changed, Option<Id>)>, WorkflowError> {
        let mut entries = self.store.act_entries(act).await?;
        entries.retain(|entry| entry.change.record == record && entry.undone_by.is_none());
        let Some(first) = entries.first() else { return Ok(None) };
        let by = match &first.act.actor {
            Actor::Rule(name) => Some(name.clone()),
            _ => None,
        };
        let created = entries.iter().any(|entry| entry.change.op == Op::Create);
        let fields = self.moved(&entries);
        Ok(Some((Changed { record, act, created, by, fields }, first.act.cause)))
    }

    /// Returns what rules may look at of the changes of a record, each field once.
    fn moved(&self, entries: &[Entry]) -> Vec<Moved> {
        let mut moved: Vec<Moved> = Vec::new();
        for entry in entries {
            let told = telling(entry.change.record.kind);
            for change in entry.change.fields.iter().filter(|change| told.contains(&change.field.as_str())) {
                let after = self.shown(&change.field, &change.after);
                match moved.iter_mut().find(|moved| moved.field == change.field) {
                    Some(moved) => moved.after = after,
                    None => moved.push(Moved {
                        field: change.field.clone(),
                        before: self.shown(&change.field, &change.before),
                        after,
                    }),
                }
            }
        }
        moved
    }

    /// Returns the value of a field as rules name it: a list's items, a colleague's handle; what is only
    /// there or not (a time, a company) is `set`.
    fn shown(&self, field: &str, value: &Value) -> Vec<String> {
        match (field, value) {
            (_, Value::Null) => Vec::new(),
            ("owner", value) => {
                let user = value.id().and_then(|id| self.user(id));
                vec![user.map_or_else(|| "set".to_owned(), |user| user.handle.clone())]
            }
            ("tags", Value::Text(json)) => serde_json::from_str(json).unwrap_or_default(),
            ("amount" | "score", Value::Int(n)) => vec![n.to_string()],
            (_, Value::Text(words)) if words.is_empty() => Vec::new(),
            (_, Value::Text(words)) => vec![words.clone()],
            _ => vec!["set".to_owned()],
        }
    }
}
