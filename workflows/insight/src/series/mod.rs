//! Strange moments in a series of numbers, told as they come: a score never looks ahead.

mod detector;
pub mod nab;
mod window;

use detector::Detector;

use crate::InsightError;

/// Returns for each row how strange it is in view of earlier ones, in [0, 1): 0.5 is seen once in ten
/// thousand rows. Rows come in any order and are judged in that of their `times` (seconds), rows of one time
/// in theirs; a gap, or a row without a time, has 0.
///
/// # Errors
/// There is no row, or no row has both a time and a value.
pub fn scores(times: &[Option<f64>], values: &[f64]) -> Result<Vec<f64>, InsightError> {
    if values.is_empty() {
        return Err(InsightError::Empty);
    }
    let mut known: Vec<(f64, usize)> = times
        .iter()
        .zip(values)
        .enumerate()
        .filter_map(|(row, (time, value))| time.filter(|_| !value.is_nan()).map(|time| (time, row)))
        .collect();
    if known.is_empty() {
        return Err(InsightError::TooFewRows { what: "judging a series", needed: 1, found: 0 });
    }
    known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut detector = Detector::default();
    let mut scores = vec![0.0; values.len()];
    for (time, row) in known {
        scores[row] = detector.push(time, values[row]);
    }
    Ok(scores)
}

#[cfg(test)]
mod tests;
