//! What a cell means.

/// Says whether a cell stands for nothing.
#[must_use]
pub fn is_missing(cell: &str) -> bool {
    const NOTHING: [&str; 10] = ["na", "n/a", "nan", "null", "none", "nil", "-", "?", "#n/a", "missing"];
    let cell = cell.trim();
    cell.is_empty() || (cell.len() <= 7 && NOTHING.iter().any(|n| cell.eq_ignore_ascii_case(n)))
}

/// What a comma in a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comma {
    /// 1,234.5
    Groups,
    /// 1.234,5
    Decimal,
    /// Groups of three digits if it looks like them, else decimals.
    Either,
}

/// Reads a number; infinities are numbers here.
#[must_use]
pub fn number(cell: &str, comma: Comma) -> Option<f64> {
    let cell = cell.trim();
    match cell.parse::<f64>() {
        // "nan" is read as one by the standard library, and stands for nothing.
        Ok(plain) => Some(plain).filter(|x| !x.is_nan()),
        Err(_) if !cell.contains(',') => None,
        Err(_) => match comma {
            Comma::Groups => grouped(cell, ',', '.'),
            Comma::Decimal => grouped(cell, '.', ','),
            Comma::Either => grouped(cell, ',', '.').or_else(|| grouped(cell, '.', ',')),
        },
    }
}

fn grouped(cell: &str, group: char, point: char) -> Option<f64> {
    let whole = cell.split(point).next().unwrap_or_default();
    if cell.matches(point).count() > 1 || (whole.contains(group) && !is_grouped(whole, group)) {
        return None;
    }
    let decimals = cell.get(whole.len() + 1..).unwrap_or_default();
    let plain = whole.replace(group, "") + "." + decimals;
    // "," and "-," are read as nothing, "1,e5" not at all.
    plain.parse().ok().filter(|x: &f64| !x.is_nan())
}

/// Says whether digits stand in groups of three after the first: 1,234,567.
fn is_grouped(whole: &str, group: char) -> bool {
    let mut parts = whole.trim_start_matches(['-', '+']).split(group);
    let digits = |p: &str| p.bytes().all(|b| b.is_ascii_digit());
    let head = parts.next().is_some_and(|p| (1..=3).contains(&p.len()) && digits(p));
    let mut n = 0;
    head && parts.all(|p| {
        n += 1;
        p.len() == 3 && digits(p)
    }) && n > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        use Comma::{Decimal, Either, Groups};
        for (cell, comma, expected) in [
            ("12", Groups, Some(12.0)),
            (" -1.5e3 ", Groups, Some(-1500.0)),
            ("1,234,567.5", Groups, Some(1_234_567.5)),
            ("12,34", Groups, None),
            ("1.234,5", Decimal, Some(1234.5)),
            ("1.234", Decimal, Some(1.234)),
            ("1.234.567,5", Decimal, Some(1_234_567.5)),
            ("1,234", Either, Some(1234.0)),
            ("1,5", Either, Some(1.5)),
            ("1,2,3", Either, None),
            ("1.5", Decimal, Some(1.5)),
            ("3,25", Decimal, Some(3.25)),
            ("1e300", Groups, Some(1e300)),
            ("inf", Groups, Some(f64::INFINITY)),
            ("nan", Groups, None),
            ("2015-02-26", Groups, None),
            ("12 apples", Groups, None),
            ("", Groups, None),
            (",", Groups, None),
            ("-", Decimal, None),
        ] {
            assert_eq!(number(cell, comma), expected, "{cell:?}");
        }
    }

    #[test]
    fn gaps_have_many_names() {
        for cell in ["", "  ", "NA", "n/a", "NaN", "NULL", "None", "-", "?"] {
            assert!(is_missing(cell), "{cell:?}");
        }
        for cell in ["0", "no", "nano", "--"] {
            assert!(!is_missing(cell), "{cell:?}");
        }
    }
}
