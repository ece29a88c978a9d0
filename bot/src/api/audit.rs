//! What was done, by whom, when and why; and its undoing.

use std::collections::{BTreeSet, HashMap};

use rapport_model::event::{Event, What};
use rapport_model::fields::{Type, field};
use rapport_model::reads::ReadWhat;
use rapport_model::{Actor, Change, Id, Kind, RecordRef, Timestamp, Value};
use rapport_storage::history::Entry;
use rapport_storage::pages;
use rapport_storage::undo::Refusal;
use rapport_storage::work::Work;
use serde_json::Value as Json;

use super::answer::Answer;
use super::call::Call;
use super::problem::{Problem, Sort};
use super::types::{Act, Cause, Changed, FieldChanged, Ref, Undone};
use super::view::numbers;

/// Whose acts can be looked for by their number.
const NUMBERED: &[Kind] = &[Kind::Customer, Kind::Company, Kind::Deal, Kind::Ticket, Kind::Task];

type Numbers = HashMap<RecordRef, Option<String>>;

pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let record = match call.text("record") {
        Some(text) => Some(call.meant("record", text, NUMBERED).await.map_err(Problem::malformed)?.record),
        None => None,
    };
    let actor = match call.text("actor") {
        Some(handle) => Some(Actor::User(call.colleague("actor", handle).map_err(Problem::malformed)?.id)),
        None => None,
    };
    let which = pages::Acts {
        actor,
        without: &[],
        record,
        since: call.time("since"),
        until: call.time("until"),
        before: call.place::<1>()?.map(|[before]| Id(before)),
        limit: call.limit() + 1,
    };
    page(call, &which).await
}

pub(super) async fn of_record(call: &Call, kind: Kind) -> Result<Answer, Problem> {
    let record = call.named(kind).await?.record;
    super::seen::saw(call, ReadWhat::History, record);
    let before = call.place::<1>()?.map(|[before]| Id(before));
    let which =
        pages::Acts { record: Some(record), before, limit: call.limit() + 1, ..pages::Acts::default() };
    page(call, &which).await
}

async fn page(call: &Call, which: &pages::Acts) -> Result<Answer, Problem> {
    let mut acts = call.store().acts(which).await?;
    let limit = call.limit() as usize;
    let is_more = acts.len() > limit;
    acts.truncate(limit);
    let last = acts.last().and_then(|act| act.first()).filter(|_| is_more).map(|entry| entry.act.id.0);
    let items = shown(call, &acts).await?;
    Ok(Answer::page(&items, last.map(|last| call.cursor(&[last]))))
}

async fn shown(call: &Call, acts: &[Vec<Entry>]) -> Result<Vec<Act>, Problem> {
    let entries = || acts.iter().flatten();
    let mut records = Vec::new();
    for change in entries().map(|entry| &entry.change) {
        records.push(change.record);
        for changed in &change.fields {
            let Some(Type::Ref(to)) = field(change.record.kind, &changed.field).map(|field| field.ty) else {
                continue;
            };
            let ids = [changed.before.id(), changed.after.id()];
            records.extend(ids.into_iter().flatten().map(|id| RecordRef::new(to, id)));
        }
    }
    let numbers: Numbers = numbers(&call.desk(), records).await?;
    let causes: BTreeSet<Id> = acts.iter().filter_map(|act| act.first()?.act.cause).collect();
    let mut events: HashMap<Id, Event> = HashMap::new();
    for cause in causes {
        events.extend(call.store().event(cause).await?.map(|event| (cause, event)));
    }
    let shown = acts.iter().filter_map(|act| {
        let first = act.first()?;
        let cause = first.act.cause.map(|id| {
            let event = events.get(&id).map(|event| &event.what);
            let token = match event {
                Some(What::Asked { token, .. }) => Some(*token),
                _ => None,
            };
            Cause { id, event: event.map(|what| what.name().to_owned()), token }
        });
        Some(Act {
            id: first.act.id,
            at: first.act.at,
            actor: actor(call, &first.act.actor),
            cause,
            undoes: first.act.undoes,
            undone_by: first.undone_by,
            changes: act.iter().map(|entry| changed(call, &numbers, &entry.change)).collect(),
        })
    });
    Ok(shown.collect())
}

fn actor(call: &Call, actor: &Actor) -> String {
    match actor {
        Actor::User(id) => {
            call.app.workflows.user(*id).map_or_else(|| actor.to_string(), |user| user.handle.clone())
        }
        _ => actor.to_string(),
    }
}

