//! Support vectors by sequential minimal optimisation, as LIBSVM does it (Fan, Chen and Lin 2005): the pair
//! that gains most by second order, and a bounded cache of kernel rows. linfa's keeps the whole kernel
//! matrix, which is 13 GB for 41,000 rows.

use std::collections::VecDeque;
use std::rc::Rc;

use ndarray::{Array1, Array2, ArrayView1};
use serde::{Deserialize, Serialize};

use crate::distance::squared_lengths;

/// The most memory that rows of the kernel matrix may take, in bytes.
const CACHE_BYTES: usize = 400 << 20;
/// When a solution is good enough, as LIBSVM's default.
const TOLERANCE: f64 = 1e-3;
const TINY: f64 = 1e-12;

/// How alike two rows are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kernel {
    gamma: f64,
}

impl Kernel {
    /// exp(-gamma · squared distance)
    pub(crate) fn rbf(gamma: f64) -> Self {
        Self { gamma }
    }

    /// Takes for gamma 1 / (columns · variance of all numbers), which suits columns of one scale.
    pub(crate) fn scaled(x: &Array2<f64>) -> Self {
        let n = x.len() as f64;
        let mean = x.iter().map(|v| v / n).sum::<f64>();
        let variance = x.iter().map(|v| (v - mean).powi(2) / n).sum::<f64>();
        Self::rbf(if variance > 0.0 { 1.0 / (x.ncols() as f64 * variance) } else { 1.0 })
    }

    /// Returns how alike `row` is to each row of `x`, whose squared lengths are `squares`.
    fn row(self, x: &Array2<f64>, squares: &Array1<f64>, row: ArrayView1<f64>) -> Vec<f32> {
        let own = row.dot(&row);
        let products = x.dot(&row);
        let value = |(product, square): (&f64, &f64)| {
            (-self.gamma * (own + square - 2.0 * product).max(0.0)).exp() as f32
        };
        products.iter().zip(squares).map(value).collect()
    }
}

/// A sum of kernels over support vectors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Model {
    kernel: Kernel,
    vectors: Array2<f64>,
    squares: Array1<f64>,
    weights: Vec<f64>,
    offset: f64,
}

impl Model {
    fn new(kernel: Kernel, x: &Array2<f64>, weights: &[f64], offset: f64) -> Self {
        let used: Vec<usize> = (0..weights.len()).filter(|&i| weights[i] != 0.0).collect();
        let vectors = x.select(ndarray::Axis(0), &used);
        let squares = squared_lengths(&vectors);
        Self { kernel, vectors, squares, weights: used.iter().map(|&i| weights[i]).collect(), offset }
    }

    /// Returns the sum for each row of `x`, plus the offset.
    pub(crate) fn scores(&self, x: &Array2<f64>) -> Vec<f64> {
        x.rows().into_iter().map(|row| self.score(row)).collect()
    }

    /// Returns the sum for a row, plus the offset.
    pub(crate) fn score(&self, row: ArrayView1<f64>) -> f64 {
        let kernel = self.kernel.row(&self.vectors, &self.squares, row);
        self.offset + kernel.iter().zip(&self.weights).map(|(k, w)| f64::from(*k) * w).sum::<f64>()
    }

    /// Tells whether it can be asked of rows of so many columns.
    pub(crate) fn is_for(&self, width: usize) -> bool {
        let n = self.vectors.nrows();
        self.vectors.ncols() == width && self.squares.len() == n && self.weights.len() == n
    }
}

/// Rows outside the bulk of all.
pub(crate) struct OneClass {
    /// Higher is farther outside; above 0 for about a share `nu` of the rows.
    pub(crate) model: Model,
    /// The scores of the rows that it was learnt from.
    pub(crate) fitted_scores: Vec<f64>,
}

