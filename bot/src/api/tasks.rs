//! Tasks: list, show, make, change.

use rapport_model::{Change, Id, Kind, RecordRef, Timestamp, Value};

use super::answer::Answer;
use super::call::{Call, line};
use super::customers::{handed_over, write};
use super::problem::Problem;
use super::types::{ChangeTask, NewTask, Task};
use crate::commands::about_record;

/// What a task can be about.
const ABOUT: &[Kind] = &[Kind::Customer, Kind::Ticket, Kind::Deal];

pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let mut filter = call.filter().await?;
    match call.text("state") {
        Some("open") => filter.equal.push(("done_at", Value::Null)),
        Some(_) => filter.filled.push("done_at"),
        None => {}
    }
    call.page::<Task>(Kind::Task, filter).await
}

pub(super) async fn show(call: &Call) -> Result<Answer, Problem> {
    call.show::<Task>(Kind::Task).await
}

pub(super) async fn again(call: &Call, act: Id) -> Result<Answer, Problem> {
    call.once_more::<Task>(act, Kind::Task).await
}

pub(super) async fn make(call: &Call) -> Result<Answer, Problem> {
    let new: NewTask = call.body()?;
    let owner = new.owner.as_deref().map_or(Ok(&call.caller.user), |handle| call.owner(handle))?;
    let about = match &new.about {
        Some(about) => Some(call.meant("about", about, ABOUT).await?),
        None => None,
    };
    let record = RecordRef::new(Kind::Task, call.store().new_id());
    let desk = call.writing(None, about.as_ref().map(|about| about.record));
    let change = Change::create(record)
        .with("title", line("title", &new.title)?)
        .with("due", to_come("due", new.due, desk.now)?)
        .with("owner", owner.id);
    let change = match &about {
        Some(about) => about_record(change, about).with("thread", about.get("thread").id()),
        None => change,
    };
    let written = desk.write(vec![change]).await?;
    call.done::<Task>(Some(written), record).await
}

pub(super) async fn change(call: &Call) -> Result<Answer, Problem> {
    let task = call.named(Kind::Task).await?;
    let wanted: ChangeTask = call.body()?;
    let desk = call.changing::<Task>(&task).await?;
    let set = |own: Change, field: &str, after: Value| own.set(field, task.get(field).clone(), after);
    let mut own = Change::update(task.record);
    if let Some(title) = &wanted.title {
        own = set(own, "title", line("title", title)?.into());
    }
    if let Some(due) = wanted.due {
        own = set(own, "due", to_come("due", due, desk.now)?.into());
    }
    match wanted.done {
        Some(true) if task.get("done_at").is_null() => own = set(own, "done_at", desk.now.into()),
        Some(false) => own = set(own, "done_at", Value::Null),
        _ => {}
    }
    let (own, outbox) = handed_over(call, &desk, &task, own, wanted.owner.as_deref()).await?;
    write::<Task>(call, &desk, &task, own, Vec::new(), outbox).await
}

/// Refuses a time that is past.
pub(super) fn to_come(field: &str, at: Timestamp, now: Timestamp) -> Result<Timestamp, Problem> {
    if at > now { Ok(at) } else { Err(Problem::field(field, "must be a time to come")) }
}
