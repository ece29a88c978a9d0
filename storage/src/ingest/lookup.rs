//! What the store already knows about a batch, in three look-ups.

use std::collections::{HashMap, HashSet};

use rapport_model::Id;

use super::claim::{self, Claimed};
use super::ready::{Blind, Ready, SeenKey};
use crate::db::{Column, Columns, Db, query};
use crate::error::StorageError;
use crate::jobs;
use crate::keys::KeyId;

/// Somebody known by an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Party {
    pub(super) id: Id,
    /// What seals their words.
    pub(super) key: KeyId,
    pub(super) customer: Option<Id>,
    pub(super) company: Option<Id>,
}

/// What is kept of a conversation while a batch is planned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thread {
    pub(super) customer: Option<Id>,
}

/// What the store knows about a batch, and learns while the batch is planned.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) seen: HashMap<SeenKey, Id>,
    pub(super) parties: HashMap<Blind, Party>,
    pub(super) refs: HashMap<Blind, Id>,
    pub(super) threads: HashMap<Id, Thread>,
    /// Conversations of the batch that turned out to be parts of others.
    pub(super) joined: HashMap<Id, Id>,
    /// What those say they belong to whose answers lead nowhere, by their own ids.
    pub(super) claims: HashMap<Blind, Claimed>,
    /// How many jobs wait in the lanes of those who are known.
    pub(super) waiting: HashMap<Id, i64>,
    /// How many people and companies the batch brings.
    pub(super) n_new: usize,
}

impl Known {
    /// Notes that a conversation is a part of another, with the parts that it has itself.
    pub(super) fn join(&mut self, part: Id, whole: Id) {
        self.joined.values_mut().filter(|of| **of == part).for_each(|of| *of = whole);
        self.joined.insert(part, whole);
        let of_part = self.threads.get(&part).and_then(|thread| thread.customer);
        let thread = self.threads.entry(whole).or_insert(Thread { customer: None });
        thread.customer = thread.customer.or(of_part);
    }
}

pub(super) async fn look_up(db: &mut Db, batch: &[&Ready]) -> Result<Known, StorageError> {
    let seen = seen(db, batch).await?;
    let (mut addresses, mut references) = (HashSet::new(), HashSet::new());
    for ready in batch.iter().filter(|ready| !ready.keys.iter().any(|key| seen.contains_key(key))) {
        addresses.extend(ready.addresses.iter().map(|blind| ("email", *blind)));
        addresses.extend(ready.domain.map(|blind| ("domain", blind)));
        references.extend(ready.references.iter().copied());
    }
    let n_named = addresses.len();
    let (parties, waiting) = parties(db, addresses).await?;
    let n_new = n_named - parties.len();
    let (refs, threads) = threads(db, references).await?;
    let mut known = Known { seen, parties, refs, threads, waiting, n_new, ..Known::default() };
    known.claims = claim::judge(db, batch, &known).await?;
    Ok(known)
}

async fn seen(db: &mut Db, batch: &[&Ready]) -> Result<HashMap<SeenKey, Id>, StorageError> {
    const COLUMNS: &Columns = &[Column::Text, Column::Bytes];
    let mut rows = db.rows(COLUMNS);
    for (source, key) in batch.iter().flat_map(|ready| &ready.keys) {
        rows.row().text(source.as_str()).bytes(&key[..]);
    }
    let sql = "SELECT s.source, s.key, s.record FROM {rows} JOIN seen s ON s.source = {0} AND s.key = {1}";
    let found = query("look for duplicates", sql).rows(rows).all(&mut *db).await?;
    Ok(found.iter().map(|r| ((r.get(0), r.get(1)), r.id(2))).collect())
}

/// Finds those whose addresses are known, and counts the jobs that wait in their lanes.
async fn parties(
    db: &mut Db,
    addresses: HashSet<(&str, Blind)>,
) -> Result<(HashMap<Blind, Party>, HashMap<Id, i64>), StorageError> {
    const COLUMNS: &Columns = &[Column::Text, Column::Bytes];
    let mut rows = db.rows(COLUMNS);
    for (channel, blind) in addresses {
        rows.row().text(channel).bytes(&blind[..]);
    }
    let waiting = jobs::waiting_in("i.id");
    let sql = format!(
        "SELECT i.value_blind, i.id, i.key_id, i.customer, i.company, {waiting} FROM {{rows}}
         JOIN identities i ON i.channel = {{0}} AND i.value_blind = {{1}}"
    );
    let found = query("look for identities", sql).rows(rows).all(&mut *db).await?;
    let parties = found.iter().filter_map(|r| {
        let blind: Blind = r.get::<&[u8]>(0).try_into().ok()?;
        let (customer, company) = (r.maybe_id(3), r.maybe_id(4));
        Some((blind, Party { id: r.id(1), key: KeyId(r.get(2)), customer, company }))
    });
    Ok((parties.collect(), found.iter().map(|r| (r.id(1), r.get(5))).collect()))
}

/// Finds the conversations that Message-IDs lead to.
async fn threads(
    db: &mut Db,
    references: HashSet<Blind>,
) -> Result<(HashMap<Blind, Id>, HashMap<Id, Thread>), StorageError> {
    let mut rows = db.rows(&[Column::Bytes]);
    for blind in references {
        rows.row().bytes(&blind[..]);
    }
    // A part of a conversation leads to the whole.
    let sql = "SELECT r.ref_blind, coalesce(t.joined_into, r.thread), t.customer
               FROM {rows} JOIN thread_refs r ON r.ref_blind = {0} LEFT JOIN threads t ON t.id = r.thread";
    let found = query("look for conversations", sql).rows(rows).all(&mut *db).await?;
    let refs = found.iter().filter_map(|r| Some((r.get::<&[u8]>(0).try_into().ok()?, r.id(1))));
    let threads = found.iter().map(|r| (r.id(1), Thread { customer: r.maybe_id(2) }));
    Ok((refs.collect(), threads.collect()))
}
