use chrono::{DateTime, Datelike as _, Months};

use crate::InsightError;

const DAY: f64 = 86_400.0;
/// Steps that a series may be spread over, for each value in it.
const SPREAD_MAX: usize = 20;
const ROWS_MIN: usize = 8;

/// A series with a value at each step.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    pub(super) values: Vec<f64>,
    pub(super) notes: Vec<String>,
    last: f64,
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Seconds(f64),
    Months(u32),
}

impl Grid {
    pub(super) fn of(times: &[Option<f64>], values: &[f64]) -> Result<Self, InsightError> {
        let mut rows: Vec<(f64, f64)> = times
            .iter()
            .zip(values)
            .filter(|(_, v)| !v.is_nan())
            .filter_map(|(t, v)| t.map(|t| (t, *v)))
            .collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut notes = Vec::new();
        let mut known: Vec<(f64, f64)> = Vec::new();
        for same in rows.chunk_by(|a, b| a.0 == b.0) {
            known.push((same[0].0, same.iter().map(|(_, v)| v / same.len() as f64).sum()));
        }
        if known.len() < rows.len() {
            notes.push(format!(
                "{} rows share their time with others; they are averaged",
                rows.len() - known.len()
            ));
        }
        if known.len() < ROWS_MIN {
            return Err(InsightError::TooFewRows {
                what: "a forecast",
                needed: ROWS_MIN,
                found: known.len(),
            });
        }
        let mut gaps: Vec<f64> = known.windows(2).map(|w| w[1].0 - w[0].0).collect();
        gaps.sort_by(f64::total_cmp);
        let usual = gaps[gaps.len() / 2];
        let last = known[known.len() - 1].0;
        let step = match months(&known) {
            Some(months) => Step::Months(months),
            None => Step::Seconds(usual),
        };
        let place = |time: f64| match step {
            Step::Seconds(step) => ((time - known[0].0) / step).round() as usize,
            Step::Months(step) => (month(time) - month(known[0].0)) as usize / step as usize,
        };
        let n = place(last).saturating_add(1);
        if n > known.len() * SPREAD_MAX {
            // Too few values for their span: one after the other is all that can be said of them.
            notes.push("times are too uneven for steps; values are taken one after the other".into());
            let values = known.into_iter().map(|(_, v)| v).collect();
            return Ok(Self { values, notes, last, step: Step::Seconds(usual) });
        }
        let mut sums = vec![(0.0, 0_u32); n];
        for (time, value) in &known {
            let (sum, n) = &mut sums[place(*time)];
            *sum += value;
            *n += 1;
        }
        let values: Vec<Option<f64>> =
            sums.iter().map(|(sum, n)| (*n > 0).then(|| sum / f64::from(*n))).collect();
        let n_gaps = values.iter().filter(|v| v.is_none()).count();
        if n_gaps > 0 {
            notes.push(format!("{n_gaps} of {n} steps have no value; they are filled in a straight line"));
        }
        Ok(Self { values: filled(&values), notes, last, step })
    }

    /// Returns the time of a step after the last value, counted from 0.
    pub(super) fn time_after(&self, step: usize) -> f64 {
        let n = step as f64 + 1.0;
        match self.step {
            Step::Seconds(seconds) => self.last + n * seconds,
            Step::Months(months) => DateTime::from_timestamp(self.last as i64, 0)
                .and_then(|at| at.checked_add_months(Months::new(months.saturating_mul(step as u32 + 1))))
                .map_or(self.last, |at| at.timestamp() as f64),
        }
    }

    /// Returns after how many steps a series of such steps may repeat.
    pub(super) fn seasons(&self) -> Vec<usize> {
        match self.step {
            Step::Months(1) => vec![12, 3],
            Step::Months(3) => vec![4],
            Step::Months(_) => vec![],
            Step::Seconds(step) => [DAY, 7.0 * DAY, 365.25 * DAY]
                .iter()
                .map(|period| (period / step).round() as usize)
                .filter(|n| *n > 1)
                .collect(),
        }
    }
}

fn month(time: f64) -> i64 {
    DateTime::from_timestamp(time as i64, 0)
        .map_or(0, |at| i64::from(at.year()) * 12 + i64::from(at.month0()))
}

/// Returns the months between times that are all of the same day and clock of a month, or its last day.
fn months(known: &[(f64, f64)]) -> Option<u32> {
    let at = |time: f64| DateTime::from_timestamp(time as i64, 0);
    let first = at(known[0].0)?;
    let is_end = |d: DateTime<chrono::Utc>| {
        d.checked_add_days(chrono::Days::new(1)).is_some_and(|next| next.day() == 1)
    };
    let same_day =
        known.iter().all(|(t, _)| at(*t).is_some_and(|d| d.day() == first.day() && d.time() == first.time()));
    let all_ends = known.iter().all(|(t, _)| at(*t).is_some_and(is_end));
    if !same_day && !all_ends {
        return None;
    }
    let mut gaps: Vec<i64> = known.windows(2).map(|w| month(w[1].0) - month(w[0].0)).collect();
    gaps.sort_unstable();
    let usual = gaps[gaps.len() / 2];
    // A daily series of one day a month would be one of months, and is.
    u32::try_from(usual).ok().filter(|m| *m > 0 && gaps[0] > 0)
}

fn filled(values: &[Option<f64>]) -> Vec<f64> {
    let mut all = Vec::with_capacity(values.len());
    let mut last: Option<(usize, f64)> = None;
    for (i, value) in values.iter().enumerate() {
        let Some(value) = value else { continue };
        if let Some((at, before)) = last {
            for gap in at + 1..i {
                all.push(before + (value - before) * (gap - at) as f64 / (i - at) as f64);
            }
        }
        all.push(*value);
        last = Some((i, *value));
    }
    all
}
