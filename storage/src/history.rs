//! History: what was done to a record, when, by whom and why.

use std::collections::HashMap;

use rapport_model::event::{Event, What};
use rapport_model::record::FieldChange;
use rapport_model::{Act, Actor, Change, Id, Kind, Op, Record, RecordRef, Timestamp};

use crate::db::{On, Row, query};
use crate::error::StorageError;
use crate::keys::{Cell, KeyId, Keys};
use crate::open::{Inner, Store};

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

pub(crate) const ENTRIES: &str = "SELECT a.id, a.at_us, a.actor, a.cause, a.undoes, a.undone_by,
    c.id, c.record_kind, c.record, c.op, c.key_id, c.fields FROM changes c JOIN acts a ON a.id = c.act";

/// Which entries, each with one id for `$1`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    OfRecord(Id),
    OfAct(Id),
    CausedBy(Id),
}

impl Store {
    /// Returns what was done to a record, oldest first.
    ///
    /// # Errors
    /// The store cannot be read, or a journal entry does not open.
    pub async fn history(&self, record: RecordRef) -> Result<Vec<Entry>, StorageError> {
        if !self.sees(record).await? {
            return Ok(Vec::new());
        }
        entries(&self.inner, &self.inner.read, Which::OfRecord(record.id)).await
    }

    /// Returns when each of these records was last changed.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn last_changes(&self, ids: &[Id]) -> Result<HashMap<Id, Timestamp>, StorageError> {
        let sql =
            "SELECT c.record, max(a.at_us), max(c.record_kind) FROM {rows} JOIN changes c ON c.record = {0}
             JOIN acts a ON a.id = c.act GROUP BY c.record";
        let rows = query("find the last changes", sql)
            .rows(self.inner.read.ids(ids.iter().copied()))
            .all(&self.inner.read)
            .await?;
        let about = |row: &Row| Kind::by_name(row.get(2)).map(|kind| RecordRef::new(kind, row.id(0)));
        let rows = self.seen_of(rows, about).await?;
        Ok(rows.iter().map(|row| (row.id(0), Timestamp::from_micros(row.get(1)))).collect())
    }

    /// Returns how often each of these records was written, its making included: what tells one state of
    /// a record from another.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn versions(&self, ids: &[Id]) -> Result<HashMap<Id, i64>, StorageError> {
        let sql =
            "SELECT c.record, max(c.seq) FROM {rows} JOIN changes c ON c.record = {0} GROUP BY c.record";
        let ids = self.inner.read.ids(ids.iter().copied());
        let rows = query("look how often records were written", sql).rows(ids).all(&self.inner.read).await?;
        Ok(rows.iter().map(|row| (row.id(0), row.get(1))).collect())
    }

    /// Returns what moved deals from stage to stage in `from..to`, their making included: oldest first, the
    /// latest `limit` of it.
    ///
    /// # Errors
    /// As [`Store::history`].
    pub async fn stage_changes(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<Entry>, StorageError> {
        let seen = self.and_seen(Kind::Deal, "d");
        let sql = format!(
            "{ENTRIES} JOIN deals d ON d.id = c.record WHERE a.at_us >= $1 AND a.at_us < $2{seen}
             AND (c.op = 'create' OR ',' || c.names || ',' LIKE '%,stage,%')
             ORDER BY c.id DESC LIMIT $3"
        );
        let moved = query("read how deals moved", sql).bind(from).bind(to).bind(limit);
        let rows = moved.all(&self.inner.read).await?;
        let keys = self.inner.keys_in(&rows, 10).await?;
        rows.iter().rev().map(|row| entry(&keys, row)).collect()
    }

    /// Returns the acts after `from` that made or changed records of these kinds, each with the record and
    /// when it was done, oldest first. What was taken back since is left out, and what took something back.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn acts_on(
        &self,
        kinds: &[Kind],
        from: Timestamp,
    ) -> Result<Vec<(Id, RecordRef, Timestamp)>, StorageError> {
        // They are names of our own.
        let kinds: Vec<String> = kinds.iter().map(|kind| format!("'{kind}'")).collect();
        if kinds.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT DISTINCT a.id, c.record_kind, c.record, a.at_us FROM acts a JOIN changes c ON c.act = a.id
             WHERE a.at_us > $1 AND a.undoes IS NULL AND a.undone_by IS NULL AND c.op IN ('create', 'update')
               AND c.record_kind IN ({}) ORDER BY a.at_us, a.id, c.record",
            kinds.join(", ")
        );
        let rows = query("read what was done", sql).bind(from).all(&self.inner.read).await?;
        let about = |row: &Row| Kind::by_name(row.get(1)).map(|kind| RecordRef::new(kind, row.id(2)));
        let rows = self.seen_of(rows, about).await?;
        let of = |row: &Row| Some((row.id(0), about(row)?, Timestamp::from_micros(row.get(3))));
        Ok(rows.iter().filter_map(of).collect())
    }

    /// Returns what was done in an act, in order.
    ///
    /// # Errors
    /// As [`Store::history`].
    pub async fn act_entries(&self, act: Id) -> Result<Vec<Entry>, StorageError> {
        let all = entries(&self.inner, &self.inner.read, Which::OfAct(act)).await?;
        self.seen_of(all, |entry| Some(entry.change.record)).await
    }

    /// Returns what was done because of an event, in order.
    ///
    /// # Errors
    /// As [`Store::history`].
    pub async fn caused_by(&self, event: Id) -> Result<Vec<Entry>, StorageError> {
        let all = entries(&self.inner, &self.inner.read, Which::CausedBy(event)).await?;
        self.seen_of(all, |entry| Some(entry.change.record)).await
    }

    /// Returns a record as it was at a time; `None` if it did not exist then.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn as_of(&self, record: RecordRef, at: Timestamp) -> Result<Option<Record>, StorageError> {
        let Some(mut then) = self.record(record).await? else { return Ok(None) };
        let later = self.history(record).await?;
        for Entry { change, .. } in later.iter().rev().filter(|entry| entry.act.at > at) {
            match change.op {
                Op::Create => return Ok(None),
                Op::Delete => then.deleted = false,
                Op::Restore => then.deleted = true,
                Op::Update | Op::Erase => {}
            }
            for FieldChange { field, before, .. } in &change.fields {
                if before.is_null() {
                    then.fields.remove(field);
                } else {
                    then.fields.insert(field.clone(), before.clone());
                }
            }
        }
        Ok(Some(then))
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

    /// Counts the events of a name that are about a record and happened after `since`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn n_events(
        &self,
        record: RecordRef,
        name: &str,
        since: Timestamp,
    ) -> Result<i64, StorageError> {
        let sql = "SELECT count(*) FROM events WHERE record = $1 AND name = $2 AND at_us > $3";
        query("count events", sql).bind(record.id).bind(name).bind(since).value(&self.inner.read).await
    }

    /// Returns an event.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn event(&self, id: Id) -> Result<Option<Event>, StorageError> {
        // What is unusual is so in the figures of the whole house.
        let of_all = if self.sight.is_some() { " AND e.name <> 'anomaly'" } else { "" };
        let row = query(
            "read an event",
            format!(
                "SELECT e.at_us, e.record_kind, e.record, e.cause, e.depth, e.what FROM events e
                 WHERE e.id = $1{of_all}"
            ),
        )
        .bind(id.0)
        .optional(&self.inner.read)
        .await?;
        let event = row.map(|r| {
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
        });
        let event = event.transpose()?.into_iter().collect();
        Ok(self.seen_of(event, |event: &Event| event.about).await?.pop())
    }
}

