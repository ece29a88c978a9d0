//! The plain types that every part of Rapport shares: time, ids, records and their fields,
//! messages, what was understood of them, events and the actions they cause.
//!
//! Nothing here does I/O, is async, or reads a clock of its own. A type that only one crate
//! uses lives in that crate.

pub mod time;

pub mod address;
pub mod hook;
pub mod id;
pub mod money;

pub mod campaign;
pub mod consent;
pub mod fields;
pub mod people;
pub mod privacy;
pub mod reads;
pub mod record;
pub mod register;
pub mod retention;

pub mod message;
pub mod reading;

pub mod action;
pub mod event;
pub mod job;

pub use address::{Address, House, Mailbox};
pub use id::{Id, IdGen, ShortNumber};
pub use money::Money;
pub use record::{Act, Actor, Change, Kind, Op, Record, RecordRef, Value};
pub use time::{Clock, ManualClock, SystemClock, Timestamp};
