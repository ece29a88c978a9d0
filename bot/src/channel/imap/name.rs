//! Names of folders as IMAP writes them: modified UTF-7 (RFC 3501, 5.1.3).

/// The base64 of RFC 3501: a comma in place of the slash, no padding.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// Writes a name for the wire.
pub(super) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        if (' '..='~').contains(&c) {
            out.push(c);
            if c == '&' {
                out.push('-');
            }
            rest = &rest[1..];
            continue;
        }
        let end = rest.find(|c| (' '..='~').contains(&c)).unwrap_or(rest.len());
        out.push('&');
        let (mut bits, mut n_bits) = (0_u32, 0);
        for unit in rest[..end].encode_utf16() {
            bits = bits << 16 | u32::from(unit);
            n_bits += 16;
            while n_bits >= 6 {
                n_bits -= 6;
                out.push(char::from(DIGITS[(bits >> n_bits & 63) as usize]));
            }
            bits &= (1 << n_bits) - 1;
        }
        if n_bits > 0 {
            out.push(char::from(DIGITS[(bits << (6 - n_bits) & 63) as usize]));
        }
        out.push('-');
        rest = &rest[end..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn names_are_written_as_imap_does() {
        for (name, wire) in [
            ("INBOX", "INBOX"),
            ("Sent & done", "Sent &- done"),
            // The example of RFC 3501.
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("已发送", "&XfJT0ZAB-"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("😀", "&2D3eAA-"),
            ("", ""),
        ] {
            assert_eq!(encode(name), wire, "{name}");
        }
    }
}
