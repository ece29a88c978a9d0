//! Days that have a name, and spans of days: Black Friday, next week, this weekend, in January.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::date::{Day, Now, month_of};
use super::date_en::month;
use super::date_week::is_past;
use super::text::{Class, Text};

/// Reads the words for named days or a span of days that start with word `i`.
pub(super) fn read(text: &Text, i: usize, now: &Now) -> Option<Day> {
    match text.word(i) {
        "last" if matches!(text.word(i + 2), "of" | "in") => part_of_month(text, i, now),
        which @ ("this" | "next" | "last" | "coming") => span(text, i, which, now),
        "week" if text.word(i + 1) == "of" => week_of(text, i, now),
        "week" | "cw" => numbered_week(text, i, now),
        "late" | "early" | "mid" | "beginning" | "start" | "middle" => third_of_month(text, i, now),
        "first" | "second" | "third" | "fourth" => part_of_month(text, i, now),
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
        "month" => now.whole_month(by as i32),
        "year" => year(now.date.year() + by as i32),
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
            now.whole_month(ahead + 12 * year)
        }
    };
    Some(Day::period(days, end))
}

/// Reads the digits `i` as a year, behind a word such as `since`.
pub(super) fn whole_year(text: &Text, i: usize) -> Option<Day> {
    let announced =
        matches!(text.word_before(i, 1), "in" | "since" | "until" | "till" | "before" | "after" | "year");
    let number = text.digits(i).filter(|_| text.width(i) == 4 && announced && text.same_line(i))?;
    let of = i32::try_from(number).ok().filter(|year| (1950..=2050).contains(year))?;
    let (next, end) = (i + 1, text.tokens[i].end);
    let counted = super::quantity::is_counted(text, next) || super::money::is_currency(text, next);
    let goes_on = text.touches(next)
        && (text.class(next) != Some(Class::Mark) || text.touches(next + 1) && text.word(next) != ")");
    (!counted && !goes_on).then(|| Day::period(year(of), end))
}

/// Returns the first and the last day of a year.
pub(super) fn year(year: i32) -> Option<(NaiveDate, NaiveDate)> {
    NaiveDate::from_ymd_opt(year, 1, 1).zip(NaiveDate::from_ymd_opt(year, 12, 31))
}

/// Reads the month at token `i`, or `this month` and `next month`; returns its first and last day, and
/// the last token.
fn month_at(text: &Text, i: usize, now: &Now) -> Option<(NaiveDate, NaiveDate, usize)> {
    let by = match (text.word(i), text.word(i + 1)) {
        ("this" | "the", "month") => Some(0),
        ("next", "month") => Some(1),
        ("last", "month") => Some(-1),
        _ => None,
    };
    if let Some(by) = by {
        return now.whole_month(by).map(|(first, end)| (first, end, i + 1));
    }
    let month = month(text.word(i)).filter(|_| text.same_line(i))?;
    let (year, last) = match text.digits(i + 1).filter(|year| (1900..=2100).contains(year)) {
        Some(year) => (i32::try_from(year).ok()?, i + 1),
        None => (now.date.year() + i32::from(month < now.date.month()), i),
    };
    month_of(year, month).map(|(first, end)| (first, end, last))
}

/// Reads `late April`, `early May`, `mid June`, `beginning of July`: ten days of it.
fn third_of_month(text: &Text, i: usize, now: &Now) -> Option<Day> {
    let of = matches!(text.word(i), "beginning" | "start" | "middle");
    if of && text.word(i + 1) != "of" {
        return None;
    }
    let at = i + 1 + usize::from(of || text.word(i + 1) == "-");
    let (first, end, last) =
        month_at(text, at, now).filter(|_| text.raw(at).starts_with(char::is_uppercase))?;
    let days = match text.word(i) {
        "early" | "beginning" | "start" => (first, first.checked_add_days(Days::new(9))?),
        "mid" | "middle" => (first.checked_add_days(Days::new(10))?, first.checked_add_days(Days::new(19))?),
        _ => (first.checked_add_days(Days::new(20))?, end),
    };
    Some(Day::period(Some(days), text.tokens[last].end))
}

