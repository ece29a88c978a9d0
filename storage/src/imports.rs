//! Tables that were brought in, and taken back.
//!
//! A table of 100,000 rows is too much for one transaction: nobody else could write meanwhile, and the
//! journal of one act would have to lie in memory as a whole. So it is written in portions, each an act of
//! its own with the import's event as its cause; the event is the batch, and says whether all of it is
//! written. Undoing takes all acts of the batch back, the newest first, after it was looked at as a whole
//! whether something rests on any of them: so a batch is one undo, however many acts it has. A process that
//! dies in the middle leaves a batch that says so; the same import, or the same undo, goes on with it.

use std::collections::{BTreeMap, HashMap};

use rapport_model::event::{Event, Import, What};
use rapport_model::{Act, Actor, Change, Id, Kind, Op, Record, RecordRef, Timestamp, Value};

use crate::db::{Column, Db, Engine, On, Rows, query};
use crate::error::StorageError;
use crate::history::{Entry, Which, entries};
use crate::open::{Inner, Store};
use crate::undo::{Refusal, alive, references_to, same};
use crate::work::Work;
use crate::{journal, records, sight};

/// The part of the service that imports act as: rules do not look at what it does.
pub const PART: &str = "import";
/// What the parts begin with that other programs send tables to, or that fetch them; a name follows.
pub const SENT: &str = "inbound ";
/// As [`SENT`], for tables that are fetched.
pub const FETCHED: &str = "pull ";
/// Values that are looked up together.
const TOGETHER: usize = 5_000;

/// A table that was brought in.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Its event.
    pub id: Id,
    /// When it began.
    pub at: Timestamp,
    /// What it brought.
    pub facts: Import,
    /// In how many portions it was written.
    pub n_acts: i64,
    /// How many of them were taken back.
    pub n_undone: i64,
}

impl Batch {
    /// Tells whether nothing of it stands any more.
    pub fn is_undone(&self) -> bool {
        self.n_undone == self.n_acts
    }
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The order.
    pub record: Id,
    /// Its place, from 0.
    pub position: i64,
    /// What was bought; nothing where the line does not say.
    pub product: Option<Id>,
    /// How many.
    pub quantity: f64,
    /// The price of one in minor units.
    pub price: i64,
    /// ISO 4217 code of the price's currency.
    pub currency: String,
}

/// What fields of records will be once what was looked at is taken back.
type Later = HashMap<(RecordRef, String), Value>;

impl Store {
    /// Writes a portion of a batch, with what is known of the batch by now, as [`PART`] or another part of the
    /// service.
    ///
    /// # Errors
    /// The batch was taken back meanwhile, or the store cannot be written; then nothing was written.
    pub async fn import(
        &self,
        part: &str,
        batch: Id,
        facts: Import,
        changes: Vec<Change>,
        lines: Vec<Line>,
    ) -> Result<(), StorageError> {
        let act = Act { cause: Some(batch), ..self.act(part) };
        let event =
            Event { id: batch, at: act.at, about: None, cause: None, depth: 0, what: What::Import(facts) };
        let (inner, sight) = (self.inner.clone(), self.sight.clone());
        let works = std::sync::Arc::new(vec![Work::of(act, changes)]);
        self.write(move |db| {
            let (inner, sight, works) = (inner.clone(), sight.clone(), works.clone());
            let (event, lines) = (event.clone(), lines.clone());
            Box::pin(async move {
                sight::fence(&mut *db, sight.as_deref(), &works).await?;
                note(db, &event).await?;
                journal::apply(db, &inner, &works[0].acts, &HashMap::new()).await?;
                write_lines(db, &lines).await
            })
        })
        .await
    }

