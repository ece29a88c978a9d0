//! The fields of a cron expression: from what people write to plain lists of numbers.
//!
//! The `cron` crate counts weekdays from 1 = Sunday and reports errors by position; here 0 and 7
//! are Sunday, as everywhere else, and an error names the field and what may stand in it.

use std::collections::BTreeSet;

use super::ScheduleError;

/// What may stand in one field.
pub(super) struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    /// Full names of the values from `min` on; three letters are enough.
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: &[&str] = &["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

impl Field {
    pub(super) const SECOND: Self = Self { name: "second", min: 0, max: 59, names: &[] };
    pub(super) const MINUTE: Self = Self { name: "minute", min: 0, max: 59, names: &[] };
    pub(super) const HOUR: Self = Self { name: "hour", min: 0, max: 23, names: &[] };
    pub(super) const DAY: Self = Self { name: "day of month", min: 1, max: 31, names: &[] };
    pub(super) const MONTH: Self = Self { name: "month", min: 1, max: 12, names: MONTHS };
    pub(super) const WEEKDAY: Self = Self { name: "weekday", min: 0, max: 7, names: WEEKDAYS };

    /// Returns the field as the `cron` crate takes it: `*`, or a list of numbers (of names for
    /// weekdays).
    pub(super) fn read(&self, text: &str) -> Result<String, ScheduleError> {
        if text == "*" || (text == "?" && self.is_day()) {
            return Ok("*".to_owned());
        }
        let mut values = BTreeSet::new();
        for item in text.split(',') {
            values.extend(self.item(item).ok_or_else(|| self.refuse(item))?);
        }
        let write = |v: &u32| match self.is_week() {
            true => WEEKDAYS[*v as usize].to_owned(),
            false => v.to_string(),
        };
        Ok(values.iter().map(write).collect::<Vec<_>>().join(","))
    }

    /// Returns the values of one part of a list: `5`, `mon`, `1-5`, `*/2`, `8-18/2`.
    fn item(&self, item: &str) -> Option<Vec<u32>> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(number(step).filter(|n| (1..=self.max).contains(n))?)),
            None => (item, None),
        };
        let values: Vec<u32> = match range.split_once('-') {
            _ if range == "*" => (self.min..=if self.is_week() { 6 } else { self.max }).collect(),
            Some((from, to)) => self.range(self.value(from)?, self.value(to)?)?,
            // Some programs read `5/15` as 5,20,35,50 and some as 5 alone.
            None if step.is_some() => return None,
            None => vec![self.value(range)?],
        };
        let fold = |v: u32| if self.is_week() { v % 7 } else { v };
        Some(values.into_iter().step_by(step.unwrap_or(1) as usize).map(fold).collect())
    }

    /// Returns the values from one to another. The week is a circle: Friday to Monday is a range.
    fn range(&self, from: u32, to: u32) -> Option<Vec<u32>> {
        match from <= to {
            true => Some((from..=to).collect()),
            false if self.is_week() => Some((from..=from + (to + 7 - from) % 7).collect()),
            false => None,
        }
    }

    fn value(&self, text: &str) -> Option<u32> {
        if let Some(n) = number(text) {
            return Some(n).filter(|n| (self.min..=self.max).contains(n));
        }
        let name = text.to_ascii_lowercase();
        let at = self.names.iter().position(|full| name.len() >= 3 && full.starts_with(&name))?;
        Some(self.min + u32::try_from(at).ok()?)
    }

    fn is_week(&self) -> bool {
        self.names.len() == WEEKDAYS.len()
    }

    fn is_day(&self) -> bool {
        self.is_week() || self.max == 31
    }

    fn refuse(&self, found: &str) -> ScheduleError {
        let Self { min, max, .. } = self;
        let names = match self.names {
            [] => String::new(),
            names => format!(", {}-{}", &names[0][..3], &names[names.len() - 1][..3]),
        };
        let (low, high) = (min + 1, min + 5);
        let allowed = format!(
            "write {min}-{max}{names}, *, a list ({low},{high}), a range ({low}-{high}) or a step (*/2, {low}-{high}/2)"
        );
        ScheduleError::Field { field: self.name, found: found.to_owned(), allowed }
    }
}

/// Reads a number of digits alone.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Returns the fields that a word such as `@daily` stands for.
pub(super) fn nickname(text: &str) -> Result<&'static str, ScheduleError> {
    match text.to_ascii_lowercase().as_str() {
        "@hourly" => Ok("0 * * * *"),
        "@daily" | "@midnight" => Ok("0 0 * * *"),
        "@weekly" => Ok("0 0 * * 0"),
        "@monthly" => Ok("0 0 1 * *"),
        "@yearly" | "@annually" => Ok("0 0 1 1 *"),
        _ => Err(ScheduleError::Nickname(text.to_owned())),
    }
}
