//! Days and times in English words.

use chrono::{NaiveDate, NaiveTime, Weekday};

use super::typed::Typed;
use super::when::{Now, Part, When, hour, written};
use super::words::Class;

const WEEKDAYS: &[(&str, Weekday)] = &[
    ("monday", Weekday::Mon),
    ("mon", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("tues", Weekday::Tue),
    ("tue", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("weds", Weekday::Wed),
    ("wed", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("thurs", Weekday::Thu),
    ("thur", Weekday::Thu),
    ("thu", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("fri", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sat", Weekday::Sat),
    ("sunday", Weekday::Sun),
    ("sun", Weekday::Sun),
];

/// Days told by one word.
const DAYS: &[(&str, (i64, Option<Part>))] = &[
    ("today", (0, None)),
    ("tdy", (0, None)),
    ("2day", (0, None)),
    ("tonight", (0, Some(Part::Evening))),
    ("tonite", (0, Some(Part::Evening))),
    ("this morning", (0, Some(Part::Morning))),
    ("this afternoon", (0, Some(Part::Afternoon))),
    ("this evening", (0, Some(Part::Evening))),
    ("later today", (0, None)),
    ("end of day", (0, None)),
    ("end of the day", (0, None)),
    ("eod", (0, None)),
    ("eod today", (0, None)),
    ("cob", (0, None)),
    ("tomorrow", (1, None)),
    ("tomorow", (1, None)),
    ("tommorow", (1, None)),
    ("tommorrow", (1, None)),
    ("tmrw", (1, None)),
    ("tmr", (1, None)),
    ("tmw", (1, None)),
    ("tomo", (1, None)),
    ("tmrrw", (1, None)),
    ("2 moro", (1, None)),
    ("2 morrow", (1, None)),
    ("day after tomorrow", (2, None)),
    ("the day after tomorrow", (2, None)),
    ("day after tmrw", (2, None)),
    ("overmorrow", (2, None)),
    ("yesterday", (-1, None)),
];

const MONTHS: &[&str] = &[
    "january",
    "jan",
    "february",
    "feb",
    "march",
    "mar",
    "april",
    "apr",
    "may",
    "june",
    "jun",
    "july",
    "jul",
    "august",
    "aug",
    "september",
    "sept",
    "sep",
    "october",
    "oct",
    "november",
    "nov",
    "december",
    "dec",
];

/// Returns the month that a word names, 1 to 12.
pub(super) fn month(word: &str) -> Option<u32> {
    let at = MONTHS.iter().position(|m| *m == word)?;
    let names = [2, 2, 2, 2, 1, 2, 2, 2, 3, 2, 2, 2];
    let mut seen = 0;
    (1..).zip(names).find_map(|(month, n)| {
        seen += n;
        (at < seen).then_some(month)
    })
}

/// Returns the weekday that a word names.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(name, _)| *name == word).map(|(_, day)| *day)
}

/// Reads a day, a time, or both that start with token `i`.
pub(super) fn read(typed: &Typed, i: usize, now: &Now) -> Option<(When, usize)> {
    if let Some((minutes, end)) = ahead(typed, i) {
        return Some((When::Moment(now.plus_minutes(minutes)?), end));
    }
    if let Some((day, part, end)) = day(typed, i, now) {
        let (part, end) = match part_at(typed, end) {
            Some((part, end)) => (Some(part), end),
            None => (part, end),
        };
        let mut at = end;
        at += usize::from(typed.any(at, &[",", "@"]));
        let announced = typed.any(at, &["at", "by", "around", "before", "from"]);
        at += usize::from(announced || typed.any(at, &["about"]));
        return Some(match clock(typed, at, part, true) {
            Some((time, end)) => (When::Moment(day.and_time(time)), end),
            None => (When::Day(day), end),
        });
    }
    let (time, end) =
        clock(typed, i, None, typed.any(i.wrapping_sub(1), &["at", "by", "until", "till", "til", "before"]))?;
    let mut at = end;
    at += usize::from(typed.any(at, &["on", ","]));
    match day(typed, at, now) {
        Some((day, part, end)) => {
            let (part, end) = part_at(typed, end).map_or((part, end), |(part, end)| (Some(part), end));
            let time = clock(typed, i, part, true).map_or(time, |(time, _)| time);
            Some((When::Moment(day.and_time(time)), end))
        }
        None => Some((When::Clock(now.next_at(time)?), end)),
    }
}

/// Reads a day that starts with token `i`.
fn day(typed: &Typed, i: usize, now: &Now) -> Option<(NaiveDate, Option<Part>, usize)> {
    let plain = |date: Option<NaiveDate>, end| Some((date?, None, end));
    if let Some(((days, part), mut end)) = typed.phrase_of(i, DAYS) {
        // "tomorrow eod" is one day.
        end = ["eod", "end of day", "cob"].iter().find_map(|w| typed.phrase(end, w)).unwrap_or(end);
        return Some((now.plus_days(days)?, part, end));
    }
    let word = typed.word(i);
    let next = typed.word(i + 1);
    match word {
        "next" | "this" | "coming" => {
            if let Some(day) = weekday(next) {
                let date = match word {
                    "next" => now.in_week(day, 1),
                    _ => now.coming(day),
                };
                return plain(date, i + 2);
            }
            let weeks = i64::from(word == "next");
            return match next {
                "week" | "wk" => {
                    let at = i + 2 + usize::from(typed.any(i + 2, &["on", ","]));
                    match weekday(typed.word(at)) {
                        Some(day) => plain(now.in_week(day, weeks), at + 1),
                        None if word == "next" => plain(now.in_week(Weekday::Mon, 1), i + 2),
                        None => None,
                    }
                }
                "weekend" => plain(now.in_week(Weekday::Sat, weeks), i + 2),
                "month" if word == "next" => plain(now.in_month(1, 1), i + 2),
                "quarter" if word == "next" => plain(now.quarter_end(0).and_then(|d| d.succ_opt()), i + 2),
                _ => None,
            };
        }
        "end" if next == "of" => return plain_end(typed, i, now),
        "in" | "by"
            if month(next).is_some()
                && typed.number(i + 2).is_none()
                && typed
                    .any(i.wrapping_sub(1), &["close", "closing", "closes", "sign", "signing", "closed"]) =>
        {
            let ahead = (month(next)? + 12 - chrono::Datelike::month(&now.today())) % 12;
            return plain(now.month_end(i32::try_from(ahead).ok()?), i + 2);
        }
        "eow" => return plain(now.in_week(Weekday::Fri, 0), i + 1),
        "eom" => return plain(now.month_end(0), i + 1),
        "eoq" => return plain(now.quarter_end(0), i + 1),
        "in" | "within" => return span(typed, i + 1, now).and_then(|(date, end)| plain(Some(date), end)),
        "the" => {
            let day = typed.number(i + 1).filter(|d| (1..=31).contains(d))?;
            if typed.any(i + 2, &["st", "nd", "rd", "th"]) {
                return match typed.any(i + 3, &["of"]) || month(typed.word(i + 3)).is_some() {
                    true => written(typed, i + 1, now).map(|(date, end)| (date, None, end)),
                    false => plain(now.day_of_month(day), i + 3),
                };
            }
            return None;
        }
        _ => {}
    }
    let known = WEEKDAYS.iter().find_map(|(name, day)| typed.is(i, name).map(|_| *day));
    if let Some(day) = known {
        if let Some((date, end)) = with_date(typed, i, now) {
            return plain(Some(date), end);
        }
        if next == "next" && typed.any(i + 2, &["week", "wk"]) {
            return plain(now.in_week(day, 1), i + 3);
        }
        // `sat` and `sun` are words too: in a sentence they want a lead.
        let free = !matches!(word, "sat" | "sun")
            || typed.any(i.wrapping_sub(1), &["on", "by", "until", "till", "for"])
            || typed.number(i + 1).is_some();
        return free.then(|| plain(now.coming(day), i + 1)).flatten();
    }
    if typed.class(i) == Some(Class::Number) {
        if let Some((date, end)) = span(typed, i, now)
            && typed.phrase(end, "from now").or_else(|| typed.phrase(end, "from today")).is_some()
        {
            return plain(Some(date), end + 2);
        }
        let dated = typed.any(i + 1, &["-", ".", "/", "st", "nd", "rd", "th", "of"]) || month(next).is_some();
        if dated && let Some((date, end)) = written(typed, i, now) {
            return plain(Some(date), end);
        }
        let day = typed.number(i).filter(|d| (1..=31).contains(d))?;
        let ordinal = !typed.gap(i + 1) && typed.any(i + 1, &["st", "nd", "rd", "th"]);
        return if ordinal { plain(now.day_of_month(day), i + 2) } else { None };
    }
    if month(word).is_some() && typed.number(i + 1).is_some() {
        return written(typed, i, now).map(|(date, end)| (date, None, end));
    }
    if matches!(word, "a" | "one" | "two" | "three") {
        let (date, end) = span(typed, i, now)?;
        return typed.phrase(end, "from now").and_then(|end| plain(Some(date), end));
    }
    None
}

/// Reads the date behind a weekday: `friday 13 march`, `thursday the 12th`.
fn with_date(typed: &Typed, i: usize, now: &Now) -> Option<(NaiveDate, usize)> {
    let at = i + 1 + usize::from(typed.any(i + 1, &[",", "the"]));
    let ordinal = typed.any(at + 1, &["st", "nd", "rd", "th"]);
    let first = month(typed.word(at)).is_some() && typed.number(at + 1).is_some();
    let named = typed.number(at).is_some() && (ordinal || month(typed.word(at + 1)).is_some());
    if !(first || named) {
        return None;
    }
    if let Some(found) = written(typed, at, now) {
        return Some(found);
    }
    let day = typed.number(at).filter(|_| ordinal)?;
    Some((now.day_of_month(day)?, at + 2))
}

/// Reads `end of the month`, `end of june`, `end of next week`.
fn plain_end(typed: &Typed, i: usize, now: &Now) -> Option<(NaiveDate, Option<Part>, usize)> {
    let mut at = i + 2;
    let next = typed.any(at, &["next"]);
    at += usize::from(typed.any(at, &["the", "this", "next"]));
    let by = i32::from(next);
    let date = match typed.word(at) {
        "week" | "wk" => now.in_week(Weekday::Fri, i64::from(by)),
        "month" => now.month_end(by),
        "quarter" => now.quarter_end(by),
        "year" => now
            .in_month(12 * (by + 1), 1)
            .and_then(|d| NaiveDate::from_ymd_opt(chrono::Datelike::year(&d) - 1, 12, 31)),
        word => {
            month(word)?;
            return written(typed, i, now).map(|(date, end)| (date, None, end));
        }
    };
    Some((date?, None, at + 1))
}

fn count(typed: &Typed, i: usize) -> Option<(i64, usize)> {
    const NUMBERS: &[&str] = &[
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    if let Some(n) = typed.number(i) {
        return (n <= 1_000).then_some((i64::from(n), i + 1));
    }
    if let Some(end) = typed.phrase(i, "a couple of").or_else(|| typed.phrase(i, "couple of")) {
        return Some((2, end));
    }
    match typed.word(i) {
        "a" | "an" => Some((1, i + 1)),
        word => NUMBERS.iter().position(|n| *n == word).map(|n| (n as i64, i + 1)),
    }
}

/// Reads a length of time from token `i`, and returns its end.
pub(super) fn length(typed: &Typed, i: usize, now: &Now) -> Option<(When, usize)> {
    if let Some(end) = typed.phrase(i, "half an hour") {
        return Some((When::Moment(now.plus_minutes(30)?), end));
    }
    if let Some((date, end)) = span(typed, i, now) {
        return Some((When::Day(date), end));
    }
    let (n, unit) = count(typed, i)?;
    let each = minutes(typed.word(unit))?;
    Some((When::Moment(now.plus_minutes(n * each)?), unit + 1))
}

/// Returns how many minutes a unit has.
fn minutes(unit: &str) -> Option<i64> {
    match unit {
        "h" | "hr" | "hrs" | "hour" | "hours" => Some(60),
        "m" | "min" | "mins" | "minute" | "minutes" => Some(1),
        _ => None,
    }
}

/// Reads a span of days, weeks or months at token `i`; returns the day at its end.
fn span(typed: &Typed, i: usize, now: &Now) -> Option<(NaiveDate, usize)> {
    let (n, unit) = count(typed, i)?;
    let date = match typed.word(unit) {
        "day" | "days" | "d" => now.plus_days(n),
        "week" | "weeks" | "wk" | "wks" | "w" => now.plus_days(7 * n),
        "fortnight" => now.plus_days(14 * n),
        "month" | "months" => now.plus_months(u32::try_from(n).ok()?),
        "year" | "years" => now.plus_months(u32::try_from(12 * n).ok()?),
        _ => return None,
    };
    Some((date?, unit + 1))
}

/// Reads `in 2 hours`, `in half an hour`, `30 min from now`, in minutes.
fn ahead(typed: &Typed, i: usize) -> Option<(i64, usize)> {
    let led = typed.any(i, &["in", "within"]);
    let at = i + usize::from(led);
    let half = ["half an hour", "half hour", "half a hour"].iter().find_map(|w| typed.phrase(at, w));
    if let Some(end) = half.filter(|_| led) {
        return Some((30, end));
    }
    let (n, unit) = count(typed, at)?;
    let half = typed.phrase(unit, "and a half");
    let unit = half.unwrap_or(unit);
    let each = minutes(typed.word(unit))?;
    let minutes = n * each + if half.is_some() { each / 2 } else { 0 };
    match (led, typed.phrase(unit + 1, "from now")) {
        (_, Some(end)) => Some((minutes, end)),
        (true, None) => Some((minutes, unit + 1)),
        (false, None) => None,
    }
}

/// Reads the part of the day that stands behind a day or time.
fn part_at(typed: &Typed, i: usize) -> Option<(Part, usize)> {
    let i = typed.phrase(i, "in the").or_else(|| typed.phrase(i, "at night").map(|end| end - 1)).unwrap_or(i);
    let part = match typed.word(i) {
        "morning" | "am" if typed.word(i) == "morning" => Part::Morning,
        "afternoon" => Part::Afternoon,
        "evening" | "night" => Part::Evening,
        _ => return None,
    };
    Some((part, i + 1))
}

/// Reads a time of the day that starts with token `i`; a bare hour only if one is `expected`.
fn clock(typed: &Typed, i: usize, part: Option<Part>, expected: bool) -> Option<(NaiveTime, usize)> {
    let fixed: &[(&str, u32)] =
        &[("noon", 12), ("midday", 12), ("lunch", 12), ("lunchtime", 12), ("midnight", 0)];
    // Lunch with somebody is no time.
    let led = ["at", "by", "before", "after", "around", "over", "until", "till"];
    let eaten = typed.any(i, &["lunch"]) && !typed.any(i.wrapping_sub(1), &led);
    if let Some((hour, end)) = typed.phrase_of(i, fixed).filter(|_| !eaten) {
        return Some((NaiveTime::from_hms_opt(hour, 0, 0)?, end));
    }
    let past: &[(&str, i64)] = &[("half past", 30), ("quarter past", 15), ("quarter to", -15), ("half", 30)];
    if let Some((shift, at)) = typed.phrase_of(i, past) {
        let base = count(typed, at).filter(|(n, _)| (1..=12).contains(n))?;
        let (meridiem, end) = meridiem(typed, base.1).map_or((part, base.1), |(p, end)| (Some(p), end));
        let whole = hour(u32::try_from(base.0).ok()?, meridiem, false)?;
        let minutes = i64::from(whole) * 60 + shift;
        let time = NaiveTime::from_num_seconds_from_midnight_opt(u32::try_from(minutes * 60).ok()?, 0)?;
        return Some((time, end));
    }
    let (n, mut end) = match typed.number(i) {
        Some(n) if typed.tokens[i].word.len() <= 2 => (n, i + 1),
        _ => {
            let (n, end) = count(typed, i).filter(|(n, _)| (1..=12).contains(n))?;
            if !(expected || typed.any(end, &["o'clock"])) || matches!(typed.word(i), "a" | "an") {
                return None;
            }
            (u32::try_from(n).ok()?, end)
        }
    };
    let mut minute = 0;
    let mut sure = false;
    let mut on_24 = n >= 13;
    let pair = |i: usize| typed.number(i).filter(|m| *m < 60 && typed.tokens[i].word.len() == 2);
    if typed.any(end, &[":", ".", "h"])
        && !typed.gap(end)
        && !typed.gap(end + 1)
        && let Some(m) = pair(end + 1)
    {
        // Behind a day 9.30 is a time, whatever comes then.
        sure = typed.any(end, &[":", "h"]) || meridiem(typed, end + 2).is_some() || expected && m % 5 == 0;
        if !sure && !expected {
            return None;
        }
        on_24 = on_24 || typed.word(i).starts_with('0');
        minute = m;
        end += 2;
    } else if typed.any(end, &["h"]) && !typed.gap(end) && n >= 7 {
        sure = true;
        on_24 = true;
        end += 1;
    }
    let mut part = part;
    if let Some((found, behind)) = meridiem(typed, end).or_else(|| part_at(typed, end)) {
        (part, end, sure) = (Some(found), behind, true);
    } else if typed.any(end, &["o'clock", "oclock", "ish"]) {
        (end, sure) = (end + 1, true);
    }
    if !(sure || expected && ends(typed, end)) || typed.any(end, &["%", "-", "/"]) && !typed.gap(end) {
        return None;
    }
    Some((NaiveTime::from_hms_opt(hour(n, part, on_24)?, minute, 0)?, end))
}

/// Tells whether a bare hour may end before token `end`: `friday 10`, but not `friday 10 boxes`.
fn ends(typed: &Typed, end: usize) -> bool {
    let word = typed.class(end) == Some(Class::Word);
    !word
        || typed.any(
            end,
            &[
                "to", "on", "and", "about", "for", "with", "pls", "please", "sharp", "call", "tomorrow",
                "tmrw", "today", "re",
            ],
        )
        || weekday(typed.word(end)).is_some()
}

fn meridiem(typed: &Typed, i: usize) -> Option<(Part, usize)> {
    let part = |word: &str| match word {
        "am" => Some(Part::Morning),
        "pm" => Some(Part::Afternoon),
        _ => None,
    };
    if let Some(part) = part(typed.word(i)) {
        return Some((part, i + 1));
    }
    let dotted = typed.any(i + 1, &["."]) && typed.any(i + 2, &["m"]);
    let part = match typed.word(i) {
        "a" if dotted => Part::Morning,
        "p" if dotted => Part::Afternoon,
        "p" if !typed.gap(i) => return Some((Part::Afternoon, i + 1)),
        _ => return None,
    };
    Some((part, i + 3 + usize::from(typed.any(i + 3, &["."]))))
}
