use chrono_tz::Tz;
use rapport_model::Timestamp;
use rapport_model::time::SECOND;

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn zone(name: &str) -> Tz {
    name.parse().unwrap()
}

/// Returns the first `n` runs as local times, such as `14 03:00 EDT`.
fn local(expr: &str, zone_name: &str, after: &str, n: usize) -> Vec<String> {
    let zone = zone(zone_name);
    let runs = CronSchedule::parse(expr).unwrap();
    runs.runs(at(after), zone).take(n).map(|t| t.local(zone).format("%d %H:%M %Z").to_string()).collect()
}

#[test]
fn a_fixed_hour_that_never_comes_runs_right_after_the_gap() {
    let runs = local("30 2 * * *", "America/New_York", "2027-03-13T00:00:00Z", 3);
    assert_eq!(runs, ["13 02:30 EST", "14 03:00 EDT", "15 02:30 EDT"]);
    // Two runs that the gap swallows become one.
    let runs = local("0,30 2,3 * * *", "America/New_York", "2027-03-14T05:00:00Z", 3);
    assert_eq!(runs, ["14 03:00 EDT", "14 03:30 EDT", "15 02:00 EDT"]);
    // Samoa went without the 30th of December 2011.
    let runs = local("30 8 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", 4);
    assert_eq!(runs, ["29 08:30 -10", "31 00:00 +14", "31 08:30 +14", "01 08:30 +14"]);
    // Nuuk goes from 23:00 to midnight: the run is made, though on the next day.
    assert_eq!(local("20 23 27 * *", "America/Nuuk", "2027-03-01T00:00:00Z", 1), ["28 00:00 -01"]);
    // Clocks in Beirut skip the first hour of the day.
    assert_eq!(local("0 0 28 3 *", "Asia/Beirut", "2027-01-01T00:00:00Z", 1), ["28 01:00 EEST"]);
}

#[test]
fn a_fixed_hour_that_comes_twice_runs_the_first_time() {
    let runs = local("30 1 * * *", "America/New_York", "2027-11-07T00:00:00Z", 2);
    assert_eq!(runs, ["07 01:30 EDT", "08 01:30 EST"]);
    let runs = local("0,30 0-2 * * *", "America/New_York", "2027-11-07T05:15:00Z", 3);
    assert_eq!(runs, ["07 01:30 EDT", "07 02:00 EST", "07 02:30 EST"]);
    // Asked in the second half, it waits for the next day.
    assert_eq!(local("30 1 * * *", "America/New_York", "2027-11-07T06:10:00Z", 1), ["08 01:30 EST"]);
}

#[test]
fn an_open_hour_runs_by_elapsed_time_through_both_halves() {
    let runs = local("*/30 * * * *", "Europe/Berlin", "2027-10-30T23:59:00Z", 6);
    assert_eq!(
        runs,
        ["31 02:00 CEST", "31 02:30 CEST", "31 02:00 CET", "31 02:30 CET", "31 03:00 CET", "31 03:30 CET"]
    );
    let runs = local("*/30 * * * *", "Europe/Berlin", "2027-03-28T00:20:00Z", 3);
    assert_eq!(runs, ["28 01:30 CET", "28 03:00 CEST", "28 03:30 CEST"]);
    let runs = local("0 */2 * * *", "Europe/Berlin", "2027-10-30T21:59:00Z", 4);
    assert_eq!(runs, ["31 00:00 CEST", "31 02:00 CEST", "31 02:00 CET", "31 04:00 CET"]);
    // Lord Howe moves its clocks by half an hour.
    let runs = local("45 * * * *", "Australia/Lord_Howe", "2027-04-03T14:00:00Z", 3);
    assert_eq!(runs, ["04 01:45 +11", "04 01:45 +1030", "04 02:45 +1030"]);
}

#[test]
fn days_and_weekdays_are_read_as_people_mean_them() {
    // 1 November 2027 is a Monday.
    let days = |expr: &str, n: usize| {
        let runs = local(expr, "UTC", "2027-10-31T23:59:59Z", n);
        runs.iter().map(|t| t[..2].parse().unwrap()).collect::<Vec<u32>>()
    };
    let cases: &[(&str, &[u32])] = &[
        ("30 9 * * 1-5", &[1, 2, 3, 4, 5, 8]),
        ("0 30 9 * * 1", &[1, 8, 15]),
        ("0 0 * * 0", &[7, 14]),
        ("0 0 * * 7", &[7, 14]),
        ("0 0 * * 0,3", &[3, 7, 10]),
        ("0 0 * * 5-7", &[5, 6, 7, 12]),
        ("0 0 * * fri-MON", &[1, 5, 6, 7, 8]),
        ("0 0 * * 6-1", &[1, 6, 7, 8]),
        ("0 0 * * Sunday,wednesday", &[3, 7]),
        ("0 0 * * */2", &[2, 4, 6, 7, 9]),
        ("0 0 * * 1-5/2", &[1, 3, 5, 8]),
        ("0 0 ? nov ?", &[1, 2, 3]),
        ("0 0 13 * 5", &[5, 12, 13, 19]),
        ("0 0 */10 * 3", &[1, 3, 10, 11, 17, 21]),
        ("@weekly", &[7, 14]),
        ("@Monthly", &[1, 1]),
        ("  0   0  29-30 *  * ", &[29, 30, 29]),
    ];
    for (expr, expected) in cases {
        assert_eq!(days(expr, expected.len()), *expected, "{expr}");
    }
}

