//! What happens to a message after it arrived: ingest, understand, record, react; and what
//! happens by itself: sequences, schedules, digests, alerts.
//!
//! Decisions are pure ([`rules::react`], [`record`], [`carry_out`], [`anomaly`], [`schedule`]);
//! the rest loads what they need and commits what they decided, a job and its effects together.
//! No adapter is known here, and no SQL.

mod alerts;
pub mod anomaly;
mod ask;
pub mod campaign;
mod cards;
pub mod rules;
pub mod schedule;

pub mod carry_out;
pub mod digest;
pub mod duplicates;
pub mod goods;
mod happen;
mod hook;
pub mod hours;
pub mod import;
pub mod ingest;
mod limits;
pub mod mask;
mod meeting;
pub mod preferences;
mod promise;
pub mod record;
mod remind;
pub mod replay;
pub mod requests;
pub mod search;
pub mod service;
mod steps;
mod sweep;
pub mod understand;

mod index;
mod notices;
pub mod outlook;
pub mod portrait;
mod preview;
pub mod privacy;
mod process;
pub mod retention;
mod timed;
mod watch;
mod workflows;
mod would;

pub use alerts::Heard;
pub use index::Tailed;
pub use workflows::{FALSE_ALARMS_PER_MONTH, MailingLimits, Settings, WorkflowError, Workflows};
pub use would::Would;
