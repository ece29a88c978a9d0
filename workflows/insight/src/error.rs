use thiserror::Error;

/// Why there is no answer. The text says what is wrong with the input and what to do about it.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum InsightError {
    /// The table has no rows below its header, or no header.
    #[error("the table is empty: it needs a header line and rows below it")]
    Empty,
    /// There are too few rows for what was asked.
    #[error("{what} needs at least {needed} rows, and there are {found}")]
    TooFewRows {
        /// What was asked.
        what: &'static str,
        /// How many rows it needs.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// The table is larger than the limits allow.
    #[error("the table has {found} {unit}, and {max} are allowed: {advice}")]
    TooLarge {
        /// How many there are, at least.
        found: u64,
        /// What is counted.
        unit: &'static str,
        /// How many are allowed.
        max: u64,
        /// What to do.
        advice: &'static str,
    },
    /// A line cannot be read.
    #[error("line {line}: {problem}")]
    Line {
        /// Counted from 1, the header.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// A column that was named is not there.
    #[error("there is no column {name:?}; there are: {known}")]
    NoColumn {
        /// The name asked for.
        name: String,
        /// The first of those there are.
        known: String,
    },
    /// Every column is constant, empty, ignored, or an identifier.
    #[error("no column is left to learn from: {why}")]
    NoFeatures {
        /// What became of the columns.
        why: String,
    },
    /// A column cannot serve as what was asked.
    #[error("column {name:?} {problem}")]
    Column {
        /// Its name.
        name: String,
        /// Why it cannot.
        problem: String,
    },
    /// A setting is out of its range.
    #[error("{name} is {value}: {range}")]
    Setting {
        /// Its name.
        name: &'static str,
        /// What was given.
        value: String,
        /// What may be given.
        range: &'static str,
    },
    /// An algorithm found no solution.
    #[error("{what} found no solution: {problem}")]
    NoSolution {
        /// Which one.
        what: &'static str,
        /// What it says.
        problem: String,
    },
}

impl InsightError {
    /// Says that there is no column `name`, and which there are.
    pub(crate) fn no_column<'n>(name: &str, known: impl Iterator<Item = &'n String>) -> Self {
        const SHOWN_MAX: usize = 20;
        let known: Vec<&str> = known.map(String::as_str).collect();
        let more = if known.len() > SHOWN_MAX { " …" } else { "" };
        let known = known[..known.len().min(SHOWN_MAX)].join(", ") + more;
        Self::NoColumn { name: name.into(), known }
    }
}
