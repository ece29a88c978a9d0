//! `rapport nlp`: trains and measures the engine that reads texts.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use rapport_nlp::linear::{TrainOptions, TrainingData, evaluate, train};

use super::Common;

/// Train and measure the engine that reads texts.
#[derive(Debug, Subcommand)]
pub(crate) enum Nlp {
    /// Train the engine on labelled examples and write its weights
    #[command(after_help = "Example: rapport nlp train --examples nlp/data --out nlp/models/linear.bin")]
    Train {
        /// The directory with crm.en.tsv, crm.zh.tsv and the like
        #[arg(long, value_name = "DIR", default_value = "nlp/data")]
        examples: PathBuf,
        /// A directory of public data to train on besides
        #[arg(long, value_name = "DIR")]
        extra: Option<PathBuf>,
        /// Where to write the weights
        #[arg(long, value_name = "FILE", default_value = "nlp/models/linear.bin")]
        out: PathBuf,
        /// The seed; the same data and seed give the same weights
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Hold a fifth of the examples aside, train on the rest, and measure on the fifth
    #[command(after_help = "Example: rapport nlp eval --examples nlp/data")]
    Eval {
        /// The directory with crm.en.tsv, crm.zh.tsv and the like
        #[arg(long, value_name = "DIR", default_value = "nlp/data")]
        examples: PathBuf,
        /// A directory of public data to train on besides
        #[arg(long, value_name = "DIR")]
        extra: Option<PathBuf>,
    },
}

impl Nlp {
    pub(crate) fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let mut options = TrainOptions::default();
        match self {
            Self::Train { examples, extra, out, seed } => {
                options.seed = seed.unwrap_or(options.seed);
                let data = TrainingData::load(&examples, extra.as_deref())?;
                let (engine, report) = train(&data, &options)?;
                std::fs::write(&out, engine.bytes())?;
                if common.json {
                    println!("{}", serde_json::to_string(&report)?);
                } else {
                    println!("{report}");
                    println!("wrote {}", out.display());
                }
            }
            Self::Eval { examples, extra } => {
                let data = TrainingData::load(&examples, extra.as_deref())?;
                let evaluation = evaluate(&data, &options)?;
                if common.json {
                    println!("{}", serde_json::to_string(&evaluation)?);
                } else {
                    println!("{evaluation}");
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
