use rand::Rng as _;

use super::*;
use crate::random;

/// Customers who fall silent the more, the longer they were silent and the unhappier they are; the third
/// figure says nothing, the fourth is constant, the fifth never known.
fn known(n: usize, seed: u64) -> Known {
    let mut random = random::seeded(seed);
    let mut known = Known::default();
    for i in 0..n {
        let (silent, mood): (f64, f64) = (random.gen_range(0.0..10.0), random.gen_range(-1.0..1.0));
        let odds = 0.6 * (silent - 6.0) - 1.5 * mood;
        let gap = if i % 7 == 0 { f64::NAN } else { mood };
        known.rows.push(vec![silent, gap, random.r#gen(), 3.0, f64::NAN]);
        known.came_true.push(random.gen_bool(1.0 / (1.0 + (-odds).exp())));
    }
    known
}

#[test]
fn it_learns_who_falls_silent_and_how_sure_that_is() {
    let model = Model::learn(&known(4_000, 1), &known(4_000, 2)).unwrap();
    let m = model.measured;
    assert!(m.auroc > 0.8 && m.calibration_error < 0.05 && m.lift > 1.8 && m.n == 2_000, "{m:?}");
    assert!(model.probability(&[10.0, -1.0, 0.5, 3.0, f64::NAN]) > 0.9);
    assert!(model.probability(&[0.0, 1.0, 0.5, 3.0, f64::NAN]) < 0.1);
    for odd in [f64::NAN, f64::INFINITY, f64::MAX, -f64::MAX] {
        let p = model.probability(&[odd; 5]);
        assert!((0.0..=1.0).contains(&p), "{odd}: {p}");
    }
    let reasons = model.reasons(&[10.0, -1.0, 0.5, 3.0, 7.0], 3);
    let columns: Vec<usize> = reasons.iter().map(|r| r.column).collect();
    assert_eq!(columns[..2], [0, 1], "{reasons:?}");
    assert!(!columns.contains(&3) && !columns.contains(&4));
    assert!(model.reasons(&[0.0, 1.0, 0.5, 3.0, 0.0], 3).iter().all(|r| r.column == 2));
}

#[test]
fn a_model_comes_back_from_json_and_knows_when_it_is_broken() {
    let model = Model::learn(&known(500, 1), &known(500, 2)).unwrap();
    let json = serde_json::to_string(&model).unwrap();
    assert!(!json.contains("null,null,null,null,null") && !json.contains("NaN"));
    let back: Model = serde_json::from_str(&json).unwrap();
    assert!(back.is_sound());
    let Way::Logistic { weights, intercept } = back.way.clone() else { panic!("{:?}", back.kind()) };
    let broken = Model { way: Way::Logistic { weights, intercept: intercept + 0.5 }, ..back };
    assert!(!broken.is_sound());
    assert!(serde_json::from_str::<Model>("{}").is_err());
}

#[test]
fn customers_who_changed_are_noticed() {
    let model = Model::learn(&known(2_000, 1), &known(2_000, 2)).unwrap();
    let same = model.drift(&known(2_000, 3).rows);
    assert!(same.iter().all(|d| *d < 0.1 && d.is_finite()), "{same:?}");
    let mut moved = known(2_000, 4).rows;
    moved.iter_mut().for_each(|row| row[0] = row[0] / 2.0 + 5.0);
    let drift = model.drift(&moved);
    assert!(drift[0] > DRIFT && drift[2] < 0.1, "{drift:?}");
    assert!(model.drift(&[]).iter().all(|d| *d == 0.0));
}

#[test]
fn too_little_to_learn_from_is_said_with_what_is_needed() {
    let few = |found, needed| InsightError::TooFewRows { what: "learning what is likely", needed, found };
    assert_eq!(Model::learn(&Known::default(), &known(500, 1)).unwrap_err(), few(0, ROWS_MIN));
    assert_eq!(Model::learn(&known(199, 1), &known(500, 1)).unwrap_err(), few(199, ROWS_MIN));
    let mut nobody = known(500, 1);
    nobody.came_true = vec![false; 500];
    assert_eq!(Model::learn(&nobody, &known(500, 2)).unwrap_err(), few(0, EACH_MIN));
    assert!(Model::learn(&known(500, 1), &known(100, 2)).is_err());
}

/// Customers who fall silent if two figures are on the same side of the middle: no sum of weights tells that.
fn crossed(n: usize, seed: u64) -> Known {
    let mut random = random::seeded(seed);
    let mut known = Known::default();
    for _ in 0..n {
        let row: Vec<f64> = (0..4).map(|_| random.gen_range(-1.0..1.0)).collect();
        known.came_true.push(random.gen_bool(if row[0] * row[1] > 0.0 { 0.9 } else { 0.1 }));
        known.rows.push(row);
    }
    known
}

#[test]
fn what_is_less_simple_is_used_where_it_tells_more_and_says_why() {
    let simple = Model::learn(&known(4_000, 1), &known(4_000, 2)).unwrap();
    assert_eq!(simple.kind(), Kind::Logistic, "{:?}", simple.tried);
    let model = Model::learn(&crossed(4_000, 1), &crossed(4_000, 2)).unwrap();
    assert!(model.kind() != Kind::Logistic && model.tried[0].1 < 0.6, "{:?}", model.tried);
    assert!(model.measured.auroc > 0.8 && model.measured.calibration_error < 0.05, "{:?}", model.measured);
    let reasons = model.reasons(&[0.8, 0.8, 0.1, 0.1], 2);
    let columns: Vec<usize> = reasons.iter().map(|r| r.column).collect();
    assert!(columns == [0, 1] || columns == [1, 0], "{reasons:?}");
    assert_eq!(model.reasons(&[f64::NAN; 4], 2), []);
}

#[test]
fn every_way_comes_back_from_json_and_answers_odd_rows() {
    let data = crossed(1_500, 3);
    let x = Array2::from_shape_fn((data.rows.len(), 4), |(i, j)| data.rows[i][j]);
    for kind in Kind::ALL {
        let way = Way::train(kind, &x, &data.came_true).unwrap();
        let back: Way = serde_json::from_str(&serde_json::to_string(&way).unwrap()).unwrap();
        for row in [vec![0.0; 4], vec![4.0; 4], vec![-4.0, 4.0, 0.3, 0.1], vec![1.0], Vec::new()] {
            let score = way.score(&row);
            assert!(score.is_finite() && (score - back.score(&row)).abs() < 1e-9, "{kind:?} {row:?}");
            assert_eq!(way.parts(&row).len(), row.len());
        }
        // Where nearly nothing ever comes true, or nothing in the sample.
        let none = vec![false; 1_500];
        let way = Way::train(kind, &x, &none);
        assert!(way.is_ok_and(|way| way.score(&[1.0; 4]).is_finite()) || kind == Kind::Logistic);
    }
}
