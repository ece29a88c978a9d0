//! Reading records back, whatever their kind, by the field registry.

use std::collections::{BTreeMap, HashMap};

use rapport_model::fields::{self, Protection, Type};
use rapport_model::{Id, Kind, Record, RecordRef, Timestamp, Value};

use crate::db::{Bind, On, Query, Row, query};
use crate::error::StorageError;
use crate::keys::{Cell, KeyId, Keys};
use crate::open::{Inner, Store};

/// Which records to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only where these plain fields have these values; null means "has none".
    pub equal: Vec<(&'static str, Value)>,
    /// Only where this plain field is below the value.
    pub below: Option<(&'static str, Value)>,
    /// Only where these plain fields have a value.
    pub filled: Vec<&'static str>,
    /// Only those made before this one: the next page of a list that has no order of its own.
    pub before: Option<Id>,
    /// Only where something was changed at this time or later.
    pub changed_since: Option<Timestamp>,
    /// Only those that have this tag.
    pub tag: Option<String>,
    /// The plain field to sort by, and whether the greatest comes first.
    pub order: Option<(&'static str, bool)>,
    /// How many at most; 100 when 0.
    pub limit: u32,
}

impl Store {
    /// Loads records of a kind by id, in the order given.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn records(&self, kind: Kind, ids: &[Id]) -> Result<Vec<Record>, StorageError> {
        if matches!(kind, Kind::Message | Kind::Attachment) {
            return Err(StorageError::Refused(format!(
                "a {kind} is no record with a history: load it as a message"
            )));
        }
        load_if(&self.inner, &self.inner.read, kind, ids.iter().copied(), &self.and_seen(kind, "t")).await
    }

    async fn load_records(&self, kind: Kind, rows: &[Row]) -> Result<Vec<Record>, StorageError> {
        open_all(&self.inner, kind, rows).await
    }

    /// Loads one record.
    ///
    /// # Errors
    /// As [`Store::records`].
    pub async fn record(&self, record: RecordRef) -> Result<Option<Record>, StorageError> {
        Ok(self.records(record.kind, &[record.id]).await?.pop())
    }

    /// Finds a record by its short number.
    ///
    /// # Errors
    /// As [`Store::records`].
    pub async fn by_number(&self, kind: Kind, number: i64) -> Result<Option<Record>, StorageError> {
        if kind.letter().is_none() {
            return Ok(None);
        }
        let sql = format!("{} WHERE t.number = $1{}", select(kind), self.and_seen(kind, "t"));
        let row = query("find a record by number", sql).bind(number).optional(&self.inner.read).await?;
        Ok(self.load_records(kind, row.as_slice()).await?.pop())
    }

    /// Lists records that were not taken away.
    ///
    /// # Errors
    /// As [`Store::records`]; a filter on a field that is not plain is refused.
    pub async fn list(&self, kind: Kind, filter: &Filter) -> Result<Vec<Record>, StorageError> {
        let plain = |name: &str| match fields::field(kind, name) {
            Some(f) if f.protection == Protection::Plain => Ok(()),
            _ => Err(StorageError::Refused(format!("records cannot be listed by {kind}.{name}"))),
        };
        let mut sql = format!("{} WHERE t.deleted_us IS NULL{}", select(kind), self.and_seen(kind, "t"));
        let mut values = Vec::new();
        for (name, value) in &filter.equal {
            plain(name)?;
            values.push((*name, value));
            sql.push_str(&format!(" AND t.{name} IS NOT DISTINCT FROM ${}", values.len()));
        }
        for name in &filter.filled {
            plain(name)?;
            sql.push_str(&format!(" AND t.{name} IS NOT NULL"));
        }
        if let Some((name, value)) = &filter.below {
            plain(name)?;
            values.push((*name, value));
            sql.push_str(&format!(" AND t.{name} < ${}", values.len()));
        }
        let mut more = Vec::new();
        if let Some(before) = filter.before {
            more.push(Bind::from(before));
            sql.push_str(&format!(" AND t.id < ${}", values.len() + more.len()));
        }
        if let Some(since) = filter.changed_since {
            more.push(Bind::from(since));
            sql.push_str(&format!(
                " AND EXISTS (SELECT 1 FROM changes c JOIN acts a ON a.id = c.act
                  WHERE c.record = t.id AND a.at_us >= ${})",
                values.len() + more.len()
            ));
        }
        if let Some(tag) = &filter.tag {
            plain("tags")?;
            // As it stands in the list, which is JSON.
            more.push(Bind::from(serde_json::to_string(tag).expect("a text is JSON")));
            sql.push_str(&format!(" AND replace(t.tags, ${}, '') <> t.tags", values.len() + more.len()));
        }
        match filter.order {
            Some((name, descending)) => {
                plain(name)?;
                let direction = if descending { "DESC" } else { "ASC" };
                sql.push_str(&format!(" ORDER BY t.{name} IS NULL, t.{name} {direction}, t.id {direction}"));
            }
            None => sql.push_str(" ORDER BY t.id DESC"),
        }
        sql.push_str(&format!(" LIMIT {}", if filter.limit == 0 { 100 } else { filter.limit }));
        let mut list = query("list records", sql);
        for (name, value) in values {
            let ty = fields::field(kind, name).map(|f| f.ty);
            list = match (ty, value) {
                (Some(Type::Text), value) => list.bind(value.text()),
                (Some(Type::Real), value) => list.bind(value.real()),
                (_, value) => list.bind(value.int()),
            };
        }
        let list = more.into_iter().fold(list, Query::bind);
        let rows = list.all(&self.inner.read).await?;
        self.load_records(kind, &rows).await
    }

    /// Counts the records of a kind that were not taken away.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn count(&self, kind: Kind) -> Result<i64, StorageError> {
        let condition = match kind {
            Kind::Message | Kind::Attachment => "true",
            _ => "t.deleted_us IS NULL",
        };
        let seen = self.and_seen(kind, "t");
        query("count records", format!("SELECT count(*) FROM {} t WHERE {condition}{seen}", kind.table()))
            .value(&self.inner.read)
            .await
    }

    /// Finds the identity of that value, with the customer and the company it belongs to.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn identity(&self, channel: &str, value: &str) -> Result<Option<Record>, StorageError> {
        let seen = self.and_seen(Kind::Identity, "t");
        let sql = format!("{} WHERE t.channel = $1 AND t.value_blind = $2{seen}", select(Kind::Identity));
        let row = query("find an identity", sql)
            .bind(channel)
            .bind(&self.inner.keyring.secrets.blind("value", value)[..])
            .optional(&self.inner.read)
            .await?;
        Ok(self.load_records(Kind::Identity, row.as_slice()).await?.pop())
    }

    /// Tells whether somebody is known by that value, also somebody who is not seen: nobody else can be.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn is_taken(&self, channel: &str, value: &str) -> Result<bool, StorageError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM identities WHERE channel = $1 AND value_blind = $2)";
        let taken = query("look whether an address is taken", sql)
            .bind(channel)
            .bind(&self.inner.keyring.secrets.blind("value", value)[..]);
        Ok(taken.one(&self.inner.read).await?.flag(0))
    }

    /// Returns by what customers or companies are known: addresses, domains, numbers.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn identities_of(
        &self,
        kind: Kind,
        ids: &[Id],
    ) -> Result<HashMap<Id, Vec<String>>, StorageError> {
        let known = self.known_by(kind, ids).await?;
        let values = |known: Vec<(String, String)>| known.into_iter().map(|(_, value)| value).collect();
        Ok(known.into_iter().map(|(id, known)| (id, values(known))).collect())
    }

    /// Returns the same with the channel of each before it.
    ///
    /// # Errors
    /// As [`Store::identities_of`].
    pub async fn known_by(
        &self,
        kind: Kind,
        ids: &[Id],
    ) -> Result<HashMap<Id, Vec<(String, String)>>, StorageError> {
        let (column, sort) = match kind {
            Kind::Customer => ("customer", ""),
            Kind::Company => ("company", " AND i.channel = 'domain'"),
            _ => return Ok(HashMap::new()),
        };
        let seen = self.and_sees(kind, "{0}");
        let sql = format!(
            "SELECT i.{column}, i.id, i.key_id, i.value, i.channel FROM {{rows}}
             JOIN identities i ON i.{column} = {{0}}{sort} WHERE i.deleted_us IS NULL{seen} ORDER BY i.id"
        );
        let rows = query("list identities", sql)
            .rows(self.inner.read.ids(ids.iter().copied()))
            .all(&self.inner.read)
            .await?;
        let keys = self.inner.keys_in(&rows, 2).await?;
        let mut all: HashMap<Id, Vec<(String, String)>> = HashMap::new();
        for row in &rows {
            let cell = Cell { table: "identities", column: "value", row: row.get(1) };
            let value = keys.open_text(KeyId(row.get(2)), cell, row.get(3))?;
            all.entry(Id(row.get(0))).or_default().push((row.get(4), value));
        }
        Ok(all)
    }
}

