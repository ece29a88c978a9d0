//! Amounts of money: a number beside a currency.

use rapport_model::Money;
use rapport_model::reading::EntityKind;

use super::currency::{
    CAPITALS, Currency, agree, han_currency, han_currency_before, marked, named, qualified, resolve, specific,
};
use super::numbers::{Blanks, Number, begins_number, factor, han_factor, han_rest, literal};
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
                in_digits(text, i, context).or_else(|| bare(text, i, context))
            }
            Class::Han => in_han(text, i, context),
            // R249 and N1.4m
            Class::Word if matches!(text.raw(i), "R" | "N") && text.touches(i + 1) => {
                in_digits(text, i + 1, context)
            }
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
    // 6204-2RS is a part.
    let of_code = text.char_before(start) == Some('-')
        && text.touches(i)
        && i >= 2
        && text.touches(i - 1)
        && matches!(text.class(i - 2), Some(Class::Digits | Class::Word));
    if of_code {
        return None;
    }
    // Whoever writes $ or £ groups with commas: in `$20 415 people` the blank parts.
    let commas = prefix.is_some() && matches!(text.word_before(i, 1), "$" | "£" | "¥");
    let read = |blanks| {
        let (number, end) = literal(&text.lower, start, blanks)?;
        let written = &text.plain[start..end];
        // ¥5 270.40: behind groups of three stand cents.
        if blanks == Blanks::Group && commas && !(written.contains(' ') && written.contains(['.', ','])) {
            return None;
        }
        let (number, end) = scaled(text, number, end)?;
        let suffix = suffix(text, end);
        (prefix.is_some() || suffix.is_some()).then_some((number, end, suffix))
    };
    let Some((number, end, suffix)) = read(Blanks::Group).or_else(|| read(Blanks::Part)) else {
        return in_range(text, i, context);
    };
    let (currency, start, end) = match (prefix, suffix) {
        (Some((code, start)), Some((again, end))) if agree(code, again) => {
            (specific(code, again), start, end)
        }
        (Some((currency, start)), _) => (currency, start, end),
        (None, Some((currency, end))) => (currency, start, end),
        (None, None) => return None,
    };
    // As words these codes stand before numbers too: TRY 3 times, PHP 8.
    let coded = prefix.is_some() && suffix.is_none() && i > 0 && CAPITALS.contains(&text.raw(i - 1));
    if coded && number.as_whole().is_some_and(|whole| whole < 100) {
        return None;
    }
    let (number, end) = with_tenths(text, number, end)?;
    found(number, currency, start, with_whole(text, end), text, context)
}

/// Takes in the word that closes a sum in Chinese behind byte `end`: 6,800元整.
fn with_whole(text: &Text, end: usize) -> usize {
    let closes = text.char_before(end).is_some_and(super::text::is_han);
    text.char_at(end).filter(|c| closes && matches!(c, '整' | '正')).map_or(end, |c| end + c.len_utf8())
}

/// Reads the first amount of two that share a currency: 25k to 30k INR, 1,340.00 instead of 1,034.00 GBP.
fn in_range(text: &Text, i: usize, context: &Context) -> Option<Found> {
    let start = text.tokens[i].start;
    let (number, end) = literal(&text.lower, start, Blanks::Part)?;
    let (number, end) = scaled(text, number, end)?;
    let mut next = text.token_at(end);
    match (text.word(next), text.word(next + 1)) {
        ("to" | "-" | "or", _) => next += 1,
        ("instead", "of") => next += 2,
        _ => return None,
    }
    let second = text.tokens.get(next).filter(|t| t.class == Class::Digits && text.same_line(next))?;
    let (other, second_end) = literal(&text.lower, second.start, Blanks::Part)?;
    let (_, second_end) = scaled(text, other, second_end)?;
    let (currency, _) = suffix(text, second_end)?;
    found(number, currency, start, end, text, context)
}

