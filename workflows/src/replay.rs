//! What a file of rules would have done about the mail of the last days: nothing is done.
//!
//! The messages are gone through in the order they came, with the conversations and consents as they were
//! then; what the rules decide is remembered as if it had been done, so that a ticket that they open is
//! there for the next message. Who looked after the customers, and how they were tagged, is taken as it is now.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rapport_model::action::Deed;
use rapport_model::consent::{ALL_AUTOMATIC, DENIED, Refusals};
use rapport_model::event::{CustomerFacts, Event, Facts, ThreadFacts, What};
use rapport_model::message::{Automation, Direction};
use rapport_model::people::Lifecycle;
use rapport_model::{Id, Kind, RecordRef, Timestamp, Value};
use rapport_storage::facts::Known;
use rapport_storage::messages::Loaded;
use rapport_storage::records::Filter;

use crate::ask::Asking;
use crate::carry_out::{Decided, foresee};
use crate::happen::Place;
use crate::limits::Spent;
use crate::process::{foresee_customer, message_event};
use crate::rules::Rules;
use crate::{WorkflowError, Workflows};

/// Messages that are loaded together.
const PORTION: usize = 200;
/// Of a conversation or a customer's consents no more are looked at.
const LOOKED_AT_MAX: u32 = 500;
/// A second mail to the same customer within so long is told of.
const APART_MIN: i64 = rapport_model::time::DAY;

/// A mail that would have been written by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WouldWrite {
    /// When.
    pub at: Timestamp,
    /// To whom.
    pub customer: Id,
    /// The rule or sequence.
    pub rule: String,
    /// The text's name in `prompts/`.
    pub text: String,
    /// Whether another one went to them less than a day before.
    pub too_soon: bool,
}

/// What rules would have done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// How many messages were gone through.
    pub n_messages: usize,
    /// How often each rule or sequence did what.
    pub deeds: BTreeMap<String, BTreeMap<&'static str, usize>>,
    /// The mails, in the order they would have left.
    pub mails: Vec<WouldWrite>,
}

/// A step of a sequence that waits.
type Waiting = BTreeSet<(Timestamp, Id, String, usize, Id)>;

/// The world as it would have been.
#[derive(Default)]
struct World {
    known: Known,
    consents: HashMap<Id, Vec<(Timestamp, String, String)>>,
    /// Whose each conversation is.
    whose: HashMap<Id, Id>,
    /// When the messages were written that started sequences, and to which mailbox they belong.
    started: HashMap<Id, (Timestamp, String)>,
    last_mail: HashMap<Id, Timestamp>,
    waiting: Waiting,
    spent: Spent,
    replay: Replay,
}

