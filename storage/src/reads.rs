//! Who looked at what of a customer.
//!
//! Looking must not wait for a note of it, so notes are gathered in memory, and written together every few
//! seconds and at the end. A process that is killed loses the notes of its last seconds, never a write. An hour
//! of one reader, customer, way and sort is one row with a count.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rapport_model::fields::field;
use rapport_model::reads::{ReadWay, ReadWhat, Reader};
use rapport_model::time::HOUR;
use rapport_model::{Id, Kind, RecordRef, Timestamp};

use crate::db::{Bind, Column, Db, Query, Row, query};
use crate::error::StorageError;
use crate::open::{Store, lock};

/// Notes that are gathered at most; further ones are counted as lost, which is logged.
const UNWRITTEN_MAX: usize = 100_000;
/// The columns that tell a row from others, in the order of its key after the time.
const KEY: &str = "r.last_us, r.customer, r.hour_us, r.user_id, r.token, r.way, r.what";

/// What one note is about: of which record nothing stands for a list of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Look {
    reader: Reader,
    way: ReadWay,
    what: ReadWhat,
    record: Option<RecordRef>,
    /// The hour, in microseconds.
    hour: i64,
}

/// How often, and from when to when.
#[derive(Clone, Copy, Debug)]
struct Times {
    n: i64,
    first: Timestamp,
    last: Timestamp,
}

impl Times {
    fn and(self, other: Self) -> Self {
        Self {
            n: self.n.saturating_add(other.n),
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }
}

/// Notes that wait to be written.
#[derive(Debug, Default)]
pub(crate) struct Unwritten {
    looks: HashMap<Look, Times>,
    n_lost: u64,
}

impl Unwritten {
    fn add(&mut self, look: Look, times: Times) {
        if self.looks.len() >= UNWRITTEN_MAX && !self.looks.contains_key(&look) {
            self.n_lost += 1;
            return;
        }
        self.looks.entry(look).and_modify(|known| *known = known.and(times)).or_insert(times);
    }
}

/// Somebody looked at something, within an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Who.
    pub reader: Reader,
    /// At whom; nobody in particular for a list.
    pub customer: Option<Id>,
    /// Which way.
    pub way: ReadWay,
    /// At what.
    pub what: ReadWhat,
    /// How often; of a list, how many stood in it.
    pub n: i64,
    /// When first, within the hour.
    pub first_at: Timestamp,
    /// When last.
    pub last_at: Timestamp,
    /// The hour of the clock, UTC.
    pub hour: Timestamp,
}

/// Which reads are listed.
#[derive(Clone, Debug, Default)]
pub struct Reads {
    /// Of this customer, and of those merged into them.
    pub of: Option<Id>,
    /// By this colleague, or a token of theirs.
    pub by: Option<Id>,
    /// Last done at this time or after it.
    pub since: Option<Timestamp>,
    /// Last done before this time.
    pub until: Option<Timestamp>,
    /// What comes after this one.
    pub after: Option<Read>,
    /// Newest first instead of oldest first.
    pub newest_first: bool,
    /// At most so many.
    pub limit: u32,
}

impl Store {
    /// Notes that somebody looked at a record. Returns at once; what belongs to no customer is not kept.
    pub fn note_read(&self, reader: Reader, way: ReadWay, what: ReadWhat, record: RecordRef) {
        self.note(reader, way, (what, Some(record)), 1);
    }

    /// Notes that somebody got a list of `n`. Returns at once.
    pub fn note_list(&self, reader: Reader, way: ReadWay, n: usize) {
        self.note(reader, way, (ReadWhat::List, None), i64::try_from(n).unwrap_or(i64::MAX));
    }

    fn note(&self, reader: Reader, way: ReadWay, (what, record): (ReadWhat, Option<RecordRef>), n: i64) {
        // Whoever only looks on cannot write it down.
        if self.inner.writer.is_none() || n == 0 {
            return;
        }
        let now = self.inner.clock.now();
        let hour = now.micros() - now.micros().rem_euclid(HOUR);
        let look = Look { reader, way, what, record, hour };
        lock(&self.inner.reads).add(look, Times { n, first: now, last: now });
    }

