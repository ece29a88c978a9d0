//! Groups of texts that are nearly the same, so that no copy of a text to be measured on is trained on.

use super::features::{Features, is_silent};

/// Texts that share so much of their grams (Jaccard) are one group.
const SHARED_MIN: f32 = 0.5;

/// Returns a number of the group for each text: the least place of its members.
pub fn groups(texts: &[&str]) -> Vec<usize> {
    let mut features = Features::new();
    let sets: Vec<Vec<u64>> = texts
        .iter()
        .map(|text| {
            // Where nothing is said, it makes no difference by which signs.
            let says = text.chars().any(|c| !is_silent(c) && !c.is_whitespace());
            features.read(if says { text } else { "" });
            let mut set: Vec<u64> = features.grams.iter().map(|gram| gram.hash).collect();
            set.sort_unstable();
            set.dedup();
            set
        })
        .collect();
    // Sorted by size, only neighbours of similar size can share enough.
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|n| sets[*n].len());
    let mut group: Vec<usize> = (0..texts.len()).collect();
    for (place, a) in order.iter().enumerate() {
        for b in &order[place + 1..] {
            if (sets[*a].len() as f32) < SHARED_MIN * sets[*b].len() as f32 {
                break;
            }
            if jaccard(&sets[*a], &sets[*b]) >= SHARED_MIN {
                let (x, y) = (root(&group, *a), root(&group, *b));
                group[x.max(y)] = x.min(y);
            }
        }
    }
    (0..texts.len()).map(|n| root(&group, n)).collect()
}

fn root(group: &[usize], mut n: usize) -> usize {
    while group[n] != n {
        n = group[n];
    }
    n
}

fn jaccard(a: &[u64], b: &[u64]) -> f32 {
    let (mut i, mut j, mut both) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        both += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    let all = a.len() + b.len() - both;
    if all == 0 { 1.0 } else { both as f32 / all as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_another_number_or_greeting_is_the_same_text() {
        let texts = [
            "Where is my parcel with the number 4711?",
            "where is my parcel with the number 82?",
            "Please cancel my subscription at the end of the month.",
            "我的快递到哪里了，急用",
            "你好，我的快递到哪里了，急用",
        ];
        assert_eq!(groups(&texts), [0, 0, 2, 3, 3]);
    }

    #[test]
    fn texts_without_any_word_are_one_group() {
        assert_eq!(groups(&["", "…"]), [0, 0]);
        assert_eq!(groups(&["", " \n", "— …", "?", "👍"]), [0, 0, 0, 3, 4]);
    }
}