impl Workflows {
    /// Returns what `rules` would have done since `from`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn replay(&self, rules: &Rules, from: Timestamp) -> Result<Replay, WorkflowError> {
        let ids = self.store.message_ids(from).await?;
        let kinds: BTreeSet<Kind> = rules.watched().map(|(kind, _)| kind).collect();
        let kinds: Vec<Kind> = kinds.into_iter().collect();
        let mut acts = self.store.acts_on(&kinds, from).await?.into_iter().peekable();
        let mut world = World::default();
        for portion in ids.chunks(PORTION) {
            let mut messages = self.store.messages(portion).await?;
            messages.sort_by_key(|message| (message.received_at, message.id));
            for message in messages {
                while let Some(act) = acts.next_if(|act| act.2 < message.received_at) {
                    self.consider_change(rules, act, &mut world).await?;
                }
                self.get_to_know(&message, from, &mut world).await?;
                self.steps_until(rules, message.received_at, &mut world);
                self.consider(rules, &message, &mut world);
                world.replay.n_messages += 1;
            }
        }
        for act in acts {
            self.consider_change(rules, act, &mut world).await?;
        }
        self.steps_until(rules, self.store.clock().now(), &mut world);
        Ok(world.replay)
    }

    /// Asks the rules about a change of a record that people, or the rules of then, made.
    async fn consider_change(
        &self,
        rules: &Rules,
        (act, about, at): (Id, RecordRef, Timestamp),
        world: &mut World,
    ) -> Result<(), WorkflowError> {
        self.steps_until(rules, at, world);
        let Some((change, _)) = self.change_of(act, about).await? else { return Ok(()) };
        let Some(record) = self.store.as_of(about, at).await? else { return Ok(()) };
        let Place { customer: of, thread, message } = self.place_of(&record).await?;
        if let Some(message) = &message {
            self.get_to_know(message, at, world).await?;
            world.started.insert(message.id, (at, message.account.clone()));
            world.whose.extend(message.customer.map(|customer| (message.thread, customer)));
        }
        let facts = self.facts_then(of, thread.unwrap_or_default(), at, world);
        let mut facts = self.with_record(facts, &record);
        let hours = self.hours_with(message.as_ref().map_or("", |m| m.account.as_str()), &facts);
        let what = What::Changed(change);
        let event = Event { id: self.store.new_id(), at, about: Some(about), cause: None, depth: 0, what };
        let asking = Asking { rules, hours, started: at, now: at };
        let (decided, _) = self.ask(&event, &mut facts, &asking, &mut world.spent);
        let (thread, message) = (thread.unwrap_or_default(), message.as_ref().map_or(Id(0), |m| m.id));
        for one in &decided {
            foresee_customer(one, of, None, (&mut world.known, &self.pipeline.1));
            world.note(one, of, thread, message, at);
        }
        Ok(())
    }

    /// Loads what the customer and the conversation of a message were before `from`.
    async fn get_to_know(
        &self,
        message: &Loaded,
        from: Timestamp,
        world: &mut World,
    ) -> Result<(), WorkflowError> {
        if let Some(id) = message.customer.filter(|id| !world.known.customers.contains_key(id)) {
            let known = self.store.known(&HashSet::from([id]), &HashSet::new()).await?;
            let earlier = self.store.messages_of(id, LOOKED_AT_MAX).await?;
            let wrote = |m: &&Loaded| m.received_at < from && is_by_a_person(m, Direction::In);
            let n_in = earlier.iter().filter(wrote).count() as i64;
            if let Some(customer) = known.customers.get(&id) {
                // Who wrote before was somebody; who had not was not known yet.
                let lifecycle = if n_in > 0 { customer.lifecycle } else { Lifecycle::Lead };
                world.known.customers.insert(id, CustomerFacts { n_in, lifecycle, ..customer.clone() });
            }
            let filter = Filter {
                equal: vec![("customer", Value::from(id))],
                limit: LOOKED_AT_MAX,
                ..Filter::default()
            };
            let mut said: Vec<_> = (self.store.list(Kind::Consent, &filter).await?.iter())
                .filter_map(|c| Some((c.get("at").time()?, c.text("purpose").into(), c.text("state").into())))
                .collect();
            said.sort();
            world.consents.insert(id, said);
        }
        if let Entry::Vacant(unknown) = world.known.threads.entry(message.thread) {
            let earlier = self.store.messages_in(message.thread, LOOKED_AT_MAX).await?;
            let last = |way| {
                let of = earlier.iter().filter(|m| m.received_at < from && is_by_a_person(m, way));
                of.map(|m| m.received_at).max()
            };
            let thread = ThreadFacts {
                id: message.thread,
                last_in: last(Direction::In),
                last_out: last(Direction::Out),
                ticket: None,
                open_task: false,
                promises: Vec::new(),
            };
            unknown.insert(thread);
        }
        Ok(())
    }

    /// Asks the rules about a message.
    fn consider(&self, rules: &Rules, message: &Loaded, world: &mut World) {
        let Some(reading) = message.reading.clone() else { return };
        world.started.insert(message.id, (message.received_at, message.account.clone()));
        world.whose.extend(message.customer.map(|customer| (message.thread, customer)));
        let at = message.received_at;
        let is_in = is_by_a_person(message, Direction::In);
        if let Some(customer) = message.customer.and_then(|id| world.known.customers.get_mut(&id)) {
            customer.n_in += i64::from(is_in);
        }
        let mut facts = self.facts_then(message.customer, message.thread, at, world);
        let event = message_event(self.store.new_id(), at, message, &reading);
        // What is old for the service was news then.
        let event = Event { what: as_news(event.what), ..event };
        let hours = self.hours_with(&message.account, &facts);
        let asking = Asking { rules, hours, started: at, now: at };
        let (decided, _) = self.ask(&event, &mut facts, &asking, &mut world.spent);
        let owner = facts.owner.as_ref().map(|owner| owner.id);
        for one in &decided {
            foresee(one, message, owner, world.known.threads.get_mut(&message.thread));
            let known = (&mut world.known, self.pipeline.1.as_str());
            foresee_customer(one, message.customer, message.author, known);
            world.note(one, message.customer, message.thread, message.id, at);
        }
        // The message itself is a fact for what comes after it.
        if let Some(thread) = world.known.threads.get_mut(&message.thread) {
            match message.direction {
                Direction::In if is_in => thread.last_in = Some(at),
                Direction::Out if is_by_a_person(message, Direction::Out) => thread.last_out = Some(at),
                _ => {}
            }
        }
    }

    /// Takes the steps that would have come due by `until`.
    fn steps_until(&self, rules: &Rules, until: Timestamp, world: &mut World) {
        while let Some(next) = world.waiting.first().filter(|next| next.0 <= until).cloned() {
            world.waiting.remove(&next);
            let (at, thread, sequence, step, message) = next;
            let Some((started, mailbox)) = world.started.get(&message).cloned() else { continue };
            let customer = world.whose.get(&thread).copied();
            let facts = self.facts_then(customer, thread, at, world);
            let hours = self.hours_with(&mailbox, &facts);
            if let (false, Some(open)) = (hours.is_open(at), hours.next_open(at)) {
                world.waiting.insert((open, thread, sequence, step, message));
                continue;
            }
            let mut facts = Facts { started: Some(started), ..facts };
            let what = What::Step { sequence, step, thread, message };
            let about = Some(RecordRef::new(Kind::Thread, thread));
            let depth = u8::try_from(step).unwrap_or(u8::MAX);
            let event = Event { id: self.store.new_id(), at, about, cause: None, depth, what };
            let asking = Asking { rules, hours, started, now: at };
            let (decided, _) = self.ask(&event, &mut facts, &asking, &mut world.spent);
            for one in &decided {
                foresee_customer(one, customer, None, (&mut world.known, &self.pipeline.1));
                world.note(one, customer, thread, message, at);
            }
        }
    }

    fn facts_then(&self, customer: Option<Id>, thread: Id, at: Timestamp, world: &mut World) -> Facts {
        if let Some(customer) = customer.and_then(|id| world.known.customers.get_mut(&id)) {
            customer.refusals = Refusals::default();
            for (said, purpose, state) in world.consents.get(&customer.id).into_iter().flatten() {
                if *said <= at {
                    customer.refusals.note(purpose, state);
                }
            }
        }
        self.facts(customer, thread, &world.known)
    }
}

