//! What happened, and what was known when it did.

use serde::{Deserialize, Serialize};

use crate::consent::Refusals;
use crate::id::Id;
use crate::message::{Automation, ChannelKind, Direction, Trust};
use crate::named;
use crate::people::{Lifecycle, User};
use crate::privacy::DataRight;
use crate::reading::{EntityKind, Intent, IntentScore, Mood};
use crate::record::RecordRef;
use crate::time::Timestamp;

/// A fact that rules can react to. Stored without personal data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Names the event.
    pub id: Id,
    /// When it happened.
    pub at: Timestamp,
    /// The record it is about.
    pub about: Option<RecordRef>,
    /// The event that led to it.
    pub cause: Option<Id>,
    /// How many events led to it one after the other; 0 for what came from outside.
    pub depth: u8,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case")]
pub enum What {
    /// A message was understood.
    Message(MessageFacts),
    /// A step of a sequence came due.
    Step {
        /// The sequence's name.
        sequence: String,
        /// Which step, from 0.
        step: usize,
        /// The conversation it runs in.
        thread: Id,
        /// The message that started it.
        message: Id,
    },
    /// A figure was unusual.
    Anomaly(Anomaly),
    /// A ticket is close to a target of its service level, or beyond it.
    ServiceLevel(Deadline),
    /// A ticket was settled.
    TicketClosed {
        /// Which ticket.
        ticket: Id,
        /// When.
        at: Timestamp,
    },
    /// A record was made or changed.
    Changed(Changed),
    /// A customer has not written for longer than they usually do.
    Silence(Silence),
    /// A customer sounds unhappier than they used to.
    Soured(Soured),
    /// A schedule came due.
    Schedule {
        /// Its name.
        name: String,
        /// The planned time.
        planned: Timestamp,
    },
    /// A colleague confirmed an answer that a language model had drafted.
    Drafted {
        /// The model's name.
        model: String,
        /// The colleague.
        by: Id,
    },
    /// Another program asked for something by a token. What it did names this event as its cause.
    Asked {
        /// The token's number.
        token: i64,
        /// What it asked for, such as `patch_customer`.
        operation: String,
    },
    /// A table was brought in. Its acts name this event as their cause.
    Import(Import),
}

/// A table that was brought in, in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// What its rows are: `customers`, `orders`.
    pub sort: String,
    /// Tells tables apart: a digest of the file and of how it was read, in hexadecimal.
    pub source: String,
    /// Its rows.
    pub rows: u64,
    /// Records that were made of rows.
    pub new: u64,
    /// Records that rows changed.
    pub changed: u64,
    /// Rows that were another row or a record once more.
    pub duplicates: u64,
    /// Rows that could not be taken.
    pub refused: u64,
    /// Whether all of it is written; if not, the same import goes on with it.
    pub done: bool,
}

impl What {
    /// Returns the name that JSON and the database use for it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::Step { .. } => "step",
            Self::Anomaly(_) => "anomaly",
            Self::ServiceLevel(_) => "service_level",
            Self::TicketClosed { .. } => "ticket_closed",
            Self::Changed(_) => "changed",
            Self::Silence(_) => "silence",
            Self::Soured(_) => "soured",
            Self::Schedule { .. } => "schedule",
            Self::Drafted { .. } => "drafted",
            Self::Asked { .. } => "asked",
            Self::Import(_) => "import",
        }
    }
}

crate::named! {
    /// What a service level promises.
    pub enum Goal {
        /// That a person answers.
        FirstResponse = "first_response",
        /// That the ticket is settled.
        Resolution = "resolution",
    }
}

crate::named! {
    /// How a ticket stands towards a target.
    pub enum Reached {
        /// Most of the time has passed.
        Warned = "warned",
        /// The time is over.
        Breached = "breached",
    }
}

/// A ticket that is close to a target, or beyond it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Which ticket.
    pub ticket: Id,
    /// The service level's name.
    pub name: String,
    /// Which of its targets.
    pub goal: Goal,
    /// How close.
    pub reached: Reached,
    /// When the time is over, or was.
    pub due: Timestamp,
}

/// A record that was made or changed. Holds what lies plain in the store alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Which record.
    pub record: RecordRef,
    /// The act that did it.
    pub act: Id,
    /// Whether it was made by it.
    pub created: bool,
    /// The rule that did it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What it was changed from and to, by field.
    pub fields: Vec<Moved>,
}

/// A field that was changed. Nothing is empty; a list is its items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Its name in the registry.
    pub field: String,
    /// What it was.
    pub before: Vec<String>,
    /// What it is.
    pub after: Vec<String>,
}

/// A silence that is unusual for a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Whole days since they last wrote.
    pub days: i64,
    /// How many days usually lie between their mails; nothing where they wrote once.
    pub usual: Option<i64>,
    /// When they last wrote.
    pub since: Timestamp,
}

/// A customer whose last mails sound unhappier than those before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Soured {
    /// How those before sounded, from −1 to 1.
    pub was: f64,
    /// How the last ones sound.
    pub is: f64,
    /// How many the last ones are.
    pub mails: u32,
    /// When the first of them came.
    pub since: Timestamp,
}

crate::named! {
    /// A figure that is watched.
    pub enum Figure {
        /// Mails that come in.
        Volume = "volume",
        /// Mails that do not come in.
        Quiet = "quiet",
        /// Mails that feel bad.
        Negative = "negative",
        /// Time to an answer, in microseconds of business time.
        Answers = "answers",
        /// Mails that want one thing.
        Intent = "intent",
    }
}

