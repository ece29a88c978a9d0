//! The default engine: linear heads on hashed words, word pairs, pieces of words and Han runs.
//!
//! Small, fast and explicable: a reading costs some hundred microseconds, the weights are a few
//! megabytes inside the program, and each decision is a sum over words, so the words that spoke
//! for it can be named. Training ([`train`]) and measuring ([`evaluate`]) are part of it; the card
//! beside the weights says what they were trained on.

mod calibrate;
mod data;
mod dress;
mod evaluate;
mod extra;
mod features;
mod fit;
mod fold;
mod improve;
mod model;
mod near;
mod train;
mod why;

use std::path::Path;

use rapport_model::reading::{Intent, IntentScore, Language, Mood, Reading, Sentiment};

use crate::{Engine, NlpError, language};
use calibrate::{intent_logits, mood_logits};
pub(crate) use features::{Features, finish, mix};
pub(crate) use fit::Rows;
pub(crate) use model::checksum;
pub(crate) use model::{MOODS, N_OUT, URGENT};
use model::{Model, N_HEADS, head_of};

pub(crate) use calibrate::{FOLDS, Unseen, Use, calibrate};
pub use data::{Example, Source, TrainingData};
pub use evaluate::{ClassScore, Evaluation, Part, evaluate, to_tune};
pub use improve::{Compared, Held, compare};
pub(crate) use train::{Heads, counts, draw};
pub use train::{Report, TrainOptions, Trained, train};

/// What the engine calls itself in a [`Reading`].
pub const NAME: &str = "linear-1";

/// Intents below this probability are not listed.
const INTENT_P_MIN: f32 = 0.08;
/// No text has more intents than these.
const INTENTS_MAX: usize = 3;
/// From here on the second intent is explained, too.
const EXPLAINED_P_MIN: f32 = 0.2;

/// The weights that ship with the program.
static SHIPPED: &[u8] = include_bytes!("../../models/linear.bin");

/// The linear engine.
#[derive(Debug)]
pub struct Linear {
    model: Model,
    features: Features,
    hits: Vec<u32>,
}

/// Calibrated probabilities of one text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// Of each intent, in the order of [`Intent::ALL`]; they sum to 1.
    pub intents: [f32; 16],
    /// Of each mood, in the order of [`Mood::ALL`]; they sum to 1.
    pub moods: [f32; 3],
    /// That an answer is wanted within hours.
    pub urgent: f32,
    /// What weighted features were divided by; 0 for a text without any known gram.
    pub(crate) norm: f32,
}

impl Linear {
    /// Makes an engine of the weights that ship with the program.
    ///
    /// # Errors
    /// [`NlpError::Model`] when they are damaged, which a test of every build rules out.
    pub fn shipped() -> Result<Self, NlpError> {
        Ok(Self::of(Model::parse(SHIPPED, "linear.bin (in the program)")?))
    }

    /// Makes an engine of a file written from [`Linear::bytes`].
    ///
    /// # Errors
    /// [`NlpError::Io`] when it cannot be read, [`NlpError::Model`] when it is cut, damaged or of
    /// another version.
    pub fn load(path: &Path) -> Result<Self, NlpError> {
        Ok(Self::of(Model::load(path)?))
    }

    fn of(model: Model) -> Self {
        Self { model, features: Features::new(), hits: Vec::new() }
    }

    /// Returns the file of its weights; the same training gives the same bytes.
    pub fn bytes(&self) -> &[u8] {
        self.model.bytes()
    }

    /// Reads one text without explaining it.
    pub fn scores(&mut self, text: &str) -> Scores {
        let (logits, norm) = self.logits(text);
        Scores { norm, ..Scores::of(&logits) }
    }

    /// Returns the outputs and what the features were divided by.
    pub(crate) fn logits(&mut self, text: &str) -> ([f32; N_OUT], f32) {
        self.features.read(text);
        self.hits.clear();
        let found = self.features.grams.iter().filter_map(|gram| self.model.find(gram.hash));
        self.hits.extend(found.map(|row| row.at as u32));
        self.hits.sort_unstable();
        let mut sums = [0.0; N_OUT];
        let mut squares = 0.0;
        for same in self.hits.chunk_by(|a, b| a == b) {
            let row = self.model.row(same[0] as usize);
            let value = row.idf * damped(same.len());
            squares += value * value;
            for (sum, weight) in sums.iter_mut().zip(row.weights) {
                *sum += value * f32::from(weight.cast_signed());
            }
        }
        let norm = f32::sqrt(squares);
        let times = if norm > 0.0 { 1.0 / norm } else { 0.0 };
        let heads = if language::is_chinese(text) { *self.model.chinese() } else { [1.0; N_HEADS] };
        let logits = std::array::from_fn(|n| {
            (sums[n] * times * self.model.scale()[n] + self.model.bias()[n]) * heads[head_of(n)]
        });
        (logits, norm)
    }

