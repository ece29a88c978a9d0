//! When things run by themselves: cron expressions meant in a place's local time, and what to do
//! about runs that were missed.
//!
//! The `cron` crate searches the calendar, and is asked for wall-clock times only. Which instant a
//! wall-clock time is gets decided here, because days on which the clock is changed have times
//! that never come and times that come twice:
//!
//! - With fixed hours (`30 2 * * *`, `0 9-17 * * *`) people mean "once at that time". A time that
//!   never comes runs at the first instant after the gap; one that comes twice runs the first time.
//! - With an hour of `*` or `*/n` they mean "every so often". Such a schedule runs at every instant
//!   whose wall-clock time matches: in both halves of a repeated hour, not in a skipped one.
//!
//! Nothing here reads a clock or stores a run.

mod due;
mod field;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

use std::str::FromStr;

use chrono::{DateTime, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use cron::Schedule;
use rapport_model::Timestamp;
use rapport_model::time::{DAY, SECOND};

pub use due::{Due, MissedRuns, due};
use field::Field;

/// Most wall-clock times looked at for one run: all seconds of two days. Only a place that skips
/// or repeats whole days (Samoa in 2011) comes near, with a run each second.
const WALLS_MAX: usize = 2 * 86_400;

/// A cron expression that was checked, and can be asked when it runs.
///
/// Five fields are minute, hour, day of month, month and weekday; six begin with the second. Days
/// of the week are names in any case or 0–7, where 0 and 7 are Sunday. When day of month and
/// weekday are both given, either is enough. `@hourly`, `@daily`, `@weekly`, `@monthly` and
/// `@yearly` are known.
#[derive(Clone, Debug)]
pub struct CronSchedule {
    text: String,
    /// One calendar, or one by day of month and one by weekday.
    calendars: Vec<Schedule>,
    hours: Hours,
}

/// How the hour is given, which decides what happens when the clock is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hours {
    /// As numbers: once a day at each of them.
    Fixed,
    /// As `*` or `*/n`: whenever the wall clock matches.
    Elapsed,
}

/// Why a text is no schedule. Every message says where and what to write instead.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum ScheduleError {
    /// Not five or six fields.
    #[error(
        "`{text}` has {n_fields} fields; write five (minute, hour, day of month, month, weekday) or six \
         (second first)"
    )]
    FieldCount {
        /// The whole expression.
        text: String,
        /// How many fields it has.
        n_fields: usize,
    },
    /// A field holds what it must not hold.
    #[error("{field} `{found}` is not understood; {allowed}")]
    Field {
        /// The field's name, such as `hour`.
        field: &'static str,
        /// The part that is wrong.
        found: String,
        /// What may stand there.
        allowed: String,
    },
    /// A word with `@` that is not known.
    #[error("`{0}` is not known; write @hourly, @daily, @weekly, @monthly or @yearly")]
    Nickname(String),
    /// The day never comes, such as 31 February.
    #[error("day of month `{days}` never comes in month `{months}`")]
    Impossible {
        /// The day-of-month field.
        days: String,
        /// The month field.
        months: String,
    },
    /// The calendar does not take what passed the checks above.
    #[error("the calendar refused `{text}`: {reason}")]
    Refused {
        /// The whole expression.
        text: String,
        /// What the calendar said.
        reason: String,
    },
}

impl CronSchedule {
    /// Checks a cron expression.
    ///
    /// # Errors
    /// [`ScheduleError`] when it cannot be understood, or when its day of month never comes.
    pub fn parse(expr: &str) -> Result<Self, ScheduleError> {
        let text = expr.split_whitespace().collect::<Vec<_>>().join(" ");
        let long = if text.starts_with('@') { field::nickname(&text)? } else { &text };
        let words: Vec<&str> = long.split(' ').filter(|w| !w.is_empty()).collect();
        let (second, rest) = match words.as_slice() {
            rest if rest.len() == 5 => ("0", rest),
            [second, rest @ ..] if rest.len() == 5 => (*second, rest),
            _ => return Err(ScheduleError::FieldCount { n_fields: words.len(), text }),
        };
        let second = Field::SECOND.read(second)?;
        let minute = Field::MINUTE.read(rest[0])?;
        let hour = Field::HOUR.read(rest[1])?;
        let day = Field::DAY.read(rest[2])?;
        let month = Field::MONTH.read(rest[3])?;
        let weekday = Field::WEEKDAY.read(rest[4])?;

        let calendar = |day: &str, weekday: &str| {
            Schedule::from_str(&format!("{second} {minute} {hour} {day} {month} {weekday}"))
                .map_err(|e| ScheduleError::Refused { text: text.clone(), reason: e.to_string() })
        };
        let by_day = calendar(&day, "*")?;
        if calendar_after(&by_day, DateTime::UNIX_EPOCH.naive_utc()).is_none() {
            return Err(ScheduleError::Impossible { days: rest[2].to_owned(), months: rest[3].to_owned() });
        }
        // The `cron` crate wants both days to match. People who name both mean either.
        let calendars = match (day.as_str(), weekday.as_str()) {
            (_, "*") => vec![by_day],
            ("*", weekday) => vec![calendar("*", weekday)?],
            (_, weekday) => vec![by_day, calendar("*", weekday)?],
        };
        let hours =
            if rest[1].starts_with('*') && !rest[1].contains(',') { Hours::Elapsed } else { Hours::Fixed };
        Ok(Self { text, calendars, hours })
    }

