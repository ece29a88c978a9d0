//! Periods: this quarter, last month, the last 90 days, since May.

use chrono::{Datelike, NaiveDate};

use super::amount::han_number;
use super::typed::Typed;
use super::when::{self, Now};
use super::when_en::{month, weekday};
use super::words::Class;

const FIXED: &[(&str, &str)] = &[
    ("today", "today"),
    ("todays", "today"),
    ("today 's", "today"),
    ("yesterday", "yesterday"),
    ("tomorrow", "tomorrow"),
    ("tmrw", "tomorrow"),
    ("tmr", "tomorrow"),
    ("this week", "this_week"),
    ("current week", "this_week"),
    ("this wk", "this_week"),
    ("the week", "this_week"),
    ("week", "this_week"),
    ("weekly", "this_week"),
    ("last week", "last_week"),
    ("previous week", "last_week"),
    ("last wk", "last_week"),
    ("next week", "next_week"),
    ("this month", "this_month"),
    ("current month", "this_month"),
    ("the month", "this_month"),
    ("month", "this_month"),
    ("monthly", "this_month"),
    ("last month", "last_month"),
    ("previous month", "last_month"),
    ("next month", "next_month"),
    ("this quarter", "this_quarter"),
    ("current quarter", "this_quarter"),
    ("the quarter", "this_quarter"),
    ("quarter", "this_quarter"),
    ("quarterly", "this_quarter"),
    ("this q", "this_quarter"),
    ("last quarter", "last_quarter"),
    ("previous quarter", "last_quarter"),
    ("next quarter", "next_quarter"),
    ("this year", "this_year"),
    ("ytd", "this_year"),
    ("year to date", "this_year"),
    ("so far this year", "this_year"),
    ("year", "this_year"),
    ("last year", "last_year"),
    ("previous year", "last_year"),
    ("next year", "next_year"),
    ("今天", "today"),
    ("今日", "today"),
    ("今儿", "today"),
    ("昨天", "yesterday"),
    ("昨日", "yesterday"),
    ("明天", "tomorrow"),
    ("明日", "tomorrow"),
    ("明儿", "tomorrow"),
    ("本周", "this_week"),
    ("这周", "this_week"),
    ("这个星期", "this_week"),
    ("这星期", "this_week"),
    ("本星期", "this_week"),
    ("这礼拜", "this_week"),
    ("这个礼拜", "this_week"),
    ("上周", "last_week"),
    ("上个星期", "last_week"),
    ("上星期", "last_week"),
    ("上礼拜", "last_week"),
    ("上个礼拜", "last_week"),
    ("上一周", "last_week"),
    ("下周", "next_week"),
    ("下星期", "next_week"),
    ("下个星期", "next_week"),
    ("下礼拜", "next_week"),
    ("下个礼拜", "next_week"),
    ("本月", "this_month"),
    ("这个月", "this_month"),
    ("这月", "this_month"),
    ("当月", "this_month"),
    ("上月", "last_month"),
    ("上个月", "last_month"),
    ("上一个月", "last_month"),
    ("下月", "next_month"),
    ("下个月", "next_month"),
    ("本季度", "this_quarter"),
    ("本季", "this_quarter"),
    ("这季度", "this_quarter"),
    ("这个季度", "this_quarter"),
    ("这一季度", "this_quarter"),
    ("当季", "this_quarter"),
    ("季度", "this_quarter"),
    ("上季度", "last_quarter"),
    ("上个季度", "last_quarter"),
    ("上季", "last_quarter"),
    ("下季度", "next_quarter"),
    ("下个季度", "next_quarter"),
    ("今年", "this_year"),
    ("本年", "this_year"),
    ("本年度", "this_year"),
    ("全年", "this_year"),
    ("去年", "last_year"),
    ("明年", "next_year"),
];

/// Reads a period that starts with token `i`; returns its canonical name and where it ends.
pub(super) fn read(typed: &Typed, i: usize, now: &Now) -> Option<(String, usize)> {
    let fixed = typed.phrase_of(i, FIXED).map(|(name, end)| (name.to_owned(), end));
    // 下周二 is a day, and 季度末 too.
    let fixed = fixed.filter(|(_, end)| {
        let day = typed.class(i) == Some(Class::Han)
            && typed.any(*end, &["一", "二", "三", "四", "五", "六", "日", "天", "末", "底", "初"]);
        let english =
            matches!(typed.word(i), "this" | "last" | "next") && weekday(typed.word(*end)).is_some();
        let bare = matches!(typed.word(i), "week" | "month" | "quarter" | "year")
            && typed.any(i.wrapping_sub(1), &["next", "a", "per", "every", "each", "of"]);
        !day && !english && !bare
    });
    [fixed, since(typed, i, now), span(typed, i), quarter(typed, i, now), of_month(typed, i, now)]
        .into_iter()
        .flatten()
        .max_by_key(|(_, end)| *end)
}

