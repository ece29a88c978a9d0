//! What can be read in a text by itself: record numbers, contacts, money, times, stages and so on.

use rapport_model::ShortNumber;

use super::lexicon::{FIELDS, PRIORITIES, STAGES};
use super::typed::Typed;
use super::when::{Now, When};
use super::words::Class;
use super::{amount, common, period, when};

/// What a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Id,
    Email,
    Phone,
    Money,
    When,
    Period,
    Stage,
    Priority,
    Field,
    Handle,
}

/// Something that tokens `from..to` say.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub kind: Kind,
    pub from: usize,
    pub to: usize,
    pub value: String,
    /// The currency of an amount; of a time, that no day was said with it.
    pub extra: Option<String>,
    /// Whether it says so wherever it stands.
    pub sure: bool,
}

/// Returns all that can be read, by where it starts.
pub(super) fn find(typed: &Typed, now: &Now) -> Vec<Fact> {
    let mut facts = Vec::new();
    for i in 0..typed.tokens.len() {
        at(typed, i, now, &mut facts);
    }
    facts.retain(|f| !(matches!(f.kind, Kind::When | Kind::Period) && ends_a_word(typed, f.from)));
    facts
}

/// Tells whether the 下 of 下周 belongs to the verb before it, and 周 is a surname or begins a weekday:
/// 总结一下周涛, 看下周涛.
fn ends_a_word(typed: &Typed, i: usize) -> bool {
    const VERBS: &[&str] = &["看", "查", "找", "问", "催", "说", "讲", "记", "打", "联", "盯", "注"];
    if typed.phrase(i, "下周").is_none() {
        return false;
    }
    let before = i.wrapping_sub(1);
    if typed.any(before, &["一"]) {
        return true;
    }
    let from = i + 2;
    let end = (from..).find(|t| typed.class(*t) != Some(Class::Han)).unwrap_or(from);
    let given: String = (from..end).map(|t| typed.word(t)).collect();
    typed.any(before, VERBS)
        && (1..=2).contains(&(end - from))
        && !typed.any(from, &["一", "二", "三", "四", "五", "六", "日", "天", "末", "初", "的"])
        && !common::is_common(&given)
}

fn at(typed: &Typed, i: usize, now: &Now, out: &mut Vec<Fact>) {
    let mut push =
        |kind, to, value: String, extra, sure| out.push(Fact { kind, from: i, to, value, extra, sure });
    match typed.class(i) {
        Some(Class::Address) if typed.word(i).contains('@') => {
            push(Kind::Email, i + 1, typed.slice(i, i + 1).to_owned(), None, true);
        }
        Some(Class::Handle) => {
            let name = typed.slice(i, i + 1).trim_start_matches(['@', '＠']).to_owned();
            push(Kind::Handle, i + 1, name, None, true);
        }
        _ => {}
    }
    if let Some((id, to)) = number(typed, i) {
        push(Kind::Id, to, id, None, true);
    }
    if let Some(to) = phone(typed, i) {
        push(Kind::Phone, to, typed.slice(i, to).to_owned(), None, true);
    }
    if let Some(found) = amount::read(typed, i, now.context) {
        push(Kind::Money, found.end, found.number, found.currency, !found.bare);
    }
    if let Some((found, to)) = when::read(typed, i, now) {
        let clock = matches!(found, When::Clock(_)).then(String::new);
        push(Kind::When, to, found.value(), clock, true);
    }
    if let Some((found, to)) = when::lasting(typed, i, now) {
        push(Kind::When, to, found.value(), None, false);
    }
    if let Some((found, to)) = period::read(typed, i, now) {
        push(Kind::Period, to, found, None, true);
    }
    // 报价单 is a paper, no deal at that stage.
    if let Some((stage, to)) = typed.phrase_of(i, STAGES)
        && typed.phrase(i, "报价单").is_none()
    {
        push(Kind::Stage, to, stage.to_owned(), None, false);
    }
    if let Some((field, to)) = typed.phrase_of(i, FIELDS) {
        push(Kind::Field, to, field.to_owned(), None, false);
    }
    if let Some((value, to, sure)) = priority(typed, i) {
        push(Kind::Priority, to, value.to_owned(), None, sure);
    }
}

