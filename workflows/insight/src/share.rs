//! Shares with their bounds.

/// Nineteen in twenty of what is spread normally lie within so many standard deviations.
const NINETEEN_IN_TWENTY: f64 = 1.959_964;

/// Returns between what a share lies, of which `n_yes` of `n` were seen, in nineteen of twenty cases (Wilson 1927);
/// (0, 1) of nothing.
#[must_use]
pub fn wilson(n_yes: usize, n: usize) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (n, z) = (n as f64, NINETEEN_IN_TWENTY);
    let share = n_yes as f64 / n;
    let middle = share + z * z / (2.0 * n);
    let far = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z * z / n;
    (((middle - far) / whole).max(0.0), ((middle + far) / whole).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_wilsons() {
        // From statsmodels: proportion_confint(8, 10, method="wilson").
        let (low, high) = wilson(8, 10);
        assert!((low - 0.490_16).abs() < 1e-4 && (high - 0.943_32).abs() < 1e-4, "{low} {high}");
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        assert_eq!(wilson(0, 5).0, 0.0);
        assert!(wilson(5, 5).1 <= 1.0 && wilson(5, 5).0 > 0.5);
    }
}
