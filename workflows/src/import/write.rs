//! Writes a plan.

use rapport_model::event::Import;
use rapport_model::{Change, Id, Kind, RecordRef};
use rapport_storage::Store;
use rapport_storage::imports::Line;

use super::plan::Plan;
use super::{ImportError, Sort};

/// Changes that are committed together: few enough that others can write between two portions.
const TOGETHER: usize = 3_000;

/// Writes a plan as a batch, or goes on with one that was not finished, as `part` of the service. Calls `told`
/// with how many records are written. Returns the batch; nothing where there was nothing to write.
///
/// # Errors
/// The store cannot be written. What was written until then is a batch that the same import goes on with,
/// and that can be taken back.
pub async fn write(
    store: &Store,
    part: &str,
    plan: Plan,
    source: &str,
    mut told: impl FnMut(usize),
) -> Result<Option<Id>, ImportError> {
    let unfinished = unfinished(store, plan.sort, source).await?;
    let mut facts = Import {
        sort: plan.sort.name().to_owned(),
        source: source.to_owned(),
        rows: plan.n_rows as u64,
        new: plan.n_new() as u64,
        changed: plan.n_changed() as u64,
        duplicates: plan.duplicates.len() as u64,
        refused: plan.refused.len() as u64,
        done: false,
    };
    let goes_on = unfinished.is_some();
    let batch = match unfinished {
        Some((batch, before)) => {
            // What the process that died had written counts as made, too.
            facts.new += before.new.saturating_sub(facts.new);
            facts.changed += before.changed.saturating_sub(facts.changed);
            batch
        }
        None => store.new_id(),
    };
    if plan.items.is_empty() {
        if !goes_on {
            return Ok(None);
        }
        facts.done = true;
        store.import(part, batch, facts, Vec::new(), Vec::new()).await?;
        return Ok(Some(batch));
    }
    let mut lines = plan.lines;
    lines.sort_by_key(|line| line.record);
    let mut items = plan.items.into_iter().peekable();
    let mut n_written = 0;
    while items.peek().is_some() {
        let (mut changes, mut of_orders): (Vec<Change>, Vec<Line>) = (Vec::new(), Vec::new());
        while changes.len() < TOGETHER
            && let Some(item) = items.next()
        {
            if item.record.kind == Kind::Order {
                let from = lines.partition_point(|line| line.record < item.record.id);
                of_orders
                    .extend(lines[from..].iter().take_while(|line| line.record == item.record.id).cloned());
            }
            changes.extend(item.changes);
            n_written += 1;
        }
        facts.done = items.peek().is_none();
        store.import(part, batch, facts.clone(), changes, of_orders).await?;
        told(n_written);
    }
    Ok(Some(batch))
}

/// Finds the batch of the same table that a process did not come to the end of.
async fn unfinished(store: &Store, sort: Sort, source: &str) -> Result<Option<(Id, Import)>, ImportError> {
    const LOOKED_AT: u32 = 100;
    let batches = store.imports(LOOKED_AT).await?;
    let is_it = |facts: &Import| facts.sort == sort.name() && facts.source == source && !facts.done;
    let found = batches.into_iter().find(|batch| is_it(&batch.facts) && batch.n_undone == 0);
    Ok(found.map(|batch| (batch.id, batch.facts)))
}

/// Returns what makes attributes known to the house that it has not had yet.
pub(super) fn attributes(
    kind: Kind,
    names: impl Iterator<Item = String>,
    known: &std::collections::HashSet<(String, String)>,
    new_id: &mut super::people::NewId<'_>,
) -> Vec<Change> {
    let new = names.filter(|name| !known.contains(&(kind.name().to_owned(), name.clone())));
    new.map(|name| {
        Change::create(RecordRef::new(Kind::CustomField, new_id()))
            .with("record_kind", kind.name())
            .with("name", name.as_str())
            .with("label", name.as_str())
            .with("ty", "text")
            .with("protection", "sealed")
    })
    .collect()
}
