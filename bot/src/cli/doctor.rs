//! `rapport doctor`: how everything stands, and what to do about it. Works beside the service.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use nix::sys::statvfs::statvfs;
use rapport_model::Timestamp;
use rapport_model::message::ChannelKind;
use rapport_model::reading::Language;
use rapport_model::time::SECOND;
use rapport_prompts::{Prompts, Span, format};
use rapport_storage::health::{Health, OutboxHealth, QueueHealth};
use rapport_storage::integrity::Integrity;
use rapport_storage::{Access, Store};
use serde::Serialize;
use serde_json::json;

use self::backup::{Backups, backup};
use super::Common;
use super::operator::Operator;
use crate::Config;
use crate::backup::State as BackupState;
use crate::channel::imap::{State, mailboxes};
use crate::config::http::HttpConfig;
use crate::config::llm::LlmConfig;
use crate::llm::QUOTA;
use crate::metrics;
use crate::understanding::Reads;

/// Jobs or mails that are due for longer than this are worth a look; a service that runs does
/// them within seconds.
const LATE_SECONDS: f64 = 120.0;
/// A mailbox is looked at every five minutes at least.
const MAIL_LATE_SECONDS: f64 = 600.0;
/// Entries that the index may be behind of a service that is at work.
const INDEX_LAG_MAX: i64 = 1_000;
/// Room below which somebody should look, in bytes and as a part of the whole.
const FREE_MIN: u64 = 1 << 30;
const FREE_MIN_PART: u64 = 20;
/// Room below which the next mail may not fit.
const FREE_NONE: u64 = 64 << 20;

/// Look at everything: store, keys, jobs, outbox, index, disk; say what each figure means and what
/// to do. The exit code is 1 if something is broken.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport doctor; rapport doctor --metrics > rapport.prom")]
pub(crate) struct Doctor {
    /// Remove files that a crash left behind: those that no row names and that are over an hour old
    #[arg(long, conflicts_with = "metrics")]
    fix: bool,
    /// Print the figures alone, in the text format of Prometheus
    #[arg(long)]
    metrics: bool,
    /// Ask the service of this machine alone whether it is ready; the exit code is 1 if it is not
    #[arg(long, conflicts_with_all = ["fix", "metrics"])]
    ready: bool,
}

/// What a figure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Fine,
    Look,
    Broken,
}

/// One line.
#[derive(Debug, Serialize)]
struct Check {
    what: String,
    figure: String,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

/// What is known of everything around the store.
struct Found {
    health: Health,
    integrity: Integrity,
    /// Files that were removed, if that was asked for.
    n_removed: Option<usize>,
    key: Key,
    disk: Option<Disk>,
    reads: Reads,
    /// The mailboxes that are read, and how.
    mailboxes: Vec<(String, State)>,
    /// Where pages are served.
    http: HttpConfig,
    /// The language model, and how often it was asked today.
    llm: Option<(LlmConfig, i64)>,
    /// The webhooks that are gone, by name.
    gone: Vec<String>,
    backups: Backups,
    now: Timestamp,
}

/// Where the master key is.
struct Key {
    place: String,
    /// The permissions of its file, such as 0o600; none where it is no file.
    mode: Option<u32>,
}

/// The room where the data directory lies, in bytes.
#[derive(Clone, Copy, Debug, Serialize)]
struct Disk {
    free: u64,
    total: u64,
}

impl Doctor {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        if self.ready {
            return super::ready::run(common).await;
        }
        let store = common.store(Access::Read).await?;
        if self.metrics {
            print!("{}", metrics::figures(&store, &common.config()?).await?);
            return Ok(ExitCode::SUCCESS);
        }
        let operator = Operator::of(common, "doctor")?;
        let found = self.look(&store, &common.config()?).await?;
        let checks = operator.say(|prompts, language| diagnose(&found, &Said { prompts, language }));
        store.close().await;
        let worst = checks.iter().map(|check| check.verdict).max().unwrap_or(Verdict::Fine);
        if common.json {
            println!(
                "{}",
                json!({
                    "verdict": worst, "checks": checks, "health": found.health, "integrity": found.integrity,
                    "files_removed": found.n_removed, "disk": found.disk, "last_backup": found.backups.state,
                })
            );
        } else {
            operator.say(|prompts, language| print(&checks, &Said { prompts, language }));
        }
        Ok(if worst == Verdict::Broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    async fn look(&self, store: &Store, config: &Config) -> anyhow::Result<Found> {
        let n_removed = if self.fix { Some(store.remove_orphans().await?) } else { None };
        let today = store.clock().now().utc().format("%Y-%m-%d").to_string();
        let llm = match &config.llm {
            Some(llm) => Some((llm.clone(), store.taken_of_day(QUOTA, &today).await?)),
            None => None,
        };
        let mut gone = Vec::new();
        for (name, hook) in &config.webhook {
            let url = hook.url().map_err(anyhow::Error::msg)?;
            let is_gone = store.hook_gone(name).await?.as_deref() == Some(url.as_str());
            gone.extend(is_gone.then(|| name.clone()));
        }
        Ok(Found {
            health: store.health().await?,
            integrity: store.integrity().await?,
            n_removed,
            key: Key::of(store.key_place()),
            disk: Disk::of(store.dir()),
            reads: Reads::tried(config.nlp.engine, store.dir()),
            mailboxes: mailboxes(store, config).await?,
            http: config.http.clone(),
            llm,
            gone,
            backups: Backups { state: BackupState::of(store).await?, planned: config.backup.is_some() },
            now: store.clock().now(),
        })
    }
}

impl Key {
    fn of(place: &Path) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(place).ok().map(|about| about.permissions().mode() & 0o777);
        Self { place: place.display().to_string(), mode }
    }
}

impl Disk {
    fn of(dir: &Path) -> Option<Self> {
        let about = statvfs(dir).ok()?;
        // The types differ between systems.
        #[allow(clippy::useless_conversion)]
        let bytes = |blocks| u64::from(blocks) * u64::from(about.fragment_size());
        Some(Self { free: bytes(about.blocks_available()), total: bytes(about.blocks()) })
    }
}

/// How things are said.
struct Said<'a> {
    prompts: &'a Prompts,
    language: Language,
}

