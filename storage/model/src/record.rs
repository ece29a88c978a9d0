//! Records, and the changes that make up their history.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{Id, ShortNumber};
use crate::time::Timestamp;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $table:literal, $letter:expr;)*) => {
        /// What sort of thing a record is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)*];

            /// Returns the name that the database, rules and JSON use.
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name,)* }
            }

            /// Returns the table that holds records of this kind.
            pub const fn table(self) -> &'static str {
                match self { $(Kind::$kind => $table,)* }
            }

            /// Returns the letter of its short numbers, if people see any.
            pub const fn letter(self) -> Option<char> {
                match self { $(Kind::$kind => $letter,)* }
            }
        }
    };
}

kinds! {
    /// A person who deals with the house.
    Customer = "customer", "customers", Some('C');
    /// An organisation that customers belong to.
    Company = "company", "companies", Some('F');
    /// An address, number or account by which a customer or company is known.
    Identity = "identity", "identities", None;
    /// A possible sale.
    Deal = "deal", "deals", Some('D');
    /// Something the house sells.
    Product = "product", "products", None;
    /// Something a customer bought.
    Order = "order", "orders", None;
    /// Something a colleague has to do by a time.
    Task = "task", "tasks", Some('K');
    /// A customer's trouble that the house has to settle.
    Ticket = "ticket", "tickets", Some('T');
    /// What a colleague or a rule wrote down.
    Note = "note", "notes", None;
    /// What a customer allowed or forbade.
    Consent = "consent", "consents", None;
    /// How a customer found what a colleague did for them.
    Rating = "rating", "ratings", None;
    /// What a customer asks of the house about what it holds of them.
    PrivacyRequest = "privacy_request", "privacy_requests", Some('R');
    /// A mailing to many.
    Campaign = "campaign", "campaigns", Some('P');
    /// A conversation.
    Thread = "thread", "threads", None;
    /// One mail or chat message.
    Message = "message", "messages", None;
    /// A file that came with a message.
    Attachment = "attachment", "attachments", None;
    /// A colleague.
    User = "user", "users", None;
    /// Colleagues who share customers and hours.
    Team = "team", "teams", None;
    /// The stages that deals pass through.
    Pipeline = "pipeline", "pipelines", None;
    /// A field that the house added to a kind of record.
    CustomField = "custom_field", "custom_fields", None;
    /// Something that happens at planned times.
    Schedule = "schedule", "schedules", None;
    /// A file of rules that the service worked by.
    RuleFile = "rule_file", "rule_files", None;
}

impl Kind {
    /// Finds the kind whose short numbers start with `letter`, in either case.
    pub fn by_letter(letter: char) -> Option<Kind> {
        Self::ALL.iter().copied().find(|k| k.letter() == Some(letter.to_ascii_uppercase()))
    }

    /// Finds the kind by its [`Kind::name`].
    pub fn by_name(name: &str) -> Option<Kind> {
        Self::ALL.iter().copied().find(|k| k.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Points at one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordRef {
    /// The kind of record.
    pub kind: Kind,
    /// Its id.
    pub id: Id,
}

impl RecordRef {
    /// Points at the record `id` of `kind`.
    pub const fn new(kind: Kind, id: Id) -> Self {
        Self { kind, id }
    }
}

/// The value of a field. Times are microseconds, references ids, lists JSON text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number, a time, or an id.
    Int(i64),
    /// A measure.
    Real(f64),
    /// Words.
    Text(String),
}

impl Value {
    /// Returns the whole number, if it is one.
    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(i) => Some(*i),
            Self::Bool(b) => Some(i64::from(*b)),
            _ => None,
        }
    }

    /// Returns the text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(t) => Some(t),
            _ => None,
        }
    }

    /// Returns the id, if it is one.
    pub fn id(&self) -> Option<Id> {
        self.int().map(Id)
    }

    /// Returns the instant, if it is one.
    pub fn time(&self) -> Option<Timestamp> {
        self.int().map(Timestamp::from_micros)
    }

    /// Returns the measure, if it is a number.
    pub fn real(&self) -> Option<f64> {
        match self {
            Self::Real(r) => Some(*r),
            Self::Int(i) => Some(*i as f64),
            _ => None,
        }
    }

    /// Tells whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

macro_rules! value_from {
    ($($from:ty => |$x:ident| $value:expr;)*) => {
        $(impl From<$from> for Value { fn from($x: $from) -> Self { $value } })*
    };
}
value_from! {
    i32 => |x| Value::Int(i64::from(x));
    bool => |x| Value::Bool(x);
    i64 => |x| Value::Int(x);
    f64 => |x| Value::Real(x);
    String => |x| Value::Text(x);
    &str => |x| Value::Text(x.to_owned());
    Id => |x| Value::Int(x.0);
    Timestamp => |x| Value::Int(x.micros());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(x: Option<T>) -> Self {
        x.map_or(Value::Null, Into::into)
    }
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A colleague.
    User(Id),
    /// A rule of that name.
    Rule(String),
    /// The service itself, in the named part (`ingest`, `record`, `import`).
    Service(String),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Rule(name) => write!(f, "rule:{name}"),
            Self::Service(part) => write!(f, "service:{part}"),
        }
    }
}

