//! Tickets: list, show, open, change.

use rapport_model::people::{Priority, TicketStatus};
use rapport_model::{Change, Id, Kind, RecordRef, Value};

use super::answer::Answer;
use super::call::{Call, line};
use super::customers::{handed_over, write};
use super::problem::Problem;
use super::tasks::to_come;
use super::types::{ChangeTicket, NewTicket, Ticket};
use crate::commands::standing;

pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let filter = call.filter().await?;
    call.page::<Ticket>(Kind::Ticket, filter).await
}

pub(super) async fn show(call: &Call) -> Result<Answer, Problem> {
    call.show::<Ticket>(Kind::Ticket).await
}

pub(super) async fn again(call: &Call, act: Id) -> Result<Answer, Problem> {
    call.once_more::<Ticket>(act, Kind::Ticket).await
}

pub(super) async fn make(call: &Call) -> Result<Answer, Problem> {
    let new: NewTicket = call.body()?;
    let customer = call.meant("customer", &new.customer, &[Kind::Customer]).await?;
    let owner = new.owner.as_deref().map(|handle| call.owner(handle)).transpose()?.map(|user| user.id);
    let record = RecordRef::new(Kind::Ticket, call.store().new_id());
    let desk = call.writing(None, Some(customer.record));
    let change = Change::create(record)
        .with("title", line("title", &new.title)?)
        .with("customer", customer.record.id)
        .with("company", customer.get("company").id())
        .with("owner", owner.or_else(|| customer.get("owner").id()).unwrap_or(call.caller.user.id))
        .with("priority", new.priority.unwrap_or(Priority::Normal).name())
        .with("status", TicketStatus::Open.name())
        .with("opened_at", desk.now);
    let written = desk.write(vec![change]).await?;
    call.done::<Ticket>(Some(written), record).await
}

pub(super) async fn change(call: &Call) -> Result<Answer, Problem> {
    let ticket = call.named(Kind::Ticket).await?;
    let wanted: ChangeTicket = call.body()?;
    let desk = call.changing::<Ticket>(&ticket).await?;
    let set = |own: Change, field: &str, after: Value| own.set(field, ticket.get(field).clone(), after);
    let mut own = match wanted.status {
        Some(to) => standing(&ticket, to, desk.now),
        None => Change::update(ticket.record),
    };
    if let Some(title) = &wanted.title {
        own = set(own, "title", line("title", title)?.into());
    }
    if let Some(priority) = wanted.priority {
        own = set(own, "priority", priority.name().into());
    }
    if let Some(until) = wanted.snoozed_until.wanted() {
        let until = until.map(|until| to_come("snoozed_until", *until, desk.now)).transpose()?;
        own = set(own, "snoozed_until", until.into());
    }
    let (own, outbox) = handed_over(call, &desk, &ticket, own, wanted.owner.as_deref()).await?;
    write::<Ticket>(call, &desk, &ticket, own, Vec::new(), outbox).await
}
