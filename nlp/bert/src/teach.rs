//! Teaches MiniLM what tells few texts of many labels apart: low-rank factors of all its layers, learned with a
//! head whose row for a label begins as the mean of that label's texts, so that what the model knows already
//! is not forgotten.

use std::path::Path;

use tch::nn::OptimizerConfig as _;
use tch::{Device, Kind, Tensor, nn, no_grad};

use crate::delta;
use crate::encoder::{Batch, Net};
use crate::lora::{Adapted, GRADIENT_MAX, rate, shuffle};
use crate::tokens::Tokens;
use rapport_bert::DIMENSIONS;

/// How often each text is learned from.
const PASSES: usize = 6;
const BATCH_TEXTS: usize = 64;
const RATE_MAX: f64 = 1e-3;
/// More than usual: texts are few.
const DROPOUT: f64 = 0.2;
/// What cosines are divided by before they are compared.
const TEMPERATURE: f64 = 0.1;
/// Texts are cut to so many tokens: most is said early, and time is short.
const TOKENS_MAX: usize = 128;
/// Texts of a batch differ in length by less than this many tokens, where there are enough.
const LENGTH_STEP: usize = 3;
const LABELS_MAX: usize = 10_000;

/// Learns from `texts` and the label of each; returns the file of what that changes of the model in `model`.
pub fn teach(
    model: &Path,
    tokens: &Tokens,
    texts: &[String],
    labels: &[usize],
    seed: u64,
) -> Result<Vec<u8>, String> {
    let n_labels = labels.iter().max().map_or(0, |label| label + 1);
    if texts.is_empty() || texts.len() != labels.len() || n_labels > LABELS_MAX {
        return Err(format!("{} texts with {} labels cannot be learned from", texts.len(), labels.len()));
    }
    tch::manual_seed(seed.cast_signed());
    let rows: Vec<Vec<i64>> = texts
        .iter()
        .map(|text| {
            let mut ids = tokens.of(text);
            ids.truncate(TOKENS_MAX);
            ids
        })
        .collect();
    let (mut vs, factors) = (nn::VarStore::new(Device::Cpu), nn::VarStore::new(Device::Cpu));
    let net = Net::load(&mut vs, model, DROPOUT)?;
    let mut head = factors.root().zeros("head", &[n_labels as i64, DIMENSIONS as i64]);
    no_grad(|| head.copy_(&means(&net, &rows, labels, n_labels)));
    let mut adapted = Adapted::of(&vs, &factors);
    let mut optimiser = nn::AdamW::default().build(&factors, RATE_MAX).map_err(|e| e.to_string())?;
    let mut rng = seed;
    let batches: Vec<Vec<usize>> = (0..PASSES).flat_map(|_| batches(&rows, &mut rng)).collect();
    for (step, batch) in batches.iter().enumerate() {
        optimiser.set_lr(rate(RATE_MAX, step as f64 / batches.len() as f64));
        optimiser.zero_grad();
        adapted.merge();
        let of: Vec<&[i64]> = batch.iter().map(|n| rows[*n].as_slice()).collect();
        let wanted: Vec<i64> = batch.iter().map(|n| labels[*n] as i64).collect();
        let cosines = unit(&net.pooled(&Batch::of(&of), true)).matmul(&unit(&head).transpose(0, 1));
        let loss = (cosines / TEMPERATURE).cross_entropy_for_logits(&Tensor::from_slice(&wanted));
        loss.backward();
        adapted.pass_gradients_on();
        optimiser.clip_grad_norm(GRADIENT_MAX);
        optimiser.step();
    }
    Ok(delta::file(&adapted.factors()))
}

/// Returns for each label the sum of its texts' embeddings, which points where their mean does.
fn means(net: &Net, rows: &[Vec<i64>], labels: &[usize], n_labels: usize) -> Tensor {
    no_grad(|| {
        let sums = Tensor::zeros([n_labels as i64, DIMENSIONS as i64], (Kind::Float, Device::Cpu));
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|n| rows[*n].len());
        for batch in order.chunks(BATCH_TEXTS) {
            let of: Vec<&[i64]> = batch.iter().map(|n| rows[*n].as_slice()).collect();
            let at: Vec<i64> = batch.iter().map(|n| labels[*n] as i64).collect();
            let _ = sums.shallow_clone().index_add_(
                0,
                &Tensor::from_slice(&at),
                &unit(&net.pooled(&Batch::of(&of), false)),
            );
        }
        sums
    })
}

/// Brings each row to length 1; one of zeros stays.
fn unit(rows: &Tensor) -> Tensor {
    rows / rows.norm_scalaropt_dim(2, [1_i64].as_slice(), true).clamp_min(1e-9)
}

/// Draws batches of texts of like length, in any order.
fn batches(rows: &[Vec<i64>], rng: &mut u64) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    shuffle(&mut order, rng);
    order.sort_by_key(|n| rows[*n].len() / LENGTH_STEP);
    let mut batches: Vec<Vec<usize>> = order.chunks(BATCH_TEXTS).map(<[usize]>::to_vec).collect();
    shuffle(&mut batches, rng);
    batches
}
