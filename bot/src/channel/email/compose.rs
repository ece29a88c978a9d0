//! Messages become mails.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::dkim::{DkimConfig, dkim_sign};
use lettre::message::header::{
    ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue, MIME_VERSION_1_0,
};
use lettre::message::{Attachment, Body, Mailbox, MessageBuilder, MultiPart, SinglePart};
use rapport_model::job::Outbound;
use rapport_model::{Address, Timestamp};
use rapport_storage::drafts::File;

use super::OWN_MARKER;
use super::calendar::answer;
use super::{page, pictures};
use crate::channel::Envelope;

/// The media type of files that have none.
const UNKNOWN_FILE: &str = "application/octet-stream";

/// Whom mails come from.
#[derive(Debug, Default)]
pub struct Sender {
    /// The address.
    pub address: String,
    /// The name beside it.
    pub name: String,
    /// How the domain signs (RFC 6376).
    pub dkim: Option<DkimConfig>,
    /// The address to which answers and bounces come with a reference behind its plus sign.
    pub reply_address: Option<Address>,
    /// Whether what a colleague writes comes from their own address.
    pub from_colleague: bool,
}

impl Sender {
    /// Returns the address that a message comes from.
    pub(super) fn from<'a>(&'a self, envelope: &'a Envelope) -> &'a str {
        let own = Some(envelope.author_address.as_str()).filter(|own| self.from_colleague && !own.is_empty());
        own.unwrap_or(&self.address)
    }

    /// Returns where what comes of a message is to go, if not to where it comes from.
    fn answers_to(&self, reference: &str) -> Option<String> {
        let to = self.reply_address.as_ref()?;
        Some(format!("{}+{reference}@{}", to.local(), to.domain()))
    }
}

/// A mail that can leave.
#[derive(Debug)]
pub(super) struct Letter {
    /// Its Message-ID, without angle brackets. The same message always has the same.
    pub(super) reference: String,
    pub(super) raw: Vec<u8>,
    /// Where bounces go; nowhere for an automatic answer (RFC 3834, 3.3).
    pub(super) bounces_to: Option<String>,
    /// Who gets it; the first is whom it is for.
    pub(super) recipients: Vec<String>,
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
            sender.from(envelope),
        )?)
        .to(mailbox(&envelope.name, &envelope.to)?)
        .subject(&message.subject)
        .message_id(Some(format!("<{reference}>")))
        .date(date);
    for copy in &message.cc {
        builder = builder.cc(mailbox(&copy.name, copy.address.as_str())?);
    }
    let answers_to = sender.answers_to(&envelope.reference);
    // Answers come to the mailbox, whoever wrote.
    let elsewhere =
        answers_to.as_deref().or((sender.from(envelope) != sender.address).then_some(&sender.address));
    if let Some(address) = elsewhere {
        builder = builder.reply_to(mailbox(&sender.name, address)?);
    }
    let outlook = &envelope.outlook;
    if !outlook.topic.is_empty() {
        builder = builder.header(ThreadTopic(outlook.topic.clone()));
    }
    if !outlook.index.is_empty() {
        builder = builder.header(ThreadIndex(outlook.index.clone()));
    }
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
    let (mut body, mut html) = (message.body.clone(), message.html.clone());
    if let Some(way) = &envelope.unsubscribe {
        body = format!("{body}\n\n{}", way.line);
        html = html.map(|html| with_line(&html, &way.line));
    }
    let html = html.unwrap_or_else(|| page::page(&body));
    let (html, pictures) = pictures::taken_out(&html, &reference);
    let mime = |file: &File| {
        let mime = ContentType::parse(&file.mime).or_else(|_| ContentType::parse(UNKNOWN_FILE));
        mime.expect("it is a media type")
    };
    // A calendar program looks for the answer to an invitation beside the words (RFC 6047, 2.4).
    let (answers, files): (Vec<&File>, Vec<&File>) =
        envelope.files.iter().partition(|file| file.mime == answer::MIME);
    let alternatives = match pictures.is_empty() {
        true => MultiPart::alternative_plain_html(body, html),
        false => {
            let png = ContentType::parse("image/png").expect("it is a media type");
            let with_pictures = MultiPart::related().singlepart(SinglePart::html(html));
            let with_pictures = pictures.into_iter().fold(with_pictures, |parts, picture| {
                parts.singlepart(Attachment::new_inline(picture.id).body(picture.bytes, png.clone()))
            });
            MultiPart::alternative().singlepart(SinglePart::plain(body)).multipart(with_pictures)
        }
    };
    let words = answers.into_iter().fold(alternatives, |words, file| {
        words.singlepart(SinglePart::builder().header(mime(file)).body(file.bytes.clone()))
    });
    let parts = if files.is_empty() {
        words
    } else {
        let files = files
            .into_iter()
            .map(|file| Attachment::new(file.name.clone()).body(file.bytes.clone(), mime(file)));
        files.fold(MultiPart::mixed().multipart(words), MultiPart::singlepart)
    };
    let mut mail = with_parts(builder, &parts)?;
    if let Some(dkim) = &sender.dkim {
        dkim_sign(&mut mail, dkim);
    }
    let bounces_to = (!envelope.auto_reply).then(|| answers_to.unwrap_or_else(|| sender.address.clone()));
    let copies = message.cc.iter().map(|copy| copy.address.to_string());
    let recipients = std::iter::once(envelope.to.clone()).chain(copies).collect();
    Ok(Letter { reference, raw: mail.formatted(), bounces_to, recipients })
}

/// Ends a mail with its parts. Their Content-Type becomes a header of the mail itself: of no other does
/// lettre's signature know.
fn with_parts(builder: MessageBuilder, parts: &MultiPart) -> Result<lettre::Message, String> {
    let mut raw = parts.formatted();
    let head = raw.windows(4).position(|end| end == b"\r\n\r\n").map_or(0, |at| at + 4);
    let body = Body::dangerous_pre_encoded(raw.split_off(head), ContentTransferEncoding::SevenBit);
    let kind: ContentType = parts.headers().get().expect("parts have a boundary");
    builder.header(MIME_VERSION_1_0).header(kind).body(body).map_err(|e| e.to_string())
}

/// Puts the line that says how mailings are stopped at the end of a mail in HTML.
fn with_line(html: &str, line: &str) -> String {
    let line = page::line(line);
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
    /// What Outlook calls the conversation.
    ThreadTopic = "Thread-Topic";
    /// Where in it Outlook shows the mail.
    ThreadIndex = "Thread-Index";
    /// Says that we wrote it.
    OwnMarker = OWN_MARKER;
    /// Says where mailings are stopped.
    ListUnsubscribe = "List-Unsubscribe";
    /// Says that a mail program can do it by itself.
    ListUnsubscribePost = "List-Unsubscribe-Post";
}