/// Reads journal entries, oldest first.
pub(crate) async fn entries(
    inner: &Inner,
    on: impl Into<On<'_>>,
    which: Which,
) -> Result<Vec<Entry>, StorageError> {
    let (condition, order, id) = match which {
        Which::OfRecord(id) => ("c.record = $1", "c.seq", id),
        Which::OfAct(id) => ("c.act = $1", "c.id", id),
        Which::CausedBy(id) => ("a.cause = $1", "c.id", id),
    };
    let sql = format!("{ENTRIES} WHERE {condition} ORDER BY {order}");
    let rows = query("read the journal", sql).bind(id).all(on).await?;
    let keys = inner.keys_in(&rows, 10).await?;
    rows.iter().map(|row| entry(&keys, row)).collect()
}

/// Reads the journal entries of many records, each one's oldest first.
pub(crate) async fn entries_of(inner: &Inner, records: &[Id]) -> Result<Vec<Entry>, StorageError> {
    let sql = format!("{ENTRIES} WHERE c.record {{any}} ORDER BY c.record, c.seq");
    let ids = inner.read.ids(records.iter().copied());
    let rows = query("read the journal", sql).rows(ids).all(&inner.read).await?;
    let keys = inner.keys_in(&rows, 10).await?;
    rows.iter().map(|row| entry(&keys, row)).collect()
}

pub(crate) fn entry(keys: &Keys, row: &Row) -> Result<Entry, StorageError> {
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
