//! The tree of a mail's parts (RFC 2046).
//!
//! The tree is cut here and not by a general parser so that its cost is known: one pass over
//! the lines, at most `depth_max` boundaries compared for a line that starts with `--`, no
//! recursion, nothing copied or decoded. A nested mail is one leaf.

use super::header::{Headers, line_at};
use super::params::Params;
use super::transfer::Encoding;

/// How large a tree may grow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Parts in all.
    pub parts_max: usize,
    /// Multiparts within one another.
    pub depth_max: usize,
}

/// A mail with more parts or deeper nesting than the limits allow.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beyond {
    /// More than `parts_max` parts.
    Parts,
    /// More than `depth_max` levels.
    Depth,
}

/// One part of a mail.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// Its header block.
    pub headers: Headers<'a>,
    /// Its Content-Type, with the default filled in.
    pub content_type: Params,
    /// Its Content-Disposition.
    pub disposition: Params,
    /// How its bytes are written.
    pub encoding: Encoding,
    /// Its bytes as written.
    pub body: &'a [u8],
    /// Indices of its parts; empty for a leaf.
    pub children: Vec<usize>,
}

impl<'a> Part<'a> {
    fn new(headers: Headers<'a>, default_type: &str) -> Self {
        let read = |name| headers.first(name).map(|raw| Params::read(raw, None)).unwrap_or_default();
        let (mut content_type, disposition): (Params, Params) =
            (read("content-type"), read("content-disposition"));
        if content_type.value.is_empty() {
            content_type.value = default_type.to_owned();
        }
        let encoding = Encoding::named(&headers.plain("content-transfer-encoding"));
        Self { headers, content_type, disposition, encoding, body: &[], children: Vec::new() }
    }

    /// Tells whether the part has this media type.
    pub(super) fn is(&self, media_type: &str) -> bool {
        self.content_type.value == media_type
    }

    /// Tells whether the part is another mail.
    pub(super) fn is_mail(&self) -> bool {
        self.is("message/rfc822") || self.is("message/global")
    }

    fn is_multipart(&self) -> bool {
        self.content_type.value.starts_with("multipart/")
    }
}

/// A multipart whose end has not come yet.
struct Open {
    boundary: Vec<u8>,
    part: usize,
    body_at: usize,
}

/// Returns the boundary that a header block gives the parts of its body; `None` where it gives none.
pub(crate) fn boundary_of(header: &[u8]) -> Option<Vec<u8>> {
    let (headers, _) = Headers::read(header, |_| false);
    boundary(&Part::new(headers, "text/plain"))
}

/// Returns how many parts a mail is read as, itself included; `None` beyond a thousand, or nested more
/// than fifty deep.
pub(crate) fn n_parts(mail: &[u8]) -> Option<usize> {
    let (headers, at) = Headers::read(mail, |_| false);
    let limits = Limits { parts_max: 1_000, depth_max: 50 };
    split(headers, &mail[at..], limits).ok().map(|parts| parts.len())
}

/// Cuts `body` into parts; the first is the mail itself, and a parent comes before its children.
///
/// # Errors
/// The mail is [`Beyond`] the limits.
pub(super) fn split<'a>(
    headers: Headers<'a>,
    body: &'a [u8],
    limits: Limits,
) -> Result<Vec<Part<'a>>, Beyond> {
    let mut parts = vec![Part::new(headers, "text/plain")];
    let mut open: Vec<Open> = Vec::new();
    // The leaf being read, and where it or the newest multipart began.
    let mut leaf = match boundary(&parts[0]).or_else(|| lost_boundary(&parts[0], body)) {
        Some(boundary) => {
            open.push(Open { boundary, part: 0, body_at: 0 });
            None
        }
        None => Some((0, 0)),
    };
    let mut at = 0;
    while at < body.len() && !open.is_empty() {
        let (line, next) = line_at(body, at);
        let Some((level, ends)) = delimiter(&open, line) else {
            at = next;
            continue;
        };
        if let Some((part, body_at)) = leaf.take() {
            parts[part].body = before_delimiter(&body[body_at..at]);
        }
        // Multiparts within that one end with it, though their own end is missing.
        let keep = if ends { level } else { level + 1 };
        for inner in open.drain(keep..) {
            parts[inner.part].body = before_delimiter(&body[inner.body_at.min(at)..at]);
        }
        at = next;
        if ends {
            continue;
        }
        let parent = open[level].part;
        let (headers, n) = Headers::read(&body[at..], |line| delimiter(&open, line).is_some());
        let default_type = if parts[parent].is("multipart/digest") { "message/rfc822" } else { "text/plain" };
        let part = Part::new(headers, default_type);
        if parts.len() >= limits.parts_max {
            return Err(Beyond::Parts);
        }
        at += n;
        let id = parts.len();
        match boundary(&part) {
            Some(_) if open.len() >= limits.depth_max => return Err(Beyond::Depth),
            Some(boundary) => open.push(Open { boundary, part: id, body_at: at }),
            None => leaf = Some((id, at)),
        }
        parts.push(part);
        parts[parent].children.push(id);
    }
    if let Some((part, body_at)) = leaf {
        parts[part].body = &body[body_at..];
    }
    for unclosed in open {
        parts[unclosed.part].body = &body[unclosed.body_at..];
    }
    for part in parts.iter_mut().filter(|p| p.children.is_empty() && p.is_multipart()) {
        // A multipart without parts: people shall at least see its bytes.
        part.content_type.value = "text/plain".to_owned();
    }
    Ok(parts)
}

