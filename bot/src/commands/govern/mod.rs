//! Commands about the service and the law: what runs by itself, what leaves as a file or to many, and what a
//! person may ask of the house.

mod command;
mod grammar;

mod bring;
mod campaign;
mod export;
mod grant;
mod held;
mod privacy;
mod requests;
mod restrict;
mod workflow;

pub(super) use bring::is_table;
pub use campaign::Campaign;
pub(super) use campaign::plainly;
pub use command::Govern;
pub(super) use command::Steer;
pub(super) use grammar::govern;
pub(crate) use privacy::export_held;
pub(crate) use requests::with_request_buttons;
