//! Tables: columns of numbers or categories, read from text whose delimiter, encoding and types are found.

mod parse;
mod read;
mod time;

pub use parse::{Comma, is_missing, number};
pub use read::{Cells, ReadOptions, cells, read};
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
        let known = || {
            let names: Vec<_> = self.columns.iter().take(20).map(|c| c.name.as_str()).collect();
            names.join(", ") + if self.columns.len() > 20 { " …" } else { "" }
        };
        let found = self.columns.iter().find(|c| c.name == name);
        found.ok_or_else(|| InsightError::NoColumn { name: name.into(), known: known() })
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
