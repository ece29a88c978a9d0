//! Spans of time and due times, as people write them in rules.

use chrono::{Datelike, Days, NaiveTime, Weekday};
use chrono_tz::Tz;
use rapport_model::Timestamp;
use rapport_model::time::{DAY, HOUR, MINUTE};

use crate::schedule::first_instant;

/// Longest span that a rule may wait: what is longer is a slip of the pen.
const SPAN_MAX: i64 = 366 * DAY;

/// When a task is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// So many microseconds from now.
    In(i64),
    /// At that time on the next working day, Monday to Friday, after today.
    NextWorkday(NaiveTime),
}

impl Due {
    /// Reads `tomorrow 09:00` or a span such as `4h`.
    pub(super) fn read(text: &str) -> Option<Self> {
        match text.strip_prefix("tomorrow ") {
            Some(time) => NaiveTime::parse_from_str(time.trim(), "%H:%M").ok().map(Self::NextWorkday),
            None => span(text).map(Self::In),
        }
    }

    /// Returns the due time, with "tomorrow" as the clocks of `zone` have it.
    pub fn at(self, now: Timestamp, zone: Tz) -> Timestamp {
        match self {
            Self::In(micros) => now.plus(micros),
            Self::NextWorkday(time) => {
                let today = now.local(zone).date_naive();
                let workday = (1..=3)
                    .filter_map(|n| today.checked_add_days(Days::new(n)))
                    .find(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun));
                let due = workday.and_then(|day| first_instant(zone, day.and_time(time)));
                due.unwrap_or_else(|| now.plus(DAY))
            }
        }
    }
}

/// Reads a span such as `90m`, `2h`, `3d` or `1w`, of more than nothing and at most 366 days, into
/// microseconds.
pub(crate) fn span(text: &str) -> Option<i64> {
    let text = text.trim();
    let (unit_at, unit) = text.char_indices().next_back()?;
    let micros = match unit {
        'm' => MINUTE,
        'h' => HOUR,
        'd' => DAY,
        'w' => 7 * DAY,
        _ => return None,
    };
    let digits = &text[..unit_at];
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let n: i64 = digits.parse().ok()?;
    n.checked_mul(micros).filter(|span| (1..=SPAN_MAX).contains(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_a_unit() {
        let cases = [
            ("90m", Some(90 * MINUTE)),
            ("2h", Some(2 * HOUR)),
            (" 3d ", Some(3 * DAY)),
            ("1w", Some(7 * DAY)),
            ("366d", Some(366 * DAY)),
            ("367d", None),
            ("0d", None),
            ("-1d", None),
            ("+1d", None),
            ("3", None),
            ("d", None),
            ("", None),
            ("3 d", None),
            ("1.5h", None),
            ("3天", None),
            ("9999999999999999999d", None),
            ("9223372036854775807w", None),
        ];
        for (text, expected) in cases {
            assert_eq!(span(text), expected, "{text}");
        }
    }

    #[test]
    fn tomorrow_is_the_next_working_day_where_the_owner_is() {
        let berlin: Tz = "Europe/Berlin".parse().unwrap();
        let shanghai: Tz = "Asia/Shanghai".parse().unwrap();
        let cases = [
            ("2027-11-24T10:00:00Z", berlin, "2027-11-25T08:00:00Z"), // Wednesday
            ("2027-11-24T23:30:00Z", berlin, "2027-11-26T08:00:00Z"), // already Thursday there
            ("2027-11-26T10:00:00Z", berlin, "2027-11-29T08:00:00Z"), // Friday
            ("2027-11-27T10:00:00Z", berlin, "2027-11-29T08:00:00Z"), // Saturday
            ("2027-11-28T10:00:00Z", berlin, "2027-11-29T08:00:00Z"), // Sunday
            ("2027-11-25T17:00:00Z", shanghai, "2027-11-29T01:00:00Z"), // already Friday there
            ("2027-06-01T10:00:00Z", berlin, "2027-06-02T07:00:00Z"), // summer time
        ];
        let nine = Due::read("tomorrow 09:00").unwrap();
        for (now, zone, expected) in cases {
            assert_eq!(nine.at(Timestamp::parse(now).unwrap(), zone).to_string(), expected, "{now} {zone}");
        }
        for bad in ["tomorrow", "tomorrow 25:00", "tomorrow nine", "today 09:00"] {
            assert_eq!(Due::read(bad), None, "{bad}");
        }
        assert_eq!(Due::read("4h"), Some(Due::In(4 * HOUR)));
    }
}
