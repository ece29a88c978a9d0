//! What tells the role of a token.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use rapport_model::ShortNumber;
use rapport_model::reading::EntityKind;

use super::super::arguments::tokens_of;
use super::super::command::Command;
use super::super::facts::{Fact, Kind};
use super::super::names;
use super::super::typed::Typed;
use super::super::words::Class;
use super::super::{Args, common, vocabulary};
use super::STATES;
use crate::entities;
use crate::linear::{finish, mix};

/// Words of Chinese, which is written without blanks: runs of characters that often stand together in the texts
/// that the engine is trained on, and next to many others.
static WORDS_ZH: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let simple = |word: &str| word.chars().map(crate::search::simplified).collect();
    include_str!("../words_zh.txt").lines().map(simple).collect()
});
const CHARS_MAX: usize = 4;

/// The tokens of a text as they look, whatever is meant.
pub(in super::super) struct Looks<'a> {
    typed: &'a Typed<'a>,
    /// Per token: the word, its form, and what can be read in it.
    words: Vec<u64>,
    forms: Vec<u64>,
    facts: Vec<u64>,
    names: Vec<u64>,
    /// Where in a Chinese word: 1 alone, 2 at its start, 3 inside, 4 at its end; 0 for other scripts.
    inside: Vec<u64>,
}

/// What a pattern makes of a text, for the command that is thought of.
pub(in super::super) struct Pattern {
    command: u64,
    /// How sure it is, in steps; 0 where there is none.
    surety: u64,
    /// Per token: as which arguments it takes it.
    takes: Vec<u64>,
}

/// Marks of tokens that are known names.
const PERSON: u64 = 8;
const COMPANY: u64 = 16;
const BEGINS: u64 = 32;
/// The arguments that are words of the text.
const SPANS: [&str; 8] = ["who", "company", "owner", "text", "query", "value", "tag", "field"];
/// Words that lead to somebody or something.
const LEADS: &str = "to for from at of with by about that on w as in re 给 让 把 将 由 归 跟 和 与 找 问 向 说 从 在 到 被 对";
/// So far back a leading word is looked for.
const LEAD_MAX: usize = 5;

impl Pattern {
    /// `by_pattern`: the arguments, and how sure they are.
    pub(in super::super) fn of(typed: &Typed, command: Command, by_pattern: Option<(&Args, f64)>) -> Self {
        let mut takes = vec![0; typed.tokens.len()];
        for (bit, key) in SPANS.iter().enumerate() {
            let Some(value) = by_pattern.and_then(|(args, _)| args.get(key)) else { continue };
            tokens_of(typed, value).into_iter().for_each(|at| takes[at] |= 1 << bit);
        }
        let surety = by_pattern.map_or(0, |(_, p)| match p {
            p if p >= 0.97 => 4,
            p if p >= 0.9 => 3,
            p if p >= 0.7 => 2,
            _ => 1,
        });
        Self { command: word(command.name()), surety, takes }
    }
}

impl<'a> Looks<'a> {
    pub(in super::super) fn new(typed: &'a Typed<'a>, facts: &[Fact]) -> Self {
        let n = typed.tokens.len();
        let words = (0..n).map(|at| word_at(typed, at)).collect();
        let forms = (0..n).map(|at| form(typed, at)).collect();
        let mut read = vec![0_u64; n];
        for fact in facts {
            let bit = fact.kind as u64 * 2;
            read[fact.from] |= 2 << bit;
            read[fact.from..fact.to].iter_mut().for_each(|read| *read |= 1 << bit);
            if fact.kind == Kind::Money && !fact.sure {
                read[fact.from] |= 1 << 40;
            }
        }
        let mut named = vec![0_u64; n];
        for name in names::all_in(typed, facts) {
            let likely = u64::from(name.score >= 1.0);
            named[name.from..name.to].iter_mut().for_each(|of| *of = 1 + likely);
            named[name.from] = 3 + likely;
        }
        let read_text =
            &typed.text[..typed.tokens.iter().rfind(|t| t.class != Class::Rest).map_or(0, |t| t.end)];
        for entity in entities::named(read_text) {
            let kind = if entity.kind == EntityKind::Person { PERSON } else { COMPANY };
            let from = byte(read_text, entity.start);
            let inside = from..from + entity.text.len();
            for (at, token) in typed.tokens.iter().enumerate().filter(|(_, t)| inside.contains(&t.start)) {
                named[at] |= if token.start == from { kind | BEGINS } else { kind };
            }
        }
        Self { typed, words, forms, facts: read, names: named, inside: in_words(typed) }
    }

