//! Rows out of a file, whatever its form: told by its first bytes, not by its name.
//!
//! All forms have the same limits, and a file beyond one of them is refused as a whole before anything is
//! decided about it: a file that is read by halves is worse than one that is not read.

mod cards;
mod json_lines;
mod workbook;

use rapport_insight::InsightError;
use rapport_insight::table::{ReadOptions, loose};

/// The largest file, in bytes. It lies in memory as a whole, once as bytes and once as cells.
pub const BYTES_MAX: u64 = 256 << 20;
/// The most rows.
const ROWS_MAX: usize = 1_000_000;
/// The most columns: nobody has so many, and a preview could not show them.
const COLUMNS_MAX: usize = 500;
/// The most cells.
const CELLS_MAX: usize = 20_000_000;

/// Rows as they stand in a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// The names of the columns, made unique.
    pub header: Vec<String>,
    /// Each with its place in the file for people: its line, its row in a workbook, the number of a card.
    /// A row may have more or fewer cells than there are columns.
    pub rows: Vec<(u64, Vec<String>)>,
    /// Rows that cannot be read at all, with the reason.
    pub unreadable: Vec<(u64, String)>,
    /// What was done to read it, for people: one sentence each.
    pub notes: Vec<String>,
}

/// Why a file cannot be read. The text says what is wrong and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// It is larger than the limits.
    #[error("{found} {unit}, and {max} are allowed: split the file")]
    TooLarge {
        /// How many there are, at least.
        found: u64,
        /// What is counted.
        unit: &'static str,
        /// How many are allowed.
        max: u64,
    },
    /// It holds nothing.
    #[error("there is nothing in it: it needs a header line and rows below it")]
    Empty,
    /// It is no table.
    #[error("{0}")]
    Unreadable(String),
}

impl From<InsightError> for SheetError {
    fn from(e: InsightError) -> Self {
        match e {
            InsightError::Empty => Self::Empty,
            InsightError::TooLarge { found, unit, max, .. } => Self::TooLarge { found, unit, max },
            e => Self::Unreadable(e.to_string()),
        }
    }
}

/// Reads a file. `page` names the sheet of a workbook; without it the first one is read.
///
/// # Errors
/// It is empty, beyond the limits, or no table.
pub fn read(bytes: &[u8], page: Option<&str>) -> Result<Sheet, SheetError> {
    fits(bytes.len() as u64, "bytes", BYTES_MAX)?;
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let sheet = if bytes.starts_with(b"PK\x03\x04") {
        workbook::read(bytes, page)?
    } else if page.is_some() {
        return Err(SheetError::Unreadable("only a workbook (.xlsx) has sheets: leave --sheet out".into()));
    } else if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(SheetError::Unreadable(
            "this is an old workbook (.xls): save it as .xlsx or .csv".into(),
        ));
    } else if start.len() >= 11 && start[..11].eq_ignore_ascii_case(b"BEGIN:VCARD") {
        cards::read(bytes)?
    } else if start.starts_with(b"{") {
        json_lines::read(bytes)?
    } else {
        delimited(bytes)?
    };
    fits(sheet.header.len() as u64, "columns", COLUMNS_MAX as u64)?;
    fits(sheet.rows.len() as u64, "rows", ROWS_MAX as u64)?;
    match sheet.rows.is_empty() && sheet.unreadable.is_empty() {
        true => Err(SheetError::Empty),
        false => Ok(sheet),
    }
}

fn delimited(bytes: &[u8]) -> Result<Sheet, SheetError> {
    let options = ReadOptions {
        bytes_max: BYTES_MAX,
        rows_max: ROWS_MAX,
        columns_max: COLUMNS_MAX,
        cells_max: CELLS_MAX,
        ..ReadOptions::default()
    };
    let table = loose(bytes, &options)?;
    Ok(Sheet { header: table.header, rows: table.rows, unreadable: Vec::new(), notes: table.notes })
}

/// Refuses what is beyond a limit.
fn fits(found: u64, unit: &'static str, max: u64) -> Result<(), SheetError> {
    if found > max { Err(SheetError::TooLarge { found, unit, max }) } else { Ok(()) }
}

/// A table that grows by rows whose columns are named.
#[derive(Default)]
struct Growing {
    sheet: Sheet,
    places: std::collections::HashMap<String, usize>,
    n_cells: usize,
}

impl Growing {
    /// Adds a row; a name that comes twice in it is joined by a semicolon.
    fn add(&mut self, line: u64, cells: impl Iterator<Item = (String, String)>) -> Result<(), SheetError> {
        let mut row = vec![String::new(); self.sheet.header.len()];
        for (name, value) in cells {
            let at = match self.places.get(&name) {
                Some(at) => *at,
                None => {
                    let at = self.sheet.header.len();
                    fits(at as u64 + 1, "columns", COLUMNS_MAX as u64)?;
                    self.sheet.header.push(name.clone());
                    self.places.insert(name, at);
                    at
                }
            };
            if row.len() <= at {
                row.resize(at + 1, String::new());
            }
            match row[at].is_empty() {
                true => row[at] = value,
                false => row[at] = format!("{}; {value}", row[at]),
            }
        }
        self.n_cells += row.len();
        fits(self.n_cells as u64, "cells", CELLS_MAX as u64)?;
        self.sheet.rows.push((line, row));
        fits(self.sheet.rows.len() as u64, "rows", ROWS_MAX as u64)
    }

    /// Returns the table: each row has a cell for each column.
    fn finish(mut self) -> Sheet {
        let n = self.sheet.header.len();
        self.sheet.rows.iter_mut().for_each(|(_, row)| row.resize(n, String::new()));
        self.sheet
    }
}
