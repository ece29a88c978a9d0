//! Times of the day.

use chrono::NaiveTime;

use super::numbers::{cardinal, han, han_digit};
use super::quantity;
use super::text::{Class, Text, is_word_char};
use super::{date_en, money};

/// A part of the day, which tells 9 in the morning from 9 in the evening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// After midnight: 凌晨.
    Early,
    Morning,
    Noon,
    Afternoon,
    Evening,
}

/// A time of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    pub time: NaiveTime,
    /// Minutes that its zone is ahead of UTC; nothing means the house's zone.
    pub offset: Option<i64>,
}

/// A time as written.
#[derive(Clone, Copy, Debug)]
struct Written {
    hour: u32,
    minute: u32,
    /// Whether it is written on 24 hours: 09:30, 15:00.
    on_24: bool,
    /// Whether its form alone says that it is a time: 9:30, 9am, noon, 9 o'clock.
    sure: bool,
    part: Option<Part>,
    /// Byte where it ends.
    end: usize,
}

/// Whose time it is.
enum Zone {
    House,
    Offset(i64, usize),
    Other,
}

/// Reads the time that follows a day whose words end at byte `end` and name `part`; returns it
/// and where what belongs to the day ends.
pub(super) fn behind(text: &Text, end: usize, part: Option<Part>) -> (Option<Clock>, usize) {
    let (part, mut day_end) = match part_at(text, end, true) {
        Some((part, end)) => (Some(part), end),
        None => (part, end),
    };
    // An unclear time leaves the day with its part.
    let mut i = text.token_at(day_end);
    let mut announced = false;
    if text.plain[day_end..].starts_with('T') {
        // Of ISO 8601: the letter and the hour touch.
        i = text.token_at(day_end) + 1;
    }
    for _ in 0..3 {
        match text.word(i) {
            "at" | "@" | "by" | "around" | "about" | "before" | "until" | "from" => {
                announced = true;
                i += 1;
            }
            "," | "的" | "(" => i += 1,
            _ => break,
        }
    }
    if !text.same_line(i) {
        return (None, day_end);
    }
    let Some(start) = text.tokens.get(i).map(|t| t.start) else { return (None, day_end) };
    let (part, i) = match part_at(text, start, false) {
        Some((part, end)) => (Some(part), text.token_at(end)),
        None => (part, i),
    };
    let Some(written) = written(text, i).filter(|w| w.sure || announced && ends_as_time(text, w.end)) else {
        return (None, day_end);
    };
    let Some((clock, end)) = resolve(text, written, part) else { return (None, day_end) };
    day_end = end;
    (Some(clock), day_end)
}

/// Reads a time that starts with token `i` and that its own form or the words beside it mark as
/// one: `3pm`, `at 10:30`, `by noon`, 下午3点. Returns where it ends, and whether it is surely a
/// time of one day even if no day stands beside it.
pub(super) fn marked(text: &Text, i: usize) -> Option<(Clock, usize, bool)> {
    match text.class(i)? {
        Class::Han => {
            if !begins_part(text.tokens[i].first) {
                return None;
            }
            let (part, end) = part_at(text, text.tokens[i].start, false)?;
            let written = written(text, text.token_at(end)).filter(|w| w.sure)?;
            resolve(text, written, Some(part)).map(|(clock, end)| (clock, end, true))
        }
        Class::Mark => None,
        Class::Digits | Class::Word => {
            let written = written(text, i)?;
            let announced = matches!(text.word_before(i, 1), "at" | "by" | "before" | "until" | "till")
                && text.same_line(i);
            let part = written.part.is_some() || part_at(text, written.end, true).is_some();
            if !(part || written.sure || announced && ends_as_time(text, written.end)) {
                return None;
            }
            let alone = part || announced && written.sure;
            resolve(text, written, None).map(|(clock, end)| (clock, end, alone))
        }
    }
}

/// Tells whether the time from token `i` to byte `end` is an end of a range: opening hours.
pub(super) fn is_range(text: &Text, i: usize, end: usize) -> bool {
    let joins =
        |word: &str| matches!(word, "-" | "to" | "and" | "till" | "until" | "between" | "~" | "至" | "到");
    let next = text.token_at(end);
    joins(text.word_before(i, 1)) && text.word_before(i, 1) != "until" || joins(text.word(next))
}