    /// Returns the clues to a command's arguments.
    pub(super) fn clues<'s>(&'s self, pattern: &'s Pattern) -> Clues<'s> {
        let mut of = Vec::with_capacity(self.words.len());
        let (mut marks, mut colon, mut clause) = (0, 0, 0);
        let mut lead = (0, 0);
        for (at, part) in self.parts().into_iter().enumerate() {
            let around = Around { looks: self, pattern, at, marks, colon, clause, lead, part };
            of.push(around.clues());
            let token = &self.typed.tokens[at];
            if token.class == Class::Mark {
                marks += 1;
                colon |= u64::from(matches!(token.word.as_str(), ":" | "：" | "-"));
                clause = at + 1;
            }
            if LEADS.split(' ').any(|lead| lead == token.word) {
                lead = (at + 1, self.words[at]);
            }
        }
        Clues { looks: self, pattern, of }
    }
}

impl Looks<'_> {
    /// Returns the Chinese words of more than one character.
    pub(super) fn words_zh(&self) -> impl Iterator<Item = Range<usize>> {
        let starts = (0..self.inside.len()).filter(|at| self.inside[*at] == 2);
        starts.map(|from| {
            let more = self.inside[from + 1..].iter().take_while(|inside| **inside > 2).count();
            from..from + 1 + more
        })
    }

    /// Returns for each token where its part of the sentence begins and ends: at marks, and at blanks
    /// beside Chinese characters.
    fn parts(&self) -> Vec<(usize, usize)> {
        let is_han = |at: usize| self.typed.class(at) == Some(Class::Han);
        let parts_here = |at: usize| {
            let mark = |at: usize| self.typed.class(at) == Some(Class::Mark);
            at == 0 || mark(at) || mark(at - 1) || self.typed.gap(at) && (is_han(at) || is_han(at - 1))
        };
        let starts: Vec<usize> = (0..self.words.len()).filter(|at| parts_here(*at)).collect();
        let ends = starts.iter().skip(1).copied().chain([self.words.len()]);
        starts.iter().copied().zip(ends).flat_map(|part| std::iter::repeat_n(part, part.1 - part.0)).collect()
    }
}

/// A token and what stands around it.
struct Around<'s> {
    looks: &'s Looks<'s>,
    pattern: &'s Pattern,
    at: usize,
    /// Marks before it.
    marks: u64,
    /// Whether a colon stands before it.
    colon: u64,
    /// Where its clause begins.
    clause: usize,
    /// Behind which token the last leading word stands, and which.
    lead: (usize, u64),
    /// Where its part begins and ends.
    part: (usize, usize),
}

