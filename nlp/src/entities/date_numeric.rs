//! Dates in digits: 2026-03-12, 12.03.2026, 3/4/2026.

use super::date::{Day, Now, Order, Written};
use super::text::{Class, Text, is_word_char};
use super::{date_week, quantity};

/// Reads a date in digits that starts with token `i`.
pub(super) fn read(text: &Text, i: usize, now: &Now) -> Option<Day> {
    let written = written(text, i, now)?;
    Some(Day::of(written, None, now))
}

/// Reads a date in digits as it is written.
pub(super) fn written(text: &Text, i: usize, now: &Now) -> Option<Written> {
    let sign = text.word(i + 1);
    if !matches!(sign, "-" | "/" | ".")
        || !text.touches(i + 1)
        || !text.touches(i + 2)
        || !stands_free(text, i)
    {
        return None;
    }
    let (first, second) = (text.digits(i)?, text.digits(i + 2)?);
    let (first_width, second_width) = (text.width(i), text.width(i + 2));
    let closed = text.word(i + 3) == sign && text.touches(i + 3);
    let has_third = closed && text.touches(i + 4) && text.class(i + 4) == Some(Class::Digits);
    if second_width > 2 {
        return None;
    }
    if !has_third {
        return without_year(text, i, now, closed);
    }
    let (third, third_width) = (text.digits(i + 4)?, text.width(i + 4));
    let end = text.tokens[i + 4].end;
    if !ends_free(text, i + 4) {
        return None;
    }
    if first_width == 4 && third_width <= 2 {
        return Some(Written { year: i32::try_from(first).ok(), month: second, day: third, end });
    }
    let year = match third_width {
        4 => i32::try_from(third).ok()?,
        // With hyphens two digits are as likely part of a number.
        2 if sign != "-" => now.short_year(third)?,
        _ => return None,
    };
    if first_width > 2 {
        return None;
    }
    let (day, month) =
        in_order(first, second, Some(year), if sign == "." { Order::DayFirst } else { now.order }, now)?;
    Some(Written { year: Some(year), month, day, end })
}

/// Reads 03.04. or, after a word such as `by`, 3/4.
fn without_year(text: &Text, i: usize, now: &Now, closed: bool) -> Option<Written> {
    let (first, second) = (text.digits(i)?, text.digits(i + 2)?);
    let cue = matches!(
        text.word_before(i, 1),
        "on" | "by"
            | "until"
            | "till"
            | "before"
            | "since"
            | "due"
            | "dated"
            | "am"
            | "vom"
            | "bis"
            | "from"
            | "for"
            | "after"
            | "between"
            | "of"
    );
    let weekday = date_week::weekday_of(text.word_before(i, 1)).is_some()
        || (text.word_before(i, 1) == "," && date_week::weekday_of(text.word_before(i, 2)).is_some());
    if text.width(i) > 2 {
        return None;
    }
    // In Chinese a date that touches a character is told as month and day.
    let start = text.tokens[i].start;
    let is_chinese = text.has_han
        && text.word(i + 1) == "/"
        && (text.touches(i) && text.char_before(start).is_some_and(super::text::is_han)
            || text.touches(i + 3) && text.class(i + 3) == Some(Class::Han));
    if is_chinese && (1..=12).contains(&first) && (1..=31).contains(&second) {
        return Some(Written { year: None, month: first, day: second, end: text.tokens[i + 2].end });
    }
    match text.word(i + 1) {
        "." if closed && ends_free(text, i + 3) => {
            // 10.12. may end a sentence; two digits twice with a zero before one are a date.
            let padded = text.width(i) == 2
                && text.width(i + 2) == 2
                && (text.word(i).starts_with('0') || text.word(i + 2).starts_with('0'));
            if !padded && !cue && !weekday {
                return None;
            }
            Some(Written { year: None, month: second, day: first, end: text.tokens[i + 3].end })
        }
        "/" if !closed
            && (cue || weekday || is_padded_day(text, i) || at_a_time(text, i + 3))
            && ends_free(text, i + 2) =>
        {
            let (day, month) = in_order(first, second, None, now.order, now)?;
            Some(Written { year: None, month, day, end: text.tokens[i + 2].end })
        }
        _ => None,
    }
}

/// Tells whether a time follows from token `i`: at 9 am.
fn at_a_time(text: &Text, i: usize) -> bool {
    text.word(i) == "at" && text.same_line(i) && text.class(i + 1) == Some(Class::Digits)
}

/// Tells whether two numbers can only be a day and a month: 28/02, 21/11, 8/14.
fn is_padded_day(text: &Text, i: usize) -> bool {
    let (Some(first), Some(second)) = (text.digits(i), text.digits(i + 2)) else { return false };
    let padded = text.width(i) == 2
        && text.width(i + 2) == 2
        && (text.word(i).starts_with('0') || text.word(i + 2).starts_with('0'));
    let in_calendar = first.min(second) >= 1 && first.min(second) <= 12 && first.max(second) <= 31;
    // 24/7 is always, and 1/16 a part.
    let part = (first, second) == (24, 7) || first == 1 || quantity::is_unit(text, i + 3);
    (padded || first.max(second) > 12) && in_calendar && !part
}

/// Returns day and month of two numbers; where the order is unclear the day that is nearer to today.
fn in_order(first: u32, second: u32, year: Option<i32>, order: Order, now: &Now) -> Option<(u32, u32)> {
    match (first > 12, second > 12) {
        (true, true) => None,
        (true, false) => Some((first, second)),
        (false, true) => Some((second, first)),
        _ if first == second => Some((first, second)),
        _ => match order {
            Order::DayFirst => Some((first, second)),
            Order::MonthFirst => Some((second, first)),
            Order::Unclear => {
                let days_off = |&(day, month): &(u32, u32)| {
                    let date = now.fit(Written { year, month, day, end: 0 }, None)?;
                    Some(date.signed_duration_since(now.date).num_days().abs())
                };
                [(first, second), (second, first)]
                    .into_iter()
                    .min_by_key(|order| days_off(order).unwrap_or(i64::MAX))
            }
        },
    }
}

/// Tells whether nothing before token `i` makes it part of a reference, a version or a sum.
fn stands_free(text: &Text, i: usize) -> bool {
    let touching =
        text.touches(i) && text.char_before(text.tokens[i].start).is_some_and(|c| "-/.+#$€£¥=&".contains(c));
    let versioned = matches!(
        text.word_before(i, 1),
        "version"
            | "v"
            | "ver"
            | "release"
            | "firmware"
            | "build"
            | "section"
            | "chapter"
            | "ip"
            | "page"
            | "step"
    );
    !touching && !versioned
}

/// Tells whether nothing behind token `i` continues it to something longer than a date.
fn ends_free(text: &Text, i: usize) -> bool {
    let mut rest = text.plain[text.tokens[i].end..].chars();
    match rest.next() {
        Some('-' | '/' | '.' | ':') => !rest.next().is_some_and(|c| c.is_ascii_alphanumeric()),
        Some('T') => rest.next().is_some_and(|c| c.is_ascii_digit()),
        Some('%') => false,
        Some(c) => !(is_word_char(c) || text.touches(i + 1) && super::money::is_currency(text, i + 1)),
        None => true,
    }
}
