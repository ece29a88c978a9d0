//! Fitting of one softmax over all labels: cross-entropy and an L2 penalty, by dual coordinate descent
//! (Yu, Huang, Lin 2011), all labels of a text in one step.
//!
//! Each text has dual variables that are a distribution over the labels. A step moves them towards
//! what the weights say of the text now, as far as lowers the dual most: the best distance is the root
//! of a function that grows, found by Newton's method. Deterministic for a seed.

use super::dual::{BIAS_VALUE, Head, Task, shuffle};

/// What the duals keep of an even distribution at first: their logarithms must be finite.
const EVEN: f32 = 1e-3;
/// A label whose dual would move less than this stays.
const STEP_MIN: f32 = 1e-5;
/// A pass that moves the duals by less than this on average is the last.
const CHANGE_MIN: f32 = 2e-3;
const NEWTON_STEPS: usize = 4;

/// Fits the heads; every example must have a class.
pub(super) fn fit(task: &Task<'_>) -> Head {
    let n = task.n_classes;
    let examples: Vec<(usize, usize)> =
        task.examples.iter().filter_map(|(row, c)| Some((*row, (*c)?))).collect();
    let mut head = Head { weights: vec![0.0; task.n_columns * n], bias: vec![0.0; n] };
    let mut duals = vec![EVEN / n as f32; examples.len() * n];
    let square = task.square + BIAS_VALUE * BIAS_VALUE;
    let mut moves = vec![0.0; n];
    for (at, (row, class)) in examples.iter().enumerate() {
        let duals = &mut duals[at * n..][..n];
        duals[*class] += 1.0 - EVEN;
        moves.iter_mut().zip(duals.iter()).for_each(|(step, dual)| *step = -dual * task.strength);
        moves[*class] += task.strength;
        step(&mut head, task, *row, &moves);
    }
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut seed = task.seed;
    let mut scores = vec![0.0; n];
    for _ in 0..task.passes_max {
        shuffle(&mut order, &mut seed);
        let mut changed = 0.0;
        for at in &order {
            let (row, _) = examples[*at];
            score(&head, task, row, &mut scores);
            let duals = &mut duals[at * n..][..n];
            towards(&scores, duals, &mut moves);
            let far = best(&scores, duals, &moves, task.strength * square);
            let mut any = false;
            for (dual, step) in duals.iter_mut().zip(&mut moves) {
                let by = far * *step;
                *dual += by;
                changed += by.abs();
                any |= by != 0.0;
                *step = -task.strength * by;
            }
            if any {
                step(&mut head, task, row, &moves);
            }
        }
        if changed < CHANGE_MIN * examples.len() as f32 {
            break;
        }
    }
    head.bias.iter_mut().for_each(|bias| *bias *= BIAS_VALUE);
    head
}

/// Computes the scores of a row, while the bias is not yet scaled.
fn score(head: &Head, task: &Task<'_>, row: usize, scores: &mut [f32]) {
    let n = scores.len();
    scores.iter_mut().zip(&head.bias).for_each(|(score, bias)| *score = bias * BIAS_VALUE);
    for (column, value) in task.rows.row(row) {
        let column = &head.weights[column as usize * n..][..n];
        scores.iter_mut().zip(column).for_each(|(score, weight)| *score += value * weight);
    }
}

/// Adds `moves` of each label, times the row, to the weights.
fn step(head: &mut Head, task: &Task<'_>, row: usize, moves: &[f32]) {
    let n = moves.len();
    for (column, value) in task.rows.row(row) {
        let column = &mut head.weights[column as usize * n..][..n];
        column.iter_mut().zip(moves).for_each(|(weight, step)| *weight += value * step);
    }
    head.bias.iter_mut().zip(moves).for_each(|(bias, step)| *bias += BIAS_VALUE * step);
}

/// Sets `moves` to what lies between the duals and the probabilities that `scores` give; they sum to 0.
fn towards(scores: &[f32], duals: &[f32], moves: &mut [f32]) {
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    moves.iter_mut().zip(scores).for_each(|(step, score)| *step = (score - top).exp());
    let sum: f32 = moves.iter().sum();
    let mut left = 0.0;
    let mut widest = 0;
    for (label, dual) in duals.iter().enumerate() {
        let by = moves[label] / sum - dual;
        moves[label] = if by.abs() < STEP_MIN { 0.0 } else { by };
        left += by - moves[label];
        if duals[label] > duals[widest] {
            widest = label;
        }
    }
    moves[widest] += left;
}

/// Returns how far along `moves` the dual is lowest, in 0..=1; `curvature` is strength times the
/// squared length of the row.
fn best(scores: &[f32], duals: &[f32], moves: &[f32], curvature: f32) -> f32 {
    let mut far = 1.0 / (1.0 + curvature);
    for _ in 0..NEWTON_STEPS {
        let (mut slope, mut bend) = (0.0, 0.0);
        for ((step, dual), score) in
            moves.iter().zip(duals).zip(scores).filter(|((step, _), _)| **step != 0.0)
        {
            let at = (dual + far * step).max(1e-12);
            slope += step * (at.ln() - score + curvature * far * step);
            bend += step * step * (1.0 / at + curvature);
        }
        if bend <= 0.0 {
            break;
        }
        let next = (far - slope / bend).clamp(far * 0.1, far + 0.9 * (1.0 - far));
        if (next - far).abs() < 1e-3 {
            return next;
        }
        far = next;
    }
    far
}
