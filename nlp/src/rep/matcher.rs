//! Holds a pattern against a sentence.

use super::facts::{Fact, Kind};
use super::lexicon::{KINDS, LANGUAGES, ME, METRICS, PRONOUNS, SENDABLE, TAILS};
use super::names;
use super::pattern::{Elem, Pattern, Slot};
use super::typed::Typed;
use super::view::View;
use super::words::Class;

/// So many ways of one pattern are tried; a sentence that has more is none.
const STEPS_MAX: usize = 4_000;
/// What the words may cost in all that a pattern passes over.
const LOOSE: f32 = 2.7;
/// Words before others of the pattern are looked for so far ahead.
const AHEAD_MAX: usize = 40;

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

struct Matcher<'s, 'a> {
    on: &'s Sentence<'a>,
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
                let mut at = j;
                let mut passed = 0.0;
                let before = self.loose;
                for skipped in 0..7 {
                    if let Some(token) = self.token(at)
                        && !(matches!(rest.first(), None | Some(Elem::Slot(_) | Elem::Any { .. }))
                            && self.begins_time(token, word))
                        && let Some(good) = self.on.typed.is(token, word)
                    {
                        let worth = weight(word) * good - if good < 1.0 { 0.4 } else { 0.0 };
                        let price = if passed > 0.0 { passed } else { 0.15 * skipped as f32 };
                        self.loose = before - passed;
                        self.go(rest, next, at + 1, score + worth - price);
                        self.loose = before;
                        break;
                    }
                    match self.filler(at) {
                        0 => match self.price(at) {
                            Some(price) if passed + price <= before => {
                                passed += price;
                                at += 1;
                            }
                            _ => break,
                        },
                        n => at += n,
                    }
                }
            }
            Elem::Any { of, optional } => {
                for elems in of {
                    self.go(elems, Some(&Next { elems: rest, next }), j, score);
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

    fn token(&self, j: usize) -> Option<usize> {
        self.on.view.tokens.get(j).copied()
    }

    /// Returns where in the view token `end` is, if all between belongs to the view.
    fn place(&self, j: usize, end: usize) -> Option<usize> {
        let start = self.token(j)?;
        let to = j + end.checked_sub(start)?;
        (to > j && self.token(to - 1)? == end - 1).then_some(to)
    }

    fn phrase(&self, j: usize, phrases: &[(&str, ())]) -> Option<usize> {
        let ((), end) = self.on.typed.phrase_of(self.token(j)?, phrases)?;
        self.place(j, end)
    }

    /// Tells whether a character that often says nothing begins a time: 下午, 上周.
    fn begins_time(&self, token: usize, word: &str) -> bool {
        matches!(word, "下" | "上")
            && self
                .on
                .typed
                .any(token + 1, &["午", "周", "个", "月", "次", "星", "礼", "旬", "半", "季", "班"])
    }

    /// Returns how many tokens at `j` say nothing: courtesy, particles, punctuation.
    fn filler(&self, j: usize) -> usize {
        const WORDS: &[&str] = &[
            "please", "pls", "plz", "just", "kindly", "also", "then", "now", "ok", "okay", "hey", "hi", "so",
            "the", "a", "an", "my", "our", "me", "really", "quickly", "quick", "asap", "back", "up", "yet",
            "already", "all", "new", "for", "us", "了", "吧", "啊", "呢", "哦", "呀", "啦", "嘛", "先", "就",
            "也", "都", "请", "再", "下", "给", "我", "已", "经", "要", "快", "还", "又", "把", "的", "那",
            "儿",
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
                .phrase(j, &[("一下", ()), ("麻烦", ()), ("帮我", ()), ("帮忙", ())])
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

    /// Returns what can stand in a slot from `j` on: where it ends, what it is, what it is worth.
    fn options(&self, slot: Slot, j: usize, last: bool) -> Vec<(usize, Got, f32)> {
        let mut all = Vec::new();
        if slot == Slot::Sep {
            let mut end = j;
            while self.is_sep(end) {
                end += 1;
            }
            if end > j {
                all.push((end, Got::Context, 0.2));
            }
            return all;
        }
        let mut j = j;
        let words = matches!(slot, Slot::Text | Slot::Query | Slot::Value | Slot::Any | Slot::Every);
        // Marks and small words before an argument are none of it.
        while self.token(j).is_some_and(|t| self.skips(t, words)) {
            j += 1;
        }
        let Some(token) = self.token(j) else { return all };
        let typed = self.on.typed;
        match slot {
            Slot::Text | Slot::Query | Slot::Value | Slot::Any => self.words(j, last, &mut all),
            Slot::Every if typed.any(token, &["every", "each", "daily", "weekly", "每"]) => {
                self.words(j, last, &mut all);
                all.iter_mut().for_each(|(.., worth)| *worth += 1.5);
            }
            Slot::Every => {}
            Slot::Lang => self.listed(j, LANGUAGES, &mut all),
            Slot::Sendable => self.listed(j, SENDABLE, &mut all),
            Slot::Metric => self.listed(j, METRICS, &mut all),
            Slot::Id | Slot::Id2 => {
                self.numbers(j, &mut all);
                self.bare_number(j, &mut all);
            }
            Slot::It => {
                all.extend(self.phrase(j, PRONOUNS).map(|end| (self.behind_kind(end), Got::Context, 0.8)))
            }
            Slot::Who => self.record(j, &mut all),
            Slot::Name => self.names(j, true, &mut all),
            Slot::Company => self.names(j, true, &mut all),
            Slot::Other => {
                self.numbers(j, &mut all);
                self.bare_number(j, &mut all);
                self.names(j, true, &mut all);
            }
            Slot::Owner => {
                self.facts(j, Kind::Handle, 2.0, &mut all);
                if let Some((who, end)) = self.on.typed.phrase_of(token, ME)
                    && let Some(end) = self.place(j, end)
                {
                    all.push((end, Got::Fixed(who), 1.0));
                }
                self.names(j, false, &mut all);
            }
            Slot::Stage => self.facts(j, Kind::Stage, 2.0, &mut all),
            Slot::Field => self.facts(j, Kind::Field, 1.5, &mut all),
            Slot::Priority => self.facts(j, Kind::Priority, 1.5, &mut all),
            Slot::Period => self.facts(j, Kind::Period, 1.5, &mut all),
            Slot::When => self.facts(j, Kind::When, 1.5, &mut all),
            Slot::Money => self.facts(j, Kind::Money, 1.5, &mut all),
            Slot::Contact => {
                self.facts(j, Kind::Email, 2.0, &mut all);
                self.facts(j, Kind::Phone, 2.0, &mut all);
            }
            Slot::Tag => self.tag(j, &mut all),
            Slot::Word
                if typed.class(token) == Some(Class::Han)
                    && !typed
                        .any(token, &["一", "两", "二", "三", "四", "五", "六", "七", "八", "九", "十"]) =>
                {}
            Slot::Word => {
                let mut end = j + 1;
                while self.token(end).is_some_and(|t| {
                    !self.on.typed.gap(t)
                        && t == token + end - j
                        && self.on.typed.class(t) != Some(Class::Rest)
                }) {
                    end += 1;
                }
                all.extend((j + 1..=end).map(|to| (to, Got::Words(j, to), 0.05 * (to - j) as f32)));
            }
            Slot::Sep => {}
        }
        all
    }

    fn listed(&self, j: usize, phrases: &[(&str, ())], all: &mut Vec<(usize, Got, f32)>) {
        all.extend(self.phrase(j, phrases).map(|end| (end, Got::Words(j, end), 2.0)));
    }

    fn skips(&self, token: usize, words: bool) -> bool {
        let typed = self.on.typed;
        match typed.class(token) {
            Some(Class::Mark) if typed.any(token, &["("]) => typed.class(token + 1) != Some(Class::Number),
            Some(Class::Mark) => {
                !typed.any(token, &["+", "#", "-", "€", "$", "£", "¥", "~"])
                    || words && typed.any(token, &["-"])
            }
            _ if words => false,
            Some(Class::Word) => {
                typed.any(token, &["the", "my", "our", "a", "an", "please", "pls", "now"])
                    && !typed.any(token + 1, &["'s"])
            }
            _ => false,
        }
    }

    fn is_sep(&self, j: usize) -> bool {
        let Some(token) = self.token(j) else { return false };
        let typed = self.on.typed;
        let mark = typed
            .any(token, &[",", ":", ";", "-", "–", "—", "、", ".", "。", "|", "!", "→", "=", "/", "…", "~"]);
        // Where a fact was taken out there is a pause too.
        mark || j > 0 && typed.class(token) == Some(Class::Mark) && typed.any(token, &["\"", "“", "("])
    }

    /// Words: all that is left if nothing follows in the pattern, else up to any place.
    fn words(&self, j: usize, last: bool, all: &mut Vec<(usize, Got, f32)>) {
        let end = self.on.view.tokens.len();
        if last {
            all.push((end, Got::Words(j, end), 0.0));
            return;
        }
        let until = end.min(j + AHEAD_MAX);
        all.extend((j + 1..=until).map(|to| (to, Got::Words(j, to), -0.1)));
    }

    fn facts(&self, j: usize, kind: Kind, worth: f32, all: &mut Vec<(usize, Got, f32)>) {
        let Some(token) = self.token(j) else { return };
        for at in &self.on.starts[token] {
            let fact = &self.on.facts[*at];
            if fact.kind == kind
                && let Some(end) = self.place(j, fact.to)
            {
                // Of two readings the longer says more.
                all.push((end, Got::Fact(*at), worth + 0.1 * (fact.to - fact.from) as f32));
            }
        }
    }

    /// A record's number, perhaps behind what it is: `T88`, `ticket 88`, 工单88.
    fn numbers(&self, j: usize, all: &mut Vec<(usize, Got, f32)>) {
        let typed = self.on.typed;
        let at = self.phrase(j, KINDS).unwrap_or(j);
        let Some(token) = self.token(at) else { return };
        let before = all.len();
        self.facts(at, Kind::Id, 2.0, all);
        for (_, got, _) in &mut all[before..] {
            if let Got::Fact(at) = got {
                *got = Got::Id(self.on.facts[*at].value.clone());
            }
        }
        if at > j
            && let Some(number) = typed.number(token)
        {
            let letter = match typed.word(token - 1) {
                "ticket" | "tickets" | "case" | "issue" => "T",
                "deal" | "opportunity" | "opp" => "D",
                "task" => "K",
                "customer" | "client" | "contact" => "C",
                "company" => "F",
                "单" if typed.any(token.wrapping_sub(2), &["工"]) => "T",
                "机" => "D",
                "务" => "K",
                "户" => "C",
                _ => "",
            };
            all.push((at + 1, Got::Id(format!("{letter}{number}")), 1.5));
        }
    }

    /// A number that says nothing of what it is.
    fn bare_number(&self, j: usize, all: &mut Vec<(usize, Got, f32)>) {
        if let Some(number) = self.token(j).and_then(|t| self.on.typed.number(t)) {
            all.push((j + 1, Got::Id(number.to_string()), 0.2));
        }
    }

    fn behind_kind(&self, j: usize) -> usize {
        self.phrase(j, KINDS).unwrap_or(j)
    }

    /// A record: a number, the one in context, an address, or a name.
    fn record(&self, j: usize, all: &mut Vec<(usize, Got, f32)>) {
        self.numbers(j, all);
        self.facts(j, Kind::Email, 1.0, all);
        if let Some(end) = self.phrase(j, PRONOUNS) {
            all.push((end, Got::Context, 0.7));
            let behind = self.behind_kind(end);
            if behind > end {
                all.push((behind, Got::Context, 0.9));
            }
        }
        let at = self.behind_kind(j);
        if at > j {
            // "the deal" is the one in context.
            all.push((at, Got::Context, 0.2));
            self.names(at, false, all);
        }
        self.names(j, false, all);
    }

    fn names(&self, j: usize, company: bool, all: &mut Vec<(usize, Got, f32)>) {
        let Some(token) = self.token(j) else { return };
        for name in names::starting(self.on.typed, token) {
            let Some(end) = self.place(j, name.to) else { continue };
            let got = Got::Name(name.from, name.to);
            let worth = name.score.max(-1.5);
            if worth < -1.0 {
                continue;
            }
            all.push((end, got.clone(), worth));
            let own = self.token(end).is_some_and(|t| self.on.typed.any(t, &["'s", "'"]));
            let behind = end + usize::from(own);
            if own {
                all.push((behind, got.clone(), worth + 0.1));
            }
            if let Some(tail) = self.phrase(behind, TAILS).filter(|_| !company) {
                all.push((tail, got, worth + 0.3));
            }
        }
    }

    fn tag(&self, j: usize, all: &mut Vec<(usize, Got, f32)>) {
        const HAN_MAX: usize = 8;
        let typed = self.on.typed;
        let mut end = j;
        while let Some(token) = self.token(end) {
            let class = typed.class(token);
            let han = class == Some(Class::Han);
            if end - j >= HAN_MAX || class == Some(Class::Rest) || end > j && typed.gap(token) && end - j >= 3
            {
                break;
            }
            if !han
                && class == Some(Class::Mark)
                && !typed.any(token, &["#", "-", "+", "_", "&", "\"", "“", "”", "'", "/"])
            {
                break;
            }
            end += 1;
            all.push((end, Got::Words(j, end), if han { 0.3 } else { 0.5 } - 0.1 * (end - j) as f32));
        }
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
