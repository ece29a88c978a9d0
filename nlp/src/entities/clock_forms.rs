//! The forms in which a time is written, before it is known which half of the day is meant.

use super::clock::Part;
use super::numerals::{cardinal, han};
use super::text::{Class, Text, is_word_char};

/// A time as written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub hour: u32,
    pub minute: u32,
    /// Whether it is written on 24 hours: 09:30, 15:00.
    pub on_24: bool,
    /// Whether its form alone says that it is a time: 9:30, 9am, noon, 9 o'clock.
    pub sure: bool,
    pub part: Option<Part>,
    /// Whether a point parts hour and minutes, as in an amount: 11.15.
    pub dotted: bool,
    /// Byte where it ends.
    pub end: usize,
}

impl Written {
    /// Makes a time whose form alone says that it is one, up to byte `end`.
    fn sure(hour: u32, minute: u32, end: usize) -> Self {
        Self { hour, minute, on_24: false, sure: true, part: None, dotted: false, end }
    }
}

/// Reads a time as it is written from token `i`.
pub(super) fn written(text: &Text, i: usize) -> Option<Written> {
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
    // Midnight is the end of the day beside it.
    if let Some((hour, minute)) = match word {
        "noon" | "midday" => Some((12, 0)),
        "midnight" => Some((23, 59)),
        _ => None,
    } {
        return Some(Written { on_24: true, ..Written::sure(hour, minute, end_of(i)) });
    }
    if let Some(written) = to_or_past(text, i) {
        return Some(written);
    }
    let hour = cardinal(word).filter(|h| (1..=12).contains(h))? as u32;
    let clock = text.word(i + 1) == "o'clock";
    let end = end_of(i + usize::from(clock));
    Some(Written { sure: clock, ..Written::sure(hour, 0, end) })
}

/// Reads `half past ten`, `quarter to 3`, `20 past four`, `10 past midnight` at token `i`.
fn to_or_past(text: &Text, i: usize) -> Option<Written> {
    let number = |i: usize| text.digits(i).or_else(|| cardinal(text.word(i)).map(|n| n as u32));
    let past = match text.word(i + 1) {
        "past" => true,
        "to" => false,
        _ => return None,
    };
    let quarter = text.word(i) == "quarter";
    let minutes = match text.word(i) {
        "half" if past => 30,
        "quarter" => 15,
        _ => number(i).filter(|n| matches!(n, 5 | 10 | 20 | 25))?,
    };
    let (hour, on_24) = match text.word(i + 2) {
        "midnight" => (if past { 0 } else { 24 }, true),
        "noon" | "midday" => (12, true),
        _ => (number(i + 2).filter(|hour| (1..=12).contains(hour))?, false),
    };
    let (hour, minute) = match (past, hour) {
        (true, hour) => (hour, minutes),
        (false, 1) => (12, 60 - minutes),
        (false, hour) => (hour - 1, 60 - minutes),
    };
    let end = text.tokens[i + 2].end;
    // Ten to five may be a range.
    Some(Written { on_24, sure: past || on_24 || quarter, ..Written::sure(hour, minute, end) })
}

fn in_digits(text: &Text, i: usize) -> Option<Written> {
    if let Some(written) = to_or_past(text, i).filter(|w| w.sure) {
        return Some(written);
    }
    if let Some(written) = military(text, i) {
        return Some(written);
    }
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
    // 14h and 18h30
    let french = text.word(i + 1) == "h" && text.touches(i + 1) && !with_minutes;
    let end = if french { text.tokens[i + 1].end } else { end };
    let end = match text
        .digits(i + 2)
        .filter(|n| french && text.touches(i + 2) && text.width(i + 2) == 2 && *n < 60)
    {
        Some(of_hour) => {
            minute = of_hour;
            text.tokens[i + 2].end
        }
        None => end,
    };
    let dotted = with_minutes && !colon && part.is_none();
    if dotted && minute > 59 {
        return None;
    }
    let on_24 = part.is_none()
        && with_minutes
        && (text.word(i).starts_with('0') && text.width(i) == 2 || hour >= 13 || hour == 7 && colon);
    // 2ish
    let ish = text.word(last + 1) == "ish" && part.is_none() && !clock;
    let end = if ish { text.tokens[last + 1].end } else { end };
    let sure = part.is_some() || clock || french || ish || (with_minutes && colon);
    let continues = text.char_at(end).is_some_and(is_word_char) && text.char_at(end) != Some('Z');
    (!continues).then_some(Written { hour, minute, on_24: on_24 || hour >= 13, sure, part, dotted, end })
}

/// Reads 1800 hrs.
fn military(text: &Text, i: usize) -> Option<Written> {
    let four = text.digits(i).filter(|_| text.width(i) == 4)?;
    let named = matches!(text.word(i + 1), "hrs" | "hours" | "h") && text.same_line(i + 1);
    let (hour, minute) = (four / 100, four % 100);
    let end = text.tokens.get(i + 1).filter(|_| named && hour < 24 && minute < 60)?.end;
    Some(Written { on_24: true, ..Written::sure(hour, minute, end) })
}

/// Reads `am` or `pm` at token `i`.
fn meridiem(text: &Text, i: usize) -> Option<(Part, usize)> {
    let dotted =
        text.word(i + 1) == "." && text.word(i + 2) == "m" && text.touches(i + 1) && text.touches(i + 2);
    let (part, last) = match text.word(i) {
        "noon" if text.word(i - 1) == "12" => (Part::Noon, i),
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
            // 零八分
            let zero = rest.chars().next().filter(|c| matches!(c, '零' | '〇')).map_or(0, char::len_utf8);
            han(&text.lower, after + zero).and_then(|(n, end)| Some((n.as_whole()?, end)))
        };
        match minutes {
            Some((minute, end)) if text.char_at(end) == Some('分') => {
                (u32::try_from(minute).ok()?, end + '分'.len_utf8())
            }
            // 7点40
            Some((minute, end)) if digits == 2 && minute < 60 && !counts(text, end) => {
                (u32::try_from(minute).ok()?, end)
            }
            Some(_) => return None,
            None => (0, after),
        }
    };
    // 下午3点多
    let end = end + text.char_at(end).filter(|c| *c == '多').map_or(0, char::len_utf8);
    let hour = u32::try_from(hour).ok()?;
    Some(Written { on_24: hour >= 13, ..Written::sure(hour, minute, end) })
}

/// Tells whether what stands at byte `end` makes the number before it a count or an amount.
fn counts(text: &Text, end: usize) -> bool {
    let next = text.token_at(end);
    text.touches(next) && (super::quantity::is_unit(text, next) || super::money::is_currency(text, next))
}
