//! Turns what a person asked for into what the index can answer.

use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, InvertedIndexRangeQuery, Occur, PhraseQuery,
    Query as TantivyQuery, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::dictionary::Dictionary;
use super::inflect::forms;
use super::query::{Clause, Query, Unit, word_units};
use super::schema::{Fields, Tag};
use super::searcher::{AddedWord, Because, Request};
use super::synonyms::{PHRASE_WORDS_MAX, Synonyms};

/// What tantivy looks for.
pub(super) type Sought = Box<dyn TantivyQuery>;

/// A word in the title counts this much more than in the body.
const TITLE_BOOST: f32 = 2.0;
/// Another form of a word counts less than the one that was typed,
const FORM_BOOST: f32 = 0.8;
/// a corrected one less still,
const CORRECTED_BOOST: f32 = 0.7;
/// and a word that was never typed least, so that texts with the typed ones stay on top.
const SYNONYM_BOOST: f32 = 0.4;
const FEEDBACK_BOOST: f32 = 0.3;
/// A text without the typed words must have so many of the typical ones.
const FEEDBACK_WORDS_MIN: usize = 2;
/// At most this many words of a query are looked up for typing errors: each costs milliseconds.
const CORRECTED_MAX: usize = 8;

/// What a query asks for, in tantivy's terms, and what was done to it.
#[derive(Default)]
pub(super) struct Plan {
    /// Texts have all of these, or, if none has, some of them.
    pub(super) wanted: Vec<Sought>,
    /// Texts have none of these.
    pub(super) unwanted: Vec<Sought>,
    pub(super) added: Vec<AddedWord>,
    pub(super) corrected: Vec<(String, String)>,
}

/// Makes the plan of one query.
pub(super) struct Planner<'a, V> {
    pub(super) fields: Fields,
    /// The words of both fields,
    pub(super) dictionary: &'a Dictionary,
    /// and those of titles, which are few: what no title has is not looked for there.
    pub(super) titles: &'a Dictionary,
    /// Set to add synonyms.
    pub(super) synonyms: Option<&'a Synonyms>,
    /// Tells whether the asker may see any document with this word: a correction must not tell
    /// what is in the others.
    pub(super) may_see: V,
    /// Whether they may see every document.
    pub(super) sees_all: bool,
    pub(super) plan: Plan,
}

