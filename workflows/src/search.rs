//! Finds records by their words: the index finds, the store tells what they say.

use rapport_model::{Id, Kind, RecordRef};
use rapport_nlp::search::{AddedWord, Hit, Request, Snippet, Snippets};
use rapport_storage::index_log::Shown;

use crate::{WorkflowError, Workflows};

/// How much of a text a result shows.
const SNIPPET_CHARS_MAX: usize = 160;
/// How many of the best results the words for a wider search are taken from.
const FEEDBACK_HITS: usize = 10;

/// A search's results.
#[derive(Clone, Debug)]
pub struct Results {
    /// How many records match in all.
    pub total: usize,
    /// The page of them that was asked for.
    pub found: Vec<Found>,
    /// Words that were searched for besides.
    pub added: Vec<AddedWord>,
    /// Words as typed, and as searched for.
    pub corrected: Vec<(String, String)>,
    /// Whether nothing holds all words, so that some were enough.
    pub relaxed: bool,
}

/// One result.
#[derive(Clone, Debug)]
pub struct Found {
    /// The record.
    pub record: RecordRef,
    /// The customer it belongs to.
    pub customer: Option<Id>,
    /// How well it matches; comparable within one search.
    pub score: f32,
    /// When it was.
    pub at: rapport_model::Timestamp,
    /// Its name, subject or title.
    pub title: String,
    /// The words around the match.
    pub snippet: Snippet,
}

impl Workflows {
    /// Searches. With `request.expand` also for synonyms and for what the best results have in
    /// common.
    ///
    /// # Errors
    /// The index or the store cannot be read.
    pub async fn search(&self, request: &Request) -> Result<Results, WorkflowError> {
        search(&self.store, &self.searcher().clone(), request).await
    }
}

/// Searches an index beside its store.
///
/// # Errors
/// The index or the store cannot be read.
pub async fn search(
    store: &rapport_storage::Store,
    searcher: &rapport_nlp::search::Searcher,
    request: &Request,
) -> Result<Results, WorkflowError> {
    let mut answer = searcher.search(request)?;
    if request.expand && !answer.hits.is_empty() {
        let best: Vec<RecordRef> = answer.hits.iter().take(FEEDBACK_HITS).map(record).collect();
        let texts: Vec<String> = store.shown(&best).await?.into_iter().map(|d| words(&d)).collect();
        answer = searcher.search_with_feedback(request, &texts)?;
    }
    let records: Vec<RecordRef> = answer.hits.iter().map(record).collect();
    let documents = store.shown(&records).await?;
    let snippets = Snippets::of(&request.query, &answer);
    let found = answer.hits.iter().filter_map(|hit| {
        // What was taken away since the index was committed is no result any more.
        let document = documents.iter().find(|d| d.record == record(hit))?;
        Some(found(hit, document, &snippets))
    });
    let found = found.collect();
    Ok(Results {
        total: answer.total,
        found,
        added: answer.added,
        corrected: answer.corrected,
        relaxed: answer.relaxed,
    })
}

fn found(hit: &Hit, document: &Shown, snippets: &Snippets) -> Found {
    let text = if document.record.kind == Kind::Message { document.body.clone() } else { words(document) };
    Found {
        record: document.record,
        customer: document.customer,
        score: hit.score,
        at: hit.at,
        title: document.title.clone(),
        snippet: snippets.snippet(&text, SNIPPET_CHARS_MAX),
    }
}

fn record(hit: &Hit) -> RecordRef {
    RecordRef::new(hit.kind, hit.id)
}

fn words(document: &Shown) -> String {
    format!("{}\n{}", document.title, document.body).trim().to_owned()
}