impl World {
    /// Notes what was decided, as if it had been done.
    fn note(&mut self, one: &Decided, customer: Option<Id>, thread: Id, message: Id, at: Timestamp) {
        let rule = &one.action.rule;
        let of_rule = self.replay.deeds.entry(rule.clone()).or_default();
        *of_rule.entry(name(&one.action.deed)).or_default() += 1;
        match (&one.action.deed, customer) {
            (Deed::Write { text }, Some(customer)) => {
                let before = self.last_mail.insert(customer, at);
                let too_soon = before.is_some_and(|before| at.since(before) < APART_MIN);
                let (rule, text) = (rule.clone(), text.clone());
                self.replay.mails.push(WouldWrite { at, customer, rule, text, too_soon });
            }
            (Deed::StartSequence { sequence, at }, _) => {
                self.waiting.insert((*at, thread, sequence.clone(), 0, message));
            }
            (Deed::NextStep { sequence, step, at }, _) => {
                self.waiting.insert((*at, thread, sequence.clone(), *step, message));
            }
            (Deed::OptOut, Some(customer)) => {
                let said = (at, ALL_AUTOMATIC.into(), DENIED.into());
                self.consents.entry(customer).or_default().push(said);
            }
            _ => {}
        }
    }
}

/// Tells whether a person wrote a message that went that way.
fn is_by_a_person(message: &Loaded, way: Direction) -> bool {
    message.direction == way && message.automation == Automation::None
}

fn as_news(what: What) -> What {
    match what {
        What::Message(facts) => What::Message(rapport_model::event::MessageFacts { history: false, ..facts }),
        other => other,
    }
}

fn name(deed: &Deed) -> &'static str {
    match deed {
        Deed::OpenTicket(_) => "ticket opened",
        Deed::TicketAnswered => "ticket answered",
        Deed::TicketReopened => "ticket reopened",
        Deed::CreateTask { .. } => "task",
        Deed::FollowPromises => "promise followed",
        Deed::PromisesKept => "promise kept",
        Deed::OpenDeal => "deal opened",
        Deed::SetLifecycle(_) => "lifecycle set",
        Deed::TakeOwnership | Deed::Assign(_) => "owner set",
        Deed::Note(_) => "note",
        Deed::Set { .. } => "field set",
        Deed::MoveDeal(_) => "deal moved",
        Deed::Tag(_) | Deed::Untag(_) => "tags changed",
        Deed::StopSequence(_) => "sequence stopped",
        Deed::OptOut => "opt-out",
        Deed::OpenRequest(_) => "request",
        Deed::Notify { .. } => "notice",
        Deed::StartSequence { .. } => "sequence started",
        Deed::Webhook(_) => "webhook told",
        Deed::AskRating => "rating asked",
        Deed::Write { .. } => "mail",
        Deed::NextStep { .. } => "next step planned",
    }
}