impl<V: Fn(&Sought) -> tantivy::Result<bool>> Planner<'_, V> {
    /// Plans `query`.
    pub(super) fn plan(mut self, query: &Query) -> tantivy::Result<Plan> {
        let mut clauses = &query.clauses[..];
        while let [first, rest @ ..] = clauses {
            if first.excluded {
                let unwanted = self.unit(&first.unit)?;
                self.plan.unwanted.push(unwanted);
                clauses = rest;
                continue;
            }
            let n = self.phrase_of_lists(clauses);
            let (part, rest) = clauses.split_at(n);
            let wanted = self.part(part)?;
            self.plan.wanted.push(wanted);
            clauses = rest;
        }
        Ok(self.plan)
    }

    /// Returns how many of the first clauses are one phrase of the synonym lists; else 1.
    fn phrase_of_lists(&self, clauses: &[Clause]) -> usize {
        let Some(synonyms) = self.synonyms else { return 1 };
        let words: Vec<&str> = leading_words(clauses);
        let phrase = (2..=words.len().min(PHRASE_WORDS_MAX)).rev();
        phrase.into_iter().find(|n| !synonyms.of(&words[..*n]).is_empty()).unwrap_or(1)
    }

    /// Asks for the clauses of `part` together, or for what stands for them.
    fn part(&mut self, part: &[Clause]) -> tantivy::Result<Sought> {
        let alternatives = self.alternatives(part);
        let mut typed = Vec::new();
        for clause in part {
            typed.push(match &clause.unit {
                Unit::Word(word) if alternatives.is_empty() => self.word_or_correction(word)?,
                unit => self.unit(unit)?,
            });
        }
        let mut any = vec![all(typed)];
        for (added, text) in alternatives {
            let units: Vec<Unit> = text.split_whitespace().flat_map(word_units).collect();
            let units = units.iter().map(|unit| self.unit(unit)).collect::<tantivy::Result<_>>()?;
            any.push(boosted(all(units), SYNONYM_BOOST));
            if !self.plan.added.contains(&added) {
                self.plan.added.push(added);
            }
        }
        Ok(one_of(any))
    }

    /// Returns what the synonym lists offer for `part`: what to report, and what to look for.
    fn alternatives(&self, part: &[Clause]) -> Vec<(AddedWord, String)> {
        let Some(synonyms) = self.synonyms else { return Vec::new() };
        let added =
            |word: &str, of: String| AddedWord { word: word.to_owned(), because: Because::SynonymOf(of) };
        if let [Clause { unit: Unit::Run(pairs), .. }] = part {
            let replaced = synonyms.in_run(&Unit::run_text(pairs));
            return replaced.into_iter().map(|r| (added(r.by, r.word), r.run)).collect();
        }
        let words = leading_words(part);
        let offered = synonyms.of(&words).into_iter();
        offered.map(|word| (added(word, words.join(" ")), word.to_owned())).collect()
    }

    /// Asks for one unit as it was typed.
    fn unit(&self, unit: &Unit) -> tantivy::Result<Sought> {
        match unit {
            Unit::Word(word) => self.any_form(word, &self.forms(word)?),
            Unit::Prefix(beginning) => Ok(self.prefix(beginning)),
            Unit::Phrase(tokens) => self.phrase(tokens),
            Unit::Run(pairs) => self.run(pairs),
        }
    }

    fn word_or_correction(&mut self, word: &str) -> tantivy::Result<Sought> {
        let forms = self.forms(word)?;
        let typed = self.any_form(word, &forms)?;
        if !forms.is_empty() || self.has(word)? || self.plan.corrected.len() >= CORRECTED_MAX {
            return Ok(typed);
        }
        let mut any = Vec::new();
        for similar in self.dictionary.similar(word)? {
            let sought = self.term(&similar.word)?;
            if (self.may_see)(&sought)? {
                self.plan.corrected.push((word.to_owned(), similar.word));
                any.push(boosted(sought, CORRECTED_BOOST));
            }
        }
        Ok(if any.is_empty() { typed } else { one_of(any) })
    }

    /// Tells whether a document that the asker may see has `word`: that one is not corrected must not
    /// tell what is in the others.
    fn has(&self, word: &str) -> tantivy::Result<bool> {
        Ok(self.dictionary.has(word)? && (self.sees_all || (self.may_see)(&self.term(word)?)?))
    }

    /// Returns the other forms of `word` that exist.
    fn forms(&self, word: &str) -> tantivy::Result<Vec<String>> {
        let mut found = Vec::new();
        for form in forms(word) {
            if self.has(&form)? {
                found.push(form);
            }
        }
        Ok(found)
    }

    fn any_form(&self, word: &str, forms: &[String]) -> tantivy::Result<Sought> {
        let mut any = vec![self.term(word)?];
        for form in forms {
            any.push(boosted(self.term(form)?, FORM_BOOST));
        }
        Ok(one_of(any))
    }

    fn term(&self, word: &str) -> tantivy::Result<Sought> {
        let term = |field| -> Sought {
            Box::new(TermQuery::new(Term::from_field_text(field, word), IndexRecordOption::WithFreqs))
        };
        Ok(if self.titles.has(word)? { self.in_both(term) } else { term(self.fields.body) })
    }

    fn prefix(&self, beginning: &str) -> Sought {
        self.in_both(|field| begins_with(field, beginning))
    }

    fn phrase(&self, tokens: &[(usize, String)]) -> tantivy::Result<Sought> {
        let phrase = |field| -> Sought {
            let term = |(place, word): &(usize, String)| (*place, Term::from_field_text(field, word));
            Box::new(PhraseQuery::new_with_offset(tokens.iter().map(term).collect()))
        };
        match tokens {
            [] => Ok(one_of(Vec::new())),
            [(_, word)] => self.term(word),
            _ => {
                for (_, word) in tokens {
                    if !self.titles.has(word)? {
                        return Ok(phrase(self.fields.body));
                    }
                }
                Ok(self.in_both(phrase))
            }
        }
    }

    /// Asks for a run of letters that may be several words: of its n pairs more than half must be
    /// there, because in a run of two-letter words every second pair spans two words. Texts with
    /// the whole run as it stands come first.
    fn run(&self, pairs: &[String]) -> tantivy::Result<Sought> {
        let loose = pairs.iter().map(|pair| self.term(pair)).collect::<tantivy::Result<_>>()?;
        let loose: Sought =
            Box::new(BooleanQuery::union_with_minimum_required_clauses(loose, pairs.len() / 2 + 1));
        if pairs.len() < 2 {
            return Ok(loose);
        }
        let whole = self.phrase(&pairs.iter().cloned().enumerate().collect::<Vec<_>>())?;
        Ok(Box::new(BooleanQuery::new(vec![(Occur::Must, loose), (Occur::Should, whole)])))
    }

    fn in_both(&self, query: impl Fn(Field) -> Sought) -> Sought {
        one_of(vec![boosted(query(self.fields.title), TITLE_BOOST), query(self.fields.body)])
    }
}

