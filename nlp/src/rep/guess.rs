//! Guesses what is meant where no pattern is sure: a classifier that read what many reps typed says which
//! command, and what stands out in the words are its arguments.
//!
//! Patterns know exactly what they know; people say it in ever other words. The classifier was trained on
//! `nlp/data/rep/commands.tsv` and the sentences of the patterns' tests.

use std::sync::{LazyLock, Mutex, PoisonError};

use rapport_model::ShortNumber;

use super::arguments::{contact_into, taken_into, words};
use super::command::Command;
use super::facts::{Fact, Kind};
use super::finish::said;
use super::names::{self, Name};
use super::referring::{ME, TEAMS};
use super::typed::Typed;
use super::view::View;
use super::words::{Class, cut};
use super::{Args, Guess, Reading, about, common, query, vocabulary};
use crate::classifier::Classifier;

static SHIPPED: &[u8] = include_bytes!("../../models/rep.bin");
/// Many threads ask, each for some microseconds: one copy serves them all.
static COMMANDS: LazyLock<Mutex<Option<Classifier>>> =
    LazyLock::new(|| Mutex::new(Classifier::of_bytes(SHIPPED, "rep.bin (in the program)").ok()));

/// The classifier's label of what is no command.
const NONE: &str = "none";
/// What a pattern counts beside the classifier's probability, from which of its own on: as often as patterns
/// were right on sentences of people who had not seen them.
const PATTERN_COUNTS: [(f64, f32); 4] = [(0.97, 0.8), (0.9, 0.35), (0.75, 0.25), (0.5, 0.15)];
const PATTERN_COUNTS_LEAST: f32 = 0.05;
/// A pattern that is surer than this knows how sure it is.
const PATTERN_P_MIN: f64 = 0.75;
/// So many bytes are read to know what is meant: it is said at once.
const BYTES_MAX: usize = 1024;
/// Commands less likely than this are not thought of.
const P_MIN: f32 = 0.1;
/// How much something must look like a name, and how much where most name nobody.
const NAME_MIN: f32 = 0.6;
const NAME_IN_LIST_MIN: f32 = 1.0;

/// Weighs what the patterns made of a text against what the classifier says of it.
pub(super) fn weighed(by_pattern: Reading, typed: &Typed, facts: &[Fact]) -> Reading {
    let Some(ranked) = ranked(typed.text) else { return by_pattern };
    let counts = PATTERN_COUNTS.iter().find(|(from, _)| by_pattern.best.p >= *from);
    let counts = counts.map_or(PATTERN_COUNTS_LEAST, |(_, counts)| *counts);
    let share = |command: Command| ranked.iter().find(|(c, _)| *c == command).map_or(0.0, |(_, p)| *p);
    // A pattern with which the classifier agrees is as sure as it was: what it asks about first, it goes on
    // asking about.
    let agrees = ranked.first().is_some_and(|(likeliest, _)| *likeliest == by_pattern.best.command);
    let agreed = Some(by_pattern.best.p).filter(|p| agrees && *p >= PATTERN_P_MIN);
    let by_patterns = std::iter::once(by_pattern.best).chain(by_pattern.alternatives);
    let mut all: Vec<(f32, Command, Option<Args>)> = by_patterns
        .enumerate()
        .map(|(n, g)| (share(g.command) + if n == 0 { counts } else { 0.0 }, g.command, Some(g.args)))
        .collect();
    let known: Vec<Command> = all.iter().map(|(_, command, _)| *command).collect();
    let new = ranked.iter().filter(|(command, p)| *p >= P_MIN && !known.contains(command));
    all.extend(new.map(|(command, p)| (*p, *command, None)));
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let guess = |(score, command, by_pattern): (f32, Command, Option<Args>)| Guess {
        command,
        args: completed(command, by_pattern, typed, facts),
        p: (f64::from(score / (1.0 + counts)) * 100.0).round().clamp(1.0, 99.0) / 100.0,
    };
    let mut guesses: Vec<Guess> = all.into_iter().take(3).map(guess).collect();
    let mut best = guesses.remove(0);
    best.p = agreed.unwrap_or(best.p);
    Reading { best, alternatives: guesses }
}

