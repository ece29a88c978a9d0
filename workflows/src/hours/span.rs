//! Lengths of business time, as people write them.

use rapport_model::time::{HOUR, MINUTE};

use super::Hours;
use crate::rules::span::span;

/// A length of business time. What a day has depends on whose hours hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusinessSpan {
    /// So many microseconds of work.
    Time(i64),
    /// So many ordinary days of work.
    Days(i64),
    /// So many ordinary weeks of work.
    Weeks(i64),
}

impl std::fmt::Display for BusinessSpan {
    /// Writes it as rules do.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Time(micros) if micros % HOUR == 0 => write!(f, "{}h", micros / HOUR),
            Self::Time(micros) => write!(f, "{}m", micros / MINUTE),
            Self::Days(n) => write!(f, "{n}d"),
            Self::Weeks(n) => write!(f, "{n}w"),
        }
    }
}

impl BusinessSpan {
    /// Reads `30m`, `4h`, `2d` or `1w`.
    pub fn read(text: &str) -> Option<Self> {
        let micros = span(text)?;
        let n = || text.trim().trim_end_matches(['d', 'w']).parse().ok();
        match text.trim().chars().last()? {
            'd' => n().map(Self::Days),
            'w' => n().map(Self::Weeks),
            _ => Some(Self::Time(micros)),
        }
    }

    /// Returns its microseconds by those hours.
    pub fn micros(self, hours: &Hours) -> i64 {
        match self {
            Self::Time(micros) => micros,
            Self::Days(n) => n.saturating_mul(hours.ordinary_day()),
            Self::Weeks(n) => n.saturating_mul(hours.ordinary_week()),
        }
    }
}
