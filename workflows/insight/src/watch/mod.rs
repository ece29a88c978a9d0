//! Figures of a house hour by hour: floods, moods that turn, answers that take longer, slow changes.
//!
//! Each hour is held against the same hour of earlier weeks (Monday's with Monday's, by robust middle and
//! spread), counts against the tail that counts have, and what changes slowly is summed up (CUSUM; Page 1954).
//! How unusual something must be follows from how many false alarms a month are put up with. What is part of
//! something else, such as refunds of all mails, is only news beyond what the whole accounts for. The past is
//! replayed each time, so that nothing but the figures themselves has to be kept.

mod tail;

#[cfg(test)]
mod simulation;

use crate::statistics::{median, quantile, sorted};
use tail::{count_tail, deviations, normal_tail, rarity_of};

/// Hours in a week.
const WEEK: usize = 168;
const DAY: usize = 24;
/// Weeks that tell what is usual, and the fewest that do.
const WEEKS_MAX: usize = 10;
const WEEKS_MIN: usize = 3;
/// Hours in a month, for which false alarms are counted.
const MONTH: f64 = 730.0;
/// An alarm of a metric is not told again within so many hours unless it is much worse, and a slow change that goes
/// on not within a week.
const QUIET: usize = 48;
const QUIET_OF_DRIFT: usize = WEEK;
/// So many times as many deviations are much worse.
const WORSE: f64 = 1.5;
/// A sum of changes forgets what is usual by so much (in deviations a day): twice that is a change that
/// matters.
const SLACK: f64 = 1.0;
/// A count that has changed by less than this part of what is usual is no news, however sure it is.
const DRIFT_MIN: f64 = 0.15;
/// A mean of fewer than so many is nothing to go by.
const MEAN_OF_MIN: u32 = 8;
/// How much a house's means swing by themselves, in parts of how much one mail differs from another.
const OWN_SWING: f64 = 0.15;
/// The parts of earlier weeks between which what is usual lies, when it is told.
const USUAL: (f64, f64) = (0.1, 0.9);
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
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// What it is.
    pub metric: Metric,
    /// Which way is news.
    pub side: Side,
    /// Its hours. The first is any hour of the week; from then on they count.
    pub hours: &'a [Hour],
    /// What it is part of, hour by hour.
    pub part_of: Option<&'a [Hour]>,
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
    /// What was seen, over as many hours as `over`: a count, of a drift that of a day, or a mean.
    pub seen: f64,
    /// What is usual: the middle.
    pub usual: f64,
    /// Between what eight in ten earlier weeks were, or what is within two deviations.
    pub range: (f64, f64),
    /// How many hours that is.
    pub over: usize,
    /// How unusual it is, in standard deviations of what is spread normally.
    pub score: f64,
}

impl Alarm {
    /// Tells whether it is to be told, where `last` was the last that was told of the metric.
    fn is_news(&self, last: &Self) -> bool {
        is_news((self.by, self.score), (last.by, last.score), self.hour - last.hour)
    }
}

/// Tells whether something, by how it was noticed and its score, is to be told where the last of the metric was told
/// so many hours ago.
#[must_use]
pub fn is_news((by, score): (By, f64), (last, told): (By, f64), hours_ago: usize) -> bool {
    let quiet = if by == By::Drift && last == By::Drift { QUIET_OF_DRIFT } else { QUIET };
    hours_ago >= quiet || score >= WORSE * told
}

/// Spans of hours that are held against those of other weeks: a flood is soon seen in few hours, a silence in
/// a day.
const SPANS: [usize; 3] = [2, 8, 24];

/// How unusual something must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// False alarms a month that are put up with, over all these metrics.
    pub false_alarms_per_month: f64,
    /// How many metrics are watched.
    pub n_metrics: usize,
}

impl Budget {
    /// Returns how unusual something must be to be told, in standard deviations.
    #[must_use]
    pub fn score(self) -> f64 {
        // Each metric is looked at hour by hour in several ways.
        let looks = MONTH * (SPANS.len() + 1) as f64 * self.n_metrics.max(1) as f64;
        deviations((looks / self.false_alarms_per_month.max(1e-3)).log10().max(1.0))
    }
}

