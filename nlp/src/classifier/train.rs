//! Training: chooses how closely to fit, how sharp margins are and what is out of scope on texts
//! held aside, then fits on all.

use std::fmt;

use serde::Serialize;

use super::dual::{self, Head, Task};
use super::file::{Dense, Model};
use super::kin::wholes;
use super::rows::{Columns, by_contrast, columns, rows};
use super::{Classifier, Labelled, OUT_OF_SCOPE, softmax};
use crate::NlpError;
use crate::bert::{DIMENSIONS, Embed, Encoder};
use crate::linear::{Features, Rows, counts, draw};

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
    /// Whose embeddings it reads, if any.
    pub encoder: Option<Encoder>,
    /// How much they count beside the grams.
    pub share: f32,
    /// What was minimised.
    pub loss: Loss,
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
        if let Some(encoder) = self.encoder {
            let of = if encoder == Encoder::Customer { "MiniLM tuned on customers' texts" } else { "MiniLM" };
            writeln!(f, "reads     {of} beside the grams, {} times as much", self.share)?;
        }
        write!(f, "weights   {} grams, {} bytes", self.grams, self.bytes)
    }
}

/// How closely to fit, for each way.
const STRENGTHS: [(Loss, f32); 10] = [
    (Loss::Hinge, 0.1),
    (Loss::Hinge, 0.3),
    (Loss::Hinge, 1.0),
    (Loss::Hinge, 2.0),
    (Loss::Hinge, 4.0),
    (Loss::Softmax, 1.0),
    (Loss::Softmax, 3.0),
    (Loss::Softmax, 10.0),
    (Loss::Softmax, 30.0),
    (Loss::Softmax, 100.0),
];
/// How much an embedding may count beside the grams.
const SHARES: [f32; 3] = [1.0, 2.0, 4.0];
/// Labels of a table that may be about moods are no more than these.
const MOODS_MAX: usize = 3;
/// With no more labels than these, grams count by how far they tell them apart.
const CONTRAST_LABELS_MAX: usize = 3;
const PASSES_MAX: usize = 20;
/// Grams of so many texts get weights: one that stands in a single text says nothing of others,
/// unless texts are few.
const TEXTS_MIN: u32 = 2;
const FEW_TEXTS: usize = 2_000;
/// Fewer texts a label than this, and the label's name is one more; and texts held aside are too few to
/// choose by.
const FEW_PER_LABEL: usize = 30;
/// How few texts of many labels are fitted to embeddings: what is best for other tables (HWU64, CLINC150).
const FEW: Shape =
    Shape { encoder: Some(Encoder::Meaning), alone: false, share: 2.0, loss: Loss::Softmax, strength: 30.0 };
/// How embeddings of a model that may have learned from the very texts are fitted, without the grams.
const TUNED: Shape =
    Shape { encoder: Some(Encoder::Customer), alone: true, share: 1.0, loss: Loss::Softmax, strength: 1.0 };
/// Weights of all labels together, which the file has a byte each for.
const WEIGHTS_MAX: usize = 24_000_000;
const COLUMNS_MAX: usize = 400_000;
/// Texts are divided into so many parts; of many texts one part is held aside, of few each in turn.
const PARTS: u64 = 5;
const MANY_TEXTS: usize = 5_000;
/// So many texts in a hundred that would have been read right may be called out of scope; with
/// embeddings fewer are read wrong, and more may be given up.
const GIVEN_UP_MAX: f64 = 1.2;
const EMBEDDED_GIVEN_UP_MAX: f64 = 1.6;

