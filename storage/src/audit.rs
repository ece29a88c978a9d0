//! Proving that the journal is whole: seals over it, and the check of rows, chains and seals.
//!
//! A seal covers the rows that were committed since the seal before, and that seal. The newest
//! one is also noted in the key database and in the log, so that nobody can take the newest rows
//! away together with their seal unnoticed.

use rapport_model::{Id, Kind, RecordRef};

use crate::db::{Db, Engine, On, Row, query};
use crate::error::StorageError;
use crate::journal::{Link, Mac, digest, redaction_mac};
use crate::open::{Inner, Store};

/// Rows that one seal covers at most.
const SEALED_MAX: u32 = 50_000;
/// Rows that are looked at together.
const PORTION: u32 = 5_000;
/// On a server one process seals at a time; the number is ours by chance.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1936023916)";

/// What is wrong with the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A row is not as it was written, or stands in another's place.
    Changed {
        /// The row.
        change: Id,
        /// Whose history it belongs to.
        record: Option<RecordRef>,
    },
    /// A row is missing from a record's history.
    Missing {
        /// Whose history.
        record: Option<RecordRef>,
        /// Its place in that history, from 1.
        seq: i64,
    },
    /// Rows that a seal covered are gone, or others were put among them.
    Unsealed {
        /// The seal, from 1.
        seal: i64,
        /// How many rows it covered.
        sealed: i64,
        /// How many there are.
        found: i64,
    },
    /// The newest seals were taken away.
    CutOff {
        /// The newest seal that was noted.
        noted: i64,
        /// The newest that is there.
        found: i64,
    },
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Rows that were looked at.
    pub n_changes: u64,
    /// Records that have a history.
    pub n_records: u64,
    /// Seals that were checked.
    pub n_seals: u64,
    /// Rows whose words an erasure took.
    pub n_redacted: u64,
    /// What is wrong, if anything.
    pub faults: Vec<Fault>,
}

/// A seal as it is stored.
#[derive(Clone, Copy)]
struct Seal {
    id: i64,
    upto: i64,
    n: i64,
    mac: Mac,
}

impl Store {
    /// Seals what was committed since the last seal. Returns how many rows that were.
    ///
    /// # Errors
    /// The store or its key database cannot be written.
    pub async fn seal_journal(&self) -> Result<u64, StorageError> {
        let mut sealed = 0;
        // Asked of the readers first: a look costs no commit, and wakes nobody.
        while self.is_unsealed().await? {
            let inner = self.inner.clone();
            let seal = self
                .write_quietly(move |db| {
                    let inner = inner.clone();
                    Box::pin(async move { seal(db, &inner).await })
                })
                .await?;
            let Some(seal) = seal else { break };
            sealed += seal.n.unsigned_abs();
            self.inner.keyring.note_seal(seal.id, &seal.mac).await?;
            tracing::info!(
                seal = seal.id,
                rows = seal.n,
                mac = crate::keys::hex(&seal.mac),
                "journal sealed"
            );
        }
        Ok(sealed)
    }