/// Reads a record's number: `T88`, `#T88`, `#214`.
fn number(typed: &Typed, i: usize) -> Option<(String, usize)> {
    let hash = typed.any(i, &["#"]) && !typed.gap(i + 1);
    let at = i + usize::from(hash);
    if hash && let Some(n) = typed.number(at) {
        return Some((n.to_string(), at + 1));
    }
    if typed.class(at) != Some(Class::Word) || typed.word(at).len() < 2 {
        return None;
    }
    let short: ShortNumber = typed.word(at).parse().ok()?;
    short.kind.is_some().then(|| (typed.word(at).to_uppercase(), at + 1))
}

/// Reads a telephone number as it is written: seven digits at least.
fn phone(typed: &Typed, i: usize) -> Option<usize> {
    const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
    let plus = typed.any(i, &["+"]);
    let start = i + usize::from(plus || typed.any(i, &["("]));
    if typed.class(start) != Some(Class::Number) || typed.class(i.wrapping_sub(1)) == Some(Class::Number) {
        return None;
    }
    if matches!(typed.word(i.wrapping_sub(1)), "€" | "$" | "£" | "¥" | "." | "+") {
        return None;
    }
    let mut digits = 0;
    let (mut at, mut end) = (start, start);
    let mut groups = 0;
    loop {
        match typed.class(at) {
            Some(Class::Number) => {
                digits += typed.word(at).len();
                groups += 1;
                at += 1;
                end = at;
            }
            Some(Class::Mark)
                if typed.any(at, &["-", "(", ")", "/", ".", "+"])
                    && typed.class(at + 1) == Some(Class::Number)
                    || typed.any(at, &[")"]) && typed.any(at + 1, &["-"]) =>
            {
                at += 1;
            }
            _ => break,
        }
    }
    // 2026-03-15 is a date, and one long number with a factor behind it an amount.
    let date = groups == 3 && typed.word(start).len() == 4 && typed.word(end - 1).len() <= 2;
    let dotted = groups == 3 && typed.any(start + 1, &["."]) && typed.word(end - 1).len() == 4;
    let counted = typed.any(end, &["万", "元", "块", "k", "eur", "usd", "%"]) || typed.any(end, &[":"]);
    let looks = plus || groups > 1 || typed.word(start).len() >= 8 || typed.word(start).starts_with('0');
    (DIGITS.contains(&digits) && looks && !date && !dotted && !counted).then_some(end)
}

/// Reads a priority; sure where the words beside it say that it is one.
fn priority(typed: &Typed, i: usize) -> Option<(&'static str, usize, bool)> {
    const NAMES: &[(&str, ())] = &[("priority", ()), ("prio", ()), ("优先级", ()), ("优先", ())];
    let joins = [
        "为", "是", "设为", "设成", "改为", "改成", "调为", "调成", "调到", "调", "提到", "降到", "改到",
        "给", "升到", "弄成", "弄", "to", "is", ":", "=",
    ];
    if let Some(((), at)) = typed.phrase_of(i, NAMES) {
        let at = joins.iter().filter_map(|w| typed.phrase(at, w)).max().unwrap_or(at);
        let ((value, _), end) = typed.phrase_of(at, PRIORITIES)?;
        return Some((value, end, true));
    }
    let ((value, alone), end) = typed.phrase_of(i, PRIORITIES)?;
    let dash = end + usize::from(typed.any(end, &["-"]));
    if let Some(((), end)) = typed.phrase_of(dash, NAMES) {
        return Some((value, end, true));
    }
    // "the urgent mail" is about a mail.
    // "急！" before all else is about all of it.
    let shouted = i == 0 && matches!(value, "urgent") && typed.any(end, &["!", ",", ":", "。"]);
    let inside =
        typed.any(i.wrapping_sub(1), &["the", "an", "a", "her", "his", "their"]) || typed.any(end, &["的"]);
    Some((value, end, (alone || shouted) && !inside))
}
