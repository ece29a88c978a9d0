//! `rapport check`: everything that people write for the program, before it runs.

use std::process::ExitCode;

use super::Common;
use crate::app::{prompts, rules};

/// Checks configuration, texts and rules; names each mistake with its place.
pub(crate) fn run(common: &Common) -> anyhow::Result<ExitCode> {
    let dir = common.data()?;
    let mut problems = Vec::new();
    if let Err(e) = common.config() {
        problems.push(format!("{e:#}"));
    }
    match prompts(&dir) {
        Err(e) => problems.push(format!("{e:#}")),
        Ok(prompts) => {
            problems.extend(prompts.check().err().map(|e| e.to_string()));
            problems.extend(rules(&dir, &prompts).err().map(|e| format!("{e:#}")));
        }
    }
    if common.json {
        println!("{}", serde_json::json!({ "problems": problems }));
    } else if problems.is_empty() {
        println!("configuration, texts and rules are right");
    } else {
        problems.iter().for_each(|problem| println!("{problem}"));
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
