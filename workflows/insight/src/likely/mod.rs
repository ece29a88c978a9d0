//! How likely something comes about, such as that a customer falls silent or a deal is won, learnt from cases of
//! which it is known whether it did.
//!
//! Logistic regression on robustly scaled figures, unless a forest or support vectors tell cases of a later
//! time apart clearly better: of two that are equally good, the simpler. Probabilities are fitted to cases
//! of that later time (Platt 1999) and measured on others of it. A model is plain numbers, so that a newer
//! program reads it, and carries rows with the answers it gave when it was made.

mod way;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

pub use way::Kind;
use way::Way;

use crate::InsightError;
use crate::classify::Curve;
use crate::measure::{auroc, brier};
use crate::statistics::{quantile, sorted};

/// Fewest cases to learn from, and as many of a later time.
pub const ROWS_MIN: usize = 200;
/// Fewest of them in which it came about, and fewest in which it did not, of either time.
pub const EACH_MIN: usize = 20;
/// From this stability index on, figures are no longer those that the model was learnt from.
pub const DRIFT: f64 = 0.25;

/// Scaled figures further out say no more.
const CLIP: f64 = 4.0;
/// Bins that drift is measured in.
const BINS: usize = 10;
/// Rows that a model carries.
const CHECKED: usize = 20;
/// A reason that moves the log-odds by less is none.
const REASON_MIN: f64 = 0.1;
/// What is less simple than logistic regression must order cases so much better, as areas under the ROC curve.
const BETTER_MIN: f64 = 0.02;

/// A model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    columns: Vec<Column>,
    way: Way,
    curve: Curve,
    /// What came of it on cases that it was not learnt from.
    pub measured: Measured,
    /// How well each way that was tried orders the cases of the later time: the area under the ROC curve.
    pub tried: Vec<(Kind, f64)>,
    checks: Vec<(Vec<Option<f64>>, f64)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Column {
    middle: f64,
    spread: f64,
    /// The upper ends of the lower bins.
    bins: Vec<f64>,
    /// The share of cases in each bin.
    shares: Vec<f64>,
}

/// How good a model was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Cases it was measured on.
    pub n: usize,
    /// The share of them in which it came about.
    pub share: f64,
    /// The area under the ROC curve.
    pub auroc: f64,
    /// The mean squared error of its probabilities.
    pub brier: f64,
    /// How far probabilities are from what came true, in the mean over ten equal parts.
    pub calibration_error: f64,
    /// How many times as often it came about among the tenth that was likeliest as among all.
    pub lift: f64,
}

/// Cases of which it is known whether it came about.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Their figures; NaN where nothing is known.
    pub rows: Vec<Vec<f64>>,
    /// Whether it came about afterwards.
    pub came_true: Vec<bool>,
}

impl Known {
    fn check(&self, what: &'static str) -> Result<(), InsightError> {
        let n = self.came_true.len();
        let n_true = self.came_true.iter().filter(|t| **t).count();
        if n < ROWS_MIN {
            return Err(InsightError::TooFewRows { what, needed: ROWS_MIN, found: n });
        }
        let found = n_true.min(n - n_true);
        if found < EACH_MIN {
            return Err(InsightError::TooFewRows { what, needed: EACH_MIN, found });
        }
        Ok(())
    }
}

/// What speaks for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reason {
    /// Which figure.
    pub column: usize,
    /// The value of the case.
    pub value: f64,
    /// The usual one.
    pub usual: f64,
}

impl Model {
    /// Learns from cases of an earlier time, and fits probabilities to those of a later one.
    ///
    /// # Errors
    /// There are too few of either, or too few in which it came about or did not; or no solution is found.
    pub fn learn(earlier: &Known, later: &Known) -> Result<Self, InsightError> {
        earlier.check("learning what is likely")?;
        later.check("testing what is likely")?;
        let width = earlier.rows[0].len();
        let columns: Vec<Column> = (0..width).map(|j| Column::of(&earlier.rows, j)).collect();
        let x = Array2::from_shape_fn((earlier.rows.len(), width), |(i, j)| {
            columns[j].scaled(earlier.rows[i][j])
        });
        let later_x: Vec<Vec<f64>> = later.rows.iter().map(|row| scaled(&columns, row)).collect();
        let mut tried = Vec::new();
        let mut best: Option<(f64, Way)> = None;
        for kind in Kind::ALL {
            let way = Way::train(kind, &x, &earlier.came_true)?;
            let scores: Vec<f64> = later_x.iter().map(|row| way.score(row)).collect();
            let found = auroc(&scores, &later.came_true).unwrap_or(0.5);
            tried.push((kind, found));
            if best.as_ref().is_none_or(|(least, _)| found >= least + BETTER_MIN) {
                best = Some((found, way));
            }
        }
        let (_, way) = best.expect("there is one way at least");
        let measured =
            Measured { n: 0, share: 0.0, auroc: 0.5, brier: 0.0, calibration_error: 0.0, lift: 1.0 };
        let mut model = Self { columns, way, curve: Curve::identity(), measured, tried, checks: Vec::new() };
        // Every second one fits, the others measure.
        let half = |odd: usize| {
            let rows = later.rows.iter().zip(&later.came_true).skip(odd).step_by(2);
            rows.map(|(row, t)| (model.score(row), *t)).unzip::<_, _, Vec<f64>, Vec<bool>>()
        };
        let ((fit, fit_truth), (test, truth)) = (half(0), half(1));
        model.curve = Curve::fit(&fit, &fit_truth);
        let p: Vec<f64> = test.iter().map(|score| model.curve.probability(*score)).collect();
        model.measured = measure(&p, &truth);
        model.checks = (later.rows.iter().take(CHECKED))
            .map(|row| {
                let kept = row.iter().map(|v| v.is_finite().then_some(*v)).collect();
                (kept, model.probability(row))
            })
            .collect();
        Ok(model)
    }

