//! The Numenta Anomaly Benchmark.

use std::collections::BTreeMap;

use rapport_insight::series::nab::{self, Judged, STANDARD};
use rapport_insight::series::scores;
use rapport_insight::table::{ReadOptions, read, times};

use crate::data::place;

/// Returns the series that are here with their windows, judged by our detector.
fn judged() -> Vec<(String, Judged)> {
    let Some(dir) = place("anomaly/nab") else { return Vec::new() };
    let windows = std::fs::read(dir.join("combined_windows.json")).unwrap();
    let windows: BTreeMap<String, Vec<[String; 2]>> = serde_json::from_slice(&windows).unwrap();
    let mut all = Vec::new();
    for (name, windows) in windows {
        let Ok(bytes) = std::fs::read(dir.join(&name)) else { continue };
        let table = read(&bytes, &ReadOptions::default()).unwrap();
        let times = times(&table.columns[0]);
        let list = windows.into_iter().flatten().fold("t,x\n".to_owned(), |list, t| list + &t + ",a\n");
        let ends = match list.len() {
            4 => Vec::new(),
            _ => rapport_insight::table::times(
                &read(list.as_bytes(), &ReadOptions::default()).unwrap().columns[0],
            ),
        };
        let rows_in = |ends: &[Option<f64>]| {
            let inside = |t: &Option<f64>| *t >= ends[0] && *t <= ends[1];
            (times.iter().position(inside).unwrap(), times.iter().rposition(inside).unwrap())
        };
        let windows = ends.chunks(2).map(rows_in).collect();
        let scores = scores(&times, table.columns[1].numbers().unwrap()).unwrap();
        all.push((name, Judged { windows, scores }));
    }
    all
}

#[test]
fn the_detector_finds_windows_at_a_threshold_chosen_on_other_series() {
    let all = judged();
    if all.is_empty() {
        return;
    }
    let of =
        |rest: usize| all.iter().enumerate().filter(|(i, _)| i % 2 == rest).map(|(_, (_, j))| j).collect();
    let (even, odd): (Vec<&Judged>, Vec<&Judged>) = (of(0), of(1));
    let n = |half: &[&Judged]| half.iter().map(|j| j.windows.len()).sum::<usize>() as f64;
    let of_odd = nab::score(&odd, STANDARD, nab::best(&even, STANDARD).threshold);
    let of_even = nab::score(&even, STANDARD, nab::best(&odd, STANDARD).threshold);
    let score = (of_odd * n(&odd) + of_even * n(&even)) / (n(&odd) + n(&even));
    let every: Vec<&Judged> = all.iter().map(|(_, j)| j).collect();
    println!(
        "{score:.1} with thresholds of the other half; {:?} with one for all",
        nab::best(&every, STANDARD)
    );
    assert!(score >= 45.0, "{score:.1}");
}

/// The detector that draws its scores: what is published of it was made of others than those stored, and one
/// series differs by three alarms.
const OF_ANOTHER_DRAW: &str = "random";

/// `RAPPORT_TEST_NAB` names the folder `results` of the benchmark, where the scores of other detectors are.
#[test]
fn our_scorer_gives_the_published_scores_of_other_detectors() {
    let (Some(results), all) = (std::env::var_os("RAPPORT_TEST_NAB"), judged()) else {
        eprintln!("left out: RAPPORT_TEST_NAB does not name the benchmark's results");
        return;
    };
    let read = |bytes: Vec<u8>| read(&bytes, &ReadOptions::default()).unwrap();
    for detector in std::fs::read_dir(&results).unwrap().map(|f| f.unwrap().path()).filter(|f| f.is_dir()) {
        let name = detector.file_name().unwrap().to_string_lossy().into_owned();
        if name == OF_ANOTHER_DRAW {
            continue;
        }
        let published =
            std::fs::read_to_string(detector.join(format!("{name}_standard_scores.csv"))).unwrap();
        let published: Vec<Vec<&str>> = published.lines().map(|l| l.split(',').collect()).collect();
        let mut n = 0;
        for (series, judged) in &all {
            let (group, file) = series.split_once('/').unwrap();
            let line = published.iter().find(|l| l[2] == series).unwrap();
            let (threshold, expected): (f64, f64) = (line[3].parse().unwrap(), line[4].parse().unwrap());
            let Ok(bytes) = std::fs::read(detector.join(group).join(format!("{name}_{file}"))) else {
                continue;
            };
            let scores = read(bytes).column("anomaly_score").unwrap().numbers().unwrap().to_vec();
            let found =
                nab::raw_score(&Judged { windows: judged.windows.clone(), scores }, STANDARD, threshold);
            assert!((found - expected).abs() < 1e-6, "{name}, {series}: {found}, published {expected}");
            n += 1;
        }
        println!("{name}: {n} series as published");
    }
}
