//! `rapport digest`: the manager's digest of a period, now.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use rapport_model::people::Role;
use rapport_model::time::{DAY, HOUR};
use rapport_workflows::digest::{Ground, Of, Period};

use super::Common;

/// Print the digest of a period that ends now, as a colleague gets it.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport digest --for ruth --period week --out digest.html")]
pub(crate) struct DigestCommand {
    /// For whom: language and zone are theirs; a rep's is of what they look after
    #[arg(long = "for", value_name = "USER")]
    reader: Option<String>,
    /// How long: day (24 hours), week, days as in 14d, or hours as in 36h
    #[arg(long, default_value = "day", value_parser = length)]
    period: Length,
    /// Write it as HTML into this file instead
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// How long a period is.
#[derive(Clone, Copy, Debug)]
enum Length {
    /// In microseconds.
    Time(i64),
    /// In days, of which the last may not be over.
    Days(u32),
}

fn length(text: &str) -> Result<Length, String> {
    let number = |unit: char, most: u32| {
        text.strip_suffix(unit).and_then(|n| n.parse::<u32>().ok()).filter(|n| (1..=most).contains(n))
    };
    let hours = || number('h', 9_000).map(|n| Length::Time(i64::from(n) * HOUR));
    match text {
        "day" => Ok(Length::Time(DAY)),
        "week" => Ok(Length::Days(7)),
        _ => number('d', 366)
            .map(Length::Days)
            .or_else(hours)
            .ok_or_else(|| "write day, week, days as in 14d, or hours as in 36h".to_owned()),
    }
}

impl DigestCommand {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let app = common.app().await?;
        let users = app.workflows.users();
        let reader = match &self.reader {
            Some(handle) => {
                let known = || users.iter().map(|u| u.handle.as_str()).collect::<Vec<_>>().join(", ");
                let found = users.iter().find(|u| u.handle == *handle);
                Some(found.with_context(|| format!("there is no user {handle:?}; there are {}", known()))?)
            }
            None => None,
        };
        let now = app.store().clock().now();
        let period = match self.period {
            Length::Time(micros) => Period::last(micros, now),
            Length::Days(n) => Period::days(n, now, app.workflows.zone_of(reader)),
        };
        let of = if reader.is_some_and(|user| user.role == Role::Rep) { Of::Own } else { Of::Seen };
        let mut digest = app.workflows.digest(period, reader, of).await?;
        app.workflows.picture(&mut digest, Ground::Clear);
        let said = app.workflows.prompts().digest(app.workflows.language_of(reader), &digest);
        app.close().await;
        if let Some(path) = &self.out {
            std::fs::write(path, &said.html).with_context(|| format!("cannot write {}", path.display()))?;
        } else if common.json {
            println!(
                "{}",
                serde_json::json!({ "subject": said.subject, "text": said.text, "html": said.html })
            );
        } else {
            println!("{}\n\n{}", said.subject, said.text.trim_end());
        }
        Ok(ExitCode::SUCCESS)
    }
}
