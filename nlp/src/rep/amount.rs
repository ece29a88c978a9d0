//! Amounts of money as they are said in a command: with a currency or without.

use super::Context;
use super::listed::CURRENCIES;
use super::typed::Typed;
use super::words::Class;

/// An amount, up to token `end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Amount {
    /// The plain decimal number.
    pub number: String,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Whether neither a currency nor a factor says that it is money.
    pub bare: bool,
    pub end: usize,
}

/// Reads an amount that starts with token `i`.
pub(super) fn read(typed: &Typed, i: usize, context: &Context) -> Option<Amount> {
    let (prefix, at) = match typed.phrase_of(i, CURRENCIES) {
        Some((code, end)) => (Some(code), end),
        None => (None, i),
    };
    let (number, factor, end) = match typed.class(at)? {
        Class::Number => digits(typed, at)?,
        Class::Han => {
            let (n, end) = han_number(typed, at)?;
            let factor = typed.slice(at, end).contains(['万', '萬', '亿', '億', '千', '百']);
            (Decimal { units: n.checked_mul(SCALE)? }, factor, end)
        }
        _ => return None,
    };
    let (currency, end) = match typed.phrase_of(end, CURRENCIES) {
        Some((code, end)) => (Some(code), end),
        None => (prefix, end),
    };
    let currency = currency.map(|code| resolve(code, typed, context));
    Some(Amount { number: number.plain(), bare: currency.is_none() && !factor, currency, end })
}

/// A number in thousandths.
#[derive(Clone, Copy)]
struct Decimal {
    units: u64,
}

const SCALE: u64 = 1_000;

impl Decimal {
    fn plain(self) -> String {
        let (whole, part) = (self.units / SCALE, self.units % SCALE);
        if part == 0 {
            return whole.to_string();
        }
        format!("{whole}.{part:03}").trim_end_matches('0').to_owned()
    }
}

/// Reads `12,000`, `1.5`, `12k`, `1.2m`, `12万` from token `i`; tells whether a factor stands there.
fn digits(typed: &Typed, i: usize) -> Option<(Decimal, bool, usize)> {
    if typed.tokens[i].word.len() > 12 || typed.any(i.wrapping_sub(1), &[".", ":"]) && !typed.gap(i) {
        return None;
    }
    let mut whole = typed.word(i).to_owned();
    let mut part = String::new();
    let mut end = i + 1;
    loop {
        let touches = !typed.gap(end) && !typed.gap(end + 1) && typed.class(end + 1) == Some(Class::Number);
        let next = typed.word(end + 1);
        match typed.word(end) {
            "," | "." | "'" if touches && next.len() == 3 && part.is_empty() && whole.len() <= 9 => {
                // `1.500` is a thousand and a half unless a factor follows it.
                whole.push_str(next);
                end += 2;
            }
            "." | "," if touches && next.len() <= 2 => {
                part = next.to_owned();
                end += 2;
                break;
            }
            _ => break,
        }
    }
    let whole: u64 = whole.parse().ok()?;
    let part: u64 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    let units = whole.checked_mul(SCALE)?.checked_add(part)?;
    let factors = [
        ("k", 1_000),
        ("thousand", 1_000),
        ("grand", 1_000),
        ("m", 1_000_000),
        ("mio", 1_000_000),
        ("mln", 1_000_000),
        ("mil", 1_000_000),
        ("million", 1_000_000),
        ("bn", 1_000_000_000),
        ("billion", 1_000_000_000),
        ("千", 1_000),
        ("万", 10_000),
        ("w", 10_000),
        ("十万", 100_000),
        ("百万", 1_000_000),
        ("千万", 10_000_000),
        ("亿", 100_000_000),
    ];
    match typed.phrase_of(end, &factors) {
        // A letter belongs to the number only where it touches it.
        Some((by, after)) if !typed.gap(end) || typed.word(end).len() > 1 => {
            let units = units.checked_mul(by)?;
            let (units, after) = tail(typed, units, by, after);
            Some((Decimal { units }, true, after))
        }
        _ => Some((Decimal { units }, false, end)),
    }
}

/// Takes in the digit behind 万 or 千: 3万5 is 35000.
fn tail(typed: &Typed, units: u64, by: u64, at: usize) -> (u64, usize) {
    // Of 12万六月底 the six is the month's.
    let belongs = by == 10_000 && !typed.gap(at) && !typed.any(at + 1, &["月", "日", "号", "年", "点", "个"]);
    let digit = typed.number(at).filter(|n| *n < 10 && belongs);
    let han = belongs.then(|| han_digit(typed.word(at))).flatten().map(|n| n as u32);
    match digit.or(han) {
        Some(n) => (units + u64::from(n) * 1_000 * SCALE, at + 1 + usize::from(typed.any(at + 1, &["千"]))),
        None => (units, at),
    }
}

fn resolve(code: &str, typed: &Typed, context: &Context) -> String {
    let house = |among: &[&str]| among.iter().find(|c| **c == context.currency).map(|c| (*c).to_owned());
    match code {
        "$" => house(&["CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN"]).unwrap_or_else(|| "USD".to_owned()),
        "¥" => {
            house(&["CNY", "JPY"]).unwrap_or_else(|| if typed.has_han { "CNY" } else { "JPY" }.to_owned())
        }
        code => code.to_owned(),
    }
}

fn han_digit(word: &str) -> Option<u64> {
    let digits = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    match word {
        "两" => Some(2),
        "〇" => Some(0),
        _ => digits.iter().position(|d| *d == word).map(|n| n as u64),
    }
}

/// Reads a number in Chinese characters from token `i`: 十二, 一百二十万, 三千五.
pub(super) fn han_number(typed: &Typed, i: usize) -> Option<(u64, usize)> {
    let (mut total, mut section, mut digit) = (0_u64, 0_u64, None);
    let mut last_unit = 0_u64;
    let mut at = i;
    loop {
        let word = typed.word(at);
        if let Some(n) = han_digit(word) {
            if digit.is_some_and(|d| d != 0) {
                break;
            }
            digit = Some(n);
        } else {
            let unit = match word {
                "十" => 10,
                "百" => 100,
                "千" => 1_000,
                "万" => 10_000,
                "亿" => 100_000_000,
                _ => break,
            };
            if unit >= 10_000 {
                if at == i {
                    break;
                }
                total = total.checked_add(section.checked_add(digit.unwrap_or(0))?.checked_mul(unit)?)?;
                section = 0;
            } else {
                // 百 and 千 want a digit before them.
                if digit.is_none() && unit > 10 {
                    break;
                }
                section = section.checked_add(digit.unwrap_or(1).checked_mul(unit)?)?;
            }
            digit = None;
            last_unit = unit;
        }
        at += 1;
    }
    // 三千五 is 3500, 十五 is 15.
    let rest = digit.unwrap_or(0)
        * if last_unit >= 100 && typed.word(at.wrapping_sub(2)) != "零" { last_unit / 10 } else { 1 };
    (at > i).then_some((total.checked_add(section)?.checked_add(rest)?, at))
}
