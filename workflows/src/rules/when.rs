//! Whether what a rule asks for is true.

use rapport_model::event::{Anomaly, Changed, Deadline, Facts, Figure, Goal, MessageFacts, Moved, Reached};
use rapport_model::message::{ChannelKind, Direction};
use rapport_model::people::{Lifecycle, TicketStatus};
use rapport_model::reading::{EntityKind, Intent, Mood};
use rapport_model::{Kind, Timestamp, named};

use super::telling;

named! {
    /// Where the ticket of a conversation stands, as far as rules care.
    pub enum TicketState {
        /// There is none, or it is closed.
        None = "none",
        /// It waits for the house.
        Open = "open",
        /// It waits for the customer.
        Pending = "pending",
    }
}

/// What must be true for a rule. Everything named must hold; of a list one is enough, and an empty
/// list or `None` asks nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct When {
    /// About the message.
    pub message: WhenMessage,
    /// About the customer and the conversation.
    pub state: WhenState,
    /// The sequence that the step belongs to.
    pub sequence: Option<String>,
    /// Which step, from 0. The file counts from 1.
    pub step: Option<usize>,
    /// Which figures.
    pub figures: Vec<Figure>,
    /// How unusual the figure is at least, in standard deviations.
    pub min_score: f64,
    /// How close the ticket is to its target.
    pub reached: Vec<Reached>,
    /// Which targets.
    pub goals: Vec<Goal>,
    /// About the change of a record.
    pub changed: WhenChanged,
    /// How many stars were given.
    pub scores: Vec<i64>,
    /// Which schedules.
    pub schedules: Vec<String>,
}

/// What must be true of the change of a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WhenChanged {
    /// Whether it was made by it.
    pub created: Option<bool>,
    /// Which fields were changed.
    pub fields: Vec<&'static str>,
    /// What one of them was.
    pub from: Vec<String>,
    /// What one of them became.
    pub to: Vec<String>,
}

/// What must be true of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct WhenMessage {
    /// Which way it went.
    pub direction: Direction,
    /// What it wants: one of these, together as likely as `min_p`.
    pub intents: Vec<Intent>,
    /// How likely it must be that it wants one of the intents, in 0..=1.
    pub min_p: f32,
    /// How it feels.
    pub moods: Vec<Mood>,
    /// Whether it wants an answer within hours.
    pub urgent: Option<bool>,
    /// Whether its writer promises something for a day or an hour.
    pub promise: Option<bool>,
    /// Whether it asks for something of what the law lets people ask about what is held of them.
    pub asks_rights: Option<bool>,
    /// How it came.
    pub channels: Vec<ChannelKind>,
    /// Its language, as ISO 639-1 codes.
    pub languages: Vec<String>,
    /// What it names, by sort.
    pub mentions: Vec<EntityKind>,
    /// Which products of the house it names.
    pub products: Vec<String>,
}

impl Default for WhenMessage {
    fn default() -> Self {
        Self {
            direction: Direction::In,
            intents: Vec::new(),
            min_p: 0.5,
            moods: Vec::new(),
            urgent: None,
            promise: None,
            asks_rights: None,
            channels: Vec::new(),
            languages: Vec::new(),
            mentions: Vec::new(),
            products: Vec::new(),
        }
    }
}

/// What must be true of the customer and the conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WhenState {
    /// Where the customer stands.
    pub lifecycles: Vec<Lifecycle>,
    /// One of the customer's tags.
    pub tags: Vec<String>,
    /// Whether somebody looks after the customer.
    pub has_owner: Option<bool>,
    /// Whether the customer has an open deal.
    pub open_deal: Option<bool>,
    /// Whether this is the first message that the customer wrote.
    pub first_message: Option<bool>,
    /// Whether a customer ever wrote in the conversation.
    pub customer_wrote: Option<bool>,
    /// Whether the house ever wrote in the conversation.
    pub answered: Option<bool>,
    /// Where the conversation's ticket stands.
    pub tickets: Vec<TicketState>,
    /// Who looks after the customer, by handle.
    pub owners: Vec<String>,
    /// The team of whoever does.
    pub teams: Vec<String>,
    /// The stage of the open deal.
    pub stages: Vec<String>,
    /// The segment that the customer was last found in.
    pub segments: Vec<String>,
    /// The customer's language, as ISO 639-1 codes.
    pub customer_languages: Vec<String>,
    /// Whether the customer belongs to a company.
    pub has_company: Option<bool>,
    /// Whether whoever looks after the conversation works now.
    pub open_hours: Option<bool>,
    /// How long the customer has not written at least, in microseconds.
    pub silent_for: Option<i64>,
    /// How the customer feels at most, from −1 to 1.
    pub mood_below: Option<f64>,
}

impl When {
    pub(super) fn holds_for_step(&self, sequence: &str, step: usize) -> bool {
        self.sequence.as_ref().is_none_or(|s| s == sequence) && self.step.is_none_or(|s| s == step)
    }

    pub(super) fn holds_for_deadline(&self, deadline: &Deadline) -> bool {
        one_of(&self.reached, &deadline.reached) && one_of(&self.goals, &deadline.goal)
    }

    pub(super) fn holds_for_change(&self, change: &Changed, facts: &Facts) -> bool {
        self.changed.holds(change)
            && (self.scores.is_empty() || facts.score.is_some_and(|s| self.scores.contains(&s)))
    }

