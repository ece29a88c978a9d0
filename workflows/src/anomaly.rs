//! Whether today is unlike the days before: more mail, or more angry mail, than usual. For houses that are too
//! young to know what hours of a week are like.
//!
//! Pure arithmetic over daily counts; whoever calls it loads them and tells people. Only too much
//! rings: a day that is still going on has few messages in the morning.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use rapport_insight::median;
use rapport_model::Timestamp;
use rapport_model::event::{Against, Anomaly, Figure};

/// From this score on a figure is unusual (Iglewicz and Hoaglin 1993).
pub const SCORE_MIN: f64 = 3.5;

/// Fewest days that tell what is usual.
pub const PAST_DAYS_MIN: usize = 7;

/// Days further back say nothing of today.
const PAST_DAYS_MAX: u64 = 56;

/// Fewest messages in a day that can be a flood, and fewest bad ones that can be a wave: two
/// instead of none is no news, however rare.
const VOLUME_MIN: u32 = 10;
const NEGATIVE_MIN: u32 = 4;

/// How much greater the share of bad messages must be than usual. When everybody writes more, more
/// of it is bad, and the volume says so already.
const SHARE_RATIO_MIN: f64 = 1.5;

/// Makes the median absolute deviation comparable with a standard deviation.
const MAD_TO_SIGMA: f64 = 1.4826;

/// Returns how far a figure is beyond what is unusual: 0, and one more for each doubling of the score.
pub fn level(score: f64) -> u32 {
    (score / SCORE_MIN).max(1.0).log2().floor().min(30.0) as u32
}

/// Why nothing can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnomalyError {
    /// Too few days to know what is usual.
    #[error("only {n_days} days are known; {PAST_DAYS_MIN} are needed to tell what is usual")]
    TooShort {
        /// How many days there are.
        n_days: usize,
    },
}

/// The counts of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayFigures {
    /// The day, in the house's zone.
    pub day: NaiveDate,
    /// How many messages people wrote to the house.
    pub n_in: u32,
    /// How many of them were negative.
    pub n_negative: u32,
}

/// Returns how unusual `today` is against `past`: the distance from the median in robust standard
/// deviations (1.4826 · MAD; Hampel 1974). 0 is usual, from [`SCORE_MIN`] on it is unusual, and
/// below 0 it is less than usual.
///
/// `past` holds counts per day, in any order. Days of much the same count have a deviation of next
/// to nothing, against which one message more would be a sensation. Counts vary by at least the
/// root of their mean (Poisson), so that is the least deviation, and never less than one message.
///
/// # Errors
/// [`AnomalyError::TooShort`] with fewer than [`PAST_DAYS_MIN`] days.
pub fn unusual(past: &[u32], today: u32) -> Result<f64, AnomalyError> {
    if past.len() < PAST_DAYS_MIN {
        return Err(AnomalyError::TooShort { n_days: past.len() });
    }
    let counts: Vec<f64> = past.iter().map(|n| f64::from(*n)).collect();
    let usual = median(&counts);
    let mad = median(&counts.iter().map(|n| (n - usual).abs()).collect::<Vec<_>>());
    let deviation = (MAD_TO_SIGMA * mad).max(usual.sqrt()).max(1.0);
    Ok((f64::from(today) - usual) / deviation)
}

