//! `rapport nlp`: trains and measures the engine that reads texts.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use rapport_model::reading::Mood;
use rapport_nlp::bert::learn_moods;
use rapport_nlp::classifier::{self, Classifier, Measured, measure, read_table};
use rapport_nlp::linear::{TrainOptions, TrainingData, evaluate, moods_to_learn, train};
use serde::Serialize;

use super::Common;
use super::usage::usage;
use crate::understanding::{bert_files, processors, start_bert};

/// Train and measure the engine that reads texts.
#[derive(Debug, Subcommand)]
pub(crate) enum Nlp {
    /// Train the engine on labelled examples, or a classifier of your own on a table, and write the weights
    #[command(
        after_help = "Examples: rapport nlp train topics.tsv --out topics.model\n          rapport nlp train --examples nlp/data --out nlp/models/linear.bin"
    )]
    Train {
        /// A table of text, tab, label (`oos`: none of the labels) to learn the labels of
        table: Option<PathBuf>,
        /// Which engine is to learn the table
        #[arg(long, value_enum, default_value_t = TableEngine::Linear, requires = "table")]
        engine: TableEngine,
        /// Only so many examples of each label of the table, drawn by the seed
        #[arg(long, value_name = "N", requires = "table", value_parser = clap::value_parser!(u32).range(1..))]
        per_class: Option<u32>,
        /// The directory with crm.en.tsv, crm.zh.tsv and the like
        #[arg(long, value_name = "DIR", default_value = "nlp/data", conflicts_with = "table")]
        examples: PathBuf,
        /// A directory of public data to train on besides
        #[arg(long, value_name = "DIR", conflicts_with = "table")]
        extra: Option<PathBuf>,
        /// Where to write the weights [default: nlp/models/linear.bin, where no table is given]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// The seed; the same data and seed give the same weights
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Teach MiniLM moods from tables of text, tab, mood, and from the English examples that `eval` does
    /// not measure on; writes what that changes of the model, which is built into the worker
    #[command(
        after_help = "Example: rapport nlp learn-moods sst2.tsv --examples nlp/data --out nlp/models/mood.safetensors"
    )]
    LearnMoods {
        /// Tables of text, tab, and negative, neutral or positive
        tables: Vec<PathBuf>,
        /// The directory with crm.en.tsv and the like
        #[arg(long, value_name = "DIR", default_value = "nlp/data")]
        examples: PathBuf,
        /// Where to write the difference
        #[arg(long, value_name = "FILE", default_value = "nlp/models/mood.safetensors")]
        out: PathBuf,
        /// The seed
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Measure a classifier on a table; else hold a fifth of the engine's examples aside, train on the
    /// rest, and measure on the fifth
    #[command(
        after_help = "Examples: rapport nlp eval --model topics.model test.tsv\n          rapport nlp eval --examples nlp/data"
    )]
    Eval {
        /// A table of text, tab, label to measure on
        #[arg(requires = "model")]
        table: Option<PathBuf>,
        /// A classifier that `nlp train TABLE` wrote
        #[arg(long, value_name = "FILE", requires = "table")]
        model: Option<PathBuf>,
        /// The directory with crm.en.tsv, crm.zh.tsv and the like
        #[arg(long, value_name = "DIR", default_value = "nlp/data", conflicts_with = "table")]
        examples: PathBuf,
        /// A directory of public data to train on besides
        #[arg(long, value_name = "DIR", conflicts_with = "table")]
        extra: Option<PathBuf>,
    },
}

/// What can learn a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableEngine {
    /// Weights for words, pairs and pieces of words
    Linear,
    /// The same, and MiniLM's embedding beside them; English (see `nlp/setup-bert`)
    Bert,
}

/// Where the weights that ship with the program lie.
const SHIPPED: &str = "nlp/models/linear.bin";