/// Loads records by id, in the order given; of messages and attachments only what is plain.
pub(crate) async fn load(
    inner: &Inner,
    on: impl Into<On<'_>>,
    kind: Kind,
    ids: impl IntoIterator<Item = Id>,
) -> Result<Vec<Record>, StorageError> {
    load_if(inner, on, kind, ids, "").await
}

/// Loads records as [`load`] does, those that pass a condition.
async fn load_if(
    inner: &Inner,
    on: impl Into<On<'_>>,
    kind: Kind,
    ids: impl IntoIterator<Item = Id>,
    and: &str,
) -> Result<Vec<Record>, StorageError> {
    let sql = format!("{} JOIN {{rows}} ON t.id = {{0}} WHERE true{and} ORDER BY {{at}}", select(kind));
    let rows = query("load records", sql).rows(inner.read.ids(ids)).all(on).await?;
    open_all(inner, kind, &rows).await
}

pub(crate) async fn open_all(inner: &Inner, kind: Kind, rows: &[Row]) -> Result<Vec<Record>, StorageError> {
    let keys = inner.keys_in(rows, 1).await?;
    rows.iter().map(|row| open(&keys, kind, row)).collect()
}

/// Returns the fields of a kind that its records are loaded with.
fn loaded(kind: Kind) -> impl Iterator<Item = &'static fields::Field> {
    // A message's words are packed and have a loader of their own.
    let whole = !matches!(kind, Kind::Message | Kind::Attachment);
    fields::fields(kind).iter().filter(move |f| whole || f.protection == Protection::Plain)
}

