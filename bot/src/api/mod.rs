//! The interface for other programs: customers, conversations, deals, tasks, tickets, notes, search,
//! digests, jobs and what was done, as JSON under `/api/v1`.
//!
//! ```text
//! request ─► serve (token, pace, size) ─► OPERATIONS ─► checked against its schema ─► one file per group
//! ```
//! [`operation::Operation`] says of each thing that can be asked its path, parameters, body, answer, role and
//! what does it, so that what is documented is what is served. What is done is done at a colleague's desk,
//! as a command in a chat is: with their sight, in the journal, with a way back.

pub mod client;
pub mod operation;
pub mod types;

mod answer;
mod call;
mod cursor;
mod document;
mod operations;
mod page;
mod problem;
mod schema;
mod serve;
mod token;
mod view;

mod audit;
mod companies;
mod customers;
mod deals;
mod house;
mod jobs;
mod mail;
mod notes;
mod replies;
mod search;
mod seen;
mod tasks;
mod tickets;

pub use document::document;
pub use operations::OPERATIONS;
pub(crate) use page::page;
pub(crate) use problem::{Problem, Sort};
pub(crate) use serve::{Desks, serve};

/// What every path begins with.
pub const ROOT: &str = "/api/v1";
