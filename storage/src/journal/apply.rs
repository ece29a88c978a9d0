//! Writes changes into the records' own tables, by the field registry.

use std::collections::{BTreeMap, HashMap};

use rapport_model::fields::{self, Field, Protection, Type};
use rapport_model::{Change, Id, Kind, Op, Timestamp, Value};

use super::Sealing;
use crate::db::{Column, Db, RowWriter, query};
use crate::error::StorageError;
use crate::keys::{Cell, KeyId};
use crate::open::Inner;

/// Inserts created records, a statement for each kind and set of fields.
pub(super) async fn create(
    db: &mut Db,
    inner: &Inner,
    sealing: &Sealing,
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
        let fields = find(kind, &names)?;
        let mut table = Table::of(&["id", "key_id"]);
        if kind.letter().is_some() {
            table.add("number", Column::Int);
        }
        fields.iter().for_each(|field| table.add_field(field));
        let mut rows = db.rows(&table.columns);
        for change in group {
            let id = change.record.id;
            let key = sealing.key(id);
            let mut row = rows.row().int(id.0).int(key.0);
            if kind.letter().is_some() {
                row = row.int(numbers.get(&id).copied());
            }
            for (field, value) in fields.iter().zip(&change.fields) {
                row = put(row, inner, sealing, (kind, id, key), field, &value.after);
            }
        }
        let (into, from) = (table.names.join(", "), table.places(0).join(", "));
        let sql = format!("INSERT INTO {} ({into}) SELECT {from} FROM {{rows}}", kind.table());
        query("create records", sql).rows(rows).run(&mut *db).await?;
    }
    Ok(numbers)
}

/// Gives short numbers to created records of kinds that have them.
async fn number(db: &mut Db, changes: &[&Change]) -> Result<HashMap<Id, i64>, StorageError> {
    let mut wanting: BTreeMap<Kind, Vec<Id>> = BTreeMap::new();
    for change in changes.iter().filter(|c| c.op == Op::Create && c.record.kind.letter().is_some()) {
        wanting.entry(change.record.kind).or_default().push(change.record.id);
    }
    let mut rows = db.rows(&[Column::Text, Column::Int]);
    for (kind, ids) in &wanting {
        rows.row().text(kind.name()).int(ids.len() as i64);
    }
    let next = query(
        "give short numbers",
        "INSERT INTO counters (kind, next) SELECT {0}, 1 + {1} FROM {rows} WHERE true
         ON CONFLICT (kind) DO UPDATE SET next = counters.next + excluded.next - 1 RETURNING kind, next",
    );
    let next = next.rows(rows).all(db).await?;
    let next: HashMap<&str, i64> = next.iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut numbers = HashMap::new();
    for (kind, ids) in wanting {
        let first = next[kind.name()] - ids.len() as i64;
        numbers.extend(ids.into_iter().zip(first..));
    }
    Ok(numbers)
}

/// A record with the values that its group of fields gets.
type NewValues<'a> = (Id, Vec<&'a Value>);

/// Updates records to their last values, a statement for each kind and set of fields.
pub(super) async fn update(
    db: &mut Db,
    inner: &Inner,
    sealing: &Sealing,
    changes: &[&Change],
) -> Result<(), StorageError> {
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
        let fields = find(kind, &names)?;
        let mut table = Table::of(&["id"]);
        fields.iter().for_each(|field| table.add_field(field));
        let mut rows = db.rows(&table.columns);
        for (id, values) in group {
            let key = sealing.of.get(&id).copied().unwrap_or(crate::keys::HOUSE_KEY);
            let mut row = rows.row().int(id.0);
            for (field, value) in fields.iter().zip(values) {
                row = put(row, inner, sealing, (kind, id, key), field, value);
            }
        }
        let set: Vec<String> = table
            .names
            .iter()
            .zip(table.places(0))
            .skip(1)
            .map(|(name, place)| format!("{name} = {place}"))
            .collect();
        let name = kind.table();
        let sql = format!("UPDATE {name} SET {} FROM {{rows}} WHERE {name}.id = {{0}}", set.join(", "));
        query("update records", sql).rows(rows).run(&mut *db).await?;
    }
    Ok(())
}

