//! Whether what a house corrected makes the engine better for it.

use serde::Serialize;

use super::data::{Source, TrainingData};
use super::evaluate::{Evaluation, evaluate_on, split};
use super::train::TrainOptions;
use crate::NlpError;
use crate::bert::Embed;

/// How well texts held aside are read, as shares of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Held {
    /// The likeliest intent is the main one.
    pub intents: f32,
    /// The mood is right.
    pub moods: f32,
}

/// Training without and with the corrections of a house, measured on the same texts: a fifth of the
/// shipped examples and of the corrections, which neither has seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Corrected messages.
    pub corrections: usize,
    /// Texts held aside, corrected ones among them.
    pub held: usize,
    /// Without the corrections.
    pub without: Held,
    /// With them.
    pub with: Held,
}

impl Compared {
    /// Tells whether the corrections leave the texts held aside at least as well read.
    pub fn is_at_least_as_good(&self) -> bool {
        self.with.intents + self.with.moods >= self.without.intents + self.without.moods
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
    let mut held = |examples: &TrainingData| -> Result<Held, NlpError> {
        let bert = embed.as_mut().map(|embed| (&mut **embed, true));
        let Evaluation { parts, .. } = evaluate_on(examples, &aside, options, bert)?;
        Ok(Held { intents: parts[0].accuracy, moods: parts[0].mood_accuracy })
    };
    Ok(Compared { corrections, held: aside.len(), without: held(&without)?, with: held(&with)? })
}
