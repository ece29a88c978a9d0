//! `rapport run`: the service.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use rapport_storage::health::Health;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Common;
use crate::App;
use crate::channel::{discord, imap, lmtp, telegram};
use crate::http::{Limits, Server};
use crate::service::Stop;
use crate::understanding::Reads;

/// How long what was begun may take to finish after the first signal.
const FINISH_MAX: Duration = Duration::from_secs(30);

/// Do what is due, as it comes due: messages understood, follow-ups, schedules, deliveries, and
/// the search index. Ends on SIGTERM or Ctrl-C once what was begun is done; a second one ends it
/// at once. Nothing is lost either way. SIGHUP has the house's texts read anew.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport run --data /var/lib/rapport")]
pub(crate) struct Run {
    /// Do what is due now, and end
    #[arg(long)]
    once: bool,
}

impl Run {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let started = now();
        // Before the store is opened: from then on a signal is an orderly end.
        let stop = Stop::default();
        let signals = Signals::new().context("cannot listen for signals")?;
        let hangup = signal(SignalKind::hangup()).context("cannot listen for signals")?;
        let watch = tokio::spawn(signals.watch(stop.clone()));
        // Before the store is opened, too: whoever has the port may have the store.
        let server =
            if self.once { None } else { Server::bind(&common.config()?.http, Limits::default()).await? };
        let app = Arc::new(common.app().await?);
        let hangups = tokio::spawn(read_texts_at(hangup, app.clone()));
        let health = app.store().health().await?;
        let reads = Reads::tried(app.config.nlp.engine, app.store().dir());
        let pages = server.as_ref().map(|server| Pages { at: server.place(), base: app.config.http.base() });
        say_ready(&health, &reads, pages, started.elapsed(), common.json);

        let code = if self.once {
            let unread = imap::read_once(&app, &stop).await;
            unread.iter().for_each(|(name, why)| eprintln!("rapport: failed to read mail.{name}: {why}"));
            let (telegram, discord) = (telegram::once(&app, &stop).await, discord::once(&app, &stop).await);
            let mut failed = app.serve_once(&stop).await;
            for (step, read) in [("read telegram", telegram), ("read discord", discord)] {
                failed.extend(read.err().map(|e| (step, format!("{e:#}"))));
            }
            failed.iter().for_each(|(step, why)| eprintln!("rapport: failed to {step}: {why}"));
            if failed.is_empty() && unread.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        } else {
            serve(&app, server, &stop).await?
        };
        app.close().await;
        watch.abort();
        hangups.abort();
        Ok(code)
    }
}

/// Reads the house's texts anew at each signal.
async fn read_texts_at(mut hangup: Signal, app: Arc<App>) {
    while hangup.recv().await.is_some() {
        match app.read_texts() {
            Ok(()) => tracing::warn!("the texts were read anew"),
            Err(e) => tracing::error!(error = %format!("{e:#}"), "the texts stay as they were"),
        }
    }
}

/// Serves until told to stop, and then not much longer.
async fn serve(app: &Arc<App>, server: Option<Server>, stop: &Stop) -> anyhow::Result<ExitCode> {
    let pages = async {
        if let Some(server) = server {
            server.serve(app, stop).await;
        }
    };
    let work = async {
        let mailboxes = async { tokio::join!(imap::serve(app, stop), lmtp::serve(app, stop)) };
        let chats = async { tokio::join!(telegram::serve(app, stop), discord::serve(app, stop)) };
        tokio::join!(app.serve(stop), mailboxes, chats, pages).0
    };
    let late = async {
        stop.stopped().await;
        tokio::time::sleep(FINISH_MAX).await;
    };
    tokio::select! {
        ended = work => ended.map(|()| ExitCode::SUCCESS).map_err(Into::into),
        () = late => {
            // The next start goes on where this one was, as after a crash.
            eprintln!("rapport: what was begun did not finish in {} s; ended without it", FINISH_MAX.as_secs());
            std::process::exit(1);
        }
    }
}

/// What asks the program to end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Asks for an end at the first signal, and ends the program at the second.
    async fn watch(mut self, stop: Stop) {
        self.next().await;
        stop.stop();
        self.next().await;
        std::process::exit(130);
    }

    async fn next(&mut self) {
        tokio::select! { _ = self.terminate.recv() => {}, _ = self.interrupt.recv() => {} }
    }
}

/// Where pages are served.
struct Pages<'a> {
    at: SocketAddr,
    /// What links to them begin with.
    base: Option<&'a str>,
}

fn say_ready(health: &Health, reads: &Reads, pages: Option<Pages<'_>>, took: Duration, json: bool) {
    let seconds = took.as_secs_f64();
    let n_waiting: i64 = health.jobs.iter().map(|queue| queue.due + queue.later).sum();
    if json {
        println!(
            "{}",
            serde_json::json!({
                "ready": true, "seconds": seconds, "engine": health.engine, "jobs_waiting": n_waiting,
                "index_lag": health.index_lag, "reads": reads.to_string(), "pid": std::process::id(),
                "http": pages.as_ref().map(|pages| pages.at.to_string()),
                "public_url": pages.as_ref().and_then(|pages| pages.base),
            })
        );
        return;
    }
    let jobs = if n_waiting == 1 { "1 job waits".to_owned() } else { format!("{n_waiting} jobs wait") };
    let index = match health.index_lag {
        0 => "index up to date".to_owned(),
        n => format!("index {n} entries behind"),
    };
    let pages = match pages {
        None => String::new(),
        Some(Pages { at, base: None }) => format!(", pages at http://{at}"),
        Some(Pages { at, base: Some(base) }) => format!(", pages at http://{at} for {base}"),
    };
    println!("ready in {seconds:.1} s: {}, {jobs}, {index}, texts read by {reads}{pages}", health.engine);
}

#[allow(clippy::disallowed_methods)] // How long it takes is no business of the injected clock.
fn now() -> Instant {
    Instant::now()
}
