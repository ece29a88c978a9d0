//! Messages become mails.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::dkim::{DkimConfig, dkim_sign};
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use rapport_model::Timestamp;
use rapport_model::job::Outbound;

use super::OWN_MARKER;
use crate::channel::{Envelope, Unsubscribe};

/// Whom mails come from.
#[derive(Debug, Default)]
pub struct Sender {
    /// The address.
    pub address: String,
    /// The name beside it.
    pub name: String,
    /// How the domain signs (RFC 6376).
    pub dkim: Option<DkimConfig>,
}

/// A mail that can leave.
#[derive(Debug)]
pub(super) struct Letter {
    /// Its Message-ID, without angle brackets. The same message always has the same.
    pub(super) reference: String,
    pub(super) raw: Vec<u8>,
    /// Where bounces go; nowhere for an automatic answer (RFC 3834, 3.3).
    pub(super) bounces_to: Option<String>,
    pub(super) to: String,
}

/// Writes a message as a mail from `sender`.
///
/// # Errors
/// An address is none that mail can carry; the error names none.
pub(super) fn compose(
    sender: &Sender,
    message: &Outbound,
    envelope: &Envelope,
    now: Timestamp,
) -> Result<Letter, String> {
    if sender.address.is_empty() {
        return Err("the house has no address: set house.addresses or a mailbox".into());
    }
    let mailbox = |name: &str, address: &str| -> Result<Mailbox, String> {
        let address = address.parse().map_err(|_| "an address that SMTP cannot carry".to_owned())?;
        Ok(Mailbox::new((!name.is_empty()).then(|| name.to_owned()), address))
    };
    let domain = sender.address.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let reference = format!("{}@{domain}", envelope.reference);
    let date = UNIX_EPOCH + Duration::from_micros(u64::try_from(now.micros()).unwrap_or(0));
    let mut builder = lettre::Message::builder()
        .from(mailbox(
            if envelope.author.is_empty() { &sender.name } else { &envelope.author },
            &sender.address,
        )?)
        .to(mailbox(&envelope.name, &envelope.to)?)
        .subject(&message.subject)
        .message_id(Some(format!("<{reference}>")))
        .date(date);
    if let Some(last) = envelope.references.last() {
        let chain: Vec<String> = envelope.references.iter().map(|r| format!("<{r}>")).collect();
        builder = builder.in_reply_to(format!("<{last}>")).references(chain.join(" "));
    }
    if message.automatic {
        // RFC 3834: no machine should answer this, and ours knows it when it comes back.
        let sort = if envelope.auto_reply { "auto-replied" } else { "auto-generated" };
        builder = builder
            .header(AutoSubmitted(sort.into()))
            .header(Suppress("All".into()))
            .header(OwnMarker(message.text.clone()));
    }
    if let Some(unsubscribe) = &envelope.unsubscribe {
        // RFC 2369, and RFC 8058 for a click that asks nothing back.
        builder = builder
            .header(ListUnsubscribe(format!("<{}>", unsubscribe.link)))
            .header(ListUnsubscribePost("List-Unsubscribe=One-Click".into()));
    }
    let line = envelope.unsubscribe.as_ref();
    let body = line.map_or_else(|| message.body.clone(), |way| format!("{}\n\n{}", message.body, way.line));
    let mail = match &message.html {
        Some(html) => {
            let html = line.map_or_else(|| html.clone(), |way| with_line(html, way));
            builder.multipart(MultiPart::alternative_plain_html(body, html))
        }
        None => builder.singlepart(SinglePart::plain(body)),
    };
    let mut mail = mail.map_err(|e| e.to_string())?;
    if let Some(dkim) = &sender.dkim {
        dkim_sign(&mut mail, dkim);
    }
    let bounces_to = (!envelope.auto_reply).then(|| sender.address.clone());
    Ok(Letter { reference, raw: mail.formatted(), bounces_to, to: envelope.to.clone() })
}

/// Puts the line that says how mailings are stopped at the end of a mail in HTML.
fn with_line(html: &str, way: &Unsubscribe) -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let link = escaped(&way.link);
    let line = escaped(&way.line).replace(&link, &format!("<a href=\"{link}\">{link}</a>"));
    let end = html.rfind("</body>").unwrap_or(html.len());
    format!("{}<p style=\"font-size:13px;color:#66727d\">{line}</p>{}", &html[..end], &html[end..])
}

macro_rules! text_header {
    ($($(#[$doc:meta])* $type:ident = $name:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        struct $type(String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(text.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    )*};
}

text_header! {
    /// Says that a machine wrote the mail.
    AutoSubmitted = "Auto-Submitted";
    /// Asks Exchange for no automatic answers.
    Suppress = "X-Auto-Response-Suppress";
    /// Says that we wrote it.
    OwnMarker = OWN_MARKER;
    /// Says where mailings are stopped.
    ListUnsubscribe = "List-Unsubscribe";
    /// Says that a mail program can do it by itself.
    ListUnsubscribePost = "List-Unsubscribe-Post";
}
