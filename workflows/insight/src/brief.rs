/// Writes a number as people read it: four digits that count.
#[must_use]
pub fn brief(x: f64) -> String {
    let size = x.abs();
    if size == 0.0 {
        return "0".into();
    }
    if !(1e-4..1e9).contains(&size) {
        return format!("{x:.3e}");
    }
    let n_decimals = (3 - size.log10().floor() as i32).clamp(0, 8) as usize;
    let text = format!("{x:.n_decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_count() {
        for (x, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.000_412_34, "0.0004123"),
            (-0.05, "-0.05"),
            (1.0, "1"),
            (12.3456, "12.35"),
            (123_456.7, "123457"),
            (3e9, "3.000e9"),
            (1e-5, "1.000e-5"),
        ] {
            assert_eq!(brief(x), expected);
        }
    }
}
