//! A mail's bytes to [`Incoming`].
//!
//! Nothing here fails: what cannot be read becomes [`Unreadable`] with its bytes kept, and
//! says to people what was found and what to do. Time and memory are bounded by the mail's
//! length: structure is checked before anything is decoded.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rapport_model::Timestamp;
use rapport_model::message::{Automation, ChannelKind, Content, Incoming, Unreadable};

use super::attachments::{attachments, find};
use super::automation::{Evidence, automation};
use super::body;
use super::calendar::calendar;
use super::claims;
use super::dates::{self, Witnesses};
use super::forward::forwarded;
use super::header::{Headers, is_mbox_line, line_at};
use super::ids;
use super::mime::{Beyond, Limits, split};
use super::people::{authors, people};
use super::protection::protection;
use super::report::Report;
use super::trust;
use super::words;

/// Longest subject that is kept, in characters.
const SUBJECT_CHARS_MAX: usize = 998;

/// What is known about a mail beside its bytes, and how much of it is read.
#[derive(Clone, Debug)]
pub struct ParseOptions {
    /// The present.
    pub now: Timestamp,
    /// When its file was last changed.
    pub file_time: Option<Timestamp>,
    /// When the IMAP server took it in.
    pub internal_date: Option<Timestamp>,
    /// Whether it is old news (see [`Incoming::history`]).
    pub history: bool,
    /// Whether `raw` is only the start of a mail that is too big to be taken in.
    pub too_big: bool,
    /// The parts whose bytes were left in the mailbox: the number of the part, counted from 0, which is
    /// the mail itself, a parent before its children, with its decoded length in bytes.
    pub left_out: BTreeMap<usize, u64>,
    /// What the house's own server calls itself where it writes what it found about senders; without
    /// it nobody checks.
    pub authserv_id: Option<String>,
    /// Longest text that is kept, in bytes; the rest stays in the raw mail.
    pub body_bytes_max: usize,
    /// A mail of more parts goes to the quarantine.
    pub parts_max: usize,
    /// A mail of deeper nesting goes to the quarantine. The text is found by recursion this
    /// deep, so keep it below some hundreds.
    pub depth_max: usize,
}

impl ParseOptions {
    /// The usual limits (1 MiB of text, 1,000 parts, 50 levels), with nothing known but the time.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            file_time: None,
            internal_date: None,
            history: false,
            too_big: false,
            left_out: BTreeMap::new(),
            authserv_id: None,
            body_bytes_max: 1 << 20,
            parts_max: 1_000,
            depth_max: 50,
        }
    }
}

/// Reads a mail that lay at `place`. Never fails and never panics: what cannot be read is
/// told in the content.
pub fn parse(raw: Vec<u8>, place: &str, options: &ParseOptions) -> Incoming {
    let witnesses =
        Witnesses { now: options.now, internal_date: options.internal_date, file_time: options.file_time };
    // The last line of defence: a mail that trips over a fault of ours must not stop the others.
    let read = catch_unwind(AssertUnwindSafe(|| read(&raw, options, &witnesses)));
    let (content, received_at) = read.unwrap_or_else(|_| {
        let detail = "the parser failed on this mail; please report it with the mail attached".to_owned();
        (Err(unreadable("unparsable", detail)), dates::received_at(None, &witnesses))
    });
    Incoming {
        channel: ChannelKind::Email,
        account: "file".to_owned(),
        place: place.to_owned(),
        keys: Vec::new(),
        raw,
        received_at,
        cursor: None,
        history: options.history,
        content,
    }
}

/// Returns the bytes of the file with that digest ([`Listed::digest`](rapport_storage::attachments::Listed::digest))
/// in a raw mail; nothing if it has none.
pub fn file_in(raw: &[u8], digest: &str) -> Option<Vec<u8>> {
    let usual = ParseOptions::at(Timestamp::from_secs(0));
    let limits = Limits { parts_max: usual.parts_max, depth_max: usual.depth_max };
    let mail = with_line_feeds(&raw[start(raw)..]);
    let (headers, body_at) = Headers::read(&mail, |_| false);
    find(&split(headers, &mail[body_at..], limits).ok()?, digest)
}

fn read(
    raw: &[u8],
    options: &ParseOptions,
    witnesses: &Witnesses,
) -> (Result<Content, Unreadable>, Timestamp) {
    let mail = with_line_feeds(&raw[start(raw)..]);
    if mail.is_empty() && !options.too_big {
        let detail = "the file is empty; fetch or export the mail again".to_owned();
        return (Err(unreadable("empty", detail)), dates::received_at(None, witnesses));
    }
    let (headers, body_at) = Headers::read(&mail, |_| false);
    let received_at = dates::received_at(Some(&headers), witnesses);
    let content = if options.too_big {
        let detail = "the mail is larger than the limit, only its beginning was kept; raise the limit and take it in again, or read it in the mailbox";
        Err(unreadable("too_big", detail.to_owned()))
    } else if headers.is_mail() {
        content(headers, &mail[body_at..], options)
    } else {
        Err(unreadable("not_mail", what_it_is(&mail)))
    };
    (content, received_at)
}

