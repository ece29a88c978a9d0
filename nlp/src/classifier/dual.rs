//! Fitting of one-against-the-rest heads with many classes: squared hinge loss and an L2 penalty,
//! by dual coordinate descent (Hsieh et al. 2008), all classes of a text in one step.
//!
//! A step looks at one text alone, so that a pass over ten thousand short texts takes a fraction of
//! a second where a method that needs the whole gradient needs tens of passes as long. It is
//! deterministic for a seed.

use crate::linear::Rows;

/// What is to be learned.
pub(super) struct Task<'a> {
    /// The texts as features.
    pub(super) rows: &'a Rows,
    /// The square of a row's length, the same for all.
    pub(super) square: f32,
    /// Which texts take part, each with its class; one without a class is none of them.
    pub(super) examples: &'a [(usize, Option<usize>)],
    pub(super) n_columns: usize,
    pub(super) n_classes: usize,
    /// How much texts count beside the penalty; more fits closer.
    pub(super) strength: f32,
    /// Passes over all texts at most.
    pub(super) passes_max: usize,
    pub(super) seed: u64,
}

/// Weights by column and class, and biases.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// `weights[column * n_classes + class]`.
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

/// What the bias counts beside features of length 1: it is penalised like them.
pub(super) const BIAS_VALUE: f32 = 0.4;
/// A pass that changes no text's duals by more than this on average is the last.
const CHANGE_MIN: f32 = 2e-3;

/// Fits the heads.
pub(super) fn fit(task: &Task<'_>) -> Head {
    let n = task.n_classes;
    let mut weights = vec![0.0_f32; task.n_columns * n];
    let mut bias = vec![0.0_f32; n];
    let mut duals = vec![0.0_f32; task.examples.len() * n];
    let mut order: Vec<usize> = (0..task.examples.len()).collect();
    let mut seed = task.seed;
    // Of the squared hinge: a dual's own weight in the diagonal.
    let own = 0.5 / task.strength;
    let (mut scores, mut steps) = (vec![0.0_f32; n], Vec::with_capacity(n));
    for _ in 0..task.passes_max {
        shuffle(&mut order, &mut seed);
        let mut changed = 0.0;
        for at in &order {
            let (row, class) = task.examples[*at];
            scores.copy_from_slice(&bias);
            scores.iter_mut().for_each(|score| *score *= BIAS_VALUE);
            for (column, value) in task.rows.row(row) {
                let column = &weights[column as usize * n..][..n];
                scores.iter_mut().zip(column).for_each(|(score, weight)| *score += value * weight);
            }
            steps.clear();
            let duals = &mut duals[at * n..][..n];
            for (c, (dual, score)) in duals.iter_mut().zip(&scores).enumerate() {
                let side = if class == Some(c) { 1.0 } else { -1.0 };
                let slope = side * score - 1.0 + own * *dual;
                let next = (*dual - slope / (task.square + BIAS_VALUE * BIAS_VALUE + own)).max(0.0);
                let step = next - *dual;
                if step.abs() > 1e-6 {
                    *dual = next;
                    steps.push((c, step * side));
                    changed += step.abs();
                }
            }
            if steps.is_empty() {
                continue;
            }
            for (column, value) in task.rows.row(row) {
                let column = &mut weights[column as usize * n..][..n];
                steps.iter().for_each(|(c, step)| column[*c] += value * step);
            }
            steps.iter().for_each(|(c, step)| bias[*c] += BIAS_VALUE * step);
        }
        if changed < CHANGE_MIN * task.examples.len() as f32 {
            break;
        }
    }
    bias.iter_mut().for_each(|bias| *bias *= BIAS_VALUE);
    Head { weights, bias }
}

impl Head {
    /// Returns the margins of all classes for a row.
    pub(super) fn margins(&self, row: impl Iterator<Item = (u32, f32)>) -> Vec<f32> {
        let n = self.bias.len();
        let mut margins = self.bias.clone();
        for (column, value) in row {
            let column = &self.weights[column as usize * n..][..n];
            margins.iter_mut().zip(column).for_each(|(margin, weight)| *margin += value * weight);
        }
        margins
    }
}

pub(crate) fn shuffle(order: &mut [usize], seed: &mut u64) {
    for i in (1..order.len()).rev() {
        // splitmix64
        *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        order.swap(i, ((z ^ (z >> 31)) % (i as u64 + 1)) as usize);
    }
}
