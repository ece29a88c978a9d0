//! The journal: applies changes to records and keeps their history, in one transaction.
//!
//! Each record has a chain of its own: a change's code covers its row as stored and the code of
//! the record's change before it. One chain over everything would be a lock.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use rapport_model::fields::{self, Field, Protection};
use rapport_model::record::FieldChange;
use rapport_model::{Act, Change, Id, Kind, Op, Timestamp, Value};
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use crate::error::{Context, StorageError};
use crate::open::Inner;
use crate::rows::{Rows, execute};
use crate::seal::{Cell, HOUSE_KEY, KeyId};

/// The names by which a journal entry is bound to its place.
const CHANGES: &str = "changes";

/// Applies acts in order and records them. Returns the short numbers of created records.
pub(crate) async fn apply(
    db: &mut SqliteConnection,
    inner: &Inner,
    acts: &[(Act, Vec<Change>)],
) -> Result<HashMap<Id, i64>, StorageError> {
    let changes: Vec<&Change> =
        acts.iter().flat_map(|(_, changes)| changes).filter(|c| !c.is_empty()).collect();
    if changes.is_empty() {
        return Ok(HashMap::new());
    }
    let numbers = create(db, inner, &changes).await?;
    update(db, inner, &changes).await?;
    take_away_or_bring_back(db, inner.clock.now(), &changes).await?;
    record(db, inner, acts).await?;
    enter_into_index(db, &changes).await?;
    Ok(numbers)
}

/// Inserts created records, a statement for each kind and set of fields.
async fn create(
    db: &mut SqliteConnection,
    inner: &Inner,
    changes: &[&Change],
) -> Result<HashMap<Id, i64>, StorageError> {
    let mut groups: BTreeMap<(Kind, Vec<&str>), Vec<&Change>> = BTreeMap::new();
    for change in changes.iter().filter(|c| c.op == Op::Create) {
        let names = change.fields.iter().map(|f| f.field.as_str()).collect();
        groups.entry((change.record.kind, names)).or_default().push(change);
    }
    // Short numbers follow the order of creation, not the grouping.
    let numbers = number(db, changes).await?;
    for ((kind, names), group) in groups {
        let columns = columns(kind, &names)?;
        let (mut into, mut from) = (String::from("id, key_id"), String::from("j.value->>0, j.value->>1"));
        let mut at = 2;
        if kind.letter().is_some() {
            into.push_str(", number");
            let _ = write!(from, ", j.value->>{at}");
            at += 1;
        }
        for field in &columns {
            each_column(field, &mut at, |column, value| {
                let _ = write!(into, ", {column}");
                let _ = write!(from, ", {value}");
            });
        }
        let sql = format!("INSERT INTO {} ({into}) SELECT {from} FROM json_each($1) j", kind.table());
        let mut rows = Rows::default();
        for change in group {
            let key = inner.sealer.key_of(crate::seal::Subject::House);
            let mut row = rows.row().int(change.record.id.0).int(key.0);
            if kind.letter().is_some() {
                row = row.int(numbers.get(&change.record.id).copied());
            }
            for (field, value) in columns.iter().zip(&change.fields) {
                row = put(row, inner, kind, change.record.id, key, field, &value.after);
            }
        }
        let (json, bytes) = rows.take();
        sqlx::query(AssertSqlSafe(sql))
            .bind(json)
            .bind(bytes)
            .execute(&mut *db)
            .await
            .context("create records")?;
    }
    Ok(numbers)
}

/// Gives short numbers to created records of kinds that have them.
async fn number(db: &mut SqliteConnection, changes: &[&Change]) -> Result<HashMap<Id, i64>, StorageError> {
    let mut wanting: BTreeMap<Kind, Vec<Id>> = BTreeMap::new();
    for change in changes.iter().filter(|c| c.op == Op::Create && c.record.kind.letter().is_some()) {
        wanting.entry(change.record.kind).or_default().push(change.record.id);
    }
    let mut numbers = HashMap::new();
    for (kind, ids) in wanting {
        let next: i64 = sqlx::query_scalar(
            "INSERT INTO counters (kind, next) VALUES ($1, 1 + $2)
             ON CONFLICT (kind) DO UPDATE SET next = next + $2 RETURNING next",
        )
        .bind(kind.name())
        .bind(ids.len() as i64)
        .fetch_one(&mut *db)
        .await
        .context("give short numbers")?;
        let first = next - ids.len() as i64;
        numbers.extend(ids.into_iter().zip(first..));
    }
    Ok(numbers)
}

/// A record with the values that its group of fields gets.
type NewValues<'a> = (Id, Vec<&'a Value>);

