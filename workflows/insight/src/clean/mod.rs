//! Puts an imported table in order: one way to write numbers, dates and names, no row twice, gaps filled as
//! asked, with a report of what was done.

mod column;
mod fill;

use std::collections::HashSet;

use serde::Serialize;

use crate::InsightError;
use crate::table::Cells;

pub use column::{ColumnPlan, Kind};

/// What becomes of gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gaps {
    /// They stay.
    Keep,
    /// Rows with one go.
    Drop,
    /// The mean of a column of numbers; the most frequent text of others.
    Mean,
    /// The median of a column of numbers; the most frequent text of others.
    Median,
    /// The most frequent value.
    Mode,
    /// What the five rows have that are most alike otherwise: their mean, or their most frequent text.
    Neighbours,
}

/// What is to be done, and after [`clean`] what was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// Rows of the table.
    pub n_rows: usize,
    /// Rows that say the same as an earlier one once they are written alike.
    pub n_duplicates: usize,
    /// Rows that go because of a gap.
    pub n_dropped: usize,
    /// What becomes of gaps.
    pub gaps: Gaps,
    /// Each column.
    pub columns: Vec<ColumnPlan>,
}

/// Returns the clean rows, in the order of the table, and what was done. An empty cell is a gap.
///
/// # Errors
/// The table is too large for neighbours.
pub fn clean(cells: &Cells, gaps: Gaps) -> Result<(Vec<Vec<String>>, Plan), InsightError> {
    let n_rows = cells.rows.len();
    let mut columns = Vec::with_capacity(cells.header.len());
    let mut written: Vec<Vec<String>> = Vec::with_capacity(cells.header.len());
    for (j, name) in cells.header.iter().enumerate() {
        let (plan, column) = column::rewritten(name, cells.rows.iter().map(|row| row[j].as_str()));
        columns.push(plan);
        written.push(column);
    }
    let mut rows: Vec<Vec<String>> = (0..n_rows)
        .map(|i| written.iter_mut().map(|column| std::mem::take(&mut column[i])).collect())
        .collect();
    let mut seen = HashSet::new();
    rows.retain(|row| seen.insert(row.clone()));
    let n_duplicates = n_rows - rows.len();
    let n_before = rows.len();
    match gaps {
        Gaps::Keep => {}
        // A column without any value would take all rows with it.
        Gaps::Drop => rows.retain(|row| {
            row.iter().zip(&columns).all(|(cell, plan)| !cell.is_empty() || plan.kind == Kind::Empty)
        }),
        Gaps::Mean | Gaps::Median | Gaps::Mode => fill::by_column(&mut rows, &mut columns, gaps),
        Gaps::Neighbours => fill::by_neighbours(&mut rows, &mut columns)?,
    }
    let n_dropped = n_before - rows.len();
    Ok((rows, Plan { n_rows, n_duplicates, n_dropped, gaps, columns }))
}

#[cfg(test)]
mod tests;
