//! A command about the service or the law as it was understood.

use std::fmt;

use rapport_model::Id;
use rapport_model::people::Role;
use rapport_workflows::import::Sort;

use super::super::command::Of;
use super::super::table::Name;
use super::campaign::Campaign;

/// What to do about what runs by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Steer {
    /// See all of it.
    List,
    /// Let the rules, sequences and schedules of a name do nothing.
    Pause(String),
    /// Let them go on.
    Resume(String),
    /// See what would act on a message.
    Test(Of),
}

/// What a person may ask of the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// To have what is known of them.
    Export,
    /// To know what they allow.
    Consent,
    /// To be forgotten.
    Erase,
    /// That what is held of them is kept and nothing else is done with it.
    Restrict,
    /// That this ends.
    Release,
    /// Not a right of theirs, but a duty of the house: to keep what is held of them, whatever retention says.
    Hold,
    /// That this ends.
    Unhold,
}

impl Right {
    /// Returns its word in a command.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Consent => "consent",
            Self::Erase => "erase",
            Self::Restrict => "restrict",
            Self::Release => "release",
            Self::Hold => "hold",
            Self::Unhold => "unhold",
        }
    }
}

/// What a manager does about what somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Mail a link by which they prove that it is they.
    Link,
    /// Note that it was done.
    Done,
    /// Refuse it, with a reason.
    Refuse,
    /// Take more time, once, with a reason.
    Extend,
}

impl Step {
    /// Returns its word in a command.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Done => "done",
            Self::Refuse => "refuse",
            Self::Extend => "extend",
        }
    }
}

/// A command about the service or the law. Its text ([`fmt::Display`]) is a command again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Govern {
    /// About what runs by itself.
    Workflow(Steer),
    /// Customers as a file.
    Export {
        /// Which: words that must be in their names, addresses or companies, where they stand, whose they are.
        filter: String,
        /// Whether that was asked already.
        sure: bool,
    },
    /// The table that waits in the chat.
    Import {
        /// What its rows are; to be told or asked, if not said.
        sort: Option<Sort>,
        /// Whether that was asked already.
        sure: bool,
    },
    /// To take a table back that was brought in.
    Unimport(Id),
    /// What a person asks of the house.
    Privacy {
        /// What.
        right: Right,
        /// Who.
        of: Of,
        /// Whether that was asked already.
        sure: bool,
    },
    /// That a customer said yes to news.
    Grant {
        /// Who.
        of: Of,
        /// By what; empty to be asked for it.
        how: String,
    },
    /// What is kept of people, why and for how long.
    Register,
    /// What people asked about what is held of them, and nobody answered yet.
    Requests,
    /// What is done about one of these.
    Answer {
        /// What.
        step: Step,
        /// About which.
        of: Of,
        /// Why; empty to be asked for it, where that is needed.
        why: String,
    },
    /// About mails to many.
    Campaign(Campaign),
}

impl Govern {
    /// Returns which command it is.
    pub fn name(&self) -> Name {
        match self {
            Self::Workflow(_) => Name::Workflow,
            Self::Export { .. } => Name::Export,
            Self::Privacy { .. }
            | Self::Grant { .. }
            | Self::Register
            | Self::Requests
            | Self::Answer { .. } => Name::Privacy,
            Self::Import { .. } | Self::Unimport(_) => Name::Import,
            Self::Campaign(_) => Name::Campaign,
        }
    }

    /// Returns the least role that may do it.
    pub fn role(&self) -> Role {
        match self {
            Self::Workflow(Steer::List | Steer::Test(_)) => Role::Viewer,
            _ => Role::Manager,
        }
    }

    /// Returns which record it is about, if it names one.
    pub fn of_mut(&mut self) -> Option<&mut Of> {
        match self {
            Self::Workflow(Steer::Test(of))
            | Self::Privacy { of, .. }
            | Self::Grant { of, .. }
            | Self::Answer { of, .. } => Some(of),
            _ => None,
        }
    }

    /// Tells whether it says that the asker is sure.
    pub fn is_sure(&self) -> bool {
        matches!(
            self,
            Self::Export { sure: true, .. }
                | Self::Import { sure: true, .. }
                | Self::Privacy { sure: true, .. }
                | Self::Campaign(Campaign::Start { sure: true, .. })
        )
    }

    /// Gives it the words that it waited for.
    pub fn with_words(self, words: &str) -> Self {
        match self {
            Self::Grant { of, .. } => Self::Grant { of, how: words.to_owned() },
            Self::Answer { step, of, .. } => Self::Answer { step, of, why: words.to_owned() },
            other => other,
        }
    }
}

impl fmt::Display for Govern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sure = |sure: bool| if sure { " act:yes" } else { "" };
        match self {
            Self::Workflow(Steer::List) => f.write_str("workflow list"),
            Self::Workflow(Steer::Pause(name)) => write!(f, "workflow pause {name}"),
            Self::Workflow(Steer::Resume(name)) => write!(f, "workflow resume {name}"),
            Self::Workflow(Steer::Test(of)) => write!(f, "workflow test {of}"),
            Self::Export { filter, sure: yes } if filter.is_empty() => {
                write!(f, "export customers{}", sure(*yes))
            }
            Self::Export { filter, sure: yes } => write!(f, "export customers {filter}{}", sure(*yes)),
            Self::Import { sort, sure: yes } => {
                let sort = sort.map_or(String::new(), |sort| format!(" {sort}"));
                write!(f, "import{sort}{}", sure(*yes))
            }
            Self::Unimport(batch) => write!(f, "import undo {batch}"),
            Self::Privacy { right, of, sure: yes } => {
                write!(f, "privacy {} {of}{}", right.word(), sure(*yes))
            }
            Self::Grant { of, how } => {
                // A name ends where a colon says so.
                let colon = if matches!(of, Of::Named(_)) { ":" } else { "" };
                write!(f, "privacy grant {of}{colon}")?;
                if how.is_empty() { Ok(()) } else { write!(f, " {how}") }
            }
            Self::Register => f.write_str("privacy register"),
            Self::Requests => f.write_str("privacy requests"),
            Self::Answer { step, of, why } => {
                write!(f, "privacy {} {of}", step.word())?;
                if why.is_empty() { Ok(()) } else { write!(f, ": {why}") }
            }
            Self::Campaign(campaign) => campaign.fmt(f),
        }
    }
}
