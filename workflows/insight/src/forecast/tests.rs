use super::*;
use crate::random;
use rand::Rng as _;

fn noise(seed: u64) -> impl FnMut(f64) -> f64 {
    let mut random = random::seeded(seed);
    move |size| (0..12).map(|_| random.gen_range(-0.5..0.5)).sum::<f64>() * size
}

fn every(step: f64, n: usize) -> Vec<Option<f64>> {
    (0..n).map(|i| Some(1.6e9 + i as f64 * step)).collect()
}

/// A week's rhythm on a slope.
fn weeks(n: usize, noise_size: f64) -> Vec<f64> {
    let mut noise = noise(3);
    let week = [100.0, 120.0, 110.0, 90.0, 95.0, 30.0, 20.0];
    (0..n).map(|i| week[i % 7] + 0.5 * i as f64 + noise(noise_size)).collect()
}

#[test]
fn a_rhythm_on_a_slope_is_continued() {
    let all = weeks(154, 3.0);
    let found = forecast(&every(86_400.0, 140), &all[..140], 14, None).unwrap();
    assert_eq!(found.season, 7);
    for (point, came) in found.points.iter().zip(&all[140..]) {
        assert!((point.value - came).abs() < 15.0, "{point:?}, came {came}; {}", found.model);
        assert!(point.low <= point.value && point.value <= point.high);
    }
    assert!(found.error < found.naive_error);
    assert_eq!(found.points[0].time, 1.6e9 + 140.0 * 86_400.0);
}

#[test]
fn bounds_hold_nine_of_ten_values() {
    let (mut n_inside, mut n) = (0, 0);
    for seed in 0..40 {
        let mut noise = noise(seed + 100);
        let all: Vec<f64> =
            (0..130).map(|i| 50.0 + 10.0 * f64::from(u8::from(i % 7 < 2)) + noise(4.0)).collect();
        let found = forecast(&every(86_400.0, 120), &all[..120], 10, Some(7)).unwrap();
        n_inside +=
            found.points.iter().zip(&all[120..]).filter(|(p, v)| p.low <= **v && **v <= p.high).count();
        n += 10;
    }
    let share = f64::from(n_inside as u32) / f64::from(n);
    assert!((0.84..=0.98).contains(&share), "{share}");
}

#[test]
fn months_are_counted_as_months() {
    let times: Vec<Option<f64>> = (0..48)
        .map(|i| {
            let day = chrono::NaiveDate::from_ymd_opt(2020 + i / 12, i as u32 % 12 + 1, 1).unwrap();
            Some(day.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp() as f64)
        })
        .collect();
    let values: Vec<f64> = (0..48).map(|i| f64::from(i % 12) * 10.0 + f64::from(i)).collect();
    let found = forecast(&times, &values, 12, None).unwrap();
    assert_eq!(found.season, 12);
    let last = chrono::DateTime::from_timestamp(found.points[11].time as i64, 0).unwrap();
    assert_eq!(last.date_naive().to_string(), "2024-12-01");
    for (i, point) in found.points.iter().enumerate() {
        assert!((point.value - (i as f64 * 10.0 + 48.0 + i as f64)).abs() < 13.0, "{point:?}");
    }
}

#[test]
fn unsorted_double_and_missing_rows_are_put_right() {
    let values = weeks(70, 0.0);
    let mut rows: Vec<(Option<f64>, f64)> = every(86_400.0, 70).into_iter().zip(values).collect();
    let sorted = forecast(
        &rows.iter().map(|r| r.0).collect::<Vec<_>>(),
        &rows.iter().map(|r| r.1).collect::<Vec<_>>(),
        7,
        Some(7),
    )
    .unwrap();
    rows.reverse();
    rows.push(rows[5]);
    rows.push((None, 1e9));
    rows.push((Some(0.0), f64::NAN));
    let found = forecast(
        &rows.iter().map(|r| r.0).collect::<Vec<_>>(),
        &rows.iter().map(|r| r.1).collect::<Vec<_>>(),
        7,
        Some(7),
    )
    .unwrap();
    assert_eq!(found.points, sorted.points);
    assert_eq!(found.notes, ["1 rows share their time with others; they are averaged"]);
    rows.remove(20);
    let found = forecast(
        &rows.iter().map(|r| r.0).collect::<Vec<_>>(),
        &rows.iter().map(|r| r.1).collect::<Vec<_>>(),
        7,
        Some(7),
    )
    .unwrap();
    assert!(found.notes.iter().any(|n| n.starts_with("1 of 70 steps have no value")), "{:?}", found.notes);
}

#[test]
fn strange_series_have_finite_forecasts() {
    let n = 60;
    let mut uneven = every(3_600.0, n);
    uneven[n - 1] = Some(9e9);
    let mut endless = every(3_600.0, n);
    endless[n - 1] = Some(1e141);
    // The last day that a calendar has.
    let mut last_day = every(3_600.0, n);
    last_day[n - 1] = Some(8_210_266_876_799.0);
    for (times, values) in [
        (every(3_600.0, n), vec![5.0; n]),
        (every(3_600.0, n), (0..n).map(|i| if i % 2 == 0 { 1e150 } else { -1e150 }).collect()),
        (uneven, weeks(n, 1.0)),
        (endless, weeks(n, 1.0)),
        (last_day, weeks(n, 1.0)),
        (every(1e-3, n), weeks(n, 1.0)),
        (every(86_400.0 * 365.0, n), weeks(n, 1.0)),
        (every(60.0, 8), weeks(8, 1.0)),
    ] {
        for horizon in [1, 30, 500] {
            let found = forecast(&times, &values, horizon, None).unwrap();
            assert_eq!(found.points.len(), horizon);
            let sound = |p: &Point| [p.time, p.value, p.low, p.high].iter().all(|v| v.is_finite());
            assert!(found.points.iter().all(sound), "{found:?}");
        }
    }
}

#[test]
fn what_cannot_be_forecast_is_refused() {
    let values = weeks(20, 1.0);
    let times = every(60.0, 20);
    let e = forecast(&times[..7], &values[..7], 5, None).unwrap_err();
    assert_eq!(e, InsightError::TooFewRows { what: "a forecast", needed: 8, found: 7 });
    for (horizon, season) in [(0, None), (10_001, None), (5, Some(0)), (5, Some(11))] {
        assert!(matches!(forecast(&times, &values, horizon, season), Err(InsightError::Setting { .. })));
    }
    assert!(forecast(&[], &[], 5, None).is_err());
}
