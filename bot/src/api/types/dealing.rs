//! Deals, tasks, tickets and notes.

use rapport_model::event::Promiser;
use rapport_model::people::{Interaction, Outcome, Priority, TicketStatus};
use rapport_model::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Edit, Money, Ref, answers, lists, record};

record! {
    /// A possible sale.
    pub struct Deal {
        /// What it is about.
        pub title: String,
        /// Whose it is.
        pub customer: Option<Ref>,
        /// Their company.
        pub company: Option<Ref>,
        /// The conversation that it came from.
        pub thread: Option<Ref>,
        /// The stage of the pipeline that it is in.
        pub stage: String,
        /// How likely a deal in that stage is won, in 0..=1.
        pub probability: Option<f64>,
        /// What it is worth.
        pub amount: Option<Money>,
        /// When it is expected to be decided.
        #[schema(value_type = Option<String>, format = DateTime)]
        pub close_at: Option<Timestamp>,
        /// The colleague who looks after it, by their short name.
        pub owner: Option<String>,
        /// Why it was lost.
        pub lost_reason: Option<String>,
    }
}

/// A deal to open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeal {
    /// Whose it is: their number or id.
    #[schema(min_length = 1, max_length = 24)]
    pub customer: String,
    /// What it is about.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// A stage of the pipeline; the first one, where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64)]
    pub stage: Option<String>,
    /// What it is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// When it is expected to be decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub close_at: Option<Timestamp>,
    /// Who looks after it; whoever looks after the customer, where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64)]
    pub owner: Option<String>,
}

/// What changes of a deal (RFC 7396): what is not named stays, null empties.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeDeal {
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    pub title: Option<String>,
    /// A stage of the pipeline. Whose deal is won is a customer from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    pub stage: Option<String>,
    /// What it is worth.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    #[schema(value_type = Option<Money>)]
    pub amount: Edit<Money>,
    /// When it is expected to be decided.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub close_at: Edit<Timestamp>,
    /// Who looks after it, by their short name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    pub owner: Option<String>,
    /// Why it was lost.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2000)]
    pub lost_reason: Edit<String>,
}

record! {
    /// Something that a colleague has to do.
    pub struct Task {
        /// What is to be done.
        pub title: String,
        /// By when.
        #[schema(value_type = Option<String>, format = DateTime)]
        pub due: Option<Timestamp>,
        /// When it was done.
        #[schema(value_type = Option<String>, format = DateTime)]
        pub done_at: Option<Timestamp>,
        /// Who does it, by their short name.
        pub owner: Option<String>,
        /// The customer it is about.
        pub customer: Option<Ref>,
        /// The deal it is about.
        pub deal: Option<Ref>,
        /// The ticket it is about.
        pub ticket: Option<Ref>,
        /// The conversation it came from.
        pub thread: Option<Ref>,
        /// Whose promise it is about.
        #[schema(schema_with = lists::maybe_promiser)]
        pub promise: Option<Promiser>,
    }
}

/// A task to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTask {
    /// What is to be done.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// By when: a time to come.
    #[schema(value_type = String, format = DateTime)]
    pub due: Timestamp,
    /// Who does it, by their short name; whoever asks, where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64)]
    pub owner: Option<String>,
    /// What it is about: the number of a customer, deal or ticket, or a customer's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 24)]
    pub about: Option<String>,
}

/// What changes of a task (RFC 7396): what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeTask {
    /// What is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    pub title: Option<String>,
    /// By when: a time to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime)]
    pub due: Option<Timestamp>,
    /// Whether it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub done: Option<bool>,
    /// Who does it, by their short name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    pub owner: Option<String>,
}

record! {
    /// A customer's trouble that the house has to settle.
    pub struct Ticket {
        /// What it is about.
        pub title: String,
        /// Whose it is.
        pub customer: Option<Ref>,
        /// Their company.
        pub company: Option<Ref>,
        /// The conversation it is dealt with in.
        pub thread: Option<Ref>,
        /// Who looks after it, by their short name.
        pub owner: Option<String>,
        /// How soon it wants care.
        #[schema(schema_with = lists::priority)]
        pub priority: Priority,
        /// Where it stands.
        #[schema(schema_with = lists::status)]
        pub status: TicketStatus,
        /// When it was opened.
        #[schema(value_type = Option<String>, format = DateTime)]
        pub opened_at: Option<Timestamp>,
        /// When the house first answered.
        #[schema(value_type = Option<String>, format = DateTime)]
        pub first_answer_at: Option<Timestamp>,
        /// When it was settled.
        #[schema(value_type = Option<String>, format = DateTime)]
        pub closed_at: Option<Timestamp>,
        /// How often it came back.
        pub reopened: i64,
        /// Until when it is out of sight.
        #[schema(value_type = Option<String>, format = DateTime)]
        pub snoozed_until: Option<Timestamp>,
    }
}

/// A ticket to open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTicket {
    /// Whose it is: their number or id.
    #[schema(min_length = 1, max_length = 24)]
    pub customer: String,
    /// What it is about.
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    /// How soon it wants care; `normal`, where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = lists::maybe_priority)]
    pub priority: Option<Priority>,
    /// Who looks after it; whoever looks after the customer, where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64)]
    pub owner: Option<String>,
}

/// What changes of a ticket (RFC 7396): what is not named stays, null empties.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeTicket {
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    pub title: Option<String>,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = lists::status)]
    pub status: Option<TicketStatus>,
    /// How soon it wants care.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = lists::priority)]
    pub priority: Option<Priority>,
    /// Who looks after it, by their short name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    pub owner: Option<String>,
    /// Until when it is out of sight: a time to come.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub snoozed_until: Edit<Timestamp>,
}

/// What a colleague or a rule wrote down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Note {
    /// Names it.
    #[schema(value_type = String)]
    pub id: Id,
    /// How often the record was written.
    pub version: i64,
    /// When the record was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last written.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// What was written.
    pub body: String,
    /// The customer it is about.
    pub customer: Option<Ref>,
    /// The company it is about.
    pub company: Option<Ref>,
    /// The deal it is about.
    pub deal: Option<Ref>,
    /// The ticket it is about.
    pub ticket: Option<Ref>,
    /// Who wrote it, by their short name.
    pub author: Option<String>,
    /// What was done, where it tells of a call or a meeting.
    #[schema(schema_with = lists::maybe_interaction)]
    pub interaction: Option<Interaction>,
    /// How the call ended.
    #[schema(schema_with = lists::maybe_outcome)]
    pub outcome: Option<Outcome>,
    /// How many minutes it took.
    pub minutes: Option<i64>,
}

/// A note to write.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    /// What it is about: the number of a customer, company, deal or ticket, or a customer's id.
    #[schema(min_length = 1, max_length = 24)]
    pub about: String,
    /// What to write.
    #[schema(min_length = 1, max_length = 4000)]
    pub body: String,
}

answers! {
    Deal, Deals, DealWritten;
    Task, Tasks, TaskWritten;
    Ticket, Tickets, TicketWritten;
    Note, Notes, NoteWritten;
}