    /// Writes what was noted. Returns whose reads these were.
    ///
    /// # Errors
    /// The store cannot be written; then the notes wait for the next time.
    pub async fn write_reads(&self) -> Result<Vec<Reader>, StorageError> {
        let Unwritten { looks, n_lost } = std::mem::take(&mut *lock(&self.inner.reads));
        if n_lost > 0 {
            tracing::error!(n = n_lost, "more was looked at than can be noted");
        }
        if looks.is_empty() {
            return Ok(Vec::new());
        }
        let looks: Vec<(Look, Times)> = looks.into_iter().collect();
        let readers: BTreeSet<Reader> = looks.iter().map(|(look, _)| look.reader).collect();
        let noted = looks.clone();
        let written = self
            .write_quietly(move |db| {
                let noted = noted.clone();
                Box::pin(async move { write(db, &noted).await })
            })
            .await;
        if let Err(e) = written {
            let mut unwritten = lock(&self.inner.reads);
            looks.into_iter().for_each(|(look, times)| unwritten.add(look, times));
            return Err(e);
        }
        Ok(readers.into_iter().collect())
    }

    /// Lists who looked at what.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn reads(&self, which: &Reads) -> Result<Vec<Read>, StorageError> {
        let mut binds: Vec<Bind> = Vec::new();
        let mut bound = |value: Bind| {
            binds.push(value);
            format!("${}", binds.len())
        };
        let mut sql = String::from(
            "SELECT r.customer, r.hour_us, r.user_id, r.token, r.way, r.what, r.n, r.first_us, r.last_us
             FROM reads r WHERE true",
        );
        if let Some(customer) = which.of {
            sql += &format!(
                " AND r.customer IN (WITH RECURSIVE m(id) AS (SELECT CAST({} AS BIGINT) UNION
                  SELECT c.id FROM customers c JOIN m ON c.merged_into = m.id) SELECT id FROM m)",
                bound(customer.into())
            );
        }
        for (condition, value) in [
            ("r.user_id =", which.by.map(Bind::from)),
            ("r.last_us >=", which.since.map(Bind::from)),
            ("r.last_us <", which.until.map(Bind::from)),
        ] {
            if let Some(value) = value {
                sql += &format!(" AND {condition} {}", bound(value));
            }
        }
        let (beyond, order) = if which.newest_first { ("<", " DESC") } else { (">", "") };
        if let Some(after) = &which.after {
            let place: Vec<String> = [
                after.last_at.into(),
                after.customer.unwrap_or(Id(0)).into(),
                after.hour.into(),
                after.reader.user.into(),
                after.reader.token.into(),
                after.way.name().into(),
                after.what.name().into(),
            ]
            .map(&mut bound)
            .into();
            sql += &format!(" AND ({KEY}) {beyond} ({})", place.join(", "));
        }
        // A list names nobody: it is told to those who see everybody.
        sql += &self.and_sees(Kind::Customer, "r.customer");
        let ordered: Vec<String> = KEY.split(", ").map(|column| format!("{column}{order}")).collect();
        sql += &format!(" ORDER BY {} LIMIT {}", ordered.join(", "), bound(which.limit.into()));
        let list = binds.into_iter().fold(query("list who looked at what", sql), Query::bind);
        Ok(list.all(&self.inner.read).await?.iter().filter_map(read).collect())
    }

    /// Counts the customers at whom somebody looked since a time.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn customers_read(&self, reader: Reader, since: Timestamp) -> Result<i64, StorageError> {
        let sql = "SELECT count(DISTINCT customer) FROM reads
                   WHERE user_id = $1 AND token = $2 AND last_us >= $3 AND customer <> 0";
        let count = query("count whom somebody looked at", sql).bind(reader.user).bind(reader.token);
        count.bind(since).value(&self.inner.read).await
    }
}

