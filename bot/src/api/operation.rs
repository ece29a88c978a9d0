//! What can be asked: of each operation all that is known of it, in one place.

use std::future::Future;
use std::pin::Pin;

use rapport_model::Id;
use rapport_model::people::Role;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::problem::Problem;
use super::schema::Shape;

/// What comes of an operation.
pub(super) type Pending<'c> = Pin<Box<dyn Future<Output = Result<Answer, Problem>> + Send + 'c>>;

/// How something is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes, or does.
    Post,
    /// Changes.
    Patch,
    /// Takes away.
    Delete,
}

impl Method {
    /// Returns its name in HTTP.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What an operation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Who asks, and colleagues.
    House,
    /// Persons.
    Customers,
    /// Organisations.
    Companies,
    /// Possible sales.
    Deals,
    /// What is to be done.
    Tasks,
    /// Troubles.
    Tickets,
    /// What was written down.
    Notes,
    /// Conversations and messages.
    Threads,
    /// Answers that leave.
    Drafts,
    /// Full text.
    Search,
    /// How things stand.
    Digests,
    /// Work that waits.
    Jobs,
    /// What was done, and its undoing.
    Audit,
}

impl Group {
    /// Every group, in the order of the documentation.
    pub const ALL: &'static [Group] = &[
        Self::House,
        Self::Customers,
        Self::Companies,
        Self::Deals,
        Self::Tasks,
        Self::Tickets,
        Self::Notes,
        Self::Threads,
        Self::Drafts,
        Self::Search,
        Self::Digests,
        Self::Jobs,
        Self::Audit,
    ];

    /// Returns its name and what it is about.
    pub const fn about(self) -> (&'static str, &'static str) {
        match self {
            Self::House => ("house", "Who asks, and who works here."),
            Self::Customers => ("customers", "Persons who deal with the house."),
            Self::Companies => ("companies", "Organisations that customers belong to."),
            Self::Deals => ("deals", "Possible sales."),
            Self::Tasks => ("tasks", "What colleagues have to do by a time."),
            Self::Tickets => ("tickets", "Customers' troubles that the house has to settle."),
            Self::Notes => ("notes", "What colleagues and rules wrote down."),
            Self::Threads => ("threads", "Conversations and their messages."),
            Self::Drafts => (
                "drafts",
                "Answers to customers. What leaves the house is drafted, looked at, and then sent.",
            ),
            Self::Search => ("search", "Full text over customers, mails, notes and all else."),
            Self::Digests => ("digests", "How things stand."),
            Self::Jobs => ("jobs", "The work of the service: what waits, and what was given up."),
            Self::Audit => ("audit", "What was done, by whom, when and why; and its undoing."),
        }
    }
}

/// A parameter of the query.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub what: &'static str,
    /// What it may be.
    pub takes: Takes,
    /// Whether it must be there.
    pub required: bool,
}

/// What a parameter may be.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// A text of at most so many letters.
    Text(u64),
    /// A number within these.
    Number(i64, i64),
    /// A time.
    Time,
    /// Yes or no.
    Flag,
    /// One of these.
    OneOf(fn() -> Vec<&'static str>),
}

impl Takes {
    /// Returns its schema.
    pub fn schema(self) -> Value {
        match self {
            Self::Text(max) => json!({"type": "string", "minLength": 1, "maxLength": max}),
            Self::Number(min, max) => json!({"type": "integer", "minimum": min, "maximum": max}),
            Self::Time => json!({"type": "string", "format": "date-time"}),
            Self::Flag => json!({"type": "boolean"}),
            Self::OneOf(names) => json!({"type": "string", "enum": names()}),
        }
    }

    /// Returns a value as JSON has it; one that cannot be read stays a text, which its schema refuses.
    pub(super) fn read(self, text: &str) -> Value {
        let number = || text.parse::<i64>().ok().filter(|n| n.to_string() == text).map(Value::from);
        let read = match self {
            Self::Text(_) | Self::Time | Self::OneOf(_) => None,
            Self::Number(..) => number(),
            Self::Flag => text.parse::<bool>().ok().map(Value::from),
        };
        read.unwrap_or_else(|| Value::from(text))
    }
}

/// What is answered where all went well.
#[derive(Clone, Copy, Debug)]
pub struct Answers {
    /// The HTTP status: 200 or 201.
    pub status: u16,
    /// The body.
    pub shape: Shape,
    /// Whether it is one state of one record, which an ETag tells from others.
    pub etag: bool,
}

/// What can be asked.
#[derive(Clone, Copy)]
pub struct Operation {
    /// Its name, such as `list_customers`.
    pub id: &'static str,
    /// How it is asked.
    pub method: Method,
    /// Where, behind [`super::ROOT`]; ids stand as `{id}`.
    pub path: &'static str,
    /// What it belongs to.
    pub group: Group,
    /// What it does, in a sentence.
    pub what: &'static str,
    /// More about it.
    pub more: &'static str,
    /// The least role that may.
    pub role: Role,
    /// Whether it is about the whole house, so that it takes a token that sees everything.
    pub whole_house: bool,
    /// What may stand in the query.
    pub params: &'static [Param],
    /// What is sent along.
    pub body: Option<Shape>,
    /// What is answered.
    pub answers: Answers,
    /// What does it.
    pub(super) act: for<'c> fn(&'c Call) -> Pending<'c>,
    /// What answers once more for what was done under the same key; it names the act or message.
    pub(super) again: Option<for<'c> fn(&'c Call, Id) -> Pending<'c>>,
}

impl Operation {
    /// Tells whether it is done once under an `Idempotency-Key`.
    pub fn takes_key(&self) -> bool {
        self.again.is_some()
    }

    /// Tells whether it is held to an `If-Match`.
    pub fn takes_match(&self) -> bool {
        self.method == Method::Patch
    }

    /// Returns the ids of a path, if it is this operation's.
    pub(super) fn ids(&self, path: &str) -> Option<Vec<String>> {
        let (mut asked, mut own) = (path.split('/'), self.path.split('/'));
        let mut ids = Vec::new();
        loop {
            match (asked.next(), own.next()) {
                (None, None) => return Some(ids),
                (Some(id), Some(place)) if place.starts_with('{') && !id.is_empty() => {
                    ids.push(id.to_owned())
                }
                (Some(a), Some(b)) if a == b => {}
                _ => return None,
            }
        }
    }
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}
