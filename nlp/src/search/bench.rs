//! Measuring code: plain tantivy, set up by hand, to hold the index against.
//!
//! The same library, fields and writer, but files in the clear and mapped into memory, texts
//! stored in the index, and queries made of terms, without other forms, titles, corrections and
//! counts. The service itself uses nothing of this.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use rapport_model::{Id, Timestamp};
use tantivy::collector::{Collector, Count, FilterCollector, TopDocs};
use tantivy::query::{BooleanQuery, PhraseQuery, TermQuery};
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, STORED, Schema, TEXT, Value as _};
use tantivy::snippet::SnippetGenerator;
use tantivy::{DocAddress, Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term};

use super::plan::Sought;
use super::searcher::failed;
use crate::NlpError;

/// Memory of the writer, in bytes: as the index's own.
const WRITER_BYTES: usize = 15_000_000;
const ID: &str = "id";
const CUSTOMER: &str = "customer";
const AT: &str = "at";

/// What to look for.
#[derive(Clone, Debug)]
pub struct RawRequest {
    /// Words that must all be there.
    pub words: Vec<String>,
    /// Whether they must stand side by side.
    pub phrase: bool,
    /// Whether the newest come first, not the best.
    pub newest: bool,
    /// Only of these customers.
    pub visible: Option<Arc<HashSet<Id>>>,
    /// How many to give.
    pub limit: usize,
}

/// A plain tantivy index.
pub struct Raw {
    index: Index,
    reader: IndexReader,
    id: Field,
    body: Field,
}

impl Raw {
    /// Makes it in the empty directory `dir` from id, customer, time and text.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn build<'t>(
        dir: &Path,
        texts: impl Iterator<Item = (Id, Id, Timestamp, &'t str)>,
    ) -> Result<Self, NlpError> {
        let what = |source| NlpError::Index { what: "build a plain index", source };
        let mut schema = Schema::builder();
        let id = schema.add_i64_field(ID, INDEXED | FAST);
        let customer = schema.add_i64_field(CUSTOMER, INDEXED | FAST);
        let at = schema.add_i64_field(AT, FAST);
        let body = schema.add_text_field("body", TEXT | STORED);
        let index = Index::create_in_dir(dir, schema.build()).map_err(what)?;
        let mut writer: IndexWriter = index.writer_with_num_threads(1, WRITER_BYTES).map_err(what)?;
        for (text_id, text_customer, time, text) in texts {
            let mut document = TantivyDocument::new();
            document.add_i64(id, text_id.0);
            document.add_i64(customer, text_customer.0);
            document.add_i64(at, time.micros());
            document.add_text(body, text);
            writer.add_document(document).map_err(what)?;
        }
        writer.commit().map_err(what)?;
        writer.wait_merging_threads().map_err(what)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(what)?;
        Ok(Self { index, reader, id, body })
    }

    /// Returns how many files' worth of segments there are.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn n_segments(&self) -> Result<usize, NlpError> {
        self.index.searchable_segment_ids().map(|ids| ids.len()).map_err(failed)
    }

    /// Returns the ids of what fits.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn search(&self, request: &RawRequest) -> Result<Vec<Id>, NlpError> {
        let searcher = self.reader.searcher();
        let ids = self.places(&searcher, request).map_err(failed)?.into_iter().map(|place| {
            let column = searcher.segment_reader(place.segment_ord).fast_fields().i64(ID)?;
            Ok(Id(column.first(place.doc_id).unwrap_or_default()))
        });
        ids.collect::<tantivy::Result<_>>().map_err(failed)
    }

    /// Returns id and snippet, as HTML, of what fits.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn search_with_texts(&self, request: &RawRequest) -> Result<Vec<(Id, String)>, NlpError> {
        let searcher = self.reader.searcher();
        let read = || -> tantivy::Result<Vec<(Id, String)>> {
            let snippets = SnippetGenerator::create(&searcher, &*self.query(request), self.body)?;
            let shown = self.places(&searcher, request)?.into_iter().map(|place| {
                let document: TantivyDocument = searcher.doc(place)?;
                let column = searcher.segment_reader(place.segment_ord).fast_fields().i64(ID)?;
                let id = Id(column.first(place.doc_id).unwrap_or_default());
                let text = document.get_first(self.body).and_then(|v| v.as_str()).unwrap_or_default();
                Ok((id, snippets.snippet(text).to_html()))
            });
            shown.collect()
        };
        read().map_err(failed)
    }

    /// Returns how many texts fit.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn count(&self, request: &RawRequest) -> Result<usize, NlpError> {
        scoped(&self.reader.searcher(), &self.query(request), request, Count).map_err(failed)
    }

    /// Tells whether the text `id` is there.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn has(&self, id: Id) -> Result<bool, NlpError> {
        let query = TermQuery::new(Term::from_field_i64(self.id, id.0), IndexRecordOption::Basic);
        self.reader.searcher().search(&query, &Count).map(|n| n > 0).map_err(failed)
    }

    fn query(&self, request: &RawRequest) -> Sought {
        let terms = request.words.iter().map(|word| Term::from_field_text(self.body, word));
        if request.phrase {
            return Box::new(PhraseQuery::new(terms.collect()));
        }
        let mut terms: Vec<Sought> = terms
            .map(|term| -> Sought { Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)) })
            .collect();
        if terms.len() == 1 { terms.remove(0) } else { Box::new(BooleanQuery::intersection(terms)) }
    }

    fn places(&self, searcher: &tantivy::Searcher, request: &RawRequest) -> tantivy::Result<Vec<DocAddress>> {
        let (query, top) = (self.query(request), TopDocs::with_limit(request.limit));
        if request.newest {
            let newest = top.order_by_fast_field::<i64>(AT, tantivy::Order::Desc);
            let found = scoped(searcher, &query, request, newest)?;
            return Ok(found.into_iter().map(|(_, place)| place).collect());
        }
        let found = scoped(searcher, &query, request, top.order_by_score())?;
        Ok(found.into_iter().map(|(_, place)| place).collect())
    }
}

fn scoped<C: Collector + Send + Sync>(
    searcher: &tantivy::Searcher,
    query: &Sought,
    request: &RawRequest,
    collector: C,
) -> tantivy::Result<C::Fruit> {
    let Some(visible) = request.visible.clone() else { return searcher.search(query, &collector) };
    let is_visible = move |customer: i64| visible.contains(&Id(customer));
    searcher.search(query, &FilterCollector::new(CUSTOMER.to_owned(), is_visible, collector))
}
