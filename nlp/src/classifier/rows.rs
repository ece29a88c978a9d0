//! Texts as sparse rows of features, and the columns that the features get.

use std::collections::HashMap;

use crate::linear::Features;

/// Sparse rows, one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Rows {
    fn push(&mut self, row: &[(u32, f32)]) {
        self.starts.push(self.columns.len());
        self.columns.extend(row.iter().map(|(column, _)| column));
        self.values.extend(row.iter().map(|(_, value)| value));
    }

    /// Returns a row as (column, value).
    pub(super) fn row(&self, n: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let end = self.starts.get(n + 1).copied().unwrap_or(self.columns.len());
        let range = self.starts[n]..end;
        self.columns[range.clone()].iter().copied().zip(self.values[range].iter().copied())
    }
}

/// A column: the gram's hash and its inverse document frequency.
pub(super) type Columns = Vec<(u64, f32)>;

/// Counts the grams of texts: for each, hash and count, by hash.
pub(super) fn count(texts: &[&str]) -> Vec<Vec<(u64, u32)>> {
    let mut features = Features::new();
    let one = |text: &&str| {
        features.read(text);
        let mut hashes: Vec<u64> = features.grams.iter().map(|gram| gram.hash).collect();
        hashes.sort_unstable();
        hashes.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect()
    };
    texts.iter().map(one).collect()
}

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

/// Makes rows of length 1 of all texts.
pub(super) fn rows(counts: &[Vec<(u64, u32)>], columns: &Columns) -> Rows {
    let place: HashMap<u64, u32> = columns.iter().zip(0..).map(|((hash, _), n)| (*hash, n)).collect();
    let mut rows = Rows::default();
    let mut row = Vec::new();
    for counts in counts {
        row.clear();
        row.extend(counts.iter().filter_map(|(hash, n)| {
            let column = *place.get(hash)?;
            Some((column, damped(*n) * columns[column as usize].1))
        }));
        let norm = row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
        row.iter_mut().for_each(|(_, value)| *value /= norm);
        rows.push(&row);
    }
    rows
}

/// What `n` occurrences of a gram count: the second says less than the first.
pub(super) fn damped(n: u32) -> f32 {
    if n == 1 { 1.0 } else { 1.0 + (n as f32).ln() }
}
