//! Days and times in Chinese words.

use chrono::{NaiveDate, NaiveTime, Weekday};

use super::amount::han_number;
use super::typed::Typed;
use super::when::{Now, Part, When, hour, written};
use super::words::Class;

const DAYS: &[(&str, (i64, Option<Part>))] = &[
    ("今天", (0, None)),
    ("今日", (0, None)),
    ("今儿", (0, None)),
    ("今儿个", (0, None)),
    ("下班前", (0, None)),
    ("下班之前", (0, None)),
    ("今晚", (0, Some(Part::Evening))),
    ("今早", (0, Some(Part::Morning))),
    ("明天", (1, None)),
    ("明日", (1, None)),
    ("明儿", (1, None)),
    ("明儿个", (1, None)),
    ("明早", (1, Some(Part::Morning))),
    ("明晚", (1, Some(Part::Evening))),
    ("听日", (1, None)),
    ("后天", (2, None)),
    ("后日", (2, None)),
    ("后儿", (2, None)),
    ("大后天", (3, None)),
    ("昨天", (-1, None)),
    ("昨日", (-1, None)),
    ("昨儿", (-1, None)),
    ("前天", (-2, None)),
];

const WEEKS: &[(&str, i64)] = &[
    ("下下", 2),
    ("下下个", 2),
    ("下", 1),
    ("下个", 1),
    ("本", 0),
    ("这", 0),
    ("这个", 0),
    ("上", -1),
    ("上个", -1),
];

const PARTS: &[(&str, Part)] = &[
    ("凌晨", Part::Early),
    ("早上", Part::Morning),
    ("早晨", Part::Morning),
    ("清早", Part::Morning),
    ("一早", Part::Morning),
    ("早", Part::Morning),
    ("上午", Part::Morning),
    ("中午", Part::Noon),
    ("下午", Part::Afternoon),
    ("午后", Part::Afternoon),
    ("傍晚", Part::Evening),
    ("晚上", Part::Evening),
    ("晚", Part::Evening),
];

const WEEKDAYS: &[(&str, Weekday)] = &[
    ("一", Weekday::Mon),
    ("二", Weekday::Tue),
    ("三", Weekday::Wed),
    ("四", Weekday::Thu),
    ("五", Weekday::Fri),
    ("六", Weekday::Sat),
    ("日", Weekday::Sun),
    ("天", Weekday::Sun),
    ("1", Weekday::Mon),
    ("2", Weekday::Tue),
    ("3", Weekday::Wed),
    ("4", Weekday::Thu),
    ("5", Weekday::Fri),
    ("6", Weekday::Sat),
    ("7", Weekday::Sun),
];

/// What may stand behind a time without changing it: 周一前, 三点之前.
const BEFORE: &[&str] = &[
    "之前",
    "以前",
    "前",
    "之内",
    "以内",
    "左右",
    "的时候",
    "那天",
    "下班前",
    "下班之前",
    "下班以前",
    "下班",
    "收工前",
    "那会儿",
];

/// What may stand before a time of the day without changing it: 待会儿四点.
const SOON: &[(&str, ())] = &[
    ("待会", ()),
    ("待会儿", ()),
    ("等会", ()),
    ("等会儿", ()),
    ("等下", ()),
    ("等一下", ()),
    ("一会", ()),
    ("一会儿", ()),
    ("回头", ()),
];

/// Reads a day, a time, or both that start with token `i`.
pub(super) fn read(typed: &Typed, i: usize, now: &Now) -> Option<(When, usize)> {
    let (when, end) = bare(typed, i, now)?;
    let end = BEFORE.iter().filter_map(|w| typed.phrase(end, w)).max().unwrap_or(end);
    Some((when, end))
}

fn bare(typed: &Typed, i: usize, now: &Now) -> Option<(When, usize)> {
    if typed.any(i, &["过"])
        && let Some(found) = length(typed, i + 1, now).filter(|(_, end)| later(typed, *end).is_none())
    {
        return Some(found);
    }
    if let Some((minutes, end)) = ahead(typed, i) {
        return Some((When::Moment(now.plus_minutes(minutes)?), end));
    }
    let Some((day, part, end)) = day(typed, i, now) else {
        let at = typed.phrase_of(i, SOON).map_or(i, |((), end)| end);
        let (time, end) = clock(typed, at, None)?;
        return Some((When::Clock(now.next_at(time)?), end));
    };
    let at = end + usize::from(typed.any(end, &["的", ","]));
    if let Some((time, end)) = clock(typed, at, part) {
        return Some((When::Moment(day.and_time(time)), end));
    }
    Some(match typed.phrase_of(end, PARTS) {
        Some((Part::Noon, end)) => (When::Moment(day.and_hms_opt(12, 0, 0)?), end),
        Some((_, end)) => (When::Day(day), end),
        None => (When::Day(day), end),
    })
}

