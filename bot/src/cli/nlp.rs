//! `rapport nlp`: trains and measures the engine that reads texts.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use rapport_nlp::bert::{Heads, tune};
use rapport_nlp::classifier::{self, Classifier, Measured, measure, read_table};
use rapport_nlp::linear::{Example, TrainOptions, TrainingData, evaluate, to_tune, train};
use rapport_nlp::rep;
use serde::Serialize;

use super::usage::usage;
use super::{Common, learn};
use crate::config::EngineChoice;
use crate::understanding::{bert_files, bert_threads, processors, start_bert};

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
        /// Which engine is to learn
        #[arg(long, value_enum, default_value_t = Learner::Linear)]
        engine: Learner,
        /// Only so many examples of each label of the table, drawn by the seed
        #[arg(long, value_name = "N", requires = "table", value_parser = clap::value_parser!(u32).range(1..))]
        per_class: Option<u32>,
        /// The directory with crm.en.tsv, crm.zh.tsv and the like
        /// [default: those that ship with the program]
        #[arg(long, value_name = "DIR", conflicts_with = "table")]
        examples: Option<PathBuf>,
        /// A directory of public data to train on besides
        #[arg(long, value_name = "DIR", conflicts_with = "table")]
        extra: Option<PathBuf>,
        /// Learn from what colleagues corrected, too, and put the weights to work in the data directory if
        /// texts held aside are read at least as well
        #[arg(long, conflicts_with_all = ["table", "out"])]
        from_store: bool,
        /// Where to write the weights [default: nlp/models/linear.bin, where no table is given]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Where to write what the engine bert learns of the examples
        #[arg(long, value_name = "FILE", default_value = "nlp/models/bert.bin", conflicts_with_all = ["table", "from_store"])]
        heads: PathBuf,
        /// The seed; the same data and seed give the same weights
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Take the weights back that `train --from-store` last put to work
    Rollback,
    /// Teach MiniLM how customers feel from tables of text, tab, mood, and from seven tenths of the English
    /// examples what they want, too; writes what that changes of the model, which is built into the worker
    #[command(
        after_help = "Example: rapport nlp tune sst2.tsv --examples nlp/data --out nlp/models/customer.safetensors"
    )]
    Tune {
        /// Tables of text, tab, and negative, neutral or positive
        tables: Vec<PathBuf>,
        /// The directory with crm.en.tsv and the like
        /// [default: those that ship with the program]
        #[arg(long, value_name = "DIR")]
        examples: Option<PathBuf>,
        /// Where to write the difference
        #[arg(long, value_name = "FILE", default_value = "nlp/models/customer.safetensors")]
        out: PathBuf,
        /// The seed
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Learn how the bot reads what reps type from a table of text, tab, command, tab, the text with its arguments
    /// marked; writes rep.bin (which command) and roles.bin (which words are its arguments)
    #[command(after_help = "Example: rapport nlp rep nlp/data/rep/commands.tsv --out nlp/models")]
    Rep {
        /// The table; its marks are explained in nlp/data/README.md
        table: PathBuf,
        /// The directory to write to
        #[arg(long, value_name = "DIR", default_value = "nlp/models")]
        out: PathBuf,
        /// The seed; the same table and seed give the same weights
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
        /// [default: those that ship with the program]
        #[arg(long, value_name = "DIR", conflicts_with = "table")]
        examples: Option<PathBuf>,
        /// A directory of public data to train on besides
        #[arg(long, value_name = "DIR", conflicts_with = "table")]
        extra: Option<PathBuf>,
        /// Which engine is to be measured on the examples
        #[arg(long, value_enum, default_value_t = EngineChoice::Linear, conflicts_with = "table")]
        engine: EngineChoice,
    },
}

/// What can learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Learner {
    /// Weights for words, pairs and pieces of words
    Linear,
    /// The same, and MiniLM's embedding beside them; English (see `nlp/setup-bert`)
    Bert,
}

/// Where the weights that ship with the program lie.
const SHIPPED: &str = "nlp/models/linear.bin";

