//! What happens by itself when a message comes, a customer stays silent or a figure is unusual.
//!
//! Rules are data: a TOML file that people can read and change, checked as a whole before anything
//! runs. [`react`] applies them to an event and what is known about it, and returns what to do. It
//! does no I/O and reads no clock, and what must never happen, whatever a file says, is decided
//! there.

mod conditions;
mod deeds;
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
use rapport_model::event::Facts;
use rapport_model::time::HOUR;
use rapport_model::{Kind, Timestamp, named};
use rapport_storage::courses::Course;

use crate::digest::Length;
use crate::hours::BusinessSpan;
use crate::schedule::{CronSchedule, MissedRuns};
use crate::service::ServiceLevel;
pub use deeds::{How, RuleDeed};
pub use react::react;
pub(crate) use react::{trigger, zone};
pub use span::Due;
pub use when::{TicketState, When, WhenChanged, WhenMessage, WhenState};
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
    stages: Vec<TextUse>,
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

    /// Checks the stages that rules move deals to against those there are.
    pub fn check_stages(&self, known: &[&str]) -> Vec<RuleProblem> {
        let unknown = self.stages.iter().filter(|stage| !known.contains(&stage.text.as_str()));
        unknown
            .map(|stage| RuleProblem {
                file: self.file.clone(),
                line: stage.line,
                message: read::unknown("stage", &stage.text, known),
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
        self.rules.iter().flat_map(|rule| &rule.deeds).any(|deed| matches!(deed, RuleDeed::Assign(_)))
    }

    /// Returns the changes that rules look at, as [`rapport_storage::Store::watch`] takes them.
    pub fn watched(&self) -> impl Iterator<Item = (Kind, String)> {
        let about = self.rules.iter().filter_map(|rule| Some((rule.on.kind()?, &rule.when.changed)));
        about.flat_map(|(kind, changed)| {
            changed.looked_at(kind).into_iter().map(move |field| (kind, field.to_owned()))
        })
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

    /// Returns what tells one version of a sequence from another: the same in every process.
    pub fn version(&self, sequence: &str) -> Option<String> {
        let sequence = self.sequence(sequence)?;
        Some(crate::service::fingerprint(&format!("{:?} {:?}", sequence.when, sequence.steps)))
    }

    /// Returns these rules with the sequence of that name as it is in `others`.
    pub fn with_sequence_of(&self, others: &Self, name: &str) -> Self {
        let mut rules = self.clone();
        for sequence in rules.sequences.iter_mut().filter(|sequence| sequence.name == name) {
            if let Some(other) = others.sequence(name) {
                sequence.clone_from(other);
            }
        }
        rules
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

    /// Tells whether a rule on that sort of event may be about a customer, whatever the hour and the event.
    pub(crate) fn may_concern(&self, on: Trigger, facts: &Facts, now: Timestamp) -> bool {
        let at_any_hour = |rule: &Rule| WhenState { open_hours: None, ..rule.when.state.clone() };
        self.rules.iter().any(|rule| rule.on == on && at_any_hour(rule).holds(facts, now))
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
    /// How often it may.
    pub limit: Limit,
}

/// How often a rule may do something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// For the same customer once in this time, in microseconds.
    pub per_customer: Option<i64>,
    /// In twenty-four hours at most so often, for all customers together.
    pub per_day: Option<i64>,
}

impl Limit {
    /// Tells whether anything is limited.
    pub fn is_some(self) -> bool {
        self.per_customer.is_some() || self.per_day.is_some()
    }
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
        /// A customer was made, or their record changed.
        Customer = "customer",
        /// A deal was opened, moved or otherwise changed.
        Deal = "deal",
        /// A ticket was opened, or changed.
        Ticket = "ticket",
        /// A task was made, or changed.
        Task = "task",
        /// A customer rated what was done for them.
        Rating = "rating",
        /// A customer has not written for longer than they usually do.
        Silence = "silence",
        /// A customer sounds unhappier than they used to.
        Soured = "soured",
        /// A schedule looks at a customer.
        Schedule = "schedule",
    }
}

impl Trigger {
    /// Returns the kind of record whose changes it is about.
    pub const fn kind(self) -> Option<Kind> {
        match self {
            Self::Customer => Some(Kind::Customer),
            Self::Deal => Some(Kind::Deal),
            Self::Ticket => Some(Kind::Ticket),
            Self::Task => Some(Kind::Task),
            Self::Rating => Some(Kind::Rating),
            _ => None,
        }
    }

    /// Returns the trigger that is about changes of a kind of record.
    pub fn of(kind: Kind) -> Option<Self> {
        Self::ALL.iter().copied().find(|trigger| trigger.kind() == Some(kind))
    }
}

/// Returns the fields of a kind of record whose changes rules may look at: what people do to it, not what
/// the service counts.
pub const fn telling(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Customer => &["lifecycle", "owner", "company", "language", "zone", "tags", "segment"],
        Kind::Deal => &["stage", "amount", "owner", "close_at"],
        Kind::Ticket => &["status", "priority", "owner", "snoozed_until"],
        Kind::Task => &["done_at", "due", "owner"],
        Kind::Rating => &["score"],
        _ => &[],
    }
}

/// What a schedule does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// Sends a digest.
    Digest(PlannedDigest),
    /// Looks for unusual figures.
    Anomaly,
    /// Looks for customers whose silence is unusual.
    Silence,
    /// Asks the rules about every customer.
    Customers,
    /// Looks at what every customer is like: figures, segment, how likely they fall silent.
    Insight(LookedAt),
    /// Makes a backup, where the house says where to.
    Backup,
    /// Forgets what is older than the house keeps it.
    Retention,
}

/// At which customers is looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookedAt {
    /// At all, and what has to be learnt is learnt before.
    All,
    /// At those with whom mails were exchanged of late.
    Touched,
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
