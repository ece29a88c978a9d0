use std::collections::HashMap;

use serde::Serialize;

use crate::statistics::{n_outside, sorted};
use crate::table::{Column, Comma, MISSING, Values, is_missing, number, times};

/// With this share of cells of one kind a column is of it.
const SHARE_MIN: f64 = 0.9;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Numbers, written 1234.5.
    Numbers,
    /// Days or times, written 2026-11-20 or 2026-11-20T14:00:00.
    Dates,
    /// Texts.
    Texts,
    /// Nothing.
    Empty,
}

/// What is done to a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnPlan {
    /// Its name.
    pub column: String,
    /// What it holds.
    pub kind: Kind,
    /// Cells that are written another way.
    pub n_rewritten: usize,
    /// Cells without a value.
    pub n_missing: usize,
    /// Cells that are not of the column's kind; they become gaps.
    pub n_unreadable: usize,
    /// Numbers that lie more than three times the middle half's width outside of it; they stay.
    pub n_far: usize,
    /// Gaps that are filled.
    pub n_filled: usize,
}

/// Returns a column with every cell of its kind written alike, gaps empty.
pub(super) fn rewritten<'c>(name: &str, cells: impl Iterator<Item = &'c str>) -> (ColumnPlan, Vec<String>) {
    let cells: Vec<&str> = cells.collect();
    let missing: Vec<bool> = cells.iter().map(|cell| is_missing(cell)).collect();
    let n_present = missing.iter().filter(|m| !**m).count();
    let enough = |n: usize| n_present > 0 && n as f64 >= SHARE_MIN * n_present as f64;

    let numbers = numbers(&cells, &missing);
    let days = dates(&cells, &missing);
    let count = |of: &[Option<String>]| of.iter().filter(|v| v.is_some()).count();
    let (kind, mut written) = if n_present == 0 {
        (Kind::Empty, vec![None; cells.len()])
    } else if enough(count(&numbers)) {
        (Kind::Numbers, numbers)
    } else if enough(count(&days)) {
        (Kind::Dates, days)
    } else {
        (Kind::Texts, texts(&cells, &missing))
    };
    let n_unreadable = n_present - count(&written);
    let n_far = if kind == Kind::Numbers { n_far(&written) } else { 0 };
    let changed =
        |(cell, written): &(&&str, &Option<String>)| written.as_deref().is_some_and(|w| w != **cell);
    let plan = ColumnPlan {
        column: name.into(),
        kind,
        n_rewritten: cells.iter().zip(&written).filter(changed).count(),
        n_missing: cells.len() - n_present,
        n_unreadable,
        n_far,
        n_filled: 0,
    };
    (plan, written.iter_mut().map(|w| w.take().unwrap_or_default()).collect())
}

fn numbers(cells: &[&str], missing: &[bool]) -> Vec<Option<String>> {
    // "1,5" somewhere tells what the comma in "1,234" is.
    let bare: Vec<String> = cells.iter().map(|cell| without_unit(cell)).collect();
    let decimal = |cell: &String| {
        let after = cell.rsplit_once(',').map(|(_, after)| after.len());
        !cell.contains('.') && cell.matches(',').count() == 1 && after != Some(3)
            || cell.rfind(',') > cell.rfind('.') && cell.contains('.')
    };
    let comma = if bare.iter().any(decimal) { Comma::Decimal } else { Comma::Groups };
    let one = |(cell, missing): (&String, &bool)| {
        let value = number(cell, comma).filter(|v| v.is_finite() && !missing)?;
        Some(if value == 0.0 { "0".to_owned() } else { value.to_string() })
    };
    bare.iter().zip(missing).map(one).collect()
}

/// Takes currency signs and spaces within digits away: "€ 1 200" is "1200"; "(5)" is "-5", as accountants
/// write it.
fn without_unit(cell: &str) -> String {
    let cell = cell.trim();
    let negative = cell.strip_prefix('(').and_then(|c| c.strip_suffix(')'));
    let digits: String = negative
        .unwrap_or(cell)
        .trim_matches(|c: char| c.is_whitespace() || "€$£¥₹".contains(c))
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\''))
        .collect();
    // Two numbers with a space between are not one.
    let groups = negative.unwrap_or(cell).split([' ', '\u{a0}', '\u{202f}', '\'']).filter(|p| !p.is_empty());
    let is_digit_group = |p: &str| p.len() >= 3 && p.bytes().take(3).all(|b| b.is_ascii_digit());
    let sound = groups.filter(|p| p.starts_with(|c: char| c.is_ascii_digit())).skip(1).all(is_digit_group);
    match (sound, negative) {
        (false, _) => String::new(),
        (true, Some(_)) => format!("-{digits}"),
        (true, None) => digits,
    }
}

fn dates(cells: &[&str], missing: &[bool]) -> Vec<Option<String>> {
    let mut by_name: HashMap<&str, u32> = HashMap::new();
    let mut names = Vec::new();
    let codes = cells.iter().zip(missing).map(|(cell, missing)| {
        if *missing {
            return MISSING;
        }
        *by_name.entry(cell.trim()).or_insert_with(|| {
            names.push(cell.trim().to_owned());
            names.len() as u32 - 1
        })
    });
    let codes = codes.collect();
    let column = Column { name: String::new(), values: Values::Categories { names, codes } };
    let found = times(&column);
    let whole_days = found.iter().flatten().all(|t| t.rem_euclid(86_400.0) == 0.0);
    let write = |t: Option<f64>| {
        let at = chrono::DateTime::from_timestamp_micros((t? * 1e6).round() as i64)?;
        Some(at.format(if whole_days { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M:%S%.f" }).to_string())
    };
    found.into_iter().map(write).collect()
}

/// Trims texts, makes one space of many, and writes those that differ in case only as most are.
fn texts(cells: &[&str], missing: &[bool]) -> Vec<Option<String>> {
    let tidy: Vec<Option<String>> = cells
        .iter()
        .zip(missing)
        .map(|(cell, missing)| (!missing).then(|| cell.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect();
    let mut spellings: HashMap<String, HashMap<&str, usize>> = HashMap::new();
    for cell in tidy.iter().flatten() {
        *spellings.entry(cell.to_lowercase()).or_default().entry(cell).or_default() += 1;
    }
    let usual: HashMap<String, String> = spellings
        .into_iter()
        .filter(|(_, of)| of.len() > 1)
        .filter_map(|(key, of)| {
            let most = of.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)));
            most.map(|(spelling, _)| (key, spelling.to_owned()))
        })
        .collect();
    let write = |cell: &Option<String>| {
        let cell = cell.as_ref()?;
        Some(usual.get(&cell.to_lowercase()).unwrap_or(cell).clone())
    };
    tidy.iter().map(write).collect()
}

fn n_far(written: &[Option<String>]) -> usize {
    let sorted = sorted(written.iter().flatten().filter_map(|w| w.parse().ok()));
    if sorted.is_empty() { 0 } else { n_outside(&sorted, 3.0) }
}