impl Nlp {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
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
                    Learner::Linear => classifier::train(&table, &options, None)?,
                    Learner::Bert => {
                        let mut bert = start_bert(&common.data()?, processors())?;
                        classifier::train(&table, &options, Some(&mut bert))?
                    }
                };
                write(&out, &classifier.bytes())?;
                print(common, &report)?;
                wrote(common, &out);
            }
            Self::Train { table: None, engine, examples, extra, from_store, out, heads, seed, .. } => {
                let mut options = TrainOptions::default();
                options.seed = seed.unwrap_or(options.seed);
                let data = data(examples.as_deref(), extra.as_deref())?;
                // Before the long work, which would be in vain without it.
                let threads = if from_store { bert_threads() } else { processors() };
                let bert = match engine {
                    Learner::Linear => None,
                    Learner::Bert => Some(start_bert(&common.data()?, threads)?),
                };
                if from_store {
                    learn::from_store(common, data, &options, bert).await?;
                    return Ok(ExitCode::SUCCESS);
                }
                let trained = train(&data, &options)?;
                let out = out.unwrap_or_else(|| SHIPPED.into());
                write(&out, trained.engine.bytes())?;
                print(common, &trained.report)?;
                wrote(common, &out);
                if let Some(mut bert) = bert {
                    let mut embed = |encoder, texts: &[&str]| bert.embed(encoder, texts);
                    let (learned, report) = Heads::train(&trained, &mut embed)?;
                    write(&heads, &learned.bytes())?;
                    print(common, &report)?;
                    wrote(common, &heads);
                }
            }
            Self::Rollback => learn::rollback(common)?,
            Self::Tune { mut tables, examples, out, seed } => {
                let data = data(examples.as_deref(), None)?;
                let own = std::env::temp_dir().join(format!("rapport-tune-{}.tsv", std::process::id()));
                let one = |example: Example| {
                    let text = example.text.replace('\t', " ").replace('\n', "\\n");
                    let (mood, intent) = (example.mood?.name(), example.intents.first()?.name());
                    Some(format!("{text}\t{mood}\t{intent}\n"))
                };
                let rows: String =
                    to_tune(&data, TrainOptions::default().seed).into_iter().filter_map(one).collect();
                write(&own, rows.as_bytes())?;
                tables.push(own.clone());
                let learned = tune(&bert_files(&common.data()?)?, &tables, &out, seed, processors());
                std::fs::remove_file(&own).ok();
                learned?;
                wrote(common, &out);
            }
            Self::Rep { table, out, seed } => {
                let taught = rep::teach(&table, seed)?;
                print(common, &taught)?;
                for (name, file) in [("rep.bin", &taught.commands_file), ("roles.bin", &taught.roles_file)] {
                    write(&out.join(name), file)?;
                    wrote(common, &out.join(name));
                }
            }
            Self::Eval { table: Some(table), model: Some(model), .. } => {
                let examples = read_table(&table)?;
                let mut classifier = Classifier::load(&model)?;
                let mut bert = match classifier.is_bert() {
                    true => Some(start_bert(&common.data()?, bert_threads())?),
                    false => None,
                };
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
            Self::Eval { examples, extra, engine, .. } => {
                let data = data(examples.as_deref(), extra.as_deref())?;
                let options = TrainOptions::default();
                let evaluation = match engine {
                    EngineChoice::Linear => evaluate(&data, &options, None)?,
                    EngineChoice::Bert | EngineChoice::Auto => {
                        let mut bert = start_bert(&common.data()?, processors())?;
                        let mut embed = |encoder, texts: &[&str]| bert.embed(encoder, texts);
                        let always = engine == EngineChoice::Bert;
                        evaluate(&data, &options, Some((&mut embed, always)))?
                    }
                };
                print(common, &evaluation)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads the examples, in `dir` or shipped, and public ones besides.
fn data(dir: Option<&Path>, extra: Option<&Path>) -> anyhow::Result<TrainingData> {
    let mut data = match dir {
        Some(dir) => TrainingData::load(dir)?,
        None => TrainingData::shipped()?,
    };
    if let Some(extra) = extra {
        data.add_public(extra)?;
    }
    Ok(data)
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