/// Returns what is most unusual of the last hour and the last whole day, however little that is; days begin with
/// the first hour. Where too little is known nothing is.
#[must_use]
pub fn look(series: &Series<'_>) -> Option<Alarm> {
    let (mut drift, mut slow) = (Drift::default(), None);
    for hour in (DAY - 1..series.hours.len()).step_by(DAY) {
        slow = drift.push(series, hour);
    }
    most(burst(series, series.hours.len().checked_sub(1)?), slow)
}

/// Returns what would have been told, oldest first, had each hour been looked at.
#[must_use]
pub fn alarms(series: &Series<'_>, budget: Budget) -> Vec<Alarm> {
    let needed = budget.score();
    let mut found: Vec<Alarm> = Vec::new();
    let mut drift = Drift::default();
    for hour in 0..series.hours.len() {
        let slow = if hour % DAY == DAY - 1 { drift.push(series, hour) } else { None };
        let alarm = most(burst(series, hour), slow).filter(|alarm| alarm.score >= needed);
        found.extend(alarm.filter(|alarm| found.last().is_none_or(|last| alarm.is_news(last))));
    }
    found
}

fn most(a: Option<Alarm>, b: Option<Alarm>) -> Option<Alarm> {
    a.into_iter().chain(b).max_by(|a, b| a.score.total_cmp(&b.score))
}

/// Holds the hours before and with this one against the same hours of other weeks.
fn burst(series: &Series<'_>, hour: usize) -> Option<Alarm> {
    let each = SPANS.iter().filter_map(|&over| {
        let now = series.total(hour, over)?;
        let past = series.past(hour, over);
        if past.len() < WEEKS_MIN {
            return None;
        }
        let (seen, usual, range, rarity) = match series.metric {
            Metric::Count => {
                let counts = sorted(past.iter().map(|t| t.sum));
                let usual = median(&counts);
                // Spread beyond that of counts by chance.
                let mean = usual.max(0.5);
                let extra = (spread(&counts, usual).powi(2) - mean).max(0.0) / (mean * mean);
                let rarity =
                    count_tail(now.sum, mean * series.growth(hour, over), extra.max(0.02), series.side);
                (now.sum, usual, (quantile(&counts, USUAL.0), quantile(&counts, USUAL.1)), rarity)
            }
            Metric::Mean => {
                let means: Vec<f64> = past.iter().filter(|t| t.n > 0).map(Hour::mean).collect();
                if now.n < MEAN_OF_MIN || means.len() < WEEKS_MIN {
                    return None;
                }
                let (usual, single) = series.usual(hour)?;
                let deviation = deviation_of(single, now.n);
                let z = (now.mean() - usual) / deviation.max(1e-9);
                let range = (usual - 2.0 * deviation, usual + 2.0 * deviation);
                (now.mean(), usual, range, normal_tail(z, series.side))
            }
        };
        Some((Alarm { hour, by: By::Burst, seen, usual, range, over, score: 0.0 }, rarity))
    });
    let (alarm, rarity) = each.max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Alarm { score: deviations(rarity), ..alarm })
}

/// Returns how far a mean of n is from the usual one: it varies by the root of n less than a single one; the
/// house itself varies, too.
fn deviation_of(single: f64, n: u32) -> f64 {
    (single * single / f64::from(n.max(1)) + (OWN_SWING * single).powi(2)).sqrt()
}

/// How far days were from usual, summed up each way.
#[derive(Clone, Copy, Debug, Default)]
struct Drift {
    up: Climb,
    down: Climb,
}

/// A sum of how far days were from usual that has not come back to nothing, and the days of it.
#[derive(Clone, Copy, Debug, Default)]
struct Climb {
    sum: f64,
    days: usize,
    seen: Hour,
    usual: f64,
    variance: f64,
}

