//! Searching.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use rapport_model::message::{ChannelKind, Direction};
use rapport_model::reading::{Intent, Mood};
use rapport_model::{Id, Kind, Timestamp};
use tantivy::collector::sort_key::{SortBySimilarityScore, SortByStaticFastValue};
use tantivy::collector::{Collector, Count, FilterCollector, TopDocs};
use tantivy::columnar::Column;
use tantivy::{DocAddress, Index, IndexReader, ReloadPolicy, SegmentReader};

use super::best::best;
use super::dictionary::Dictionary;
use super::feedback::typical;
use super::index::Checkpoint;
use super::open::Opened;
use super::plan::{Plan, Planner, Sought, all, everything, filtered, filters, one_of, with_feedback};
use super::query::{Query, Unit};
use super::schema::{AT, CUSTOMER, Fields, ID, KIND, kind_by_number};
use super::synonyms::Synonyms;
use crate::NlpError;

/// At most this many hits are given at once,
const LIMIT_MAX: usize = 100;
/// and nobody turns so many pages.
const OFFSET_MAX: usize = 100_000;

/// What to search for, among what, and which part of it to give.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// What to look for; a blank query gives everything that passes the filters.
    pub query: Query,
    /// Only these kinds; all if empty.
    pub kinds: Vec<Kind>,
    /// Only what belongs to this customer.
    pub customer: Option<Id>,
    /// Only what belongs to these customers; `None` for all. What has no customer is seen only if its
    /// own id is among them, a message that has none if [`super::NOBODY`] is. Hits, counts and
    /// corrections know nothing of the rest.
    pub visible: Option<Arc<HashSet<Id>>>,
    /// Only from this channel.
    pub channel: Option<ChannelKind>,
    /// Only what people wrote that went this way.
    pub direction: Option<Direction>,
    /// Only with this intent.
    pub intent: Option<Intent>,
    /// Only of this mood.
    pub mood: Option<Mood>,
    /// Only from this instant on.
    pub since: Option<Timestamp>,
    /// Only before this instant.
    pub until: Option<Timestamp>,
    /// Which hits come first.
    pub order: Order,
    /// How many hits to leave out at the beginning, at most 100,000.
    pub offset: usize,
    /// How many hits to give, at most 100.
    pub limit: usize,
    /// Whether to look for synonyms too.
    pub expand: bool,
}

/// Which hits come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Those that fit best (BM25), of equal ones those made last.
    #[default]
    Relevance,
    /// The newest.
    Newest,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// How many documents fit, on all pages.
    pub total: usize,
    /// The hits of the page asked for.
    pub hits: Vec<Hit>,
    /// Words that were looked for though nobody typed them.
    pub added: Vec<AddedWord>,
    /// Typed words that no document has, each with a similar one that was looked for instead.
    pub corrected: Vec<(String, String)>,
    /// Whether no document has all that was asked for, so that these have only some of it.
    pub relaxed: bool,
}

/// A document that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Its id.
    pub id: Id,
    /// Its kind.
    pub kind: Kind,
    /// Whose it is.
    pub customer: Option<Id>,
    /// How well it fits, comparable within one answer; 0 when ordered by time.
    pub score: f32,
    /// When it arrived or was made.
    pub at: Timestamp,
}

/// A word that was added to a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedWord {
    /// The word or phrase.
    pub word: String,
    /// Why it was added.
    pub because: Because,
}

/// Why a word was added to a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// It stands for this word of the query.
    SynonymOf(String),
    /// It is typical of the first hits.
    Typical,
}

/// Searches an index. Clones share it; a search sees what was committed when it began.
#[derive(Clone)]
pub struct Searcher(Arc<Inner>);

struct Inner {
    index: Index,
    reader: IndexReader,
    fields: Fields,
    synonyms: Synonyms,
    checkpoint: Mutex<Option<Checkpoint>>,
}

