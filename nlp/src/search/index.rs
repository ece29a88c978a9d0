//! Writing to the index.

use std::path::Path;

use rapport_model::{Id, Kind};
use serde::{Deserialize, Serialize};
use tantivy::directory::DirectoryLock;
use tantivy::index::SegmentId;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, NoMergePolicy};
use tantivy::{IndexWriter, TantivyDocument};

use super::open::{lock, make_anew, open_existing, open_or_make};
use super::schema::{Document, version};
use super::searcher::{Answer, Request, Searcher};
use crate::NlpError;

/// Memory in which the writer gathers documents before it writes a segment, in bytes: the least
/// that tantivy takes.
const WRITER_BYTES: usize = 15_000_000;
/// A segment with more deleted documents than this share is written anew at the next chance.
const DELETED_SHARE_MAX: f32 = 0.2;
/// Segments of fewer documents are merged as if they had so many: low enough that commits of a few
/// documents do not keep rewriting thousands, high enough that few small segments remain.
const SEGMENT_DOCUMENTS_MIN: u32 = 1_000;

/// How far the index has followed its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The last entry that is in the index.
    pub seq: i64,
}

/// The checkpoint as a commit carries it.
#[derive(Serialize, Deserialize)]
struct Payload {
    version: String,
    seq: Option<i64>,
}

impl Checkpoint {
    /// Reads what a commit carried; `None` if an index of another version wrote it, or it was
    /// never given a checkpoint.
    pub(super) fn from_payload(payload: &str) -> Option<Self> {
        let payload: Payload = serde_json::from_str(payload).ok()?;
        let seq = payload.seq.filter(|_| payload.version == version())?;
        Some(Self { seq })
    }
}

fn payload(checkpoint: Option<Checkpoint>) -> String {
    let payload = Payload { version: version(), seq: checkpoint.map(|c| c.seq) };
    serde_json::to_string(&payload).expect("a string and a number are JSON")
}

/// A change to the index. Applying one twice is the same as once.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexOp {
    /// Put the document in the place of an earlier one of the same id.
    Put(Document),
    /// Take the document away.
    Delete(Kind, Id),
}

/// The search index of one process, open for writing and searching.
///
/// It is a projection: what it holds can always be made again from the store. Changes are
/// visible, and survive a crash, once [`SearchIndex::commit`] returns.
pub struct SearchIndex {
    searcher: Searcher,
    /// `None` only after an error of [`SearchIndex::purge`] that left no writer.
    writer: Option<IndexWriter>,
    /// Dropped after the writer.
    _lock: DirectoryLock,
}

impl SearchIndex {
    /// Opens the index in the directory `dir`, or makes it. Its files are encrypted with `key`.
    ///
    /// The checkpoint says from where to go on. `None` means that the index is empty: it is new,
    /// was damaged, or was of another version; apply everything again. Nothing in `dir` is
    /// removed but an index's own files.
    ///
    /// # Errors
    /// Another process writes to it, the key is another than before, or the system refuses.
    pub fn open(dir: &Path, key: &[u8; 32]) -> Result<(Self, Option<Checkpoint>), NlpError> {
        let (directory, lock) = lock(dir, key)?;
        let opened = open_or_make(dir, &directory)?;
        let checkpoint = opened.checkpoint;
        let searcher = Searcher::new(opened)?;
        let writer = Some(start_writer(&searcher)?);
        Ok((Self { searcher, writer, _lock: lock }, checkpoint))
    }

    /// Makes the index in `dir` anew, empty, though the one there may be sound.
    ///
    /// # Errors
    /// As for [`SearchIndex::open`].
    pub fn recreate(dir: &Path, key: &[u8; 32]) -> Result<Self, NlpError> {
        let (directory, lock) = lock(dir, key)?;
        let searcher = Searcher::new(make_anew(dir, &directory)?)?;
        let writer = Some(start_writer(&searcher)?);
        Ok(Self { searcher, writer, _lock: lock })
    }

    /// Opens the index in `dir` for searching alone, beside the process that writes it.
    ///
    /// # Errors
    /// There is no index of this version, it is damaged, or the key is wrong.
    pub fn open_reader(dir: &Path, key: &[u8; 32]) -> Result<Searcher, NlpError> {
        Searcher::new(open_existing(dir, key)?)
    }

    /// Returns what searches this index; a clone of it can be used beside the writing.
    pub fn searcher(&self) -> &Searcher {
        &self.searcher
    }

