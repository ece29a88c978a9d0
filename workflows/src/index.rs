//! The tailer: takes over into the search index what was committed to the store.

use std::collections::HashMap;

use rapport_model::{Kind, RecordRef};
use rapport_nlp::search::{Document, IndexOp, SearchIndex};
use rapport_storage::Store;
use rapport_storage::index_log::{Entry, Indexed};

use crate::workflows::lock;
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
}

impl Tail {
    /// Continues where the index was committed. An index that is new, or further than the store
    /// (which was then restored), is filled from the start.
    pub(crate) async fn start(store: &Store, mut index: SearchIndex) -> Result<Self, WorkflowError> {
        let last = store.last_index_entry().await?;
        let applied = match index.checkpoint() {
            Some(checkpoint) if checkpoint.seq <= last => checkpoint.seq,
            Some(_) => {
                index.clear()?;
                store.enter_everything().await?;
                0
            }
            None => {
                store.enter_everything().await?;
                0
            }
        };
        Ok(Self { index, applied, uncommitted: 0 })
    }
}

/// What a round of the tailer did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tailed {
    /// Entries that were applied.
    pub n_applied: usize,
    /// Whether the index was committed, so that searches see them.
    pub committed: bool,
}

impl Workflows {
    /// Applies a portion of waiting entries. The index is committed when enough came together,
    /// or, if `idle`, when nothing more waits.
    ///
    /// # Errors
    /// The store or the index failed.
    pub async fn tail_index(&self, idle: bool) -> Result<Tailed, WorkflowError> {
        let applied = lock(&self.tail).applied;
        let entries = self.store.index_entries(applied, PORTION).await?;
        let documents = self.store.indexed(&records(&entries)).await?;
        let (tailed, seq) = {
            let mut tail = lock(&self.tail);
            for op in operations(&entries, documents) {
                tail.index.apply(op)?;
            }
            tail.uncommitted += entries.len();
            tail.applied = entries.last().map_or(tail.applied, |e| e.seq);
            let drained = entries.len() < PORTION as usize;
            let commit = tail.uncommitted >= COMMIT_ENTRIES_MAX || (idle && drained && tail.uncommitted > 0);
            if commit {
                let seq = tail.applied;
                tail.index.commit(seq)?;
                tail.uncommitted = 0;
            }
            (Tailed { n_applied: entries.len(), committed: commit }, tail.applied)
        };
        if tailed.committed {
            self.store.index_has(seq).await?;
        }
        Ok(tailed)
    }

    /// Empties the index and fills it again. Returns how many records it took over.
    ///
    /// # Errors
    /// The store or the index failed.
    pub async fn reindex(&self) -> Result<u64, WorkflowError> {
        {
            let mut tail = lock(&self.tail);
            tail.index.clear()?;
            tail.uncommitted = 0;
        }
        let n = self.store.enter_everything().await?;
        while self.tail_index(true).await?.n_applied > 0 {}
        Ok(n)
    }
}

fn records(entries: &[Entry]) -> Vec<RecordRef> {
    let mut records: Vec<RecordRef> = entries.iter().map(|e| e.record).collect();
    records.sort_unstable();
    records.dedup();
    records
}

/// Returns what to do to the index: put what the store has, remove what it has no more.
fn operations(entries: &[Entry], documents: Vec<Indexed>) -> Vec<IndexOp> {
    let mut found: HashMap<RecordRef, Document> =
        documents.into_iter().map(|d| (d.record, document(d))).collect();
    let put = |record: RecordRef| match found.remove(&record) {
        Some(document) => IndexOp::Put(document),
        None => IndexOp::Delete(record.kind, record.id),
    };
    records(entries).into_iter().map(put).collect()
}

fn document(indexed: Indexed) -> Document {
    let kind: Kind = indexed.record.kind;
    Document {
        id: indexed.record.id,
        kind,
        customer: indexed.customer,
        channel: indexed.channel,
        intents: indexed.intents,
        mood: indexed.mood,
        at: indexed.at,
        title: indexed.title,
        body: indexed.body,
    }
}