impl Searcher {
    pub(super) fn new(opened: Opened) -> Result<Self, NlpError> {
        let Opened { index, fields, checkpoint } = opened;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).doc_store_cache_num_blocks(0);
        let reader = reader.try_into().map_err(failed)?;
        let (synonyms, checkpoint) = (Synonyms::load(), Mutex::new(checkpoint));
        Ok(Self(Arc::new(Inner { index, reader, fields, synonyms, checkpoint })))
    }

    pub(super) fn index(&self) -> &Index {
        &self.0.index
    }

    pub(super) fn fields(&self) -> &Fields {
        &self.0.fields
    }

    pub(super) fn snapshot(&self) -> tantivy::Searcher {
        self.0.reader.searcher()
    }

    pub(super) fn reload(&self, checkpoint: Option<Checkpoint>) -> Result<(), NlpError> {
        self.0.reader.reload().map_err(failed)?;
        *self.0.checkpoint.lock().unwrap_or_else(PoisonError::into_inner) = checkpoint;
        Ok(())
    }

    /// Sees what another process has committed since. Not needed in the process that writes.
    ///
    /// # Errors
    /// The index is gone, or damaged.
    pub fn refresh(&self) -> Result<(), NlpError> {
        // Read before the segments: a search may see more than the checkpoint says, never less.
        let payload = self.0.index.load_metas().map_err(failed)?.payload;
        self.reload(payload.as_deref().and_then(Checkpoint::from_payload))
    }

    /// Returns the checkpoint that searches are at.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        *self.0.checkpoint.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many documents the index holds.
    pub fn count(&self) -> u64 {
        self.snapshot().num_docs()
    }

    /// Searches.
    ///
    /// # Errors
    /// A file of the index is damaged or gone.
    pub fn search(&self, request: &Request) -> Result<Answer, NlpError> {
        self.answer(request, &[]).map_err(failed)
    }

    /// Searches also for words that are typical of `texts`, which are those of the first hits of
    /// the same request, as many as 10; the index does not hold them itself.
    ///
    /// # Errors
    /// A file of the index is damaged or gone.
    pub fn search_with_feedback(&self, request: &Request, texts: &[String]) -> Result<Answer, NlpError> {
        self.answer(request, texts).map_err(failed)
    }

    fn answer(&self, request: &Request, texts: &[String]) -> tantivy::Result<Answer> {
        let (searcher, fields) = (self.snapshot(), self.0.fields);
        if request.query.clauses.is_empty() && !request.query.is_blank() {
            return Ok(Answer::default());
        }
        let dictionary = Dictionary::of(&searcher, &[fields.title, fields.body])?;
        let titles = Dictionary::of(&searcher, &[fields.title])?;
        let planner = Planner {
            fields,
            dictionary: &dictionary,
            titles: &titles,
            synonyms: request.expand.then_some(&self.0.synonyms),
            may_see: |query: &Sought| Ok(count(&searcher, query, request.visible.as_ref())? > 0),
            sees_all: request.visible.is_none(),
            plan: Plan::default(),
        };
        let Plan { wanted, unwanted, mut added, corrected } = planner.plan(&request.query)?;
        let filters = filters(fields, request);
        let typical = if wanted.is_empty() || texts.is_empty() {
            Vec::new()
        } else {
            let known = typed_words(&request.query, &added, &corrected);
            typical(texts, &known, searcher.num_docs(), |word| dictionary.n_documents(word))?
        };
        let core = |wanted: Sought| match typical.is_empty() {
            true => wanted,
            false => with_feedback(fields, wanted, &typical),
        };

        let n_wanted = wanted.len();
        let strict = if n_wanted == 0 { everything() } else { core(all(boxed(&wanted))) };
        let mut found = page(&searcher, &filtered(strict, &filters, &unwanted), request)?;
        let relaxed = found.0 == 0 && n_wanted > 1;
        if relaxed {
            found = page(&searcher, &filtered(core(one_of(wanted)), &filters, &unwanted), request)?;
        }
        added.extend(typical.into_iter().map(|word| AddedWord { word, because: Because::Typical }));
        let (total, hits) = found;
        Ok(Answer { total, hits, added, corrected, relaxed: relaxed && total > 0 })
    }
}

/// Returns a copy of the queries.
fn boxed(queries: &[Sought]) -> Vec<Sought> {
    queries.iter().map(|query| query.box_clone()).collect()
}

/// Returns the words and pairs that are looked for without feedback.
fn typed_words(query: &Query, added: &[AddedWord], corrected: &[(String, String)]) -> HashSet<String> {
    let mut words: HashSet<String> = corrected.iter().map(|(_, found)| found.clone()).collect();
    let mut add = |unit: &Unit| match unit {
        Unit::Word(word) | Unit::Prefix(word) => {
            words.extend(super::inflect::forms(word));
            words.insert(word.clone());
        }
        Unit::Phrase(tokens) => words.extend(tokens.iter().map(|(_, token)| token.clone())),
        Unit::Run(pairs) => words.extend(pairs.iter().cloned()),
    };
    query.clauses.iter().for_each(|clause| add(&clause.unit));
    let added = added.iter().flat_map(|added| added.word.split_whitespace());
    added.flat_map(super::query::word_units).for_each(|unit| add(&unit));
    words
}

