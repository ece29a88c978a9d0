//! Conversations, their messages, and answers to them.

use rapport_model::message::{Automation, Direction};
use rapport_model::reading::{Intent, Mood};
use rapport_model::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Ref, answers, lists};

/// A conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Thread {
    /// Names it.
    #[schema(value_type = String)]
    pub id: Id,
    /// How often the record was written.
    pub version: i64,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// What it is about.
    pub subject: String,
    /// With whom it is.
    pub customer: Option<Ref>,
    /// Who looks after it, by their short name.
    pub owner: Option<String>,
    /// The conversation that it is a part of now.
    pub joined_into: Option<Ref>,
}

/// A mail or a chat message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Names it.
    #[schema(value_type = String)]
    pub id: Id,
    /// Its conversation.
    #[schema(value_type = String)]
    pub thread: Id,
    /// Whose it is.
    pub customer: Option<Ref>,
    /// The colleague who wrote it, by their short name.
    pub author: Option<String>,
    /// How it came: `email`, or a chat.
    pub channel: String,
    /// Which way it went.
    #[schema(schema_with = lists::direction)]
    pub direction: Direction,
    /// Whether a machine wrote it.
    #[schema(schema_with = lists::automation)]
    pub automation: Automation,
    /// When it arrived.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// What its writer's clock said.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
    /// Its subject.
    pub subject: String,
    /// What is new in it.
    pub text: String,
    /// All of its text, with what it quotes.
    pub whole_text: String,
    /// Who took part.
    pub parties: Vec<Party>,
    /// The files that came with it.
    pub attachments: Vec<Attachment>,
    /// What was understood of it.
    pub reading: Option<Reading>,
}

/// Somebody's part in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Party {
    /// `from`, `to`, `cc` or `reply_to`.
    pub role: String,
    /// Their name.
    pub name: String,
    /// Their address.
    pub address: String,
}

/// A file that came with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attachment {
    /// Names it.
    #[schema(value_type = String)]
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub mime: String,
    /// Its length.
    pub bytes: i64,
}

/// What was understood of a message, or what a colleague said that it means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Reading {
    /// Its language, such as `en`.
    pub language: String,
    /// What it wants.
    #[schema(schema_with = lists::intent)]
    pub intent: Intent,
    /// How likely it wants that, in 0..=1.
    pub probability: f32,
    /// How it feels.
    #[schema(schema_with = lists::mood)]
    pub mood: Mood,
    /// Whether it wants an answer within hours.
    pub urgent: bool,
}

/// An answer to write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReply {
    /// Its words, without greeting of the house and quote: those are added.
    #[schema(min_length = 1, max_length = 20000)]
    pub text: String,
    /// Whether everybody in the conversation gets a copy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
}

/// An answer as it would leave. It leaves when it is sent, within seven days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Draft {
    /// Names it.
    #[schema(value_type = String)]
    pub id: Id,
    /// The conversation.
    #[schema(value_type = Option<String>)]
    pub thread: Option<Id>,
    /// To whom it goes.
    pub customer: Option<Ref>,
    /// The address that it comes from.
    pub from: String,
    /// The address that it goes to.
    pub to: String,
    /// Who gets a copy.
    pub cc: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// All of its text.
    pub text: String,
}

/// How a draft is to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Send {
    /// Whether it leaves although somebody has written since it was drafted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub anyway: bool,
}

/// A message on its way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Leaving {
    /// Names it.
    #[schema(value_type = String)]
    pub id: Id,
    /// When it leaves; until then it can be held back.
    #[schema(value_type = String, format = DateTime)]
    pub leaves_at: Timestamp,
}

/// Whether a message was held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeldBack {
    /// Names it.
    #[schema(value_type = String)]
    pub id: Id,
    /// False where it had left.
    pub held: bool,
}

answers! {
    Thread, Threads;
    Message, Messages;
}
