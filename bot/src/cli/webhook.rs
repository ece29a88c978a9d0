//! `rapport webhook`: which programs are told of what happens, and what arrived there. Works beside the
//! service.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use rapport_storage::{Access, Store};
use serde_json::json;

use super::Common;
use super::operator::Operator;
use super::outbox;
use crate::config::webhook::WebhookConfig;

/// Look at the webhooks and at what was sent there; send to one again that was gone.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: rapport webhook log crm --limit 20")]
pub(crate) enum Webhook {
    /// List the webhooks of the configuration: of what each is told, and whether it is gone
    List,
    /// List what was sent lately, newest first, with what became of it
    Log {
        /// To which; to all of them without it
        name: Option<String>,
        /// How much
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Send to a webhook again that answered that it is gone; what was given up stays so until
    /// `rapport outbox resend`
    Enable {
        /// Which
        name: String,
    },
}

impl Webhook {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let hooks = common.config()?.webhook;
        let known = |name: &String| {
            let names: Vec<&str> = hooks.keys().map(String::as_str).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            hooks
                .get(name)
                .with_context(|| format!("there is no webhook {name:?}; the configuration has {names}"))
        };
        match &self {
            Self::List => {
                let store = common.store(Access::Read).await?;
                for (name, hook) in &hooks {
                    list(&store, name, hook, common.json).await?;
                }
                store.close().await;
            }
            Self::Log { name, limit } => {
                name.as_ref().map(known).transpose()?;
                let operator = Operator::of(common, "outbox")?;
                let store = common.store(Access::Read).await?;
                let all = store.hook_log(name.as_deref(), *limit).await?;
                outbox::print(&operator, &store, &all, common.json).await?;
                store.close().await;
            }
            Self::Enable { name } => {
                known(name)?;
                let store = common.store(Access::Amend).await?;
                store.set_hook_gone(name, None).await?;
                store.close().await;
                println!(
                    "{}",
                    if common.json {
                        json!({ "enabled": name }).to_string()
                    } else {
                        format!("{name}: told again")
                    }
                );
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn list(store: &Store, name: &str, hook: &WebhookConfig, as_json: bool) -> anyhow::Result<()> {
    let events: Vec<&str> = hook.events.0.iter().map(|event| event.name()).collect();
    let url = hook.url().map_err(anyhow::Error::msg)?;
    let is_gone = store.hook_gone(name).await?.as_deref() == Some(url.as_str());
    let host = url.host_str().unwrap_or_default();
    if as_json {
        println!("{}", json!({ "name": name, "host": host, "events": events, "gone": is_gone }));
        return Ok(());
    }
    let events = if events.is_empty() { "only what rules send".to_owned() } else { events.join(", ") };
    let gone = if is_gone { "  (gone: status 410)" } else { "" };
    println!("{name}  {host}{gone}\n    {events}");
    Ok(())
}
