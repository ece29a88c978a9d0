//! `rapport dedupe`: which customers or companies are probably the same.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use rapport_model::{Id, Kind, Record};
use rapport_storage::records::Filter;
use rapport_storage::{Access, Store};
use rapport_workflows::duplicates::csv::parse;
use rapport_workflows::duplicates::eval::{Truth, evaluate};
use rapport_workflows::duplicates::header::{entries, id_column};
use rapport_workflows::duplicates::{Entry, Found, Kind as FieldKind, Reason, find};
use serde_json::{Value, json};

use super::Common;

/// Records that are compared at most.
const RECORDS_MAX: u32 = 1_000_000;
/// Pairs that are shown to people.
const SHOWN_MAX: usize = 50;

/// Which customers or companies are probably the same, with the reasons. Nothing is merged: that
/// is for a person to say, by `merge A B` in the chat.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport dedupe --companies --json")]
pub(crate) struct Dedupe {
    #[command(subcommand)]
    what: Option<What>,
    /// Compare companies instead of customers
    #[arg(long)]
    companies: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Measure on a table whose first column tells the truth: rec-7-org and rec-7-dup-0 are one
    Eval {
        /// Comma-separated tables, measured one by one
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

impl Dedupe {
    pub(crate) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        match &self.what {
            Some(What::Eval { files }) => {
                for file in files {
                    eval(file, common.json).with_context(|| file.display().to_string())?;
                }
                Ok(ExitCode::SUCCESS)
            }
            None => self.list(common).await,
        }
    }

    async fn list(&self, common: &Common) -> anyhow::Result<ExitCode> {
        let store =
            Store::open_at(&common.data()?, &common.config()?.place(), Access::Read, common.clock()?).await?;
        let kind = if self.companies { Kind::Company } else { Kind::Customer };
        let records = store.list(kind, &Filter { limit: RECORDS_MAX, ..Filter::default() }).await?;
        let entries = known(&store, kind, &records).await?;
        let found = find(&entries);
        for (i, pair) in found.pairs.iter().enumerate() {
            let (a, b) = (named(&records, &pair.a), named(&records, &pair.b));
            if common.json {
                let reasons: Vec<Value> = pair.reasons.iter().map(reason_json).collect();
                let numbers = [a, b].map(|r| r.map(|r| r.short().to_string()));
                println!("{}", json!({ "a": numbers[0], "b": numbers[1], "p": pair.p, "reasons": reasons }));
            } else if i < SHOWN_MAX {
                let name = |r: Option<&Record>| {
                    r.map_or_else(String::new, |r| format!("{} {}", r.short(), r.text("name")))
                };
                println!("{} and {} are one with {:.0} %", name(a), name(b), pair.p * 100.0);
                println!("  {}", pair.reasons.iter().map(reason).collect::<Vec<_>>().join("; "));
            }
        }
        if !common.json {
            summary(&found, entries.len(), kind);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn summary(found: &Found, n: usize, kind: Kind) {
    let kinds = if kind == Kind::Company { "companies" } else { "customers" };
    match found.pairs.len() {
        0 => println!("{n} {kinds}, none of them looks like another"),
        pairs => println!("{n} {kinds}, {pairs} pairs; say \"merge A B\" in `rapport chat` to make two one"),
    }
    if found.n_blocks_cut > 0 {
        println!("{} groups were too large to compare all with all", found.n_blocks_cut);
    }
}

/// Collects what is known of records: names, addresses, numbers, companies.
async fn known(store: &Store, kind: Kind, records: &[Record]) -> anyhow::Result<Vec<Entry>> {
    let ids: Vec<Id> = records.iter().map(|r| r.record.id).collect();
    let identities = store.identities_of(kind, &ids).await?;
    let mut of: Vec<Id> = records.iter().filter_map(|r| r.get("company").id()).collect();
    of.sort_unstable();
    of.dedup();
    let companies = store.records(Kind::Company, &of).await?;
    let mut entries = Vec::with_capacity(records.len());
    for record in records {
        let id = record.record.id;
        let name = if kind == Kind::Company { FieldKind::Company } else { FieldKind::Name };
        let mut entry = Entry::new(id.to_string()).with(name, record.text("name"));
        for value in identities.get(&id).into_iter().flatten() {
            let field = match value.contains('@') {
                true => FieldKind::Email,
                false if kind == Kind::Company => FieldKind::Website,
                false => FieldKind::Phone,
            };
            // Whoever wrote from an address has shown that it is theirs.
            entry = entry.with_verified(field, value);
        }
        let company = record.get("company").id();
        if let Some(company) = company.and_then(|id| companies.iter().find(|c| c.record.id == id)) {
            entry = entry.with(FieldKind::Company, company.text("name"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn named<'r>(records: &'r [Record], id: &str) -> Option<&'r Record> {
    let id: Id = id.parse().ok()?;
    records.iter().find(|r| r.record.id == id)
}

fn reason(reason: &Reason) -> String {
    format!("{} {} ({} / {})", reason.kind.name(), reason.agreement.name(), reason.a, reason.b)
}

fn reason_json(reason: &Reason) -> Value {
    json!({
        "field": reason.kind.name(),
        "agreement": reason.agreement.name(),
        "bits": reason.bits,
        "a": reason.a,
        "b": reason.b,
    })
}

fn eval(file: &PathBuf, as_json: bool) -> anyhow::Result<()> {
    let csv = parse(&std::fs::read_to_string(file)?)?;
    let entries = entries(&csv);
    let column = id_column(&csv.header).context("no column of ids")?;
    let ids: Vec<&str> =
        csv.rows.iter().map(|row| row.cells.get(column).map_or("", |cell| cell.trim())).collect();
    let truth =
        Truth::of_febrl(ids.iter().copied()).context("its ids are not like rec-7-org and rec-7-dup-0")?;
    let before = super::usage::usage().cpu_seconds;
    let found = find(&entries);
    let cpu = super::usage::usage().cpu_seconds - before;
    let e = evaluate(&found.pairs, &truth);
    let per_second = entries.len() as f64 / cpu.max(1e-9);
    if as_json {
        println!(
            "{}",
            json!({
                "file": file, "records": entries.len(), "precision": e.precision, "recall": e.recall,
                "f1": e.f1, "pairs": e.n_pairs, "true_pairs": e.n_true, "cpu_seconds": cpu,
                "records_per_cpu_second": per_second.round(),
            })
        );
    } else {
        println!(
            "{}: {} records, F1 {:.4} (precision {:.4}, recall {:.4}), {per_second:.0} records per CPU-second",
            file.display(),
            entries.len(),
            e.f1,
            e.precision,
            e.recall
        );
    }
    Ok(())
}
