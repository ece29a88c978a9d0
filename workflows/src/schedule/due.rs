//! Which planned runs to make now, after a moment or after a month of downtime.

use chrono_tz::Tz;
use rapport_model::Timestamp;
use rapport_model::time::MINUTE;

use super::CronSchedule;

/// What to do about runs that were planned while nobody was there to make them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissedRuns {
    /// Leave them out.
    Skip,
    /// Make the latest of them, once.
    #[default]
    Once,
    /// Make all of them, but not more than the latest so many.
    All(usize),
}

/// What is to be done for a schedule at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The planned times to run for now, oldest first. With the schedule's name each makes the key
    /// by which two processes make the same run once.
    pub run: Vec<Timestamp>,
    /// The next planned time after now.
    pub next: Option<Timestamp>,
}

/// How late a run may be without having been missed: a process polls now and then.
const ON_TIME: i64 = 5 * MINUTE;

/// Returns what to run for a schedule whose last planned time that was dealt with is
/// `last_planned`. A new schedule passes the time at which it was made.
pub fn due(
    schedule: &CronSchedule,
    zone: Tz,
    last_planned: Timestamp,
    now: Timestamp,
    missed: MissedRuns,
) -> Due {
    let (since, n_max) = match missed {
        MissedRuns::Skip => (last_planned.max(now.plus(-ON_TIME - 1)), 1),
        MissedRuns::Once => (last_planned, 1),
        MissedRuns::All(max) => (last_planned, max),
    };
    let earlier = |t: &Timestamp| schedule.last(since, t.plus(-1), zone);
    let mut run: Vec<_> =
        std::iter::successors(schedule.last(since, now, zone), earlier).take(n_max).collect();
    run.reverse();
    // A clock that was set back must not plan again what was dealt with.
    Due { run, next: schedule.next(now.max(last_planned), zone) }
}
