//! Commands that tell how things stand: the essence of a customer, what is best done next, and figures.

mod command;
mod grammar;

mod next;
mod rank;
mod summary;

mod outlook;
mod period;
mod report;
mod standing;

pub use command::Survey;
pub(super) use grammar::survey;