/// Reads a day that starts with token `i`.
fn day(typed: &Typed, i: usize, now: &Now) -> Option<(NaiveDate, Option<Part>, usize)> {
    if let Some(((days, part), end)) = typed.phrase_of(i, DAYS) {
        return Some((now.plus_days(days)?, part, end));
    }
    let plain = |date: Option<NaiveDate>, end| Some((date?, None, end));
    let (weeks, at) = typed.phrase_of(i, WEEKS).map_or((None, i), |(n, end)| (Some(n), end));
    if let Some((_, at)) = typed.phrase_of(at, &[("周", ()), ("星期", ()), ("礼拜", ())]) {
        if let Some((day, end)) = typed.phrase_of(at, WEEKDAYS) {
            let counted = typed.any(i.wrapping_sub(1), &["每", "个"]);
            let up_to_now =
                ["到现在", "到目前", "到今天", "至今"].iter().any(|w| typed.phrase(end, w).is_some());
            let goes_on = typed.any(end, &["到", "至", "次"]) && !up_to_now;
            let date = weeks.map_or_else(|| now.coming(day), |n| now.in_week(day, n));
            return if counted || goes_on { None } else { plain(date, end) };
        }
        if let Some(end) = typed.phrase(at, "末") {
            return plain(now.in_week(Weekday::Sat, weeks.unwrap_or(0)), end);
        }
        return match weeks {
            Some(n @ 1..) => plain(now.in_week(Weekday::Mon, n), at),
            Some(0) if typed.any(at, &["内"]) => plain(now.in_week(Weekday::Fri, 0), at + 1),
            _ => None,
        };
    }
    let months = weeks.filter(|_| typed.any(at, &["月"])).map(|n| (i32::try_from(n).unwrap_or(0), at + 1));
    if let Some((months, at)) = months {
        if let Some(end) = typed.phrase(at, "底").or_else(|| typed.phrase(at, "末")) {
            return plain(now.month_end(months), end);
        }
        if let Some(end) = typed.phrase(at, "初") {
            return plain(now.in_month(months, 1), end);
        }
        if let Some(end) = typed.phrase(at, "中旬").or_else(|| typed.phrase(at, "中")) {
            return plain(now.in_month(months, 15), end);
        }
        return match number(typed, at) {
            Some((day, end)) if typed.any(end, &["号", "日"]) => {
                plain(now.in_month(months, u32::try_from(day).ok()?), end + 1)
            }
            _ if months > 0 => plain(now.in_month(months, 1), at),
            _ => None,
        };
    }
    match typed.word(i) {
        "月" if typed.any(i + 1, &["底", "末"]) => return plain(now.month_end(0), i + 2),
        "季" if typed.any(i + 1, &["底", "末"]) => return plain(now.quarter_end(0), i + 2),
        "季" if typed.phrase(i, "季度末").is_some() => return plain(now.quarter_end(0), i + 3),
        "年" if typed.any(i + 1, &["底", "末"]) => {
            return plain(NaiveDate::from_ymd_opt(chrono::Datelike::year(&now.today()), 12, 31), i + 2);
        }
        "半" => {
            let end = typed.phrase(i, "半个月后")?;
            return plain(now.plus_days(15), end);
        }
        _ => {}
    }
    let (n, end) = number(typed, i)?;
    if typed.any(end, &["月", "年"]) && !typed.any(end + 1, &["后", "以", "之"]) {
        return written(typed, i, now).map(|(date, end)| (date, None, end)).or_else(|| {
            let (date, end) = in_named_month(typed, u32::try_from(n).ok()?, end, now)?;
            plain(Some(date), end)
        });
    }
    if typed.any(end, &["号", "日"]) {
        return plain(now.day_of_month(u32::try_from(n).ok()?), end + 1);
    }
    if let Some((days, end)) =
        typed.phrase_of(end, &[("天", 1), ("日", 1), ("周", 7), ("个星期", 7), ("星期", 7), ("个礼拜", 7)])
    {
        let end = later(typed, end)?;
        return plain(now.plus_days(i64::try_from(n).ok()?.checked_mul(days)?), end);
    }
    if let Some(end) = typed.phrase(end, "个月") {
        let end = later(typed, end)?;
        return plain(now.plus_months(u32::try_from(n).ok().filter(|n| *n < 1_200)?), end);
    }
    if typed.class(i) == Some(Class::Number) {
        return written(typed, i, now)
            .filter(|_| typed.any(i + 1, &["-", "/"]))
            .map(|(date, end)| (date, None, end));
    }
    None
}

