//! Looks words up in the index's own dictionary: which exist, how many documents have them, and
//! which are close to one that does not exist.

use std::collections::HashMap;
use std::sync::Arc;

use tantivy::schema::Field;
use tantivy::{InvertedIndexReader, Searcher};

use super::tokens::WORD_LETTERS_MAX;

/// Shorter words are not corrected: everything is close to them.
const TYPO_LETTERS_MIN: usize = 4;
/// From this length on a word may have two typing errors.
const TWO_TYPOS_LETTERS_MIN: usize = 8;
/// At most this many words are offered for a misspelt one.
const SIMILAR_MAX: usize = 5;

const ROW: usize = WORD_LETTERS_MAX + 1;

/// The dictionary of some fields of an index, over all its segments.
pub(super) struct Dictionary {
    readers: Vec<Arc<InvertedIndexReader>>,
}

/// A word that is close to one asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Similar {
    pub(super) word: String,
    /// How many typing errors apart.
    pub(super) distance: usize,
    /// How many documents have it, counting a document once for each field.
    pub(super) n_documents: u64,
}

impl Dictionary {
    pub(super) fn of(searcher: &Searcher, fields: &[Field]) -> tantivy::Result<Self> {
        let segments = searcher.segment_readers();
        let readers = segments.iter().flat_map(|s| fields.iter().map(|f| s.inverted_index(*f)));
        Ok(Self { readers: readers.collect::<tantivy::Result<_>>()? })
    }

    /// Returns how many documents have `word`, counting a document once for each field.
    pub(super) fn n_documents(&self, word: &str) -> tantivy::Result<u64> {
        let mut n = 0;
        for reader in &self.readers {
            n += reader.terms().get(word)?.map_or(0, |term| u64::from(term.doc_freq));
        }
        Ok(n)
    }