impl std::str::FromStr for Actor {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("user", id)) => id.parse().map(Actor::User).map_err(|_| format!("unknown actor {text:?}")),
            Some(("rule", name)) => Ok(Actor::Rule(name.to_owned())),
            Some(("service", part)) => Ok(Actor::Service(part.to_owned())),
            _ => Err(format!("unknown actor {text:?}")),
        }
    }
}

/// What was done in one go, by one actor, for one reason: the unit of undo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// Names the act.
    pub id: Id,
    /// When it was done.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// The event that led to it, if one did.
    pub cause: Option<Id>,
    /// The act that this one takes back, if it is an undo.
    pub undoes: Option<Id>,
}

/// What happened to a record as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// It came into being.
    Create,
    /// Fields of it changed.
    Update,
    /// It was taken away (and can come back).
    Delete,
    /// It came back.
    Restore,
    /// The words in it were destroyed, for good.
    Erase,
}

impl Op {
    /// Returns the name that the database uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Erase => "erase",
        }
    }

    /// Finds the operation by its [`Op::name`].
    pub fn by_name(name: &str) -> Option<Op> {
        [Self::Create, Self::Update, Self::Delete, Self::Restore, Self::Erase]
            .into_iter()
            .find(|op| op.name() == name)
    }

    /// Returns what takes it back. Nothing takes an erasure back: its inverse does nothing.
    pub const fn inverse(self) -> Op {
        match self {
            Self::Create | Self::Restore => Self::Delete,
            Self::Delete => Self::Restore,
            Self::Update | Self::Erase => Self::Update,
        }
    }
}

/// A field before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field's name in the registry ([`crate::fields`]).
    pub field: String,
    /// Its value before; null when the record was created.
    pub before: Value,
    /// Its value after.
    pub after: Value,
}

/// One record changed. Every write to a business record is one of these, in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The record.
    pub record: RecordRef,
    /// What happened to it as a whole.
    pub op: Op,
    /// Its fields before and after.
    pub fields: Vec<FieldChange>,
}

impl Change {
    /// Starts a change that creates `record`.
    pub fn create(record: RecordRef) -> Self {
        Self { record, op: Op::Create, fields: Vec::new() }
    }

    /// Starts a change of fields of `record`.
    pub fn update(record: RecordRef) -> Self {
        Self { record, op: Op::Update, fields: Vec::new() }
    }

    /// Adds a field, unless its value stays the same.
    #[must_use]
    pub fn set(mut self, field: &str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        let (before, after) = (before.into(), after.into());
        if before != after {
            self.fields.push(FieldChange { field: field.to_owned(), before, after });
        }
        self
    }

    /// Adds a field of a new record, unless it is null.
    #[must_use]
    pub fn with(self, field: &str, value: impl Into<Value>) -> Self {
        self.set(field, Value::Null, value)
    }

    /// Tells whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.op == Op::Update && self.fields.is_empty()
    }

    /// Returns the new value of `field`, if this change sets it.
    pub fn after(&self, field: &str) -> Option<&Value> {
        self.fields.iter().find(|f| f.field == field).map(|f| &f.after)
    }

    /// Returns the change that takes this one back.
    pub fn inverse(&self) -> Self {
        let swap = |f: &FieldChange| FieldChange {
            field: f.field.clone(),
            before: f.after.clone(),
            after: f.before.clone(),
        };
        // Taking a record away keeps its fields, so that it can come back whole.
        let fields = if self.op == Op::Update { self.fields.iter().map(swap).collect() } else { Vec::new() };
        Self { record: self.record, op: self.op.inverse(), fields }
    }
}

/// A record as stored: its fields by name, and what people call it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// Which record it is.
    pub record: RecordRef,
    /// Its short number, 0 where the kind has none.
    pub number: i64,
    /// The fields that have a value.
    pub fields: std::collections::BTreeMap<String, Value>,
    /// Whether it was taken away.
    pub deleted: bool,
}

impl Record {
    /// Returns the value of `field`, null when it has none.
    pub fn get(&self, field: &str) -> &Value {
        self.fields.get(field).unwrap_or(&Value::Null)
    }

    /// Returns the text of `field`, empty when it has none.
    pub fn text(&self, field: &str) -> &str {
        self.get(field).text().unwrap_or("")
    }

    /// Returns what people call it.
    pub fn short(&self) -> ShortNumber {
        ShortNumber::of(self.record.kind, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_taken_back_swaps_its_values_and_twice_is_the_same() {
        let deal = RecordRef::new(Kind::Deal, Id(7));
        let change = Change::update(deal).set("stage", "new", "won").set("amount", 5, 5);
        assert_eq!(change.fields.len(), 1, "an unchanged field is no change");
        assert_eq!(change.inverse().after("stage"), Some(&Value::from("new")));
        assert_eq!(change.inverse().inverse(), change);
    }

    #[test]
    fn an_actor_survives_its_text() {
        for actor in [Actor::User(Id(5)), Actor::Rule("a:b".into()), Actor::Service("ingest".into())] {
            assert_eq!(actor.to_string().parse(), Ok(actor));
        }
    }
}
