//! Commands that keep the records: who is known, what is known of them, and who looks after them.
//!
//! [`Keep`] is what was meant, `grammar` reads it, and one file per command does it.

pub mod command;

pub(super) mod grammar;

mod assign;
mod company;
mod deals;
mod edit;
mod edited;
mod known;
mod link;
mod log;
mod new;
mod person;
mod pipeline;
mod snooze;
mod tag;
mod template;

pub(crate) use assign::may_own;
pub use command::{Keep, Sort};
pub(crate) use deals::open_stage;
pub(crate) use person::{Person, domain, phone};
pub(crate) use pipeline::{Sum, said, sums, worth};

use super::card::Card;
use super::command::Command;
use super::desk::{Desk, Done};
use super::session::Session;

impl Desk<'_> {
    pub(super) async fn keep(&self, session: &mut Session, command: &Command, keep: &Keep) -> Done {
        match keep {
            Keep::New { sort, words, anyway } => self.make_known(session, *sort, words, *anyway).await,
            Keep::Edit { of, words } => self.edit(session, command, of, words).await,
            Keep::Tag { of, words } => self.tag(session, command, of, words).await,
            Keep::Assign { of, to } => self.assign(session, command, of, to).await,
            Keep::NewDeal { of, words } => self.open_deal_for(session, command, of, words).await,
            Keep::Deals { whose, page } => self.deals(session, whose, *page).await,
            Keep::Pipeline { whose } => self.pipeline(whose).await,
            Keep::Log { interaction, of, text } => self.log(session, command, *interaction, (of, text)).await,
            Keep::Link { person, company } => self.link(session, command, person, company).await,
            Keep::Templates => self.templates(session).await,
            Keep::Template { name, of } => self.template(session, command, name, of).await,
            Keep::Snooze { of, until } => self.snooze(session, command, of, until).await,
        }
    }

    /// Says that something is missing, and how the command is written.
    fn usage(&self, command: &Command) -> Card {
        let word = command.name().spec().word;
        Card::new(self.prompts().missing_words(self.language, self.prompts().usage(self.language, word)))
    }
}