/// Judges what was found.
fn diagnose(found: &Found, said: &Said<'_>) -> Vec<Check> {
    let mut checks = vec![store(&found.health, said), key(&found.key, said)];
    whole(&found.integrity, said, &mut checks);
    if let Some(check) = orphans(found, said) {
        checks.push(check);
    }
    checks.extend(found.health.jobs.iter().map(|queue| jobs(queue, said)));
    checks.extend(found.health.outbox.iter().map(|channel| outbox(channel, said)));
    checks.extend(found.mailboxes.iter().map(|(name, state)| mailbox(name, state, found.now, said)));
    checks.push(pages(&found.http, said));
    checks.extend(found.llm.as_ref().map(|(config, n)| language_model(config, *n, said)));
    checks.extend(found.gone.iter().map(|name| webhook_gone(name, said)));
    checks.push(index(found.health.index_lag, said));
    checks.push(reading(found, said));
    checks.push(disk(found.disk, said));
    checks.push(backup(&found.backups, found.now, said));
    checks
}

fn store(health: &Health, said: &Said<'_>) -> Check {
    let Said { prompts: p, language: l } = *said;
    let (verdict, advice) = match health.schema_version.cmp(&health.schema_version_known) {
        std::cmp::Ordering::Equal => (Verdict::Fine, None),
        std::cmp::Ordering::Greater => (Verdict::Broken, Some(p.advice_newer(l))),
        std::cmp::Ordering::Less => (Verdict::Look, Some(p.advice_older(l))),
    };
    let figure = p.health_store(l, health.engine, &health.engine_version, health.schema_version);
    Check { what: p.doctor_store(l), figure, verdict, advice }
}

fn key(key: &Key, said: &Said<'_>) -> Check {
    let Said { prompts: p, language: l } = *said;
    let others = key.mode.is_some_and(|mode| mode & 0o077 != 0);
    let mode = key.mode.map(|mode| format!("{mode:o}"));
    Check {
        what: p.doctor_keys(l),
        figure: p.health_keys(l, &key.place, mode.as_deref()),
        verdict: if others { Verdict::Broken } else { Verdict::Fine },
        advice: others.then(|| p.advice_key_mode(l, &key.place)),
    }
}

