//! The text of an RTF that Outlook packed into a `winmail.dat`: unpacked (MS-OXRTFCP), and read
//! as text or as the HTML that it wraps (MS-OXRTFEX).

use super::charset;
use super::html;

/// Longest text that is unpacked, in bytes.
const RAW_BYTES_MAX: usize = 4 << 20;

/// What the packer takes for known at its start.
const KNOWN: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

/// How far back the packer looks.
const WINDOW: usize = 4_096;

/// Groups whose text is not the writer's.
const HIDDEN: [&str; 12] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "footer",
    "listtable",
    "listoverridetable",
    "rsidtbl",
    "generator",
];

/// Returns the text of a packed RTF; empty where it is none.
pub(super) fn text(packed: &[u8]) -> String {
    let rtf = unpack(packed).unwrap_or_default();
    let mut reader = Reader::default();
    reader.read(&rtf);
    let Reader { out, is_html, .. } = reader;
    if is_html { html::to_text(&out) } else { out }
}

/// Unpacks an RTF. What is cut off is unpacked as far as it goes.
fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let (head, data) = packed.split_at_checked(16)?;
    let number = |at: usize| Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
    let len = (number(4)? as usize).min(RAW_BYTES_MAX);
    match &head[8..12] {
        b"MELA" => return Some(data[..data.len().min(len)].to_vec()),
        b"LZFu" => {}
        _ => return None,
    }
    let mut out = Vec::with_capacity(len.min(data.len() * 4));
    let mut window = [b' '; WINDOW];
    window[..KNOWN.len()].copy_from_slice(KNOWN);
    let mut at = KNOWN.len();
    let mut write = |byte: u8, window: &mut [u8; WINDOW], out: &mut Vec<u8>| {
        window[at] = byte;
        at = (at + 1) % WINDOW;
        out.push(byte);
        at
    };
    let mut end = KNOWN.len();
    let mut bytes = data.iter().copied();
    'all: while let Some(control) = bytes.next() {
        for bit in 0..8 {
            if out.len() >= len {
                break 'all;
            }
            let Some(first) = bytes.next() else { break 'all };
            if control & 1 << bit == 0 {
                end = write(first, &mut window, &mut out);
                continue;
            }
            let Some(second) = bytes.next() else { break 'all };
            let pair = usize::from(u16::from_be_bytes([first, second]));
            let (from, n) = (pair >> 4, (pair & 0xF) + 2);
            if from == end {
                break 'all;
            }
            for n in 0..n {
                let byte = window[(from + n) % WINDOW];
                end = write(byte, &mut window, &mut out);
            }
        }
    }
    Some(out)
}

/// What holds within a group.
#[derive(Clone, Copy)]
struct Group {
    /// Nothing of it is shown.
    is_hidden: bool,
    /// It is for readers of RTF alone, who do not see the HTML.
    is_for_rtf: bool,
    /// So many characters follow a Unicode one for old readers.
    n_fallback: usize,
}

#[derive(Default)]
struct Reader {
    out: String,
    is_html: bool,
    codepage: String,
    /// Bytes of the codepage that wait for their neighbours.
    bytes: Vec<u8>,
    /// A first half of a character beyond the basic plane.
    high: Option<u16>,
}

