//! Joining two conversations into one.
//!
//! A join is one act of plain changes, like a merge: messages, tickets, tasks and deals of the one
//! belong to the other, and what names its messages leads there. So it is undone like any act.

use std::collections::{BTreeSet, HashMap};

use rapport_model::{Act, Actor, Change, Id, Kind, RecordRef, Value};

use crate::db::{Db, query};
use crate::error::StorageError;
use crate::open::{Inner, Store};
use crate::undo::references_to;
use crate::{jobs, journal};

/// A longer conversation is left alone: nobody reads it as one.
const MESSAGES_MAX: i64 = 2_000;

/// Why two conversations cannot become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// They are one already.
    Same,
    /// One of them does not exist, or is a part of another.
    Gone,
    /// They are of two customers.
    Customers,
    /// Together they would have more than 2,000 messages.
    TooLong,
}

impl Store {
    /// Makes the conversation `part` a part of `whole`. What was planned for `part` alone is off: the
    /// conversation goes on elsewhere. Returns the act, or why not.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn join(&self, part: Id, whole: Id, actor: Actor) -> Result<Result<Id, Apart>, StorageError> {
        for thread in [part, whole] {
            if !self.sees(RecordRef::new(Kind::Thread, thread)).await? {
                return Ok(Err(Apart::Gone));
            }
        }
        let (inner, act) = (self.inner.clone(), self.act_by(actor));
        self.write(move |db| {
            let (inner, act) = (inner.clone(), act.clone());
            Box::pin(async move { join(db, &inner, part, whole, act).await })
        })
        .await
    }

    /// Returns the conversation that a message said it belongs to when it began this one, without
    /// being believed: its sender had no part in that.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn perhaps_part_of(&self, thread: Id) -> Result<Option<Id>, StorageError> {
        let seen = self.and_seen(Kind::Thread, "t") + &self.and_seen(Kind::Thread, "w");
        let sql = format!(
            "SELECT coalesce(w.joined_into, w.id) FROM threads t JOIN threads w ON w.id = t.perhaps
             WHERE t.id = $1 AND t.joined_into IS NULL{seen}"
        );
        let found: Option<i64> = query("look where a conversation may belong", sql)
            .bind(thread)
            .optional_value(&self.inner.read)
            .await?;
        Ok(found.map(Id))
    }

    /// Returns the last conversations of a customer that have messages, newest first, with when they
    /// last went on; without those that are parts of others.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn threads_of(
        &self,
        customer: Id,
        limit: u32,
    ) -> Result<Vec<(Id, rapport_model::Timestamp)>, StorageError> {
        let seen = self.and_seen(Kind::Thread, "t");
        let sql = format!(
            "SELECT t.id, t.last_us FROM threads t
             WHERE t.customer = $1 AND t.joined_into IS NULL AND t.n_messages > 0{seen}
             ORDER BY t.last_us DESC LIMIT $2"
        );
        let rows = query("list conversations", sql).bind(customer).bind(limit).all(&self.inner.read).await?;
        Ok(rows.iter().filter_map(|row| Some((row.id(0), row.maybe_time(1)?))).collect())
    }
}

/// As [`Store::join`].
pub(crate) async fn join(
    db: &mut Db,
    inner: &Inner,
    part: Id,
    whole: Id,
    act: Act,
) -> Result<Result<Id, Apart>, StorageError> {
    if part == whole {
        return Ok(Err(Apart::Same));
    }
    let rows = query(
        "load two conversations",
        "SELECT id, customer, joined_into, n_messages FROM threads WHERE id {any}",
    )
    .rows(db.ids([part, whole]))
    .all(&mut *db)
    .await?;
    let find = |id| rows.iter().find(|row| row.id(0) == id);
    let (Some(from), Some(to)) = (find(part), find(whole)) else { return Ok(Err(Apart::Gone)) };
    if from.maybe_id(2) == Some(whole) {
        return Ok(Err(Apart::Same));
    }
    if from.maybe_id(2).or(to.maybe_id(2)).is_some() {
        return Ok(Err(Apart::Gone));
    }
    let (theirs, other) = (to.maybe_id(1), from.maybe_id(1));
    if theirs.is_some() && other.is_some() && theirs != other {
        return Ok(Err(Apart::Customers));
    }
    if from.get::<i64>(3) + to.get::<i64>(3) > MESSAGES_MAX {
        return Ok(Err(Apart::TooLong));
    }
    let mut changes = Vec::new();
    // What points at it, parts of its own included.
    for (kind, field) in references_to(Kind::Thread) {
        let sql = format!("SELECT id FROM {} WHERE {field} = $1 ORDER BY id", kind.table());
        let ids: Vec<i64> =
            query("find what belongs to a conversation", sql).bind(part).values(&mut *db).await?;
        let moved = |id| Change::update(RecordRef::new(kind, Id(id))).set(field, part, whole);
        changes.extend(ids.into_iter().map(moved));
    }
    changes.push(Change::update(RecordRef::new(Kind::Thread, whole)).set(
        "customer",
        theirs,
        theirs.or(other),
    ));
    changes.push(Change::update(RecordRef::new(Kind::Thread, part)).set("joined_into", Value::Null, whole));
    changes.retain(|change| !change.is_empty());
    let id = act.id;
    journal::apply(db, inner, &[(act, changes)], &HashMap::new()).await?;
    jobs::cancel(db, std::iter::once(part)).await?;
    Ok(Ok(id))
}

/// Counts anew what conversations hold, where messages went from one to another.
pub(crate) async fn recount(db: &mut Db, changes: &[&Change]) -> Result<(), StorageError> {
    let moved = changes.iter().filter(|c| c.record.kind == Kind::Message).flat_map(|c| &c.fields);
    let moved = moved.filter(|f| f.field == "thread").flat_map(|f| [f.before.id(), f.after.id()]);
    let threads: BTreeSet<Id> = moved.flatten().collect();
    if threads.is_empty() {
        return Ok(());
    }
    let human = "m.thread = threads.id AND m.automation = 'none' AND m.direction";
    let sql = format!(
        "UPDATE threads SET
            n_messages  = (SELECT count(*) FROM messages m WHERE m.thread = threads.id),
            first_us    = coalesce((SELECT min(m.received_at) FROM messages m WHERE m.thread = threads.id), first_us),
            last_us     = coalesce((SELECT max(m.received_at) FROM messages m WHERE m.thread = threads.id), last_us),
            last_in_us  = (SELECT max(m.received_at) FROM messages m WHERE {human} = 'in'),
            last_out_us = (SELECT max(m.received_at) FROM messages m WHERE {human} = 'out')
         WHERE id {{any}}"
    );
    query("count conversations anew", sql).rows(db.ids(threads)).run(db).await
}
