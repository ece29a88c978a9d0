//! What rules do, and how that is read.

use chrono_tz::Tz;
use rapport_model::action::{Audience, Severity};
use rapport_model::message::Direction;
use rapport_model::people::{Lifecycle, Priority, TicketStatus};
use rapport_model::{Kind, named};
use toml::de::DeValue;

use super::file::{Reader, SPAN_HINT, options};
use super::read::{Table, Value, choice, text};
use super::{Due, TextUse, Trigger, When};

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
    /// Make one of the mailbox's team the customer's owner.
    Assign(How),
    /// Set a field.
    Set {
        /// Which field of which kind of record.
        field: (Kind, &'static str),
        /// What it becomes.
        to: String,
    },
    /// Move the open deal to the stage of that name.
    MoveDeal(String),
    /// Give the customer that tag.
    Tag(String),
    /// Take that tag from the customer.
    Untag(String),
    /// Write a note; the text's name in `prompts/`.
    Note(String),
    /// Record that the customer wants no automatic mail.
    OptOut,
    /// Note what the customer asks for of what the law lets them, and put it before the managers.
    OpenRequest,
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
    /// End the sequence of that name.
    Stop(String),
    /// Write to the customer; the text's name in `prompts/`.
    Write(String),
    /// Tell the webhook of that name.
    Webhook(String),
    /// Ask the customer for a rating.
    AskRating,
}

named! {
    /// Whom a rule gives a customer to.
    pub enum How {
        /// Whoever has least to do.
        LeastBusy = "least_busy",
        /// Whoever was not given a customer for the longest time.
        RoundRobin = "round_robin",
        /// Whoever speaks the customer's language; of several who has least to do.
        Language = "language",
    }
}

const AUDIENCES: &[(&str, Audience)] = &[("owner", Audience::Owner), ("managers", Audience::Managers)];
const SEVERITIES: &[(&str, Severity)] =
    &[("info", Severity::Info), ("warning", Severity::Warning), ("alert", Severity::Alert)];

/// Deeds that are a word alone.
const WORDS: &[(&str, RuleDeed)] = &[
    ("ticket_answered", RuleDeed::TicketAnswered),
    ("ticket_reopened", RuleDeed::TicketReopened),
    ("follow_promises", RuleDeed::FollowPromises),
    ("promises_kept", RuleDeed::PromisesKept),
    ("open_deal", RuleDeed::OpenDeal),
    ("take_ownership", RuleDeed::TakeOwnership),
    ("assign", RuleDeed::Assign(How::LeastBusy)),
    ("opt_out", RuleDeed::OptOut),
    ("open_request", RuleDeed::OpenRequest),
];

/// Deeds that are a table with this key.
const VERBS: &[&str] = &[
    "open_ticket",
    "lifecycle",
    "start",
    "stop",
    "write",
    "note",
    "task",
    "notify",
    "ask",
    "assign",
    "set",
    "move_deal",
    "tag",
    "untag",
    "webhook",
];

/// The fields that rules may set, each with its kind of record.
const SETTABLE: &[(&str, (Kind, &str))] = &[
    ("priority", (Kind::Ticket, "priority")),
    ("status", (Kind::Ticket, "status")),
    ("language", (Kind::Customer, "language")),
    ("zone", (Kind::Customer, "zone")),
];

/// A tag has no more letters.
const TAG_CHARS_MAX: usize = 40;

