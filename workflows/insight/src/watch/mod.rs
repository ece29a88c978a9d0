//! Figures of a house hour by hour: floods, moods that turn, answers that take longer, slow changes.
//!
//! Each hour is held against the same hour of earlier weeks (Monday's with Monday's, by robust middle and
//! spread), counts against the tail that counts have, and what changes slowly is summed up (CUSUM; Page 1954).
//! How unusual something must be follows from how many false alarms a month are put up with. The past is
//! replayed each time, so that nothing but the figures themselves has to be kept.

mod tail;

#[cfg(test)]
mod simulation;

use crate::statistics::median;
use tail::{count_tail, normal_tail};

/// Hours in a week.
const WEEK: usize = 168;
const DAY: usize = 24;
/// Weeks that tell what is usual, and the fewest that do.
const WEEKS_MAX: usize = 10;
const WEEKS_MIN: usize = 3;
/// Hours in a month, for which false alarms are counted.
const MONTH: f64 = 730.0;
/// An alarm of a metric is not told again within so many hours unless it is much worse.
const QUIET: usize = 48;
/// So much rarer is much worse: a hundred times.
const WORSE: f64 = 2.0;
/// A sum of changes forgets what is usual by so much (in deviations a day): twice that is a change that
/// matters.
const SLACK: f64 = 1.0;
/// A mean of fewer than so many is nothing to go by.
const MEAN_OF_MIN: u32 = 8;
/// How much a house's means swing by themselves, in parts of how much one mail differs from another.
const OWN_SWING: f64 = 0.15;
/// How sums of changes are limited, so that one wild day is no slow change.
const STEP_MAX: f64 = 3.0;

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// How many there were: mails, or bad mails, or those of an intent.
    Count,
    /// A mean of several, such as mood or hours to an answer.
    Mean,
}

/// What of a metric is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// More than usual.
    More,
    /// Less than usual.
    Less,
    /// Either.
    Both,
}

/// An hour of a metric.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hour {
    /// The sum over what there was: how many for a count.
    pub sum: f64,
    /// How many there were that have a value. For a count it is not looked at.
    pub n: u32,
}

/// A metric hour by hour, without gaps, the present hour last.
#[derive(Clone, Debug)]
pub struct Series<'a> {
    /// What it is.
    pub metric: Metric,
    /// Which way is news.
    pub side: Side,
    /// Its hours. The first is any hour of the week; from then on they count.
    pub hours: &'a [Hour],
}

/// How it was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The last hours are unlike those of other weeks.
    Burst,
    /// It has changed over days.
    Drift,
}

/// Something unusual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alarm {
    /// In which of the hours.
    pub hour: usize,
    /// How it was noticed.
    pub by: By,
    /// What was seen, over as many hours as `over`: a count or a mean.
    pub seen: f64,
    /// What is usual.
    pub usual: f64,
    /// How many hours that is.
    pub over: usize,
    /// How rare that is: 3 once in a thousand hours, 4 in ten thousand.
    pub rarity: f64,
}

/// Spans of hours that are held against those of other weeks: a flood is soon seen in few hours, a silence in
/// a day.
const SPANS: [usize; 3] = [2, 8, 24];

/// How unusual something must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// False alarms a month that are put up with, over all metrics.
    pub false_alarms_per_month: f64,
    /// How many metrics are watched.
    pub n_metrics: usize,
}

impl Budget {
    /// Returns how rare something must be to be told.
    fn rarity(self) -> f64 {
        // Each metric is looked at hour by hour in several ways.
        let looks = MONTH * (SPANS.len() + 1) as f64 * self.n_metrics.max(1) as f64;
        (looks / self.false_alarms_per_month.max(1e-3)).log10().max(1.0)
    }
}

