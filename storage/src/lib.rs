//! Where everything is kept: messages with their raw bytes, records with their history, jobs,
//! and what waits to leave. One SQLite database in the data directory, one writer.
//!
//! Nothing is acknowledged before it is on disk. Every write to a business record goes through
//! the journal ([`journal`]), every sealed column through the [`seal::Sealer`]. This crate does
//! not decide what should happen; it finds, keeps and hands out.

pub mod error;
pub mod seal;

mod migrate;
mod open;
mod rows;
mod writer;

pub mod ingest;
pub mod journal;
pub mod work;

pub mod jobs;
pub mod outbox;

pub mod facts;
pub mod index_log;
pub mod messages;
pub mod people;
pub mod records;
pub mod report;
pub mod undo;

pub use error::StorageError;
pub use open::{Access, Store};