fn read(row: &Row) -> Option<Read> {
    Some(Read {
        reader: Reader { user: row.id(2), token: row.get(3) },
        customer: Some(row.id(0)).filter(|id| id.0 != 0),
        // What a newer program knows is not told by this one.
        way: ReadWay::by_name(row.get(4))?,
        what: ReadWhat::by_name(row.get(5))?,
        n: row.get(6),
        first_at: row.time(7),
        last_at: row.time(8),
        hour: row.time(1),
    })
}

/// Writes notes, each under the customer that its record belongs to.
async fn write(db: &mut Db, looks: &[(Look, Times)]) -> Result<(), StorageError> {
    let mut owners: HashMap<RecordRef, Id> = HashMap::new();
    let mut by_kind: BTreeMap<Kind, BTreeSet<Id>> = BTreeMap::new();
    for record in looks.iter().filter_map(|(look, _)| look.record) {
        if field(record.kind, "customer").is_some() {
            by_kind.entry(record.kind).or_default().insert(record.id);
        }
    }
    for (kind, records) in by_kind {
        let sql = format!(
            "SELECT t.id, t.customer FROM {{rows}} JOIN {} t ON t.id = {{0}} WHERE t.customer IS NOT NULL",
            kind.table()
        );
        let rows = query("find whose it is", sql).rows(db.ids(records)).all(&mut *db).await?;
        owners.extend(rows.iter().map(|row| (RecordRef::new(kind, row.id(0)), row.id(1))));
    }
    // Two records of one customer are one row, which one statement may touch once.
    let mut all: BTreeMap<(i64, i64, Reader, &str, &str), Times> = BTreeMap::new();
    for (look, times) in looks {
        let customer = match look.record {
            None => Id(0),
            Some(record) if record.kind == Kind::Customer => record.id,
            Some(record) => match owners.get(&record) {
                Some(owner) => *owner,
                None => continue,
            },
        };
        let key = (customer.0, look.hour, look.reader, look.way.name(), look.what.name());
        all.entry(key).and_modify(|known| *known = known.and(*times)).or_insert(*times);
    }
    let columns = [
        Column::Int,
        Column::Int,
        Column::Int,
        Column::Int,
        Column::Text,
        Column::Text,
        Column::Int,
        Column::Int,
        Column::Int,
    ];
    let mut rows = db.rows(&columns);
    for ((customer, hour, reader, way, what), times) in all {
        let row = rows.row().int(customer).int(hour).int(reader.user.0).int(reader.token);
        row.text(way).text(what).int(times.n).int(times.first.micros()).int(times.last.micros());
    }
    // Of whoever was erased meanwhile nothing is kept.
    let sql = "INSERT INTO reads (customer, hour_us, user_id, token, way, what, n, first_us, last_us)
               SELECT {0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8} FROM {rows}
               WHERE {0} = 0 OR EXISTS (SELECT 1 FROM customers c WHERE c.id = {0} AND c.erased_us IS NULL)
               ON CONFLICT (customer, hour_us, user_id, token, way, what) DO UPDATE
               SET n = reads.n + excluded.n,
                   first_us = CASE WHEN excluded.first_us < reads.first_us THEN excluded.first_us
                              ELSE reads.first_us END,
                   last_us = CASE WHEN excluded.last_us > reads.last_us THEN excluded.last_us
                             ELSE reads.last_us END";
    query("note who looked at what", sql).rows(rows).run(db).await
}

/// Forgets reads that were last done before a time, at most `limit`. Returns how many that were.
pub(crate) async fn forget(db: &mut Db, before: Timestamp, limit: u32) -> Result<usize, StorageError> {
    let sql = "DELETE FROM reads WHERE (customer, hour_us, user_id, token, way, what) IN
               (SELECT customer, hour_us, user_id, token, way, what FROM reads WHERE last_us < $1
                ORDER BY last_us LIMIT $2)";
    let n = query("forget who looked long ago", sql).bind(before).bind(limit).count(db).await?;
    Ok(usize::try_from(n).unwrap_or(usize::MAX))
}
