//! Completes names while they are typed.

use std::collections::HashSet;
use std::sync::Arc;

use rapport_model::{Id, Kind};
use tantivy::Term;
use tantivy::query::{BooleanQuery, Occur, PhraseQuery, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

use super::dictionary::Dictionary;
use super::plan::{Sought, all, begins_with, filtered, filters};
use super::query::{Unit, word_units};
use super::searcher::{Hit, Request, Searcher, failed, page};
use crate::NlpError;

impl Searcher {
    /// Returns documents of `kinds` (all if empty) whose title has every word of `typed`, the last
    /// one perhaps only begun; at most `limit` (100), titles with whole words first, then those
    /// made last. `visible` is as in [`Request::visible`].
    ///
    /// # Errors
    /// A file of the index is damaged or gone.
    pub fn complete(
        &self,
        typed: &str,
        kinds: &[Kind],
        visible: Option<Arc<HashSet<Id>>>,
        limit: usize,
    ) -> Result<Vec<Hit>, NlpError> {
        let request = Request { kinds: kinds.to_vec(), visible, limit, ..Request::default() };
        let fields = *self.fields();
        let Some(wanted) = wanted(typed, fields.title) else { return Ok(Vec::new()) };
        let query = filtered(wanted, &filters(fields, &request), &[]);
        page(&self.snapshot(), &query, &request).map(|(_, hits)| hits).map_err(failed)
    }

    /// Returns the words that begin with `beginning` and lie in the index's files, those of
    /// deleted documents included: after [`super::SearchIndex::purge`] there are none of these.
    ///
    /// # Errors
    /// A file of the index is damaged or gone.
    pub fn words_kept(&self, beginning: &str) -> Result<Vec<String>, NlpError> {
        let fields = self.fields();
        let dictionary = Dictionary::of(&self.snapshot(), &[fields.title, fields.body]).map_err(failed)?;
        dictionary.beginning_with(beginning).map_err(failed)
    }
}

/// More words than this are left out.
const WORDS_MAX: usize = 8;

/// Asks for titles with each word of `typed`; `None` if there is none.
fn wanted(typed: &str, title: Field) -> Option<Sought> {
    let units = typed.split_whitespace().flat_map(word_units).take(WORDS_MAX);
    let words: Vec<Sought> = units.map(|unit| word(unit, title)).collect();
    if words.is_empty() { None } else { Some(all(words)) }
}

fn word(unit: Unit, title: Field) -> Sought {
    let term = |text: &str| Term::from_field_text(title, text);
    let exact = |text: &str| -> Sought { Box::new(TermQuery::new(term(text), IndexRecordOption::Basic)) };
    match unit {
        Unit::Word(word) => Box::new(BooleanQuery::new(vec![
            (Occur::Must, begins_with(title, &word)),
            (Occur::Should, exact(&word)),
        ])),
        Unit::Prefix(beginning) => begins_with(title, &beginning),
        // The parts of an address or a number; the last one may be only begun.
        Unit::Phrase(tokens) => {
            let begun = tokens.last().map(|(_, word)| begins_with(title, word));
            let whole = tokens.iter().rev().skip(1).map(|(_, word)| exact(word));
            all(begun.into_iter().chain(whole).collect())
        }
        Unit::Run(pairs) => match &pairs[..] {
            [pair] => exact(pair),
            _ => Box::new(PhraseQuery::new(pairs.iter().map(|pair| term(pair)).collect())),
        },
    }
}
