//! What colleagues command, however they do: the console and the chats share it all.
//!
//! ```text
//! text ─► parse ─► Command ─► run (role, record meant) ─► one file per group ─► Card ─► console, chat
//! ```
//! A [`Command`] has one written form, which [`parse()`] reads back; so a button is a command that
//! was typed for its reader, and a choice between records is a row of buttons. What a reader did
//! before (the record last shown, a question that waits) is in the [`Session`].

pub mod command;
pub mod keep;
pub mod parse;
mod search;
pub mod table;

pub mod card;
pub mod console;
mod correct;
mod deadline;

mod grammar;
mod guess;
mod past;
mod plain;
mod question;
mod safe;
mod wrap;

pub mod session;

mod run;

mod conversation;
pub(crate) mod desk;
mod draft;
mod draft_step;
mod reply;
mod resolve;
mod values;

pub(crate) mod compose;
mod govern;
mod own;
mod survey;

mod as_of;
mod attach;
mod digest;
pub(crate) mod files;
mod find;
mod help;
mod history;
mod meeting;
mod merge;
mod message;
mod names;
mod note;
mod ratings;
mod records;
mod rsvp;
mod seen;
mod stage;
mod tasks;
mod tickets;
mod timeline;
mod undo;
mod why;
mod why_message;
mod wish;

#[cfg(test)]
mod tests;

pub use card::{Block, Button, Card, Field, Picture};
pub use command::Command;
pub(crate) use draft::HOLD;
pub(crate) use govern::{export_held, with_request_buttons};
pub(crate) use keep::{Person, Sum, domain, may_own, open_stage, phone, said, sums, worth};
pub use names::names;
pub(crate) use note::about_record;
pub use own::Own;
pub use parse::parse;
pub(crate) use question::{Question, question};
pub(crate) use run::run_with;
pub use run::{mail_card, press, run, team_card};
pub use safe::plain;
pub use session::Session;
pub(crate) use stage::{is_customer, lifecycle_change};
pub use table::{COMMANDS, Name, Spec};
pub(crate) use tickets::standing;
