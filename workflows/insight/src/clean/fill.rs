use std::collections::HashMap;

use super::{ColumnPlan, Gaps, Kind};
use crate::InsightError;
use crate::statistics::{mean, quantile, sorted};

const NEIGHBOURS: usize = 5;
/// Comparisons of cells that finding neighbours may take.
const WORK_MAX: usize = 2_000_000_000;

/// Fills each gap with one value for its column.
pub(super) fn by_column(rows: &mut [Vec<String>], columns: &mut [ColumnPlan], gaps: Gaps) {
    for (j, plan) in columns.iter_mut().enumerate() {
        let present = rows.iter().map(|row| row[j].as_str()).filter(|cell| !cell.is_empty());
        let value = match (plan.kind, gaps) {
            (Kind::Numbers, Gaps::Mean | Gaps::Median) => {
                let numbers = sorted(present.filter_map(|cell| cell.parse().ok()));
                let of = || if gaps == Gaps::Mean { mean(&numbers) } else { quantile(&numbers, 0.5) };
                (!numbers.is_empty()).then(|| of().to_string())
            }
            _ => most_frequent(present).map(str::to_owned),
        };
        let Some(value) = value else { continue };
        for row in rows.iter_mut().filter(|row| row[j].is_empty()) {
            row[j].clone_from(&value);
            plan.n_filled += 1;
        }
    }
}

/// Fills each gap with what the rows have that are most alike in the other columns.
pub(super) fn by_neighbours(
    rows: &mut [Vec<String>],
    columns: &mut [ColumnPlan],
) -> Result<(), InsightError> {
    let open: Vec<usize> = (0..rows.len()).filter(|&i| rows[i].iter().any(String::is_empty)).collect();
    let work = open.len().saturating_mul(rows.len()).saturating_mul(columns.len());
    if work > WORK_MAX {
        return Err(InsightError::TooLarge {
            found: work as u64,
            unit: "comparisons to make",
            max: WORK_MAX as u64,
            advice: "fill gaps by the median instead, or clean a sample",
        });
    }
    let scaled: Vec<Vec<Option<f64>>> =
        columns.iter().enumerate().map(|(j, plan)| scaled(rows, j, plan)).collect();
    let mut filled = Vec::new();
    for row in open {
        let mut near: Vec<(f64, usize)> =
            (0..rows.len()).filter(|&i| i != row).map(|i| (distance(rows, &scaled, row, i), i)).collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (j, plan) in columns.iter().enumerate().filter(|(j, _)| rows[row][*j].is_empty()) {
            let with =
                near.iter().map(|(_, i)| rows[*i][j].as_str()).filter(|c| !c.is_empty()).take(NEIGHBOURS);
            let value = if plan.kind == Kind::Numbers {
                let numbers: Vec<f64> = with.filter_map(|cell| cell.parse().ok()).collect();
                (!numbers.is_empty()).then(|| mean(&numbers).to_string())
            } else {
                most_frequent(with).map(str::to_owned)
            };
            if let Some(value) = value {
                filled.push((row, j, value));
            }
        }
    }
    // Only now, so that no filled gap fills another.
    for (row, j, value) in filled {
        rows[row][j] = value;
        columns[j].n_filled += 1;
    }
    Ok(())
}

/// Returns the numbers of a column in standard deviations.
fn scaled(rows: &[Vec<String>], j: usize, plan: &ColumnPlan) -> Vec<Option<f64>> {
    if plan.kind != Kind::Numbers {
        return vec![None; rows.len()];
    }
    let numbers: Vec<Option<f64>> =
        rows.iter().map(|row| row[j].parse().ok().map(|x: f64| x.clamp(-1e150, 1e150))).collect();
    let n = numbers.iter().flatten().count() as f64;
    let mean = numbers.iter().flatten().map(|x| x / n).sum::<f64>();
    let spread = numbers.iter().flatten().map(|x| (x - mean).powi(2) / n).sum::<f64>().sqrt();
    numbers.into_iter().map(|x| x.filter(|_| spread > 0.0).map(|x| (x - mean) / spread)).collect()
}

/// Returns the mean squared difference over the columns that both rows have; texts differ by 1 or not.
fn distance(rows: &[Vec<String>], scaled: &[Vec<Option<f64>>], a: usize, b: usize) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for (j, column) in scaled.iter().enumerate() {
        match (column[a], column[b]) {
            (Some(x), Some(y)) => {
                sum += (x - y).powi(2);
                n += 1.0;
            }
            _ if !rows[a][j].is_empty() && !rows[b][j].is_empty() => {
                sum += f64::from(u8::from(rows[a][j] != rows[b][j]));
                n += 1.0;
            }
            _ => {}
        }
    }
    if n > 0.0 { sum / n } else { f64::MAX }
}

fn most_frequent<'c>(cells: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    cells.for_each(|cell| *counts.entry(cell).or_default() += 1);
    counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0))).map(|(cell, _)| cell)
}
