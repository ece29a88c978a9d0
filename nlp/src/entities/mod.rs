//! Finds named things in a text: addresses, numbers, amounts, dates, references, counts,
//! products, persons and companies.
//!
//! A pure function of the text and its [`Context`]. What could be read in two ways is left out,
//! since a wrong date in a task costs more than a missing one. Persons and companies are told by
//! lists of names and by the words around them; who of them is known to the house is not asked.
//!
//! The text is folded and cut into tokens once; each finder walks the tokens and looks closer
//! only where a digit or one of its words stands. All of it takes linear time.

mod numbers;
mod numerals;
mod text;

mod contact;
mod phone;
mod reference;
mod reference_form;
mod reference_words;

mod currency;
mod money;

mod clock;
mod clock_forms;
mod date;
mod date_en;
mod date_numeric;
mod date_period;
mod date_week;
mod date_zh;

mod product;
mod quantity;

mod names;

mod latin;
mod signature;

mod person;
mod person_known;
mod person_zh;
mod person_zh_called;

mod company;
mod company_context;
mod company_form;
mod company_known;
mod company_noun;
mod company_zh;

#[cfg(test)]
mod named_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono_tz::Tz;
use rapport_model::Timestamp;
use rapport_model::reading::{Entity, EntityKind};

pub(crate) use clock::Part;
pub use phone::in_column as phone_in_column;
use text::Text;

/// What a text is read against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// When the text arrived: `tomorrow` is the day after it.
    pub received_at: Timestamp,
    /// The zone in which days and times are meant.
    pub zone: Tz,
    /// ISO 3166 code of the house's country: numbers without a country code and dates such as
    /// 3/4/2026 are read as people write them there. Empty when unknown.
    pub region: &'a str,
    /// ISO 4217 code of the house's currency: says which dollar `$` is. Empty when unknown.
    pub currency: &'a str,
    /// The names of the catalogue.
    pub products: &'a [String],
}

/// A thing found, in bytes of the folded text.
#[derive(Debug)]
struct Found {
    kind: EntityKind,
    start: usize,
    end: usize,
    value: String,
}

/// Returns the named things in `text`, in its order; no two of them overlap.
///
/// Only the first 20,000 code points are read.
pub fn extract(text: &str, context: &Context) -> Vec<Entity> {
    let folded = Text::new(text);
    let mut found = Vec::new();
    contact::find(&folded, &mut found);
    reference::find(&folded, &mut found);
    phone::find(&folded, context.region, &mut found);
    product::find(&folded, context.products, &mut found);
    money::find(&folded, context, &mut found);
    date::find(&folded, context, &mut found);
    quantity::find(&folded, &mut found);
    names_of(&folded, &mut found);
    place(text, &folded.plain, without_overlaps(found))
}

/// Returns the persons and companies in `text` alone, as [`extract`] does.
pub(crate) fn named(text: &str) -> Vec<Entity> {
    let folded = Text::new(text);
    let mut found = Vec::new();
    names_of(&folded, &mut found);
    place(text, &folded.plain, without_overlaps(found))
}

/// Returns the words of `text` that name a day which no calendar has, such as `30 February` or 2月30日;
/// the first such words.
pub fn impossible_day(text: &str, context: &Context) -> Option<String> {
    let folded = Text::new(text);
    let span = date::impossible(&folded, context)?;
    let found = Found { kind: EntityKind::Date, start: span.start, end: span.end, value: String::new() };
    place(text, &folded.plain, vec![found]).pop().map(|found| found.text)
}

/// Adds the persons and companies.
fn names_of(text: &Text, out: &mut Vec<Found>) {
    let latin = latin::Latin::new(text);
    let mut persons = Vec::new();
    person::find(&latin, &mut persons);
    if text.has_han {
        person_zh::find(text, &mut persons);
        company_zh::find(text, out);
    }
    let spans: Vec<_> = persons.iter().map(|person| (person.start, person.end)).collect();
    company::find(&latin, &spans, out);
    out.append(&mut persons);
}

/// Which of two things that overlap stays: the lower rank. What is marked by its own syntax or
/// by a keyword is surer than what only looks like a number.
fn rank(kind: EntityKind) -> u8 {
    match kind {
        EntityKind::Url => 0,
        EntityKind::Email => 1,
        EntityKind::OrderId | EntityKind::InvoiceId => 2,
        EntityKind::Phone => 3,
        EntityKind::Product => 4,
        EntityKind::Money => 5,
        EntityKind::Date => 6,
        EntityKind::Quantity => 7,
        EntityKind::Person | EntityKind::Company => 8,
    }
}

/// Keeps of each group that overlaps the surest, then the longest, then the first; returns
/// them by position.
fn without_overlaps(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|f| (rank(f.kind), usize::MAX - (f.end - f.start), f.start));
    let mut kept: BTreeMap<usize, Found> = BTreeMap::new();
    for f in found {
        let before = kept.range(..f.end).next_back().is_some_and(|(_, k)| k.end > f.start);
        if !before {
            kept.insert(f.start, f);
        }
    }
    kept.into_values().collect()
}

/// Turns byte positions of the folded text into code points and slices of the original.
fn place(original: &str, folded: &str, found: Vec<Found>) -> Vec<Entity> {
    // Folding keeps code points, so one walk over both texts serves all positions, which only grow.
    let mut both = original.char_indices().zip(folded.char_indices()).enumerate().peekable();
    let mut walk_to = |at: usize| {
        let mut end = (0, 0);
        while let Some(&(n, ((byte, c), (folded_byte, _)))) = both.peek() {
            if folded_byte == at {
                return (n, byte);
            }
            end = (n + 1, byte + c.len_utf8());
            both.next();
        }
        end
    };
    found
        .into_iter()
        .map(|f| {
            let (start, from) = walk_to(f.start);
            let (end, to) = walk_to(f.end);
            Entity { kind: f.kind, text: original[from..to].to_owned(), value: f.value, start, end }
        })
        .collect()
}
