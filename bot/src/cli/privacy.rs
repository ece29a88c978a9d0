//! `rapport privacy`: what the house has to be able to show.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use rapport_prompts::Register;
use serde_json::json;

use super::Common;

/// What to show.
#[derive(Debug, Subcommand)]
pub(crate) enum Privacy {
    /// Tell which personal data is kept of whom, why, for how long, who sees it and where it goes
    #[command(after_help = "Example: rapport privacy register --html register.html --lang zh")]
    Register {
        /// Write it as a page into this file
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
}

impl Privacy {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let Self::Register { html } = self;
        let app = common.app().await?;
        let language = app.workflows.settings().language;
        let register = app.register(language);
        let page = html.as_ref().map(|_| app.workflows.prompts().register_page(language, &register));
        app.close().await;
        if let (Some(path), Some(page)) = (&html, page) {
            std::fs::write(path, page).with_context(|| format!("cannot write {}", path.display()))?;
        }
        match (common.json, &html) {
            (true, _) => println!("{}", json!(register)),
            (false, Some(path)) => println!("The register is in {}.", path.display()),
            (false, None) => print!("{}", written(&register)),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes a register as text.
fn written(register: &Register) -> String {
    let mut text = format!("{}\n{}\n", register.title, register.lead);
    if !register.contact.is_empty() {
        text += &format!("{}\n", register.contact);
    }
    for entry in &register.entries {
        text += &format!("\n{}\n", entry.title);
        entry.rows.iter().for_each(|(label, value)| text += &format!("  {label}: {value}\n"));
    }
    text += &format!("\n{}\n", register.places_heading);
    register.places.iter().for_each(|place| text += &format!("  {place}\n"));
    text
}
