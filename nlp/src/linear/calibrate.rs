//! Calibration: what the weights say of texts that they have not seen, and the temperatures that
//! make these probabilities honest.

use super::data::{Example, Source};
use super::fit::softmax;
use super::model::{MOODS, N_HEADS, N_OUT, URGENT, head_of};
use super::train::{TrainOptions, draw, fitted, intent_target, one_hot};
use super::{Linear, near};
use crate::language;

/// Examples are split so often.
pub const FOLDS: u64 = 3;

/// An example and what weights that never saw it say of it.
#[derive(Clone, Debug)]
pub struct Unseen {
    /// The example: a message or a phrase.
    pub example: Example,
    /// The outputs, with the temperatures of [`calibrate`].
    pub logits: [f32; N_OUT],
    /// Its fold, below [`FOLDS`]; near copies share one.
    pub fold: u64,
    /// What it may be used for.
    pub may: Use,
}

/// Parts of the own texts: two are drawn to measure, one for heads.
const PARTS: u64 = 10;

/// What an own text may be used for; drawn from the text, the same for near copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// To measure, where a fifth is held aside.
    Measure,
    /// To learn heads and temperatures, not for MiniLM's own weights: these are too sure of what they
    /// have learned.
    Heads,
    /// For everything.
    All,
}

/// Where a text stands among the others.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    /// The group of near copies that it is of.
    pub group: usize,
    /// Its fold, below [`FOLDS`].
    pub fold: u64,
    /// What it may be used for.
    pub may: Use,
}

/// Draws fold and use of texts, by the first text of each group of near copies.
pub fn drawn<'a>(examples: impl Iterator<Item = &'a Example>, seed: u64) -> Vec<Drawn> {
    let texts: Vec<&str> = examples.map(|example| example.text.as_str()).collect();
    let of = |group: usize| Drawn {
        group,
        fold: draw(texts[group], seed) % FOLDS,
        may: match draw(texts[group], seed ^ 0x5eed) % PARTS {
            0 | 5 => Use::Measure,
            1 => Use::Heads,
            _ => Use::All,
        },
    };
    near::groups(&texts).into_iter().map(of).collect()
}

/// Puts near copies of an own text, and its dressed copy, into the same fold and use.
fn folds(examples: &[Example], seed: u64) -> Vec<Option<Drawn>> {
    let is_bare = |n: &usize| !matches!(examples[*n].source, Source::Dressed | Source::Extra);
    let own: Vec<usize> = (0..examples.len()).filter(is_bare).collect();
    let mut folds = vec![None; examples.len()];
    for (n, drawn) in own.iter().zip(drawn(own.iter().map(|n| &examples[*n]), seed)) {
        folds[*n] = Some(drawn);
    }
    // Copies stand in the order of their originals.
    let copies = (0..examples.len()).filter(|n| examples[*n].source == Source::Dressed);
    for (copy, original) in copies.zip(own) {
        folds[copy] = folds[original];
    }
    folds
}

/// Reads each fold by weights that never saw it: an unseen text has unseen grams, and leaving that
/// out would make the probabilities too sure. The outputs have no temperature yet.
pub fn unseen(examples: &[Example], options: &TrainOptions) -> Vec<Unseen> {
    let folds = folds(examples, options.seed);
    let mut unseen = Vec::new();
    for fold in 0..FOLDS {
        let rest: Vec<Example> = examples
            .iter()
            .zip(&folds)
            .filter(|(_, of)| of.is_none_or(|of| of.fold != fold))
            .map(|(e, _)| e.clone())
            .collect();
        let mut linear = Linear::of(fitted(&rest, [[1.0; N_HEADS]; 2], options).0);
        for (example, of) in examples.iter().zip(&folds) {
            if let Some(Drawn { may, .. }) = of.filter(|of| of.fold == fold)
                && example.source != Source::Dressed
            {
                let logits = linear.logits(&example.text).0;
                unseen.push(Unseen { example: example.clone(), logits, fold, may });
            }
        }
    }
    unseen
}

/// Finds the temperatures with which own examples that were not trained on are least surprising, and
/// divides the outputs by them: first those of all examples but Chinese ones, then of these. A Chinese
/// text has other grams, and more or fewer of them that are known.
pub fn calibrate(unseen: &mut [Unseen]) -> [[f32; N_HEADS]; 2] {
    let (chinese, others): (Vec<_>, Vec<_>) =
        unseen.iter_mut().partition(|unseen| language::is_chinese(&unseen.example.text));
    [others, chinese].map(calibrate_alike)
}

fn calibrate_alike(unseen: Vec<&mut Unseen>) -> [f32; N_HEADS] {
    let mut intents = Vec::<([f32; 16], [f32; 16])>::new();
    let mut moods = Vec::<([f32; 3], [f32; 3])>::new();
    let mut urgent = Vec::<([f32; 2], [f32; 2])>::new();
    for Unseen { example, logits, .. } in
        unseen.iter().map(|u| &**u).filter(|u| u.example.source.is_message())
    {
        intents.push((intent_logits(logits), intent_target(example)));
        moods.extend(example.mood.map(|mood| (mood_logits(logits), one_hot(mood as usize))));
        urgent.extend(example.urgent.map(|is| ([0.0, logits[URGENT]], one_hot(usize::from(is)))));
    }
    let found = [temperature(&intents), temperature(&moods), temperature(&urgent)];
    for Unseen { logits, .. } in unseen {
        for (n, logit) in logits.iter_mut().enumerate() {
            *logit /= found[head_of(n)];
        }
    }
    found
}

/// Returns the outputs for the intents.
pub fn intent_logits(logits: &[f32; N_OUT]) -> [f32; 16] {
    *logits.first_chunk().expect("intents come first")
}

/// Returns the outputs for the moods.
pub fn mood_logits(logits: &[f32; N_OUT]) -> [f32; 3] {
    std::array::from_fn(|n| logits[MOODS + n])
}

/// The temperature of the least cross-entropy; 1 where nothing was seen.
fn temperature<const C: usize>(seen: &[([f32; C], [f32; C])]) -> f32 {
    if seen.is_empty() {
        return 1.0;
    }
    let surprise = |t: f32| -> f64 {
        let one = |(logits, target): &([f32; C], [f32; C])| {
            let p = softmax(logits.map(|logit| logit / t));
            -target.iter().zip(p).map(|(target, p)| f64::from(target * p.max(1e-9).ln())).sum::<f64>()
        };
        seen.iter().map(one).sum()
    };
    let candidates = (0..60).map(|n| 0.2 * 1.05_f32.powi(n));
    candidates.min_by(|a, b| surprise(*a).total_cmp(&surprise(*b))).unwrap_or(1.0)
}
