//! E-mail: bytes to messages, and where the bytes lie in files.
//!
//! [`parse`] turns one raw mail into what the service takes in; [`open`] walks files, mboxes
//! and Maildirs and gives one raw mail after the other. Neither knows the network, and only
//! this module knows what a mail looks like.

mod parse;

mod attachments;
mod automation;
mod body;
mod calendar;
mod dates;
mod html;
mod ids;
mod people;
mod phrases;
mod protection;
mod report;
mod rtf;
mod tnef;

mod charset;
mod header;
mod mime;
mod params;
mod transfer;
mod words;

mod outgoing;

mod maildir;
mod mbox;
mod source;

pub use automation::OWN_MARKER;
pub use outgoing::Pickup;
pub use parse::{ParseOptions, parse};
pub use source::{RawMail, SourceError, SourceOptions, open};