    /// Tells whether any document has `word`.
    pub(super) fn has(&self, word: &str) -> tantivy::Result<bool> {
        for reader in &self.readers {
            if reader.terms().get(word)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the words that begin with `beginning`, in their order, without doubles.
    pub(super) fn beginning_with(&self, beginning: &str) -> tantivy::Result<Vec<String>> {
        let mut words = std::collections::BTreeSet::new();
        for reader in &self.readers {
            let mut found = reader.terms().range().ge(beginning).into_stream()?;
            while found.advance() && found.key().starts_with(beginning.as_bytes()) {
                words.insert(String::from_utf8_lossy(found.key()).into_owned());
            }
        }
        Ok(words.into_iter().collect())
    }

    /// Returns the words that are closest to `word`, the most frequent first; none for a word too
    /// short to be corrected. One typing error is a letter too many, too few, wrong, or two
    /// swapped; words of 8 letters may have two, but not in their first letter.
    pub(super) fn similar(&self, word: &str) -> tantivy::Result<Vec<Similar>> {
        let letters: Vec<char> = word.chars().collect();
        if letters.len() < TYPO_LETTERS_MIN || letters.iter().any(char::is_ascii_digit) {
            return Ok(Vec::new()); // A number that is not there is another number, not a typing error.
        }
        let far = if letters.len() < TWO_TYPOS_LETTERS_MIN { 1 } else { 2 };
        let mut found: HashMap<String, (usize, u64)> = HashMap::new();
        for reader in &self.readers {
            let first = letters[0].to_string();
            let mut words = reader.terms().range().ge(&first).lt(after(letters[0])).into_stream()?;
            while let Some((bytes, term)) = words.next() {
                let Some(distance) = std::str::from_utf8(bytes).ok().and_then(|w| within(&letters, w, far))
                else {
                    continue;
                };
                let entry = found.entry(String::from_utf8_lossy(bytes).into_owned()).or_insert((distance, 0));
                entry.1 += u64::from(term.doc_freq);
            }
        }
        for word in with_other_beginning(&letters) {
            let n = self.n_documents(&word)?;
            if n > 0 {
                found.insert(word, (1, n));
            }
        }
        let nearest = found.values().map(|(distance, _)| *distance).min().unwrap_or(0);
        let similar = found.into_iter().filter(|(_, (distance, _))| *distance == nearest);
        let mut similar: Vec<_> =
            similar.map(|(word, (distance, n_documents))| Similar { word, distance, n_documents }).collect();
        similar.sort_by(|a, b| b.n_documents.cmp(&a.n_documents).then_with(|| a.word.cmp(&b.word)));
        similar.truncate(SIMILAR_MAX);
        Ok(similar)
    }
}

/// Returns the least string that is greater than every word that begins with `c`.
fn after(c: char) -> String {
    let next = (c as u32 + 1..=char::MAX as u32).find_map(char::from_u32);
    next.unwrap_or(char::MAX).to_string()
}

/// Returns the words one error in the first letter away from `letters`: swapped with the second,
/// too many, wrong or left out. Wrong and left out are tried with the letters a to z.
fn with_other_beginning(letters: &[char]) -> Vec<String> {
    let rest: String = letters[1..].iter().collect();
    let mut words = vec![rest.clone()];
    if letters.len() > 2 && letters[0] != letters[1] {
        words.push([letters[1], letters[0]].iter().chain(&letters[2..]).collect());
    }
    for c in ('a'..='z').filter(|c| *c != letters[0]) {
        words.push(format!("{c}{rest}"));
        words.push(format!("{c}{}{rest}", letters[0]));
    }
    words
}

/// Returns the distance of `word` from `letters` if it is at most `far` (1 or 2): letters left
/// out, put in, changed, and neighbours swapped (optimal string alignment).
fn within(letters: &[char], word: &str, far: usize) -> Option<usize> {
    let n = letters.len();
    // A letter has 1 to 4 bytes. This spares most words the work below.
    if n > WORD_LETTERS_MAX || word.len() + far < n || word.len().div_ceil(4) > n + far {
        return None;
    }
    // A row holds the distances of the word's first letters to each beginning of `letters`.
    let (mut before, mut last, mut row) = ([0; ROW], [0; ROW], [0; ROW]);
    last.iter_mut().enumerate().for_each(|(j, distance)| *distance = j);
    let mut previous = '\0';
    for (i, c) in word.chars().enumerate() {
        row[0] = i + 1;
        let mut least_of_row = row[0];
        for j in 1..=n {
            let changed = last[j - 1] + usize::from(c != letters[j - 1]);
            let mut least = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 0 && j > 1 && c == letters[j - 2] && previous == letters[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row[j] = least;
            least_of_row = least_of_row.min(least);
        }
        if least_of_row > far {
            return None;
        }
        (before, last, row) = (last, row, before);
        previous = c;
    }
    Some(last[n]).filter(|distance| (1..=far).contains(distance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_is_one_letter_or_two_swapped() {
        for (typed, word, far, expected) in [
            ("invioce", "invoice", 1, Some(1)),
            ("refnd", "refund", 1, Some(1)),
            ("refundd", "refund", 1, Some(1)),
            ("refunt", "refund", 1, Some(1)),
            ("rfnd", "refund", 1, None),
            ("subscirptoin", "subscription", 2, Some(2)),
            ("счот", "счет", 1, Some(1)),
            ("refund", "refund", 1, None),
            ("refund", "", 1, None),
        ] {
            let letters: Vec<char> = typed.chars().collect();
            assert_eq!(within(&letters, word, far), expected, "{typed} {word}");
        }
    }

    #[test]
    fn an_error_in_the_first_letter_is_tried_too() {
        let letters: Vec<char> = "ervoice".chars().collect();
        let words = with_other_beginning(&letters);
        for word in ["rvoice", "revoice", "xrvoice", "nervoice"] {
            assert!(words.iter().any(|w| w == word), "{word}");
        }
        assert_eq!(after('a'), "b");
        assert_eq!(after('\u{D7FF}'), "\u{E000}");
    }
}
