//! Messages out of a table: each is made the mail that it would have been, and taken in as history.
//!
//! So it finds its conversation and its customer as a mail does, is read and found, and starts nothing. Its
//! id is made of what it says: the same row once more is the same message. A message is no record with a
//! history, so unlike the rest of an import it cannot be taken back.

use std::process::ExitCode;

use rapport_storage::ingest::Fate;
use rapport_workflows::import::{Draft, Plan, Sort, Why};
use serde_json::json;

use super::super::usage::usage;
use super::show::{self, Read};
use crate::App;
use crate::channel::email::{ParseOptions, parse};
use crate::intake::mail;

/// Messages that are committed together.
const TOGETHER: usize = 256;

/// Shows what would be taken in, and takes it in if `write` says so.
pub(super) async fn bring_in(
    app: &App,
    read: &Read<'_>,
    rows: Vec<(u64, Result<Draft, Why>)>,
    json: bool,
    write: impl FnOnce() -> anyhow::Result<bool>,
) -> anyhow::Result<ExitCode> {
    let mut plan = Plan { n_rows: rows.len(), ..Plan::of(Sort::Messages) };
    let mut mails = Vec::with_capacity(rows.len());
    for (line, row) in rows {
        match row {
            Ok(draft) => mails.push(mail(&draft)),
            Err(why) => plan.refused.push((line, why)),
        }
    }
    let code = if plan.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if !json {
        show::preview(read, &plan);
        println!("{} messages are taken in as history. That cannot be taken back.", mails.len());
    }
    let writes = write()?;
    let mut report = show::json(read, &plan, writes.then(|| json!({})));
    if !writes {
        match json {
            true => println!("{report}"),
            false => println!("Nothing was written."),
        }
        return Ok(code);
    }
    let bar = super::progress(mails.len(), json);
    let (mut n_new, mut n_known) = (0, 0);
    let now = app.store().clock().now();
    for portion in mails.chunks(TOGETHER) {
        let options = ParseOptions { history: true, ..ParseOptions::at(now) };
        let parsed = portion.iter().map(|mail| parse(mail.clone(), "import", &options)).collect();
        for fate in app.workflows.ingest(parsed).await? {
            match fate {
                Fate::Duplicate { .. } => n_known += 1,
                _ => n_new += 1,
            }
        }
        bar.inc(portion.len() as u64);
    }
    app.settle().await?;
    bar.finish_and_clear();
    if json {
        report["new"] = json!(n_new);
        report["same"] = json!(n_known);
        report["peak_rss_bytes"] = json!(usage().peak_rss_bytes);
        println!("{report}");
    } else {
        println!("{n_new} messages were taken in, {n_known} were here before.");
    }
    Ok(code)
}
