//! The command line.

mod audit;
mod audit_export;
mod audit_reads;
mod backup;
mod bench;
mod chat;
mod check;
mod dedupe;
mod demo;
mod digest;
mod doctor;
mod erase;
mod import;
mod inbound;
mod inbox;
mod ingest;
mod init;
mod insight;
mod jobs;
mod keys;
mod learn;
mod nlp;
mod operator;
mod outbox;
mod page;
mod privacy;
mod prompts;
mod pull;
mod ready;
mod restore;
mod retention;
mod rules;
mod run;
mod schedule;
mod search;
mod shown;
mod token;
mod understand;
mod usage;
mod user;
mod webhook;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use clap::{Args, Parser, Subcommand};
use rapport_model::{Clock, ManualClock, SystemClock, Timestamp};
use rapport_storage::{Access, Store};

use crate::{App, Config};

/// A conversational CRM: customers write mail, reps command it from a chat, managers get
/// digests.
#[derive(Debug, Parser)]
#[command(name = "rapport", version, about, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command understands.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// The data directory [default: the user's, such as ~/.local/share/rapport]
    #[arg(long, global = true, value_name = "DIR", env = "RAPPORT_DATA")]
    data: Option<PathBuf>,
    /// The configuration [default: rapport.toml in the data directory]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print JSON: one object, or one a line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The language to speak: en or zh
    #[arg(long, global = true, value_parser = ["en", "zh"])]
    lang: Option<String>,
    /// Pretend that it is this time: 2026-11-20T02:00:00Z, or without offset in --tz
    #[arg(long, global = true, value_name = "TIME")]
    now: Option<String>,
    /// The zone of times without offset
    #[arg(long, global = true, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    tz: Tz,
    /// Say more on standard error; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

fn zone(name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| "there is no such zone; write an IANA name like Europe/Berlin".to_owned())
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A tour: a sample mailbox, what is made of it, and a mail of your own
    Demo(demo::DemoCommand),
    /// Make a data directory: a commented configuration, the keys; a unit for systemd
    Init(init::Init),
    /// Work: understand, follow up, deliver, index; until told to stop
    Run(run::Run),
    /// Take mails in from files, mboxes, Maildirs and directories of them
    Ingest(ingest::Ingest),
    /// Bring customers, orders and the like in from tables, with a preview; take an import back
    #[command(subcommand)]
    Import(import::Import),
    /// Read texts from standard input, one a line, and print what was understood of each
    Understand(understand::Understand),
    /// Find messages and records by their words
    Search(search::Search),
    /// Find, note, settle and take back from this terminal, or through a pipe
    Chat(chat::Chat),
    /// Build the search index again from the store
    Reindex,
    /// Print the digest of a period, as a colleague gets it
    Digest(digest::DigestCommand),
    /// See which programs are told of what happens, and what arrived there
    #[command(subcommand)]
    Webhook(webhook::Webhook),
    /// See which programs send records, and what came of them
    #[command(subcommand)]
    Inbound(inbound::Inbound),
    /// Fetch a list of another program's now
    Pull(pull::Pull),
    /// Look at the texts, and how one reads to a customer
    #[command(subcommand)]
    Prompts(prompts::Prompts),
    /// Check a file of rules, and see what it would have done
    #[command(subcommand)]
    Rules(rules::Rules),
    /// See when a schedule runs
    #[command(subcommand)]
    Schedule(schedule::Schedule),
    /// Look after the colleagues: codes that bind their chat accounts
    #[command(subcommand)]
    User(user::User),
    /// Print a link by which a colleague comes to the pages of the house, once and within ten minutes
    Page(page::Page),
    /// Make, list and revoke tokens, by which other programs ask what the API has
    #[command(subcommand)]
    Token(token::Token),
    /// Look at jobs, and let one that was given up be tried again
    #[command(subcommand)]
    Jobs(jobs::Jobs),
    /// Look at messages that have not left, and send or cancel one
    #[command(subcommand)]
    Outbox(outbox::Outbox),
    /// Look after the mailboxes: prove that no mail was lost
    #[command(subcommand)]
    Inbox(inbox::Inbox),
    /// Say how everything stands, and what to do about it
    Doctor(doctor::Doctor),
    /// Check configuration, texts and rules
    Check,
    /// Prove that the journal is whole; tell who looked at whom, and other programs who did what
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Copy everything to another place; list and verify such copies
    Backup(backup::Backup),
    /// Make a new data directory of a backup
    Restore(restore::Restore),
    /// Find customers and companies that are probably the same
    Dedupe(dedupe::Dedupe),
    /// What stands out, belongs together and is to be expected in any table
    #[command(subcommand)]
    Insight(insight::Insight),
    /// Forget a customer, for good
    Erase(erase::Erase),
    Retention(retention::Retention),
    /// Show what is kept of people, why and for how long
    #[command(subcommand)]
    Privacy(privacy::Privacy),
    /// Change the master key
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Train and measure the engine that reads texts
    #[command(subcommand)]
    Nlp(nlp::Nlp),
    /// Measure this machine: ratios to a raw loop on the same engine in the same run
    #[command(subcommand)]
    Bench(bench::Bench),
}

