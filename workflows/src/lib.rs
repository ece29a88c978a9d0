//! What happens to a message after it arrived: ingest, understand, record, react; and what
//! happens by itself: rules, sequences, schedules, digests, alerts.

pub mod anomaly;
pub mod rules;
pub mod schedule;