/// Tells whether the name of a part of the day may begin with `c`.
fn begins_part(c: char) -> bool {
    matches!(c, '凌' | '早' | '清' | '上' | '中' | '下' | '午' | '傍' | '晚' | '夜')
}

/// Reads the part of the day at byte `at`; `in the morning` only when `behind` a day or time.
fn part_at(text: &Text, at: usize, behind: bool) -> Option<(Part, usize)> {
    let first = text.token_at(at);
    if !text.same_line(first) && behind {
        return None;
    }
    if text.class(first) == Some(Class::Han) {
        if !begins_part(text.tokens[first].first) {
            return None;
        }
        const PARTS: [(&str, Part); 16] = [
            ("凌晨", Part::Early),
            ("早上", Part::Morning),
            ("早晨", Part::Morning),
            ("清晨", Part::Morning),
            ("上午", Part::Morning),
            ("中午", Part::Noon),
            ("下午", Part::Afternoon),
            ("午后", Part::Afternoon),
            ("傍晚", Part::Evening),
            ("晚上", Part::Evening),
            ("晚间", Part::Evening),
            ("晚間", Part::Evening),
            ("夜里", Part::Evening),
            ("夜裡", Part::Evening),
            ("早", Part::Morning),
            ("晚", Part::Evening),
        ];
        let start = text.tokens[first].start;
        let rest = &text.lower[start..];
        return PARTS
            .iter()
            .find(|(name, _)| rest.starts_with(name))
            .map(|&(name, part)| (part, start + name.len()))
            .filter(|(_, end)| {
                end - start > 3
                    || text.char_at(*end).is_some_and(|c| c.is_ascii_digit() || han_digit(c).is_some())
            });
    }
    let i = match (text.word(first), text.word(first + 1)) {
        ("in", "the") if behind => first + 2,
        ("at", "night") if behind => first + 1,
        _ => first,
    };
    let part = match text.word(i) {
        "morning" => Part::Morning,
        "afternoon" => Part::Afternoon,
        "evening" | "night" => Part::Evening,
        _ => return None,
    };
    Some((part, text.tokens[i].end))
}

/// Reads a time as it is written from token `i`.
fn written(text: &Text, i: usize) -> Option<Written> {
    match text.class(i)? {
        Class::Digits => in_digits(text, i),
        Class::Han => in_han(text, i),
        Class::Word => in_words(text, i),
        Class::Mark => None,
    }
}

fn in_words(text: &Text, i: usize) -> Option<Written> {
    let end_of = |i: usize| text.tokens[i].end;
    let word = text.word(i);
    if word == "noon" {
        return Some(Written { hour: 12, minute: 0, on_24: true, sure: true, part: None, end: end_of(i) });
    }
    // half past ten, quarter past 3
    if matches!(word, "half" | "quarter") && text.word(i + 1) == "past" {
        let hour = text
            .digits(i + 2)
            .or_else(|| cardinal(text.word(i + 2)).map(|n| n as u32))
            .filter(|h| *h <= 12)?;
        let minute = if word == "half" { 30 } else { 15 };
        return Some(Written { hour, minute, on_24: false, sure: true, part: None, end: end_of(i + 2) });
    }
    let hour = cardinal(word).filter(|h| (1..=12).contains(h))? as u32;
    let clock = text.word(i + 1) == "o'clock";
    let end = end_of(i + usize::from(clock));
    Some(Written { hour, minute: 0, on_24: false, sure: clock, part: None, end })
}

