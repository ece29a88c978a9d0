//! Commands about the service and the law: what runs by itself, what leaves as a file, and what a person
//! may ask of the house.

mod command;
mod grammar;

mod export;
mod privacy;
mod workflow;

pub use command::Govern;
pub(super) use command::Steer;
pub(super) use grammar::govern;
