//! The mail that a report is about: its copy in a part, or below the report's words.

use rapport_model::Address;

use super::super::header::Headers;
use super::super::ids;
use super::super::mime::Part;
use super::super::people::people;

/// Fewer fields in a row than these are no header.
const FIELDS_MIN: usize = 3;

/// Blocks of fields after these tell nothing new.
const BLOCKS_MAX: usize = 8;

/// What is known of the mail that came back.
#[derive(Debug, Default)]
pub(super) struct Original {
    /// Its Message-ID.
    pub message_id: Option<String>,
    /// To whom it went.
    pub to: Vec<Address>,
    /// The recipient that the complaining provider names in the header.
    pub complainer: Option<Address>,
}

impl Original {
    /// Finds the mail in the parts, else in the text.
    pub(super) fn find(parts: &[Part<'_>], text: &str) -> Self {
        let mut found = Self::default();
        for part in parts.iter().filter(|p| holds_a_header(p)) {
            let bytes = part.encoding.decode(part.body);
            // Some systems leave a blank line before it.
            let start = bytes.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(0);
            found.read(&Headers::read(&bytes[start..], |_| false).0);
        }
        let mut reports = parts.iter().filter(|p| p.is("message/delivery-status"));
        let told = reports.find_map(|part| {
            let (headers, _) = Headers::read(part.body, |_| false);
            let names = ["x-original-message-id", "original-message-id"];
            names.iter().find_map(|name| ids::id_in(headers.first(name)?))
        });
        found.message_id = found.message_id.or(told);
        if found.message_id.is_none() || found.to.is_empty() {
            found.read_text(text);
        }
        // Some attach the header as a plain text.
        let texts = parts.iter().skip(2).filter(|p| p.is("text/plain")).take(BLOCKS_MAX);
        for part in texts {
            if found.message_id.is_none() {
                let bytes = part.encoding.decode(part.body);
                found.read_text(&String::from_utf8_lossy(&bytes));
            }
        }
        found
    }

    fn read(&mut self, headers: &Headers<'_>) {
        let addresses = |name| people(headers, name, None).into_iter().map(|m| m.address);
        self.message_id = self.message_id.take().or_else(|| ids::message_id(headers));
        if self.to.is_empty() {
            self.to = ["to", "cc", "bcc"].into_iter().flat_map(addresses).collect();
        }
        let complainer =
            ["x-hmxmroriginalrecipient", "x-original-rcpt-to"].into_iter().flat_map(addresses).next();
        self.complainer = self.complainer.take().or(complainer);
    }

    /// Reads the blocks of fields in a text.
    fn read_text(&mut self, text: &str) {
        let lines: Vec<&str> = text.lines().collect();
        for block in blocks(text).iter().take(BLOCKS_MAX) {
            let lines = lines[block.from..].iter().take(block.n_lines);
            let unquoted: String = lines.map(|line| format!("{}\n", line_of(line, block.margin))).collect();
            self.read(&Headers::read(unquoted.as_bytes(), |_| false).0);
        }
    }
}

fn holds_a_header(part: &Part<'_>) -> bool {
    part.is_mail()
        || part.children.is_empty()
            && [
                "text/rfc822-headers",
                "text/rfc822-header",
                "message/rfc822-headers",
                "message/global-headers",
                "text/x-rfc822-headers",
            ]
            .iter()
            .any(|t| part.is(t))
}

/// Returns the report's own words, without a copy of the mail below them or its header between.
pub(super) fn own_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(16 << 10));
    let mut blocks = blocks(text).into_iter().peekable();
    let mut skip_to = 0;
    for (n, line) in text.lines().enumerate() {
        if let Some(block) = blocks.next_if(|b| b.from == n) {
            if block.is_copy {
                break;
            }
            skip_to = n + block.n_lines;
        }
        if n >= skip_to {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// Fields in a row within a text.
struct Block {
    from: usize,
    n_lines: usize,
    /// How far its lines are indented or quoted, in bytes.
    margin: usize,
    /// Whether it is a whole header, so that what follows is the mail's text.
    is_copy: bool,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut block: Option<(Block, Vec<String>)> = None;
    for (n, line) in text.lines().chain([""]).enumerate() {
        if let Some((open, names)) = block.as_mut() {
            let own = line_of(line, open.margin);
            if let Some(name) = field_name(own) {
                names.push(name);
                open.n_lines += 1;
                continue;
            }
            if own.starts_with([' ', '\t']) && !own.trim().is_empty() {
                open.n_lines += 1;
                continue;
            }
        }
        if let Some((mut open, names)) = block.take() {
            let has = |name: &str| names.iter().any(|n| n == name);
            open.is_copy =
                has("received") || has("return-path") || has("mime-version") || has("dkim-signature");
            let is_header = has("message-id") || has("from") && has("subject") || open.is_copy;
            if names.len() >= FIELDS_MIN && is_header {
                out.push(open);
            }
        }
        let margin = line.len() - line.trim_start_matches(['>', ' ', '\t', '|']).len();
        if let Some(name) = field_name(line_of(line, margin)) {
            block = Some((Block { from: n, n_lines: 1, margin, is_copy: false }, vec![name]));
        }
    }
    out
}

/// Returns a line without its margin, or as it is when it starts before that.
fn line_of(line: &str, margin: usize) -> &str {
    match line.get(margin..) {
        Some(rest) if line[..margin].bytes().all(|b| matches!(b, b'>' | b' ' | b'\t' | b'|')) => rest,
        _ => line.trim_start_matches(['>', '|']),
    }
}

/// Returns the name of a field in lower case.
fn field_name(line: &str) -> Option<String> {
    let end = line.bytes().take(60).position(|b| b == b':')?;
    let name = line.get(..end)?.trim_end();
    let is_name =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    // `http://…` is none.
    (is_name && !line[end..].starts_with("://")).then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_below_the_words_is_cut_and_read() {
        let text = "It failed.\n\n--- Below is a copy.\n\nReturn-Path: <a@x.test>\nReceived: from y\n  by z\nTo: bob@x.test\nMessage-ID:\n <1@x.test>\n\nbob2@x.test";
        assert_eq!(own_words(text), "It failed.\n\n--- Below is a copy.\n\n");
        let original = Original::find(&[], text);
        assert_eq!(original.message_id.as_deref(), Some("1@x.test"));
        assert_eq!(original.to[0].as_str(), "bob@x.test");
    }

    #[test]
    fn a_summary_is_read_and_what_follows_stays() {
        let text = "About your mail:\n\n  Message-id: <1@x.test>\n  From: a@x.test\n  Subject: x\n\nIt failed: http://x.test\n";
        assert_eq!(own_words(text), "About your mail:\n\n\nIt failed: http://x.test\n");
        assert_eq!(Original::find(&[], text).message_id.as_deref(), Some("1@x.test"));
        assert_eq!(own_words("To: bob\nSubject: x\nSent: today\n"), "To: bob\nSubject: x\nSent: today\n");
    }
}
