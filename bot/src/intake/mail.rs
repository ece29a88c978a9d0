//! A row of a table of messages as the mail that it would have been.

use std::fmt::Write as _;

use rapport_model::{Address, Timestamp};
use rapport_workflows::import::Draft;

/// Makes the mail that a row is.
pub(crate) fn mail(draft: &Draft) -> Vec<u8> {
    let list = |addresses: &[Address]| addresses.iter().map(Address::as_str).collect::<Vec<_>>().join(", ");
    let (from, to) = (list(&draft.parties.0), list(&draft.parties.1));
    let at = draft.instant("at").unwrap_or(Timestamp::from_secs(0));
    // The subject is one line already, so that it cannot bring headers of its own.
    let said = format!("{from}\0{to}\0{}\0{}\0{}", at.micros(), draft.title, draft.note);
    let id = &blake3::hash(said.as_bytes()).to_hex()[..32];
    let mut mail = String::with_capacity(said.len() + 300);
    let date = at.utc().format("%a, %d %b %Y %H:%M:%S +0000");
    let _ = write!(
        mail,
        "From: {from}\r\nTo: {to}\r\nDate: {date}\r\nSubject: {}\r\nMessage-ID: <{id}@import.invalid>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}\r\n",
        draft.title, draft.note
    );
    mail.into_bytes()
}
