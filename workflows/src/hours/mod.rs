//! Business time: when a team works, and how much of that lies between two instants.
//!
//! An interval is what clocks on the wall show, and its length is what really passes: it opens when
//! the clocks of its zone first show its beginning (after a gap: the first instant that exists) and
//! closes when they first show its end, as [`first_instant`] has it. So a night shift over the
//! autumn change is an hour longer. An interval belongs to the day on which it begins: a holiday
//! leaves the night before it alone.
//!
//! Nothing here loops without end: a calendar that is closed for more than [`CLOSED_DAYS_MAX`] days
//! on end is refused when it is made, and arithmetic looks at no more than [`DAYS_MAX`] days.
//! Nothing here reads a clock or a file.

mod read;
mod span;
#[cfg(test)]
mod tests;
mod whose;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use rapport_model::Timestamp;
use rapport_model::time::{DAY, MINUTE};

use crate::schedule::first_instant;
pub use read::{Daily, HoursError};
pub use span::BusinessSpan;
pub use whose::HouseHours;

/// A calendar must open again after at most so many days.
pub const CLOSED_DAYS_MAX: i64 = 366;

/// Arithmetic looks at no more days than these: twenty years.
pub const DAYS_MAX: usize = 20 * 366;

/// Minutes of a day.
const DAY_MINUTES: u32 = 24 * 60;

/// A stretch of one day's local time, in minutes after its midnight: `from` before 24:00, `to` after
/// `from` and at most a day later, so perhaps on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Interval {
    from: u32,
    to: u32,
}

/// The hours in which a team works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    zone: Tz,
    /// By weekday from Monday; each day's in their order and apart.
    week: [Vec<Interval>; 7],
    /// What holds on single days in place of their weekday's and of a holiday.
    dates: BTreeMap<NaiveDate, Vec<Interval>>,
    holidays: BTreeSet<NaiveDate>,
}

impl Hours {
    /// Returns the hours of who always works; days begin by the clocks of `zone`.
    pub fn always(zone: Tz) -> Self {
        let week = std::array::from_fn(|_| vec![Interval { from: 0, to: DAY_MINUTES }]);
        Self { zone, week, dates: BTreeMap::new(), holidays: BTreeSet::new() }
    }

