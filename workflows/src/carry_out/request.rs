//! What a customer asks about what is held of them: its record, and that managers learn of it.

use rapport_model::job::Outbound;
use rapport_model::message::Direction;
use rapport_model::privacy::DataRight;
use rapport_model::{Change, Id, Kind, RecordRef};
use rapport_prompts::{NoticeContext, PromptError, RequestSaid, When};
use rapport_storage::work::Work;

use super::Scene;
use crate::Workflows;
use crate::preferences::Notice;
use crate::requests::{days_left, noted};

impl Scene<'_> {
    /// Makes the record of a request: when it must be answered by, and whether it is proven whose it is.
    pub(super) fn request(&self, id: Id, rights: &[DataRight], ticket: Option<RecordRef>) -> Change {
        let message = self.message.filter(|message| message.direction == Direction::In);
        let received = message.map_or(self.now, |message| message.received_at);
        let law = self.privacy.law_of(self.reading.and_then(|reading| reading.law), self.customer);
        let due = self.privacy.due(law, received, self.zone);
        noted(id, message, rights, (law, due), self.now)
            .with("customer", self.facts.customer.as_ref().map(|customer| customer.id))
            .with("ticket", ticket.filter(|ticket| ticket.kind == Kind::Ticket).map(|ticket| ticket.id))
    }

    /// Tells every manager of a request. It is told by itself, however many came: each has its time limit.
    pub(super) fn tell_of_request(
        &self,
        request: &Change,
        rights: &[DataRight],
        work: &mut Work,
    ) -> Result<(), PromptError> {
        let about = request.record;
        let received = self.message.map_or(self.now, |message| message.received_at);
        let law = self.privacy.law_of(self.reading.and_then(|reading| reading.law), self.customer);
        let due = self.privacy.due(law, received, self.zone);
        let said = RequestSaid {
            rights,
            law,
            proven: request.after("proven_at").is_some_and(|at| !at.is_null()),
            days_left: days_left(due, self.now, self.zone),
        };
        let all: Vec<RecordRef> = self.customer.map(|c| c.record).into_iter().chain([about]).collect();
        let notice = Notice { text: Workflows::REQUEST_NEW, about: &all, urgent: true };
        for reader in &self.managers {
            let Some(send_at) = self.preferences.leaves(&notice, reader, self.now, self.zone) else {
                continue;
            };
            let language = self.preferences.language_of(reader, self.language);
            let zone = self.preferences.zone_of(reader, self.zone);
            let text = self.with_notice(Some(reader), |context| {
                let context =
                    NoticeContext { request: Some(said), due: Some(When { at: due, zone }), ..*context };
                self.prompts.notice(language, Workflows::REQUEST_NEW, &context)
            })?;
            let key = format!("notice/{}/{}/{}", Workflows::REQUEST_NEW, about.id, reader.id);
            work.outbox.push(Outbound {
                answers: self.message.map(|message| message.id),
                about: Some(about),
                cause: Some(self.event.id),
                subject: text.subject,
                body: text.body,
                html: text.html,
                ..Outbound::notice((self.new_id)(), reader.id, Workflows::REQUEST_NEW, send_at, key)
            });
        }
        Ok(())
    }
}