/// Reads `in october`, 十月份: the last such month, this one if it is.
fn of_month(typed: &Typed, i: usize, now: &Now) -> Option<(String, usize)> {
    let (month, end) = match typed.class(i)? {
        Class::Word => {
            let led = typed.any(i, &["in", "during", "of"]);
            let at = i + usize::from(led);
            let is_day = typed.number(at + 1).is_some_and(|n| n <= 31);
            (month(typed.word(at)).filter(|_| led && !is_day)?, at + 1)
        }
        _ => {
            let (n, end) = match typed.number(i) {
                Some(n) => (u64::from(n), i + 1),
                None => han_number(typed, i)?,
            };
            let end = typed.phrase(end, "月份").or_else(|| typed.phrase(end, "月"))?;
            let is_day = typed.number(end).is_some() || han_number(typed, end).is_some();
            let ends = is_day || typed.any(end, &["底", "初", "末", "中", "前"]);
            (u32::try_from(n).ok().filter(|n| (1..=12).contains(n) && !ends)?, end)
        }
    };
    let first = month_gone(month, now)?;
    Some((first.format("%Y-%m").to_string(), end))
}

/// Reads `since May`, `since monday`, 五月以来, 从3月1日起.
fn since(typed: &Typed, i: usize, now: &Now) -> Option<(String, usize)> {
    let name = |date: NaiveDate| format!("since_{date}");
    if typed.any(i, &["since"]) || typed.any(i, &["from"]) && typed.any(i + 2, &["on", "onwards"]) {
        let at = i + 1 + usize::from(typed.any(i + 1, &["last"]));
        let word = typed.word(at);
        if let Some(day) = weekday(word) {
            return Some((name(now.gone(day)?), at + 1));
        }
        if let Some(month) = month(word).filter(|_| typed.number(at + 1).is_none_or(|n| n > 31)) {
            return Some((name(month_gone(month, now)?), at + 1));
        }
        if let Some((period, end)) = typed.phrase_of(at - usize::from(at > i + 1), FIXED) {
            return Some((name(begin(period, now)?), end));
        }
        let (when, end) = when::read(typed, at, now)?;
        return Some((name(gone(when.date(), now)?), end));
    }
    let led = typed.any(i, &["从", "自"]);
    let at = i + usize::from(led);
    let behind = |end: usize| {
        let end = end + usize::from(typed.any(end, &["份"]));
        [
            "以来",
            "至今",
            "到现在",
            "到目前",
            "到今天",
            "到目前为止",
            "之后",
            "以后",
            "起",
            "开始",
            "开始到现在",
            "到现在为止",
            "到这会儿",
        ]
        .iter()
        .filter_map(|w| typed.phrase(end, w))
        .max()
    };
    let number = match typed.class(at)? {
        Class::Number => typed.number(at).map(|n| (u64::from(n), at + 1)),
        _ => han_number(typed, at),
    };
    if let Some((n, end)) = number.filter(|(_, end)| typed.any(*end, &["月"]))
        && let Some(end) = behind(end + 1)
    {
        return Some((name(month_gone(u32::try_from(n).ok()?, now)?), end));
    }
    if let Some((period, end)) = typed.phrase_of(at, FIXED) {
        return Some((name(begin(period, now)?), behind(end)?));
    }
    let (when, end) = when::read(typed, at, now)?;
    let behind = behind(end).filter(|_| led || typed.any(end, &["以", "至"]))?;
    Some((name(gone(when.date(), now)?), behind))
}

/// Returns the same day a year or a week before if it is still to come: since Monday.
fn gone(date: NaiveDate, now: &Now) -> Option<NaiveDate> {
    if date <= now.today() {
        return Some(date);
    }
    let days = date.signed_duration_since(now.today()).num_days();
    if days <= 7 { date.checked_sub_days(chrono::Days::new(7)) } else { date.with_year(date.year() - 1) }
}

fn month_gone(month: u32, now: &Now) -> Option<NaiveDate> {
    let this = NaiveDate::from_ymd_opt(now.today().year(), month, 1)?;
    if this <= now.today() { Some(this) } else { this.with_year(this.year() - 1) }
}

