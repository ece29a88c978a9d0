//! How long what is kept, and what became of what was older.

use crate::Timestamp;

crate::named! {
    /// What can be given a time after which it is not kept any more.
    pub enum Kept {
        /// Customers who were lost or are dormant and with whom there is no contact: they are erased.
        Customers = "customers",
        /// Mails, with their bytes and files.
        Messages = "messages",
        /// Files that came with mails, and the bytes of these mails; their texts stay.
        Attachments = "attachments",
        /// Closed tickets.
        Tickets = "tickets",
        /// What happened, which rules acted and which alerts were told: plain rows without words.
        Figures = "figures",
        /// Who looked at what of customers.
        Reads = "reads",
    }
}

/// What has outlived its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Outlived {
    /// How much of it there is.
    pub n: i64,
    /// From when the oldest is.
    pub oldest: Option<Timestamp>,
}

/// A fact of retention: it names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Forgotten {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: Kept,
    /// What was older than this.
    pub before: Timestamp,
    /// How much.
    pub n: i64,
}
