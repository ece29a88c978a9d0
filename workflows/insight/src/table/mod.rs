//! Tables: columns of numbers or categories, read from text whose delimiter, encoding and types are found.

mod delimited;
mod parse;
mod read;
mod time;

pub use parse::{Comma, is_missing, number};
pub use read::{Cells, Loose, ReadOptions, cells, loose, read};
pub use time::times;

use crate::InsightError;

/// The code of a category that is missing.
pub const MISSING: u32 = u32::MAX;

/// Numbers beyond are taken as this, so that sums of squares of millions of them stay finite.
pub const NUMBER_MAX: f64 = 1e150;

/// A table in memory, column by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// In the order of the file, without those ignored.
    pub columns: Vec<Column>,
    /// How many rows each column has.
    pub n_rows: usize,
    /// What was done to read it, for people: one sentence each.
    pub notes: Vec<String>,
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// As the header has it, made unique.
    pub name: String,
    /// One for each row.
    pub values: Values,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Finite and within ±[`NUMBER_MAX`]; NaN where missing.
    Numbers(Vec<f64>),
    /// Texts from a closed set.
    Categories {
        /// In order of first appearance.
        names: Vec<String>,
        /// Indices into `names`, or [`MISSING`].
        codes: Vec<u32>,
    },
}

impl Table {
    /// Returns a column by its name.
    ///
    /// # Errors
    /// There is none, with the names there are.
    pub fn column(&self, name: &str) -> Result<&Column, InsightError> {
        let found = self.columns.iter().find(|c| c.name == name);
        found.ok_or_else(|| InsightError::no_column(name, self.columns.iter().map(|c| &c.name)))
    }

    /// Returns the table without the columns of these names.
    ///
    /// # Errors
    /// One of them is not there.
    pub fn without(mut self, names: &[String]) -> Result<Self, InsightError> {
        for name in names {
            self.column(name)?;
        }
        self.columns.retain(|c| !names.contains(&c.name));
        Ok(self)
    }

    /// Returns the rows with these indices, in this order.
    #[must_use]
    pub fn rows(&self, indices: &[usize]) -> Self {
        let columns = self.columns.iter().map(|c| Column {
            name: c.name.clone(),
            values: match &c.values {
                Values::Numbers(v) => Values::Numbers(indices.iter().map(|&i| v[i]).collect()),
                Values::Categories { names, codes } => Values::Categories {
                    names: names.clone(),
                    codes: indices.iter().map(|&i| codes[i]).collect(),
                },
            },
        });
        Self { columns: columns.collect(), n_rows: indices.len(), notes: Vec::new() }
    }
}

impl Column {
    /// Returns the numbers, NaN where missing.
    ///
    /// # Errors
    /// The column holds categories.
    pub fn numbers(&self) -> Result<&[f64], InsightError> {
        match &self.values {
            Values::Numbers(numbers) => Ok(numbers),
            Values::Categories { .. } => Err(InsightError::Column {
                name: self.name.clone(),
                problem: "holds texts, and numbers are needed".into(),
            }),
        }
    }

    /// Returns how many values are missing.
    #[must_use]
    pub fn n_missing(&self) -> usize {
        match &self.values {
            Values::Numbers(v) => v.iter().filter(|x| x.is_nan()).count(),
            Values::Categories { codes, .. } => codes.iter().filter(|c| **c == MISSING).count(),
        }
    }
}

/// Returns the categories among `codes` and how often each is there, the most frequent first; by name among
/// equals, so that the order of the rows does not matter.
pub(crate) fn by_frequency(names: &[String], codes: impl Iterator<Item = u32>) -> Vec<(usize, usize)> {
    let mut counts = vec![0_usize; names.len()];
    codes.filter(|code| *code != MISSING).for_each(|code| counts[code as usize] += 1);
    let mut found: Vec<(usize, usize)> = counts.into_iter().enumerate().filter(|(_, n)| *n > 0).collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| names[a.0].cmp(&names[b.0])));
    found
}

/// Says whether `n_different` texts in `n` rows name the rows rather than divide them.
pub(crate) fn are_identifiers(n_different: usize, n: usize) -> bool {
    n_different > 20 && n_different * 2 > n
}
