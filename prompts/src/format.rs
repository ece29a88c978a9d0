//! How numbers, times and lists are written, in either language. Pure.

use chrono::{Datelike, NaiveDate, Timelike};
use chrono_tz::Tz;
use rapport_model::message::Calendar;
use rapport_model::reading::Language::{self, En, Zh};
use rapport_model::time::{DAY, HOUR, MINUTE, Timestamp};

const WEEKDAYS_EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const WEEKDAYS_ZH: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
const MONTHS_EN: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Writes a day in `zone`: `Thu 12 Mar 2026`, `2026年3月12日 周四`.
pub fn day(language: Language, at: Timestamp, zone: Tz) -> String {
    let t = at.local(zone);
    let weekday = t.weekday().num_days_from_monday() as usize;
    let (year, month, day) = (t.year(), t.month(), t.day());
    match language {
        En => format!("{} {day} {} {year}", WEEKDAYS_EN[weekday], MONTHS_EN[t.month0() as usize]),
        Zh => format!("{year}年{month}月{day}日 {}", WEEKDAYS_ZH[weekday]),
    }
}

/// Writes an instant in `zone`: `Thu 12 Mar 2026, 10:00`, `2026年3月12日 周四 10:00`.
pub fn when(language: Language, at: Timestamp, zone: Tz) -> String {
    let t = at.local(zone);
    let comma = if language == En { "," } else { "" };
    format!("{}{comma} {:02}:{:02}", day(language, at, zone), t.hour(), t.minute())
}

/// Writes the time of day in `zone`: `13:40`.
pub fn clock(at: Timestamp, zone: Tz) -> String {
    at.local(zone).format("%H:%M").to_string()
}

/// Writes the weekday and the time of day in `zone`: `Tue 14:00`, `周二 14:00`.
pub fn moment(language: Language, at: Timestamp, zone: Tz) -> String {
    let weekday = at.local(zone).weekday().num_days_from_monday() as usize;
    let names = if language == En { WEEKDAYS_EN } else { WEEKDAYS_ZH };
    format!("{} {}", names[weekday], clock(at, zone))
}

/// Writes the period from `from` to `to` (exclusive) in `zone`: one day, the first and the last
/// day (`9 – 15 Mar 2026`, `2026年3月9日至15日`), or instants where it does not run from midnight
/// to midnight.
pub fn period(language: Language, from: Timestamp, to: Timestamp, zone: Tz) -> String {
    let midnight = |t: Timestamp| t.local(zone).num_seconds_from_midnight() == 0;
    if !midnight(from) || !midnight(to) {
        let dash = if language == En { " – " } else { " 至 " };
        return format!("{}{dash}{}", when(language, from, zone), when(language, to, zone));
    }
    let (first, last) = (from.local(zone).date_naive(), to.plus(-1).local(zone).date_naive());
    if first >= last {
        return day(language, from, zone);
    }
    let same_year = first.year() == last.year();
    let same_month = same_year && first.month() == last.month();
    match language {
        En => {
            let month = |date: NaiveDate| MONTHS_EN[date.month0() as usize];
            let first = match (same_month, same_year) {
                (true, _) => first.day().to_string(),
                (_, true) => format!("{} {}", first.day(), month(first)),
                _ => format!("{} {} {}", first.day(), month(first), first.year()),
            };
            format!("{first} – {} {} {}", last.day(), month(last), last.year())
        }
        Zh => {
            let last = match (same_month, same_year) {
                (true, _) => format!("{}日", last.day()),
                (_, true) => format!("{}月{}日", last.month(), last.day()),
                _ => format!("{}年{}月{}日", last.year(), last.month(), last.day()),
            };
            format!("{}年{}月{}日至{last}", first.year(), first.month(), first.day())
        }
    }
}

/// Writes the time of a meeting from `from` to `to` in `zone`: `Thu 12 Mar 2026, 14:00 – 15:00`,
/// `2026年3月12日 周四 14:00–15:00`; with both days where it ends on another.
pub fn meeting(language: Language, from: Timestamp, to: Timestamp, zone: Tz) -> String {
    let end = to.local(zone);
    if end.date_naive() != from.local(zone).date_naive() {
        let dash = if language == En { " – " } else { " 至 " };
        return format!("{}{dash}{}", when(language, from, zone), when(language, to, zone));
    }
    let dash = if language == En { " – " } else { "–" };
    format!("{}{dash}{:02}:{:02}", when(language, from, zone), end.hour(), end.minute())
}

