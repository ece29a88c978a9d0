//! Erasing again, in a store that was put back from before.
//!
//! The list of erasures is kept beside backups. It names nobody: of addresses and names it has blind
//! values, by which words about an erased person are found again ([`super::recognise`]).

use std::collections::HashSet;

use rapport_model::{Actor, Id, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Person, Proof, blot_out, others, proof_mac};
use crate::db::query;
use crate::error::StorageError;
use crate::keys::{KeyId, hex};
use crate::open::Store;

/// An erasure, as lists of erasures tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// The erasure.
    pub id: Id,
    /// The customer.
    pub customer: Id,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: String,
    /// Blind values, JSON.
    pub blinds: String,
    /// What was done, JSON: [`Proof`].
    pub proof: String,
    /// The code over it, in hex.
    pub mac: String,
}

impl Store {
    /// Lists all erasures, oldest first, for a restore to do again.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn erased(&self) -> Result<Vec<Erased>, StorageError> {
        let sql = "SELECT id, customer, at_us, actor, blinds, proof, mac FROM erasures ORDER BY id";
        let rows = query("list erasures", sql).all(&self.inner.read).await?;
        let erased = rows.iter().map(|row| Erased {
            id: row.id(0),
            customer: row.id(1),
            at: row.time(2),
            actor: row.get(3),
            blinds: row.get(4),
            proof: row.get(5),
            mac: hex(row.get(6)),
        });
        Ok(erased.collect())
    }

    /// Does the erasures of a list again that this store does not know of. Returns how many those were.
    ///
    /// # Errors
    /// The store cannot be read or written; or an entry was changed or is another house's.
    pub async fn erase_again(&self, list: &[Erased]) -> Result<usize, StorageError> {
        let known: HashSet<Id> = self.erased().await?.into_iter().map(|erased| erased.id).collect();
        let mut news = Vec::new();
        for erased in list.iter().filter(|erased| !known.contains(&erased.id)) {
            let wrong = |why: &str| StorageError::Corrupt {
                what: format!("erasure {} of the list", erased.id),
                why: why.into(),
            };
            let mac = proof_mac(&self.inner, erased.id, &erased.proof, &erased.blinds);
            if hex(&mac) != erased.mac {
                return Err(wrong("was changed, or is another house's"));
            }
            let proof: Proof = serde_json::from_str(&erased.proof).map_err(|e| wrong(&e.to_string()))?;
            let blinds: Vec<String> =
                serde_json::from_str(&erased.blinds).map_err(|e| wrong(&e.to_string()))?;
            news.push((erased, proof, blinds));
        }
        if news.is_empty() {
            return Ok(0);
        }
        let blinds = news.iter().flat_map(|(_, _, blinds)| blinds).cloned().collect();
        let recognised = super::recognise::recognise(&self.inner, &blinds).await?;
        let mut n = 0;
        for (erased, proof, blinds) in news {
            let fresh = || Person {
                customers: Vec::new(),
                identities: Vec::new(),
                keys: HashSet::new(),
                needles: Default::default(),
                blinds: Vec::new(),
            };
            let mut person = self.person(erased.customer).await?.unwrap_or_else(fresh);
            person.keys.extend(proof.keys.iter().map(|key| KeyId(*key)));
            for text in blinds.iter().filter_map(|blind| recognised.get(blind)) {
                person.needles.add_address(text);
            }
            self.take_out(erased, person).await?;
            n += 1;
        }
        Ok(n)
    }

    async fn take_out(&self, erased: &Erased, person: Person) -> Result<(), StorageError> {
        let hits = others::search(&self.inner, &person.needles, &person.keys).await?;
        let keys: Vec<KeyId> = person.keys.iter().copied().collect();
        let act = self.act_by(Actor::Service("restore".into()));
        let (inner, shared) = (self.inner.clone(), std::sync::Arc::new((person, hits, erased.clone())));
        let blobs = self
            .write(move |db| {
                let (inner, act, shared) = (inner.clone(), act.clone(), shared.clone());
                Box::pin(async move {
                    let (person, hits, erased) = &*shared;
                    let mut proof = Proof { erasure: erased.id, ..Proof::default() };
                    let blobs = blot_out(db, &inner, person, hits, &act, &mut proof).await?;
                    let mac = proof_mac(&inner, erased.id, &erased.proof, &erased.blinds);
                    query(
                        "note an erasure",
                        "INSERT INTO erasures (id, customer, at_us, actor, blinds, proof, mac)
                         VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    )
                    .bind(erased.id)
                    .bind(erased.customer)
                    .bind(erased.at)
                    .bind(&erased.actor)
                    .bind(&erased.blinds)
                    .bind(&erased.proof)
                    .bind(&mac[..])
                    .run(db)
                    .await?;
                    Ok(blobs)
                })
            })
            .await?;
        for blob in blobs {
            // One that is gone already is as good.
            let _ = std::fs::remove_file(self.inner.dir.join("blobs").join(blob));
        }
        self.inner.keyring.destroy(&keys, self.inner.clock.now()).await.map(|_| ())
    }
}
