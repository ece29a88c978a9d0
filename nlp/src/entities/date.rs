//! Days, and days with a time, told against the day the text arrived.
//!
//! A weekday or a date without a year in a sentence about the past is the last one, else the one to
//! come. What repeats is left out, and so are ranges of days. A time that is unclear leaves the day
//! alone.

use chrono::{Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Weekday};
use chrono_tz::Tz;
use rapport_model::reading::EntityKind;

use super::clock::{self, Clock, Part, Standing};
use super::numbers::begins_number;
use super::text::{Class, Text};
use super::{Context, Found, date_en, date_numeric, date_period, date_week, date_zh};

/// A date without a year is one of the last 90 days, else one of the 275 to come: an invoice
/// of last month, an event of the next three quarters.
const PAST_DAYS_MAX: i64 = 90;
/// A date without a year in a sentence about the past is one of the last 300 days.
const TOLD_DAYS_MAX: i64 = 300;
const YEAR_DAYS: i64 = 365;
/// Years that a mail of a business may be about.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;

/// In which order a country writes 3/4/2026.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
    /// Both are in use, or the country is unknown.
    Unclear,
}

/// The moment a text is read against, in the house's zone.
pub(super) struct Now {
    pub date: NaiveDate,
    pub time: NaiveTime,
    pub zone: Tz,
    pub order: Order,
}

/// Words that speak of a day, up to byte `end`; without a date they are unclear.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day {
    pub date: Option<NaiveDate>,
    /// The last day, where the words name several: next week.
    pub until: Option<NaiveDate>,
    pub end: usize,
    /// The part of the day that the words name: `tonight`, 明早.
    pub part: Option<Part>,
    /// Whether no calendar has it: 30 February.
    pub is_impossible: bool,
    /// Whether it is one day surely, though which is unclear where there is no date: a weekday that is
    /// not the date's.
    pub is_one_day: bool,
}

/// A day of a month as written, up to byte `end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub year: Option<i32>,
    pub month: u32,
    pub day: u32,
    pub end: usize,
}

impl Day {
    pub fn new(date: Option<NaiveDate>, end: usize) -> Self {
        Self { date, until: None, end, part: None, is_impossible: false, is_one_day: false }
    }

    /// Makes the days from the first to the last; nothing where either is outside of the calendar.
    pub fn period(days: Option<(NaiveDate, NaiveDate)>, end: usize) -> Self {
        Self { until: days.map(|days| days.1), ..Self::new(days.map(|days| days.0), end) }
    }

    /// Makes the day that is written, told against now; `weekday` stands beside it.
    pub fn of(written: Written, weekday: Option<Weekday>, now: &Now) -> Self {
        // Without a year it may be meant of one with a 29 February.
        let year = written.year.unwrap_or(2000);
        let is_a_day = NaiveDate::from_ymd_opt(year, written.month, written.day).is_some();
        let is_impossible = (1..=12).contains(&written.month) && (1..=31).contains(&written.day) && !is_a_day;
        Self { is_impossible, ..Self::new(now.fit(written, weekday), written.end) }
    }
}

impl Now {
    /// Returns nothing for a moment outside of the years that dates are told for.
    fn new(context: &Context) -> Option<Self> {
        if !YEARS.contains(&context.received_at.utc().year()) {
            return None;
        }
        let local = context.received_at.local(context.zone).naive_local();
        let order = match context.region.to_ascii_uppercase().as_str() {
            "US" | "PH" | "FM" | "MH" | "PW" => Order::MonthFirst,
            "" | "CA" => Order::Unclear,
            _ => Order::DayFirst,
        };
        Some(Self { date: local.date(), time: local.time(), zone: context.zone, order })
    }

    /// Returns the day `days` later, earlier if negative.
    pub fn plus_days(&self, days: i64) -> Option<NaiveDate> {
        let by = Days::new(days.unsigned_abs());
        let date = if days < 0 { self.date.checked_sub_days(by)? } else { self.date.checked_add_days(by)? };
        YEARS.contains(&date.year()).then_some(date)
    }

