//! Finds words that are typical of the first hits, to look for more texts like them.

use std::collections::{HashMap, HashSet};

use tantivy::tokenizer::TokenStream;

use super::tokens::{Shape, Tokens};

/// At most this many words are added.
const WORDS_MAX: usize = 5;
/// Only so many of the first texts are looked at,
pub(super) const TEXTS_MAX: usize = 10;
/// and of each only so many tokens.
const TOKENS_MAX: usize = 2_000;
/// A word has to be in at least so many of the texts.
const TEXTS_MIN: usize = 2;
/// A word in a greater share of all documents says nothing.
const COMMON_SHARE_MAX: f64 = 0.25;

/// Letters that are grammar in Chinese: a pair with one of them is not a word.
const GRAMMAR: &str =
    "的了是我你他她们您在有和请这那不就也都很吗呢吧啊与及或被把给对为上下一个没要会能可以到说";

/// Returns the words that set `texts`, the first hits, apart from all `n_documents` documents,
/// the best first; none of `known`. `n_with` tells how many documents have a word.
///
/// Words are chosen by their offer weight, r · log of the odds of relevance (Robertson, Spärck
/// Jones 1976; Robertson 1990), where r of the R texts and n of the N documents have the word.
pub(super) fn typical<E>(
    texts: &[String],
    known: &HashSet<String>,
    n_documents: u64,
    n_with: impl Fn(&str) -> Result<u64, E>,
) -> Result<Vec<String>, E> {
    let texts = &texts[..texts.len().min(TEXTS_MAX)];
    let mut n_texts_with: HashMap<String, usize> = HashMap::new();
    for text in texts {
        for word in words(text) {
            *n_texts_with.entry(word).or_default() += 1;
        }
    }
    let mut offers = Vec::new();
    for (word, r) in n_texts_with.into_iter().filter(|(word, r)| *r >= TEXTS_MIN && !known.contains(word)) {
        let n = n_with(&word)?.min(n_documents);
        if n > 0 && (n as f64) <= COMMON_SHARE_MAX * n_documents as f64 {
            offers.push((r as f64 * relevance(r, texts.len(), n, n_documents), word));
        }
    }
    offers.retain(|(weight, _)| *weight > 0.0);
    offers.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.cmp(y)));
    offers.truncate(WORDS_MAX);
    Ok(offers.into_iter().map(|(_, word)| word).collect())
}

/// Returns the relevance weight of a word, with half a document added to each count.
fn relevance(r: usize, n_texts: usize, n: u64, n_documents: u64) -> f64 {
    let (r, big_r) = (r as f64, n_texts as f64);
    // The texts are documents too, but a title may be counted twice.
    let (n, big_n) = ((n as f64).max(r), (n_documents as f64).max(big_r + n as f64 - r));
    let odds = (r + 0.5) * (big_n - n - big_r + r + 0.5).max(0.5);
    (odds / ((n - r + 0.5) * (big_r - r + 0.5))).ln()
}

/// Returns the different words and pairs of a text that may carry meaning.
fn words(text: &str) -> HashSet<String> {
    let mut tokens = Tokens::of(text);
    let mut words = HashSet::new();
    for _ in 0..TOKENS_MAX {
        if !tokens.advance() {
            break;
        }
        let word = &tokens.token().text;
        let tells = match tokens.shape() {
            Shape::Word => word.chars().count() > 3 && !word.chars().any(|c| c.is_ascii_digit()),
            Shape::Pair => !word.chars().any(|c| GRAMMAR.contains(c)),
            Shape::Last => false,
        };
        if tells && !words.contains(word) {
            words.insert(word.clone());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typical_of(texts: &[&str], known: &[&str], counts: &[(&str, u64)]) -> Vec<String> {
        let texts: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
        let known = known.iter().map(|w| (*w).to_owned()).collect();
        let n_with =
            |word: &str| Ok::<u64, ()>(counts.iter().find(|(w, _)| *w == word).map_or(0, |(_, n)| *n));
        typical(&texts, &known, 1000, n_with).unwrap()
    }

    #[test]
    fn a_rare_word_of_many_hits_is_typical_and_a_common_one_is_not() {
        let texts = [
            "refund for the grinder please",
            "the grinder refund",
            "grinder and refund with chargeback",
            "chargeback of the refund",
        ];
        let counts = [("refund", 10), ("grinder", 5), ("chargeback", 4), ("please", 600), ("with", 900)];
        assert_eq!(typical_of(&texts, &["refund"], &counts), ["grinder", "chargeback"]);
    }

    #[test]
    fn nothing_is_typical_of_one_text_or_of_none() {
        assert!(typical_of(&["refund for the grinder"], &[], &[("grinder", 5)]).is_empty());
        assert!(typical_of(&[], &[], &[]).is_empty());
    }

    #[test]
    fn pairs_of_grammar_and_numbers_are_not_words() {
        let texts = ["我们的订单2024号退款", "您的订单2024号退款"];
        let counts = [("订单", 5), ("退款", 7), ("的订", 5), ("2024", 5), ("号退", 4)];
        assert_eq!(typical_of(&texts, &["退款"], &counts), ["号退", "订单"]);
    }
}
