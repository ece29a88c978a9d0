//! Learns how much each clue counts: an averaged structured perceptron (Collins 2002).

use std::collections::HashMap;

use chrono_tz::Tz;
use rapport_model::Timestamp;
use serde::Serialize;

use super::super::arguments::tokens_of;
use super::super::command::Command;
use super::super::facts::{self, Fact, Kind};
use super::super::rank::understand;
use super::super::read::arguments;
use super::super::typed::Typed;
use super::super::when::Now;
use super::super::{Args, Context};
use super::marked::Marked;
use super::{Clues, Looks, Pattern, Role, STATES, State, best};
use crate::classifier::Model;

const PASSES: usize = 8;
/// A clue that fewer sentences give says too little.
const SENTENCES_MIN: u32 = 2;
/// One sentence in so many is held aside to measure on.
const HELD: usize = 10;
/// Weights smaller than this beside the largest of a row say nothing.
const WEIGHT_MIN: f32 = 0.05;

/// How well arguments are found in sentences that were not learned from.
#[derive(Debug, Serialize)]
pub struct Learned {
    /// Sentences learned from.
    pub n: usize,
    /// Sentences held aside for the measure; learned from, too, afterwards.
    pub n_held: usize,
    /// The share of these with all arguments right, in 0..=1.
    pub right: f64,
}

/// A sentence to learn from.
pub(in super::super) struct Sentence {
    pub text: String,
    pub command: Command,
    pub marks: Marks,
}

/// Where the arguments of a sentence are.
pub(in super::super) enum Marks {
    Marked(Marked),
    /// They are told as arguments, and looked for in the sentence.
    Expected(HashMap<String, String>),
}

/// Learns the weights of all clues from `sentences`; returns how well, and the file.
pub(in super::super) fn learned(sentences: &[Sentence], seed: u64) -> (Learned, Vec<u8>) {
    let context = Context {
        now: Timestamp::parse("2026-03-11T12:00:00Z").expect("it is a time"),
        zone: Tz::Europe__Berlin,
        region: "DE",
        currency: "EUR",
    };
    let typed: Vec<Typed> = sentences.iter().map(|sentence| Typed::new(&sentence.text)).collect();
    let facts: Vec<Vec<Fact>> = typed.iter().map(|typed| facts::find(typed, &Now::new(&context))).collect();
    let looks: Vec<Looks> = typed.iter().zip(&facts).map(|(typed, facts)| Looks::new(typed, facts)).collect();
    let by_pattern = |sentence: &Sentence| {
        let reading = understand(&sentence.text, &context, false);
        let mut all = std::iter::once(reading.best).chain(reading.alternatives);
        all.find(|guess| guess.command == sentence.command).map(|guess| (guess.args, guess.p))
    };
    let by_patterns: Vec<Option<(Args, f64)>> = sentences.iter().map(by_pattern).collect();
    let pattern = |((sentence, typed), by_pattern): ((&Sentence, &Typed), &Option<(Args, f64)>)| {
        Pattern::of(typed, sentence.command, by_pattern.as_ref().map(|(args, p)| (args, *p)))
    };
    let patterns: Vec<Pattern> = sentences.iter().zip(&typed).zip(&by_patterns).map(pattern).collect();
    let clues: Vec<Clues> =
        looks.iter().zip(&patterns).map(|(looks, pattern)| looks.clues(pattern)).collect();
    let states = sentences.iter().zip(&typed).zip(&facts).map(|((sentence, typed), facts)| {
        let states = match &sentence.marks {
            Marks::Marked(marked) => marked.states(typed),
            Marks::Expected(args) => expected(args, typed, facts)?,
        };
        Some(states.into_iter().map(State::number).collect())
    });
    let states: Vec<Option<Vec<usize>>> = states.collect();
    let all: Vec<Example> = (0..sentences.len())
        .filter_map(|n| Some(Example { n, clues: &clues[n], states: states[n].as_deref()? }))
        .filter(|example| !example.states.is_empty())
        .collect();
    let part = |aside: bool| {
        let of = all.iter().enumerate().filter(|(n, _)| (n % HELD == 0) == aside);
        of.map(|(_, example)| *example).collect::<Vec<Example>>()
    };
    let (held, rest) = (part(true), part(false));
    let measured = Perceptron::taught(&rest, seed);
    let args = |n: usize, states: &[usize]| {
        let states: Vec<State> = states.iter().copied().map(State::of).collect();
        let by_pattern = by_patterns[n].as_ref().map(|(args, _)| args);
        arguments(sentences[n].command, &states, &typed[n], &facts[n], by_pattern)
    };
    let is_right = |of: &&Example| args(of.n, &measured.read(of.clues)) == args(of.n, of.states);
    let right = held.iter().filter(is_right).count();
    let learned = Perceptron::taught(&all, seed);
    (
        Learned { n: all.len(), n_held: held.len(), right: right as f64 / held.len().max(1) as f64 },
        learned.model().bytes(),
    )
}