impl Common {
    /// Returns the data directory.
    ///
    /// # Errors
    /// None was named, and the user has no home.
    pub(crate) fn data(&self) -> anyhow::Result<PathBuf> {
        if let Some(dir) = &self.data {
            return Ok(dir.clone());
        }
        let under = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let base = under("XDG_DATA_HOME").or_else(|| under("HOME").map(|home| home.join(".local/share")));
        base.map(|base| base.join("rapport")).context("no data directory: name one with --data DIR")
    }

    /// Returns the configuration, with what the command line says of it.
    pub(crate) fn config(&self) -> anyhow::Result<Config> {
        let mut config = Config::load(&self.data()?, self.config.as_deref())?;
        if let Some(lang) = &self.lang {
            config.lang.clone_from(lang);
        }
        Ok(config)
    }

    /// Returns the clock: the machine's, or one that stands at `--now`.
    pub(crate) fn clock(&self) -> anyhow::Result<Arc<dyn Clock>> {
        Ok(match &self.now {
            Some(text) => Arc::new(ManualClock::at(self.time(text)?)),
            None => Arc::new(SystemClock),
        })
    }

    /// Reads a time; one without offset is in `--tz`.
    pub(crate) fn time(&self, text: &str) -> anyhow::Result<Timestamp> {
        if let Ok(at) = Timestamp::parse(text) {
            return Ok(at);
        }
        let day = || text.parse::<chrono::NaiveDate>().ok().and_then(|d| d.and_hms_opt(0, 0, 0));
        let local = text.parse::<NaiveDateTime>().ok().or_else(day);
        local
            .and_then(|local| self.tz.from_local_datetime(&local).earliest())
            .map(Timestamp::from)
            .with_context(|| format!("{text:?} is no time; write it like 2026-11-20T02:00:00Z or 2026-11-20"))
    }

    /// Opens the store where the configuration says, without the rest of the service.
    pub(crate) async fn store(&self, access: Access) -> anyhow::Result<Store> {
        let place = self.config()?.place();
        Ok(Store::open_at(&self.data()?, &place, access, self.clock()?).await?)
    }

    /// Puts the service together.
    pub(crate) async fn app(&self) -> anyhow::Result<App> {
        App::build(&self.data()?, self.config()?, self.clock()?).await
    }
}

/// Runs the program: exit code 0, 1 if something failed, 2 if the command was wrong.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    log_to_stderr(cli.common.verbose, cli.common.json);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.context("cannot start the runtime").and_then(|runtime| runtime.block_on(run(cli)));
    match done {
        Ok(code) => code,
        Err(e) if is_broken_pipe(&e) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("rapport: {e:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let common = &cli.common;
    match cli.command {
        Command::Demo(command) => command.run(common).await,
        Command::Ingest(command) => command.run(common).await,
        Command::Import(command) => command.run(common).await,
        Command::Understand(command) => command.run(common),
        Command::Search(command) => command.run(common).await,
        Command::Chat(command) => command.run(common).await,
        Command::Reindex => search::reindex(common).await,
        Command::Digest(command) => command.run(common).await,
        Command::Init(command) => command.run(common).await,
        Command::Run(command) => command.run(common).await,
        Command::Prompts(command) => command.run(common).await,
        Command::Webhook(command) => command.run(common).await,
        Command::Inbound(command) => command.run(common).await,
        Command::Pull(command) => command.run(common).await,
        Command::Rules(command) => command.run(common).await,
        Command::Schedule(command) => command.run(common),
        Command::User(command) => command.run(common).await,
        Command::Page(command) => command.run(common).await,
        Command::Token(command) => command.run(common).await,
        Command::Jobs(command) => command.run(common).await,
        Command::Outbox(command) => command.run(common).await,
        Command::Inbox(command) => command.run(common).await,
        Command::Doctor(command) => command.run(common).await,
        Command::Check => check::run(common).await,
        Command::Audit(command) => command.run(common).await,
        Command::Backup(command) => command.run(common).await,
        Command::Restore(command) => command.run(common).await,
        Command::Dedupe(command) => command.run(common).await,
        Command::Insight(command) => command.run(common),
        Command::Erase(command) => command.run(common).await,
        Command::Retention(command) => command.run(common).await,
        Command::Privacy(command) => command.run(common).await,
        Command::Keys(command) => command.run(common).await,
        Command::Nlp(command) => command.run(common).await,
        Command::Bench(command) => command.run(common).await,
    }
}

fn log_to_stderr(verbose: u8, json: bool) {
    let level = match verbose {
        0 => tracing::Level::WARN,
        1 => tracing::Level::INFO,
        _ => tracing::Level::DEBUG,
    };
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_target(false);
    // Colours are for eyes, not for files.
    let log = log.with_ansi(std::io::stderr().is_terminal());
    if json { log.json().init() } else { log.init() }
}

/// Whoever read our output has enough of it, such as `head`.
fn is_broken_pipe(e: &anyhow::Error) -> bool {
    e.chain()
        .filter_map(|e| e.downcast_ref::<std::io::Error>())
        .any(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}
