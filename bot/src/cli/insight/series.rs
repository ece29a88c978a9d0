use std::io::Write;

use anyhow::Context as _;
use clap::Args;
use rapport_insight::plot::{Colour, Picture};
use rapport_insight::series;
use rapport_insight::table::{Column, ReadOptions, Values, times};
use rapport_insight::{InsightError, Table, brief};
use serde_json::json;

use super::Common;
use super::output::{Form, Output, Plot, csv, lines, strangest};
use super::source::{Source, notes};

/// Moments that are shown to people.
const SHOWN_MAX: usize = 10;

/// How strange each moment of a series is. A score looks at earlier rows only; after a strange one, for a
/// hundred rows only stranger ones are told.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport insight series volume.csv --csv > scores.csv")]
pub(crate) struct Series {
    #[command(flatten)]
    pub(super) source: Source,
    #[command(flatten)]
    columns: Columns,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    plot: Plot,
}

/// Which columns are the series.
#[derive(Debug, Args)]
pub(super) struct Columns {
    /// The column of times [default: timestamp, time or date, or the first that holds times]
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// The column of values [default: value, or the first other one of numbers]
    #[arg(long, value_name = "COLUMN")]
    value: Option<String>,
}

/// A series in a table.
pub(super) struct Found<'t> {
    pub(super) times: Vec<Option<f64>>,
    pub(super) values: &'t [f64],
    /// The column of times, for its texts.
    pub(super) time: &'t Column,
    pub(super) value: &'t Column,
}

impl Columns {
    /// Finds the series in a table.
    pub(super) fn find<'t>(&self, table: &'t Table) -> anyhow::Result<Found<'t>> {
        let by_name = |names: &[&str]| {
            table.columns.iter().find(|c| names.iter().any(|n| c.name.eq_ignore_ascii_case(n)))
        };
        let with_times = |column: &'t Column| (column, times(column));
        let (time, times) = match &self.time {
            Some(name) => with_times(table.column(name)?),
            None => by_name(&["timestamp", "time", "date", "datetime"])
                .map(with_times)
                .or_else(|| {
                    let texts = table.columns.iter().filter(|c| c.numbers().is_err());
                    texts.map(with_times).find(|(_, times)| n_without(times) * 2 <= times.len())
                })
                .context("no column holds times: name one with --time")?,
        };
        let is_number = |c: &&Column| c.name != time.name && c.numbers().is_ok();
        let value = match &self.value {
            Some(name) => table.column(name)?,
            None => by_name(&["value"])
                .filter(is_number)
                .or_else(|| table.columns.iter().find(is_number))
                .context("no column holds numbers: name one with --value")?,
        };
        let n_none = n_without(&times);
        if n_none * 2 > times.len() {
            let problem = format!("holds no time in {n_none} of {} rows", times.len());
            return Err(InsightError::Column { name: time.name.clone(), problem }.into());
        }
        if n_none > 0 {
            notes(&[format!(
                "column {:?}: {n_none} cells hold no time, and their rows are not judged",
                time.name
            )])?;
        }
        Ok(Found { times, values: value.numbers()?, time, value })
    }
}

fn n_without(times: &[Option<f64>]) -> usize {
    times.iter().filter(|t| t.is_none()).count()
}

/// Returns what stands in a column of times.
fn text_of(column: &Column, row: usize) -> String {
    match &column.values {
        Values::Numbers(numbers) => numbers[row].to_string(),
        Values::Categories { names, codes } => names.get(codes[row] as usize).cloned().unwrap_or_default(),
    }
}

/// Draws the series, and the moments that are told first on top.
fn picture(found: &Found, scores: &[f64]) -> Picture {
    let mut points: Vec<(f64, f64, f64)> = (0..scores.len())
        .filter_map(|i| Some((found.times[i]?, found.values[i], scores[i])).filter(|(_, v, _)| !v.is_nan()))
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut picture = Picture::over_time(points.iter().map(|(t, v, _)| (*t, *v)));
    picture.line(points.iter().map(|(t, v, _)| (*t, *v)), Colour::PLAIN);
    points.sort_by(|a, b| b.2.total_cmp(&a.2));
    for (time, value, _) in points.iter().take(SHOWN_MAX).filter(|(_, _, score)| *score > 0.0) {
        picture.point((*time, *value), 5, Colour::STRONG);
    }
    picture
}

impl Series {
    pub(super) fn run(&self, common: &Common, out: &mut dyn Write) -> anyhow::Result<()> {
        let table = self.source.table(ReadOptions::default())?;
        let found = self.columns.find(&table)?;
        let scores = series::scores(&found.times, found.values)?;
        self.plot.draw(|| picture(&found, &scores))?;
        match self.output.form(common) {
            Form::Csv => {
                let row = |(i, s): (usize, &f64)| vec![text_of(found.time, i), s.to_string()];
                csv(out, &[&found.time.name, "score"], scores.iter().enumerate().map(row))
            }
            Form::Json => lines(
                out,
                scores.iter().enumerate().map(|(i, score)| {
                    let value = Some(found.values[i]).filter(|v| !v.is_nan());
                    json!({ "row": i + 1, "time": text_of(found.time, i), "value": value, "score": score })
                }),
            ),
            Form::Text => {
                let mut strange = strangest(&scores);
                strange.retain(|row| scores[*row] > 0.0);
                if strange.is_empty() {
                    writeln!(out, "nothing stands out in {} rows", scores.len())?;
                }
                for row in strange.into_iter().take(SHOWN_MAX) {
                    let (time, value) = (text_of(found.time, row), brief(found.values[row]));
                    writeln!(
                        out,
                        "row {:<7} {:.3}  {time}  {} {value}",
                        row + 1,
                        scores[row],
                        found.value.name
                    )?;
                }
                Ok(())
            }
        }
    }
}
