//! How answers are printed.

use std::io::{BufWriter, Write as _, stdout};
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

/// Prints a table with a header.
pub(super) fn csv(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> anyhow::Result<()> {
    let mut out = BufWriter::new(stdout().lock());
    writeln!(out, "{}", header.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","))?;
    for row in rows {
        writeln!(out, "{}", row.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","))?;
    }
    Ok(out.flush()?)
}

/// Prints objects, one a line.
pub(super) fn lines(rows: impl Iterator<Item = Value>) -> anyhow::Result<()> {
    let mut out = BufWriter::new(stdout().lock());
    for row in rows {
        writeln!(out, "{row}")?;
    }
    Ok(out.flush()?)
}

/// Writes a cell so that it is read as one.
pub(super) fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.into()
    }
}

/// Writes a number as people read it: four digits that count.
pub(super) fn brief(x: f64) -> String {
    let size = x.abs();
    if size != 0.0 && !(1e-4..1e9).contains(&size) {
        return format!("{x:.3e}");
    }
    let whole = if size >= 1.0 { size.log10().floor() as usize + 1 } else { 1 };
    let text = format!("{x:.*}", 4_usize.saturating_sub(whole));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}