/// Trains a classifier: on grams alone, or on embeddings besides.
///
/// # Errors
/// [`NlpError::Data`] when there are fewer than two labels, and what `embed` says.
pub fn train(
    examples: &[Labelled],
    options: &Options,
    embed: Option<&mut Embed<'_>>,
) -> Result<(Classifier, Report), NlpError> {
    let mut labels: Vec<String> =
        examples.iter().map(|e| e.label.clone()).filter(|label| label != OUT_OF_SCOPE).collect();
    labels.sort_unstable();
    labels.dedup();
    if labels.len() < 2 {
        let why = format!("{} label: two are needed to tell one from the other", labels.len());
        return Err(NlpError::Data { path: "training data".into(), line: 1, why });
    }
    let mut drawn = drawn(examples, options);
    let n = drawn.len();
    let is_few = n < FEW_PER_LABEL * labels.len();
    let names = if is_few { names(&labels) } else { Vec::new() };
    drawn.extend(&names);
    let corpus = Corpus::of(&drawn, &labels, embed)?;
    let known = (is_few && labels.len() > MOODS_MAX && !corpus.embedded.is_empty()).then_some(FEW);
    let held = Held::best(&corpus, &drawn[..n], options, known);
    let all: Vec<usize> = (0..drawn.len()).collect();
    let columns = corpus.columns(&all);
    let fit = |shape| corpus.fit(&corpus.rows(&columns, shape), &columns, &all, shape, options.seed);
    let scoped = corpus.classes.iter().all(Option::is_some);
    let (held, head) = if held.shape.encoder == Some(Encoder::Customer) && scoped {
        apart(&corpus, &drawn[..n], options, fit)
    } else {
        let head = fit(held.shape);
        (held, head)
    };
    let (of_grams, of_embedding) = head.weights.split_at(columns.len() * labels.len());
    let dense = held.shape.encoder.map(|encoder| Dense {
        encoder,
        weights: of_embedding.iter().map(|weight| weight * held.shape.share).collect(),
    });
    let mut model = Model::of(labels, head.bias, &columns, of_grams);
    (model.sharpness, model.threshold, model.dense) = (held.sharpness(), held.threshold(), dense);
    let bytes = model.bytes().len();
    let classifier = Classifier::of(model);
    let report = Report {
        engine: classifier.engine(),
        n,
        labels: classifier.labels().len(),
        grams: classifier.model.n_rows(),
        encoder: held.shape.encoder,
        share: held.shape.share,
        loss: held.shape.loss,
        strength: held.shape.strength,
        held_accuracy: held.accuracy(),
        bytes,
    };
    Ok((classifier, report))
}

/// Fits grams and the tuned embeddings each for itself, and adds what they say. Fitted together, embeddings
/// that were learned from the same texts know the answers, and the grams would learn next to nothing.
fn apart(
    corpus: &Corpus,
    examples: &[&Labelled],
    options: &Options,
    fit: impl Fn(Shape) -> Head,
) -> (Held, Head) {
    let shapes: Vec<Shape> = STRENGTHS
        .iter()
        .filter(|(loss, _)| *loss == Loss::Softmax)
        .map(|(loss, strength)| Shape {
            encoder: None,
            alone: false,
            share: 0.0,
            loss: *loss,
            strength: *strength,
        })
        .collect();
    let grams = Held::best_of(Held::of(&shapes, corpus, examples, options));
    let tuned = Held::best_of(Held::of(&[TUNED], corpus, examples, options));
    let (of_grams, of_tuned) = (fit(grams.shape), fit(TUNED));
    let shares = [grams.sharpness(), tuned.sharpness()];
    let sum = |a: &[f32], b: &[f32]| -> Vec<f32> {
        a.iter().zip(b).map(|(a, b)| a * shares[0] + b * shares[1]).collect()
    };
    let scaled = |weights: &[f32], by: f32| weights.iter().map(|weight| weight * by).collect::<Vec<f32>>();
    let read = grams.read.iter().zip(&tuned.read).map(|((a, class), (b, _))| (sum(a, b), *class)).collect();
    let weights = [scaled(&of_grams.weights, shares[0]), scaled(&of_tuned.weights, shares[1])].concat();
    let head = Head { bias: sum(&of_grams.bias, &of_tuned.bias), weights };
    (Held { shape: Shape { alone: false, strength: grams.shape.strength, ..TUNED }, read }, head)
}

