//! The score of the Numenta Anomaly Benchmark, by which detectors of strange moments are compared (Lavin and
//! Ahmad 2015): early in a window of strangeness is better than late, one alarm a window counts, false alarms
//! cost the more the farther they are after one. 0 is a detector that says nothing, 100 a perfect one.

/// What errors cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// A false alarm.
    pub false_alarm: f64,
    /// A window without an alarm.
    pub missed: f64,
}

/// The profile that is published first.
pub const STANDARD: Profile = Profile { false_alarm: 0.11, missed: 1.0 };

/// A series that was judged.
#[derive(Clone, Debug)]
pub struct Judged {
    /// First and last row of each window of strangeness, ascending.
    pub windows: Vec<(usize, usize)>,
    /// A score for each row; at or above the threshold it is an alarm.
    pub scores: Vec<f64>,
}

/// The best threshold for some series, and what it gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Best {
    /// Above every score if silence is best.
    pub threshold: f64,
    /// 0 for silence, 100 for perfection.
    pub score: f64,
}

/// What an alarm at a row is worth: in a window, which one; outside, less than nothing.
#[derive(Clone, Copy, Debug)]
struct Alarm {
    score: f64,
    window: Option<usize>,
    worth: f64,
}

/// Returns the score of one series at a threshold, as it adds up: each window found gives up to 1.
#[must_use]
pub fn raw_score(judged: &Judged, profile: Profile, threshold: f64) -> f64 {
    let mut found = vec![-profile.missed; judged.windows.len()];
    let mut sum = 0.0;
    for alarm in alarms(judged, profile, 0).filter(|a| a.score >= threshold) {
        match alarm.window {
            Some(window) => found[window] = f64::max(found[window], alarm.worth),
            None => sum += alarm.worth,
        }
    }
    sum + found.iter().sum::<f64>()
}

/// Returns the score of several series at a threshold.
#[must_use]
pub fn score(all: &[&Judged], profile: Profile, threshold: f64) -> f64 {
    let n_windows = all.iter().map(|j| j.windows.len()).sum();
    normalised(all.iter().map(|j| raw_score(j, profile, threshold)).sum(), n_windows, profile)
}

/// Returns the one threshold for all series that gives the highest score.
#[must_use]
pub fn best(all: &[&Judged], profile: Profile) -> Best {
    let mut every: Vec<Alarm> = Vec::new();
    let mut n_windows = 0;
    for judged in all {
        every.extend(alarms(judged, profile, n_windows));
        n_windows += judged.windows.len();
    }
    every.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut found = vec![-profile.missed; n_windows];
    let mut sum = -profile.missed * n_windows as f64;
    let (mut best_sum, mut threshold) = (sum, f64::INFINITY);
    for tied in every.chunk_by(|a, b| a.score == b.score) {
        for alarm in tied {
            let gain = match alarm.window {
                Some(window) => {
                    let gain = (alarm.worth - found[window]).max(0.0);
                    found[window] += gain;
                    gain
                }
                None => alarm.worth,
            };
            sum += gain;
        }
        if sum > best_sum {
            (best_sum, threshold) = (sum, tied[0].score);
        }
    }
    Best { threshold, score: normalised(best_sum, n_windows, profile) }
}

fn normalised(sum: f64, n_windows: usize, profile: Profile) -> f64 {
    let n = n_windows.max(1) as f64;
    100.0 * (sum + profile.missed * n_windows as f64) / (n * (1.0 + profile.missed))
}

/// Returns what an alarm at each row after the first, on probation, would be worth. Windows are numbered from
/// `first_window`.
fn alarms(judged: &Judged, profile: Profile, first_window: usize) -> impl Iterator<Item = Alarm> {
    let n_probation = (judged.scores.len() * 15 / 100).min(750);
    judged.scores.iter().enumerate().skip(n_probation).map(move |(row, &score)| {
        let inside = judged.windows.iter().position(|&(first, last)| (first..=last).contains(&row));
        if let Some(window) = inside {
            let (first, last) = judged.windows[window];
            let position = -((last - row + 1) as f64) / (last - first + 1) as f64;
            let worth = worth_at(position) / worth_at(-1.0);
            return Alarm { score, window: Some(first_window + window), worth };
        }
        let before = judged.windows.iter().rev().find(|(_, last)| *last < row);
        let worth = before
            .map_or(-1.0, |(first, last)| worth_at((row - last) as f64 / ((last - first).max(1)) as f64));
        Alarm { score, window: None, worth: worth * profile.false_alarm }
    })
}

/// Returns the worth of an alarm by its place, in window widths: 1 at -1, the start; 0 at the end; -1 far
/// behind.
fn worth_at(position: f64) -> f64 {
    if position > 3.0 { -1.0 } else { 2.0 / (1.0 + (5.0 * position).exp()) - 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(windows: &[(usize, usize)], n: usize, alarms: &[usize]) -> Judged {
        let mut scores = vec![0.0; n];
        alarms.iter().for_each(|&row| scores[row] = 1.0);
        Judged { windows: windows.to_vec(), scores }
    }

    fn check(windows: &[(usize, usize)], alarms: &[usize], expected: f64) {
        let found = raw_score(&judged(windows, 1000, alarms), STANDARD, 0.5);
        assert!((found - expected).abs() < 1e-9, "{windows:?} {alarms:?}: {found}");
    }

    #[test]
    fn alarms_are_worth_what_the_benchmark_says() {
        let early = 2.0 / (1.0 + (-5.0_f64).exp()) - 1.0;
        check(&[(400, 499)], &[400], 1.0);
        check(&[(400, 499)], &[], -1.0);
        check(&[(400, 499)], &[450, 400, 499], 1.0);
        check(&[(400, 499)], &[450], (2.0 / (1.0 + (-2.5_f64).exp()) - 1.0) / early);
        check(&[(400, 499)], &[400, 300], 1.0 - 0.11);
        check(&[(400, 499)], &[400, 499 + 99], 1.0 + 0.11 * (2.0 / (1.0 + 5.0_f64.exp()) - 1.0));
        check(&[(400, 499)], &[400, 999], 1.0 - 0.11);
        check(&[], &[500, 600], -0.22);
        // On probation nothing counts.
        check(&[], &[0, 149], 0.0);
        check(&[], &[150], -0.11);
    }

    #[test]
    fn silence_is_0_and_perfection_100() {
        let all = [judged(&[(400, 499), (700, 799)], 1000, &[400, 700]), judged(&[(200, 250)], 1000, &[200])];
        let all: Vec<&Judged> = all.iter().collect();
        assert_eq!(score(&all, STANDARD, 2.0), 0.0);
        assert!((score(&all, STANDARD, 1.0) - 100.0).abs() < 1e-9);
        assert_eq!(best(&all, STANDARD).threshold, 1.0);
    }

    #[test]
    fn the_best_threshold_is_as_good_as_any() {
        let scores: Vec<f64> = (0..1000).map(|i| f64::from(i * 7919 % 101)).collect();
        let a = Judged { windows: vec![(300, 350), (600, 640)], scores: scores.clone() };
        let b = Judged { windows: vec![], scores };
        let best = best(&[&a, &b], STANDARD);
        let tried = (0..=101).map(|t| score(&[&a, &b], STANDARD, f64::from(t))).fold(f64::MIN, f64::max);
        assert!((best.score - tried).abs() < 1e-9);
        assert!((score(&[&a, &b], STANDARD, best.threshold) - best.score).abs() < 1e-9);
    }
}
