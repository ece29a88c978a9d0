//! Business time, by hand around changes of the clocks and against a count of single minutes.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use chrono_tz::Tz;
use rapport_model::Timestamp;
use rapport_model::time::{DAY, HOUR, MINUTE};

use super::{DAYS_MAX, Hours, HoursError};

/// Zones that change their clocks: by an hour, by half an hour, at midnight, by two hours, and in
/// the south.
const ZONES: [&str; 5] =
    ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Beirut", "Antarctica/Troll", "America/Santiago"];

fn read(zone: &str, days: &[(&str, &[&str])], holidays: &[&str]) -> Result<Hours, HoursError> {
    let days: Vec<(&str, Vec<String>)> =
        days.iter().map(|(day, texts)| (*day, texts.iter().map(|t| (*t).to_owned()).collect())).collect();
    let holidays = holidays.iter().map(|day| day.parse().unwrap()).collect();
    Hours::new(zone.parse().unwrap(), days.iter().map(|(day, texts)| (*day, texts.as_slice())), holidays)
}

fn hours(zone: &str, days: &[(&str, &[&str])], holidays: &[&str]) -> Hours {
    read(zone, days, holidays).unwrap()
}

/// The shop of most tests: with a lunch break, a short Saturday and Christmas.
fn shop() -> Hours {
    let days: &[(&str, &[&str])] = &[
        ("mon-fri", &["13:30-18:00", "09:00-12:30"]),
        ("sat", &["10:00-13:00"]),
        ("2026-12-24", &["09:00-12:00"]),
        ("2026-12-27", &["10:00-11:00"]),
    ];
    hours("Europe/Berlin", days, &["2026-12-25", "2026-12-26", "2026-12-27"])
}

/// An instant by the clocks of Berlin.
fn berlin(text: &str) -> Timestamp {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    crate::schedule::first_instant("Europe/Berlin".parse().unwrap(), local).unwrap()
}

#[test]
fn a_deadline_leaves_out_lunch_evenings_weekends_and_holidays() {
    for (from, span, expected) in [
        ("2026-03-04 09:00", HOUR, "2026-03-04 10:00"),
        ("2026-03-04 12:00", HOUR, "2026-03-04 14:00"),
        ("2026-03-04 12:45", HOUR, "2026-03-04 14:30"),
        ("2026-03-04 17:30", HOUR, "2026-03-05 09:30"),
        ("2026-03-04 17:30", 30 * MINUTE, "2026-03-04 18:00"),
        ("2026-03-06 17:00", 2 * HOUR, "2026-03-07 11:00"),
        ("2026-03-07 12:00", 2 * HOUR, "2026-03-09 10:00"),
        ("2026-03-08 03:00", 0, "2026-03-08 03:00"),
        ("2026-12-23 17:00", 2 * HOUR, "2026-12-24 10:00"),
        ("2026-12-24 11:00", 3 * HOUR, "2026-12-28 10:00"),
    ] {
        let (from, expected) = (berlin(from), berlin(expected));
        assert_eq!(shop().add(from, span), Some(expected), "{from} + {span}");
        assert_eq!(shop().between(from, expected), span, "{from} – {expected}");
    }
}

#[test]
fn a_date_goes_over_a_holiday_and_a_holiday_over_its_weekday() {
    let open = |at: &str| shop().is_open(berlin(at));
    assert!(open("2026-12-24 11:59") && !open("2026-12-24 12:00") && !open("2026-12-24 15:00"));
    assert!(!open("2026-12-25 10:00") && !open("2026-12-26 11:00") && open("2026-12-27 10:30"));
    assert_eq!(shop().next_open(berlin("2026-12-24 12:00")), Some(berlin("2026-12-27 10:00")));
    assert_eq!(shop().next_open(berlin("2026-12-24 11:00")), Some(berlin("2026-12-24 11:00")));
    assert_eq!(shop().ordinary_day(), 8 * HOUR);
    assert_eq!(shop().ordinary_week(), 43 * HOUR);
}

#[test]
fn a_night_shift_has_the_length_that_really_passes_and_belongs_to_the_evening() {
    let nights = hours("Europe/Berlin", &[("sat, sun", &["22:00-06:00"])], &["2026-11-01"]);
    let length = |evening: &str| {
        let from = berlin(evening);
        let night = nights.spans(from.plus(HOUR)).next().unwrap();
        assert_eq!(night.0, from, "{evening}");
        night.1.since(night.0)
    };
    assert_eq!(length("2026-03-21 22:00"), 8 * HOUR);
    assert_eq!(length("2026-03-28 22:00"), 7 * HOUR, "clocks go forward");
    assert_eq!(length("2026-10-24 22:00"), 9 * HOUR, "clocks go back");
    assert!(nights.is_open(berlin("2026-11-01 05:00")), "the night before a holiday is worked");
    assert!(!nights.is_open(berlin("2026-11-01 23:00")) && !nights.is_open(berlin("2026-11-02 05:00")));
    // The repeated hour is between 2 and 3: who begins at 02:30 begins the first time.
    let early = hours("Europe/Berlin", &[("sun", &["02:15-02:45", "02:45-04:00"])], &[]);
    let open = early.between(berlin("2026-10-25 00:00"), berlin("2026-10-25 12:00"));
    assert_eq!(open, 2 * HOUR + 45 * MINUTE);
    let skipped = early.between(berlin("2026-03-29 00:00"), berlin("2026-03-29 12:00"));
    assert_eq!(skipped, HOUR, "02:15 to 02:45 never came");
}

