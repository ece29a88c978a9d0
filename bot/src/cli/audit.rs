//! `rapport audit`: proving that the journal is whole.

use std::process::ExitCode;

use clap::Subcommand;
use rapport_model::{Kind, RecordRef, ShortNumber};
use rapport_storage::audit::Fault;
use rapport_storage::{Access, Store};
use serde_json::{Value, json};

use super::Common;
use super::audit_export::Export;
use super::audit_reads::ReadsOf;

/// What to do with the journal.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Check every row of the journal, every record's chain and every seal
    ///
    /// Finds rows that were changed, taken out, put in another place or cut off. Exit code 1 if
    /// there are any.
    #[command(after_help = "Example: rapport audit verify --json")]
    Verify,
    /// Tell who looked at which customers, newest first
    ///
    /// A line is an hour of one reader, customer and way. What was looked at in the last seconds may be missing.
    #[command(after_help = "Example: rapport audit reads --of C12 --by mia --since 2026-11-01 --json")]
    Reads(ReadsOf),
    /// Tell who changed what, then who looked at what: one JSON object a line, or messages to a syslog server (RFC 5424)
    ///
    /// Names of fields, numbers of records and of colleagues, no words.
    #[command(
        after_help = "Example: rapport audit export --since 2026-11-29 --until 2026-11-30 --syslog tls://logs.example.com:6514"
    )]
    Export(Export),
}

impl Audit {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match self {
            Self::Export(export) => return export.run(common).await,
            Self::Reads(reads) => return reads.run(common).await,
            Self::Verify => {}
        }
        let store =
            Store::open_at(&common.data()?, &common.config()?.place(), Access::Read, common.clock()?).await?;
        let audit = store.audit().await?;
        let mut faults = Vec::with_capacity(audit.faults.len());
        for fault in &audit.faults {
            faults.push((say(&store, fault).await?, fault));
        }
        if common.json {
            let faults: Vec<Value> =
                faults.iter().map(|(text, fault)| json!({ "kind": kind(fault), "text": text })).collect();
            println!(
                "{}",
                json!({
                    "changes": audit.n_changes,
                    "records": audit.n_records,
                    "seals": audit.n_seals,
                    "redacted": audit.n_redacted,
                    "faults": faults,
                })
            );
        } else {
            println!(
                "{} changes of {} records, {} seals; {} rows redacted by erasures",
                audit.n_changes, audit.n_records, audit.n_seals, audit.n_redacted
            );
            faults.iter().for_each(|(text, _)| println!("{text}"));
            if faults.is_empty() {
                println!("the journal is whole");
            }
        }
        Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn kind(fault: &Fault) -> &'static str {
    match fault {
        Fault::Changed { .. } => "changed",
        Fault::Missing { .. } => "missing",
        Fault::Unsealed { .. } => "unsealed",
        Fault::CutOff { .. } => "cut_off",
    }
}

async fn say(store: &Store, fault: &Fault) -> anyhow::Result<String> {
    Ok(match fault {
        Fault::Changed { change, record } => format!(
            "row {change} of the history of {} is not as it was written: compare it with a backup",
            name(store, *record).await?
        ),
        Fault::Missing { record, seq } => format!(
            "row {seq} is missing from the history of {}: restore it from a backup",
            name(store, *record).await?
        ),
        Fault::Unsealed { seal, sealed, found } => format!(
            "seal {seal} covered {sealed} rows, there are {found} now or they differ: rows were taken out or put in"
        ),
        Fault::CutOff { noted, found } => format!(
            "seal {noted} was noted, but the newest is {found}: the end of the journal was cut off, or an older \
             store was put back"
        ),
    })
}

/// Calls a record as people do.
async fn name(store: &Store, record: Option<RecordRef>) -> anyhow::Result<String> {
    let Some(record) = record else { return Ok("an unknown record".into()) };
    let loaded = match record.kind {
        Kind::Message | Kind::Attachment => None,
        _ => store.record(record).await.unwrap_or_default(),
    };
    Ok(match loaded {
        Some(loaded) if loaded.number > 0 => {
            format!("{} {}", record.kind, ShortNumber::of(record.kind, loaded.number))
        }
        _ => format!("{} {}", record.kind, record.id),
    })
}
