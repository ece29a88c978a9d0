//! What MiniLM's numbers say of a customer's message: heads for intents, moods and urgency that read
//! both embeddings beside what the linear engine says.
//!
//! ```text
//! header   magic 4, version u32, checksum u64, sure f32
//! weights  f32 x 20 for each column, and for a text without any
//! ```
//! Numbers are little-endian. The checksum covers all that follows it.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::{DIMENSIONS, Encoder};
use crate::linear::{
    FOLDS, Heads as Fitted, Linear, N_OUT, Rows, Scores, TrainOptions, Trained, Unseen, Use, calibrate,
    checksum,
};
use crate::{NlpError, language};

/// Reads texts: the encoder's [`DIMENSIONS`] numbers for each; [`super::Bert::embed`] is one.
pub type Embed<'a> = dyn FnMut(Encoder, &[&str]) -> Result<Vec<f32>, NlpError> + 'a;

/// The heads that ship with the program.
static SHIPPED: &[u8] = include_bytes!("../../models/bert.bin");
const MAGIC: [u8; 4] = *b"RPBH";
/// Raised when columns or outputs change: older files are refused.
const VERSION: u32 = 1;

/// Both embeddings, then the linear engine's outputs.
const COLUMNS: usize = 2 * DIMENSIONS + N_OUT;
/// What the linear engine's outputs are multiplied with, to be of the size of the rest.
const OUTPUT_SCALE: f32 = 0.1;
/// How closely intents, moods and urgency are fitted.
const STRENGTH: [f32; 3] = [3.0, 2.0, 3.0];
/// The same for how much both engines are worth.
const MIX_STRENGTH: [f32; 3] = [3.0, 3.0, 3.0];

/// What may be lost by believing the linear engine, as a share of all texts.
const LOSS_MAX: f64 = 0.005;

/// Trained weights, calibrated.
#[derive(Clone, Debug, PartialEq)]
pub struct Heads {
    /// Weights for all outputs, column by column; the last row is of a text without any.
    weights: Vec<[f32; N_OUT]>,
    /// From this probability on the linear engine is believed.
    sure: f32,
}

/// What came of a training.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Examples trained on.
    pub n: usize,
    /// From this probability on the linear engine is believed.
    pub sure: f32,
    /// Which share of the examples it then reads alone.
    pub share: f64,
    /// Right main intents of unseen examples: by the linear engine, by these heads, by both together.
    pub intents: [f64; 3],
    /// Right moods, likewise.
    pub moods: [f64; 3],
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |[linear, bert, both]: [f64; 3]| {
            format!(
                "{:.1}% by linear, {:.1}% by bert, {:.1}% by both",
                linear * 100.0,
                bert * 100.0,
                both * 100.0
            )
        };
        writeln!(f, "examples      {}", self.n)?;
        writeln!(f, "intents       {} (texts not seen)", percent(self.intents))?;
        writeln!(f, "moods         {}", percent(self.moods))?;
        write!(f, "linear alone  {:.0}% of the texts: at {:.2} and above", self.share * 100.0, self.sure)
    }
}

