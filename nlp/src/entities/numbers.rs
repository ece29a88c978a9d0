//! Numbers in digits, with the separators that people put between them.

use std::fmt;

use super::numerals::han_unit;
use super::text::{Class, Text};

/// A decimal number of at most 18 digits, without sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    mantissa: u64,
    /// How many of the mantissa's digits stand behind the point.
    scale: u32,
}

/// Whether a blank may part groups of three digits: `1 200 kr`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Blanks {
    /// It may; for numbers beside a currency.
    Group,
    /// It parts numbers.
    Part,
}

/// Beyond 18 digits it is no amount or count that anybody writes in a mail.
pub(super) const DIGITS_MAX: usize = 18;

impl Number {
    pub fn whole(mantissa: u64) -> Self {
        Self { mantissa, scale: 0 }
    }

    /// Multiplies; nothing when the product has too many digits.
    pub fn times(self, factor: u64) -> Option<Self> {
        let mantissa = self.mantissa.checked_mul(factor).filter(|&m| m < 10_u64.pow(DIGITS_MAX as u32))?;
        Some(Self { mantissa, ..self }.normal())
    }

    /// Adds `tenths` tenths to a whole number: 三块五 is 3.5.
    pub fn and_tenths(self, tenths: u64) -> Option<Self> {
        Some(Self { mantissa: self.mantissa.checked_mul(10)?.checked_add(tenths)?, scale: 1 })
            .filter(|_| self.scale == 0)
    }

    /// Returns the number in units of 10^-`exponent`; nothing when it is finer than that.
    pub fn in_minor(self, exponent: u32) -> Option<i64> {
        let n = self.normal();
        let up = exponent.checked_sub(n.scale)?;
        i64::try_from(n.mantissa.checked_mul(10_u64.checked_pow(up)?)?).ok()
    }

    /// Returns the number if it has no fraction.
    pub fn as_whole(self) -> Option<u64> {
        let n = self.normal();
        (n.scale == 0).then_some(n.mantissa)
    }

    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// Drops zeros at the end of the fraction.
    fn normal(mut self) -> Self {
        while self.scale > 0 && self.mantissa.is_multiple_of(10) {
            self.mantissa /= 10;
            self.scale -= 1;
        }
        self
    }
}

impl fmt::Display for Number {
    /// Writes digits with a decimal point and no grouping.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.normal();
        let unit = 10_u64.pow(n.scale);
        match n.scale {
            0 => write!(f, "{}", n.mantissa),
            _ => write!(f, "{}.{:0width$}", n.mantissa / unit, n.mantissa % unit, width = n.scale as usize),
        }
    }
}

/// Tells whether digits token `i` begins a number: it is no later part of a version, a date or
/// a decimal.
pub(super) fn begins_number(text: &Text, i: usize) -> bool {
    let part_of_number = text.touches(i)
        && matches!(text.word_before(i, 1), "." | "," | "'" | "/" | ":")
        && text.touches(i - 1)
        && i >= 2
        && text.class(i - 2) == Some(Class::Digits)
        && !(text.word(i - 1) == "," && text.width(i - 2) > 3);
    let part_of_word = text.touches(i)
        && i >= 1
        && (text.class(i - 1) == Some(Class::Word) || matches!(text.word(i - 1), "_" | "#" | "@"));
    // Reyes10月3日
    let of_date = part_of_word && matches!(text.word(i + 1), "月") && text.class(i - 1) == Some(Class::Word);
    !part_of_number && (!part_of_word || of_date)
}