/// Adds the number of a record to the arguments of a pattern that found nobody, and whom a pattern took for
/// somebody that has a name of common words alone: gimme, slides. Makes them all where no pattern fits.
fn completed(command: Command, by_pattern: Option<Args>, typed: &Typed, facts: &[Fact]) -> Args {
    let Some(mut args) = by_pattern else { return arguments(command, typed, facts) };
    if !is_about_somebody(command) || args.contains_key("id") {
        return args;
    }
    let id = first(facts, Kind::Id).map(|id| id.value.clone());
    let who = args.get("who").cloned();
    let holds_id =
        |who: &String| who.split(' ').any(|word| word.parse().is_ok_and(|n: ShortNumber| n.kind.is_some()));
    match (id, who) {
        (Some(id), None) => {
            args.insert("id", id);
        }
        (Some(id), Some(who)) if holds_id(&who) => {
            args.remove("who");
            args.insert("id", id);
        }
        (_, Some(who)) if who.split(' ').all(|word| common::is_common(word) || vocabulary::knows(word)) => {
            if let Some(name) = names_in(typed, facts).first() {
                args.insert("who", name.called(typed));
            }
        }
        _ => {}
    }
    args
}

fn first(facts: &[Fact], kind: Kind) -> Option<&Fact> {
    facts.iter().find(|fact| fact.kind == kind)
}

/// Returns the commands that a text may mean, likeliest first; nothing for what is none.
fn ranked(text: &str) -> Option<Vec<(Command, f32)>> {
    let mut commands = COMMANDS.lock().unwrap_or_else(PoisonError::into_inner);
    let commands = commands.as_mut()?;
    let ranking = commands.classify(&like_others(&text[..text.floor_char_boundary(BYTES_MAX)]));
    let name = |label: usize| commands.labels()[label].as_str();
    if ranking.out_of_scope || name(ranking.labels.first()?.0) == NONE {
        return None;
    }
    let named = |(label, p): (usize, f32)| Some((Command::by_name(name(label))?, p));
    Some(ranking.labels.iter().copied().filter_map(named).take(3).collect())
}

/// Writes all records' numbers alike: which one it is says nothing of what is meant.
fn like_others(text: &str) -> String {
    let mut alike = String::with_capacity(text.len());
    let mut at = 0;
    for token in cut(text) {
        let word = &text[token.start..token.end];
        if word.parse().is_ok_and(|number: ShortNumber| number.kind.is_some()) {
            alike.push_str(&text[at..token.start]);
            alike.extend(word.chars().next());
            alike.push_str("12");
            at = token.end;
        }
    }
    alike.push_str(&text[at..]);
    alike
}