impl Around<'_> {
    fn clues(&self) -> Vec<u64> {
        const FAR: isize = 3;
        let Self { looks, pattern, at, .. } = self;
        let get = |of: &[u64], offset: isize| {
            at.checked_add_signed(offset).and_then(|i| of.get(i)).copied().unwrap_or(1 + (offset < 0) as u64)
        };
        let w = |offset| get(&looks.words, offset);
        let s = |offset| get(&looks.forms, offset);
        let f = |offset| get(&looks.facts, offset);
        let n = |offset| get(&looks.names, offset);
        let p = |offset| get(&pattern.takes, offset) * 8 + pattern.surety;
        let i = |offset| get(&looks.inside, offset);
        let left = (looks.words.len() - at).min(4) as u64;
        let place = (*at).min(3) as u64 * 8 + left;
        let clause = looks.words.get(self.clause).copied().unwrap_or(0);
        let lead = if self.lead.0 > 0 && at - (self.lead.0 - 1) <= LEAD_MAX { self.lead.1 } else { 0 };
        let near = (at - self.lead.0.min(*at)).min(LEAD_MAX) as u64;
        let (from, to) = self.part;
        let (since, until) = ((at - from).min(6) as u64, (to - at).min(6) as u64);
        let (starts, ends) = (looks.words[from], looks.words[to - 1]);
        let second = looks.words.get(from + 1).copied().unwrap_or(0);
        let behind = looks.words.get(to).copied().unwrap_or(0);
        let before = if from > 0 { looks.words[from - 1] } else { 0 };
        let first = looks.words.first().copied().unwrap_or(0);
        let known = u64::from(common::is_common(looks.typed.word(*at)))
            + 2 * u64::from(vocabulary::knows(looks.typed.word(*at)));
        // What counts as it is, and what for the command alone, too.
        let both = [
            hash(1, &[w(0)]),
            hash(2, &[w(-1)]),
            hash(3, &[w(1)]),
            hash(4, &[w(-1), w(0)]),
            hash(5, &[w(0), w(1)]),
            hash(6, &[s(0), n(0), f(0)]),
            hash(7, &[s(-1), s(0), s(1)]),
            hash(8, &[f(-1), f(0), f(1)]),
            hash(9, &[n(-1), n(0), n(1)]),
            hash(10, &[p(0)]),
            hash(11, &[p(-1), p(0), p(1)]),
            hash(12, &[place]),
            hash(13, &[self.marks.min(3), self.colon]),
            hash(14, &[lead, near.min(2)]),
            hash(15, &[lead, n(0), near]),
            hash(16, &[first, s(0), n(0)]),
            hash(17, &[clause, s(0)]),
            hash(18, &[w(-2), w(-1)]),
            hash(19, &[w(1), w(2)]),
            hash(20, &[n(0), w(-1)]),
            hash(21, &[n(0), w(1)]),
            hash(22, &[p(0), n(0), f(0)]),
            hash(23, &[known, s(0)]),
            hash(24, &[self.marks.min(2), self.colon, n(0), f(0)]),
            hash(25, &[starts, since]),
            hash(26, &[ends, until]),
            hash(27, &[since, until, n(0)]),
            hash(29, &[i(-1), i(0), i(1), n(0)]),
            hash(28, &[from as u64 % 64, (to - from).min(12) as u64, (looks.words.len() - to).min(3) as u64]),
        ];
        let plain = [
            hash(30, &[w(-2)]),
            hash(31, &[w(2)]),
            hash(32, &[w(-2), w(-1), w(0)]),
            hash(33, &[w(0), w(1), w(2)]),
            hash(34, &[w(-1), w(0), w(1)]),
            hash(35, &[w(-FAR), w(-2), w(-1)]),
            hash(36, &[w(1), w(2), w(FAR)]),
            hash(37, &[f(-2), f(-1), f(0), f(1), f(2)]),
            hash(38, &[n(-2), n(-1), n(0), n(1), n(2)]),
            hash(39, &[s(-2), s(-1), s(0), s(1), s(2)]),
            hash(40, &[ending(looks.typed.word(*at))]),
            hash(41, &[ending(looks.typed.word(at + 1)), ending(looks.typed.word(*at))]),
            hash(42, &[known, s(0), n(0), w(-1)]),
            hash(43, &[starts, second, since]),
            hash(44, &[starts, ends]),
            hash(45, &[before, since]),
            hash(46, &[behind, until]),
            hash(47, &[i(-2), i(-1), i(0), i(1), i(2)]),
            hash(48, &[i(0), w(0), w(-1)]),
            hash(49, &[i(0), i(1), w(0), w(1)]),
        ];
        let for_it = both.iter().map(|clue| finish(mix(*clue, pattern.command)));
        both.iter().map(|clue| finish(*clue)).chain(plain.map(finish)).chain(for_it).collect()
    }
}

