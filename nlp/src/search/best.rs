//! The best of a query's documents, without scoring those that cannot be among them.
//!
//! Tantivy skips whole blocks of documents whose best possible score is too low, but only while it
//! breaks ties by the documents' places. Here the greatest id wins, so documents that tie with the
//! last of the best are still looked at.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashSet};

use rapport_model::Id;
use tantivy::query::{EnableScoring, Query};
use tantivy::{DocAddress, Score, Searcher};

use super::schema::{CUSTOMER, ID};

/// A document and how well it fits.
struct Candidate {
    score: Score,
    id: i64,
    place: DocAddress,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then(self.id.cmp(&other.id))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

/// Returns the `n` best visible documents, the best first, of equal ones that with the greater id.
pub(super) fn best(
    searcher: &Searcher,
    query: &dyn Query,
    visible: Option<&HashSet<Id>>,
    n: usize,
) -> tantivy::Result<Vec<(Score, DocAddress)>> {
    let weight = query.weight(EnableScoring::enabled_from_searcher(searcher))?;
    let mut found: BinaryHeap<Reverse<Candidate>> = BinaryHeap::new();
    for (segment, reader) in (0..).zip(searcher.segment_readers()) {
        let (ids, customers) = (reader.fast_fields().i64(ID)?, reader.fast_fields().i64(CUSTOMER)?);
        let alive = reader.alive_bitset();
        let is_seen = |doc| {
            alive.is_none_or(|alive| alive.is_alive(doc))
                && visible.is_none_or(|v| customers.first(doc).is_some_and(|c| v.contains(&Id(c))))
        };
        weight.for_each_pruning(least(&found, n), reader, &mut |doc, score| {
            if is_seen(doc) {
                let id = ids.first(doc).unwrap_or_default();
                let candidate = Candidate { score, id, place: DocAddress::new(segment, doc) };
                if found.len() < n {
                    found.push(Reverse(candidate));
                } else if let Some(mut last) = found.peek_mut()
                    && last.0 < candidate
                {
                    last.0 = candidate;
                }
            }
            least(&found, n)
        })?;
    }
    Ok(found.into_sorted_vec().into_iter().map(|Reverse(best)| (best.score, best.place)).collect())
}

/// Returns the score that a document must exceed to be looked at.
fn least(found: &BinaryHeap<Reverse<Candidate>>, n: usize) -> Score {
    match found.peek() {
        Some(Reverse(last)) if found.len() >= n => last.score.next_down(),
        _ => Score::MIN,
    }
}
