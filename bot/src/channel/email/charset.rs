//! Bytes to text, reading charset labels the way mail software means them.
//!
//! A label in a mail says what the sender's program believed, not what it wrote: `gb2312` is
//! GB 18030 in practice, `iso-8859-1` is windows-1252, `us-ascii` with eight bits is usually
//! UTF-8. Decoding never fails; what no charset explains becomes U+FFFD.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, REPLACEMENT, SHIFT_JIS, UTF_8, WINDOWS_1252};

/// Decodes `bytes` that carry `label`; without a usable label, or where the label explains
/// little of the bytes, the charset is guessed.
pub(super) fn decode(bytes: &[u8], label: Option<&str>) -> String {
    let label = label.unwrap_or_default().trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    let label = label.to_ascii_lowercase();
    match label.as_str() {
        "iso-2022-kr" | "csiso2022kr" => return EUC_KR.decode(&unshift_so(bytes)).0.into_owned(),
        "hz-gb-2312" | "hz" => return GB18030.decode(&unshift_hz(bytes)).0.into_owned(),
        _ => {}
    }
    let Some(encoding) = encoding(&label) else { return guess(bytes, None) };
    let (text, _, broken) = encoding.decode(bytes);
    if broken && mostly_broken(&text) { guess(bytes, None) } else { text.into_owned() }
}

/// Decodes bytes that no label explains: UTF-8 if they are, else `hint` (a charset label from
/// elsewhere in the same mail) if it decodes them cleanly, else GB 18030, EUC-JP or
/// windows-1252, whichever is plausible.
pub(super) fn guess(bytes: &[u8], hint: Option<&str>) -> String {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    if let Some(encoding) = hint.and_then(|label| encoding(&label.to_ascii_lowercase()))
        && let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes)
    {
        return text.into_owned();
    }
    let (text, broken) = UTF_8.decode_without_bom_handling(bytes);
    if broken && !mostly_broken(&text) {
        // UTF-8 with a few damaged characters, such as a cut at the end.
        return text.into_owned();
    }
    let encoding = double_byte(bytes).unwrap_or(WINDOWS_1252);
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// Returns the encoding that mail software uses for a label in lower case; `None` when the
/// bytes themselves are the better witness.
fn encoding(label: &str) -> Option<&'static Encoding> {
    match label {
        "" | "us-ascii" | "ascii" | "ansi_x3.4-1968" | "unknown-8bit" | "x-unknown" | "unknown" | "utf-7"
        | "x-user-defined" | "default" | "binary" | "7bit" | "8bit" => return None,
        "gb2312" | "gbk" | "gb_2312-80" | "cp936" | "ms936" | "x-gbk" | "euc-cn" | "csgb2312" => {
            return Some(GB18030);
        }
        "cp949" | "ms949" | "uhc" | "x-windows-949" | "ks_c_5601" | "ksc5601" => return Some(EUC_KR),
        "cp932" | "ms932" | "x-ms-cp932" | "shift-jis" => return Some(SHIFT_JIS),
        "cp950" | "ms950" | "big5-eten" | "x-big5" => return Some(BIG5),
        "utf8mb4" | "utf_8" => return Some(UTF_8),
        "iso-2022-jp-ms" | "iso-2022-jp-1" | "iso-2022-jp-2" | "cp50220" | "cp50221" => {
            return Some(encoding_rs::ISO_2022_JP);
        }
        _ => {}
    }
    let web = |label: &str| Encoding::for_label(label.as_bytes()).filter(|e| *e != REPLACEMENT);
    // Labels without their hyphens or with a vendor's prefix: `windows1252`, `iso8859_1`, `cp-1252`.
    web(label).or_else(|| web(&label.replace('_', "-"))).or_else(|| {
        let digits = label.trim_start_matches(|c: char| !c.is_ascii_digit());
        match &label[..label.len() - digits.len()] {
            "windows" | "win" | "win-" | "cp" | "cp-" | "ansi-" | "ms" | "ibm-" => {
                web(&format!("windows-{digits}"))
            }
            _ => None,
        }
    })
}

/// Tells whether replacement characters are more than a third of what is not ASCII.
fn mostly_broken(text: &str) -> bool {
    let (mut n_broken, mut n_foreign) = (0usize, 0usize);
    for c in text.chars().filter(|c| !c.is_ascii()) {
        n_foreign += 1;
        n_broken += usize::from(c == char::REPLACEMENT_CHARACTER);
    }
    n_broken * 3 > n_foreign
}

