//! Reads the commands that look back, take back, and make one of two; pure.

use rapport_model::ShortNumber;

use super::command::{Command, Of, Undoing};
use super::grammar::{first, glued, whole};
use super::parse::{ParseError, reference, trim};
use super::table::Name;

/// What stands between a record and the time at which it is meant.
const AS_OF: &[&str] = &["as of", "截止到", "截至到", "截至", "截止"];
/// What stands between two records, the first of which stays.
const AND: &[&str] = &["and", "with", "&", "+", "以及", "和", "与", "跟", "同", "、", "，"];
/// What stands between two records, the second of which stays.
const INTO: &[&str] = &["into", "to", "合并到", "并到", "并入", "到"];
/// What stands before a number of acts.
const LAST: &[&str] = &["the last", "my last", "last", "我最近", "最近的", "最近", "最后", "前"];
/// What stands behind a number of acts.
const ACTS: &[&str] = &[
    "times",
    "time",
    "changes",
    "change",
    "acts",
    "steps",
    "次",
    "次操作",
    "步",
    "步操作",
    "个操作",
    "项操作",
];
const NUMBERS: &[(&str, usize)] = &[
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("一", 1),
    ("两", 2),
    ("二", 2),
    ("三", 3),
    ("四", 4),
    ("五", 5),
    ("六", 6),
    ("七", 7),
    ("八", 8),
    ("九", 9),
    ("十", 10),
];

/// Reads `C12`, `C12 as of 1 March`, `C12截至3月1日`.
pub(super) fn show(text: &str) -> Result<Command, ParseError> {
    let lower = text.to_ascii_lowercase();
    let found = AS_OF.iter().filter_map(|words| {
        let start = lower.find(words)?;
        let end = start + words.len();
        let apart = |c: char| c.is_whitespace() || matches!(c, ':' | '：');
        // English words stand apart from others: "Atlas offers" names no time.
        let whole = !words.is_ascii()
            || lower[..start].chars().next_back().is_none_or(char::is_whitespace)
                && lower[end..].chars().next().is_none_or(apart);
        whole.then_some((start, end))
    });
    let Some((start, end)) = found.min_by_key(|(start, end)| (*start, usize::MAX - end)) else {
        return Ok(Command::Show(whole(text)));
    };
    let at = trim(text[end..].trim_start_matches([':', '：', ' '])).trim_end_matches(['?', '？', '。', '的']);
    if at.is_empty() {
        return Err(ParseError::Incomplete(Name::Show));
    }
    Ok(Command::ShowAsOf { of: whole(trim(&text[..start])), at: at.to_owned() })
}

/// Reads two records: `C12 C15`, `C15 into C12`, `Novak Café: Anna Berg`, `C12和C15`.
pub(super) fn merge(text: &str) -> Result<Command, ParseError> {
    let (one, other, into) = pair(text).ok_or(ParseError::Incomplete(Name::Merge))?;
    if other.is_empty() {
        return Err(ParseError::Incomplete(Name::Merge));
    }
    let other = whole(other);
    let (kept, merged) = if into { (other, one) } else { (one, other) };
    Ok(Command::Merge { kept, merged })
}

/// Splits a text into two records, and tells whether the second is the one that stays.
pub(super) fn pair(text: &str) -> Option<(Of, &str, bool)> {
    let (word, rest) = first(text);
    let known = reference(word).filter(|of| *of != Of::LastMessage);
    let named = text.split_once([':', '：']).map(|(one, other)| (trim(one), trim(other)));
    let lettered = matches!(known, Some(Of::Number(ShortNumber { kind: Some(_), .. })));
    // "12 Monkeys: Anna" is a name; "customer:5 C3" is none.
    if let Some((one, other)) = named.filter(|(one, _)| one.contains(char::is_whitespace) && !lettered) {
        return Some((whole(one), other, false));
    }
    if let Some((of, rest)) = known.map(|of| (of, rest)).or_else(|| glued(text)) {
        let (rest, into) = joined(rest);
        return Some((of, rest, into));
    }
    if let Some((one, other)) = named.filter(|(one, _)| !one.is_empty()) {
        return Some((whole(one), other, false));
    }
    let between = |words: &[&str]| {
        let apart = words.iter().filter_map(|w| {
            let (one, other) =
                text.split_once(&if w.is_ascii() { format!(" {w} ") } else { (*w).to_owned() })?;
            Some((trim(one), trim(other))).filter(|(one, other)| !one.is_empty() && !other.is_empty())
        });
        apart.min_by_key(|(one, _)| one.len())
    };
    if let Some((one, other)) = between(INTO) {
        return Some((whole(one), other, true));
    }
    if let Some((one, other)) = between(AND) {
        return Some((whole(one), other, false));
    }
    // Two words may well be two names.
    (!rest.is_empty() && !rest.contains(char::is_whitespace)).then(|| (whole(word), rest, false))
}

/// Takes off what stands before the second record, and tells whether that is the one that stays.
fn joined(text: &str) -> (&str, bool) {
    let strip = |words: &[&str]| {
        let rest = words.iter().filter_map(|w| {
            let head = text.get(..w.len()).filter(|head| head.eq_ignore_ascii_case(w))?;
            let rest = &text[head.len()..];
            let apart = rest.is_empty() || rest.starts_with(char::is_whitespace);
            (!w.is_ascii() || apart).then(|| trim(rest))
        });
        rest.min_by_key(|rest| rest.len())
    };
    match (strip(INTO), strip(AND)) {
        (Some(rest), _) => (rest, true),
        (None, Some(rest)) => (rest, false),
        (None, None) => (text, false),
    }
}

/// Reads what should be taken back: a record's number, `last 3`, `最近 3 次`, or nothing.
pub(super) fn undo(text: &str) -> Result<Undoing, ParseError> {
    if let Some(act) = text.strip_prefix("act:").and_then(|id| id.parse().ok()) {
        return Ok(Undoing::Act(act));
    }
    let lower = text.to_lowercase();
    let said =
        LAST.iter().filter_map(|last| lower.strip_prefix(last)).map(trim).min_by_key(|rest| rest.len());
    if let Some((n, rest)) = counted(said.unwrap_or(&lower)) {
        let of_acts = ACTS.contains(&rest);
        if of_acts || said.is_some() && rest.is_empty() {
            return Ok(Undoing::Times(n));
        }
    }
    // "last 3x", "last -1": some number was meant.
    if said.is_some_and(|rest| rest.contains(|c: char| c.is_ascii_digit())) {
        return Err(ParseError::Incomplete(Name::Undo));
    }
    let (word, rest) = first(text);
    Ok(match reference(word) {
        Some(of) if rest.is_empty() && of != Of::LastMessage => Undoing::Record(of),
        // "undo that", "撤销刚才的操作"
        _ => Undoing::Last,
    })
}

/// Splits off a number, in figures or as a word.
fn counted(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (figures, rest) = text.split_at(end);
    if !figures.is_empty() {
        // What is too long for a number is too many in any case.
        return Some((figures.parse().unwrap_or(usize::MAX), trim(rest)));
    }
    let (word, n) = NUMBERS.iter().find(|(word, _)| text.starts_with(word))?;
    let rest = &text[word.len()..];
    (!word.is_ascii() || !rest.starts_with(char::is_alphanumeric)).then(|| (*n, trim(rest)))
}