impl Heads {
    /// Learns from what the linear engine said of examples that it had not seen.
    ///
    /// First heads on all columns, from the examples that MiniLM's own weights have learned from, too;
    /// then, from the others, how much these heads and the linear engine are worth beside each other.
    /// Without the second step the heads would be believed too much: of the examples that made MiniLM
    /// what it is, nearly all look easy.
    ///
    /// # Errors
    /// MiniLM cannot read them.
    pub fn train(trained: &Trained, embed: &mut Embed<'_>) -> Result<(Self, Report), NlpError> {
        let english: Vec<&Unseen> =
            trained.unseen.iter().filter(|unseen| is_ours(&unseen.example.text)).collect();
        let texts: Vec<&str> = english.iter().map(|unseen| unseen.example.text.as_str()).collect();
        let outputs: Vec<[f32; N_OUT]> = english.iter().map(|unseen| unseen.logits).collect();
        let columns = columns(&texts, &outputs, embed)?;
        let (known, fresh): (Vec<usize>, Vec<usize>) =
            (0..english.len()).partition(|n| english[*n].may == Use::All);
        let first = Self::of(&fit(&columns, &english, &known, STRENGTH));
        let english: Vec<&Unseen> = fresh.iter().map(|n| english[*n]).collect();
        let both: Vec<[f32; 2 * N_OUT]> =
            fresh.iter().map(|n| beside(&first.outputs(&columns[*n]), &outputs[*n])).collect();
        let mut unseen: Vec<Unseen> = english.iter().map(|unseen| (*unseen).clone()).collect();
        let own = |keep: &dyn Fn(u64) -> bool| -> Vec<usize> {
            (0..english.len()).filter(|n| keep(english[*n].fold)).collect()
        };
        for fold in 0..FOLDS {
            let mix = fit(&both, &english, &own(&|other| other != fold), MIX_STRENGTH);
            for n in own(&|other| other == fold) {
                unseen[n].logits = outputs_of(&rows_of(&mix, 2 * N_OUT), &both[n]);
            }
        }
        let [temperature, _] = calibrate(&mut unseen);
        let mut mix = fit(&both, &english, &own(&|_| true), MIX_STRENGTH);
        mix.cool(temperature);
        let mut heads = first.mixed(&rows_of(&mix, 2 * N_OUT));
        let report = Report { n: columns.len(), ..heads.choose_sure(&english, &unseen) };
        Ok((heads, report))
    }

    fn of(fitted: &Fitted) -> Self {
        Self { weights: rows_of(fitted, COLUMNS), sure: 1.0 }
    }

    /// Makes one head of these, which stand first in the columns of `mix`, and of it.
    fn mixed(&self, mix: &[[f32; N_OUT]]) -> Self {
        let through = |weights: &[f32; N_OUT]| -> [f32; N_OUT] {
            let mut sum = [0.0; N_OUT];
            weights.iter().zip(mix).for_each(|(weight, mix)| add_times(&mut sum, mix, weight * OUTPUT_SCALE));
            sum
        };
        let mut weights: Vec<[f32; N_OUT]> = self.weights.iter().map(through).collect();
        add_times(&mut weights[COLUMNS], &mix[2 * N_OUT], 1.0);
        for (weights, mix) in weights[2 * DIMENSIONS..].iter_mut().zip(&mix[N_OUT..2 * N_OUT]) {
            add_times(weights, mix, 1.0);
        }
        Self { weights, sure: self.sure }
    }

    /// Returns the outputs.
    fn outputs(&self, columns: &[f32; COLUMNS]) -> [f32; N_OUT] {
        outputs_of(&self.weights, columns)
    }

    /// Reads the heads that ship with the program.
    ///
    /// # Errors
    /// [`NlpError::Model`] when they are damaged, which a test of every build rules out.
    pub fn shipped() -> Result<Self, NlpError> {
        Self::parse(SHIPPED, "bert.bin (in the program)")
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`NlpError::Io`] when it cannot be read, else as [`Heads::parse`].
    pub fn load(path: &Path) -> Result<Self, NlpError> {
        let what = format!("cannot read the heads {}", path.display());
        let bytes = std::fs::read(path).map_err(|reason| NlpError::Io { what, reason })?;
        Self::parse(&bytes, &path.display().to_string())
    }

    /// Reads a file's content; `path` is for the error only.
    ///
    /// # Errors
    /// [`NlpError::Model`] when it is cut, damaged or no such file at all, [`NlpError::Outdated`] when it
    /// is of another version.
    pub fn parse(bytes: &[u8], path: &str) -> Result<Self, NlpError> {
        let refuse = |why: &str| NlpError::Model { path: path.to_owned(), why: why.to_owned() };
        let Some((header, numbers)) = bytes.split_first_chunk::<16>().filter(|(h, _)| h.starts_with(&MAGIC))
        else {
            return Err(refuse("it is no file of heads; make one with `rapport nlp train --engine bert`"));
        };
        let version = u32::from_le_bytes(*header[4..].first_chunk().expect("the header has 16 bytes"));
        if version != VERSION {
            return Err(NlpError::outdated(path, version, VERSION));
        }
        if header[8..] != checksum(numbers).to_le_bytes() {
            return Err(refuse("its checksum is wrong, so it is cut or damaged; fetch it again"));
        }
        let (numbers, _) = numbers.as_chunks::<4>();
        let numbers: Vec<f32> = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        match numbers.split_first() {
            Some((sure, rest)) if rest.len() == (COLUMNS + 1) * N_OUT => {
                Ok(Self { weights: rest.as_chunks().0.to_vec(), sure: *sure })
            }
            _ => Err(refuse("it has another number of weights; train it anew")),
        }
    }