/// Updates records to their last values, a statement for each kind and set of fields.
async fn update(db: &mut SqliteConnection, inner: &Inner, changes: &[&Change]) -> Result<(), StorageError> {
    let mut last: BTreeMap<(Kind, Id), BTreeMap<&str, &Value>> = BTreeMap::new();
    for change in changes.iter().filter(|c| c.op == Op::Update) {
        let fields = last.entry((change.record.kind, change.record.id)).or_default();
        fields.extend(change.fields.iter().map(|f| (f.field.as_str(), &f.after)));
    }
    let mut groups: BTreeMap<(Kind, Vec<&str>), Vec<NewValues<'_>>> = BTreeMap::new();
    for ((kind, id), fields) in last {
        let (names, values) = fields.into_iter().unzip();
        groups.entry((kind, names)).or_default().push((id, values));
    }
    for ((kind, names), group) in groups {
        let columns = columns(kind, &names)?;
        let (mut set, mut at) = (String::new(), 1);
        for field in &columns {
            each_column(field, &mut at, |column, value| {
                let _ = write!(set, "{}{column} = {value}", if set.is_empty() { "" } else { ", " });
            });
        }
        let table = kind.table();
        let sql = format!("UPDATE {table} SET {set} FROM json_each($1) j WHERE {table}.id = j.value->>0");
        let mut rows = Rows::default();
        for (id, values) in group {
            let mut row = rows.row().int(id.0);
            for (field, value) in columns.iter().zip(values) {
                row = put(row, inner, kind, id, HOUSE_KEY, field, value);
            }
        }
        let (json, bytes) = rows.take();
        sqlx::query(AssertSqlSafe(sql))
            .bind(json)
            .bind(bytes)
            .execute(&mut *db)
            .await
            .context("update records")?;
    }
    Ok(())
}

async fn take_away_or_bring_back(
    db: &mut SqliteConnection,
    now: Timestamp,
    changes: &[&Change],
) -> Result<(), StorageError> {
    for change in changes.iter().filter(|c| matches!(c.op, Op::Delete | Op::Restore)) {
        let sql = format!("UPDATE {} SET deleted_us = $2 WHERE id = $1", change.record.kind.table());
        sqlx::query(AssertSqlSafe(sql))
            .bind(change.record.id.0)
            .bind((change.op == Op::Delete).then_some(now.micros()))
            .execute(&mut *db)
            .await
            .context("take away a record")?;
    }
    Ok(())
}

/// Looks the fields up in the registry: their names become column names, so no other name
/// may pass.
fn columns(kind: Kind, names: &[&str]) -> Result<Vec<&'static Field>, StorageError> {
    let find = |name: &&str| {
        fields::field(kind, name)
            .ok_or_else(|| StorageError::Refused(format!("a {kind} has no field {name:?}")))
    };
    names.iter().map(find).collect()
}

/// Calls `column` with each column of a field and the expression that takes its value from the
/// row, counting the values.
fn each_column(field: &Field, at: &mut usize, mut column: impl FnMut(&str, String)) {
    let bytes = |at: usize| format!("substr($2, j.value->>{at}, j.value->>{})", at + 1);
    match field.protection {
        Protection::Plain => {
            column(field.name, format!("j.value->>{at}"));
            *at += 1;
        }
        Protection::Sealed => {
            column(field.name, bytes(*at));
            *at += 2;
        }
        Protection::Blind => {
            column(field.name, bytes(*at));
            column(&format!("{}_blind", field.name), bytes(*at + 2));
            *at += 4;
        }
    }
}

/// Writes a field's value as [`each_column`] takes it.
fn put<'r>(
    row: crate::rows::Row<'r>,
    inner: &Inner,
    kind: Kind,
    id: Id,
    key: KeyId,
    field: &'static Field,
    value: &Value,
) -> crate::rows::Row<'r> {
    if field.protection == Protection::Plain {
        return match value {
            Value::Null => row.null(),
            Value::Bool(b) => row.int(i64::from(*b)),
            Value::Int(i) => row.int(*i),
            Value::Real(r) => row.real(*r),
            Value::Text(t) => row.text(t.as_str()),
        };
    }
    let text = value.text();
    let cell = Cell { table: kind.table(), column: field.name, row: id.0 };
    let sealed = text.map(|t| inner.sealer.seal(key, cell, t.as_bytes()));
    let row = row.bytes(sealed.as_deref());
    if field.protection == Protection::Sealed {
        return row;
    }
    let blind = text.map(|t| inner.sealer.blind(field.name, t));
    row.bytes(blind.as_ref().map(|b| &b[..]))
}

