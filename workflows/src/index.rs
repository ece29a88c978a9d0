//! The tailer: takes over into the search index what was committed to the store.

use std::collections::HashMap;

use rapport_model::{Id, RecordRef};
use rapport_nlp::search::{Document, IndexOp, SearchIndex};
use rapport_storage::Store;
use rapport_storage::index_log::{Entry, INDEXED, Indexed, Shown};

use crate::{WorkflowError, Workflows};

/// Entries that are read at once.
const PORTION: u32 = 500;
/// Entries after which the index is committed, however busy the store is.
const COMMIT_ENTRIES_MAX: usize = 2_000;

/// The index and how far it has got.
pub(crate) struct Tail {
    index: SearchIndex,
    /// The last entry that was applied.
    applied: i64,
    /// How many entries were applied since the last commit.
    uncommitted: usize,
    /// Whether an erasure was among what was applied, and nobody was told yet.
    erased: bool,
}

impl Tail {
    /// Continues where the index was committed. An index that is new, that missed entries, or
    /// that is further than the store (which was then restored), is filled from the start.
    pub(crate) async fn start(store: &Store, index: SearchIndex) -> Result<Self, WorkflowError> {
        let applied = index.checkpoint().map(|checkpoint| checkpoint.seq);
        let mut tail = Self { index, applied: applied.unwrap_or(0), uncommitted: 0, erased: false };
        match applied {
            Some(seq) if store.index_can_go_on(seq).await? => {
                // Killed between the index's commit and its note in the store, it would count as
                // behind until something else changes.
                if store.index_lag().await? > 0 {
                    store.index_has(seq).await?;
                }
            }
            _ => {
                tail.fill(store).await?;
            }
        }
        Ok(tail)
    }

    /// Empties the index and takes over everything that the store has. Returns how many records
    /// these were.
    async fn fill(&mut self, store: &Store) -> Result<u64, WorkflowError> {
        self.index.clear()?;
        // What changes meanwhile has entries after the mark, and is taken over again.
        let mark = store.index_mark().await?;
        let mut n = 0;
        for kind in INDEXED {
            let mut after = Id(0);
            loop {
                let records = store.to_index(kind, after).await?;
                let Some(last) = records.last() else { break };
                after = last.id;
                for found in store.indexed(&records).await? {
                    self.index.apply(IndexOp::Put(document(found)))?;
                    n += 1;
                }
            }
        }
        self.index.commit(mark)?;
        (self.applied, self.uncommitted) = (mark, 0);
        store.index_has(mark).await?;
        Ok(n)
    }
}

/// What a round of the tailer did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tailed {
    /// Entries that were applied.
    pub n_applied: usize,
    /// Whether the index was committed, so that searches see them.
    pub committed: bool,
    /// Whether somebody was erased since this was last told, by whichever process.
    pub erased: bool,
}

impl Workflows {
    /// Applies a portion of waiting entries. The index is committed when enough came together,
    /// or, if `idle`, when nothing more waits.
    ///
    /// # Errors
    /// The store or the index failed.
    pub async fn tail_index(&self, idle: bool) -> Result<Tailed, WorkflowError> {
        let mut tail = self.tail.lock().await;
        let (n_applied, committed) = self.take_over(&mut tail, idle).await?;
        Ok(Tailed { n_applied, committed, erased: std::mem::take(&mut tail.erased) })
    }

    /// Applies and commits all entries that wait, so that the next search sees what was just written.
    /// Returns whether somebody was erased, as [`Tailed::erased`].
    ///
    /// # Errors
    /// The store or the index failed.
    pub async fn index_all(&self) -> Result<bool, WorkflowError> {
        let mut tail = self.tail.lock().await;
        self.catch_up(&mut tail).await?;
        Ok(std::mem::take(&mut tail.erased))
    }

    /// As [`Workflows::index_all`]; of an erasure the next who asks is told.
    pub(crate) async fn index_for_search(&self) -> Result<(), WorkflowError> {
        self.catch_up(&mut *self.tail.lock().await).await
    }

    async fn catch_up(&self, tail: &mut Tail) -> Result<(), WorkflowError> {
        while self.take_over(tail, true).await?.0 == PORTION as usize {}
        Ok(())
    }

    /// Returns how many entries were applied, and whether the index was committed.
    async fn take_over(&self, tail: &mut Tail, idle: bool) -> Result<(usize, bool), WorkflowError> {
        let before = tail.applied;
        let entries = self.store.index_entries(before, PORTION).await?;
        let documents = self.store.indexed(&records(&entries)).await?;
        for op in operations(&entries, documents) {
            tail.index.apply(op)?;
        }
        tail.uncommitted += entries.len();
        tail.applied = entries.last().map_or(tail.applied, |e| e.seq);
        let drained = entries.len() < PORTION as usize;
        let purge = entries.iter().any(|e| e.record.is_none());
        let full = tail.uncommitted >= COMMIT_ENTRIES_MAX;
        let commit = full || purge || (idle && drained && tail.uncommitted > 0);
        if commit {
            let seq = tail.applied;
            if purge {
                // Should we be killed in the middle, the entry is applied, and this done, again.
                tail.index.commit(before)?;
                tail.index.purge()?;
            }
            tail.index.commit(seq)?;
            tail.uncommitted = 0;
            self.store.index_has(seq).await?;
        }
        tail.erased |= purge;
        Ok((entries.len(), commit))
    }

    /// Empties the index and fills it again. Returns how many records it took over.
    ///
    /// # Errors
    /// The store or the index failed.
    pub async fn reindex(&self) -> Result<u64, WorkflowError> {
        self.tail.lock().await.fill(&self.store).await
    }
}

fn records(entries: &[Entry]) -> Vec<RecordRef> {
    let mut records: Vec<RecordRef> = entries.iter().filter_map(|e| e.record).collect();
    records.sort_unstable();
    records.dedup();
    records
}

/// Returns what to do to the index: put what the store has, remove what it has no more.
fn operations(entries: &[Entry], documents: Vec<Indexed>) -> Vec<IndexOp> {
    let mut found: HashMap<RecordRef, Document> =
        documents.into_iter().map(|d| (d.shown.record, document(d))).collect();
    let put = |record: RecordRef| match found.remove(&record) {
        Some(document) => IndexOp::Put(document),
        None => IndexOp::Delete(record.kind, record.id),
    };
    records(entries).into_iter().map(put).collect()
}

fn document(indexed: Indexed) -> Document {
    let Shown { record, customer, title, body } = indexed.shown;
    Document {
        id: record.id,
        kind: record.kind,
        customer,
        channel: indexed.channel,
        direction: indexed.direction,
        intents: indexed.intents,
        mood: indexed.mood,
        at: indexed.at,
        title,
        body,
    }
}