/// Learns where the bulk of the rows is, all but a share `nu` of them.
pub(crate) fn one_class(x: &Array2<f64>, kernel: Kernel, nu: f64) -> OneClass {
    let n = x.nrows();
    let budget = nu * n as f64;
    let n_full = (budget.floor() as usize).min(n);
    let mut alpha = vec![0.0; n];
    alpha[..n_full].fill(1.0);
    if n_full < n {
        alpha[n_full] = budget - n_full as f64;
    }
    let problem = Problem { x, kernel, signs: vec![1.0; n], linear: 0.0, bound: 1.0 };
    let solved = problem.solve(alpha);
    let weights: Vec<f64> = solved.alpha.iter().map(|a| -a).collect();
    let fitted_scores = solved.gradient.iter().map(|g| solved.rho - g).collect();
    OneClass { model: Model::new(kernel, x, &weights, solved.rho), fitted_scores }
}

/// Learns to tell rows of two classes apart, with `cost` for each row on the wrong side. Scores are positive
/// where `truth` is.
pub(crate) fn two_class(x: &Array2<f64>, truth: &[bool], kernel: Kernel, cost: f64) -> Model {
    let n = x.nrows();
    let signs: Vec<f64> = truth.iter().map(|t| if *t { 1.0 } else { -1.0 }).collect();
    let problem = Problem { x, kernel, signs, linear: -1.0, bound: cost };
    let solved = problem.solve(vec![0.0; n]);
    let weights: Vec<f64> = solved.alpha.iter().zip(&problem.signs).map(|(a, s)| a * s).collect();
    Model::new(kernel, x, &weights, -solved.rho)
}

/// Minimise ½ αᵀQα + linear · Σα with Q = signs · kernel · signs, signsᵀα constant and 0 ≤ α ≤ bound.
struct Problem<'x> {
    x: &'x Array2<f64>,
    kernel: Kernel,
    signs: Vec<f64>,
    linear: f64,
    bound: f64,
}

struct Solved {
    alpha: Vec<f64>,
    gradient: Vec<f64>,
    rho: f64,
}