    /// Returns the same day `months` later, or that month's last when it is shorter.
    pub fn plus_months(&self, months: u32) -> Option<NaiveDate> {
        self.date.checked_add_months(chrono::Months::new(months)).filter(|d| YEARS.contains(&d.year()))
    }

    /// Returns `weekday` of the week `weeks` later; weeks start on Monday (ISO 8601).
    pub fn in_week(&self, weekday: Weekday, weeks: i64) -> Option<NaiveDate> {
        let here = i64::from(self.date.weekday().num_days_from_monday());
        self.plus_days(i64::from(weekday.num_days_from_monday()) - here + 7 * weeks)
    }

    /// Returns the first `weekday` after today.
    pub fn coming(&self, weekday: Weekday) -> Option<NaiveDate> {
        let ahead = weekday.days_since(self.date.weekday());
        self.plus_days(i64::from(if ahead == 0 { 7 } else { ahead }))
    }

    /// Returns the last `weekday` before today.
    pub fn passed(&self, weekday: Weekday) -> Option<NaiveDate> {
        let back = self.date.weekday().days_since(weekday);
        self.plus_days(-i64::from(if back == 0 { 7 } else { back }))
    }

    /// Returns the last day `day` and `month` up to today, if that is near enough to be told of.
    pub fn told(&self, written: Written) -> Option<NaiveDate> {
        let this = self.date.year();
        let of = |year| NaiveDate::from_ymd_opt(year, written.month, written.day);
        let last = [this, this - 1].into_iter().filter_map(of).find(|date| *date <= self.date)?;
        (self.date.signed_duration_since(last).num_days() <= TOLD_DAYS_MAX).then_some(last)
    }

    /// Returns day `day` of the month `months` later.
    pub fn in_month(&self, months: i32, day: u32) -> Option<NaiveDate> {
        let count = self.date.year() * 12 + self.date.month0() as i32 + months;
        NaiveDate::from_ymd_opt(count.div_euclid(12), count.rem_euclid(12) as u32 + 1, day)
    }

    /// Returns the next day `day` of a month, today among them.
    pub fn next_day(&self, day: u32) -> Option<NaiveDate> {
        (0..3).filter_map(|months| self.in_month(months, day)).find(|date| *date >= self.date)
    }

    /// Returns the first and the last day of the month `months` later.
    pub fn whole_month(&self, months: i32) -> Option<(NaiveDate, NaiveDate)> {
        let first = self.in_month(months, 1)?;
        month_of(first.year(), first.month())
    }

    /// Returns the next day that a rule has in each year, the last one where it is told of.
    pub fn feast(&self, of: impl Fn(i32) -> Option<NaiveDate>, is_told: bool) -> Option<NaiveDate> {
        let year = self.date.year();
        if is_told {
            [year, year - 1].into_iter().filter_map(of).find(|date| *date <= self.date)
        } else {
            [year, year + 1].into_iter().filter_map(of).find(|date| *date >= self.date)
        }
    }

    /// Returns the last day of a month; without a year, of its next occurrence or this month.
    pub fn month_end(&self, year: Option<i32>, month: u32) -> Option<NaiveDate> {
        let later = i32::from(month < self.date.month());
        let year = year.unwrap_or(self.date.year() + later);
        let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        NaiveDate::from_ymd_opt(next_year, next, 1)?.pred_opt().filter(|d| YEARS.contains(&d.year()))
    }

    /// Returns the date that is written, its year told by what is near and by the weekday that
    /// stands beside it.
    pub fn fit(&self, written: Written, weekday: Option<Weekday>) -> Option<NaiveDate> {
        let fits = |date: &NaiveDate| weekday.is_none_or(|w| date.weekday() == w);
        let of = |year| NaiveDate::from_ymd_opt(year, written.month, written.day).filter(fits);
        if let Some(year) = written.year {
            return of(year).filter(|d| YEARS.contains(&d.year()));
        }
        let this = self.date.year();
        [this - 1, this, this + 1].into_iter().filter_map(of).find(|date| {
            let days = date.signed_duration_since(self.date).num_days();
            (-PAST_DAYS_MAX..YEAR_DAYS - PAST_DAYS_MAX).contains(&days)
        })
    }

