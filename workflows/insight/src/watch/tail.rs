use super::Side;
use crate::statistics::{ln_gamma, normal_two_sided};

/// What is rarer than that is as good as impossible.
const RARITY_MAX: f64 = 30.0;
/// Counts beyond that are spread as measures are.
const COUNTED_MAX: f64 = 20_000.0;

/// Returns how rare a count is where `mean` is usual and its variance is mean + extra · mean² (negative
/// binomial): −log10 of the chance to see one as far out.
pub(super) fn count_tail(count: f64, mean: f64, extra: f64, side: Side) -> f64 {
    if count.max(mean) > COUNTED_MAX {
        return normal_tail((count - mean) / (mean + extra * mean * mean).sqrt().max(1.0), side);
    }
    let (more, less) = (|| upper(count, mean, extra), || lower(count, mean, extra));
    let p = match side {
        Side::More => more(),
        Side::Less => less(),
        Side::Both => 2.0 * more().min(less()),
    };
    rarity_of(p)
}

/// Returns how rare a distance from the middle is, in standard deviations.
pub(super) fn normal_tail(z: f64, side: Side) -> f64 {
    let both = normal_two_sided(z);
    let p = match side {
        Side::Both => both,
        Side::More if z > 0.0 => both / 2.0,
        Side::Less if z < 0.0 => both / 2.0,
        Side::More | Side::Less => 1.0 - both / 2.0,
    };
    rarity_of(p)
}

/// Returns how many standard deviations are as rare, on one side of what is spread normally; 0 where it is not
/// rarer than one in two.
pub(super) fn deviations(rarity: f64) -> f64 {
    let rarer = |z: f64| rarity_of(normal_two_sided(z) / 2.0) > rarity;
    let (mut low, mut high) = (0.0, 12.0);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if rarer(middle) { high = middle } else { low = middle }
    }
    if low < 1e-6 { 0.0 } else { low }
}

/// Returns −log10 of a chance, within 0..=30.
pub(super) fn rarity_of(p: f64) -> f64 {
    if p.is_nan() { 0.0 } else { (-p.max(1e-300).log10()).clamp(0.0, RARITY_MAX) }
}

/// Returns the chance of a count of at least that.
fn upper(count: f64, mean: f64, extra: f64) -> f64 {
    if count <= 0.0 {
        return 1.0;
    }
    if count <= mean {
        return 1.0 - lower(count - 1.0, mean, extra);
    }
    // Past the middle terms fall about geometrically.
    let mut sum = 0.0;
    let mut k = count.floor();
    loop {
        let term = log_chance(k, mean, extra).exp();
        sum += term;
        if term <= sum * 1e-9 || k > count + COUNTED_MAX {
            return sum.min(1.0);
        }
        k += 1.0;
    }
}

/// Returns the chance of a count of at most that.
fn lower(count: f64, mean: f64, extra: f64) -> f64 {
    if count < 0.0 {
        return 0.0;
    }
    if count > mean {
        return 1.0 - upper(count.floor() + 1.0, mean, extra);
    }
    let mut sum = 0.0;
    let mut k = count.floor();
    while k >= 0.0 {
        let term = log_chance(k, mean, extra).exp();
        sum += term;
        if term <= sum * 1e-9 {
            break;
        }
        k -= 1.0;
    }
    sum.min(1.0)
}

/// Returns ln of the chance of exactly `k`.
fn log_chance(k: f64, mean: f64, extra: f64) -> f64 {
    let size = 1.0 / extra.max(1e-6);
    ln_gamma(k + size) - ln_gamma(size) - ln_gamma(k + 1.0)
        + size * (size / (size + mean)).ln()
        + k * (mean / (size + mean)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_the_negative_binomial() {
        // From scipy.stats: nbinom(10, 10 / 15).sf(14), .cdf(1) with a mean of 5 and a variance of 7.5.
        assert!((count_tail(15.0, 5.0, 0.1, Side::More) - 2.4908).abs() < 1e-3);
        assert!((count_tail(1.0, 5.0, 0.1, Side::Less) - 1.1241).abs() < 1e-3);
        assert_eq!(count_tail(0.0, 5.0, 0.1, Side::More), 0.0);
        assert!(count_tail(1e6, 5.0, 0.1, Side::More) <= RARITY_MAX);
        assert!((deviations(2.8697) - 3.0).abs() < 1e-3 && deviations(0.1) == 0.0);
        assert!(deviations(RARITY_MAX) > 11.0 && deviations(f64::INFINITY) <= 12.0);
        assert!((normal_tail(3.0, Side::More) - 2.8697).abs() < 1e-3);
        assert!(normal_tail(-3.0, Side::More) < 0.01);
        assert_eq!(normal_tail(f64::NAN, Side::Both), 0.0);
        assert_eq!(normal_tail(1e9, Side::More), RARITY_MAX);
    }
}
