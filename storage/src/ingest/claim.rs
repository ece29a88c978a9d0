//! What a mail says it belongs to where nothing that it answers is known: our own signature in a
//! Message-ID or an address, or the number of a ticket in its subject.
//!
//! Neither is proof. Mails are forwarded with all that is in them, and numbers can be guessed: a
//! claim is believed only of who has a part in the conversation, and else kept as a suggestion.

use std::collections::{HashMap, HashSet};

use rapport_model::Id;
use rapport_model::message::{Direction, Trust};

use super::lookup::Known;
use super::ready::{Blind, Ready};
use crate::db::{Column, Columns, Db, Row, query};
use crate::error::StorageError;

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claimed {
    /// The message goes on with this conversation.
    Proven(Id),
    /// It may, if a person thinks so.
    Perhaps(Id),
}

/// A conversation that is claimed, and whose it is.
#[derive(Clone, Copy)]
struct Candidate {
    thread: Id,
    customer: Option<Id>,
    company: Option<Id>,
    /// Whether the claim carries our signature.
    signed: bool,
}

/// What a candidate's row begins with: the conversation, its customer, and their company. A part
/// stands for its whole.
const THREAD: &str = "w.id, w.customer, c.company";
const WHOLE: &str = "JOIN threads t ON t.id = FOUND JOIN threads w ON w.id = coalesce(t.joined_into, t.id)
                     LEFT JOIN customers c ON c.id = w.customer";

/// Judges the claims of those in a batch whose answers lead nowhere, by their own Message-IDs.
pub(super) async fn judge(
    db: &mut Db,
    batch: &[&Ready],
    known: &Known,
) -> Result<HashMap<Blind, Claimed>, StorageError> {
    let lost = |ready: &&Ready| {
        !(ready.signed.is_empty() && ready.tickets.is_empty())
            && !ready.references.iter().any(|reference| known.refs.contains_key(reference))
    };
    let lost: Vec<&Ready> = batch.iter().copied().filter(lost).collect();
    if lost.is_empty() {
        return Ok(HashMap::new());
    }
    let signed = by_signature(db, &lost).await?;
    let tickets = by_ticket(db, &lost).await?;
    let candidates = |ready: &Ready| -> Vec<Candidate> {
        let signed = ready.signed.iter().filter_map(|id| signed.get(id));
        signed.chain(ready.tickets.iter().filter_map(|number| tickets.get(number))).copied().collect()
    };
    let claims: Vec<(&Ready, Vec<Candidate>)> =
        lost.iter().map(|ready| (*ready, candidates(ready))).collect();
    let pairs = claims.iter().filter(|(ready, _)| !ready.addresses.is_empty());
    let pairs = pairs.flat_map(|(ready, all)| all.iter().map(|c| (ready.addresses[0], c.thread))).collect();
    let parts = parts(db, pairs).await?;

    let mut judged = HashMap::new();
    for (ready, all) in claims {
        let Some(own) = ready.references.first() else { continue };
        let is_proven = |c: &&Candidate| is_believed(ready, c, known, &parts);
        let claimed = match all.iter().find(is_proven) {
            Some(proven) => Some(Claimed::Proven(proven.thread)),
            None => all.first().map(|first| Claimed::Perhaps(first.thread)),
        };
        judged.extend(claimed.map(|claimed| (*own, claimed)));
    }
    Ok(judged)
}

fn is_believed(ready: &Ready, candidate: &Candidate, known: &Known, parts: &HashSet<(Blind, Id)>) -> bool {
    let Ok(content) = &ready.arrival.incoming.content else { return false };
    // The house's own, and machines that carry our signature: what they write starts nothing.
    if ready.arrival.direction != Direction::In || (candidate.signed && content.automation.is_some()) {
        return true;
    }
    let Some(author) = ready.addresses.first() else { return false };
    let party = known.parties.get(author);
    let same = |ours: Option<Id>, theirs: Option<Id>| ours.is_some() && ours == theirs;
    let takes_part = parts.contains(&(*author, candidate.thread))
        || same(party.and_then(|p| p.customer), candidate.customer);
    // Who writes for the first time has no company yet, but a domain.
    let company = party.and_then(|p| p.company);
    let company = company.or_else(|| known.parties.get(&ready.domain?)?.company);
    let colleague = same(company, candidate.company);
    let forged = content.trust == Some(Trust::Fail);
    !forged && (takes_part || (candidate.signed && colleague))
}

async fn by_signature(db: &mut Db, lost: &[&Ready]) -> Result<HashMap<Id, Candidate>, StorageError> {
    let ids: HashSet<Id> = lost.iter().flat_map(|ready| ready.signed.iter().copied()).collect();
    let sql = format!(
        "SELECT {THREAD}, o.id FROM {{rows}} JOIN outbox o ON o.id = {{0}} {}",
        WHOLE.replace("FOUND", "o.thread")
    );
    let rows = query("look for signed conversations", sql).rows(db.ids(ids)).all(db).await?;
    Ok(rows.iter().map(|row| (row.id(3), candidate(row, true))).collect())
}

async fn by_ticket(db: &mut Db, lost: &[&Ready]) -> Result<HashMap<i64, Candidate>, StorageError> {
    let mut rows = db.rows(&[Column::Int]);
    let numbers: HashSet<i64> = lost.iter().flat_map(|ready| ready.tickets.iter().copied()).collect();
    for number in numbers {
        rows.row().int(number);
    }
    let sql = format!(
        "SELECT {THREAD}, k.number FROM {{rows}} JOIN tickets k ON k.number = {{0}} AND k.deleted_us IS NULL {}",
        WHOLE.replace("FOUND", "k.thread")
    );
    let rows = query("look for conversations of tickets", sql).rows(rows).all(db).await?;
    Ok(rows.iter().map(|row| (row.get(3), candidate(row, false))).collect())
}

fn candidate(row: &Row, signed: bool) -> Candidate {
    Candidate { thread: row.id(0), customer: row.maybe_id(1), company: row.maybe_id(2), signed }
}

/// Returns which of these addresses have a part in which of these conversations.
async fn parts(db: &mut Db, pairs: HashSet<(Blind, Id)>) -> Result<HashSet<(Blind, Id)>, StorageError> {
    const COLUMNS: &Columns = &[Column::Bytes, Column::Int];
    let mut rows = db.rows(COLUMNS);
    for (address, thread) in &pairs {
        rows.row().bytes(&address[..]).int(thread.0);
    }
    let sql = "SELECT {0}, {1} FROM {rows} JOIN identities i ON i.channel = 'email' AND i.value_blind = {0}
               WHERE EXISTS (SELECT 1 FROM messages m JOIN parties p ON p.message = m.id
                             WHERE m.thread = {1} AND p.identity = i.id)";
    let found = query("look who takes part", sql).rows(rows).all(db).await?;
    Ok(found.iter().filter_map(|row| Some((row.get::<&[u8]>(0).try_into().ok()?, row.id(1)))).collect())
}
