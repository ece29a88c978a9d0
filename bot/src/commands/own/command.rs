//! A command about oneself as it was understood.

use std::fmt;

use rapport_model::Id;
use rapport_model::message::ChannelKind;
use rapport_model::people::Topic;
use rapport_model::reading::Language;
use rapport_workflows::preferences::Quiet;

use super::super::command::Of;
use super::super::table::Name;

/// Quiet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// See whether there is any.
    Show,
    /// None.
    Off,
    /// At these hours of every day.
    Hours(Quiet),
    /// Until a time: the words for it.
    Until(String),
}

/// Of what one is not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Muted {
    /// A sort of notices.
    Topic(Topic),
    /// A record.
    Record(Of),
}

/// A command about oneself. Its text ([`fmt::Display`]) is a command again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Own {
    /// Speak a language; without one that of the configuration.
    Language(Option<Language>),
    /// Have the times of a zone or place; without one those of the configuration.
    Zone(Option<String>),
    /// Have quiet.
    Rest(Rest),
    /// Be told nothing of something, or again.
    Mute {
        /// Of what.
        what: Muted,
        /// Whether it is told again.
        off: bool,
    },
    /// Be told everything of a record.
    Follow(Of),
    /// Not any more.
    Unfollow(Of),
    /// Say whether an alert was of use.
    Useful {
        /// Which; one's newest without.
        alert: Option<Id>,
        /// Whether it was; nothing takes back what was said.
        useful: Option<bool>,
    },
    /// See who one is.
    Who,
    /// Come to the pages of the house.
    Page,
    /// Release an account.
    Unlink {
        /// In which chat; nothing for the one that one speaks from.
        chat: Option<ChannelKind>,
        /// Whether that was asked already.
        sure: bool,
    },
}

impl Own {
    /// Returns which command it is.
    pub fn name(&self) -> Name {
        match self {
            Self::Language(_) => Name::Lang,
            Self::Zone(_) => Name::Tz,
            Self::Rest(_) => Name::Dnd,
            Self::Mute { .. } => Name::Mute,
            Self::Follow(_) => Name::Follow,
            Self::Unfollow(_) => Name::Unfollow,
            Self::Useful { .. } => Name::Useful,
            Self::Who => Name::Who,
            Self::Page => Name::Page,
            Self::Unlink { .. } => Name::Unlink,
        }
    }

    /// Tells whether it only shows something.
    pub fn only_reads(&self) -> bool {
        matches!(self, Self::Who | Self::Page | Self::Rest(Rest::Show) | Self::Unlink { sure: false, .. })
    }

    /// Returns which record it is about, if it names one.
    pub fn of_mut(&mut self) -> Option<&mut Of> {
        match self {
            Self::Mute { what: Muted::Record(of), .. } | Self::Follow(of) | Self::Unfollow(of) => Some(of),
            _ => None,
        }
    }
}

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Language(language) => write!(f, "lang {}", language.map_or("off", Language::code)),
            Self::Zone(zone) => write!(f, "tz {}", zone.as_deref().unwrap_or("off")),
            Self::Rest(Rest::Show) => f.write_str("dnd"),
            Self::Rest(Rest::Off) => f.write_str("dnd off"),
            Self::Rest(Rest::Hours(quiet)) => write!(f, "dnd {quiet}"),
            Self::Rest(Rest::Until(words)) => write!(f, "dnd until {words}"),
            Self::Mute { what, off } => {
                f.write_str(if *off { "mute off " } else { "mute " })?;
                match what {
                    Muted::Topic(topic) => topic.fmt(f),
                    Muted::Record(of) => of.fmt(f),
                }
            }
            Self::Follow(of) => write!(f, "follow {of}"),
            Self::Unfollow(of) => write!(f, "unfollow {of}"),
            Self::Useful { alert, useful } => {
                f.write_str(match useful {
                    Some(true) => "useful yes",
                    Some(false) => "useful no",
                    None => "useful off",
                })?;
                alert.iter().try_for_each(|alert| write!(f, " act:{alert}"))
            }
            Self::Who => f.write_str("who"),
            Self::Page => f.write_str("page"),
            Self::Unlink { chat, sure } => {
                f.write_str("unlink")?;
                chat.iter().try_for_each(|chat| write!(f, " {chat}"))?;
                if *sure { f.write_str(" act:yes") } else { Ok(()) }
            }
        }
    }
}
