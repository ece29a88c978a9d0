//! The table that a command looks at.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use rapport_insight::ndarray::Array2;
use rapport_insight::table::{self, Cells, ReadOptions, read};
use rapport_insight::{InsightError, Preparation, Scaling, Table};

/// Where a table comes from and what of it counts.
#[derive(Debug, Args)]
pub(super) struct Source {
    /// A table with a header; - reads standard input
    file: PathBuf,
    /// Leave these columns out
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    ignore: Vec<String>,
}

impl Source {
    /// Reads the table; `options` says of what type columns are, if that is known.
    pub(super) fn table(&self, options: ReadOptions) -> anyhow::Result<Table> {
        table(&self.file, &self.ignore, options)
    }
}

/// Reads a table and says on standard error what was done for it.
pub(super) fn table(file: &Path, ignore: &[String], options: ReadOptions) -> anyhow::Result<Table> {
    let options = ReadOptions { ignore: ignore.to_vec(), ..options };
    let table =
        read(&bytes(file, options.bytes_max)?, &options).with_context(|| file.display().to_string())?;
    notes(&table.notes);
    Ok(table)
}

/// Reads the cells of a table as they stand.
pub(super) fn cells(file: &Path) -> anyhow::Result<Cells> {
    let options = ReadOptions::default();
    let cells = table::cells(&bytes(file, options.bytes_max)?, &options)
        .with_context(|| file.display().to_string())?;
    notes(&cells.notes);
    Ok(cells)
}

fn bytes(file: &Path, max: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let place = file.display();
    if file == Path::new("-") {
        std::io::stdin().take(max + 1).read_to_end(&mut bytes).context("cannot read standard input")?;
        return Ok(bytes);
    }
    let file = std::fs::File::open(file).with_context(|| format!("cannot read {place}"))?;
    let about = file.metadata().with_context(|| format!("cannot read {place}"))?;
    ensure!(!about.is_dir(), "{place} is a directory: name a file");
    let n = about.len();
    ensure!(n <= max, "{place} has {n} bytes, and {max} are allowed: take a sample of its rows");
    file.take(max + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {place}"))?;
    Ok(bytes)
}

/// Makes numbers of a table and says on standard error how.
pub(super) fn prepared(table: &Table, as_it_is: bool) -> anyhow::Result<(Preparation, Array2<f64>)> {
    if table.n_rows < 2 {
        return Err(InsightError::TooFewRows { what: "this", needed: 2, found: table.n_rows }.into());
    }
    let preparation = Preparation::fit(table, if as_it_is { Scaling::None } else { Scaling::Standard })?;
    notes(&preparation.notes);
    let x = preparation.apply(table)?;
    Ok((preparation, x))
}

/// Says what was done with the input, a line each; with very many only the first.
pub(super) fn notes(notes: &[String]) {
    const SHOWN_MAX: usize = 20;
    for note in notes.iter().take(SHOWN_MAX) {
        eprintln!("{note}");
    }
    if notes.len() > SHOWN_MAX {
        eprintln!("… and {} more of the kind", notes.len() - SHOWN_MAX);
    }
}
