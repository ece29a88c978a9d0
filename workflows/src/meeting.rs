//! Meetings that customers propose by mail (RFC 5546): an invitation becomes a task, a newer one
//! changes it, our answer settles it, and one that is called off is told.
//!
//! A calendar program may have written the mail, so that it starts nothing else; that somebody wants
//! to meet is a person's doing all the same.

use std::collections::HashMap;

use rapport_model::message::{Attendance, Calendar, CalendarMethod, Direction, PartyRole, Trust};
use rapport_model::time::{DAY, HOUR, MINUTE};
use rapport_model::{Change, Id, Kind, RecordRef, Timestamp};
use rapport_prompts::{NoticeContext, format};
use rapport_storage::facts::Known;
use rapport_storage::messages::Loaded;
use rapport_storage::records::Filter;
use rapport_storage::work::Work;

use crate::{WorkflowError, Workflows};

/// Open tasks of a customer among which a meeting's is looked for.
const TASKS_MAX: u32 = 50;

/// The task that stands for a meeting.
#[derive(Clone, Debug)]
struct Proposal {
    task: RecordRef,
    title: String,
    due: Option<Timestamp>,
    owner: Option<Id>,
    message: Id,
    sequence: u32,
}

/// Names a meeting: its customer, its name in calendars, and which one it is of a series.
type Name = (Id, String, Option<Timestamp>);

fn name_of(customer: Id, meeting: &Calendar) -> Name {
    (customer, meeting.uid.clone(), meeting.occurrence)
}

/// The meetings that messages of a batch are about.
#[derive(Debug, Default)]
pub(crate) struct Meetings {
    open: HashMap<Name, Proposal>,
    /// The messages that may speak for their meetings: whoever invites wrote them, or we answered.
    heard: Vec<Id>,
}

/// What a mail about a meeting leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Propose,
    Change,
    CallOff,
    Settle(Attendance),
}

/// So long before a meeting its task comes up.
const REMIND_BEFORE: i64 = 15 * MINUTE;

/// Decides what a mail about a meeting leads to; pure. `known` is the number of changes of the meeting
/// that a task stands for already.
fn step(message: &Loaded, meeting: &Calendar, known: Option<u32>, now: Timestamp) -> Option<Step> {
    let proven = message.trust.is_none_or(|trust| trust == Trust::Pass);
    let is_over = meeting.start.is_some_and(|start| start <= now);
    if message.direction == Direction::Out {
        // Written here, or in a mail program and read from the folder of what was sent.
        let answer = (meeting.method == CalendarMethod::Reply).then(|| meeting.attendees.first())??;
        return known.map(|_| Step::Settle(answer.status));
    }
    match (meeting.method, known) {
        // Whom nobody vouches for may propose, but not change what somebody else proposed.
        (CalendarMethod::Request, None) if !is_over && may_propose(message) => Some(Step::Propose),
        (CalendarMethod::Request, Some(sequence)) if proven && meeting.sequence > sequence => {
            Some(Step::Change)
        }
        (CalendarMethod::Cancel, Some(sequence)) if proven && meeting.sequence >= sequence => {
            Some(Step::CallOff)
        }
        _ => None,
    }
}

fn may_propose(message: &Loaded) -> bool {
    message.trust != Some(Trust::Fail)
}

/// Returns when a meeting wants its answer: within a day, and an hour before it begins at the latest.
fn answer_by(meeting: &Calendar, now: Timestamp) -> Timestamp {
    let soon = now.plus(DAY);
    meeting.start.map_or(soon, |start| soon.min(start.plus(-HOUR)).max(now))
}

impl Workflows {
    /// Loads what is known of the meetings that these messages are about.
    pub(crate) async fn meetings(&self, messages: &[Loaded]) -> Result<Meetings, WorkflowError> {
        let mut meetings = Meetings::default();
        for message in messages.iter().filter(|m| !m.history) {
            let (Some(meeting), Some(customer)) = (&message.calendar, message.customer) else { continue };
            if message.direction == Direction::In {
                let parties = self.store.parties(message.id).await?;
                let author = parties.iter().find(|party| party.role == PartyRole::From);
                if author.is_none_or(|a| meeting.organizer.as_ref().is_some_and(|o| *o != a.address)) {
                    continue;
                }
            }
            meetings.heard.push(message.id);
            let filter = Filter {
                equal: vec![("customer", customer.into()), ("done_at", None::<Timestamp>.into())],
                limit: TASKS_MAX,
                ..Filter::default()
            };
            // The oldest comes first: a rule or a colleague may make a further task of a mail about a
            // meeting that has its own.
            let mut tasks = self.store.list(Kind::Task, &filter).await?;
            tasks.sort_unstable_by_key(|task| task.record.id);
            let ids: Vec<Id> = tasks.iter().filter_map(|task| task.get("message").id()).collect();
            let earlier: HashMap<Id, Loaded> =
                self.store.messages(&ids).await?.into_iter().map(|earlier| (earlier.id, earlier)).collect();
            for task in &tasks {
                let Some(earlier) = task.get("message").id().and_then(|id| earlier.get(&id)) else {
                    continue;
                };
                // Whom nobody vouches for has proposed nothing: another made that task.
                let Some(about) = earlier.calendar.as_ref().filter(|_| may_propose(earlier)) else {
                    continue;
                };
                let proposal = Proposal {
                    task: task.record,
                    title: task.text("title").to_owned(),
                    due: task.get("due").time(),
                    owner: task.get("owner").id(),
                    message: earlier.id,
                    sequence: about.sequence,
                };
                meetings.open.entry(name_of(customer, about)).or_insert(proposal);
            }
        }
        Ok(meetings)
    }

