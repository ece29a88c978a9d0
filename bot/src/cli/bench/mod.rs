//! `rapport bench`: the service beside raw loops on the same engines.
//!
//! Each figure comes with that of a loop without us, measured in the same run, because the figure
//! alone says more of the disk and of the neighbours than of us. What is compared lies in
//! `rapport_storage::bench` and `rapport_nlp::search::bench`; here it is timed and printed.

mod backup;
mod bot_api;
mod chat;
mod import;
mod ingest;
mod insight;
mod jobs;
mod mail;
mod search;
mod sink;
mod understand;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use rapport_model::SystemClock;
use rapport_storage::bench::Ground;
use serde::Serialize;

use super::Common;
use super::usage::usage;
use crate::{App, Config};

/// Measure this machine: ratios to a raw loop on the same engine in the same run
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Mails acknowledged a second, beside writing their rows
    Ingest(ingest::IngestBench),
    /// A table of people brought in and taken back
    Import(import::ImportBench),
    /// A backup, the next one, a restore; and what that does to whoever writes
    Backup(backup::BackupBench),
    /// From a search in a chat to its answer; many colleagues at once
    Chat(chat::ChatBench),
    /// From a mail to its acknowledgement, over real sockets; mails understood a second
    Mail(mail::MailBench),
    /// Timers woken a second among many that wait, beside the bare statements
    Jobs(jobs::JobsBench),
    /// Searches, beside plain tantivy and the databases' own indexes
    Search(search::SearchBench),
    /// A million customers put into segments and scored: processor time and memory
    Insight(insight::InsightBench),
    /// Texts read a second, by MiniLM beside a plain loop
    Understand(understand::UnderstandBench),
}

/// Where a bench makes its files.
#[derive(Debug, Args)]
struct Here {
    /// Where to make the files, removed at the end; it must lie on the disk that counts
    /// [default: the system's directory for temporary files]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Where a bench makes its databases.
#[derive(Debug, Args)]
struct Where {
    #[command(flatten)]
    files: Here,
    /// A PostgreSQL server to measure too; its user must be allowed to create databases
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
}

impl Bench {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::Ingest(bench) => bench.run(common).await,
            Self::Import(bench) => bench.run(common).await,
            Self::Backup(bench) => bench.run(common).await,
            Self::Chat(bench) => bench.run(common).await,
            Self::Mail(bench) => bench.run(common).await,
            Self::Jobs(bench) => bench.run(common).await,
            Self::Search(bench) => bench.run(common).await,
            Self::Insight(bench) => bench.run(common).await,
            Self::Understand(bench) => bench.run(common).await,
        }
    }
}

/// A directory that goes away in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Here {
    fn scratch(&self) -> anyhow::Result<Scratch> {
        let dir = self.dir.clone().unwrap_or_else(std::env::temp_dir);
        let dir = dir.join(format!("rapport-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        Ok(Scratch(dir))
    }
}

impl Where {
    /// Returns the engines to measure.
    fn grounds(&self, scratch: &Scratch) -> Vec<Ground> {
        let files = Ground::files(&scratch.path().join("sqlite"));
        let server = self.postgres.iter().map(|url| Ground::server(&scratch.path().join("postgres"), url));
        [files].into_iter().chain(server).collect()
    }
}

/// Makes a service in `dir` of the text of a configuration.
async fn service(dir: &Path, text: &str) -> anyhow::Result<App> {
    let config =
        Config::read(text, "the bench's configuration", std::iter::empty()).map_err(anyhow::Error::msg)?;
    App::build(dir, config, Arc::new(SystemClock)).await
}

/// How fast something went.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Speed {
    /// By the clock on the wall.
    per_second: f64,
    /// By this process's processor time: what the neighbours do counts less. A server's is not in
    /// it.
    per_cpu_second: f64,
}

/// Times `work`, which does `n` things.
async fn timed<T, E>(n: usize, work: impl Future<Output = Result<T, E>>) -> Result<(T, Speed), E> {
    let (started, cpu) = (now(), usage().cpu_seconds);
    let done = work.await?;
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), usage().cpu_seconds - cpu);
    let per = |seconds: f64| n as f64 / seconds.max(1e-9);
    Ok((done, Speed { per_second: per(seconds), per_cpu_second: per(cpu) }))
}

/// Returns the value that a share of the sorted values does not exceed (the nearest rank): the lower of the
/// two in the middle for a half; 0 where there are none.
fn at_share(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(at.saturating_sub(1)).copied().unwrap_or_default()
}

/// Returns the middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    at_share(&values, 0.5)
}

impl Speed {
    /// Returns the middle of several runs.
    fn median(runs: &[Self]) -> Self {
        Self {
            per_second: median(runs.iter().map(|s| s.per_second).collect()),
            per_cpu_second: median(runs.iter().map(|s| s.per_cpu_second).collect()),
        }
    }
}

/// Says how a figure stands to its goal.
fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "missed" }
}

#[allow(clippy::disallowed_methods)] // How long it takes is no business of the injected clock.
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::at_share;

    #[test]
    fn a_share_of_the_values_is_at_most_that() {
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!((at_share(&values, 0.5), at_share(&values, 0.95)), (10.0, 19.0));
        assert_eq!((at_share(&[7.0], 0.5), at_share(&[], 0.5)), (7.0, 0.0));
    }
}
