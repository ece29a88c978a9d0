//! Makes arguments of what each word of a sentence was found to be.

use std::ops::Range;

use super::Args;
use super::arguments::{contact_into, trimmed, words};
use super::command::Command;
use super::facts::{Fact, Kind};
use super::finish::said;
use super::lexicon::SAID_OF_STAGES;
use super::listed;
use super::names::without_title;
use super::referring::{ME, TITLES, TITLES_BEHIND};
use super::roles::{Role, State};
use super::typed::Typed;
use super::view::{Taken, View};
use super::words::{Class, folded};

/// What a pattern knows besides the words: that something is to be erased, that what is late is asked for.
const OF_PATTERNS: [&str; 6] = ["field", "value", "stage", "priority", "tag", "id"];
/// Words that take a tag off.
const OFF: &[&str] = &[
    "off", "remove", "untag", "delete", "drop", "strip", "lose", "clear", "rid", "without", "去", "删", "摘",
    "撤", "取消", "移除", "不要", "拿掉", "揭",
];

/// Returns the arguments of a command. `by_pattern` are those that a pattern made, if one fits.
pub(super) fn arguments(
    command: Command,
    states: &[State],
    typed: &Typed,
    facts: &[Fact],
    by_pattern: Option<&Args>,
) -> Args {
    let read = Read { states, typed, facts };
    let mut args = Args::new();
    let mut put = |key: &'static str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            args.insert(key, value);
        }
    };
    let (who, company) = read.who();
    put("who", who.map(|run| without_title(read.slice(run)).to_owned()));
    put("company", company.map(|run| read.slice(run).to_owned()));
    let known = |key| by_pattern.and_then(|args| args.get(key).cloned());
    put("owner", read.owner().or_else(|| known("owner").filter(|_| command == Command::Assign)));
    put("tag", read.tag(by_pattern));
    let searches = matches!(command, Command::Find | Command::Export);
    let words = words(typed, &if searches { read.said() } else { read.said_whole() });
    put(if searches { "query" } else { "text" }, said(command, &words).map(str::to_owned));
    // Hans accepted our offer: a pattern knows what words say together.
    put("stage", known("stage").or_else(|| read.stage()).or_else(|| read.stage_beside(command)));
    put("priority", read.priority().filter(|_| command != Command::Why));
    let floats = |kind| command.floats().contains(&kind);
    put("period", read.taken(Role::Period, Kind::Period, floats(Kind::Period)).map(|taken| taken.value));
    let due = read.taken(Role::Due, Kind::When, floats(Kind::When)).map(|taken| taken.value);
    put("due", due.or_else(|| known("due").filter(|_| *command.floats() == [Kind::When])));
    if let Some(money) = read.taken(Role::Amount, Kind::Money, floats(Kind::Money)) {
        put("currency", money.currency);
        put("amount", Some(money.value));
    }
    put("field", read.field());
    let is_value = |fact: &&Fact| states[fact.from].role == Role::Value;
    put(
        "id",
        facts
            .iter()
            .filter(|fact| fact.kind == Kind::Id)
            .find(|fact| !is_value(fact))
            .map(|id| id.value.clone()),
    );
    if let Some(run) = read.run(Role::Value) {
        let inside = |fact: &&Fact| run.contains(&fact.from);
        let of = |kind| facts.iter().filter(inside).find(|fact| fact.kind == kind);
        put(
            "value",
            Some(
                of(Kind::Id).map_or_else(
                    || trimmed(command, read.slice(run.clone())).to_owned(),
                    |id| id.value.clone(),
                ),
            ),
        );
        if command == Command::Edit
            && let Some(contact) = of(Kind::Email).or_else(|| of(Kind::Phone))
        {
            contact_into(contact, &mut args);
        }
    }
    // Joe left Acme: what belongs together may be a person and their firm.
    if let Some(firm) = known("company").filter(|firm| args.get("value") == Some(firm)) {
        args.remove("value");
        args.insert("company", firm);
    }
    for (key, value) in by_pattern.into_iter().flatten() {
        // What stands in no words, the pattern knows alone.
        let alone = OF_PATTERNS.contains(key) || *key == "owner" && ME.iter().any(|(_, me)| me == value);
        if alone && !args.contains_key(key) {
            args.insert(key, value.clone());
        }
    }
    if !args.contains_key("value")
        && let Some(value) = listed::asked(command, typed)
    {
        args.insert("value", value.to_owned());
    }
    // A search for nothing is one for all of it.
    if command == Command::Find
        && !args.contains_key("query")
        && let Some(query) = by_pattern.and_then(|a| a.get("query"))
    {
        args.insert("query", query.clone());
    }
    // A firm alone is who it is about, but where it is made.
    if command != Command::New
        && !args.contains_key("who")
        && let Some(firm) = args.remove("company")
    {
        args.insert("who", firm);
    }
    // A number says whose it is.
    if args.contains_key("id") {
        args.remove("who");
        args.remove("company");
    }
    // One's own are listed if nothing else is said.
    if matches!(command, Command::Tasks | Command::Pipeline)
        && args.get("owner").is_some_and(|owner| owner == "me")
    {
        args.remove("owner");
    }
    args
}

