//! Texts that are parts of others of the table: whoever holds some aside must not learn from the whole of
//! which they are a part. Tables of phrases, cut from sentences, are full of them.

use std::collections::HashMap;

/// Parts of longer texts are not looked for: they would be too many.
const WORDS_MAX: usize = 60;

/// Returns for each text which one it is a part of, word for word: the longest, and itself where there is none.
pub(super) fn wholes(texts: &[&str]) -> Vec<usize> {
    let words: Vec<Vec<&str>> = texts.iter().map(|text| text.split_whitespace().collect()).collect();
    let mut places: HashMap<&[&str], Vec<usize>> = HashMap::new();
    for (n, words) in words.iter().enumerate().filter(|(_, words)| !words.is_empty()) {
        places.entry(words).or_default().push(n);
    }
    let mut order: Vec<usize> = (0..texts.len()).filter(|n| words[*n].len() <= WORDS_MAX).collect();
    order.sort_by_key(|n| std::cmp::Reverse(words[*n].len()));
    let mut wholes: Vec<Option<usize>> = vec![None; texts.len()];
    for whole in order {
        // What is part of a longer text brings its own parts no other whole.
        if wholes[whole].is_some() {
            continue;
        }
        let words = &words[whole];
        for start in 0..words.len() {
            for end in start + 1..=words.len() {
                for part in places.get(&words[start..end]).into_iter().flatten() {
                    wholes[*part].get_or_insert(whole);
                }
            }
        }
    }
    wholes.into_iter().enumerate().map(|(n, whole)| whole.unwrap_or(n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_belongs_to_the_longest_text_that_has_it() {
        let long = vec!["so"; WORDS_MAX + 1].join(" ");
        let texts = [
            "the pump is not",
            "they say the pump is not what it was , alas",
            "the pump is not what it was",
            "not what",
            "it was",
            "the pump is  not",
            "",
            "the pump is not",
            &long,
            "so so so so",
            "what it was , alas",
        ];
        assert_eq!(wholes(&texts), [1, 1, 1, 1, 1, 1, 6, 1, 8, 9, 1]);
        assert!(wholes(&[]).is_empty());
    }
}
