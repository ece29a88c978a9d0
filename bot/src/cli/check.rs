//! `rapport check`: everything that people write for the program, before it runs.

use std::process::ExitCode;

use super::Common;
use crate::Config;
use crate::app::{prompts, rules, unknown_names};
use crate::channel::discord::Discord;
use crate::channel::telegram::{self, Telegram};
use crate::llm::Llm;
use crate::webhook::Webhook;

/// Checks configuration, texts and rules; names each mistake with its place.
pub(crate) async fn run(common: &Common) -> anyhow::Result<ExitCode> {
    let dir = common.data()?;
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    let config = common.config();
    match &config {
        Err(e) => problems.push(format!("{e:#}")),
        Ok(config) => {
            match config.hours(Some(&dir)) {
                Ok((_, passed_over)) => warnings = passed_over,
                Err(why) => problems.push(why),
            }
            problems.extend(telegram(config).await);
            problems.extend(discord(config).await);
            problems.extend(llm(config).await);
            problems.extend(webhooks(config).await);
        }
    }
    match prompts(&dir) {
        Err(e) => problems.push(format!("{e:#}")),
        Ok(prompts) => {
            problems.extend(prompts.check().err().map(|e| e.to_string()));
            match (rules(&dir, &prompts), &config) {
                (Err(e), _) => problems.push(format!("{e:#}")),
                (Ok(rules), Ok(config)) => problems.extend(unknown_names(&rules, config)),
                (Ok(_), Err(_)) => {}
            }
        }
    }
    if common.json {
        println!("{}", serde_json::json!({ "problems": problems, "warnings": warnings }));
    } else {
        warnings.iter().for_each(|warning| println!("{warning}"));
        problems.iter().for_each(|problem| println!("{problem}"));
        if problems.is_empty() {
            println!("configuration, texts and rules are right");
        }
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Asks Telegram who the house's bot is; returns what is missing.
async fn telegram(config: &Config) -> Option<String> {
    let telegram = config.telegram.as_ref()?;
    let bot = match Telegram::new(telegram).await {
        Ok(bot) => bot,
        Err(why) => return Some(why),
    };
    bot.me().await.err().map(|e| format!("telegram: {}", telegram::words(&e)))
}

/// Asks Discord who the house's bot is, and whether it may offer its commands; returns what is missing.
async fn discord(config: &Config) -> Option<String> {
    let discord = config.discord.as_ref()?;
    match Discord::new(discord).await {
        Ok(bot) => bot.check().await.err().map(|why| format!("discord: {why}")),
        Err(why) => Some(why),
    }
}

/// Asks the language model for a word; returns what is missing.
async fn llm(config: &Config) -> Option<String> {
    match Llm::new(config.llm.as_ref()?) {
        Ok(llm) => llm.try_out().await.err(),
        Err(why) => Some(why),
    }
}

/// Looks whether each webhook has its secret and an address that may be written to; returns what is missing.
async fn webhooks(config: &Config) -> Vec<String> {
    let mut missing = Vec::new();
    for (name, hook) in &config.webhook {
        missing.extend(match Webhook::new(name, hook) {
            Ok(hook) => hook.try_out().await.err(),
            Err(why) => Some(why),
        });
    }
    missing
}