    /// Makes hours of what people wrote for each day or date, and of days on which nobody works.
    ///
    /// # Errors
    /// What is written is not understood, or there is never an hour to work.
    pub fn new<'a>(
        zone: Tz,
        days: impl IntoIterator<Item = (&'a str, &'a [String])>,
        holidays: BTreeSet<NaiveDate>,
    ) -> Result<Self, HoursError> {
        let (week, dates) = read::days(days)?;
        let hours = Self { zone, week, dates, holidays };
        hours.opens_again()?;
        Ok(hours)
    }

    /// Returns the zone by whose clocks they are meant.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Returns the same hours by the clocks of another zone.
    #[must_use]
    pub fn in_zone(&self, zone: Tz) -> Self {
        Self { zone, ..self.clone() }
    }

    /// Tells whether somebody works at that instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.spans(at).next().is_some_and(|(from, _)| from <= at)
    }

    /// Returns `at` if somebody works then, else when they next begin; nothing beyond what can be
    /// dated.
    pub fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        self.spans(at).next().map(|(from, _)| from.max(at))
    }

    /// Returns when `span` microseconds of business time have passed since `at`: the earliest such
    /// instant, so the end of a day rather than the beginning of the next. With nothing to pass it
    /// is `at`.
    ///
    /// Nothing when it lies more than [`DAYS_MAX`] days ahead.
    pub fn add(&self, at: Timestamp, span: i64) -> Option<Timestamp> {
        let mut left = span;
        if left <= 0 {
            return Some(at);
        }
        for (from, to) in self.spans(at) {
            let from = from.max(at);
            let length = to.since(from);
            if length >= left {
                return Some(from.plus(left));
            }
            left -= length;
        }
        None
    }

    /// Returns the microseconds of business time from `from` to `to`; 0 if `to` is not later. Only
    /// the first [`DAYS_MAX`] days count.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> i64 {
        if to <= from {
            return 0;
        }
        let spans = self.spans(from).take_while(|(begins, _)| *begins < to);
        spans.map(|(begins, ends)| ends.min(to).since(begins.max(from))).sum()
    }

    /// Returns how much is worked on an ordinary day, in microseconds: what most of the weekdays have
    /// on which anybody works, of as many the longer. At least a minute.
    pub fn ordinary_day(&self) -> i64 {
        let minutes = |day: &Vec<Interval>| day.iter().map(|i| i.to - i.from).sum::<u32>();
        let lengths: Vec<u32> = self.week.iter().map(minutes).filter(|n| *n > 0).collect();
        let times = |n: &&u32| (lengths.iter().filter(|other| other == n).count(), **n);
        let most = lengths.iter().max_by_key(times).copied();
        i64::from(most.unwrap_or(DAY_MINUTES)) * MINUTE
    }

    /// Returns how much is worked in an ordinary week, in microseconds.
    pub fn ordinary_week(&self) -> i64 {
        let minutes: u32 = self.week.iter().flatten().map(|i| i.to - i.from).sum();
        if minutes == 0 { 7 * self.ordinary_day() } else { i64::from(minutes) * MINUTE }
    }

    /// Returns what is worked on a day.
    fn on(&self, day: NaiveDate) -> &[Interval] {
        match self.dates.get(&day) {
            Some(intervals) => intervals,
            None if self.holidays.contains(&day) => &[],
            None => &self.week[day.weekday().num_days_from_monday() as usize],
        }
    }

    /// Returns the stretches of work that end after `at`, in their order and apart.
    fn spans(&self, at: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        // What began on the day before, or before a day that the place skipped, may reach into today.
        let today = at.local(self.zone).date_naive();
        let first = today.checked_sub_days(Days::new(2)).unwrap_or(today);
        let mut covered = at.plus(-7 * DAY);
        let instant = move |day: NaiveDate, minutes: u32| {
            let day = day.checked_add_days(Days::new(u64::from(minutes / DAY_MINUTES)))?;
            let minutes = minutes % DAY_MINUTES;
            let time = NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0)?;
            first_instant(self.zone, day.and_time(time))
        };
        let days = first.iter_days().take(DAYS_MAX);
        let all = days.flat_map(move |day| {
            self.on(day).iter().filter_map(move |i| Some((instant(day, i.from)?, instant(day, i.to)?)))
        });
        all.filter_map(move |(from, to)| {
            let from = from.max(covered);
            covered = covered.max(to);
            (from < to && to > at).then_some((from, to))
        })
    }

    /// Makes sure that it is never closed for too long.
    fn opens_again(&self) -> Result<(), HoursError> {
        if self.week.iter().all(Vec::is_empty) {
            return Err(HoursError::NeverOpen);
        }
        // Weekdays alone open within a week, so only what is said of single days can close for long,
        // and only days around them need a look.
        let single: BTreeSet<NaiveDate> = self.holidays.iter().chain(self.dates.keys()).copied().collect();
        let (mut looked_until, mut closed_since) = (None::<NaiveDate>, None);
        for day in single {
            let near = looked_until.filter(|last| day.signed_duration_since(*last).num_days() <= 7);
            closed_since = closed_since.filter(|_| near.is_some());
            let from = near.and_then(|last| last.succ_opt()).unwrap_or(day);
            for day in from.iter_days().take_while(|other| *other <= day) {
                if !self.on(day).is_empty() {
                    closed_since = None;
                    continue;
                }
                let since = *closed_since.get_or_insert(day);
                if day.signed_duration_since(since).num_days() >= CLOSED_DAYS_MAX {
                    return Err(HoursError::ClosedTooLong { since });
                }
            }
            looked_until = Some(day);
        }
        Ok(())
    }
}