/// Reads an amount without a currency at digits `i` where the words around it speak of money: our
/// budget is 12k, I paid 89.90, 预算20万. It is in the house's currency.
fn bare(text: &Text, i: usize, context: &Context) -> Option<Found> {
    const CUE_TOKENS: usize = 5;
    let start = text.tokens[i].start;
    let (number, end) = literal(&text.lower, start, Blanks::Part)?;
    let next = text.token_at(end);
    let with_cents = text.plain[..end].ends_with(|c: char| c.is_ascii_digit())
        && end - start >= 4
        && matches!(text.plain.as_bytes()[end - 3], b'.' | b',');
    let (factor, han_end) = han_factor(&text.lower, end);
    let (number, end) = match text.word(next) {
        "k" if text.touches(next) => (number.times(1_000)?, text.tokens[next].end),
        "w" if text.touches(next) && text.has_han => (number.times(10_000)?, text.tokens[next].end),
        "grand" => (number.times(1_000)?, text.tokens[next].end),
        "lakh" | "lakhs" | "crore" | "crores" => {
            let (number, end) = scaled(text, number, end)?;
            return found(number, Currency::Code("INR"), start, end, text, context);
        }
        _ if factor >= 10_000 => {
            let number = number.times(factor)?;
            han_rest(&text.lower, han_end, number, factor).unwrap_or((number, han_end))
        }
        _ if with_cents => (number, end),
        _ => return None,
    };
    let behind = text.token_at(end);
    let cued = text.word(next) == "grand"
        || (i.saturating_sub(CUE_TOKENS)..i)
            .rev()
            .take_while(|&j| !matches!(text.word(j), "." | "?" | "!"))
            .any(|j| is_cue(text.word(j)))
        || text.has_han && speaks_of_money(&text.lower, start, end);
    let agreed = text.word_before(i, 1) == "the"
        && matches!(
            text.word(behind),
            "we" | "you" | "i" | "that" | "deposit" | "invoice" | "budget" | "offer"
        );
    let counted = text.same_line(behind)
        && (super::quantity::is_unit(text, behind)
            || text.touches(behind) && text.class(behind) == Some(Class::Word)
            || matches!(text.word(behind), "%" | "字" | "平" | "次" | "人" | "只"));
    let dated = with_cents
        && text.plain[end..].starts_with(['.', '/', ':'])
        && text.plain[end + 1..].starts_with(|c: char| c.is_ascii_digit());
    if !(cued || agreed) || counted || dated {
        return None;
    }
    house(number, start, end, context)
}

/// Makes an amount in the house's currency, the number alone where that is not known.
fn house(number: Number, start: usize, end: usize, context: &Context) -> Option<Found> {
    if context.currency.len() != 3 {
        return Some(Found { kind: EntityKind::Money, start, end, value: number.to_string() });
    }
    amount(number, &context.currency.to_ascii_uppercase(), start, end)
}

fn is_cue(word: &str) -> bool {
    matches!(
        word,
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
            | "billed"
            | "said"
    )
}

/// Tells whether the Chinese words near an amount speak of money: 预算, 转了, 单价.
fn speaks_of_money(lower: &str, start: usize, end: usize) -> bool {
    const NEAR_BYTES: usize = 36;
    let before = &lower[lower.ceil_char_boundary(start.saturating_sub(NEAR_BYTES))..start];
    let before = before.rsplit(['。', '？', '！', '\n', '?', '!']).next().unwrap_or_default();
    let after = &lower[end..lower.floor_char_boundary((end + NEAR_BYTES / 2).min(lower.len()))];
    [
        "价", "價", "预算", "預算", "钱", "錢", "费", "費", "款", "转", "轉", "付", "贷", "貸", "还", "還",
        "赔", "賠", "汇", "匯", "金额", "金額", "多少", "收了", "欠", "报", "報", "资", "額", "额", "补贴",
    ]
    .iter()
    .any(|word| before.contains(word))
        || ["预算", "以内", "的预算", "货款", "的款"].iter().any(|word| after.starts_with(word))
}