/// Writes when the meeting of a mail is, for somebody in `zone`; nothing where it does not say. Whole days
/// are the same days everywhere, and what names no zone stays as it was written.
pub fn meeting_of(language: Language, meeting: &Calendar, zone: Tz) -> Option<String> {
    let start = meeting.start?;
    let zone = if meeting.all_day || meeting.floating { Tz::UTC } else { zone };
    Some(match meeting.end.filter(|end| *end > start) {
        Some(end) if meeting.all_day => period(language, start, end, zone),
        None if meeting.all_day => day(language, start, zone),
        Some(end) => self::meeting(language, start, end, zone),
        None => when(language, start, zone),
    })
}

/// Writes a length of time in its largest sensible unit, rounded: `3 days`, `3 天`.
pub fn span(language: Language, micros: i64) -> String {
    let micros = micros.saturating_abs();
    let round = |unit: i64| micros / unit + i64::from(micros % unit >= unit / 2);
    let (n, en, zh) = match micros {
        m if m < MINUTE => {
            return if language == En { "less than a minute" } else { "不到 1 分钟" }.to_owned();
        }
        m if m < HOUR - MINUTE / 2 => (round(MINUTE), "minute", "分钟"),
        m if m < 2 * DAY - HOUR / 2 => (round(HOUR), "hour", "小时"),
        m if m < 60 * DAY => (round(DAY), "day", "天"),
        m if m < 730 * DAY => (round(30 * DAY), "month", "个月"),
        _ => (round(365 * DAY), "year", "年"),
    };
    match language {
        En => count(n, en, &format!("{en}s")),
        Zh => format!("{} {zh}", number(n)),
    }
}

/// Writes a whole number with its thousands apart: `1,234`.
pub fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    if n < 0 {
        text.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a number with its English noun: `1 mail`, `2 mails`.
pub fn count(n: i64, one: &str, many: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

/// Writes a share in 0..=1 as per cent; what is less than half a per cent but not nothing
/// is `<1%`.
pub fn percent(share: f64) -> String {
    let percent = (share * 100.0).round();
    if percent < 1.0 && share > 0.0 { "<1%".to_owned() } else { format!("{}%", number(percent as i64)) }
}

/// Writes a list: `a, b and c`, `a、b和c`.
pub fn list<T: AsRef<str>>(language: Language, items: &[T]) -> String {
    let (comma, and) = if language == En { (", ", " and ") } else { ("、", "和") };
    let mut text = String::new();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            text.push_str(if i + 1 == items.len() { and } else { comma });
        }
        text.push_str(item.as_ref());
    }
    text
}

/// Writes a list of quotations: `“a”, “b” and “c”`, `“a”“b”“c”` (Chinese puts nothing between
/// quotation marks, GB/T 15834).
pub fn quoted<T: AsRef<str>>(language: Language, items: &[T]) -> String {
    let marked: Vec<String> = items.iter().map(|item| format!("“{}”", item.as_ref())).collect();
    if language == En { list(language, &marked) } else { marked.concat() }
}

/// Makes one line of a text: every run of blanks, line ends and control characters becomes one
/// blank, and marks that turn the direction of writing go, so that a customer's words cannot
/// look like lines of ours or add a header to a mail.
pub fn one_line(text: &str) -> String {
    let turns = |c: &char| !matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let mut line = String::with_capacity(text.len());
    for c in text.chars().filter(turns) {
        match c {
            c if !(c.is_whitespace() || c.is_control()) => line.push(c),
            _ if line.is_empty() || line.ends_with(' ') => {}
            _ => line.push(' '),
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Cuts a text to `chars_max` characters, with an ellipsis where something was lost.
pub fn clip(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}

/// Begins a text with a capital letter and leaves the rest.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Takes the marks of an answer off a subject, so that they do not pile up.
pub fn bare_subject(subject: &str) -> String {
    let mut rest = subject.trim();
    'marks: loop {
        for mark in ["re:", "aw:", "sv:", "re：", "回复:", "回复：", "答复:", "答复："] {
            let head = rest.get(..mark.len());
            if head.is_some_and(|head| head.to_lowercase() == mark) {
                rest = rest[mark.len()..].trim_start();
                continue 'marks;
            }
        }
        return rest.to_owned();
    }
}

/// Returns how many columns a terminal gives to a text: two for each Chinese, Japanese or
/// Korean character and each full-width sign.
pub fn columns(text: &str) -> usize {
    let wide = |c: char| {
        matches!(c, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}'
            | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE6F}' | '\u{FF00}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}'
            | '\u{20000}'..='\u{3FFFD}')
    };
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

