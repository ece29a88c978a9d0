//! Times of the day.

use chrono::NaiveTime;

use super::clock_forms::{Written, written};
use super::numerals::{cardinal, han_digit};
use super::text::{Class, Text, Token, is_word_char};
use super::{date_en, date_week, money, quantity};

/// A part of the day, which tells 9 in the morning from 9 in the evening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
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

/// How surely a time without a day is one of some day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Only beside a day: it may be a count.
    Beside,
    /// By the word before it: at 4.
    Announced,
    /// By its form: 4pm.
    Sure,
}

/// Whose time it is.
enum Zone {
    House,
    /// Minutes ahead of UTC, and where its name ends.
    Offset(i64, usize),
    /// One whose offset is not told here, and where its name ends, if it is one word.
    Other(usize),
}

/// Reads the time that follows a day whose words end at byte `end` and name `part`; returns it
/// and where what belongs to the day ends.
pub(super) fn behind(text: &Text, end: usize, part: Option<Part>) -> (Option<Clock>, usize) {
    let (part, day_end) = match part_at(text, end, true) {
        Some((part, end)) => (Some(part), end),
        None => (part, end),
    };
    // An unclear time leaves the day with its part.
    let mut i = text.token_at(day_end);
    let mut announced = false;
    let mut at = false;
    if text.plain[day_end..].starts_with('T') {
        // Of ISO 8601: the letter and the hour touch.
        i = text.token_at(day_end) + 1;
    }
    for _ in 0..3 {
        match text.word(i) {
            "at" | "@" | "by" | "around" | "about" | "before" | "until" | "till" | "from" | "after"
            | "approx" => {
                announced = true;
                at |= text.word(i) == "at";
                i += 1;
            }
            "," | "的" | "(" | ")" => i += 1,
            "a" if matches!(text.word(i + 1), "quarter" | "half") => i += 1,
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
    let Some(written) = written(text, i).filter(|w| {
        // Till 16.08. is a day.
        w.sure || (if w.dotted { at || !announced } else { announced }) && ends_as_time(text, w.end)
    }) else {
        return (None, day_end);
    };
    match resolve(text, written, part) {
        Some((clock, end)) => (Some(clock), end),
        // A zone elsewhere leaves the time unclear, and is part of it.
        None => match zone(text, written.end) {
            Zone::Other(end) => (None, end),
            _ => (None, written.end),
        },
    }
}

/// Reads a time that starts with token `i` and that its own form or the words beside it mark as
/// one: `3pm`, `at 10:30`, `by noon`, 下午3点. Returns where it ends, and how surely it is a time of one
/// day even if no day stands beside it.
/// The day beside it may name the `part` that is meant.
pub(super) fn marked(text: &Text, i: usize, part: Option<Part>) -> Option<(Clock, usize, Standing)> {
    match text.class(i)? {
        Class::Han => {
            if let Some(written) = bare_han(text, i) {
                return resolve(text, written, part).map(|(clock, end)| (clock, end, Standing::Sure));
            }
            if !begins_part(text.tokens[i].first) {
                return None;
            }
            let (part, end) = part_at(text, text.tokens[i].start, false)?;
            let written = written(text, text.token_at(end)).filter(|w| w.sure)?;
            resolve(text, written, Some(part)).map(|(clock, end)| (clock, end, Standing::Sure))
        }
        Class::Mark => None,
        Class::Digits | Class::Word => {
            let written = written(text, i)?;
            let announced =
                matches!(text.word_before(i, 1), "at" | "by" | "before" | "until" | "till" | "til" | "after")
                    && text.same_line(i);
            let next = text.token_at(written.end);
            let of_today = match (text.word(next), text.word(next + 1)) {
                ("tonight", _) | ("this", "evening") => Some(Part::Evening),
                ("this", "morning") => Some(Part::Morning),
                ("this", "afternoon") => Some(Part::Afternoon),
                _ => None,
            };
            let (part, today) = (part.or(of_today), of_today.is_some());
            let with_part = written.part.is_some() || today || part_at(text, written.end, true).is_some();
            if is_between(text, i) {
                return resolve(text, written, part).map(|(clock, end)| (clock, end, Standing::Sure));
            }
            if !(with_part || written.sure || announced && ends_as_time(text, written.end)) {
                return None;
            }
            let closed = !text.same_line(next)
                || matches!(text.word(next), "." | "," | "?" | "!" | ";" | ")" | "and" | "on" | "sharp");
            // 3点建议 are three pieces of advice.
            let points = text.lower[..written.end].ends_with(['点', '點'])
                && text.char_at(written.end).is_some_and(|c| {
                    super::text::is_han(c)
                        && !"前后後左来到去见見开開的吧可能钟鐘半才就都还還了以之在过過".contains(c)
                });
            let standing = if with_part || written.sure && !points {
                Standing::Sure
            } else if announced
                && (written.dotted
                    || closed && matches!(text.word_before(i, 1), "at" | "until" | "till" | "til" | "after"))
            {
                Standing::Announced
            } else {
                Standing::Beside
            };
            resolve(text, written, part).map(|(clock, end)| (clock, end, standing))
        }
    }
}

/// Reads 六点以后 and 五点半 from character `i`, where nothing before or behind makes it a count of points.
fn bare_han(text: &Text, i: usize) -> Option<Written> {
    let first = text.tokens[i].first;
    let start = text.tokens[i].start;
    let inside = text
        .char_before(start)
        .is_some_and(|c| han_digit(c).is_some() || "十百千万第几数每两多上下早晚中午".contains(c));
    if inside || first != '十' && han_digit(first).is_none() {
        return None;
    }
    let written = written(text, i).filter(|w| w.sure)?;
    let timed = text.lower[..written.end].ends_with(['半', '刻', '分', '整', '钟', '鐘', '多'])
        || ["左右", "前后"].iter().any(|word| text.lower[written.end..].starts_with(word));
    let next = text.char_at(written.end);
    let follows = next.is_none_or(|c| !super::text::is_han(c))
        || next.is_some_and(|c| "前后後以来來到去见見开開我了不人摆就要能可出在送取上下接走结集".contains(c))
            && !["要求", "不满", "不足", "在于", "可疑", "可以"]
                .iter()
                .any(|word| text.lower[written.end..].starts_with(word));
    (timed || follows).then_some(written)
}

/// Tells whether token `i` is one of the hours of `between 8 and 10`, and no count.
fn is_between(text: &Text, i: usize) -> bool {
    let first = match (text.word_before(i, 1), text.word_before(i, 3)) {
        ("between", _) => i,
        ("and", "between") => i - 2,
        _ => return false,
    };
    let is_hour = |i: usize| {
        let hour = text.digits(i).map(u64::from).or_else(|| cardinal(text.word(i)));
        hour.is_some_and(|hour| (1..=24).contains(&hour)) && text.width(i) < 7
    };
    let behind = first + 3;
    let closed = !text.same_line(behind)
        || text.class(behind) == Some(Class::Mark) && !text.touches(behind + 1)
        || matches!(text.word(behind), "today" | "tomorrow" | "on" | "this" | "in" | "if" | "but" | "please");
    text.word(first + 1) == "and" && is_hour(first) && is_hour(first + 2) && closed
}

/// Reads the part of the day that follows a day at byte `end`: tomorrow morning.
pub(super) fn part_behind(text: &Text, end: usize) -> Option<(Part, usize)> {
    part_at(text, end, true)
}

/// Reads 下午 and the like where neither a day nor an hour stands beside it; returns where it ends.
pub(super) fn part_alone(text: &Text, i: usize) -> Option<usize> {
    const PARTS: [&str; 6] = ["早上", "上午", "中午", "下午", "傍晚", "晚上"];
    const GREETS: [char; 2] = ['好', '都'];
    let Token { start, .. } = *text.tokens.get(i).filter(|token| token.class == Class::Han)?;
    let end = start + PARTS.iter().find(|part| text.lower[start..].starts_with(**part))?.len();
    let repeated = text.char_before(start).is_some_and(|c| "天一每整".contains(c));
    (!repeated && !text.lower[end..].starts_with(GREETS)).then_some(end)
}

/// Tells whether the time from token `i` to byte `end` is an end of a span: 9am to 11pm.
pub(super) fn is_range(text: &Text, i: usize, end: usize) -> bool {
    let joins = |word: &str| matches!(word, "-" | "to" | "and" | "till" | "between" | "~" | "至" | "到");
    joins(text.word_before(i, 1))
        || joins(text.word(text.token_at(end)))
        || text.word(text.token_at(end)) == "until"
}

/// Tells whether the name of a part of the day may begin with `c`.
fn begins_part(c: char) -> bool {
    matches!(c, '凌' | '一' | '早' | '清' | '上' | '中' | '下' | '午' | '傍' | '晚' | '夜' | '半')
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
        const PARTS: [(&str, Part); 23] = [
            ("一早", Part::Morning),
            ("凌晨", Part::Early),
            ("早上", Part::Morning),
            ("早晨", Part::Morning),
            ("清晨", Part::Morning),
            ("上午", Part::Morning),
            ("中午", Part::Noon),
            ("下午", Part::Afternoon),
            ("午后", Part::Afternoon),
            ("下晝", Part::Afternoon),
            ("下昼", Part::Afternoon),
            ("上晝", Part::Morning),
            ("上昼", Part::Morning),
            ("清早", Part::Morning),
            ("傍晚", Part::Evening),
            ("晚上", Part::Evening),
            ("晚间", Part::Evening),
            ("晚間", Part::Evening),
            ("半夜", Part::Early),
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
        "lunchtime" => Part::Noon,
        "afternoon" | "arvo" => Part::Afternoon,
        "evening" | "night" => Part::Evening,
        _ => return None,
    };
    Some((part, text.tokens[i].end))
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
        && date_week::weekday_of(text.word(next)).is_none()
        && date_en::month(text.word(next)).is_none();
    !goes_on && !name && !money::is_currency(text, next) && !quantity::is_counted(text, next)
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
        Zone::Other(_) => return None,
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
        "CET" | "CEST" | "EST" | "EDT" | "ET" | "PST" | "PDT" | "PT" | "CST" | "CDT" | "MST" | "BST"
        | "IST" | "JST" | "KST" | "HKT" | "SGT" | "AEST" | "AEDT" | "MSK" | "EET" | "EEST" | "WET" => {
            Zone::Other(text.tokens[i].end)
        }
        "UTC" | "GMT" => Zone::Other(end),
        _ if others => Zone::Other(end),
        _ => Zone::House,
    }
}
