//! What a cell means.

/// Says whether a cell stands for nothing.
#[must_use]
pub fn is_missing(cell: &str) -> bool {
    const NOTHING: [&str; 10] = ["na", "n/a", "nan", "null", "none", "nil", "-", "?", "#n/a", "missing"];
    let cell = cell.trim();
    cell.is_empty() || (cell.len() <= 7 && NOTHING.iter().any(|n| cell.eq_ignore_ascii_case(n)))
}

/// Reads a number; infinities are numbers here. With `decimal_comma`, "1.234,5" is 1234.5; without,
/// "1,234.5" is.
#[must_use]
pub fn number(cell: &str, decimal_comma: bool) -> Option<f64> {
    let cell = cell.trim();
    if let Ok(plain) = cell.parse::<f64>() {
        // "nan" is read as one by the standard library, and stands for nothing.
        let grouped = decimal_comma && is_grouped(cell, '.');
        return (!plain.is_nan() && !grouped).then_some(plain).or_else(|| mixed(cell, decimal_comma));
    }
    mixed(cell, decimal_comma)
}

fn mixed(cell: &str, decimal_comma: bool) -> Option<f64> {
    let first = cell.chars().next()?;
    if !(first.is_ascii_digit() || matches!(first, '-' | '+' | '.' | ',')) || !cell.contains(',') && !decimal_comma {
        return None;
    }
    let (group, point) = if decimal_comma { ('.', ',') } else { (',', '.') };
    let whole = cell.split(point).next().unwrap_or_default();
    let grouped = whole.contains(group);
    if grouped && !is_grouped(whole, group) || cell.matches(point).count() > 1 {
        return None;
    }
    let plain: String = cell.chars().filter(|c| *c != group).map(|c| if c == point { '.' } else { c }).collect();
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
        for (cell, comma, expected) in [
            ("12", false, Some(12.0)),
            (" -1.5e3 ", false, Some(-1500.0)),
            ("1,234,567.5", false, Some(1_234_567.5)),
            ("12,34", false, None),
            ("1.234,5", true, Some(1234.5)),
            ("1.234", true, Some(1234.0)),
            ("1.5", true, Some(1.5)),
            ("3,14", true, Some(3.14)),
            ("1e300", false, Some(1e300)),
            ("inf", false, Some(f64::INFINITY)),
            ("nan", false, None),
            ("2015-02-26", false, None),
            ("12 apples", false, None),
            ("", false, None),
            (",", false, None),
            ("-", true, None),
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