    /// Returns the year that two digits mean, if it is within ten years of now.
    pub fn short_year(&self, two_digits: u32) -> Option<i32> {
        let year = 2000 + i32::try_from(two_digits).ok()?;
        ((year - self.date.year()).abs() <= 10).then_some(year)
    }
}

/// Returns the first and the last day of a month.
pub(super) fn month_of(year: i32, month: u32) -> Option<(NaiveDate, NaiveDate)> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    Some((first, first.checked_add_months(chrono::Months::new(1))?.pred_opt()?))
}

/// A time that stands without a day.
struct Alone {
    clock: Clock,
    start: usize,
    end: usize,
    standing: Standing,
    /// Whether the sentence tells of the past.
    is_past: bool,
    /// Whether it begins or ends a span of time: opening hours.
    of_span: bool,
    /// The last day that the text named before it.
    day: Option<NaiveDate>,
}

/// Adds the dates in `text`.
pub(super) fn find(text: &Text, context: &Context, out: &mut Vec<Found>) {
    let Some(now) = Now::new(context) else { return };
    let mut free_from = 0;
    let mut repeats = false;
    let mut last_day = None;
    let mut times = Vec::new();
    for i in 0..text.tokens.len() {
        let start = text.tokens[i].start;
        if start < free_from {
            continue;
        }
        if let Some(day) = day_at(text, i, &now) {
            free_from = day.end;
            let Some(date) = day.date else {
                if day.is_one_day {
                    free_from = clock::behind(text, day.end, day.part).1;
                    out.push(unclear(start, free_from));
                }
                repeats |= !day.is_one_day;
                continue;
            };
            let (clock, end) = match day.until {
                Some(_) => (None, day.end),
                None => clock::behind(text, day.end, day.part),
            };
            free_from = end;
            // A time in the same text is of one of several days.
            repeats |= day.until.is_some();
            last_day = Some(date);
            out.push(entity(date, day.until, clock, start, end, &now));
        } else if let Some((clock, end, standing)) = clock::marked(text, i, None) {
            free_from = end;
            match day_behind(text, end, &now) {
                Some(day) => {
                    free_from = day.end;
                    let Some(date) = day.date else {
                        out.extend(day.is_one_day.then(|| unclear(start, day.end)));
                        repeats |= !day.is_one_day;
                        continue;
                    };
                    // The day may say which half of it is meant: 4:30 tomorrow morning.
                    let clock = match day.part {
                        None => Some(clock),
                        part => clock::marked(text, i, part).map(|(clock, ..)| clock),
                    };
                    last_day = Some(date);
                    out.push(entity(date, None, clock, start, day.end, &now));
                }
                None if standing == Standing::Beside => {}
                None => {
                    let is_past = date_week::is_past(text, i) || date_zh::has_happened(text, end);
                    let of_span = clock::is_range(text, i, end);
                    times.push(Alone { clock, start, end, standing, is_past, of_span, day: last_day });
                }
            }
        } else if let Some(end) = clock::part_alone(text, i) {
            free_from = end;
            // 下午 alone is today's, unless the text is about other days.
            let today = last_day.is_none() && !repeats;
            out.push(if today {
                entity(now.date, None, None, start, end, &now)
            } else {
                unclear(start, end)
            });
        } else {
            repeats |= match text.tokens[i].class {
                Class::Word => date_en::is_repeated(text.word(i)) || ordinal(text, i),
                Class::Han => date_zh::is_other_day(text, i),
                _ => false,
            };
        }
    }
    // A time alone may be one of the days that repeat.
    out.extend(times.into_iter().filter_map(|time| {
        let opening = time.of_span && time.day.is_none();
        if repeats || opening || time.clock.offset.is_some() {
            (time.standing == Standing::Sure).then(|| unclear(time.start, time.end))
        } else {
            on_its_day(time, &now)
        }
    }));
}

