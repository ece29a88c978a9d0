use super::*;

/// An hourly rhythm with a little noise that repeats never.
fn rhythm(n: usize) -> (Vec<Option<f64>>, Vec<f64>) {
    let times = (0..n).map(|i| Some(i as f64 * 3_600.0)).collect();
    let noise = |i: usize| ((i * 7919) % 1009) as f64 / 1009.0;
    let values =
        (0..n).map(|i| 100.0 + 20.0 * (i as f64 * std::f64::consts::TAU / 24.0).sin() + 4.0 * noise(i));
    (times, values.collect())
}

fn highest(scores: &[f64]) -> usize {
    (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap()
}

#[test]
fn a_spike_a_shift_and_an_hour_out_of_place_are_strange() {
    let (times, usual) = rhythm(1_500);
    let mut spike = usual.clone();
    spike[1_200] = 300.0;
    assert_eq!(highest(&scores(&times, &spike).unwrap()), 1_200);

    let mut shift = usual.clone();
    shift[1_200..].iter_mut().for_each(|v| *v += 80.0);
    assert_eq!(highest(&scores(&times, &shift).unwrap()), 1_200);

    // The height of noon, at midnight: only the hour makes it strange.
    let mut misplaced = usual;
    misplaced[1_194] = 122.0;
    assert_eq!(highest(&scores(&times, &misplaced).unwrap()), 1_194);
}

#[test]
fn a_score_never_looks_ahead() {
    let (times, mut values) = rhythm(600);
    values[400] = 500.0;
    let whole = scores(&times, &values).unwrap();
    for n in [50, 300, 401, 599] {
        assert_eq!(scores(&times[..n], &values[..n]).unwrap(), whole[..n]);
    }
}

#[test]
fn rows_in_any_order_are_judged_by_time() {
    let (times, mut values) = rhythm(600);
    values[500] = 500.0;
    let sorted = scores(&times, &values).unwrap();
    let order: Vec<usize> = (0..600).map(|i| i * 7 % 600).filter(|i| *i < 600).collect();
    let shuffled = scores(
        &order.iter().map(|&i| times[i]).collect::<Vec<_>>(),
        &order.iter().map(|&i| values[i]).collect::<Vec<_>>(),
    );
    assert_eq!(shuffled.unwrap(), order.iter().map(|&i| sorted[i]).collect::<Vec<_>>());
}

#[test]
fn gaps_duplicates_and_constants_are_no_trouble() {
    let (mut times, mut values) = rhythm(400);
    values[100] = f64::NAN;
    times[101] = None;
    times[200] = times[199];
    times[300..].iter_mut().for_each(|t| *t = t.map(|t| t + 1e9));
    let found = scores(&times, &values).unwrap();
    assert_eq!((found[100], found[101]), (0.0, 0.0));
    let same = vec![5.0; 400];
    let huge: Vec<f64> = (0..400).map(|i| if i % 2 == 0 { 1e150 } else { -1e150 }).collect();
    for values in [&values, &same, &huge] {
        let found = scores(&times, values).unwrap();
        assert!(found.iter().all(|s| (0.0..1.0).contains(s)), "{found:?}");
    }
    assert!(scores(&times, &same).unwrap().iter().all(|s| *s == 0.0));
}

#[test]
fn nothing_to_judge_is_said() {
    assert_eq!(scores(&[], &[]), Err(InsightError::Empty));
    let e = scores(&[None, Some(1.0)], &[1.0, f64::NAN]).unwrap_err();
    assert_eq!(e, InsightError::TooFewRows { what: "judging a series", needed: 1, found: 0 });
    assert_eq!(scores(&[Some(0.0)], &[1.0]), Ok(vec![0.0]));
}

#[test]
fn after_an_alarm_there_is_quiet_for_a_while() {
    let (times, mut values) = rhythm(1_500);
    values[1_200..1_210].fill(400.0);
    values[1_400] = 900.0;
    let found = scores(&times, &values).unwrap();
    assert!(found[1_200] > 0.6);
    assert!(found[1_201..1_210].iter().all(|s| *s == 0.0), "{:?}", &found[1_200..1_210]);
    assert!(found[1_400] > 0.5);
}
