//! What is chosen and calibrated on texts held aside: how closely to fit, how sharp margins are and what is
//! out of scope.

use super::Labelled;
use super::kin::wholes;
use super::train::{Corpus, Loss, STRENGTHS, Shape};
use crate::linear::{Rows, draw};

/// How much an embedding may count beside the grams.
const SHARES: [f32; 3] = [1.0, 2.0, 4.0];
/// So many texts in a hundred that would have been read right may be called out of scope; with
/// embeddings fewer are read wrong, and more may be given up.
const GIVEN_UP_MAX: f64 = 1.2;
const EMBEDDED_GIVEN_UP_MAX: f64 = 1.6;

/// Texts of which some are held aside.
pub(super) struct Part {
    /// Those held aside, without those that are part of another: they would count once more.
    pub(super) judged: Vec<usize>,
    /// All others.
    pub(super) rest: Vec<usize>,
}

impl Part {
    /// Divides texts into `n` parts, and holds each of the first `n_aside` aside in turn. Near copies and parts
    /// of one text stay together. What stands behind the examples in the corpus is in every rest.
    pub(super) fn all(corpus: &Corpus, examples: &[&Labelled], seed: u64, n: u64, n_aside: u64) -> Vec<Self> {
        let texts: Vec<&str> = examples.iter().map(|e| e.text.as_str()).collect();
        let wholes = wholes(&texts);
        let part: Vec<u64> = wholes.iter().map(|whole| draw(texts[*whole], seed) % n).collect();
        let aside = |aside: u64| {
            let (held, mut rest): (Vec<usize>, Vec<usize>) =
                (0..examples.len()).partition(|n| part[*n] == aside);
            rest.extend(examples.len()..corpus.classes.len());
            Self { judged: held.into_iter().filter(|n| wholes[*n] == *n).collect(), rest }
        };
        (0..n_aside).map(aside).collect()
    }
}

/// What was learned on the texts held aside.
pub(super) struct Held {
    pub(super) shape: Shape,
    /// The margins of all labels and the right one, of each text that was held aside.
    pub(super) read: Vec<(Vec<f32>, Option<usize>)>,
}

impl Held {
    /// Chooses whose embeddings to read and how much they count, then how closely to fit.
    pub(super) fn best(corpus: &Corpus, parts: &[Part], seed: u64) -> Self {
        let mut chosen = Shape { encoder: None, alone: false, share: 0.0, loss: Loss::Hinge, strength: 1.0 };
        if !corpus.embedded.is_empty() {
            let encoders = corpus.embedded.iter().map(|(encoder, _)| Some(*encoder));
            let of = |encoder| SHARES.map(|share| Shape { encoder, share, ..chosen });
            let shapes: Vec<Shape> = encoders.flat_map(of).collect();
            chosen = Self::best_of(Self::of(&shapes, corpus, parts, seed)).shape;
        }
        let fits = |(loss, _): &&(Loss, f32)| corpus.is_scoped() || *loss == Loss::Hinge;
        let shapes: Vec<Shape> = STRENGTHS
            .iter()
            .filter(fits)
            .map(|(loss, strength)| Shape { loss: *loss, strength: *strength, ..chosen })
            .collect();
        Self::best_of(Self::of(&shapes, corpus, parts, seed))
    }

    pub(super) fn of(shapes: &[Shape], corpus: &Corpus, parts: &[Part], seed: u64) -> Vec<Self> {
        let mut all = Self::unread(shapes);
        parts.iter().for_each(|part| Self::read(&mut all, corpus, part, seed));
        all
    }

    pub(super) fn unread(shapes: &[Shape]) -> Vec<Self> {
        shapes.iter().map(|shape| Self { shape: *shape, read: Vec::new() }).collect()
    }

    /// Fits each shape without a part, and reads that.
    pub(super) fn read(all: &mut [Self], corpus: &Corpus, part: &Part, seed: u64) {
        let columns = corpus.columns(&part.rest);
        // Shapes that read the same stand side by side, and share their rows.
        let mut rows = Rows::default();
        let mut made_for = None;
        for of in all {
            let reads = (of.shape.encoder, of.shape.alone, of.shape.share);
            if made_for != Some(reads) {
                (rows, made_for) = (corpus.rows(&columns, of.shape), Some(reads));
            }
            let head = corpus.fit(&rows, &columns, &part.rest, of.shape, seed);
            of.read.extend(part.judged.iter().map(|n| (head.margins(rows.row(*n)), corpus.classes[*n])));
        }
    }

    pub(super) fn best_of(all: Vec<Self>) -> Self {
        // The first of equals: the loosest.
        let best = all.into_iter().rev().max_by(|a, b| a.accuracy().total_cmp(&b.accuracy()));
        best.expect("there are several")
    }

    fn in_scope(&self) -> impl Iterator<Item = (&[f32], usize)> {
        self.read.iter().filter_map(|(margins, class)| Some((&margins[..], (*class)?)))
    }

    pub(super) fn accuracy(&self) -> f64 {
        let right = self.in_scope().filter(|(margins, class)| best(margins).0 == *class).count();
        right as f64 / self.in_scope().count().max(1) as f64
    }

    /// What to multiply margins with so that the right labels are least surprising.
    pub(super) fn sharpness(&self) -> f32 {
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
    pub(super) fn threshold(&self) -> f32 {
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
