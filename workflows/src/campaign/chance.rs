//! Whether one text did better than the other by more than chance; pure.

use rapport_insight::fisher_two_sided;

/// Fewer answers than these in all tell nothing, whatever the test says.
const ANSWERS_MIN: u64 = 10;
/// Fewer recipients of one text than these tell nothing.
const RECIPIENTS_MIN: u64 = 30;
/// A difference that chance makes less often than this is more than chance.
const P_MAX: f64 = 0.05;

/// What a comparison of two texts says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// There are too few to tell.
    TooFew,
    /// Chance makes such a difference with that probability, and that is not seldom.
    Chance(f64),
    /// Chance makes such a difference, or a greater one, with that small probability.
    Differs(f64),
}

/// Compares two texts by how many of those who got them answered: `(answered, got)` of each.
pub fn compare(a: (u64, u64), b: (u64, u64)) -> Verdict {
    if a.0 + b.0 < ANSWERS_MIN || a.1.min(b.1) < RECIPIENTS_MIN {
        return Verdict::TooFew;
    }
    match fisher(a, b) {
        p if p < P_MAX => Verdict::Differs(p),
        p => Verdict::Chance(p),
    }
}

/// Returns how likely chance makes such a difference, or a greater one. It holds for small numbers, too.
///
/// `a` and `b` are `(answered, got)`, where no more answered than got it.
fn fisher(a: (u64, u64), b: (u64, u64)) -> f64 {
    let n = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    fisher_two_sided([n(a.0), n(b.0)], [n(a.1), n(b.1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_is_fishers() {
        // As `fisher.test` of R gives them.
        for (a, b, p) in [
            ((1, 10), (11, 14), 0.002_759_456_185_220_083),
            ((8, 10), (1, 6), 0.034_965_034_965_034_975),
            ((3, 4), (1, 4), 0.485_714_285_714_285_7),
            ((0, 50), (0, 50), 1.0),
            ((5, 5), (0, 5), 0.007_936_507_936_507_936),
        ] {
            let found = fisher(a, b);
            assert!((found - p).abs() < 1e-9, "{a:?} {b:?}: {found}");
            assert!((fisher(b, a) - p).abs() < 1e-9, "either way round");
        }
    }

    #[test]
    fn few_answers_tell_nothing_and_many_do() {
        assert_eq!(compare((4, 100), (0, 100)), Verdict::TooFew);
        assert_eq!(compare((12, 20), (1, 500)), Verdict::TooFew);
        assert!(matches!(compare((12, 100), (10, 100)), Verdict::Chance(p) if p > 0.5));
        assert!(matches!(compare((30, 1_000), (70, 1_000)), Verdict::Differs(p) if p < 0.001));
        assert!(matches!(compare((900, 50_000), (1_100, 50_000)), Verdict::Differs(_)));
    }
}
