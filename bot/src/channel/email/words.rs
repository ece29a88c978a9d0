//! Text in header fields: unfolding, encoded words (RFC 2047), raw eight-bit text.

use std::fmt::Write as _;

use super::charset;
use super::transfer;

/// Returns a raw value in one line; bytes that are not UTF-8 are replaced.
pub(super) fn unfold(raw: &[u8]) -> String {
    one_line(&String::from_utf8_lossy(raw), usize::MAX)
}

/// Decodes free text such as a subject. `hint` is the charset of the mail's own text, for
/// senders who write raw bytes into headers.
pub(super) fn decode(raw: &[u8], hint: Option<&str>) -> String {
    let mut out = String::with_capacity(raw.len());
    for piece in Pieces::of(raw) {
        match piece {
            Piece::Plain(bytes) => out.push_str(&charset::guess(bytes, hint)),
            Piece::Word { charset, bytes } => out.push_str(&charset::decode(&bytes, Some(&charset))),
        }
    }
    out
}

/// Decodes a structured value such as an address list: decoded words become quoted strings,
/// so that a comma in a name does not split it.
pub(super) fn decode_structured(raw: &[u8], hint: Option<&str>) -> String {
    let mut out = String::with_capacity(raw.len() + 2);
    let (mut quoted, mut escaped, mut after_word, mut n_comments) = (false, false, false, 0usize);
    for piece in Pieces::of(raw) {
        match piece {
            Piece::Plain(bytes) => {
                for c in charset::guess(bytes, hint).chars() {
                    out.push(c);
                    match c {
                        _ if escaped => escaped = false,
                        '\\' => escaped = true,
                        '"' if n_comments == 0 => {
                            quoted = !quoted;
                            // The parser of lists loses the blank in `Ann "Novak"`.
                            if quoted && after_word {
                                out.push(' ');
                            }
                        }
                        '(' if !quoted => n_comments += 1,
                        ')' if !quoted => n_comments = n_comments.saturating_sub(1),
                        _ => {}
                    }
                    after_word = c.is_alphanumeric() || c == ' ' && after_word;
                }
            }
            Piece::Word { charset, bytes } => {
                let text = charset::decode(&bytes, Some(&charset));
                let text = text.replace(['"', '\\', '(', ')', '\r', '\n'], " ");
                let _ = if quoted || n_comments > 0 {
                    out.write_str(&text)
                } else {
                    write!(out, " \"{}\" ", text.trim())
                };
            }
        }
    }
    out
}

/// A stretch of a header's value.
#[derive(Debug)]
enum Piece<'a> {
    Plain(&'a [u8]),
    /// One encoded word, or several neighbours of one charset: programs cut between the
    /// bytes of a character.
    Word {
        charset: String,
        bytes: Vec<u8>,
    },
}

/// Cuts a value into its pieces, in time linear in its length.
struct Pieces<'a> {
    rest: &'a [u8],
    /// A word that was found behind plain text which had to come first.
    found: Option<Word<'a>>,
    ends: Ends<'a>,
}

/// Where words may end. Remembered, for a value may hold thousands of beginnings before one end.
struct Ends<'a> {
    value: &'a [u8],
    /// From here to `next` no word ends.
    from: usize,
    next: usize,
}

impl Ends<'_> {
    /// Returns how many of the value's last `n_left` bytes come before the next `?=`.
    fn within(&mut self, n_left: usize) -> Option<usize> {
        let at = self.value.len() - n_left;
        if !(self.from..=self.next).contains(&at) {
            self.from = at;
            self.next = find(&self.value[at..], b"?=").map_or(usize::MAX, |n| at + n);
        }
        (self.next != usize::MAX).then(|| self.next - at)
    }
}

/// An encoded word and how long it is written.
struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
    len: usize,
}

impl<'a> Pieces<'a> {
    fn of(raw: &'a [u8]) -> Self {
        // Nothing is known yet: no place lies between these.
        Self { rest: raw, found: None, ends: Ends { value: raw, from: 1, next: 0 } }
    }

