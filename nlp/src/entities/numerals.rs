//! Numbers in words: English, Chinese.

use super::numbers::{DIGITS_MAX, Number};
use super::text::Text;

/// Reads an English number word or several at token `i`; returns the number and the next token.
pub(super) fn spelled(text: &Text, i: usize) -> Option<(Number, usize)> {
    let first = text.word(i);
    if !matches!(first, "half" | "a" | "an") && cardinal(first).is_none() {
        return None;
    }
    let half_dozen = first == "half" && text.word(i + 1) == "a" && text.word(i + 2) == "dozen";
    if half_dozen {
        return Some((Number::whole(6), i + 3));
    }
    let (mut total, mut current, mut next) = (0_u64, 0_u64, i);
    if matches!(first, "a" | "an") {
        if !matches!(text.word(i + 1), "dozen" | "hundred" | "thousand" | "million") {
            return None;
        }
        (current, next) = (1, i + 1);
    }
    loop {
        // twenty-five; two hundred and ten
        let joined = match text.word(next) {
            "-" if next > i && text.touches(next) && text.touches(next + 1) => next + 1,
            "and" if current >= 100 || total > 0 => next + 1,
            _ => next,
        };
        let word = text.word(joined);
        if let Some(n) = cardinal(word) {
            let room = if n < 10 { current % 10 == 0 && current % 100 != 10 } else { current % 100 == 0 };
            if !room {
                break;
            }
            current += n;
        } else {
            match word {
                "hundred" if (1..20).contains(&current) => current *= 100,
                "thousand" if current > 0 && total == 0 => (total, current) = (current * 1_000, 0),
                "million" if current > 0 && total == 0 => (total, current) = (current * 1_000_000, 0),
                "dozen" if current > 0 && total == 0 => (total, current) = (current * 12, 0),
                _ => break,
            }
        }
        next = joined + 1;
    }
    (next > i && total + current > 0).then_some((Number::whole(total + current), next))
}

/// Returns the number below 100 that one English word names.
pub(super) fn cardinal(word: &str) -> Option<u64> {
    Some(match word {
        "one" => 1,
        "two" => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "seven" => 7,
        "eight" => 8,
        "nine" => 9,
        "ten" => 10,
        "eleven" => 11,
        "twelve" => 12,
        "thirteen" => 13,
        "fourteen" => 14,
        "fifteen" => 15,
        "sixteen" => 16,
        "seventeen" => 17,
        "eighteen" => 18,
        "nineteen" => 19,
        "twenty" => 20,
        "thirty" => 30,
        "forty" => 40,
        "fifty" => 50,
        "sixty" => 60,
        "seventy" => 70,
        "eighty" => 80,
        "ninety" => 90,
        _ => return None,
    })
}

/// Returns the digit that a Chinese character names.
pub(super) fn han_digit(c: char) -> Option<u64> {
    Some(match c {
        '零' | '〇' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '兩' | '贰' | '貳' => 2,
        '三' | '叁' | '參' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' | '陸' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

pub(super) fn han_unit(c: char) -> Option<u64> {
    Some(match c {
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1_000,
        '万' | '萬' => 10_000,
        '亿' | '億' => 100_000_000,
        _ => return None,
    })
}

/// Reads a Chinese numeral at byte `at`; returns the number and where it ends.
///
/// 三百二十 is 320, 三百二 too, 二〇二六 is 2026. Nothing for vague counts such as 两三 or 三四百.
pub(super) fn han(text: &str, at: usize) -> Option<(Number, usize)> {
    let end = at
        + text[at..]
            .chars()
            .take_while(|&c| han_digit(c).is_some() || han_unit(c).is_some())
            .take(DIGITS_MAX)
            .map(char::len_utf8)
            .sum::<usize>();
    let numeral = &text[at..end];
    let first = numeral.chars().next()?;
    if han_unit(first).is_some_and(|unit| unit != 10) {
        return None;
    }
    if numeral.chars().count() >= 2 && numeral.chars().all(|c| han_digit(c).is_some()) {
        // Two digits side by side are vague (两三) unless they are a year's.
        let year = numeral.chars().count() == 4;
        let value = numeral.chars().filter_map(han_digit).fold(0, |n, d| n * 10 + d);
        return year.then_some((Number::whole(value), end));
    }
    let (mut total, mut section, mut digit, mut last_unit) = (0_u64, 0_u64, None::<u64>, 1_u64);
    for c in numeral.chars() {
        if let Some(d) = han_digit(c) {
            if digit.is_some_and(|before| before != 0) {
                return None;
            }
            if d == 0 {
                last_unit = 1;
            }
            digit = Some(d);
        } else if let Some(unit) = han_unit(c) {
            if unit >= 10_000 {
                section += digit.unwrap_or(0);
                // 两千万 behind 一亿 is added; 三百万亿 is multiplied.
                total = if total >= unit {
                    total.checked_add(section.checked_mul(unit)?)?
                } else {
                    (total + section).checked_mul(unit)?
                };
                section = 0;
            } else {
                section += digit.unwrap_or(1) * unit;
            }
            digit = None;
            last_unit = unit;
        }
    }
    // 三百二: the last digit counts the next lower unit.
    let tail = digit.unwrap_or(0) * if last_unit > 10 { last_unit / 10 } else { 1 };
    let value = total.checked_add(section)?.checked_add(tail)?;
    (value < 10_u64.pow(DIGITS_MAX as u32)).then_some((Number::whole(value), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_numerals_are_read() {
        for (written, expected) in [
            ("三百二十", Some(320)),
            ("三百二", Some(320)),
            ("一万五", Some(15_000)),
            ("一千零五", Some(1005)),
            ("十二", Some(12)),
            ("二十", Some(20)),
            ("两", Some(2)),
            ("三百万", Some(3_000_000)),
            ("一亿两千万", Some(120_000_000)),
            ("二〇二六", Some(2026)),
            ("两三", None),
            ("三四百", None),
            ("百", None),
            ("亿亿亿亿", None),
        ] {
            assert_eq!(han(written, 0).and_then(|(n, _)| n.as_whole()), expected, "{written}");
        }
    }

    #[test]
    fn english_number_words_are_read() {
        for (written, expected) in [
            ("three", Some((3, 1))),
            ("twenty-five seats", Some((25, 3))),
            ("two hundred and ten", Some((210, 4))),
            ("a dozen", Some((12, 2))),
            ("half a dozen", Some((6, 3))),
            ("two dozen", Some((24, 2))),
            ("three thousand two hundred", Some((3200, 4))),
            ("twelve hundred", Some((1200, 2))),
            ("one two", Some((1, 1))),
            ("five and", Some((5, 1))),
            ("a seat", None),
            ("hundred", None),
            ("and", None),
        ] {
            let text = Text::new(written);
            let read = spelled(&text, 0).and_then(|(n, next)| Some((n.as_whole()?, next)));
            assert_eq!(read, expected, "{written}");
        }
    }
}
