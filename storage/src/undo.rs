//! Taking acts back.

use rapport_model::fields::{self, Type};
use rapport_model::{Act, Actor, Change, Id, Kind, Op, RecordRef, Value};

use crate::db::{Db, Row, query};
use crate::error::StorageError;
use crate::history::{Entry, Which, entries};
use crate::open::{Inner, Store};
use crate::sight::Sight;
use crate::{journal, records};

/// Why something cannot be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is nothing to take back.
    Nothing,
    /// It was taken back already.
    AlreadyUndone,
    /// It was an erasure, or is about somebody who was erased.
    Erased,
    /// Something later rests on it: that field of that record has changed since.
    ChangedSince {
        /// The record.
        record: RecordRef,
        /// The field.
        field: String,
    },
    /// Something later rests on it: this record was made for the one that would go.
    NeededBy {
        /// The record.
        record: RecordRef,
        /// The record that points at it.
        by: RecordRef,
    },
}

/// What was taken back, or why not.
pub type Undone = Result<Vec<Change>, Refusal>;

impl Store {
    /// Returns the last act of `actor` that was not taken back and is no undo itself; nothing where what
    /// it did is not seen.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn last_act(&self, actor: &Actor) -> Result<Option<Id>, StorageError> {
        let act: Option<i64> = query(
            "look for the last act",
            "SELECT id FROM acts WHERE actor = $1 AND undone_by IS NULL AND undoes IS NULL ORDER BY id DESC LIMIT 1",
        )
        .bind(actor.to_string())
        .optional_value(&self.inner.read)
        .await?;
        // An older one is not what whoever wants the last back means.
        match act.map(Id) {
            Some(act) if self.sees_act(act).await? => Ok(Some(act)),
            _ => Ok(None),
        }
    }

    /// Tells whether all is seen of what an act did: else it cannot be taken back.
    async fn sees_act(&self, act: Id) -> Result<bool, StorageError> {
        let Some(sight) = &self.sight else { return Ok(true) };
        let rows = query("look what an act did", "SELECT record_kind, record FROM changes WHERE act = $1")
            .bind(act)
            .all(&self.inner.read)
            .await?;
        let record = |row: &Row| Some(RecordRef::new(Kind::by_name(row.get(0))?, row.id(1)));
        let records: Vec<RecordRef> = rows.iter().filter_map(record).collect();
        sight.sees_all(&self.inner.read, self.inner.engine(), &records).await
    }

    /// Takes an act back: writes its inverse as an act of `actor`, unless something later rests
    /// on it. Returns the changes that were made.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub async fn undo(&self, act: Id, actor: Actor) -> Result<Undone, StorageError> {
        let (inner, undo) = (self.inner.clone(), Act { undoes: Some(act), ..self.act_by(actor) });
        let (sight, terms) = (self.sight.clone(), self.terms.clone());
        self.write(move |db| {
            let (inner, undo, sight) = (inner.clone(), undo.clone(), sight.clone());
            let terms = terms.clone();
            Box::pin(async move {
                let made = undo.id;
                let undone = take_back(&mut *db, &inner, act, undo, sight.as_deref()).await?;
                if let (Some(terms), Ok(_)) = (&terms, &undone) {
                    terms.hold(db, &inner, made).await?;
                }
                Ok(undone)
            })
        })
        .await
    }
}

async fn take_back(
    db: &mut Db,
    inner: &Inner,
    act: Id,
    undo: Act,
    sight: Option<&Sight>,
) -> Result<Undone, StorageError> {
    let entries = entries(inner, &mut *db, Which::OfAct(act)).await?;
    let Some(first) = entries.first() else { return Ok(Err(Refusal::Nothing)) };
    if let Some(sight) = sight {
        let records: Vec<RecordRef> = entries.iter().map(|entry| entry.change.record).collect();
        let engine = db.engine();
        if !sight.sees_all(&mut *db, engine, &records).await? {
            return Ok(Err(Refusal::Nothing));
        }
    }
    if first.undone_by.is_some() {
        return Ok(Err(Refusal::AlreadyUndone));
    }
    for entry in entries.iter().rev() {
        if let Some(refusal) = rests_on(db, inner, entry).await? {
            return Ok(Err(refusal));
        }
    }
    let inverse: Vec<Change> = entries.iter().rev().map(|e| e.change.inverse()).collect();
    journal::apply(db, inner, &[(undo, inverse.clone())], &std::collections::HashMap::new()).await?;
    Ok(Ok(inverse))
}

/// Tells what later rests on a change.
async fn rests_on(db: &mut Db, inner: &Inner, entry: &Entry) -> Result<Option<Refusal>, StorageError> {
    let Change { record, op, fields } = &entry.change;
    match op {
        Op::Erase => return Ok(Some(Refusal::Erased)),
        Op::Create => return needed_by(db, *record, entry.act.id).await,
        Op::Delete | Op::Restore => return Ok(None),
        Op::Update => {}
    }
    if fields.is_empty() {
        return Ok(Some(Refusal::Erased));
    }
    let Some(now) = records::load(inner, &mut *db, record.kind, [record.id]).await?.pop() else {
        return Ok(Some(Refusal::Nothing));
    };
    let changed = fields.iter().find(|f| !same(now.get(&f.field), &f.after));
    Ok(changed.map(|f| Refusal::ChangedSince { record: *record, field: f.field.clone() }))
}

/// Finds a record that was made for `record` by another act than the one that made it, and
/// still stands.
async fn needed_by(db: &mut Db, record: RecordRef, made_by: Id) -> Result<Option<Refusal>, StorageError> {
    for (kind, field) in references_to(record.kind) {
        let alive = alive(kind);
        let sql = format!(
            "SELECT t.id FROM {} t WHERE t.{field} = $1 {alive}
             AND NOT EXISTS (SELECT 1 FROM changes c WHERE c.record = t.id AND c.act = $2) LIMIT 1",
            kind.table()
        );
        let by: Option<i64> = query("find what rests on a record", sql)
            .bind(record.id)
            .bind(made_by)
            .optional_value(&mut *db)
            .await?;
        if let Some(by) = by {
            return Ok(Some(Refusal::NeededBy { record, by: RecordRef::new(kind, Id(by)) }));
        }
    }
    Ok(None)
}

/// Returns the condition that a row `t` of a kind stands.
pub(crate) const fn alive(kind: Kind) -> &'static str {
    match kind {
        Kind::Message | Kind::Attachment => "",
        _ => "AND t.deleted_us IS NULL",
    }
}

/// Returns which fields of which kinds point at records of `kind`.
pub(crate) fn references_to(kind: Kind) -> impl Iterator<Item = (Kind, &'static str)> {
    let of = move |from: &Kind| {
        let fields = fields::fields(*from).iter().filter(move |f| f.ty == Type::Ref(kind));
        let from = *from;
        fields.map(move |f| (from, f.name))
    };
    Kind::ALL.iter().flat_map(of)
}

/// Compares values as the database keeps them: yes and no are 1 and 0.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    a == b || (a.int().is_some() && a.int() == b.int()) || (a.real().is_some() && a.real() == b.real())
}