    /// Returns the expression as it was given, with single blanks.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the first run after `after` by the clocks of `zone`, always later than `after`.
    ///
    /// `None` when there is none: the calendar reaches from 1970 to 2100.
    pub fn next(&self, after: Timestamp, zone: Tz) -> Option<Timestamp> {
        // Runs lie on whole seconds, so what is after a second's part is after the second.
        let after = after.max(Timestamp::from_secs(-2 * DAY / SECOND));
        let after = after.plus(-after.micros().rem_euclid(SECOND));
        if after > Timestamp::from_secs(CALENDAR_END_SECS) {
            return None;
        }
        let wall = after.local(zone).naive_local();
        match self.hours {
            Hours::Fixed => self.walls(wall).filter_map(|w| first_instant(zone, w)).find(|t| *t > after),
            Hours::Elapsed => {
                let ahead = self.walls(wall).flat_map(|w| instants(zone, w)).find(|t| *t > after);
                ahead.into_iter().chain(self.repeated(after, wall, zone)).min()
            }
        }
    }

    /// Returns all runs after `after`, in their order.
    pub fn runs(&self, after: Timestamp, zone: Tz) -> impl Iterator<Item = Timestamp> + '_ {
        std::iter::successors(self.next(after, zone), move |last| self.next(*last, zone))
    }

    /// Returns the last run in the time after `after` up to and including `until`.
    pub fn last(&self, after: Timestamp, until: Timestamp, zone: Tz) -> Option<Timestamp> {
        // The calendar is searched forwards only. "A run comes after this second and not after
        // `until`" holds up to the last run and never again, so halving finds it in few steps
        // however many runs lie between.
        let run = |secs: i64| self.next(after.plus(secs * SECOND), zone).filter(|t| *t <= until);
        let mut found = run(0)?;
        let (mut holds, mut fails) = (0, until.since(after) / SECOND + 1);
        while fails - holds > 1 {
            let middle = holds + (fails - holds) / 2;
            match run(middle) {
                Some(t) => (holds, found) = (middle, t),
                None => fails = middle,
            }
        }
        Some(found)
    }

    /// Returns the next run in the second half of a repeated stretch of time, when `after` lies in
    /// its first half. The wall clock is set back before it, so going on from `wall` misses it.
    fn repeated(&self, after: Timestamp, wall: NaiveDateTime, zone: Tz) -> Option<Timestamp> {
        let MappedLocalTime::Ambiguous(first, second) = zone.from_local_datetime(&wall) else { return None };
        if after != Timestamp::from(first) {
            return None;
        }
        // The stretch is as long as the two are apart, so it began less than that before `wall`.
        let before = wall - (second - first) - TimeDelta::seconds(1);
        self.walls(before)
            .take_while(|w| *w <= wall)
            .find_map(|w| zone.from_local_datetime(&w).latest().map(Timestamp::from).filter(|t| *t > after))
    }

    /// Returns the matching wall-clock times after `wall`, in their order; a bounded number.
    fn walls(&self, wall: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> + '_ {
        let next = |w: NaiveDateTime| self.calendars.iter().filter_map(|c| calendar_after(c, w)).min();
        std::iter::successors(next(wall), move |w| next(*w)).take(WALLS_MAX)
    }
}

impl PartialEq for CronSchedule {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// 2101-01-02T00:00:00Z: in every zone the calendar is over.
const CALENDAR_END_SECS: i64 = 4_133_980_800;

/// Returns the calendar's next wall-clock time. It is passed as if it were UTC, where no time is
/// missing and none comes twice.
fn calendar_after(calendar: &Schedule, wall: NaiveDateTime) -> Option<NaiveDateTime> {
    calendar.after(&wall.and_utc()).next().map(|t| t.naive_utc())
}

/// Returns the instants at which the clocks of `zone` show `wall`: none, one or two.
fn instants(zone: Tz, wall: NaiveDateTime) -> impl Iterator<Item = Timestamp> {
    let (first, second) = match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(t) => (Some(t), None),
        MappedLocalTime::Ambiguous(first, second) => (Some(first), Some(second)),
        MappedLocalTime::None => (None, None),
    };
    first.into_iter().chain(second).map(Timestamp::from)
}

/// When a day begins for whoever names no hour.
pub const MORNING: NaiveTime = NaiveTime::from_hms_opt(9, 0, 0).expect("it is a time of the day");

/// Reads a date as an entity has it: an instant, or a day, which then begins in the morning; and whether
/// an hour was said.
pub fn told(value: &str, zone: Tz) -> Option<(Timestamp, bool)> {
    if let Ok(local) = NaiveDateTime::parse_from_str(value, "%Y-%m-%dT%H:%M") {
        return Some((first_instant(zone, local)?, true));
    }
    let day: NaiveDate = value.parse().ok()?;
    Some((first_instant(zone, day.and_time(MORNING))?, false))
}

/// Returns the morning of the day after.
pub fn day_after(at: Timestamp, zone: Tz) -> Option<Timestamp> {
    first_instant(zone, at.local(zone).date_naive().succ_opt()?.and_time(MORNING))
}

/// Returns the instant at which the clocks of `zone` first show `wall`, or the first instant after
/// the gap when they never do. A later `wall` never gives an earlier instant.
pub fn first_instant(zone: Tz, wall: NaiveDateTime) -> Option<Timestamp> {
    if let Some(t) = zone.from_local_datetime(&wall).earliest() {
        return Some(t.into());
    }
    // No gap is longer than a day, so 25 hours on the clock shows real times again. Halve the
    // stretch until its end is the first second that exists.
    let at = |secs: i64| zone.from_local_datetime(&(wall + TimeDelta::seconds(secs))).earliest();
    let (mut missing, mut exists) = (0, 25 * 3600);
    while exists - missing > 1 {
        let middle = missing + (exists - missing) / 2;
        if at(middle).is_some() { exists = middle } else { missing = middle }
    }
    at(exists).map(Timestamp::from)
}
