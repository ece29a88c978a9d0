//! How well the house kept what it promised in a period.

use std::collections::BTreeMap;

use rapport_model::people::TicketStatus;
use rapport_model::{Id, Timestamp};
use rapport_storage::Store;
use rapport_storage::courses::Course;

use super::clock::{elapsed, standings};
use super::{Pause, ServiceLevel};
use crate::hours::Hours;
use crate::{WorkflowError, Workflows};

/// Lengths of business time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lengths {
    /// How many.
    pub n: usize,
    /// Half of them are at most so long, in microseconds; 0 without any.
    pub p50: i64,
    /// Nine tenths of them are at most so long, in microseconds; 0 without any.
    pub p90: i64,
}

impl Lengths {
    fn of(mut lengths: Vec<i64>) -> Self {
        lengths.sort_unstable();
        // The nearest rank: the least length that so many are not longer than.
        let at = |share: f64| lengths.get((lengths.len() as f64 * share).ceil() as usize - 1);
        match lengths.len() {
            0 => Self::default(),
            n => Self { n, p50: at(0.5).copied().unwrap_or(0), p90: at(0.9).copied().unwrap_or(0) },
        }
    }
}

/// How well tickets were looked after in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Efficiency {
    /// Targets that were met or missed in the period.
    pub due: usize,
    /// Those of them that were met in time.
    pub kept: usize,
    /// How long customers waited for the first answer by a person, of tickets that got it in the period.
    pub response: Lengths,
    /// How long tickets took that were settled in the period, without pauses.
    pub resolution: Lengths,
    /// Tickets that were settled in the period and still are.
    pub closed: usize,
    /// Those of them that had been opened again before.
    pub reopened: usize,
}

impl Efficiency {
    /// Returns the share of targets that were met in time, in 0..=1; nothing where none was due.
    pub fn kept_share(&self) -> Option<f64> {
        (self.due > 0).then(|| self.kept as f64 / self.due as f64)
    }

    /// Returns the share of settled tickets that had been opened again, in 0..=1.
    pub fn reopened_share(&self) -> Option<f64> {
        (self.closed > 0).then(|| self.reopened as f64 / self.closed as f64)
    }
}

/// Returns how well tickets were looked after in `from..to`, as things stand at `now`; pure. With each
/// course come the hours of its team and its service level, if one holds.
pub fn efficiency<'a>(
    courses: impl IntoIterator<Item = (&'a Course, &'a Hours, Option<&'a ServiceLevel>)>,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Efficiency {
    let within = |at: Timestamp| from <= at && at < to;
    let (mut found, mut responses, mut resolutions) = (Efficiency::default(), Vec::new(), Vec::new());
    for (course, hours, level) in courses {
        let pause = level.map_or(Pause::ALL, |level| level.pause.as_slice());
        if let Some(answered) = course.answered_at.filter(|at| within(*at)) {
            responses.push(elapsed(course, pause, hours, answered));
        }
        let closed_at = course.closed_at.filter(|_| course.status == TicketStatus::Closed);
        if let Some(closed) = closed_at.filter(|at| within(*at)) {
            resolutions.push(elapsed(course, pause, hours, closed));
            found.closed += 1;
            found.reopened += usize::from(course.reopened > 0);
        }
        for standing in level.map_or_else(Vec::new, |level| standings(course, level, hours)) {
            // A target counts once, when it is met or when its time is over.
            let settled_at = [standing.met_at, standing.due].into_iter().flatten().min();
            if settled_at.is_some_and(within)
                && let Some(kept) = standing.is_kept(now)
            {
                found.due += 1;
                found.kept += usize::from(kept);
            }
        }
    }
    (found.response, found.resolution) = (Lengths::of(responses), Lengths::of(resolutions));
    found
}

impl Workflows {
    /// Returns how well the tickets that `store` shows were looked after in `from..to`: of all, and of each
    /// colleague who looks after some.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn efficiency(
        &self,
        store: &Store,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(Efficiency, BTreeMap<Id, Efficiency>), WorkflowError> {
        let now = store.clock().now();
        let courses = store.courses(&store.tickets_in(from, to).await?).await?;
        let with: Vec<_> =
            courses.iter().map(|course| (course, self.hours_of(course), self.level_of(course))).collect();
        let of = |owner: Option<Id>| {
            let theirs = with.iter().filter(|(course, ..)| owner.is_none() || course.owner == owner);
            let theirs = theirs.map(|(course, hours, level)| (*course, hours.as_ref(), level.as_ref()));
            efficiency(theirs, (from, to), now)
        };
        let mut owners: Vec<Id> = courses.iter().filter_map(|course| course.owner).collect();
        owners.sort_unstable();
        owners.dedup();
        Ok((of(None), owners.into_iter().map(|owner| (owner, of(Some(owner)))).collect()))
    }
}