/// Finds the arguments of a command by what stands out in a text: a record's number, a name, a time, an
/// amount, a stage; what is to be said or done is the text itself.
fn arguments(command: Command, typed: &Typed, facts: &[Fact]) -> Args {
    let view = View::without(typed, facts, command.floats());
    let mut args = Args::new();
    taken_into(&view, &mut args);
    if command == Command::Find {
        let said = said(command, typed.text).unwrap_or_default();
        args.insert("query", query::essence(said));
        args.retain(|_, value| !value.is_empty());
        return args;
    }
    let id = first(facts, Kind::Id);
    let found = names_in(typed, facts);
    if let Some(id) = id {
        args.insert("id", id.value.clone());
    }
    let lists = matches!(command, Command::Tasks | Command::Tickets | Command::Pipeline);
    let mut who = found.first().copied().filter(|name| !lists || name.score >= NAME_IN_LIST_MIN);
    match command {
        Command::Assign => {
            let owner = owner(typed, &found, id.is_some());
            who = found.iter().copied().find(|name| Some(name.from) != owner.map(|owner| owner.from));
            let fixed = || (0..typed.tokens.len()).find_map(|i| typed.phrase_of(i, ME)).map(|(me, _)| me);
            let team = || (0..typed.tokens.len()).find_map(|i| Some((i, typed.phrase_of(i, TEAMS)?.1)));
            let owner = owner
                .map(|name| name.called(typed))
                .or_else(|| team().map(|(from, to)| typed.slice(from, to).to_owned()))
                .or_else(|| fixed().map(str::to_owned));
            if let Some(owner) = owner {
                args.entry("owner").or_insert(owner);
            }
        }
        Command::Stage | Command::Deal | Command::Pipeline => {
            if let Some(stage) = first(facts, Kind::Stage) {
                args.insert("stage", stage.value.clone());
            }
        }
        Command::Edit => {
            if let Some(contact) = first(facts, Kind::Email).or_else(|| first(facts, Kind::Phone)) {
                contact_into(contact, &mut args);
            } else if let Some(field) = first(facts, Kind::Field) {
                args.insert("field", field.value.clone());
            }
        }
        _ => {}
    }
    let whom = id.map(|id| (id.from, id.to)).or(who.map(|name| (name.from, name.to)));
    let (from, behind) = whom.unwrap_or((1, 0));
    if has_text(command) {
        let rest: Vec<usize> = view.tokens.iter().copied().filter(|token| *token >= behind).collect();
        // `C29 - no calls, mail only`: whom it is about stands before it. What somebody is told follows them.
        let parted = from == 0 && typed.class(behind) == Some(Class::Mark) || command == Command::Reply;
        let text = words(typed, if parted && !rest.is_empty() { &rest } else { &view.tokens });
        // A ticket that has a number is changed, not opened.
        if command != Command::Ticket || id.is_none() {
            args.insert("text", query::without_asking(said(command, &text).unwrap_or_default()).to_owned());
        }
    }
    // Ines from Tallow & Co: the second name is where the first one works.
    if let (Some(first), Some(second)) = (who, found.get(1).copied())
        && matches!(command, Command::New | Command::Note | Command::Log | Command::Show)
        && second.from > first.to
        && second.from - first.to <= 2
        && (first.to..second.from).all(|i| typed.any(i, &["from", "at", "of", "works", "with", "的", ","]))
    {
        args.insert("company", second.called(typed));
    }
    if is_about_somebody(command) && id.is_none() {
        let by_verb = if command == Command::Task { about::person(typed.text) } else { None };
        if let Some(who) = by_verb.or_else(|| who.map(|name| name.called(typed))) {
            args.insert("who", who);
        }
    }
    args.retain(|_, value| !value.is_empty());
    args
}

/// Tells whether what is typed is itself an argument of the command.
const fn has_text(command: Command) -> bool {
    use Command::{Log, Note, Reply, Task, Ticket};
    matches!(command, Note | Log | Task | Ticket | Reply)
}

const fn is_about_somebody(command: Command) -> bool {
    use Command::{Digest, Dnd, Export, Find, Help, Import, Lang, Report, Template, Tz, Undo, Who, Workflow};
    !matches!(
        command,
        Digest | Dnd | Export | Find | Help | Import | Lang | Report | Template | Tz | Undo | Who | Workflow
    )
}

/// Returns what looks like names, the likeliest first; none lies in another or in a fact.
fn names_in(typed: &Typed, facts: &[Fact]) -> Vec<Name> {
    let is_fact = |i: usize| {
        facts.iter().any(|fact| {
            let kind = matches!(fact.kind, Kind::Id | Kind::When | Kind::Period | Kind::Stage | Kind::Email)
                || fact.sure && fact.kind == Kind::Money;
            kind && (fact.from..fact.to).contains(&i)
        })
    };
    let mut all: Vec<Name> = (0..typed.tokens.len())
        .flat_map(|i| names::starting(typed, i))
        .filter(|name| name.score >= NAME_MIN && !(name.from..name.to).any(is_fact))
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

/// Returns which of the names is the colleague who gets it: the one behind `to`, the only one beside a
/// number, else the last.
fn owner(typed: &Typed, names: &[Name], has_id: bool) -> Option<Name> {
    const TO: &[&str] = &["to", "for", "给", "让", "由", "归", "maybe"];
    let led = names.iter().find(|name| typed.any(name.from.wrapping_sub(1), TO));
    let last = || names.iter().max_by_key(|name| name.from).filter(|_| has_id || names.len() > 1);
    led.or_else(last).copied()
}
