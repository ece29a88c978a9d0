//! Which machine wrote a mail, and what its report says.

use std::collections::HashSet;

use rapport_model::message::{Automation, Complaint, Content, DeliveryReport};

use super::mail::{carrying, content, plain, read};

/// Checks what must hold of a machine's mail and of a person's, made of the same bytes.
pub fn check(input: &[u8]) {
    if let Ok(content) = read(input).content {
        agrees(&content);
        let marked = [b"X-Rapport-Automatic: v1;x\n", input].concat();
        // Lines of carriage returns alone are lines only where no line feed is.
        let is_headed = input.first().is_some_and(u8::is_ascii_alphanumeric) && input.contains(&b'\n');
        if is_headed && !input.starts_with(b"From ") {
            assert_eq!(kind(&marked), Some(Automation::OwnAutomatic), "our own mark outweighs all");
        }
    }
    never_a_false_alarm(input);
}

fn kind(raw: &[u8]) -> Option<Automation> {
    content(raw).automation.map(|a| a.automation)
}

/// A report comes with its class, and no class without a reason that can lie about unsealed.
fn agrees(content: &Content) {
    let kind = content.automation.as_ref().map(|a| a.automation);
    assert_eq!(content.delivery.is_some(), kind == Some(Automation::Bounce));
    assert_eq!(content.complaint.is_some(), kind == Some(Automation::ComplaintReport));
    if let Some(automated) = &content.automation {
        let reason = &automated.reason;
        assert!(
            !reason.is_empty() && reason.len() <= 200 && !reason.contains(char::is_control),
            "{reason:?}"
        );
        let people = content.from.iter().chain(&content.to).chain(&content.cc).chain(&content.reply_to);
        let named = people.map(|m| m.address.as_str()).find(|a| reason.to_lowercase().contains(a));
        assert_eq!(named, None, "a reason names somebody");
    }
    content.delivery.iter().for_each(is_delivery);
    content.complaint.iter().for_each(is_complaint);
}

fn is_delivery(report: &DeliveryReport) {
    is_id(report.original_id.as_deref());
    assert!(report.recipients.len() <= 200);
    let addresses: HashSet<&str> = report.recipients.iter().map(|r| r.address.as_str()).collect();
    assert_eq!(addresses.len(), report.recipients.len(), "each address once");
    for recipient in &report.recipients {
        is_address(&recipient.address);
        recipient.final_address.iter().for_each(|a| is_address(a));
        assert_ne!(recipient.final_address.as_ref(), Some(&recipient.address));
        assert!(
            recipient.diagnostic.chars().count() <= 500 && !recipient.diagnostic.contains(char::is_control)
        );
        if let Some(status) = &recipient.status {
            let parts: Vec<&str> = status.split('.').collect();
            assert!(
                parts.len() == 3 && parts.iter().all(|p| p.parse::<u16>().is_ok_and(|n| n < 1_000)),
                "{status}"
            );
        }
    }
}

fn is_complaint(complaint: &Complaint) {
    is_id(complaint.original_id.as_deref());
    complaint.recipient.iter().for_each(|a| is_address(a));
    assert!(
        complaint.kind.len() <= 200 && !complaint.kind.contains(char::is_control),
        "{:?}",
        complaint.kind
    );
}

fn is_id(id: Option<&str>) {
    assert!(id.is_none_or(|id| !id.is_empty() && id.len() <= 998 && !id.contains(['\n', '\r'])), "{id:?}");
}

fn is_address(address: &str) {
    let read = rapport_model::Address::email(address).expect("an address");
    assert_eq!(read.as_str(), address);
}

/// What a person writes, forwards or attaches is theirs, whatever it says: only what the mail itself
/// carries tells of a machine.
fn never_a_false_alarm(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    assert_eq!(kind(&plain(b"a question", &text)), None, "a person's text");
    assert_eq!(kind(&plain(input, "could you send me an offer?")), None, "a person's subject");
    assert_eq!(kind(&carrying("message/rfc822", input)), None, "a mail that a person attached");
    assert_eq!(kind(&carrying("application/octet-stream", input)), None, "a file that a person attached");
}
