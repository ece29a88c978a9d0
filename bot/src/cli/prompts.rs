//! `rapport prompts`: the texts, and how one reads to somebody.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use rapport_model::reading::Language;
use rapport_prompts::{Listed, Text};
use serde_json::json;

use super::Common;
use super::erase::find;

/// Sorts that rules or campaigns name.
const NAMED: [&str; 4] = ["mail", "news", "notice", "rules"];

/// Look at the texts: the program's own, and what the house laid over them.
#[derive(Debug, Subcommand)]
pub(crate) enum Prompts {
    /// List the texts that rules and campaigns name; * marks those of the house's own
    List(List),
    /// Show a text, as it is written or as it reads to a customer
    Show(Show),
}

#[derive(Debug, Args)]
#[command(after_help = "Example: rapport prompts list --all --lang zh")]
pub(crate) struct List {
    /// The program's own sentences, too
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: rapport prompts show follow_up_1 --customer C12")]
pub(crate) struct Show {
    /// Its name
    name: String,
    /// As it reads to this customer: C12
    #[arg(long, value_name = "CUSTOMER")]
    customer: Option<String>,
}

impl Prompts {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(list) => list.run(common),
            Self::Show(show) => show.run(common).await,
        }
    }
}

/// Returns the language of `--lang`, else of the configuration.
fn language(common: &Common) -> anyhow::Result<Language> {
    Ok(common.config()?.settings().map_err(anyhow::Error::msg)?.language)
}

impl List {
    fn run(&self, common: &Common) -> anyhow::Result<ExitCode> {
        let (prompts, language) = (crate::app::prompts(&common.data()?)?, language(common)?);
        let mut out = std::io::stdout().lock();
        for text in prompts.listed(language).filter(|text| self.all || NAMED.contains(&text.sort)) {
            if common.json {
                let Listed { sort, name, text, place, own } = text;
                let place = place.to_string();
                writeln!(
                    out,
                    "{}",
                    json!({ "sort": sort, "name": name, "own": own, "place": place, "text": text })
                )?;
                continue;
            }
            let first = text.text.lines().next().unwrap_or("");
            let first = rapport_prompts::format::clip(first.strip_prefix("Subject: ").unwrap_or(first), 60);
            let mark = if text.own { "*" } else { " " };
            writeln!(out, "{mark} {:<7} {:<28} {first}", text.sort, text.name)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Show {
    async fn run(&self, common: &Common) -> anyhow::Result<ExitCode> {
        let Some(customer) = &self.customer else { return self.source(common) };
        let app = common.app().await?;
        let customer = find(app.store(), customer).await?;
        let language = if common.lang.is_some() { Some(language(common)?) } else { None };
        let said = app.workflows.preview(&self.name, customer.record.id, language).await;
        app.close().await;
        let Text { subject, body, html } = said?.context("there is no such customer any more")?;
        let mut out = std::io::stdout().lock();
        if common.json {
            writeln!(out, "{}", json!({ "subject": subject, "text": body, "html": html }))?;
        } else if body.is_empty() {
            writeln!(out, "{subject}")?;
        } else {
            writeln!(out, "{subject}\n\n{body}")?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Prints a text as it is written.
    fn source(&self, common: &Common) -> anyhow::Result<ExitCode> {
        let (prompts, language) = (crate::app::prompts(&common.data()?)?, language(common)?);
        // What rules and campaigns name comes first, should the program say something of the same name.
        let mut found: Vec<Listed<'_>> = prompts.listed(language).filter(|t| t.name == self.name).collect();
        found.sort_by_key(|text| !NAMED.contains(&text.sort));
        let text = found.first().with_context(|| {
            format!("no text is named {:?}; `rapport prompts list --all` lists them", self.name)
        })?;
        let mut out = std::io::stdout().lock();
        if common.json {
            writeln!(
                out,
                "{}",
                json!({ "sort": text.sort, "own": text.own, "place": text.place.to_string(), "text": text.text })
            )?;
        } else {
            writeln!(out, "{}\n\n{}", text.place, text.text.trim_end())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
