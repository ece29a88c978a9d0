//! Weighs the patterns against what many reps typed: a classifier says which command is meant, and the words
//! are found that are its arguments ([`roles`]).
//!
//! Patterns know exactly what they know; people say it in ever other words. The classifier was trained on
//! `nlp/data/rep/commands.tsv` and the sentences of the patterns' tests.

use std::sync::{LazyLock, Mutex, PoisonError};

use rapport_model::ShortNumber;

use super::command::Command;
use super::facts::{Fact, Kind};
use super::names;
use super::roles::{self, Looks, Pattern};
use super::typed::Typed;
use super::words::cut;
use super::{Args, Guess, Reading, read};
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
/// A pattern as sure as this is right if the classifier thinks of its command at all, and how much that is.
const PATTERN_SURE: f64 = 0.97;
const SECONDS: f32 = 0.2;
/// So many bytes are read to know what is meant: it is said at once.
const BYTES_MAX: usize = 1024;
/// Commands less likely than this are not thought of.
const P_MIN: f32 = 0.1;
/// A reading by patterns is at most so sure where none fits.
const NOTHING_FITS: f64 = 0.2;
/// How sure it is that a name alone asks for its record.
const NAME_ALONE: f64 = 0.8;

/// A command that may be meant.
struct Thought {
    score: f32,
    command: Command,
    /// What a pattern made of the text, and how sure it is.
    by_pattern: Option<(Args, f64)>,
}

/// Weighs what the patterns made of a text against what the classifier says of it.
pub(super) fn weighed(by_pattern: Reading, typed: &Typed, facts: &[Fact]) -> Reading {
    if by_pattern.best.p <= NOTHING_FITS
        && let Some(args) = name_alone(typed, facts)
    {
        let best = Guess { command: Command::Show, args, p: NAME_ALONE };
        return Reading { best, alternatives: vec![by_pattern.best] };
    }
    let Some(ranked) = ranked(typed.text) else { return by_pattern };
    let counts = PATTERN_COUNTS.iter().find(|(from, _)| by_pattern.best.p >= *from);
    let counts = counts.map_or(PATTERN_COUNTS_LEAST, |(_, counts)| *counts);
    let share = |command: Command| ranked.iter().find(|(c, _)| *c == command).map_or(0.0, |(_, p)| *p);
    // A pattern with which the classifier agrees is as sure as it was: what it asks about first, it goes on
    // asking about.
    let agrees = ranked.first().is_some_and(|(likeliest, _)| *likeliest == by_pattern.best.command)
        || by_pattern.best.p >= PATTERN_SURE && share(by_pattern.best.command) >= SECONDS;
    let agreed = Some(by_pattern.best.p).filter(|p| agrees && *p >= PATTERN_P_MIN);
    let by_patterns = std::iter::once(by_pattern.best).chain(by_pattern.alternatives);
    let of_pattern = |(n, guess): (usize, Guess)| Thought {
        score: share(guess.command) + if n == 0 { counts } else { 0.0 },
        command: guess.command,
        by_pattern: Some((guess.args, guess.p)),
    };
    let mut all: Vec<Thought> = by_patterns.enumerate().map(of_pattern).collect();
    let known: Vec<Command> = all.iter().map(|thought| thought.command).collect();
    let new = ranked.iter().filter(|(command, p)| *p >= P_MIN && !known.contains(command));
    all.extend(new.map(|(command, p)| Thought { score: *p, command: *command, by_pattern: None }));
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    let looks = Looks::new(typed, facts);
    let guess = |Thought { score, command, by_pattern }: Thought| Guess {
        command,
        args: arguments(command, by_pattern, typed, facts, &looks),
        p: (f64::from(score / (1.0 + counts)) * 100.0).round().clamp(1.0, 99.0) / 100.0,
    };
    let mut guesses: Vec<Guess> = all.into_iter().take(3).map(guess).collect();
    let mut best = guesses.remove(0);
    best.p = agreed.unwrap_or(best.p);
    Reading { best, alternatives: guesses }
}

/// Returns whom a text names that says nothing else: whoever types a name wants to see who it is.
fn name_alone(typed: &Typed, facts: &[Fact]) -> Option<Args> {
    let all = typed.tokens.len();
    if let Some(id) = facts.iter().find(|fact| fact.kind == Kind::Id && (fact.from, fact.to) == (0, all)) {
        return Some(Args::from([("id", id.value.clone())]));
    }
    let looks_so = typed.has_han || typed.tokens.first().is_some_and(|token| token.capital);
    let name = names::all_in(typed, facts).into_iter().find(|name| (name.from, name.to) == (0, all))?;
    looks_so.then(|| Args::from([("who", name.called(typed))]))
}

/// Returns the arguments of a command, by what each word is to it.
fn arguments(
    command: Command,
    by_pattern: Option<(Args, f64)>,
    typed: &Typed,
    facts: &[Fact],
    looks: &Looks,
) -> Args {
    let by_pattern = by_pattern.as_ref().map(|(args, p)| (args, *p));
    let of_pattern = || by_pattern.map(|(args, _)| args.clone()).unwrap_or_default();
    if by_pattern.is_some() && !has_arguments(command) {
        return of_pattern();
    }
    match roles::states(looks, &Pattern::of(typed, command, by_pattern)) {
        Some(states) => read::arguments(command, &states, typed, facts, by_pattern.map(|(args, _)| args)),
        None => of_pattern(),
    }
}

/// Tells whether words of its sentences are arguments of a command, where a pattern fits.
const fn has_arguments(command: Command) -> bool {
    !matches!(command, Command::Help | Command::Lang | Command::Undo | Command::Who)
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
