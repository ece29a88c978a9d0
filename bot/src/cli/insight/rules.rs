use std::io::Write;

use clap::Args;
use rapport_insight::rules::{Baskets, Options, rules};
use rapport_insight::table::ReadOptions;

use super::Common;
use super::output::{Form, Output, csv, lines};
use super::source::Source;

/// Rules that are shown to people.
const SHOWN_MAX: usize = 30;

/// What comes together more often than by chance: rules with how often and how surely they hold.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples: rapport insight rules customers.csv --ignore id\n          rapport insight rules orders.csv --basket order --thing product --support 0.002"
)]
pub(crate) struct Rules {
    #[command(flatten)]
    pub(super) source: Source,
    /// A column that says which lines belong together, where each thing has a line
    #[arg(long, value_name = "COLUMN", requires = "thing")]
    basket: Option<String>,
    /// The column of the things
    #[arg(long, value_name = "COLUMN", requires = "basket")]
    thing: Option<String>,
    /// Only rules that end in a value of this column
    #[arg(long, value_name = "COLUMN", conflicts_with = "basket")]
    target: Option<String>,
    /// The least share of rows that a rule holds in
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    support: f64,
    /// The least share of rows with its conditions in which a rule is right
    #[arg(long, value_name = "SHARE", default_value_t = 0.3)]
    confidence: f64,
    /// How much more often at least than by chance
    #[arg(long, value_name = "RATIO", default_value_t = 1.2)]
    lift: f64,
    /// The most things in a rule
    #[arg(long, value_name = "N", default_value_t = 4)]
    length: usize,
    #[command(flatten)]
    output: Output,
}

impl Rules {
    pub(super) fn run(&self, common: &Common, out: &mut dyn Write) -> anyhow::Result<()> {
        let categories = self.thing.iter().chain(&self.target).cloned().collect();
        let table = self.source.table(ReadOptions { categories, ..ReadOptions::default() })?;
        if let Some(target) = &self.target {
            table.column(target)?;
        }
        let baskets = match (&self.basket, &self.thing) {
            (Some(basket), Some(thing)) => Baskets::of_lines(&table, basket, thing)?,
            _ => Baskets::of_table(&table),
        };
        let options = Options {
            support_min: self.support,
            confidence_min: self.confidence,
            lift_min: self.lift,
            things_max: self.length,
            ..Options::default()
        };
        let mut found = rules(&baskets, &options)?;
        if let Some(target) = &self.target {
            found.retain(|rule| rule.then.starts_with(&format!("{target} = ")));
        }
        match self.output.form(common) {
            Form::Csv => csv(
                out,
                &["when", "then", "n", "support", "confidence", "lift", "p", "q"],
                found.iter().map(|r| {
                    let figures = [r.support, r.confidence, r.lift, r.p, r.q].map(|x| x.to_string());
                    let texts = [r.when.join(" & "), r.then.clone(), r.n.to_string()];
                    texts.into_iter().chain(figures).collect()
                }),
            ),
            Form::Json => {
                let all = found.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
                lines(out, all.into_iter())
            }
            Form::Text => {
                for r in found.iter().take(SHOWN_MAX) {
                    writeln!(out, "{} → {}", r.when.join(" and "), r.then)?;
                    writeln!(
                        out,
                        "  in {} of {} rows, right in {:.0} %, {:.2} times more often than by chance",
                        r.n,
                        baskets.rows.len(),
                        r.confidence * 100.0,
                        r.lift
                    )?;
                }
                writeln!(
                    out,
                    "{} rules{}",
                    found.len(),
                    if found.len() > SHOWN_MAX { "; --csv has all" } else { "" }
                )?;
                Ok(())
            }
        }
    }
}
