//! The rep's language: plain words, English or Chinese, become a command with arguments.
//!
//! ```text
//! text ─► tokens ─► facts (numbers, money, times …) ─► patterns held against it ─► ranked ─► weighed ─► Reading
//! ```
//! What can be read by itself is found first; times, amounts and priorities are then taken out of
//! the sentence for the commands that know them, since people say them anywhere. What is left is
//! held against the patterns of `patterns/*.txt`, which are data: each fits the whole sentence or not
//! at all. The one whose words say most wins; searching for the text is always a guess. What a
//! classifier says that has read what many people typed is weighed against it (`guess`): people say a
//! thing in ever other words.
//!
//! It is a pure function of the text and its [`Context`], and no more than the first
//! 120 words are looked at closely, so that long texts cost no more than a look.
//!
//! | key | what |
//! |---|---|
//! | `who` | the person or record it is about, as written, without title |
//! | `company` | a company beside a person, or the new one |
//! | `text` | what is to be said or done; of a digest, report or workflow: which |
//! | `due` | ISO 8601 in the zone: `2026-03-13` or `2026-03-13T10:00` |
//! | `amount`, `currency` | a plain decimal number; ISO 4217 if it was said |
//! | `stage`, `priority`, `field`, `period` | canonical English words: `negotiation`, `urgent`, `phone`, `this_quarter`; periods also `90d`, `2026-Q1`, `since_2026-03-01` |
//! | `owner` | a colleague: handle or name, `me`, `team`, `auto` |
//! | `id` | a record's number: `T88` |
//! | `value` | a field's new value, and what has no key of its own: the second record of two, `pause` or `start` of a workflow, `erase` or `export` of personal data, a file, a zone, a language, `overdue`, `unassigned` |
//! | `query` | what to look for |

mod slips;
mod typo;
mod words;

mod common;
mod lexicon;
mod listed;
mod referring;
mod typed;
mod vocabulary;

mod amount;
mod period;
mod when;
mod when_en;
mod when_zh;

mod facts;
mod names;
mod names_zh;
mod view;

mod command;
mod matcher;
mod pattern;
mod slots;

mod about;
mod aliases;
mod arguments;
mod finish;
mod guess;
mod rank;
mod read;
mod roles;
mod teach;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use chrono_tz::Tz;
use rapport_model::{Money, Timestamp};
use serde::Serialize;

pub use command::Command;
pub use roles::Learned;
pub use teach::{Taught, teach};
pub use typo::distance;

/// What a text is read against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// When it was typed: `tomorrow` is the day after it.
    pub now: Timestamp,
    /// The zone in which days and times are meant.
    pub zone: Tz,
    /// ISO 3166 code of the house's country, for dates such as 3/4. Empty when unknown.
    pub region: &'a str,
    /// ISO 4217 code of the house's currency: says which dollar `$` is. Empty when unknown.
    pub currency: &'a str,
}

/// Arguments by key; see the module for the keys.
pub type Args = BTreeMap<&'static str, String>;

/// A command that a text may mean.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guess {
    /// Which command.
    #[serde(serialize_with = "word")]
    pub command: Command,
    /// Its arguments.
    pub args: Args,
    /// How likely it is meant, in 0..=1.
    pub p: f64,
}

/// What a text was understood as.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// The likeliest.
    #[serde(flatten)]
    pub best: Guess,
    /// Others that it may mean, likeliest first: two at most.
    pub alternatives: Vec<Guess>,
}

fn word<S: serde::Serializer>(command: &Command, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(command.name())
}

/// Reads an amount of money at the beginning of `text`, such as `12k` or `12,000 EUR`. A plain number is
/// one only where nothing stands behind it but a comma or colon. Returns how many bytes it takes, too.
pub fn amount_first(text: &str, context: &Context) -> Option<(Money, usize)> {
    let typed = typed::Typed::new(text);
    let found = amount::read(&typed, 0, context)?;
    let ends_there =
        found.end >= typed.tokens.len() || typed.any(found.end, &[",", "，", ":", "：", ";", "；"]);
    if found.bare && !ends_there {
        return None;
    }
    let currency = found.currency.as_deref().unwrap_or(context.currency);
    Some((Money::of_decimal(&found.number, currency)?, typed.tokens[found.end - 1].end))
}

/// Finds the periods that a text names, in their order: each by its name (`this_month`, `90d`, `2026-Q1`,
/// `since_2026-03-01`), with the bytes that it takes.
pub fn periods(text: &str, context: &Context) -> Vec<(String, Range<usize>)> {
    let (typed, now) = (typed::Typed::new(text), when::Now::new(context));
    let mut found = Vec::new();
    let mut at = 0;
    while at < typed.tokens.len() {
        match period::read(&typed, at, &now).filter(|(_, end)| *end > at) {
            Some((name, end)) => {
                found.push((name, typed.tokens[at].start..typed.tokens[end - 1].end));
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

/// Reads a text as a command.
///
/// Never fails: of a text that is none, `p` is low and the best guess is to search for it.
pub fn understand(text: &str, context: &Context) -> Reading {
    rank::understand(text, context, true)
}

/// Reads a text as a command only as far as it is said in words that are known for it; else `p` is low.
pub fn understand_known(text: &str, context: &Context) -> Reading {
    rank::understand(text, context, false)
}
