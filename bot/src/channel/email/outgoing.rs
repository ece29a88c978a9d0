//! Mails on their way out: composed here, and left in a pick-up directory for a mail server.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use rapport_model::job::{Outbound, Receipt};
use rapport_model::time::MINUTE;
use rapport_model::{House, Id, Timestamp};

use super::OWN_MARKER;
use crate::channel::{ChannelError, Envelope, Sent};

/// How long to wait when the directory cannot be written.
const RETRY_AFTER: i64 = 5 * MINUTE;
/// How many mails are kept to be shown.
const SHOWN_MAX: usize = 100;

/// A directory from which a mail server takes finished mails.
pub struct Pickup {
    dir: PathBuf,
    from: Option<String>,
    name: String,
    left: Mutex<Vec<Sent>>,
}

impl Pickup {
    /// Makes a pick-up directory of `dir`, which is made when the first mail leaves. Mails come
    /// from the house's first address.
    pub fn new(dir: &Path, house: &House) -> Self {
        let domain = || house.domains.first().map(|d| format!("rapport@{d}"));
        let from = house.addresses.first().map(|a| a.as_str().to_owned()).or_else(domain);
        Self { dir: dir.to_owned(), from, name: house.name.clone(), left: Mutex::default() }
    }

    /// Composes a mail and leaves it in the directory. Returns what it is called, and its bytes.
    ///
    /// # Errors
    /// The house has no address, the recipient's is none, or the directory cannot be written.
    pub fn send(
        &self,
        message: &Outbound,
        envelope: &Envelope,
        now: Timestamp,
    ) -> Result<(Receipt, Vec<u8>), ChannelError> {
        let (reference, raw) = self.compose(message, envelope, now).map_err(refused)?;
        let path = self.path(message.id);
        leave(&self.dir, &path, &raw).map_err(|e| ChannelError::Retry {
            at: now.plus(RETRY_AFTER),
            reason: format!("cannot write {}: {e}", path.display()),
        })?;
        let receipt = Receipt { reference };
        let sent = Sent { message: message.clone(), envelope: envelope.clone(), receipt: receipt.clone() };
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.push(sent);
        // Whoever shows what leaves takes it; nobody else needs more than the last few.
        let surplus = left.len().saturating_sub(SHOWN_MAX);
        left.drain(..surplus);
        Ok((receipt, raw))
    }

    /// Removes mails that nobody has taken yet. Returns how many there were.
    ///
    /// # Errors
    /// One cannot be removed.
    pub fn remove(&self, messages: &[Id]) -> std::io::Result<usize> {
        let mut n_removed = 0;
        for path in messages.iter().flat_map(|id| [self.path(*id), self.path(*id).with_extension("part")]) {
            match fs::remove_file(path) {
                Ok(()) => n_removed += 1,
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
        Ok(n_removed)
    }

    fn path(&self, message: Id) -> PathBuf {
        self.dir.join(format!("{message}.eml"))
    }

    /// Returns the mails that left since the last call, oldest first, at most the last hundred.
    pub fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut self.left.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn compose(
        &self,
        message: &Outbound,
        envelope: &Envelope,
        now: Timestamp,
    ) -> Result<(String, Vec<u8>), String> {
        let from = self.from.as_deref().ok_or("the house has no address: set house.addresses")?;
        let mailbox = |name: &str, address: &str| -> Result<Mailbox, String> {
            let address = address.parse().map_err(|_| "an address that SMTP cannot carry".to_owned())?;
            Ok(Mailbox::new((!name.is_empty()).then(|| name.to_owned()), address))
        };
        let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        let id = format!("{}@{domain}", message.id);
        let date = UNIX_EPOCH + Duration::from_micros(u64::try_from(now.micros()).unwrap_or(0));
        let mut builder = lettre::Message::builder()
            .from(mailbox(&self.name, from)?)
            .to(mailbox(&envelope.name, &envelope.to)?)
            .subject(&message.subject)
            .message_id(Some(format!("<{id}>")))
            .date(date);
        if let Some(last) = envelope.references.last() {
            let chain: Vec<String> = envelope.references.iter().map(|r| format!("<{r}>")).collect();
            builder = builder.in_reply_to(format!("<{last}>")).references(chain.join(" "));
        }
        if message.automatic {
            // RFC 3834: no machine should answer this, and ours knows it when it comes back.
            builder = builder
                .header(AutoSubmitted("auto-generated".into()))
                .header(Suppress("All".into()))
                .header(OwnMarker(message.text.clone()));
        }
        let mail = match &message.html {
            Some(html) => {
                builder.multipart(MultiPart::alternative_plain_html(message.body.clone(), html.clone()))
            }
            None => builder.singlepart(SinglePart::plain(message.body.clone())),
        };
        mail.map(|mail| (id, mail.formatted())).map_err(|e| e.to_string())
    }
}

fn refused(reason: String) -> ChannelError {
    ChannelError::Refused { reason }
}

/// Writes a file so that whoever takes it finds it whole.
fn leave(dir: &Path, path: &Path, raw: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    let part = path.with_extension("part");
    let mut file = fs::File::create(&part)?;
    file.write_all(raw)?;
    file.sync_all()?;
    fs::rename(&part, path)
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
}