/// Reads `first Monday in February`, `last day of this month`, `second week of May`, `first half of
/// October`.
fn part_of_month(text: &Text, i: usize, now: &Now) -> Option<Day> {
    let nth = match text.word(i) {
        "first" => 1,
        "second" => 2,
        "third" => 3,
        "fourth" => 4,
        _ => 0,
    };
    if !matches!(text.word(i + 2), "of" | "in") {
        return None;
    }
    let (first, end, last) = month_at(text, i + 3, now)?;
    let to = text.tokens[last].end;
    let plus = |days: u64| first.checked_add_days(Days::new(days));
    Some(match text.word(i + 1) {
        "day" if nth == 1 => Day::new(Some(first), to),
        "day" if nth == 0 => Day::new(Some(end), to),
        "week" if nth == 0 => Day::period(end.checked_sub_days(Days::new(6)).zip(Some(end)), to),
        "week" => Day::period(plus(7 * (nth - 1)).zip(plus(7 * nth - 1)), to),
        "half" if nth == 1 => Day::period(Some(first).zip(plus(14)), to),
        "half" if nth == 2 => Day::period(plus(15).zip(Some(end)), to),
        word => {
            let weekday = super::date_week::weekday_of(word)?;
            let back = u64::from(end.weekday().days_since(weekday));
            let date = match nth {
                0 => end.checked_sub_days(Days::new(back)),
                nth => NaiveDate::from_weekday_of_month_opt(
                    first.year(),
                    first.month(),
                    weekday,
                    u8::try_from(nth).ok()?,
                ),
            };
            Day::new(date, to)
        }
    })
}

/// Reads `week of 12 May`: its Monday to its Sunday.
fn week_of(text: &Text, i: usize, now: &Now) -> Option<Day> {
    let at = i + 2 + usize::from(text.word(i + 2) == "the");
    let written =
        super::date_en::day_first(text, at, now).or_else(|| super::date_en::month_first(text, at, now))?;
    let date = now.fit(written, None)?;
    let monday = date.checked_sub_days(Days::new(u64::from(date.weekday().num_days_from_monday())))?;
    Some(Day::period(Some(monday).zip(monday.checked_add_days(Days::new(6))), written.end))
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
    if text.class(next) == Some(Class::Digits) && text.same_line(next) {
        let year = text.digits(next).filter(|year| (1900..=2100).contains(year))?;
        return Some(Day::period(month_of(i32::try_from(year).ok()?, month), text.tokens[next].end));
    }
    let year = now.date.year();
    let year = match (before == "since" || is_past(text, i), month.cmp(&now.date.month())) {
        (true, std::cmp::Ordering::Greater) => year - 1,
        (false, std::cmp::Ordering::Less) => year + 1,
        _ => year,
    };
    Some(Day::period(month_of(year, month), end))
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
    Some((now.feast(rule, is_past(text, i)), last))
}

/// The first year of the days of the moon's calendar.
const MOVED_FROM: i32 = 2024;
/// New year by the moon.
const NEW_YEAR: [(u32, u32); 9] =
    [(2, 10), (1, 29), (2, 17), (2, 6), (1, 26), (2, 13), (2, 3), (1, 23), (2, 11)];