impl Climb {
    fn step(&mut self, by: f64, day: Hour, usual: f64, deviation: f64) {
        self.sum += by - SLACK;
        if self.sum <= 0.0 {
            *self = Self::default();
            return;
        }
        self.days += 1;
        self.seen = Hour { sum: self.seen.sum + day.sum, n: self.seen.n.saturating_add(day.n) };
        self.usual += usual;
        self.variance += deviation * deviation;
    }
}

impl Drift {
    /// Takes the day that ends with this hour.
    fn push(&mut self, series: &Series<'_>, hour: usize) -> Option<Alarm> {
        let day = series.total(hour, DAY)?;
        let (usual, deviation) = series.usual_day(hour)?;
        let usual = usual * series.growth(hour, DAY);
        let seen = match series.metric {
            Metric::Count => day.sum,
            Metric::Mean if day.n < 3 => return None,
            Metric::Mean => day.mean(),
        };
        let z = ((seen - usual) / deviation.max(1e-9)).clamp(-STEP_MAX, STEP_MAX);
        self.up.step(z, day, usual, deviation);
        self.down.step(-z, day, usual, deviation);
        let climb = match series.side {
            Side::More => self.up,
            Side::Less => self.down,
            Side::Both if self.up.sum >= self.down.sum => self.up,
            Side::Both => self.down,
        };
        if climb.days == 0 {
            return None;
        }
        // Siegmund's approximation of how seldom a sum gets so high by chance, in days; in hours, as others.
        let high = 2.0 * SLACK * (climb.sum + 1.166);
        let run = (high.exp() - 1.0 - high) / (2.0 * SLACK * SLACK);
        let score = deviations(rarity_of(1.0 / (run * DAY as f64).max(1.0)));
        let days = climb.days as f64;
        let (usual, deviation) = (climb.usual / days, climb.variance.sqrt() / days);
        let seen = match series.metric {
            Metric::Count => climb.seen.sum / days,
            Metric::Mean => climb.seen.mean(),
        };
        let matters = series.metric == Metric::Mean || (seen - usual).abs() >= DRIFT_MIN * usual;
        let range = (usual - 2.0 * deviation, usual + 2.0 * deviation);
        let alarm = Alarm { hour, by: By::Drift, seen, usual, range, over: climb.days * DAY, score };
        matters.then_some(alarm)
    }
}

impl Hour {
    fn mean(&self) -> f64 {
        self.sum / f64::from(self.n.max(1))
    }
}

impl Series<'_> {
    /// Returns what the last `over` hours count, what they usually do, and between what eight in ten earlier weeks
    /// were. Nothing where too little is known.
    #[must_use]
    pub fn counts(&self, over: usize) -> Option<(f64, f64, (f64, f64))> {
        let hour = self.hours.len().checked_sub(1)?;
        let past = sorted(self.past(hour, over).iter().map(|then| then.sum));
        if past.len() < WEEKS_MIN {
            return None;
        }
        let range = (quantile(&past, USUAL.0), quantile(&past, USUAL.1));
        Some((self.total(hour, over)?.sum, quantile(&past, 0.5), range))
    }

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

    /// Returns how many times as much as usual there is of the rest of what it is part of; 1 where it is not more.
    fn growth(&self, hour: usize, over: usize) -> f64 {
        let Some(whole) = self.part_of else { return 1.0 };
        let whole = Series { hours: whole, part_of: None, ..*self };
        let rest = |whole: &Hour, part: &Hour| whole.sum - part.sum;
        let (past, parts) = (whole.past(hour, over), self.past(hour, over));
        let usual: Vec<f64> = past.iter().zip(&parts).map(|(whole, part)| rest(whole, part)).collect();
        let now = whole.total(hour, over).zip(self.total(hour, over)).map_or(0.0, |(w, p)| rest(&w, &p));
        (now / median(&usual).max(1.0)).max(1.0)
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
                Some((usual, deviation_of(single, day.n)))
            }
        }
    }
}

/// Returns how far values are from `around`, robustly, as a standard deviation (1.4826 · MAD).
fn spread(values: &[f64], around: f64) -> f64 {
    let far: Vec<f64> = values.iter().map(|v| (v - around).abs()).collect();
    1.4826 * median(&far)
}
