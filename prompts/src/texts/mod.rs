//! The texts that have a function, by where they are said.

mod cards;
mod console;
mod demo;
mod desk;
mod digest;
mod doctor;
mod history;
mod keep;
mod operator;
mod pages;
mod why;

pub use cards::{FindLine, TaskLine, TicketLine, TimelineChange, TimelineMail};
pub use console::{StageMoved, TaskCreated, TicketOpened};
pub use keep::DealLine;
pub use why::ReasonReading;

use crate::declare::Declared;

/// Every text that has a function.
pub(crate) fn declared() -> impl Iterator<Item = &'static Declared> {
    let console = [console::TEXTS, cards::TEXTS, desk::TEXTS, history::TEXTS, why::TEXTS, keep::TEXTS];
    let others = [demo::TEXTS, digest::TEXTS, doctor::TEXTS, operator::TEXTS, pages::TEXTS];
    console.into_iter().chain(others).flatten()
}
