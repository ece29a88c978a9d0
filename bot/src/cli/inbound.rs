//! `rapport inbound`: which programs send us records, and what came of them. Works beside the service.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use rapport_storage::Access;
use rapport_storage::imports::SENT;
use rapport_storage::intakes::Intake;
use serde_json::{Value, json};

use super::Common;

/// Look at the programs that send us records, and at what came of it.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: rapport inbound log shop --limit 20")]
pub(crate) enum Inbound {
    /// List who may send what, and to which address
    List,
    /// List what was sent lately, newest first, with what came of it; what it said is not kept
    Log {
        /// By whom
        name: String,
        /// How much
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
}

impl Inbound {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let config = common.config()?;
        match &self {
            Self::List => {
                let base = config.http.base().unwrap_or_default();
                for (name, inbound) in &config.inbound {
                    let url = format!("{base}/in/{name}");
                    match common.json {
                        true => println!("{}", json!({ "name": name, "kind": inbound.kind, "url": url })),
                        false => println!("{name}  {}  {url}", inbound.kind),
                    }
                }
            }
            Self::Log { name, limit } => {
                let names: Vec<&str> = config.inbound.keys().map(String::as_str).collect();
                let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                config.inbound.get(name).with_context(|| {
                    format!("there is no inbound {name:?}; the configuration has {names}")
                })?;
                let store = common.store(Access::Read).await?;
                print(&store.intakes(&format!("{SENT}{name}"), *limit).await?, common.json);
                store.close().await;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Shows what was sent or fetched: a line each, and below it what was refused.
pub(super) fn print(all: &[Intake], as_json: bool) {
    for intake in all {
        let answer: Value = serde_json::from_str(&intake.answer).unwrap_or_default();
        if as_json {
            println!("{}", json!({ "at": intake.at, "batch": intake.batch, "answer": answer }));
            continue;
        }
        let n = |name: &str| answer[name].as_u64().unwrap_or(0);
        let (new, changed, same, refused) = (n("new"), n("changed"), n("unchanged"), n("refused"));
        println!("{}  {new} new, {changed} changed, {same} unchanged, {refused} refused", intake.at);
        for item in answer["items"].as_array().into_iter().flatten() {
            for error in item["errors"].as_array().into_iter().flatten() {
                let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
                println!("    item {}: {} {}", item["item"], text("field"), text("what"));
            }
        }
        if let Some(why) = answer["failed"].as_str() {
            println!("    {why}");
        }
    }
    if all.is_empty() && !as_json {
        println!("Nothing came yet.");
    }
}
