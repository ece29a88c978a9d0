//! Why a language model gave no words.

use std::fmt;
use std::time::Duration;

use rapport_model::reading::Language;
use rapport_prompts::Prompts;

/// The longest pause that is worth waiting for, in seconds.
const PAUSE_MAX: u32 = 120;
/// How long until an endpoint is tried again that could not be reached, in seconds.
const AGAIN: u32 = 15;

/// Why there are no words. Nothing of what was asked is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The key cannot be read, and why.
    NoKey(String),
    /// The endpoint refuses the key.
    Key,
    /// The endpoint wants a pause of so many seconds.
    Busy(u32),
    /// So many were asked for today, and no more may be.
    Day(u32),
    /// As many are asked for as may be at once.
    Full,
    /// It took longer than this.
    Slow(Duration),
    /// It cannot be reached, or broke off, and why.
    Unreached(String),
    /// It answers with this status.
    Status(u16),
    /// What it answers is no completion, and why not.
    Odd(String),
    /// It answers with nothing.
    Empty,
}

impl Trouble {
    /// Returns after how many seconds it is worth another try, if it is.
    pub(super) fn pause(&self) -> Option<u32> {
        match self {
            Self::Busy(pause) => Some((*pause).max(1)).filter(|pause| *pause <= PAUSE_MAX),
            Self::Full => Some(1),
            Self::Unreached(_) | Self::Status(500..=599) => Some(AGAIN),
            _ => None,
        }
    }

    /// Says it to a colleague.
    pub(crate) fn said(&self, prompts: &Prompts, l: Language) -> String {
        match self {
            Self::NoKey(_) | Self::Key => prompts.llm_trouble_key(l),
            Self::Busy(seconds) => prompts.llm_trouble_busy(l, *seconds as usize),
            Self::Day(most) => prompts.llm_trouble_day(l, *most as usize),
            Self::Full => prompts.llm_trouble_full(l),
            Self::Slow(limit) => prompts.llm_trouble_slow(l, limit.as_secs().max(1) as usize),
            Self::Unreached(why) => prompts.llm_trouble_unreached(l, why),
            Self::Status(status) => prompts.llm_trouble_status(l, usize::from(*status)),
            Self::Odd(why) => prompts.llm_trouble_odd(l, why),
            Self::Empty => prompts.llm_trouble_empty(l),
        }
    }
}

/// For whoever runs the service.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey(why) => write!(f, "the key cannot be read: {why}"),
            Self::Key => f.write_str("the endpoint refuses the key; look at key_file"),
            Self::Busy(seconds) => write!(f, "the endpoint wants a pause of {seconds} s"),
            Self::Day(most) => write!(f, "{most} were asked for today, which is the limit (a_day)"),
            Self::Full => f.write_str("as many are asked for as may be at once (at_once)"),
            Self::Slow(limit) => write!(f, "no answer within {} s (timeout)", limit.as_secs_f32()),
            Self::Unreached(why) => write!(f, "the endpoint cannot be reached: {why}"),
            Self::Status(404) => f.write_str("the endpoint answers with status 404; look at url and model"),
            Self::Status(status) => write!(f, "the endpoint answers with status {status}"),
            Self::Odd(why) => write!(f, "the endpoint's answer cannot be read: {why}"),
            Self::Empty => f.write_str("the endpoint answers with nothing"),
        }
    }
}