fn content(headers: Headers<'_>, raw_body: &[u8], options: &ParseOptions) -> Result<Content, Unreadable> {
    let limits = Limits { parts_max: options.parts_max, depth_max: options.depth_max };
    let parts = split(headers.clone(), raw_body, limits).map_err(|beyond| {
        let found = match beyond {
            Beyond::Parts => format!("more than {} parts", limits.parts_max),
            Beyond::Depth => format!("parts nested more than {} deep", limits.depth_max),
        };
        unreadable("too_deep", format!("the mail has {found}; read it in the mailbox, it may be an attack"))
    })?;
    let hint = body::charset_hint(&parts);
    let own_id = ids::message_id(&headers);
    let digest = ids::digest(&headers, own_id.as_deref().unwrap_or_default(), raw_body);
    let message_id = own_id.unwrap_or_else(|| format!("hash:{}", ids::hex(&digest)));
    let subject = headers.first("subject").map(|raw| words::decode(raw, hint)).unwrap_or_default();
    let subject = words::one_line(&subject, SUBJECT_CHARS_MAX);
    let from = authors(&headers, hint);
    let reply_to = people(&headers, "reply-to", hint);
    let (to, cc) = (people(&headers, "to", hint), people(&headers, "cc", hint));
    let references = claims::references(&headers, &to, &cc);
    let (to, cc) = (claims::without_references(to), claims::without_references(cc));
    let trust = options.authserv_id.as_deref().map(|server| trust::trust(&headers, &from, server));
    let body = body::text(&parts, limits, options.body_bytes_max);
    let evidence = Evidence {
        headers: &headers,
        parts: &parts,
        subject: &subject,
        text: &body,
        authors: &from,
        reply_to: &reply_to,
    };
    let automation = automation(&evidence);
    let kind = automation.as_ref().map(|a| a.automation);
    let parties = from.iter().chain(&to).collect();
    let report = Report { headers: &headers, parts: &parts, subject: &subject, text: &body, parties };
    Ok(Content {
        answers: ids::answers(&headers, &message_id),
        message_id,
        digest,
        delivery: (kind == Some(Automation::Bounce)).then(|| report.delivery()),
        complaint: (kind == Some(Automation::ComplaintReport)).then(|| report.complaint()),
        forwarded: automation
            .is_none()
            .then(|| forwarded(&parts, &subject, &body, limits, options.body_bytes_max))
            .flatten(),
        calendar: calendar(&parts),
        protection: protection(&parts, &body),
        to,
        references,
        tickets: claims::tickets(&subject),
        cc,
        from,
        reply_to,
        subject,
        trimmed: rapport_nlp::text::trim(&body),
        body,
        attachments: attachments(&parts, hint, &options.left_out),
        sent_at: dates::sent_at(&headers),
        automation,
        trust,
    })
}

/// Returns where the header begins: after a byte order mark, blank lines and an mbox line.
fn start(raw: &[u8]) -> usize {
    let mut at = if raw.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    while at < raw.len() {
        let (line, next) = line_at(raw, at);
        if !line.trim_ascii().is_empty() && !is_mbox_line(line) {
            break;
        }
        at = next;
    }
    at
}

/// Turns the line ends of old Macs into line feeds.
fn with_line_feeds(mail: &[u8]) -> Cow<'_, [u8]> {
    if mail.contains(&b'\n') || !mail.contains(&b'\r') {
        return Cow::Borrowed(mail);
    }
    Cow::Owned(mail.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect())
}

/// Says what a file that is no mail seems to be, and what to do.
fn what_it_is(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(1_024)];
    let text = String::from_utf8_lossy(start).trim_start().to_ascii_lowercase();
    let what = match start {
        [0xD0, 0xCF, 0x11, 0xE0, ..] => {
            return "an Outlook .msg file; save the mail as .eml and take that in".to_owned();
        }
        [0x78, 0x9F, 0x3E, 0x22, ..] => {
            return "an Outlook winmail.dat; take in the mail that it came with".to_owned();
        }
        [b'!', b'B', b'D', b'N', ..] => {
            return "an Outlook .pst archive; export its folders as mbox or .eml".to_owned();
        }
        [b'%', b'P', b'D', b'F', ..] => "a PDF",
        [b'P', b'K', 3, 4, ..] => "a ZIP archive; unpack it first",
        [0x1F, 0x8B, ..] => "a gzip archive; unpack it first",
        _ if text.starts_with("<!doctype html") || text.starts_with("<html") => "a web page",
        _ if text.starts_with("-----begin ") => "a key or certificate",
        _ if text.starts_with(['{', '[']) => "JSON",
        _ if text.starts_with("content-type:") || text.starts_with("mime-version:") => {
            "a part of a mail without its header"
        }
        _ if start.contains(&0) => "a binary file",
        _ => "a text without a mail's header (no From, To, Subject, Date or Message-ID)",
    };
    format!(
        "this seems to be {what}; a mail begins with a header, remove the file from the import or export the mail again"
    )
}

fn unreadable(reason: &str, detail: String) -> Unreadable {
    Unreadable { reason: reason.to_owned(), detail }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
