use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use rapport_insight::clean::{self, ColumnPlan, Kind, Plan, clean};
use serde_json::json;

use super::Common;
use super::output::csv;
use super::source::cells;

/// Put an imported table in order: numbers, dates and names written one way, no row twice. Without --out only
/// the plan is shown.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport insight clean leads.csv --gaps median --out leads-clean.csv")]
pub(crate) struct Clean {
    /// A table with a header; - reads standard input
    pub(super) file: PathBuf,
    /// What becomes of gaps
    #[arg(long, value_enum, default_value_t = Gaps::Keep)]
    gaps: Gaps,
    /// Where to write the clean table
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The ways by their names on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Gaps {
    /// They stay
    Keep,
    /// Rows with one go
    Drop,
    /// The mean of numbers, the most frequent text
    Mean,
    /// The median of numbers, the most frequent text
    Median,
    /// The most frequent value
    Mode,
    /// What the rows have that are most alike
    Neighbours,
}

impl From<Gaps> for clean::Gaps {
    fn from(gaps: Gaps) -> Self {
        match gaps {
            Gaps::Keep => Self::Keep,
            Gaps::Drop => Self::Drop,
            Gaps::Mean => Self::Mean,
            Gaps::Median => Self::Median,
            Gaps::Mode => Self::Mode,
            Gaps::Neighbours => Self::Neighbours,
        }
    }
}

impl Clean {
    pub(super) fn run(&self, common: &Common, out: &mut dyn Write) -> anyhow::Result<()> {
        let cells = cells(&self.file)?;
        let (rows, plan) = clean(&cells, self.gaps.into())?;
        let n_left = rows.len();
        if let Some(file) = &self.out {
            let header: Vec<&str> = cells.header.iter().map(String::as_str).collect();
            let mut text = Vec::new();
            csv(&mut text, &header, rows.into_iter())?;
            std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
        }
        if common.json {
            writeln!(out, "{}", json!({ "done": self.out.is_some(), "rows": n_left, "plan": plan }))?;
            return Ok(());
        }
        print(out, &plan, n_left)?;
        match &self.out {
            Some(file) => writeln!(out, "wrote {}", file.display())?,
            None => writeln!(out, "nothing was changed; --out FILE writes the clean table")?,
        }
        Ok(())
    }
}

fn print(out: &mut dyn Write, plan: &Plan, n_left: usize) -> std::io::Result<()> {
    writeln!(
        out,
        "{} rows: {} twice, {} with gaps go; {n_left} stay",
        plan.n_rows, plan.n_duplicates, plan.n_dropped
    )?;
    for ColumnPlan { column, kind, n_rewritten, n_missing, n_unreadable, n_far, n_filled } in &plan.columns {
        let kind = match kind {
            Kind::Numbers => "numbers",
            Kind::Dates => "dates",
            Kind::Texts => "texts",
            Kind::Empty => "nothing",
        };
        let told = [
            (*n_rewritten, "written another way"),
            (*n_missing, "missing"),
            (*n_unreadable, "unreadable, become gaps"),
            (*n_far, "far off, stay"),
            (*n_filled, "filled"),
        ];
        let told = told.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!(", {n} {what}"));
        writeln!(out, "  {column}: {kind}{}", told.collect::<String>())?;
    }
    Ok(())
}