    fn read(&mut self, text: &str) -> Reading {
        let scores = self.scores(text);
        self.reading(text, &scores, NAME)
    }

    /// Makes a reading of what `engine` said of `text`, explained by the words that speak for it here.
    pub(crate) fn explained(&mut self, text: &str, scores: &Scores, engine: &str) -> Reading {
        self.features.read(text);
        self.reading(text, scores, engine)
    }

    /// As [`Linear::explained`] of the text that was read last.
    fn reading(&mut self, text: &str, scores: &Scores, engine: &str) -> Reading {
        let intents = scores.listed();
        let mood = scores.mood();
        let urgent = scores.urgent >= 0.5;
        let second = intents.get(1).filter(|second| second.p >= EXPLAINED_P_MIN);
        let mut asked: Vec<(&'static str, usize)> =
            intents.first().into_iter().chain(second).map(|i| (i.name.name(), i.name as usize)).collect();
        if mood.label != Mood::Neutral {
            asked.push((mood.label.name(), MOODS + mood.label as usize));
        }
        if urgent {
            asked.push(("urgent", URGENT));
        }
        Reading {
            language: language::detect(text).to_owned(),
            why: why::explain(text, &self.features, &self.model, scores.norm, &asked),
            intents,
            sentiment: Sentiment { mixed: crate::acts::is_mixed(self, text), ..mood },
            urgent,
            entities: Vec::new(),
            promises: Vec::new(),
            fulfils: false,
            rights: Vec::new(),
            law: None,
            questions: Vec::new(),
            engine: engine.to_owned(),
        }
    }
}

impl Engine for Linear {
    fn languages(&self) -> &[Language] {
        &[Language::En, Language::Zh]
    }

    fn understand(&mut self, texts: &[&str]) -> Result<Vec<Reading>, NlpError> {
        Ok(texts.iter().map(|text| self.read(text)).collect())
    }
}

impl Scores {
    /// Turns outputs into probabilities.
    pub(crate) fn of(logits: &[f32; N_OUT]) -> Self {
        Self {
            intents: fit::softmax(intent_logits(logits)),
            moods: fit::softmax(mood_logits(logits)),
            urgent: 1.0 / (1.0 + (-logits[URGENT]).exp()),
            norm: 0.0,
        }
    }

    /// Returns the intents worth telling, most likely first; never empty.
    pub fn listed(&self) -> Vec<IntentScore> {
        let mut intents: Vec<IntentScore> =
            Intent::ALL.iter().zip(self.intents).map(|(name, p)| IntentScore { name: *name, p }).collect();
        intents.sort_by(|a, b| b.p.total_cmp(&a.p));
        let n = intents.iter().take(INTENTS_MAX).filter(|intent| intent.p >= INTENT_P_MIN).count();
        intents.truncate(n.max(1));
        intents
    }

    /// How sure the reading is: of its intent and of its mood, whichever is less.
    pub(crate) fn sureness(&self) -> f32 {
        let top = |p: &[f32]| p.iter().copied().fold(0.0, f32::max);
        top(&self.intents).min(top(&self.moods))
    }

    /// Returns the mood.
    pub fn mood(&self) -> Sentiment {
        let [negative, _, positive] = self.moods;
        let top = (0..Mood::ALL.len()).max_by(|a, b| self.moods[*a].total_cmp(&self.moods[*b]));
        Sentiment {
            label: top.map_or(Mood::Neutral, |n| Mood::ALL[n]),
            score: positive - negative,
            mixed: false,
        }
    }
}

/// What `n` occurrences of a gram count: the second says less than the first.
pub(crate) fn damped(n: usize) -> f32 {
    if n == 1 { 1.0 } else { 1.0 + (n as f32).ln() }
}

#[cfg(test)]
mod tests;
