use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rapport_insight::brief;
use rapport_insight::classify::{self, Classifier, Measured, likeliest};
use rapport_insight::ndarray::ArrayView1;
use rapport_insight::table::ReadOptions;
use serde_json::{Value, json};

use super::Common;
use super::output::{Form, Output, csv};
use super::source::{named, notes, table};

/// Weights and rules that are shown to people.
const SHOWN_MAX: usize = 15;

/// Learn classes from one table and tell them for another, with how sure that is.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: rapport insight classify --train past.csv --test now.csv --target churn --ignore id"
)]
pub(crate) struct Classify {
    /// A table whose classes are known
    #[arg(long, value_name = "FILE")]
    train: PathBuf,
    /// A table whose classes are to be told; if it has the target, the answers are measured
    #[arg(long, value_name = "FILE")]
    test: PathBuf,
    /// The column of the classes
    #[arg(long, value_name = "COLUMN")]
    target: String,
    /// The class whose probability is asked for [default: 1, yes or true, else the rarest]
    #[arg(long, value_name = "CLASS")]
    positive: Option<String>,
    /// How classes are learnt
    #[arg(long, value_enum, default_value_t = Method::Logistic)]
    method: Method,
    /// Leave these columns out
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    ignore: Vec<String>,
    /// The seed; the same tables and seed give the same answers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    output: Output,
}

/// The methods by their names on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Method {
    /// Weights that add up
    Logistic,
    /// One tree of questions
    Tree,
    /// Hundreds of trees that vote
    Forest,
    /// Support vectors with a curved boundary
    Svm,
}

impl From<Method> for classify::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Logistic => Self::Logistic,
            Method::Tree => Self::Tree,
            Method::Forest => Self::Forest,
            Method::Svm => Self::Svm,
        }
    }
}

impl Classify {
    pub(super) fn run(&self, common: &Common, out: &mut dyn Write) -> anyhow::Result<()> {
        let target = vec![self.target.clone()];
        let options = ReadOptions { categories: target.clone(), ..ReadOptions::default() };
        let (train, classifier) = named(&self.train, || {
            let train = table(&self.train, &self.ignore, options)?;
            let positive = self.positive.as_deref();
            let classifier =
                Classifier::train(&train, &self.target, positive, self.method.into(), self.seed)?;
            Ok((train, classifier))
        })?;
        notes(&classifier.notes)?;
        // What was left out of the first table need not be in the second, nor need the target.
        let options = ReadOptions { categories: target, ..ReadOptions::default() }.like(&train);
        let (test, p) = named(&self.test, || {
            let test = table(&self.test, &[], options)?;
            let p = classifier.probabilities(&test)?;
            Ok((test, p))
        })?;
        let measured = classifier.measure(&test, &p);
        let explanation = classifier.explanation();
        let (classes, positive) = (classifier.classes(), classifier.positive());
        let is_two = classes.len() == 2;
        match self.output.form(common) {
            Form::Csv => {
                let names: Vec<String> = classes.iter().map(|c| format!("probability of {c}")).collect();
                let mut header = vec!["row", "predicted"];
                if is_two {
                    header.push("probability");
                } else {
                    header.extend(names.iter().map(String::as_str));
                }
                if let Some(m) = &measured {
                    notes(&[format!("{} of {} rows", sentence(m), m.n)])?;
                }
                csv(
                    out,
                    &header,
                    p.rows().into_iter().enumerate().map(|(i, row)| {
                        let mut cells = vec![(i + 1).to_string(), classes[likeliest(row)].clone()];
                        if is_two {
                            cells.push(row[positive].to_string());
                        } else {
                            cells.extend(row.iter().map(f64::to_string));
                        }
                        cells
                    }),
                )
            }
            Form::Json => {
                let row = |row: ArrayView1<f64>| {
                    let mut told = json!({ "predicted": classes[likeliest(row)] });
                    if is_two {
                        told["probability"] = json!(row[positive]);
                    } else {
                        let of_class = classes.iter().cloned().zip(row.iter().map(|p| json!(p)));
                        told["probabilities"] = Value::Object(of_class.collect());
                    }
                    told
                };
                writeln!(
                    out,
                    "{}",
                    json!({
                        "classes": classes,
                        "positive": classes[positive],
                        "n": measured.as_ref().map(|m| m.n),
                        "auroc": measured.as_ref().and_then(|m| m.auroc),
                        "brier": measured.as_ref().map(|m| m.brier),
                        "accuracy": measured.as_ref().map(|m| m.accuracy),
                        "explanation": explanation,
                        "rows": p.rows().into_iter().map(row).collect::<Vec<_>>(),
                    })
                )?;
                Ok(())
            }
            Form::Text => {
                let mut counts = vec![0; classes.len()];
                p.rows().into_iter().for_each(|row| counts[likeliest(row)] += 1);
                for (class, n) in classes.iter().zip(counts) {
                    writeln!(out, "{n} of {} rows are told to be {class}", p.nrows())?;
                }
                if is_two && let Some(mean) = p.column(positive).mean() {
                    writeln!(out, "the mean probability of {} is {mean:.3}", classes[positive])?;
                }
                match &measured {
                    Some(m) => writeln!(out, "{}", sentence(m))?,
                    None => writeln!(out, "{:?} is not known there, so nothing was measured", self.target)?,
                }
                for (name, weight) in explanation.weights.iter().take(SHOWN_MAX) {
                    writeln!(out, "  {:>8}  {name}", brief(*weight))?;
                }
                for rule in explanation.rules.iter().take(SHOWN_MAX) {
                    writeln!(out, "  {rule}")?;
                }
                Ok(())
            }
        }
    }
}

fn sentence(m: &Measured) -> String {
    let auroc = m.auroc.map_or("-".to_owned(), |a| format!("{a:.4}"));
    format!("AUROC {auroc}, Brier {:.4}, accuracy {:.4}", m.brier, m.accuracy)
}
