//! History: what was done to a record, why, and taking it back.

use rapport_model::event::{Event, What};
use rapport_model::record::FieldChange;
use rapport_model::{Act, Actor, Change, Id, Kind, Op, RecordRef, Timestamp, Value};

use crate::db::{Row, query};
use crate::error::StorageError;
use crate::keys::{Cell, KeyId, Keys};
use crate::open::Store;
use crate::work::Work;

/// A change with the act it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The act.
    pub act: Act,
    /// The act that took it back, if one did.
    pub undone_by: Option<Id>,
    /// The change.
    pub change: Change,
}

/// Why something cannot be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is nothing to take back.
    Nothing,
    /// It was taken back already.
    AlreadyUndone,
    /// Something later rests on it: that field of that record has changed since.
    ChangedSince {
        /// The record.
        record: RecordRef,
        /// The field.
        field: String,
    },
}

const ENTRIES: &str = "SELECT a.id, a.at_us, a.actor, a.cause, a.undoes, a.undone_by,
    c.id, c.record_kind, c.record, c.op, c.key_id, c.fields FROM changes c JOIN acts a ON a.id = c.act";

impl Store {
    /// Returns what was done to a record, oldest first.
    ///
    /// # Errors
    /// The store cannot be read, or a journal entry does not open.
    pub async fn history(&self, record: RecordRef) -> Result<Vec<Entry>, StorageError> {
        self.entries("WHERE c.record = $1 ORDER BY c.seq", record.id).await
    }

    /// Returns what was done in an act, in order.
    ///
    /// # Errors
    /// As [`Store::history`].
    pub async fn act_entries(&self, act: Id) -> Result<Vec<Entry>, StorageError> {
        self.entries("WHERE c.act = $1 ORDER BY c.id", act).await
    }

    /// Returns what was done because of an event, in order.
    ///
    /// # Errors
    /// As [`Store::history`].
    pub async fn caused_by(&self, event: Id) -> Result<Vec<Entry>, StorageError> {
        self.entries("WHERE a.cause = $1 ORDER BY c.id", event).await
    }

    async fn entries(&self, condition: &str, id: Id) -> Result<Vec<Entry>, StorageError> {
        let rows = query("read the journal", format!("{ENTRIES} {condition}"))
            .bind(id.0)
            .all(&self.inner.read)
            .await?;
        let keys = self.inner.keys_in(&rows, 10).await?;
        rows.iter().map(|row| entry(&keys, row)).collect()
    }

    /// Returns the last act of `actor` that was not taken back and is no undo itself.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn last_act(&self, actor: &Actor) -> Result<Option<Id>, StorageError> {
        let id: Option<i64> = query(
            "look for the last act",
            "SELECT id FROM acts WHERE actor = $1 AND undone_by IS NULL AND undoes IS NULL
             ORDER BY id DESC LIMIT 1",
        )
        .bind(actor.to_string())
        .optional_value(&self.inner.read)
        .await?;
        Ok(id.map(Id))
    }

    /// Takes an act back: writes its inverse as an act of `actor`, unless something later rests
    /// on it. Returns the changes that were made.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn undo(&self, act: Id, actor: Actor) -> Result<Result<Vec<Change>, Refusal>, StorageError> {
        let entries = self.act_entries(act).await?;
        let Some(first) = entries.first() else { return Ok(Err(Refusal::Nothing)) };
        if first.undone_by.is_some() {
            return Ok(Err(Refusal::AlreadyUndone));
        }
        for entry in entries.iter().rev() {
            if let Some(refusal) = self.rests_on(&entry.change).await? {
                return Ok(Err(refusal));
            }
        }
        let inverse: Vec<Change> = entries.iter().rev().map(|e| e.change.inverse()).collect();
        let mut undo = self.act_by(actor);
        undo.undoes = Some(act);
        self.commit(vec![Work::of(undo, inverse.clone())]).await?;
        Ok(Ok(inverse))
    }

    /// Tells whether a field that `change` set has another value by now.
    async fn rests_on(&self, change: &Change) -> Result<Option<Refusal>, StorageError> {
        let Some(record) = self.record(change.record).await? else { return Ok(Some(Refusal::Nothing)) };
        let changed =
            change.fields.iter().find(|f| change.op == Op::Update && !same(record.get(&f.field), &f.after));
        Ok(changed.map(|f| Refusal::ChangedSince { record: change.record, field: f.field.clone() }))
    }

    /// Returns the events that are about a record, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn events_about(&self, record: RecordRef) -> Result<Vec<Event>, StorageError> {
        let ids: Vec<i64> = query("find events", "SELECT id FROM events WHERE record = $1 ORDER BY id")
            .bind(record.id.0)
            .values(&self.inner.read)
            .await?;
        let mut events = Vec::with_capacity(ids.len());
        for id in ids {
            events.extend(self.event(Id(id)).await?);
        }
        Ok(events)
    }

    /// Returns an event.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn event(&self, id: Id) -> Result<Option<Event>, StorageError> {
        let row = query(
            "read an event",
            "SELECT at_us, record_kind, record, cause, depth, what FROM events WHERE id = $1",
        )
        .bind(id.0)
        .optional(&self.inner.read)
        .await?;
        row.map(|r| {
            let what: What = serde_json::from_str(r.get(5))
                .map_err(|e| StorageError::Corrupt { what: format!("event {id}"), why: e.to_string() })?;
            let about = r.get::<Option<&str>>(1).and_then(Kind::by_name).zip(r.get::<Option<i64>>(2));
            Ok(Event {
                id,
                at: Timestamp::from_micros(r.get(0)),
                about: about.map(|(kind, id)| RecordRef::new(kind, Id(id))),
                cause: r.get::<Option<i64>>(3).map(Id),
                depth: u8::try_from(r.get::<i64>(4)).unwrap_or(u8::MAX),
                what,
            })
        })
        .transpose()
    }
}

fn entry(keys: &Keys, row: &Row) -> Result<Entry, StorageError> {
    let id: i64 = row.get(6);
    let corrupt = |why: String| StorageError::Corrupt { what: format!("journal entry {id}"), why };
    let cell = Cell { table: "changes", column: "fields", row: id };
    let json = keys.open(KeyId(row.get(10)), cell, row.get(11))?;
    let fields: Vec<FieldChange> = match &json[..] {
        // What an erased person's record held.
        [] => Vec::new(),
        json => serde_json::from_slice(json).map_err(|e| corrupt(e.to_string()))?,
    };
    let kind = Kind::by_name(row.get(7)).ok_or_else(|| corrupt("unknown kind".into()))?;
    let op = Op::by_name(row.get(9)).ok_or_else(|| corrupt("unknown operation".into()))?;
    Ok(Entry {
        act: Act {
            id: Id(row.get(0)),
            at: Timestamp::from_micros(row.get(1)),
            actor: row.get::<&str>(2).parse::<Actor>().map_err(corrupt)?,
            cause: row.get::<Option<i64>>(3).map(Id),
            undoes: row.get::<Option<i64>>(4).map(Id),
        },
        undone_by: row.get::<Option<i64>>(5).map(Id),
        change: Change { record: RecordRef::new(kind, Id(row.get(8))), op, fields },
    })
}

/// Compares values as the database keeps them: yes and no are 1 and 0.
fn same(a: &Value, b: &Value) -> bool {
    a == b || (a.int().is_some() && a.int() == b.int()) || (a.real().is_some() && a.real() == b.real())
}
