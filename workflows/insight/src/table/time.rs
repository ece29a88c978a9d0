//! Times in cells.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime};

use super::{Column, MISSING, Values};

/// Which of two numbers before a year is the day: 12/1/2010.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    MonthFirst,
    DayFirst,
}

/// Returns the times of a column in seconds since 1970, none where a cell holds no time. Texts without a zone
/// are taken as UTC; numbers as seconds, or milliseconds, microseconds or nanoseconds if they are as large.
#[must_use]
pub fn times(column: &Column) -> Vec<Option<f64>> {
    match &column.values {
        Values::Numbers(numbers) => {
            let largest = numbers.iter().filter(|x| !x.is_nan()).fold(0.0_f64, |m, x| m.max(x.abs()));
            let unit = match largest {
                x if x < 1e11 => 1.0,
                x if x < 1e14 => 1e3,
                x if x < 1e17 => 1e6,
                _ => 1e9,
            };
            numbers.iter().map(|x| Some(x / unit).filter(|x| !x.is_nan())).collect()
        }
        Values::Categories { names, codes } => {
            // One day above 12 tells for all.
            let first_number = |name: &String| name.split(['/', '.', '-']).next()?.trim().parse::<u32>().ok();
            let day_first = names.iter().filter_map(first_number).any(|n| (13..=31).contains(&n));
            let dotted = names.first().is_some_and(|name| name.contains('.') && !name.contains('/'));
            let order = if day_first || dotted { Order::DayFirst } else { Order::MonthFirst };
            let parsed: Vec<Option<f64>> = names.iter().map(|name| time(name, order)).collect();
            codes.iter().map(|&code| if code == MISSING { None } else { parsed[code as usize] }).collect()
        }
    }
}

fn time(text: &str, order: Order) -> Option<f64> {
    let seconds = |at: NaiveDateTime| at.and_utc().timestamp_micros() as f64 / 1e6;
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.timestamp_micros() as f64 / 1e6);
    }
    let days: &[&str] = match order {
        Order::MonthFirst => &["%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%m-%d-%Y", "%Y%m%d"],
        Order::DayFirst => &["%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y%m%d"],
    };
    for day in days {
        if let Ok(date) = NaiveDate::parse_from_str(text, day) {
            return date.and_hms_opt(0, 0, 0).map(seconds);
        }
        // Without the day there is no time after it either.
        let Ok((date, rest)) = NaiveDate::parse_and_remainder(text, day) else { continue };
        // 1/2/1970 is no day of the year 1.
        if date.year() < 1_000 {
            continue;
        }
        let rest = rest.trim_start_matches(['T', ' ']).trim_end_matches('Z');
        let clock = CLOCKS.iter().find_map(|clock| chrono::NaiveTime::parse_from_str(rest, clock).ok());
        return clock.map(|clock| seconds(date.and_time(clock)));
    }
    let month = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
    month.and_hms_opt(0, 0, 0).map(seconds)
}

const CLOCKS: &[&str] = &["%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{ReadOptions, read};

    fn check(cells: &[&str], expected: &[Option<f64>]) {
        let text: String = cells.iter().map(|cell| format!("\"{cell}\",x\n")).collect();
        let options = ReadOptions::default();
        let table = read(format!("t,y\n{text}").as_bytes(), &options).unwrap();
        assert_eq!(times(&table.columns[0]), expected, "{cells:?}");
    }

    #[test]
    fn times_are_read_as_programs_and_people_write_them() {
        check(&["1970-01-02 00:00:01", "1970-01-01T01:00:00Z"], &[Some(86401.0), Some(3600.0)]);
        check(&["1970-01-01T01:00:00+01:00", "1970-01-01T00:00:00.5"], &[Some(0.0), Some(0.5)]);
        check(&["1970-01-02", "1970/01/03", "soon", ""], &[Some(86400.0), Some(172_800.0), None, None]);
        check(&["1/2/1970 8:26", "1/12/1970 0:00"], &[Some(116_760.0), Some(950_400.0)]);
        check(&["2/1/1970", "13/1/1970"], &[Some(86400.0), Some(1_036_800.0)]);
        check(&["02.01.1970 01:00", "03.01.1970"], &[Some(90_000.0), Some(172_800.0)]);
        check(&["1/1/1970 1:30 PM"], &[Some(48_600.0)]);
        check(&["1970-02", "1970-01"], &[Some(2_678_400.0), Some(0.0)]);
    }

    #[test]
    fn numbers_are_seconds_or_finer() {
        check(&["86400", "86401"], &[Some(86400.0), Some(86401.0)]);
        check(&["1700000000000", "1700000001000"], &[Some(1.7e9), Some(1_700_000_001.0)]);
    }
}
