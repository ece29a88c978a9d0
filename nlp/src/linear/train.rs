//! Training: examples to calibrated weights.

use std::collections::HashMap;
use std::fmt;

use rapport_model::reading::{Intent, Mood};
use serde::Serialize;

use super::calibrate::{Unseen, calibrate, unseen};
use super::data::{Example, Source, TrainingData};
use super::dress::dressed;
use super::features::Features;
use super::fit::{Head, Rows, Task, fit};
use super::model::{MOODS, Model, N_HEADS, N_OUT, TrainedGram, URGENT};
use super::{Linear, damped};
use crate::{NlpError, language};

/// How to train. The defaults are what the shipped weights were trained with.
#[derive(Clone, Copy, Debug)]
pub struct TrainOptions {
    /// Decides which examples calibrate which; the same seed gives the same weights.
    pub seed: u64,
    /// The table has 2^`bits` rows of 24 bytes.
    pub bits: u32,
    /// How closely intents, moods and urgency are fitted; more trusts the data more.
    pub strength: [f32; 3],
    /// What a phrase weighs beside an own example.
    pub phrase_weight: f32,
    /// What a copy with greeting and closing weighs beside its original.
    pub dressed_weight: f32,
    /// What a public example weighs for intents and for moods.
    pub extra_weight: [f32; 2],
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            bits: 19,
            strength: [20.0, 10.0, 10.0],
            phrase_weight: 1.0,
            dressed_weight: 0.3,
            extra_weight: [0.02, 0.05],
        }
    }
}

/// What came of a training.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Own examples, corrected messages of the house, phrases and public examples.
    pub n_examples: [usize; 4],
    /// Grams that got a row.
    pub n_grams: usize,
    /// Grams that found no place.
    pub n_lost: usize,
    /// What the logits of intents, moods and urgency were divided by in all texts but Chinese ones, and in
    /// these.
    pub temperature: [[f32; N_HEADS]; 2],
    /// The weights' file, in bytes.
    pub bytes: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [own, house, phrases, extra] = self.n_examples;
        let [others, chinese] = self.temperature.map(|[intents, moods, urgent]| {
            format!("intents {intents:.2}, moods {moods:.2}, urgency {urgent:.2}")
        });
        writeln!(f, "examples      {own} own, {house} corrected, {phrases} phrases, {extra} public")?;
        writeln!(f, "grams         {} with weights, {} without a place", self.n_grams, self.n_lost)?;
        writeln!(f, "temperatures  {others}; in Chinese {chinese}")?;
        write!(f, "weights       {} bytes", self.bytes)
    }
}

/// A gram must stand in so many own texts, or in so many public ones.
const OWN_TEXTS_MIN: u32 = 1;
const EXTRA_TEXTS_MIN: u32 = 6;
/// The table is filled to this share: fuller, too many grams find no place.
const FILL_MAX: f32 = 0.7;
/// What a corrected message of the house weighs: it is worth more than what was made up.
const HOUSE_WEIGHT: f32 = 3.0;
/// The main intent of a message with several takes this share of it.
const MAIN_SHARE: f32 = 0.65;
/// 0 counts classes as they come, 1 gives each the same say.
const BALANCE: f32 = 0.5;
const STEPS_MAX: usize = 80;

/// A trained engine.
#[derive(Debug)]
pub struct Trained {
    /// The engine.
    pub engine: Linear,
    /// Figures of the training.
    pub report: Report,
    /// What weights that had not seen them said of the own examples: what other heads learn from.
    pub(crate) unseen: Vec<Unseen>,
}

/// Trains on all of `data`.
///
/// # Errors
/// [`NlpError::Data`] when an intent, a mood or an urgent example is missing altogether.
pub fn train(data: &TrainingData, options: &TrainOptions) -> Result<Trained, NlpError> {
    check(data)?;
    let examples = with_copies(&data.examples, options.seed);
    let mut unseen = unseen(&examples, options);
    let temperature = calibrate(&mut unseen);
    let (model, n_grams, n_lost) = fitted(&examples, temperature, options);
    let count = |source| data.examples.iter().filter(|example| example.source == source).count();
    let report = Report {
        n_examples: [Source::Own, Source::House, Source::Phrase, Source::Extra].map(count),
        n_grams,
        n_lost,
        temperature,
        bytes: model.bytes().len(),
    };
    Ok(Trained { engine: Linear::of(model), report, unseen })
}