/// Takes records away and brings others back, a statement for each kind; the last that is said of a record
/// holds.
pub(super) async fn take_away_or_bring_back(
    db: &mut Db,
    now: Timestamp,
    changes: &[&Change],
) -> Result<(), StorageError> {
    let mut last: BTreeMap<(Kind, Id), bool> = BTreeMap::new();
    for change in changes.iter().filter(|c| matches!(c.op, Op::Delete | Op::Restore)) {
        last.insert((change.record.kind, change.record.id), change.op == Op::Delete);
    }
    let mut groups: BTreeMap<(Kind, bool), Vec<Id>> = BTreeMap::new();
    for ((kind, id), away) in last {
        groups.entry((kind, away)).or_default().push(id);
    }
    for ((kind, away), ids) in groups {
        let table = kind.table();
        let sql = format!("UPDATE {table} SET deleted_us = $1 FROM {{rows}} WHERE {table}.id = {{0}}");
        query("take records away", sql).rows(db.ids(ids)).bind(away.then_some(now)).run(&mut *db).await?;
    }
    Ok(())
}

/// Looks the fields up in the registry: their names become column names, so no other name
/// may pass.
fn find(kind: Kind, names: &[&str]) -> Result<Vec<&'static Field>, StorageError> {
    let find = |name: &&str| {
        fields::field(kind, name)
            .ok_or_else(|| StorageError::Refused(format!("a {kind} has no field {name:?}")))
    };
    names.iter().map(find).collect()
}

/// The columns that a group of changes writes.
struct Table {
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Table {
    fn of(numbers: &[&str]) -> Self {
        let names = numbers.iter().map(|&n| n.to_owned()).collect();
        Self { names, columns: vec![Column::Int; numbers.len()] }
    }

    fn add(&mut self, name: impl Into<String>, column: Column) {
        self.names.push(name.into());
        self.columns.push(column);
    }

    fn add_field(&mut self, field: &Field) {
        if field.protection == Protection::Plain {
            self.add(field.name, column(field.ty));
        } else {
            self.add(field.name, Column::Bytes);
        }
        if field.protection == Protection::Blind {
            self.add(format!("{}_blind", field.name), Column::Bytes);
        }
    }

    /// Returns the places of the columns in the rows, from column `first`.
    fn places(&self, first: usize) -> Vec<String> {
        (first..self.columns.len()).map(|i| format!("{{{i}}}")).collect()
    }
}

/// Returns how a plain field travels.
fn column(ty: Type) -> Column {
    match ty {
        Type::Real => Column::Real,
        Type::Text => Column::Text,
        Type::Bool | Type::Int | Type::Time | Type::Ref(_) => Column::Int,
    }
}

/// Writes a field's value as [`Table::add_field`] names it. A value of another type than the
/// field's is written as the field's type, or not at all.
fn put<'r>(
    row: RowWriter<'r>,
    inner: &Inner,
    sealing: &Sealing,
    (kind, id, key): (Kind, Id, KeyId),
    field: &'static Field,
    value: &Value,
) -> RowWriter<'r> {
    if field.protection == Protection::Plain {
        return match column(field.ty) {
            Column::Real => match value.real() {
                Some(real) => row.real(real),
                None => row.null(),
            },
            Column::Text => row.text(value.text()),
            _ => row.int(value.int()),
        };
    }
    let text = value.text();
    let cell = Cell { table: kind.table(), column: field.name, row: id.0 };
    // What a destroyed key would seal has nobody to belong to.
    let alive = sealing.keys.usable(key) == key;
    let sealed = text.filter(|_| alive).map(|t| sealing.keys.seal(key, cell, t.as_bytes()));
    let row = row.bytes(sealed.as_deref());
    if field.protection == Protection::Sealed {
        return row;
    }
    let blind = text.filter(|_| alive).map(|t| inner.keyring.secrets.blind(field.name, t));
    row.bytes(blind.as_ref().map(|b| &b[..]))
}