/// Returns what is unusual today, which began at `since`: volume, negative, both or nothing.
///
/// `past` are earlier days in any order; a day between them that is not listed had no messages.
/// `today` may be unfinished: what has come so far is held against whole days, so an alarm comes
/// in the hour in which even a whole day would have been unusual.
///
/// A weekend is compared with weekends and a working day with working days, once there are
/// [`PAST_DAYS_MIN`] of the kind; before that with all days. With too few days of any kind nothing
/// is unusual.
pub fn detect(past: &[DayFigures], today: &DayFigures, since: Timestamp) -> Vec<Anomaly> {
    let days = comparable(past, today.day);
    let volume: Vec<u32> = days.iter().map(|d| d.n_in).collect();
    let negative: Vec<u32> = days.iter().map(|d| d.n_negative).collect();

    let mut found = Vec::new();
    if today.n_in >= VOLUME_MIN {
        found.extend(anomaly(Figure::Volume, &volume, today.n_in, since));
    }
    let usual_share = share(negative.iter().sum(), volume.iter().sum());
    if today.n_negative >= NEGATIVE_MIN
        && share(today.n_negative, today.n_in) >= SHARE_RATIO_MIN * usual_share
    {
        found.extend(anomaly(Figure::Negative, &negative, today.n_negative, since));
    }
    found
}

fn anomaly(figure: Figure, past: &[u32], today: u32, since: Timestamp) -> Option<Anomaly> {
    let score = unusual(past, today).ok().filter(|score| *score >= SCORE_MIN)?;
    let mut past: Vec<f64> = past.iter().map(|n| f64::from(*n)).collect();
    past.sort_unstable_by(f64::total_cmp);
    // Eight in ten days lie between these.
    let tenth = past.len() / 10;
    let range = (past[tenth], past[past.len() - 1 - tenth]);
    let (seen, usual) = (f64::from(today), median(&past));
    Some(Anomaly { figure, intent: None, seen, usual, range, since, against: Against::Days, score })
}

