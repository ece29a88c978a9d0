//! `rapport erase`: forgetting a person, for good.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use rapport_model::{Actor, Kind, Record, ShortNumber};
use rapport_storage::Store;
use serde_json::json;

use super::Common;

/// Erase a customer for good: their keys are destroyed, so that nothing of theirs can be read any
/// more, here or in a backup; in words about others they are blotted out. Mails to them or about
/// them that no mail server has fetched are removed; those that left are beyond reach.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport erase C12")]
pub(crate) struct Erase {
    /// The customer: C12
    customer: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Erase {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let app = common.app().await?;
        let customer = find(app.store(), &self.customer).await?;
        let short = customer.short();
        if !self.yes {
            anyhow::ensure!(
                std::io::stdin().is_terminal(),
                "an erasure cannot be taken back: say --yes to do it without being asked"
            );
            println!(
                "{short}, {}: everything of theirs will be unreadable, for good.",
                customer.text("name")
            );
            print!("Type {short} to erase them: ");
            std::io::stdout().flush()?;
            let mut typed = String::new();
            std::io::stdin().read_line(&mut typed)?;
            if typed.trim() != short.to_string() {
                println!("Nothing was erased.");
                return Ok(ExitCode::FAILURE);
            }
        }
        let erased = app.erase(customer.record.id, Actor::Service("command line".into())).await?;
        let proof = erased.with_context(|| format!("{short} was erased already"))?;
        app.close().await;
        if common.json {
            println!("{}", json!(proof));
            return Ok(ExitCode::SUCCESS);
        }
        println!(
            "{short} is erased: {} keys destroyed, {} messages unreadable, {} addresses removed.",
            proof.keys.len(),
            proof.messages,
            proof.identities
        );
        for (table, n) in &proof.redacted {
            println!("Blotted out in {n} rows of {table}.");
        }
        if proof.raws_removed > 0 {
            println!(
                "{} mails of others named them: their texts stay, redacted; their raw bytes are gone.",
                proof.raws_removed
            );
        }
        proof.left.iter().for_each(|left| println!("Left: {left}."));
        Ok(ExitCode::SUCCESS)
    }
}

/// Finds the customer of a number.
pub(super) async fn find(store: &Store, text: &str) -> anyhow::Result<Record> {
    let number: ShortNumber = text.parse().with_context(|| format!("{text:?}"))?;
    anyhow::ensure!(
        number.kind.is_none_or(|kind| kind == Kind::Customer),
        "{text} is no customer; write their number, such as C12"
    );
    store
        .by_number(Kind::Customer, number.number)
        .await?
        .with_context(|| format!("there is no customer {text}"))
}
