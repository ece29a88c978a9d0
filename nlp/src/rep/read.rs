//! Makes arguments of what each word of a sentence was found to be.

use std::ops::Range;

use super::Args;
use super::arguments::{contact_into, trimmed, words};
use super::command::Command;
use super::facts::{Fact, Kind};
use super::finish::said;
use super::lexicon::SAID_OF_STAGES;
use super::listed;
use super::names::{behind_title, without_title};
use super::referring::{ME, TITLES_BEHIND};
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
    let read = Read { states, typed, facts, by_pattern };
    let mut args = read.named(command);
    args.extend(read.told(command));
    args.extend(read.changed(command));
    args.retain(|_, value| !value.is_empty());
    read.complete(command, &mut args);
    tidy(command, &mut args);
    args
}

/// Takes out what goes without saying.
fn tidy(command: Command, args: &mut Args) {
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
    let lists_own = matches!(command, Command::Tasks | Command::Pipeline);
    if lists_own && args.get("owner").is_some_and(|owner| owner == "me") {
        args.remove("owner");
    }
}

struct Read<'a> {
    states: &'a [State],
    typed: &'a Typed<'a>,
    facts: &'a [Fact],
    by_pattern: Option<&'a Args>,
}

impl<'a> Read<'a> {
    /// Returns who and which record it is about, who gets it, and what is said, searched for or put on it.
    fn named(&self, command: Command) -> Args {
        let (who, company) = self.who();
        let searches = matches!(command, Command::Find | Command::Export);
        let words = words(self.typed, &if searches { self.said() } else { self.said_whole() });
        let is_value = |fact: &&Fact| self.states[fact.from].role == Role::Value;
        let id = self.facts.iter().filter(|fact| fact.kind == Kind::Id).find(|fact| !is_value(fact));
        let owner = || self.known("owner").filter(|_| command == Command::Assign);
        collected([
            ("who", who.map(|name| self.called(name))),
            ("company", company.map(|run| self.slice(run).to_owned())),
            ("owner", self.owner().or_else(owner)),
            (if searches { "query" } else { "text" }, said(command, &words).map(str::to_owned)),
            ("tag", self.tag()),
            ("id", id.map(|id| id.value.clone())),
        ])
    }

    /// Returns what is told by words with a meaning of their own: times, amounts, stages.
    fn told(&self, command: Command) -> Args {
        let floats = |kind| command.floats().contains(&kind);
        let taken = |role, kind| self.taken(role, kind, floats(kind));
        // Where nothing but a time is awaited, a pattern knows a length for one.
        let lasting = || self.known("due").filter(|_| *command.floats() == [Kind::When]);
        let due = taken(Role::Due, Kind::When).map(|due| due.value).or_else(lasting);
        let (amount, currency) = match taken(Role::Amount, Kind::Money) {
            Some(money) => (Some(money.value), money.currency),
            None => (None, None),
        };
        // Hans accepted our offer: a pattern knows what words say together.
        let stage = self.known("stage").or_else(|| self.stage()).or_else(|| self.stage_beside(command));
        collected([
            ("stage", stage),
            ("priority", self.priority().filter(|_| command != Command::Why)),
            ("period", taken(Role::Period, Kind::Period).map(|period| period.value)),
            ("due", due),
            ("amount", amount),
            ("currency", currency),
        ])
    }

    /// Returns the field that is changed, its new value, and the second of two.
    fn changed(&self, command: Command) -> Args {
        let mut args = collected([("field", self.field())]);
        let Some(run) = self.run(Role::Value) else { return args };
        let of = |kind| self.facts.iter().find(|fact| fact.kind == kind && run.contains(&fact.from));
        let contact = of(Kind::Email).or_else(|| of(Kind::Phone)).filter(|_| command == Command::Edit);
        if let Some(contact) = contact {
            contact_into(contact, &mut args);
            return args;
        }
        let value = of(Kind::Id).map(|id| id.value.clone());
        let value = value.unwrap_or_else(|| trimmed(command, self.slice(run)).to_owned());
        // Joe left Acme: what belongs together may be a person and their firm.
        let is_firm = self.known("company").is_some_and(|firm| firm == value);
        args.insert(if is_firm { "company" } else { "value" }, value);
        args
    }

    /// Adds what stands in no words of its own.
    fn complete(&self, command: Command, args: &mut Args) {
        for (key, value) in self.by_pattern.into_iter().flatten() {
            let is_me = *key == "owner" && ME.iter().any(|(_, me)| me == value);
            // A search for nothing is one for all of it.
            let is_all = *key == "query" && command == Command::Find;
            // What somebody dictates is never lost.
            let is_said = *key == "text" && matches!(command, Command::Note | Command::Task | Command::Reply);
            if OF_PATTERNS.contains(key) || is_me || is_all || is_said {
                args.entry(key).or_insert_with(|| value.clone());
            }
        }
        if !args.contains_key("value")
            && let Some(value) = listed::asked(command, self.typed)
        {
            args.insert("value", value.to_owned());
        }
    }

    fn known(&self, key: &str) -> Option<String> {
        self.by_pattern.and_then(|args| args.get(key).cloned())
    }

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
        let (Some(firm), None) = (&who, &company) else { return (who, company) };
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
            None => (who, None),
        }
    }

    /// Returns a name without the titles around it: Madame Lefort, Dr. Lee, 张总.
    fn called(&self, name: Range<usize>) -> String {
        let behind = behind_title(self.typed, name.start).filter(|from| *from < name.end);
        without_title(self.slice(behind.unwrap_or(name.start)..name.end)).to_owned()
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

    fn tag(&self) -> Option<String> {
        let run = self.run(Role::Tag)?;
        let tag = self.slice(run.clone()).trim_start_matches(['#', '-']);
        let says_off = || {
            let outside = (0..self.states.len()).filter(|at| !run.contains(at));
            outside.into_iter().any(|at| OFF.iter().any(|off| self.typed.phrase(at, off).is_some()))
        };
        let taken_off = self.known("tag").map_or_else(says_off, |tag| tag.starts_with('-'));
        Some(format!("{}{tag}", if taken_off { "-" } else { "" }))
    }
}

fn collected<const N: usize>(args: [(&'static str, Option<String>); N]) -> Args {
    args.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}
