//! Notifications of Amazon SES, which come by mail as JSON (its event format of 2010-12-01).

use rapport_model::Address;
use rapport_model::message::{BounceClass, Complaint, DeliveryReport, RecipientReport};
use serde_json::Value;

use super::super::words;
use super::class::{Fate, class};
use super::status::Status;
use super::{DIAGNOSTIC_CHARS_MAX, RECIPIENTS_MAX};

/// What such a notification tells.
pub(in super::super) enum Notification {
    /// Where a mail got to.
    Delivery(DeliveryReport),
    /// That somebody complained.
    Complaint(Complaint),
}

impl Notification {
    /// Reads a notification; `None` where the text is none.
    pub(in super::super) fn read(text: &str) -> Option<Self> {
        read(text)
    }
}

fn read(text: &str) -> Option<Notification> {
    // Topics wrap it in an envelope, where it is a text once more.
    let outer = json(text)?;
    let inner = outer.get("Message").and_then(Value::as_str).and_then(json);
    let event = inner.as_ref().unwrap_or(&outer);
    let kind = ["notificationType", "eventType"].iter().find_map(|key| event.get(key)?.as_str())?;
    let original_id = message_id(event.get("mail")?);
    match kind {
        "Bounce" => {
            let bounce = event.get("bounce")?;
            let is_transient = bounce.get("bounceType").and_then(Value::as_str) == Some("Transient");
            let recipients =
                rows(bounce, "bouncedRecipients").filter_map(|row| failed(row, is_transient)).collect();
            Some(Notification::Delivery(DeliveryReport { original_id, recipients }))
        }
        "Delivery" => {
            let addresses = event.get("delivery")?.get("recipients")?.as_array()?;
            let recipients =
                addresses.iter().take(RECIPIENTS_MAX).filter_map(|a| delivered(a.as_str()?)).collect();
            Some(Notification::Delivery(DeliveryReport { original_id, recipients }))
        }
        "Complaint" => {
            let complaint = event.get("complaint")?;
            let recipient = rows(complaint, "complainedRecipients").find_map(address);
            let kind = complaint.get("complaintFeedbackType").and_then(Value::as_str).unwrap_or("abuse");
            let recipient = recipient.map(|a| a.to_string());
            Some(Notification::Complaint(Complaint {
                original_id,
                recipient,
                kind: words::one_line(kind, 40),
            }))
        }
        _ => None,
    }
}

/// Reads the object with which a text begins. What follows it is advice on how to unsubscribe.
fn json(text: &str) -> Option<Value> {
    let text = text.trim_start();
    if !text.starts_with('{') {
        return None;
    }
    // Relays cut lines that are too long, and mark the cut.
    let whole = text.replace("!\n ", "");
    serde_json::Deserializer::from_str(&whole).into_iter::<Value>().next()?.ok()
}

fn rows<'e>(event: &'e Value, key: &str) -> impl Iterator<Item = &'e Value> {
    event.get(key).and_then(Value::as_array).into_iter().flatten().take(RECIPIENTS_MAX)
}

fn address(row: &Value) -> Option<Address> {
    super::fields::address_in(row.get("emailAddress")?.as_str()?)
}

fn failed(row: &Value, is_transient: bool) -> Option<RecipientReport> {
    let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
    let diagnostic =
        words::one_line(text("diagnosticCode").trim_start_matches("smtp; "), DIAGNOSTIC_CHARS_MAX);
    let status = Status::best(Some(text("status")), &[&diagnostic]);
    let class = match class(Fate::Failed, status, &[&diagnostic]) {
        BounceClass::Hard if is_transient => BounceClass::Soft,
        class => class,
    };
    let status = status.map(|s| s.to_string());
    let address = address(row)?.to_string();
    Some(RecipientReport { address, final_address: None, class, status, diagnostic, remote: None })
}

fn delivered(address: &str) -> Option<RecipientReport> {
    let address = Address::email(address).ok()?.to_string();
    let class = BounceClass::Delivered;
    let diagnostic = String::new();
    Some(RecipientReport { address, final_address: None, class, status: None, diagnostic, remote: None })
}

/// Returns the mail's own Message-ID; that of Amazon is another.
fn message_id(mail: &Value) -> Option<String> {
    let common = mail.get("commonHeaders").and_then(|h| h.get("messageId"));
    let mut headers = mail.get("headers").and_then(Value::as_array).into_iter().flatten();
    let listed = headers.find(|h| h["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case("message-id")));
    let id = common.or(listed.and_then(|h| h.get("value"))).and_then(Value::as_str)?;
    super::super::ids::id_in(id.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_is_read_with_and_without_its_envelope() {
        let event = r#"{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"Ann@x.test","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 user unknown"}]},"mail":{"messageId":"z","headers":[{"name":"Message-ID","value":"<1@ours.test>"}]}}"#;
        let wrapped =
            format!("{{\"Type\":\"Notification\",\"Message\":{}}}\n\n--\nunsubscribe", Value::from(event));
        let cut = wrapped.replace("user unknown", "user un!\n known");
        for text in [event, &wrapped, &cut] {
            let Some(Notification::Delivery(report)) = read(text) else { panic!("{text}") };
            assert_eq!(report.original_id.as_deref(), Some("1@ours.test"));
            let [ann] = report.recipients.as_slice() else { panic!("{report:?}") };
            assert_eq!((ann.address.as_str(), ann.class), ("ann@x.test", BounceClass::Hard));
            assert_eq!(ann.diagnostic, "550 5.1.1 user unknown");
        }
        for text in
            ["", "{", "{}", "{\"mail\":{}}", "{\"notificationType\":\"Bounce\",\"mail\":{}}", "Dear Ann"]
        {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_complaint_names_who_complained() {
        let text = r#"{"eventType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"ann@x.test"}],"complaintFeedbackType":"fraud"},"mail":{"commonHeaders":{"messageId":"<1@ours.test>"}}}"#;
        let Some(Notification::Complaint(complaint)) = read(text) else { panic!("no complaint") };
        assert_eq!((complaint.recipient.as_deref(), complaint.kind.as_str()), (Some("ann@x.test"), "fraud"));
    }
}
