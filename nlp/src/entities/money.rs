//! Amounts of money: a number beside a currency.

use rapport_model::Money;
use rapport_model::reading::EntityKind;

use super::currency::{CAPITALS, Currency, agree, han_currency, marked, named, resolve, specific};
use super::numbers::{Blanks, Number, begins_number, factor, han_factor, literal};
use super::numerals::{han, han_digit, spelled};
use super::text::{Class, Text, Token};
use super::{Context, Found};

/// Adds the amounts in `text`.
pub(super) fn find(text: &Text, context: &Context, out: &mut Vec<Found>) {
    let mut free_from = 0;
    for i in 0..text.tokens.len() {
        if text.tokens[i].start < free_from {
            continue;
        }
        let amount = match text.tokens[i].class {
            Class::Digits if begins_number(text, i) => {
                in_digits(text, i, context).or_else(|| bare_thousands(text, i, context))
            }
            Class::Han => in_han(text, i, context),
            Class::Word => in_words(text, i, context),
            _ => None,
        };
        if let Some(found) = amount {
            free_from = found.end;
            out.push(found);
        }
    }
}

/// Tells whether a currency's sign, code or word stands at token `i`.
pub(super) fn is_currency(text: &Text, i: usize) -> bool {
    after(text, i).is_some()
}

/// Reads an amount whose digits start at token `i`.
fn in_digits(text: &Text, i: usize, context: &Context) -> Option<Found> {
    let start = text.tokens[i].start;
    let prefix = before(text, i);
    // Whoever writes $ or £ groups with commas: in `$20 415 people` the blank parts.
    let commas =
        matches!(prefix, Some((Currency::Dollar | Currency::Yen | Currency::Code("GBP" | "USD"), _)));
    let read = |blanks| {
        let (number, end) = literal(&text.lower, start, blanks)?;
        let (number, end) = scaled(text, number, end)?;
        let suffix = suffix(text, end);
        (prefix.is_some() || suffix.is_some()).then_some((number, end, suffix))
    };
    let (number, end, suffix) =
        if commas { None } else { read(Blanks::Group) }.or_else(|| read(Blanks::Part))?;
    let (currency, start, end) = match (prefix, suffix) {
        (Some((code, start)), Some((again, end))) if agree(code, again) => {
            (specific(code, again), start, end)
        }
        (Some((currency, start)), _) => (currency, start, end),
        (None, Some((currency, end))) => (currency, start, end),
        (None, None) => return None,
    };
    let (number, end) = with_tenths(text, number, end)?;
    found(number, currency, start, end, text, context)
}

/// Reads thousands without a currency at digits `i` where the words around them speak of money:
/// our budget is 12k. They are the house's currency.
fn bare_thousands(text: &Text, i: usize, context: &Context) -> Option<Found> {
    const CUE_TOKENS: usize = 5;
    let start = text.tokens[i].start;
    let (number, end) = literal(&text.lower, start, Blanks::Part)?;
    let next = text.token_at(end);
    let (number, end) = match text.word(next) {
        "k" if text.touches(next) => (number.times(1_000)?, text.tokens[next].end),
        _ => return None,
    };
    let cued = (i.saturating_sub(CUE_TOKENS)..i)
        .rev()
        .take_while(|&j| !matches!(text.word(j), "." | "?" | "!"))
        .any(|j| {
            matches!(
                text.word(j),
                "budget"
                    | "price"
                    | "cost"
                    | "costs"
                    | "pay"
                    | "paid"
                    | "quote"
                    | "quoted"
                    | "spend"
                    | "spent"
                    | "invoice"
                    | "total"
                    | "amount"
                    | "offer"
                    | "offered"
                    | "deposit"
                    | "refund"
                    | "fee"
                    | "discount"
                    | "value"
                    | "worth"
                    | "charge"
                    | "charged"
                    | "deal"
                    | "invoiced"
                    | "owe"
                    | "owes"
                    | "transferred"
                    | "agreed"
                    | "payment"
                    | "prepaid"
                    | "overpaid"
            )
        });
    let behind = text.token_at(end);
    let agreed = text.word_before(i, 1) == "the"
        && matches!(
            text.word(behind),
            "we" | "you" | "i" | "that" | "deposit" | "invoice" | "budget" | "offer"
        );
    let counted = text.same_line(behind)
        && (super::quantity::is_unit(text, behind)
            || text.touches(behind) && text.class(behind) == Some(Class::Word));
    if !(cued || agreed) || counted || context.currency.len() != 3 {
        return None;
    }
    let code = context.currency.to_ascii_uppercase();
    let minor = number.in_minor(Money::exponent(&code))?;
    let unit = 10_i64.pow(Money::exponent(&code));
    let value = match Money::exponent(&code) {
        0 => format!("{minor} {code}"),
        width => format!("{}.{:0width$} {code}", minor / unit, minor % unit, width = width as usize),
    };
    Some(Found { kind: EntityKind::Money, start, end, value })
}

/// Takes in the digit behind 块 at byte `end`: 三块五 is 3.5. Nothing for 两块 alone, which may
/// be two pieces.
fn with_tenths(text: &Text, number: Number, end: usize) -> Option<(Number, usize)> {
    if !text.lower[..end].ends_with(['块', '塊']) {
        return Some((number, end));
    }
    if let Some(c) = text.char_at(end)
        && let Some(tenths) = han_digit(c).or_else(|| c.to_digit(10).map(u64::from))
    {
        return Some((number.and_tenths(tenths)?, end + c.len_utf8()));
    }
    (number.as_whole()? >= 10).then_some((number, end))
}

