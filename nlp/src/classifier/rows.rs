//! Texts as rows of features: a column for each gram, and behind them those of an embedding.

use std::collections::HashMap;

use crate::bert::DIMENSIONS;
use crate::linear::{Rows, damped};

/// A column: the gram's hash and its inverse document frequency.
pub(super) type Columns = Vec<(u64, f32)>;

/// Chooses the grams that get a column: the most frequent of those in at least `texts_min` of the
/// texts `chosen`.
pub(super) fn columns(
    counts: &[Vec<(u64, u32)>],
    chosen: &[usize],
    texts_min: u32,
    columns_max: usize,
) -> Columns {
    let mut found: HashMap<u64, u32> = HashMap::new();
    for (hash, _) in chosen.iter().flat_map(|n| &counts[*n]) {
        *found.entry(*hash).or_default() += 1;
    }
    let mut columns: Vec<(u64, u32)> = found.into_iter().filter(|(_, n)| *n >= texts_min).collect();
    columns.sort_unstable_by_key(|(hash, n)| (std::cmp::Reverse(*n), *hash));
    columns.truncate(columns_max);
    let all = (1 + chosen.len()) as f32;
    columns.into_iter().map(|(hash, n)| (hash, (all / (1 + n) as f32).ln() + 1.0)).collect()
}

/// Makes rows of all texts: grams of length 1, and embeddings of length `share`.
pub(super) fn rows(counts: &[Vec<(u64, u32)>], columns: &Columns, embedded: &[f32], share: f32) -> Rows {
    let place: HashMap<u64, u32> = columns.iter().zip(0..).map(|((hash, _), n)| (*hash, n)).collect();
    let mut rows = Rows::default();
    let (embeddings, _) = embedded.as_chunks::<DIMENSIONS>();
    for (n, counts) in counts.iter().enumerate() {
        let found = counts.iter().filter_map(|(hash, n)| {
            let column = *place.get(hash)?;
            Some((column, damped(*n as usize) * columns[column as usize].1))
        });
        let mut row: Vec<(u32, f32)> = found.collect();
        let norm = row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
        row.iter_mut().for_each(|(_, value)| *value /= norm);
        let embedding = embeddings.get(n).into_iter().flatten();
        row.extend((columns.len() as u32..).zip(embedding.map(|value| value * share)));
        rows.push(row);
    }
    rows
}