/// Returns the start of a statement that reads records of a kind: id, key, number, whether it
/// was taken away, then the fields in the registry's order.
pub(crate) fn select(kind: Kind) -> String {
    let number = if kind.letter().is_some() { "t.number" } else { "CAST(0 AS BIGINT)" };
    let deleted = match kind {
        Kind::Message | Kind::Attachment => "CAST(0 AS BIGINT)",
        _ => "t.deleted_us IS NOT NULL",
    };
    let columns: String = loaded(kind).map(|f| format!(", t.{}", f.name)).collect();
    format!("SELECT t.id, t.key_id, {number}, {deleted}{columns} FROM {} t", kind.table())
}

fn open(keys: &Keys, kind: Kind, row: &Row) -> Result<Record, StorageError> {
    let id: i64 = row.get(0);
    let key = KeyId(row.get(1));
    let mut values = BTreeMap::new();
    for (i, field) in loaded(kind).enumerate() {
        let at = i + 4;
        let value = if field.protection == Protection::Plain {
            match field.ty {
                Type::Bool => row.get::<Option<i64>>(at).map(|yes| yes != 0).into(),
                Type::Real => row.get::<Option<f64>>(at).into(),
                Type::Text => row.get::<Option<String>>(at).into(),
                Type::Int | Type::Time | Type::Ref(_) => row.get::<Option<i64>>(at).into(),
            }
        } else {
            let cell = Cell { table: kind.table(), column: field.name, row: id };
            let sealed: Option<&[u8]> = row.get(at);
            let text = sealed.map(|s| keys.open_text(key, cell, s)).transpose()?;
            // What an erased person was called is nothing.
            text.filter(|_| keys.usable(key) == key).into()
        };
        if value != Value::Null {
            values.insert(field.name.to_owned(), value);
        }
    }
    Ok(Record {
        record: RecordRef::new(kind, Id(id)),
        number: row.get(2),
        fields: values,
        deleted: row.flag(3),
    })
}
