//! Few texts of many labels: MiniLM is taught them, then a head is fitted on its embeddings and grams.
//!
//! Embeddings that were learned from a text know its label, so nothing can be calibrated on it. MiniLM is
//! therefore taught once more for each part held aside, without that part.

use super::Labelled;
use super::held::{Held, Part};
use super::train::{Corpus, Fitted, Loss, Options, STRENGTHS, Shape};
use crate::NlpError;
use crate::bert::{Bert, Encoder};

/// How a head is fitted where every text has a label: the best of six on two draws of 10 a label (BANKING77).
const SHAPE: Shape =
    Shape { encoder: Some(Encoder::Taught), alone: false, share: 2.0, loss: Loss::Softmax, strength: 10.0 };
/// Teaching takes long, so there are fewer parts than elsewhere.
const PARTS: u64 = 3;

/// Teaches `bert` the texts and fits a head; behind the first `n` texts stand names of labels.
///
/// # Errors
/// What `bert` says.
pub(super) fn fit(
    corpus: &mut Corpus,
    drawn: &[&Labelled],
    n: usize,
    options: &Options,
    bert: &mut Bert,
) -> Result<Fitted, NlpError> {
    let texts: Vec<&str> = drawn.iter().map(|example| example.text.as_str()).collect();
    let hinge = STRENGTHS.iter().filter(|(loss, _)| *loss == Loss::Hinge);
    let shapes: Vec<Shape> = match corpus.is_scoped() {
        true => vec![SHAPE],
        false => hinge.map(|(loss, strength)| Shape { loss: *loss, strength: *strength, ..SHAPE }).collect(),
    };
    let mut all = Held::unread(&shapes);
    for part in Part::all(corpus, &drawn[..n], options.seed, PARTS, PARTS) {
        teach(corpus, &texts, &part.rest, options.seed, bert)?;
        Held::read(&mut all, corpus, &part, options.seed);
    }
    let held = Held::best_of(all);
    let learned = teach(corpus, &texts, &corpus.all(), options.seed, bert)?;
    let head = corpus.fit_all(held.shape, options.seed);
    Ok(Fitted { held, head, learned })
}

/// Teaches `bert` the chosen texts that have a label, and has it read all.
fn teach(
    corpus: &mut Corpus,
    texts: &[&str],
    chosen: &[usize],
    seed: u64,
    bert: &mut Bert,
) -> Result<Vec<u8>, NlpError> {
    let labelled = chosen.iter().filter_map(|n| Some((texts[*n], corpus.classes[*n]?)));
    let (of, labels): (Vec<&str>, Vec<usize>) = labelled.unzip();
    let learned = bert.teach(&of, &labels, seed)?;
    bert.take(&learned)?;
    corpus.embedded = vec![(Encoder::Taught, bert.embed(Encoder::Taught, texts)?)];
    Ok(learned)
}