    /// Returns how good it is on cases that it does not know.
    #[must_use]
    pub fn measure(&self, known: &Known) -> Measured {
        let p: Vec<f64> = known.rows.iter().map(|row| self.probability(row)).collect();
        measure(&p, &known.came_true)
    }

    /// Returns how likely it comes about, in 0..=1; never NaN. What is missing in `row` is usual.
    #[must_use]
    pub fn probability(&self, row: &[f64]) -> f64 {
        self.curve.probability(self.score(row))
    }

    fn score(&self, row: &[f64]) -> f64 {
        self.way.score(&scaled(&self.columns, row))
    }

    /// Returns what was learnt.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.way.kind()
    }

    /// Returns the figures that speak most for it, at most `n`, weightiest first: those without which, were
    /// they as usual, it would be less likely.
    #[must_use]
    pub fn reasons(&self, row: &[f64], n: usize) -> Vec<Reason> {
        let odds = self.way.parts(&scaled(&self.columns, row)).into_iter().map(|part| self.curve.odds(part));
        let mut parts: Vec<(f64, Reason)> = (self.columns.iter().zip(row).zip(odds).enumerate())
            .filter(|(_, ((_, value), odds))| value.is_finite() && *odds >= REASON_MIN)
            .map(|(at, ((column, value), odds))| {
                (odds, Reason { column: at, value: *value, usual: column.middle })
            })
            .collect();
        parts.sort_by(|a, b| b.0.total_cmp(&a.0));
        parts.into_iter().take(n).map(|(_, reason)| reason).collect()
    }

    /// Returns for each figure how far cases have moved since the model was made (population stability
    /// index): from 0.1 on a little, from [`DRIFT`] on much.
    #[must_use]
    pub fn drift(&self, rows: &[Vec<f64>]) -> Vec<f64> {
        let of = |(j, column): (usize, &Column)| {
            let values: Vec<f64> = rows.iter().map(|row| row[j]).filter(|v| v.is_finite()).collect();
            if values.len() < ROWS_MIN {
                return 0.0;
            }
            let shares = shares(&column.bins, &values);
            let moved = |(now, then): (&f64, &f64)| (now - then) * (now / then).ln();
            shares.iter().zip(&column.shares).map(moved).sum()
        };
        self.columns.iter().enumerate().map(of).collect()
    }

    /// Tells whether it answers as it did when it was made.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.checks.iter().all(|(row, p)| {
            let row: Vec<f64> = row.iter().map(|v| v.unwrap_or(f64::NAN)).collect();
            row.len() == self.columns.len() && (self.probability(&row) - p).abs() < 1e-6
        })
    }
}

impl Column {
    fn of(rows: &[Vec<f64>], j: usize) -> Self {
        let known = sorted(rows.iter().map(|row| row[j]).filter(|v| v.is_finite()));
        if known.is_empty() {
            return Self { middle: 0.0, spread: 0.0, bins: Vec::new(), shares: vec![1.0] };
        }
        let at = |share| quantile(&known, share);
        // The wider of two: a figure that is nearly always the same has no middle half.
        let spread = ((at(0.75) - at(0.25)) / 1.349).max((at(0.98) - at(0.02)) / 4.1);
        let mut bins: Vec<f64> = (1..BINS).map(|i| at(i as f64 / BINS as f64)).collect();
        bins.dedup();
        let shares = shares(&bins, &known);
        Self { middle: at(0.5), spread, bins, shares }
    }

    /// Returns how far from usual a value is; 0 where it is missing or the figure is constant.
    fn scaled(&self, value: f64) -> f64 {
        if !value.is_finite() || self.spread <= 0.0 {
            return 0.0;
        }
        ((value - self.middle) / self.spread).clamp(-CLIP, CLIP)
    }
}

/// Returns how far from usual the values of a row are.
fn scaled(columns: &[Column], row: &[f64]) -> Vec<f64> {
    columns.iter().zip(row).map(|(column, value)| column.scaled(*value)).collect()
}

/// Returns the share of values in each bin; none is 0.
fn shares(bins: &[f64], values: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.5; bins.len() + 1];
    for value in values {
        counts[bins.partition_point(|end| end < value)] += 1.0;
    }
    let all: f64 = counts.iter().sum();
    counts.iter().map(|n| n / all).collect()
}

fn measure(p: &[f64], truth: &[bool]) -> Measured {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*b].total_cmp(&p[*a]));
    let share = |of: &[usize]| of.iter().filter(|i| truth[**i]).count() as f64 / of.len().max(1) as f64;
    let base = share(&order);
    let tenth = (p.len() / 10).max(1).min(p.len());
    let parts = order.chunks(tenth.max(1));
    let error: f64 = parts
        .map(|part| {
            let mean = part.iter().map(|i| p[*i]).sum::<f64>() / part.len() as f64;
            (mean - share(part)).abs() * part.len() as f64
        })
        .sum();
    Measured {
        n: p.len(),
        share: base,
        auroc: auroc(p, truth).unwrap_or(0.5),
        brier: brier(p, truth),
        calibration_error: error / p.len().max(1) as f64,
        lift: if base > 0.0 { share(&order[..tenth]) / base } else { 1.0 },
    }
}

#[cfg(test)]
mod tests;
