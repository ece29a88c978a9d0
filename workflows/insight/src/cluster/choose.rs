//! Settings that nobody gave.

use std::collections::HashSet;

use linfa_nn::distance::L2Dist;
use linfa_nn::{KdTree, NearestNeighbour as _};
use ndarray::{Array2, Axis};

use crate::distance::distance;
use crate::{InsightError, random};

/// Rows that distances are computed between, all with all.
const ROWS_MAX: usize = 1_500;
const K_MAX: usize = 10;

/// Returns how many different rows there are, counting to `max`.
pub(super) fn n_different(x: &Array2<f64>, max: usize) -> usize {
    let mut seen = HashSet::new();
    for row in x.rows() {
        // Adding 0 makes -0 the same as 0.
        seen.insert(row.iter().map(|v| (v + 0.0).to_bits()).collect::<Vec<_>>());
        if seen.len() >= max {
            break;
        }
    }
    seen.len()
}

/// Returns the number of groups with the best silhouette on a sample.
pub(super) fn k(
    x: &Array2<f64>,
    n_different: usize,
    seed: u64,
    groups: impl Fn(&Array2<f64>, usize) -> Result<Vec<usize>, InsightError>,
) -> Result<usize, InsightError> {
    let sample = random::rows(x, ROWS_MAX, seed);
    let distances = distances(&sample);
    let mut best = (1, f64::NEG_INFINITY);
    for k in 2..=K_MAX.min(n_different).min(sample.nrows() - 1) {
        let groups: Vec<Option<usize>> = groups(&sample, k)?.into_iter().map(Some).collect();
        if let Some(found) = of_distances(&distances, &groups).filter(|found| *found > best.1) {
            best = (k, found);
        }
    }
    Ok(best.0)
}

/// Returns the mean silhouette of rows in a group (Rousseeuw 1987), -1 to 1, on a sample of a large table;
/// none for fewer than 2 groups.
pub(super) fn silhouette(x: &Array2<f64>, groups: &[Option<usize>], seed: u64) -> Option<f64> {
    let rows = random::sample(&mut random::seeded(seed), x.nrows(), ROWS_MAX);
    let groups: Vec<Option<usize>> = rows.iter().map(|&row| groups[row]).collect();
    of_distances(&distances(&x.select(Axis(0), &rows)), &groups)
}

fn distances(x: &Array2<f64>) -> Array2<f64> {
    let n = x.nrows();
    let mut all = Array2::zeros((n, n));
    for i in 0..n {
        for j in 0..i {
            let distance = distance(x.row(i), x.row(j));
            all[[i, j]] = distance;
            all[[j, i]] = distance;
        }
    }
    all
}

fn of_distances(distances: &Array2<f64>, groups: &[Option<usize>]) -> Option<f64> {
    let n_groups = groups.iter().flatten().max()? + 1;
    let mut sizes = vec![0_usize; n_groups];
    groups.iter().flatten().for_each(|g| sizes[*g] += 1);
    if sizes.iter().filter(|s| **s > 0).count() < 2 {
        return None;
    }
    let (mut sum, mut n) = (0.0, 0);
    for (row, own) in groups.iter().enumerate().filter_map(|(row, own)| own.map(|own| (row, own))) {
        let mut to = vec![0.0; n_groups];
        for (distance, group) in distances.row(row).iter().zip(groups) {
            if let Some(group) = group {
                to[*group] += distance;
            }
        }
        n += 1;
        // A row alone in its group counts 0.
        if sizes[own] > 1 {
            let within = to[own] / (sizes[own] - 1) as f64;
            let others = (0..n_groups).filter(|&g| g != own && sizes[g] > 0);
            let next = others.map(|g| to[g] / sizes[g] as f64).fold(f64::INFINITY, f64::min);
            let larger = within.max(next);
            sum += if larger > 0.0 { (next - within) / larger } else { 0.0 };
        }
    }
    Some(sum / f64::from(n))
}

/// Returns a radius for density: where the distances to the neighbour of twice the rank that is needed, sorted,
/// bend up. At half of it groups of even density would fall to pieces.
pub(super) fn radius(x: &Array2<f64>, members_min: usize) -> f64 {
    let wanted = (2 * members_min).min(x.nrows());
    let Ok(tree) = KdTree::new().from_batch(x, L2Dist) else { return 1.0 };
    let mut far: Vec<f64> = x
        .rows()
        .into_iter()
        .filter_map(|row| {
            let found = tree.k_nearest(row, wanted).ok()?;
            found.into_iter().map(|(at, _)| distance(at, row)).max_by(f64::total_cmp)
        })
        .collect();
    far.sort_by(f64::total_cmp);
    // The few farthest would draw the bend to themselves.
    let n = (far.len() * 99 / 100).max(1);
    let (first, last) = (far[0], far[n - 1]);
    let below = |i: usize| first + (last - first) * i as f64 / n as f64 - far[i];
    let bend = (0..n).max_by(|&a, &b| below(a).total_cmp(&below(b))).unwrap_or(0);
    let radius = far[bend];
    if radius > 0.0 { radius } else { far.iter().copied().find(|d| *d > 0.0).unwrap_or(1.0) }
}