    /// Returns the batches, the newest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn imports(&self, limit: u32) -> Result<Vec<Batch>, StorageError> {
        let rows = query(
            "list imports",
            "SELECT a.cause, count(*), count(a.undone_by) FROM acts a
             WHERE (a.actor = $1 OR a.actor LIKE $2 OR a.actor LIKE $3)
                AND a.cause IS NOT NULL AND a.undoes IS NULL
             GROUP BY a.cause ORDER BY a.cause DESC LIMIT $4",
        )
        .bind(actor(PART))
        .bind(format!("{}%", actor(SENT)))
        .bind(format!("{}%", actor(FETCHED)))
        .bind(limit)
        .all(&self.inner.read)
        .await?;
        let mut batches = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(event) = self.event(row.id(0)).await? else { continue };
            if let What::Import(facts) = event.what {
                let (n_acts, n_undone) = (row.get(1), row.get(2));
                batches.push(Batch { id: event.id, at: event.at, facts, n_acts, n_undone });
            }
        }
        Ok(batches)
    }

    /// Takes a batch back: all of it, or says what rests on it. Calls `told` with how many of its portions
    /// are taken back, and how many there are. Returns how many changes were taken back.
    ///
    /// # Errors
    /// The store cannot be read or written. What was taken back until then stays so, and the same call goes
    /// on with the rest.
    pub async fn undo_import(
        &self,
        batch: Id,
        actor: Actor,
        mut told: impl FnMut(usize, usize) + Send,
    ) -> Result<Result<usize, Refusal>, StorageError> {
        let all = query(
            "find the acts of an import",
            "SELECT id, undone_by FROM acts WHERE cause = $1 AND undoes IS NULL ORDER BY id DESC",
        );
        let all = all.bind(batch).all(&self.inner.read).await?;
        let acts: Vec<Id> = all.iter().filter(|r| r.maybe_id(1).is_none()).map(|r| r.id(0)).collect();
        match (all.is_empty(), acts.is_empty()) {
            (true, _) => return Ok(Err(Refusal::Nothing)),
            (_, true) => return Ok(Err(Refusal::AlreadyUndone)),
            _ => {}
        }
        let looked_at = last_change(&self.inner.read).await?;
        let (mut made, mut later) = (BTreeMap::new(), Later::new());
        for act in &acts {
            let entries = entries(&self.inner, &self.inner.read, Which::OfAct(*act)).await?;
            for entry in entries.iter().filter(|entry| entry.change.op == Op::Create) {
                made.entry(entry.change.record.kind).or_insert_with(Vec::new).push(entry.change.record.id);
            }
            if let Some(refusal) = changed_since(&self.inner, &self.inner.read, &entries, &mut later).await? {
                return Ok(Err(refusal));
            }
        }
        if let Some(refusal) = needed(On::from(&self.inner.read), self.inner.engine(), &made, batch).await? {
            return Ok(Err(refusal));
        }
        let mut n_changes = 0;
        for (i, act) in acts.iter().enumerate() {
            let (inner, act) = (self.inner.clone(), *act);
            let undo = Act { undoes: Some(act), ..self.act_by(actor.clone()) };
            let done = self.write(move |db| {
                let (inner, undo) = (inner.clone(), undo.clone());
                Box::pin(async move { take_back(db, &inner, (batch, act), undo, looked_at).await })
            });
            match done.await? {
                Ok(n) => n_changes += n,
                Err(refusal) => return Ok(Err(refusal)),
            }
            told(i + 1, acts.len());
        }
        Ok(Ok(n_changes))
    }

    /// Finds the identities of these values, those that were taken away among them.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn identities_known(
        &self,
        channel: &str,
        values: &[String],
    ) -> Result<Vec<Record>, StorageError> {
        self.by_blind(Kind::Identity, "value", Some(channel), values).await
    }

    /// Finds the orders of these numbers, those that were taken away among them.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn orders_known(&self, references: &[String]) -> Result<Vec<Record>, StorageError> {
        self.by_blind(Kind::Order, "reference", None, references).await
    }

    /// Finds the products of these article numbers, those that were taken away among them.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn products_known(&self, skus: &[String]) -> Result<Vec<Record>, StorageError> {
        let sql = format!("{} WHERE t.sku IN (SELECT {{0}} FROM {{rows}})", records::select(Kind::Product));
        let mut found = Vec::new();
        for skus in skus.chunks(TOGETHER) {
            let mut rows = Rows::new(self.inner.engine(), &[Column::Text]);
            for sku in skus {
                rows.row().text(sku.as_str());
            }
            let rows = query("look for products", sql.clone()).rows(rows).all(&self.inner.read).await?;
            found.extend(records::open_all(&self.inner, Kind::Product, &rows).await?);
        }
        Ok(found)
    }

    async fn by_blind(
        &self,
        kind: Kind,
        field: &str,
        channel: Option<&str>,
        values: &[String],
    ) -> Result<Vec<Record>, StorageError> {
        let seen = self.and_seen(kind, "t");
        let of = if channel.is_some() { "t.channel = $1 AND " } else { "" };
        let select = records::select(kind);
        // Not a join: SQLite may go through the whole table for it, and through all values for each row.
        let sql = format!("{select} WHERE {of}t.{field}_blind IN (SELECT {{0}} FROM {{rows}}){seen}");
        let mut found = Vec::new();
        for values in values.chunks(TOGETHER) {
            let mut rows = Rows::new(self.inner.engine(), &[Column::Bytes]);
            for value in values {
                rows.row().bytes(&self.inner.keyring.secrets.blind(field, value)[..]);
            }
            let mut look = query("look who is known", sql.clone()).rows(rows);
            if let Some(channel) = channel {
                look = look.bind(channel);
            }
            let rows = look.all(&self.inner.read).await?;
            found.extend(records::open_all(&self.inner, kind, &rows).await?);
        }
        Ok(found)
    }
}

