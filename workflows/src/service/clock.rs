//! How much of a ticket's time has passed; pure.

use rapport_model::Timestamp;
use rapport_model::event::{Goal, Reached};
use rapport_model::people::TicketStatus;
use rapport_storage::courses::{Course, Turn};

use super::{Pause, ServiceLevel};
use crate::hours::{BusinessSpan, Hours};

/// How a ticket stands towards one target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Which target.
    pub goal: Goal,
    /// How much business time it has, in microseconds.
    pub target: i64,
    /// How much of it has passed.
    pub elapsed: i64,
    /// When the target was met.
    pub met_at: Option<Timestamp>,
    /// When it warns: in the past, or to come if nothing stops the clock until then.
    pub warn_at: Option<Timestamp>,
    /// When the time is over, likewise.
    pub due: Option<Timestamp>,
    /// Whether the clock stands.
    pub paused: bool,
}

impl Standing {
    /// Returns what was reached by `now`, unless the target was met.
    pub fn reached(&self, now: Timestamp) -> Option<Reached> {
        let is_past = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        match self.met_at {
            Some(_) => None,
            None if is_past(self.due) => Some(Reached::Breached),
            None if is_past(self.warn_at) => Some(Reached::Warned),
            None => None,
        }
    }

    /// Tells whether the time was enough; nothing while that is open.
    pub fn is_kept(&self, now: Timestamp) -> Option<bool> {
        match self.met_at {
            Some(_) => Some(self.elapsed <= self.target),
            None => (self.reached(now) == Some(Reached::Breached)).then_some(false),
        }
    }
}

/// A stretch of a ticket's life in which its clock ran or stood.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    from: Timestamp,
    /// Until when; the last one goes on.
    to: Option<Timestamp>,
    runs: bool,
}

/// Returns how a ticket stands towards the targets of its level, by the hours of its team.
pub fn standings(course: &Course, level: &ServiceLevel, hours: &Hours) -> Vec<Standing> {
    let stretches = stretches(course, &level.pause);
    let is_closed = course.status == TicketStatus::Closed;
    let closed_at = course.closed_at.filter(|_| is_closed);
    // Who closes a ticket without an answer ends the wait for one.
    let first_closed = course.turns.iter().find(|(_, turn)| *turn == Turn::Status(TicketStatus::Closed));
    let answered = [course.answered_at, first_closed.map(|(at, _)| *at)].into_iter().flatten().min();
    let goals = [
        (Goal::FirstResponse, level.first_response, answered),
        (Goal::Resolution, level.resolution, closed_at),
    ];
    let of = |(goal, target, met_at): (Goal, Option<BusinessSpan>, Option<Timestamp>)| {
        let target = target?.micros(hours);
        Some(stand(&stretches, (goal, target, met_at), level.warn, hours))
    };
    goals.into_iter().filter_map(of).collect()
}

fn stand(
    stretches: &[Stretch],
    (goal, target, met_at): (Goal, i64, Option<Timestamp>),
    warn: f64,
    hours: &Hours,
) -> Standing {
    let warning = (target as f64 * warn) as i64;
    let paused = met_at.is_none() && stretches.last().is_some_and(|last| !last.runs);
    let mut standing = Standing { goal, target, elapsed: 0, met_at, warn_at: None, due: None, paused };
    for stretch in stretches.iter().filter(|stretch| stretch.runs) {
        let to = match (stretch.to, met_at) {
            (Some(to), Some(met)) => Some(to.min(met)),
            (to, met) => to.or(met),
        };
        if to.is_some_and(|to| to <= stretch.from) {
            continue;
        }
        // When so much has passed altogether, if that is within this stretch.
        let when = |span: i64| {
            let at = hours.add(stretch.from, span - standing.elapsed)?;
            to.is_none_or(|to| at <= to).then_some(at)
        };
        standing.warn_at = standing.warn_at.or_else(|| when(warning));
        standing.due = standing.due.or_else(|| when(target));
        if let Some(to) = to {
            standing.elapsed += hours.between(stretch.from, to);
        }
    }
    standing
}

impl Standing {
    /// Returns how much business time is left, or was left when the target was met, in microseconds; less
    /// than nothing when it is over.
    pub fn left(&self, now: Timestamp, hours: &Hours) -> i64 {
        match self.due.filter(|_| self.met_at.is_none()) {
            Some(due) if due >= now => hours.between(now, due),
            Some(due) => -hours.between(due, now),
            None => self.target - self.elapsed,
        }
    }
}

/// Returns the stretches of a ticket's life, in their order and without gaps.
fn stretches(course: &Course, pause: &[Pause]) -> Vec<Stretch> {
    let mut status = TicketStatus::Open;
    let mut snoozed_until: Option<Timestamp> = None;
    let mut from = course.opened_at;
    let mut found: Vec<Stretch> = Vec::new();
    let mut put = |from: Timestamp, to: Option<Timestamp>, runs: bool| match found.last_mut() {
        Some(last) if last.runs == runs => last.to = to,
        _ => found.push(Stretch { from, to, runs }),
    };
    let ends = course.turns.iter().map(|(at, turn)| (Some(*at), Some(*turn))).chain([(None, None)]);
    for (at, turn) in ends {
        // A clock that was set back must not let time run backwards.
        let to = at.map(|at| at.max(from));
        let stands = match status {
            TicketStatus::Open => false,
            TicketStatus::Pending => pause.contains(&Pause::Pending),
            TicketStatus::Closed => true,
        };
        let until = snoozed_until.filter(|until| pause.contains(&Pause::Snoozed) && *until > from && !stands);
        match until {
            // Out of sight at first, then back again.
            Some(until) if to.is_none_or(|to| until < to) => {
                put(from, Some(until), false);
                put(until, to, true);
            }
            Some(_) => put(from, to, false),
            None if to != Some(from) => put(from, to, !stands),
            None => {}
        }
        from = to.unwrap_or(from);
        match turn {
            Some(Turn::Status(now)) => status = now,
            Some(Turn::Snoozed(until)) => snoozed_until = until,
            Some(Turn::Wrote) => snoozed_until = None,
            None => {}
        }
    }
    found
}

/// Returns how much business time a ticket's clock ran until an instant, in microseconds.
pub(super) fn elapsed(course: &Course, pause: &[Pause], hours: &Hours, until: Timestamp) -> i64 {
    let runs = stretches(course, pause).into_iter().filter(|stretch| stretch.runs);
    runs.map(|stretch| hours.between(stretch.from, stretch.to.map_or(until, |to| to.min(until)))).sum()
}