/// Returns the encoding of bytes that come in the pairs of GB 2312 or EUC-JP. Western text has
/// lone high bytes among letters, Cyrillic text has runs of odd and even length alike.
fn double_byte(bytes: &[u8]) -> Option<&'static Encoding> {
    let (mut n_pairs, mut n_proper, mut n_kana, mut n_odd_runs) = (0usize, 0usize, 0usize, 0usize);
    let mut rest = bytes;
    while let Some(start) = rest.iter().position(|b| *b >= 0x80) {
        rest = &rest[start..];
        let run = rest.iter().position(|b| *b < 0x80).unwrap_or(rest.len());
        for pair in rest[..run].chunks_exact(2) {
            n_pairs += 1;
            n_proper += usize::from(matches!(pair, [0xA1..=0xA5 | 0xB0..=0xF7, 0xA1..=0xFE]));
            n_kana += usize::from(matches!(pair, [0xA4 | 0xA5, _]));
        }
        n_odd_runs += run % 2;
        rest = &rest[run..];
    }
    let is_double = n_pairs > 0 && n_odd_runs * 5 <= n_pairs && n_proper * 10 >= n_pairs * 8;
    // Japanese is not written without kana, Chinese is.
    is_double.then_some(if n_kana * 6 >= n_pairs { EUC_JP } else { GB18030 })
}

/// Turns ISO-2022-KR (RFC 1557) into EUC-KR: between SO and SI each byte gets its high bit.
fn unshift_so(bytes: &[u8]) -> Vec<u8> {
    const SO: u8 = 0x0E;
    const SI: u8 = 0x0F;
    let bytes = bytes.strip_prefix(b"\x1B$)C").unwrap_or(bytes);
    let mut shifted = false;
    let mut out = Vec::with_capacity(bytes.len());
    for &b in bytes {
        match b {
            SO => shifted = true,
            SI => shifted = false,
            0x21..=0x7E if shifted => out.push(b | 0x80),
            b => out.push(b),
        }
    }
    out
}

/// Turns HZ (RFC 1843) into GB 2312: between `~{` and `~}` each byte gets its high bit.
fn unshift_hz(bytes: &[u8]) -> Vec<u8> {
    let mut shifted = false;
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&b) = bytes.get(at) {
        at += 2;
        match (b, bytes.get(at - 1)) {
            (b'~', Some(b'{')) => shifted = true,
            (b'~', Some(b'}')) => shifted = false,
            (b'~', Some(b'~')) if !shifted => out.push(b'~'),
            (b'~', Some(b'\n')) if !shifted => {}
            _ => {
                out.push(if shifted && b.is_ascii_graphic() { b | 0x80 } else { b });
                at -= 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_mean_what_mail_software_means() {
        for (label, bytes, expected) in [
            ("gb2312", &b"\xC4\xE3\xBA\xC3 \xE9F"[..], "你好 镕"), // 镕 is beyond GB 2312.
            ("GBK", b"\xC4\xE3\xBA\xC3", "你好"),
            ("\"gb18030\"", b"\x81\x30\x86\x30", "\u{A8}\u{FFFD}"),
            ("iso-8859-1", b"\x93caf\xE9\x94 \x80", "“café” €"),
            ("latin1", b"\x80", "€"),
            ("us-ascii", "naïve".as_bytes(), "naïve"),
            ("us-ascii", b"na\xEFve", "naïve"),
            ("ks_c_5601-1987", b"\xB0\xFA\x8C\x63", "과똠"), // 똠 is in cp949 only.
            ("cp949", b"\xB0\xFA", "과"),
            ("big5-hkscs", b"\xA7\x41\xA6\x6E", "你好"),
            ("iso-2022-jp", b"\x1B$B$3$s\x1B(B!", "こん!"),
            ("shift_jis", b"\x82\xB1\x82\xF1", "こん"),
            ("x-sjis", b"\x82\xB1", "こ"),
            ("koi8-r", b"\xF0\xD2\xC9", "При"),
            ("windows1251", b"\xCF\xF0\xE8", "При"),
            ("iso8859_2", b"\xB1", "ą"),
            ("iso-2022-kr", b"\x1B$)C\x0E0!\x0F.", "가."),
            ("hz-gb-2312", b"a~{<:Ky2;~}b~~", "a己所不b~"),
            ("utf-8", b"ok \xE4\xBD\xA0\xE5\xA5\xBD\xE5", "ok 你好\u{FFFD}"),
            ("utf-8", b"\xC4\xE3\xBA\xC3", "你好"),
            ("utf-8", b"caf\xE9", "café"),
            ("x-made-up", "你好".as_bytes(), "你好"),
            ("", b"\xC4\xE3\xBA\xC3, \xD0\xBB\xD0\xBB", "你好, 谢谢"),
            ("", b"\xA4\xB3\xA4\xF3\xC6\xFC", "こん日"),
            ("", b"Gr\xFC\xDFe aus K\xF6ln", "Grüße aus Köln"),
        ] {
            assert_eq!(decode(bytes, Some(label)), expected.replace("\u{A8}\u{FFFD}", &gb4()), "{label}");
        }
    }

    /// Four-byte GB 18030, decoded by the library itself.
    fn gb4() -> String {
        GB18030.decode(b"\x81\x30\x86\x30").0.into_owned()
    }

    #[test]
    fn a_hint_from_the_same_mail_beats_the_guess() {
        assert_eq!(guess(b"\xCF\xF0\xE8", Some("windows-1251")), "При");
        assert_eq!(guess("При".as_bytes(), Some("windows-1251")), "При");
        assert_eq!(guess(b"caf\xE9", Some("utf-8")), "café");
    }
}
