//! Groups of texts that are nearly the same, so that no copy of a text to be measured on is trained on.

use std::collections::HashMap;

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
    of_sets(&by_rarity(&sets))
}

/// Writes the place of each gram in an order from the rarest to the commonest for the gram, in that order.
fn by_rarity(sets: &[Vec<u64>]) -> Vec<Vec<u32>> {
    let mut counts: HashMap<u64, u32> = HashMap::new();
    sets.iter().flatten().for_each(|gram| *counts.entry(*gram).or_default() += 1);
    let mut order: Vec<(u32, u64)> = counts.into_iter().map(|(gram, n)| (n, gram)).collect();
    order.sort_unstable();
    let places: HashMap<u64, u32> = order.into_iter().map(|(_, gram)| gram).zip(0..).collect();
    let placed = |set: &Vec<u64>| {
        let mut placed: Vec<u32> = set.iter().map(|gram| places[gram]).collect();
        placed.sort_unstable();
        placed
    };
    sets.iter().map(placed).collect()
}

/// Groups sets, each in ascending order.
///
/// Two sets that share at least `t` of their grams share one of their first `n − ⌈t·n⌉ + 1`, too (prefix
/// filtering; Chaudhuri, Ganti and Kaushik 2006). So only sets that meet there are compared, which are few where the
/// rarest come first.
fn of_sets(sets: &[Vec<u32>]) -> Vec<usize> {
    let mut group: Vec<usize> = (0..sets.len()).collect();
    let mut join = |a: usize, b: usize| {
        let (x, y) = (root(&group, a), root(&group, b));
        group[x.max(y)] = x.min(y);
    };
    let mut empty = (0..sets.len()).filter(|n| sets[*n].is_empty());
    if let Some(one) = empty.next() {
        empty.for_each(|other| join(one, other));
    }
    let mut order: Vec<usize> = (0..sets.len()).collect();
    order.sort_by_key(|n| sets[*n].len());
    let mut with_gram: HashMap<u32, Vec<usize>> = HashMap::new();
    let mut met_by = vec![usize::MAX; sets.len()];
    for a in order {
        let n = sets[a].len();
        let first = if n == 0 { 0 } else { n - (SHARED_MIN * n as f32).ceil() as usize + 1 };
        for gram in &sets[a][..first] {
            let others = with_gram.entry(*gram).or_default();
            for b in others.iter().copied().filter(|b| sets[*b].len() as f32 >= SHARED_MIN * n as f32) {
                if std::mem::replace(&mut met_by[b], a) != a && jaccard(&sets[a], &sets[b]) >= SHARED_MIN {
                    join(a, b);
                }
            }
            others.push(a);
        }
    }
    (0..sets.len()).map(|n| root(&group, n)).collect()
}

fn root(group: &[usize], mut n: usize) -> usize {
    while group[n] != n {
        n = group[n];
    }
    n
}

fn jaccard(a: &[u32], b: &[u32]) -> f32 {
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

    #[test]
    fn the_groups_are_those_of_comparing_each_with_each() {
        let mut seed = 3_u64;
        let mut draw = |n: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % n
        };
        for grams in [6, 12, 40] {
            let sets: Vec<Vec<u64>> = (0..200)
                .map(|_| {
                    let mut set: Vec<u64> = (0..draw(9)).map(|_| draw(grams)).collect();
                    set.sort_unstable();
                    set.dedup();
                    set
                })
                .collect();
            let sets = by_rarity(&sets);
            let mut group: Vec<usize> = (0..sets.len()).collect();
            for a in 0..sets.len() {
                for b in a + 1..sets.len() {
                    if jaccard(&sets[a], &sets[b]) >= SHARED_MIN {
                        let (x, y) = (root(&group, a), root(&group, b));
                        group[x.max(y)] = x.min(y);
                    }
                }
            }
            let expected: Vec<usize> = (0..sets.len()).map(|n| root(&group, n)).collect();
            assert_eq!(of_sets(&sets), expected);
        }
    }
}