/// Returns the words that the clauses begin with, up to the first that is something else.
fn leading_words(clauses: &[Clause]) -> Vec<&str> {
    let words = clauses.iter().map_while(|clause| match &clause.unit {
        Unit::Word(word) if !clause.excluded => Some(word.as_str()),
        _ => None,
    });
    words.collect()
}

/// Widens `core` to texts that have several of `words`, and ranks those of its texts first that
/// have some.
pub(super) fn with_feedback(fields: Fields, core: Sought, words: &[String]) -> Sought {
    let term = |word: &String| -> Sought {
        let term = Term::from_field_text(fields.body, word);
        Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
    };
    let several = words.iter().map(term).collect();
    let several = BooleanQuery::union_with_minimum_required_clauses(several, FEEDBACK_WORDS_MIN);
    one_of(vec![core, boosted(Box::new(several), FEEDBACK_BOOST)])
}

/// Asks for documents that pass the filters of `request`; this changes no score.
pub(super) fn filters(fields: Fields, request: &Request) -> Vec<Sought> {
    let tag = |tag: Tag| -> Sought { Box::new(TermQuery::new(fields.tag(tag), IndexRecordOption::Basic)) };
    let mut filters = Vec::new();
    if !request.kinds.is_empty() {
        filters.push(one_of(request.kinds.iter().map(|kind| tag(Tag::Kind(*kind))).collect()));
    }
    let tags = [
        request.channel.map(Tag::Channel),
        request.direction.map(Tag::Direction),
        request.intent.map(Tag::Intent),
        request.mood.map(Tag::Mood),
    ];
    filters.extend(tags.into_iter().flatten().map(tag));
    if let Some(customer) = request.customer {
        let term = Term::from_field_i64(fields.customer, customer.0);
        filters.push(Box::new(TermQuery::new(term, IndexRecordOption::Basic)));
    }
    if request.since.is_some() || request.until.is_some() {
        let at = |t: rapport_model::Timestamp| Term::from_field_i64(fields.at, t.micros());
        let since = request.since.map_or(Bound::Unbounded, |t| Bound::Included(at(t)));
        let until = request.until.map_or(Bound::Unbounded, |t| Bound::Excluded(at(t)));
        filters.push(Box::new(RangeQuery::new(since, until)));
    }
    filters.into_iter().map(|filter| -> Sought { Box::new(ConstScoreQuery::new(filter, 0.0)) }).collect()
}

/// Asks for what `wanted` asks for and passes all `filters`, without what is `unwanted`.
pub(super) fn filtered(wanted: Sought, filters: &[Sought], unwanted: &[Sought]) -> Sought {
    let boxed = |occur: Occur| move |query: &Sought| (occur, query.box_clone());
    let mut clauses = vec![(Occur::Must, wanted)];
    clauses.extend(filters.iter().map(boxed(Occur::Must)));
    clauses.extend(unwanted.iter().map(boxed(Occur::MustNot)));
    if clauses.len() == 1 { clauses.remove(0).1 } else { Box::new(BooleanQuery::new(clauses)) }
}

/// Asks for every document, all alike.
pub(super) fn everything() -> Sought {
    Box::new(ConstScoreQuery::new(Box::new(AllQuery), 0.0))
}

/// Asks for tokens in `field` that begin with `beginning`; all texts that have one score 1.
pub(super) fn begins_with(field: Field, beginning: &str) -> Sought {
    let term = |text: &str| Term::from_field_text(field, text);
    // No token holds the greatest character, so this is greater than all that begin so.
    let end = format!("{beginning}{}", char::MAX);
    let range = InvertedIndexRangeQuery::new(Bound::Included(term(beginning)), Bound::Excluded(term(&end)));
    Box::new(ConstScoreQuery::new(Box::new(range), 1.0))
}

pub(super) fn all(mut queries: Vec<Sought>) -> Sought {
    if queries.len() == 1 { queries.remove(0) } else { Box::new(BooleanQuery::intersection(queries)) }
}

pub(super) fn one_of(mut queries: Vec<Sought>) -> Sought {
    if queries.len() == 1 { queries.remove(0) } else { Box::new(BooleanQuery::union(queries)) }
}

pub(super) fn boosted(query: Sought, boost: f32) -> Sought {
    Box::new(BoostQuery::new(query, boost))
}