/// Counts the visible documents that fit.
fn count(
    searcher: &tantivy::Searcher,
    query: &Sought,
    visible: Option<&Arc<HashSet<Id>>>,
) -> tantivy::Result<usize> {
    match visible {
        // A word's documents were counted when they were written.
        None => query.count(searcher),
        Some(_) => seen(searcher, query, visible, Count),
    }
}

/// Returns how many documents fit, and the page of them that is asked for.
pub(super) fn page(
    searcher: &tantivy::Searcher,
    query: &Sought,
    request: &Request,
) -> tantivy::Result<(usize, Vec<Hit>)> {
    let (limit, offset) = (request.limit.min(LIMIT_MAX), request.offset.min(OFFSET_MAX));
    let top = TopDocs::with_limit(limit.max(1)).and_offset(offset);
    let visible = request.visible.as_ref();
    let by_id = SortByStaticFastValue::<i64>::for_field(ID);
    let (total, places): (usize, Vec<(f32, DocAddress)>) = match request.order {
        _ if limit == 0 => (count(searcher, query, visible)?, Vec::new()),
        // Counting without scores and scoring the best is less work than scoring all; phrases cost
        // most when they are looked for at all.
        Order::Relevance if is_of_words(request) => {
            let places = best(searcher, query, visible.map(|v| &**v), limit + offset)?;
            (count(searcher, query, visible)?, places.into_iter().skip(offset).collect())
        }
        Order::Relevance => {
            let top = top.order_by((SortBySimilarityScore, by_id));
            let (top, total) = seen(searcher, query, visible, (top, Count))?;
            (total, top.into_iter().map(|((score, _), place)| (score, place)).collect())
        }
        Order::Newest => {
            let top = top.order_by((SortByStaticFastValue::<i64>::for_field(AT), by_id));
            let (top, total) = seen(searcher, query, visible, (top, Count))?;
            (total, top.into_iter().map(|(_, place)| (0.0, place)).collect())
        }
    };
    let mut columns = HashMap::new();
    let hits = places.into_iter().map(|(score, place)| {
        let columns = match columns.entry(place.segment_ord) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Columns::of(searcher.segment_reader(place.segment_ord))?),
        };
        Ok(columns.hit(place, score))
    });
    Ok((total, hits.collect::<tantivy::Result<_>>()?))
}

/// Tells whether only words are asked for.
fn is_of_words(request: &Request) -> bool {
    let clauses = &request.query.clauses;
    !clauses.is_empty() && clauses.iter().all(|clause| matches!(clause.unit, Unit::Word(_)))
}

/// Collects what fits and is visible.
fn seen<C: Collector + Send + Sync>(
    searcher: &tantivy::Searcher,
    query: &Sought,
    visible: Option<&Arc<HashSet<Id>>>,
    collector: C,
) -> tantivy::Result<C::Fruit> {
    let Some(visible) = visible else { return searcher.search(query, &collector) };
    let visible = Arc::clone(visible);
    let is_visible = move |customer: i64| visible.contains(&Id(customer));
    searcher.search(query, &FilterCollector::new(CUSTOMER.to_owned(), is_visible, collector))
}

/// What a segment says of its documents.
struct Columns {
    ids: Column<i64>,
    kinds: Column<u64>,
    customers: Column<i64>,
    times: Column<i64>,
}

impl Columns {
    fn of(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self {
            ids: columns.i64(ID)?,
            kinds: columns.u64(KIND)?,
            customers: columns.i64(CUSTOMER)?,
            times: columns.i64(AT)?,
        })
    }

    fn hit(&self, place: DocAddress, score: f32) -> Hit {
        let number = |column: &Column<i64>| column.first(place.doc_id).unwrap_or_default();
        let (id, customer) = (Id(number(&self.ids)), Id(number(&self.customers)));
        // The version of the layout holds the list of kinds, so the number is known.
        let kind = self.kinds.first(place.doc_id).and_then(kind_by_number).unwrap_or(Kind::Message);
        let is_nobodys = customer == super::NOBODY || (customer == id && kind != Kind::Customer);
        Hit {
            id,
            kind,
            customer: (!is_nobodys).then_some(customer),
            score,
            at: Timestamp::from_micros(number(&self.times)),
        }
    }
}

pub(super) fn failed(source: tantivy::TantivyError) -> NlpError {
    NlpError::Index { what: "search", source }
}
