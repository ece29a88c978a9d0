//! Days and times as they are said in a command.
//!
//! A mail's dates are read with caution by [`crate::entities`]; behind a command a date is what
//! is wanted, so that short forms (`fri 10`, 15号) count here. Written dates (3 March, 3月15日,
//! 2026-03-15) are read there.

use chrono::{Datelike, Days, Duration, Months, NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use rapport_model::reading::EntityKind;

use super::typed::Typed;
use super::words::Class;
use super::{Context, when_en, when_zh};
pub(super) use crate::entities::Part;
use crate::entities::{self, extract};

/// A day or a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Day(NaiveDate),
    Moment(NaiveDateTime),
    /// The coming moment at which the clock shows the time that was said without a day.
    Clock(NaiveDateTime),
}

impl When {
    /// Returns it as the entities' dates are written.
    pub fn value(self) -> String {
        match self {
            Self::Day(date) => date.format("%Y-%m-%d").to_string(),
            Self::Moment(at) | Self::Clock(at) => at.format("%Y-%m-%dT%H:%M").to_string(),
        }
    }

    pub fn date(self) -> NaiveDate {
        match self {
            Self::Day(date) => date,
            Self::Moment(at) | Self::Clock(at) => at.date(),
        }
    }
}

/// The moment against which days are told, in the zone.
pub(super) struct Now<'a> {
    pub at: NaiveDateTime,
    pub context: &'a Context<'a>,
}

impl<'a> Now<'a> {
    pub fn new(context: &'a Context<'a>) -> Self {
        Self { at: context.now.local(context.zone).naive_local(), context }
    }

    pub fn today(&self) -> NaiveDate {
        self.at.date()
    }

    pub fn plus_days(&self, days: i64) -> Option<NaiveDate> {
        self.today().checked_add_signed(Duration::try_days(days)?)
    }

    pub fn plus_months(&self, months: u32) -> Option<NaiveDate> {
        self.today().checked_add_months(Months::new(months))
    }

    pub fn plus_minutes(&self, minutes: i64) -> Option<NaiveDateTime> {
        self.at.checked_add_signed(Duration::try_minutes(minutes)?)
    }

    /// Returns the first `weekday` after today.
    pub fn coming(&self, weekday: Weekday) -> Option<NaiveDate> {
        let ahead = weekday.days_since(self.today().weekday());
        self.plus_days(i64::from(if ahead == 0 { 7 } else { ahead }))
    }

    /// Returns the last `weekday` before today.
    pub fn gone(&self, weekday: Weekday) -> Option<NaiveDate> {
        let back = self.today().weekday().days_since(weekday);
        self.plus_days(-i64::from(if back == 0 { 7 } else { back }))
    }

    /// Returns `weekday` of the week `weeks` later; weeks start on Monday.
    pub fn in_week(&self, weekday: Weekday, weeks: i64) -> Option<NaiveDate> {
        let here = i64::from(self.today().weekday().num_days_from_monday());
        self.plus_days(i64::from(weekday.num_days_from_monday()) - here + 7 * weeks)
    }

    /// Returns day `day` of the month `months` later.
    pub fn in_month(&self, months: i32, day: u32) -> Option<NaiveDate> {
        let count = self.today().year() * 12 + self.today().month0().cast_signed() + months;
        NaiveDate::from_ymd_opt(count.div_euclid(12), count.rem_euclid(12).cast_unsigned() + 1, day)
    }

    /// Returns day `day` of this month, or of the next that has it if it is over.
    pub fn day_of_month(&self, day: u32) -> Option<NaiveDate> {
        (0..3).filter_map(|months| self.in_month(months, day)).find(|date| *date >= self.today())
    }

    /// Returns the last day of the month `months` later.
    pub fn month_end(&self, months: i32) -> Option<NaiveDate> {
        self.in_month(months + 1, 1)?.pred_opt()
    }

    /// Returns the last day of the quarter `quarters` later.
    pub fn quarter_end(&self, quarters: i32) -> Option<NaiveDate> {
        let left = 2 - self.today().month0().cast_signed() % 3;
        self.month_end(left + 3 * quarters)
    }

    /// Returns the coming moment at which the clock shows `time`.
    pub fn next_at(&self, time: NaiveTime) -> Option<NaiveDateTime> {
        let today = self.today().and_time(time);
        if today > self.at { Some(today) } else { today.checked_add_days(Days::new(1)) }
    }
}

