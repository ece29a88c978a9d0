//! `rapport bench understand`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use rapport_nlp::Engine as _;
use rapport_nlp::bert::{Bert, Encoder};
use rapport_nlp::linear::Linear;
use serde::Serialize;

use super::{Speed, median, now, timed, verdict};
use crate::cli::Common;
use crate::understanding::{bert_threads, start_bert};

/// Short texts that the linear engine reads in a second of one processor.
const LINEAR_PER_CPU_SECOND_MIN: f64 = 20_000.0;
/// What MiniLM reads of a plain loop's texts a second.
const RATIO_MIN: f64 = 0.95;

/// Texts read a second: by the linear engine, and by MiniLM beside a plain loop over the same texts.
///
/// The plain loop reads 32 texts at a time in their order, by the same library in the same process;
/// ours brings texts of like length together.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport bench understand nlp/data/everyday.en.tsv")]
pub(crate) struct UnderstandBench {
    /// A file with one text a line, or a table whose first column is the text
    texts: PathBuf,
    /// How many of the texts MiniLM reads
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..))]
    bert_texts: u32,
    /// How often each is measured; the middle is printed
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    rounds: u8,
}

#[derive(Debug, Serialize)]
struct Report {
    bench: &'static str,
    texts: usize,
    linear: Speed,
    /// Missing where MiniLM cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    bert: Option<Beside>,
}

#[derive(Debug, Serialize)]
struct Beside {
    texts: usize,
    ours: Speed,
    plain: Speed,
    /// By the wall clock, the middle of the rounds.
    ratio: f64,
    /// By processor time.
    cpu_ratio: f64,
}

impl UnderstandBench {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let file = std::fs::read_to_string(&self.texts)
            .with_context(|| format!("cannot read {}", self.texts.display()))?;
        let texts: Vec<&str> = file.lines().map(|line| line.split('\t').next().unwrap_or(line)).collect();
        anyhow::ensure!(!texts.is_empty(), "{} has no text", self.texts.display());
        let mut linear = Linear::shipped()?;
        let mut runs = Vec::new();
        for _ in 0..self.rounds {
            runs.push(timed(texts.len(), async { linear.understand(&texts) }).await?.1);
        }
        let bert = match start_bert(&common.data()?, bert_threads()) {
            Ok(mut bert) => Some(self.beside(&mut bert, &texts)?),
            Err(why) => {
                eprintln!("rapport: MiniLM is not measured: {why}");
                None
            }
        };
        let report = Report { bench: "understand", texts: texts.len(), linear: Speed::median(&runs), bert };
        report.print(common.json)?;
        Ok(ExitCode::SUCCESS)
    }

    fn beside(&self, bert: &mut Bert, texts: &[&str]) -> anyhow::Result<Beside> {
        let texts = &texts[..texts.len().min(self.bert_texts as usize)];
        // The first request loads the weights.
        bert.embed(Encoder::Meaning, &texts[..texts.len().min(1)])?;
        let (mut ours, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            ours.push(speed(bert, texts, |bert| bert.embed(Encoder::Meaning, texts))?);
            plain.push(speed(bert, texts, |bert| bert.embed_plainly(Encoder::Meaning, texts))?);
        }
        let ratio =
            |of: fn(&Speed) -> f64| median(ours.iter().zip(&plain).map(|(a, b)| of(a) / of(b)).collect());
        Ok(Beside {
            texts: texts.len(),
            ratio: ratio(|speed| speed.per_second),
            cpu_ratio: ratio(|speed| speed.per_cpu_second),
            ours: Speed::median(&ours),
            plain: Speed::median(&plain),
        })
    }
}

/// Times the worker, by its own processor time.
fn speed<T, E>(
    bert: &mut Bert,
    texts: &[&str],
    read: impl FnOnce(&mut Bert) -> Result<T, E>,
) -> Result<Speed, E> {
    let (started, cpu) = (now(), bert.used().cpu);
    read(bert)?;
    let per = |took: Duration| texts.len() as f64 / took.as_secs_f64().max(1e-9);
    Ok(Speed { per_second: per(started.elapsed()), per_cpu_second: per(bert.used().cpu - cpu) })
}

impl Report {
    fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        let Speed { per_cpu_second, .. } = self.linear;
        println!(
            "linear  {per_cpu_second:.0} texts per processor second of {} (goal {LINEAR_PER_CPU_SECOND_MIN}: {})",
            self.texts,
            verdict(per_cpu_second >= LINEAR_PER_CPU_SECOND_MIN)
        );
        if let Some(bert) = &self.bert {
            println!(
                "bert    {:.0} texts a second of {}, a plain loop {:.0}: {:.2} times, {:.2} by processor time (goal {RATIO_MIN}: {})",
                bert.ours.per_second,
                bert.texts,
                bert.plain.per_second,
                bert.ratio,
                bert.cpu_ratio,
                verdict(bert.ratio >= RATIO_MIN)
            );
        }
        Ok(())
    }
}