fn boundary(part: &Part<'_>) -> Option<Vec<u8>> {
    let boundary = part.content_type.get("boundary").filter(|_| part.is_multipart())?;
    Some(boundary.trim_end().as_bytes().to_vec())
}

/// Finds the boundary of a multipart that does not name it: the first line that looks like
/// one and is followed by a part's header.
fn lost_boundary(part: &Part<'_>, body: &[u8]) -> Option<Vec<u8>> {
    if !part.is_multipart() {
        return None;
    }
    let mut at = 0;
    while at < body.len() {
        let (line, next) = line_at(body, at);
        if let Some(boundary) = line.strip_prefix(b"--").map(|b| b.trim_ascii_end())
            && !boundary.is_empty()
            && body[next..].get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"content-"))
        {
            return Some(boundary.to_vec());
        }
        at = next;
    }
    None
}

/// Tells which open multipart a line delimits, innermost first, and whether it ends it.
fn delimiter(open: &[Open], line: &[u8]) -> Option<(usize, bool)> {
    let line = line.strip_prefix(b"--")?.trim_ascii_end();
    let level = |boundary: &[u8]| open.iter().rposition(|o| o.boundary == boundary);
    match level(line) {
        Some(level) => Some((level, false)),
        None => level(line.strip_suffix(b"--")?).map(|level| (level, true)),
    }
}

/// The line end before a delimiter belongs to the delimiter.
fn before_delimiter(body: &[u8]) -> &[u8] {
    let body = body.strip_suffix(b"\n").unwrap_or(body);
    body.strip_suffix(b"\r").unwrap_or(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { parts_max: 1_000, depth_max: 50 };

    fn parts(mail: &[u8]) -> Result<Vec<Part<'_>>, Beyond> {
        let (headers, at) = Headers::read(mail, |_| false);
        split(headers, &mail[at..], LIMITS)
    }

    /// Writes each part as `depth type body`.
    fn outline(mail: &str) -> Vec<String> {
        fn write(parts: &[Part<'_>], id: usize, depth: usize, out: &mut Vec<String>) {
            let part = &parts[id];
            let body =
                if part.children.is_empty() { part.body.escape_ascii().to_string() } else { String::new() };
            out.push(format!("{depth} {} {body}", part.content_type.value).trim().to_owned());
            part.children.iter().for_each(|id| write(parts, *id, depth + 1, out));
        }
        let parts = parts(mail.as_bytes()).unwrap();
        let mut out = Vec::new();
        write(&parts, 0, 0, &mut out);
        out
    }

    #[test]
    fn a_tree_is_cut_at_its_boundaries() {
        let mail = "Content-Type: multipart/mixed; boundary=a\n\npreamble\n--a\n\none\n\n--a\nContent-Type: multipart/alternative; boundary=\"a b\"\n\n--a b\nContent-Type: text/html\n\n<p>\n--a b--\nepilogue\n--a\nContent-Type: x/y\n\ntwo\n--a--\nepilogue\n";
        let expected = [
            "0 multipart/mixed",
            "1 text/plain one\\n",
            "1 multipart/alternative",
            "2 text/html <p>",
            "1 x/y two",
        ];
        assert_eq!(outline(mail), expected);
        assert_eq!(outline(&mail.replace('\n', "\r\n")), expected.map(|l| l.replace("one\\n", "one\\r\\n")));
    }

    #[test]
    fn damaged_trees_give_what_they_hold() {
        let head = "Content-Type: multipart/mixed; boundary=a\n\n";
        for (body, expected) in [
            ("--a\n\nnever ended", vec!["0 multipart/mixed", "1 text/plain never ended"]),
            ("--a\n\n\n--a--", vec!["0 multipart/mixed", "1 text/plain"]),
            ("--a\nContent-Type: x/y\n--a\n\nz\n--a--", vec!["0 multipart/mixed", "1 x/y", "1 text/plain z"]),
            ("no parts at all", vec!["0 text/plain no parts at all"]),
            ("--ab\n\nx", vec!["0 text/plain --ab\\n\\nx"]),
            (
                "--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--a\n\ny\n--a--",
                vec!["0 multipart/mixed", "1 multipart/mixed", "2 text/plain x", "1 text/plain y"],
            ),
            ("--a\nContent-Type: multipart/mixed\n\nx\n--a--", vec!["0 multipart/mixed", "1 text/plain x"]),
            (
                "--a\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n--a--",
                vec![
                    "0 multipart/mixed",
                    "1 message/rfc822 Content-Type: multipart/mixed; boundary=c\\n\\n--c\\n\\nx\\n--c--",
                ],
            ),
        ] {
            assert_eq!(outline(&format!("{head}{body}")), expected, "{body}");
        }
        let lost = "Content-Type: multipart/mixed\n\n--z\nContent-Type: x/y\n\none\n--z--\n";
        assert_eq!(outline(lost), ["0 multipart/mixed", "1 x/y one"]);
    }

    #[test]
    fn bombs_are_refused_at_once() {
        let deep: String = (0..10_000)
            .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"))
            .collect();
        assert_eq!(parts(deep.as_bytes()).unwrap_err(), Beyond::Depth);
        let wide = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(100_000));
        assert_eq!(parts(wide.as_bytes()).unwrap_err(), Beyond::Parts);
    }
}
