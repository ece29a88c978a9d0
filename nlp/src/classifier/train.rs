//! Training: chooses how closely to fit, how sharp margins are and what is out of scope on texts
//! held aside, then fits on all.

use std::fmt;

use serde::Serialize;

use super::dual::{Head, Task, fit};
use super::file::Model;
use super::rows::{Columns, Rows, columns, count, rows};
use super::{Classifier, Labelled, OUT_OF_SCOPE};
use crate::NlpError;
use crate::linear::draw;

/// How to train.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Decides what is held aside and in which order texts are seen; the same data and seed give
    /// the same weights.
    pub seed: u64,
    /// Only so many examples of each label, drawn by the seed.
    pub per_class: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, per_class: None }
    }
}

/// What came of a training.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Which engine was trained.
    pub engine: &'static str,
    /// Texts trained on, out of scope or not.
    pub n: usize,
    /// Labels.
    pub labels: usize,
    /// Grams that got weights.
    pub grams: usize,
    /// How closely it was fitted.
    pub strength: f32,
    /// The share of the texts held aside that were read right.
    pub held_accuracy: f64,
    /// The weights' file, in bytes.
    pub bytes: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "texts     {} of {} labels", self.n, self.labels)?;
        writeln!(f, "held      {:.1}% of the texts held aside are read right", self.held_accuracy * 100.0)?;
        writeln!(f, "strength  {}", self.strength)?;
        write!(f, "weights   {} grams, {} bytes", self.grams, self.bytes)
    }
}

/// How closely to fit: the loosest of these that reads nearly as many of the texts held aside right
/// as the best does.
const STRENGTHS: [f32; 4] = [0.3, 1.0, 2.0, 4.0];
const NEARLY: f64 = 0.002;
const PASSES_MAX: usize = 20;
/// Grams of so many texts get weights: one that stands in a single text says nothing of others,
/// unless texts are few.
const TEXTS_MIN: u32 = 2;
const FEW_TEXTS: usize = 2_000;
/// Weights of all labels together, which the file has a byte each for.
const WEIGHTS_MAX: usize = 24_000_000;
const COLUMNS_MAX: usize = 400_000;
/// Texts are divided into so many parts; of many texts one part is held aside, of few each in turn.
const PARTS: u64 = 5;
const MANY_TEXTS: usize = 5_000;
/// So many texts in a hundred that would have been read right may be called out of scope.
const GIVEN_UP_MAX: f64 = 1.2;

/// Trains a classifier.
///
/// # Errors
/// [`NlpError::Data`] when there are fewer than two labels.
pub fn train(examples: &[Labelled], options: &Options) -> Result<(Classifier, Report), NlpError> {
    let mut labels: Vec<String> =
        examples.iter().map(|e| e.label.clone()).filter(|label| label != OUT_OF_SCOPE).collect();
    labels.sort_unstable();
    labels.dedup();
    if labels.len() < 2 {
        let why = format!("{} label: two are needed to tell one from the other", labels.len());
        return Err(NlpError::Data { path: "training data".into(), line: 1, why });
    }
    let drawn = drawn(examples, options);
    let corpus = Corpus::of(&drawn, &labels);
    let held = Held::of(&corpus, &drawn, options);
    let columns = corpus.columns(&(0..drawn.len()).collect::<Vec<_>>());
    let head = corpus.fit(&columns, &(0..drawn.len()).collect::<Vec<_>>(), held.strength, options.seed);
    let mut model = Model::of(labels, head.bias, &columns, &head.weights);
    (model.sharpness, model.threshold) = (held.sharpness(), held.threshold());
    let report = Report {
        engine: super::measure::ENGINE,
        n: drawn.len(),
        labels: model.labels.len(),
        grams: model.n_rows(),
        strength: held.strength,
        held_accuracy: held.accuracy(),
        bytes: model.bytes().len(),
    };
    Ok((Classifier::of(model), report))
}

/// Returns the examples to train on.
fn drawn<'a>(examples: &'a [Labelled], options: &Options) -> Vec<&'a Labelled> {
    let Some(per_class) = options.per_class else { return examples.iter().collect() };
    let mut shuffled: Vec<&Labelled> = examples.iter().collect();
    shuffled.sort_by_cached_key(|example| draw(&example.text, options.seed));
    let mut taken = std::collections::HashMap::<&str, usize>::new();
    shuffled.retain(|example| {
        let n = taken.entry(&example.label).or_default();
        *n += 1;
        *n <= per_class
    });
    shuffled
}

/// The texts as numbers.
struct Corpus {
    counts: Vec<Vec<(u64, u32)>>,
    classes: Vec<Option<usize>>,
    n_classes: usize,
}

