//! A classifier for any labels: learns from `text<TAB>label`, says how sure it is, and tells what
//! is none of its labels.
//!
//! It reads the same grams as the engine ([`crate::linear`]) and, where it was trained so, MiniLM's
//! embedding beside them ([`crate::bert`]); where labels are many and texts few, MiniLM is taught them. It has a head for each label against the rest, and turns
//! their margins into probabilities by one temperature found on texts that were not trained on. A
//! text whose best margin lies below a threshold found there is out of scope.

mod dual;
mod few;
mod file;
mod held;
mod kin;
mod measure;
mod rows;
mod softmax;
mod table;
mod train;

use std::path::Path;

use crate::NlpError;
use crate::bert::{Bert, DIMENSIONS, Encoder};
use crate::linear::{Features, damped};
pub(crate) use dual::shuffle;
pub(crate) use file::Model;

pub(crate) use measure::calibration_error;
pub use measure::{Measured, measure};
pub use table::{Labelled, OUT_OF_SCOPE, read_table};
pub use train::{Options, Report, train};

/// A trained classifier.
#[derive(Debug)]
pub struct Classifier {
    model: Model,
    features: Features,
    found: Vec<u32>,
    margins: Vec<f32>,
}

/// What a text may be, most likely first.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// The labels' numbers with their calibrated probabilities, which sum to 1.
    pub labels: Vec<(usize, f32)>,
    /// How far the best label is from the rest: about 1 for a text like those trained on, below 0
    /// for one that is like none of them.
    pub margin: f32,
    /// Whether it is probably none of the labels.
    pub out_of_scope: bool,
}

impl Classifier {
    /// Reads a file written from [`Classifier::bytes`].
    ///
    /// # Errors
    /// [`NlpError::Io`] when it cannot be read, else as [`Classifier::of_bytes`].
    pub fn load(path: &Path) -> Result<Self, NlpError> {
        let name = path.display().to_string();
        let bytes =
            std::fs::read(path).map_err(|reason| NlpError::Io { what: format!("read {name}"), reason })?;
        Self::of_bytes(&bytes, &name)
    }

    /// Reads a file's content; `path` is for the error only.
    ///
    /// # Errors
    /// [`NlpError::Model`] when it is cut or damaged, [`NlpError::Outdated`] when it is of another version.
    pub fn of_bytes(bytes: &[u8], path: &str) -> Result<Self, NlpError> {
        Model::parse(bytes, path).map(Self::of)
    }

    fn of(model: Model) -> Self {
        Self { model, features: Features::fine(), found: Vec::new(), margins: Vec::new() }
    }

    /// Returns the file of its weights; the same training gives the same bytes.
    pub fn bytes(&self) -> Vec<u8> {
        self.model.bytes()
    }

    /// Returns the labels, by number.
    pub fn labels(&self) -> &[String] {
        &self.model.labels
    }

    /// Tells whether it reads embeddings, and so needs [`crate::bert`].
    pub const fn is_bert(&self) -> bool {
        self.model.dense.is_some()
    }

    /// Returns what the engine calls itself in reports.
    pub const fn engine(&self) -> &'static str {
        if self.is_bert() { "bert" } else { "linear" }
    }

    /// Returns what each of `texts` may be, in order. `bert` is not asked if the classifier was
    /// trained without it.
    ///
    /// # Errors
    /// [`NlpError::Worker`]: the classifier needs bert and it is not there, or fails.
    pub fn classify_all(
        &mut self,
        texts: &[&str],
        bert: Option<&mut Bert>,
    ) -> Result<Vec<Ranking>, NlpError> {
        let missing = || NlpError::Worker("this classifier was trained with it and needs it".into());
        let numbers = match &self.model.dense {
            Some(dense) => {
                let bert = bert.ok_or_else(missing)?;
                if dense.encoder == Encoder::Taught {
                    bert.take(&dense.learned)?;
                }
                bert.embed(dense.encoder, texts)?
            }
            None => Vec::new(),
        };
        let (embeddings, _) = numbers.as_chunks::<DIMENSIONS>();
        let one = |(n, text): (usize, &&str)| self.classify_embedded(text, embeddings.get(n));
        Ok(texts.iter().enumerate().map(one).collect())
    }

    /// Returns what `text` may be, by its grams alone.
    pub fn classify(&mut self, text: &str) -> Ranking {
        self.classify_embedded(text, None)
    }

    fn classify_embedded(&mut self, text: &str, embedding: Option<&[f32; DIMENSIONS]>) -> Ranking {
        self.read(text);
        if let (Some(dense), Some(embedding)) = (&self.model.dense, embedding) {
            for (value, weights) in embedding.iter().zip(dense.weights.chunks(self.margins.len())) {
                self.margins.iter_mut().zip(weights).for_each(|(margin, weight)| *margin += value * weight);
            }
        }
        let margin = self.margins.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let raised = self.margins.iter().map(|m| ((m - margin) * self.model.sharpness).exp());
        let mut labels: Vec<(usize, f32)> = raised.enumerate().collect();
        let sum: f32 = labels.iter().map(|(_, p)| p).sum();
        labels.iter_mut().for_each(|(_, p)| *p /= sum);
        labels.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Ranking { labels, margin, out_of_scope: margin < self.model.threshold }
    }

    /// Computes the margins of all labels.
    fn read(&mut self, text: &str) {
        self.features.read(text);
        self.found.clear();
        self.found.extend(self.features.grams.iter().filter_map(|gram| self.model.find(gram.hash)));
        self.found.sort_unstable();
        self.margins.clear();
        self.margins.resize(self.model.labels.len(), 0.0);
        let mut squares = 0.0;
        for same in self.found.chunk_by(|a, b| a == b) {
            let row = self.model.row(same[0]);
            let value = row.idf * damped(same.len());
            squares += value * value;
            let value = value * row.scale;
            for (margin, weight) in self.margins.iter_mut().zip(row.weights) {
                *margin += value * f32::from(*weight);
            }
        }
        let times = if squares > 0.0 { 1.0 / squares.sqrt() } else { 0.0 };
        for (margin, bias) in self.margins.iter_mut().zip(&self.model.bias) {
            *margin = *margin * times + bias;
        }
    }
}

#[cfg(test)]
mod tests;
