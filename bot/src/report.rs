//! What mails tell of mails that we sent: that one lies where it went, that one came back, that
//! somebody wants no more of them. Only our own signature in the Message-ID says that a mail was ours.

use rapport_model::Id;
use rapport_model::job::Recipient;
use rapport_model::message::{BounceClass, Content, RecipientReport};
use rapport_storage::work::Work;
use rapport_workflows::WorkflowError;
use rapport_workflows::carry_out::opt_out;

use crate::app::App;

/// Feedback that is no complaint (RFC 6430, RFC 6591).
const NO_COMPLAINT: [&str; 2] = ["not-spam", "auth-failure"];

impl App {
    /// Takes note of what an arriving mail tells. May be called again for the same mail, and is
    /// called before it is taken in, so that a crash between leaves nothing unnoted.
    ///
    /// # Errors
    /// The store failed.
    pub async fn take_note(&self, content: &Content) -> Result<(), WorkflowError> {
        if let Some(id) = self.store().outgoing_named(&content.message_id)
            && self.store().seen_again(id, &content.message_id).await?
        {
            tracing::info!(outbound.id = %id, "it left: a copy lies in a mailbox");
        }
        if let Some(report) = &content.delivery
            && let Some(id) = self.ours(report.original_id.as_deref(), content)
            && let Some(failed) = report.recipients.iter().find(|r| is_final(r.class))
        {
            self.came_back(id, failed).await?;
        }
        if let Some(complaint) = &content.complaint
            && !NO_COMPLAINT.contains(&complaint.kind.as_str())
            && let Some(id) = self.ours(complaint.original_id.as_deref(), content)
        {
            self.wants_no_more(id).await?;
        }
        Ok(())
    }

    /// Returns the mail of ours that a report is about: the one whose Message-ID it repeats, else the
    /// one whose reference stands in the address that it came to.
    fn ours(&self, original: Option<&str>, content: &Content) -> Option<Id> {
        let named = original.into_iter().chain(content.references.iter().map(String::as_str));
        named.into_iter().find_map(|name| self.store().outgoing_named(name))
    }

    /// A mail did not arrive: its writer is told.
    async fn came_back(&self, id: Id, report: &RecipientReport) -> Result<(), WorkflowError> {
        let status = report.status.as_deref().unwrap_or(report.class.name());
        let why = format!("{status} {}", report.diagnostic);
        if !self.store().came_back(id, report.class, why.trim()).await? {
            return Ok(());
        }
        tracing::info!(outbound.id = %id, class = report.class.name(), "it came back");
        match self.store().outgoing(id).await? {
            Some(outgoing) => self.tell_undelivered(&outgoing.message, why.trim()).await,
            None => Ok(()),
        }
    }

    /// Somebody reported a mail of ours as spam: they get no automatic mail any more.
    async fn wants_no_more(&self, id: Id) -> Result<(), WorkflowError> {
        let Some(outgoing) = self.store().outgoing(id).await? else { return Ok(()) };
        let Recipient::Customer(customer) = outgoing.message.to else { return Ok(()) };
        if self.store().refusals(customer).await?.all {
            return Ok(());
        }
        let (consent, now) = (self.store().new_id(), self.store().clock().now());
        let change = opt_out(consent, customer, "complaint", now);
        self.store().commit(vec![Work::of(self.store().act("complaint"), vec![change])]).await?;
        Ok(())
    }
}

/// Tells whether a mail will not arrive any more.
const fn is_final(class: BounceClass) -> bool {
    matches!(class, BounceClass::Hard | BounceClass::Policy | BounceClass::Full | BounceClass::Soft)
}