/// Makes an entity of a day or time of which it is unclear which it is.
fn unclear(start: usize, end: usize) -> Found {
    Found { kind: EntityKind::Date, start, end, value: String::new() }
}

/// Gives a time alone its day: the one named before it, else the day on which it comes next or
/// was last.
fn on_its_day(time: Alone, now: &Now) -> Option<Found> {
    let Alone { clock, start, end, is_past, day, .. } = time;
    let day = day.filter(|day| if is_past { *day <= now.date } else { *day >= now.date });
    let date = match day {
        Some(day) => day,
        None if is_past => now.plus_days(-i64::from(clock.time > now.time))?,
        None => now.plus_days(i64::from(clock.time <= now.time))?,
    };
    Some(entity(date, None, Some(clock), start, end, now))
}

/// Returns the first words that name a day which no calendar has, as bytes of the folded text.
pub(super) fn impossible(text: &Text, context: &Context) -> Option<std::ops::Range<usize>> {
    let now = Now::new(context)?;
    let day = |i: usize| day_at(text, i, &now).filter(|day| day.is_impossible).map(|day| (i, day.end));
    (0..text.tokens.len()).find_map(day).map(|(i, end)| text.tokens[i].start..end)
}

/// Reads the words for a day that start with token `i`.
fn day_at(text: &Text, i: usize, now: &Now) -> Option<Day> {
    match text.class(i)? {
        Class::Word => date_period::read(text, i, now).or_else(|| date_en::read(text, i, now)),
        Class::Han => date_zh::read(text, i, now),
        Class::Digits if begins_number(text, i) => date_numeric::read(text, i, now)
            .or_else(|| date_en::read_from_digits(text, i, now))
            .or_else(|| date_zh::read_from_digits(text, i, now)),
        _ => None,
    }
}

/// Reads the day behind a time that ends at byte `end`: `3pm on Friday`.
fn day_behind(text: &Text, end: usize, now: &Now) -> Option<Day> {
    let first = text.token_at(end);
    let skipped = (first..first + 2).take_while(|&i| matches!(text.word(i), "on" | ",")).count();
    let i = first + skipped;
    let day = text.same_line(i).then(|| day_at(text, i, now)).flatten()?;
    Some(match clock::part_behind(text, day.end) {
        Some((part, end)) => Day { part: Some(part), end, ..day },
        None => day,
    })
}

/// Tells whether word `i` makes an ordinal of the digits before it: the 9th.
fn ordinal(text: &Text, i: usize) -> bool {
    text.touches(i) && matches!(text.word(i), "st" | "nd" | "rd" | "th")
}

fn entity(
    date: NaiveDate,
    until: Option<NaiveDate>,
    clock: Option<Clock>,
    start: usize,
    end: usize,
    now: &Now,
) -> Found {
    let local = clock.and_then(|clock| local(date.and_time(clock.time), clock.offset, now.zone));
    let value = match (local, until) {
        (Some(at), _) => at.format("%Y-%m-%dT%H:%M").to_string(),
        (None, Some(until)) => format!("{date}/{until}"),
        (None, None) => date.to_string(),
    };
    Found { kind: EntityKind::Date, start, end, value }
}

/// Returns the local time of the house; nothing for a time that the clocks skip that day.
fn local(at: NaiveDateTime, offset_minutes: Option<i64>, zone: Tz) -> Option<NaiveDateTime> {
    match offset_minutes {
        Some(minutes) => {
            let utc = at.checked_sub_signed(chrono::TimeDelta::minutes(minutes))?;
            Some(zone.from_utc_datetime(&utc).naive_local())
        }
        None => (!matches!(zone.from_local_datetime(&at), LocalResult::None)).then_some(at),
    }
}
