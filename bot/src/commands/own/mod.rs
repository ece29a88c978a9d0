//! Commands about oneself: language, zone, quiet, what one is told of, and who one is.

mod command;
mod grammar;
mod places;

mod notices;
mod page;
mod settings;
mod useful;
mod who;

pub use command::Own;
pub(super) use grammar::own;
