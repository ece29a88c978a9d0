//! `snooze`: a ticket is out of sight until a time, and comes back with a notice.

use rapport_model::people::{TicketStatus, User};
use rapport_model::{Change, Kind, Record, Timestamp, Value};
use rapport_prompts::NoticeContext;

use super::super::card::Card;
use super::super::command::{Command, Of, TaskChange};
use super::super::desk::{Desk, Done};
use super::super::session::Session;
use super::super::wish::due_in;
use super::Keep;
use crate::outdated::{SNOOZE_OVER, snooze_key};

/// Words that bring a ticket back at once.
const OVER: &[&str] = &["off", "over", "now", "取消", "结束"];

impl Desk<'_> {
    pub(super) async fn snooze(
        &self,
        session: &mut Session,
        command: &Command,
        of: &Of,
        until: &str,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let record = self.find_present(session, command, of, &[Kind::Ticket, Kind::Task]).await?;
        session.context = Some(record.record);
        if until.is_empty() {
            return Ok(vec![self.ask_until(&record).await?]);
        }
        if record.record.kind == Kind::Task {
            // A task is out of sight until it is due.
            let of = Of::Number(record.short());
            let due = TaskChange::Due(until.to_owned());
            return self.change_task(session, &Command::ChangeTask(of.clone(), due.clone()), &of, &due).await;
        }
        if record.text("status") == TicketStatus::Closed.name() {
            return Ok(vec![Card::new(prompts.ticket_already(
                language,
                record.short(),
                TicketStatus::Closed,
            ))]);
        }
        let before = record.get("snoozed_until").clone();
        let title = self.titled(&record).await?;
        if OVER.contains(&until.to_lowercase().as_str()) {
            if before.is_null() {
                return Ok(vec![self.unchanged(&record)]);
            }
            let change = Change::update(record.record).set("snoozed_until", before, Value::Null);
            let written = self.write(vec![change]).await?;
            return Ok(vec![self.written(prompts.snooze_over(language, &title), &written)]);
        }
        let Some((at, _)) = due_in(until, &self.context()) else {
            return Ok(vec![self.no_time(until)]);
        };
        self.to_come(at)?;
        let change = Change::update(record.record).set("snoozed_until", before, at);
        if change.is_empty() {
            return Ok(vec![self.unchanged(&record)]);
        }
        let notices = self.notices_at(&record, at).await?;
        let written = self.write_and_tell(vec![change], notices).await?;
        Ok(vec![self.written(prompts.snoozed(language, &title, self.echoed(at)), &written)])
    }

    async fn ask_until(&self, record: &Record) -> Done<Card> {
        let (prompts, language) = (self.prompts(), self.language);
        let until = |words: &str| {
            Command::Keep(Keep::Snooze { of: Of::Number(record.short()), until: words.to_owned() })
        };
        Ok(Card::new(prompts.ask_snooze(language, &self.titled(record).await?))
            .button(prompts.button_later(language), until("in 1 hour"))
            .button(prompts.button_tomorrow(language), until("tomorrow 09:00"))
            .button(prompts.button_monday(language), until("next Monday 09:00")))
    }

    /// Writes the notice that leaves when a ticket comes back, to whoever looks after it by then.
    async fn notices_at(&self, ticket: &Record, at: Timestamp) -> Done<Vec<rapport_model::job::Outbound>> {
        let owner = ticket.get("owner").id().and_then(|id| self.app.workflows.user(id));
        let reader: &User = owner.unwrap_or(self.user);
        let customer = self.linked(ticket, "customer", Kind::Customer).await?;
        let (name, number) = match &customer {
            Some(customer) => (self.name(customer).await?, customer.short().to_string()),
            None => Default::default(),
        };
        let context = NoticeContext {
            customer: &name,
            number: &number,
            record: &self.titled(ticket).await?,
            ..NoticeContext::default()
        };
        let key = snooze_key(ticket.record.id, at);
        let about = Some(ticket.record);
        let mut notices = self.app.workflows.notices(&[reader], SNOOZE_OVER, &context, about, &key)?;
        for notice in &mut notices {
            notice.send_at = at;
        }
        Ok(notices)
    }

    /// Tells whether a ticket is out of sight: it was put off, and the customer has not written since.
    pub(in super::super) async fn sleeps(&self, ticket: &Record) -> Done<bool> {
        let Some(until) = ticket.get("snoozed_until").time().filter(|until| *until > self.now) else {
            return Ok(false);
        };
        let customer = self.linked(ticket, "customer", Kind::Customer).await?;
        let Some(wrote) = customer.and_then(|customer| customer.get("last_in").time()) else {
            return Ok(true);
        };
        let history = self.store().history(ticket.record).await?;
        let put_off = history
            .iter()
            .rev()
            .find(|entry| entry.change.after("snoozed_until").and_then(Value::time) == Some(until));
        Ok(put_off.is_none_or(|entry| wrote <= entry.act.at))
    }
}
