//! How good an answer is.

use std::collections::HashMap;
use std::hash::Hash;

use crate::statistics::ranks;

/// Returns the area under the ROC curve: the share of pairs of a true and a false row in which the true one
/// has the higher score, ties counted half. None without rows of both kinds.
#[must_use]
pub fn auroc(scores: &[f64], truth: &[bool]) -> Option<f64> {
    let n_true = truth.iter().filter(|t| **t).count() as f64;
    let n_false = truth.len() as f64 - n_true;
    let (ranks, _) = ranks(scores);
    let rank_sum: f64 = ranks.iter().zip(truth).filter(|(_, t)| **t).map(|(rank, _)| rank).sum();
    let pairs = n_true * n_false;
    (pairs > 0.0).then(|| (rank_sum - n_true * (n_true + 1.0) / 2.0) / pairs)
}

/// Returns the mean squared error of probabilities, 0 at best. 0 without rows.
#[must_use]
pub fn brier(probabilities: &[f64], truth: &[bool]) -> f64 {
    let error = |(p, t): (&f64, &bool)| (p - f64::from(u8::from(*t))).powi(2);
    probabilities.iter().zip(truth).map(error).sum::<f64>() / probabilities.len().max(1) as f64
}

/// Returns how alike two clusterings of the same rows are: 1 if the same but for names, 0 as by chance
/// (adjusted Rand index; Hubert and Arabie 1985).
#[must_use]
pub fn adjusted_rand<A: Eq + Hash, B: Eq + Hash>(a: &[A], b: &[B]) -> f64 {
    let pairs = |n: f64| n * (n - 1.0) / 2.0;
    let (mut both, mut of_a, mut of_b) = (HashMap::new(), HashMap::new(), HashMap::new());
    for (x, y) in a.iter().zip(b) {
        *both.entry((x, y)).or_insert(0.0) += 1.0;
        *of_a.entry(x).or_insert(0.0) += 1.0;
        *of_b.entry(y).or_insert(0.0) += 1.0;
    }
    let sum = |counts: &mut dyn Iterator<Item = f64>| counts.map(pairs).sum::<f64>();
    let (together, in_a, in_b) =
        (sum(&mut both.into_values()), sum(&mut of_a.into_values()), sum(&mut of_b.into_values()));
    let all = pairs(a.len() as f64);
    let by_chance = if all > 0.0 { in_a * in_b / all } else { 0.0 };
    let best = f64::midpoint(in_a, in_b);
    if best == by_chance { 1.0 } else { (together - by_chance) / (best - by_chance) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auroc_counts_pairs() {
        assert_eq!(auroc(&[1.0, 2.0, 3.0, 4.0], &[false, false, true, true]), Some(1.0));
        assert_eq!(auroc(&[1.0, 2.0, 2.0, 0.0], &[false, false, true, true]), Some(0.375));
        assert_eq!(auroc(&[1.0, 1.0], &[false, true]), Some(0.5));
        assert_eq!(auroc(&[1.0, 1.0], &[true, true]), None);
    }

    #[test]
    fn adjusted_rand_knows_equal_and_unlike() {
        assert_eq!(adjusted_rand(&[0, 0, 1, 1], &["b", "b", "a", "a"]), 1.0);
        // From the definition: (0 - 4/6) / (2 - 4/6) = -0.5.
        assert!((adjusted_rand(&[0, 0, 1, 1], &[0, 1, 0, 1]) + 0.5).abs() < 1e-12);
        assert_eq!(adjusted_rand(&[0, 0], &[5, 5]), 1.0);
        assert_eq!(adjusted_rand::<u8, u8>(&[], &[]), 1.0);
    }
}
