use std::io::Write;

use clap::{Args, ValueEnum};
use rapport_insight::measure::auroc;
use rapport_insight::ndarray::Array2;
use rapport_insight::outliers::{self, Options, Reason, Usual};
use rapport_insight::plot::{Colour, Picture, plane};
use rapport_insight::table::{Column, Values};
use rapport_insight::{Table, brief};
use serde_json::json;

use super::Common;
use super::output::{Form, Output, Plot, csv, lines, strangest};
use super::source::{Prepared, Rows};

/// Rows that are shown to people.
const SHOWN_MAX: usize = 10;
/// Columns that are told as the reason.
const REASONS_MAX: usize = 3;

/// How strange each row is, and what about it.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport insight outliers customers.csv --ignore id --csv > scores.csv")]
pub(crate) struct Outliers {
    #[command(flatten)]
    pub(super) rows: Rows,
    /// How strangeness is found
    #[arg(long, value_enum, default_value_t = Method::Iforest)]
    method: Method,
    /// Trees of the forest [default: 500 for small tables, 100 for large ones]
    #[arg(long, value_name = "N")]
    trees: Option<usize>,
    /// Neighbours that a row's density is compared with
    #[arg(long, value_name = "N", default_value_t = 20)]
    neighbours: usize,
    /// The share of rows that support vectors take for strange
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    nu: f64,
    /// The width of support vectors' kernel [default: 1 / (columns · variance)]
    #[arg(long, value_name = "NUMBER")]
    gamma: Option<f64>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    plot: Plot,
}

/// The methods by their names on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Method {
    /// Isolation Forest: what random cuts set apart early
    Iforest,
    /// Local outlier factor: what is lonelier than its neighbours
    Lof,
    /// One-class support vectors: what lies outside the bulk
    Ocsvm,
    /// What is in the tails of many columns
    Ecod,
}

impl From<Method> for outliers::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Iforest => Self::Iforest,
            Method::Lof => Self::Lof,
            Method::Ocsvm => Self::Ocsvm,
            Method::Ecod => Self::Ecod,
        }
    }
}

impl Outliers {
    pub(super) fn run(&self, common: &Common, out: &mut dyn Write) -> anyhow::Result<()> {
        let Prepared { table, target: truth, names, x } = self.rows.prepared()?;
        let options = Options {
            seed: self.rows.seed,
            n_trees: self.trees,
            n_neighbours: self.neighbours,
            nu: self.nu,
            gamma: self.gamma,
            ..Options::default()
        };
        let scores = outliers::outliers(&x, self.method.into(), &options)?;
        self.plot.draw(|| picture(&x, &scores))?;
        let usual = Usual::of(&x);
        let reasons = |row: usize| usual.reasons(x.row(row), REASONS_MAX);
        match self.output.form(common) {
            Form::Csv => {
                let rows = scores.iter().enumerate();
                csv(out, &["row", "score"], rows.map(|(i, s)| vec![(i + 1).to_string(), s.to_string()]))
            }
            Form::Json => lines(
                out,
                scores.iter().enumerate().map(|(i, score)| {
                    let why: Vec<_> = reasons(i)
                        .iter()
                        .map(|r| json!({ "feature": names[r.column], "deviations": r.deviations }))
                        .collect();
                    json!({ "row": i + 1, "score": score, "why": why })
                }),
            ),
            Form::Text => {
                writeln!(out, "the strangest of {} rows:", scores.len())?;
                for row in strangest(&scores).into_iter().take(SHOWN_MAX) {
                    let why: Vec<String> =
                        reasons(row).iter().map(|r| sentence(r, row, &names, &table)).collect();
                    writeln!(out, "row {:<7} {:<8} {}", row + 1, brief(scores[row]), why.join("; "))?;
                }
                if let Some(found) = truth.as_ref().and_then(|truth| measured(truth, &scores)) {
                    writeln!(out, "AUROC {found:.4}")?;
                }
                Ok(())
            }
        }
    }
}

/// Draws the rows in the plane of their widest spread, the strangest twentieth on top.
fn picture(x: &Array2<f64>, scores: &[f64]) -> Picture {
    let points = plane(x);
    let mut picture = Picture::of(points.iter().copied());
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let n_usual = order.len() - order.len().div_ceil(20);
    for (i, row) in order.into_iter().enumerate() {
        let (size, colour) = if i < n_usual { (2, Colour::PLAIN) } else { (4, Colour::STRONG) };
        picture.point(points[row], size, colour);
    }
    picture
}

fn sentence(reason: &Reason, row: usize, names: &[String], table: &Table) -> String {
    let name = &names[reason.column];
    let side = if reason.deviations > 0.0 { "above" } else { "below" };
    let value = table.column(name).and_then(|c| c.numbers().map(|v| v[row])).ok().filter(|v| !v.is_nan());
    match value {
        Some(value) => {
            let far = brief(reason.deviations.abs());
            format!("{name} is {}, {far} deviations {side} the median", brief(value))
        }
        None if reason.deviations > 0.0 => format!("{name}, which is rare"),
        None => format!("not {name}, which is rare"),
    }
}

/// Returns the area under the ROC curve if the column has two values, of which the rarer is strange.
fn measured(truth: &Column, scores: &[f64]) -> Option<f64> {
    let Values::Categories { names, codes } = &truth.values else { return None };
    if names.len() != 2 {
        return None;
    }
    let n_second = codes.iter().filter(|c| **c == 1).count();
    let strange = u32::from(n_second * 2 <= codes.len());
    auroc(scores, &codes.iter().map(|c| *c == strange).collect::<Vec<_>>())
}
