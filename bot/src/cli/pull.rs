//! `rapport pull`: fetch a list of another program's now, and look at what came of it lately.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use rapport_storage::Access;
use rapport_storage::imports::FETCHED;
use serde_json::json;

use super::{Common, inbound};

/// Fetch a list of another program's now, from where the last run ended.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport pull erp --dry-run")]
pub(crate) struct Pull {
    /// Which, by its name in the configuration
    name: String,
    /// Write nothing, and only say what would come of it
    #[arg(long)]
    dry_run: bool,
    /// Only list what came of it lately, newest first
    #[arg(long, conflicts_with = "dry_run")]
    log: bool,
}

impl Pull {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let config = common.config()?;
        let names: Vec<&str> = config.pull.keys().map(String::as_str).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let name = &self.name;
        let pull = config.pull.get(name);
        let pull =
            pull.with_context(|| format!("there is no pull {name:?}; the configuration has {names}"))?;
        if self.log {
            const LISTED_MAX: u32 = 50;
            let store = common.store(Access::Read).await?;
            inbound::print(&store.intakes(&format!("{FETCHED}{name}"), LISTED_MAX).await?, common.json);
            store.close().await;
            return Ok(ExitCode::SUCCESS);
        }
        let app = common.app().await?;
        let done = app.pull(name, pull, self.dry_run).await;
        if done.is_ok() && !self.dry_run {
            app.index().await?;
        }
        app.close().await;
        let done = done.with_context(|| format!("pull.{name}"))?;
        if common.json {
            println!(
                "{}",
                json!({
                    "done": !self.dry_run, "pages": done.n_pages, "new": done.new, "changed": done.changed,
                    "unchanged": done.unchanged, "refused": done.refused, "reasons": done.reasons, "more": done.more,
                })
            );
        } else {
            println!(
                "{} pages: {} new, {} changed, {} unchanged, {} refused",
                done.n_pages, done.new, done.changed, done.unchanged, done.refused
            );
            done.reasons.iter().for_each(|reason| println!("    {reason}"));
            if done.more {
                println!("There is more: the next run goes on.");
            }
            if self.dry_run {
                println!("Nothing was written.");
            }
        }
        Ok(if done.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
