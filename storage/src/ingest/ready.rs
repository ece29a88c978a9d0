//! What is done for a message beside the writer, by whoever brings it: so that the one writer
//! only writes.

use std::sync::{Arc, OnceLock};

use rapport_model::address::company_domain;
use rapport_model::message::Content;
use rapport_model::{Id, Mailbox};

use super::Arrival;
use crate::db::without_nul;
use crate::messages::pack;
use crate::open::Inner;
use crate::outbox;

/// A blind value.
pub(super) type Blind = [u8; 16];
/// A source and a key within it.
pub(super) type SeenKey = (String, Vec<u8>);

/// Longer keys are known by their digest.
const KEY_BYTES_MAX: usize = 512;
/// A larger batch is not packed by the task that brings it: others wait for their turn.
const PACKED_AT_ONCE_MAX: usize = 16;

/// A message with all that it is looked up by. Its bytes are packed while it waits.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) arrival: Arrival,
    /// By which it is recognised when it comes again; the first is its own.
    pub(super) keys: Vec<SeenKey>,
    /// Everybody in [`mailboxes`], in this order.
    pub(super) addresses: Vec<Blind>,
    /// The domain of the author's company, where the author becomes a customer.
    pub(super) domain: Option<Blind>,
    /// Its own Message-ID and those that it answers.
    pub(super) references: Vec<Blind>,
    /// The messages of ours that carry it, or that it carries: what our signature proves.
    pub(super) signed: Vec<Id>,
    /// The numbers of the tickets that its subject names.
    pub(super) tickets: Vec<i64>,
    packed: OnceLock<Packed>,
}

/// The bytes of a message, packed.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) body: Vec<u8>,
    pub(super) raw: Vec<u8>,
}

impl Ready {
    pub(super) fn of(inner: &Inner, arrival: Arrival) -> Self {
        let secrets = &inner.keyring.secrets;
        let mut ready = Self {
            keys: seen_keys(&arrival),
            addresses: Vec::new(),
            domain: None,
            references: Vec::new(),
            signed: Vec::new(),
            tickets: Vec::new(),
            packed: OnceLock::new(),
            arrival,
        };
        if let Ok(content) = &ready.arrival.incoming.content {
            // Addresses and domains never meet: a domain has no @.
            ready.addresses =
                mailboxes(content).map(|m| secrets.blind("value", m.address.as_str())).collect();
            let author = content.from.first().filter(|_| ready.arrival.is_from_customer(content));
            ready.domain = author
                .and_then(|author| company_domain(&author.address))
                .map(|domain| secrets.blind("value", domain));
            let ids = std::iter::once(&content.message_id).chain(&content.answers);
            ready.references = ids.map(|id| secrets.blind("message_id", id)).collect();
            let named = content.answers.iter().chain(&content.references);
            ready.signed = named.filter_map(|name| outbox::named(secrets, name)).collect();
            ready.tickets.clone_from(&content.tickets);
        }
        ready
    }

    fn pack(&self) {
        self.packed();
    }

    /// Returns the packed bytes; whoever asks first packs them.
    pub(super) fn packed(&self) -> &Packed {
        self.packed.get_or_init(|| {
            let incoming = &self.arrival.incoming;
            let body = incoming.content.as_ref().map(|content| pack(content.body.as_bytes()));
            Packed { body: body.unwrap_or_default(), raw: pack(&incoming.raw) }
        })
    }
}

/// Packs a batch; a large one on another thread, from its end: the writer begins at its beginning,
/// and packs what it comes to first.
pub(super) fn pack_meanwhile(batch: &Arc<Vec<Ready>>) {
    if batch.len() <= PACKED_AT_ONCE_MAX {
        return batch.iter().for_each(Ready::pack);
    }
    let batch = batch.clone();
    // One thread, not many: it is the writer's speed that counts, and they would take its turns.
    tokio::task::spawn_blocking(move || batch.iter().rev().for_each(Ready::pack));
}

fn seen_keys(arrival: &Arrival) -> Vec<SeenKey> {
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
