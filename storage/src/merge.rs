//! Merging two records into one, and splitting them again.
//!
//! A merge is one act of plain changes: what pointed at the merged record points at the kept one.
//! So it is undone like any act. Nothing is sealed anew: every address keeps its own key, and
//! the keys of a merged person are those of whoever they were merged into.

use std::collections::{BTreeSet, HashMap, HashSet};

use rapport_model::people::Lifecycle;
use rapport_model::record::FieldChange;
use rapport_model::{Act, Actor, Change, Id, Kind, Op, Record, RecordRef, Value};

use crate::db::{Db, query};
use crate::error::StorageError;
use crate::history::{Entry, Which, entries};
use crate::open::{Inner, Store};
use crate::undo::{Refusal, Undone, references_to, same};
use crate::{journal, records};

/// Why two records cannot become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// They are the same record.
    Same,
    /// One of them does not exist, was taken away, merged or erased.
    Gone(RecordRef),
}

impl Store {
    /// Merges the customer or company `merged` into `kept`: all that belonged to it belongs to
    /// `kept`, which also gets what it lacked. Returns the changes, or why not.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn merge(
        &self,
        kept: RecordRef,
        merged: RecordRef,
        actor: Actor,
    ) -> Result<Result<Vec<Change>, Apart>, StorageError> {
        if kept.kind != merged.kind || !matches!(kept.kind, Kind::Customer | Kind::Company) {
            return Err(StorageError::Refused(format!(
                "a {} and a {} cannot be one",
                kept.kind, merged.kind
            )));
        }
        for record in [kept, merged] {
            if !self.sees(record).await? {
                return Ok(Err(Apart::Gone(record)));
            }
        }
        let (inner, act) = (self.inner.clone(), self.act_by(actor));
        self.write(move |db| {
            let (inner, act) = (inner.clone(), act.clone());
            Box::pin(async move { merge(db, &inner, kept, merged, act).await })
        })
        .await
    }

    /// Splits `merged` off again from what it was merged into. What changed since stays as it is
    /// now; what came since from its addresses goes with it.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn split(&self, merged: RecordRef, actor: Actor) -> Result<Undone, StorageError> {
        if !self.sees(merged).await? {
            return Ok(Err(Refusal::Nothing));
        }
        let (inner, act) = (self.inner.clone(), self.act_by(actor));
        self.write(move |db| {
            let (inner, act) = (inner.clone(), act.clone());
            Box::pin(async move { split(db, &inner, merged, act).await })
        })
        .await
    }

    /// Returns the record that `record` was merged into, and that one into, to the last.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn merged_into(&self, mut record: RecordRef) -> Result<RecordRef, StorageError> {
        let mut seen = HashSet::new();
        while seen.insert(record.id)
            && let Some(found) = self.record(record).await?
            && let Some(into) = found.get("merged_into").id()
        {
            record.id = into;
        }
        Ok(record)
    }

    /// Returns the records that are merged into `record` itself, by age.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn merged_from(&self, record: RecordRef) -> Result<Vec<RecordRef>, StorageError> {
        if !matches!(record.kind, Kind::Customer | Kind::Company) {
            return Ok(Vec::new());
        }
        let (table, seen) = (record.kind.table(), self.and_seen(record.kind, "t"));
        let sql = format!("SELECT t.id FROM {table} t WHERE t.merged_into = $1{seen} ORDER BY t.id");
        let ids: Vec<i64> =
            query("find merged records", sql).bind(record.id).values(&self.inner.read).await?;
        Ok(ids.into_iter().map(|id| RecordRef::new(record.kind, Id(id))).collect())
    }
}

async fn merge(
    db: &mut Db,
    inner: &Inner,
    kept: RecordRef,
    merged: RecordRef,
    act: Act,
) -> Result<Result<Vec<Change>, Apart>, StorageError> {
    if kept == merged {
        return Ok(Err(Apart::Same));
    }
    let both = records::load(inner, &mut *db, kept.kind, [kept.id, merged.id]).await?;
    let alive = |r: &&Record| !r.deleted && r.get("merged_into").is_null();
    let find = |record: RecordRef| both.iter().find(|r| r.record == record).filter(alive);
    let Some(to) = find(kept) else { return Ok(Err(Apart::Gone(kept))) };
    let Some(from) = find(merged) else { return Ok(Err(Apart::Gone(merged))) };

    let mut changes = Vec::new();
    for (kind, field) in references_to(kept.kind).filter(|(kind, _)| *kind != kept.kind) {
        let sql = format!("SELECT id FROM {} WHERE {field} = $1 ORDER BY id", kind.table());
        let ids: Vec<i64> =
            query("find what belongs to a record", sql).bind(merged.id).values(&mut *db).await?;
        let moved = |id| Change::update(RecordRef::new(kind, Id(id))).set(field, merged.id, kept.id);
        changes.extend(ids.into_iter().map(moved));
    }
    let mut gained = Change::update(kept);
    for (field, value) in united(to, from) {
        gained = gained.set(field, to.get(field).clone(), value);
    }
    changes.push(gained);
    changes.push(Change::update(merged).set("merged_into", Value::Null, kept.id));
    changes.push(Change { record: merged, op: Op::Delete, fields: Vec::new() });
    changes.retain(|c| !c.is_empty());
    journal::apply(db, inner, &[(act, changes.clone())], &HashMap::new()).await?;
    if kept.kind == Kind::Customer {
        let sql = "UPDATE outbox SET to_customer = $2 WHERE to_customer = $1 AND state = 'pending'";
        query("redirect outgoing messages", sql).bind(merged.id).bind(kept.id).run(db).await?;
    }
    Ok(Ok(changes))
}

