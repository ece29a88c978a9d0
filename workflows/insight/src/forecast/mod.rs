//! What is to be expected next of a series, and within what bounds.
//!
//! A few simple models compete: each forecasts stretches of the past from what came before them, and the one
//! that was least wrong forecasts the future. The bounds are how wrong it was.

mod grid;
mod models;

use crate::InsightError;
use grid::Grid;
use models::Model;

/// Stretches of the past that are forecast to choose a model.
const TRIALS_MAX: usize = 24;
/// Values that models look at; older ones are forgotten.
const HISTORY_MAX: usize = 5_000;

/// A forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// In order of time.
    pub points: Vec<Point>,
    /// The model that was least wrong.
    pub model: String,
    /// Steps after which the series repeats; 1 if it does not.
    pub season: usize,
    /// How wrong the model was in the past, as a mean absolute error.
    pub error: f64,
    /// How wrong it would have been to expect the last value, or the one a season ago.
    pub naive_error: f64,
    /// What was done with the series, for people: one sentence each.
    pub notes: Vec<String>,
}

/// What is to be expected at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Seconds since 1970.
    pub time: f64,
    /// What is expected.
    pub value: f64,
    /// One of ten values was lower than this or higher than `high` in the past.
    pub low: f64,
    /// See `low`.
    pub high: f64,
}

/// Forecasts `horizon` steps of a series. Rows come in any order; values of one time are averaged, gaps are
/// filled in a straight line. `season` is in steps; if none, it is looked for.
///
/// # Errors
/// There are fewer than 8 different times with a value, or the horizon is out of its range.
pub fn forecast(
    times: &[Option<f64>],
    values: &[f64],
    horizon: usize,
    season: Option<usize>,
) -> Result<Forecast, InsightError> {
    if !(1..=10_000).contains(&horizon) {
        let value = horizon.to_string();
        return Err(InsightError::Setting { name: "the horizon", value, range: "write 1 to 10000 steps" });
    }
    let mut grid = Grid::of(times, values)?;
    let skipped = grid.values.len().saturating_sub(HISTORY_MAX);
    if skipped > 0 {
        grid.notes.push(format!("the oldest {skipped} steps are not looked at"));
        grid.values.drain(..skipped);
    }
    let history = &grid.values;
    let n = history.len();
    if let Some(season) = season.filter(|s| !(1..=n / 2).contains(s)) {
        let value = season.to_string();
        return Err(InsightError::Setting {
            name: "the season",
            value,
            range: "write 1 to half the steps of the series",
        });
    }
    let season = season.unwrap_or_else(|| models::season(history, &grid.seasons()));

    // Past stretches begin where at least half the series, and two seasons, came before.
    let stretch = horizon.min(n / 4).max(1);
    let first = (n / 2).max(2 * season).min(n - stretch);
    let n_trials = (n - stretch - first + 1).min(TRIALS_MAX);
    let starts: Vec<usize> =
        (0..n_trials).map(|i| n - stretch - i * (n - stretch - first) / (n_trials.max(2) - 1)).collect();
    let tried = |model: Model| {
        let mut errors = vec![Vec::with_capacity(starts.len()); stretch];
        for &start in &starts {
            let told = model.forecast(&history[..start], stretch, season);
            for (step, (told, came)) in told.iter().zip(&history[start..]).enumerate() {
                errors[step].push(came - told);
            }
        }
        errors
    };
    let mean_error = |errors: &[Vec<f64>]| {
        let all = errors.iter().flatten();
        all.clone().map(|e| e.abs()).sum::<f64>() / all.count().max(1) as f64
    };
    let mut errors = tried(Model::Naive);
    let naive_error = mean_error(&errors);
    let (mut model, mut error) = (Model::Naive, naive_error);
    for other in [Model::Mean, Model::Line, Model::Smooth] {
        let of_other = tried(other);
        if mean_error(&of_other) < error {
            (model, error, errors) = (other, mean_error(&of_other), of_other);
        }
    }
    let told = model.forecast(history, horizon, season);
    let bounds = bounds(&errors, horizon);
    let points = told.into_iter().zip(bounds).enumerate().map(|(i, (value, (below, above)))| Point {
        time: grid.time_after(i),
        value,
        low: value - below,
        high: value + above,
    });
    let points = points.collect();
    Ok(Forecast { points, model: model.name().into(), season, error, naive_error, notes: grid.notes })
}

/// Returns for each step how far below and above the forecast nine of ten values lie: quantiles of errors at
/// this step and those around it, never narrower than before; beyond the stretches that were tried they grow
/// with the square root of the steps.
fn bounds(errors: &[Vec<f64>], horizon: usize) -> Vec<(f64, f64)> {
    let mut all = Vec::with_capacity(horizon);
    let mut widest = (0.0_f64, 0.0_f64);
    let n_tried = errors.len();
    for step in 0..horizon {
        if step < n_tried {
            let around = step.saturating_sub(2)..(step + 3).min(n_tried);
            let mut near: Vec<f64> = errors[around].iter().flatten().copied().collect();
            near.sort_by(f64::total_cmp);
            if near.is_empty() {
                near.push(0.0);
            }
            // A little outside, since few errors were seen.
            let margin = 0.05 * (near.len() as f64 / (near.len() as f64 + 1.0));
            let of = |share| crate::statistics::quantile(&near, share);
            widest = (widest.0.max(-of(margin)), widest.1.max(of(1.0 - margin)));
            all.push(widest);
        } else {
            let growth = ((step + 1) as f64 / n_tried.max(1) as f64).sqrt();
            all.push((widest.0 * growth, widest.1 * growth));
        }
    }
    all
}

#[cfg(test)]
mod tests;
