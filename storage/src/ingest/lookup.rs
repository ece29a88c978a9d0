//! What the store already knows about a batch, in four look-ups.

use std::collections::{HashMap, HashSet};

use rapport_model::message::Content;
use rapport_model::{Id, Mailbox};
use sqlx::{Row as _, SqliteConnection};

use super::Arrival;
use crate::error::{Context, StorageError};
use crate::open::Inner;
use crate::rows::Rows;

/// A blind value.
pub(super) type Blind = [u8; 16];
/// A source and a key within it.
pub(super) type SeenKey = (String, Vec<u8>);

/// Somebody known by an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Party {
    pub(super) id: Id,
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
}

/// Returns the keys by which a message is recognised when it comes again; the first is its own.
pub(super) fn seen_keys(arrival: &Arrival) -> Vec<SeenKey> {
    let incoming = &arrival.incoming;
    let own = match &incoming.content {
        Ok(content) => (incoming.channel.name().to_owned(), content.digest.to_vec()),
        Err(_) => ("quarantine".to_owned(), blake3::hash(&incoming.raw).as_bytes()[..16].to_vec()),
    };
    let more = incoming.keys.iter().map(|(source, key)| (source.clone(), key.clone().into_bytes()));
    std::iter::once(own).chain(more).collect()
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
    inner.sealer.blind("value", mailbox.address.as_str())
}

pub(super) fn domain_blind(inner: &Inner, domain: &str) -> Blind {
    // Prefixed in the key, not in the value: domains and addresses never meet.
    inner.sealer.blind("value", domain)
}

pub(super) fn ref_blind(inner: &Inner, message_id: &str) -> Blind {
    inner.sealer.blind("message_id", message_id)
}

pub(super) async fn look_up(
    db: &mut SqliteConnection,
    inner: &Inner,
    batch: &[Arrival],
) -> Result<Known, StorageError> {
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
    let parties = parties(db, addresses).await?;
    let refs = thread_refs(db, references).await?;
    let threads = threads(db, &refs).await?;
    Ok(Known { seen, parties, refs, threads })
}

async fn seen(db: &mut SqliteConnection, batch: &[Arrival]) -> Result<HashMap<SeenKey, Id>, StorageError> {
    let mut rows = Rows::default();
    for (source, key) in batch.iter().flat_map(seen_keys) {
        rows.row().text(source.as_str()).bytes(&key[..]);
    }
    let (json, bytes) = rows.take();
    let found = sqlx::query(
        "SELECT s.source, s.key, s.record FROM json_each($1) j
         JOIN seen s ON s.source = j.value->>0 AND s.key = substr($2, j.value->>1, j.value->>2)",
    )
    .bind(json)
    .bind(bytes)
    .fetch_all(db)
    .await
    .context("look for duplicates")?;
    Ok(found.iter().map(|r| ((r.get(0), r.get(1)), Id(r.get(2)))).collect())
}

async fn parties(
    db: &mut SqliteConnection,
    addresses: HashSet<(&str, Blind)>,
) -> Result<HashMap<Blind, Party>, StorageError> {
    let mut rows = Rows::default();
    for (channel, blind) in addresses {
        rows.row().text(channel).bytes(&blind[..]);
    }
    let (json, bytes) = rows.take();
    let found = sqlx::query(
        "SELECT i.value_blind, i.id, i.customer, i.company FROM json_each($1) j
         JOIN identities i ON i.channel = j.value->>0 AND i.value_blind = substr($2, j.value->>1, j.value->>2)",
    )
    .bind(json)
    .bind(bytes)
    .fetch_all(db)
    .await
    .context("look for identities")?;
    Ok(found
        .iter()
        .filter_map(|r| {
            let blind: Blind = r.get::<Vec<u8>, _>(0).try_into().ok()?;
            let id = |i: usize| r.get::<Option<i64>, _>(i).map(Id);
            Some((blind, Party { id: Id(r.get(1)), customer: id(2), company: id(3) }))
        })
        .collect())
}

async fn thread_refs(
    db: &mut SqliteConnection,
    references: HashSet<Blind>,
) -> Result<HashMap<Blind, Id>, StorageError> {
    let mut rows = Rows::default();
    for blind in references {
        rows.row().bytes(&blind[..]);
    }
    let (json, bytes) = rows.take();
    let found = sqlx::query(
        "SELECT r.ref_blind, r.thread FROM json_each($1) j
         JOIN thread_refs r ON r.ref_blind = substr($2, j.value->>0, j.value->>1)",
    )
    .bind(json)
    .bind(bytes)
    .fetch_all(db)
    .await
    .context("look for conversations")?;
    Ok(found.iter().filter_map(|r| Some((r.get::<Vec<u8>, _>(0).try_into().ok()?, Id(r.get(1))))).collect())
}

async fn threads(
    db: &mut SqliteConnection,
    refs: &HashMap<Blind, Id>,
) -> Result<HashMap<Id, Thread>, StorageError> {
    let ids: HashSet<i64> = refs.values().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = sqlx::query("SELECT t.id, t.customer FROM json_each($1) j JOIN threads t ON t.id = j.value")
        .bind(Rows::ids(ids))
        .fetch_all(db)
        .await
        .context("look at conversations")?;
    Ok(found
        .iter()
        .map(|r| (Id(r.get(0)), Thread { customer: r.get::<Option<i64>, _>(1).map(Id) }))
        .collect())
}