    /// Joins the neighbours of a word that continue it.
    fn joined(&mut self, word: Word<'a>) -> Piece<'a> {
        self.rest = &self.rest[word.len..];
        let Word { charset, mut bytes, .. } = word;
        loop {
            let n_blanks = self.rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
            let Some(next) = word_at(&self.rest[n_blanks..], &mut self.ends) else { break };
            // Blanks between words are not part of the text (RFC 2047, 6.2).
            self.rest = &self.rest[n_blanks..];
            // ISO-2022 words each begin in ASCII; glued together their escapes are an error.
            let is_stateful = charset.get(..8).is_some_and(|c| c.eq_ignore_ascii_case("iso-2022"));
            if is_stateful || !next.charset.eq_ignore_ascii_case(charset) {
                self.found = Some(next);
                break;
            }
            self.rest = &self.rest[next.len..];
            bytes.extend_from_slice(&next.bytes);
        }
        Piece::Word { charset: charset.to_owned(), bytes }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(word) = self.found.take() {
            return Some(self.joined(word));
        }
        if self.rest.is_empty() {
            return None;
        }
        let mut from = 0;
        while let Some(start) = find(&self.rest[from..], b"=?").map(|n| from + n) {
            let Some(word) = word_at(&self.rest[start..], &mut self.ends) else {
                from = start + 2;
                continue;
            };
            if start == 0 {
                return Some(self.joined(word));
            }
            let plain = &self.rest[..start];
            self.rest = &self.rest[start..];
            self.found = Some(word);
            return Some(Piece::Plain(plain));
        }
        Some(Piece::Plain(std::mem::take(&mut self.rest)))
    }
}

/// Longest encoded word that is taken for one. RFC 2047 says 75; programs that do not split
/// write a whole subject into one.
const WORD_BYTES_MAX: usize = 4_096;

/// Reads an encoded word at the start of `bytes`, the rest of the value of `ends`.
fn word_at<'a>(bytes: &'a [u8], ends: &mut Ends<'_>) -> Option<Word<'a>> {
    let inner = bytes.strip_prefix(b"=?")?;
    let charset_len = inner.iter().take(64).position(|b| *b == b'?')?;
    let charset = std::str::from_utf8(&inner[..charset_len]).ok()?;
    // RFC 2231 lets a language follow: `=?utf-8*en?q?…?=`.
    let charset = charset.split('*').next().unwrap_or(charset);
    if charset.is_empty() || charset.contains(|c: char| !c.is_ascii_graphic()) {
        return None;
    }
    let [method, b'?', payload @ ..] = &inner[charset_len + 1..] else { return None };
    let payload_len = ends.within(payload.len()).filter(|len| *len <= WORD_BYTES_MAX)?;
    let payload = &payload[..payload_len];
    let bytes = match method.to_ascii_lowercase() {
        b'b' => transfer::base64(payload),
        b'q' => q_decode(payload),
        _ => return None,
    };
    Some(Word { charset, bytes, len: 2 + charset_len + 3 + payload_len + 2 })
}

/// Decodes the `Q` encoding: an underscore is a space.
fn q_decode(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len());
    let mut at = 0;
    while let Some(&b) = payload.get(at) {
        at += 1;
        match (b, transfer::hex_pair(&payload[at..])) {
            (b'=', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'_', _) => out.push(b' '),
            (b'\r' | b'\n', _) => {}
            _ => out.push(b),
        }
    }
    out
}