/// Takes in the digit behind 块 at byte `end`: 三块五 is 3.5. Nothing for 两块 alone, which may
/// be two pieces.
fn with_tenths(text: &Text, number: Number, end: usize) -> Option<(Number, usize)> {
    if !text.lower[..end].ends_with(['块', '塊']) {
        return Some((number, end));
    }
    let spoken = |c: char| {
        let behind = text.plain[end + c.len_utf8()..].chars().next();
        // 300块一小时, 一块一块的
        behind.is_none_or(|b| !super::text::is_han(b) || "钱錢的了吧呢吗毛".contains(b))
    };
    if let Some(c) = text.char_at(end).filter(|c| spoken(*c))
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
    // 八百多块, 四十来万
    let vague = text.lower[end..]
        .chars()
        .next()
        .filter(|c| matches!(c, '多' | '来' | '來' | '余' | '餘'))
        .map_or(0, char::len_utf8);
    let (factor, after) = if vague > 0 { han_factor(&text.lower, end + vague) } else { (1, end) };
    let (number, end) = match vague {
        0 => (number, end),
        _ if factor > 1 || suffix(text, end + vague).is_some() => (number.times(factor)?, after),
        _ => (number, end),
    };
    let prefix = before(text, i);
    let suffix = suffix(text, end);
    let (number, currency, end) = match (prefix, suffix) {
        (_, Some((currency, end))) => {
            let (number, end) = with_tenths(text, number, end)?;
            (number, currency, end)
        }
        (Some((currency, _)), None) => (number, currency, end),
        (None, None) => {
            let large = text.lower[start..end].contains(['万', '萬', '千', '百'])
                && !super::quantity::is_unit(text, text.token_at(end));
            let cued = large && speaks_of_money(&text.lower, start, end);
            return cued.then(|| house(number, start, end, context))?;
        }
    };
    let start = prefix.map_or(start, |(_, start)| start);
    found(number, currency, start, with_whole(text, end), text, context)
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
    if text.plain[end..].starts_with(",-")
        || text.plain[end..].starts_with(".-")
        || text.plain[end..].starts_with("/-")
    {
        return Some((number, end + 2));
    }
    let blank = usize::from(text.plain[end..].starts_with(' '));
    let (product, han_end) = han_factor(&text.lower, end + blank);
    if product > 1 {
        let number = number.times(product)?;
        return Some(han_rest(&text.lower, han_end, number, product).unwrap_or((number, han_end)));
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
    if let Some(currency) = qualified(text, i) {
        return Some((currency, text.tokens[i + 1].end));
    }
    if text.word(i) == "hong" && text.word(i + 1) == "kong" && text.word(i + 2).starts_with("dollar") {
        return Some((Currency::Code("HKD"), text.tokens[i + 2].end));
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
        let (currency, n) = han_currency_before(&text.lower[..last.end])?;
        return Some((currency, last.end - n));
    }
    if i >= 2 && text.touches(i - 1) {
        if let Some(currency) = marked(text.word(i - 2), text.word(i - 1)) {
            return Some((currency, text.tokens[i - 2].start));
        }
        let abbreviated = match (text.word(i - 2), text.word(i - 1)) {
            ("fr" | "sfr", ".") => Some("CHF"),
            ("rs", ".") => Some("INR"),
            ("kr", ".") => return Some((Currency::Crown, text.tokens[i - 2].start)),
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
        && !(text.touches(i - 2) && i >= 3 && text.word(i - 3) == "-")
        && text.same_line(i - 1);
    // R 18 450,00 and N1.4m: a letter is a currency's where the amount is written as one.
    let letter = match text.raw(i - 1) {
        "R" => Some("ZAR"),
        "N" => Some("NGN"),
        _ => None,
    };
    if let Some(code) = letter {
        let rest = &text.lower[text.tokens[i].start..];
        let grouped = literal(rest, 0, Blanks::Group)
            .is_some_and(|(_, n)| rest[..n].contains([' ', ',', '.']) || rest[n..].starts_with(['k', 'm']));
        let cued = (i.saturating_sub(4)..i).any(|j| is_cue(text.word(j)));
        let free = !text.touches(i - 1) && text.class(i) == Some(Class::Digits);
        return (free && (grouped || cued)).then_some((Currency::Code(code), last.start));
    }
    (!taken).then(|| named(text, i - 1)).flatten().map(|currency| (currency, last.start))
}

/// Makes the entity, the number alone where it is unclear which currency is meant.
fn found(
    number: Number,
    currency: Currency,
    start: usize,
    end: usize,
    text: &Text,
    context: &Context,
) -> Option<Found> {
    match resolve(currency, text, context) {
        Some(code) => amount(number, code, start, end),
        None => Some(Found { kind: EntityKind::Money, start, end, value: number.to_string() }),
    }
}

/// Makes the entity, in the currency `code`.
fn amount(number: Number, code: &str, start: usize, end: usize) -> Option<Found> {
    let exponent = Money::exponent(code);
    let unit = 10_i64.pow(exponent);
    // €0.112 per carton is finer than any coin.
    let Some(minor) = number.in_minor(exponent) else {
        return Some(Found { kind: EntityKind::Money, start, end, value: format!("{number} {code}") });
    };
    let value = match exponent {
        0 => format!("{minor} {code}"),
        _ => format!("{}.{:0width$} {code}", minor / unit, minor % unit, width = exponent as usize),
    };
    Some(Found { kind: EntityKind::Money, start, end, value })
}
