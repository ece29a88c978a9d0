//! Time zones as calendars name them, and what time it is there.

use chrono::{Datelike, Duration, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, TimeZone, Weekday};
use chrono_tz::Tz;
use rapport_model::Timestamp;

use super::lines::Line;
use super::windows;

/// Longer names are no names.
const NAME_BYTES_MAX: usize = 255;

/// A zone that could be told.
pub(super) enum Zone {
    /// One of the zone database.
    Known(Tz),
    /// One that the calendar itself describes.
    Described(Described),
}

impl Zone {
    /// Finds a zone by its name: that of the zone database, also behind a path, that of Windows,
    /// an offset, or one that the calendar describes in a `VTIMEZONE`.
    pub(super) fn named(name: &str, lines: &[Line]) -> Option<Self> {
        let name = name.trim().trim_matches('"');
        if name.len() > NAME_BYTES_MAX {
            return None;
        }
        // Programs write `/mozilla.org/20070129_1/Europe/Berlin`.
        let mut path = name;
        loop {
            if let Ok(zone) = path.parse() {
                return Some(Self::Known(zone));
            }
            match path.split_once('/') {
                Some((_, rest)) => path = rest,
                None => break,
            }
        }
        if let Some(zone) = windows::iana(name).and_then(|iana| iana.parse().ok()) {
            return Some(Self::Known(zone));
        }
        Described::find(name, lines).map(Self::Described).or_else(|| {
            // `(UTC+01:00) Amsterdam, Berlin`: the winter's offset only.
            let at = name.find("UTC").or_else(|| name.find("GMT"))?;
            let winter = offset(name[at + 3..].split([')', ' ', ',']).next()?)?;
            Some(Self::Described(Described { winter, summer: None }))
        })
    }

    /// Returns the instant of a local time. What the clock shows twice is the first of both;
    /// what it skips is read with the offset before the gap (RFC 5545, 3.3.5).
    pub(super) fn instant(&self, local: NaiveDateTime) -> Option<Timestamp> {
        match self {
            Self::Known(zone) => {
                let resolve = |local: NaiveDateTime| match zone.from_local_datetime(&local) {
                    LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.timestamp()),
                    LocalResult::None => None,
                };
                let in_gap = || Some(resolve(local.checked_sub_signed(Duration::hours(3))?)? + 3 * 3_600);
                Some(Timestamp::from_secs(resolve(local).or_else(in_gap)?))
            }
            Self::Described(zone) => {
                let at = local.and_utc().timestamp() - i64::from(zone.at(local).local_minus_utc());
                Some(Timestamp::from_secs(at))
            }
        }
    }
}

/// A `VTIMEZONE`: the offset of its winter, and of its summer if it has one. Of several rules
/// the last counts, which is that of today.
pub(super) struct Described {
    winter: FixedOffset,
    summer: Option<(FixedOffset, Turn, Turn)>,
}

/// When the clock is changed: `BYMONTH=3;BYDAY=-1SU` at two.
#[derive(Clone, Copy)]
struct Turn {
    month: u32,
    /// 1 the first, -1 the last.
    nth: i8,
    day: Weekday,
    hour: u32,
}

impl Described {
    fn find(name: &str, lines: &[Line]) -> Option<Self> {
        let is = |line: &Line, kind: &str, value: &str| {
            line.name == kind && line.value.eq_ignore_ascii_case(value)
        };
        let at = lines.iter().position(|l| l.name == "TZID" && l.text().trim_matches('"') == name)?;
        let end = lines[at..].iter().position(|l| is(l, "END", "VTIMEZONE"))?;
        let (mut winter, mut summer) = (None, None);
        let mut rest = &lines[at..at + end];
        while let Some(from) = rest.iter().position(|l| l.name == "BEGIN") {
            let kind = &rest[from].value;
            let len = rest[from..].iter().position(|l| is(l, "END", kind)).unwrap_or(rest.len() - from - 1);
            let rule = &rest[from..=from + len];
            let value = |name: &str| rule.iter().find(|l| l.name == name).map(|l| l.value.as_str());
            let found = value("TZOFFSETTO")
                .and_then(offset)
                .map(|to| (to, Turn::read(value("RRULE"), value("DTSTART"))));
            if kind.eq_ignore_ascii_case("DAYLIGHT") {
                summer = found.or(summer)
            } else {
                winter = found.or(winter)
            }
            rest = &rest[from + len + 1..];
        }
        let (winter, autumn) = winter.or(summer)?;
        let summer = summer.and_then(|(offset, spring)| Some((offset, spring?, autumn?)));
        Some(Self { winter, summer })
    }