    /// Tells whether there are rows that no seal covers and that could be sealed by now.
    async fn is_unsealed(&self) -> Result<bool, StorageError> {
        let sql = match self.inner.engine() {
            Engine::Sqlite => {
                "SELECT EXISTS (SELECT 1 FROM changes WHERE id > (SELECT coalesce(max(upto), 0) FROM seals))"
            }
            Engine::Postgres => {
                "SELECT EXISTS (SELECT 1 FROM changes
                 WHERE xid > (SELECT coalesce(max(upto), 0)::text::xid8 FROM seals)
                   AND xid < pg_snapshot_xmin(pg_current_snapshot()))"
            }
        };
        Ok(query("look for what to seal", sql).one(&self.inner.read).await?.flag(0))
    }

    /// Checks every row of the journal, every chain and every seal.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn audit(&self) -> Result<Audit, StorageError> {
        let mut audit = Audit::default();
        self.check_chains(&mut audit).await?;
        self.check_seals(&mut audit).await?;
        Ok(audit)
    }

    async fn check_chains(&self, audit: &mut Audit) -> Result<(), StorageError> {
        let secrets = &self.inner.keyring.secrets;
        // The record, its last sequence number and code.
        let mut head: (i64, i64, Mac) = (i64::MIN, 0, [0; 16]);
        loop {
            let rows = query(
                "read the journal",
                "SELECT c.id, c.act, c.record_kind, c.record, c.op, c.names, c.digest, c.seq, c.mac, c.fields,
                        r.digest, r.mac, r.erasure
                 FROM changes c LEFT JOIN redactions r ON r.change_id = c.id
                 WHERE (c.record, c.seq) > ($1, $2) ORDER BY c.record, c.seq LIMIT $3",
            )
            .bind(head.0)
            .bind(head.1)
            .bind(PORTION)
            .all(&self.inner.read)
            .await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let link = Link {
                    id: row.id(0),
                    act: row.id(1),
                    kind: row.get(2),
                    record: row.id(3),
                    op: row.get(4),
                    names: row.get(5),
                    digest: row.get(6),
                    seq: row.get(7),
                };
                let record = Kind::by_name(link.kind).map(|kind| RecordRef::new(kind, link.record));
                if link.record.0 != head.0 {
                    head = (link.record.0, 0, [0; 16]);
                    audit.n_records += 1;
                }
                audit.n_changes += 1;
                let expected = head.1 + 1;
                for seq in expected..link.seq.min(expected + 10) {
                    audit.faults.push(Fault::Missing { record, seq });
                }
                let gap = link.seq != expected;
                let stored: Mac = row.get::<&[u8]>(8).try_into().unwrap_or_default();
                let whole = gap || link.mac(secrets, &head.2) == stored;
                if !whole || !self.words_stand(row, &link, audit) {
                    audit.faults.push(Fault::Changed { change: link.id, record });
                }
                head = (link.record.0, link.seq, stored);
            }
        }
    }

    /// Tells whether the sealed values are those that the row was written with, or those that an
    /// erasure left.
    fn words_stand(&self, row: &Row, link: &Link<'_>, audit: &mut Audit) -> bool {
        let now = digest(row.get(9));
        if now == link.digest {
            return true;
        }
        let (Some(redacted), Some(mac)) = (row.get::<Option<&[u8]>>(10), row.get::<Option<&[u8]>>(11)) else {
            return false;
        };
        audit.n_redacted += 1;
        let erasure = row.maybe_id(12).unwrap_or(Id(0));
        now == redacted && redaction_mac(&self.inner.keyring.secrets, link.id, erasure, redacted) == mac
    }

    async fn check_seals(&self, audit: &mut Audit) -> Result<(), StorageError> {
        let mut before = Seal { id: 0, upto: 0, n: 0, mac: [0; 16] };
        loop {
            let next =
                query("read seals", "SELECT id, upto, n, mac FROM seals WHERE id > $1 ORDER BY id LIMIT 1")
                    .bind(before.id)
                    .optional(&self.inner.read)
                    .await?;
            let Some(next) = next.as_ref().map(seal_of) else { break };
            let rows = covered(&self.inner, &self.inner.read, before.upto, Some(next.upto)).await?;
            let mac = seal_mac(&self.inner, &before, next.upto, &rows);
            if mac != next.mac || rows.len() as i64 != next.n {
                audit.faults.push(Fault::Unsealed {
                    seal: next.id,
                    sealed: next.n,
                    found: rows.len() as i64,
                });
            }
            audit.n_seals += 1;
            before = next;
        }
        let noted = self.inner.keyring.noted_seal().await?;
        if let Some((noted, mac)) = noted
            && (noted > before.id || (noted == before.id && mac != before.mac))
        {
            audit.faults.push(Fault::CutOff { noted, found: before.id });
        }
        Ok(())
    }

    /// Returns a digest of all records that stand, by what they say: two stores with the same
    /// records have the same.
    ///
    /// # Errors
    /// The store cannot be read, or a sealed value does not open.
    pub async fn digest(&self) -> Result<[u8; 32], StorageError> {
        let mut hasher = blake3::Hasher::new();
        for kind in Kind::ALL {
            let alive = match kind {
                Kind::Message | Kind::Attachment => "",
                _ => "AND deleted_us IS NULL",
            };
            let sql = format!("SELECT id FROM {} WHERE id > $1 {alive} ORDER BY id LIMIT $2", kind.table());
            let mut after = i64::MIN;
            loop {
                let ids = query("list records", sql.clone()).bind(after).bind(PORTION);
                let ids: Vec<i64> = ids.values(&self.inner.read).await?;
                let Some(last) = ids.last() else { break };
                after = *last;
                let ids = ids.into_iter().map(Id);
                for record in crate::records::load(&self.inner, &self.inner.read, *kind, ids).await? {
                    hasher.update(&serde_json::to_vec(&record).expect("a record is JSON"));
                }
            }
        }
        Ok(*hasher.finalize().as_bytes())
    }
}

