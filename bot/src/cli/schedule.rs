//! `rapport schedule`.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use rapport_model::Timestamp;
use rapport_workflows::schedule::CronSchedule;
use serde_json::json;

use super::Common;

/// When something runs by itself.
#[derive(Debug, Subcommand)]
pub(crate) enum Schedule {
    /// Print when a cron expression runs next, by UTC and by the clocks of a place
    Next(Next),
}

/// Print when a cron expression runs next. Fixed hours run once a day: a time that the clocks skip runs at
/// the first instant after the gap, one that they repeat runs the first time. An hour of * or */n runs
/// whenever the clocks show a matching time.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: rapport schedule next \"30 2 * * *\" --tz America/New_York --from 2027-03-13 -n 3"
)]
pub(crate) struct Next {
    /// Minute, hour, day of month, month, weekday; with six fields the second comes first
    expression: String,
    /// Later than this time [default: now]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// How many runs
    #[arg(short, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    n: u16,
}

impl Schedule {
    pub(crate) fn run(&self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::Next(next) => next.run(common),
        }
    }
}

impl Next {
    fn run(&self, common: &Common) -> anyhow::Result<ExitCode> {
        let schedule = CronSchedule::parse(&self.expression)?;
        let from = match &self.from {
            Some(text) => common.time(text)?,
            None => common.clock()?.now(),
        };
        let runs: Vec<Timestamp> = schedule.runs(from, common.tz).take(self.n.into()).collect();
        let utc = |at: Timestamp| at.utc().format("%Y-%m-%dT%H:%M:%SZ").to_string();
        if common.json {
            let run = |at: &Timestamp| json!({ "utc": utc(*at), "local": at.local(common.tz).to_rfc3339() });
            let runs: Vec<_> = runs.iter().map(run).collect();
            let zone = common.tz.name();
            println!(
                "{}",
                json!({ "expression": schedule.as_str(), "zone": zone, "from": utc(from), "runs": runs })
            );
            return Ok(ExitCode::SUCCESS);
        }
        for at in &runs {
            let local = at.local(common.tz);
            println!("{}  {}", utc(*at), local.format("%a %d %b %Y %H:%M:%S %:z"));
        }
        if runs.len() < usize::from(self.n) {
            println!("No further run: the calendar reaches to the year 2100.");
        }
        Ok(ExitCode::SUCCESS)
    }
}
