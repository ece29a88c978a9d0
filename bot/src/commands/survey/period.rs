//! The days that a period's name stands for; pure.

use chrono::{Datelike as _, Days, Months, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use rapport_model::Timestamp;
use rapport_model::time::{DAY, HOUR};
use rapport_workflows::schedule::first_instant;

/// A stretch of time, from (inclusive) and to (exclusive).
pub(super) type Stretch = (Timestamp, Timestamp);

const HOURS_MAX: i64 = 24 * 3_660;

/// Returns when a period begins and ends, by its canonical name (`this_month`, `90d`, `2026-Q1`,
/// `since_2026-03-01`, `2026-03-09..2026-03-15`); what has not ended yet ends just after `now`. Nothing for
/// one that is to come.
pub(super) fn stretch(name: &str, now: Timestamp, zone: Tz) -> Option<Stretch> {
    // What happens now has happened.
    let now = now.plus(1);
    if let Some(length) = length(name) {
        return Some((now.plus(-length), now));
    }
    let today = now.local(zone).date_naive();
    let (from, to) = days(name, today)?;
    let at = |day: NaiveDate| first_instant(zone, day.and_time(NaiveTime::MIN));
    let (from, to) = (at(from)?, to.map_or(Some(now), at)?.min(now));
    (from < to).then_some((from, to))
}

/// Returns the stretch of the same sort before one: last month for this month, and as long a time for a
/// length. Of a period that has not ended so much of the one before as has gone of it.
pub(super) fn before(name: &str, this: Stretch, now: Timestamp, zone: Tz) -> Option<Stretch> {
    let gone = this.1.since(this.0);
    let earlier = match name {
        "today" => "yesterday",
        "this_week" => "last_week",
        "this_month" => "last_month",
        "this_quarter" => "last_quarter",
        "this_year" => "last_year",
        _ => return Some((this.0.plus(-gone), this.0)),
    };
    let (from, to) = stretch(earlier, now, zone)?;
    Some((from, from.plus(gone).min(to)))
}

/// Returns the days that a stretch takes, for its name: one that begins with a day and ends within one.
pub(super) fn whole_days((from, to): Stretch, zone: Tz) -> Stretch {
    let begins = from.local(zone).time() == NaiveTime::MIN;
    let last = to.plus(-1).local(zone).date_naive().succ_opt();
    let end = last.and_then(|day| first_instant(zone, day.and_time(NaiveTime::MIN)));
    (from, end.filter(|_| begins).unwrap_or(to))
}

fn length(name: &str) -> Option<i64> {
    let (digits, unit) = name.split_at(name.find(|c: char| !c.is_ascii_digit())?);
    let n: i64 = digits.parse().ok()?;
    let length = match unit {
        "h" => n.checked_mul(HOUR)?,
        "d" => n.checked_mul(DAY)?,
        _ => return None,
    };
    (HOUR..=HOURS_MAX * HOUR).contains(&length).then_some(length)
}

/// Returns the first day, and the day after the last; nothing where that is the present.
fn days(name: &str, today: NaiveDate) -> Option<(NaiveDate, Option<NaiveDate>)> {
    let month = |year: i32, month0: i32| {
        let months = year.checked_mul(12)?.checked_add(month0)?;
        NaiveDate::from_ymd_opt(months.div_euclid(12), months.rem_euclid(12).cast_unsigned() + 1, 1)
    };
    let of = |from: NaiveDate, months: u32| Some((from, Some(from.checked_add_months(Months::new(months))?)));
    let (year, month0) = (today.year(), today.month0().cast_signed());
    let monday = today.checked_sub_days(Days::new(u64::from(today.weekday().num_days_from_monday())))?;
    let week = |from: NaiveDate| Some((from, Some(from.checked_add_days(Days::new(7))?)));
    match name {
        "today" => Some((today, None)),
        "yesterday" => Some((today.pred_opt()?, Some(today))),
        "this_week" => week(monday),
        "last_week" => week(monday.checked_sub_days(Days::new(7))?),
        "this_month" => of(month(year, month0)?, 1),
        "last_month" => of(month(year, month0 - 1)?, 1),
        "this_quarter" => of(month(year, month0 - month0 % 3)?, 3),
        "last_quarter" => of(month(year, month0 - month0 % 3 - 3)?, 3),
        "this_year" => of(month(year, 0)?, 12),
        "last_year" => of(month(year - 1, 0)?, 12),
        _ => {
            if let Some(day) = name.strip_prefix("since_") {
                return Some((day.parse().ok()?, None));
            }
            if let Some((first, last)) = name.split_once("..") {
                let last: NaiveDate = last.parse().ok()?;
                return Some((first.parse().ok()?, Some(last.succ_opt()?)));
            }
            if let Some((year, quarter)) = name.split_once("-Q") {
                let quarter: i32 = quarter.parse().ok().filter(|n| (1..=4).contains(n))?;
                return of(month(year.parse().ok()?, (quarter - 1) * 3)?, 3);
            }
            let (year, month_1) = name.split_once('-')?;
            let month_1: i32 = month_1.parse().ok().filter(|n| (1..=12).contains(n))?;
            of(month(year.parse().ok()?, month_1 - 1)?, 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_days_by_the_clocks_of_the_zone() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let (now, zone) = (at("2026-03-11T12:00:00Z"), Tz::Europe__Berlin);
        for (name, from, to) in [
            ("today", "2026-03-10T23:00:00Z", "2026-03-11T12:00:00.000001Z"),
            ("yesterday", "2026-03-09T23:00:00Z", "2026-03-10T23:00:00Z"),
            ("this_week", "2026-03-08T23:00:00Z", "2026-03-11T12:00:00.000001Z"),
            ("last_month", "2026-01-31T23:00:00Z", "2026-02-28T23:00:00Z"),
            ("last_quarter", "2025-09-30T22:00:00Z", "2025-12-31T23:00:00Z"),
            ("2025-Q2", "2025-03-31T22:00:00Z", "2025-06-30T22:00:00Z"),
            ("2026-02", "2026-01-31T23:00:00Z", "2026-02-28T23:00:00Z"),
            ("since_2026-03-01", "2026-02-28T23:00:00Z", "2026-03-11T12:00:00.000001Z"),
            ("2026-03-02..2026-03-08", "2026-03-01T23:00:00Z", "2026-03-08T23:00:00Z"),
            ("2026-03-09..2026-03-15", "2026-03-08T23:00:00Z", "2026-03-11T12:00:00.000001Z"),
            ("7d", "2026-03-04T12:00:00.000001Z", "2026-03-11T12:00:00.000001Z"),
        ] {
            assert_eq!(stretch(name, now, zone), Some((at(from), at(to))), "{name}");
        }
        for name in [
            "next_month",
            "2026-Q4",
            "2026-04",
            "2026-13",
            "since_2027-01-01",
            "0d",
            "99999d",
            "2026-03-08..2026-03-02",
            "2026-03-08..",
            "banana",
            "",
        ] {
            assert_eq!(stretch(name, now, zone), None, "{name}");
        }
        let month = stretch("this_month", now, zone).unwrap();
        let earlier = (at("2026-01-31T23:00:00Z"), at("2026-02-11T12:00:00.000001Z"));
        assert_eq!(before("this_month", month, now, zone), Some(earlier));
        let days = (at("2026-01-31T23:00:00Z"), at("2026-02-11T23:00:00Z"));
        assert_eq!(whole_days(earlier, zone), days);
        let week = stretch("7d", now, zone).unwrap();
        assert_eq!(whole_days(week, zone), week);
    }
}