/// One line for each kind of damage; one that all is whole.
fn whole(integrity: &Integrity, said: &Said<'_>, checks: &mut Vec<Check>) {
    let Said { prompts: p, language: l } = *said;
    let mut figures = Vec::new();
    if let Some(first) = integrity.damage.first() {
        figures.push(p.health_damaged(l, first, integrity.damage.len()));
    }
    for dangling in integrity.dangling.iter().filter(|dangling| dangling.n > 0) {
        figures.push(p.health_dangling(l, &dangling.what.replace('_', " "), dangling.n));
    }
    if let Some(name) = integrity.blobs_missing_names.first() {
        figures.push(p.health_missing(l, &format!("blobs/{name}"), integrity.blobs_missing));
    }
    let what = || p.doctor_whole(l);
    if figures.is_empty() {
        checks.push(Check { what: what(), figure: p.health_whole(l), verdict: Verdict::Fine, advice: None });
    }
    checks.extend(figures.into_iter().map(|figure| Check {
        what: what(),
        figure,
        verdict: Verdict::Broken,
        advice: Some(p.advice_restore(l)),
    }));
}

fn orphans(found: &Found, said: &Said<'_>) -> Option<Check> {
    let Said { prompts: p, language: l } = *said;
    let what = p.doctor_files(l);
    match (found.n_removed, found.integrity.blobs_orphaned) {
        (Some(n), 0) => {
            Some(Check { what, figure: p.health_removed(l, n), verdict: Verdict::Fine, advice: None })
        }
        (None, 0) => None,
        (_, n) => Some(Check {
            what,
            figure: p.health_orphans(l, n),
            verdict: Verdict::Look,
            advice: Some(p.advice_fix(l)),
        }),
    }
}

fn jobs(queue: &QueueHealth, said: &Said<'_>) -> Check {
    let Said { prompts: p, language: l } = *said;
    let oldest = span(queue.oldest_due_age_seconds).filter(|_| queue.due + queue.claimed > 0);
    let late = queue.oldest_due_age_seconds > LATE_SECONDS || queue.lease_expired > 0;
    let advice = [(late, p.advice_run(l)), (queue.dead > 0, p.advice_dead(l))];
    let advice: Vec<String> = advice.into_iter().filter(|(is, _)| *is).map(|(_, advice)| advice).collect();
    Check {
        what: p.doctor_jobs(l, &queue.queue),
        figure: p.health_jobs(l, queue.due, queue.later, queue.claimed, queue.dead, oldest),
        verdict: if advice.is_empty() { Verdict::Fine } else { Verdict::Look },
        advice: (!advice.is_empty()).then(|| advice.join(" ")),
    }
}

fn outbox(channel: &OutboxHealth, said: &Said<'_>) -> Check {
    let Said { prompts: p, language: l } = *said;
    let oldest = span(channel.oldest_pending_age_seconds).filter(|_| channel.pending > 0);
    let late = channel.oldest_pending_age_seconds > LATE_SECONDS;
    let (verdict, advice) = match () {
        () if channel.unknown + channel.failed > 0 => (Verdict::Look, Some(p.advice_outbox(l))),
        // Nobody need be at the console: its notices may wait.
        () if late && channel.channel == ChannelKind::Console.name() => {
            (Verdict::Fine, Some(p.advice_console(l)))
        }
        () if late => (Verdict::Look, Some(p.advice_run(l))),
        () => (Verdict::Fine, None),
    };
    Check {
        what: p.doctor_outbox(l, &channel.channel),
        figure: p.health_outbox(l, channel.pending, channel.unknown, channel.failed, oldest),
        verdict,
        advice,
    }
}

fn mailbox(name: &str, state: &State, now: Timestamp, said: &Said<'_>) -> Check {
    let Said { prompts: p, language: l } = *said;
    let ago = |us: i64| Span(now.since(Timestamp::from_micros(us)).max(SECOND));
    let what = p.doctor_mailbox(l, name);
    if let Some(why) = &state.trouble {
        let figure = p.health_mailbox_trouble(l, ago(state.trouble_us.unwrap_or(now.micros())), why);
        let refused = state.logins_refused > 0;
        let advice = if refused { p.advice_mailbox_login(l, name) } else { p.advice_mailbox(l) };
        return Check { what, figure, verdict: Verdict::Broken, advice: Some(advice) };
    }
    let read = state.read_us.map(ago);
    let late = read.is_none_or(|Span(micros)| micros as f64 > MAIL_LATE_SECONDS * SECOND as f64);
    Check {
        what,
        figure: p.health_mailbox(l, read),
        verdict: if late { Verdict::Look } else { Verdict::Fine },
        advice: late.then(|| p.advice_run(l)),
    }
}

fn pages(http: &HttpConfig, said: &Said<'_>) -> Check {
    let Said { prompts: p, language: l } = *said;
    let place = http.listen.map(|place| place.to_string());
    let base = http.base();
    Check {
        what: p.doctor_pages(l),
        figure: place.map_or_else(|| p.health_none(l), |place| p.health_pages(l, &place, base)),
        verdict: if base.is_none() { Verdict::Look } else { Verdict::Fine },
        advice: base.is_none().then(|| p.advice_pages(l)),
    }
}

