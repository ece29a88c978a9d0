use ndarray::array;
use rand::Rng as _;

use super::*;
use crate::measure::adjusted_rand;

const METHODS: [Method; 3] = [Method::Kmeans, Method::Dbscan, Method::Hdbscan];

/// Four crowds of different sizes, and to which each row belongs.
fn crowds() -> (Array2<f64>, Vec<usize>) {
    let mut random = random::seeded(11);
    let truth: Vec<usize> = [120, 90, 60, 30].into_iter().enumerate().flat_map(|(g, n)| vec![g; n]).collect();
    let centres = [[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]];
    let x =
        Array2::from_shape_fn((truth.len(), 2), |(i, j)| centres[truth[i]][j] + random.gen_range(-1.5..1.5));
    (x, truth)
}

#[test]
fn crowds_are_found_without_being_told_how_many() {
    let (x, truth) = crowds();
    for method in METHODS {
        let found = cluster(&x, method, &Options::default()).unwrap();
        assert_eq!(found.sizes.len(), 4, "{method:?}");
        let groups: Vec<i64> = found.of_row.iter().map(|g| g.map_or(-1, |g| g as i64)).collect();
        assert!(adjusted_rand(&groups, &truth) > 0.97, "{method:?}");
        assert_eq!(found.of_row[0], Some(0), "{method:?}: the largest comes first");
        assert!(found.silhouette.unwrap() > 0.7, "{method:?}");
        assert!((found.centres[[0, 0]]).abs() < 0.5, "{method:?}");
    }
}

#[test]
fn a_row_far_from_all_is_in_no_group_by_density() {
    let (mut x, _) = crowds();
    x.row_mut(5).assign(&array![100.0, 100.0]);
    for method in [Method::Dbscan, Method::Hdbscan] {
        assert_eq!(cluster(&x, method, &Options::default()).unwrap().of_row[5], None, "{method:?}");
    }
}

#[test]
fn strange_tables_have_sound_groups() {
    let tables = [
        array![[0.0], [1.0]],
        array![[0.0], [0.0]],
        Array2::zeros((50, 3)),
        Array2::from_shape_fn((40, 2), |(i, _)| if i % 2 == 0 { 1e150 } else { -1e150 }),
        Array2::from_shape_fn((30, 500), |(i, j)| ((i * 31 + j * 17) % 13) as f64),
        Array2::from_shape_fn((12, 1), |(i, _)| (i % 3) as f64),
    ];
    for (t, x) in tables.iter().enumerate() {
        for method in METHODS {
            for k in [None, Some(2)] {
                let found = cluster(x, method, &Options { k, ..Options::default() }).unwrap();
                assert_eq!(found.of_row.len(), x.nrows(), "table {t}, {method:?}");
                assert!(found.inertia.is_finite() && found.centres.iter().all(|c| c.is_finite()));
                assert!(found.silhouette.is_none_or(f64::is_finite), "table {t}, {method:?}");
            }
        }
    }
}

#[test]
fn what_cannot_be_grouped_is_refused() {
    let (x, _) = crowds();
    for method in METHODS {
        let e = cluster(&array![[1.0]], method, &Options::default()).unwrap_err();
        assert_eq!(e, InsightError::TooFewRows { what: "finding groups", needed: 2, found: 1 });
    }
    for options in [
        Options { k: Some(0), ..Options::default() },
        Options { k: Some(301), ..Options::default() },
        Options { members_min: Some(1), ..Options::default() },
        Options { radius: Some(f64::NAN), ..Options::default() },
    ] {
        assert!(
            matches!(cluster(&x, Method::Kmeans, &options), Err(InsightError::Setting { .. })),
            "{options:?}"
        );
    }
}

#[test]
fn rows_beyond_the_sample_join_the_nearest_group() {
    let mut random = random::seeded(3);
    let x = Array2::from_shape_fn((DENSITY_ROWS_MAX + 2_000, 1), |(i, _)| {
        if i % 2 == 0 { random.gen_range(0.0..1.0) } else { random.gen_range(50.0..51.0) }
    });
    let found = cluster(&x, Method::Dbscan, &Options { radius: Some(0.02), ..Options::default() }).unwrap();
    assert_eq!(found.sizes.len(), 2);
    assert!(found.of_row.iter().enumerate().all(|(i, g)| *g == found.of_row[i % 2]));
}
