//! E-mail: bytes to messages, and where the bytes lie in files.
//!
//! [`parse`] turns one raw mail into what the service takes in; [`open`] walks files, mboxes
//! and Maildirs and gives one raw mail after the other; [`Post`] writes mails and hands them to a
//! server. Only this module knows what a mail looks like.

mod parse;

mod attachments;
mod automation;
mod body;
pub(crate) mod calendar;
mod dates;
mod forward;
mod html;
mod ids;
mod people;
mod phrases;
mod pictures;
mod protection;
mod report;
mod rtf;
mod tnef;
mod trust;

mod charset;
mod claims;
mod header;
mod mime;
mod params;
mod transfer;
mod words;

mod compose;
pub(crate) mod outlook;
mod page;
mod pickup;
mod post;
mod smtp;

mod maildir;
mod mbox;
mod source;

pub(crate) use attachments::safe_name;
pub use automation::OWN_MARKER;
pub(crate) use mime::{boundary_of, n_parts};
pub use parse::{ParseOptions, file_in, parse};
pub use post::Post;
pub use source::{RawMail, SourceError, SourceOptions, open};