fn in_digits(text: &Text, i: usize) -> Option<Written> {
    let hour = text.digits(i).filter(|_| text.width(i) <= 2)?;
    if let Some(written) = han_time(text, u64::from(hour), text.tokens[i].end) {
        return Some(written);
    }
    let mut last = i;
    let mut minute = 0;
    let with_minutes = matches!(text.word(i + 1), ":" | ".")
        && text.touches(i + 1)
        && text.touches(i + 2)
        && text.width(i + 2) == 2
        && text.class(i + 2) == Some(Class::Digits);
    let colon = text.word(i + 1) == ":";
    if with_minutes {
        minute = text.digits(i + 2)?;
        last = i + 2;
        // Seconds and their fractions are not kept.
        if colon
            && text.word(i + 3) == ":"
            && text.touches(i + 3)
            && text.touches(i + 4)
            && text.width(i + 4) == 2
        {
            last = i + 4;
            if text.word(i + 5) == "."
                && text.touches(i + 5)
                && text.touches(i + 6)
                && text.class(i + 6) == Some(Class::Digits)
            {
                last = i + 6;
            }
        }
    }
    let (part, end) =
        meridiem(text, last + 1).map_or((None, text.tokens[last].end), |(p, end)| (Some(p), end));
    let clock = text.word(last + 1) == "o'clock";
    let end = if clock { text.tokens[last + 1].end } else { end };
    if with_minutes && !colon && part.is_none() {
        return None;
    }
    let on_24 =
        part.is_none() && with_minutes && (text.word(i).starts_with('0') && text.width(i) == 2 || hour >= 13);
    let sure = part.is_some() || clock || (with_minutes && colon);
    let continues = text.char_at(end).is_some_and(is_word_char) && text.char_at(end) != Some('Z');
    (!continues).then_some(Written { hour, minute, on_24: on_24 || hour >= 13, sure, part, end })
}

/// Reads `am` or `pm` at token `i`.
fn meridiem(text: &Text, i: usize) -> Option<(Part, usize)> {
    let dotted =
        text.word(i + 1) == "." && text.word(i + 2) == "m" && text.touches(i + 1) && text.touches(i + 2);
    let (part, last) = match text.word(i) {
        "am" => (Part::Morning, i),
        "pm" => (Part::Afternoon, i),
        "a" if dotted => (Part::Morning, i + 2),
        "p" if dotted => (Part::Afternoon, i + 2),
        _ => return None,
    };
    let full_stop = last > i && text.word(last + 1) == "." && text.touches(last + 1);
    text.same_line(i).then(|| (part, text.tokens[last + usize::from(full_stop)].end))
}

fn in_han(text: &Text, i: usize) -> Option<Written> {
    let (hour, end) = han(&text.lower, text.tokens[i].start)?;
    han_time(text, hour.as_whole()?, end)
}

/// Reads 点, 点半, 点一刻, 点十五分 at byte `at`.
fn han_time(text: &Text, hour: u64, at: usize) -> Option<Written> {
    let point = text.char_at(at).filter(|c| matches!(c, '点' | '點' | '时' | '時'))?;
    let after = at + point.len_utf8();
    let rest = &text.lower[after..];
    let fixed = [("半", 30), ("一刻", 15), ("三刻", 45), ("整", 0), ("钟", 0), ("鐘", 0)];
    let (minute, end) = if let Some((name, minute)) = fixed.iter().find(|(name, _)| rest.starts_with(name)) {
        (*minute, after + name.len())
    } else {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let minutes = if digits > 0 {
            rest[..digits].parse().ok().map(|n: u64| (n, after + digits))
        } else {
            han(&text.lower, after).and_then(|(n, end)| Some((n.as_whole()?, end)))
        };
        match minutes {
            Some((minute, end)) if text.char_at(end) == Some('分') => {
                (u32::try_from(minute).ok()?, end + '分'.len_utf8())
            }
            Some(_) => return None,
            None => (0, after),
        }
    };
    let hour = u32::try_from(hour).ok()?;
    Some(Written { hour, minute, on_24: hour >= 13, sure: true, part: None, end })
}

/// Tells whether a bare hour that ends at byte `end` is no count, price or house number.
fn ends_as_time(text: &Text, end: usize) -> bool {
    let next = text.token_at(end);
    if !text.same_line(next) {
        return true;
    }
    let goes_on = matches!(text.char_at(end), Some('.' | ',' | ':' | '/' | '%' | '°'))
        && (text.char_at(end) == Some('%')
            || text.plain[end + 1..].starts_with(|c: char| c.is_ascii_digit()));
    let name = text.class(next) == Some(Class::Word)
        && text.raw(next).starts_with(char::is_uppercase)
        && !matches!(text.raw(next), "I" | "UTC" | "GMT" | "AM" | "PM")
        && date_en::weekday(text.word(next)).is_none()
        && date_en::month(text.word(next)).is_none();
    !goes_on && !name && !money::is_currency(text, next) && !quantity::is_unit(text, next)
}