    /// Searches; see [`Searcher::search`].
    ///
    /// # Errors
    /// A file of the index is damaged or gone.
    pub fn search(&self, request: &Request) -> Result<Answer, NlpError> {
        self.searcher.search(request)
    }

    /// Returns the checkpoint of the last commit.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        self.searcher.checkpoint()
    }

    /// Applies a change; it is visible after the next commit.
    ///
    /// # Errors
    /// The writer has failed: open the index again.
    pub fn apply(&mut self, op: IndexOp) -> Result<(), NlpError> {
        let fields = *self.searcher.fields();
        let writer = self.writer()?;
        match op {
            IndexOp::Delete(_, id) => {
                writer.delete_term(fields.key(id));
            }
            IndexOp::Put(document) => {
                writer.delete_term(fields.key(document.id));
                writer
                    .add_document(fields.entry(&document))
                    .map_err(|source| NlpError::Index { what: "index a document", source })?;
            }
        }
        Ok(())
    }

    /// Makes what was applied durable and visible, with `seq` as the checkpoint.
    ///
    /// # Errors
    /// The disk is full or fails; what was applied is then to be applied again.
    pub fn commit(&mut self, seq: i64) -> Result<(), NlpError> {
        self.commit_at(Some(Checkpoint { seq }))
    }

    /// Takes everything out, so that the index can be filled again from the start.
    ///
    /// # Errors
    /// As for [`SearchIndex::commit`].
    pub fn clear(&mut self) -> Result<(), NlpError> {
        let wrap = |source| NlpError::Index { what: "empty the search index", source };
        self.writer()?.delete_all_documents().map_err(wrap)?;
        self.commit_at(None)
    }

    /// Rewrites every segment that holds deleted documents, so that their words are in no file
    /// any more. Commits what was applied, without moving the checkpoint.
    ///
    /// # Errors
    /// As for [`SearchIndex::commit`]. Deleted text may then still lie in the index: repeat.
    /// A file that a search is reading just then goes with the next commit.
    pub fn purge(&mut self) -> Result<(), NlpError> {
        self.commit_at(self.checkpoint())?;
        let wrap = |source| NlpError::Index { what: "purge the search index", source };
        // A merge that runs in the background would hold the segments that we want to rewrite.
        if let Some(writer) = self.writer.take() {
            writer.wait_merging_threads().map_err(wrap)?;
        }
        let mut writer = start_writer(&self.searcher)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        for segment in self.segments_with_deleted().map_err(wrap)? {
            writer.merge(&[segment]).wait().map_err(wrap)?;
        }
        // The old files go only when nobody knows them any more: the reader lets go of them first.
        self.searcher.reload(self.checkpoint())?;
        writer.garbage_collect_files().wait().map_err(wrap)?;
        writer.set_merge_policy(Box::new(merge_policy()));
        self.writer = Some(writer);
        Ok(())
    }

    /// Returns the segments that hold deleted documents; as ids, because what describes a segment
    /// would keep its files from being removed.
    fn segments_with_deleted(&self) -> tantivy::Result<Vec<SegmentId>> {
        let segments = self.searcher.index().searchable_segment_metas()?;
        let segments = segments.iter().filter(|segment| segment.num_deleted_docs() > 0);
        Ok(segments.map(|segment| segment.id()).collect())
    }

    fn commit_at(&mut self, checkpoint: Option<Checkpoint>) -> Result<(), NlpError> {
        let wrap = |source| NlpError::Index { what: "commit to the search index", source };
        let mut commit = self.writer()?.prepare_commit().map_err(wrap)?;
        commit.set_payload(&payload(checkpoint));
        commit.commit().map_err(wrap)?;
        self.searcher.reload(checkpoint)
    }

    /// Returns the writer, starting one if an earlier purge failed half-way.
    fn writer(&mut self) -> Result<&mut IndexWriter, NlpError> {
        let writer = match self.writer.take() {
            Some(writer) => writer,
            None => start_writer(&self.searcher)?,
        };
        Ok(self.writer.insert(writer))
    }
}

fn start_writer(searcher: &Searcher) -> Result<IndexWriter, NlpError> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(WRITER_BYTES)
        .build();
    let writer: IndexWriter<TantivyDocument> = searcher
        .index()
        .writer_with_options(options)
        .map_err(|source| NlpError::Index { what: "start writing to the search index", source })?;
    writer.set_merge_policy(Box::new(merge_policy()));
    Ok(writer)
}

fn merge_policy() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_layer_size(SEGMENT_DOCUMENTS_MIN);
    policy.set_del_docs_ratio_before_merge(DELETED_SHARE_MAX);
    policy
}
