use super::*;

fn calendar(events: &[&str]) -> String {
    let events: Vec<String> =
        events.iter().map(|event| format!("BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n")).collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.concat())
}

/// Checks which days of 2026 and 2028 an event makes free, and what is told.
#[track_caller]
fn check(event: &str, days: &[&str], told: &[&str]) {
    let read = read(&calendar(&[event]), "h.ics");
    let found: Vec<String> =
        read.days.iter().filter(|d| matches!(d.year(), 2026 | 2028)).map(NaiveDate::to_string).collect();
    assert_eq!(
        (found.as_slice(), read.passed_over.len()),
        (&days.iter().map(|d| (*d).to_owned()).collect::<Vec<_>>()[..], told.len()),
        "{event}\n{:?}",
        read.passed_over
    );
    for (problem, says) in read.passed_over.iter().zip(told) {
        assert!(problem.starts_with(says), "{event}\n{problem}");
    }
}

#[test]
fn whole_days_are_holidays_and_the_end_is_not() {
    check("DTSTART;VALUE=DATE:20261225", &["2026-12-25"], &[]);
    check("DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227", &["2026-12-25", "2026-12-26"], &[]);
    check("DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261225", &["2026-12-25"], &[]);
    check("DTSTART;VALUE=DATE:20261225\r\nDURATION:P2D", &["2026-12-25", "2026-12-26"], &[]);
    check("DTSTART:20261225\r\nSUMMARY:Folded\r\n  and long\r\nSTATUS:CONFIRMED", &["2026-12-25"], &[]);
    check("DTSTART:20261225\r\nSTATUS:CANCELLED", &[], &[]);
    check("DTSTART:20261225\r\nBEGIN:VALARM\r\nDURATION:PT15M\r\nEND:VALARM", &["2026-12-25"], &[]);
    check("DTSTART;VALUE=DATE:20261231\r\nDTEND;VALUE=DATE:20270102", &["2026-12-31"], &[]);
}

#[test]
fn what_comes_each_year_comes_as_often_as_it_says() {
    check("DTSTART:20201003\r\nRRULE:FREQ=YEARLY", &["2026-10-03", "2028-10-03"], &[]);
    check("DTSTART:20201003\r\nRRULE:FREQ=YEARLY;COUNT=7", &["2026-10-03"], &[]);
    check("DTSTART:20201003\r\nRRULE:FREQ=YEARLY;COUNT=6", &[], &[]);
    check("DTSTART:20201003\r\nRRULE:FREQ=YEARLY;UNTIL=20261003T000000Z", &["2026-10-03"], &[]);
    check("DTSTART:20201003\r\nRRULE:FREQ=YEARLY;UNTIL=20261002", &[], &[]);
    check("DTSTART:20201003\r\nRRULE:FREQ=YEARLY;INTERVAL=4", &["2028-10-03"], &[]);
    check(
        "DTSTART:20201003\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=3;WKST=MO",
        &["2026-10-03", "2028-10-03"],
        &[],
    );
    check("DTSTART:20240229\r\nRRULE:FREQ=YEARLY", &["2028-02-29"], &[]);
    check(
        "DTSTART:20201003\r\nRRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20261003,20271003",
        &["2028-10-03"],
        &[],
    );
}

#[test]
fn what_is_no_holiday_is_passed_over_with_its_line() {
    check("SUMMARY:x\r\nDTSTART;VALUE=DATE:20260231", &[], &["h.ics:5: there is no day `20260231`"]);
    check("DTSTART:2026-12-25", &[], &["h.ics:4: there is no day `2026-12-25`"]);
    check("DTSTART;TZID=Mars/Base:20261225T090000", &[], &["h.ics:4: DTSTART is a time"]);
    check("SUMMARY:x", &[], &["h.ics:3: an event needs DTSTART"]);
    check("DTSTART:20200525\r\nRRULE:FREQ=YEARLY;BYDAY=-1MO;BYMONTH=5", &[], &["h.ics:5: RRULE with BYDAY"]);
    check("DTSTART:20200525\r\nRRULE:FREQ=WEEKLY", &[], &["h.ics:5: only what comes each year"]);
    check("DTSTART:20200525\r\nRRULE:FREQ=YEARLY;COUNT=0", &[], &["h.ics:5: RRULE has a wrong COUNT"]);
    check("DTSTART:20200525\r\nRDATE:20260101", &[], &["h.ics:5: an event with RDATE"]);
    check("DTSTART:20260101\r\nDTEND:20280101", &[], &["h.ics:4: an event of 730 days"]);
    check("DTSTART:20260101\r\nDURATION:PT8H", &[], &["h.ics:5: DURATION must be whole days"]);
    for text in ["", "no calendar\n", "{\"a\": 1}", "BEGIN:VCALENDAR\r\nEND:VCALENDAR"] {
        assert_eq!(read(text, "h.ics").passed_over.len(), 1, "{text}");
    }
    let bad = vec!["DTSTART:20260231"; 50];
    let read = read(&calendar(&[&bad[..], &["DTSTART:20260101"]].concat()), "h.ics");
    assert_eq!((read.days.len(), read.passed_over.len()), (1, NAMED_MAX + 1), "the rest goes on");
    assert_eq!(read.passed_over[NAMED_MAX], "h.ics: 30 more events were passed over");
}

#[test]
fn ten_thousand_events_are_read_at_once() {
    let events: Vec<String> = (0..10_000)
        .map(|n| {
            let (month, day) = (1 + n % 12, 1 + n % 28);
            format!("UID:{n}@x\r\nSUMMARY:Holiday {n}\r\nDTSTART;VALUE=DATE:2020{month:02}{day:02}\r\nRRULE:FREQ=YEARLY")
        })
        .collect();
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let ics = calendar(&events);
    #[allow(clippy::disallowed_methods)] // How long it takes is what is tested.
    let begun = std::time::Instant::now();
    let read = read(&ics, "h.ics");
    assert!(begun.elapsed().as_millis() < 2_000, "{:?}", begun.elapsed());
    assert_eq!(read.passed_over, Vec::<String>::new());
    assert!(read.days.len() > 80 * 81);
    let many = calendar(&vec!["DTSTART:20260101"; EVENTS_MAX + 5]);
    assert!(super::read(&many, "h.ics").passed_over[0].contains("only the first 20000 events"));
}