/// Reads digits with separators at byte `at`; returns the number and where it ends.
///
/// European and English separators are told by pattern: of two kinds the last is the decimal
/// one; a single one before exactly three digits groups, unless the number starts with 0.
pub(super) fn literal(text: &str, at: usize, blanks: Blanks) -> Option<(Number, usize)> {
    let bytes = text.as_bytes();
    let run = |from: usize| from + bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let head_end = run(at);
    if head_end == at {
        return None;
    }
    let head = head_end - at;
    let mut groups: Vec<(u8, usize, usize)> = Vec::new();
    let mut end = head_end;
    while let Some(&sign @ (b'.' | b',' | b'\'' | b' ')) = bytes.get(end) {
        let group_end = run(end + 1);
        let n = group_end - end - 1;
        let groups_three = n == 3 && head <= 3 && groups.iter().all(|&(s, ..)| s == sign);
        let fits = match sign {
            b' ' => blanks == Blanks::Group && groups_three,
            b'\'' => groups_three,
            _ => n > 0,
        };
        if !fits || groups.len() > DIGITS_MAX {
            break;
        }
        groups.push((sign, end + 1, group_end));
        end = group_end;
    }
    let n_decimals = match groups.as_slice() {
        [] => 0,
        [(b'.' | b',', from, to)] => match to - from {
            3 if head <= 3 && bytes[at] != b'0' => 0,
            n if n <= 2 || (n <= 6 && groups[0].0 == b'.') => n,
            _ => return None,
        },
        [rest @ .., (sign, from, to)] => {
            let alike = rest.iter().all(|(s, ..)| s == sign);
            let grouping = if alike { groups.as_slice() } else { rest };
            if head > 3 || !groups_well(grouping) || (!alike && !matches!(sign, b'.' | b',')) {
                return None;
            }
            if alike { 0 } else { to - from }
        }
    };
    let digits: String = text[at..end].chars().filter(char::is_ascii_digit).collect();
    if digits.len() > DIGITS_MAX {
        return None;
    }
    Some((Number { mantissa: digits.parse().ok()?, scale: n_decimals as u32 }, end))
}

/// Tells whether groups have one sign and three digits each; in India all but the last have two.
fn groups_well(groups: &[(u8, usize, usize)]) -> bool {
    let Some((&(sign, from, to), rest)) = groups.split_last() else { return true };
    to - from == 3
        && rest.iter().all(|(s, ..)| *s == sign)
        && [2, 3].iter().any(|&n| rest.iter().all(|(_, from, to)| to - from == n))
}

/// Reads what follows 萬 in 1萬2千, 4万8千, 7万6 at byte `at`, where `unit` was read before; returns the sum
/// and where it ends.
pub(super) fn han_rest(text: &str, at: usize, number: Number, unit: u64) -> Option<(Number, usize)> {
    let n = text[at..].bytes().take_while(u8::is_ascii_digit).count();
    if n != 1 || unit < 1_000 {
        return None;
    }
    let digit: u64 = text[at..at + 1].parse().ok()?;
    let (product, end) = han_factor(text, at + 1);
    let factor = if product > 1 { product } else { unit / 10 };
    let sum = number.as_whole()?.checked_add(digit * factor)?;
    (factor < unit).then_some((Number::whole(sum), end))
}

/// Returns the factor that a word after a number stands for; `m` is left to the caller.
pub(super) fn factor(word: &str) -> Option<u64> {
    Some(match word {
        "k" | "thousand" | "tsd" => 1_000,
        "mn" | "mio" | "mln" | "million" | "millions" => 1_000_000,
        "bn" | "billion" | "billions" => 1_000_000_000,
        "lakh" | "lakhs" | "lac" | "lacs" => 100_000,
        "crore" | "crores" => 10_000_000,
        _ => return None,
    })
}

/// Reads Chinese factors (万, 百万) at byte `at`; returns the product and where they end.
pub(super) fn han_factor(text: &str, at: usize) -> (u64, usize) {
    let mut product = 1;
    let mut end = at;
    for c in text[at..].chars().take(2) {
        match han_unit(c) {
            Some(unit) if unit > 10 => {
                product *= unit;
                end += c.len_utf8();
            }
            _ => break,
        }
    }
    (product, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_told_by_pattern() {
        for (written, expected) in [
            ("1200", "1200"),
            ("1,200.50", "1200.5"),
            ("1.200,50", "1200.5"),
            ("1,200", "1200"),
            ("1.200", "1200"),
            ("1.234.567", "1234567"),
            ("1'200.05", "1200.05"),
            ("1,00,000", "100000"),
            ("1 200 300", "1200300"),
            ("3,5", "3.5"),
            ("0.500", "0.5"),
            ("0,99", "0.99"),
            ("1.2.3.4", "-"),
            ("1,2,3", "-"),
            ("1234,567.8", "-"),
            ("1,2345", "-"),
            ("12345678901234567890", "-"),
        ] {
            let read = literal(written, 0, Blanks::Group).map_or("-".to_owned(), |(n, _)| n.to_string());
            assert_eq!(read, expected, "{written}");
        }
        assert_eq!(literal("1 200", 0, Blanks::Part), Some((Number::whole(1), 1)));
        assert_eq!(literal("5.", 0, Blanks::Group), Some((Number::whole(5), 1)));
    }
}