crate::named! {
    /// What a figure was held against.
    pub enum Against {
        /// The days before.
        Days = "days",
        /// The same hours of earlier weeks.
        Weeks = "weeks",
        /// How it was before it began to change: then it is a day's.
        Trend = "trend",
    }
}

/// A figure that is not as it used to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anomaly {
    /// Which figure.
    pub figure: Figure,
    /// Which intent, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
    /// What it is.
    pub seen: f64,
    /// What is usual: the middle.
    pub usual: f64,
    /// Between what it usually is.
    pub range: (f64, f64),
    /// Since when.
    pub since: Timestamp,
    /// What it was held against.
    pub against: Against,
    /// How unusual it is, in standard deviations of what is spread normally.
    pub score: f64,
}

/// What rules may know of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageFacts {
    /// Which message.
    pub message: Id,
    /// Its channel.
    pub channel: ChannelKind,
    /// Which way it went.
    pub direction: Direction,
    /// Whether a machine wrote it.
    pub automation: Automation,
    /// Whether it comes from where it says; `None` where nobody checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<Trust>,
    /// Whether it is too old to act on.
    pub history: bool,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Its language.
    pub language: String,
    /// What it wants, most likely first.
    pub intents: Vec<IntentScore>,
    /// How it feels.
    pub mood: Mood,
    /// From −1 to 1.
    pub score: f32,
    /// Whether it wants an answer within hours.
    pub urgent: bool,
    /// How many things with a day or an hour the writer says will be done.
    #[serde(default)]
    pub promises: u32,
    /// Whether the writer says that something was done, or sends files along.
    #[serde(default)]
    pub fulfils: bool,
    /// What sorts of things it names.
    #[serde(default)]
    pub mentions: Vec<EntityKind>,
    /// The products of the house that it names.
    #[serde(default)]
    pub products: Vec<String>,
    /// What it asks for about what is held of its writer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<DataRight>,
}

/// What was known when an event happened. Loaded before the rules run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// The customer it is about.
    pub customer: Option<CustomerFacts>,
    /// The conversation it is about.
    pub thread: Option<ThreadFacts>,
    /// The open deal of the customer.
    pub deal: Option<DealFacts>,
    /// The colleague who looks after the customer.
    pub owner: Option<User>,
    /// The colleagues of the mailbox's team, with what each has to do.
    pub team: Vec<Load>,
    /// The zone in which "tomorrow 09:00" is meant when there is no owner.
    pub zone: String,
    /// When the message was written that started the sequence of a step.
    pub started: Option<Timestamp>,
    /// Whether whoever looks after the conversation works now; nothing where no hours are known.
    pub open: Option<bool>,
    /// How many stars the customer gave, where it is about a rating.
    pub score: Option<i64>,
    /// The rules that may not do anything for the customer now: they did as often as they may.
    pub spent: Vec<String>,
}

/// What a colleague has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// Who.
    pub user: Id,
    /// How many open tickets and tasks they have.
    pub open: i64,
    /// When a rule last gave them a customer.
    pub given_at: Option<Timestamp>,
    /// The language that they speak, as an ISO 639-1 code; empty where it is not known.
    pub language: String,
}

/// What rules may know of an open deal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DealFacts {
    /// Which deal.
    pub id: Id,
    /// Its stage.
    pub stage: String,
}

/// What rules may know of a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerFacts {
    /// Which customer.
    pub id: Id,
    /// Their company.
    pub company: Option<Id>,
    /// Where they stand.
    pub lifecycle: Lifecycle,
    /// Who looks after them.
    pub owner: Option<Id>,
    /// Their language; empty when not known.
    pub language: String,
    /// How they feel, from −1 to 1; weighs recent messages more.
    pub mood: Option<f64>,
    /// Their tags.
    pub tags: Vec<String>,
    /// When they first wrote.
    pub first_contact: Option<Timestamp>,
    /// When they last wrote.
    pub last_in: Option<Timestamp>,
    /// When they were last written to.
    pub last_out: Option<Timestamp>,
    /// How many messages they wrote.
    pub n_in: i64,
    /// How many messages they got.
    pub n_out: i64,
    /// Which automatic mail they refuse.
    pub refusals: Refusals,
    /// The segment that they were last found in.
    pub segment: Option<String>,
    /// Whether processing of what is held of them is restricted: nothing happens by itself.
    pub restricted: bool,
    /// What they asked for about what is held of them, and was not answered yet.
    pub asked: Vec<DataRight>,
}

/// What rules may know of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadFacts {
    /// Which conversation.
    pub id: Id,
    /// When a customer last wrote in it.
    pub last_in: Option<Timestamp>,
    /// When the house last wrote in it.
    pub last_out: Option<Timestamp>,
    /// The open ticket in it.
    pub ticket: Option<TicketFacts>,
    /// Whether an open task was made from it, beside those of promises.
    pub open_task: bool,
    /// What was promised in it and is open.
    pub promises: Vec<OpenPromise>,
}

/// A task of a promise that is not kept yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenPromise {
    /// The task.
    pub task: Id,
    /// Whose promise it is.
    pub by: Promiser,
}

named! {
    /// Whose promise a task is about.
    pub enum Promiser {
        /// The house's.
        House = "house",
        /// The customer's.
        Customer = "customer",
    }
}

/// What rules may know of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketFacts {
    /// Which ticket.
    pub id: Id,
    /// Whose it is.
    pub customer: Option<Id>,
    /// Where it stands.
    pub status: crate::people::TicketStatus,
    /// How soon it wants care.
    pub priority: crate::people::Priority,
    /// Who looks after it.
    pub owner: Option<Id>,
    /// When the house first answered.
    pub first_answer_at: Option<Timestamp>,
    /// Whether it was put out of sight.
    pub snoozed: bool,
}
