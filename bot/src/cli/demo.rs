//! `rapport demo`: the tour.

use std::io::{BufRead as _, IsTerminal as _};
use std::process::ExitCode;

use clap::Args;

use super::Common;
use super::chat::converse;
use crate::demo::{Demo, Teller};

/// A tour with a sample mailbox on a throw-away store (or, with --data, one to keep): mails come
/// in over a fortnight, are understood, make records, tickets, follow-ups, alerts and a digest.
/// On a terminal you can then write a mail of your own and give commands.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport demo --lang zh")]
pub(crate) struct DemoCommand {}

impl DemoCommand {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let mut tell = Teller::new(common.json);
        let mut demo = Demo::start(common.data.as_deref(), common.lang.as_deref()).await?;
        let done = Self::tour(&mut demo, &mut tell, common.json).await;
        demo.end().await;
        done.map(|()| ExitCode::SUCCESS)
    }

    async fn tour(demo: &mut Demo, tell: &mut Teller, json: bool) -> anyhow::Result<()> {
        let state = demo.run(tell).await?;
        if json {
            println!("{}", serde_json::to_string(state)?);
            return Ok(());
        }
        if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
            return Ok(());
        }
        loop {
            println!(
                "{}",
                demo.app.workflows.prompts().demo_write_a_mail(demo.app.workflows.settings().language)
            );
            let mail = typed()?;
            if mail.trim().is_empty() {
                break;
            }
            demo.take_in_typed(&mail, tell).await?;
        }
        let Some(visitor) = demo.visitor().cloned() else { return Ok(()) };
        converse(&demo.app, &visitor).await
    }
}

/// Reads lines up to one that has only a full stop, or to the end. An empty first line is nothing.
fn typed() -> anyhow::Result<String> {
    let mut text = String::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line.trim() == "." || (text.is_empty() && line.trim().is_empty()) {
            break;
        }
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}
