//! The mail that another one passes on, as a part of its own or within its text.

use rapport_model::message::Forwarded;
use rapport_nlp::text;

use super::body;
use super::header::Headers;
use super::ids;
use super::mime::{Limits, Part, split};
use super::people::{authors, people};
use super::words;

/// What subjects of mails that are passed on begin with, in lower case.
const PREFIXES: [&str; 14] =
    ["fw", "fwd", "wg", "tr", "rv", "enc", "i", "vb", "vs", "转发", "轉發", "转寄", "轉寄", "転送"];
const SUBJECT_CHARS_MAX: usize = 998;

/// Finds the mail that this one passes on. `parts` are its parts, `subject` and `text` what was read
/// of it already.
pub(super) fn forwarded(
    parts: &[Part<'_>],
    subject: &str,
    text: &str,
    limits: Limits,
    body_bytes_max: usize,
) -> Option<Forwarded> {
    let mut mails = parts.iter().filter(|part| part.is_mail());
    match (mails.next(), mails.next()) {
        (Some(mail), None) => nested(mail, limits, body_bytes_max),
        // Of several none is the one.
        (Some(_), Some(_)) => None,
        (None, _) => inline(subject, text),
    }
}

fn nested(part: &Part<'_>, limits: Limits, body_bytes_max: usize) -> Option<Forwarded> {
    let bytes = part.encoding.decode(part.body);
    let (headers, body_at) = Headers::read(&bytes, |_| false);
    let parts = split(headers.clone(), &bytes[body_at..], limits).ok()?;
    let hint = body::charset_hint(&parts);
    let from = authors(&headers, hint).into_iter().next()?;
    let subject = headers.first("subject").map(|raw| words::decode(raw, hint)).unwrap_or_default();
    let whole = body::text(&parts, limits, body_bytes_max);
    let own = ids::message_id(&headers);
    let answers = ids::answers(&headers, own.as_deref().unwrap_or_default());
    Some(Forwarded {
        from,
        subject: words::one_line(&subject, SUBJECT_CHARS_MAX),
        text: text::trim(&whole).unwrap_or(whole),
        references: own.into_iter().chain(answers).collect(),
    })
}

fn inline(subject: &str, body: &str) -> Option<Forwarded> {
    let prefix = subject.split_once([':', '：']).map(|(prefix, _)| prefix.trim().to_lowercase());
    let is_told = prefix.is_some_and(|prefix| PREFIXES.contains(&prefix.as_str()));
    let found = text::forwarded(body, is_told)?;
    // Outlook writes `Ann Novak [mailto:ann@novak.example]`.
    let from = found.from.replace("[mailto:", "<").replace(']', ">");
    let block = format!("From: {}\n\n", words::one_line(&from, SUBJECT_CHARS_MAX));
    let from = people(&Headers::read(block.as_bytes(), |_| false).0, "from", None).into_iter().next()?;
    Some(Forwarded {
        from,
        subject: words::one_line(found.subject, SUBJECT_CHARS_MAX),
        text: text::trim(found.text).unwrap_or_else(|| found.text.to_owned()),
        references: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use rapport_model::Timestamp;
    use rapport_model::message::Content;

    use super::super::{ParseOptions, parse};

    fn read(mail: &str) -> Content {
        let now = Timestamp::parse("2026-03-04T12:00:00Z").unwrap();
        parse(mail.replace('\n', "\r\n").into_bytes(), "test", &ParseOptions::at(now)).content.unwrap()
    }

    #[test]
    fn a_mail_is_passed_on_as_a_part_or_in_the_text() {
        let inner = "From: =?utf-8?q?Ann_Nov=C3=A1k?= <ann@novak.example>\nSubject: Pump\nMessage-ID: <a2@novak>\nIn-Reply-To: <a1@novak>\n\nIt leaks.\n\nOn 1 March 2026, Mia <mia@ours.example> wrote:\n> Does it?\n";
        let head =
            "From: mia@ours.example\nTo: crm@ours.example\nSubject: Fwd: Pump\nMessage-ID: <m1@ours>\n";
        let nested = format!(
            "{head}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee below.\n--b\nContent-Type: message/rfc822\n\n{inner}--b--\n"
        );
        let found = read(&nested).forwarded.unwrap();
        assert_eq!(
            (found.from.name.as_str(), found.from.address.as_str()),
            ("Ann Novák", "ann@novak.example")
        );
        assert_eq!((found.subject.as_str(), found.text.trim()), ("Pump", "It leaks."));
        assert_eq!(found.references, ["a2@novak", "a1@novak"]);

        let inline = format!(
            "{head}\nSee below.\n\n-----Original Message-----\nFrom: Ann Novak [mailto:ann@novak.example]\nSent: Tuesday\nTo: Mia\nSubject: Pump\n\nIt leaks.\n"
        );
        let found = read(&inline).forwarded.unwrap();
        assert_eq!(
            (found.from.address.as_str(), found.subject.as_str(), found.text.as_str()),
            ("ann@novak.example", "Pump", "It leaks.")
        );
        assert!(found.references.is_empty());
    }

    #[test]
    fn what_names_nobody_or_is_of_a_machine_passes_nothing_on() {
        let head =
            "From: mia@ours.example\nTo: crm@ours.example\nSubject: Fwd: Pump\nMessage-ID: <m1@ours>\n";
        let nameless = format!(
            "{head}\n---------- Forwarded message ---------\nFrom: Ann Novak\nDate: x\nTo: y\n\nIt leaks.\n"
        );
        assert_eq!(read(&nameless).forwarded, None);
        let machine = format!(
            "{head}Auto-Submitted: auto-replied\n\n---------- Forwarded message ---------\nFrom: ann@novak.example\nDate: x\nTo: y\n\nIt leaks.\n"
        );
        assert_eq!(read(&machine).forwarded, None);
        let two = format!(
            "{head}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nFrom: a@x.example\n\na\n--b\nContent-Type: message/rfc822\n\nFrom: b@x.example\n\nb\n--b--\n"
        );
        assert_eq!(read(&two).forwarded, None);
    }
}
