//! Wakes when a ticket comes close to a target, says so once, and plans when to look again.

use std::collections::HashMap;
use std::sync::Arc;

use rapport_model::event::{Deadline, Goal, Reached, What};
use rapport_model::job::{NewJob, Task};
use rapport_model::people::TicketStatus;
use rapport_model::time::{DAY, HOUR};
use rapport_model::{Id, Kind, Record, RecordRef, Timestamp};
use rapport_storage::courses::Course;
use rapport_storage::preferences::{HOUSE, Preference};
use rapport_storage::work::Work;

use super::{ServiceLevel, Standing, standings};
use crate::carry_out::ASK_RATING;
use crate::happen::Happened;
use crate::hours::Hours;
use crate::rules::Trigger;
use crate::{WorkflowError, Workflows};

/// How long after a ticket was closed that counts: who closed it by mistake has taken it back by then.
const SETTLED_AFTER: i64 = HOUR;
/// A customer is asked for a rating no more than once in this time.
const ASK_AGAIN_AFTER: i64 = 30 * DAY;
/// What has been over for longer is no news: it was taken over from elsewhere, or nothing was promised
/// then. Cards and lists tell it all the same.
const NEWS_FOR: i64 = 7 * DAY;
/// Under this name the house keeps by which levels and hours it last planned.
const PLANNED_BY: &str = "service_levels";

/// How a ticket stands towards the target that is next, or was missed first.
#[derive(Clone, Debug, PartialEq)]
pub struct NextDue {
    /// Towards the target.
    pub standing: Standing,
    /// How close that is; nothing while there is time.
    pub reached: Option<Reached>,
    /// How much business time is left, in microseconds.
    pub left: i64,
}

impl Workflows {
    /// Returns the hours in which a ticket is worked on.
    pub fn hours_of(&self, course: &Course) -> &Arc<Hours> {
        self.settings.hours.of(&course.mailbox, self.team_with(course))
    }

    /// Returns the level that holds for a ticket.
    pub fn level_of(&self, course: &Course) -> Option<ServiceLevel> {
        self.active_rules().level_of(course, self.team_with(course)).cloned()
    }

    fn team_with(&self, course: &Course) -> &str {
        course.owner.and_then(|owner| self.user(owner)).map_or("", |owner| owner.team.as_str())
    }

    /// Returns for each of these courses of open tickets what is due next; nothing for those for which
    /// nothing is promised.
    pub fn next_due(&self, courses: &[Course], now: Timestamp) -> HashMap<Id, NextDue> {
        let next = |course: &Course| {
            let level = self.level_of(course)?;
            let hours = self.hours_of(course);
            let open = standings(course, &level, hours).into_iter().filter(|s| s.met_at.is_none());
            let standing = open.min_by_key(|s| (s.due.is_none(), s.due, s.goal))?;
            let next = NextDue { standing, reached: standing.reached(now), left: standing.left(now, hours) };
            Some((course.ticket, next))
        };
        courses.iter().filter_map(next).collect()
    }

    /// Plans to look at all open tickets again where levels or hours are not those by which that was
    /// planned.
    pub(crate) async fn plan_clocks(&self, known: &[Preference]) -> Result<(), WorkflowError> {
        let by = format!("{:?} {:?}", self.rules.levels, self.settings.hours);
        let by = fingerprint(&by);
        if known.iter().any(|p| p.user == HOUSE && p.name == PLANNED_BY && p.value == by) {
            return Ok(());
        }
        self.look_at_all_clocks().await?;
        self.store.prefer(HOUSE, PLANNED_BY, Some(&by)).await?;
        Ok(())
    }

    /// Plans to look at all open tickets now.
    pub(crate) async fn look_at_all_clocks(&self) -> Result<(), WorkflowError> {
        let now = self.store.clock().now();
        let jobs = self.store.open_tickets().await?.into_iter().map(|ticket| clock(ticket, now)).collect();
        self.store.commit(vec![Work { jobs, ..Work::default() }]).await?;
        Ok(())
    }

