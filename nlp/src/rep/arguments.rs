//! Makes arguments of what stands in the slots of a pattern.

use super::Args;
use super::command::Command;
use super::facts::{Fact, Kind};
use super::finish;
use super::matcher::{Capture, Got, Sentence};
use super::names::without_title;
use super::pattern::{Pattern, Slot};
use super::typed::Typed;
use super::view::View;
use super::words::is_blank;

/// Returns the arguments, and how much more or less they make the pattern worth; nothing if they
/// are no arguments of it.
pub(super) fn arguments(pattern: &Pattern, captures: &[Capture], on: &Sentence) -> Option<(Args, f32)> {
    let mut args = Args::new();
    for (key, value) in &pattern.constants {
        args.insert(key, (*value).to_owned());
    }
    taken_into(on.view, &mut args);
    for capture in captures {
        capture_into(capture, on, &mut args);
    }
    args.retain(|_, value| !value.is_empty());
    let worth = finish::finish(pattern, &mut args)?;
    Some((args, worth))
}

/// Makes arguments of what was taken out of a sentence.
pub(super) fn taken_into(view: &View, args: &mut Args) {
    for taken in &view.taken {
        let key = match taken.kind {
            Kind::Money => "amount",
            Kind::When => "due",
            Kind::Period => "period",
            Kind::Priority => "priority",
            Kind::Handle => "owner",
            _ => continue,
        };
        args.insert(key, taken.value.clone());
        if let Some(currency) = &taken.currency {
            args.insert("currency", currency.clone());
        }
    }
}

fn capture_into(capture: &Capture, on: &Sentence, args: &mut Args) {
    let value = value(&capture.got, on);
    let mut put = |key: &'static str, value: String| {
        args.insert(key, value);
    };
    let number = matches!(capture.got, Got::Id(_));
    match capture.slot {
        Slot::It | Slot::Sep | Slot::Any => {}
        Slot::Who if number => put("id", value),
        Slot::Who | Slot::Name => put("who", without_title(&value).to_owned()),
        Slot::Id => put("id", value),
        Slot::Id2 => put("value", value),
        Slot::Other => put("value", value),
        Slot::Company => put("company", value),
        Slot::Owner => put("owner", value),
        Slot::Stage => put("stage", value),
        Slot::Priority => put("priority", value),
        Slot::Period => put("period", value),
        Slot::When => put("due", value),
        Slot::Field => put("field", value),
        Slot::Tag => {
            let tag = value.trim_matches(|c: char| is_blank(c) || "#\"“”'，,：:".contains(c)).to_owned();
            let before = args.get("tag").cloned();
            args.insert("tag", before.map_or(tag.clone(), |before| format!("{before}{tag}")));
        }
        Slot::Text | Slot::Told | Slot::Sendable | Slot::Metric | Slot::Every => put("text", value),
        Slot::Query => put("query", value),
        Slot::Value | Slot::Word | Slot::Lang => put("value", value),
        Slot::Money => {
            if let Got::Fact(at) = capture.got {
                let fact = &on.facts[at];
                put("amount", fact.value.clone());
                if let Some(currency) = &fact.extra {
                    put("currency", currency.clone());
                }
            }
        }
        Slot::Contact => {
            if let Got::Fact(at) = capture.got {
                contact_into(&on.facts[at], args);
            }
        }
    }
}

/// Makes arguments of an address or a telephone number.
pub(super) fn contact_into(contact: &Fact, args: &mut Args) {
    let field = if contact.kind == Kind::Email { "email" } else { "phone" };
    args.insert("field", field.to_owned());
    args.insert("value", contact.value.clone());
}

fn value(got: &Got, on: &Sentence) -> String {
    match got {
        Got::Context => String::new(),
        Got::Id(id) => id.clone(),
        Got::Name(from, to) => on.typed.slice(*from, *to).to_owned(),
        Got::Fact(at) => on.facts[*at].value.clone(),
        Got::Words(from, to) => words(on.typed, &on.view.tokens[*from..*to]),
        Got::Fixed(value) => (*value).to_owned(),
    }
}

/// Returns the tokens that an argument was made of: where its words stand together, else one after the other.
/// Nothing where they do not stand in the text.
pub(super) fn tokens_of(typed: &Typed, value: &str) -> Vec<usize> {
    let numbered = || typed.tokens.iter().enumerate();
    let together = typed.text.match_indices(value).find_map(|(start, _)| {
        let end = start + value.len();
        let inside = numbered().filter(|(_, token)| token.start >= start && token.end <= end);
        let inside: Vec<usize> = inside.map(|(at, _)| at).collect();
        let (first, last) = (inside.first()?, inside.last()?);
        let whole = typed.tokens[*first].start == start && typed.tokens[*last].end == end;
        whole.then_some(inside)
    });
    together.unwrap_or_else(|| {
        let mut rest = value.trim_start();
        let mut found = Vec::new();
        for (at, token) in numbered() {
            if let Some(behind) = rest.strip_prefix(&typed.text[token.start..token.end]) {
                rest = behind.trim_start();
                found.push(at);
            }
        }
        if rest.is_empty() { found } else { Vec::new() }
    })
}

/// Joins tokens as they were typed; where something was taken out between them, by a blank.
pub(super) fn words(typed: &Typed, tokens: &[usize]) -> String {
    let mut text = String::new();
    let mut run = 0;
    for i in 1..=tokens.len() {
        if i < tokens.len() && tokens[i] == tokens[i - 1] + 1 {
            continue;
        }
        let piece = typed.slice(tokens[run], tokens[i - 1] + 1);
        let blank = text.ends_with(|c: char| c.is_ascii()) || piece.starts_with(|c: char| c.is_ascii());
        if !text.is_empty() && blank && !piece.starts_with([',', '.', ';', ':']) {
            text.push(' ');
        }
        text.push_str(piece);
        run = i;
    }
    text
}

/// Tells which commands keep the marks at the end of their words.
pub(super) fn trimmed(command: Command, text: &str) -> &str {
    let marks = |c: char| is_blank(c) || ",，:：;；、-–—=→".contains(c);
    let text = text.trim_start_matches(|c: char| marks(c) || "!！。.?？".contains(c)).trim_end_matches(marks);
    // 换电话啦 13566668888: what ends the words before is none of these.
    let ends = ["啦", "了", "哈", "哦", "呀", "呗", "啊", "一下", "下", "一声"]
        .iter()
        .find_map(|end| text.strip_prefix(end));
    let text =
        ends.filter(|rest| rest.starts_with(marks)).map_or(text, |rest| rest.trim_start_matches(marks));
    match command {
        // What a customer is told may be a question.
        Command::Reply => text.trim_end_matches(['.', '。']),
        _ => {
            let bare = text.trim_end_matches(|c: char| marks(c) || "!！。.?？…".contains(c));
            // The point of "Anna B." belongs to the name.
            let mut last = bare.chars().rev();
            let initial = last.next().is_some_and(char::is_uppercase) && last.next().is_none_or(is_blank);
            if initial && text[bare.len()..].starts_with('.') { &text[..bare.len() + 1] } else { bare }
        }
    }
}
