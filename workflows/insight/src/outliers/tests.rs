use ndarray::{Array2, array};
use rand::Rng as _;

use super::*;

const METHODS: [Method; 4] = [Method::Iforest, Method::Lof, Method::Ocsvm, Method::Ecod];

/// Rows around 0, and one far away at the end.
fn crowd_and_one(n: usize, width: usize) -> Array2<f64> {
    let mut random = random::seeded(7);
    let mut x = Array2::from_shape_fn((n, width), |_| random.gen_range(-1.0..1.0));
    x.row_mut(n - 1).fill(6.0);
    x
}

fn strangest(scores: &[f64]) -> usize {
    (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap()
}

#[test]
fn what_is_far_from_all_is_strangest() {
    for width in [2, 20] {
        let x = crowd_and_one(300, width);
        for method in METHODS {
            let scores = outliers(&x, method, &Options::default()).unwrap();
            assert_eq!(strangest(&scores), 299, "{method:?}, {width} columns");
        }
    }
}

#[test]
fn scores_are_finite_whatever_comes() {
    let mut tables = vec![
        array![[0.0], [1.0]],
        Array2::zeros((40, 3)),
        Array2::from_shape_fn((100, 2), |(i, _)| f64::from(u8::from(i == 50)) * 1e150),
        Array2::from_shape_fn((30, 500), |(i, j)| ((i * 31 + j * 17) % 13) as f64),
        Array2::from_shape_fn((60, 1), |(i, _)| if i % 2 == 0 { 1e150 } else { -1e150 }),
        Array2::from_shape_fn((60, 1), |(i, _)| f64::from_bits(1.0_f64.to_bits() + i as u64)),
    ];
    tables.push(Array2::from_shape_fn((100, 2), |(i, j)| ((i / 30) * (j + 1)) as f64));
    for (t, x) in tables.iter().enumerate() {
        for method in METHODS {
            let scores = outliers(x, method, &Options::default()).unwrap();
            assert_eq!(scores.len(), x.nrows());
            assert!(scores.iter().all(|s| s.is_finite()), "table {t}, {method:?}: {scores:?}");
        }
    }
}

#[test]
fn one_row_is_too_few() {
    for method in METHODS {
        let e = outliers(&array![[1.0, 2.0]], method, &Options::default()).unwrap_err();
        assert_eq!(e, InsightError::TooFewRows { what: "finding outliers", needed: 2, found: 1 });
    }
}

#[test]
fn options_out_of_range_are_named() {
    let x = crowd_and_one(10, 1);
    let default = Options::default();
    for (options, expected) in [
        (Options { n_trees: Some(0), ..default }, "the number of trees is 0: write 1 to 10000"),
        (Options { n_sample: 1, ..default }, "the sample of a tree is 1: write 2 to 1048576"),
        (Options { n_neighbours: 0, ..default }, "the number of neighbours is 0: write 1 to 1000"),
        (Options { nu: 0.0, ..default }, "nu is 0: write a share above 0, up to 1"),
        (Options { nu: f64::NAN, ..default }, "nu is NaN: write a share above 0, up to 1"),
        (Options { gamma: Some(-1.0), ..default }, "gamma is -1: write a number above 0"),
    ] {
        assert_eq!(outliers(&x, Method::Iforest, &options).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_seed_gives_the_same_scores_and_another_gives_others() {
    let x = crowd_and_one(100, 3);
    let with = |seed| outliers(&x, Method::Iforest, &Options { seed, ..Options::default() }).unwrap();
    assert_eq!(with(1), with(1));
    assert_ne!(with(1), with(2));
}

#[test]
fn a_forest_scores_one_row_as_it_scores_many() {
    let x = crowd_and_one(701, 5);
    let forest = IsolationForest::grow(&x, 50, 256, 3);
    let scores = forest.scores(&x);
    for row in [0, 1, 511, 512, 699, 700] {
        assert_eq!(forest.scores(&x.select(ndarray::Axis(0), &[row])), [scores[row]]);
    }
}

#[test]
fn equal_rows_more_than_neighbours_do_not_confuse_the_local_factor() {
    let mut x = Array2::zeros((60, 2));
    x.row_mut(59).fill(1.0);
    let scores = lof::scores(&x, None, 5);
    assert!(scores[..59].iter().all(|s| (s - 1.0).abs() < 1e-9));
    assert!(scores[59] > 1e6);
}

#[test]
fn neighbours_by_tree_and_by_multiplying_agree() {
    let x = crowd_and_one(200, 4);
    // Columns that are all zero change no distance, and make the table wide.
    let mut wide = Array2::zeros((200, 30));
    wide.indexed_iter_mut().filter(|((_, j), _)| *j < 4).for_each(|((i, j), v)| *v = x[[i, j]]);
    for (a, b) in lof::scores(&x, None, 20).iter().zip(lof::scores(&wide, None, 20)) {
        assert!((a - b).abs() < 1e-9);
    }
}

#[test]
fn other_rows_are_measured_against_the_fitted() {
    let x = crowd_and_one(200, 2);
    let others = array![[0.0, 0.0], [20.0, 20.0]];
    let scores = lof::scores(&x, Some(&others), 20);
    assert!(scores[0] < 1.3 && scores[1] > 3.0, "{scores:?}");
}

#[test]
fn one_class_takes_a_share_nu_for_outside() {
    let x = crowd_and_one(500, 3);
    for nu in [0.05, 0.2, 0.5] {
        let scores = outliers(&x, Method::Ocsvm, &Options { nu, ..Options::default() }).unwrap();
        let share = scores.iter().filter(|s| **s > 1e-3).count() as f64 / 500.0;
        assert!((share - nu).abs() < 0.03, "nu {nu}: {share}");
    }
}

#[test]
fn a_one_class_model_scores_its_own_rows_as_when_it_learnt() {
    let x = crowd_and_one(200, 3);
    let one = smo::one_class(&x, Kernel::rbf(0.3), 0.1);
    for (a, b) in one.model.scores(&x).iter().zip(&one.fitted_scores) {
        assert!((a - b).abs() < 1e-4, "{a} {b}");
    }
}

#[test]
fn reasons_name_the_columns_that_are_far_off() {
    let mut x = crowd_and_one(300, 3);
    x.row_mut(299).assign(&array![0.0, -9.0, 0.1]);
    let reasons = Usual::of(&x).reasons(x.row(299), 3);
    assert_eq!(reasons.len(), 1);
    assert_eq!(reasons[0].column, 1);
    assert!(reasons[0].deviations < -8.0);
}
