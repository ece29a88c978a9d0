//! Days that have a name, and spans of days: Black Friday, next week, this weekend, in January.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use super::date::{Day, Now};
use super::date_en::month;
use super::date_week::is_past;
use super::text::{Class, Text};

/// Reads the words for named days or a span of days that start with word `i`.
pub(super) fn read(text: &Text, i: usize, now: &Now) -> Option<Day> {
    match text.word(i) {
        which @ ("this" | "next" | "last" | "coming") => span(text, i, which, now),
        "week" | "cw" => numbered_week(text, i, now),
        "the" if text.word(i + 1) == "weekend" => span(text, i, "the", now),
        word => {
            if let Some((date, last)) = named(text, i, now) {
                return Some(Day::new(date, text.tokens[last].end));
            }
            month(word).and_then(|month| whole_month(text, i, month, now))
        }
    }
}

/// Reads `next week`, `last month`, `this weekend`, `last night`, `last March`.
fn span(text: &Text, i: usize, which: &str, now: &Now) -> Option<Day> {
    let end = text.tokens.get(i + 1).filter(|_| text.same_line(i + 1))?.end;
    let by = match which {
        "last" => -1,
        "this" | "the" => 0,
        _ => 1,
    };
    let month_of = |by: i32| Some((now.in_month(by, 1)?, now.in_month(by + 1, 1)?.pred_opt()?));
    let days = match text.word(i + 1) {
        "night" if which == "last" => return Some(Day::new(now.plus_days(-1), end)),
        "night" if which == "this" => return Some(Day::new(now.plus_days(0), end)),
        // `next week on Monday` is one day.
        "week" if !matches!(text.word(i + 2), "on" | ",") || day_names(text, i + 3).is_none() => {
            if day_names(text, i + 2).is_some() {
                return None;
            }
            now.in_week(Weekday::Mon, by).zip(now.in_week(Weekday::Sun, by))
        }
        "weekend" => now.in_week(Weekday::Sat, by).zip(now.in_week(Weekday::Sun, by)),
        "month" => month_of(by as i32),
        "quarter" => {
            let first = 3 * by as i32 - now.date.month0() as i32 % 3;
            now.in_month(first, 1).zip(now.in_month(first + 3, 1)?.pred_opt())
        }
        word => {
            let month = month(word).filter(|_| text.digits(i + 2).is_none())?;
            let ahead = month as i32 - now.date.month() as i32;
            let year = match which {
                "last" => -i32::from(ahead >= 0),
                "this" => 0,
                _ => i32::from(ahead <= 0),
            };
            month_of(ahead + 12 * year)
        }
    };
    Some(Day::period(days, end))
}

/// Reads `week 36`, by ISO 8601: this year's, or the next year's where it is over.
fn numbered_week(text: &Text, i: usize, now: &Now) -> Option<Day> {
    let week = text.digits(i + 1).filter(|week| (1..=53).contains(week) && text.same_line(i + 1))?;
    let counted = matches!(text.word_before(i, 1), "per" | "a" | "every" | "each");
    let year = now.date.iso_week().year();
    let monday = |year: i32| NaiveDate::from_isoywd_opt(year, week, Weekday::Mon);
    let sunday = |first: NaiveDate| first.checked_add_days(Days::new(6));
    let first =
        [year, year + 1].into_iter().filter_map(monday).find(|first| sunday(*first) >= Some(now.date))?;
    (!counted).then(|| Day::period(Some(first).zip(sunday(first)), text.tokens[i + 1].end))
}

fn day_names(text: &Text, i: usize) -> Option<Weekday> {
    super::date_week::weekday_of(text.word(i))
}