    pub(super) fn holds_for_schedule(&self, name: &str) -> bool {
        self.schedules.is_empty() || self.schedules.iter().any(|schedule| schedule == name)
    }

    pub(super) fn holds_for_anomaly(&self, anomaly: &Anomaly) -> bool {
        let intents = &self.message.intents;
        one_of(&self.figures, &anomaly.figure)
            && (intents.is_empty() || anomaly.intent.is_some_and(|intent| intents.contains(&intent)))
            && anomaly.score >= self.min_score
    }
}

impl WhenMessage {
    pub(super) fn holds(&self, message: &MessageFacts) -> bool {
        // Intents exclude each other, so that it wants one of these has the sum of their chances.
        let p =
            || message.intents.iter().filter(|i| self.intents.contains(&i.name)).map(|i| i.p).sum::<f32>();
        let speaks = |code: &String| message.language.eq_ignore_ascii_case(code);
        message.direction == self.direction
            && (self.intents.is_empty() || p() >= self.min_p)
            && one_of(&self.moods, &message.mood)
            && self.urgent.is_none_or(|urgent| urgent == message.urgent)
            && self.promise.is_none_or(|promise| promise == (message.promises > 0))
            && self.asks_rights.is_none_or(|asks| asks != message.rights.is_empty())
            && one_of(&self.channels, &message.channel)
            && (self.languages.is_empty() || self.languages.iter().any(speaks))
            && (self.mentions.is_empty() || self.mentions.iter().any(|kind| message.mentions.contains(kind)))
            && (self.products.is_empty() || self.products.iter().any(|one| message.products.contains(one)))
    }
}

impl WhenChanged {
    /// Returns the fields of a record whose changes it is about, and `""` where it is also about the making
    /// of one.
    pub(super) fn looked_at(&self, kind: Kind) -> Vec<&'static str> {
        let fields = if self.fields.is_empty() { telling(kind) } else { &self.fields };
        let made = (self.created != Some(false)).then_some("");
        let changed = fields.iter().copied().filter(|_| self.created != Some(true));
        made.into_iter().chain(changed).collect()
    }

    fn holds(&self, change: &Changed) -> bool {
        let is = |asked: &[String], has: &[String], had: &[String]| {
            // Of a list what was put in, or taken out, counts.
            asked.is_empty() || has.iter().any(|value| asked.contains(value) && !had.contains(value))
        };
        let moved = |f: &Moved| {
            (self.fields.is_empty() || self.fields.contains(&f.field.as_str()))
                && is(&self.to, &f.after, &f.before)
                && is(&self.from, &f.before, &f.after)
        };
        let asks = !(self.fields.is_empty() && self.to.is_empty() && self.from.is_empty());
        self.created.is_none_or(|created| created == change.created)
            && (!asks || change.fields.iter().any(moved))
    }
}

impl WhenState {
    pub(super) fn holds(&self, facts: &Facts, now: Timestamp) -> bool {
        let customer = facts.customer.as_ref();
        let thread = facts.thread.as_ref();
        let is = |wanted: Option<bool>, fact: bool| wanted.is_none_or(|w| w == fact);
        let ticket = match thread.and_then(|t| t.ticket.as_ref()).map(|t| t.status) {
            Some(TicketStatus::Open) => TicketState::Open,
            Some(TicketStatus::Pending) => TicketState::Pending,
            Some(TicketStatus::Closed) | None => TicketState::None,
        };
        (self.lifecycles.is_empty() || customer.is_some_and(|c| self.lifecycles.contains(&c.lifecycle)))
            && (self.tags.is_empty()
                || customer.is_some_and(|c| c.tags.iter().any(|t| self.tags.contains(t))))
            && is(self.has_owner, facts.owner.is_some() || customer.is_some_and(|c| c.owner.is_some()))
            && is(self.open_deal, facts.deal.is_some())
            && is(self.first_message, customer.is_some_and(|c| c.n_in <= 1))
            && is(self.customer_wrote, thread.is_some_and(|t| t.last_in.is_some()))
            && is(self.answered, thread.is_some_and(|t| t.last_out.is_some()))
            && one_of(&self.tickets, &ticket)
            && among(&self.owners, facts.owner.as_ref().map(|owner| &owner.handle))
            && among(&self.teams, facts.owner.as_ref().map(|owner| &owner.team))
            && among(&self.stages, facts.deal.as_ref().map(|deal| &deal.stage))
            && among(&self.customer_languages, customer.map(|c| &c.language))
            && is(self.has_company, customer.is_some_and(|c| c.company.is_some()))
            && among(&self.segments, customer.and_then(|c| c.segment.as_ref()))
            // Where no hours are known somebody always works.
            && is(self.open_hours, facts.open.unwrap_or(true))
            && self.silent_for.is_none_or(|span| {
                customer.and_then(|c| c.last_in).is_some_and(|last| now.since(last) >= span)
            })
            && self.mood_below.is_none_or(|limit| customer.and_then(|c| c.mood).is_some_and(|mood| mood < limit))
    }
}

/// Tells whether `fact` is among what is asked for; no list asks nothing.
fn one_of<T: PartialEq>(asked: &[T], fact: &T) -> bool {
    asked.is_empty() || asked.contains(fact)
}

/// Tells whether the fact, if there is one, is among the names that are asked for; no names ask nothing.
fn among(asked: &[String], fact: Option<&String>) -> bool {
    asked.is_empty() || fact.is_some_and(|fact| asked.contains(fact))
}