/// Fits and packs; returns the weights, how many grams got a row and how many found no place.
pub fn fitted(
    examples: &[Example],
    [others, chinese]: [[f32; N_HEADS]; 2],
    options: &TrainOptions,
) -> (Model, usize, usize) {
    let corpus = Corpus::of(examples, options);
    let all: Vec<(usize, &Example)> = examples.iter().enumerate().collect();
    let mut heads = Heads::fit(&corpus.rows, corpus.columns.len(), &all, options);
    heads.cool(others);
    let grams = corpus.grams(&heads);
    let ratio = std::array::from_fn(|head| others[head] / chinese[head]);
    let (model, n_lost) = Model::pack(&grams, heads.bias(), ratio, options.bits);
    (model, grams.len() - n_lost, n_lost)
}

fn check(data: &TrainingData) -> Result<(), NlpError> {
    let own = || data.examples.iter().filter(|example| example.source == Source::Own);
    let intent = Intent::ALL.iter().find(|intent| !own().any(|example| example.intents.contains(intent)));
    let mood = Mood::ALL.iter().find(|mood| !own().any(|example| example.mood == Some(**mood)));
    let missing = match (intent, mood) {
        (Some(intent), _) => format!("the intent `{intent}`"),
        (_, Some(mood)) => format!("the sentiment `{mood}`"),
        _ if !own().any(|example| example.urgent == Some(true)) => "urgency".to_owned(),
        _ => return Ok(()),
    };
    let why = format!("no example shows {missing}; add some");
    Err(NlpError::Data { path: "training data".to_owned(), line: 1, why })
}

/// Appends a dressed copy of each example that is not public, in the same order.
fn with_copies(examples: &[Example], seed: u64) -> Vec<Example> {
    let bare = examples.iter().filter(|example| example.source != Source::Extra);
    let copies = bare.map(|example| dressed(example, language::detect(&example.text) == "zh", seed));
    examples.iter().cloned().chain(copies).collect()
}

/// The examples as numbers.
struct Corpus {
    rows: Rows,
    /// Hash and inverse document frequency of each column, the most frequent first.
    columns: Vec<(u64, f32)>,
}

impl Corpus {
    fn of(examples: &[Example], options: &TrainOptions) -> Self {
        let mut features = Features::new();
        let counted: Vec<Vec<(u64, u32)>> =
            examples.iter().map(|example| counts(&mut features, &example.text)).collect();
        let columns = columns(examples, &counted, options.bits);
        let place: HashMap<u64, u32> = columns.iter().zip(0..).map(|((hash, _), n)| (*hash, n)).collect();
        let mut rows = Rows::default();
        for counts in &counted {
            let mut row: Vec<(u32, f32)> = counts
                .iter()
                .filter_map(|(hash, n)| Some((*place.get(hash)?, damped(*n as usize))))
                .map(|(column, tf)| (column, tf * columns[column as usize].1))
                .collect();
            let norm = row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
            row.iter_mut().for_each(|(_, value)| *value /= norm);
            rows.push(row);
        }
        Self { rows, columns }
    }

    fn grams(&self, heads: &Heads) -> Vec<TrainedGram> {
        let columns = self.columns.iter().enumerate();
        columns
            .map(|(n, (hash, idf))| TrainedGram { hash: *hash, idf: *idf, weights: heads.weights(n) })
            .collect()
    }
}

/// Counts the grams of a text, sorted by hash.
pub fn counts(features: &mut Features, text: &str) -> Vec<(u64, u32)> {
    features.read(text);
    let mut hashes: Vec<u64> = features.grams.iter().map(|gram| gram.hash).collect();
    hashes.sort_unstable();
    hashes.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect()
}

/// Chooses the grams that get weights, with their inverse document frequencies.
fn columns(examples: &[Example], counted: &[Vec<(u64, u32)>], bits: u32) -> Vec<(u64, f32)> {
    let mut found: HashMap<u64, [u32; 2]> = HashMap::new();
    let mut n_texts = [0_u32; 2];
    for (example, counts) in examples.iter().zip(counted) {
        let kind = usize::from(example.source == Source::Extra);
        n_texts[kind] += 1;
        for (hash, _) in counts {
            found.entry(*hash).or_default()[kind] += 1;
        }
    }
    let mut columns: Vec<(u64, [u32; 2])> = found
        .into_iter()
        .filter(|(_, [own, extra])| *own >= OWN_TEXTS_MIN || *extra >= EXTRA_TEXTS_MIN)
        .collect();
    columns.sort_unstable_by_key(|(hash, [own, extra])| (std::cmp::Reverse((*own, *extra)), *hash));
    columns.truncate((FILL_MAX * (1_u32 << bits) as f32) as usize);
    let idf = |[own, extra]: [u32; 2]| {
        // Own texts say how common a gram is among customers; public ones speak only where these are silent.
        let (n, all) = if own > 0 { (own, n_texts[0]) } else { (extra, n_texts[1]) };
        ((1 + all) as f32 / (1 + n) as f32).ln() + 1.0
    };
    columns.into_iter().map(|(hash, n)| (hash, idf(n))).collect()
}