fn actor(part: &str) -> String {
    Actor::Service(part.into()).to_string()
}

/// Writes the lines of orders. They are a part of their order and go and come back with it; an order that
/// comes back has its own.
async fn write_lines(db: &mut Db, lines: &[Line]) -> Result<(), StorageError> {
    use Column::{Int, Real, Text};
    let mut rows = db.rows(&[Int, Int, Int, Real, Int, Text]);
    for line in lines {
        rows.row()
            .int(line.record.0)
            .int(line.position)
            .int(line.product.map(|id| id.0))
            .real(line.quantity)
            .int(line.price)
            .text(line.currency.as_str());
    }
    query(
        "write the lines of orders",
        "INSERT INTO lines (record, position, product, quantity, price, currency)
         SELECT {0}, {1}, {2}, {3}, {4}, {5} FROM {rows} WHERE true ON CONFLICT (record, position) DO NOTHING",
    )
    .rows(rows)
    .run(db)
    .await
}

/// Writes what is known of a batch, unless it was taken back.
async fn note(db: &mut Db, event: &Event) -> Result<(), StorageError> {
    let undone: bool = query(
        "look whether an import was taken back",
        "SELECT EXISTS (SELECT 1 FROM acts WHERE cause = $1 AND undone_by IS NOT NULL)",
    )
    .bind(event.id)
    .one(&mut *db)
    .await?
    .flag(0);
    if undone {
        return Err(StorageError::Refused("this import was taken back meanwhile: start it again".into()));
    }
    query(
        "note an import",
        "INSERT INTO events (id, at_us, name, depth, what) VALUES ($1, $2, $3, 0, $4)
         ON CONFLICT (id) DO UPDATE SET what = excluded.what",
    )
    .bind(event.id)
    .bind(event.at)
    .bind(event.what.name())
    .bind(serde_json::to_string(&event.what).expect("an event is JSON"))
    .run(db)
    .await
}

/// Takes one act of a batch back, unless something rests on it now.
async fn take_back(
    db: &mut Db,
    inner: &Inner,
    (batch, act): (Id, Id),
    undo: Act,
    looked_at: i64,
) -> Result<Result<usize, Refusal>, StorageError> {
    let entries = entries(inner, &mut *db, Which::OfAct(act)).await?;
    if entries.first().is_none_or(|entry| entry.undone_by.is_some()) {
        // Another process was faster.
        return Ok(Ok(0));
    }
    // It was looked at as a whole before. On a server that look may miss what was being written.
    if db.engine() == Engine::Postgres || others_wrote(db, batch, looked_at).await? {
        if let Some(refusal) = changed_since(inner, &mut *db, &entries, &mut Later::new()).await? {
            return Ok(Err(refusal));
        }
        let mut made: BTreeMap<Kind, Vec<Id>> = BTreeMap::new();
        for entry in entries.iter().filter(|entry| entry.change.op == Op::Create) {
            made.entry(entry.change.record.kind).or_default().push(entry.change.record.id);
        }
        let engine = db.engine();
        if let Some(refusal) = needed(On::from(&mut *db), engine, &made, batch).await? {
            return Ok(Err(refusal));
        }
    }
    let inverse: Vec<Change> = entries.iter().rev().map(|entry| entry.change.inverse()).collect();
    let n = inverse.len();
    journal::apply(db, inner, &[(undo, inverse)], &HashMap::new()).await?;
    Ok(Ok(n))
}

