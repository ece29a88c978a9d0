//! Notices that are true no more when they are about to leave.

use rapport_model::job::{Outbound, Recipient};
use rapport_model::people::TicketStatus;
use rapport_model::{Id, Kind, RecordRef, Timestamp};
use rapport_storage::StorageError;
use rapport_workflows::Workflows;

use crate::app::App;

/// The `text` of a notice to whoever got a record to look after.
pub(crate) const HANDED_OVER: &str = "handed_over";
/// The `text` of a notice that a ticket is back in sight.
pub(crate) const SNOOZE_OVER: &str = "snooze_over";

/// Returns the key of the notice that a ticket is back at a time; the reader's id follows it.
pub(crate) fn snooze_key(ticket: Id, at: Timestamp) -> String {
    format!("notice/{SNOOZE_OVER}/{ticket}/{}", at.micros())
}

impl App {
    /// Says why a notice is not to be told, if it is not: who would read it does not see what it is
    /// about; or what it tells was taken back, or overtaken.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) async fn outdated(&self, message: &Outbound) -> Result<Option<String>, StorageError> {
        let Recipient::User(reader) = message.to else { return Ok(None) };
        // What answers a command was made of what the asker sees.
        if message.text == Outbound::ANSWER {
            return Ok(None);
        }
        let told_of = [(Kind::Message, message.answers), (Kind::Thread, message.thread)];
        let told_of = told_of.into_iter().find_map(|(kind, id)| Some(RecordRef::new(kind, id?)));
        if let (Some(user), Some(about)) = (self.workflows.user(reader), message.about.or(told_of))
            && !self.workflows.store_of(user).sees(about).await?
        {
            return Ok(Some("the colleague does not see what it is about".to_owned()));
        }
        let Some(about) = message.about else { return Ok(None) };
        if !matches!(message.text.as_str(), HANDED_OVER | SNOOZE_OVER | Workflows::TASK_DUE) {
            return Ok(None);
        }
        let about = self.store().merged_into(about).await?;
        let Some(record) = self.store().record(about).await?.filter(|record| !record.deleted) else {
            return Ok(Some("the record was taken away".to_owned()));
        };
        if message.text == HANDED_OVER {
            let is_theirs = record.get("owner").id() == Some(reader);
            return Ok((!is_theirs).then(|| "somebody else looks after the record now".to_owned()));
        }
        if message.text == Workflows::TASK_DUE {
            let due = record.get("due").time().filter(|due| Workflows::is_due(&record, *due));
            let is_that = due.is_some_and(|due| message.idempotency_key.contains(&due.micros().to_string()));
            return Ok((!is_that).then(|| "the task is done, or due at another time".to_owned()));
        }
        let is_open = record.text("status") != TicketStatus::Closed.name();
        let until = record.get("snoozed_until").time();
        let is_due = until
            .is_some_and(|at| message.idempotency_key.starts_with(&format!("{}/", snooze_key(about.id, at))));
        Ok((!is_open || !is_due).then(|| "the ticket is not put off until then any more".to_owned()))
    }
}