/// Draws a number for a text: the same for the same seed, whatever else is in the data.
pub fn draw(text: &str, seed: u64) -> u64 {
    let start = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xcbf2_9ce4_8422_2325;
    let hash = text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ (hash >> 31)).wrapping_mul(0xd6e8_feb8_6659_fd93) >> 17
}

/// The three heads.
pub struct Heads {
    intents: Head<16>,
    moods: Head<3>,
    urgent: Head<2>,
}

impl Heads {
    /// Fits them on rows of `n_columns`: each example is named with its row.
    pub fn fit(
        rows: &Rows,
        n_columns: usize,
        examples: &[(usize, &Example)],
        options: &TrainOptions,
    ) -> Self {
        let chosen = || examples.iter().copied();
        let weight = |example: &Example, extra: f32| match example.source {
            Source::Own => 1.0,
            Source::House => HOUSE_WEIGHT,
            Source::Phrase => options.phrase_weight,
            Source::Dressed => options.dressed_weight,
            Source::Extra => extra,
        };
        let [intent_extra, mood_extra] = options.extra_weight;
        let intents = chosen().filter(|(_, example)| !example.intents.is_empty());
        let intents = intents.map(|(n, example)| (n, intent_target(example), weight(example, intent_extra)));
        let moods = chosen().filter_map(|(n, example)| {
            Some((n, one_hot(example.mood? as usize), weight(example, mood_extra)))
        });
        let urgent = chosen().filter_map(|(n, example)| {
            Some((n, one_hot(usize::from(example.urgent?)), weight(example, 0.0)))
        });
        let [a, b, c] = options.strength;
        Self {
            intents: head(rows, n_columns, intents.collect(), a),
            moods: head(rows, n_columns, moods.collect(), b),
            urgent: head(rows, n_columns, urgent.collect(), c),
        }
    }

    /// Returns the weights of a column for all outputs.
    pub fn weights(&self, column: usize) -> [f32; N_OUT] {
        let [calm, urgent] = self.urgent.weights[column];
        side_by_side(self.intents.weights[column], self.moods.weights[column], urgent - calm)
    }

    /// Returns the outputs for a text without features.
    pub fn bias(&self) -> [f32; N_OUT] {
        let [calm, urgent] = self.urgent.bias;
        side_by_side(self.intents.bias, self.moods.bias, urgent - calm)
    }

    /// Divides each head by its temperature.
    pub fn cool(&mut self, [intents, moods, urgent]: [f32; N_HEADS]) {
        cool(&mut self.intents, intents);
        cool(&mut self.moods, moods);
        cool(&mut self.urgent, urgent);
    }
}

fn side_by_side(intents: [f32; 16], moods: [f32; 3], urgent: f32) -> [f32; N_OUT] {
    let mut all = [0.0; N_OUT];
    all[..MOODS].copy_from_slice(&intents);
    all[MOODS..URGENT].copy_from_slice(&moods);
    all[URGENT] = urgent;
    all
}

fn cool<const C: usize>(head: &mut Head<C>, temperature: f32) {
    let all = head.weights.iter_mut().chain(std::iter::once(&mut head.bias));
    all.flatten().for_each(|value| *value /= temperature);
}

/// Returns 1 for a class and 0 for the others.
pub fn one_hot<const C: usize>(class: usize) -> [f32; C] {
    std::array::from_fn(|n| if n == class { 1.0 } else { 0.0 })
}

/// Returns what share each intent has of a message.
pub fn intent_target(example: &Example) -> [f32; 16] {
    let mut target = [0.0; 16];
    let rest = example.intents.len() - 1;
    for (n, intent) in example.intents.iter().enumerate() {
        target[*intent as usize] = match (n, rest) {
            (0, 0) => 1.0,
            (0, _) => MAIN_SHARE,
            _ => (1.0 - MAIN_SHARE) / rest as f32,
        };
    }
    target
}

/// Fits one head on rows of `n_columns`; rare classes get a louder voice.
fn head<const C: usize>(
    rows: &Rows,
    n_columns: usize,
    mut examples: Vec<(usize, [f32; C], f32)>,
    strength: f32,
) -> Head<C> {
    let mut total = [0.0_f32; C];
    for (_, target, weight) in &examples {
        total.iter_mut().zip(target).for_each(|(total, target)| *total += target * weight);
    }
    let mean = total.iter().sum::<f32>() / C as f32;
    let voice = total.map(|total| (mean / total.max(1.0)).powf(BALANCE));
    for (_, target, weight) in &mut examples {
        *weight *= target.iter().zip(voice).map(|(target, voice)| target * voice).sum::<f32>();
    }
    fit(&Task { rows, examples, n_columns, strength, steps_max: STEPS_MAX })
}