impl Reader<'_> {
    /// Reads a deed: a word, or a table whose first key says what to do.
    pub(super) fn deed(&mut self, value: &Value<'_>, on: Trigger, when: &When) -> Option<RuleDeed> {
        let deed = match value.get_ref() {
            DeValue::Table(entries) => self.deed_table(Table::new("a deed", value.span(), entries))?,
            _ => {
                let options: Vec<(&str, usize)> = WORDS.iter().enumerate().map(|(i, w)| (w.0, i)).collect();
                let word = choice(value, "deed", &options, &mut self.problems)?;
                WORDS[word].1.clone()
            }
        };
        let out = when.message.direction == Direction::Out;
        let refusal = match &deed {
            RuleDeed::Notify { .. } | RuleDeed::Webhook(_) => None,
            _ if on == Trigger::Anomaly => Some("a rule on an anomaly can only notify"),
            RuleDeed::Start(_)
                if on.kind().is_some()
                    || matches!(on, Trigger::Silence | Trigger::Soured | Trigger::Schedule) =>
            {
                None
            }
            RuleDeed::Assign(_) if on.kind().is_some() || on == Trigger::Schedule => None,
            RuleDeed::AskRating if on == Trigger::TicketClosed => None,
            RuleDeed::AskRating => {
                Some("a rating is asked for when a ticket was settled: on = \"ticket_closed\"")
            }
            RuleDeed::TicketAnswered | RuleDeed::TakeOwnership | RuleDeed::Start(_)
                if on != Trigger::Message || !out =>
            {
                Some("this answers a message from the house: add direction = \"out\" to `when`")
            }
            RuleDeed::FollowPromises | RuleDeed::PromisesKept if on != Trigger::Message => {
                Some("only a message promises something, or keeps it")
            }
            RuleDeed::TicketReopened | RuleDeed::OptOut | RuleDeed::OpenRequest | RuleDeed::Assign(_)
                if on != Trigger::Message || out =>
            {
                Some("this answers a message from a customer: direction = \"in\"")
            }
            RuleDeed::Write(_) if on != Trigger::Message || out => {
                Some("only a message from a customer is answered; to follow up, start a sequence")
            }
            _ => None,
        };
        if let Some(refusal) = refusal {
            self.problems.add(value.span(), refusal);
        }
        Some(deed)
    }

    fn deed_table(&mut self, mut table: Table<'_>) -> Option<RuleDeed> {
        let verb = table.only_one_of(VERBS, &mut self.problems)?;
        let value = table.get(verb)?;
        let deed =
            match verb {
                "open_ticket" => choice(value, "priority", options!(Priority), &mut self.problems)
                    .map(RuleDeed::OpenTicket),
                "lifecycle" => choice(value, "lifecycle", options!(Lifecycle), &mut self.problems)
                    .map(RuleDeed::Lifecycle),
                "start" => {
                    let name = text(value, "start", &mut self.problems).map(str::to_owned);
                    self.starts.extend(name.clone().map(|n| (n, value.span())));
                    name.map(RuleDeed::Start)
                }
                "stop" => {
                    let name = text(value, "stop", &mut self.problems).map(str::to_owned);
                    self.starts.extend(name.clone().map(|n| (n, value.span())));
                    name.map(RuleDeed::Stop)
                }
                "assign" => choice(value, "assign", options!(How), &mut self.problems).map(RuleDeed::Assign),
                "set" => self.set(value, &mut table),
                "move_deal" => {
                    let stage = text(value, "move_deal", &mut self.problems).map(str::to_owned);
                    let line = self.problems.line(&value.span());
                    self.stages.extend(stage.clone().map(|text| TextUse { text, line }));
                    stage.map(RuleDeed::MoveDeal)
                }
                "tag" => self.tag(value).map(RuleDeed::Tag),
                "untag" => self.tag(value).map(RuleDeed::Untag),
                "write" => self.use_text(value, "write").map(RuleDeed::Write),
                "note" => self.use_text(value, "note").map(RuleDeed::Note),
                "ask" => {
                    choice(value, "ask", &[("rating", ())], &mut self.problems).map(|()| RuleDeed::AskRating)
                }
                "webhook" => {
                    let name = text(value, "webhook", &mut self.problems)?.to_owned();
                    self.hooks.push(TextUse { text: name.clone(), line: self.problems.line(&value.span()) });
                    Some(RuleDeed::Webhook(name))
                }
                "task" => {
                    let text = self.use_text(value, "task");
                    let due = self.due(&mut table);
                    text.zip(due).map(|(text, due)| RuleDeed::Task { text, due })
                }
                _ => {
                    let to = choice(value, "audience", AUDIENCES, &mut self.problems);
                    let text = table.need("text", &mut self.problems).and_then(|v| self.use_text(v, "text"));
                    let severity = table.choice("severity", SEVERITIES, &mut self.problems);
                    let severity = severity.unwrap_or(Severity::Info);
                    to.zip(text).map(|(to, text)| RuleDeed::Notify { to, text, severity })
                }
            };
        table.finish(&mut self.problems);
        deed
    }

    /// Reads `{ set = "priority", to = "high" }`.
    fn set(&mut self, value: &Value<'_>, table: &mut Table<'_>) -> Option<RuleDeed> {
        let field = choice(value, "field", SETTABLE, &mut self.problems);
        let to = table.need("to", &mut self.problems)?;
        let (kind, name) = field?;
        let words = to.get_ref().as_str().unwrap_or_default();
        let fits = match name {
            "priority" => Priority::by_name(words).is_some(),
            "status" => TicketStatus::by_name(words).is_some(),
            "zone" => words.parse::<Tz>().is_ok(),
            _ => words.len() == 2 && words.bytes().all(|b| b.is_ascii_lowercase()),
        };
        if !fits {
            let hint = match name {
                "priority" => "low, normal, high or urgent",
                "status" => "open, pending or closed",
                "zone" => "a zone such as Europe/Berlin",
                _ => "a language such as \"en\" or \"zh\"",
            };
            self.problems.add(to.span(), format!("`to` must be {hint}"));
        }
        Some(RuleDeed::Set { field: (kind, name), to: words.to_owned() })
    }

    fn tag(&mut self, value: &Value<'_>) -> Option<String> {
        let tag = text(value, "tag", &mut self.problems)?.trim().to_lowercase();
        if tag.contains(char::is_whitespace) || tag.chars().count() > TAG_CHARS_MAX {
            let hint = format!("a tag is one word of at most {TAG_CHARS_MAX} letters");
            self.problems.add(value.span(), hint);
        }
        Some(tag)
    }

    fn due(&mut self, table: &mut Table<'_>) -> Option<Due> {
        let value = table.need("due", &mut self.problems)?;
        let due = text(value, "due", &mut self.problems).map(Due::read)?;
        if due.is_none() {
            self.problems.add(value.span(), format!("`due` must be \"tomorrow 09:00\" or {SPAN_HINT}"));
        }
        due
    }
}
