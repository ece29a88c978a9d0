use std::io::Write;

use chrono::DateTime;
use clap::Args;
use rapport_insight::brief;
use rapport_insight::forecast::{Point, forecast};
use rapport_insight::plot::{Colour, Picture};
use rapport_insight::table::ReadOptions;
use serde_json::json;

use super::Common;
use super::output::{Form, Output, Plot, csv};
use super::series::{Columns, Found};
use super::source::{Source, notes};

/// What is to be expected next of a series, with bounds that held nine of ten values in the past.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport insight forecast volume.csv --horizon 14")]
pub(crate) struct Forecast {
    #[command(flatten)]
    pub(super) source: Source,
    #[command(flatten)]
    columns: Columns,
    /// How many steps ahead; a step is the usual distance of rows
    #[arg(long, value_name = "N", default_value_t = 14)]
    horizon: usize,
    /// Steps after which the series repeats [default: found by itself]
    #[arg(long, value_name = "N")]
    season: Option<usize>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    plot: Plot,
}

impl Forecast {
    pub(super) fn run(&self, common: &Common, out: &mut dyn Write) -> anyhow::Result<()> {
        let table = self.source.table(ReadOptions::default())?;
        let series = self.columns.find(&table)?;
        let found = forecast(&series.times, series.values, self.horizon, self.season)?;
        notes(&found.notes)?;
        self.plot.draw(|| picture(&series, &found.points))?;
        match self.output.form(common) {
            Form::Csv => csv(
                out,
                &["timestamp", "value", "low", "high"],
                found.points.iter().map(|p| {
                    let figures = [p.value, p.low, p.high].map(|x| x.to_string());
                    std::iter::once(time(p)).chain(figures).collect()
                }),
            ),
            Form::Json => {
                let points: Vec<_> = found
                    .points
                    .iter()
                    .map(|p| json!({ "timestamp": time(p), "value": p.value, "low": p.low, "high": p.high }))
                    .collect();
                writeln!(
                    out,
                    "{}",
                    json!({
                        "model": found.model, "season": found.season, "error": found.error,
                        "naive_error": found.naive_error, "points": points,
                    })
                )?;
                Ok(())
            }
            Form::Text => {
                for p in &found.points {
                    writeln!(
                        out,
                        "{}  {:>10}  ({} to {})",
                        time(p),
                        brief(p.value),
                        brief(p.low),
                        brief(p.high)
                    )?;
                }
                let season = match found.season {
                    1 => String::new(),
                    n => format!(", repeating after {n} steps"),
                };
                writeln!(
                    out,
                    "{}{season}; wrong by {} on average in the past, {} if a season ago were expected again",
                    found.model,
                    brief(found.error),
                    brief(found.naive_error)
                )?;
                Ok(())
            }
        }
    }
}

/// Draws what came last, what is expected and its bounds.
fn picture(series: &Found, points: &[Point]) -> Picture {
    let mut past: Vec<(f64, f64)> = series
        .times
        .iter()
        .zip(series.values)
        .filter_map(|(time, value)| Some((*time.as_ref()?, *value)).filter(|(_, v)| !v.is_nan()))
        .collect();
    past.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Four times as much as is expected, so that both can be seen.
    let past = &past[past.len().saturating_sub((4 * points.len()).max(50))..];
    let bounds = || points.iter().flat_map(|p| [(p.time, p.low), (p.time, p.high)]);
    let mut picture = Picture::over_time(past.iter().copied().chain(bounds()));
    picture.line(past.iter().copied(), Colour::PLAIN);
    picture.line(points.iter().map(|p| (p.time, p.low)), Colour::FAINT);
    picture.line(points.iter().map(|p| (p.time, p.high)), Colour::FAINT);
    picture.line(points.iter().map(|p| (p.time, p.value)), Colour::STRONG);
    picture
}

fn time(point: &Point) -> String {
    let at = DateTime::from_timestamp_micros((point.time * 1e6).round() as i64);
    at.map_or_else(|| point.time.to_string(), |at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}
