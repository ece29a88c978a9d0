//! `rapport rules`: a file of rules, before it is in use.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use chrono::Timelike as _;
use clap::{Args, Subcommand};
use rapport_model::time::DAY;
use rapport_model::{Id, Kind, Timestamp};
use rapport_workflows::replay::Replay;
use rapport_workflows::rules::Rules as Read;
use serde_json::json;

use super::Common;
use crate::App;

/// Mails that are shown to people; with --json all are.
const SHOWN_MAX: usize = 20;
/// What happens before or after is told of: people sleep.
const DAY_HOURS: std::ops::Range<u32> = 7..20;

/// Look at rules without letting them do anything.
#[derive(Debug, Subcommand)]
pub(crate) enum Rules {
    /// Check a file as a whole: every mistake with its line
    Check(Check),
    /// Say what a file of rules would have done about the mail of the last days, and whom it would have
    /// written to; nothing is done
    Replay(ReplayCommand),
}

#[derive(Debug, Args)]
#[command(after_help = "Example: rapport rules check new.toml")]
pub(crate) struct Check {
    /// The file [default: the rules in use]
    file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: rapport rules replay new.toml --days 90")]
pub(crate) struct ReplayCommand {
    /// The file [default: the rules in use]
    file: Option<PathBuf>,
    /// How far back
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3660))]
    days: u32,
}

/// Reads a file of rules, or those in use.
fn read(common: &Common, file: Option<&PathBuf>) -> anyhow::Result<Read> {
    let dir = common.data()?;
    let prompts = crate::app::prompts(&dir)?;
    let Some(file) = file else { return crate::app::rules(&dir, &prompts) };
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    crate::app::checked(&text, &name, &prompts)
}

impl Rules {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::Check(check) => check.run(common),
            Self::Replay(replay) => replay.run(common).await,
        }
    }
}

impl Check {
    fn run(&self, common: &Common) -> anyhow::Result<ExitCode> {
        let rules = read(common, self.file.as_ref())?;
        let unknown = crate::app::unknown_names(&rules, &common.config()?);
        anyhow::ensure!(unknown.is_empty(), "{}", unknown.join("\n"));
        let (n_rules, n_sequences, n_schedules) =
            (rules.rules.len(), rules.sequences.len(), rules.schedules.len());
        let mut out = std::io::stdout().lock();
        if common.json {
            let found = json!({ "rules": n_rules, "sequences": n_sequences, "schedules": n_schedules });
            writeln!(out, "{found}")?;
        } else {
            let file = rules.source().0;
            let found = format!("{n_rules} rules, {n_sequences} sequences, {n_schedules} schedules");
            writeln!(out, "{file}: {found}; no mistake")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl ReplayCommand {
    async fn run(&self, common: &Common) -> anyhow::Result<ExitCode> {
        let rules = read(common, self.file.as_ref())?;
        let app = common.app().await?;
        let from = app.store().clock().now().plus(-i64::from(self.days) * DAY);
        let replay = app.workflows.replay(&rules, from).await?;
        let names = names(&app, &replay).await?;
        app.close().await;
        self.print(&app, &replay, &names, common.json)?;
        Ok(ExitCode::SUCCESS)
    }

    fn print(
        &self,
        app: &App,
        replay: &Replay,
        names: &HashMap<Id, String>,
        as_json: bool,
    ) -> std::io::Result<()> {
        let zone = app.workflows.settings().zone;
        let name = |id: &Id| names.get(id).map_or("?", String::as_str);
        let hours = &app.workflows.settings().hours.default;
        let at_night = |at: Timestamp| !hours.is_open(at) || !DAY_HOURS.contains(&at.local(zone).hour());
        let mut out = std::io::stdout().lock();
        if as_json {
            let mails = replay.mails.iter().map(|mail| {
                json!({
                    "at": mail.at, "customer": name(&mail.customer), "rule": mail.rule, "text": mail.text,
                    "too_soon": mail.too_soon, "out_of_hours": at_night(mail.at),
                })
            });
            let mails: Vec<_> = mails.collect();
            let found = json!({ "messages": replay.n_messages, "deeds": replay.deeds, "mails": mails });
            return writeln!(out, "{found}");
        }
        writeln!(out, "{} messages of the last {} days; nothing was done", replay.n_messages, self.days)?;
        for (rule, deeds) in &replay.deeds {
            let told: Vec<String> = deeds.iter().map(|(deed, n)| format!("{n} × {deed}")).collect();
            writeln!(out, "  {rule:<24} {}", told.join(", "))?;
        }
        let n_soon = replay.mails.iter().filter(|mail| mail.too_soon).count();
        let n_night = replay.mails.iter().filter(|mail| at_night(mail.at)).count();
        let n = replay.mails.len();
        writeln!(
            out,
            "{n} mails by themselves: {n_soon} within a day after another, {n_night} at night or out of hours"
        )?;
        for mail in replay.mails.iter().take(SHOWN_MAX) {
            let at = mail.at.local(zone).format("%Y-%m-%d %H:%M");
            let soon = if mail.too_soon { "  ! again within a day" } else { "" };
            let night = if at_night(mail.at) { "  ! out of hours" } else { "" };
            writeln!(out, "  {at}  {:<28} {} ({}){soon}{night}", name(&mail.customer), mail.text, mail.rule)?;
        }
        if n > SHOWN_MAX {
            writeln!(out, "  … and {} more; --json lists all", n - SHOWN_MAX)?;
        }
        Ok(())
    }
}

/// Returns what the customers who would have got mail are called.
async fn names(app: &App, replay: &Replay) -> anyhow::Result<HashMap<Id, String>> {
    let mut ids: Vec<Id> = replay.mails.iter().map(|mail| mail.customer).collect();
    ids.sort_unstable();
    ids.dedup();
    let records = app.store().records(Kind::Customer, &ids).await?;
    Ok(records.into_iter().map(|r| (r.record.id, format!("{} {}", r.short(), r.text("name")))).collect())
}
