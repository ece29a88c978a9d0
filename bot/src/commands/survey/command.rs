//! A question of how things stand as it was understood.

use std::fmt;

use super::super::command::Of;
use super::super::table::Name;

/// A question of how things stand. Its text ([`fmt::Display`]) is a command again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Survey {
    /// What is to be known of a customer or ticket.
    Summary(Of),
    /// What the asker would best do next; asked again, what after that.
    Next,
    /// Figures: the words for which, of which period, beside which, and whether for each colleague.
    Report(String),
}

impl Survey {
    /// Returns which command it is.
    pub fn name(&self) -> Name {
        match self {
            Self::Summary(_) => Name::Summary,
            Self::Next => Name::Next,
            Self::Report(_) => Name::Report,
        }
    }

    /// Returns which record it is about, if it names one.
    pub fn of_mut(&mut self) -> Option<&mut Of> {
        match self {
            Self::Summary(of) => Some(of),
            _ => None,
        }
    }
}

impl fmt::Display for Survey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Summary(of) => write!(f, "summary {of}"),
            Self::Next => f.write_str("next"),
            Self::Report(words) if words.is_empty() => f.write_str("report"),
            Self::Report(words) => write!(f, "report {words}"),
        }
    }
}
