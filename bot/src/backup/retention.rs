//! Which backups are kept; pure.

use std::collections::HashSet;

use chrono::{Datelike as _, NaiveDate};
use chrono_tz::Tz;
use rapport_model::Timestamp;
use rapport_model::time::DAY;

use crate::config::backup::Keep;

/// Tells of each backup whether it is kept: the last one of each of the newest days, weeks and months that
/// have any, by the house's calendar, and all of the day before the newest: whoever makes one by hand
/// before they change something wants it still.
///
/// `made` holds when each was made, in any order.
pub(crate) fn kept(made: &[Timestamp], keep: Keep, zone: Tz) -> Vec<bool> {
    let mut newest_first: Vec<usize> = (0..made.len()).collect();
    newest_first.sort_by_key(|i| std::cmp::Reverse(made[*i]));
    let day = |i: usize| made[i].local(zone).date_naive();
    let mut kept = vec![false; made.len()];
    if let Some(newest) = newest_first.first().map(|i| made[*i]) {
        made.iter().zip(&mut kept).for_each(|(at, kept)| *kept = newest.since(*at) < DAY);
    }
    let periods: [(u32, &dyn Fn(NaiveDate) -> NaiveDate); 3] = [
        (keep.days, &|day| day),
        (keep.weeks, &|day| day.week(chrono::Weekday::Mon).checked_first_day().unwrap_or(day)),
        (keep.months, &|day| day.with_day(1).unwrap_or(day)),
    ];
    for (n, period) in periods {
        let mut seen = HashSet::new();
        for i in &newest_first {
            if seen.len() < n as usize && seen.insert(period(day(*i))) {
                kept[*i] = true;
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEEP: Keep = Keep { days: 7, weeks: 4, months: 6 };

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_year_of_nights_leaves_a_week_a_month_and_half_a_year() {
        let nights: Vec<Timestamp> = (0..365).map(|n| at("2026-01-01T02:00:00Z").plus(n * DAY)).collect();
        let kept = kept(&nights, KEEP, chrono_tz::UTC);
        let days = nights.iter().zip(&kept).filter(|(_, kept)| **kept);
        let days: Vec<String> = days.map(|(at, _)| at.utc().format("%m-%d").to_string()).collect();
        let expected = [
            "07-31", "08-31", "09-30", "10-31", "11-30", "12-13", "12-20", "12-25", "12-26", "12-27",
            "12-28", "12-29", "12-30", "12-31",
        ];
        assert_eq!(days, expected);
    }

    #[test]
    fn a_day_is_the_house_s() {
        let all = [at("2026-03-01T22:30:00Z"), at("2026-03-01T23:30:00Z"), at("2026-03-04T02:00:00Z")];
        let keep = Keep { days: 3, weeks: 0, months: 0 };
        assert_eq!(kept(&all, keep, chrono_tz::UTC), [false, true, true]);
        assert_eq!(kept(&all, keep, chrono_tz::Europe::Berlin), [true, true, true]);
        assert_eq!(kept(&all[..2], keep, chrono_tz::UTC), [true, true], "within a day");
        assert_eq!(kept(&[], keep, chrono_tz::UTC), Vec::<bool>::new());
        assert_eq!(
            kept(&all, Keep { days: 0, ..keep }, chrono_tz::UTC),
            [false, false, true],
            "the newest stays"
        );
    }

    proptest! {
        #[test]
        fn what_is_kept_is_kept_again_and_never_too_much(
            hours in proptest::collection::vec(0_i64..40_000, 0..120),
            days in 0_u32..10, weeks in 0_u32..6, months in 0_u32..8,
        ) {
            let made: Vec<Timestamp> =
                hours.iter().map(|h| at("2022-01-01T00:00:00Z").plus(h * DAY / 24)).collect();
            let keep = Keep { days, weeks, months };
            let first = kept(&made, keep, chrono_tz::UTC);
            let left: Vec<Timestamp> =
                made.iter().zip(&first).filter(|(_, kept)| **kept).map(|(at, _)| *at).collect();
            let newest = made.iter().max().copied();
            let old = left.iter().filter(|at| newest.is_some_and(|newest| newest.since(**at) >= DAY)).count();
            prop_assert!(old as u32 <= days + weeks + months);
            prop_assert_eq!(left.iter().max().copied(), newest);
            // To sweep twice takes no more than once.
            prop_assert!(kept(&left, keep, chrono_tz::UTC).iter().all(|kept| *kept));
            // Whoever keeps more keeps all of that.
            let more = kept(&made, Keep { days: days + 1, weeks: weeks + 1, months: months + 1 }, chrono_tz::UTC);
            prop_assert!(first.iter().zip(&more).all(|(less, more)| !less || *more));
        }
    }
}