/// Returns the newest row of the journal.
async fn last_change(on: impl Into<On<'_>>) -> Result<i64, StorageError> {
    query("find the last change", "SELECT coalesce(max(id), 0) FROM changes").value(on).await
}

/// Tells whether anybody wrote to the journal since but who takes this batch back.
async fn others_wrote(db: &mut Db, batch: Id, since: i64) -> Result<bool, StorageError> {
    let others = query(
        "look who wrote meanwhile",
        "SELECT EXISTS (SELECT 1 FROM changes c JOIN acts a ON a.id = c.act
            LEFT JOIN acts u ON u.id = a.undoes WHERE c.id > $1 AND (u.cause IS NULL OR u.cause <> $2))",
    );
    Ok(others.bind(since).bind(batch).one(db).await?.flag(0))
}

/// Finds a field that is not as an act left it. `later` is what the acts after it are about to give back,
/// and gets what this one will.
async fn changed_since(
    inner: &Inner,
    on: impl Into<On<'_>>,
    entries: &[Entry],
    later: &mut Later,
) -> Result<Option<Refusal>, StorageError> {
    let mut on = on.into();
    let mut updated: BTreeMap<Kind, Vec<Id>> = BTreeMap::new();
    for Change { record, op, .. } in entries.iter().map(|entry| &entry.change) {
        match op {
            Op::Erase => return Ok(Some(Refusal::Erased)),
            Op::Update => updated.entry(record.kind).or_default().push(record.id),
            Op::Create | Op::Delete | Op::Restore => {}
        }
    }
    let mut now: HashMap<RecordRef, Record> = HashMap::new();
    for (kind, ids) in updated {
        let loaded = records::load(inner, on.again(), kind, ids).await?;
        now.extend(loaded.into_iter().map(|record| (record.record, record)));
    }
    for Change { record, fields, .. } in entries.iter().rev().map(|entry| &entry.change) {
        let Some(now) = now.get(record) else { continue };
        for field in fields {
            let at = (*record, field.field.clone());
            let value = later.get(&at).unwrap_or_else(|| now.get(&field.field));
            if !same(value, &field.after) {
                return Ok(Some(Refusal::ChangedSince { record: *record, field: field.field.clone() }));
            }
            later.insert(at, field.before.clone());
        }
    }
    Ok(None)
}

/// Finds a record that stands and points at one of those that were `made`, and that the batch has nothing
/// to do with.
async fn needed(
    mut on: On<'_>,
    engine: Engine,
    made: &BTreeMap<Kind, Vec<Id>>,
    batch: Id,
) -> Result<Option<Refusal>, StorageError> {
    for (kind, ids) in made {
        for (by, field) in references_to(*kind) {
            let sql = format!(
                "SELECT t.{field}, t.id FROM {} t WHERE t.{field} {{any}} {}
                 AND NOT EXISTS (SELECT 1 FROM changes c JOIN acts a ON a.id = c.act
                                 WHERE c.record = t.id AND a.cause = $1) LIMIT 1",
                by.table(),
                alive(by)
            );
            let rows = Rows::ids(engine, ids.iter().copied());
            let found =
                query("find what rests on an import", sql).rows(rows).bind(batch).optional(on.again());
            if let Some(row) = found.await? {
                let (record, by) = (RecordRef::new(*kind, row.id(0)), RecordRef::new(by, row.id(1)));
                return Ok(Some(Refusal::NeededBy { record, by }));
            }
        }
    }
    Ok(None)
}
