//! A command whose words a language model writes, as it was understood.

use std::fmt;

use rapport_model::Id;
use rapport_model::people::Role;

use super::super::command::{DraftStep, Of};
use super::super::table::Name;

/// A command whose words a language model writes. Its text ([`fmt::Display`]) is a command again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compose {
    /// Draft an answer to a customer.
    Answer {
        /// Whom.
        of: Of,
        /// What it should say; what follows from the conversation when empty.
        wish: String,
    },
    /// Sum up in prose.
    Summary(Of),
    /// Take up an answer that was drafted, and go on with it: what buttons write.
    Take {
        /// What brought it.
        id: Id,
        /// How it goes on.
        step: DraftStep,
    },
}

impl Compose {
    /// Returns which command it is.
    pub fn name(&self) -> Name {
        match self {
            Self::Answer { .. } | Self::Take { .. } => Name::Draft,
            Self::Summary(_) => Name::Summary,
        }
    }

    /// Returns the least role that may do it: words of customers leave the house.
    pub const fn role(&self) -> Role {
        Role::Rep
    }

    /// Returns which record it is about, if it names one.
    pub fn of_mut(&mut self) -> Option<&mut Of> {
        match self {
            Self::Answer { of, .. } | Self::Summary(of) => Some(of),
            Self::Take { .. } => None,
        }
    }
}

impl fmt::Display for Compose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { of, wish } => {
                let colon = if matches!(of, Of::Named(_)) { ":" } else { "" };
                write!(f, "draft {of}{colon}")?;
                if wish.is_empty() { Ok(()) } else { write!(f, " {wish}") }
            }
            Self::Summary(of) => write!(f, "summary {of} in words"),
            Self::Take { id, step } => write!(f, "draft act:{}:{id}", step.word()),
        }
    }
}
