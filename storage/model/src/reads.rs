//! Who looked at what of a customer: plain facts without words.

use crate::Id;

crate::named! {
    /// Which way somebody looked.
    pub enum ReadWay {
        /// A command in a chat.
        Chat = "chat",
        /// A program, by a token.
        Api = "api",
        /// A page for colleagues.
        Page = "page",
        /// A command at this machine.
        Cli = "cli",
    }
}

crate::named! {
    /// What was looked at.
    pub enum ReadWhat {
        /// What is known of a customer, or of something that belongs to them.
        Card = "card",
        /// What happened with a customer.
        Timeline = "timeline",
        /// What was changed, or why something was decided.
        History = "history",
        /// A conversation.
        Thread = "thread",
        /// A message.
        Message = "message",
        /// A line among the results of a search.
        Found = "found",
        /// All that is held of a customer, in a file.
        Export = "export",
        /// A list of many; of whom is not kept.
        List = "list",
    }
}

/// Who looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reader {
    /// The colleague; for whom a token asks. 0 is whoever runs the service.
    pub user: Id,
    /// The number of the token by which a program asked; 0 without one.
    pub token: i64,
}

impl Reader {
    /// Whoever runs the service.
    pub const OPERATOR: Self = Self { user: Id(0), token: 0 };

    /// A colleague.
    pub const fn user(user: Id) -> Self {
        Self { user, token: 0 }
    }

    /// Returns how programs call the reader: `user:ID`, `token:NUMBER` or `operator`.
    pub fn actor(self) -> String {
        match self {
            Self::OPERATOR => "operator".to_owned(),
            Self { user, token: 0 } => format!("user:{user}"),
            Self { token, .. } => format!("token:{token}"),
        }
    }
}
