//! Holidays of a calendar in a file (RFC 5545): events of whole days, and what comes each year.
//!
//! What is no holiday that can be worked out is passed over and told, with its line; the rest holds.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{Datelike, NaiveDate};

use crate::channel::email::calendar::lines::{Line, read_up_to};

/// A longer file is none of holidays.
const FILE_BYTES_MAX: u64 = 8 << 20;
/// Lines that are looked at.
const LINES_MAX: usize = 500_000;
/// Events that are looked at.
const EVENTS_MAX: usize = 20_000;
/// The longest holiday, in days.
const EVENT_DAYS_MAX: i64 = 366;
/// Years that are looked at; what comes each year comes until the last of them.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2100;
/// More problems of a file than these are counted, not named.
const NAMED_MAX: usize = 20;

/// What a file of holidays holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Holidays {
    /// The days.
    pub days: BTreeSet<NaiveDate>,
    /// What was passed over, each with file and line.
    pub passed_over: Vec<String>,
}

/// Reads a file.
///
/// # Errors
/// It cannot be read or is far too long.
pub(super) fn read_file(path: &Path) -> Result<Holidays, String> {
    let file = path.display();
    let cannot = |e: std::io::Error| format!("cannot read {file}: {e}");
    let bytes = std::fs::metadata(path).map_err(cannot)?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(format!("{file} has {bytes} bytes; a calendar of holidays has at most {FILE_BYTES_MAX}"));
    }
    let bytes = std::fs::read(path).map_err(cannot)?;
    Ok(read(&String::from_utf8_lossy(&bytes), &file.to_string()))
}

/// Reads a calendar; `file` names it in what was passed over.
fn read(ics: &str, file: &str) -> Holidays {
    let lines = read_up_to(ics.trim_start_matches('\u{feff}'), LINES_MAX);
    let mut found = Holidays::default();
    let mut n_unnamed = 0usize;
    let mut tell = |line: usize, why: String| {
        if found.passed_over.len() < NAMED_MAX {
            found.passed_over.push(format!("{file}:{line}: {why}; passed over"));
        } else {
            n_unnamed += 1;
        }
    };
    let mut n_events = 0;
    let mut rest = &lines[..];
    while let Some(from) = rest.iter().position(|line| marks(line, "BEGIN")) {
        let inner = &rest[from + 1..];
        n_events += 1;
        if n_events > EVENTS_MAX {
            tell(rest[from].at, format!("only the first {EVENTS_MAX} events are looked at"));
            break;
        }
        let len = inner.iter().position(|line| marks(line, "END")).unwrap_or(inner.len());
        // An alarm within has lines of its own.
        let own = inner[..len].iter().position(|line| line.name == "BEGIN").unwrap_or(len);
        if let Err((line, why)) = event(&inner[..own], rest[from].at, &mut found.days) {
            tell(line, why);
        }
        rest = &inner[len..];
    }
    if n_events == 0 {
        tell(1, "there is no event; is this a calendar (.ics)?".to_owned());
    }
    if n_unnamed > 0 {
        found.passed_over.push(format!("{file}: {n_unnamed} more events were passed over"));
    }
    found
}

fn marks(line: &Line, name: &str) -> bool {
    line.name == name && line.value.eq_ignore_ascii_case("VEVENT")
}

