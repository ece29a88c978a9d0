//! `rapport digest`: the manager's digest of a period, now.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use rapport_model::time::{DAY, HOUR};

use super::Common;

/// Print the manager's digest of a period that ends now.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport digest --for ruth --period week --out digest.html")]
pub(crate) struct DigestCommand {
    /// For whom: language and zone are theirs
    #[arg(long = "for", value_name = "USER")]
    reader: Option<String>,
    /// How long: day, week, or hours as in 36h
    #[arg(long, default_value = "day", value_parser = period)]
    period: i64,
    /// Write it as HTML into this file instead
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Reads a period in microseconds.
fn period(text: &str) -> Result<i64, String> {
    let hours =
        || text.strip_suffix('h').and_then(|n| n.parse::<i64>().ok()).filter(|n| (1..=9_000).contains(n));
    match text {
        "day" => Ok(DAY),
        "week" => Ok(7 * DAY),
        _ => hours().map(|n| n * HOUR).ok_or_else(|| "write day, week, or hours as in 36h".to_owned()),
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
        let digest = app.workflows.digest(now.plus(-self.period), now, reader).await?;
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
