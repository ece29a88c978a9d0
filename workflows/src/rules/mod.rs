//! What happens by itself when a message comes, a customer stays silent or a figure is unusual.
//!
//! Rules are data: a TOML file that people can read and change, checked as a whole before anything
//! runs. [`react`] applies them to an event and what is known about it, and returns what to do. It
//! does no I/O and reads no clock, and what must never happen, whatever a file says, is decided
//! there.

mod file;
mod levels;
mod react;
mod read;
pub(crate) mod span;
mod when;
mod why;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use chrono_tz::Tz;
use rapport_model::action::{Audience, Severity};
use rapport_model::event::{Goal, Reached};
use rapport_model::message::{ChannelKind, Direction};
use rapport_model::named;
use rapport_model::people::{Lifecycle, Priority};
use rapport_model::reading::{Intent, Mood};
use rapport_model::time::HOUR;
use rapport_storage::courses::Course;

use crate::digest::Length;
use crate::hours::BusinessSpan;
use crate::schedule::{CronSchedule, MissedRuns};
use crate::service::ServiceLevel;
pub use react::react;
pub(crate) use react::zone;
pub use span::Due;
pub use why::{Reason, reasons};

/// The rules, sequences and schedules of a house.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// How old a message may be to be acted on, in microseconds.
    pub max_age: i64,
    /// What to do when something happens, in the order of the file.
    pub rules: Vec<Rule>,
    /// Follow-ups in steps.
    pub sequences: Vec<Sequence>,
    /// What runs at planned times.
    pub schedules: Vec<PlannedRun>,
    /// By when tickets are answered and settled.
    pub levels: Vec<ServiceLevel>,
    file: String,
    source: String,
    texts: Vec<TextUse>,
    readers: Vec<TextUse>,
    hooks: Vec<TextUse>,
}

/// The file that a fresh house has, and the age up to which it acts on messages.
const DEFAULT_FILE: &str = include_str!("../../rules/default.toml");
const MAX_AGE: i64 = 48 * HOUR;

impl Rules {
    /// Reads rules from TOML and checks all of them. `file` names the file in problems.
    ///
    /// # Errors
    /// Every problem of the file, in the order of its lines.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<RuleProblem>> {
        file::parse(text, file).map(|rules| Self { source: text.to_owned(), ..rules })
    }

    /// Returns the file's name, without its directory, and its text.
    pub fn source(&self) -> (&str, &str) {
        (self.file.rsplit(['/', '\\']).next().unwrap_or(&self.file), &self.source)
    }

    /// Returns a problem for each text that a rule uses and `known` does not know.
    pub fn check_texts(&self, known: &dyn Fn(&str) -> bool) -> Vec<RuleProblem> {
        let unknown = self.texts.iter().filter(|t| !known(&t.text));
        unknown
            .map(|t| RuleProblem {
                file: self.file.clone(),
                line: t.line,
                message: format!("there is no text `{}`", t.text),
            })
            .collect()
    }

    /// Checks the colleagues that schedules name against those there are.
    pub fn check_readers(&self, known: &[String]) -> Vec<RuleProblem> {
        let unknown = self.readers.iter().filter(|reader| !known.contains(&reader.text));
        unknown
            .map(|reader| RuleProblem {
                file: self.file.clone(),
                line: reader.line,
                message: format!("there is no colleague `{}`; there are {}", reader.text, known.join(", ")),
            })
            .collect()
    }

    /// Checks the webhooks that rules name against those there are.
    pub fn check_hooks(&self, known: &[&str]) -> Vec<RuleProblem> {
        let unknown = self.hooks.iter().filter(|hook| !known.contains(&hook.text.as_str()));
        let problem = |hook: &TextUse| RuleProblem {
            file: self.file.clone(),
            line: hook.line,
            message: match known.is_empty() {
                true => format!("there is no [webhook.{}] in rapport.toml", hook.text),
                false => format!("there is no webhook `{}`; there are {}", hook.text, known.join(", ")),
            },
        };
        unknown.map(problem).collect()
    }

    /// Tells whether a rule gives customers to colleagues.
    pub fn assigns(&self) -> bool {
        self.rules.iter().any(|rule| rule.deeds.contains(&RuleDeed::Assign))
    }

    /// Returns what remains without the rules, sequences and schedules of these names.
    pub fn without<T>(&self, names: &BTreeMap<String, T>) -> Self {
        let mut rest = self.clone();
        rest.rules.retain(|rule| !names.contains_key(&rule.name));
        rest.sequences.retain(|sequence| !names.contains_key(&sequence.name));
        rest.schedules.retain(|schedule| !names.contains_key(&schedule.name));
        rest.levels.retain(|level| !names.contains_key(&level.name));
        rest
    }

    /// Finds the rule of that name.
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.name == name)
    }

    /// Finds the sequence of that name.
    pub fn sequence(&self, name: &str) -> Option<&Sequence> {
        self.sequences.iter().find(|s| s.name == name)
    }

    /// Returns a problem for each mailbox or team that a service level names and the house does not have.
    pub fn check_names(&self, mailboxes: &[String], teams: &[String]) -> Vec<String> {
        let mut unknown = Vec::new();
        for level in &self.levels {
            for (what, named, known) in
                [("mailbox", &level.when.mailboxes, mailboxes), ("team", &level.when.teams, teams)]
            {
                let missing = named.iter().filter(|name| !known.contains(name));
                unknown.extend(missing.map(|name| {
                    format!("{}: service level `{}`: there is no {what} `{name}`", self.file, level.name)
                }));
            }
        }
        unknown
    }

    /// Returns the level that holds for a ticket which somebody of `team` looks after: the first that
    /// fits.
    pub fn level_of(&self, course: &Course, team: &str) -> Option<&ServiceLevel> {
        self.levels.iter().find(|level| level.when.holds(course, team))
    }

    /// Tells whether a rule reacts to that sort of event.
    pub fn reacts_to(&self, on: Trigger) -> bool {
        self.rules.iter().any(|rule| rule.on == on)
    }

    /// Finds the schedule of that name.
    pub fn schedule(&self, name: &str) -> Option<&PlannedRun> {
        self.schedules.iter().find(|s| s.name == name)
    }
}

