//! What a store promises, checked on both engines: each contract is written once.
//!
//! PostgreSQL takes part when `RAPPORT_TEST_POSTGRES` names a server on which the user may make
//! databases (`tests/run` starts one, `tests/postgres/up DIR` does by hand).

// Here an unwrap is an assertion.
#![allow(clippy::unwrap_used)]

mod support;

mod conversation;
mod ingest;
mod neighbours;
mod schema;
mod threading;

mod asked;
mod campaigns;
mod chats;
mod claims;
mod jobs;
mod outbox;
mod preferences;
mod watched;
mod work;

mod figures;
mod insights;
mod journal;
mod messages;
mod reads;
mod records;
mod reversal;
mod rules;
mod schedules;
mod sight;
mod trust;
mod visits;

mod hooks;
mod imports;
mod index_log;
mod leases;

mod absence;
mod backup;
mod keys;
mod open;
