//! Holds a pattern against a sentence.

use super::facts::{Fact, Kind};
use super::pattern::{Elem, Pattern, Slot};
use super::typed::Typed;
use super::view::View;
use super::words::Class;

/// So many ways of one pattern are tried; a sentence that has more is none.
const STEPS_MAX: usize = 4_000;
/// What the words may cost in all that a pattern passes over.
const LOOSE: f32 = 2.7;

/// What stands in a slot.
#[derive(Clone, Debug)]
pub(super) enum Got {
    /// The record in context.
    Context,
    /// A number, in its canonical form.
    Id(String),
    /// A name, in tokens.
    Name(usize, usize),
    /// A fact, by its place.
    Fact(usize),
    /// Words, in tokens of the view.
    Words(usize, usize),
    /// A fixed value.
    Fixed(&'static str),
}

/// An argument that was found.
#[derive(Clone, Debug)]
pub(super) struct Capture {
    pub slot: Slot,
    pub got: Got,
}

/// The sentence that patterns are held against.
pub(super) struct Sentence<'a> {
    pub typed: &'a Typed<'a>,
    pub facts: &'a [Fact],
    /// For each token the facts that start with it.
    pub starts: &'a [Vec<usize>],
    pub view: &'a View,
}

/// What is left of the patterns around the current one.
struct Next<'n> {
    elems: &'n [Elem],
    next: Option<&'n Next<'n>>,
}

pub(super) struct Matcher<'s, 'a> {
    pub on: &'s Sentence<'a>,
    steps: usize,
    captures: Vec<Capture>,
    /// So much may still be passed over.
    loose: f32,
    best: Option<(f32, Vec<Capture>)>,
}

/// Returns how well a pattern fits and what stands in its slots; nothing if it does not fit. If
/// `loose`, a few words that it does not know may be passed over, each at a price.
pub(super) fn fit(
    pattern: &Pattern,
    on: &Sentence,
    starts: &[usize],
    loose: bool,
) -> Option<(f32, Vec<Capture>)> {
    let mut matcher =
        Matcher { on, steps: 0, captures: Vec::new(), loose: if loose { LOOSE } else { 0.0 }, best: None };
    for start in starts {
        matcher.go(&pattern.elems, None, *start, 0.0);
    }
    matcher.best
}