/// Reads 除夕, 大年初五, 正月十五 and 腊月二十 at byte `start`; how long the last month is is not known here.
pub(super) fn of_the_new_year(text: &Text, start: usize, now: &Now) -> Option<Day> {
    let rest = &text.lower[start..];
    let behind =
        |names: &[&str]| names.iter().find(|name| rest.starts_with(**name)).map(|name| start + name.len());
    let numeral = |at: usize| {
        let (number, end) = super::numerals::han(&text.lower, at)?;
        Some((i64::try_from(number.as_whole()?).ok().filter(|day| (1..=30).contains(day))?, end))
    };
    let days_of = |days: i64, end: usize| {
        let of = |year: i32| {
            let (month, day) = *NEW_YEAR.get(usize::try_from(year - MOVED_FROM).ok()?)?;
            NaiveDate::from_ymd_opt(year, month, day)?.checked_add_signed(chrono::TimeDelta::days(days))
        };
        Some(Day { is_one_day: true, ..Day::new(now.feast(of, false), end) })
    };
    if let Some(end) = behind(&["除夕"]) {
        return days_of(-1, end);
    }
    if let Some((_, end)) = behind(&["腊月", "臘月"]).and_then(numeral) {
        return Some(Day { is_one_day: true, ..Day::new(None, end) });
    }
    let at = behind(&["大年初", "正月初", "正月"]).or_else(|| {
        let within = text.char_before(start).is_some_and(|c| "年月最当當起".contains(c));
        behind(&["初"]).filter(|_| !within)
    })?;
    let (day, end) = numeral(at).filter(|(day, _)| *day <= 15)?;
    // 初二学生 are of the eighth form.
    let form = text.lower[end..]
        .starts_with(['学', '學', '年', '班', '的', '数', '语', '英', '上', '下', '次', '步']);
    (!form || at - start > '初'.len_utf8()).then(|| days_of(day - 1, end))?
}

/// Reads a feast of the Chinese year at byte `start`: its next date, its last one where the day is told of.
pub(super) fn named_in_chinese(text: &Text, start: usize, now: &Now) -> Option<Day> {
    const FIXED: [(&str, u32, u32); 13] = [
        ("元旦", 1, 1),
        ("情人节", 2, 14),
        ("情人節", 2, 14),
        ("国庆", 10, 1),
        ("國慶", 10, 1),
        ("双十一", 11, 11),
        ("雙十一", 11, 11),
        ("双11", 11, 11),
        ("双十二", 12, 12),
        ("双12", 12, 12),
        ("平安夜", 12, 24),
        ("圣诞", 12, 25),
        ("聖誕", 12, 25),
    ];
    /// Days of the moon's calendar, of the years from [`MOVED_FROM`].
    const MOVED: [(&str, [(u32, u32); 9]); 5] = [
        ("春节", NEW_YEAR),
        ("春節", NEW_YEAR),
        ("端午", [(6, 10), (5, 31), (6, 19), (6, 9), (5, 28), (6, 16), (6, 5), (6, 24), (6, 12)]),
        ("中秋", [(9, 17), (10, 6), (9, 25), (9, 15), (10, 3), (9, 22), (9, 12), (10, 1), (9, 19)]),
        ("清明", [(4, 4), (4, 4), (4, 5), (4, 5), (4, 4), (4, 4), (4, 5), (4, 5), (4, 4)]),
    ];
    let rest = &text.lower[start..];
    let fixed = FIXED.iter().find(|(name, ..)| rest.starts_with(name));
    let moved = MOVED.iter().find(|(name, _)| rest.starts_with(name));
    let name = fixed.map(|f| f.0).or(moved.map(|m| m.0))?;
    let of = |year: i32| {
        let (month, day) = match (fixed, moved) {
            (Some((_, month, day)), _) => (*month, *day),
            (None, Some((_, days))) => *days.get(usize::try_from(year - MOVED_FROM).ok()?)?,
            (None, None) => return None,
        };
        NaiveDate::from_ymd_opt(year, month, day)
    };
    let feast = usize::from(rest[name.len()..].starts_with(['节', '節'])) * '节'.len_utf8();
    let end = start + name.len() + feast;
    let told = ["那天", "买", "買", "订的", "訂的", "退的", "下的"]
        .iter()
        .any(|word| text.lower[end..].starts_with(word));
    Some(Day { is_one_day: true, ..Day::new(now.feast(of, told), end) })
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