    /// Looks at the clocks of a ticket.
    pub(crate) async fn look_at_clock(
        &self,
        ticket: Id,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        self.refresh().await?;
        let rules = self.active_rules();
        let asks = rules.reacts_to(Trigger::TicketClosed);
        if rules.levels.is_empty() && !asks {
            return Ok(());
        }
        let Some(course) = self.store.courses(&[ticket]).await?.pop() else { return Ok(()) };
        let said = self.store.events_about(RecordRef::new(Kind::Ticket, ticket)).await?;
        let mut news = Vec::new();
        if course.status == TicketStatus::Closed {
            let closed_at = course.closed_at.unwrap_or(now);
            let is_said =
                said.iter().any(|e| matches!(e.what, What::TicketClosed { at, .. } if at == closed_at));
            let counts_at = closed_at.plus(SETTLED_AFTER);
            if asks && !is_said && now < counts_at {
                work.jobs.push(clock(ticket, counts_at));
            } else if asks && !is_said && now.since(closed_at) <= rules.max_age {
                news.push(What::TicketClosed { ticket, at: closed_at });
            }
        } else if let Some(level) = self.level_of(&course) {
            let told = |goal: Goal, reached: Reached| {
                said.iter().any(|event| {
                    matches!(&event.what, What::ServiceLevel(d) if d.goal == goal && d.reached >= reached)
                })
            };
            for standing in standings(&course, &level, self.hours_of(&course)) {
                let Some(due) = standing.due.filter(|_| standing.met_at.is_none()) else { continue };
                if now.since(due) > NEWS_FOR {
                    continue;
                }
                let next =
                    [standing.warn_at, standing.due].into_iter().flatten().filter(|at| *at > now).min();
                work.jobs.extend(next.map(|at| clock(ticket, at)));
                let Some(reached) = standing.reached(now).filter(|reached| !told(standing.goal, *reached))
                else {
                    continue;
                };
                let (name, goal) = (level.name.clone(), standing.goal);
                news.push(What::ServiceLevel(Deadline { ticket, name, goal, reached, due }));
            }
        }
        for what in news {
            self.tell_of_ticket(&course, what, now, work).await?;
        }
        Ok(())
    }

    /// Lets the rules react to what became of a ticket.
    async fn tell_of_ticket(
        &self,
        course: &Course,
        what: What,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<(), WorkflowError> {
        let about = RecordRef::new(Kind::Ticket, course.ticket);
        let Some(ticket) = self.store.record(about).await? else { return Ok(()) };
        let may_ask = matches!(what, What::TicketClosed { .. }) && self.may_ask(course, now).await?;
        let happened = Happened { record: &ticket, what, cause: None, depth: 0, may_ask };
        self.happened(happened, true, now, work).await
    }

    /// Tells whether a customer may be asked how they found what was done about a ticket: somebody did
    /// something about it, and they were not asked of late.
    async fn may_ask(&self, course: &Course, now: Timestamp) -> Result<bool, WorkflowError> {
        let Some(customer) = course.customer.filter(|_| course.answered_at.is_some()) else {
            return Ok(false);
        };
        let since = now.plus(-ASK_AGAIN_AFTER);
        Ok(!self.store.was_written_since(customer, ASK_RATING, since).await?)
    }
}

/// Returns a short name of a text (FNV-1a): the same in every process and version of the compiler.
pub(crate) fn fingerprint(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// Makes the job that looks at a ticket at a time.
pub(crate) fn clock(ticket: Id, at: Timestamp) -> NewJob {
    NewJob {
        task: Task::Clock { ticket },
        run_at: at,
        idempotency_key: Some(format!("clock/{ticket}/{}", at.micros())),
        correlation: None,
        lane: Some(ticket),
    }
}

/// Returns the number of a record and what it is called.
pub(crate) fn titled(record: &Record) -> String {
    let name = if record.record.kind == Kind::Customer { "name" } else { "title" };
    format!("{} {}", record.short(), record.text(name))
}