/// Returns what was unusual, oldest first, in the hours from `from` on. Where too little is known nothing is.
#[must_use]
pub fn alarms(series: &Series<'_>, from: usize, budget: Budget) -> Vec<Alarm> {
    let needed = budget.rarity();
    let mut found: Vec<Alarm> = Vec::new();
    let mut drift = Drift::default();
    for hour in 0..series.hours.len() {
        let burst = if hour >= from.saturating_sub(QUIET) { burst(series, hour) } else { None };
        let slow = if hour % DAY == DAY - 1 { drift.push(series, hour) } else { None };
        let Some(alarm) = [burst, slow].into_iter().flatten().max_by(|a, b| a.rarity.total_cmp(&b.rarity))
        else {
            continue;
        };
        if alarm.rarity < needed {
            continue;
        }
        let known = found
            .last()
            .is_some_and(|last: &Alarm| hour - last.hour < QUIET && alarm.rarity < last.rarity + WORSE);
        if !known {
            found.push(alarm);
        }
    }
    found.retain(|alarm| alarm.hour >= from);
    found
}

/// Holds the hours before and with this one against the same hours of other weeks.
fn burst(series: &Series<'_>, hour: usize) -> Option<Alarm> {
    let each = SPANS.iter().filter_map(|&over| {
        let now = series.total(hour, over)?;
        let past = series.past(hour, over);
        if past.len() < WEEKS_MIN {
            return None;
        }
        let (usual, rarity) = match series.metric {
            Metric::Count => {
                let counts: Vec<f64> = past.iter().map(|t| t.sum).collect();
                let usual = median(&counts);
                // Spread beyond that of counts by chance.
                let mean = usual.max(0.5);
                let extra = (spread(&counts, usual).powi(2) - mean).max(0.0) / (mean * mean);
                (usual, count_tail(now.sum, mean, extra.max(0.02), series.side))
            }
            Metric::Mean => {
                let means: Vec<f64> = past.iter().filter(|t| t.n > 0).map(Hour::mean).collect();
                if now.n < MEAN_OF_MIN || means.len() < WEEKS_MIN {
                    return None;
                }
                let (usual, single) = series.usual(hour)?;
                // A mean of n varies by the root of n less; the house itself varies, too.
                let deviation = (single * single / f64::from(now.n) + (OWN_SWING * single).powi(2)).sqrt();
                let z = (now.mean() - usual) / deviation.max(1e-9);
                (usual, normal_tail(z, series.side))
            }
        };
        let seen = if series.metric == Metric::Count { now.sum } else { now.mean() };
        Some(Alarm { hour, by: By::Burst, seen, usual, over, rarity })
    });
    each.max_by(|a, b| a.rarity.total_cmp(&b.rarity))
}

/// Sums of how far days were from usual, each way.
#[derive(Clone, Copy, Debug, Default)]
struct Drift {
    up: f64,
    down: f64,
    days_up: usize,
    days_down: usize,
}

impl Drift {
    /// Takes the day that ends with this hour.
    fn push(&mut self, series: &Series<'_>, hour: usize) -> Option<Alarm> {
        let day = series.total(hour, DAY)?;
        let (usual, deviation) = series.usual_day(hour)?;
        let seen = match series.metric {
            Metric::Count => day.sum,
            Metric::Mean if day.n < 3 => return None,
            Metric::Mean => day.mean(),
        };
        let z = ((seen - usual) / deviation.max(1e-9)).clamp(-STEP_MAX, STEP_MAX);
        let step = |sum: &mut f64, days: &mut usize, by: f64| {
            *sum = (*sum + by - SLACK).max(0.0);
            *days = if *sum > 0.0 { *days + 1 } else { 0 };
        };
        step(&mut self.up, &mut self.days_up, z);
        step(&mut self.down, &mut self.days_down, -z);
        let (sum, days) = match series.side {
            Side::More => (self.up, self.days_up),
            Side::Less => (self.down, self.days_down),
            Side::Both if self.up >= self.down => (self.up, self.days_up),
            Side::Both => (self.down, self.days_down),
        };
        // Siegmund's approximation of how seldom a sum gets so high by chance, in days; in hours, as others.
        let run =
            ((2.0 * SLACK * (sum + 1.166)).exp() - 1.0 - 2.0 * SLACK * (sum + 1.166)) / (2.0 * SLACK * SLACK);
        let rarity = (run * DAY as f64).max(1.0).log10();
        let over = (days * DAY).max(DAY);
        let total = series.total(hour, over)?;
        let seen = match series.metric {
            Metric::Count => total.sum / (over / DAY) as f64,
            Metric::Mean => total.mean(),
        };
        Some(Alarm { hour, by: By::Drift, seen, usual, over, rarity })
    }
}