impl Problem<'_> {
    fn solve(&self, mut alpha: Vec<f64>) -> Solved {
        let n = alpha.len();
        let mut rows = Rows::new(self.x, self.kernel);
        let mut gradient = vec![self.linear; n];
        for i in (0..n).filter(|&i| alpha[i] > 0.0) {
            let row = rows.get(i);
            let factor = alpha[i] * self.signs[i];
            for ((g, k), s) in gradient.iter_mut().zip(row.iter()).zip(&self.signs) {
                *g += factor * s * f64::from(*k);
            }
        }
        // Classes that cannot be told apart take long, and what is reached by then is as good for them.
        for _ in 0..n.saturating_mul(100).max(100_000) {
            let Some((i, j)) = self.pair(&alpha, &gradient, &mut rows) else { break };
            self.step(i, j, &mut alpha, &mut gradient, &mut rows);
        }
        let rho = self.rho(&alpha, &gradient);
        Solved { alpha, gradient, rho }
    }

    fn can_grow(&self, i: usize, alpha: &[f64]) -> bool {
        if self.signs[i] > 0.0 { alpha[i] < self.bound } else { alpha[i] > 0.0 }
    }

    fn can_shrink(&self, i: usize, alpha: &[f64]) -> bool {
        if self.signs[i] > 0.0 { alpha[i] > 0.0 } else { alpha[i] < self.bound }
    }

    /// Returns the pair that violates optimality and gains most; none at the solution.
    fn pair(&self, alpha: &[f64], gradient: &[f64], rows: &mut Rows) -> Option<(usize, usize)> {
        let force = |t: usize| -self.signs[t] * gradient[t];
        let growing = (0..alpha.len()).filter(|&t| self.can_grow(t, alpha));
        let i = growing.max_by(|&a, &b| force(a).total_cmp(&force(b)))?;
        let top = force(i);
        let row = rows.get(i);
        let (mut best, mut low) = (None, f64::INFINITY);
        let mut gain = 0.0;
        for t in (0..alpha.len()).filter(|&t| self.can_shrink(t, alpha)) {
            let f = force(t);
            low = low.min(f);
            let difference = top - f;
            if difference > 0.0 {
                // Both diagonals are 1 with this kernel.
                let curvature = (2.0 - 2.0 * f64::from(row[t])).max(TINY);
                let g = difference * difference / curvature;
                // The last of equals, as LIBSVM takes it.
                if g >= gain {
                    (gain, best) = (g, Some(t));
                }
            }
        }
        best.filter(|_| top - low >= TOLERANCE).map(|j| (i, j))
    }

    fn step(&self, i: usize, j: usize, alpha: &mut [f64], gradient: &mut [f64], rows: &mut Rows) {
        let (row_i, row_j) = (rows.get(i), rows.get(j));
        let (si, sj) = (self.signs[i], self.signs[j]);
        let curvature = (2.0 - 2.0 * f64::from(row_i[j])).max(TINY);
        // i moves up by its sign and j down by its, so that the constraint keeps.
        let wanted = (-si * gradient[i] + sj * gradient[j]) / curvature;
        let room = |t: usize, up: bool| if up { self.bound - alpha[t] } else { alpha[t] };
        let length = wanted.min(room(i, si > 0.0)).min(room(j, sj < 0.0));
        let (di, dj) = (si * length, -sj * length);
        alpha[i] = (alpha[i] + di).clamp(0.0, self.bound);
        alpha[j] = (alpha[j] + dj).clamp(0.0, self.bound);
        for (((g, s), a), b) in gradient.iter_mut().zip(&self.signs).zip(row_i.iter()).zip(row_j.iter()) {
            // di · si = length and dj · sj = -length.
            *g += s * length * (f64::from(*a) - f64::from(*b));
        }
    }

    fn rho(&self, alpha: &[f64], gradient: &[f64]) -> f64 {
        let (mut sum, mut n_free) = (0.0, 0);
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        for (t, (sign, g)) in self.signs.iter().zip(gradient).enumerate() {
            let value = sign * g;
            match (self.can_grow(t, alpha), self.can_shrink(t, alpha)) {
                (true, true) => {
                    sum += value;
                    n_free += 1;
                }
                (true, false) => high = high.min(value),
                (false, true) => low = low.max(value),
                (false, false) => {}
            }
        }
        match (n_free, low.is_finite(), high.is_finite()) {
            (1.., ..) => sum / f64::from(n_free),
            (_, true, true) => f64::midpoint(low, high),
            (_, true, false) => low,
            (_, false, true) => high,
            (_, false, false) => 0.0,
        }
    }
}

/// Rows of the kernel matrix, the last computed kept.
struct Rows<'x> {
    x: &'x Array2<f64>,
    kernel: Kernel,
    squares: Array1<f64>,
    kept: Vec<Option<Rc<[f32]>>>,
    order: VecDeque<usize>,
    n_max: usize,
}

impl<'x> Rows<'x> {
    fn new(x: &'x Array2<f64>, kernel: Kernel) -> Self {
        let squares = squared_lengths(x);
        let n_max = (CACHE_BYTES / (4 * x.nrows().max(1))).max(2);
        Self { x, kernel, squares, kept: vec![None; x.nrows()], order: VecDeque::new(), n_max }
    }

    fn get(&mut self, i: usize) -> Rc<[f32]> {
        if let Some(row) = &self.kept[i] {
            return row.clone();
        }
        if self.order.len() >= self.n_max
            && let Some(oldest) = self.order.pop_front()
        {
            self.kept[oldest] = None;
        }
        let row: Rc<[f32]> = self.kernel.row(self.x, &self.squares, self.x.row(i)).into();
        self.kept[i] = Some(row.clone());
        self.order.push_back(i);
        row
    }
}
