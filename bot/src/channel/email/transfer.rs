//! Content-Transfer-Encoding (RFC 2045, 6): bytes to bytes.
//!
//! Both decoders take what real programs wrote: foreign characters, missing padding, bad
//! escapes and stray line ends are passed over, so that a damaged attachment is still there.

use std::borrow::Cow;

/// How a part's bytes were written for transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As they are: 7bit, 8bit, binary, and names we do not know.
    Identity,
    /// Base64.
    Base64,
    /// Quoted-printable.
    QuotedPrintable,
}

impl Encoding {
    /// Reads the header's value; comments and trailing junk are passed over.
    pub(super) fn named(value: &str) -> Self {
        let name = value.trim().trim_matches('"');
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(name.len());
        match name[..end].to_ascii_lowercase().as_str() {
            "base64" => Self::Base64,
            "quoted-printable" => Self::QuotedPrintable,
            _ => Self::Identity,
        }
    }

    /// Decodes a part's bytes.
    pub(super) fn decode(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Identity => Cow::Borrowed(bytes),
            Self::Base64 => Cow::Owned(base64(bytes)),
            Self::QuotedPrintable => Cow::Owned(quoted_printable(bytes)),
        }
    }
}

/// Marks a byte that is not of the alphabet.
const FOREIGN: u8 = 0xFF;

/// Values of the base64 alphabet by byte.
const VALUES: [u8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [FOREIGN; 256];
    let mut at = 0;
    while at < alphabet.len() {
        values[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    values
};

/// Decodes base64. Padding ends a group and text after it starts a new one, as in parts that
/// were glued together.
pub(super) fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3 + 3);
    let (mut group, mut n_digits) = (0u32, 0u32);
    for &b in bytes {
        let value = VALUES[usize::from(b)];
        if value != FOREIGN {
            group = group << 6 | u32::from(value);
            n_digits += 1;
            if n_digits == 4 {
                out.extend_from_slice(&group.to_be_bytes()[1..]);
                (group, n_digits) = (0, 0);
            }
        } else if b == b'=' {
            flush(&mut out, group, n_digits);
            (group, n_digits) = (0, 0);
        }
    }
    flush(&mut out, group, n_digits);
    out
}

/// Writes the one or two bytes of an unfinished group.
fn flush(out: &mut Vec<u8>, group: u32, n_digits: u32) {
    match n_digits {
        2 => out.push((group >> 4) as u8),
        3 => out.extend_from_slice(&((group >> 2) as u16).to_be_bytes()),
        _ => {}
    }
}

/// Decodes quoted-printable; an `=` that escapes nothing stays.
pub(super) fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&b) = bytes.get(at) {
        at += 1;
        if b != b'=' {
            out.push(b);
            continue;
        }
        let rest = &bytes[at..];
        if let Some(byte) = hex_pair(rest) {
            out.push(byte);
            at += 2;
            continue;
        }
        // A soft line break, perhaps with blanks that some relay added.
        let n_blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        match rest.get(n_blanks) {
            Some(b'\n') => at += n_blanks + 1,
            None => at += n_blanks,
            Some(_) => out.push(b'='),
        }
    }
    out
}

/// Reads two hexadecimal digits at the start of `bytes`.
pub(super) fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16);
    match bytes {
        [high, low, ..] => Some((digit(*high)? << 4 | digit(*low)?) as u8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_takes_what_real_programs_wrote() {
        for (written, expected) in [
            ("aGVsbG8=", "hello"),
            ("aGVs\r\nbG8=\r\n", "hello"),
            ("aGVsbG8", "hello"),
            ("aGV!s*bG8=", "hello"),
            ("aGk=aGk=", "hihi"),
            ("", ""),
            ("a", ""),
            ("====", ""),
        ] {
            assert_eq!(base64(written.as_bytes()), expected.as_bytes(), "{written}");
        }
    }

    #[test]
    fn quoted_printable_takes_what_real_programs_wrote() {
        for (written, expected) in [
            ("caf=C3=A9", "café"),
            ("caf=c3=a9", "café"),
            ("soft=\r\nbreak", "softbreak"),
            ("soft= \t\nbreak", "softbreak"),
            ("a = b =ZZ", "a = b =ZZ"),
            ("end=", "end"),
        ] {
            assert_eq!(quoted_printable(written.as_bytes()), expected.as_bytes(), "{written}");
        }
    }

    #[test]
    fn an_encoding_is_found_among_junk() {
        for (value, expected) in [
            ("BASE64", Encoding::Base64),
            (" quoted-printable; x=y", Encoding::QuotedPrintable),
            ("\"base64\"", Encoding::Base64),
            ("8bit", Encoding::Identity),
            ("", Encoding::Identity),
            ("x-uuencode", Encoding::Identity),
        ] {
            assert_eq!(Encoding::named(value), expected, "{value}");
        }
    }
}
