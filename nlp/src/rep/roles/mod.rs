//! Which words of a sentence are which argument of its command.
//!
//! Each token gets a [`State`]: its role (who, owner, the day that is meant …) and whether it belongs to
//! what is said, done or searched for. The states of a sentence are found together (Viterbi), by what
//! stands beside a token, what it looks like, what can be read in it, and what a pattern takes it for. How
//! much each clue counts was learned (`teach`) from sentences in which people had marked the arguments:
//! `nlp/data/rep/commands.tsv` and the sentences of the patterns' tests.

mod clues;
mod marked;
mod teach;

use std::ops::Range;
use std::sync::LazyLock;

use crate::classifier::Model;
use clues::Clues;

pub use teach::Learned;

pub(super) use clues::{Looks, Pattern};
pub(super) use marked::Marked;
pub(super) use teach::{Marks, Sentence, learned};

static SHIPPED: &[u8] = include_bytes!("../../../models/roles.bin");
static WEIGHTS: LazyLock<Option<Model>> =
    LazyLock::new(|| Model::parse(SHIPPED, "roles.bin (in the program)").ok());

/// What a token tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Nothing,
    Who,
    Company,
    Owner,
    Due,
    Period,
    Amount,
    Stage,
    Priority,
    Field,
    Value,
    Tag,
}

impl Role {
    const ALL: [Self; 12] = [
        Self::Nothing,
        Self::Who,
        Self::Company,
        Self::Owner,
        Self::Due,
        Self::Period,
        Self::Amount,
        Self::Stage,
        Self::Priority,
        Self::Field,
        Self::Value,
        Self::Tag,
    ];
}

/// What a token is in its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub role: Role,
    /// Whether it belongs to what is said, done or searched for.
    pub said: bool,
}

/// Roles, each outside of what is said and in it.
const STATES: usize = Role::ALL.len() * 2;

impl State {
    fn of(number: usize) -> Self {
        Self { role: Role::ALL[number / 2], said: number % 2 == 1 }
    }

    fn number(self) -> usize {
        self.role as usize * 2 + usize::from(self.said)
    }
}

/// Returns the state of each token; nothing where no weights are at hand.
pub(super) fn states(looks: &Looks, pattern: &Pattern) -> Option<Vec<State>> {
    let weights = WEIGHTS.as_ref()?;
    let add = |clue: u64, to: &mut [f32; STATES]| {
        let Some(row) = weights.find(clue).map(|row| weights.row(row)) else { return };
        to.iter_mut().zip(row.weights).for_each(|(to, weight)| *to += f32::from(*weight) * row.scale);
    };
    let mut states: Vec<State> = best(&looks.clues(pattern), add).into_iter().map(State::of).collect();
    looks.words_zh().for_each(|word| keep_whole(&mut states, word));
    Some(states)
}

/// Lets a word of Chinese be one thing: 裴敏血压高 is no 裴敏血, whose 压高. A name that the word cuts ends before it.
fn keep_whole(states: &mut [State], word: Range<usize>) {
    let name = states[word.start].role;
    let cut = matches!(name, Role::Who | Role::Company | Role::Owner)
        && states[word.clone()].iter().any(|state| state.role == Role::Nothing);
    let begun = word.start.checked_sub(1).is_some_and(|before| states[before].role == name);
    if cut && begun {
        let said = states[word.clone()].iter().any(|state| state.said);
        states[word].fill(State { role: Role::Nothing, said });
    }
}

/// Returns the likeliest states: those whose clues weigh most together.
fn best(clues: &Clues, add: impl Fn(u64, &mut [f32; STATES])) -> Vec<usize> {
    let mut scores = [0.0; STATES];
    // From which state each state of each token is best reached.
    let mut from: Vec<[u8; STATES]> = Vec::with_capacity(clues.len());
    for at in 0..clues.len() {
        let mut here = [0.0; STATES];
        clues.of(at).for_each(|clue| add(clue, &mut here));
        let mut reached = [(0_u8, f32::NEG_INFINITY); STATES];
        let before = if at == 0 { 1 } else { STATES };
        for (state, score) in scores.iter().enumerate().take(before) {
            let mut steps = [*score; STATES];
            clues.steps(at, state).for_each(|clue| add(clue, &mut steps));
            for (reached, step) in reached.iter_mut().zip(steps) {
                if step > reached.1 {
                    *reached = (state as u8, step);
                }
            }
        }
        from.push(reached.map(|(state, _)| state));
        scores = std::array::from_fn(|state| reached[state].1 + here[state]);
    }
    let last = (0..STATES).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or_default();
    let mut states = vec![last; clues.len()];
    for at in (1..clues.len()).rev() {
        states[at - 1] = usize::from(from[at][states[at]]);
    }
    states
}