impl Reader {
    fn read(&mut self, rtf: &[u8]) {
        let mut group = Group { is_hidden: false, is_for_rtf: false, n_fallback: 1 };
        let mut outer: Vec<Group> = Vec::new();
        let mut n_skip = 0usize;
        let mut rest = rtf;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match byte {
                b'{' => outer.push(group),
                b'}' => group = outer.pop().unwrap_or(group),
                b'\r' | b'\n' => {}
                b'\\' => {
                    let is_shown = !group.is_hidden && !group.is_for_rtf;
                    let (word, number, after) = control(rest);
                    let ignorable = word == b"*";
                    if word == b"'" {
                        if let Some(byte) = rest.get(1..).and_then(super::transfer::hex_pair) {
                            self.byte(byte, is_shown, &mut n_skip);
                        }
                        rest = rest.get(3..).unwrap_or_default();
                        continue;
                    }
                    rest = after;
                    if ignorable {
                        // `{\*\htmltag64 <p>}` is the HTML; all else of the kind is hidden.
                        group.is_hidden |= !rest.starts_with(b"\\htmltag");
                        continue;
                    }
                    self.word(word, number, &mut group, &mut n_skip);
                }
                byte => self.byte(byte, !group.is_hidden && !group.is_for_rtf, &mut n_skip),
            }
        }
        self.flush();
    }

    fn byte(&mut self, byte: u8, is_shown: bool, n_skip: &mut usize) {
        if *n_skip > 0 {
            *n_skip -= 1;
        } else if is_shown {
            self.bytes.push(byte);
        }
    }

    fn word(&mut self, word: &[u8], number: Option<i32>, group: &mut Group, n_skip: &mut usize) {
        let is_shown = !group.is_hidden && !group.is_for_rtf;
        match word {
            b"fromhtml" => self.is_html = true,
            b"htmlrtf" => group.is_for_rtf = number != Some(0),
            b"ansicpg" => self.codepage = format!("windows-{}", number.unwrap_or(1_252)),
            b"uc" => group.n_fallback = usize::try_from(number.unwrap_or(1)).unwrap_or(1).min(8),
            b"u" => {
                if is_shown {
                    self.unit(number.unwrap_or(0) as u16);
                }
                *n_skip = group.n_fallback;
            }
            b"par" | b"line" | b"row" if is_shown => self.push('\n'),
            b"tab" | b"cell" if is_shown => self.push('\t'),
            b"~" if is_shown => self.push('\u{A0}'),
            b"\\" | b"{" | b"}" if is_shown => self.bytes.extend_from_slice(word),
            b"lquote" | b"rquote" if is_shown => self.push('\''),
            b"ldblquote" | b"rdblquote" if is_shown => self.push('"'),
            b"endash" | b"emdash" if is_shown => self.push('–'),
            b"bullet" if is_shown => self.push('•'),
            _ => group.is_hidden |= HIDDEN.iter().any(|hidden| hidden.as_bytes() == word),
        }
    }

    fn push(&mut self, c: char) {
        self.flush();
        self.out.push(c);
    }

    /// Takes a UTF-16 unit.
    fn unit(&mut self, unit: u16) {
        self.flush();
        let units = [self.high.take().unwrap_or(unit), unit];
        if units[0] == unit && (0xD800..0xDC00).contains(&unit) {
            self.high = Some(unit);
            return;
        }
        let units = if units[0] == unit { &units[1..] } else { &units[..] };
        self.out.extend(
            char::decode_utf16(units.iter().copied()).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)),
        );
    }

    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            let bytes = std::mem::take(&mut self.bytes);
            self.out.push_str(&charset::decode(&bytes, Some(&self.codepage)));
        }
    }
}

/// Reads the control word after a backslash: its name, its number, and what follows.
fn control(rest: &[u8]) -> (&[u8], Option<i32>, &[u8]) {
    let len = rest.iter().take(32).take_while(|b| b.is_ascii_alphabetic()).count();
    if len == 0 {
        // A control symbol is one character.
        let (symbol, after) = rest.split_at(rest.len().min(1));
        return (symbol, None, after);
    }
    let (word, after) = rest.split_at(len);
    let n_digits = after
        .iter()
        .take(11)
        .enumerate()
        .take_while(|(n, b)| b.is_ascii_digit() || *n == 0 && **b == b'-')
        .count();
    let (digits, after) = after.split_at(n_digits);
    let number = std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok());
    (word, number, after.strip_prefix(b" ").unwrap_or(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packs an RTF without looking back.
    fn packed(rtf: &str) -> Vec<u8> {
        let mut out = ((rtf.len() + 12) as u32).to_le_bytes().to_vec();
        out.extend((rtf.len() as u32).to_le_bytes());
        out.extend(b"MELA\0\0\0\0");
        out.extend(rtf.as_bytes());
        out
    }

    #[test]
    fn a_packed_text_is_unpacked() {
        // The examples of MS-OXRTFCP, 4.1.1 and 4.2.
        let simple = b"\x2d\x00\x00\x00\x2b\x00\x00\x00LZFu\xf1\xc5\xc7\xa7\x03\x00\x0a\x00rcpg125\x42\x32\x0a\xf3 hel\x09\x00\x20bw\x05\xb0ld}\x0a\x80\x0f\xa0";
        assert_eq!(unpack(simple).unwrap(), b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert_eq!(text(simple), "hello world");
        let crossing = b"\x1a\x00\x00\x00\x1c\x00\x00\x00LZFu\xe2\xd4KQA\x00\x04 WXYZ\x0dn}\x01\x0e\xb0";
        assert_eq!(unpack(crossing).unwrap(), b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
        for len in 0..simple.len() {
            assert!(text(&simple[..len]).len() <= 12);
        }
    }

    #[test]
    fn the_writers_text_is_found() {
        for (rtf, expected) in [
            (
                "{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}{\\*\\generator x;}Hello\\par \\b there\\b0\\tab x}",
                "Hello\nthere\tx",
            ),
            ("{\\rtf1\\ansicpg936 \\'c4\\'e3\\'ba\\'c3}", "你好"),
            ("{\\rtf1\\uc1 caf\\u233?\\u-10179?\\u-8704?\\{\\}}", "café😀{}"),
            (
                "{\\rtf1\\fromhtml1{\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 Yes\\htmlrtf\\par}\\htmlrtf0{\\*\\htmltag72 </p>}{\\*\\htmltag64 <b>}no}",
                "Yes\n\nno",
            ),
            ("}}}{{{\\", ""),
            ("\\u", "\0"),
        ] {
            assert_eq!(text(&packed(rtf)), expected, "{rtf}");
        }
    }
}