/// Makes the time of what is written; nothing when its hour or its zone is unclear.
fn resolve(text: &Text, written: Written, part: Option<Part>) -> Option<(Clock, usize)> {
    let (trailing, end) = match part_at(text, written.end, true) {
        Some((part, end)) => (Some(part), end),
        None => (None, written.end),
    };
    let (offset, end) = match zone(text, end) {
        Zone::House => (None, end),
        Zone::Offset(minutes, end) => (Some(minutes), end),
        Zone::Other => return None,
    };
    let meridiem = written.part.is_some();
    let hour = hour(written, written.part.or(trailing).or(part), meridiem)?;
    let time = NaiveTime::from_hms_opt(hour, written.minute, 0)?;
    Some((Clock { time, offset }, end))
}

/// Returns the hour on 24 hours. Without a part of the day 1 to 6 are in the afternoon, 8 to 12
/// as they stand, and 7 could be either.
fn hour(written: Written, part: Option<Part>, meridiem: bool) -> Option<u32> {
    let hour = written.hour;
    if hour >= 24 {
        return None;
    }
    Some(match (part, hour) {
        (_, 13..) => hour,
        (None, _) if written.on_24 => hour,
        (None, 1..=6) => hour + 12,
        (None, 8..=12) => hour,
        (None, _) => return None,
        (Some(Part::Early), 12) => 0,
        (Some(Part::Early), 0..=6) => hour,
        (Some(Part::Morning), 1..=11) => hour,
        (Some(Part::Noon), 11 | 12) => hour,
        (Some(Part::Noon), 1 | 2) => hour + 12,
        (Some(Part::Afternoon), 12) => 12,
        (Some(Part::Afternoon), 1..=11) if meridiem || hour <= 7 => hour + 12,
        (Some(Part::Evening), 5..=11) => hour + 12,
        _ => return None,
    })
}

/// Reads the zone that follows a time that ends at byte `end`.
fn zone(text: &Text, end: usize) -> Zone {
    let rest = &text.plain[end..];
    if rest.starts_with('Z') && !rest[1..].starts_with(is_word_char) {
        return Zone::Offset(0, end + 1);
    }
    if rest.starts_with(['+', '-']) {
        let digits = rest.as_bytes();
        let offset = match digits.get(1..6) {
            Some([h1, h2, b':', m1, m2]) if [h1, h2, m1, m2].iter().all(|d| d.is_ascii_digit()) => {
                let two = |a: &u8, b: &u8| i64::from(a - b'0') * 10 + i64::from(b - b'0');
                Some(two(h1, h2) * 60 + two(m1, m2)).filter(|m| *m <= 14 * 60)
            }
            _ => None,
        };
        // 10:00-11:00 is a range, and its start is the house's time.
        if let Some(minutes) = offset.filter(|_| rest.starts_with('+') && text.char_before(end) != Some('m'))
        {
            return Zone::Offset(minutes, end + 6);
        }
    }
    let mut i = text.token_at(end);
    i += usize::from(text.word(i) == "(");
    if !text.same_line(i) {
        return Zone::House;
    }
    let others =
        matches!(text.word(i + 1), "time") && !matches!(text.word(i), "your" | "the" | "this" | "any" | "a");
    match text.raw(i) {
        "UTC" | "GMT" if text.word(i + 1) != "+" && text.word(i + 1) != "-" => {
            Zone::Offset(0, text.tokens[i].end)
        }
        "UTC" | "GMT" | "CET" | "CEST" | "EST" | "EDT" | "ET" | "PST" | "PDT" | "PT" | "CST" | "CDT"
        | "MST" | "BST" | "IST" | "JST" | "KST" | "HKT" | "SGT" | "AEST" | "AEDT" | "MSK" | "EET"
        | "EEST" | "WET" => Zone::Other,
        _ if others => Zone::Other,
        _ => Zone::House,
    }
}