/// Returns the first day of a period.
fn begin(period: &str, now: &Now) -> Option<NaiveDate> {
    let quarter = now.today().month0().cast_signed() % 3;
    match period {
        "today" => Some(now.today()),
        "yesterday" => now.plus_days(-1),
        "this_week" => now.in_week(chrono::Weekday::Mon, 0),
        "last_week" => now.in_week(chrono::Weekday::Mon, -1),
        "this_month" => now.in_month(0, 1),
        "last_month" => now.in_month(-1, 1),
        "this_quarter" => now.in_month(-quarter, 1),
        "last_quarter" => now.in_month(-quarter - 3, 1),
        "this_year" => NaiveDate::from_ymd_opt(now.today().year(), 1, 1),
        "last_year" => NaiveDate::from_ymd_opt(now.today().year() - 1, 1, 1),
        _ => None,
    }
}

/// Reads `last 90 days`, `in 2 h`, `90d`, 最近30天, 两小时内: as `90d`, `2h`.
fn span(typed: &Typed, i: usize) -> Option<(String, usize)> {
    let leads = &[
        ("last", ()),
        ("past", ()),
        ("the last", ()),
        ("the past", ()),
        ("next", ()),
        ("within", ()),
        ("in the last", ()),
        ("in the past", ()),
        ("in the next", ()),
        ("the next", ()),
        ("in", ()),
        ("for", ()),
        ("for the next", ()),
        ("over the last", ()),
        ("within the next", ()),
        ("最近", ()),
        ("近", ()),
        ("过去", ()),
        ("未来", ()),
        ("接下来", ()),
    ];
    let (led, at) = typed.phrase_of(i, leads).map_or((false, i), |((), end)| (true, end));
    let (n, unit) = match typed.class(at)? {
        Class::Number => (u64::from(typed.number(at)?), at + 1),
        Class::Han => han_number(typed, at)?,
        _ => return half(typed, at, led),
    };
    let units = &[
        ("h", "h"),
        ("hr", "h"),
        ("hrs", "h"),
        ("hour", "h"),
        ("hours", "h"),
        ("小时", "h"),
        ("个小时", "h"),
        ("个钟头", "h"),
        ("min", "min"),
        ("mins", "min"),
        ("minutes", "min"),
        ("分钟", "min"),
        ("d", "d"),
        ("day", "d"),
        ("days", "d"),
        ("天", "d"),
        ("日", "d"),
        ("w", "w"),
        ("week", "w"),
        ("weeks", "w"),
        ("周", "w"),
        ("个星期", "w"),
        ("星期", "w"),
        ("个礼拜", "w"),
        ("month", "m"),
        ("months", "m"),
        ("mo", "m"),
        ("个月", "m"),
        ("year", "y"),
        ("years", "y"),
        ("年", "y"),
    ];
    let (unit, end) = typed.phrase_of(unit, units)?;
    let inside = ["之内", "以内", "内"].iter().filter_map(|w| typed.phrase(end, w)).max();
    let glued = !typed.gap(at + 1) && matches!(unit, "d" | "w" | "h");
    let value = match unit {
        "w" => format!("{}d", n.checked_mul(7)?),
        "m" => format!("{}d", n.checked_mul(30)?),
        "y" => format!("{}d", n.checked_mul(365)?),
        unit => format!("{n}{unit}"),
    };
    (led || inside.is_some() || glued && typed.class(at) == Some(Class::Number))
        .then_some((value, inside.unwrap_or(end)))
}

/// Reads `last hour`, `next hour`.
fn half(typed: &Typed, at: usize, led: bool) -> Option<(String, usize)> {
    (led && typed.any(at, &["hour"])).then(|| ("1h".to_owned(), at + 1))
}

/// Reads `q3`, 第三季度, 一季度.
fn quarter(typed: &Typed, i: usize, now: &Now) -> Option<(String, usize)> {
    let year = now.today().year();
    if let Some(n) =
        typed.word(i).strip_prefix('q').and_then(|n| n.parse::<u32>().ok()).filter(|n| (1..=4).contains(n))
    {
        return Some((format!("{year}-Q{n}"), i + 1));
    }
    let at = i + usize::from(typed.any(i, &["第"]));
    let (n, end) = match typed.class(at)? {
        Class::Han => han_number(typed, at).filter(|(n, _)| (1..=4).contains(n))?,
        _ => return None,
    };
    typed.phrase(end, "季度").map(|end| (format!("{year}-Q{n}"), end))
}
