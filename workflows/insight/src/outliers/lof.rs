use linfa_nn::distance::L2Dist;
use linfa_nn::{KdTree, NearestNeighbour as _};
use ndarray::{Array2, Axis};

use crate::distance::{distance, squared_lengths};

/// Above so many columns a tree looks at nearly every row, and multiplying matrices is faster.
const TREE_COLUMNS_MAX: usize = 15;
/// Rows whose distances to all others are computed at once.
const BLOCK: usize = 64;
/// Rows in a leaf of the tree.
const LEAF: usize = 30;

/// Returns the local outlier factor of each row of `x` among themselves, or of each row of `others` among
/// `x`: about 1 inside a group, more outside.
pub(super) fn scores(x: &Array2<f64>, others: Option<&Array2<f64>>, n_neighbours: usize) -> Vec<f64> {
    let k = n_neighbours.min(x.nrows() - 1).max(1);
    let inside = neighbours(x, x, k, true);
    let reach: Vec<f64> = inside.iter().map(|near| near.last().map_or(0.0, |n| n.1)).collect();
    let density = |near: &[(usize, f64)]| {
        let sum: f64 = near.iter().map(|(j, distance)| distance.max(reach[*j])).sum();
        // As scikit-learn does, so that equal rows have a finite density.
        1.0 / (sum / near.len() as f64 + 1e-10)
    };
    let densities: Vec<f64> = inside.iter().map(|near| density(near)).collect();
    let factor = |near: &[(usize, f64)], own: f64| {
        near.iter().map(|(j, _)| densities[*j]).sum::<f64>() / near.len() as f64 / own
    };
    match others {
        None => inside.iter().zip(&densities).map(|(near, own)| factor(near, *own)).collect(),
        Some(others) => {
            neighbours(x, others, k, false).iter().map(|near| factor(near, density(near))).collect()
        }
    }
}

/// Returns for each of `rows` its `k` nearest rows of `x` with their distances, nearest first; not itself,
/// if `rows` is `x`.
fn neighbours(x: &Array2<f64>, rows: &Array2<f64>, k: usize, same: bool) -> Vec<Vec<(usize, f64)>> {
    let wanted = k + usize::from(same);
    let tree = (x.ncols() <= TREE_COLUMNS_MAX)
        .then(|| KdTree::new().from_batch_with_leaf_size(x, LEAF, L2Dist).ok())
        .flatten();
    let Some(tree) = tree else { return by_multiplying(x, rows, k, same) };
    let mut all = Vec::with_capacity(rows.nrows());
    for (i, row) in rows.rows().into_iter().enumerate() {
        // It fails for another width or for NaN, and neither is here.
        let found = tree.k_nearest(row, wanted).unwrap_or_default();
        let found = found.into_iter().map(|(at, j)| (j, distance(at, row))).collect();
        all.push(nearest(found, k, same.then_some(i)));
    }
    all
}

fn by_multiplying(x: &Array2<f64>, rows: &Array2<f64>, k: usize, same: bool) -> Vec<Vec<(usize, f64)>> {
    let squares = squared_lengths(x);
    let transposed = x.t();
    let wanted = (k + usize::from(same)).min(x.nrows());
    let mut all = Vec::with_capacity(rows.nrows());
    for (b, block) in rows.axis_chunks_iter(Axis(0), BLOCK).enumerate() {
        let products = block.dot(&transposed);
        for (i, products) in products.rows().into_iter().enumerate() {
            // All but the row's own square, which does not change the order.
            let mut found: Vec<(f64, u32)> = products
                .iter()
                .zip(&squares)
                .enumerate()
                .map(|(j, (product, square))| (square - 2.0 * product, j as u32))
                .collect();
            found.select_nth_unstable_by(wanted - 1, |a, b| a.0.total_cmp(&b.0));
            let row = block.row(i);
            let found = found[..wanted].iter().map(|&(_, j)| j as usize);
            let found = found.map(|j| (j, distance(row, x.row(j)))).collect();
            all.push(nearest(found, k, same.then_some(b * BLOCK + i)));
        }
    }
    all
}

/// Sorts what was found and takes the row itself out, or where more than `k` rows equal it, the last.
fn nearest(mut found: Vec<(usize, f64)>, k: usize, own: Option<usize>) -> Vec<(usize, f64)> {
    found.sort_unstable_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    if let Some(own) = found.iter().position(|(j, _)| Some(*j) == own) {
        found.remove(own);
    }
    found.truncate(k);
    found
}
