//! Complaints: the fields of a feedback report (RFC 5965, 3), and the mail that was complained of.

use rapport_model::message::Complaint;

use super::super::charset;
use super::super::header::Headers;
use super::super::mime::Part;
use super::fields::address_in;
use super::original::Original;

/// Longest feedback type that is kept, in bytes.
const KIND_BYTES_MAX: usize = 40;

/// Reads the report. Without a type it is abuse: that is what the button says.
pub(super) fn read(headers: &Headers<'_>, parts: &[Part<'_>], original: &Original) -> Complaint {
    let report = parts.iter().find(|p| p.is("message/feedback-report")).map(|part| {
        let bytes = part.encoding.decode(part.body);
        charset::decode(&bytes, Some("utf-8"))
    });
    let report = report.unwrap_or_default();
    let (fields, _) = Headers::read(report.trim_start().as_bytes(), |_| false);
    let kind = fields.plain("feedback-type").to_ascii_lowercase();
    let kind = kind.split([' ', ';', '(']).next().unwrap_or_default();
    let default = if headers.has("x-apple-unsubscribe") { "opt-out" } else { "abuse" };
    let named = ["original-rcpt-to", "removal-recipient", "redacted-address"]
        .iter()
        .find_map(|name| fields.all(name).find_map(|raw| address_in(&String::from_utf8_lossy(raw))));
    let only = || original.to.first().filter(|_| original.to.len() == 1).cloned();
    let recipient = named.or_else(|| original.complainer.clone()).or_else(only);
    Complaint {
        original_id: original.message_id.clone(),
        recipient: recipient.map(|a| a.to_string()),
        kind: if kind.is_empty() { default } else { &kind[..kind.floor_char_boundary(KIND_BYTES_MAX)] }
            .to_owned(),
    }
}