    /// Does what a mail about a meeting leads to.
    pub(crate) fn meet(
        &self,
        message: &Loaded,
        known: &mut Known,
        meetings: &mut Meetings,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let (Some(meeting), Some(customer)) = (&message.calendar, message.customer) else { return Ok(()) };
        if !meetings.heard.contains(&message.id) {
            return Ok(());
        }
        let name = name_of(customer, meeting);
        let before = meetings.open.get(&name).cloned();
        let step = step(message, meeting, before.as_ref().map(|b| b.sequence), now);
        let has_task = match step {
            // An older or second copy of an invitation: its task is there already. One that is newer, and
            // changes nothing because nobody vouches for it, is for the rules as any other mail.
            None => {
                let known = before.as_ref().is_some_and(|known| meeting.sequence <= known.sequence);
                known && meeting.method == CalendarMethod::Request
            }
            Some(step) => !matches!(step, Step::CallOff | Step::Settle(_)),
        };
        if let Some(thread) = known.threads.get_mut(&message.thread) {
            // What the rules would make of the same mail is made.
            thread.open_task |= has_task;
        }
        let Some(step) = step else { return Ok(()) };
        let title = self.proposed(meeting);
        let owner = known.customers.get(&customer).and_then(|c| c.owner);
        let change = match &before {
            None => {
                let task = RecordRef::new(Kind::Task, self.store.new_id());
                let due = answer_by(meeting, now);
                let after = Proposal {
                    task,
                    title: title.clone(),
                    due: Some(due),
                    owner,
                    message: message.id,
                    sequence: meeting.sequence,
                };
                meetings.open.insert(name, after);
                Change::create(task)
                    .with("title", title)
                    .with("due", due)
                    .with("owner", owner)
                    .with("customer", customer)
                    .with("thread", message.thread)
                    .with("message", message.id)
            }
            Some(before) if step == Step::CallOff => {
                meetings.open.remove(&name);
                let text = self.prompts().task_meeting_off(self.settings.language, &meeting.summary);
                Change::update(before.task).set("title", before.title.as_str(), text).set(
                    "done_at",
                    None::<Timestamp>,
                    now,
                )
            }
            Some(before) if matches!(step, Step::Settle(_)) => {
                let remind = meeting.start.map(|start| start.plus(-REMIND_BEFORE)).filter(|at| *at > now);
                match (step, remind) {
                    // Who comes is reminded.
                    (Step::Settle(Attendance::Accepted), Some(at)) => {
                        meetings.open.insert(name, Proposal { due: Some(at), ..before.clone() });
                        Change::update(before.task).set("due", before.due, at)
                    }
                    // Who may come has yet to say so.
                    (Step::Settle(Attendance::Tentative), Some(_)) => return Ok(()),
                    _ => {
                        meetings.open.remove(&name);
                        Change::update(before.task).set("done_at", None::<Timestamp>, now)
                    }
                }
            }
            Some(before) => {
                let due = answer_by(meeting, now);
                let after = Proposal {
                    title: title.clone(),
                    due: Some(due),
                    message: message.id,
                    sequence: meeting.sequence,
                    ..before.clone()
                };
                meetings.open.insert(name, after);
                Change::update(before.task)
                    .set("title", before.title.as_str(), title)
                    .set("due", before.due, due)
                    .set("message", before.message, message.id)
            }
        };
        work.acts.push((self.store.act("meeting"), vec![change]));
        if let Some(before) = before.filter(|_| !matches!(step, Step::Settle(_))) {
            self.tell_moved(message, meeting, step, before.owner.or(owner), work)?;
        }
        Ok(())
    }

    /// Says in a line what is proposed, and when, by the clocks of the house.
    fn proposed(&self, meeting: &Calendar) -> String {
        let (prompts, language) = (self.prompts(), self.settings.language);
        let time = format::meeting_of(language, meeting, self.settings.zone).unwrap_or_default();
        prompts.task_meeting_proposed(language, &meeting.summary, &time)
    }

    /// Tells whoever looks after it that a meeting was moved or called off.
    fn tell_moved(
        &self,
        message: &Loaded,
        meeting: &Calendar,
        step: Step,
        owner: Option<Id>,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let readers = match owner.and_then(|id| self.user(id)) {
            Some(owner) => vec![owner],
            None => self.unowned(&message.account),
        };
        let text = if step == Step::CallOff { "alert_meeting_off" } else { "alert_meeting_moved" };
        let now_at = self.proposed(meeting);
        let context =
            NoticeContext { subject: &meeting.summary, excerpt: &now_at, ..NoticeContext::default() };
        let about = message.customer.map(|id| RecordRef::new(Kind::Customer, id));
        let key = format!("notice/{text}/{}", message.id);
        work.outbox.extend(self.notices(&readers, text, &context, about, &key)?);
        Ok(())
    }
}
