//! What is asked and answered. The service, its document and its client share these types, so that they
//! say the same.
//!
//! Times are RFC 3339 in UTC. Ids are strings. What is asked holds nothing that the service does not
//! know: an unknown field is refused, so that a slip is seen.

mod dealing;
mod edit;
mod house;
mod lists;
mod mail;
mod people;

pub use dealing::{
    ChangeDeal, ChangeTask, ChangeTicket, Deal, DealWritten, Deals, NewDeal, NewNote, NewTask, NewTicket,
    Note, NoteWritten, Notes, Task, TaskWritten, Tasks, Ticket, TicketWritten, Tickets,
};
pub use edit::Edit;
pub use house::{
    Act, Acts, Cause, Changed, Colleague, Colleagues, Digest, Done, FieldChanged, Found, Job, Jobs, Mark, Me,
    Results, SentDigest, SentDigests, Undone,
};
pub use mail::{
    Attachment, Draft, HeldBack, Leaving, Message, Messages, NewReply, Party, Reading, Send, Thread, Threads,
};
pub use people::{
    ChangeCompany, ChangeCustomer, Companies, Company, CompanyWritten, Customer, CustomerWritten, Customers,
    KnownBy, NewCompany, NewCustomer,
};

use rapport_model::{Id, Kind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A tag has so many letters at most.
pub const TAG_CHARS_MAX: usize = 40;

/// Another record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ref {
    /// What sort of record it is, such as `customer`.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// Names it.
    #[schema(value_type = String)]
    pub id: Id,
    /// What people call it, such as `C214`, where they call it anything.
    pub number: Option<String>,
}

/// An amount of money in the currency's smallest unit: 12,000.00 EUR is 1200000.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// The amount in minor units, such as cents.
    #[schema(minimum = 0, maximum = 900000000000000_i64)]
    pub minor: i64,
    /// ISO 4217, such as `EUR`.
    #[schema(min_length = 3, max_length = 3)]
    pub currency: String,
}

/// What is wrong with a request, or with us (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// What sort of problem it is: a place in the documentation.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong here, and what to do.
    pub detail: String,
    /// The fields that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// A field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Where: a field of the body such as `amount.minor`, a parameter, or a header.
    pub field: String,
    /// What is wrong with it.
    pub what: String,
}

/// Defines a record as it is answered: what all have, and its own fields.
macro_rules! record {
    ($(#[$about:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub struct $name {
            /// Names it.
            #[schema(value_type = String)]
            pub id: rapport_model::Id,
            /// What people call it, such as `C214`.
            pub number: String,
            /// How often it was written.
            pub version: i64,
            /// When it was made.
            #[schema(value_type = String, format = DateTime)]
            pub created_at: rapport_model::Timestamp,
            /// When it was last written.
            #[schema(value_type = String, format = DateTime)]
            pub updated_at: rapport_model::Timestamp,
            $($own)*
        }
    };
}
pub(crate) use record;

/// Defines a page of a list, and a record that was just written.
macro_rules! answers {
    ($($item:ident, $page:ident $(, $written:ident)?;)*) => {$(
        /// A page of a list, newest first.
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub struct $page {
            /// The page.
            pub items: Vec<$item>,
            /// Where the next page begins, for `cursor`; null on the last one.
            pub next: Option<String>,
        }
        $(
            /// What was written.
            #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
            pub struct $written {
                /// The act, by which it is taken back; null where nothing had to be changed.
                #[schema(value_type = Option<String>)]
                pub act: Option<rapport_model::Id>,
                /// The record as it is now; null where the token does not see it any more.
                pub record: Option<$item>,
            }
        )?
    )*};
}
pub(crate) use answers;
