//! Whether a mail is signed or encrypted (RFC 8551, RFC 3156), told by its form alone.

use rapport_model::message::Protection;

use super::mime::Part;
use super::words;

/// The object identifiers of CMS contents (RFC 5652): `1.2.840.113549.1.7.2`, `.3`, and
/// `1.2.840.113549.1.9.16.1.23`.
const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
const ENVELOPED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03];
const AUTH_ENVELOPED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17];

/// Returns how the mail is protected; encryption counts before a signature around it.
pub(super) fn protection(parts: &[Part<'_>], text: &str) -> Option<Protection> {
    let found = || parts.iter().filter_map(of_part).chain(of_text(text));
    found().find(|p| *p == Protection::Encrypted).or_else(|| found().next())
}

fn of_part(part: &Part<'_>) -> Option<Protection> {
    if part.is("multipart/encrypted") {
        return Some(Protection::Encrypted);
    }
    if part.is("multipart/signed") {
        return Some(Protection::Signed);
    }
    if part.is("application/pkcs7-mime") || part.is("application/x-pkcs7-mime") {
        return of_cms(part);
    }
    None
}

/// Reads what a CMS message says of itself, in its header or in its first bytes.
fn of_cms(part: &Part<'_>) -> Option<Protection> {
    match part.content_type.get("smime-type").unwrap_or_default().to_ascii_lowercase().as_str() {
        "enveloped-data" | "authenveloped-data" => return Some(Protection::Encrypted),
        "signed-data" => return Some(Protection::Signed),
        "" => {}
        _ => return None,
    }
    let bytes = part.encoding.decode(part.body);
    let start = &bytes[..bytes.len().min(64)];
    let has = |oid: &[u8]| words::find(start, oid).is_some();
    if has(SIGNED_DATA) {
        Some(Protection::Signed)
    } else if has(ENVELOPED_DATA) || has(AUTH_ENVELOPED_DATA) {
        Some(Protection::Encrypted)
    } else {
        None
    }
}

/// Finds the armor that older programs put into the text (RFC 9580, 6.2), where the text begins
/// with it: what is quoted below is another's.
fn of_text(text: &str) -> Option<Protection> {
    let first = text.lines().find(|line| !line.trim().is_empty())?.trim();
    match first {
        "-----BEGIN PGP MESSAGE-----" => Some(Protection::Encrypted),
        "-----BEGIN PGP SIGNED MESSAGE-----" => Some(Protection::Signed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::header::Headers;
    use super::super::mime::{Limits, split};
    use super::*;

    fn check(mail: &str, expected: Option<Protection>) {
        let (headers, at) = Headers::read(mail.as_bytes(), |_| false);
        let parts = split(headers, &mail.as_bytes()[at..], Limits { parts_max: 100, depth_max: 9 }).unwrap();
        assert_eq!(protection(&parts, &mail[at..]), expected, "{mail}");
    }

    #[test]
    fn the_form_tells() {
        use Protection::{Encrypted, Signed};
        let multipart = |kind: &str| {
            format!(
                "Content-Type: multipart/{kind}; boundary=b\n\n--b\n\nx\n--b\nContent-Type: application/pgp-signature\n\ny\n--b--\n"
            )
        };
        check(&multipart("mixed"), None);
        check(&multipart("signed"), Some(Signed));
        check(&multipart("encrypted"), Some(Encrypted));
        for (kind, expected) in [
            ("enveloped-data", Some(Encrypted)),
            ("authEnveloped-data", Some(Encrypted)),
            ("signed-data", Some(Signed)),
            ("compressed-data", None),
        ] {
            check(&format!("Content-Type: application/pkcs7-mime; smime-type={kind}\n\nx"), expected);
        }
        // The DER of a CMS that does not say in the header what it is.
        let cms = |base64: &str| {
            format!(
                "Content-Type: application/x-pkcs7-mime; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n{base64}"
            )
        };
        check(&cms("MIAGCSqGSIb3DQEHA6CAMIACAQA="), Some(Encrypted));
        check(&cms("MIAGCSqGSIb3DQEHAqCAMIACAQE="), Some(Signed));
        check(&cms("AAAA"), None);
        check("Subject: x\n\n-----BEGIN PGP MESSAGE-----\n\nabc\n", Some(Encrypted));
        check("Subject: x\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nabc\n", Some(Signed));
        check("Subject: x\n\nLook:\n-----BEGIN PGP MESSAGE-----\n", None);
    }
}
