//! Groups in rows that both languages can draw: see cluster.py.

use ndarray::Array2;
use rapport_insight::cluster::{Clusters, Method, Options, cluster};
use rapport_insight::measure::adjusted_rand;

use crate::data::figures;

/// The minimal standard generator.
struct Lots(u64);

impl Lots {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0 * 48271 % 2_147_483_647;
        self.0 as f64 / 2_147_483_647.0
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

fn blobs() -> (Array2<f64>, Vec<i64>) {
    let mut lots = Lots(7);
    let centres: Vec<Vec<f64>> = (0..6).map(|_| (0..4).map(|_| lots.uniform() * 12.0).collect()).collect();
    let truth = (0..1500).map(|i| i % 6).collect();
    let row = |i: usize, j: usize, lots: &mut Lots| {
        centres[i % 6][j] + lots.normal() * (0.6 + 0.2 * (i % 6) as f64)
    };
    (Array2::from_shape_fn((1500, 4), |(i, j)| row(i, j, &mut lots)), truth)
}

fn rings() -> (Array2<f64>, Vec<i64>) {
    let mut lots = Lots(11);
    let mut truth = Vec::new();
    let mut x = Array2::zeros((1500, 2));
    for i in 0..1500 {
        let (a, b) = if i % 15 == 0 {
            truth.push(-1);
            (lots.uniform() * 16.0 - 8.0, lots.uniform() * 16.0 - 8.0)
        } else {
            truth.push(i as i64 % 3);
            let angle = lots.uniform() * std::f64::consts::TAU;
            let radius = 2.0 * (i % 3) as f64 + 1.0 + 0.15 * lots.normal();
            (radius * angle.cos(), radius * angle.sin())
        };
        x[[i, 0]] = a;
        x[[i, 1]] = b;
    }
    (x, truth)
}

fn ari(found: &Clusters, truth: &[i64]) -> f64 {
    let groups: Vec<i64> = found.of_row.iter().map(|g| g.map_or(-1, |g| g as i64)).collect();
    adjusted_rand(&groups, truth)
}

fn near(what: &str, found: f64, expected: &serde_json::Value, within: f64) {
    let expected = expected.as_f64().unwrap();
    println!("{what}: {found:.4}, scikit-learn {expected:.4}");
    assert!((found - expected).abs() <= within, "{what}: {found}, scikit-learn {expected}");
}

#[test]
fn k_means_is_as_tight_as_scikit_learn() {
    let expected = &figures()["cluster"]["kmeans"];
    let (x, truth) = blobs();
    let of = |k| cluster(&x, Method::Kmeans, &Options { k: Some(k), ..Options::default() }).unwrap();
    near("k-means", ari(&of(6), &truth), &expected["ari"], 0.02);
    for (k, name) in [(6, "inertia"), (15, "inertia of 15 groups")] {
        near(name, of(k).inertia, &expected[name], 0.02 * expected[name].as_f64().unwrap());
    }
}

#[test]
fn dbscan_finds_the_rings_that_scikit_learn_finds() {
    let (x, truth) = rings();
    let options = Options { radius: Some(0.5), members_min: Some(5), ..Options::default() };
    let found = cluster(&x, Method::Dbscan, &options).unwrap();
    near("DBSCAN", ari(&found, &truth), &figures()["cluster"]["dbscan"]["ari"], 0.02);
}

#[test]
fn hdbscan_finds_what_scikit_learn_finds() {
    for (name, (x, truth)) in [("blobs", blobs()), ("rings", rings())] {
        let options = Options { members_min: Some(15), ..Options::default() };
        let found = cluster(&x, Method::Hdbscan, &options).unwrap();
        near(name, ari(&found, &truth), &figures()["cluster"]["hdbscan"][name], 0.02);
    }
}
