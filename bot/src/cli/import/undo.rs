//! What was brought in, and taking it back.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use rapport_model::{Actor, Id, Record, RecordRef};
use rapport_storage::imports::Batch;
use rapport_storage::undo::Refusal;
use rapport_storage::{Access, Store};
use serde_json::json;

use super::super::Common;
use super::super::shown::Shown;
use super::show;

const LISTED_MAX: u32 = 50;
const LIST: &str = "imports";

/// Returns the imports that were shown last: people name them by their place there.
pub(super) fn shown(common: &Common) -> anyhow::Result<Shown> {
    Ok(Shown::of(&common.data()?, LIST))
}

pub(super) async fn list(common: &Common) -> anyhow::Result<ExitCode> {
    let store = common.store(Access::Read).await?;
    let batches = store.imports(LISTED_MAX).await?;
    if common.json {
        for batch in &batches {
            println!(
                "{}",
                json!({ "batch": batch.id, "at": batch.at, "import": batch.facts, "undone": batch.is_undone() })
            );
        }
        return Ok(ExitCode::SUCCESS);
    }
    shown(common)?.remember(batches.iter().map(|batch| batch.id));
    for (place, batch) in (1..).zip(&batches) {
        let facts = &batch.facts;
        let state = match (batch.is_undone(), facts.done, batch.n_undone) {
            (true, ..) => ", taken back",
            (_, _, 1..) => ", taken back in part: the same undo goes on",
            (_, false, _) => ", not finished: the same import goes on",
            _ => "",
        };
        println!(
            "{place:>3}  {}  {} of {} rows: {} new, {} changed{state}",
            batch.at, facts.sort, facts.rows, facts.new, facts.changed
        );
    }
    if batches.is_empty() {
        println!("Nothing was brought in yet.");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn undo(common: &Common, which: &str, yes: bool) -> anyhow::Result<ExitCode> {
    let id = shown(common)?.find(which);
    let app = common.app().await?;
    let batch = find(app.store(), id).await?;
    let batch =
        batch.with_context(|| format!("there is no import {which}: look with rapport import list"))?;
    if !yes {
        ensure!(std::io::stdin().is_terminal(), "nobody can be asked here: say --yes to take it back");
        print!(
            "Take {} new and {} changed {} back? [y/N] ",
            batch.facts.new, batch.facts.changed, batch.facts.sort
        );
        std::io::stdout().flush()?;
        let mut typed = String::new();
        std::io::stdin().read_line(&mut typed)?;
        if !matches!(typed.trim().to_lowercase().as_str(), "y" | "yes" | "是") {
            println!("Nothing was taken back.");
            return Ok(ExitCode::SUCCESS);
        }
    }
    let bar = super::progress(usize::try_from(batch.n_acts - batch.n_undone).unwrap_or(0), common.json);
    let actor = Actor::Service("command line".into());
    let done = app.store().undo_import(batch.id, actor, |n, _| bar.set_position(n as u64)).await;
    bar.finish_and_clear();
    let done = done.context("the same command goes on with it")?;
    let code = match done {
        Ok(n) => {
            app.index().await?;
            match common.json {
                true => println!("{}", json!({ "batch": batch.id, "done": true, "changes": n })),
                false => println!("Taken back: {n} changes."),
            }
            ExitCode::SUCCESS
        }
        Err(refusal) => {
            let why = refused(app.store(), &refusal).await?;
            match common.json {
                true => println!("{}", json!({ "batch": batch.id, "done": false, "why": why })),
                false => eprintln!("rapport: {why}"),
            }
            ExitCode::FAILURE
        }
    };
    app.close().await;
    Ok(code)
}

async fn find(store: &Store, id: Option<Id>) -> anyhow::Result<Option<Batch>> {
    let batches = store.imports(10_000).await?;
    Ok(batches.into_iter().find(|batch| Some(batch.id) == id))
}

/// Says what rests on an import.
async fn refused(store: &Store, refusal: &Refusal) -> anyhow::Result<String> {
    Ok(match refusal {
        Refusal::Nothing => "there is nothing to take back".to_owned(),
        Refusal::AlreadyUndone => "it was taken back already".to_owned(),
        Refusal::Erased => "somebody of it was erased since: it cannot come back".to_owned(),
        Refusal::ChangedSince { record, field } => {
            format!("nothing was taken back: {field} of {} has changed since", called(store, *record).await?)
        }
        Refusal::NeededBy { record, by } => format!(
            "nothing was taken back: {} was made for {} since",
            called(store, *by).await?,
            called(store, *record).await?
        ),
    })
}

async fn called(store: &Store, record: RecordRef) -> anyhow::Result<String> {
    let known: Option<Record> = match record.kind {
        rapport_model::Kind::Message | rapport_model::Kind::Attachment => None,
        _ => store.record(record).await?,
    };
    Ok(match known.filter(|known| known.number > 0) {
        Some(known) => known.short().to_string(),
        None => show::named(record.kind, record.id),
    })
}
