//! How a score is made of scaled figures: 0 is usual, and a higher score likelier.

use ndarray::{Array2, ArrayView1, Axis};
use serde::{Deserialize, Serialize};

use crate::InsightError;
use crate::classify::{Small, Weights};
use crate::random;
use crate::smo::{self, Kernel};

/// Rows that support vectors are sought among at most: each costs as much as a row when it is asked.
const VECTOR_ROWS_MAX: usize = 1_000;
const COST: f64 = 1.0;
const SEED: u64 = 1;
/// A forest is never surer than this.
const SHARE_MIN: f64 = 1e-6;

/// What can be learnt, the simplest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Logistic regression: weights add up.
    Logistic,
    /// Trees that vote.
    Forest,
    /// Support vectors with a curved boundary, from a sample.
    Svm,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Logistic, Self::Forest, Self::Svm];
}

/// What was learnt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Way {
    Logistic { weights: Vec<f64>, intercept: f64 },
    Forest(Small),
    Svm(smo::Model),
}

impl Way {
    pub(super) fn train(kind: Kind, x: &Array2<f64>, came_true: &[bool]) -> Result<Self, InsightError> {
        Ok(match kind {
            Kind::Logistic => {
                let y: Vec<usize> = came_true.iter().map(|t| usize::from(*t)).collect();
                let (weights, intercept) = Weights::train(x, &y, 2)?.between();
                Self::Logistic { weights, intercept }
            }
            Kind::Forest => Self::Forest(Small::train(x, came_true, SEED)),
            Kind::Svm => {
                let rows = random::sample(&mut random::seeded(SEED), came_true.len(), VECTOR_ROWS_MAX);
                let truth: Vec<bool> = rows.iter().map(|&row| came_true[row]).collect();
                let x = x.select(Axis(0), &rows);
                Self::Svm(smo::two_class(&x, &truth, Kernel::scaled(&x), COST))
            }
        })
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Logistic { .. } => Kind::Logistic,
            Self::Forest(_) => Kind::Forest,
            Self::Svm(_) => Kind::Svm,
        }
    }

    pub(super) fn score(&self, row: &[f64]) -> f64 {
        match self {
            Self::Logistic { weights, intercept } => {
                intercept + weights.iter().zip(row).map(|(weight, value)| weight * value).sum::<f64>()
            }
            Self::Forest(forest) => {
                let share = forest.share(row).clamp(SHARE_MIN, 1.0 - SHARE_MIN);
                (share / (1.0 - share)).ln()
            }
            Self::Svm(model) if model.is_for(row.len()) => model.score(ArrayView1::from(row)),
            Self::Svm(_) => 0.0,
        }
    }

    /// Returns what each figure adds to the score: what would be missing if it were usual.
    pub(super) fn parts(&self, row: &[f64]) -> Vec<f64> {
        if let Self::Logistic { weights, .. } = self {
            return weights.iter().zip(row).map(|(weight, value)| weight * value).collect();
        }
        let all = self.score(row);
        let mut changed = row.to_vec();
        let without = |at: usize| {
            if row[at] == 0.0 {
                return 0.0;
            }
            changed[at] = 0.0;
            let part = all - self.score(&changed);
            changed[at] = row[at];
            part
        };
        (0..row.len()).map(without).collect()
    }
}