impl Default for Rules {
    /// Returns the rules that come with the program.
    fn default() -> Self {
        Self::parse(DEFAULT_FILE, "default.toml").expect("a test reads the embedded rules")
    }
}

/// Something that is wrong in a file of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleProblem {
    /// The file, as it was named to [`Rules::parse`].
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// A text that is used, by its name in `prompts/`.
#[derive(Clone, Debug, PartialEq)]
struct TextUse {
    text: String,
    line: usize,
}

/// What to do when something happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name, which stands in the history of everything that it does.
    pub name: String,
    /// What sort of event it looks at.
    pub on: Trigger,
    /// What must be true.
    pub when: When,
    /// What to do.
    pub deeds: Vec<RuleDeed>,
}

named! {
    /// What sort of event a rule looks at.
    pub enum Trigger {
        /// A message was understood.
        Message = "message",
        /// A step of a sequence is due and the customer is still silent.
        Step = "step",
        /// A figure is unusual.
        Anomaly = "anomaly",
        /// A ticket is close to a target of its service level, or beyond it.
        ServiceLevel = "service_level",
        /// A ticket was settled.
        TicketClosed = "ticket_closed",
    }
}

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

named! {
    /// A figure that is watched.
    pub enum Figure {
        /// Messages in a day.
        Volume = "volume",
        /// Negative messages in a day.
        Negative = "negative",
    }
}

/// What a schedule does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// Sends a digest.
    Digest(PlannedDigest),
    /// Looks for unusual figures.
    Anomaly,
}

/// A digest that is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedDigest {
    /// Of how long a time it tells.
    pub period: Length,
    /// Who gets it.
    pub to: DigestTo,
}

/// Who gets a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DigestTo {
    /// Managers and owners: of all that they see.
    Managers,
    /// Reps: each of what they look after.
    Reps,
    /// The colleagues of these handles.
    Users(Vec<String>),
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
    /// How unusual the figure is at least, in robust standard deviations.
    pub min_score: f64,
    /// How close the ticket is to its target.
    pub reached: Vec<Reached>,
    /// Which targets.
    pub goals: Vec<Goal>,
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
    /// How it came.
    pub channels: Vec<ChannelKind>,
    /// Its language, as ISO 639-1 codes.
    pub languages: Vec<String>,
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
            channels: Vec::new(),
            languages: Vec::new(),
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
}

/// What a rule does. The model's [`Deed`](rapport_model::action::Deed) is made of it for an event.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleDeed {
    /// Open a ticket in the conversation.
    OpenTicket(Priority),
    /// Mark the open ticket as answered.
    TicketAnswered,
    /// Make the waiting ticket open again.
    TicketReopened,
    /// Make a task.
    Task {
        /// The text's name in `prompts/`.
        text: String,
        /// When it is due.
        due: Due,
    },
    /// Make a task for each promise of the message that has a day or an hour.
    FollowPromises,
    /// Close the tasks of the promises that the message keeps.
    PromisesKept,
    /// Open a deal in the first stage.
    OpenDeal,
    /// Set where the customer stands.
    Lifecycle(Lifecycle),
    /// Make the writer of an outgoing message the customer's owner.
    TakeOwnership,
    /// Make the one of the mailbox's team who has least to do the customer's owner.
    Assign,
    /// Write a note; the text's name in `prompts/`.
    Note(String),
    /// Record that the customer wants no automatic mail.
    OptOut,
    /// Tell colleagues.
    Notify {
        /// Whom.
        to: Audience,
        /// The text's name in `prompts/`.
        text: String,
        /// How loud.
        severity: Severity,
    },
    /// Start the sequence of that name.
    Start(String),
    /// Write to the customer; the text's name in `prompts/`.
    Write(String),
    /// Ask the customer for a rating.
    AskRating,
    /// Tell another program: its name in the configuration.
    Webhook(String),
}

/// Follow-ups in steps, for as long as the customer stays silent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// Its name, which stands in the history of what it does.
    pub name: String,
    /// What must be true when it starts and at each step. The customer's silence and consent are
    /// always asked for.
    pub when: WhenState,
    /// Its steps; never empty, each later than the one before.
    pub steps: Vec<SequenceStep>,
}

/// A step of a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceStep {
    /// How long after the message that started the sequence, in microseconds.
    pub after: i64,
    /// What to write; the text's name in `prompts/`.
    pub text: String,
    /// The same in business time, where that counts: then `after` only says about when.
    pub business: Option<BusinessSpan>,
}

/// Something that runs at planned times.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedRun {
    /// Its name.
    pub name: String,
    /// When.
    pub schedule: CronSchedule,
    /// By which clocks; the house's when `None`.
    pub zone: Option<Tz>,
    /// What to do about runs that were missed.
    pub missed: MissedRuns,
    /// What it does.
    pub does: Does,
}
