//! Erasing a person.
//!
//! First, in one transaction, what names them in words about others is blotted out, their
//! addresses and raw mails are removed, and the erasure is noted with its proof. Then their keys
//! are destroyed: whatever else of them lies anywhere, also in a backup, opens no more. Should
//! the process end between the two, the keys are destroyed when the store is opened next.

mod again;
mod others;
mod recognise;
mod redact;

use std::collections::{BTreeMap, HashMap, HashSet};

use rapport_model::{Act, Actor, Change, Id, Kind, Op, Record, RecordRef};
use serde::{Deserialize, Serialize};

use crate::db::{Db, query};
use crate::error::StorageError;
use crate::keys::{HOUSE_KEY, KeyId};
use crate::open::{Inner, Store};
use crate::{chats, index_log, journal, records};
use others::Hits;
pub(crate) use others::drop_raws;
use redact::Needles;

pub use again::Erased;

/// What an erasure did. It names nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The erasure.
    pub erasure: Id,
    /// The customer's number, and those of customers merged into them.
    pub customers: Vec<i64>,
    /// The keys that were destroyed.
    pub keys: Vec<i64>,
    /// Addresses that were removed.
    pub identities: u64,
    /// Messages that opens no more.
    pub messages: u64,
    /// Rows of others in which they were blotted out, by table.
    pub redacted: BTreeMap<String, u64>,
    /// Raw mails of others that named them and were removed; their texts were kept, redacted.
    pub raws_removed: u64,
    /// Outgoing messages to them, or that named them: what a channel still keeps of these goes, too.
    #[serde(default)]
    pub outgoing: Vec<Id>,
    /// What could not be reached from here.
    pub left: Vec<String>,
}

/// Who is to be erased.
struct Person {
    customers: Vec<Record>,
    identities: Vec<Id>,
    keys: HashSet<KeyId>,
    needles: Needles,
    /// Blind values of their addresses and names: by these a restored backup finds them again.
    blinds: Vec<String>,
}

impl Store {
    /// Erases a customer for good. Returns the proof of what was done, or nothing if there is no
    /// such customer (any more).
    ///
    /// # Errors
    /// The store cannot be read or written. If only the keys could not be destroyed, they are when
    /// the store is opened next.
    pub async fn erase(&self, customer: Id, actor: Actor) -> Result<Option<Proof>, StorageError> {
        if !self.sees(RecordRef::new(Kind::Customer, customer)).await? {
            return Ok(None);
        }
        // Nothing of them is left out, whoever asks.
        let Some(person) = self.seen_by(None).person(customer).await? else { return Ok(None) };
        let hits = others::search(&self.inner, &person.needles, &person.keys).await?;
        let (inner, act) = (self.inner.clone(), self.act_by(actor));
        let shared = std::sync::Arc::new((person, hits));
        let (proof, blobs) = self
            .write(move |db| {
                let (inner, shared, act) = (inner.clone(), shared.clone(), act.clone());
                Box::pin(async move { erase(db, &inner, &shared.0, &shared.1, act).await })
            })
            .await?;
        for blob in blobs {
            // One that is gone already is as good.
            let _ = std::fs::remove_file(self.inner.dir.join("blobs").join(blob));
        }
        let keys: Vec<KeyId> = proof.keys.iter().map(|key| KeyId(*key)).collect();
        self.inner.keyring.destroy(&keys, self.inner.clock.now()).await?;
        Ok(Some(proof))
    }

    /// Returns the proofs of all erasures, oldest first, after checking that nobody changed them.
    ///
    /// # Errors
    /// The store cannot be read, or a proof was changed.
    pub async fn erasures(&self) -> Result<Vec<Proof>, StorageError> {
        let rows = query("read erasures", "SELECT id, proof, blinds, mac FROM erasures ORDER BY id")
            .all(&self.inner.read)
            .await?;
        rows.iter()
            .map(|row| {
                let corrupt = |why: &str| StorageError::Corrupt {
                    what: format!("erasure {}", row.get::<i64>(0)),
                    why: why.into(),
                };
                let (proof, blinds): (&str, &str) = (row.get(1), row.get(2));
                if proof_mac(&self.inner, row.id(0), proof, blinds) != row.get::<&[u8]>(3) {
                    return Err(corrupt("its proof was changed"));
                }
                serde_json::from_str(proof).map_err(|e| corrupt(&e.to_string()))
            })
            .collect()
    }