/// Returns which tokens the expected arguments are; nothing where it cannot be told.
fn expected(args: &HashMap<String, String>, typed: &Typed, facts: &[Fact]) -> Option<Vec<State>> {
    let mut states = vec![State { role: Role::Nothing, said: false }; typed.tokens.len()];
    for (key, value) in args {
        if matches!(key.as_str(), "text" | "query") {
            let tokens = tokens_of(typed, value);
            if tokens.is_empty() {
                return None;
            }
            tokens.into_iter().for_each(|at| states[at].said = true);
        }
    }
    let by_fact = [
        ("due", Kind::When, Role::Due),
        ("period", Kind::Period, Role::Period),
        ("amount", Kind::Money, Role::Amount),
        ("stage", Kind::Stage, Role::Stage),
        ("priority", Kind::Priority, Role::Priority),
        ("field", Kind::Field, Role::Field),
    ];
    for (key, kind, role) in by_fact {
        let Some(value) = args.get(key) else { continue };
        let of_kind = facts.iter().filter(|fact| fact.kind == kind);
        // A day and its time may stand apart.
        let is_it = |fact: &&Fact| {
            fact.value == *value || kind == Kind::When && value.starts_with(&fact.value) || {
                let time = fact.extra.as_ref().and_then(|_| fact.value.get(10..));
                kind == Kind::When && time.is_some_and(|time| !time.is_empty() && value.ends_with(time))
            }
        };
        for fact in of_kind.filter(is_it) {
            states[fact.from..fact.to]
                .iter_mut()
                .filter(|state| !state.said)
                .for_each(|state| state.role = role);
        }
    }
    let by_words = [
        ("who", Role::Who),
        ("company", Role::Company),
        ("owner", Role::Owner),
        ("value", Role::Value),
        ("tag", Role::Tag),
    ];
    for (key, role) in by_words {
        let Some(value) = args.get(key) else { continue };
        tokens_of(typed, value.trim_start_matches('-')).into_iter().for_each(|at| states[at].role = role);
    }
    Some(states)
}

#[derive(Clone, Copy)]
struct Example<'a> {
    /// Its number among the sentences.
    n: usize,
    clues: &'a Clues<'a>,
    states: &'a [usize],
}

type Row = [f32; STATES];

/// Weights by clue.
#[derive(Default)]
struct Perceptron {
    rows: HashMap<u64, usize>,
    weights: Vec<Row>,
    /// What was added when, for the mean over all steps.
    added: Vec<Row>,
    n_steps: f32,
}

impl Perceptron {
    fn taught(examples: &[Example], seed: u64) -> Self {
        let mut seen: HashMap<u64, (u32, usize)> = HashMap::new();
        for (n, example) in examples.iter().enumerate() {
            for at in 0..example.states.len() {
                for clue in example.clues.of(at) {
                    let seen = seen.entry(clue).or_insert((0, usize::MAX));
                    if seen.1 != n {
                        *seen = (seen.0 + 1, n);
                    }
                }
            }
        }
        let mut learned = Self::default();
        for (clue, _) in seen.into_iter().filter(|(_, (n, _))| *n >= SENTENCES_MIN) {
            learned.row(clue);
        }
        let mut order: Vec<usize> = (0..examples.len()).collect();
        let mut rng = seed;
        for _ in 0..PASSES {
            crate::classifier::shuffle(&mut order, &mut rng);
            order.iter().for_each(|n| learned.learn(&examples[*n]));
        }
        for (weights, added) in learned.weights.iter_mut().zip(&learned.added) {
            for (weight, added) in weights.iter_mut().zip(added) {
                *weight -= added / learned.n_steps;
            }
        }
        learned
    }

    fn row(&mut self, clue: u64) -> usize {
        let next = self.weights.len();
        let row = *self.rows.entry(clue).or_insert(next);
        if row == next {
            self.weights.push([0.0; STATES]);
            self.added.push([0.0; STATES]);
        }
        row
    }

    fn read(&self, clues: &Clues) -> Vec<usize> {
        best(clues, |clue, to| {
            let Some(row) = self.rows.get(&clue) else { return };
            to.iter_mut().zip(self.weights[*row]).for_each(|(to, weight)| *to += weight);
        })
    }

    fn learn(&mut self, example: &Example) {
        let read = self.read(example.clues);
        self.n_steps += 1.0;
        for (at, (is, found)) in example.states.iter().zip(&read).enumerate() {
            if is != found {
                for clue in example.clues.of(at) {
                    if let Some(row) = self.rows.get(&clue).copied() {
                        self.add(row, *is, 1.0);
                        self.add(row, *found, -1.0);
                    }
                }
            }
            let before = |states: &[usize]| if at == 0 { 0 } else { states[at - 1] };
            let (from, from_found) = (before(example.states), before(&read));
            if is != found || from != from_found {
                for (from, to, by) in [(from, *is, 1.0), (from_found, *found, -1.0)] {
                    for clue in example.clues.steps(at, from) {
                        let row = self.row(clue);
                        self.add(row, to, by);
                    }
                }
            }
        }
    }

    fn add(&mut self, row: usize, state: usize, by: f32) {
        self.weights[row][state] += by;
        self.added[row][state] += by * self.n_steps;
    }

    fn model(&self) -> Model {
        let mut rows: Vec<(u64, usize)> = self.rows.iter().map(|(clue, row)| (*clue, *row)).collect();
        rows.sort_unstable();
        let largest = self.weights.iter().flatten().fold(0.0_f32, |most, weight| most.max(weight.abs()));
        let tells = |row: usize| self.weights[row].iter().any(|weight| weight.abs() > largest * WEIGHT_MIN);
        rows.retain(|(_, row)| tells(*row));
        let columns: Vec<(u64, f32)> = rows.iter().map(|(clue, _)| (*clue, 1.0)).collect();
        let weights: Vec<f32> = rows.iter().flat_map(|(_, row)| self.weights[*row]).collect();
        let names = (0..STATES)
            .map(State::of)
            .map(|state| format!("{:?}{}", state.role, if state.said { " said" } else { "" }).to_lowercase());
        Model::of(names.collect(), vec![0.0; STATES], &columns, &weights)
    }
}
