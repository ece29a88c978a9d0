//! The table that a command looks at.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use rapport_insight::ndarray::Array2;
use rapport_insight::table::{self, Cells, Column, ReadOptions, read};
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
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Reads the table; `options` says of what type columns are, if that is known.
    pub(super) fn table(&self, options: ReadOptions) -> anyhow::Result<Table> {
        table(&self.file, &self.ignore, options)
    }
}

/// Rows that are held against each other.
#[derive(Debug, Args)]
pub(super) struct Rows {
    #[command(flatten)]
    source: Source,
    /// A column that says what the rows are; it is not looked at, outliers are measured by it
    #[arg(long, value_name = "COLUMN")]
    target: Option<String>,
    /// The seed; the same table and seed give the same answer
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Take numbers as they are, instead of on one scale
    #[arg(long)]
    no_scale: bool,
}

/// Rows as numbers.
pub(super) struct Prepared {
    /// Without the target.
    pub(super) table: Table,
    pub(super) target: Option<Column>,
    /// What the columns of `x` are.
    pub(super) names: Vec<String>,
    pub(super) x: Array2<f64>,
}

impl Rows {
    pub(super) fn file(&self) -> &Path {
        self.source.file()
    }

    /// Reads the table and makes numbers of it; says on standard error how.
    pub(super) fn prepared(&self) -> anyhow::Result<Prepared> {
        let target: Vec<String> = self.target.iter().cloned().collect();
        let options = ReadOptions { categories: target.clone(), ..ReadOptions::default() };
        let table = self.source.table(options)?;
        let of_target = self.target.as_deref().map(|name| table.column(name).cloned()).transpose()?;
        let table = table.without(&target)?;
        if table.n_rows < 2 {
            return Err(InsightError::TooFewRows { what: "this", needed: 2, found: table.n_rows }.into());
        }
        let scaling = if self.no_scale { Scaling::None } else { Scaling::Standard };
        let preparation = Preparation::fit(&table, scaling)?;
        notes(&preparation.notes)?;
        let x = preparation.apply(&table)?;
        Ok(Prepared { table, target: of_target, names: preparation.names(), x })
    }
}

/// Names the table in what is wrong with it. What is wrong with a file says itself which one.
pub(super) fn named<T>(file: &Path, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    work().map_err(|e| match e.chain().any(<dyn std::error::Error>::is::<std::io::Error>) {
        true => e,
        false => e.context(place(file)),
    })
}

fn place(file: &Path) -> String {
    if file == Path::new("-") { "standard input".into() } else { file.display().to_string() }
}

/// Reads a table and says on standard error what was done for it.
pub(super) fn table(file: &Path, ignore: &[String], options: ReadOptions) -> anyhow::Result<Table> {
    let options = ReadOptions { ignore: ignore.to_vec(), ..options };
    let table = read(&bytes(file, options.bytes_max)?, &options)?;
    notes(&table.notes)?;
    Ok(table)
}

/// Reads the cells of a table as they stand.
pub(super) fn cells(file: &Path) -> anyhow::Result<Cells> {
    let options = ReadOptions::default();
    let cells = table::cells(&bytes(file, options.bytes_max)?, &options)?;
    notes(&cells.notes)?;
    Ok(cells)
}

fn bytes(file: &Path, max: u64) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("cannot read {}", place(file));
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().take(max + 1).read_to_end(&mut bytes).with_context(cannot)?;
        return Ok(bytes);
    }
    let opened = std::fs::File::open(file).with_context(cannot)?;
    let about = opened.metadata().with_context(cannot)?;
    ensure!(!about.is_dir(), "a directory; name a file");
    let n = about.len();
    ensure!(n <= max, "{n} bytes, and {max} are allowed: take a sample of its rows");
    opened.take(max + 1).read_to_end(&mut bytes).with_context(cannot)?;
    Ok(bytes)
}

/// Says what was done with the input, a line each; with very many only the first.
pub(super) fn notes(notes: &[String]) -> std::io::Result<()> {
    const SHOWN_MAX: usize = 20;
    let mut beside = std::io::stderr().lock();
    for note in notes.iter().take(SHOWN_MAX) {
        writeln!(beside, "{note}")?;
    }
    if notes.len() > SHOWN_MAX {
        writeln!(beside, "… and {} more of the kind", notes.len() - SHOWN_MAX)?;
    }
    Ok(())
}
