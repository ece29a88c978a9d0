//! What mail systems and providers tell of a mail that we sent: where it got to, and whether
//! somebody called it spam.
//!
//! A report is read from its standard form where it has one ([`fields`], RFC 3464;
//! [`complaint`], RFC 5965) and else from its words ([`prose`]). Whether a mail is a report at
//! all is decided in `automation`; nothing here makes one of a person's mail.

mod class;
mod complaint;
mod fields;
mod notification;
mod original;
mod prose;
mod status;
mod tokens;

use std::collections::HashSet;

use rapport_model::message::{BounceClass, Complaint, DeliveryReport, RecipientReport};
use rapport_model::{Address, Mailbox};

use super::header::Headers;
use super::ids;
use super::mime::Part;
use super::people::people;
use super::words;
use class::{Fate, class};
use fields::Recipient;
use original::Original;
use status::Status;

pub(super) use fields::address_in;
pub(super) use notification::Notification;
pub(super) use prose::tells_a_failure;

/// More recipients than these in one report are passed over.
const RECIPIENTS_MAX: usize = 200;

/// Of a report without end only this much is read, in bytes.
const WORDS_BYTES_MAX: usize = 64 << 10;

/// Longest diagnostic that is kept, in characters.
const DIAGNOSTIC_CHARS_MAX: usize = 500;

/// A mail that reports on another.
pub(super) struct Report<'r> {
    /// The mail's header.
    pub headers: &'r Headers<'r>,
    /// Its parts; the first is the mail itself.
    pub parts: &'r [Part<'r>],
    /// The decoded subject.
    pub subject: &'r str,
    /// The text.
    pub text: &'r str,
    /// Who wrote it and to whom: none of them is the recipient that failed.
    pub parties: Vec<&'r Mailbox>,
}

impl Report<'_> {
    /// Reads what became of the mail.
    pub(super) fn delivery(&self) -> DeliveryReport {
        if let Some(Notification::Delivery(report)) = Notification::read(self.text) {
            return report;
        }
        let original = self.original();
        let words = original::own_words(self.text);
        let words = &words[..words.floor_char_boundary(WORDS_BYTES_MAX)];
        let sections = prose::sections(words, &self.strangers_to(words));
        let mut recipients = fields::recipients(self.parts, self.text);
        recipients.retain(|r| r.action.is_some() || r.status.is_some());
        if recipients.is_empty() {
            recipients = self.named(&sections, &original);
        }
        let is_delayed = prose::tells_a_delay(self.subject, words);
        // Each recipient once: what is said first is said of the remote system.
        let mut seen = HashSet::new();
        recipients.retain(|r| r.address().is_none_or(|address| seen.insert(address)));
        recipients.truncate(RECIPIENTS_MAX);
        let around = if sections.len() < 2 { words } else { "" };
        let entries = recipients.iter().filter_map(|recipient| {
            let said = prose::said_of(&sections, recipient, words);
            entry(recipient, &original, [said, around], is_delayed)
        });
        let mut found: Vec<RecipientReport> = Vec::new();
        for entry in entries {
            if found.iter().all(|known| known.address != entry.address) {
                found.push(entry);
            }
        }
        DeliveryReport { original_id: original.message_id.clone(), recipients: found }
    }

    /// Reads who complained of what.
    pub(super) fn complaint(&self) -> Complaint {
        match Notification::read(self.text) {
            Some(Notification::Complaint(complaint)) => complaint,
            _ => complaint::read(self.headers, self.parts, &self.original()),
        }
    }

    fn original(&self) -> Original {
        let mut original = Original::find(self.parts, self.text);
        if original.message_id.is_none() {
            // Gmail and Exchange answer the mail itself.
            original.message_id = ids::answers(self.headers, "").into_iter().next();
        }
        original
    }

    /// Returns the recipients of a report that has no fields: those of a header of Exim's and
    /// Gmail's, those that the words name, or those of the mail that came back.
    fn named(&self, sections: &[prose::Section<'_>], original: &Original) -> Vec<Recipient> {
        let failed = people(self.headers, "x-failed-recipients", None);
        let known = |address: &Address| Recipient::named(address.as_str());
        if !failed.is_empty() {
            return failed.iter().map(|m| known(&m.address)).collect();
        }
        if !sections.is_empty() {
            return sections
                .iter()
                .map(|s| Recipient { alias: s.alias.clone(), ..known(&s.address) })
                .collect();
        }
        // Of several nobody knows which one is meant.
        original.to.iter().filter(|_| original.to.len() == 1).map(known).collect()
    }

    /// Returns the addresses that are not those of a recipient, unless the words name no other:
    /// somebody may write to themselves.
    fn strangers_to(&self, words: &str) -> Vec<&Address> {
        let parties: Vec<&Address> = self.parties.iter().map(|m| &m.address).collect();
        if prose::sections(words, &parties).is_empty() { Vec::new() } else { parties }
    }
}

/// Writes what is known of a recipient. `said` is what the report says of it, and then all.
fn entry(
    recipient: &Recipient,
    original: &Original,
    said: [&str; 2],
    is_delayed: bool,
) -> Option<RecipientReport> {
    let address = recipient.address().or_else(|| match original.to.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    })?;
    let own = words::one_line(&recipient.diagnostic, DIAGNOSTIC_CHARS_MAX);
    let diagnostic =
        if own.is_empty() { words::one_line(&prose::gist(said[0]), DIAGNOSTIC_CHARS_MAX) } else { own };
    let status = Status::best(recipient.status.as_deref(), &[&diagnostic, said[0], said[1]]);
    let fate = match recipient.action.as_deref() {
        Some("delivered" | "relayed" | "expanded") => Fate::Delivered,
        Some("delayed") => Fate::Delayed,
        Some(_) => Fate::Failed,
        None if is_delayed => Fate::Delayed,
        None => Fate::Failed,
    };
    let class: BounceClass = class(fate, status, &[&diagnostic, said[0], said[1]]);
    let last = recipient.last_address().filter(|last| *last != address);
    Some(RecipientReport {
        address: address.to_string(),
        final_address: last.map(|a| a.to_string()),
        class,
        status: status.map(|s| s.to_string()),
        diagnostic,
        remote: recipient.remote.clone(),
    })
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
