//! Whether words can be a name; without a list of persons only their looks tell.

use super::common;
use super::facts::{Fact, Kind};
use super::names_zh;
use super::referring::{TITLES, TITLES_BEHIND};
use super::typed::Typed;
use super::vocabulary;
use super::words::Class;

/// How much something must look like a name to be one wherever it stands.
const SCORE_MIN: f32 = 0.6;
/// A name has at most so many words.
const WORDS_MAX: usize = 5;

/// A name in tokens `from..to`, and how much it looks like one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    pub from: usize,
    pub to: usize,
    pub score: f32,
}

impl Name {
    /// Returns it as it was typed, without a title.
    pub fn called(self, typed: &Typed) -> String {
        without_title(typed.slice(self.from, self.to)).to_owned()
    }
}

/// Returns the names that can start with token `i`, of each length.
pub(super) fn starting(typed: &Typed, i: usize) -> Vec<Name> {
    match typed.class(i) {
        Some(Class::Han) => names_zh::starting(typed, i),
        Some(Class::Word) => in_words(typed, i),
        _ => Vec::new(),
    }
}

/// Returns what looks like names, the likeliest first; none lies in another or in a fact.
pub(super) fn all_in(typed: &Typed, facts: &[Fact]) -> Vec<Name> {
    let is_fact = |i: usize| {
        facts.iter().any(|fact| {
            let kind = matches!(fact.kind, Kind::Id | Kind::When | Kind::Period | Kind::Stage | Kind::Email)
                || fact.sure && fact.kind == Kind::Money;
            kind && (fact.from..fact.to).contains(&i)
        })
    };
    let mut all: Vec<Name> = (0..typed.tokens.len())
        .flat_map(|i| starting(typed, i))
        .filter(|name| name.score >= SCORE_MIN && !(name.from..name.to).any(is_fact))
        .collect();
    all.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.from.cmp(&b.from)));
    let mut apart: Vec<Name> = Vec::new();
    for name in all {
        if apart.iter().all(|other| name.to <= other.from || other.to <= name.from) {
            apart.push(name);
        }
    }
    apart
}

/// Returns where a name begins behind the title that token `from` is, if it is one: `Mr`, `Dr.`.
pub(super) fn behind_title(typed: &Typed, from: usize) -> Option<usize> {
    let titled = TITLES.contains(&typed.word(from)) && typed.class(from + 1).is_some();
    titled.then(|| from + 1 + usize::from(typed.any(from + 1, &["."])))
}

fn in_words(typed: &Typed, start: usize) -> Vec<Name> {
    let behind = behind_title(typed, start);
    let titled = behind.is_some();
    let from = behind.unwrap_or(start);
    let mut names = Vec::new();
    let mut score = if titled { 0.5 } else { 0.0 };
    let mut to = from;
    for nth in 0..WORDS_MAX {
        let Some(token) = typed.tokens.get(to) else { break };
        let word = token.word.as_str();
        if token.class != Class::Word && !(nth > 0 && token.class == Class::Number && token.gap) {
            break;
        }
        let first = to == 0;
        let joins = nth > 0
            && matches!(
                word,
                "of" | "de" | "van" | "von" | "di" | "da" | "del" | "la" | "der" | "den" | "bin" | "al"
            );
        let capital = token.capital && !(first && typed.small);
        if joins {
            let next_capital = typed.tokens.get(to + 1).is_some_and(|t| t.capital || typed.small);
            if !next_capital || word == "of" && !typed.tokens.get(to + 1).is_some_and(|t| t.capital) {
                break;
            }
        } else if word.starts_with('\'') || FUNCTION.contains(&word) {
            break;
        } else if !capital && (common::is_common(word) || vocabulary::knows(word)) {
            score -= if typed.small && nth > 0 && !vocabulary::knows(word) { 0.9 } else { 1.8 };
        } else if capital && first && (common::is_common(word) || vocabulary::knows(word)) {
            score -= 1.2;
        }
        score += match (capital, nth) {
            (true, 0) => 1.2,
            (true, _) => 0.25,
            (false, 0) if typed.small => 0.7,
            (false, _) if typed.small => -0.15,
            (false, 0) => 0.2,
            (false, _) if joins => 0.0,
            (false, _) => -0.6,
        };
        to += 1;
        // Anna B., Kern & Co, Smith-Jones
        let initial = token.capital && word.chars().count() == 1 && typed.any(to, &["."]) && !typed.gap(to);
        to += usize::from(initial);
        if !joins {
            names.push(Name { from, to, score });
        }
        let glue = typed.any(to, &["-", "&", "+", "."]);
        let touching = !typed.gap(to) && !typed.gap(to + 1);
        let ampersand = typed.any(to, &["&", "+"]);
        if glue && typed.class(to + 1) == Some(Class::Word) && (touching || ampersand) {
            to += 1;
        } else if glue && !initial || typed.tokens.get(to).is_some_and(|t| !t.gap) {
            break;
        }
    }
    names
}

/// Words of grammar, which no name has.
const FUNCTION: &[&str] = &[
    "a",
    "an",
    "the",
    "i",
    "me",
    "my",
    "mine",
    "we",
    "us",
    "our",
    "you",
    "your",
    "he",
    "him",
    "his",
    "she",
    "her",
    "it",
    "its",
    "they",
    "them",
    "their",
    "this",
    "that",
    "these",
    "those",
    "is",
    "are",
    "was",
    "were",
    "be",
    "been",
    "am",
    "do",
    "does",
    "did",
    "has",
    "have",
    "had",
    "not",
    "no",
    "don't",
    "doesn't",
    "didn't",
    "isn't",
    "won't",
    "can't",
    "to",
    "for",
    "from",
    "with",
    "w",
    "about",
    "re",
    "in",
    "on",
    "at",
    "by",
    "into",
    "onto",
    "over",
    "up",
    "as",
    "if",
    "when",
    "where",
    "what",
    "who",
    "whom",
    "why",
    "how",
    "which",
    "and",
    "or",
    "but",
    "so",
    "because",
    "than",
    "then",
    "there",
    "please",
    "pls",
    "plz",
    "can",
    "could",
    "would",
    "should",
    "shall",
    "must",
    "until",
    "till",
    "before",
    "after",
    "since",
    "via",
    "per",
    "any",
    "some",
    "all",
    "every",
    "each",
    "everything",
    "anything",
    "something",
    "everyone",
    "someone",
    "anyone",
    "nothing",
    "wants",
    "needs",
    "want",
    "need",
    "today",
    "tomorrow",
    "tmrw",
    "yesterday",
    "asap",
    "said",
    "says",
    "just",
    "also",
    "again",
];

/// Returns a name without the title behind it: 张总 is 张, 王经理 is 王.
pub(super) fn without_title(name: &str) -> &str {
    TITLES_BEHIND.iter().find_map(|t| name.strip_suffix(t).filter(|rest| !rest.is_empty())).unwrap_or(name)
}
