//! Which rows belong together.

mod choose;

use hdbscan::{Hdbscan, HdbscanHyperParams};
use linfa::DatasetBase;
use linfa::prelude::{Fit as _, Predict as _, Transformer as _};
use linfa_clustering::{Dbscan, KMeans};
use linfa_nn::distance::L2Dist;
use linfa_nn::{CommonNearestNeighbour, KdTree, NearestNeighbour as _};
use ndarray::{Array1, Array2};

use crate::distance::squared;
use crate::{InsightError, random};

/// How groups are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Groups around centres; every row is in one.
    Kmeans,
    /// Rows with enough others within a radius, and what they reach (Ester et al. 1996).
    Dbscan,
    /// The same for all radiuses at once (Campello et al. 2013): groups may differ in density.
    Hdbscan,
}

/// What the methods can be told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// For the lots of k-means, and of samples of large tables.
    pub seed: u64,
    /// Groups of k-means; if none, 2 to 10, whatever gives the best silhouette.
    pub k: Option<usize>,
    /// The radius of DBSCAN; if none, where distances to neighbours begin to rise.
    pub radius: Option<f64>,
    /// Rows within the radius, with the row itself, that make it part of a group; the smallest group of
    /// HDBSCAN. 5 if none.
    pub members_min: Option<usize>,
}

/// Groups of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    /// The group of each row, from 0 for the largest on; none for a row in no group.
    pub of_row: Vec<Option<usize>>,
    /// How many rows each group has.
    pub sizes: Vec<usize>,
    /// The mean of each group: groups × columns.
    pub centres: Array2<f64>,
    /// The sum of squared distances to the group's mean, over rows in a group.
    pub inertia: f64,
    /// How much closer rows are to their own group than to the next, -1 to 1, on a sample; none for fewer
    /// than 2 groups.
    pub silhouette: Option<f64>,
    /// The radius that was used, of DBSCAN.
    pub radius: Option<f64>,
}

/// k-means is learnt from so many rows at most; all get a group.
const KMEANS_ROWS_MAX: usize = 100_000;
/// Groups by density are sought among so many rows; others join the group of the nearest of these.
const DENSITY_ROWS_MAX: usize = 20_000;
const RUNS: usize = 10;
const K_MAX: usize = 1_000;

/// Finds groups among the rows of `x`.
///
/// # Errors
/// There are fewer than 2 rows, or an option is out of its range.
pub fn cluster(x: &Array2<f64>, method: Method, options: &Options) -> Result<Clusters, InsightError> {
    let n = x.nrows();
    if n < 2 {
        return Err(InsightError::TooFewRows { what: "finding groups", needed: 2, found: n });
    }
    check(options, n)?;
    let members_min = options.members_min.unwrap_or(5);
    let mut radius = None;
    let of_row = match method {
        Method::Kmeans => kmeans(x, options)?,
        Method::Dbscan => by_density(x, options.seed, |x| {
            let eps = options.radius.unwrap_or_else(|| choose::radius(x, members_min));
            radius = Some(eps);
            dbscan(x, eps, members_min)
        })?,
        Method::Hdbscan => by_density(x, options.seed, |x| hierarchical(x, members_min))?,
    };
    Ok(described(x, of_row, radius, options.seed))
}

fn check(options: &Options, n: usize) -> Result<(), InsightError> {
    let wrong = |name, value: String, range| Err(InsightError::Setting { name, value, range });
    if let Some(k) = options.k.filter(|k| !(1..=K_MAX.min(n)).contains(k)) {
        return wrong("the number of groups", k.to_string(), "write 1 to the number of rows, at most 1000");
    }
    if let Some(m) = options.members_min.filter(|m| !(2..=100_000).contains(m)) {
        return wrong("the least number of members", m.to_string(), "write 2 to 100000");
    }
    if let Some(r) = options.radius.filter(|r| !(*r > 0.0 && r.is_finite())) {
        return wrong("the radius", r.to_string(), "write a number above 0");
    }
    Ok(())
}

