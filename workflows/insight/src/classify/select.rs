use rand::seq::SliceRandom as _;

use crate::random::Random;

/// Rows that settings are chosen on at most.
const ROWS_MAX: usize = 20_000;
const FOLDS: usize = 5;

/// Returns folds to choose settings by: rows to learn from, and others to measure on. Each class is spread
/// evenly; large tables are sampled.
pub(super) fn folds(y: &[usize], n_classes: usize, random: &mut Random) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut rows: Vec<usize> = (0..y.len()).collect();
    rows.shuffle(random);
    rows.truncate(ROWS_MAX);
    let mut n_of_class = vec![0; n_classes];
    let mut folds = vec![(Vec::new(), Vec::new()); FOLDS];
    for row in rows {
        let here = n_of_class[y[row]] % FOLDS;
        n_of_class[y[row]] += 1;
        for (fold, (learn, measure)) in folds.iter_mut().enumerate() {
            if fold == here { measure.push(row) } else { learn.push(row) }
        }
    }
    folds.retain(|(learn, measure)| !learn.is_empty() && !measure.is_empty());
    folds
}
