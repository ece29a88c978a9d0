//! Texts as rows of features: a column for each gram, and behind them those of an embedding.

use std::collections::HashMap;

use crate::bert::DIMENSIONS;
use crate::linear::{Rows, damped};

/// A column: the gram's hash and what it counts.
pub(super) type Columns = Vec<(u64, f32)>;

/// What a gram counts however evenly it is spread over the labels, where it counts by its contrast.
const EVEN: f32 = 0.5;

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

/// Lets grams count by how far they tell labels apart, in place of how rare they are: the greatest
/// log-ratio of their frequency in texts of a label to that in all others (Wang, Manning 2012). With
/// few labels this is surer; with many, most of these ratios are of one or two texts.
pub(super) fn by_contrast(
    columns: &mut Columns,
    counts: &[Vec<(u64, u32)>],
    classes: &[Option<usize>],
    n_classes: usize,
    chosen: &[usize],
) {
    let place: HashMap<u64, usize> = columns.iter().enumerate().map(|(n, (hash, _))| (*hash, n)).collect();
    // One text more of each label has every gram, so that no ratio is infinite.
    let mut texts = vec![1.0_f32; columns.len() * n_classes];
    for n in chosen {
        let Some(class) = classes[*n] else { continue };
        let found = counts[*n].iter().filter_map(|(hash, _)| place.get(hash));
        found.for_each(|column| texts[column * n_classes + class] += 1.0);
    }
    let mut of_label = vec![0.0_f32; n_classes];
    for texts in texts.chunks(n_classes) {
        of_label.iter_mut().zip(texts).for_each(|(sum, n)| *sum += n);
    }
    let of_all: f32 = of_label.iter().sum();
    for ((_, counts), texts) in columns.iter_mut().zip(texts.chunks(n_classes)) {
        let all: f32 = texts.iter().sum();
        let contrast = |(n, of_label): (&f32, &f32)| {
            let (here, elsewhere) = (n / of_label, (all - n) / (of_all - of_label));
            (here / elsewhere).ln().abs()
        };
        *counts = EVEN + texts.iter().zip(&of_label).map(contrast).fold(0.0, f32::max);
    }
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