/// Fills a text with blanks up to `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Fills a text with blanks before it, up to `width` columns.
pub fn pad_left(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_time_is_written_in_the_readers_zone_and_language() {
        let noon = at("2026-03-12T02:00:00Z");
        assert_eq!(when(En, noon, Tz::Asia__Shanghai), "Thu 12 Mar 2026, 10:00");
        assert_eq!(when(Zh, noon, Tz::Asia__Shanghai), "2026年3月12日 周四 10:00");
        assert_eq!(when(En, noon, Tz::America__New_York), "Wed 11 Mar 2026, 22:00");
    }

    #[test]
    fn a_period_says_no_more_than_it_must() {
        let (mon, tue) = (at("2026-03-08T23:00:00Z"), at("2026-03-09T23:00:00Z"));
        let berlin = Tz::Europe__Berlin;
        assert_eq!(period(En, mon, tue, berlin), "Mon 9 Mar 2026");
        for (first, days, en, zh) in [
            (mon, 7, "9 – 15 Mar 2026", "2026年3月9日至15日"),
            (mon.plus(-7 * DAY), 7, "2 – 8 Mar 2026", "2026年3月2日至8日"),
            (mon.plus(-9 * DAY), 2, "28 Feb – 1 Mar 2026", "2026年2月28日至3月1日"),
            (mon.plus(-68 * DAY), 2, "31 Dec 2025 – 1 Jan 2026", "2025年12月31日至2026年1月1日"),
        ] {
            let last = first.plus(days * DAY);
            assert_eq!(
                (period(En, first, last, berlin), period(Zh, first, last, berlin)),
                (en.into(), zh.into())
            );
        }
        assert_eq!(period(Zh, mon, tue, berlin), "2026年3月9日 周一");
        let half = period(En, mon.plus(HOUR), tue, berlin);
        assert_eq!(half, "Mon 9 Mar 2026, 01:00 – Tue 10 Mar 2026, 00:00");
    }

    #[test]
    fn a_span_has_one_unit_and_its_plural() {
        for (micros, en, zh) in [
            (0, "less than a minute", "不到 1 分钟"),
            (MINUTE, "1 minute", "1 分钟"),
            (59 * MINUTE + 40_000_000, "1 hour", "1 小时"),
            (-100 * MINUTE, "2 hours", "2 小时"),
            (47 * HOUR + 45 * MINUTE, "2 days", "2 天"),
            (3 * DAY, "3 days", "3 天"),
            (70 * DAY, "2 months", "2 个月"),
            (i64::MIN, "292,471 years", "292,471 年"),
        ] {
            assert_eq!((span(En, micros).as_str(), span(Zh, micros).as_str()), (en, zh), "{micros}");
        }
    }

    #[test]
    fn numbers_and_lists_follow_the_language() {
        assert_eq!(number(-1_234_567), "-1,234,567");
        assert_eq!(
            (count(1, "mail", "mails"), count(0, "mail", "mails")),
            ("1 mail".into(), "0 mails".into())
        );
        assert_eq!((percent(0.004), percent(0.0), percent(1.0)), ("<1%".into(), "0%".into(), "100%".into()));
        for (items, en, zh) in [
            (&[][..], "", ""),
            (&["a"][..], "a", "a"),
            (&["a", "b"][..], "a and b", "a和b"),
            (&["a", "b", "c"][..], "a, b and c", "a、b和c"),
        ] {
            assert_eq!((list(En, items).as_str(), list(Zh, items).as_str()), (en, zh));
        }
        assert_eq!(quoted(En, &["a", "b"]), "“a” and “b”");
        assert_eq!(quoted(Zh, &["a", "b"]), "“a”“b”");
    }

    #[test]
    fn what_a_customer_wrote_stays_on_its_line() {
        assert_eq!(
            one_line("  Hello\r\nBcc: x@y.example\t\u{0}\u{2028} end \n"),
            "Hello Bcc: x@y.example end"
        );
        assert_eq!(one_line("invoice\u{202E}fdp.exe"), "invoicefdp.exe");
        assert_eq!(one_line("\n\n"), "");
        assert_eq!((clip("漏水了", 2), clip("ok", 2)), ("漏水…".into(), "ok".into()));
    }

    #[test]
    fn the_marks_of_an_answer_do_not_pile_up() {
        for (subject, bare) in
            [("Re: RE: Quote", "Quote"), ("回复：Re: 报价", "报价"), ("Receipt", "Receipt"), ("re:", "")]
        {
            assert_eq!(bare_subject(subject), bare);
        }
    }

    #[test]
    fn chinese_takes_two_columns() {
        assert_eq!(pad("投诉", 6), "投诉  ");
        assert_eq!(pad_left("14", 4), "  14");
        assert_eq!(pad("too long", 3), "too long");
    }
}
