//! The house itself: who asks, colleagues, search, digests, jobs, and what was done.

use rapport_model::people::{Role, Scope};
use rapport_model::record::Op;
use rapport_model::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Ref, answers, lists};

/// Who asks, by this token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The colleague for whom is asked, by their short name.
    pub user: String,
    /// What may be done: what both the token and the colleague may.
    #[schema(schema_with = lists::role)]
    pub role: Role,
    /// Whose customers are seen: those whom both the token and the colleague see.
    #[schema(schema_with = lists::scope)]
    pub scope: Scope,
    /// What the token is for.
    pub token: String,
    /// From when on it is good for nothing.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// A colleague.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Colleague {
    /// Their short name.
    pub handle: String,
    /// The name that customers see.
    pub name: String,
    /// What they may do.
    #[schema(schema_with = lists::role)]
    pub role: Role,
    /// Their team; empty without one.
    pub team: String,
}

/// All colleagues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Colleagues {
    /// Who works here.
    pub items: Vec<Colleague>,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Results {
    /// How many records match, of those that the token sees.
    pub total: u64,
    /// The page of them that was asked for.
    pub items: Vec<Found>,
    /// Where the next page begins, for `cursor`; null on the last one.
    pub next: Option<String>,
    /// Words that were looked for besides.
    pub added: Vec<String>,
    /// Whether nothing holds all words, so that some were enough.
    pub relaxed: bool,
}

/// A record that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Found {
    /// Which record.
    pub record: Ref,
    /// Its name, subject or title.
    pub title: String,
    /// The words around the match.
    pub snippet: String,
    /// What of them matches.
    pub marks: Vec<Mark>,
    /// The customer it belongs to.
    pub customer: Option<Ref>,
    /// When it was.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// How well it matches; comparable within one search.
    pub score: f32,
}

/// A place in a text, in letters from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mark {
    /// Its first letter.
    pub start: u64,
    /// The letter behind its last.
    pub end: u64,
}

/// How things stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Digest {
    /// When its period began.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// When its period ended.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// What it is called.
    pub subject: String,
    /// All of it as text, in the colleague's language.
    pub text: String,
    /// All of it as a mail has it.
    pub html: String,
}

/// A digest that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SentDigest {
    /// When it was sent, or will be.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What it is called.
    pub subject: String,
    /// What it says, as text or as a chat shows it.
    pub text: String,
}

/// Digests that were sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SentDigests {
    /// Those sent last.
    pub items: Vec<SentDigest>,
}

/// Work that waits, is done, or was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Names it.
    #[schema(value_type = String)]
    pub id: Id,
    /// What it does, such as `understand`.
    pub task: String,
    /// `waits`, `claimed` or `given_up`.
    pub state: String,
    /// When it is due.
    #[schema(value_type = String, format = DateTime)]
    pub run_at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// The work that waits or was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Jobs {
    /// How many are due.
    pub due: i64,
    /// How many wait for a later time.
    pub later: i64,
    /// How many were given up.
    pub given_up: i64,
    /// Those that were given up, then those that wait.
    pub items: Vec<Job>,
}

/// That something was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Done {
    /// What it was done to.
    #[schema(value_type = String)]
    pub id: Id,
}

/// What was done in one go: the unit of undo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Act {
    /// Names it.
    #[schema(value_type = String)]
    pub id: Id,
    /// When it was done.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who did it: a colleague (`mia`), a rule (`rule:lead`), or a part of the service
    /// (`service:record`).
    pub actor: String,
    /// What led to it, where that is known.
    pub cause: Option<Cause>,
    /// The act that this one takes back.
    #[schema(value_type = Option<String>)]
    pub undoes: Option<Id>,
    /// The act that took this one back.
    #[schema(value_type = Option<String>)]
    pub undone_by: Option<Id>,
    /// What it changed, of what the token sees.
    pub changes: Vec<Changed>,
}

/// What led to an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cause {
    /// Names the event.
    #[schema(value_type = String)]
    pub id: Id,
    /// What happened, such as `message`, `step` or `asked`; null where no event is known.
    pub event: Option<String>,
    /// The number of the token that asked for it.
    pub token: Option<i64>,
}

/// A record that was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Changed {
    /// Which record.
    pub record: Ref,
    /// `create`, `update`, `delete`, `restore` or `erase`.
    #[schema(value_type = String)]
    pub op: Op,
    /// Its fields before and after.
    pub fields: Vec<FieldChanged>,
}

/// A field that was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldChanged {
    /// Its name.
    pub field: String,
    /// What it was.
    #[schema(value_type = Value)]
    pub before: serde_json::Value,
    /// What it is.
    #[schema(value_type = Value)]
    pub after: serde_json::Value,
}

/// What was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Undone {
    /// The act that took it back.
    #[schema(value_type = Option<String>)]
    pub act: Option<Id>,
    /// The act that was taken back.
    #[schema(value_type = String)]
    pub undoes: Id,
    /// The records that are as they were before.
    pub records: Vec<Ref>,
}

answers! {
    Act, Acts;
}