#[test]
fn a_wrong_expression_names_its_field_and_what_may_stand_there() {
    let cases = [
        (
            "",
            "`` has 0 fields; write five (minute, hour, day of month, month, weekday) or six (second first)",
        ),
        ("* * *", "`* * *` has 3 fields"),
        ("0 0 1 1 * 2027 *", "`0 0 1 1 * 2027 *` has 7 fields"),
        ("61 * * * *", "minute `61` is not understood; write 0-59, *, a list (1,5), a range (1-5) or a step"),
        ("0 24 * * *", "hour `24` is not understood; write 0-23"),
        ("0 0 0 * *", "day of month `0` is not understood; write 1-31"),
        ("0 0 * 13 *", "month `13` is not understood; write 1-12, jan-dec, *"),
        ("0 0 * * 8", "weekday `8` is not understood; write 0-7, sun-sat, *"),
        ("0 0 * * mo", "weekday `mo`"),
        ("0 0 * foo *", "month `foo`"),
        ("0 0 * * 1,,2", "weekday ``"),
        ("0 17-9 * * *", "hour `17-9`"),
        ("5/15 * * * *", "minute `5/15`"),
        ("*/0 * * * *", "minute `*/0`"),
        ("*/60 * * * *", "minute `*/60`"),
        ("+5 * * * *", "minute `+5`"),
        ("99999999999 * * * *", "minute `99999999999`"),
        ("? * * * *", "minute `?`"),
        ("0 0 L * *", "day of month `L`"),
        ("0 0 * * mon#2", "weekday `mon#2`"),
        ("0 9 * * 一", "weekday `一`"),
        ("@reboot", "`@reboot` is not known; write @hourly, @daily"),
        ("0 0 31 2 *", "day of month `31` never comes in month `2`"),
        ("0 0 30,31 feb *", "day of month `30,31` never comes in month `feb`"),
        ("0 0 31 4,6,9,11 mon", "day of month `31` never comes in month `4,6,9,11`"),
    ];
    for (expr, expected) in cases {
        let message = CronSchedule::parse(expr).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{expr}: {message}");
    }
    assert!(CronSchedule::parse("0 0 29 2 *").is_ok(), "a leap day comes");
}

#[test]
fn the_ends_of_time_have_no_next_run() {
    let daily = CronSchedule::parse("@daily").unwrap();
    for zone in [Tz::UTC, zone("Pacific/Kiritimati"), zone("America/Adak")] {
        assert_eq!(daily.next(Timestamp::from_micros(i64::MAX), zone), None);
        assert_eq!(daily.next(at("2101-02-01T00:00:00Z"), zone), None);
        let first = daily.next(Timestamp::from_micros(i64::MIN), zone).unwrap();
        assert_eq!(first.local(zone).to_string()[..16], *"1970-01-01 00:00");
    }
    let part = at("2027-01-01T00:00:00Z").plus(-1);
    assert_eq!(daily.next(part, Tz::UTC), Some(part.plus(1)), "a part of a second is enough to be before");
}

#[test]
fn missed_runs_are_left_out_made_once_or_made_up() {
    let hourly = CronSchedule::parse("0 * * * *").unwrap();
    let last = at("2027-05-01T06:00:00Z");
    let run = |now: &str, missed: MissedRuns| {
        let due = due(&hourly, Tz::UTC, last, at(now), missed);
        let text = |t: &Timestamp| t.to_string()[11..16].to_owned();
        (due.run.iter().map(text).collect::<Vec<_>>().join(" "), due.next.as_ref().map(text).unwrap())
    };
    let cases = [
        ("2027-05-01T06:59:59Z", MissedRuns::Once, "", "07:00"),
        ("2027-05-01T07:00:00Z", MissedRuns::Once, "07:00", "08:00"),
        ("2027-05-01T11:30:00Z", MissedRuns::Once, "11:00", "12:00"),
        ("2027-05-01T11:30:00Z", MissedRuns::Skip, "", "12:00"),
        ("2027-05-01T11:00:00Z", MissedRuns::Skip, "11:00", "12:00"),
        ("2027-05-01T11:05:00Z", MissedRuns::Skip, "11:00", "12:00"),
        ("2027-05-01T11:05:01Z", MissedRuns::Skip, "", "12:00"),
        ("2027-05-01T11:30:00Z", MissedRuns::All(3), "09:00 10:00 11:00", "12:00"),
        ("2027-05-01T08:30:00Z", MissedRuns::All(3), "07:00 08:00", "09:00"),
        ("2027-05-01T11:30:00Z", MissedRuns::All(0), "", "12:00"),
        // The clock was set back: what was dealt with is not planned again.
        ("2027-05-01T03:30:00Z", MissedRuns::All(3), "", "07:00"),
    ];
    for (now, missed, expected, next) in cases {
        assert_eq!(run(now, missed), (expected.to_owned(), next.to_owned()), "{now} {missed:?}");
    }
}

#[test]
fn years_of_downtime_cost_no_search_through_every_missed_run() {
    let each_second = CronSchedule::parse("* * * * * *").unwrap();
    let now = at("2027-05-01T00:00:00Z");
    let due = due(&each_second, Tz::UTC, Timestamp::default(), now, MissedRuns::All(2));
    assert_eq!(due.run, [now.plus(-SECOND), now]);
}
