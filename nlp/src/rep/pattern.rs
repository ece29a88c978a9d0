//! Patterns of sentences, and how they are written.
//!
//! A file of patterns has a command at the start of a line, and patterns for it on lines that are
//! indented. In a pattern `(a|b c)` is one of several, `[a|b]` may be missing, `{who}` is a place
//! for an argument, `<name>` stands for what a line `@name = a|b` says, and all else are words:
//! in Chinese each character is one. Behind `;;` stand constants (`value=pause`), what must be
//! said besides (`+when`), what counts (`*1.5`, `*-1`), and `plain`: times, amounts and the like
//! stay in the words instead of being taken out of them.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::command::Command;
use super::facts::Kind;
use super::words::cut;

/// A place for an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// A record: a number, the one in context, an address, or a name.
    Who,
    /// A record's number.
    Id,
    /// A second record's number.
    Id2,
    /// A name and nothing else.
    Name,
    /// A second name or number.
    Other,
    /// The record in context.
    It,
    /// A company's name.
    Company,
    /// A colleague.
    Owner,
    Stage,
    Field,
    Priority,
    Period,
    When,
    Money,
    /// An address or telephone number.
    Contact,
    Tag,
    /// What remains to be said or done.
    Text,
    /// How a meeting went: words that begin with `went` or the like.
    Told,
    /// What to look for.
    Query,
    /// A new value.
    Value,
    /// One word that is a value.
    Word,
    /// A language.
    Lang,
    /// What has a ready text: a price list.
    Sendable,
    /// What can be counted: the win rate.
    Metric,
    /// Words for what repeats, from `every` or 每 on.
    Every,
    /// Words that are not kept.
    Any,
    /// A colon, a comma or a dash.
    Sep,
}