struct Read<'a> {
    states: &'a [State],
    typed: &'a Typed<'a>,
    facts: &'a [Fact],
}

impl<'a> Read<'a> {
    /// Returns the first tokens of a role that stand together.
    fn run(&self, role: Role) -> Option<Range<usize>> {
        let from = self.states.iter().position(|state| state.role == role)?;
        // An address behind a name is no part of it.
        let ends = |at: &usize| {
            self.states[*at].role != role || self.typed.class(*at) == Some(Class::Address) && *at > from
        };
        Some(from..(from..self.states.len()).find(ends).unwrap_or(self.states.len()))
    }

    fn slice(&self, run: Range<usize>) -> &'a str {
        self.typed.slice(run.start, run.end)
    }

    fn said(&self) -> Vec<usize> {
        (0..self.states.len()).filter(|at| self.states[*at].said).collect()
    }

    /// Returns the tokens of what is said, with the few between two of its pieces that are nothing else.
    fn said_whole(&self) -> Vec<usize> {
        const GAP_MAX: usize = 4;
        let said = self.said();
        let mut whole = Vec::with_capacity(said.len());
        for at in said {
            let behind = whole.last().map_or(at, |last| last + 1);
            let is_nothing = |at: usize| self.states[at].role == Role::Nothing;
            if at - behind <= GAP_MAX && (behind..at).all(is_nothing) {
                whole.extend(behind..at);
            }
            whole.push(at);
        }
        whole
    }

    /// Returns the first fact of a kind in words of a role.
    fn fact(&self, role: Role, kind: Kind) -> Option<&'a Fact> {
        let of = |fact: &&Fact| fact.kind == kind && self.states[fact.from].role == role;
        // 已报价 says more than 报价.
        self.facts.iter().filter(of).max_by_key(|fact| (usize::MAX - fact.from, fact.to))
    }

    /// Returns what words of a role say: their day and their hour, if they stand apart. Where no words have the role
    /// and it `floats`, what says such a thing outside of what is said.
    fn taken(&self, role: Role, kind: Kind, floats: bool) -> Option<Taken> {
        let any = self.states.iter().any(|state| state.role == role);
        let fits = |state: State| if any { state.role == role } else { floats && !state.said };
        // Words of the role say it in whatever form; of others the view knows which bare numbers are money.
        let counts = |fact: &Fact| any || fact.sure || kind == Kind::Money;
        let of = |fact: &&Fact| fact.kind == kind && fits(self.states[fact.from]) && counts(fact);
        let told = |fact: &Fact| Fact { sure: fact.sure || any, ..fact.clone() };
        let facts: Vec<Fact> = self.facts.iter().filter(of).map(told).collect();
        View::without(self.typed, &facts, &[kind]).taken.pop()
    }

    /// Returns who it is about, and the firm that is named with them.
    fn who(&self) -> (Option<Range<usize>>, Option<Range<usize>>) {
        let (who, company) = (self.run(Role::Who), self.run(Role::Company));
        let (Some(firm), None) = (&who, &company) else { return self.without_title(who, company) };
        // 绿野农业的龚总: the firm stands before who works there.
        let from = firm.end + usize::from(self.typed.any(firm.end, &["的"]));
        let titled = |to: &usize| TITLES_BEHIND.iter().any(|title| self.typed.phrase(*to, title).is_some());
        let is_free = |to: usize| {
            (from..to).all(|at| {
                self.typed.class(at) == Some(Class::Han)
                    && self
                        .states
                        .get(at)
                        .is_some_and(|state| matches!(state.role, Role::Nothing | Role::Who))
            })
        };
        match (from + 1..=from + 2).find(titled).filter(|to| firm.len() > 1 && is_free(*to)) {
            Some(to) => (Some(from..to), who),
            None => self.without_title(who, None),
        }
    }

    /// Takes the title before a name off: Madame Lefort, Dr. Lee. A firm alone is who it is about.
    fn without_title(
        &self,
        who: Option<Range<usize>>,
        company: Option<Range<usize>>,
    ) -> (Option<Range<usize>>, Option<Range<usize>>) {
        let Some(named) = who else { return (None, company) };
        let titled = TITLES.contains(&self.typed.word(named.start));
        let behind = named.start + 1 + usize::from(self.typed.any(named.start + 1, &["."]));
        let from = if titled && behind < named.end { behind } else { named.start };
        (Some(from..named.end), company)
    }

    fn stage(&self) -> Option<String> {
        if let Some(fact) = self.fact(Role::Stage, Kind::Stage) {
            return Some(fact.value.clone());
        }
        let words = folded(self.slice(self.run(Role::Stage)?));
        let fits = |(_, said): &&(&str, &str)| said.split('|').any(|said| words.contains(said));
        SAID_OF_STAGES.iter().find(fits).map(|(stage, _)| (*stage).to_owned())
    }

    /// Returns the stage that a new deal is said to have already.
    fn stage_beside(&self, command: Command) -> Option<String> {
        let is_one = |fact: &&Fact| {
            let said = matches!(fact.value.as_str(), "qualified" | "negotiation");
            fact.kind == Kind::Stage && said && !self.states[fact.from].said
        };
        self.facts.iter().filter(|_| command == Command::Deal).find(is_one).map(|fact| fact.value.clone())
    }

    fn owner(&self) -> Option<String> {
        let handle =
            || self.facts.iter().find(|fact| fact.kind == Kind::Handle).map(|fact| fact.value.clone());
        let Some(run) = self.run(Role::Owner) else { return handle() };
        match self.typed.phrase_of(run.start, ME) {
            Some((me, end)) if end == run.end => Some(me.to_owned()),
            _ if self.typed.any(run.start, &["i"]) => Some("me".to_owned()),
            _ => Some(self.slice(run).trim_start_matches(['@', '＠']).to_owned()),
        }
    }

    fn priority(&self) -> Option<String> {
        const NOT: &[&str] = &["not", "no", "isn't", "isnt", "aint", "nothing", "不", "没"];
        let free = |fact: &&Fact| {
            fact.kind == Kind::Priority
                && fact.sure
                && self.states[fact.from] == (State { role: Role::Nothing, said: false })
        };
        let fact = self.fact(Role::Priority, Kind::Priority).or_else(|| self.facts.iter().find(free))?;
        let denied = (fact.from.saturating_sub(2)..fact.from).any(|at| self.typed.any(at, NOT));
        Some(if denied && fact.value != "low" { "low".to_owned() } else { fact.value.clone() })
    }

    fn field(&self) -> Option<String> {
        if let Some(fact) = self.fact(Role::Field, Kind::Field) {
            return Some(fact.value.clone());
        }
        self.run(Role::Field).map(|run| folded(self.slice(run)))
    }

    fn tag(&self, by_pattern: Option<&Args>) -> Option<String> {
        let run = self.run(Role::Tag)?;
        let tag = self.slice(run.clone()).trim_start_matches(['#', '-']);
        let outside = |at: &usize| !run.contains(at);
        let taken_off = by_pattern.and_then(|args| args.get("tag")).map_or_else(
            || {
                (0..self.states.len())
                    .filter(outside)
                    .any(|at| OFF.iter().any(|off| self.typed.phrase(at, off).is_some()))
            },
            |tag| tag.starts_with('-'),
        );
        Some(format!("{}{tag}", if taken_off { "-" } else { "" }))
    }
}