impl Hour {
    fn mean(&self) -> f64 {
        self.sum / f64::from(self.n.max(1))
    }
}

impl Series<'_> {
    /// Adds up the hours that end with this one; nothing where there are fewer.
    fn total(&self, hour: usize, over: usize) -> Option<Hour> {
        let hours = &self.hours[(hour + 1).checked_sub(over)?..=hour];
        Some(Hour { sum: hours.iter().map(|h| h.sum).sum(), n: hours.iter().map(|h| h.n).sum() })
    }

    /// Returns the same hours of earlier weeks, newest first.
    fn past(&self, hour: usize, over: usize) -> Vec<Hour> {
        let before = |week: usize| self.total(hour.checked_sub(week * WEEK)?, over);
        (1..=WEEKS_MAX).map_while(before).collect()
    }

    /// Returns the usual mean of the weeks before, and how much a single one differs from it, both from days.
    fn usual(&self, hour: usize) -> Option<(f64, f64)> {
        let days = (1..=WEEKS_MAX * 7).map_while(|day| self.total(hour.checked_sub(day * DAY)?, DAY));
        let days: Vec<Hour> = days.filter(|day| day.n >= 3).collect();
        if days.len() < WEEKS_MIN * 5 {
            return None;
        }
        let means: Vec<f64> = days.iter().map(Hour::mean).collect();
        let usual = median(&means);
        // What a day's mean differs by, times the root of how many it is of, is what a single one does.
        let singles: Vec<f64> = days.iter().map(|d| (d.mean() - usual) * f64::from(d.n).sqrt()).collect();
        let least = 1e-6 + usual.abs() * 0.02;
        Some((usual, spread(&singles, 0.0).max(least)))
    }

    /// Returns what is usual for the day that ends with this hour, two weeks ago and longer, and how far such
    /// days differ from it. What crept in since is not usual.
    fn usual_day(&self, hour: usize) -> Option<(f64, f64)> {
        let alike = |week: usize| self.total(hour.checked_sub(week * WEEK)?, DAY);
        match self.metric {
            Metric::Count => {
                let days: Vec<f64> = (3..=WEEKS_MAX + 2).map_while(alike).map(|day| day.sum).collect();
                if days.len() < WEEKS_MIN {
                    return None;
                }
                let usual = median(&days);
                // Few days of one kind say little of how they differ: all days do. Held against those a month
                // before, so that a house that swings from month to month is known to.
                let residuals: Vec<f64> = (14..=WEEKS_MAX * 7)
                    .map_while(|ago| {
                        let then = self.total(hour.checked_sub(ago * DAY)?, DAY)?.sum;
                        let month_before = self.total(hour.checked_sub(ago * DAY + 4 * WEEK)?, DAY)?.sum;
                        let chance = (2.0 * f64::midpoint(then, month_before).max(1.0)).sqrt();
                        Some((then - month_before) / chance)
                    })
                    .collect();
                let more = if residuals.len() >= 14 { spread(&residuals, 0.0).max(1.0) } else { 1.2 };
                // The middle of few is not quite the usual one itself.
                let of_few = 1.0 + 1.5 / days.len() as f64;
                Some((usual, more * (usual.max(1.0) * of_few).sqrt()))
            }
            Metric::Mean => {
                let day = self.total(hour, DAY)?;
                let (usual, single) = self.usual(hour.checked_sub(14 * DAY)?)?;
                Some((
                    usual,
                    (single * single / f64::from(day.n.max(1)) + (OWN_SWING * single).powi(2)).sqrt(),
                ))
            }
        }
    }
}

/// Returns how far values are from `around`, robustly, as a standard deviation (1.4826 · MAD).
fn spread(values: &[f64], around: f64) -> f64 {
    let far: Vec<f64> = values.iter().map(|v| (v - around).abs()).collect();
    1.4826 * median(&far)
}