/// Returns the fields of the kept record that a merge changes, with their values.
fn united(to: &Record, from: &Record) -> Vec<(&'static str, Value)> {
    let mut united = Vec::new();
    for field in ["name", "company", "owner", "language", "zone", "mood", "attrs"] {
        if to.get(field).is_null() && !from.get(field).is_null() {
            united.push((field, from.get(field).clone()));
        }
    }
    let tags =
        |record: &Record| serde_json::from_str::<BTreeSet<String>>(record.text("tags")).unwrap_or_default();
    let (own, other) = (tags(to), tags(from));
    if !other.is_subset(&own) {
        let all: BTreeSet<&String> = own.union(&other).collect();
        united.push(("tags", serde_json::to_string(&all).expect("tags are JSON").into()));
    }
    if to.record.kind != Kind::Customer {
        return united;
    }
    for field in ["n_in", "n_out"] {
        let n = |record: &Record| record.get(field).int().unwrap_or(0);
        united.push((field, Value::Int(n(to) + n(from))));
    }
    let times = |field| [to.get(field).int(), from.get(field).int()].into_iter().flatten();
    united.push(("first_contact", times("first_contact").min().into()));
    united.push(("last_in", times("last_in").max().into()));
    united.push(("last_out", times("last_out").max().into()));
    let is = |record: &Record, lifecycle: Lifecycle| record.text("lifecycle") == lifecycle.name();
    if is(from, Lifecycle::Customer) && !is(to, Lifecycle::Customer) {
        united.push(("lifecycle", Lifecycle::Customer.name().into()));
    }
    united
}

async fn split(db: &mut Db, inner: &Inner, merged: RecordRef, act: Act) -> Result<Undone, StorageError> {
    let history = entries(inner, &mut *db, Which::OfRecord(merged.id)).await?;
    let merge = history.iter().rev().find(|e| e.change.after("merged_into").is_some_and(|v| !v.is_null()));
    let Some(merge) = merge else { return Ok(Err(Refusal::Nothing)) };
    // Its history may also hold merges that were taken back, and splits that were.
    let now = records::load(inner, &mut *db, merged.kind, [merged.id]).await?.pop();
    if now.is_none_or(|now| now.get("merged_into").is_null()) {
        return Ok(Err(Refusal::AlreadyUndone));
    }
    let Some(kept) = merge.change.after("merged_into").and_then(Value::id) else {
        return Ok(Err(Refusal::Nothing));
    };
    let done = entries(inner, &mut *db, Which::OfAct(merge.act.id)).await?;
    let mut back = Vec::with_capacity(done.len());
    for entry in done.iter().rev() {
        back.extend(still_back(db, inner, entry).await?);
    }
    if merged.kind == Kind::Customer {
        back.extend(came_since(db, &done, kept, merged.id).await?);
    }
    let act = Act { undoes: Some(merge.act.id), ..act };
    journal::apply(db, inner, &[(act, back.clone())], &HashMap::new()).await?;
    Ok(Ok(back))
}

/// Returns the inverse of a change, as far as it still makes sense: counts are reckoned back,
/// and fields that somebody changed since stay.
async fn still_back(db: &mut Db, inner: &Inner, entry: &Entry) -> Result<Option<Change>, StorageError> {
    let change = &entry.change;
    if change.op != Op::Update {
        return Ok(Some(change.inverse()));
    }
    let Some(now) = records::load(inner, db, change.record.kind, [change.record.id]).await?.pop() else {
        return Ok(None);
    };
    let back = |field: &FieldChange| {
        let current = now.get(&field.field);
        let after = match (current.int(), field.before.int(), field.after.int()) {
            (Some(now), Some(before), Some(after)) if matches!(&field.field[..], "n_in" | "n_out") => {
                Value::Int(now - (after - before))
            }
            _ if same(current, &field.after) => field.before.clone(),
            _ => return None,
        };
        Some(FieldChange { field: field.field.clone(), before: current.clone(), after })
    };
    let change = Change { fields: change.fields.iter().filter_map(back).collect(), ..change.clone() };
    Ok(Some(change).filter(|c| !c.is_empty()))
}

/// Finds what came to `kept` since the merge from addresses that go back to `merged`.
async fn came_since(db: &mut Db, done: &[Entry], kept: Id, merged: Id) -> Result<Vec<Change>, StorageError> {
    let of = |kind: Kind| done.iter().map(|e| e.change.record).filter(move |r| r.kind == kind).map(|r| r.id);
    let moved: HashSet<Id> = of(Kind::Message).chain(of(Kind::Thread)).collect();
    let messages: Vec<i64> = query(
        "find what came since",
        "SELECT DISTINCT m.id FROM {rows} JOIN parties p ON p.identity = {0} AND p.role = 'from'
         JOIN messages m ON m.id = p.message WHERE m.customer = $1 ORDER BY m.id",
    )
    .rows(db.ids(of(Kind::Identity)))
    .bind(kept)
    .values(&mut *db)
    .await?;
    let new: Vec<Id> = messages.into_iter().map(Id).filter(|id| !moved.contains(id)).collect();
    let threads: Vec<i64> = query(
        "find conversations that came since",
        "SELECT DISTINCT t.id FROM {rows} JOIN messages m ON m.id = {0} JOIN threads t ON t.id = m.thread
         WHERE t.customer = $1 AND t.id > $2 ORDER BY t.id",
    )
    .rows(db.ids(new.iter().copied()))
    .bind(kept)
    .bind(done.first().map(|e| e.act.id))
    .values(&mut *db)
    .await?;
    let to = |kind, id| Change::update(RecordRef::new(kind, id)).set("customer", kept, merged);
    let threads = threads.into_iter().map(|id| to(Kind::Thread, Id(id)));
    Ok(new.into_iter().map(|id| to(Kind::Message, id)).chain(threads).collect())
}
