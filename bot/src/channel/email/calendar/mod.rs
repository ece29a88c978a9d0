//! Invitations, answers and cancellations of meetings (RFC 5545, RFC 5546).
//!
//! One meeting a mail: the first event that is no exception of a series. What repeats is told
//! by a flag; when it repeats is not worked out.

pub(crate) mod answer;
pub(crate) mod lines;
mod windows;
mod zone;

use chrono::{Duration, NaiveDate, NaiveDateTime};
use rapport_model::Timestamp;
use rapport_model::message::{Attendance, Attendee, Calendar, CalendarMethod};

use super::charset;
use super::mime::Part;
use super::report;
use super::words;
use lines::Line;
use zone::Zone;

/// Longer calendars are read up to here.
const ICS_BYTES_MAX: usize = 1 << 20;

/// More attendees than these are passed over.
const ATTENDEES_MAX: usize = 200;

/// Longest summary and location, in characters.
const TEXT_CHARS_MAX: usize = 500;

/// Longest uid, in characters.
const UID_CHARS_MAX: usize = 255;

/// Returns the meeting that a mail is about.
pub(super) fn calendar(parts: &[Part<'_>]) -> Option<Calendar> {
    let leaves = parts.iter().filter(|p| p.children.is_empty() && holds_a_calendar(p));
    leaves.take(4).find_map(|part| {
        let bytes = part.encoding.decode(part.body);
        let bytes = &bytes[..bytes.len().min(ICS_BYTES_MAX)];
        let ics = charset::decode(bytes, part.content_type.get("charset").or(Some("utf-8")));
        read(&ics, part.content_type.get("method"))
    })
}

fn holds_a_calendar(part: &Part<'_>) -> bool {
    let name = part.disposition.get("filename").or(part.content_type.get("name")).unwrap_or_default();
    let is_named = name.len() > 4 && name.to_ascii_lowercase().ends_with(".ics");
    part.is("text/calendar") || part.is("application/ics") || is_named && part.is("application/octet-stream")
}

/// Says in one line what a calendar is about: its method, summary and start as written.
pub(super) fn describe(ics: &str) -> String {
    let lines = lines::read(&ics[..ics.floor_char_boundary(ICS_BYTES_MAX)]);
    let event = event(&lines).unwrap_or(&lines);
    let method = value(&lines, "METHOD").map_or("EVENT", |line| line.value.as_str());
    let summary = value(event, "SUMMARY").map(|line| words::one_line(&line.text(), TEXT_CHARS_MAX));
    let start = value(event, "DTSTART").map(|line| {
        let zone = line.param("TZID").unwrap_or_default();
        format!("{} {zone}", date_time(&line.value)).trim_end().to_owned()
    });
    let told: Vec<String> = summary.into_iter().chain(start).filter(|t| !t.is_empty()).collect();
    format!("[{}] {}", words::one_line(method, 20), told.join(", "))
}

fn read(ics: &str, method: Option<&str>) -> Option<Calendar> {
    let lines = lines::read(ics);
    let event = event(&lines)?;
    let text = |name: &str, chars_max| {
        value(event, name).map(|line| words::one_line(&line.text(), chars_max)).unwrap_or_default()
    };
    let own_method = value(&lines, "METHOD").map(|line| line.value.as_str());
    let method = own_method.or(method).and_then(|name| CalendarMethod::by_name(&name.to_ascii_lowercase()));
    let start = value(event, "DTSTART").and_then(|line| Moment::read(line, &lines));
    let end = value(event, "DTEND").and_then(|line| Moment::read(line, &lines)).map(|m| m.at);
    let all_day = start.as_ref().is_some_and(|s| s.all_day);
    let lasts = || {
        let length = value(event, "DURATION").and_then(|line| duration(&line.value));
        let length = length.or_else(|| all_day.then(|| Duration::days(1)))?;
        Some(start.as_ref()?.at.plus(length.num_microseconds()?))
    };
    let organizer = value(event, "ORGANIZER").and_then(address);
    let attendees = event.iter().filter(|line| line.name == "ATTENDEE").take(ATTENDEES_MAX);
    Some(Calendar {
        method: method.unwrap_or(CalendarMethod::Publish),
        uid: text("UID", UID_CHARS_MAX),
        sequence: value(event, "SEQUENCE").and_then(|line| line.value.parse().ok()).unwrap_or(0),
        summary: text("SUMMARY", TEXT_CHARS_MAX),
        location: text("LOCATION", TEXT_CHARS_MAX),
        end: end.or_else(lasts).filter(|end| start.as_ref().is_none_or(|s| *end >= s.at)),
        floating: start.as_ref().is_some_and(|s| s.floating),
        start: start.map(|s| s.at),
        all_day,
        occurrence: value(event, "RECURRENCE-ID").and_then(|line| Moment::read(line, &lines)).map(|m| m.at),
        recurs: value(event, "RRULE").or_else(|| value(event, "RDATE")).is_some(),
        organizer,
        attendees: attendees.filter_map(attendee).collect(),
    })
}

/// Returns the lines of the event: the first that is no exception of a series, else the first.
fn event(lines: &[Line]) -> Option<&[Line]> {
    let is = |line: &Line, name: &str| line.name == name && line.value.eq_ignore_ascii_case("VEVENT");
    let mut first = None;
    let mut rest = lines;
    while let Some(from) = rest.iter().position(|line| is(line, "BEGIN")) {
        let inner = &rest[from + 1..];
        let len = inner.iter().position(|line| is(line, "END")).unwrap_or(inner.len());
        let event = &inner[..len];
        // An alarm within has a summary of its own.
        let own = event.iter().position(|line| line.name == "BEGIN").map_or(event, |n| &event[..n]);
        if value(own, "RECURRENCE-ID").is_none() {
            return Some(own);
        }
        first = first.or(Some(own));
        rest = &inner[len..];
    }
    first
}

fn value<'l>(lines: &'l [Line], name: &str) -> Option<&'l Line> {
    lines.iter().find(|line| line.name == name)
}