impl Nlp {
    pub(crate) fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::Train { table: Some(table), engine, per_class, out, seed, .. } => {
                let out = out.context("--out is missing: say where to write the classifier")?;
                let default = classifier::Options::default();
                let options = classifier::Options {
                    seed: seed.unwrap_or(default.seed),
                    per_class: per_class.map(|n| n as usize),
                };
                let table = read_table(&table)?;
                let (classifier, report) = match engine {
                    TableEngine::Linear => classifier::train(&table, &options, None)?,
                    TableEngine::Bert => {
                        let mut bert = start_bert(&common.data()?)?;
                        let mut embed = |encoder, texts: &[&str]| bert.embed(encoder, texts);
                        classifier::train(&table, &options, Some(&mut embed))?
                    }
                };
                write(&out, &classifier.bytes())?;
                print(common, &report)?;
                wrote(common, &out);
            }
            Self::Train { table: None, examples, extra, out, seed, .. } => {
                let mut options = TrainOptions::default();
                options.seed = seed.unwrap_or(options.seed);
                let data = TrainingData::load(&examples, extra.as_deref())?;
                let (engine, report) = train(&data, &options)?;
                let out = out.unwrap_or_else(|| SHIPPED.into());
                write(&out, engine.bytes())?;
                print(common, &report)?;
                wrote(common, &out);
            }
            Self::LearnMoods { mut tables, examples, out, seed } => {
                let data = TrainingData::load(&examples, None)?;
                let own = std::env::temp_dir().join(format!("rapport-moods-{}.tsv", std::process::id()));
                let one = |(text, mood): (String, Mood)| {
                    let text = text.replace('\t', " ").replace('\n', "\\n");
                    format!("{text}\t{}\n", mood.name())
                };
                let rows: String =
                    moods_to_learn(&data, TrainOptions::default().seed).into_iter().map(one).collect();
                write(&own, rows.as_bytes())?;
                tables.push(own.clone());
                let learned = learn_moods(&bert_files(&common.data()?)?, &tables, &out, seed, processors());
                std::fs::remove_file(&own).ok();
                learned?;
                wrote(common, &out);
            }
            Self::Eval { table: Some(table), model: Some(model), .. } => {
                let examples = read_table(&table)?;
                let mut classifier = Classifier::load(&model)?;
                let mut bert = if classifier.is_bert() { Some(start_bert(&common.data()?)?) } else { None };
                let before = usage().cpu_seconds;
                let measured = measure(&mut classifier, &examples, bert.as_mut())?;
                let (after, worker) = (usage(), bert.map(|bert| bert.used()).unwrap_or_default());
                let cpu_seconds = after.cpu_seconds - before + worker.cpu.as_secs_f64();
                print(
                    common,
                    &TableMeasured {
                        texts_per_cpu_second: measured.n as f64 / cpu_seconds.max(1e-6),
                        measured,
                        peak_rss_bytes: after.peak_rss_bytes + worker.peak_rss_bytes.cast_signed(),
                    },
                )?;
            }
            Self::Eval { examples, extra, .. } => {
                let data = TrainingData::load(&examples, extra.as_deref())?;
                print(common, &evaluate(&data, &TrainOptions::default())?)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The figures of a classifier, with what they cost.
#[derive(Serialize)]
struct TableMeasured {
    #[serde(flatten)]
    measured: Measured,
    texts_per_cpu_second: f64,
    peak_rss_bytes: i64,
}

impl fmt::Display for TableMeasured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.measured)?;
        write!(
            f,
            "speed               {:.0} texts per processor second, {} MB at most",
            self.texts_per_cpu_second,
            self.peak_rss_bytes / 1_000_000
        )
    }
}

fn print(common: &Common, what: &(impl Serialize + fmt::Display)) -> anyhow::Result<()> {
    if common.json {
        println!("{}", serde_json::to_string(what)?);
    } else {
        println!("{what}");
    }
    Ok(())
}

fn write(out: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(out, bytes).with_context(|| format!("cannot write {}", out.display()))
}

fn wrote(common: &Common, out: &Path) {
    if !common.json {
        println!("wrote {}", out.display());
    }
}
