//! The journal: applies changes to records and keeps their history, in one transaction.

mod apply;
mod chain;
mod planned;
mod redactions;

pub(crate) use planned::Watched;
use planned::planned;
pub(crate) use redactions::Redactions;

pub(crate) use chain::{CHANGES, Link, Mac, digest, redaction_mac};

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::PoisonError;

use rapport_model::fields;
use rapport_model::{Act, Change, Id, Kind, Op, RecordRef};

use crate::db::Db;
use crate::error::StorageError;
use crate::keys::{HOUSE_KEY, KeyId, Keys};
use crate::open::Inner;
use crate::{campaigns, hooks, index_log, jobs, threads};

/// The keys of the records that changes are about.
struct Sealing {
    of: HashMap<Id, KeyId>,
    keys: Keys,
}

impl Sealing {
    /// Returns the key that seals what is written of a record now.
    fn key(&self, record: Id) -> KeyId {
        self.keys.usable(self.of.get(&record).copied().unwrap_or(HOUSE_KEY))
    }
}

/// Applies acts in order and records them. `given` are keys of records that they create, where
/// the caller knows better. Returns the short numbers of created records.
pub(crate) async fn apply(
    db: &mut Db,
    inner: &Inner,
    acts: &[(Act, Vec<Change>)],
    given: &HashMap<Id, KeyId>,
) -> Result<HashMap<Id, i64>, StorageError> {
    let changes: Vec<&Change> =
        acts.iter().flat_map(|(_, changes)| changes).filter(|c| !c.is_empty()).collect();
    if changes.is_empty() {
        return Ok(HashMap::new());
    }
    let sealing = sealing(db, inner, &changes, given).await?;
    let numbers = apply::create(db, inner, &sealing, &changes).await?;
    apply::update(db, inner, &sealing, &changes).await?;
    apply::take_away_or_bring_back(db, inner.clock.now(), &changes).await?;
    threads::recount(db, &changes).await?;
    chain::record(db, inner, &sealing, acts).await?;
    enter_into_index(db, &changes).await?;
    // What waits for a campaign goes before what its going on plans.
    campaigns::follow(db, &changes, inner.clock.now()).await?;
    let jobs = {
        let watched = inner.watched.read().unwrap_or_else(PoisonError::into_inner);
        planned(acts, &watched, inner.clock.now())
    };
    jobs::insert(db, inner, &jobs).await?;
    hooks::tell_acts(db, inner, acts).await?;
    Ok(numbers)
}

/// Finds the key of every record: a person, a company and an address have their own; what is
/// about a person or a company has theirs; the rest is the house's.
async fn sealing(
    db: &mut Db,
    inner: &Inner,
    changes: &[&Change],
    given: &HashMap<Id, KeyId>,
) -> Result<Sealing, StorageError> {
    let mut of = given.clone();
    let created = || changes.iter().filter(|c| c.op == Op::Create && !given.contains_key(&c.record.id));
    let subjects = |kind| matches!(kind, Kind::Customer | Kind::Company | Kind::Identity);
    let n_new = created().filter(|c| subjects(c.record.kind)).count();
    if n_new > 0 {
        let taken = inner.keyring.take(n_new, &inner.ids, inner.clock.now()).await?;
        of.extend(created().filter(|c| subjects(c.record.kind)).map(|c| c.record.id).zip(taken));
    }
    let about = |change: &Change| {
        let id = |field| change.after(field).and_then(rapport_model::Value::id);
        let customer = id("customer").map(|id| (Kind::Customer, id));
        customer.or_else(|| id("company").map(|id| (Kind::Company, id)))
    };
    let owners: HashSet<(Kind, Id)> =
        created().filter(|c| !subjects(c.record.kind)).filter_map(|c| about(c)).collect();
    let mut wanted: HashMap<Kind, Vec<Id>> = HashMap::new();
    for (kind, id) in owners.into_iter().filter(|(_, id)| !of.contains_key(id)) {
        wanted.entry(kind).or_default().push(id);
    }
    let made: HashSet<Id> = changes.iter().filter(|c| c.op == Op::Create).map(|c| c.record.id).collect();
    for change in changes.iter().filter(|c| !made.contains(&c.record.id) && !of.contains_key(&c.record.id)) {
        wanted.entry(change.record.kind).or_default().push(change.record.id);
    }
    for (kind, ids) in wanted {
        of.extend(inner.keyring.of_records(db, kind.table(), ids).await?);
    }
    for change in created().filter(|c| !subjects(c.record.kind)) {
        let key = about(change).and_then(|(_, id)| of.get(&id).copied()).unwrap_or(HOUSE_KEY);
        of.insert(change.record.id, key);
    }
    inner.keyring.remember(made.iter().filter_map(|id| of.get(id).map(|key| (*id, *key))));
    let keys = inner.keyring.load(of.values().copied()).await?;
    Ok(Sealing { of, keys })
}

/// Returns whose address went from one to another: both are found by their addresses.
fn owners(change: &Change) -> impl Iterator<Item = RecordRef> {
    let moved = change.record.kind == Kind::Identity && change.op == Op::Update;
    let fields = change.fields.iter().filter(move |_| moved);
    fields.flat_map(|f| {
        let kind = [Kind::Customer, Kind::Company].into_iter().find(|kind| kind.name() == f.field);
        let ids = [f.before.id(), f.after.id()].into_iter().flatten();
        kind.into_iter().flat_map(move |kind| ids.clone().map(move |id| RecordRef::new(kind, id)))
    })
}

/// Tells the search index which records to take over again.
async fn enter_into_index(db: &mut Db, changes: &[&Change]) -> Result<(), StorageError> {
    let mut entered = BTreeSet::new();
    for change in changes {
        let kind = change.record.kind;
        let searchable = |name: &str| fields::field(kind, name).is_some_and(|f| f.searchable);
        let matters = match change.op {
            Op::Update => change
                .fields
                .iter()
                .any(|f| searchable(&f.field) || matches!(&*f.field, "customer" | "corrected")),
            _ => fields::fields(kind).iter().any(|f| f.searchable),
        };
        entered.extend(matters.then_some(change.record));
        entered.extend(owners(change));
    }
    index_log::enter(db, entered.iter().map(|record| (record.kind.name(), record.id))).await
}
