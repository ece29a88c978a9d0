use ndarray::{Array1, Array2, ArrayView1};

/// Returns the squared distance of two rows.
pub(crate) fn squared(a: ArrayView1<f64>, b: ArrayView1<f64>) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

/// Returns the distance of two rows.
pub(crate) fn distance(a: ArrayView1<f64>, b: ArrayView1<f64>) -> f64 {
    squared(a, b).sqrt()
}

/// Returns the squared length of each row.
pub(crate) fn squared_lengths(x: &Array2<f64>) -> Array1<f64> {
    x.rows().into_iter().map(|r| r.dot(&r)).collect()
}
