//! What the store already knows about a batch, in four look-ups.

use std::collections::{HashMap, HashSet};

use rapport_model::message::Content;
use rapport_model::{Id, Mailbox};

use super::Arrival;
use crate::db::{Column, Columns, Db, query, without_nul};
use crate::error::StorageError;
use crate::keys::KeyId;
use crate::open::Inner;

/// A blind value.
pub(super) type Blind = [u8; 16];
/// A source and a key within it.
pub(super) type SeenKey = (String, Vec<u8>);

/// Longer keys are known by their digest.
const KEY_BYTES_MAX: usize = 512;

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
    /// How many people and companies the batch brings.
    pub(super) n_new: usize,
}

/// Returns the keys by which a message is recognised when it comes again; the first is its own.
pub(super) fn seen_keys(arrival: &Arrival) -> Vec<SeenKey> {
    let incoming = &arrival.incoming;
    let own = match &incoming.content {
        Ok(content) => (incoming.channel.name().to_owned(), content.digest.to_vec()),
        Err(_) => ("quarantine".to_owned(), blake3::hash(&incoming.raw).as_bytes()[..16].to_vec()),
    };
    let more = incoming.keys.iter().map(|(source, key)| (without_nul(source), short(key.as_bytes())));
    std::iter::once(own).chain(more).collect()
}

/// A source may know a message by a long path, and PostgreSQL's indexes hold no long values.
fn short(key: &[u8]) -> Vec<u8> {
    if key.len() <= KEY_BYTES_MAX { key.to_vec() } else { blake3::hash(key).as_bytes().to_vec() }
}

/// Returns everybody whom a message names, author first.
pub(super) fn mailboxes(content: &Content) -> impl Iterator<Item = &Mailbox> {
    content.from.iter().chain(&content.to).chain(&content.cc).chain(&content.reply_to)
}

/// Returns the domain of an author's company; a provider of personal mailboxes is none.
pub(super) fn company_domain(author: &Mailbox) -> Option<&str> {
    let domain = author.address.domain();
    (!rapport_model::address::is_freemail(domain)).then_some(domain)
}

pub(super) fn email_blind(inner: &Inner, mailbox: &Mailbox) -> Blind {
    inner.keyring.secrets.blind("value", mailbox.address.as_str())
}

pub(super) fn domain_blind(inner: &Inner, domain: &str) -> Blind {
    // Prefixed in the key, not in the value: domains and addresses never meet.
    inner.keyring.secrets.blind("value", domain)
}

pub(super) fn ref_blind(inner: &Inner, message_id: &str) -> Blind {
    inner.keyring.secrets.blind("message_id", message_id)
}

pub(super) async fn look_up(db: &mut Db, inner: &Inner, batch: &[Arrival]) -> Result<Known, StorageError> {
    let seen = seen(db, batch).await?;
    let contents = || {
        batch
            .iter()
            .filter(|a| !seen_keys(a).iter().any(|k| seen.contains_key(k)))
            .filter_map(|a| a.incoming.content.as_ref().ok().map(|c| (a, c)))
    };
    let mut addresses = HashSet::new();
    let mut references = HashSet::new();
    for (arrival, content) in contents() {
        addresses.extend(mailboxes(content).map(|m| ("email", email_blind(inner, m))));
        if arrival.is_from_customer(content)
            && let Some(domain) = content.from.first().and_then(company_domain)
        {
            addresses.insert(("domain", domain_blind(inner, domain)));
        }
        references.insert(ref_blind(inner, &content.message_id));
        references.extend(content.answers.iter().map(|id| ref_blind(inner, id)));
    }
    let n_named = addresses.len();
    let parties = parties(db, addresses).await?;
    let n_new = n_named - parties.len();
    let refs = thread_refs(db, references).await?;
    let threads = threads(db, &refs).await?;
    Ok(Known { seen, parties, refs, threads, n_new })
}

async fn seen(db: &mut Db, batch: &[Arrival]) -> Result<HashMap<SeenKey, Id>, StorageError> {
    const COLUMNS: &Columns = &[Column::Text, Column::Bytes];
    let mut rows = db.rows(COLUMNS);
    for (source, key) in batch.iter().flat_map(seen_keys) {
        rows.row().text(source.as_str()).bytes(&key[..]);
    }
    let sql = "SELECT s.source, s.key, s.record FROM {rows} JOIN seen s ON s.source = {0} AND s.key = {1}";
    let found = query("look for duplicates", sql).rows(rows).all(&mut *db).await?;
    Ok(found.iter().map(|r| ((r.get(0), r.get(1)), r.id(2))).collect())
}

async fn parties(
    db: &mut Db,
    addresses: HashSet<(&str, Blind)>,
) -> Result<HashMap<Blind, Party>, StorageError> {
    const COLUMNS: &Columns = &[Column::Text, Column::Bytes];
    let mut rows = db.rows(COLUMNS);
    for (channel, blind) in addresses {
        rows.row().text(channel).bytes(&blind[..]);
    }
    let found = query(
        "look for identities",
        "SELECT i.value_blind, i.id, i.key_id, i.customer, i.company FROM {rows}
         JOIN identities i ON i.channel = {0} AND i.value_blind = {1}",
    )
    .rows(rows)
    .all(&mut *db)
    .await?;
    Ok(found
        .iter()
        .filter_map(|r| {
            let blind: Blind = r.get::<&[u8]>(0).try_into().ok()?;
            let (customer, company) = (r.maybe_id(3), r.maybe_id(4));
            Some((blind, Party { id: r.id(1), key: KeyId(r.get(2)), customer, company }))
        })
        .collect())
}

async fn thread_refs(db: &mut Db, references: HashSet<Blind>) -> Result<HashMap<Blind, Id>, StorageError> {
    let mut rows = db.rows(&[Column::Bytes]);
    for blind in references {
        rows.row().bytes(&blind[..]);
    }
    let sql = "SELECT r.ref_blind, r.thread FROM {rows} JOIN thread_refs r ON r.ref_blind = {0}";
    let found = query("look for conversations", sql).rows(rows).all(&mut *db).await?;
    Ok(found.iter().filter_map(|r| Some((r.get::<&[u8]>(0).try_into().ok()?, r.id(1)))).collect())
}

async fn threads(db: &mut Db, refs: &HashMap<Blind, Id>) -> Result<HashMap<Id, Thread>, StorageError> {
    let ids: HashSet<Id> = refs.values().copied().collect();
    let sql = "SELECT t.id, t.customer FROM {rows} JOIN threads t ON t.id = {0}";
    let found = query("look at conversations", sql).rows(db.ids(ids)).all(&mut *db).await?;
    Ok(found.iter().map(|r| (r.id(0), Thread { customer: r.maybe_id(1) })).collect())
}
