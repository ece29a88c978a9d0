use linfa::prelude::{Dataset, Fit as _, Predict as _};
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2};

use crate::statistics::{correlation, mean as average};

/// Steps that the line is fitted to at most, in seasons and in values.
const LINE_SEASONS_MAX: usize = 8;
const LINE_VALUES_MAX: usize = 1_000;
/// Seasons longer than this have too many values for a weight each.
const LINE_SEASON_MAX: usize = 60;

/// A way to forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Model {
    /// The last value, or the one a season ago.
    Naive,
    /// The mean of the last values at the same place of the season.
    Mean,
    /// A straight line with a height for each place of the season.
    Line,
    /// Level, dampened trend and season that follow the series (Holt and Winters).
    Smooth,
}

impl Model {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Naive => "as a season ago",
            Self::Mean => "mean of past seasons",
            Self::Line => "straight line and season",
            Self::Smooth => "level, dampened trend and season",
        }
    }

    /// Returns the next `n` values after `history`, which is not empty.
    pub(super) fn forecast(self, history: &[f64], n: usize, season: usize) -> Vec<f64> {
        let season = if history.len() < 2 * season { 1 } else { season };
        let told = match self {
            Self::Naive => naive(history, n, season),
            Self::Mean => mean(history, n, season),
            Self::Line => line(history, n, season).unwrap_or_else(|| naive(history, n, season)),
            Self::Smooth => smooth(history, n, season),
        };
        if told.iter().all(|v| v.is_finite()) { told } else { naive(history, n, season) }
    }
}

fn naive(history: &[f64], n: usize, season: usize) -> Vec<f64> {
    let last = &history[history.len() - season..];
    (0..n).map(|i| last[i % season]).collect()
}

fn mean(history: &[f64], n: usize, season: usize) -> Vec<f64> {
    let n_seasons = (history.len() / season).min(if season > 1 { 6 } else { 20 });
    let start = history.len() - n_seasons * season;
    let at = |place: usize| {
        let same = history[start..].iter().skip(place).step_by(season);
        same.map(|v| v / n_seasons as f64).sum::<f64>()
    };
    (0..n).map(|i| at(i % season)).collect()
}

fn line(history: &[f64], n: usize, season: usize) -> Option<Vec<f64>> {
    if season > LINE_SEASON_MAX {
        return None;
    }
    let n_kept = if season > 1 { season * LINE_SEASONS_MAX } else { LINE_VALUES_MAX };
    let kept = &history[history.len().saturating_sub(n_kept)..];
    // Values on one scale, so that squares of large ones stay exact.
    let middle = average(kept);
    let spread = kept.iter().fold(0.0_f64, |m, v| m.max((v - middle).abs()));
    if spread == 0.0 {
        return Some(vec![middle; n]);
    }
    let features = |from: usize, n: usize| {
        Array2::from_shape_fn((n, season), |(i, j)| {
            let at = from + i;
            // The first place of the season is in the intercept.
            if j == 0 { at as f64 / kept.len() as f64 } else { f64::from(u8::from(at % season == j)) }
        })
    };
    let y = Array1::from_iter(kept.iter().map(|v| (v - middle) / spread));
    let fitted = LinearRegression::default().fit(&Dataset::new(features(0, kept.len()), y)).ok()?;
    let told = fitted.predict(&features(kept.len(), n));
    Some(told.iter().map(|v| v * spread + middle).collect())
}

fn smooth(history: &[f64], n: usize, season: usize) -> Vec<f64> {
    let mut best = (f64::INFINITY, Vec::new());
    for level in [0.1, 0.3, 0.6] {
        for trend in [0.0, 0.1] {
            for of_season in if season > 1 { &[0.1, 0.4][..] } else { &[0.0][..] } {
                let (error, told) = smoothed(history, n, season, [level, trend, *of_season]);
                if error < best.0 {
                    best = (error, told);
                }
            }
        }
    }
    if best.1.is_empty() { naive(history, n, season) } else { best.1 }
}

/// Follows the series; returns how wrong one step ahead was, and the next `n` values.
fn smoothed(history: &[f64], n: usize, season: usize, [alpha, beta, gamma]: [f64; 3]) -> (f64, Vec<f64>) {
    const DAMPING: f64 = 0.95;
    let first = &history[..season];
    let mut level = average(first);
    let mut seasons: Vec<f64> = first.iter().map(|v| if season > 1 { v - level } else { 0.0 }).collect();
    let mut trend = 0.0;
    let mut error = 0.0;
    for (i, value) in history.iter().enumerate().skip(season) {
        let told = level + DAMPING * trend + seasons[i % season];
        let missed = value - told;
        error += missed.abs() / history.len() as f64;
        let before = level;
        level += DAMPING * trend + alpha * missed;
        trend = DAMPING * trend + beta * (level - before - DAMPING * trend);
        seasons[i % season] += gamma * (1.0 - alpha) * missed;
    }
    let mut told = Vec::with_capacity(n);
    let mut reach = 0.0;
    for i in 0..n {
        reach = DAMPING * (reach + 1.0);
        told.push(level + reach * trend + seasons[(history.len() + i) % season]);
    }
    (error, told)
}

/// Returns the season among `candidates` after which changes repeat most; 1 if none does.
pub(super) fn season(history: &[f64], candidates: &[usize]) -> usize {
    // Changes, since a trend is like itself at any distance.
    let changes: Vec<f64> = history.windows(2).map(|w| w[1] - w[0]).collect();
    let likeness = |season: usize| correlation(&changes[season..], &changes[..changes.len() - season]);
    let possible = candidates.iter().filter(|s| history.len() >= 2 * **s + 2);
    let best = possible.map(|&s| (likeness(s), s)).max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(likeness, _)| *likeness > 0.2).map_or(1, |(_, season)| season)
}
