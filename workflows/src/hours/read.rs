//! Hours as people write them: `mon-fri = ["09:00-12:30", "13:30-18:00"]`.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime, Timelike as _};

use super::{CLOSED_DAYS_MAX, DAY_MINUTES, Interval};

/// What is worked on each weekday, from Monday, and on single days.
pub(super) type Read = ([Vec<Interval>; 7], BTreeMap<NaiveDate, Vec<Interval>>);

/// Weekdays, as they are written.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Most intervals of a day: what is more is a slip of the pen.
const INTERVALS_MAX: usize = 24;

/// A day for which hours are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Daily {
    /// Weekdays, from 0 for Monday.
    Weekdays(Vec<usize>),
    /// A single day.
    Date(NaiveDate),
}

/// Why hours are none. Each says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// Not a day.
    #[error("`{0}` is no day; write mon, mon-fri, or a date such as 2026-12-24")]
    Day(String),
    /// A date that no calendar has.
    #[error("there is no day {0}; write a date such as 2026-12-24")]
    Date(String),
    /// Two keys are about the same weekday.
    #[error("{day} has its hours already; name each weekday once")]
    Twice {
        /// The key that comes second.
        key: String,
        /// The weekday.
        day: &'static str,
    },
    /// Not an interval.
    #[error("`{found}` is no interval; write \"09:00-12:30\", over midnight \"22:00-06:00\"")]
    Interval {
        /// The day's key.
        key: String,
        /// What is there.
        found: String,
    },
    /// Intervals of a day that overlap.
    #[error("{found} begins before the one before it ends")]
    Overlap {
        /// The day's key.
        key: String,
        /// The later interval.
        found: String,
    },
    /// More intervals than anybody works.
    #[error("a day has at most {INTERVALS_MAX} intervals, not {n}")]
    TooMany {
        /// The day's key.
        key: String,
        /// How many there are.
        n: usize,
    },
    /// No weekday has hours.
    #[error("nobody ever works; write at least one weekday, such as mon-fri = [\"09:00-17:00\"]")]
    NeverOpen,
    /// Holidays and dates leave no hour for very long.
    #[error("nobody works from {since} for more than {CLOSED_DAYS_MAX} days; look through the holidays")]
    ClosedTooLong {
        /// The first closed day.
        since: NaiveDate,
    },
}

impl HoursError {
    /// Returns the key of the day that is wrong, if it is one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Day(key) | Self::Date(key) => Some(key),
            Self::Twice { key, .. }
            | Self::Interval { key, .. }
            | Self::Overlap { key, .. }
            | Self::TooMany { key, .. } => Some(key),
            Self::NeverOpen | Self::ClosedTooLong { .. } => None,
        }
    }
}

impl Daily {
    /// Reads `mon`, `mon-fri`, `sat, sun` or `2026-12-24`.
    ///
    /// # Errors
    /// It is no day.
    pub fn read(key: &str) -> Result<Self, HoursError> {
        if key.starts_with(|c: char| c.is_ascii_digit()) {
            let date = NaiveDate::parse_from_str(key, "%Y-%m-%d").ok().filter(|_| key.len() == 10);
            return date.map(Self::Date).ok_or_else(|| HoursError::Date(key.to_owned()));
        }
        let unknown = || HoursError::Day(key.to_owned());
        let day = |name: &str| {
            let name = name.trim().to_ascii_lowercase();
            WEEKDAYS.iter().position(|day| *day == name).ok_or_else(unknown)
        };
        let mut days = Vec::new();
        for part in key.split(',') {
            match part.split_once('-') {
                None => days.push(day(part)?),
                Some((from, to)) => {
                    let (from, to) = (day(from)?, day(to)?);
                    // `fri-mon` goes over the end of the week.
                    let n = (to + 7 - from) % 7;
                    days.extend((from..=from + n).map(|day| day % 7));
                }
            }
        }
        Ok(Self::Weekdays(days))
    }
}

/// Reads what is written for each day.
pub(super) fn days<'a>(
    written: impl IntoIterator<Item = (&'a str, &'a [String])>,
) -> Result<Read, HoursError> {
    let mut week: [Option<Vec<Interval>>; 7] = Default::default();
    let mut dates = BTreeMap::new();
    for (key, texts) in written {
        let daily = Daily::read(key)?;
        let intervals = intervals(key, texts)?;
        match daily {
            Daily::Date(date) => drop(dates.insert(date, intervals)),
            Daily::Weekdays(days) => {
                for day in days {
                    if week[day].replace(intervals.clone()).is_some() {
                        return Err(HoursError::Twice { key: key.to_owned(), day: WEEKDAYS[day] });
                    }
                }
            }
        }
    }
    Ok((week.map(Option::unwrap_or_default), dates))
}

/// Reads the intervals of a day, which may stand in any order.
fn intervals(key: &str, texts: &[String]) -> Result<Vec<Interval>, HoursError> {
    if texts.len() > INTERVALS_MAX {
        return Err(HoursError::TooMany { key: key.to_owned(), n: texts.len() });
    }
    let mut found = Vec::with_capacity(texts.len());
    for text in texts {
        let wrong = || HoursError::Interval { key: key.to_owned(), found: text.clone() };
        found.push((interval(text).ok_or_else(wrong)?, text));
    }
    found.sort_by_key(|(interval, _)| *interval);
    for pair in found.windows(2) {
        if pair[1].0.from < pair[0].0.to {
            return Err(HoursError::Overlap { key: key.to_owned(), found: pair[1].1.clone() });
        }
    }
    Ok(found.into_iter().map(|(interval, _)| interval).collect())
}

/// Reads `09:00-12:30`; an end that is not after the beginning is on the next day.
fn interval(text: &str) -> Option<Interval> {
    let (from, to) = text.split_once(['-', '–'])?;
    let (from, to) = (minutes(from)?, minutes(to)?);
    let over_midnight = to < from;
    // 24:00 ends a day and begins none; what ends when it begins may mean a day or nothing.
    let fits = from < DAY_MINUTES && from != to;
    fits.then_some(Interval { from, to: if over_midnight { to + DAY_MINUTES } else { to } })
}

/// Reads a time of the day, 24:00 included, as minutes after midnight.
fn minutes(text: &str) -> Option<u32> {
    let text = text.trim();
    if text == "24:00" {
        return Some(DAY_MINUTES);
    }
    let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
    Some(time.hour() * 60 + time.minute())
}
