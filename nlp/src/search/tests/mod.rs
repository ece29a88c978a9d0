//! The index as its callers use it.

mod asking;
mod finding;
mod keeping;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rapport_model::{Id, Kind, Timestamp};

use super::*;

pub(super) const KEY: [u8; 32] = [42; 32];

/// A directory that goes away with its test.
pub(super) struct Dir(PathBuf);

impl Dir {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("rapport-search-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn open(&self) -> (SearchIndex, Option<Checkpoint>) {
        SearchIndex::open(&self.0, &KEY).unwrap()
    }

    /// Returns an index that holds `documents`.
    pub(super) fn with(&self, documents: &[Document]) -> SearchIndex {
        let (mut index, _) = self.open();
        index.put(documents);
        index.commit(documents.len() as i64).unwrap();
        index
    }

    /// Returns the paths of the index's files, without locks.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_none_or(|e| e != "lock")).collect()
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl SearchIndex {
    pub(super) fn put(&mut self, documents: &[Document]) {
        for document in documents {
            self.apply(IndexOp::Put(document.clone())).unwrap();
        }
    }

    /// Returns the ids of what `query` finds.
    pub(super) fn find(&self, query: &str) -> Vec<i64> {
        self.ask(&asking(query)).hits.iter().map(|hit| hit.id.0).collect()
    }

    pub(super) fn ask(&self, request: &Request) -> Answer {
        self.searcher().search(request).unwrap()
    }
}

pub(super) fn asking(query: &str) -> Request {
    Request { query: Query::parse(query), limit: 20, ..Request::default() }
}

pub(super) fn visible(ids: &[i64]) -> Option<Arc<HashSet<Id>>> {
    Some(Arc::new(ids.iter().map(|id| Id(*id)).collect()))
}

/// Returns a message of customer 1 with that id and text, made `id` seconds after 1970.
pub(super) fn message(id: i64, body: &str) -> Document {
    Document {
        id: Id(id),
        kind: Kind::Message,
        customer: Some(Id(1)),
        channel: None,
        direction: None,
        intents: Vec::new(),
        mood: None,
        at: Timestamp::from_secs(id),
        title: String::new(),
        body: body.to_owned(),
    }
}

/// Returns a record of `kind` with that id and title.
pub(super) fn named(id: i64, kind: Kind, title: &str) -> Document {
    Document { kind, customer: None, title: title.to_owned(), ..message(id, "") }
}
