//! Counts of things that are bought: 20 seats, a dozen cartridges, 三台.
//!
//! Only counts of known units are taken, since most numbers before a noun count something
//! else: days, times, questions.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use rapport_model::reading::EntityKind;

use super::Found;
use super::numbers::{Blanks, Number, begins_number, literal};
use super::numerals::{cardinal, han, han_digit, spelled};
use super::text::{Class, Text, Token};

/// The words of `units.txt`.
#[derive(Default)]
struct Words {
    /// English units, each with whether it is of one form for every number.
    units: HashMap<&'static str, bool>,
    verbs: HashSet<&'static str>,
    kinds: HashSet<&'static str>,
    han: Vec<&'static str>,
    not: Vec<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words::default();
    for (key, line) in include_str!("units.txt").lines().filter_map(|line| line.split_once(": ")) {
        let line = line.split_whitespace();
        match key {
            "unit" => words.units.extend(line.map(|w| (w, false))),
            "same" => words.units.extend(line.map(|w| (w, true))),
            "verb" => words.verbs.extend(line),
            "kind" => words.kinds.extend(line),
            "han" => words.han.extend(line),
            "not" => words.not.extend(line),
            _ => {}
        }
    }
    words
});

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

fn in_digits(text: &Text, i: usize) -> Option<Found> {
    let start = text.tokens[i].start;
    let (number, end) = literal(&text.lower, start, Blanks::Part)?;
    let versioned = matches!(text.word_before(i, 1), "version" | "v" | "release");
    let signed = matches!(text.char_before(start), Some('-' | '$' | '€' | '£' | '¥' | '+' | '*'));
    if versioned || signed {
        return None;
    }
    let next = text.token_at(end);
    if let Some(unit_end) = han_unit(text, end + blanks(text, end)) {
        return found(text, number, start, end + blanks(text, end), unit_end);
    }
    let (number, next) = match text.word(next) {
        "dozen" => return dozens(text, number.times(12)?, start, next + 1),
        "k" if text.touches(next) => (number.times(1_000)?, next + 1),
        "x" | "×" => (number, next + 1),
        _ => (number, next),
    };
    let singular = matches!(text.word(next - 1), "x" | "×");
    let (from, to) = unit_at(text, next, number, singular)?;
    found(text, number, start, from, to)
}

fn in_words(text: &Text, i: usize) -> Option<Found> {
    let (number, next) = spelled(text, i)?;
    let start = text.tokens[i].start;
    if text.word(next - 1) == "dozen" {
        return dozens(text, number, start, next);
    }
    if number == Number::whole(1) && WORDS.verbs.contains(text.word(next)) {
        return None;
    }
    let (from, to) = unit_at(text, next, number, false)?;
    found(text, number, start, from, to)
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
    // 一个 is an article more often than a count.
    if number == Number::whole(1) {
        return None;
    }
    found(text, number, start, end, han_unit(text, end)?)
}

/// Reads what dozens are counted of: any plural, since a dozen always counts things.
fn dozens(text: &Text, number: Number, start: usize, next: usize) -> Option<Found> {
    if let Some((from, to)) = unit_at(text, next, number, false) {
        return found(text, number, start, from, to);
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
    if text.word(i) == "t" && text.word(i + 1) == "-" && matches!(text.word(i + 2), "shirt" | "shirts") {
        return Some((from, text.tokens[i + 2].end));
    }
    let mut last = i;
    while last < i + 2 && WORDS.kinds.contains(text.word(last)) && unit_form(text.word(last)).is_none() {
        last += 1;
    }
    let mut form = unit_form(text.word(last)).filter(|_| text.same_line(last))?;
    // user licences, printer cartridges
    if text.same_line(last + 1)
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
    (agrees && !joined).then(|| (from, text.tokens[last].end))
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
    let other = WORDS.not.iter().any(|name| behind.starts_with(name));
    (!other).then_some(at + unit.len())
}

/// Tells whether the number at token `i` ends a range or a choice: of 10-15 users only the whole
/// would be right.
fn ends_range(text: &Text, i: usize) -> bool {
    let joins = matches!(text.word_before(i, 1), "-" | "to" | "or" | "到" | "至" | "~");
    let number = i >= 2
        && (text.class(i - 2) == Some(Class::Digits)
            || cardinal(text.word(i - 2)).is_some()
            || text.word(i - 2).chars().next().and_then(han_digit).is_some());
    joins && number
}

fn blanks(text: &Text, at: usize) -> usize {
    text.lower[at..].bytes().take(2).take_while(|&b| b == b' ').count()
}

fn found(text: &Text, number: Number, start: usize, unit_start: usize, end: usize) -> Option<Found> {
    let unit = text.lower[unit_start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    let value = format!("{number} {unit}");
    (!number.is_zero()).then_some(Found { kind: EntityKind::Quantity, start, end, value })
}