/// Returns the names of labels as texts: `card_arrival` is as good an example as another, and where
/// there are few it helps.
fn names(labels: &[String]) -> Vec<Labelled> {
    let spaced = |label: &String| label.replace(['_', '-', '.', '/'], " ").trim().to_owned();
    let named = |label: &String| Labelled { text: spaced(label), label: label.clone() };
    labels.iter().filter(|label| label.chars().any(char::is_alphabetic)).map(named).collect()
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

/// What is chosen on texts held aside.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shape {
    /// Whose embeddings are read beside the grams.
    encoder: Option<Encoder>,
    /// Whether no grams are read beside them.
    alone: bool,
    /// How much they count.
    share: f32,
    loss: Loss,
    strength: f32,
}

/// What is minimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Loss {
    /// Each label against the rest.
    Hinge,
    /// All labels against each other; knows nothing of texts out of scope.
    Softmax,
}

/// The texts as numbers.
struct Corpus {
    counts: Vec<Vec<(u64, u32)>>,
    /// The embeddings of all texts, by each encoder that is asked.
    embedded: Vec<(Encoder, Vec<f32>)>,
    classes: Vec<Option<usize>>,
    n_classes: usize,
}

impl Corpus {
    fn of(
        examples: &[&Labelled],
        labels: &[String],
        embed: Option<&mut Embed<'_>>,
    ) -> Result<Self, NlpError> {
        let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
        let class = |example: &&Labelled| labels.binary_search(&example.label).ok();
        let mut features = Features::fine();
        if labels.len() > CONTRAST_LABELS_MAX {
            features = features.with_short_runs();
        }
        let counts = texts.iter().map(|text| counts(&mut features, text)).collect();
        let mut embedded = Vec::new();
        if let Some(embed) = embed {
            let encoders: &[Encoder] = match labels.len() {
                ..=MOODS_MAX => &[Encoder::Meaning, Encoder::Customer],
                _ => &[Encoder::Meaning],
            };
            for encoder in encoders {
                embedded.push((*encoder, embed(*encoder, &texts)?));
            }
        }
        Ok(Self { counts, embedded, classes: examples.iter().map(class).collect(), n_classes: labels.len() })
    }

    fn columns(&self, chosen: &[usize]) -> Columns {
        let texts_min = if chosen.len() < FEW_TEXTS { 1 } else { TEXTS_MIN };
        let columns_max = COLUMNS_MAX.min(WEIGHTS_MAX / self.n_classes);
        let mut columns = columns(&self.counts, chosen, texts_min, columns_max);
        if self.n_classes <= CONTRAST_LABELS_MAX {
            by_contrast(&mut columns, &self.counts, &self.classes, self.n_classes, chosen);
        }
        columns
    }

    fn rows(&self, columns: &Columns, shape: Shape) -> Rows {
        let embedded = self.embedded.iter().find(|(encoder, _)| Some(*encoder) == shape.encoder);
        let numbers = embedded.map_or(&[][..], |(_, numbers)| numbers);
        if shape.alone {
            return rows(&vec![Vec::new(); self.counts.len()], &Columns::new(), numbers, shape.share);
        }
        rows(&self.counts, columns, numbers, shape.share)
    }

    fn fit(&self, rows: &Rows, columns: &Columns, chosen: &[usize], shape: Shape, seed: u64) -> Head {
        let examples: Vec<(usize, Option<usize>)> = chosen.iter().map(|n| (*n, self.classes[*n])).collect();
        let dense = if shape.encoder.is_some() { DIMENSIONS } else { 0 };
        let task = Task {
            rows,
            square: f32::from(u8::from(!shape.alone)) + shape.share * shape.share,
            examples: &examples,
            n_columns: if shape.alone { dense } else { columns.len() + dense },
            n_classes: self.n_classes,
            strength: shape.strength,
            passes_max: PASSES_MAX,
            seed,
        };
        match shape.loss {
            Loss::Hinge => dual::fit(&task),
            Loss::Softmax => softmax::fit(&task),
        }
    }
}