/// Returns the days that today is held against, with the days on which nothing came.
fn comparable(past: &[DayFigures], today: NaiveDate) -> Vec<DayFigures> {
    let oldest = today.checked_sub_days(Days::new(PAST_DAYS_MAX)).unwrap_or(NaiveDate::MIN);
    let known: BTreeMap<NaiveDate, DayFigures> =
        past.iter().filter(|d| (oldest..today).contains(&d.day)).map(|d| (d.day, *d)).collect();
    let Some(first) = known.keys().next() else { return Vec::new() };
    let quiet = |day| DayFigures { day, n_in: 0, n_negative: 0 };
    let all: Vec<DayFigures> = first
        .iter_days()
        .take_while(|day| *day < today)
        .map(|day| known.get(&day).copied().unwrap_or(quiet(day)))
        .collect();
    let alike: Vec<_> = all.iter().copied().filter(|d| is_weekend(d.day) == is_weekend(today)).collect();
    if alike.len() >= PAST_DAYS_MIN { alike } else { all }
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Returns the part that `n` is of `of`, in 0..=1; 0 of nothing.
fn share(n: u32, of: u32) -> f64 {
    f64::from(n) / f64::from(of.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_counts_robust_deviations_from_the_median() {
        let cases: &[(&[u32], u32, f64)] = &[
            (&[0; 7], 0, 0.0),
            (&[0; 7], 3, 3.0),                         // one message is the least deviation
            (&[4; 14], 10, 3.0),                       // constant: the root of 4
            (&[1, 3, 2, 1, 2, 3, 2], 9, 7.0 / 1.4826), // 1–3 a day, then 9
            (&[100; 9], 70, -3.0),                     // less than usual
            (&[20, 24, 16, 20, 20, 24, 16, 400], 20, 0.0), // one wild day moves nothing
            (&[10, 10, 10, 10, 30, 30, 30, 30], 20, 0.0), // an even number of days
            (&[u32::MAX; 7], 0, -f64::from(u32::MAX).sqrt()),
        ];
        for (past, today, expected) in cases {
            let score = unusual(past, *today).unwrap();
            assert!((score - expected).abs() < 1e-6, "{past:?} {today}: {score}");
        }
        assert_eq!(unusual(&[5; 6], 5), Err(AnomalyError::TooShort { n_days: 6 }));
        assert_eq!(unusual(&[], 5), Err(AnomalyError::TooShort { n_days: 0 }));
    }

    /// Makes the days up to the day before 24 November 2027, a Wednesday, of (messages, bad ones).
    fn days(counts: &[(u32, u32)]) -> Vec<DayFigures> {
        let last = NaiveDate::from_ymd_opt(2027, 11, 23).unwrap();
        let day = |ago: usize| last - Days::new(ago as u64);
        let n = counts.len();
        let figures =
            |(i, c): (usize, &(u32, u32))| DayFigures { day: day(n - 1 - i), n_in: c.0, n_negative: c.1 };
        counts.iter().enumerate().map(figures).collect()
    }

    fn today(day_of_november: u32, n_in: u32, n_negative: u32) -> DayFigures {
        let day = NaiveDate::from_ymd_opt(2027, 11, day_of_november).unwrap();
        DayFigures { day, n_in, n_negative }
    }

    fn figures(past: &[DayFigures], today: DayFigures) -> String {
        detect(past, &today, Timestamp::from_secs(0))
            .iter()
            .map(|a| a.figure.name())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn a_wave_of_bad_mail_rings_and_ordinary_days_do_not() {
        let usual = days(&[(20, 1), (22, 3), (18, 2), (21, 1), (19, 2), (24, 3), (20, 2), (20, 1), (23, 2)]);
        let quiet = days(&[(0, 0); 21]);
        let same = days(&[(20, 2); 14]);
        let cases: &[(&str, &[DayFigures], DayFigures, &str)] = &[
            ("nine bad ones after one to three", &usual, today(24, 22, 9), "negative"),
            ("the same by ten in the morning", &usual, today(24, 11, 9), "negative"),
            ("an ordinary day", &usual, today(24, 21, 3), ""),
            ("the morning of an ordinary day", &usual, today(24, 1, 0), ""),
            ("a flood with its usual share of bad ones", &usual, today(24, 100, 9), "volume"),
            ("a flood of bad ones", &usual, today(24, 60, 40), "volume negative"),
            ("two after weeks of nothing", &quiet, today(24, 2, 2), ""),
            ("five bad ones after weeks of nothing", &quiet, today(24, 5, 5), "negative"),
            ("a day like all others", &same, today(24, 20, 2), ""),
            ("a little more than always the same", &same, today(24, 25, 3), ""),
            ("too few days to know", &usual[3..], today(24, 90, 60), ""),
            ("nothing to compare with", &[], today(24, 90, 60), ""),
        ];
        for (case, past, today, expected) in cases {
            assert_eq!(figures(past, *today), *expected, "{case}");
        }
    }

    #[test]
    fn a_weekend_is_compared_with_weekends_when_enough_are_known() {
        // Four weeks with 40 messages on working days and 4 at weekends.
        let week = |d: DayFigures| DayFigures { n_in: if is_weekend(d.day) { 4 } else { 40 }, ..d };
        let weeks: Vec<_> = days(&[(0, 0); 28]).into_iter().map(week).collect();
        let (saturday, monday) = (27, 29);
        assert_eq!(figures(&weeks, today(saturday, 20, 0)), "volume");
        assert_eq!(figures(&weeks, today(monday, 42, 0)), "", "a working day after a weekend is no flood");
        // One week tells nothing of weekends, and all its days are compared with.
        assert_eq!(figures(&weeks[21..], today(saturday, 20, 0)), "");
        assert_eq!(figures(&weeks[21..], today(24, 90, 0)), "volume");
    }

    #[test]
    fn a_day_that_is_not_listed_had_no_messages() {
        let listed: Vec<_> = days(&[(12, 0); 21]).into_iter().step_by(10).collect();
        let found = detect(&listed, &today(24, 12, 0), Timestamp::from_secs(0));
        assert_eq!(found.first().map(|a| (a.usual, a.range)), Some((0.0, (0.0, 12.0))));
        // What lies in the future, or today itself, is not the past.
        let ahead = [today(24, 500, 0), today(25, 500, 0)];
        assert_eq!(figures(&[days(&[(12, 0); 14]), ahead.to_vec()].concat(), today(24, 60, 0)), "volume");
    }
}
