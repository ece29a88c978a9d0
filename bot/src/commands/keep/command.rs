//! What is kept of a record, as it was understood.

use std::fmt;

use rapport_model::people::{Interaction, Role};

use super::super::command::Of;
use super::super::table::Name;

/// Whom the house gets to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Somebody who may buy.
    Lead,
    /// Somebody of a company, whatever they may want.
    Contact,
    /// Somebody who has bought.
    Customer,
    /// An organisation.
    Company,
}

/// A command that keeps the records. Its text is a command again, as that of every command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Make a customer or a company.
    New {
        /// Whom.
        sort: Sort,
        /// Name, address, number, company, and what else is to be noted.
        words: String,
        /// Whether that is wanted though somebody like that is known.
        anyway: bool,
    },
    /// Change fields.
    Edit {
        /// Of which record.
        of: Of,
        /// `field=value`, several behind each other; empty to be told which there are.
        words: String,
    },
    /// Put on and take off tags.
    Tag {
        /// Of which customer or company.
        of: Of,
        /// `+vip -cold`; empty to be told which there are.
        words: String,
    },
    /// Let a colleague look after a record.
    Assign {
        /// After which.
        of: Of,
        /// Their name, or `auto`; empty to be asked.
        to: String,
    },
    /// Open a deal.
    NewDeal {
        /// With which customer.
        of: Of,
        /// The amount, the day by which it should close, what it is about; each may be missing.
        words: String,
    },
    /// List open deals.
    Deals {
        /// `mine`, `team`, a stage, or a colleague.
        whose: String,
        /// Which page, from 1.
        page: usize,
    },
    /// See what the open deals come to.
    Pipeline {
        /// `mine`, `team`, or a colleague.
        whose: String,
    },
    /// Note a call or a meeting.
    Log {
        /// Which.
        interaction: Interaction,
        /// With whom, or about what.
        of: Of,
        /// What was said, how long it took; empty to be asked for it.
        text: String,
    },
    /// Say which company a customer is of.
    Link {
        /// The customer.
        person: Of,
        /// The company.
        company: Of,
    },
    /// List the house's templates of answers.
    Templates,
    /// Draft an answer from a template.
    Template {
        /// Which one.
        name: String,
        /// To whom, or in which conversation.
        of: Of,
    },
    /// Put a ticket out of sight, or a task off.
    Snooze {
        /// Which.
        of: Of,
        /// The words for the time, or `off`; empty to be asked.
        until: String,
    },
}

impl Sort {
    /// Returns the word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Contact => "contact",
            Self::Customer => "customer",
            Self::Company => "company",
        }
    }
}

impl Keep {
    /// Returns which command it is.
    pub fn name(&self) -> Name {
        match self {
            Self::New { .. } => Name::New,
            Self::Edit { .. } => Name::Edit,
            Self::Tag { .. } => Name::Tag,
            Self::Assign { .. } => Name::Assign,
            Self::NewDeal { .. } => Name::Deal,
            Self::Deals { .. } => Name::Deals,
            Self::Pipeline { .. } => Name::Pipeline,
            Self::Log { .. } => Name::Log,
            Self::Link { .. } => Name::Link,
            Self::Templates | Self::Template { .. } => Name::Template,
            Self::Snooze { .. } => Name::Snooze,
        }
    }

    /// Returns the least role that may do it.
    pub fn role(&self) -> Role {
        match self {
            Self::NewDeal { .. } => Role::Rep,
            _ => self.name().spec().role,
        }
    }

    /// Returns which record it is about, if it names one.
    pub(in super::super) fn of_mut(&mut self) -> Option<&mut Of> {
        match self {
            Self::New { .. } | Self::Deals { .. } | Self::Pipeline { .. } | Self::Templates => None,
            // The customer is looked for first, and then stands there exactly.
            Self::Link { person: Of::Exact(_), company: of } | Self::Link { person: of, .. } => Some(of),
            Self::Edit { of, .. }
            | Self::Tag { of, .. }
            | Self::Assign { of, .. }
            | Self::NewDeal { of, .. }
            | Self::Log { of, .. }
            | Self::Template { of, .. }
            | Self::Snooze { of, .. } => Some(of),
        }
    }

    /// Gives it the words that it waited for.
    pub(in super::super) fn with_words(self, words: &str) -> Self {
        match self {
            Self::Log { interaction, of, .. } => Self::Log { interaction, of, text: words.to_owned() },
            other => other,
        }
    }

    /// Returns the record that it would change as somebody saw it.
    pub(in super::super) fn changes(&self) -> Option<&Of> {
        match self {
            Self::Assign { of, .. } | Self::Snooze { of, .. } => Some(of),
            _ => None,
        }
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New { sort, words, anyway } => {
                write!(f, "new {} {}{words}", sort.word(), if *anyway { "act:anyway " } else { "" })
            }
            Self::Edit { of, words } => about(f, "edit", of, words),
            Self::Tag { of, words } => about(f, "tag", of, words),
            Self::Assign { of, to } => about(f, "assign", of, to),
            Self::NewDeal { of, words } => about(f, "deal new", of, words),
            Self::Deals { whose, page } => {
                write!(f, "deals {whose}")?;
                if *page > 1 { write!(f, " page:{page}") } else { Ok(()) }
            }
            Self::Pipeline { whose } => write!(f, "pipeline {whose}"),
            Self::Log { interaction, of, text } => about(f, &format!("log {interaction}"), of, text),
            Self::Templates => f.write_str("template"),
            Self::Template { name, of } => write!(f, "template {name} {of}"),
            Self::Snooze { of, until } => about(f, "snooze", of, until),
            Self::Link { person, company } => about(f, "link", person, &company.to_string()),
        }
    }
}

/// Writes a command, its record, and the words behind it. A name ends where a colon says so.
fn about(f: &mut fmt::Formatter<'_>, word: &str, of: &Of, words: &str) -> fmt::Result {
    write!(f, "{word} {of}")?;
    match (of, words.is_empty()) {
        (_, true) => Ok(()),
        (Of::Named(_), false) => write!(f, ": {words}"),
        (_, false) => write!(f, " {words}"),
    }
}
