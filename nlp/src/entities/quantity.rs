//! Counts of things that are bought: 20 seats, a dozen cartridges, 三台.
//!
//! A number counts with a known unit, or before a plural that is none of what is merely counted: days,
//! times, questions.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use rapport_model::reading::EntityKind;

use super::Found;
use super::names::{keyed, words_of};
use super::numbers::{Blanks, Number, begins_number, literal};
use super::numerals::{cardinal, han, han_digit, spelled};
use super::text::{Class, Text, Token};

/// The words of `units.txt`.
struct Words {
    /// English units, each with whether it is of one form for every number.
    units: HashMap<&'static str, bool>,
    verbs: HashSet<&'static str>,
    kinds: HashSet<&'static str>,
    measures: HashSet<&'static str>,
    uncounted: HashSet<&'static str>,
    breaks: HashSet<&'static str>,
    han: Vec<&'static str>,
    not: Vec<&'static str>,
    ge: Vec<&'static str>,
    measured: HashSet<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let list = include_str!("units.txt");
    let units = |key, one_form| words_of(list, key).map(move |word| (word, one_form));
    Words {
        units: units("unit", false).chain(units("same", true)).collect(),
        verbs: keyed(list, "verb"),
        kinds: keyed(list, "kind"),
        measures: keyed(list, "measure"),
        uncounted: keyed(list, "uncounted"),
        breaks: keyed(list, "breaks"),
        han: longest_first(words_of(list, "han").collect()),
        not: words_of(list, "not").collect(),
        ge: words_of(list, "ge").collect(),
        measured: keyed(list, "measured"),
    }
});

