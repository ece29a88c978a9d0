//! Where everything is kept: messages with their raw bytes, records with their history, jobs,
//! and what waits to leave. A SQLite database in the data directory with one process, or one
//! PostgreSQL that several processes share; each process has one writer.
//!
//! Nothing is acknowledged before it is on disk. Every write to a business record goes through
//! the journal ([`journal`]); sealed columns have keys of their own for each person. This crate does
//! not decide what should happen; it finds, keeps and hands out.

pub mod bench;
mod db;
mod directory;
pub mod error;
mod keys;
mod mark;
mod migrate;
mod open;
mod place;
mod writer;

pub mod ingest;
pub mod journal;
pub mod work;

pub mod accounts;
pub mod chats;
pub mod drafts;
pub mod jobs;
pub mod lease;
pub mod links;
pub mod outbox;
pub mod pages;
pub mod stuck;

pub mod health;
pub mod hooks;
pub mod integrity;

pub mod alerts;
pub mod attachments;
pub mod audit;
pub mod backup;
pub mod baskets;
pub mod campaigns;
pub mod counts;
pub mod courses;
pub mod erase;
pub mod facts;
pub mod firings;
pub mod histories;
pub mod history;
pub mod hourly;
pub mod imports;
pub mod index_log;
pub mod insights;
pub mod intakes;
pub mod ledger;
pub mod merge;
pub mod messages;
pub mod people;
pub mod preferences;
pub mod quota;
pub mod ratings;
pub mod reads;
pub mod records;
pub mod report;
mod retention;
pub mod sight;
pub mod stretch;
mod sweep;
pub mod terms;
pub mod threads;
pub mod tokens;
pub mod trail;
pub mod undo;
pub mod visits;

pub use db::Engine;
pub use error::StorageError;
pub use keys::Master;
pub use open::{Access, Store};
pub use place::{Place, without_passwords};
pub use sight::Sight;
