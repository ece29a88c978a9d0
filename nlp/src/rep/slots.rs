//! What can stand in the slots of a pattern.

use super::facts::Kind;
use super::listed::{LANGUAGES, METRICS, SENDABLE};
use super::matcher::{Got, Matcher};
use super::names;
use super::pattern::Slot;
use super::referring::{KINDS, ME, OUTCOMES, PRONOUNS, TAILS, TEAMS};
use super::words::Class;

/// Words before others of the pattern are looked for so far ahead.
const AHEAD_MAX: usize = 40;

impl Matcher<'_, '_> {
    /// Returns what can stand in a slot from `j` on: where it ends, what it is, what it is worth.
    pub fn options(&self, slot: Slot, j: usize, last: bool) -> Vec<(usize, Got, f32)> {
        let mut all = Vec::new();
        if slot == Slot::Sep {
            let mut end = j;
            while self.is_sep(end) {
                end += 1;
            }
            if end > j {
                all.push((end, Got::Context, 0.2));
            } else if self.on.typed.has_han && self.token(j).is_some_and(|t| self.on.typed.gap(t)) {
                // Who types Chinese on a telephone puts a blank where a comma should be.
                all.push((j, Got::Context, 0.1));
            }
            return all;
        }
        let mut j = j;
        let words =
            matches!(slot, Slot::Text | Slot::Query | Slot::Value | Slot::Any | Slot::Every | Slot::Told);
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
            Slot::Told if typed.phrase_of(token, OUTCOMES).is_some() => {
                self.words(j, last, &mut all);
                all.iter_mut().for_each(|(.., worth)| *worth += 1.5);
            }
            Slot::Told => {}
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
                all.extend(self.phrase(j, TEAMS).map(|end| (end, Got::Words(j, end), 1.2)));
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
        // A record's number is no name.
        if self.on.starts[token].iter().any(|at| self.on.facts[*at].kind == Kind::Id) {
            return;
        }
        for name in names::starting(self.on.typed, token) {
            // 下周二 is a day, 加急 a priority, and 周六上午佟丽 begins with a time.
            let said = |at: &usize| {
                let fact = &self.on.facts[*at];
                matches!(fact.kind, Kind::When | Kind::Priority)
                    && (fact.to == name.to || fact.to - fact.from > 2)
            };
            if self.on.starts[token].iter().any(said) {
                continue;
            }
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
