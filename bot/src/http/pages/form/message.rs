//! A form that was filled in becomes a message of whoever wrote it.

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use lettre::message::Mailbox as LettreMailbox;
use lettre::message::header::ContentType;
use rapport_model::message::{ChannelKind, Content, Incoming, Trust};
use rapport_model::time::MINUTE;
use rapport_model::{Address, Change, Id, Kind, Mailbox, Record, RecordRef, Timestamp};
use rapport_storage::StorageError;
use rapport_storage::ingest::Fate;
use rapport_storage::work::Work;

use super::filled::Filled;
use super::{Form, label};

/// The same words once more within this time are the same message; up to twice that it may be.
const ONCE_WITHIN: i64 = 10 * MINUTE;
/// The source by which the store knows what was sent before.
const SOURCE: &str = "form";
/// Who changed what follows from a form, in the journal.
const PART: &str = "form";

impl Form<'_> {
    /// Takes a form in as a message. Returns whose it is, and its conversation; nothing where it was here
    /// before.
    pub(super) async fn take_in(&self, filled: &Filled) -> anyhow::Result<Option<(Id, Id)>> {
        let app = &self.visit.shared.app;
        let known = app.store().identity("email", filled.email.as_str()).await?;
        let was_known = known.is_some_and(|identity| !identity.get("customer").is_null());
        let fates = app.workflows.ingest(vec![self.incoming(filled)?]).await?;
        let Some(Fate::Kept { message, thread, customer, .. }) = fates.first() else { return Ok(None) };
        tracing::info!(channel = "form", form = self.name, message.id = %message, "taken in");
        let Some(customer) = *customer else { return Ok(None) };
        // Who writes an address may not be whose it is: only of who was not known it says something.
        if !was_known {
            self.keep_as_said(customer).await?;
        }
        Ok(Some((customer, *thread)))
    }

    /// Gives a new customer the owner and the tags that the form has.
    async fn keep_as_said(&self, customer: Id) -> Result<(), StorageError> {
        let app = &self.visit.shared.app;
        let owner = self.config.owner.as_ref();
        let owner = owner.and_then(|name| app.workflows.users().iter().find(|user| user.handle == *name));
        let tags: BTreeSet<String> = self.config.tags.iter().map(|tag| tag.trim().to_lowercase()).collect();
        // A rule may have changed the same record meanwhile.
        for last in [false, true] {
            let record = app.store().record(RecordRef::new(Kind::Customer, customer)).await?;
            let Some(record) = record.filter(|record| !record.deleted) else { return Ok(()) };
            let change = given(&record, owner.map(|owner| owner.id), &tags);
            if change.is_empty() {
                return Ok(());
            }
            match app.store().commit(vec![Work::of(app.store().act(PART), vec![change])]).await {
                Err(StorageError::Changed) if !last => {}
                done => return done.map(|_| ()),
            }
        }
        Ok(())
    }

    fn incoming(&self, filled: &Filled) -> anyhow::Result<Incoming> {
        let app = &self.visit.shared.app;
        let now = app.store().clock().now();
        let mailbox = match &self.config.mailbox {
            Some(name) => app.config.mail.get_key_value(name),
            None => app.config.mail.iter().next(),
        };
        let address = mailbox.map(|(_, mail)| &mail.address).or(app.config.house.addresses.first());
        let to: Vec<Mailbox> = address
            .and_then(|address| Address::email(address).ok())
            .map(|address| Mailbox { name: String::new(), address })
            .into_iter()
            .collect();
        let title = || match &self.config.title {
            Some(title) => title.of(self.visit.language).to_owned(),
            None => {
                let workflows = &app.workflows;
                workflows.prompts().form_title(self.visit.language, &workflows.settings().house.name)
            }
        };
        let subject = if filled.subject.is_empty() { title() } else { filled.subject.clone() };
        let body = self.body(filled);
        let (content_id, period) = (self.digest(filled), now.micros().div_euclid(ONCE_WITHIN));
        let mut hasher = blake3::Hasher::new();
        hasher.update(content_id.as_bytes());
        hasher.update(&now.micros().to_be_bytes());
        let id = hasher.finalize();
        let mut digest = [0; 16];
        digest.copy_from_slice(&id.as_bytes()[..16]);
        let message_id = format!("{}@form.invalid", &id.to_hex()[..32]);
        let key = |period: i64| (SOURCE.to_owned(), format!("{content_id}/{period}"));
        let from = Mailbox { name: filled.name.clone(), address: filled.email.clone() };
        Ok(Incoming {
            channel: ChannelKind::Form,
            account: mailbox.map_or_else(|| SOURCE.to_owned(), |(name, _)| name.clone()),
            place: format!("form {}", self.name),
            // The period before, too: so nothing depends on when a period begins.
            keys: vec![key(period), key(period - 1)],
            raw: mail(&from, &to, &subject, &body, &message_id, now)?,
            received_at: now,
            cursor: None,
            history: false,
            content: Ok(Content {
                message_id,
                digest,
                from: vec![from],
                to,
                subject,
                body,
                sent_at: Some(now),
                trust: Some(Trust::None),
                ..Content::default()
            }),
        })
    }

    /// Returns what was written, and below it what else was filled in.
    fn body(&self, filled: &Filled) -> String {
        let others = filled.others.iter();
        let lines = others.map(|(i, value)| format!("{}: {value}", label(self.visit, &self.asked[*i])));
        let lines = lines.collect::<Vec<_>>().join("\n");
        let parts = [filled.words.as_str(), lines.as_str()].into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("\n\n")
    }

    /// Returns by what the same content is known.
    fn digest(&self, filled: &Filled) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut field = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        for text in [self.name, &filled.name, filled.email.as_str(), &filled.subject, &filled.words] {
            field(text);
        }
        for (i, value) in &filled.others {
            field(&self.asked[*i].name);
            field(value);
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }
}

/// Returns what a new customer gets.
fn given(record: &Record, owner: Option<Id>, tags: &BTreeSet<String>) -> Change {
    let mut change = Change::update(record.record);
    if let Some(owner) = owner {
        change = change.set("owner", record.get("owner").clone(), owner);
    }
    let before: BTreeSet<String> = serde_json::from_str(record.text("tags")).unwrap_or_default();
    let after: BTreeSet<&String> = before.union(tags).collect();
    if after.len() > before.len() {
        let all = serde_json::to_string(&after).expect("tags are JSON");
        change = change.set("tags", record.get("tags").clone(), all);
    }
    change
}

/// Writes the mail that the message would have been: what is kept of every message.
fn mail(
    from: &Mailbox,
    to: &[Mailbox],
    subject: &str,
    body: &str,
    message_id: &str,
    now: Timestamp,
) -> anyhow::Result<Vec<u8>> {
    let lettre = |mailbox: &Mailbox| -> anyhow::Result<LettreMailbox> {
        let name = Some(mailbox.name.clone()).filter(|name| !name.is_empty());
        Ok(LettreMailbox::new(name, mailbox.address.as_str().parse()?))
    };
    let date = UNIX_EPOCH + Duration::from_micros(u64::try_from(now.micros()).unwrap_or(0));
    let mut builder = lettre::Message::builder().from(lettre(from)?);
    // A mail without recipients is none; whoever has no address of the house writes to themselves.
    for mailbox in to.iter().chain(to.is_empty().then_some(from)) {
        builder = builder.to(lettre(mailbox)?);
    }
    let mail = builder
        .subject(subject)
        .message_id(Some(format!("<{message_id}>")))
        .date(date)
        .header(ContentType::TEXT_PLAIN)
        .body(body.to_owned())?;
    Ok(mail.formatted())
}
