use ndarray::{Array2, ArrayView1};

use crate::statistics::middle;

/// What is usual in each column: its median, and its spread as a robust standard deviation.
#[derive(Clone, Debug)]
pub struct Usual(Vec<(f64, f64)>);

/// Why a row is strange.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The column's index.
    pub column: usize,
    /// How far the value is from the median, in robust standard deviations; negative below.
    pub deviations: f64,
}

impl Usual {
    /// Learns from the rows of `x`. A column that is constant but for a few rows takes its standard deviation
    /// for the spread.
    #[must_use]
    pub fn of(x: &Array2<f64>) -> Self {
        let column = |column: ArrayView1<f64>| {
            let median = middle(&mut column.to_vec());
            let mut distances: Vec<f64> = column.iter().map(|v| (v - median).abs()).collect();
            let spread = 1.4826 * middle(&mut distances);
            let n = column.len().max(1) as f64;
            let deviation = || (column.iter().map(|v| (v - median).powi(2) / n).sum::<f64>()).sqrt();
            (median, if spread > 0.0 { spread } else { deviation() })
        };
        Self(x.columns().into_iter().map(column).collect())
    }

    /// Returns the `n` columns in which a row is farthest from what is usual, farthest first; those within
    /// two deviations are no reason.
    #[must_use]
    pub fn reasons(&self, row: ArrayView1<f64>, n: usize) -> Vec<Reason> {
        let all = row.iter().zip(&self.0).enumerate().filter(|(_, (_, (_, spread)))| *spread > 0.0);
        let all =
            all.map(|(column, (v, (median, spread)))| Reason { column, deviations: (v - median) / spread });
        let mut reasons: Vec<Reason> = all.filter(|r| r.deviations.abs() > 2.0).collect();
        reasons.sort_by(|a, b| b.deviations.abs().total_cmp(&a.deviations.abs()));
        reasons.truncate(n);
        reasons
    }
}