/// The clues of a text for a command.
pub(super) struct Clues<'s> {
    looks: &'s Looks<'s>,
    pattern: &'s Pattern,
    of: Vec<Vec<u64>>,
}

impl Clues<'_> {
    pub(super) fn len(&self) -> usize {
        self.of.len()
    }

    /// Returns the clues of a token.
    pub(super) fn of(&self, at: usize) -> impl Iterator<Item = u64> {
        self.of[at].iter().copied()
    }

    /// Returns the clues that a token follows one of this state.
    pub(super) fn steps(&self, at: usize, state: usize) -> impl Iterator<Item = u64> + use<> {
        let state = if at == 0 { STATES } else { state } as u64;
        let looks = self.looks;
        [
            hash(50, &[state]),
            hash(51, &[state, self.pattern.command]),
            hash(52, &[state, looks.words[at]]),
            hash(53, &[state, looks.forms[at], looks.names[at]]),
            hash(56, &[state, looks.inside[at], looks.names[at]]),
            hash(54, &[state, if at > 0 { looks.words[at - 1] } else { 0 }]),
            hash(55, &[state, self.pattern.takes[at], if at > 0 { self.pattern.takes[at - 1] } else { 0 }]),
        ]
        .map(finish)
        .into_iter()
    }
}

fn hash(sort: u64, parts: &[u64]) -> u64 {
    parts.iter().fold(sort, |hash, part| mix(hash, *part))
}

fn word(word: &str) -> u64 {
    word.bytes().fold(7, |hash, byte| mix(hash, u64::from(byte)))
}

/// A token by its word; all numbers of records are alike, and all numbers of as many digits.
fn word_at(typed: &Typed, at: usize) -> u64 {
    let token = &typed.tokens[at];
    match token.class {
        Class::Number => hash(1, &[token.word.len().min(6) as u64]),
        Class::Address | Class::Handle | Class::Rest => hash(2, &[token.class as u64]),
        _ if is_number(&token.word) => hash(3, &[]),
        _ => word(&token.word),
    }
}

fn is_number(word: &str) -> bool {
    word.parse().is_ok_and(|number: ShortNumber| number.kind.is_some())
}

/// How a token looks: what it is made of, with a capital or a blank before it.
fn form(typed: &Typed, at: usize) -> u64 {
    let token = &typed.tokens[at];
    let raw = &typed.text[token.start..token.end];
    let upper = raw.len() > 1 && raw.bytes().all(|byte| byte.is_ascii_uppercase());
    let mark = if token.class == Class::Mark { word(&token.word) } else { 0 };
    let flags = [token.capital, upper, token.gap, typed.small, is_number(&token.word)];
    let flags = flags.iter().fold(0, |flags, flag| flags * 2 + u64::from(*flag));
    hash(token.class as u64, &[flags, mark])
}

/// Cuts runs of Chinese characters into words, the longest first.
fn in_words(typed: &Typed) -> Vec<u64> {
    let mut inside = vec![0; typed.tokens.len()];
    let mut at = 0;
    while at < inside.len() {
        if typed.class(at) != Some(Class::Han) {
            at += 1;
            continue;
        }
        let is_word = |to: &usize| {
            let word: String = (at..*to).map(|at| typed.word(at)).collect();
            (at..*to).all(|at| typed.class(at) == Some(Class::Han)) && WORDS_ZH.contains(&word)
        };
        let end = (at + 2..=(at + CHARS_MAX).min(inside.len())).rev().find(is_word).unwrap_or(at + 1);
        inside[at] = if end == at + 1 { 1 } else { 2 };
        inside[at + 1..end].fill(3);
        if end > at + 1 {
            inside[end - 1] = 4;
        }
        at = end;
    }
    inside
}

/// Returns where code point `n` of a text stands.
fn byte(text: &str, n: usize) -> usize {
    text.char_indices().nth(n).map_or(text.len(), |(at, _)| at)
}

/// The last three letters of a word.
fn ending(of: &str) -> u64 {
    let start = of.char_indices().rev().nth(2).map_or(0, |(at, _)| at);
    word(&of[start..])
}
