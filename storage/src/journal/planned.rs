//! What changes plan, whoever made them: that deadlines are looked at, that a task or a privacy request is told
//! of, and that a campaign is carried out.

use std::collections::BTreeSet;

use rapport_model::campaign::CampaignState;
use rapport_model::job::{NewJob, Task};
use rapport_model::time::{DAY, SECOND};
use rapport_model::{Act, Actor, Change, Id, Kind, Op, RecordRef, Timestamp, Value};

/// How much later a ticket's deadlines are looked at than it was changed: what is done meanwhile is
/// looked at together.
const CLOCK_AFTER: i64 = SECOND;

/// How much later than a change what follows from it is done: who made it by mistake has taken it back.
const REACT_AFTER: i64 = 10 * SECOND;

/// What of a ticket moves its deadlines.
const CLOCK_FIELDS: &[&str] = &["status", "priority", "snoozed_until", "owner", "customer", "opened_at"];

/// What is watched: fields of kinds of records; the field `""` is that one is made.
pub(crate) type Watched = BTreeSet<(Kind, String)>;

/// Returns the jobs that acts plan.
pub(super) fn planned(acts: &[(Act, Vec<Change>)], watched: &Watched, now: Timestamp) -> Vec<NewJob> {
    let mut jobs = Vec::new();
    for (act, changes) in acts {
        let told: BTreeSet<RecordRef> = (changes.iter())
            .filter(|change| !is_quiet(act) && is_watched(change, watched))
            .map(|change| change.record)
            .collect();
        jobs.extend(told.into_iter().map(|record| NewJob {
            task: Task::React { act: act.id, record },
            run_at: now.plus(REACT_AFTER),
            idempotency_key: Some(format!("react/{}/{}", act.id, record.id)),
            correlation: None,
            lane: Some(record.id),
        }));
        let clocks: BTreeSet<Id> =
            changes.iter().filter(|c| moves_deadlines(c)).map(|c| c.record.id).collect();
        jobs.extend(clocks.into_iter().map(|ticket| NewJob {
            task: Task::Clock { ticket },
            run_at: now.plus(CLOCK_AFTER),
            idempotency_key: Some(format!("clock/{ticket}/{}", act.id)),
            correlation: None,
            lane: Some(ticket),
        }));
        // Whether a task is still due then is looked at then: it may be moved, done, or taken away.
        let due = |change: &Change| change.after("due").and_then(Value::time).filter(|due| *due > now);
        let tasks = changes.iter().filter(|change| change.record.kind == Kind::Task);
        jobs.extend(tasks.filter_map(|change| Some((change.record.id, due(change)?))).map(|(task, due)| {
            NewJob {
                task: Task::Remind { task },
                run_at: due,
                idempotency_key: Some(format!("due/{task}/{}", due.micros())),
                correlation: None,
                lane: None,
            }
        }));
        // A request is looked at a week and a day before it is to be answered, and then.
        let requests = changes.iter().filter(|change| change.record.kind == Kind::PrivacyRequest);
        let requests = requests.filter_map(|change| Some((change.record.id, due(change)?)));
        let times = requests.flat_map(|(id, due)| [7, 1, 0].map(|days| (id, due.plus(-days * DAY))));
        jobs.extend(times.filter(|(_, at)| *at > now).map(|(request, at)| NewJob {
            task: Task::Request { request },
            run_at: at,
            idempotency_key: Some(format!("request/{request}/{}", at.micros())),
            correlation: None,
            lane: None,
        }));
        let goes_on = |change: &&Change| {
            let state = change.after("state").and_then(Value::text);
            change.record.kind == Kind::Campaign && state == Some(CampaignState::Running.name())
        };
        jobs.extend(changes.iter().filter(goes_on).map(|change| NewJob {
            task: Task::Enlist { campaign: change.record.id, run: act.id, after: Id(0) },
            run_at: now,
            idempotency_key: Some(format!("campaign/{}/{}", change.record.id, act.id)),
            correlation: Some(change.record.id),
            lane: None,
        }));
    }
    jobs
}

/// Tells whether nothing follows from what an act does: who takes something back, or brings in a table,
/// wants nothing to follow.
fn is_quiet(act: &Act) -> bool {
    act.undoes.is_some() || matches!(&act.actor, Actor::Service(part) if part == "import")
}

fn is_watched(change: &Change, watched: &Watched) -> bool {
    let is = |field: &str| watched.contains(&(change.record.kind, field.to_owned()));
    match change.op {
        _ if watched.is_empty() => false,
        Op::Create => is(""),
        Op::Update => change.fields.iter().any(|f| is(&f.field)),
        Op::Delete | Op::Restore | Op::Erase => false,
    }
}

/// Tells whether a change moves the deadlines of a ticket.
fn moves_deadlines(change: &Change) -> bool {
    let moves = match change.op {
        Op::Create | Op::Restore => true,
        Op::Update => change.fields.iter().any(|f| CLOCK_FIELDS.contains(&f.field.as_str())),
        Op::Delete | Op::Erase => false,
    };
    change.record.kind == Kind::Ticket && !change.is_empty() && moves
}