/// Writes the journal rows, chained record by record.
async fn record(
    db: &mut SqliteConnection,
    inner: &Inner,
    acts: &[(Act, Vec<Change>)],
) -> Result<(), StorageError> {
    let now = inner.clock.now();
    let mut heads = heads(db, acts).await?;
    let (mut act_rows, mut undone, mut change_rows) = (Rows::default(), Rows::default(), Rows::default());
    for (act, changes) in acts {
        if changes.iter().all(Change::is_empty) {
            continue;
        }
        act_rows
            .row()
            .int(act.id.0)
            .int(act.at.micros())
            .text(act.actor.to_string().as_str())
            .int(act.cause.map(|c| c.0))
            .int(act.undoes.map(|u| u.0));
        if let Some(other) = act.undoes {
            undone.row().int(other.0).int(act.id.0);
        }
        for change in changes.iter().filter(|c| !c.is_empty()) {
            let id = inner.ids.next(now);
            let cell = Cell { table: CHANGES, column: "fields", row: id.0 };
            let json = serde_json::to_vec(&change.fields).expect("values are JSON");
            let sealed = inner.sealer.seal(HOUSE_KEY, cell, &json);
            let names = names(&change.fields);
            let (seq, before) = heads.get(&change.record.id.0).copied().unwrap_or((0, [0; 16]));
            let mac = change_mac(inner, id, act.id, change, &names, &sealed, seq + 1, &before);
            heads.insert(change.record.id.0, (seq + 1, mac));
            change_rows
                .row()
                .int(id.0)
                .int(act.id.0)
                .text(change.record.kind.name())
                .int(change.record.id.0)
                .text(change.op.name())
                .text(names.as_str())
                .int(HOUSE_KEY.0)
                .bytes(&sealed[..])
                .int(seq + 1)
                .bytes(&mac[..]);
        }
    }
    execute(
        db,
        act_rows,
        "record acts",
        "INSERT INTO acts (id, at_us, actor, cause, undoes)
         SELECT j.value->>0, j.value->>1, j.value->>2, j.value->>3, j.value->>4 FROM json_each($1) j",
    )
    .await?;
    execute(
        db,
        undone,
        "mark acts as taken back",
        "UPDATE acts SET undone_by = j.value->>1 FROM json_each($1) j WHERE acts.id = j.value->>0",
    )
    .await?;
    execute(
        db,
        change_rows,
        "record changes",
        "INSERT INTO changes (id, act, record_kind, record, op, names, key_id, fields, seq, mac)
         SELECT j.value->>0, j.value->>1, j.value->>2, j.value->>3, j.value->>4, j.value->>5, j.value->>6,
                substr($2, j.value->>7, j.value->>8), j.value->>9, substr($2, j.value->>10, j.value->>11)
         FROM json_each($1) j",
    )
    .await
}

fn names(fields: &[FieldChange]) -> String {
    fields.iter().map(|f| f.field.as_str()).collect::<Vec<_>>().join(",")
}

/// Returns the code of one journal row: over all of it as stored, and the code before.
#[allow(clippy::too_many_arguments)] // It is the row.
fn change_mac(
    inner: &Inner,
    id: Id,
    act: Id,
    change: &Change,
    names: &str,
    sealed: &[u8],
    seq: i64,
    before: &[u8; 16],
) -> [u8; 16] {
    inner.sealer.journal_mac(&[
        &id.0.to_le_bytes(),
        &act.0.to_le_bytes(),
        change.record.kind.name().as_bytes(),
        &change.record.id.0.to_le_bytes(),
        change.op.name().as_bytes(),
        names.as_bytes(),
        sealed,
        &seq.to_le_bytes(),
        before,
    ])
}

/// Returns the last sequence number and code of each record that is changed and was not just
/// created.
async fn heads(
    db: &mut SqliteConnection,
    acts: &[(Act, Vec<Change>)],
) -> Result<HashMap<i64, (i64, [u8; 16])>, StorageError> {
    let changes = || acts.iter().flat_map(|(_, changes)| changes).filter(|c| !c.is_empty());
    let created: std::collections::HashSet<i64> =
        changes().filter(|c| c.op == Op::Create).map(|c| c.record.id.0).collect();
    let mut ids: Vec<i64> = changes().map(|c| c.record.id.0).filter(|id| !created.contains(id)).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query(
        "SELECT c.record, c.seq, c.mac FROM json_each($1) j
         JOIN changes c ON c.record = j.value
          AND c.seq = (SELECT max(seq) FROM changes WHERE record = j.value)",
    )
    .bind(Rows::ids(ids))
    .fetch_all(&mut *db)
    .await
    .context("find the ends of histories")?;
    rows.iter()
        .map(|row| {
            let mac: Vec<u8> = row.get(2);
            let mac = mac.try_into().map_err(|_| StorageError::Corrupt {
                what: format!("journal of record {}", row.get::<i64, _>(0)),
                why: "its last code has a wrong length".into(),
            })?;
            Ok((row.get(0), (row.get(1), mac)))
        })
        .collect()
}

/// Tells the search index which records to take over again.
async fn enter_into_index(db: &mut SqliteConnection, changes: &[&Change]) -> Result<(), StorageError> {
    let mut rows = Rows::default();
    let mut entered = std::collections::HashSet::new();
    for change in changes {
        let kind = change.record.kind;
        let searchable = |name: &str| fields::field(kind, name).is_some_and(|f| f.searchable);
        let matters = match change.op {
            Op::Update => change.fields.iter().any(|f| searchable(&f.field) || f.field == "customer"),
            _ => fields::fields(kind).iter().any(|f| f.searchable),
        };
        if matters && entered.insert(change.record) {
            rows.row().text(kind.name()).int(change.record.id.0);
        }
    }
    execute(db, rows, "enter records for the index", crate::index_log::ENTER).await
}