/// A moment as a calendar writes it.
struct Moment {
    at: Timestamp,
    all_day: bool,
    floating: bool,
}

impl Moment {
    fn read(line: &Line, lines: &[Line]) -> Option<Self> {
        let value = line.value.trim();
        if value.len() == 8 || line.param("VALUE") == Some("DATE") {
            let date = NaiveDate::parse_from_str(value.get(..8)?, "%Y%m%d").ok()?;
            let at = Timestamp::from_secs(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp());
            return Some(Self { at, all_day: true, floating: false });
        }
        let (digits, is_utc) = value.strip_suffix(['Z', 'z']).map_or((value, false), |digits| (digits, true));
        let local = NaiveDateTime::parse_from_str(digits, "%Y%m%dT%H%M%S")
            .or_else(|_| NaiveDateTime::parse_from_str(digits, "%Y%m%dT%H%M"))
            .ok()?;
        let as_utc = Timestamp::from_secs(local.and_utc().timestamp());
        if is_utc {
            return Some(Self { at: as_utc, all_day: false, floating: false });
        }
        let zone = line.param("TZID").and_then(|name| Zone::named(name, lines));
        let at = zone.as_ref().and_then(|zone| zone.instant(local));
        Some(Self { at: at.unwrap_or(as_utc), all_day: false, floating: at.is_none() })
    }
}

/// Reads `P1DT2H30M`, `-PT15M`, `P2W` (RFC 5545, 3.3.6).
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim_start_matches('+').strip_prefix('P')?;
    let mut secs = 0i64;
    let mut number = String::new();
    for c in text.chars().take(40) {
        let unit = match c {
            '0'..='9' if number.len() < 9 => {
                number.push(c);
                continue;
            }
            'T' => continue,
            'W' => 604_800,
            'D' => 86_400,
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        secs = secs.checked_add(std::mem::take(&mut number).parse::<i64>().ok()?.checked_mul(unit)?)?;
    }
    // A year is more than any meeting.
    (number.is_empty() && secs <= 366 * 86_400).then(|| Duration::seconds(secs))
}

fn attendee(line: &Line) -> Option<Attendee> {
    let status = line.param("PARTSTAT").unwrap_or("NEEDS-ACTION").to_ascii_lowercase().replace('-', "_");
    let status = Attendance::by_name(&status).unwrap_or(Attendance::NeedsAction);
    Some(Attendee { address: address(line)?, status })
}

/// Returns the address of a person: `MAILTO:ann@example.org`, or in a parameter where the value
/// is a path of a directory.
fn address(line: &Line) -> Option<String> {
    let value = line.value.trim();
    let bare = value.get(..7).filter(|p| p.eq_ignore_ascii_case("mailto:")).map_or(value, |_| &value[7..]);
    let found = report::address_in(bare).or_else(|| report::address_in(line.param("EMAIL")?));
    found.map(|a| a.to_string())
}

/// Writes `20260301T100000Z` as `2026-03-01 10:00 UTC`.
fn date_time(value: &str) -> String {
    let digits =
        |from: usize, to: usize| value.get(from..to).filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
    let (Some(year), Some(month), Some(day)) = (digits(0, 4), digits(4, 6), digits(6, 8)) else {
        return String::new();
    };
    match (digits(9, 11), digits(11, 13)) {
        (Some(hour), Some(minute)) => {
            let utc = if value.ends_with('Z') { " UTC" } else { "" };
            format!("{year}-{month}-{day} {hour}:{minute}{utc}")
        }
        _ => format!("{year}-{month}-{day}"),
    }
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
