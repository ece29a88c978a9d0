//! What a mail is called, what it answers, and the digest by which a copy is known.

use super::header::{Headers, VALUE_BYTES_MAX};
use super::words;

/// Longest id that is kept, in bytes (RFC 5322 limits a line to 998).
const ID_BYTES_MAX: usize = 998;

/// More answered ids than these tell nothing new.
const ANSWERS_MAX: usize = 33;

/// Returns the mail's own id without angle brackets; `None` when it has none.
pub(super) fn message_id(headers: &Headers<'_>) -> Option<String> {
    id_in(headers.first("message-id")?)
}

/// Returns the first id in a raw value.
pub(super) fn id_in(raw: &[u8]) -> Option<String> {
    ids(raw).into_iter().next().or_else(|| {
        // Not an id by the book, but it is what answers will quote.
        let id: String = words::unfold(raw).chars().filter(|c| !c.is_whitespace()).collect();
        Some(within_limit(id.trim_matches(['<', '>']))).filter(|id| !id.is_empty())
    })
}

/// Returns the ids that the mail answers: In-Reply-To first, then References newest first,
/// each once, without `own`.
pub(super) fn answers(headers: &Headers<'_>, own: &str) -> Vec<String> {
    let in_reply_to = headers.all("in-reply-to").flat_map(|raw| ids(&raw[..raw.len().min(VALUE_BYTES_MAX)]));
    let references = headers.all("references").flat_map(|raw| {
        // The newest stand last.
        let mut ids = ids(&raw[raw.len().saturating_sub(VALUE_BYTES_MAX)..]);
        ids.reverse();
        ids
    });
    let mut out: Vec<String> = Vec::new();
    for id in in_reply_to.chain(references) {
        if out.len() < ANSWERS_MAX && id != own && !out.contains(&id) {
            out.push(id);
        }
    }
    out
}

/// Returns the digest by which the same mail is known on another way: BLAKE3-128 over its id,
/// subject, date and author and its body as sent. What relays add to the header, line ends
/// and blank lines at the end do not count.
pub(super) fn digest(headers: &Headers<'_>, own: &str, body: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    let mut field = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    field(own);
    for name in ["subject", "date", "from"] {
        field(&headers.plain(name));
    }
    let mut body = body;
    while let [rest @ .., b'\n' | b'\r' | b' ' | b'\t'] = body {
        body = rest;
    }
    for line in body.split_inclusive(|b| *b == b'\n') {
        match line {
            [text @ .., b'\r', b'\n'] => {
                hasher.update(text);
                hasher.update(b"\n");
            }
            _ => {
                hasher.update(line);
            }
        }
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    digest
}

/// Writes bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Finds the ids in a value: what stands in angle brackets, or, where nothing does, every
/// word with an `@` inside.
fn ids(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    let bracketed = text.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(id, _)| {
        // Folding may have cut an id in two.
        let id: String = id.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        within_limit(&id)
    });
    let found: Vec<String> = bracketed.filter(|id| !id.is_empty()).collect();
    if !found.is_empty() {
        return found;
    }
    let words =
        text.split(|c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>' | '"'));
    words.filter(|w| !w.starts_with('@') && !w.ends_with('@') && w.contains('@')).map(within_limit).collect()
}

fn within_limit(id: &str) -> String {
    id[..id.floor_char_boundary(ID_BYTES_MAX)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(block: &str) -> Headers<'_> {
        Headers::read(block.as_bytes(), |_| false).0
    }

    #[test]
    fn an_id_is_found_however_it_is_written() {
        for (value, expected) in [
            ("<a@x.test>", Some("a@x.test")),
            (" a@x.test ", Some("a@x.test")),
            ("\n <a@\n x.test> (comment)", Some("a@x.test")),
            ("<no-at-sign>", Some("no-at-sign")),
            ("junk words", Some("junkwords")),
            ("<>", None),
            ("", None),
        ] {
            assert_eq!(
                message_id(&headers(&format!("Message-ID: {value}\n\n"))).as_deref(),
                expected,
                "{value}"
            );
        }
        assert_eq!(message_id(&headers("Subject: x\n\n")), None);
        let long = format!("Message-ID: <{}@x.test>\n\n", "a".repeat(5_000));
        assert_eq!(message_id(&headers(&long)).map(|id| id.len()), Some(ID_BYTES_MAX));
    }

    #[test]
    fn answers_come_newest_first_and_once() {
        for (block, expected) in [
            ("In-Reply-To: <b@x>\nReferences: <a@x> <b@x> <c@x>\n\n", &["b@x", "c@x", "a@x"][..]),
            ("In-Reply-To: <a@x><b@x>\n\n", &["a@x", "b@x"]),
            ("References: <a@x>,<b@x>,\n\t<own@x>\n\n", &["b@x", "a@x"]),
            ("In-Reply-To: Your message of \"Fri, 1 Mar\" <a@x>\n\n", &["a@x"]),
            ("In-Reply-To: a@x; b@x\n\n", &["a@x", "b@x"]),
            ("References: junk <broken <a@x> > <>\n\n", &["a@x"]),
            ("In-Reply-To: \nReferences:\n\n", &[]),
        ] {
            assert_eq!(answers(&headers(block), "own@x"), expected, "{block}");
        }
    }

    #[test]
    fn a_long_thread_is_cut_to_its_newest() {
        let references: String = (0..10_000).map(|n| format!("<{n}@x>\n ")).collect();
        let block = format!("In-Reply-To: <9999@x>\nReferences: {references}\n\n");
        let answers = answers(&headers(&block), "");
        assert_eq!((answers.len(), answers[0].as_str(), answers[32].as_str()), (33, "9999@x", "9967@x"));
    }

    #[test]
    fn a_copy_on_another_way_has_the_same_digest() {
        let own = |block: &str, body: &str| digest(&headers(block), "a@x", body.as_bytes());
        let sent = own("Subject: one two\nDate: d\nFrom: f\n\n", "line\nFrom me\n");
        assert_eq!(
            own(
                "Received: r\nX-Spam: no\nSubject: one\n two\nDate: d\nFrom: f\n\n",
                "line\r\nFrom me\r\n\r\n"
            ),
            sent
        );
        for other in [
            own("Subject: one\nDate: d\nFrom: f\n\n", "line\nFrom me\n"),
            own("Subject: one two\nDate: d\nFrom: f\n\n", "line\nFrom you\n"),
            digest(&headers("Subject: one two\nDate: d\nFrom: f\n\n"), "b@x", b"line\nFrom me\n"),
        ] {
            assert_ne!(other, sent);
        }
    }
}