    /// Forgets the keys that erasures destroyed, whichever process did. Nothing is done about
    /// none.
    pub(crate) async fn forget(&self, erasures: &[Id]) -> Result<(), StorageError> {
        if erasures.is_empty() {
            return Ok(());
        }
        let proofs = self.erasures().await?;
        let told = proofs.iter().filter(|proof| erasures.contains(&proof.erasure));
        self.inner.keyring.forget(told.flat_map(|proof| &proof.keys).map(|key| KeyId(*key)));
        Ok(())
    }

    /// Destroys the keys of erasures that a crash left half done.
    pub(crate) async fn finish_erasures(&self) -> Result<(), StorageError> {
        let keys: Vec<KeyId> =
            self.erasures().await?.iter().flat_map(|proof| &proof.keys).map(|key| KeyId(*key)).collect();
        if !keys.is_empty() {
            self.inner.keyring.destroy(&keys, self.inner.clock.now()).await?;
        }
        Ok(())
    }

    /// Collects all that is known of a customer and of those merged into them.
    async fn person(&self, customer: Id) -> Result<Option<Person>, StorageError> {
        let (inner, read) = (&self.inner, &self.inner.read);
        let mut ids = vec![customer];
        let mut at = 0;
        while let Some(id) = ids.get(at).copied() {
            at += 1;
            let merged: Vec<i64> =
                query("find merged customers", "SELECT id FROM customers WHERE merged_into = $1")
                    .bind(id)
                    .values(read)
                    .await?;
            ids.extend(merged.into_iter().map(Id).filter(|id| !ids.contains(id)).collect::<Vec<_>>());
        }
        let rows = query(
            "find whom to erase",
            "SELECT c.id, c.key_id FROM {rows} JOIN customers c ON c.id = {0} WHERE c.erased_us IS NULL",
        )
        .rows(read.ids(ids))
        .all(read)
        .await?;
        if !rows.iter().any(|row| row.id(0) == customer) {
            return Ok(None);
        }
        let ids: Vec<Id> = rows.iter().map(|row| row.id(0)).collect();
        let mut keys: HashSet<KeyId> = rows.iter().map(|row| KeyId(row.get(1))).collect();
        let rows = query(
            "find their addresses",
            "SELECT i.id, i.key_id FROM {rows} JOIN identities i ON i.customer = {0} ORDER BY i.id",
        )
        .rows(read.ids(ids.iter().copied()))
        .all(read)
        .await?;
        keys.extend(rows.iter().map(|row| KeyId(row.get(1))));
        keys.remove(&HOUSE_KEY);
        let identities: Vec<Id> = rows.iter().map(|row| row.id(0)).collect();
        let customers = records::load(inner, read, Kind::Customer, ids).await?;

        let (mut needles, mut blinds) = (Needles::default(), Vec::new());
        let blind = |kind: &str, text: &str| crate::keys::hex(&inner.keyring.secrets.blind(kind, text));
        for identity in records::load(inner, read, Kind::Identity, identities.iter().copied()).await? {
            needles.add_address(identity.text("value"));
            needles.add_name(identity.text("name"));
            blinds.push(blind("value", identity.text("value")));
        }
        customers.iter().for_each(|customer| needles.add_name(customer.text("name")));
        blinds.extend(needles.texts().map(|text| blind("erased", &text)));
        Ok(Some(Person { customers, identities, keys, needles, blinds }))
    }
}