/// A part of a pattern.
#[derive(Debug)]
pub(super) enum Elem {
    Lit(&'static str),
    Slot(Slot),
    /// One of these; none of them too, if `optional`.
    Any {
        of: Vec<Vec<Elem>>,
        optional: bool,
    },
}

/// A pattern and what it means.
#[derive(Debug)]
pub(super) struct Pattern {
    pub command: Command,
    pub elems: Vec<Elem>,
    /// Arguments that are always the same.
    pub constants: Vec<(&'static str, &'static str)>,
    /// What must be said somewhere.
    pub needs: Vec<Kind>,
    /// How much more or less it counts.
    pub weight: f32,
    /// Whether nothing is taken out of the words.
    pub plain: bool,
    /// As it is written, for failures of tests.
    #[cfg(test)]
    pub written: &'static str,
}

impl Pattern {
    /// Tells whether it has no words of its own.
    pub fn is_bare(&self) -> bool {
        matches!(self.elems[..], [Elem::Slot(_)])
    }
}

/// The files of each language; what the first one defines holds in the others too.
const FILES: &[&[&str]] = &[
    &[
        include_str!("patterns/en.txt"),
        include_str!("patterns/en_ask.txt"),
        include_str!("patterns/en_records.txt"),
        include_str!("patterns/en_work.txt"),
    ],
    &[
        include_str!("patterns/zh.txt"),
        include_str!("patterns/zh_ask.txt"),
        include_str!("patterns/zh_records.txt"),
        include_str!("patterns/zh_work.txt"),
    ],
];

/// All patterns.
pub(super) static PATTERNS: LazyLock<Vec<Pattern>> =
    LazyLock::new(|| FILES.iter().flat_map(|files| read(files)).collect());

fn read(files: &[&'static str]) -> Vec<Pattern> {
    let mut macros: HashMap<&str, String> = HashMap::new();
    let mut patterns = Vec::new();
    let mut command = None;
    for line in files.iter().flat_map(|file| file.lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some((name, value)) = line.strip_prefix('@').and_then(|l| l.split_once(" = ")) {
            let value = expand(value, &macros);
            macros.insert(name, value);
        } else if !line.starts_with(' ') {
            let name = line.trim();
            command = Some(Command::by_name(name).unwrap_or_else(|| panic!("{name} is no command")));
        } else {
            let command = command.expect("a command stands before its patterns");
            patterns.push(pattern(command, line.trim(), &macros));
        }
    }
    patterns
}

fn expand(text: &str, macros: &HashMap<&str, String>) -> String {
    let mut text = text.to_owned();
    for (name, value) in macros {
        text = text.replace(&format!("<{name}>"), value);
    }
    text
}

fn pattern(command: Command, line: &'static str, macros: &HashMap<&str, String>) -> Pattern {
    let (body, aside) = line.split_once(";;").unwrap_or((line, ""));
    let body: &'static str = Box::leak(expand(body, macros).into_boxed_str());
    let mut rest = body;
    let mut of = alternatives(&mut rest);
    assert!(rest.is_empty() && of.len() == 1, "{line}: {rest} is left");
    let mut pattern = Pattern {
        command,
        elems: of.remove(0),
        constants: Vec::new(),
        needs: Vec::new(),
        weight: 0.0,
        plain: false,
        #[cfg(test)]
        written: line,
    };
    for word in aside.split_whitespace() {
        if let Some(need) = word.strip_prefix('+') {
            pattern.needs.push(match need {
                "when" => Kind::When,
                "money" => Kind::Money,
                "priority" => Kind::Priority,
                "period" => Kind::Period,
                "contact" => Kind::Email,
                "stage" => Kind::Stage,
                need => panic!("{line}: {need} cannot be needed"),
            });
        } else if let Some(weight) = word.strip_prefix('*') {
            pattern.weight = weight.parse().unwrap_or_else(|_| panic!("{line}: no weight"));
        } else if word == "plain" {
            pattern.plain = true;
        } else {
            pattern.constants.push(word.split_once('=').unwrap_or_else(|| panic!("{line}: {word}")));
        }
    }
    pattern
}

/// Reads what stands up to a closing bracket or the end, parted by `|`.
fn alternatives(rest: &mut &'static str) -> Vec<Vec<Elem>> {
    let mut all = vec![Vec::new()];
    loop {
        *rest = rest.trim_start();
        let Some(c) = rest.chars().next() else { return all };
        let elems = all.last_mut().expect("there is always one");
        match c {
            ')' | ']' => return all,
            '|' => {
                *rest = &rest[1..];
                all.push(Vec::new());
            }
            '(' | '[' => {
                *rest = &rest[1..];
                let of = alternatives(rest);
                let closing = if c == '(' { ")" } else { "]" };
                *rest = rest.strip_prefix(closing).expect("brackets are closed");
                elems.push(Elem::Any { of, optional: c == '[' });
            }
            '{' => {
                let end = rest.find('}').expect("brackets are closed");
                elems.push(Elem::Slot(slot(&rest[1..end])));
                *rest = &rest[end + 1..];
            }
            _ => {
                let end =
                    rest.find(|c: char| c.is_whitespace() || "()[]{}|".contains(c)).unwrap_or(rest.len());
                let (word, behind) = rest.split_at(end);
                // What stands behind an apostrophe is a word: what 's.
                if word.starts_with('\'') {
                    elems.push(Elem::Lit(word));
                } else {
                    elems.extend(cut(word).into_iter().map(|t| Elem::Lit(&word[t.start..t.end])));
                }
                *rest = behind;
            }
        }
    }
}

fn slot(name: &str) -> Slot {
    match name {
        "who" => Slot::Who,
        "id" => Slot::Id,
        "id2" => Slot::Id2,
        "name" => Slot::Name,
        "other" => Slot::Other,
        "it" => Slot::It,
        "co" => Slot::Company,
        "owner" => Slot::Owner,
        "stage" => Slot::Stage,
        "field" => Slot::Field,
        "prio" => Slot::Priority,
        "period" => Slot::Period,
        "when" => Slot::When,
        "money" => Slot::Money,
        "contact" => Slot::Contact,
        "tag" => Slot::Tag,
        "text" => Slot::Text,
        "told" => Slot::Told,
        "query" => Slot::Query,
        "value" => Slot::Value,
        "word" => Slot::Word,
        "lang" => Slot::Lang,
        "sendable" => Slot::Sendable,
        "metric" => Slot::Metric,
        "every" => Slot::Every,
        "any" => Slot::Any,
        "sep" => Slot::Sep,
        name => panic!("{name} is no slot"),
    }
}

/// Calls `with` for each word of a pattern.
pub(super) fn for_words(elems: &[Elem], with: &mut impl FnMut(&'static str)) {
    for elem in elems {
        match elem {
            Elem::Lit(word) => with(word),
            Elem::Any { of, .. } => of.iter().for_each(|elems| for_words(elems, with)),
            Elem::Slot(_) => {}
        }
    }
}