    /// Returns the file's content; the same training gives the same bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let numbers = std::iter::once(&self.sure).chain(self.weights.as_flattened());
        let numbers: Vec<u8> = numbers.flat_map(|number| number.to_le_bytes()).collect();
        [&MAGIC[..], &VERSION.to_le_bytes(), &checksum(&numbers).to_le_bytes(), &numbers].concat()
    }
}

impl Heads {
    /// Chooses from when on the linear engine is believed: as much as costs no more than [`LOSS_MAX`]
    /// of what `unseen` texts are read right by these heads, in intents and in moods.
    fn choose_sure(&mut self, by_linear: &[&Unseen], by_bert: &[Unseen]) -> Report {
        let mut read: Vec<Compared> = by_linear
            .iter()
            .zip(by_bert)
            .filter(|(linear, _)| linear.example.source.is_message())
            .map(|(linear, bert)| Compared::of(linear, bert))
            .collect();
        read.sort_by(|a, b| b.sure.total_cmp(&a.sure));
        let n = read.len().max(1) as f64;
        let total = |of: fn(&Compared) -> [bool; 2]| read.iter().fold([0; 2], |sum, read| add(sum, of(read)));
        let (linear, bert) = (total(|read| read.linear), total(|read| read.bert));
        let (mut both, mut best) = (bert, (0_usize, bert));
        for (n_alone, read) in (1..).zip(&read) {
            both = add(both, read.linear);
            both = [both[0] - i32::from(read.bert[0]), both[1] - i32::from(read.bert[1])];
            if (0..2).all(|of| f64::from(bert[of] - both[of]) <= LOSS_MAX * n) {
                best = (n_alone, both);
            }
        }
        let (n_alone, both) = best;
        self.sure = n_alone.checked_sub(1).map_or(f32::INFINITY, |last| read[last].sure);
        Report {
            n: by_bert.len(),
            sure: self.sure,
            share: n_alone as f64 / n,
            intents: [linear[0], bert[0], both[0]].map(|right| f64::from(right) / n),
            moods: [linear[1], bert[1], both[1]].map(|right| f64::from(right) / n),
        }
    }
}

/// What both engines said of one text.
struct Compared {
    sure: f32,
    /// Whether intent and mood are right.
    linear: [bool; 2],
    bert: [bool; 2],
}

impl Compared {
    fn of(linear: &Unseen, bert: &Unseen) -> Self {
        let example = &linear.example;
        let right = |scores: &Scores| {
            let intent = scores.listed()[0].name;
            [example.intents.first() == Some(&intent), example.mood == Some(scores.mood().label)]
        };
        let (by_linear, by_bert) = (Scores::of(&linear.logits), Scores::of(&bert.logits));
        Self { sure: by_linear.sureness(), linear: right(&by_linear), bert: right(&by_bert) }
    }
}

fn add(sum: [i32; 2], of: [bool; 2]) -> [i32; 2] {
    [sum[0] + i32::from(of[0]), sum[1] + i32::from(of[1])]
}

/// Fits heads on the columns of the examples `of`.
fn fit<const N: usize>(
    columns: &[[f32; N]],
    examples: &[&Unseen],
    of: &[usize],
    strength: [f32; 3],
) -> Fitted {
    let mut rows = Rows::default();
    for row in columns {
        rows.push((0..).zip(row.iter().copied()));
    }
    let examples: Vec<_> = of.iter().map(|n| (*n, &examples[*n].example)).collect();
    Fitted::fit(&rows, N, &examples, &TrainOptions { strength, ..TrainOptions::default() })
}

