use std::io::Write;

use clap::Args;
use rapport_insight::brief;
use rapport_insight::compare::{Compared, compare};
use rapport_insight::table::ReadOptions;

use super::Common;
use super::output::{Form, Output, csv, lines};
use super::source::Source;

/// The share of false discoveries up to which a difference is told for one.
const FALSE_SHARE_MAX: f64 = 0.05;

/// In what groups of rows differ, by Mann and Whitney's, Kruskal and Wallis's or the χ² test, corrected for
/// the number of columns.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport insight compare customers.csv --by churn --ignore id")]
pub(crate) struct Compare {
    #[command(flatten)]
    pub(super) source: Source,
    /// The column whose values make the groups
    #[arg(long, alias = "target", value_name = "COLUMN")]
    by: String,
    #[command(flatten)]
    output: Output,
}

impl Compare {
    pub(super) fn run(&self, common: &Common, out: &mut dyn Write) -> anyhow::Result<()> {
        let categories = vec![self.by.clone()];
        let table = self.source.table(ReadOptions { categories, ..ReadOptions::default() })?;
        let found = compare(&table, &self.by)?;
        match self.output.form(common) {
            Form::Csv => csv(
                out,
                &["column", "test", "p", "q", "effect"],
                found.iter().map(|c| {
                    let figures = [c.p, c.q, c.effect].map(|x| x.to_string());
                    [c.column.clone(), c.test.into()].into_iter().chain(figures).collect()
                }),
            ),
            Form::Json => {
                let all = found.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
                lines(out, all.into_iter())
            }
            Form::Text => {
                let (told, rest): (Vec<_>, Vec<_>) = found.iter().partition(|c| c.q <= FALSE_SHARE_MAX);
                for c in told {
                    print(out, c)?;
                }
                if !rest.is_empty() {
                    let names: Vec<&str> = rest.iter().map(|c| c.column.as_str()).collect();
                    writeln!(out, "no difference beyond chance: {}", names.join(", "))?;
                }
                Ok(())
            }
        }
    }
}

fn print(out: &mut dyn Write, c: &Compared) -> std::io::Result<()> {
    writeln!(out, "{}: effect {:.2}, chance {}", c.column, c.effect, brief(c.q))?;
    for group in &c.groups {
        let what = match (&group.typical, group.median, group.mean) {
            (Some((level, share)), ..) => format!("{level} in {:.0} %", share * 100.0),
            (None, Some(median), Some(mean)) => format!("median {}, mean {}", brief(median), brief(mean)),
            _ => "no values".into(),
        };
        writeln!(out, "  {} ({} rows): {what}", group.name, group.n)?;
    }
    Ok(())
}
