//! The texts that have a function, by where they are said.

mod cards;
mod console;
mod demo;
mod desk;
mod digest;
mod history;
mod why;

pub use cards::{FindLine, TaskLine, TicketLine, TimelineChange, TimelineMail};
pub use console::{StageMoved, TaskCreated, TicketOpened};
pub use why::ReasonReading;

use crate::declare::Declared;

/// Every text that has a function.
pub(crate) fn declared() -> impl Iterator<Item = &'static Declared> {
    [console::TEXTS, cards::TEXTS, why::TEXTS, demo::TEXTS, digest::TEXTS, desk::TEXTS, history::TEXTS]
        .into_iter()
        .flatten()
}