fn language_model(config: &LlmConfig, n: i64, said: &Said<'_>) -> Check {
    let Said { prompts: p, language: l } = *said;
    let host = config.url().ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let over = n >= i64::from(config.a_day);
    Check {
        what: p.doctor_llm(l),
        figure: p.health_llm(l, &config.model, &host, n, config.a_day),
        verdict: if over { Verdict::Look } else { Verdict::Fine },
        advice: over.then(|| p.advice_llm(l)),
    }
}

fn webhook_gone(name: &str, said: &Said<'_>) -> Check {
    let Said { prompts: p, language: l } = *said;
    Check {
        what: p.doctor_webhook(l, name),
        figure: p.health_webhook_gone(l),
        verdict: Verdict::Look,
        advice: Some(p.advice_webhook(l, name)),
    }
}

fn index(lag: i64, said: &Said<'_>) -> Check {
    let Said { prompts: p, language: l } = *said;
    let behind = lag > INDEX_LAG_MAX;
    Check {
        what: p.doctor_index(l),
        figure: p.health_index(l, lag),
        verdict: if behind { Verdict::Look } else { Verdict::Fine },
        advice: (lag > 0).then(|| p.advice_index(l)),
    }
}

fn reading(found: &Found, said: &Said<'_>) -> Check {
    let Said { prompts: p, language: l } = *said;
    let read = found.health.readings.iter().map(|of| format!("{} {}", of.engine, of.messages));
    let read = read.collect::<Vec<_>>().join(", ");
    let why = found.reads.without_bert.as_deref().filter(|_| found.reads.is_less_than_asked());
    let idle = found.reads.idle_weights.as_deref();
    Check {
        what: p.doctor_reading(l),
        figure: p.health_reading(l, found.reads.engine.name(), (!read.is_empty()).then_some(&read)),
        verdict: if why.or(idle).is_some() { Verdict::Look } else { Verdict::Fine },
        advice: why.map(|why| p.advice_bert(l, why)).or_else(|| idle.map(|why| p.advice_weights(l, why))),
    }
}

fn disk(disk: Option<Disk>, said: &Said<'_>) -> Check {
    let Said { prompts: p, language: l } = *said;
    let what = p.doctor_disk(l);
    let Some(Disk { free, total }) = disk else {
        return Check { what, figure: p.health_unknown(l), verdict: Verdict::Look, advice: None };
    };
    let verdict = match free {
        _ if free < FREE_NONE => Verdict::Broken,
        _ if free < FREE_MIN || free < total / FREE_MIN_PART => Verdict::Look,
        _ => Verdict::Fine,
    };
    let gigabytes = format!("{:.1}", free as f64 / 1e9);
    let percent = (free as f64 * 100.0 / total.max(1) as f64).floor() as i64;
    Check {
        what,
        figure: p.health_disk(l, &gigabytes, percent),
        verdict,
        advice: (verdict != Verdict::Fine).then(|| p.advice_disk(l)),
    }
}

/// Returns a length of time worth saying.
fn span(seconds: f64) -> Option<Span> {
    (seconds >= 1.0).then_some(Span((seconds * SECOND as f64) as i64))
}

fn print(checks: &[Check], said: &Said<'_>) {
    let Said { prompts: p, language: l } = *said;
    let verdict = |verdict| match verdict {
        Verdict::Fine => p.verdict_fine(l),
        Verdict::Look => p.verdict_look(l),
        Verdict::Broken => p.verdict_broken(l),
    };
    let widest = |texts: &mut dyn Iterator<Item = String>| texts.map(|t| format::columns(&t)).max();
    let names = widest(&mut checks.iter().map(|check| check.what.clone())).unwrap_or(0);
    let verdicts = widest(&mut checks.iter().map(|check| verdict(check.verdict))).unwrap_or(0);
    for check in checks {
        let (word, name) = (verdict(check.verdict), &check.what);
        println!("{}  {}  {}", format::pad(&word, verdicts), format::pad(name, names), check.figure);
        if let Some(advice) = &check.advice {
            println!("{:1$}{advice}", "", verdicts + 2 + names + 2);
        }
    }
}

#[path = "doctor_backup.rs"]
mod backup;

#[cfg(test)]
#[path = "doctor_tests.rs"]
mod tests;
