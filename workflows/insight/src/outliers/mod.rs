//! Which rows are strange, and what about them.

mod ecod;
mod iforest;
mod lof;
mod reason;

use ndarray::Array2;

use crate::smo::{self, Kernel};
use crate::{InsightError, random};

use iforest::IsolationForest;
pub use reason::{Reason, Usual};

/// How strangeness is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Isolation Forest (Liu, Ting and Zhou 2008): what random cuts set apart early. The best first choice.
    Iforest,
    /// Local outlier factor (Breunig et al. 2000): what is lonelier than its neighbours.
    Lof,
    /// One-class support vectors (Schölkopf et al. 2001): what lies outside the bulk.
    Ocsvm,
    /// Empirical cumulative distributions (Li et al. 2022): what is in the tails of many columns.
    Ecod,
}

/// What the methods can be told.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// For the lots of the forest, and of samples of large tables.
    pub seed: u64,
    /// Trees of the forest; if none, 500 for small tables down to 100 for large ones. More of them vary less
    /// with the seed.
    pub n_trees: Option<usize>,
    /// Rows a tree is grown from.
    pub n_sample: usize,
    /// Neighbours of the local outlier factor.
    pub n_neighbours: usize,
    /// The share of rows that one-class support vectors take for outliers, in (0, 1].
    pub nu: f64,
    /// The width of their kernel; 1 / (columns · variance) if none.
    pub gamma: Option<f64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, n_trees: None, n_sample: 256, n_neighbours: 20, nu: 0.1, gamma: None }
    }
}

/// Support vectors and neighbours are sought among so many rows at most; all rows get a score.
const FIT_ROWS_MAX: usize = 50_000;
/// Walks down trees that a table is worth if nothing is said: a fifth of a second.
const TREES_TIMES_ROWS: usize = 12_000_000;

/// Returns a score for each row of `x`, finite; higher is stranger. Scores of one method on one table can be
/// compared, others cannot.
///
/// # Errors
/// There are fewer than 2 rows, or an option is out of its range.
pub fn outliers(x: &Array2<f64>, method: Method, options: &Options) -> Result<Vec<f64>, InsightError> {
    if x.nrows() < 2 {
        return Err(InsightError::TooFewRows { what: "finding outliers", needed: 2, found: x.nrows() });
    }
    check(options)?;
    let fit_rows = || random::rows(x, FIT_ROWS_MAX, options.seed);
    Ok(match method {
        Method::Iforest => {
            let n_trees = options.n_trees.unwrap_or((TREES_TIMES_ROWS / x.nrows()).clamp(100, 500));
            IsolationForest::grow(x, n_trees, options.n_sample, options.seed).scores(x)
        }
        Method::Lof if x.nrows() <= FIT_ROWS_MAX => lof::scores(x, None, options.n_neighbours),
        Method::Lof => lof::scores(&fit_rows(), Some(x), options.n_neighbours),
        Method::Ocsvm => {
            let fitted = fit_rows();
            let kernel = options.gamma.map_or_else(|| Kernel::scaled(&fitted), Kernel::rbf);
            let one_class = smo::one_class(&fitted, kernel, options.nu);
            if fitted.nrows() == x.nrows() { one_class.fitted_scores } else { one_class.model.scores(x) }
        }
        Method::Ecod => ecod::scores(x),
    })
}

fn check(options: &Options) -> Result<(), InsightError> {
    let wrong = |name, value: String, range| Err(InsightError::Setting { name, value, range });
    if let Some(n) = options.n_trees.filter(|n| !(1..=10_000).contains(n)) {
        return wrong("the number of trees", n.to_string(), "write 1 to 10000");
    }
    if !(2..=1 << 20).contains(&options.n_sample) {
        return wrong("the sample of a tree", options.n_sample.to_string(), "write 2 to 1048576");
    }
    if !(1..=1_000).contains(&options.n_neighbours) {
        return wrong("the number of neighbours", options.n_neighbours.to_string(), "write 1 to 1000");
    }
    if !(options.nu > 0.0 && options.nu <= 1.0) {
        return wrong("nu", options.nu.to_string(), "write a share above 0, up to 1");
    }
    if let Some(gamma) = options.gamma.filter(|g| !(*g > 0.0 && g.is_finite())) {
        return wrong("gamma", gamma.to_string(), "write a number above 0");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
