//! `rapport inbox`: the mailboxes, and the proof that nothing of them was lost. Works beside the
//! service.

use std::process::ExitCode;

use clap::Subcommand;
use rapport_prompts::format;
use rapport_storage::Access;
use serde_json::json;

use super::Common;
use super::operator::Operator;
use crate::channel::imap::{FolderAudit, audit};

/// Look after the mailboxes.
#[derive(Debug, Subcommand)]
pub(crate) enum Inbox {
    /// Hold every mail on the server against what became of it here
    ///
    /// Each mail has one fate: it began a conversation, went on with one, was written by a machine,
    /// was here before, or lies in the quarantine. Exit code 1 if the sum is not the server's.
    #[command(after_help = "Example: rapport inbox audit support")]
    Audit {
        /// The mailbox's name in the configuration; all of them if none is named
        mailbox: Option<String>,
    },
}

impl Inbox {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let Self::Audit { mailbox } = self;
        let config = common.config()?;
        let names: Vec<&String> =
            config.mail.keys().filter(|k| mailbox.as_ref().is_none_or(|m| m == *k)).collect();
        if names.is_empty() {
            let known: Vec<&str> = config.mail.keys().map(String::as_str).collect();
            anyhow::bail!("there is no such mailbox in the configuration; it has: [{}]", known.join(", "));
        }
        let operator = Operator::of(common, "inbox")?;
        let store = common.store(Access::Read).await?;
        let mut all = Vec::new();
        for name in names {
            all.push((name, audit(&store, name, &config.mail[name]).await?));
        }
        store.close().await;
        let fine = all.iter().flat_map(|(_, folders)| folders).all(FolderAudit::adds_up);
        if common.json {
            let mailboxes: Vec<_> =
                all.iter().map(|(name, folders)| json!({ "mailbox": name, "folders": folders })).collect();
            println!("{}", json!({ "adds_up": fine, "mailboxes": mailboxes }));
        } else {
            for (name, folders) in &all {
                folders.iter().for_each(|folder| print(&operator, name, folder));
            }
        }
        Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Prints a folder as an account: what the server has, and where each of it is.
fn print(operator: &Operator, name: &str, audit: &FolderAudit) {
    operator.say(|p, l| {
        let fate = |fate: &str| audit.fates.get(fate).copied().unwrap_or(0);
        let mut rows = vec![
            (p.ledger_on_server(l), audit.on_server),
            (p.ledger_new(l), fate("new")),
            (p.ledger_threaded(l), fate("threaded")),
            (p.ledger_automated(l), fate("automated")),
            (p.ledger_duplicate(l), fate("duplicate")),
            (p.ledger_quarantined(l), fate("quarantined")),
            (p.ledger_waiting(l), audit.waiting),
            (p.ledger_older(l), audit.older),
            (p.ledger_lost(l), audit.lost),
        ];
        if audit.gone > 0 {
            rows.push((p.ledger_gone(l), audit.gone));
        }
        let width = rows.iter().map(|(what, _)| format::columns(what)).max().unwrap_or(0);
        println!("{name} · {}", audit.folder);
        for (what, n) in rows {
            println!("  {}  {n:>9}", format::pad(&what, width));
        }
        println!("  {}", if audit.adds_up() { p.ledger_adds_up(l) } else { p.ledger_wrong(l) });
    });
}