/// What was learned on the texts held aside.
struct Held {
    shape: Shape,
    /// The margins of all labels and the right one, of each text that was held aside.
    read: Vec<(Vec<f32>, Option<usize>)>,
}

impl Held {
    /// Chooses whose embeddings to read and how much they count, then how closely to fit; what is `known`
    /// is not chosen, but where texts out of scope forbid it.
    fn best(corpus: &Corpus, examples: &[&Labelled], options: &Options, known: Option<Shape>) -> Self {
        let scoped = corpus.classes.iter().all(Option::is_some);
        if let Some(shape) = known.filter(|shape| scoped || shape.loss == Loss::Hinge) {
            return Self::best_of(Self::of(&[shape], corpus, examples, options));
        }
        let mut chosen = Shape { encoder: None, alone: false, share: 0.0, loss: Loss::Hinge, strength: 1.0 };
        if !corpus.embedded.is_empty() {
            let encoders = corpus.embedded.iter().map(|(encoder, _)| Some(*encoder));
            let of = |encoder| SHARES.map(|share| Shape { encoder, share, ..chosen });
            let shapes: Vec<Shape> = encoders.flat_map(of).collect();
            chosen = Self::best_of(Self::of(&shapes, corpus, examples, options)).shape;
        }
        let fits = |(loss, _): &&(Loss, f32)| scoped || *loss == Loss::Hinge;
        let shapes: Vec<Shape> = STRENGTHS
            .iter()
            .filter(fits)
            .map(|(loss, strength)| Shape { loss: *loss, strength: *strength, ..chosen })
            .collect();
        Self::best_of(Self::of(&shapes, corpus, examples, options))
    }

    fn of(shapes: &[Shape], corpus: &Corpus, examples: &[&Labelled], options: &Options) -> Vec<Self> {
        let texts: Vec<&str> = examples.iter().map(|e| e.text.as_str()).collect();
        let wholes = wholes(&texts);
        let part = |whole: &usize| draw(texts[*whole], options.seed) % PARTS;
        let part: Vec<u64> = wholes.iter().map(part).collect();
        let parts = if examples.len() >= MANY_TEXTS { 1 } else { PARTS };
        let mut all: Vec<Self> =
            shapes.iter().map(|shape| Self { shape: *shape, read: Vec::new() }).collect();
        for aside in 0..parts {
            let (held, mut rest): (Vec<usize>, Vec<usize>) =
                (0..examples.len()).partition(|n| part[*n] == aside);
            // Behind the examples stand the names of the labels.
            rest.extend(examples.len()..corpus.counts.len());
            let columns = corpus.columns(&rest);
            // Shapes that read the same stand side by side, and share their rows.
            let mut rows = Rows::default();
            let mut made_for = None;
            for of in &mut all {
                let reads = (of.shape.encoder, of.shape.alone, of.shape.share);
                if made_for != Some(reads) {
                    (rows, made_for) = (corpus.rows(&columns, of.shape), Some(reads));
                }
                let head = corpus.fit(&rows, &columns, &rest, of.shape, options.seed);
                // What is part of another text would count once more.
                let judged = held.iter().filter(|n| wholes[**n] == **n);
                of.read.extend(judged.map(|n| (head.margins(rows.row(*n)), corpus.classes[*n])));
            }
        }
        all
    }

    fn best_of(all: Vec<Self>) -> Self {
        // The first of equals: the loosest.
        let best = all.into_iter().rev().max_by(|a, b| a.accuracy().total_cmp(&b.accuracy()));
        best.expect("there are several")
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
        let share = if self.shape.encoder.is_some() { EMBEDDED_GIVEN_UP_MAX } else { GIVEN_UP_MAX };
        let given_up = share / 100.0 * self.in_scope().count() as f64;
        right.get(given_up as usize).copied().unwrap_or(f32::NEG_INFINITY)
    }
}

/// Returns the label of the greatest margin, and that.
fn best(margins: &[f32]) -> (usize, f32) {
    let best = margins.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
    best.unwrap_or((0, f32::NEG_INFINITY))
}
