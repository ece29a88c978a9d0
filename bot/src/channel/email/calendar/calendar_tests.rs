//! Invitations as Google, Outlook, Apple and others send them.

use super::*;

fn meeting(body: &str) -> Calendar {
    read(&format!("BEGIN:VCALENDAR\nMETHOD:REQUEST\n{body}\nEND:VCALENDAR"), None).unwrap()
}

fn time(text: &str) -> Option<Timestamp> {
    Some(Timestamp::parse(text).unwrap())
}

#[test]
fn an_invitation_is_read_in_full() {
    let ics = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nORGANIZER;CN=\"Novak, Ann\":MAILTO:Ann@x.test\r\nATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Bob:mailto:bob@\r\n y.test\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:cy@y.test\r\nSUMMARY;LANGUAGE=en:Review\\, yearly\r\nDTSTART;TZID=\"W. Europe Standard Time\":20260301T100000\r\nDTEND;TZID=W. Europe Standard Time:20260301T113000\r\nUID:0400-1\r\nSEQUENCE:3\r\nLOCATION:Room 4\\; upstairs\r\nRRULE:FREQ=YEARLY\r\nBEGIN:VALARM\r\nDESCRIPTION:x\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let attendee = |address: &str, status| Attendee { address: address.to_owned(), status };
    let expected = Calendar {
        method: CalendarMethod::Request,
        uid: "0400-1".into(),
        sequence: 3,
        summary: "Review, yearly".into(),
        location: "Room 4; upstairs".into(),
        start: time("2026-03-01T09:00:00Z"),
        end: time("2026-03-01T10:30:00Z"),
        all_day: false,
        floating: false,
        occurrence: None,
        recurs: true,
        organizer: Some("ann@x.test".into()),
        attendees: vec![
            attendee("bob@y.test", Attendance::NeedsAction),
            attendee("cy@y.test", Attendance::Accepted),
        ],
    };
    assert_eq!(read(ics, None), Some(expected.clone()));
    assert_eq!(read(&ics.replace("\r\n", "\n"), Some("CANCEL")), Some(expected));
}

#[test]
fn moments_are_read_in_each_of_their_forms() {
    for (lines, start, end, all_day, floating) in [
        (
            "DTSTART:20260301T100000Z\nDURATION:PT1H30M",
            "2026-03-01T10:00:00Z",
            Some("2026-03-01T11:30:00Z"),
            false,
            false,
        ),
        ("DTSTART;VALUE=DATE:20260301", "2026-03-01T00:00:00Z", Some("2026-03-02T00:00:00Z"), true, false),
        (
            "DTSTART;VALUE=DATE:20260301\nDTEND;VALUE=DATE:20260304",
            "2026-03-01T00:00:00Z",
            Some("2026-03-04T00:00:00Z"),
            true,
            false,
        ),
        ("DTSTART:20260301T100000", "2026-03-01T10:00:00Z", None, false, true),
        (
            "DTSTART;TZID=Asia/Shanghai:20260301T100000\nDURATION:P1W",
            "2026-03-01T02:00:00Z",
            Some("2026-03-08T02:00:00Z"),
            false,
            false,
        ),
        ("DTSTART;TZID=Middle-earth:20260301T100000", "2026-03-01T10:00:00Z", None, false, true),
        // An end before the start is nobody's word.
        ("DTSTART:20260301T100000Z\nDTEND:20250301T100000Z", "2026-03-01T10:00:00Z", None, false, false),
    ] {
        let found = meeting(&format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT"));
        assert_eq!(found.start, time(start), "{lines}");
        assert_eq!(
            (found.end, found.all_day, found.floating),
            (end.and_then(time), all_day, floating),
            "{lines}"
        );
    }
    for lines in ["DTSTART:tomorrow", "DTSTART:20261399T100000Z", "DTSTART:", "X:1"] {
        assert_eq!(meeting(&format!("BEGIN:VEVENT\n{lines}\nEND:VEVENT")).start, None, "{lines}");
    }
}

#[test]
fn answers_and_cancellations_are_told_from_invitations() {
    let event = "BEGIN:VEVENT\nUID:1\nATTENDEE;PARTSTAT=DECLINED:mailto:ann@x.test\nEND:VEVENT";
    let reply = read(&format!("METHOD:REPLY\n{event}"), None).unwrap();
    assert_eq!((reply.method, reply.attendees[0].status), (CalendarMethod::Reply, Attendance::Declined));
    // Some write the method only into the mail's header.
    assert_eq!(read(event, Some("CANCEL")).unwrap().method, CalendarMethod::Cancel);
    assert_eq!(read(event, None).unwrap().method, CalendarMethod::Publish);
    assert_eq!(read("BEGIN:VTODO\nUID:1\nEND:VTODO", None), None);
}

#[test]
fn the_series_counts_before_its_exceptions() {
    let ics = "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20260301\nSUMMARY:moved\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nSUMMARY:each week\nEND:VEVENT";
    assert_eq!(meeting(ics).summary, "each week");
    assert_eq!(meeting(ics.split_once("\nBEGIN").unwrap().0).summary, "moved");
}