#[test]
fn who_always_works_has_plain_time() {
    let always = Hours::always("Europe/Berlin".parse().unwrap());
    let at = berlin("2026-03-28 12:00");
    assert_eq!(always.add(at, 3 * DAY + 7), Some(at.plus(3 * DAY + 7)));
    assert_eq!(always.between(at, at.plus(300 * DAY)), 300 * DAY);
    assert_eq!((always.ordinary_day(), always.ordinary_week()), (DAY, 7 * DAY));
    assert_eq!(always.next_open(at), Some(at));
    assert_eq!(always.between(at, at.plus(-DAY)), 0);
}

#[test]
fn arithmetic_ends_even_where_nothing_else_does() {
    let rare = hours("UTC", &[("sun", &["10:00-10:01"])], &[]);
    let at = berlin("2026-03-04 12:00");
    assert_eq!(rare.add(at, i64::MAX), None);
    let weeks = (DAYS_MAX / 7) as i64;
    let all = rare.between(at, at.plus(1000 * 366 * DAY));
    assert!((weeks - 1..=weeks + 1).contains(&(all / MINUTE)), "{all}");
}

#[test]
fn what_is_no_hours_is_refused_with_what_to_write() {
    let nine: &[&str] = &["09:00-17:00"];
    for (days, says) in [
        (&[("mon-fry", nine)][..], "`mon-fry` is no day; write mon, mon-fri, or a date"),
        (&[("montag", nine)], "`montag` is no day"),
        (&[("2026-02-31", nine)], "there is no day 2026-02-31"),
        (&[("2026-2-3", nine)], "there is no day 2026-2-3"),
        (&[("mon-fri", nine), ("wed", nine)], "wed has its hours already"),
        (&[("mon", &["9-5"])], "`9-5` is no interval; write \"09:00-12:30\""),
        (&[("mon", &["09:00-25:00"])], "`09:00-25:00` is no interval"),
        (&[("mon", &["09:00-09:00"])], "`09:00-09:00` is no interval"),
        (&[("mon", &["24:00-09:00"])], "`24:00-09:00` is no interval"),
        (&[("mon", &["09:00-13:00", "12:00-17:00"])], "12:00-17:00 begins before"),
        (&[("mon", &["09:00-13:00", "22:00-10:00", "23:00-24:00"])], "23:00-24:00 begins before"),
        (&[("mon", &["09:00-09:01"; 25])], "at most 24 intervals, not 25"),
        (&[("mon", &[])], "nobody ever works"),
        (&[("2026-12-24", nine)], "nobody ever works"),
        (&[], "nobody ever works"),
    ] {
        let error = read("UTC", days, &[]).unwrap_err().to_string();
        assert!(error.contains(says), "{days:?}: {error}");
    }
}

#[test]
fn a_year_of_holidays_is_refused_and_two_far_apart_are_not() {
    let first: NaiveDate = "2026-01-05".parse().unwrap();
    let closed = |n: usize| first.iter_days().take(n).collect::<BTreeSet<_>>();
    let days = [("mon-fri", vec!["09:00-17:00".to_owned()])];
    let of = |holidays| Hours::new(Tz::UTC, days.iter().map(|(d, t)| (*d, t.as_slice())), holidays);
    assert!(of(closed(300)).is_ok());
    assert_eq!(of(closed(400)), Err(HoursError::ClosedTooLong { since: first }));
    let far = ["0001-01-01", "9999-12-31"].map(|day| day.parse().unwrap());
    assert!(of(far.into_iter().collect()).is_ok());
}

/// A small generator of numbers, the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Makes hours with some intervals on each weekday, some over midnight, and single days.
fn thrown(dice: &mut Dice, zone: &str, around: NaiveDate) -> (Hours, BTreeSet<NaiveDate>) {
    let mut written: Vec<(String, Vec<String>)> = Vec::new();
    let intervals = |dice: &mut Dice| {
        let mut cuts: Vec<u64> = (0..2 * dice.below(4) + dice.below(2)).map(|_| dice.below(1440)).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut texts: Vec<String> = cuts
            .chunks_exact(2)
            .map(|c| format!("{:02}:{:02}-{:02}:{:02}", c[0] / 60, c[0] % 60, c[1] / 60, c[1] % 60))
            .collect();
        // The last one may go on into the next day, and there over what begins in it.
        if let Some(last) = cuts.last().filter(|_| cuts.len() % 2 == 1 && cuts.len() > 1) {
            texts.push(format!("{:02}:{:02}-{:02}:{:02}", last / 60, last % 60, cuts[0] / 60, cuts[0] % 60));
        }
        texts
    };
    for day in ["mon", "tue", "wed", "thu", "fri", "sat"] {
        written.push((day.to_owned(), intervals(dice)));
    }
    written.push(("sun".to_owned(), vec!["00:30-03:15".to_owned(), "21:00-02:30".to_owned()]));
    for n in [1, 3, 9] {
        let date = around + chrono::Days::new(n);
        written.push((date.to_string(), intervals(dice)));
    }
    let holidays: BTreeSet<NaiveDate> = (0..4).map(|_| around + chrono::Days::new(dice.below(20))).collect();
    let days = written.iter().map(|(day, texts)| (day.as_str(), texts.as_slice()));
    (Hours::new(zone.parse().unwrap(), days, holidays.clone()).unwrap(), holidays)
}

