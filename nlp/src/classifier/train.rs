//! Training: what is best on texts held aside ([`Held`]) is fitted on all.

use std::fmt;

use serde::Serialize;

use super::dual::{self, Head, Task};
use super::file::{Dense, Model};
use super::held::{Held, Part};
use super::rows::{Columns, by_contrast, columns, rows};
use super::{Classifier, Labelled, OUT_OF_SCOPE, few, softmax};
use crate::NlpError;
use crate::bert::{Bert, DIMENSIONS, Encoder};
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
            let of = match encoder {
                Encoder::Meaning => "MiniLM",
                Encoder::Customer => "MiniLM tuned on customers' texts",
                Encoder::Taught => "MiniLM taught these labels",
            };
            writeln!(f, "reads     {of} beside the grams, {} times as much", self.share)?;
        }
        write!(f, "weights   {} grams, {} bytes", self.grams, self.bytes)
    }
}

/// How closely to fit, for each way.
pub(super) const STRENGTHS: [(Loss, f32); 10] = [
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
/// How embeddings of a model that may have learned from the very texts are fitted, without the grams.
const TUNED: Shape =
    Shape { encoder: Some(Encoder::Customer), alone: true, share: 1.0, loss: Loss::Softmax, strength: 1.0 };
/// Weights of all labels together, which the file has a byte each for.
const WEIGHTS_MAX: usize = 24_000_000;
const COLUMNS_MAX: usize = 400_000;
/// Texts are divided into so many parts; of many texts one part is held aside, of few each in turn.
const PARTS: u64 = 5;
const MANY_TEXTS: usize = 5_000;
/// A head fitted on all texts, and what it was chosen by.
pub(super) struct Fitted {
    pub(super) held: Held,
    pub(super) head: Head,
    /// What MiniLM was taught, where it was.
    pub(super) learned: Vec<u8>,
}

/// Trains a classifier: on grams alone, or on embeddings besides. MiniLM is taught the labels where they are
/// many and texts are few; that takes minutes.
///
/// # Errors
/// [`NlpError::Data`] when there are fewer than two labels, and what `bert` says.
pub fn train(
    examples: &[Labelled],
    options: &Options,
    bert: Option<&mut Bert>,
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
    let mut corpus = Corpus::of(&drawn, &labels);
    let Fitted { held, head, learned } = match bert {
        Some(bert) if is_few && labels.len() > MOODS_MAX => few::fit(&mut corpus, &drawn, n, options, bert)?,
        bert => fit(&mut corpus, &drawn, n, options, bert)?,
    };
    let columns = corpus.columns(&corpus.all());
    let (of_grams, of_embedding) = head.weights.split_at(columns.len() * labels.len());
    let weights = || of_embedding.iter().map(|weight| weight * held.shape.share).collect();
    let dense = held.shape.encoder.map(|encoder| Dense { encoder, weights: weights(), learned });
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

/// Fits grams and, where `bert` is there, embeddings as it has them; behind the first `n` texts stand names of
/// labels.
fn fit(
    corpus: &mut Corpus,
    drawn: &[&Labelled],
    n: usize,
    options: &Options,
    bert: Option<&mut Bert>,
) -> Result<Fitted, NlpError> {
    if let Some(bert) = bert {
        let texts: Vec<&str> = drawn.iter().map(|example| example.text.as_str()).collect();
        let encoders: &[Encoder] = match corpus.n_classes {
            ..=MOODS_MAX => &[Encoder::Meaning, Encoder::Customer],
            _ => &[Encoder::Meaning],
        };
        for encoder in encoders {
            corpus.embedded.push((*encoder, bert.embed(*encoder, &texts)?));
        }
    }
    let n_aside = if n >= MANY_TEXTS { 1 } else { PARTS };
    let parts = Part::all(corpus, &drawn[..n], options.seed, PARTS, n_aside);
    let held = Held::best(corpus, &parts, options.seed);
    let (held, head) = if held.shape.encoder == Some(Encoder::Customer) && corpus.is_scoped() {
        apart(corpus, &parts, options.seed)
    } else {
        let head = corpus.fit_all(held.shape, options.seed);
        (held, head)
    };
    Ok(Fitted { held, head, learned: Vec::new() })
}

/// Fits grams and the tuned embeddings each for itself, and adds what they say. Fitted together, embeddings
/// that were learned from the same texts know the answers, and the grams would learn next to nothing.
fn apart(corpus: &Corpus, parts: &[Part], seed: u64) -> (Held, Head) {
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
    let grams = Held::best_of(Held::of(&shapes, corpus, parts, seed));
    let tuned = Held::best_of(Held::of(&[TUNED], corpus, parts, seed));
    let (of_grams, of_tuned) = (corpus.fit_all(grams.shape, seed), corpus.fit_all(TUNED, seed));
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
pub(super) struct Shape {
    /// Whose embeddings are read beside the grams.
    pub(super) encoder: Option<Encoder>,
    /// Whether no grams are read beside them.
    pub(super) alone: bool,
    /// How much they count.
    pub(super) share: f32,
    pub(super) loss: Loss,
    pub(super) strength: f32,
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
pub(super) struct Corpus {
    counts: Vec<Vec<(u64, u32)>>,
    /// The embeddings of all texts, by each encoder that is asked.
    pub(super) embedded: Vec<(Encoder, Vec<f32>)>,
    /// The label of each text; none where it is out of scope.
    pub(super) classes: Vec<Option<usize>>,
    n_classes: usize,
}

impl Corpus {
    fn of(examples: &[&Labelled], labels: &[String]) -> Self {
        let class = |example: &&Labelled| labels.binary_search(&example.label).ok();
        let mut features = Features::fine();
        if labels.len() > CONTRAST_LABELS_MAX {
            features = features.with_short_runs();
        }
        let counts = examples.iter().map(|example| counts(&mut features, &example.text)).collect();
        let classes = examples.iter().map(class).collect();
        Self { counts, embedded: Vec::new(), classes, n_classes: labels.len() }
    }

    /// Returns the numbers of all texts.
    pub(super) fn all(&self) -> Vec<usize> {
        (0..self.classes.len()).collect()
    }

    /// Tells whether every text has a label.
    pub(super) fn is_scoped(&self) -> bool {
        self.classes.iter().all(Option::is_some)
    }

    /// Fits a head on all texts.
    pub(super) fn fit_all(&self, shape: Shape, seed: u64) -> Head {
        let all = self.all();
        let columns = self.columns(&all);
        self.fit(&self.rows(&columns, shape), &columns, &all, shape, seed)
    }

    pub(super) fn columns(&self, chosen: &[usize]) -> Columns {
        let texts_min = if chosen.len() < FEW_TEXTS { 1 } else { TEXTS_MIN };
        let columns_max = COLUMNS_MAX.min(WEIGHTS_MAX / self.n_classes);
        let mut columns = columns(&self.counts, chosen, texts_min, columns_max);
        if self.n_classes <= CONTRAST_LABELS_MAX {
            by_contrast(&mut columns, &self.counts, &self.classes, self.n_classes, chosen);
        }
        columns
    }

    pub(super) fn rows(&self, columns: &Columns, shape: Shape) -> Rows {
        let embedded = self.embedded.iter().find(|(encoder, _)| Some(*encoder) == shape.encoder);
        let numbers = embedded.map_or(&[][..], |(_, numbers)| numbers);
        if shape.alone {
            return rows(&vec![Vec::new(); self.counts.len()], &Columns::new(), numbers, shape.share);
        }
        rows(&self.counts, columns, numbers, shape.share)
    }

    pub(super) fn fit(
        &self,
        rows: &Rows,
        columns: &Columns,
        chosen: &[usize],
        shape: Shape,
        seed: u64,
    ) -> Head {
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
