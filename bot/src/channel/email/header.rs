//! The header block of a mail or of one of its parts, cut into fields.
//!
//! Real blocks hold mbox lines, junk lines and no blank line at their end; a field is found
//! all the same. Values stay raw bytes: who needs one decodes it (see `words`).

use super::words;

/// A field's value is read up to here; the rest is noise or an attack.
pub(super) const VALUE_BYTES_MAX: usize = 64 << 10;

/// More fields than any real mail carries; further ones are passed over.
const FIELDS_MAX: usize = 5_000;

/// Longest field name that is taken for one.
const NAME_BYTES_MAX: usize = 128;

/// Names that tell a mail from any other text with colons in it.
const OF_A_MAIL: [&str; 14] = [
    "from",
    "sender",
    "to",
    "cc",
    "bcc",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "received",
    "return-path",
    "delivered-to",
    "in-reply-to",
    "references",
];

/// One field: its name as written and its raw value, with folding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    /// The name, in ASCII, as written.
    pub name: &'a str,
    /// Everything after the colon, without the last line end.
    pub raw: &'a [u8],
}

/// The fields of a block, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Headers<'a> {
    fields: Vec<Field<'a>>,
}

impl<'a> Headers<'a> {
    /// Reads the block at the start of `bytes`; returns it with the offset of the body.
    /// The block also ends before a line for which `stop` says so.
    pub(super) fn read(bytes: &'a [u8], stop: impl Fn(&[u8]) -> bool) -> (Self, usize) {
        let mut headers = Self::default();
        let mut at = 0;
        while at < bytes.len() {
            let (line, next) = line_at(bytes, at);
            if line.is_empty() {
                return (headers, next);
            }
            if stop(line) {
                return (headers, at);
            }
            let end = end_of_field(bytes, next, &stop);
            match name_of(line) {
                Some((name, value_at)) if headers.fields.len() < FIELDS_MAX => {
                    let raw = trim_line_end(&bytes[at + value_at..end]);
                    headers.fields.push(Field { name, raw });
                }
                Some(_) => {}
                None if is_mbox_line(line) => {}
                // One stray line among fields is passed over; two are the text, whose blank
                // line got lost.
                None => {
                    let (following, _) = line_at(bytes, end);
                    if !following.is_empty() && name_of(following).is_none() || end >= bytes.len() {
                        return (headers, at);
                    }
                }
            }
            at = end;
        }
        (headers, bytes.len())
    }

    /// Tells whether this is the header of a mail.
    pub(super) fn is_mail(&self) -> bool {
        self.fields.iter().any(|f| OF_A_MAIL.iter().any(|name| f.name.eq_ignore_ascii_case(name)))
    }

    /// Returns all fields.
    #[cfg(test)]
    pub(super) fn fields(&self) -> &[Field<'a>] {
        &self.fields
    }

    /// Returns the whole raw values of a field, first to last.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |f| f.name.eq_ignore_ascii_case(name)).map(|f| f.raw)
    }

    /// Returns a field's first raw value, cut to [`VALUE_BYTES_MAX`].
    pub(super) fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next().map(|raw| &raw[..raw.len().min(VALUE_BYTES_MAX)])
    }

    /// Returns a field's first value in one line, undecoded; empty when it is missing.
    pub(super) fn plain(&self, name: &str) -> String {
        self.first(name).map(words::unfold).unwrap_or_default()
    }

    /// Tells whether a field is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }
}

/// Returns the line at `at` without its end, and where the next begins.
pub(super) fn line_at(bytes: &[u8], at: usize) -> (&[u8], usize) {
    let rest = &bytes[at.min(bytes.len())..];
    let (line, next) = match rest.iter().position(|b| *b == b'\n') {
        Some(n) => (&rest[..n], at + n + 1),
        None => (rest, bytes.len()),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), next)
}

/// Tells whether a line is the separator of an mbox.
pub(super) fn is_mbox_line(line: &[u8]) -> bool {
    line.starts_with(b"From ") || line.starts_with(b">From ")
}

/// Returns where the field ends whose first line ended at `at`: continuation lines start
/// with a blank.
fn end_of_field(bytes: &[u8], mut at: usize, stop: &impl Fn(&[u8]) -> bool) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t')) {
        let (line, next) = line_at(bytes, at);
        if stop(line) {
            break;
        }
        at = next;
    }
    at
}

/// Returns a field's name and where its value starts in the line.
fn name_of(line: &[u8]) -> Option<(&str, usize)> {
    let colon = line.iter().take(NAME_BYTES_MAX).position(|b| *b == b':')?;
    let name = line[..colon].trim_ascii_end();
    let proper = !name.is_empty() && name.iter().all(|b| b.is_ascii_graphic());
    Some((std::str::from_utf8(name).ok().filter(|_| proper)?, colon + 1))
}

fn trim_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(block: &str, expected: &[(&str, &str)], body: &str) {
        let (headers, at) = Headers::read(block.as_bytes(), |_| false);
        let read: Vec<(&str, String)> =
            headers.fields().iter().map(|f| (f.name, words::unfold(f.raw))).collect();
        let read: Vec<(&str, &str)> = read.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(read, expected, "{block:?}");
        assert_eq!(&block[at..], body, "{block:?}");
    }

    #[test]
    fn a_block_is_cut_into_fields() {
        check("A: 1\r\nB : 2\r\n\r\nbody", &[("A", "1"), ("B", "2")], "body");
        check("A: 1\n 2\n\t3\nB:\n\nbody", &[("A", "1 2 3"), ("B", "")], "body");
        check("A: 1\n \nB: 2\n\n", &[("A", "1"), ("B", "2")], "");
        check("A: 1", &[("A", "1")], "");
        check("", &[], "");
        check("\nA: 1\n", &[], "A: 1\n");
    }

    #[test]
    fn junk_between_fields_is_passed_over_and_a_lost_blank_line_found() {
        check("From a Mon\nA: 1\n>From b\nB: 2\n\nx", &[("A", "1"), ("B", "2")], "x");
        check("A: 1\nstray line\nB: 2\n\nx", &[("A", "1"), ("B", "2")], "x");
        check("A: 1\nDear Ann\nhow are you\n\nx", &[("A", "1")], "Dear Ann\nhow are you\n\nx");
        check("A: 1\nhello", &[("A", "1")], "hello");
    }

    #[test]
    fn only_fields_of_a_mail_make_a_mail() {
        for (block, expected) in [
            ("Subject: x\n\n", true),
            ("message-id: <a@b>\n\n", true),
            ("Content-Type: text/plain\n\n", false),
            ("\"From\": \"x\",\n", false),
            ("<html>\n<p>Date: today\n", false),
            ("-----BEGIN KEY-----\nabc\n", false),
        ] {
            assert_eq!(Headers::read(block.as_bytes(), |_| false).0.is_mail(), expected, "{block}");
        }
    }
}