/// Adds the days of an event that begins on line `at`; or tells why it has none, and on which line.
fn event(lines: &[Line], at: usize, days: &mut BTreeSet<NaiveDate>) -> Result<(), (usize, String)> {
    let value = |name: &str| lines.iter().find(|line| line.name == name);
    if value("STATUS").is_some_and(|line| line.value.eq_ignore_ascii_case("CANCELLED")) {
        return Ok(());
    }
    for name in ["RDATE", "RECURRENCE-ID"] {
        if let Some(line) = value(name) {
            return Err((line.at, format!("an event with {name} is not understood")));
        }
    }
    let line = value("DTSTART").ok_or_else(|| (at, "an event needs DTSTART".to_owned()))?;
    let start = date(line)?;
    let n_days = match (value("DTEND"), value("DURATION")) {
        (Some(end), _) => date(end)?.signed_duration_since(start).num_days().max(1),
        (None, Some(length)) => whole_days(length)?,
        (None, None) => 1,
    };
    if n_days > EVENT_DAYS_MAX {
        return Err((line.at, format!("an event of {n_days} days is no holiday")));
    }
    let starts = match value("RRULE") {
        None => vec![start],
        Some(rule) => each_year(rule, start)?,
    };
    let mut but = BTreeSet::new();
    for line in lines.iter().filter(|line| line.name == "EXDATE") {
        for day in line.value.split(',') {
            but.insert(date_of(day, line.at)?);
        }
    }
    for start in starts.into_iter().filter(|start| !but.contains(start)) {
        let all = start.iter_days().take(usize::try_from(n_days).unwrap_or(1));
        days.extend(all.filter(|day| YEARS.contains(&day.year())));
    }
    Ok(())
}

/// Reads the date of a line.
fn date(line: &Line) -> Result<NaiveDate, (usize, String)> {
    let value = line.value.trim();
    if value.contains(['T', 't']) {
        return Err((line.at, format!("{} is a time; a holiday is a whole day (VALUE=DATE)", line.name)));
    }
    date_of(value, line.at)
}

fn date_of(value: &str, at: usize) -> Result<NaiveDate, (usize, String)> {
    let digits = value.trim();
    let is_date = digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit());
    let date = is_date.then(|| NaiveDate::parse_from_str(digits, "%Y%m%d").ok()).flatten();
    date.ok_or_else(|| {
        let shown: String = digits.chars().take(20).collect();
        (at, format!("there is no day `{shown}`; a date is written 20261224"))
    })
}

/// Reads `P1D` or `P1W`.
fn whole_days(line: &Line) -> Result<i64, (usize, String)> {
    let value = line.value.trim().trim_start_matches('+');
    let number = |text: &str| text.parse::<i64>().ok().filter(|n| (1..=EVENT_DAYS_MAX).contains(n));
    let days = value.strip_prefix('P').and_then(|length| {
        let days = length.strip_suffix('D').and_then(number);
        days.or_else(|| length.strip_suffix('W').and_then(number).map(|weeks| 7 * weeks))
    });
    days.ok_or_else(|| (line.at, "DURATION must be whole days, such as P1D".to_owned()))
}

/// Returns the days on which something begins that comes each year.
fn each_year(rule: &Line, start: NaiveDate) -> Result<Vec<NaiveDate>, (usize, String)> {
    let refused = |why: String| (rule.at, why);
    let (mut every, mut count, mut until) = (1i32, usize::MAX, None);
    let mut is_yearly = false;
    for part in rule.value.split(';').filter(|part| !part.trim().is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let (name, value) = (name.trim().to_ascii_uppercase(), value.trim());
        let wrong = || refused(format!("RRULE has a wrong {name}"));
        match name.as_str() {
            "FREQ" => is_yearly = value.eq_ignore_ascii_case("YEARLY"),
            "INTERVAL" => every = value.parse().ok().filter(|n| (1..=200).contains(n)).ok_or_else(wrong)?,
            "COUNT" => count = value.parse().ok().filter(|n| *n > 0).ok_or_else(wrong)?,
            "UNTIL" => until = Some(date_of(value.get(..8).unwrap_or(value), rule.at)?),
            // They say again when it begins.
            "BYMONTH" if value.parse() == Ok(start.month()) => {}
            "BYMONTHDAY" if value.parse() == Ok(start.day()) => {}
            "WKST" => {}
            _ => return Err(refused(format!("RRULE with {name} is not understood"))),
        }
    }
    if !is_yearly {
        return Err(refused("only what comes each year is understood (FREQ=YEARLY)".to_owned()));
    }
    let years = (start.year()..=*YEARS.end()).step_by(every as usize);
    // 29 February comes in leap years alone.
    let days = years.filter_map(|year| start.with_year(year)).take(count);
    Ok(days.take_while(|day| until.is_none_or(|until| *day <= until)).collect())
}

#[cfg(test)]
#[path = "holidays_tests.rs"]
mod tests;