    fn at(&self, local: NaiveDateTime) -> FixedOffset {
        let Some((summer, spring, autumn)) = self.summer else { return self.winter };
        let (Some(spring), Some(autumn)) = (spring.in_year(local.year()), autumn.in_year(local.year()))
        else {
            return self.winter;
        };
        // South of the equator summer lies around the new year.
        let is_summer = if spring < autumn {
            (spring..autumn).contains(&local)
        } else {
            local >= spring || local < autumn
        };
        if is_summer { summer } else { self.winter }
    }
}

impl Turn {
    fn read(rule: Option<&str>, start: Option<&str>) -> Option<Self> {
        let part = |name: &str| rule?.split(';').find_map(|p| p.strip_prefix(name)?.strip_prefix('='));
        let month = part("BYMONTH")?.parse().ok()?;
        let by_day = part("BYDAY")?;
        let (nth, day) = by_day.split_at_checked(by_day.len().checked_sub(2)?)?;
        let day = match day {
            "SU" => Weekday::Sun,
            "MO" => Weekday::Mon,
            "TU" => Weekday::Tue,
            "WE" => Weekday::Wed,
            "TH" => Weekday::Thu,
            "FR" => Weekday::Fri,
            "SA" => Weekday::Sat,
            _ => return None,
        };
        let hour = start.and_then(|s| s.get(9..11)?.parse().ok()).unwrap_or(2);
        Some(Self { month, nth: nth.trim_start_matches('+').parse().ok()?, day, hour })
    }

    fn in_year(self, year: i32) -> Option<NaiveDateTime> {
        let date = if self.nth > 0 {
            NaiveDate::from_weekday_of_month_opt(year, self.month, self.day, self.nth.unsigned_abs())?
        } else {
            let last = (4..=5)
                .rev()
                .find_map(|n| NaiveDate::from_weekday_of_month_opt(year, self.month, self.day, n))?;
            last.checked_sub_signed(Duration::weeks(i64::from(self.nth.unsigned_abs().clamp(1, 5)) - 1))?
        };
        date.and_hms_opt(self.hour.min(23), 0, 0)
    }
}

/// Reads `+0100`, `-05:30`, `+1`.
fn offset(text: &str) -> Option<FixedOffset> {
    let text = text.trim();
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = if digits.len() <= 2 { (digits.as_str(), "0") } else { digits.split_at(2) };
    let minutes = minutes.get(..2).unwrap_or(minutes);
    FixedOffset::east_opt(sign * (hours.parse::<i32>().ok()? * 3_600 + minutes.parse::<i32>().ok()? * 60))
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    const OWN: &str = "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE";

    #[test]
    fn a_local_time_becomes_an_instant() {
        let lines = lines::read(OWN);
        for (zone, local, expected) in [
            ("Europe/Berlin", "2026-03-01T10:00", "2026-03-01T09:00:00Z"),
            ("/mozilla.org/20070129_1/Europe/Berlin", "2026-07-01T10:00", "2026-07-01T08:00:00Z"),
            ("W. Europe Standard Time", "2026-07-01T10:00", "2026-07-01T08:00:00Z"),
            ("China Standard Time", "2026-07-01T10:00", "2026-07-01T02:00:00Z"),
            ("Customized Time Zone", "2026-03-01T10:00", "2026-03-01T09:00:00Z"),
            ("Customized Time Zone", "2026-03-29T10:00", "2026-03-29T08:00:00Z"),
            ("Customized Time Zone", "2026-10-25T10:00", "2026-10-25T09:00:00Z"),
            ("(UTC+05:30) Chennai, Kolkata", "2026-03-01T10:00", "2026-03-01T04:30:00Z"),
            ("UTC", "2026-03-01T10:00", "2026-03-01T10:00:00Z"),
            // The clock skips 02:30, and shows it twice in autumn.
            ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30:00Z"),
            ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z"),
        ] {
            let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%dT%H:%M").unwrap();
            let found = Zone::named(zone, &lines).and_then(|z| z.instant(local)).map(|t| t.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{zone} {local}");
        }
        assert!(Zone::named("Middle-earth", &lines).is_none());
    }

    #[test]
    fn offsets_are_read() {
        for (text, expected) in [
            ("+0100", Some(3_600)),
            ("-05:30", Some(-19_800)),
            ("+1", Some(3_600)),
            ("0100", None),
            ("+", None),
            ("+9999", None),
        ] {
            assert_eq!(offset(text).map(|o| o.local_minus_utc()), expected, "{text}");
        }
    }
}
