//! Compares many schedules in many zones with `croner`, around every change of the clocks.
//!
//! Where `croner` 4 means something else:
//!
//! - It takes a schedule for a fixed one only when second, minute and hour are single numbers. For
//!   `0,30 9-17 * * *` it runs both halves of a repeated hour and nothing for a skipped one. Our
//!   rule looks at the hour alone, and is the union of what `croner` says of each single time; so
//!   that is what is compared.
//! - After a gap it asks whether the day still matches, so a run is lost when the gap ends at
//!   midnight (Nuuk goes from 23:00 to 0:00). Our rule says the first instant after the gap; only
//!   such a run, at such a midnight, may be ours alone.
//! - It gives up on gaps of over two hours, so Samoa, which skipped 30 December 2011 as a whole, is
//!   tested by hand.

use chrono::DateTime;
use chrono_tz::Tz;
use croner::Cron;
use rapport_model::Timestamp;
use rapport_model::time::{DAY, HOUR, MINUTE};

use super::CronSchedule;

const ZONES: &[&str] = &[
    "Europe/Berlin",
    "America/New_York",
    "Asia/Shanghai",
    "Australia/Lord_Howe", // half an hour
    "Asia/Beirut",         // a gap at midnight
    "America/St_Johns",    // half an hour off
    "Africa/Casablanca",   // around Ramadan
    "Antarctica/Troll",    // two hours
    "UTC",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Moscow",
    "Atlantic/Azores",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Sao_Paulo",
    "America/Santiago", // a gap at midnight
    "America/Asuncion",
    "America/Havana", // a gap at midnight
    "America/Nuuk",   // a gap before midnight
    "America/Scoresbysund",
    "Africa/Cairo",
    "Asia/Tehran",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "Pacific/Chatham",
];

const MINUTES: &[&str] = &["0", "30", "59", "17", "15,45", "*/20", "0-10/5", "*"];
const HOURS: &[&str] = &["*", "*", "*/2", "*/3", "0", "1", "2", "3", "4", "23", "0-3", "1,2", "22-23", "8"];
const DAYS: &[&str] = &["*", "*", "*", "1-7", "25-31", "*/2", "13"];
const MONTHS: &[&str] = &["*", "*", "*", "mar-apr", "10,11", "*/3"];
const WEEKDAYS: &[&str] = &["*", "*", "*", "0", "7", "1-5", "SUN", "sat,sun", "*/2", "fri-sun"];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        from[(self.0 >> 33) as usize % from.len()]
    }

    fn expression(&mut self) -> String {
        [MINUTES, HOURS, DAYS, MONTHS, WEEKDAYS].map(|field| self.pick(field)).join(" ")
    }
}

/// Returns what `croner` has to be asked: the expression itself when its hour is open, else one
/// expression for each of its times.
fn single_times(expr: &str) -> Vec<Cron> {
    let parse = |text: String| text.parse::<Cron>().unwrap();
    let whole = parse(expr.to_owned());
    let fields: Vec<&str> = expr.split(' ').collect();
    let (hour, days) = (fields[1], fields[2..].join(" "));
    if hour.starts_with('*') {
        return vec![whole];
    }
    let single = |h, m| parse(format!("{m} {h} {days}"));
    let minutes = whole.pattern.minutes.values();
    let hours = whole.pattern.hours.values();
    hours.into_iter().flat_map(|h| minutes.iter().map(move |m| single(h, *m))).collect()
}

/// Returns the instants in `from..until` at which the clocks of `zone` are changed, to the hour.
fn changes(zone: Tz, from: Timestamp, until: Timestamp) -> Vec<Timestamp> {
    let offset = |t: Timestamp| t.local(zone).naive_local() - t.utc().naive_utc();
    let hours = std::iter::successors(Some(from), |t| Some(t.plus(HOUR))).take_while(|t| *t < until);
    hours.filter(|t| offset(t.plus(-HOUR)) != offset(*t)).collect()
}

/// Tells whether `t` is the midnight at which a gap ends that began on the day before.
fn skipped_midnight(t: Timestamp, zone: Tz) -> bool {
    let before = t.plus(-1).local(zone).naive_local();
    let now = t.local(zone).naive_local();
    now.time() == chrono::NaiveTime::MIN && now - before > chrono::TimeDelta::minutes(1)
}

/// Compares the runs from `start` on, at most `n`, and returns how many were compared.
fn compare(expr: &str, asked: &[Cron], zone: Tz, start: Timestamp, n: usize) -> usize {
    let ours = CronSchedule::parse(expr).unwrap();
    let mut last = start;
    let mut after: DateTime<Tz> = start.local(zone);
    for i in 0..n {
        let found = ours.next(last, zone).unwrap();
        let theirs = asked.iter().map(|c| c.find_next_occurrence(&after, false).unwrap()).min().unwrap();
        assert!(found > last, "{expr} in {zone} goes back after {last}");
        if !skipped_midnight(found, zone) || found > theirs.into() {
            assert_eq!(found, Timestamp::from(theirs), "{expr} in {zone} after {last}");
        }
        if found.since(start) > 4 * DAY {
            return i + 1;
        }
        (last, after) = (found, found.local(zone));
    }
    n
}

/// Compares `n_expressions` in `zones` over two years; returns how many runs were compared.
fn compare_all(seed: u64, n_expressions: usize, zones: &[&str], from: &str) -> usize {
    let from = Timestamp::parse(from).unwrap();
    let until = from.plus(2 * 365 * DAY);
    let mut dice = Dice(seed);
    let mut n_runs = 0;
    for _ in 0..n_expressions {
        let expr = dice.expression();
        let asked = single_times(&expr);
        for zone in zones {
            let zone: Tz = zone.parse().unwrap();
            n_runs += compare(&expr, &asked, zone, from, 20);
            for change in changes(zone, from, until) {
                for before in [26 * HOUR, 3 * HOUR, 95 * MINUTE, 40 * MINUTE, -HOUR / 4] {
                    n_runs += compare(&expr, &asked, zone, change.plus(-before), 12);
                }
            }
        }
    }
    n_runs
}

#[test]
fn schedules_run_as_the_oracle_says_around_every_change_of_the_clocks() {
    let n_runs = compare_all(1, 40, &ZONES[..8], "2027-01-01T00:00:00Z");
    assert!(n_runs > 20_000, "only {n_runs} runs were compared");
}

#[test]
#[ignore = "takes minutes; the sample above is the daily one"]
fn two_hundred_schedules_run_as_the_oracle_says_in_thirty_zones() {
    let n_runs = compare_all(2, 200, ZONES, "2027-01-01T00:00:00Z");
    // Years with changes at odd times: Egypt four times a year, Moscow and Asuncion for good.
    let n_past = compare_all(3, 200, ZONES, "2010-01-01T00:00:00Z");
    assert!(n_runs + n_past > 500_000, "only {} runs were compared", n_runs + n_past);
}