fn kmeans(x: &Array2<f64>, options: &Options) -> Result<Vec<Option<usize>>, InsightError> {
    // More groups than different rows cannot be filled.
    let n_different = choose::n_different(x, K_MAX);
    let sample = random::rows(x, KMEANS_ROWS_MAX, options.seed);
    let fit = |x: &Array2<f64>, k: usize, n_runs: usize| -> Result<KMeans<f64, L2Dist>, InsightError> {
        let params = KMeans::params_with_rng(k.min(n_different), random::seeded(options.seed));
        let data = DatasetBase::from(x.view());
        let fitted = params.n_runs(n_runs).max_n_iterations(300).tolerance(1e-6).fit(&data);
        fitted.map_err(|e| InsightError::NoSolution { what: "k-means", problem: e.to_string() })
    };
    let k = match options.k {
        Some(k) => k,
        None => choose::k(x, n_different, options.seed, |x, k| {
            let groups: Array1<usize> = fit(x, k, 3)?.predict(x);
            Ok(groups.to_vec())
        })?,
    };
    let groups: Array1<usize> = fit(&sample, k, RUNS)?.predict(x);
    Ok(groups.iter().map(|g| Some(*g)).collect())
}

fn dbscan(x: &Array2<f64>, radius: f64, members_min: usize) -> Result<Vec<Option<usize>>, InsightError> {
    let params = Dbscan::params_with(members_min, L2Dist, CommonNearestNeighbour::KdTree).tolerance(radius);
    let found = params
        .transform(x)
        .map_err(|e| InsightError::NoSolution { what: "DBSCAN", problem: e.to_string() })?;
    Ok(found.to_vec())
}

fn hierarchical(x: &Array2<f64>, members_min: usize) -> Result<Vec<Option<usize>>, InsightError> {
    // Fewer rows than the smallest group have none.
    if x.nrows() < members_min.max(3) {
        return Ok(vec![None; x.nrows()]);
    }
    let rows: Vec<Vec<f64>> = x.rows().into_iter().map(|r| r.to_vec()).collect();
    let params = HdbscanHyperParams::builder().min_cluster_size(members_min).min_samples(members_min).build();
    let found = Hdbscan::new(&rows, params).cluster();
    let found = found.map_err(|e| InsightError::NoSolution { what: "HDBSCAN", problem: e.to_string() })?;
    Ok(found.into_iter().map(|g| usize::try_from(g).ok()).collect())
}

/// Finds groups in a sample of a large table; other rows join the nearest row of it.
fn by_density(
    x: &Array2<f64>,
    seed: u64,
    find: impl FnOnce(&Array2<f64>) -> Result<Vec<Option<usize>>, InsightError>,
) -> Result<Vec<Option<usize>>, InsightError> {
    if x.nrows() <= DENSITY_ROWS_MAX {
        return find(x);
    }
    let sample = random::rows(x, DENSITY_ROWS_MAX, seed);
    let of_sample = find(&sample)?;
    let tree = KdTree::new().from_batch(&sample, L2Dist);
    let tree = tree.map_err(|e| InsightError::NoSolution { what: "nearest rows", problem: e.to_string() })?;
    let nearest = |row| tree.k_nearest(row, 1).ok().and_then(|found| found.first().map(|(_, at)| *at));
    Ok(x.rows().into_iter().map(|row| nearest(row).and_then(|at| of_sample[at])).collect())
}

/// Numbers the groups by size and describes them.
fn described(x: &Array2<f64>, found: Vec<Option<usize>>, radius: Option<f64>, seed: u64) -> Clusters {
    let n_found = found.iter().flatten().max().map_or(0, |m| m + 1);
    let mut sizes = vec![0_usize; n_found];
    found.iter().flatten().for_each(|g| sizes[*g] += 1);
    let mut order: Vec<usize> = (0..n_found).filter(|&g| sizes[g] > 0).collect();
    order.sort_by(|&a, &b| sizes[b].cmp(&sizes[a]).then(a.cmp(&b)));
    let mut place = vec![0; n_found];
    order.iter().enumerate().for_each(|(to, &from)| place[from] = to);
    let of_row: Vec<Option<usize>> = found.into_iter().map(|g| g.map(|g| place[g])).collect();
    let sizes: Vec<usize> = order.iter().map(|&g| sizes[g]).collect();
    let mut centres = Array2::zeros((sizes.len(), x.ncols()));
    for (row, group) in x.rows().into_iter().zip(&of_row) {
        if let Some(group) = group {
            let size = sizes[*group] as f64;
            centres.row_mut(*group).zip_mut_with(&row, |c, v| *c += v / size);
        }
    }
    let inertia = x.rows().into_iter().zip(&of_row).filter_map(|(row, group)| {
        let centre = centres.row((*group)?);
        Some(squared(row, centre))
    });
    let inertia = inertia.sum();
    let silhouette = choose::silhouette(x, &of_row, seed);
    Clusters { of_row, sizes, centres, inertia, silhouette, radius }
}

#[cfg(test)]
mod tests;
