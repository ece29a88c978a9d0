use std::io::Write;

use clap::Args;
use rapport_insight::brief;
use rapport_insight::describe::{Correlated, Described, Summary, correlated, describe};
use rapport_insight::table::ReadOptions;
use serde_json::json;

use super::Common;
use super::output::{Form, Output, csv};
use super::source::Source;

/// Pairs of columns that are shown to people.
const PAIRS_MAX: usize = 20;
/// The share of false discoveries among pairs of columns to put up with.
const FALSE_SHARE_MAX: f64 = 0.05;

/// What each column holds, and which columns go together.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport insight describe customers.csv")]
pub(crate) struct Describe {
    #[command(flatten)]
    pub(super) source: Source,
    #[command(flatten)]
    output: Output,
}

impl Describe {
    pub(super) fn run(&self, common: &Common, out: &mut dyn Write) -> anyhow::Result<()> {
        let table = self.source.table(ReadOptions::default())?;
        let columns = describe(&table);
        let pairs = correlated(&table, FALSE_SHARE_MAX);
        match self.output.form(common) {
            Form::Csv => csv(
                out,
                &["column", "type", "n", "missing", "different", "mean", "deviation", "min", "median", "max"],
                columns.iter().map(cells),
            ),
            Form::Json => {
                writeln!(
                    out,
                    "{}",
                    json!({ "rows": table.n_rows, "columns": columns, "correlations": pairs })
                )?;
                Ok(())
            }
            Form::Text => {
                writeln!(out, "{} rows, {} columns", table.n_rows, columns.len())?;
                for column in &columns {
                    print(out, column)?;
                }
                if !pairs.is_empty() {
                    writeln!(out, "columns that go together (rank correlation, linear correlation):")?;
                }
                for Correlated { a, b, linear, rank, .. } in pairs.iter().take(PAIRS_MAX) {
                    writeln!(out, "  {rank:+.2} {linear:+.2}  {a} and {b}")?;
                }
                Ok(())
            }
        }
    }
}

fn cells(d: &Described) -> Vec<String> {
    let mut cells = vec![d.column.clone()];
    let figures = match &d.values {
        Summary::Numbers { mean, deviation, min, median, max, .. } => {
            cells.push("numbers".into());
            [mean, deviation, min, median, max].map(|x| x.to_string())
        }
        Summary::Categories { .. } => {
            cells.push("categories".into());
            Default::default()
        }
        Summary::Empty => {
            cells.push("empty".into());
            Default::default()
        }
    };
    cells.extend([d.n, d.n_missing, d.n_different].map(|n| n.to_string()));
    cells.extend(figures);
    cells
}

fn print(out: &mut dyn Write, d: &Described) -> std::io::Result<()> {
    let gaps = if d.n_missing > 0 { format!(", {} missing", d.n_missing) } else { String::new() };
    match &d.values {
        Summary::Empty => writeln!(out, "{}: nothing{gaps}", d.column)?,
        Summary::Numbers { mean, deviation, min, quarter, median, three_quarters, max, n_far } => {
            let far = if *n_far > 0 { format!(", {n_far} far off") } else { String::new() };
            writeln!(out, "{}: {} numbers, {} different{gaps}{far}", d.column, d.n, d.n_different)?;
            let [min, quarter, median, three, max] =
                [min, quarter, median, three_quarters, max].map(|x| brief(*x));
            writeln!(
                out,
                "  {min} | {quarter} | {median} | {three} | {max}, mean {} ± {}",
                brief(*mean),
                brief(*deviation)
            )?;
        }
        Summary::Categories { top } => {
            writeln!(out, "{}: {} texts, {} different{gaps}", d.column, d.n, d.n_different)?;
            let shown: Vec<String> = top.iter().take(5).map(|(name, n)| format!("{name} {n}")).collect();
            writeln!(out, "  {}", shown.join(", "))?;
        }
    }
    Ok(())
}
