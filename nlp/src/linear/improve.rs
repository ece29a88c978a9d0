//! Whether what a house corrected makes the engine better for it.

use serde::Serialize;

use super::Scores;
use super::data::{Example, Source, TrainingData};
use super::evaluate::{read_by, split};
use super::train::TrainOptions;
use crate::NlpError;
use crate::bert::Embed;

/// How well texts held aside are read, as shares of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Held {
    /// How many texts.
    pub n: usize,
    /// The likeliest intent is the main one.
    pub intents: f32,
    /// The mood is right.
    pub moods: f32,
}

/// Training without and with the corrections of a house, measured on the same texts: a fifth of the
/// shipped messages and of the corrections, which neither has seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Corrected messages.
    pub corrections: usize,
    /// Shipped messages held aside: without the corrections, and with them.
    pub shipped: [Held; 2],
    /// Corrections held aside, likewise.
    pub corrected: [Held; 2],
}

impl Compared {
    /// Tells whether what was held aside is read at least as well with the corrections. Those held aside
    /// count as much as all shipped messages: they are what this house gets.
    pub fn is_at_least_as_good(&self) -> bool {
        let gain = |[without, with]: [Held; 2]| with.intents + with.moods - without.intents - without.moods;
        gain(self.shipped) + gain(self.corrected) >= 0.0
    }
}

/// Compares training without and with the corrections in `data`. Both are made here, from the same
/// examples: the engine at work has seen what would be held aside.
///
/// # Errors
/// As [`super::evaluate`].
pub fn compare(
    data: &TrainingData,
    options: &TrainOptions,
    mut embed: Option<&mut Embed<'_>>,
) -> Result<Compared, NlpError> {
    let (with, aside) = split(data, options.seed);
    let corrections = data.examples.iter().filter(|example| example.source == Source::House).count();
    let mut without = with.clone();
    without.examples.retain(|example| example.source != Source::House);
    let mut compared = Compared { corrections, shipped: Default::default(), corrected: Default::default() };
    for (n, examples) in [without, with].iter().enumerate() {
        let bert = embed.as_mut().map(|embed| (&mut **embed, true));
        let read = read_by(examples, &aside, options, bert)?;
        let held = |of: Source| {
            let read: Vec<_> = read.iter().zip(&aside).filter(|(_, example)| example.source == of).collect();
            let share = |is_right: &dyn Fn(&Scores, &Example) -> bool| {
                let right = read.iter().filter(|((scores, _), example)| is_right(scores, example)).count();
                right as f32 / read.len().max(1) as f32
            };
            Held {
                n: read.len(),
                intents: share(&|scores, example| example.intents.first() == Some(&scores.listed()[0].name)),
                moods: share(&|scores, example| example.mood == Some(scores.mood().label)),
            }
        };
        compared.shipped[n] = held(Source::Own);
        compared.corrected[n] = held(Source::House);
    }
    Ok(compared)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(n: usize, intents: f32) -> Held {
        Held { n, intents, moods: 0.9 }
    }

    #[test]
    fn corrections_are_taken_for_what_they_bring_and_not_when_they_cost_more() {
        let compared = |shipped, corrected| Compared { corrections: 20, shipped, corrected };
        let same = [held(2000, 0.8), held(2000, 0.8)];
        let none = [Held::default(); 2];
        assert!(compared(same, none).is_at_least_as_good());
        assert!(!compared([held(2000, 0.8), held(2000, 0.79)], none).is_at_least_as_good());
        let learned = [held(4, 0.25), held(4, 0.75)];
        assert!(compared([held(2000, 0.8), held(2000, 0.79)], learned).is_at_least_as_good());
        assert!(!compared([held(2000, 0.8), held(2000, 0.2)], learned).is_at_least_as_good());
    }
}
