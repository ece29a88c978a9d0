use ndarray::Array2;
use rapport_insight::measure::auroc;
use rapport_insight::outliers::{Method, Options, outliers};
use rapport_insight::table::{ReadOptions, read};
use rapport_insight::{Preparation, Scaling};

use crate::data::{adbench, csv, figures};

/// Larger sets take too long without optimisation; the long tests have them.
const QUICK_ROWS_MAX: usize = 8_000;

fn prepared(x: &Array2<f64>) -> Array2<f64> {
    let table = read(csv(x).as_bytes(), &ReadOptions::default()).unwrap();
    Preparation::fit(&table, Scaling::Standard).unwrap().apply(&table).unwrap()
}

fn check(
    method: Method,
    name: &str,
    within: f64,
    seeds: std::ops::Range<u64>,
    wanted: impl Fn(usize) -> bool,
) {
    let stored = figures();
    for (set, x, truth) in adbench() {
        let expected = &stored["outliers"][&set][name];
        let Some(expected) = expected.as_f64().filter(|_| wanted(x.nrows())) else { continue };
        let x = prepared(&x);
        let n = seeds.clone().count() as f64;
        let of = |seed| {
            auroc(&outliers(&x, method, &Options { seed, ..Options::default() }).unwrap(), &truth).unwrap()
        };
        let found = seeds.clone().map(of).sum::<f64>() / n;
        println!("{set}: {name} {found:.4}, scikit-learn {expected:.4}");
        assert!((found - expected).abs() <= within, "{set}: {name} {found:.4}, scikit-learn {expected:.4}");
    }
}

#[test]
fn isolation_forests_find_what_scikit_learn_finds() {
    check(Method::Iforest, "iforest", 0.015, 0..5, |_| true);
}

#[test]
fn local_factors_equal_scikit_learn() {
    check(Method::Lof, "lof", 0.002, 0..1, |n| n <= QUICK_ROWS_MAX);
}

#[test]
fn one_class_vectors_equal_scikit_learn() {
    check(Method::Ocsvm, "ocsvm", 0.002, 0..1, |n| n <= QUICK_ROWS_MAX);
}

#[test]
#[ignore = "minutes without optimisation"]
fn local_factors_of_large_sets_equal_scikit_learn() {
    check(Method::Lof, "lof", 0.002, 0..1, |n| n > QUICK_ROWS_MAX);
}

#[test]
#[ignore = "minutes without optimisation"]
fn one_class_vectors_of_large_sets_equal_scikit_learn() {
    check(Method::Ocsvm, "ocsvm", 0.002, 0..1, |n| n > QUICK_ROWS_MAX);
}