impl Corpus {
    fn of(examples: &[&Labelled], labels: &[String]) -> Self {
        let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
        let class = |example: &&Labelled| labels.binary_search(&example.label).ok();
        Self { counts: count(&texts), classes: examples.iter().map(class).collect(), n_classes: labels.len() }
    }

    fn columns(&self, chosen: &[usize]) -> Columns {
        let texts_min = if chosen.len() < FEW_TEXTS { 1 } else { TEXTS_MIN };
        columns(&self.counts, chosen, texts_min, COLUMNS_MAX.min(WEIGHTS_MAX / self.n_classes))
    }

    fn fit(&self, columns: &Columns, chosen: &[usize], strength: f32, seed: u64) -> Head {
        self.fit_rows(&rows(&self.counts, columns), columns, chosen, strength, seed)
    }

    fn fit_rows(&self, rows: &Rows, columns: &Columns, chosen: &[usize], strength: f32, seed: u64) -> Head {
        let examples: Vec<(usize, Option<usize>)> = chosen.iter().map(|n| (*n, self.classes[*n])).collect();
        fit(&Task {
            rows,
            examples: &examples,
            n_columns: columns.len(),
            n_classes: self.n_classes,
            strength,
            passes_max: PASSES_MAX,
            seed,
        })
    }
}

/// What was learned on the texts held aside.
struct Held {
    strength: f32,
    /// The margins of all labels and the right one, of each text that was held aside.
    read: Vec<(Vec<f32>, Option<usize>)>,
}

impl Held {
    fn of(corpus: &Corpus, examples: &[&Labelled], options: &Options) -> Self {
        let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
        let part: Vec<u64> = texts.iter().map(|text| draw(text, options.seed) % PARTS).collect();
        let parts = if examples.len() >= MANY_TEXTS { 1 } else { PARTS };
        let mut of_strength: Vec<Self> =
            STRENGTHS.iter().map(|strength| Self { strength: *strength, read: Vec::new() }).collect();
        for aside in 0..parts {
            let (held, rest): (Vec<usize>, Vec<usize>) = (0..examples.len()).partition(|n| part[*n] == aside);
            let columns = corpus.columns(&rest);
            let rows = rows(&corpus.counts, &columns);
            for of in &mut of_strength {
                let head = corpus.fit_rows(&rows, &columns, &rest, of.strength, options.seed);
                of.read.extend(held.iter().map(|n| (head.margins(rows.row(*n)), corpus.classes[*n])));
            }
        }
        let best = of_strength.iter().map(Self::accuracy).fold(0.0, f64::max);
        let nearly = of_strength.into_iter().find(|of| of.accuracy() >= best - NEARLY);
        nearly.expect("one of them is the best")
    }

    fn in_scope(&self) -> impl Iterator<Item = (&[f32], usize)> {
        self.read.iter().filter_map(|(margins, class)| Some((&margins[..], (*class)?)))
    }

    fn accuracy(&self) -> f64 {
        let right = self.in_scope().filter(|(margins, class)| best(margins).0 == *class).count();
        right as f64 / self.in_scope().count().max(1) as f64
    }

    /// What to multiply margins with so that the right labels are least surprising.
    fn sharpness(&self) -> f32 {
        let surprise = |sharpness: f32| -> f64 {
            let one = |(margins, class): (&[f32], usize)| {
                let top = best(margins).1;
                let sum: f32 = margins.iter().map(|m| ((m - top) * sharpness).exp()).sum();
                f64::from(sum.ln() - (margins[class] - top) * sharpness)
            };
            self.in_scope().map(one).sum()
        };
        let candidates = (0..80).map(|n| 0.5 * 1.05_f32.powi(n));
        candidates.min_by(|a, b| surprise(*a).total_cmp(&surprise(*b))).unwrap_or(1.0)
    }

    /// The least margin that is in scope.
    fn threshold(&self) -> f32 {
        let mut right: Vec<f32> = self
            .in_scope()
            .map(|(margins, class)| (best(margins), class))
            .filter(|((label, _), class)| label == class)
            .map(|((_, margin), _)| margin)
            .collect();
        right.sort_unstable_by(f32::total_cmp);
        let given_up = GIVEN_UP_MAX / 100.0 * self.in_scope().count() as f64;
        right.get(given_up as usize).copied().unwrap_or(f32::NEG_INFINITY)
    }
}

/// Returns the label of the greatest margin, and that.
fn best(margins: &[f32]) -> (usize, f32) {
    let best = margins.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
    best.unwrap_or((0, f32::NEG_INFINITY))
}