/// Reads an amount in Chinese numerals that start at token `i`: 三百块, 三块五.
fn in_han(text: &Text, i: usize, context: &Context) -> Option<Found> {
    let Token { start, first, .. } = text.tokens[i];
    if first != '十' && han_digit(first).is_none() {
        return None;
    }
    let inside =
        text.char_before(start).is_some_and(|c| han_digit(c).is_some() || "十百千万第几数".contains(c));
    if inside {
        return None;
    }
    let (number, end) = han(&text.lower, start)?;
    let prefix = before(text, i);
    let suffix = suffix(text, end);
    let (number, currency, end) = match (prefix, suffix) {
        (_, Some((currency, end))) => {
            let (number, end) = with_tenths(text, number, end)?;
            (number, currency, end)
        }
        (Some((currency, _)), None) => (number, currency, end),
        (None, None) => return None,
    };
    found(number, currency, prefix.map_or(start, |(_, start)| start), end, text, context)
}

/// Reads an amount in English words that start at token `i`: two hundred euros.
fn in_words(text: &Text, i: usize, context: &Context) -> Option<Found> {
    let (number, next) = spelled(text, i)?;
    let end = text.tokens[next - 1].end;
    let (currency, end) = suffix(text, end)?;
    found(number, currency, text.tokens[i].start, end, text, context)
}

/// Applies what multiplies the number that ends at byte `end`: `k`, `million`, 万; and takes in
/// the dash that stands for no cents.
fn scaled(text: &Text, number: Number, end: usize) -> Option<(Number, usize)> {
    if text.plain[end..].starts_with(",-") || text.plain[end..].starts_with(".-") {
        return Some((number, end + 2));
    }
    let (product, han_end) = han_factor(&text.lower, end);
    if product > 1 {
        return Some((number.times(product)?, han_end));
    }
    let next = text.token_at(end);
    if !text.same_line(next) {
        return Some((number, end));
    }
    let by = match text.word(next) {
        "m" if text.touches(next) => Some(1_000_000),
        "b" if text.touches(next) => Some(1_000_000_000),
        word => factor(word),
    };
    match by {
        Some(by) => Some((number.times(by)?, text.tokens[next].end)),
        None => Some((number, end)),
    }
}

/// Returns the currency that stands behind byte `end`, and where it ends.
fn suffix(text: &Text, end: usize) -> Option<(Currency, usize)> {
    let next = text.token_at(end);
    if !text.same_line(next) {
        return None;
    }
    let (currency, end) = after(text, next)?;
    // `5 $20`: the sign belongs to the second number.
    let of_next = !text.touches(next) && text.char_at(end).is_some_and(|c| c.is_ascii_digit());
    (!of_next).then_some((currency, end))
}

/// Reads the currency that starts with token `i`, and where it ends.
fn after(text: &Text, i: usize) -> Option<(Currency, usize)> {
    let token = text.tokens.get(i)?;
    if token.class == Class::Han {
        return han_currency(&text.lower[token.start..]).map(|(c, n)| (c, token.start + n));
    }
    if text.touches(i + 1)
        && let Some(currency) = marked(text.word(i), text.word(i + 1))
    {
        return Some((currency, text.tokens[i + 1].end));
    }
    if matches!(text.word(i), "pound" | "pounds") && text.word(i + 1) == "of" {
        return None;
    }
    Some((named(text, i)?, token.end))
}

/// Reads the currency that ends before token `i` on the same line, and where it starts.
fn before(text: &Text, i: usize) -> Option<(Currency, usize)> {
    if i == 0 || !text.same_line(i) {
        return None;
    }
    let last = text.tokens[i - 1];
    if last.class == Class::Han {
        let head = &text.lower[..last.end];
        let (currency, name) = [
            ("人民币", "CNY"),
            ("人民幣", "CNY"),
            ("港币", "HKD"),
            ("港幣", "HKD"),
            ("新台币", "TWD"),
            ("新台幣", "TWD"),
            ("美金", "USD"),
        ]
        .into_iter()
        .find(|(name, _)| head.ends_with(name))
        .map(|(name, code)| (Currency::Code(code), name))?;
        return Some((currency, last.end - name.len()));
    }
    if i >= 2 && text.touches(i - 1) {
        if let Some(currency) = marked(text.word(i - 2), text.word(i - 1)) {
            return Some((currency, text.tokens[i - 2].start));
        }
        let abbreviated = match (text.word(i - 2), text.word(i - 1)) {
            ("fr" | "sfr", ".") => Some("CHF"),
            ("rs", ".") => Some("INR"),
            _ => None,
        };
        if let Some(code) = abbreviated {
            return Some((Currency::Code(code), text.tokens[i - 2].start));
        }
    }
    // `20 EUR 5 pcs`: the code already has its number.
    let taken = i >= 2
        && text.class(i - 1) == Some(Class::Word)
        && text.class(i - 2) == Some(Class::Digits)
        && text.same_line(i - 1);
    // As words these codes stand before numbers too: TRY 3 times, PHP 8.
    let word = CAPITALS.contains(&text.raw(i - 1));
    (!taken && !word).then(|| named(text, i - 1)).flatten().map(|currency| (currency, last.start))
}

/// Makes the entity; nothing when the currency is unclear or the amount finer than its units.
fn found(
    number: Number,
    currency: Currency,
    start: usize,
    end: usize,
    text: &Text,
    context: &Context,
) -> Option<Found> {
    let code = resolve(currency, text, context)?;
    let exponent = Money::exponent(code);
    let minor = number.in_minor(exponent)?;
    let unit = 10_i64.pow(exponent);
    let value = match exponent {
        0 => format!("{minor} {code}"),
        _ => format!("{}.{:0width$} {code}", minor / unit, minor % unit, width = exponent as usize),
    };
    Some(Found { kind: EntityKind::Money, start, end, value })
}