/// Returns where `needle` first stands in `bytes`.
pub(super) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle.first()?;
    let mut at = 0;
    while let Some(n) = bytes[at..].iter().position(|b| b == first) {
        at += n;
        if bytes[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Returns text in one line of at most `chars_max` characters: blanks collapsed, control,
/// zero-width and direction-changing characters removed.
pub(super) fn one_line(text: &str, chars_max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(4 * VALUE_HINT));
    let mut n_chars = 0;
    let mut blank = false;
    for c in text.chars() {
        if c.is_whitespace() {
            blank = !out.is_empty();
        } else if !is_invisible(c) {
            let n_needed = 1 + usize::from(blank);
            if n_chars + n_needed > chars_max {
                break;
            }
            if std::mem::take(&mut blank) {
                out.push(' ');
            }
            out.push(c);
            n_chars += n_needed;
        }
    }
    out
}

/// A usual length of a header's value, for the first allocation.
const VALUE_HINT: usize = 256;

/// Tells whether a character shows nothing or changes how its neighbours show: controls,
/// zero-width characters, direction marks (Trojan-source tricks in names and subjects).
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_is_decoded() {
        for (raw, expected) in [
            (&b"plain"[..], "plain"),
            (b"=?utf-8?Q?caf=C3=A9_au_lait?=", "café au lait"),
            (b"=?UTF-8?B?5L2g5aW9?= there", "你好 there"),
            (b"=?utf-8?B?5L2g?= =?utf-8?B?5aW9?=", "你好"),
            // A character cut between two words.
            (b"=?gb2312?B?xOM=?=\r\n =?gb2312?B?ug==?= =?GB2312?B?ww==?=", "你好"),
            (b"=?utf-8?B?5L2g5Q==?= =?utf-8?B?pb0=?=", "你好"),
            (b"=?iso-2022-jp?B?GyRCJDMkcxsoQg==?=", "こん"),
            (b"=?iso-2022-jp?B?GyRCJDMbKEI=?= =?iso-2022-jp?B?GyRCJHMbKEI=?=", "こん"),
            (b"=?utf-8*en?Q?x?= y", "x y"),
            (b"=?utf-8?Q?a?= =?iso-8859-1?Q?=E9?=", "aé"),
            (b"=?utf-8?Q?two words with blanks?=", "two words with blanks"),
            (b"=?utf-8?X?a?= =?utf-8?Q?open", "=?utf-8?X?a?= =?utf-8?Q?open"),
            (b"=?=?=??==?", "=?=?=??==?"),
            (b"raw \xC4\xE3\xBA\xC3", "raw 你好"),
            (b"raw caf\xE9", "raw café"),
        ] {
            assert_eq!(decode(raw, None), expected, "{}", raw.escape_ascii());
        }
        assert_eq!(decode(b"\xCF\xF0\xE8", Some("windows-1251")), "При");
    }

    #[test]
    fn a_decoded_name_does_not_break_the_list() {
        for (raw, expected) in [
            ("=?utf-8?Q?Doe=2C_John?= <j@x.example>", r#" "Doe, John"  <j@x.example>"#),
            (r#""=?utf-8?Q?Doe=2C_=22J=22?=" <j@x.example>"#, r#""Doe,  J " <j@x.example>"#),
            ("j@x.example (=?utf-8?Q?J=29?=)", "j@x.example (J )"),
        ] {
            assert_eq!(decode_structured(raw.as_bytes(), None), expected);
        }
    }

    #[test]
    fn one_line_is_one_line() {
        assert_eq!(one_line(" a\r\n\t b\u{202E}c\u{0} ", 99), "a bc");
        assert_eq!(one_line("你好 吗", 3), "你好");
        assert_eq!(one_line("abc", 0), "");
    }

    #[test]
    fn the_end_of_a_word_is_looked_for_once_for_all_beginnings_before_it() {
        let value = b"=?a?q?=?b?q?c?=d";
        let mut ends = Ends { value, from: 1, next: 0 };
        assert_eq!((ends.within(10), ends.from, ends.next), (Some(7), 6, 13));
        assert_eq!((ends.within(4), ends.from), (Some(1), 6));
        assert_eq!((ends.within(1), ends.from), (None, 15));
        assert_eq!((ends.within(0), ends.from), (None, 15));
        assert_eq!(decode(value, None), "=?b?q?cd");
        assert_eq!(find(b"aab", b"ab"), Some(1));
        assert_eq!(find(b"aa", b"ab"), None);
    }

    #[test]
    fn a_hostile_value_takes_linear_time() {
        for unit in ["=?a?q?", "=?", "=?utf-8?Q?a?= ", "=?a?q?b?= =?c?q?"] {
            let raw = unit.repeat((64 << 10) / unit.len());
            assert!(decode(raw.as_bytes(), None).len() <= raw.len());
        }
    }
}
