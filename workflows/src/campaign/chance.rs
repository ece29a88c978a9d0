//! Whether one text did better than the other by more than chance; pure.

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

/// Returns the two-sided p-value of Fisher's exact test: the probability, were both texts alike, of a table with
/// these margins that is at most as likely as this one (0 to 1). It holds for small numbers, too.
///
/// `a` and `b` are `(answered, got)`, where no more answered than got it.
fn fisher(a: (u64, u64), b: (u64, u64)) -> f64 {
    let (n, answered) = (a.1 + b.1, a.0 + b.0);
    let mut ln_factorial = vec![0.0_f64];
    for i in 1..=n {
        ln_factorial.push(ln_factorial[ln_factorial.len() - 1] + (i as f64).ln());
    }
    let ln = |i: u64| ln_factorial[usize::try_from(i).unwrap_or(usize::MAX)];
    let choose = |n: u64, k: u64| ln(n) - ln(k) - ln(n - k);
    let probability = |k: u64| choose(a.1, k) + choose(b.1, answered - k) - choose(n, answered);
    let observed = probability(a.0);
    let (least, most) = (answered.saturating_sub(b.1), answered.min(a.1));
    // What is as likely differs in the last digits.
    let at_most = observed + 1e-7;
    let p: f64 = (least..=most).map(probability).filter(|p| *p <= at_most).map(f64::exp).sum();
    p.min(1.0)
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