fn changed(call: &Call, numbers: &Numbers, change: &Change) -> Changed {
    let kind = change.record.kind;
    let fields = change.fields.iter().map(|changed| FieldChanged {
        field: changed.field.clone(),
        before: value(call, numbers, kind, &changed.field, &changed.before),
        after: value(call, numbers, kind, &changed.field, &changed.after),
    });
    Changed { record: named(numbers, change.record), op: change.op, fields: fields.collect() }
}

fn named(numbers: &Numbers, record: RecordRef) -> Ref {
    Ref { kind: record.kind, id: record.id, number: numbers.get(&record).cloned().flatten() }
}

/// A value as the API has it: colleagues by their short names, records as far as they are seen.
fn value(call: &Call, numbers: &Numbers, kind: Kind, name: &str, value: &Value) -> Json {
    let json = |value: &Value| serde_json::to_value(value).unwrap_or_default();
    match (field(kind, name).map(|field| field.ty), value) {
        (_, Value::Null) => Json::Null,
        (Some(Type::Time), value) => value.time().map_or(Json::Null, |at: Timestamp| at.to_string().into()),
        (Some(Type::Bool), value) => value.int().map_or(Json::Null, |yes| (yes != 0).into()),
        (Some(Type::Ref(Kind::User)), value) => {
            let user = value.id().and_then(|id| call.app.workflows.user(id));
            user.map_or(Json::Null, |user| user.handle.clone().into())
        }
        (Some(Type::Ref(to)), value) => {
            let to = value.id().map(|id| RecordRef::new(to, id));
            let to = to.filter(|to| numbers.contains_key(to)).map(|to| named(numbers, to));
            to.map_or(Json::Null, |to| to.number.unwrap_or_else(|| to.id.to_string()).into())
        }
        (_, value) => json(value),
    }
}

pub(super) async fn undo(call: &Call) -> Result<Answer, Problem> {
    let act = id(call)?;
    let entries = call.store().act_entries(act).await?;
    let desk = call.writing(None, None);
    match desk.store().undo(act, Actor::User(call.caller.user.id)).await? {
        Ok(_) => {}
        Err(refusal) => return Err(refused(call, refusal).await?),
    }
    // What shows it in chats changes with it.
    let changes: Vec<&Change> = entries.iter().map(|entry| &entry.change).collect();
    let looking = call.desk();
    let again = looking.cards_of(&changes, call.store().new_id()).await?;
    if !again.is_empty() {
        call.store().commit(vec![Work { outbox: again, ..Work::default() }]).await?;
    }
    looking.index().await?;
    undone(call, act).await
}

pub(super) async fn undo_again(call: &Call, _made: Id) -> Result<Answer, Problem> {
    undone(call, id(call)?).await
}

fn id(call: &Call) -> Result<Id, Problem> {
    call.ids.first().and_then(|id| id.parse().ok()).ok_or_else(|| Problem::not_found("act"))
}

async fn undone(call: &Call, act: Id) -> Result<Answer, Problem> {
    let entries = call.store().act_entries(act).await?;
    let records: BTreeSet<RecordRef> = entries.iter().map(|entry| entry.change.record).collect();
    let numbers = numbers(&call.desk(), records.iter().copied().collect()).await?;
    Ok(Answer::of(&Undone {
        act: entries.first().and_then(|entry| entry.undone_by),
        undoes: act,
        records: records.into_iter().map(|record| named(&numbers, record)).collect(),
    }))
}

async fn refused(call: &Call, refusal: Refusal) -> Result<Problem, Problem> {
    let of = async |record: RecordRef| -> Result<String, Problem> {
        let numbers = numbers(&call.desk(), vec![record]).await?;
        let number = numbers.get(&record).cloned().flatten();
        Ok(number.unwrap_or_else(|| format!("a {}", record.kind)))
    };
    let conflict = |what: String| Problem::new(Sort::Conflict, what);
    Ok(match refusal {
        Refusal::Nothing => Problem::not_found("act"),
        Refusal::AlreadyUndone => conflict("It was taken back already.".to_owned()),
        Refusal::Erased => {
            conflict("It is about somebody who was erased: that cannot be taken back.".to_owned())
        }
        Refusal::ChangedSince { record, field } => conflict(format!(
            "The field {field} of {} has changed since. Take that back first.",
            of(record).await?
        )),
        Refusal::NeededBy { record, by } => {
            let (record, by) = (of(record).await?, of(by).await?);
            conflict(format!("{by} was made for {record} since. Take that back first."))
        }
    })
}
