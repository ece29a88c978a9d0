//! Any bytes to a mail, or to a reason why they are none.

use std::collections::HashSet;

use rapport_model::message::{Attachment, Calendar, Content};

use super::mail::{BODY_BYTES_MAX, read};

/// Checks what must hold of the bytes of any mail.
pub fn check(raw: &[u8]) {
    let mail = read(raw);
    assert_eq!(mail.raw, raw, "the bytes are kept as they came");
    assert_eq!(mail, read(raw), "the same bytes are the same mail");
    match &mail.content {
        Ok(content) => {
            within_limits(content);
            known_again(raw, content);
        }
        Err(unreadable) => {
            assert_ne!(unreadable.reason, "unparsable", "the parser failed");
            assert!(!unreadable.detail.is_empty());
        }
    }
}

fn within_limits(content: &Content) {
    assert!(!content.message_id.is_empty() && content.message_id.len() <= 998);
    assert!(content.answers.len() <= 33 && !content.answers.contains(&content.message_id));
    assert!(content.answers.iter().all(|id| !id.is_empty() && id.len() <= 998));
    assert_eq!(content.answers.iter().collect::<HashSet<_>>().len(), content.answers.len());
    for people in [&content.from, &content.to, &content.cc, &content.reply_to] {
        assert!(people.len() <= 200);
        assert!(people.iter().all(|m| is_line(&m.name, 200) && m.address.as_str().contains('@')));
        assert_eq!(people.iter().map(|m| &m.address).collect::<HashSet<_>>().len(), people.len());
    }
    assert!(is_line(&content.subject, 998), "{:?}", content.subject);
    assert!(content.body.len() <= BODY_BYTES_MAX, "{} bytes", content.body.len());
    assert!(content.body.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t')), "{:?}", content.body);
    assert_ne!(content.trimmed.as_ref(), Some(&content.body));
    assert!(content.attachments.len() <= 1_000);
    content.attachments.iter().for_each(is_safe);
    content.calendar.iter().for_each(is_a_meeting);
    let is_report = content.delivery.is_some() || content.complaint.is_some();
    assert!(content.automation.is_some() || !is_report, "only a machine reports");
}

fn is_safe(file: &Attachment) {
    assert!(!file.name.is_empty() && is_line(&file.name, 120), "{:?}", file.name);
    assert!(!file.name.contains(['/', '\\', ':', '\0']) && !file.name.starts_with('.'), "{:?}", file.name);
    assert!(file.mime.len() <= 100 && is_line(&file.mime, 100), "{:?}", file.mime);
    assert_eq!(file.digest.len(), 32);
}

fn is_a_meeting(meeting: &Calendar) {
    assert!(is_line(&meeting.uid, 255) && is_line(&meeting.summary, 500) && is_line(&meeting.location, 500));
    assert!(meeting.attendees.len() <= 200);
    if let (Some(start), Some(end)) = (meeting.start, meeting.end) {
        assert!(start <= end);
    }
}

fn is_line(text: &str, chars_max: usize) -> bool {
    text.chars().count() <= chars_max && !text.contains(|c: char| c.is_control())
}

/// A mail is known on another way: relays add to its header and write its line ends anew.
fn known_again(raw: &[u8], content: &Content) {
    let is_plain_start = raw.first().is_some_and(u8::is_ascii_alphanumeric) && !raw.starts_with(b"From ");
    if is_plain_start && raw.contains(&b'\n') {
        let relayed = [&b"Received: from a by b; Thu, 19 Nov 2026 10:00:00 +0000\n"[..], raw].concat();
        let again = read(&relayed).content.expect("a mail with one more field is one");
        assert_eq!(again.digest, content.digest, "a relay's line");
        assert_eq!(again.message_id, content.message_id);
        assert_eq!(again.subject, content.subject);
        assert_eq!(again.body, content.body);
    }
    if !raw.contains(&b'\r') {
        let crlf = String::from_utf8_lossy(raw).replace('\n', "\r\n");
        let lf = read(crlf.replace("\r\n", "\n").as_bytes()).content.expect("still a mail");
        let crlf = read(crlf.as_bytes()).content.expect("a mail with other line ends is one");
        assert_eq!(crlf.digest, lf.digest, "line ends");
        assert_eq!((crlf.message_id, crlf.answers), (lf.message_id, lf.answers));
        assert_eq!((crlf.subject, crlf.from), (lf.subject, lf.from));
    }
}
