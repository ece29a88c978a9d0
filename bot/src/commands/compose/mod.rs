//! Commands whose words a language model writes: drafts of answers, and summaries in prose.
//!
//! At a terminal the answer is waited for. In a chat it comes by itself, as a card with its buttons, and
//! nobody who writes there meanwhile waits for it.

mod ask;
mod command;
mod grammar;
mod proposal;

pub use command::Compose;
pub(super) use grammar::{draft, in_words};
pub(crate) use proposal::machine_card;
