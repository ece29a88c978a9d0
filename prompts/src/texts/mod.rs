//! The texts that have a function, by where they are said.

mod board;
mod bring;
mod campaign;
mod cards;
mod console;
mod demo;
mod desk;
mod digest;
mod doctor;
mod drafting;
mod forms;
mod govern;
mod history;
mod init;
mod keep;
mod operator;
mod own;
mod pages;
mod requests;
mod rules;
mod service;
mod survey;
mod why;

pub use campaign::CampaignLine;
pub use cards::{FindLine, TaskLine, TicketLine, TimelineChange, TimelineMail, TimelineRating};
pub use console::{StageMoved, TaskCreated, TicketOpened};
pub use keep::DealLine;
pub use requests::RequestLine;
pub use survey::{NeedsCause, NeedsRule};
pub use why::ReasonReading;

use crate::declare::Declared;

/// Every text that has a function.
pub(crate) fn declared() -> impl Iterator<Item = &'static Declared> {
    let console = [console::TEXTS, cards::TEXTS, desk::TEXTS, history::TEXTS, why::TEXTS];
    let others = [demo::TEXTS, digest::TEXTS, doctor::TEXTS, operator::TEXTS, own::TEXTS, pages::TEXTS];
    let kept = [govern::TEXTS, keep::TEXTS, rules::TEXTS, service::TEXTS, survey::TEXTS];
    let more = [board::TEXTS, bring::TEXTS, campaign::TEXTS, drafting::TEXTS];
    let last = [forms::TEXTS, init::TEXTS, requests::TEXTS];
    console.into_iter().chain(others).chain(kept).chain(more).chain(last).flatten()
}
