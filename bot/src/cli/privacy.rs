//! `rapport privacy`: what the house has to be able to show.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use rapport_model::{Id, Kind};
use rapport_prompts::{Register, RequestLine};
use rapport_workflows::requests::{days_left, law_of, rights_of, state_of};
use serde_json::json;

use super::Common;
use super::erase::find;
use super::operator::Operator;
use crate::commands::export_held;

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
    /// List what people asked about what is held of them and nobody answered yet, overdue ones first
    #[command(after_help = "Example: rapport privacy requests --json")]
    Requests,
    /// Write all that is held of a person into a JSON file and a page that anybody can read
    #[command(after_help = "Example: rapport privacy export C12")]
    Export {
        /// Whose: the customer's number
        #[arg(value_name = "CUSTOMER")]
        customer: String,
    },
}

impl Privacy {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::Register { html } => register(common, html).await,
            Self::Requests => requests(common).await,
            Self::Export { customer } => export(common, &customer).await,
        }
    }
}

async fn register(common: &Common, html: Option<PathBuf>) -> anyhow::Result<ExitCode> {
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

async fn export(common: &Common, customer: &str) -> anyhow::Result<ExitCode> {
    let app = common.app().await?;
    let customer = find(app.store(), customer).await?;
    let written = export_held(&app, &customer).await;
    app.close().await;
    let (json, page) = written?;
    if common.json {
        println!("{}", json!({ "customer": customer.short().to_string(), "json": json, "html": page }));
    } else {
        println!("{}\n{}", page.display(), json.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Lists what waits for an answer, with the days that are left. It names customers by their number alone.
async fn requests(common: &Common) -> anyhow::Result<ExitCode> {
    let operator = Operator::of(common, "requests")?;
    let app = common.app().await?;
    let open = app.workflows.open_requests(app.store()).await?;
    let ids: Vec<Id> = open.iter().filter_map(|request| request.get("customer").id()).collect();
    let customers = app.store().records(Kind::Customer, &ids).await?;
    app.close().await;
    let numbers: HashMap<Id, String> =
        customers.iter().map(|customer| (customer.record.id, customer.short().to_string())).collect();
    if open.is_empty() && !common.json {
        println!("{}", operator.say(|prompts, language| prompts.requests_none(language)));
    }
    for request in &open {
        let number = request.get("customer").id().and_then(|id| numbers.get(&id)).map_or("", String::as_str);
        let left = request.get("due").time().map(|due| days_left(due, operator.now, operator.zone));
        let time = |field| request.get(field).time().map(|at| at.to_string());
        if common.json {
            let line = json!({
                "number": request.short().to_string(), "customer": number, "rights": rights_of(request),
                "law": law_of(request), "state": state_of(request), "received_at": time("received_at"),
                "due": time("due"), "days_left": left, "extended": !request.get("extended_at").is_null(),
            });
            println!("{line}");
            continue;
        }
        let line = operator.say(|prompts, language| {
            let rights: Vec<String> =
                rights_of(request).iter().map(|right| prompts.label(language, *right).to_owned()).collect();
            prompts.request_line(
                language,
                &RequestLine {
                    number: request.short(),
                    customer: number,
                    rights: &prompts.list(language, &rights),
                    state: state_of(request),
                    left: &left.map_or_else(String::new, |left| prompts.request_left(language, left)),
                },
            )
        });
        println!("{line}");
    }
    Ok(ExitCode::SUCCESS)
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