/// Does all but destroying the keys. Returns the proof and the names of files to remove.
async fn erase(
    db: &mut Db,
    inner: &Inner,
    person: &Person,
    hits: &Hits,
    act: Act,
) -> Result<(Proof, Vec<String>), StorageError> {
    let erasure = inner.ids.next(inner.clock.now());
    let mut proof = Proof {
        erasure,
        customers: person.customers.iter().map(|c| c.number).collect(),
        keys: person.keys.iter().map(|key| key.0).collect(),
        identities: person.identities.len() as u64,
        left: vec![
            "backups made before: their keys are destroyed; words of others in them are redacted again \
                    by every restore"
                .into(),
        ],
        ..Proof::default()
    };
    proof.keys.sort_unstable();
    let blobs = blot_out(db, inner, person, hits, &act, &mut proof).await?;

    let text = serde_json::to_string(&proof).expect("a proof is JSON");
    let blinds = serde_json::to_string(&person.blinds).expect("texts are JSON");
    query(
        "note an erasure",
        "INSERT INTO erasures (id, customer, at_us, actor, blinds, proof, mac) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(erasure)
    .bind(person.customers[0].record.id)
    .bind(inner.clock.now())
    .bind(act.actor.to_string())
    .bind(&blinds)
    .bind(&text)
    .bind(&proof_mac(inner, erasure, &text, &blinds)[..])
    .run(db)
    .await?;
    Ok((proof, blobs))
}

/// Takes a person out of the records; writes into the proof what was done. Returns the names of files to
/// remove.
async fn blot_out(
    db: &mut Db,
    inner: &Inner,
    person: &Person,
    hits: &Hits,
    act: &Act,
    proof: &mut Proof,
) -> Result<Vec<String>, StorageError> {
    chats::forget_words(db).await?;
    let mut blobs = others::redact(db, inner, person, hits, proof.erasure, proof).await?;
    blobs.extend(remove_own(db, inner, person, proof).await?);
    proof.outgoing.extend(hits.get("outbox").into_iter().flatten());
    proof.outgoing.sort_unstable();
    proof.outgoing.dedup();

    // The journal keeps that it was done, by whom and when.
    let erased = |c: &Record| Change { record: c.record, op: Op::Erase, fields: Vec::new() };
    let changes: Vec<Change> = person.customers.iter().map(erased).collect();
    journal::apply(db, inner, &[(act.clone(), changes)], &HashMap::new()).await?;
    index_log::enter(db, [(index_log::PURGE, proof.erasure)]).await?;
    Ok(blobs)
}

/// Removes what is theirs: addresses, raw mails, names; what waits to go to them.
async fn remove_own(
    db: &mut Db,
    inner: &Inner,
    person: &Person,
    proof: &mut Proof,
) -> Result<Vec<String>, StorageError> {
    let customers = || person.customers.iter().map(|c| c.record.id);
    let keys = || person.keys.iter().map(|key| Id(key.0));
    let ids: Vec<i64> = query("find their messages", "SELECT m.id FROM messages m WHERE m.key_id {any}")
        .rows(db.ids(keys()))
        .values(&mut *db)
        .await?;
    proof.messages = ids.len() as u64;
    let mut entries: Vec<_> = ids.iter().map(|id| (Kind::Message.name(), Id(*id))).collect();
    for kind in [Kind::Deal, Kind::Ticket, Kind::Task, Kind::Note] {
        let table = kind.table();
        let sql = format!("SELECT t.id FROM {table} t WHERE t.key_id {{any}}");
        let ids: Vec<i64> =
            query("find what is about them", sql).rows(db.ids(keys())).values(&mut *db).await?;
        entries.extend(ids.into_iter().map(|id| (kind.name(), Id(id))));
    }
    entries.extend(customers().map(|id| (Kind::Customer.name(), id)));
    index_log::enter(db, entries).await?;

    let blobs = others::drop_raws(db, &ids.into_iter().map(Id).collect::<Vec<_>>()).await?;
    for (what, sql) in [
        ("remove their parts in messages", "DELETE FROM parties WHERE identity {any}"),
        ("remove their addresses", "DELETE FROM identities WHERE id {any}"),
    ] {
        query(what, sql).rows(db.ids(person.identities.iter().copied())).run(&mut *db).await?;
    }
    query("remove what was found of them", "DELETE FROM insights WHERE customer {any}")
        .rows(db.ids(customers()))
        .run(&mut *db)
        .await?;
    query("remove who looked at them", "DELETE FROM reads WHERE customer {any}")
        .rows(db.ids(customers()))
        .run(&mut *db)
        .await?;
    let now = inner.clock.now();
    let sql = "UPDATE customers SET name = NULL, attrs = NULL, erased_us = $1, deleted_us = coalesce(deleted_us, $1)
               WHERE id {any}";
    query("remove their names", sql).rows(db.ids(customers())).bind(now).run(&mut *db).await?;
    let sql = "UPDATE outbox SET state = 'cancelled' WHERE to_customer {any}
               AND state IN ('draft', 'pending')";
    query("cancel what goes to them", sql).rows(db.ids(customers())).run(&mut *db).await?;
    let sql = "SELECT o.id FROM outbox o WHERE o.to_customer {any}";
    let to_them: Vec<i64> =
        query("find what went to them", sql).rows(db.ids(customers())).values(&mut *db).await?;
    proof.outgoing.extend(to_them.into_iter().map(Id));
    others::keep_books(db, inner, &person.keys).await?;
    Ok(blobs)
}

fn proof_mac(inner: &Inner, erasure: Id, proof: &str, blinds: &str) -> journal::Mac {
    let parts = [b"erasure", &erasure.0.to_le_bytes()[..], proof.as_bytes(), blinds.as_bytes()];
    inner.keyring.secrets.journal_mac(&parts)
}