/// Tells for each minute from `from` whether it is open, by walking along the clock on the wall: what
/// it showed latest decides, so an hour that comes a second time changes nothing.
fn minutes(hours: &Hours, from: Timestamp, n: usize) -> Vec<bool> {
    let mut latest = NaiveDateTime::MIN;
    let warm = 3 * 1440;
    let mut open = Vec::with_capacity(n);
    for i in 0..warm + n {
        let wall = from.plus((i as i64 - warm as i64) * MINUTE).local(hours.zone()).naive_local();
        latest = latest.max(wall);
        let minute = latest.hour() * 60 + latest.minute();
        let (today, before) = (latest.date(), latest.date().pred_opt().unwrap());
        let is_in = hours.on(today).iter().any(|i| i.from <= minute && minute < i.to)
            || hours.on(before).iter().any(|i| minute + 1440 < i.to);
        if i >= warm {
            open.push(is_in);
        }
    }
    open
}

/// Sundays on which, or a few days after which, clocks are changed somewhere.
const CHANGES: [&str; 6] =
    ["2026-03-24", "2026-10-20", "2026-04-01", "2026-09-02", "2027-03-23", "2026-06-10"];

#[test]
fn it_is_open_and_counts_as_single_minutes_do() {
    let mut dice = Dice(7);
    for zone in ZONES {
        for around in CHANGES {
            let around: NaiveDate = around.parse().unwrap();
            let (hours, _) = thrown(&mut dice, zone, around);
            let from = Timestamp::from(around.and_hms_opt(0, 0, 0).unwrap().and_utc());
            let n = 14 * 1440;
            let open = minutes(&hours, from, n);
            let mut so_far = vec![0i64];
            for is_open in &open {
                so_far.push(so_far[so_far.len() - 1] + i64::from(*is_open));
            }
            let at = |minute: usize| from.plus(minute as i64 * MINUTE);
            for (minute, is_open) in open.iter().enumerate().step_by(7) {
                assert_eq!(hours.is_open(at(minute)), *is_open, "{zone} {}", at(minute));
            }
            for _ in 0..60 {
                let (a, b) = (dice.below(n as u64) as usize, dice.below(n as u64) as usize);
                let (a, b) = (a.min(b), a.max(b));
                let counted = (so_far[b] - so_far[a]) * MINUTE;
                assert_eq!(hours.between(at(a), at(b)), counted, "{zone} {} – {}", at(a), at(b));
                if counted > 0 {
                    let reached = (a..=b).find(|m| so_far[*m] - so_far[a] == counted / MINUTE).unwrap();
                    assert_eq!(hours.add(at(a), counted), Some(at(reached)), "{zone} {}", at(a));
                }
                let next = (a..n).find(|m| open[*m]).map(at);
                if next.is_some() {
                    assert_eq!(hours.next_open(at(a)), next, "{zone} {}", at(a));
                }
            }
        }
    }
}

#[test]
fn adding_and_counting_undo_each_other_and_parts_make_the_whole() {
    let mut dice = Dice(11);
    for zone in ZONES {
        for around in CHANGES {
            let around: NaiveDate = around.parse().unwrap();
            let (hours, holidays) = thrown(&mut dice, zone, around);
            assert!(holidays.iter().all(|day| day.year() > 2000));
            for _ in 0..40 {
                let midnight = Timestamp::from(around.and_hms_opt(0, 0, 0).unwrap().and_utc());
                let from = midnight.plus(dice.below(20 * DAY as u64) as i64);
                let (s, t) = (dice.below(30 * HOUR as u64) as i64, dice.below(30 * HOUR as u64) as i64);
                let after_s = hours.add(from, s).unwrap();
                let whole = hours.add(from, s + t).unwrap();
                assert_eq!(hours.between(from, after_s), s, "{zone} {from} + {s}");
                assert_eq!(hours.add(after_s, t).unwrap(), whole, "{zone} {from} + {s} + {t}");
                let middle = from.plus(dice.below(whole.since(from).max(1) as u64) as i64);
                let parts = hours.between(from, middle) + hours.between(middle, whole);
                assert_eq!(parts, s + t, "{zone} {from} {middle} {whole}");
            }
        }
    }
}
