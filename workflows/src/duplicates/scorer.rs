//! From the pattern of a pair to how likely it is the same, and why.

use super::Kind;
use super::compare::Pattern;
use super::kind::N_KINDS;
use super::model::{Levels, Model, mixed};
use super::prior::Tie;
use super::similar::Level;

/// How likely a pair is of each class; sums to 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Classes {
    pub(super) same: f64,
    pub(super) tied: [f64; Tie::ALL.len()],
    pub(super) strangers: f64,
}

/// The logarithms of a model, to score many pairs.
pub(super) struct Scorer {
    model: Model,
    /// By kind and level.
    same: [Levels; N_KINDS],
    /// By class, strangers first and then the ties; by kind, sharing and level.
    others: [[[Levels; 2]; N_KINDS]; 1 + Tie::ALL.len()],
    /// The logarithms of how many pairs there are of each class.
    prior_same: f64,
    priors: [f64; 1 + Tie::ALL.len()],
}

/// What the kinds of a pair weigh, and of which class that makes it.
pub(super) struct Scored {
    pub(super) classes: Classes,
    /// By kind, the logarithm of how many times likelier it agrees like this when the two are the
    /// same than when they are strangers.
    pub(super) weights: Vec<(Kind, f64)>,
}

impl Scorer {
    pub(super) fn of(model: &Model) -> Self {
        let log = |levels: &Levels| levels.map(|p| if p > 0.0 { p.ln() } else { 0.0 });
        let u = &model.u;
        let tied = |tie: Tie| -> [[Levels; 2]; N_KINDS] {
            std::array::from_fn(|i| {
                [0, 1].map(|shared| log(&mixed(model.tied[tie as usize][i], &model.m[i], &u[i][shared])))
            })
        };
        let n_strangers = (model.n_pairs
            - model.n_same
            - model.ties.iter().map(|t| model.n_tied[*t as usize]).sum::<f64>())
        .max(0.1 * model.n_pairs);
        let prior = |tie: Tie| {
            if model.ties.contains(&tie) { model.n_tied[tie as usize].ln() } else { f64::NEG_INFINITY }
        };
        Self {
            model: model.clone(),
            same: std::array::from_fn(|i| log(&model.m[i])),
            others: [
                std::array::from_fn(|i| [log(&u[i][0]), log(&u[i][1])]),
                tied(Tie::Family),
                tied(Tie::Colleagues),
            ],
            prior_same: model.n_same.ln(),
            priors: [n_strangers.ln(), prior(Tie::Family), prior(Tie::Colleagues)],
        }
    }

    /// Returns how likely a pair of this pattern is of each class.
    pub(super) fn classes(&self, pattern: Pattern) -> Classes {
        let mut same = self.prior_same;
        let mut others = self.priors;
        for kind in &self.model.kinds {
            let (i, level) = (*kind as usize, pattern.level(*kind) as usize);
            let shared = self.model.shared(*kind, pattern);
            same += self.same[i][level];
            for (class, sum) in others.iter_mut().enumerate() {
                *sum += self.others[class][i][shared][level];
            }
        }
        classes(same, others)
    }

    /// Returns the same with the reasons. `frequency` tells which share of people have the value
    /// that a pair has in common, by kind: sharing a rare one says more.
    pub(super) fn score(&self, pattern: Pattern, frequency: impl Fn(Kind) -> Option<f64>) -> Scored {
        let mut same = self.prior_same;
        let mut others = self.priors;
        let mut weights = Vec::with_capacity(self.model.kinds.len());
        for kind in &self.model.kinds {
            let logs = self.logs(*kind, pattern, frequency(*kind));
            same += logs.0;
            others.iter_mut().zip(logs.1).for_each(|(sum, log)| *sum += log);
            weights.push((*kind, logs.0 - logs.1[0]));
        }
        Scored { classes: classes(same, others), weights }
    }

    /// Returns what a kind adds to the class of the same and to the others.
    fn logs(&self, kind: Kind, pattern: Pattern, frequency: Option<f64>) -> (f64, [f64; 1 + Tie::ALL.len()]) {
        let (i, level, shared) =
            (kind as usize, pattern.level(kind) as usize, self.model.shared(kind, pattern));
        let Some(frequency) = frequency.filter(|_| level == Level::Same as usize) else {
            return (self.same[i][level], std::array::from_fn(|class| self.others[class][i][shared][level]));
        };
        let m = self.model.m[i][level];
        // An agreement never speaks against a pair.
        let chance = if shared == 1 { frequency.max(self.model.u[i][1][level]) } else { frequency }.min(m);
        let tied = |tie: Tie| {
            let q = self.model.tied[tie as usize][i];
            (q * m + (1.0 - q) * chance).ln()
        };
        (m.ln(), [chance.ln(), tied(Tie::Family), tied(Tie::Colleagues)])
    }
}

/// Turns logarithms of what speaks for each class into probabilities.
fn classes(same: f64, others: [f64; 1 + Tie::ALL.len()]) -> Classes {
    let most = others.iter().copied().fold(same, f64::max);
    let [strangers, family, colleagues] = others.map(|log| (log - most).exp());
    let same = (same - most).exp();
    let all = same + strangers + family + colleagues;
    Classes { same: same / all, tied: [family / all, colleagues / all], strangers: strangers / all }
}