impl Matcher<'_, '_> {
    fn go(&mut self, elems: &[Elem], next: Option<&Next>, j: usize, score: f32) {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return;
        }
        let Some((first, rest)) = elems.split_first() else {
            match next {
                Some(next) => self.go(next.elems, next.next, j, score),
                None => self.end(j, score),
            }
            return;
        };
        match first {
            Elem::Lit(word) => {
                let ends = matches!(rest.first(), None | Some(Elem::Slot(_) | Elem::Any { .. }));
                if let Some((at, worth, passed)) = self.seek(word, j, ends) {
                    self.loose -= passed;
                    self.go(rest, next, at + 1, score + worth);
                    self.loose += passed;
                }
            }
            Elem::Any { of, optional } => {
                for elems in of {
                    if self.may_begin(elems, j) {
                        self.go(elems, Some(&Next { elems: rest, next }), j, score);
                    }
                }
                if *optional {
                    self.go(rest, next, j, score);
                }
            }
            Elem::Slot(slot) => {
                let last = rest.is_empty() && next.is_none_or(|n| n.elems.is_empty() && n.next.is_none());
                let mut at = j;
                let mut passed = 0.0;
                let before = self.loose;
                loop {
                    for (end, got, worth) in self.options(*slot, at, last) {
                        self.captures.push(Capture { slot: *slot, got });
                        self.loose = before - passed;
                        self.go(rest, next, end, score + worth - passed);
                        self.loose = before;
                        self.captures.pop();
                    }
                    // What is known by its word is looked for behind others too.
                    let sought = matches!(slot, Slot::Stage | Slot::Priority | Slot::Contact);
                    match self.price(at).filter(|price| sought && passed + price <= before) {
                        Some(price) => passed += price,
                        None => break,
                    }
                    at += 1;
                }
            }
        }
    }

    /// Tells whether the first word of a choice stands near enough; most of a long list do not.
    fn may_begin(&self, elems: &[Elem], j: usize) -> bool {
        let Some(Elem::Lit(word)) = elems.first() else { return true };
        self.seek(word, j, false).is_some()
    }

    /// Looks for a word from `j` on, over words that say nothing, and over others at a price. Returns
    /// where it is, what it is worth, and how much was paid. If it `ends` a phrase of the pattern, it
    /// must not be the beginning of a time.
    fn seek(&self, word: &str, j: usize, ends: bool) -> Option<(usize, f32, f32)> {
        let mut at = j;
        let mut passed = 0.0;
        for skipped in 0..7 {
            if let Some(token) = self.token(at)
                && !(ends && self.begins_time(token, word))
                && let Some(good) = self.on.typed.is(token, word)
            {
                let worth = weight(word) * good - if good < 1.0 { 0.4 } else { 0.0 };
                let price = if passed > 0.0 { passed } else { 0.15 * skipped as f32 };
                return Some((at, worth - price, passed));
            }
            match self.filler(at) {
                0 => {
                    passed += self.price(at).filter(|price| passed + price <= self.loose)?;
                    at += 1;
                }
                n => at += n,
            }
        }
        None
    }

    /// Notes what fits to the end, but for words that say nothing.
    fn end(&mut self, j: usize, score: f32) {
        let mut at = j;
        let mut left = self.loose;
        let mut score = score;
        while at < self.on.view.tokens.len() {
            match self.closing(at) {
                0 => match self.price(at) {
                    Some(price) if price <= left => {
                        left -= price;
                        score -= price;
                        at += 1;
                    }
                    _ => return,
                },
                n => at += n,
            }
        }
        if self.best.as_ref().is_none_or(|(best, _)| score > *best) {
            self.best = Some((score, self.captures.clone()));
        }
    }

    /// Returns what it costs to pass over a token; nothing if it must not be passed over.
    fn price(&self, j: usize) -> Option<f32> {
        const NEVER: &[&str] = &[
            "not", "no", "don't", "dont", "never", "isn't", "won't", "can't", "didn't", "doesn't", "without",
            "不", "没", "别", "未", "无",
        ];
        let token = self.token(j).filter(|_| self.loose > 0.0)?;
        if NEVER.contains(&self.on.typed.word(token)) {
            return None;
        }
        match self.on.typed.class(token)? {
            Class::Word if self.on.typed.tokens[token].capital && token > 0 => Some(1.5),
            Class::Word => Some(0.9),
            Class::Han => Some(0.55),
            Class::Mark => Some(0.05),
            _ => None,
        }
    }

    pub fn token(&self, j: usize) -> Option<usize> {
        self.on.view.tokens.get(j).copied()
    }

    /// Returns where in the view token `end` is, if all between belongs to the view.
    pub fn place(&self, j: usize, end: usize) -> Option<usize> {
        let start = self.token(j)?;
        let to = j + end.checked_sub(start)?;
        (to > j && self.token(to - 1)? == end - 1).then_some(to)
    }

    pub fn phrase(&self, j: usize, phrases: &[(&str, ())]) -> Option<usize> {
        let ((), end) = self.on.typed.phrase_of(self.token(j)?, phrases)?;
        self.place(j, end)
    }

    /// Tells whether a character that often says nothing begins a time: 下午, 上周.
    pub fn begins_time(&self, token: usize, word: &str) -> bool {
        // 看下周涛, 记一下星海: there is no week in them.
        let week = !self.on.typed.any(token + 1, &["周", "星", "礼", "季", "月"])
            || self.on.starts[token]
                .iter()
                .any(|at| matches!(self.on.facts[*at].kind, Kind::When | Kind::Period));
        week && matches!(word, "下" | "上")
            && self.on.typed.any(
                token + 1,
                &["午", "周", "个", "月", "次", "星", "礼", "旬", "半", "季", "班", "雨", "雪", "载"],
            )
    }

    /// Returns how many tokens at `j` say nothing: courtesy, particles, punctuation.
    fn filler(&self, j: usize) -> usize {
        const WORDS: &[&str] = &[
            "please", "pls", "plz", "just", "kindly", "also", "then", "now", "ok", "okay", "hey", "hi", "so",
            "the", "a", "an", "my", "our", "me", "really", "quickly", "quick", "asap", "back", "up", "yet",
            "already", "all", "new", "for", "us", "了", "吧", "啊", "呢", "哦", "呀", "啦", "嘛", "先", "就",
            "也", "都", "请", "再", "下", "给", "我", "已", "经", "要", "快", "还", "又", "把", "的", "那",
            "儿", "呗", "哈", "哎", "咯", "喽", "噢", "嘞",
        ];
        let Some(token) = self.token(j) else { return 0 };
        match self.on.typed.class(token) {
            Some(Class::Mark) => 1,
            Some(Class::Word | Class::Han)
                if WORDS.contains(&self.on.typed.word(token))
                    && !self.begins_time(token, self.on.typed.word(token)) =>
            {
                1
            }
            Some(Class::Han) => self
                .phrase(
                    j,
                    &[
                        ("一下", ()),
                        ("麻烦", ()),
                        ("帮我", ()),
                        ("帮忙", ()),
                        ("这边", ()),
                        ("那边", ()),
                        ("赶紧", ()),
                    ],
                )
                .map_or(0, |end| end - j),
            _ => 0,
        }
    }

    /// Returns how many tokens at `j` may stand at the end and say nothing.
    fn closing(&self, j: usize) -> usize {
        const PHRASES: &[(&str, ())] = &[
            ("please", ()),
            ("pls", ()),
            ("plz", ()),
            ("thanks", ()),
            ("thx", ()),
            ("thank you", ()),
            ("ty", ()),
            ("cheers", ()),
            ("for me", ()),
            ("for us", ()),
            ("if possible", ()),
            ("ok", ()),
            ("okay", ()),
            ("now", ()),
            ("again", ()),
            ("right now", ()),
            ("mate", ()),
            ("real quick", ()),
            ("quickly", ()),
            ("already", ()),
            ("yet", ()),
            ("lol", ()),
            ("then", ()),
            ("too", ()),
            ("today", ()),
            ("so far", ()),
            ("lately", ()),
            ("recently", ()),
            ("these days", ()),
            ("at the moment", ()),
            ("currently", ()),
            ("anymore", ()),
            ("here", ()),
            ("asap", ()),
            ("as well", ()),
            ("though", ()),
            ("will you", ()),
            ("would you", ()),
            ("can you", ()),
            ("as soon as possible", ()),
            ("from now on", ()),
            ("谢谢", ()),
            ("谢了", ()),
            ("多谢", ()),
            ("吗", ()),
            ("吧", ()),
            ("了", ()),
            ("啊", ()),
            ("呢", ()),
            ("呀", ()),
            ("啦", ()),
            ("哦", ()),
            ("哈", ()),
            ("嘛", ()),
            ("下", ()),
            ("一下", ()),
            ("好吗", ()),
            ("可以吗", ()),
            ("行吗", ()),
            ("成吗", ()),
            ("行不", ()),
            ("好不", ()),
            ("可以不", ()),
            ("可不可以", ()),
            ("谢谢啦", ()),
            ("谢谢哈", ()),
            ("谢啦", ()),
            ("谢谢你", ()),
            ("谢谢您", ()),
            ("感谢", ()),
            ("呗", ()),
            ("咯", ()),
            ("喽", ()),
            ("嘞", ()),
            ("噢", ()),
            ("哟", ()),
            ("哎", ()),
            ("么", ()),
            ("没", ()),
            ("给我", ()),
            ("辛苦", ()),
            ("麻烦啦", ()),
            ("急", ()),
            ("在线等", ()),
            ("行不行", ()),
            ("好不好", ()),
            ("的", ()),
            ("先", ()),
            ("辛苦了", ()),
            ("麻烦了", ()),
            ("拜托", ()),
            ("一下吧", ()),
            ("来着", ()),
            ("过", ()),
            ("来", ()),
            ("看看", ()),
            ("看", ()),
            ("我", ()),
        ];
        let Some(token) = self.token(j) else { return 0 };
        if self.on.typed.class(token) == Some(Class::Mark) {
            return 1;
        }
        self.phrase(j, PHRASES).map_or(0, |end| end - j)
    }
}

/// What a word of a pattern is worth: words of grammar tell little.
fn weight(word: &str) -> f32 {
    const GRAMMAR: &[&str] = &[
        "to", "the", "a", "an", "of", "for", "is", "are", "on", "in", "at", "with", "it", "that", "this",
        "and", "or", "me", "my", "i", "do", "does", "did", "have", "has", "be", "as", "was", "we", "you",
        "'s", "'m", "'ll", "'re", "'ve", "from", "about", "if", "what", "how", "should", "can", "not", "so",
        "by", "into",
    ];
    if !word.is_ascii() {
        return if "的了给把我你是在个一就这跟和有对说上下将要".contains(word) {
            0.4
        } else {
            1.0
        };
    }
    if GRAMMAR.contains(&word) { 0.5 } else { 2.0 }
}