/// Returns the weights of `n_columns`, and of a text without any.
fn rows_of(fitted: &Fitted, n_columns: usize) -> Vec<[f32; N_OUT]> {
    (0..n_columns).map(|n| fitted.weights(n)).chain([fitted.bias()]).collect()
}

/// Returns the outputs that `weights`, the last of which stand alone, make of `columns`.
fn outputs_of(weights: &[[f32; N_OUT]], columns: &[f32]) -> [f32; N_OUT] {
    let mut outputs = weights[columns.len()];
    columns.iter().zip(weights).for_each(|(column, weights)| add_times(&mut outputs, weights, *column));
    outputs
}

fn add_times(to: &mut [f32; N_OUT], from: &[f32; N_OUT], times: f32) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from * times);
}

/// Lays outputs of both engines side by side, as columns.
fn beside(heads: &[f32; N_OUT], linear: &[f32; N_OUT]) -> [f32; 2 * N_OUT] {
    let all = heads.iter().chain(linear).map(|output| output * OUTPUT_SCALE);
    let mut columns = [0.0; 2 * N_OUT];
    columns.iter_mut().zip(all).for_each(|(column, output)| *column = output);
    columns
}

/// Tells whether a text is in a language that MiniLM was made for.
fn is_ours(text: &str) -> bool {
    language::detect(text) == "en"
}

/// Makes the columns of texts: both embeddings, and the linear engine's outputs.
fn columns(
    texts: &[&str],
    outputs: &[[f32; N_OUT]],
    embed: &mut Embed<'_>,
) -> Result<Vec<[f32; COLUMNS]>, NlpError> {
    let (meanings, moods) = (embed(Encoder::Meaning, texts)?, embed(Encoder::Customer, texts)?);
    let parts = meanings.chunks(DIMENSIONS).zip(moods.chunks(DIMENSIONS)).zip(outputs);
    let one = |((meaning, mood), outputs): ((&[f32], &[f32]), &[f32; N_OUT])| {
        let mut row = [0.0; COLUMNS];
        row[..DIMENSIONS].copy_from_slice(meaning);
        row[DIMENSIONS..2 * DIMENSIONS].copy_from_slice(mood);
        for (value, output) in row[2 * DIMENSIONS..].iter_mut().zip(outputs) {
            *value = output * OUTPUT_SCALE;
        }
        row
    };
    Ok(parts.map(one).collect())
}

/// The linear engine, and the heads for texts of which it is not sure.
#[derive(Debug)]
pub struct Cascade {
    /// Reads all texts.
    pub linear: Linear,
    /// Read English ones again.
    pub heads: Heads,
    /// Whether they read all English texts.
    pub always: bool,
}

impl Cascade {
    /// Reads texts; the answer says for each whether the heads read it, too. Where MiniLM fails, the
    /// linear engine's answers stand, and the reason is beside them.
    pub fn read(&mut self, texts: &[&str], embed: &mut Embed<'_>) -> (Vec<(Scores, bool)>, Option<NlpError>) {
        let outputs: Vec<([f32; N_OUT], f32)> = texts.iter().map(|text| self.linear.logits(text)).collect();
        let mut read: Vec<(Scores, bool)> = outputs
            .iter()
            .map(|(outputs, norm)| (Scores { norm: *norm, ..Scores::of(outputs) }, false))
            .collect();
        let is_asked =
            |n: &usize| (self.always || read[*n].0.sureness() < self.heads.sure) && is_ours(texts[*n]);
        let asked: Vec<usize> = (0..texts.len()).filter(is_asked).collect();
        let asked_texts: Vec<&str> = asked.iter().map(|n| texts[*n]).collect();
        let asked_outputs: Vec<[f32; N_OUT]> = asked.iter().map(|n| outputs[*n].0).collect();
        match columns(&asked_texts, &asked_outputs, embed) {
            Err(e) => (read, Some(e)),
            Ok(columns) => {
                for (n, columns) in asked.iter().zip(&columns) {
                    let scores = Scores::of(&self.heads.outputs(columns));
                    read[*n] = (Scores { norm: read[*n].0.norm, ..scores }, true);
                }
                (read, None)
            }
        }
    }
}
