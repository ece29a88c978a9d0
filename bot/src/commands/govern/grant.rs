//! `privacy grant`: a colleague notes that somebody said yes to news, and by what.

use rapport_model::consent::{GRANTED, Purpose};
use rapport_model::{Change, Kind, RecordRef};
use rapport_workflows::carry_out::consent;

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::safe::plain;
use super::super::session::Session;

impl Desk<'_> {
    /// Notes a yes to news. How it was said is kept as a note: a house must be able to show it. A no that
    /// somebody said themselves stays theirs to take back.
    pub(in super::super) async fn grant(
        &self,
        session: &mut Session,
        command: &Command,
        of: &Of,
        how: &str,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let customer = self.find_present(session, command, of, &[Kind::Customer]).await?;
        session.context = Some(customer.record);
        let (name, id) = (self.titled(&customer).await?, customer.record.id);
        let refusals = self.store().refusals(id).await?;
        if refusals.refuse(Purpose::News) {
            return Ok(vec![Card::new(prompts.consent_is_refused(language, &name))]);
        }
        if refusals.allow(Purpose::News) {
            return Ok(vec![Card::new(prompts.consent_is_granted(language, &name))]);
        }
        let how = plain(how);
        if how.is_empty() {
            session.awaiting = Some(command.about(Of::Exact(customer.record)));
            return Ok(vec![Card::new(prompts.ask_grant(language, &name))]);
        }
        let said = prompts.consent_granted(language, &name, &how);
        let granted =
            consent(self.store().new_id(), id, (Purpose::News.name(), GRANTED), "colleague", self.now);
        let note = Change::create(RecordRef::new(Kind::Note, self.store().new_id()))
            .with("body", said.as_str())
            .with("customer", id)
            .with("author", self.user.id);
        let written = self.write(vec![granted, note]).await?;
        Ok(vec![self.written(said, &written)])
    }
}
