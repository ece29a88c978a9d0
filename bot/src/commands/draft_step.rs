//! How it goes on with a draft.

use rapport_model::Id;

/// What becomes of the draft in hand, or of a message that is about to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftStep {
    /// It leaves, unless the conversation has moved on.
    Send,
    /// It leaves all the same.
    SendAnyway,
    /// It is written anew.
    Edit,
    /// Everybody in the conversation gets a copy.
    All,
    /// Nobody gets a copy.
    Alone,
    /// It is forgotten.
    Discard,
    /// This message is held back, if it has not left.
    Hold(Id),
}

impl DraftStep {
    /// Returns the word that buttons have for it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::SendAnyway => "anyway",
            Self::Edit => "edit",
            Self::All => "all",
            Self::Alone => "alone",
            Self::Discard => "discard",
            Self::Hold(_) => "hold",
        }
    }

    /// Finds a step by that word; of a message that is held back, `hold:` and its id.
    pub(super) fn by_word(word: &str) -> Option<Self> {
        Some(match word {
            "send" => Self::Send,
            "anyway" => Self::SendAnyway,
            "edit" => Self::Edit,
            "all" => Self::All,
            "alone" => Self::Alone,
            "discard" => Self::Discard,
            _ => Self::Hold(word.strip_prefix("hold:")?.parse().ok()?),
        })
    }
}