/// Reads a day or time that starts with token `i`; returns where it ends.
pub(super) fn read(typed: &Typed, i: usize, now: &Now) -> Option<(When, usize)> {
    match typed.class(i)? {
        Class::Word => when_en::read(typed, i, now),
        Class::Number => when_en::read(typed, i, now)
            .into_iter()
            .chain(when_zh::read(typed, i, now))
            .max_by_key(|(_, end)| *end),
        Class::Han => when_zh::read(typed, i, now),
        _ => None,
    }
}

/// Reads how long something should last, and returns its end: `for 2 hours`, 三天. Only where
/// nothing but a time can be meant.
pub(super) fn lasting(typed: &Typed, i: usize, now: &Now) -> Option<(When, usize)> {
    let at = i + usize::from(typed.any(i, &["for"]));
    let at = typed.phrase(at, "the next").unwrap_or(at);
    let found = when_en::length(typed, at, now);
    found
        .or_else(|| when_zh::length(typed, at, now))
        .filter(|_| at > i || typed.has_han || typed.gap(i) || i == 0)
}

/// Reads a date that is written out from token `i`, as mails have them.
pub(super) fn written(typed: &Typed, i: usize, now: &Now) -> Option<(NaiveDate, usize)> {
    const TOKENS: usize = 9;
    let slice = typed.slice(i, (i + TOKENS).min(typed.tokens.len()));
    let context = entities::Context {
        received_at: now.context.now,
        zone: now.context.zone,
        region: now.context.region,
        currency: now.context.currency,
        products: &[],
    };
    // The names of some months are verbs too: behind "on" they are none.
    let lead = if typed.has_han { "" } else { "on " };
    let found = extract(&format!("{lead}{slice}"), &context).into_iter().next()?;
    if found.kind != EntityKind::Date || found.start != lead.len() {
        return None;
    }
    let date = found.value.get(..10)?.parse().ok()?;
    let length: usize = slice.chars().take(day_chars(&found.text)).map(char::len_utf8).sum();
    let end_at = typed.tokens[i].start + length;
    let end =
        (i..typed.tokens.len()).find(|t| typed.tokens[*t].start >= end_at).unwrap_or(typed.tokens.len());
    Some((date, end))
}

/// Returns how many characters of a written date belong to the day: the hour is read here.
fn day_chars(text: &str) -> usize {
    let hour = ["at", "T", " 上午", "上午", "下午", "晚上", "早上", "中午", ","];
    let cut = hour.iter().filter_map(|w| text.find(w)).filter(|at| *at > 0).min();
    let head = cut.map_or(text, |at| &text[..at]);
    // `20 March 10:00` ends before its clock, and so does `20 March 7am`.
    let clock = head.find(':').and_then(|at| head[..at].rfind(' '));
    let halves = || {
        let words =
            head.match_indices(' ').map(|(at, _)| (at, head[at + 1..].split(' ').next().unwrap_or_default()));
        words.filter(|(_, word)| is_hour(word)).map(|(at, _)| at).next()
    };
    head[..clock.or_else(halves).unwrap_or(head.len())].trim_end().chars().count()
}

/// Tells whether a word is an hour: `7am`, `3pm`, `15h`.
fn is_hour(word: &str) -> bool {
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.len() < word.len()
        && ["am", "pm", "a.m", "p.m", "h"].iter().any(|hour| unit.eq_ignore_ascii_case(hour))
}

/// Makes the hour on 24 hours. Without a part of the day 1 to 6 are in the afternoon.
pub(super) fn hour(hour: u32, part: Option<Part>, on_24: bool) -> Option<u32> {
    Some(match (part, hour) {
        (_, 24) => 0,
        (_, 25..) => return None,
        (_, 13..) => hour,
        (None, _) if on_24 => hour,
        (None, 1..=6) => hour + 12,
        (None, _) => hour,
        (Some(Part::Early | Part::Morning), 12) => 0,
        (Some(Part::Early | Part::Morning), _) => hour,
        (Some(Part::Noon), 1..=3) => hour + 12,
        (Some(Part::Noon), _) => hour,
        (Some(Part::Afternoon | Part::Evening), 1..=11) => hour + 12,
        (Some(Part::Afternoon), _) => hour,
        (Some(Part::Evening), _) => 0,
    })
}