/// Reads what stands behind the number of a month at token `at`: 六月底, 六月份, 六月签. The month is
/// over where nothing else is said.
fn in_named_month(typed: &Typed, month: u32, at: usize, now: &Now) -> Option<(NaiveDate, usize)> {
    if !typed.any(at, &["月"]) || !(1..=12).contains(&month) {
        return None;
    }
    let ahead = (month + 11 - chrono::Datelike::month0(&now.today())) % 12;
    let ahead = i32::try_from(ahead).ok()?;
    let at = at + 1;
    for (word, day) in [("初", 1), ("中旬", 15), ("中", 15), ("下旬", 25)] {
        if let Some(end) = typed.phrase(at, word) {
            return Some((now.in_month(ahead, day)?, end));
        }
    }
    let said = ["份", "底", "末", "内"].iter().find_map(|w| typed.phrase(at, w));
    let closes =
        ["签", "成交", "成单", "下单", "结", "能签", "能成"].iter().any(|w| typed.phrase(at, w).is_some());
    Some((now.month_end(ahead)?, said.or(closes.then_some(at))?))
}

/// Reads a length of time from token `i`, and returns its end.
pub(super) fn length(typed: &Typed, i: usize, now: &Now) -> Option<(When, usize)> {
    if let Some(end) = ["半小时", "半个小时", "半个钟头"].iter().find_map(|w| typed.phrase(i, w)) {
        return Some((When::Moment(now.plus_minutes(30)?), end));
    }
    let (n, at) = number(typed, i)?;
    let n = i64::try_from(n).ok().filter(|n| *n < 10_000)?;
    if let Some((each, end)) =
        typed.phrase_of(at, &[("小时", 60), ("个小时", 60), ("个钟头", 60), ("分钟", 1)])
    {
        return Some((When::Moment(now.plus_minutes(n * each)?), end));
    }
    let days = &[("天", 1), ("周", 7), ("个星期", 7), ("星期", 7), ("个礼拜", 7), ("个月", 30)];
    let (each, end) = typed.phrase_of(at, days)?;
    Some((When::Day(now.plus_days(n * each)?), end))
}

fn later(typed: &Typed, at: usize) -> Option<usize> {
    ["之后", "以后", "后", "内", "之内", "以内"].iter().filter_map(|w| typed.phrase(at, w)).max()
}

/// Reads 半小时后, 两个小时后, 30分钟后, in minutes.
fn ahead(typed: &Typed, i: usize) -> Option<(i64, usize)> {
    if let Some(end) = ["半小时", "半个小时", "半个钟头", "半个钟"].iter().find_map(|w| typed.phrase(i, w))
    {
        return Some((30, later(typed, end)?));
    }
    let (n, at) = number(typed, i)?;
    let n = i64::try_from(n).ok().filter(|n| *n < 10_000)?;
    let hours = &[
        ("小时", 60),
        ("个小时", 60),
        ("个钟头", 60),
        ("个钟", 60),
        ("分钟", 1),
        ("分", 1),
        ("刻钟", 15),
        ("个半小时", 90),
    ];
    let (each, end) = typed.phrase_of(at, hours)?;
    let minutes = if each == 90 { n * 60 + 30 } else { n * each };
    Some((minutes, later(typed, end)?))
}

/// Reads a time of the day that starts with token `i`.
fn clock(typed: &Typed, i: usize, part: Option<Part>) -> Option<(NaiveTime, usize)> {
    let (part, at) = typed.phrase_of(i, PARTS).map_or((part, i), |(part, end)| (Some(part), end));
    let (n, at) = number(typed, at)?;
    let n = u32::try_from(n).ok()?;
    let time = |minute, on_24, end| Some((NaiveTime::from_hms_opt(hour(n, part, on_24)?, minute, 0)?, end));
    if typed.any(at, &[":"]) {
        let minute = typed.number(at + 1).filter(|m| *m < 60 && typed.word(at + 1).len() == 2)?;
        return time(minute, typed.word(at - 1).starts_with('0') || n >= 13, at + 2);
    }
    if !typed.any(at, &["点", "时"]) {
        return None;
    }
    let at = at + 1;
    if let Some((minute, end)) =
        typed.phrase_of(at, &[("半", 30), ("一刻", 15), ("三刻", 45), ("整", 0), ("钟", 0), ("多", 0)])
    {
        return time(minute, false, end);
    }
    match number(typed, at) {
        Some((minute, end)) if minute < 60 && (typed.any(end, &["分"]) || minute >= 10) => {
            time(u32::try_from(minute).ok()?, false, end + usize::from(typed.any(end, &["分"])))
        }
        _ => time(0, false, at),
    }
}

/// Reads a count in digits or characters, up to three digits.
fn number(typed: &Typed, i: usize) -> Option<(u64, usize)> {
    match typed.class(i)? {
        Class::Number => typed.number(i).map(|n| (u64::from(n), i + 1)),
        Class::Han => han_number(typed, i),
        _ => None,
    }
}
