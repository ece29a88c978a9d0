//! Answers to an invitation, as calendar programs read them (RFC 5546, 3.2.3; RFC 6047).

use rapport_model::Timestamp;
use rapport_model::message::{Attendance, Calendar};

/// The media type of an answer as a part of a mail (RFC 6047, 2.4).
pub(crate) const MIME: &str = "text/calendar; method=REPLY; charset=utf-8";

/// Longest line, in bytes without its end (RFC 5545, 3.1).
const LINE_BYTES_MAX: usize = 75;

/// Writes whether the owner of `address` comes to a meeting. `name` is what they are called; `None` if
/// the invitation does not say who invites, or the name of the meeting.
pub(crate) fn answer(
    meeting: &Calendar,
    address: &str,
    name: &str,
    attendance: Attendance,
    now: Timestamp,
) -> Option<String> {
    let organizer = meeting.organizer.as_deref().filter(|_| !meeting.uid.is_empty())?;
    let status = attendance.name().to_uppercase().replace('_', "-");
    let mut ics = Ics::default();
    ics.line("BEGIN:VCALENDAR");
    ics.line("PRODID:-//Rapport//Rapport//EN");
    ics.line("VERSION:2.0");
    ics.line("METHOD:REPLY");
    ics.line("BEGIN:VEVENT");
    ics.line(&format!("UID:{}", escaped(&meeting.uid)));
    ics.line(&format!("SEQUENCE:{}", meeting.sequence));
    ics.line(&format!("DTSTAMP:{}", utc(now)));
    if let Some(occurrence) = meeting.occurrence {
        ics.line(&format!("RECURRENCE-ID{}", moment(meeting, occurrence)));
    }
    if let Some(start) = meeting.start {
        ics.line(&format!("DTSTART{}", moment(meeting, start)));
    }
    if let Some(end) = meeting.end {
        ics.line(&format!("DTEND{}", moment(meeting, end)));
    }
    ics.line(&format!("SUMMARY:{}", escaped(&meeting.summary)));
    ics.line(&format!("ORGANIZER:mailto:{organizer}"));
    // A quote cannot be escaped in a parameter.
    let name: String = name.chars().filter(|c| !c.is_control() && *c != '"').collect();
    let cn = if name.is_empty() { String::new() } else { format!(";CN=\"{name}\"") };
    ics.line(&format!("ATTENDEE;PARTSTAT={status}{cn}:mailto:{address}"));
    ics.line("END:VEVENT");
    ics.line("END:VCALENDAR");
    Some(ics.0)
}

/// Writes a time as the meeting has it: a date, a clock on the wall, or an instant.
fn moment(meeting: &Calendar, at: Timestamp) -> String {
    let wall = at.utc();
    match (meeting.all_day, meeting.floating) {
        (true, _) => wall.format(";VALUE=DATE:%Y%m%d").to_string(),
        (false, true) => wall.format(":%Y%m%dT%H%M%S").to_string(),
        (false, false) => format!(":{}", utc(at)),
    }
}

fn utc(at: Timestamp) -> String {
    at.utc().format("%Y%m%dT%H%M%SZ").to_string()
}

/// Escapes a text (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A calendar that is being written.
#[derive(Default)]
struct Ics(String);

impl Ics {
    /// Adds a line, folded where it is too long, and never within a character.
    fn line(&mut self, text: &str) {
        let mut rest = text;
        let mut room = LINE_BYTES_MAX;
        while rest.len() > room {
            let (piece, after) = rest.split_at(rest.floor_char_boundary(room));
            self.0.push_str(piece);
            self.0.push_str("\r\n ");
            rest = after;
            // The blank of a fold counts.
            room = LINE_BYTES_MAX - 1;
        }
        self.0.push_str(rest);
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation(event: &str) -> Calendar {
        let ics =
            format!("BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR");
        super::super::read(&ics, None).unwrap()
    }

    const SERIES: &str = "UID:a\\,b\\;c@x\nSEQUENCE:3\nSUMMARY:季度回顾\\, 第二次，关于全部净水器与售后服务安排的讨论会议\n\
                          ORGANIZER:mailto:petra@novak-cafe.example";

    #[test]
    fn an_answer_is_read_as_what_it_says() {
        for (more, attendance) in [
            ("DTSTART:20261203T130000Z\nDTEND:20261203T140000Z", Attendance::Accepted),
            ("DTSTART;VALUE=DATE:20261203", Attendance::Declined),
            ("DTSTART:20261203T130000", Attendance::Tentative),
            (
                "DTSTART;TZID=Europe/Berlin:20261203T140000\nRECURRENCE-ID;TZID=Europe/Berlin:20261202T140000",
                Attendance::Accepted,
            ),
        ] {
            let asked = invitation(&format!("{SERIES}\n{more}"));
            let now = Timestamp::parse("2026-12-01T08:00:00Z").unwrap();
            let ics = answer(&asked, "mia@brightwater.example", "Mia \"T\" Tan", attendance, now).unwrap();
            assert!(ics.lines().all(|line| line.len() <= LINE_BYTES_MAX), "{ics}");
            let told = super::super::read(&ics, None).unwrap();
            assert_eq!(told.method, rapport_model::message::CalendarMethod::Reply);
            assert_eq!((&told.uid, told.sequence), (&asked.uid, asked.sequence));
            assert_eq!((told.start, told.end, told.occurrence), (asked.start, asked.end, asked.occurrence));
            assert_eq!((told.all_day, told.floating), (asked.all_day, asked.floating));
            assert_eq!((&told.summary, &told.organizer), (&asked.summary, &asked.organizer));
            assert_eq!(told.attendees.len(), 1);
            assert_eq!(told.attendees[0].address, "mia@brightwater.example");
            assert_eq!(told.attendees[0].status, attendance);
            assert!(ics.contains("DTSTAMP:20261201T080000Z\r\n"), "{ics}");
        }
    }

    #[test]
    fn who_does_not_say_who_invites_gets_no_answer() {
        let asked = invitation("UID:7\nSUMMARY:Review\nDTSTART:20261203T130000Z");
        assert_eq!(answer(&asked, "a@b.example", "", Attendance::Accepted, Timestamp::from_secs(0)), None);
    }
}