fn seal_of(row: &Row) -> Seal {
    let mac = row.get::<&[u8]>(3).try_into().unwrap_or_default();
    Seal { id: row.get(0), upto: row.get(1), n: row.get(2), mac }
}

async fn seal(db: &mut Db, inner: &Inner) -> Result<Option<Seal>, StorageError> {
    if db.engine() == Engine::Postgres {
        db.run("wait for another's seal", LOCK).await?;
    }
    let last = query("find the last seal", "SELECT id, upto, n, mac FROM seals ORDER BY id DESC LIMIT 1")
        .optional(&mut *db)
        .await?;
    let last = last.as_ref().map_or(Seal { id: 0, upto: 0, n: 0, mac: [0; 16] }, seal_of);
    let rows = covered(inner, &mut *db, last.upto, None).await?;
    let Some(upto) = rows.last().map(|row| row.0) else { return Ok(None) };
    let mac = seal_mac(inner, &last, upto, &rows);
    let next = Seal { id: last.id + 1, upto, n: rows.len() as i64, mac };
    query("seal the journal", "INSERT INTO seals (id, upto, n, mac, at_us) VALUES ($1, $2, $3, $4, $5)")
        .bind(next.id)
        .bind(next.upto)
        .bind(next.n)
        .bind(&next.mac[..])
        .bind(inner.clock.now())
        .run(db)
        .await?;
    Ok(Some(next))
}

/// A row that a seal covers: its place in the order of commits, its id and its code.
type Covered = (i64, Id, Vec<u8>);

/// Returns the rows after a mark, in the order of their commits: up to another mark, or about as
/// many as one seal may cover.
async fn covered(
    inner: &Inner,
    on: impl Into<On<'_>>,
    after: i64,
    upto: Option<i64>,
) -> Result<Vec<Covered>, StorageError> {
    let limit = i64::from(SEALED_MAX);
    let (sql, upto) = match inner.engine() {
        // One writer numbers and commits them in the same order.
        Engine::Sqlite => (
            "SELECT id, id, mac FROM changes WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3",
            upto.unwrap_or(i64::MAX),
        ),
        Engine::Postgres => (
            "SELECT xid::text::bigint, id, mac FROM changes
             WHERE xid > $1::text::xid8 AND xid < pg_snapshot_xmin(pg_current_snapshot())
               AND xid <= least($2::text::xid8,
                   coalesce((SELECT xid FROM changes WHERE xid > $1::text::xid8 ORDER BY xid OFFSET $3 - 1 LIMIT 1),
                            $2::text::xid8))
             ORDER BY xid, id",
            upto.unwrap_or(i64::MAX),
        ),
    };
    let limit = if upto == i64::MAX { limit } else { i64::MAX };
    let rows = query("read what to seal", sql).bind(after).bind(upto).bind(limit).all(on).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.id(1), row.get(2))).collect())
}

fn seal_mac(inner: &Inner, before: &Seal, upto: i64, rows: &[Covered]) -> Mac {
    let mut all = Vec::with_capacity(rows.len() * 24);
    for (_, id, mac) in rows {
        all.extend_from_slice(&id.0.to_le_bytes());
        all.extend_from_slice(mac);
    }
    inner.keyring.secrets.journal_mac(&[b"seal", &before.mac, &upto.to_le_bytes(), &all])
}