/// Reads a month that stands alone behind a word such as `in`: the one to come, the last one in a
/// sentence about the past.
fn whole_month(text: &Text, i: usize, month: u32, now: &Now) -> Option<Day> {
    let before = text.word_before(i, 1);
    let announced = matches!(
        before,
        "in" | "since"
            | "until"
            | "till"
            | "by"
            | "from"
            | "for"
            | "early"
            | "mid"
            | "late"
            | "during"
            | "before"
            | "after"
            | "of"
    ) && text.same_line(i);
    let (next, end) = (i + 1, text.tokens[i].end);
    let joined = text.touches(next) && matches!(text.word(next), "-" | "/" | "'");
    let surely = text.raw(i).starts_with(char::is_uppercase)
        || !matches!(text.word(i), "may" | "march" | "mar" | "sun");
    let dated = text.digits(next).is_some_and(|year| (1900..=2100).contains(&year)) && text.same_line(next);
    if !(announced || dated) || !surely || joined || before == "of" && text.word_before(i, 2) == "end" {
        return None;
    }
    let whole = |year: i32| {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        Some((first, first.checked_add_months(Months::new(1))?.pred_opt()?))
    };
    if text.class(next) == Some(Class::Digits) && text.same_line(next) {
        let year = text.digits(next).filter(|year| (1900..=2100).contains(year))?;
        return Some(Day::period(whole(i32::try_from(year).ok()?), text.tokens[next].end));
    }
    let year = now.date.year();
    let year = match (before == "since" || is_past(text, i), month.cmp(&now.date.month())) {
        (true, std::cmp::Ordering::Greater) => year - 1,
        (false, std::cmp::Ordering::Less) => year + 1,
        _ => year,
    };
    Some(Day::period(whole(year), end))
}

/// Reads a named day at token `i`; returns its next date, or the last in a sentence about the past,
/// and its last token.
fn named(text: &Text, i: usize, now: &Now) -> Option<(Option<NaiveDate>, usize)> {
    type Rule = fn(i32) -> Option<NaiveDate>;
    let second = text.word(i + 1);
    let (rule, last): (Rule, usize) = match (text.word(i), second) {
        ("christmas", "eve") => (|year| NaiveDate::from_ymd_opt(year, 12, 24), i + 1),
        ("christmas", "day") => (|year| NaiveDate::from_ymd_opt(year, 12, 25), i + 1),
        ("christmas" | "xmas", _) if !text.raw(i + 1).starts_with(char::is_uppercase) => {
            (|year| NaiveDate::from_ymd_opt(year, 12, 25), i)
        }
        ("boxing", "day") => (|year| NaiveDate::from_ymd_opt(year, 12, 26), i + 1),
        ("halloween", _) => (|year| NaiveDate::from_ymd_opt(year, 10, 31), i),
        ("valentine's" | "valentines", "day") => (|year| NaiveDate::from_ymd_opt(year, 2, 14), i + 1),
        ("new", "year's" | "years") if matches!(text.word(i + 2), "eve" | "day") => {
            if text.word(i + 2) == "eve" {
                (|year| NaiveDate::from_ymd_opt(year, 12, 31), i + 2)
            } else {
                (|year| NaiveDate::from_ymd_opt(year, 1, 1), i + 2)
            }
        }
        ("black", "friday") => (|year| thanksgiving(year)?.succ_opt(), i + 1),
        ("cyber", "monday") => (|year| thanksgiving(year)?.checked_add_days(Days::new(4)), i + 1),
        ("thanksgiving", _) => (thanksgiving, i),
        ("labor", "day") => (|year| NaiveDate::from_weekday_of_month_opt(year, 9, Weekday::Mon, 1), i + 1),
        ("good", "friday") => (|year| easter(year)?.checked_sub_days(Days::new(2)), i + 1),
        ("easter", "monday") => (|year| easter(year)?.succ_opt(), i + 1),
        ("easter", "sunday") => (easter, i + 1),
        ("easter", _) if text.raw(i).starts_with('E') => (easter, i),
        _ => return None,
    };
    let year = now.date.year();
    let date = if is_past(text, i) {
        [year, year - 1].into_iter().filter_map(rule).find(|date| *date <= now.date)
    } else {
        [year, year + 1].into_iter().filter_map(rule).find(|date| *date >= now.date)
    };
    Some((date, last))
}

fn thanksgiving(year: i32) -> Option<NaiveDate> {
    NaiveDate::from_weekday_of_month_opt(year, 11, Weekday::Thu, 4)
}

/// Returns Easter Sunday of a year of the Gregorian calendar (the anonymous algorithm of 1876).
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let day = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(day / 31).ok()?, u32::try_from(day % 31).ok()? + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_the_churches_have_it() {
        for (year, month, day) in [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2038, 4, 25)] {
            assert_eq!(easter(year), NaiveDate::from_ymd_opt(year, month, day), "{year}");
        }
    }
}
