//! `rapport ingest`: mails from files, on the same path as live mail.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use rapport_model::message::{Automation, Incoming};
use rapport_model::{Kind, Timestamp};
use rapport_storage::ingest::Fate;
use serde::Serialize;
use tokio::sync::mpsc;

use super::Common;
use super::usage::usage;
use crate::App;
use crate::channel::email::{ParseOptions, SourceOptions, open, parse};

/// Mails that are committed together,
const TOGETHER: usize = 256;
/// unless they are big.
const TOGETHER_BYTES: usize = 4 << 20;
/// Portions that may wait between the reader and the store.
const WAITING: usize = 2;

/// Take mails in from files, mboxes, Maildirs and directories of them.
///
/// A mail that was here before is counted as a duplicate, so the same command can be run again,
/// also after it was killed. What cannot be read goes to the quarantine with its bytes.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport ingest --house ours.example ~/Maildir archive.mbox letter.eml")]
pub(crate) struct Ingest {
    /// What to read
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// An address or domain that is ours, beside those of the configuration
    #[arg(long, value_name = "ADDRESS|DOMAIN")]
    house: Vec<String>,
    /// Take the mails as history: they make customers and threads, but no ticket, task or alert
    #[arg(long)]
    history: bool,
    /// The largest mail to read whole, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = SourceOptions::default().message_bytes_max)]
    message_bytes_max: usize,
}

/// What was taken in. The first six count this run, the next three the store.
#[derive(Debug, Default, Serialize)]
struct Report {
    files: u64,
    mails: u64,
    messages: u64,
    duplicates: u64,
    quarantined: u64,
    automated: u64,
    threads: i64,
    customers: i64,
    tickets: i64,
    seconds: f64,
    cpu_seconds: f64,
    mails_per_cpu_second: f64,
    peak_rss_bytes: i64,
    /// Files that could not be read at all, with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<String>,
}

/// What the reading thread hands over.
#[derive(Default)]
struct Portion {
    n_files: u64,
    mails: Vec<Incoming>,
    errors: Vec<String>,
}

impl Ingest {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let started = now();
        for path in &self.paths {
            anyhow::ensure!(path.exists(), "{}: there is no such file or directory", path.display());
        }
        let mut config = common.config()?;
        config.house.addresses.extend(self.house.iter().cloned());
        let app = Arc::new(App::build(&common.data()?, config, common.clock()?).await?);

        let mut report = self.take_in(&app, common.json).await?;
        app.settle().await?;
        report.threads = app.store().count(Kind::Thread).await?;
        report.customers = app.store().count(Kind::Customer).await?;
        report.tickets = app.store().count(Kind::Ticket).await?;
        app.close().await;
        let used = usage();
        report.seconds = started.elapsed().as_secs_f64();
        report.cpu_seconds = used.cpu_seconds;
        report.mails_per_cpu_second = (report.mails as f64 / used.cpu_seconds.max(1e-6)).round();
        report.peak_rss_bytes = used.peak_rss_bytes;
        report.print(common.json)?;
        Ok(if report.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Reads, stores and understands, each at its own pace.
    async fn take_in(&self, app: &Arc<App>, quiet: bool) -> anyhow::Result<Report> {
        let (portions, mut inbox) = mpsc::channel(WAITING);
        let reader = self.start_reader(app.store().clock().now(), portions);
        let finished = Arc::new(AtomicBool::new(false));
        let worker = tokio::spawn(work(app.clone(), finished.clone()));
        let bar = progress(quiet);

        let mut report = Report::default();
        let mut failed = None;
        while let Some(portion) = inbox.recv().await {
            report.files += portion.n_files;
            report.mails += portion.mails.len() as u64;
            report.errors.extend(portion.errors);
            match app.workflows.ingest(portion.mails).await {
                Ok(fates) => fates.iter().for_each(|fate| report.count(fate)),
                Err(e) => {
                    failed = Some(e);
                    break;
                }
            }
            bar.set_position(report.mails);
        }
        drop(inbox);
        finished.store(true, Ordering::SeqCst);
        bar.finish_and_clear();
        worker.await.context("the worker died")??;
        failed.map_or(Ok(()), Err)?;
        reader.join().map_err(|_| anyhow::anyhow!("the reader died"))?;
        Ok(report)
    }

    fn start_reader(&self, now: Timestamp, portions: mpsc::Sender<Portion>) -> std::thread::JoinHandle<()> {
        let (paths, history) = (self.paths.clone(), self.history);
        let options = SourceOptions { message_bytes_max: self.message_bytes_max };
        std::thread::spawn(move || {
            let (mut portion, mut n_bytes) = (Portion::default(), 0);
            for mail in paths.iter().flat_map(|path| open(path, options)) {
                match mail {
                    Ok(mail) => {
                        portion.n_files += u64::from(mail.first_of_file);
                        n_bytes += mail.bytes.len();
                        let options = ParseOptions {
                            file_time: mail.file_time,
                            too_big: mail.too_big,
                            history,
                            ..ParseOptions::at(now)
                        };
                        portion.mails.push(parse(mail.bytes, &mail.place, &options));
                    }
                    Err(e) => portion.errors.push(e.to_string()),
                }
                if portion.mails.len() >= TOGETHER || n_bytes >= TOGETHER_BYTES {
                    n_bytes = 0;
                    // Nobody listens any more: the store failed, and says why.
                    if portions.blocking_send(std::mem::take(&mut portion)).is_err() {
                        return;
                    }
                }
            }
            let _ = portions.blocking_send(portion);
        })
    }
}

/// Understands and indexes what was stored, until told that no more comes. What is left then is
/// settled by the caller.
async fn work(app: Arc<App>, finished: Arc<AtomicBool>) -> anyhow::Result<()> {
    while !finished.load(Ordering::SeqCst) {
        let n = app.workflows.understand_waiting().await? + app.tail(false).await?.n_applied;
        if n == 0 {
            // A wake-up between the look and the wait is made up for by the time limit.
            let _ = tokio::time::timeout(Duration::from_millis(50), app.store().wait_for_commit()).await;
        }
    }
    Ok(())
}

impl Report {
    fn count(&mut self, fate: &Fate) {
        match fate {
            Fate::Kept { automation, .. } => {
                self.messages += 1;
                self.automated += u64::from(*automation != Automation::None);
            }
            Fate::Duplicate { .. } => self.duplicates += 1,
            Fate::Quarantined { .. } => self.quarantined += 1,
        }
    }

    fn print(&self, json: bool) -> anyhow::Result<()> {
        for error in &self.errors {
            eprintln!("rapport: {error}");
        }
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        println!(
            "{} mails in {} files: {} new ({} of them by machines), {} were here before, {} in quarantine",
            self.mails, self.files, self.messages, self.automated, self.duplicates, self.quarantined
        );
        println!(
            "The store has {} customers, {} threads and {} tickets.",
            self.customers, self.threads, self.tickets
        );
        println!(
            "{:.1} s, {:.0} mails a second of processor time, {} MB of memory at most",
            self.seconds,
            self.mails_per_cpu_second,
            self.peak_rss_bytes >> 20
        );
        Ok(())
    }
}

fn progress(quiet: bool) -> ProgressBar {
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {pos} mails, {per_sec}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

#[allow(clippy::disallowed_methods)] // How long it takes is no business of the injected clock.
fn now() -> Instant {
    Instant::now()
}
