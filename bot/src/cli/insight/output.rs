//! How answers are printed.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use rapport_insight::plot::Picture;
use serde_json::Value;

use super::super::Common;

/// How to print.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Print a table: a line for each row of the input, in its order
    #[arg(long)]
    csv: bool,
}

/// A picture beside.
#[derive(Debug, Args)]
pub(super) struct Plot {
    /// Draw a picture, too, into this PNG file
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

impl Plot {
    /// Writes the picture where it is wanted.
    pub(super) fn draw(&self, picture: impl FnOnce() -> Picture) -> anyhow::Result<()> {
        let Some(file) = &self.plot else { return Ok(()) };
        std::fs::write(file, picture().png()).with_context(|| format!("cannot write {}", file.display()))
    }
}

/// The forms an answer can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Csv,
    Json,
}

impl Output {
    pub(super) fn form(&self, common: &Common) -> Form {
        match (self.csv, common.json) {
            (true, _) => Form::Csv,
            (_, true) => Form::Json,
            _ => Form::Text,
        }
    }
}

/// Writes a table with a header.
pub(super) fn csv(
    out: &mut dyn Write,
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> anyhow::Result<()> {
    let header = header.iter().map(|cell| (*cell).to_owned()).collect();
    for row in std::iter::once(header).chain(rows) {
        writeln!(out, "{}", row.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","))?;
    }
    Ok(())
}

/// Writes objects, one a line.
pub(super) fn lines(out: &mut dyn Write, rows: impl Iterator<Item = Value>) -> anyhow::Result<()> {
    for row in rows {
        writeln!(out, "{row}")?;
    }
    Ok(())
}

/// Writes a cell so that it is read as one.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.into()
    }
}

/// Returns the rows by their scores, the highest first.
pub(super) fn strangest(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    order
}