/// Puts words before those they contain.
fn longest_first(mut words: Vec<&'static str>) -> Vec<&'static str> {
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

/// Adds the counts in `text`.
pub(super) fn find(text: &Text, out: &mut Vec<Found>) {
    let mut free_from = 0;
    for i in 0..text.tokens.len() {
        if text.tokens[i].start < free_from {
            continue;
        }
        let count = match text.tokens[i].class {
            Class::Digits if begins_number(text, i) => in_digits(text, i),
            Class::Word => in_words(text, i),
            Class::Han => in_han(text, i),
            _ => None,
        };
        if let Some(found) = count.filter(|_| !ends_range(text, i)) {
            free_from = found.end;
            out.push(found);
        }
    }
}

/// Tells whether token `i` is a unit of things that are counted.
pub(super) fn is_unit(text: &Text, i: usize) -> bool {
    match text.class(i) {
        Some(Class::Word) => unit_form(text.word(i)).is_some(),
        Some(Class::Han) => han_unit(text, text.tokens[i].start).is_some(),
        _ => false,
    }
}

/// Tells whether word `i` is counted by the number before it, as things, persons or days are.
pub(super) fn is_counted(text: &Text, i: usize) -> bool {
    is_unit(text, i) || WORDS.uncounted.contains(text.word(i))
}

fn in_digits(text: &Text, i: usize) -> Option<Found> {
    let start = text.tokens[i].start;
    let (number, end) = literal(&text.lower, start, Blanks::Group)
        .filter(|(_, end)| text.plain[start..*end].contains(' '))
        .or_else(|| literal(&text.lower, start, Blanks::Part))?;
    let versioned = matches!(
        text.word_before(i, 1),
        "version"
            | "v"
            | "release"
            | "room"
            | "page"
            | "step"
            | "chapter"
            | "flight"
            | "route"
            | "unit"
            | "windows"
            | "plot"
            | "size"
    );
    let signed = text.plain[..start].trim_end().ends_with('第')
        || matches!(text.char_before(start), Some('-' | '$' | '€' | '£' | '¥' | '+' | '*' | '第'));
    if versioned || signed {
        return None;
    }
    let next = text.token_at(end);
    // 7.5千瓦 is no 7500.
    if let Some(unit_end) = han_unit(text, end).filter(|_| text.lower[end..].starts_with('千')) {
        return found(text, number, start, end, unit_end);
    }
    let (factor, factor_end) = super::numbers::han_factor(&text.lower, end + blanks(text, end));
    let end = if factor > 1 { factor_end } else { end };
    let number = number.times(factor)?;
    // 18.5㎡
    if let Some(sign) = text.char_at(end).filter(|c| matches!(c, '㎡' | '㎏')) {
        return found(text, number, start, end, end + sign.len_utf8());
    }
    let more_at = end + blanks(text, end);
    let more = text.lower[more_at..]
        .chars()
        .next()
        .filter(|c| matches!(c, '多' | '余' | '餘' | '来'))
        .map_or(0, |c| more_at - end + c.len_utf8());
    let unit = end + more + blanks(text, end + more);
    if let Some(unit_end) = han_unit(text, unit) {
        return (!is_address(text, unit, unit_end)).then(|| found(text, number, start, unit, unit_end))?;
    }
    // 80 x 100 cm
    if matches!(text.word(next), "x" | "×")
        && let Some((end, unit)) = sides(text, next)
    {
        let value = format!("{} {}", &text.lower[start..unit].trim_end(), &text.lower[unit..end]);
        return Some(Found { kind: EntityKind::Quantity, start, end, value });
    }
    let (number, next) = match text.word(next) {
        "dozen" => return dozens(text, number.times(12)?, start, next + 1),
        "k" if text.touches(next) => (number.times(1_000)?, next + 1),
        "x" | "×" => (number, next + 1),
        _ => (number, next),
    };
    let singular = matches!(text.word(next - 1), "x" | "×");
    if let Some((from, to)) = unit_at(text, next, number, singular) {
        return found(text, number, start, from, to);
    }
    let year = text.width(i) == 4
        && text.tokens[i].end == end
        && matches!(&text.plain[start..start + 2], "19" | "20");
    // `at 4 drivers came` is none either way; a number of a street or an order is none.
    let named =
        matches!(text.word_before(i, 1), "order" | "invoice" | "no" | "nr" | "#" | "number" | "at" | "by")
            || text.word_before(i, 1) == "."
                && matches!(text.word_before(i, 2), "no" | "art" | "fig" | "vol");
    if year || named || text.plain[end..].starts_with(['/', '-', '%', ':', '\'', '"']) {
        return None;
    }
    let (from, to) = plural_at(text, next, number).or_else(|| single_at(text, next, number))?;
    found(text, number, start, from, to)
}

/// Reads the one thing that the digit 1 counts at token `i`, where its words end before another part of the
/// sentence: 1 spare motor, 1 trailer from Saturday.
fn single_at(text: &Text, i: usize, number: Number) -> Option<(usize, usize)> {
    if number != Number::whole(1) || text.touches(i) {
        return None;
    }
    let names = |at: usize| {
        let word = text.word(at);
        text.class(at) == Some(Class::Word)
            && text.same_line(at)
            && word == text.raw(at)
            && word.len() >= 3
            && word.bytes().all(|b| b.is_ascii_lowercase())
            && !WORDS.uncounted.contains(word)
            && !WORDS.uncounted.contains(format!("{word}s").as_str())
            && !WORDS.breaks.contains(word)
    };
    let end = (i..i + 3).take_while(|at| names(*at)).count() + i;
    let closed = !text.same_line(end)
        || WORDS.breaks.contains(text.word(end))
        || matches!(text.word(end), "," | "." | ";" | "!" | "?" | ")" | "+" | "&");
    (end > i && closed).then(|| (text.tokens[i].start, text.tokens[end - 1].end))
}

/// Reads the further sides of what is measured, from the `x` at token `i`; returns where their unit ends
/// and begins.
fn sides(text: &Text, i: usize) -> Option<(usize, usize)> {
    let mut at = i;
    for _ in 0..2 {
        if !matches!(text.word(at), "x" | "×") {
            break;
        }
        let side = text.tokens.get(at + 1).filter(|t| t.class == Class::Digits && text.same_line(at + 1))?;
        let (_, end) = literal(&text.lower, side.start, Blanks::Part)?;
        at = text.token_at(end);
    }
    let measure =
        matches!(text.word(at), "cm" | "mm" | "m" | "ft" | "feet" | "inch" | "inches" | "metres" | "meters");
    (measure && text.same_line(at)).then(|| (text.tokens[at].end, text.tokens[at].start))
}

fn in_words(text: &Text, i: usize) -> Option<Found> {
    let start = text.tokens[i].start;
    // half a pallet; a kilo of saffron
    let articled = match (text.word(i), text.word(i + 1)) {
        ("half", "a" | "an") if text.word(i + 2) != "dozen" => Some((Number::whole(0).and_tenths(5)?, i + 2)),
        ("a", _) if text.word(i + 2) == "of" => Some((Number::whole(1), i + 1)),
        _ => None,
    };
    if let Some((number, next)) = articled {
        let is_measure = WORDS.measured.contains(text.word(next)) && text.same_line(next);
        return is_measure.then(|| {
            let Token { start: from, end, .. } = text.tokens[next];
            found(text, number, start, from, end)
        })?;
    }
    let (number, next) = spelled(text, i)?;
    if text.word(next - 1) == "dozen" {
        return dozens(text, number, start, next);
    }
    if number == Number::whole(1) && WORDS.verbs.contains(text.word(next)) {
        return None;
    }
    let (from, to) = unit_at(text, next, number, false).or_else(|| plural_at(text, next, number))?;
    found(text, number, start, from, to)
}

/// Reads the plural that a number at least two counts, at token `i` or behind up to two words that
/// describe it: 16 bedside lamps.
fn plural_at(text: &Text, i: usize, number: Number) -> Option<(usize, usize)> {
    if number == Number::whole(1) || !text.same_line(i) || text.touches(i) {
        return None;
    }
    for at in i..i + 3 {
        let word = text.word(at);
        let plain = text.class(at) == Some(Class::Word)
            && text.same_line(at)
            && word.bytes().all(|b| b.is_ascii_lowercase());
        if !plain || word != text.raw(at) || WORDS.uncounted.contains(word) || WORDS.breaks.contains(word) {
            return None;
        }
        let plural = word.len() >= 4
            && word.ends_with('s')
            && !word.ends_with("ss")
            && !word.ends_with("us")
            && !word.ends_with("is");
        if plural {
            // 5 car-sharing offers, 3 users' wishes
            let joined = text.touches(at + 1) && matches!(text.word(at + 1), "-" | "'" | "/");
            return (!joined).then(|| (text.tokens[i].start, text.tokens[at].end));
        }
    }
    None
}

fn in_han(text: &Text, i: usize) -> Option<Found> {
    let Token { start, first, .. } = text.tokens[i];
    if han_digit(first).is_none() && first != '十' {
        return None;
    }
    // 第三个 is an order, 几十个 vague.
    let inside =
        text.char_before(start).is_some_and(|c| han_digit(c).is_some() || "十百千万第几数每".contains(c));
    let (number, end) = han(&text.lower, start).filter(|_| !inside)?;
    let more = text.lower[end..].chars().next().filter(|c| matches!(c, '多' | '余' | '餘' | '来' | '來'));
    let end = end + more.filter(|_| number.as_whole() >= Some(10)).map_or(0, char::len_utf8);
    // 一个 is an article more often than a count; 一箱 is one.
    if number == Number::whole(1)
        && !text.lower[end..].starts_with(['箱', '桶', '包', '袋', '盒', '瓶', '罐', '吨', '噸', '斤'])
    {
        return None;
    }
    let unit_end = han_unit(text, end)?;
    // 25公斤一桶的 tells how it is packed.
    if number == Number::whole(1) && text.lower[unit_end..].starts_with(['的', '子', '装', '裝']) {
        return None;
    }
    found(text, number, start, end, unit_end)
}

/// Reads what dozens are counted of: any plural, since a dozen always counts things.
fn dozens(text: &Text, number: Number, start: usize, next: usize) -> Option<Found> {
    if let Some((from, to)) = unit_at(text, next, number, false) {
        return found(text, number, start, from, to);
    }
    // I got nine dozen.
    let n_dozens = number.as_whole().map_or(0, |n| n / 12);
    if n_dozens > 1 && (!text.same_line(next) || matches!(text.word(next), "." | "," | "?" | "!" | "for")) {
        let Token { start: from, end, .. } = text.tokens[next - 1];
        return found(text, Number::whole(n_dozens), start, from, end);
    }
    let plural = (next..next + 2).find(|&i| {
        text.same_line(i)
            && text.class(i) == Some(Class::Word)
            && text.width(i) >= 4
            && text.word(i).ends_with('s')
    })?;
    let only_words = (next..plural).all(|i| text.class(i) == Some(Class::Word));
    let counts = only_words
        && !matches!(text.word(plural), "times" | "days" | "weeks" | "months" | "years" | "hours" | "this");
    counts.then(|| found(text, number, start, text.tokens[next].start, text.tokens[plural].end))?
}

/// Reads a unit at token `i`, with the words that tell of which kind: 5 more user licences. It
/// agrees with `number`, unless `singular` may stand for many (2 x Router).
fn unit_at(text: &Text, i: usize, number: Number, singular: bool) -> Option<(usize, usize)> {
    let from = text.tokens.get(i).filter(|t| t.class == Class::Word && text.same_line(i))?.start;
    // M, G and T name sizes and classes, and are no units.
    if matches!(text.raw(i), "M" | "G" | "T") {
        return None;
    }
    if text.word(i) == "t" && text.word(i + 1) == "-" && matches!(text.word(i + 2), "shirt" | "shirts") {
        return Some((from, text.tokens[i + 2].end));
    }
    // sq. ft., cubic metres
    if WORDS.measures.contains(text.word(i)) {
        let next = i + 1 + usize::from(text.word(i + 1) == "." && text.touches(i + 1));
        let unit = text.same_line(next).then(|| unit_form(text.word(next))).flatten();
        if unit.is_some() {
            let dot = text.word(next) == "ft"
                && text.word(i + 1) == "."
                && text.word(next + 1) == "."
                && text.touches(next + 1);
            return Some((from, text.tokens[next + usize::from(dot)].end));
        }
    }
    let mut last = i;
    while last < i + 2 && WORDS.kinds.contains(text.word(last)) && unit_form(text.word(last)).is_none() {
        last += 1;
    }
    let mut form = unit_form(text.word(last)).filter(|_| text.same_line(last))?;
    // user licences, printer cartridges; not 25 kg bags
    if form != Form::Any
        && text.same_line(last + 1)
        && !text.touches(last + 1)
        && let Some(head) = unit_form(text.word(last + 1))
    {
        (form, last) = (head, last + 1);
    }
    let agrees = match form {
        Form::Any => true,
        Form::Singular => singular || number == Number::whole(1),
        Form::Plural => number != Number::whole(1),
    };
    // 5 car-sharing offers
    let joined = text.touches(last + 1) && text.word(last + 1) == "-" && text.touches(last + 2);
    // m² and m3
    let is_length = matches!(text.word(last), "m" | "km" | "cm" | "mm" | "ft");
    let raised =
        text.char_at(text.tokens[last].end).filter(|c| matches!(c, '²' | '³' | '2' | '3') && is_length);
    let raised = raised.map_or(0, char::len_utf8);
    (agrees && !joined).then(|| (from, text.tokens[last].end + raised))
}

/// How a unit is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Singular,
    Plural,
    /// It has one form only: pcs, people.
    Any,
}

/// Returns the form of a unit; nothing for other words.
fn unit_form(word: &str) -> Option<Form> {
    if let Some(&one_form) = WORDS.units.get(word) {
        return Some(if one_form { Form::Any } else { Form::Singular });
    }
    let known = |w: &str| WORDS.units.get(w) == Some(&false);
    let plural = word.strip_suffix('s').is_some_and(known)
        || word.strip_suffix("es").is_some_and(|w| w.ends_with(['x', 'h', 's']) && known(w));
    plural.then_some(Form::Plural)
}

/// Returns where the Chinese unit at byte `at` ends.
fn han_unit(text: &Text, at: usize) -> Option<usize> {
    let rest = &text.lower[at..];
    if !rest.starts_with(super::text::is_han) {
        return None;
    }
    let unit = WORDS.han.iter().find(|unit| rest.starts_with(**unit))?;
    let behind = &rest[unit.len()..];
    let begins = |names: &[&str]| names.iter().any(|name| behind.starts_with(name));
    // 一米八, 两吨半
    let half = behind.chars().next().filter(|c| *c == '半' && !behind.starts_with("半天"));
    let tenths = behind
        .chars()
        .next()
        .filter(|c| *unit == "米" && is_digit(*c) && !behind.chars().nth(1).is_some_and(is_digit));
    let more = half.or(tenths).map_or(0, char::len_utf8);
    let other = begins(&WORDS.not) && !behind.starts_with("月饼")
        || matches!(*unit, "个" | "個") && begins(&WORDS.ge);
    (!other).then_some(at + unit.len() + more)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || han_digit(c).is_some()
}

/// Tells whether the digits before the unit are the number of a house, as in 12栋1702, and not a count as in 3栋楼.
fn is_address(text: &Text, unit: usize, unit_end: usize) -> bool {
    let counted = ['楼', '樓', '房', '别', '別', '厂', '廠'];
    text.lower[unit..unit_end].ends_with(['栋', '棟']) && !text.lower[unit_end..].starts_with(counted)
}

/// Tells whether the number at token `i` ends a range or a choice: of 10-15 users only the whole
/// would be right.
fn ends_range(text: &Text, i: usize) -> bool {
    let joins = matches!(text.word_before(i, 1), "-" | "to" | "or" | "到" | "至" | "~");
    let number = i >= 2
        && (text.class(i - 2) == Some(Class::Digits)
            || cardinal(text.word(i - 2)).is_some()
            || text.word(i - 2).chars().next().and_then(han_digit).is_some());
    joins && number && text.same_line(i) && text.same_line(i - 1)
}

fn blanks(text: &Text, at: usize) -> usize {
    text.lower[at..].bytes().take(2).take_while(|&b| b == b' ').count()
}

/// Adds what stands behind a unit to its number: 两吨半 is 2.5 吨, 一米八 1.8 米.
fn with_fraction(number: Number, unit: &str) -> (Number, &str) {
    let mut chars = unit.chars();
    let last = chars.next_back();
    let tenths = match last {
        Some('半') => Some(5),
        Some(c) => han_digit(c).or_else(|| c.to_digit(10).map(u64::from)),
        None => None,
    };
    let whole = chars.as_str();
    let is_unit = !whole.is_empty() && whole.chars().all(super::text::is_han);
    match tenths.filter(|_| is_unit).and_then(|tenths| number.and_tenths(tenths)) {
        Some(number) => (number, whole),
        None => (number, unit),
    }
}

fn found(text: &Text, number: Number, start: usize, unit_start: usize, end: usize) -> Option<Found> {
    let unit = text.lower[unit_start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    let (number, unit) = with_fraction(number, &unit);
    let value = format!("{number} {unit}");
    (!number.is_zero()).then_some(Found { kind: EntityKind::Quantity, start, end, value })
}
