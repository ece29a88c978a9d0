//! Which rows of a table of figures are least like the others, with the figures that make them so.

use ndarray::Array2;

use crate::InsightError;
use crate::outliers::{Method, Options, Usual, outliers};
use crate::statistics::{median, quantile, sorted};

/// Of fewer rows none is unlike the others.
pub const ROWS_MIN: usize = 50;

/// How many times the middle half's width beyond it a score is that sets a row apart (Tukey's far out).
const FAR_OUT: f64 = 3.0;
/// A figure that differs by less, of itself or of one, is no reason, however evenly others are.
const DIFFERENCE_MIN: f64 = 0.1;

/// A row that is unlike the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Strange {
    /// Which row.
    pub row: usize,
    /// How unlike; higher is stranger.
    pub score: f64,
    /// The figures that make it so, what counts most first: the column, the row's value, and what is usual.
    pub reasons: Vec<(usize, f64, f64)>,
}

/// Returns the `n` rows that are least like the others, strangest first, by an Isolation Forest; each with up to
/// `n_reasons` figures that are far from what is usual. Rows whose scores are not far out are left out, and those of
/// which there is no figure to name. Rows are of
/// one length; NaN is not known. Nothing of fewer than [`ROWS_MIN`] rows.
///
/// # Errors
/// As [`outliers`].
pub fn strangest(rows: &[Vec<f64>], n: usize, n_reasons: usize) -> Result<Vec<Strange>, InsightError> {
    let n_columns = rows.first().map_or(0, Vec::len);
    if rows.len() < ROWS_MIN || n_columns == 0 {
        return Ok(Vec::new());
    }
    let known = |column: usize| rows.iter().filter_map(move |row| row.get(column).filter(|v| v.is_finite()));
    let usual: Vec<f64> =
        (0..n_columns).map(|column| median(&known(column).copied().collect::<Vec<_>>())).collect();
    let value = |row: usize, column: usize| {
        rows[row].get(column).copied().filter(|v| v.is_finite()).unwrap_or(usual[column])
    };
    let x = Array2::from_shape_fn((rows.len(), n_columns), |(row, column)| value(row, column));
    let scores = outliers(&x, Method::Iforest, &Options::default())?;
    let spread = Usual::of(&x);
    let all = sorted(scores.iter().copied());
    let (quarter, three_quarters) = (quantile(&all, 0.25), quantile(&all, 0.75));
    let far_out = three_quarters + FAR_OUT * (three_quarters - quarter);
    let mut order: Vec<usize> = (0..rows.len()).filter(|row| scores[*row] > far_out).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    let matters = |(_, value, usual): &(usize, f64, f64)| {
        (value - usual).abs() >= DIFFERENCE_MIN * usual.abs().max(1.0)
    };
    let strange = order.into_iter().take(n).filter_map(|row| {
        let reasons = spread.reasons(x.row(row), n_columns);
        let reasons = reasons.iter().map(|r| (r.column, x[[row, r.column]], usual[r.column]));
        let reasons: Vec<_> = reasons.filter(matters).take(n_reasons).collect();
        (!reasons.is_empty()).then_some(Strange { row, score: scores[row], reasons })
    });
    Ok(strange.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_that_is_unlike_the_others_is_named_with_why() {
        let mut rows: Vec<Vec<f64>> = (0..200)
            .map(|i| vec![f64::from(i % 7), f64::from(i % 5), if i % 3 == 0 { f64::NAN } else { 1.0 }])
            .collect();
        rows[60] = vec![3.0, 400.0, 1.0];
        let found = strangest(&rows, 1, 2).unwrap();
        assert_eq!((found[0].row, &found[0].reasons[..]), (60, &[(1, 400.0, 2.0)][..]));
        assert_eq!(strangest(&rows[..49], 5, 2).unwrap(), []);
        assert_eq!(strangest(&[], 5, 2).unwrap(), []);
        let unknown = vec![vec![f64::NAN, f64::INFINITY]; 60];
        assert_eq!(strangest(&unknown, 5, 2).unwrap(), [], "of whom nothing is known nobody is strange");
    }
}
