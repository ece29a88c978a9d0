//! The arithmetic of chance: ranks, tails, corrections for many tests.

/// Returns ln Γ(x) for x > 0 (Lanczos, 15 digits).
pub(crate) fn ln_gamma(x: f64) -> f64 {
    const C: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let t = x + 7.5;
    let sum = C[0] + (1..9).map(|i| C[i] / (x + i as f64)).sum::<f64>();
    0.5 * std::f64::consts::TAU.ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// Returns the chance that a χ² of `freedom` degrees is at least `x`.
pub(crate) fn chi_square_tail(x: f64, freedom: f64) -> f64 {
    let (a, x) = (freedom / 2.0, x / 2.0);
    if x <= 0.0 || freedom <= 0.0 {
        return 1.0;
    }
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        // The series of the lower tail.
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-16 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return (1.0 - scale * sum).clamp(0.0, 1.0);
    }
    // The continued fraction of the upper tail (Lentz).
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..1_000 {
        let an = -f64::from(i) * (f64::from(i) - a);
        b += 2.0;
        d = 1.0 / (an * d + b);
        c = b + an / c;
        let change = d * c;
        h *= change;
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    (scale * h).clamp(0.0, 1.0)
}

/// Returns the chance that a standard normal is as far from 0 as `z`, on either side.
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    chi_square_tail(z * z, 1.0)
}

/// Returns the chance to draw at least `both` marked among `drawn` of `all`, of which `marked` are marked
/// (Fisher's exact test, one-sided).
pub(crate) fn fisher_greater(both: usize, drawn: usize, marked: usize, all: usize) -> f64 {
    let top = drawn.min(marked);
    let bottom = (drawn + marked).saturating_sub(all);
    if both <= bottom {
        return 1.0;
    }
    let mut p = 0.0;
    for k in both..=top {
        let term = ln_drawn(k, drawn, marked, all).exp();
        p += term;
        // Past the middle the terms only fall.
        if term < p * 1e-16 && k * all > drawn * marked {
            break;
        }
    }
    p.min(1.0)
}

/// Returns the chance, were two groups alike, of a table with these margins that is at most as likely as this
/// one (Fisher's exact test, two-sided), in 0..=1: so many of each group's members are marked. No group has more
/// marked than it has members.
#[must_use]
pub fn fisher_two_sided(marked: [usize; 2], members: [usize; 2]) -> f64 {
    let (all, all_marked) = (members[0] + members[1], marked[0] + marked[1]);
    let chance = |k: usize| ln_drawn(k, members[0], all_marked, all);
    // What is as likely differs in the last digits.
    let at_most = chance(marked[0]) + 1e-7;
    let (least, most) = (all_marked.saturating_sub(members[1]), all_marked.min(members[0]));
    let p: f64 = (least..=most).map(chance).filter(|p| *p <= at_most).map(f64::exp).sum();
    p.min(1.0)
}

/// Returns ln of the chance to draw exactly `both` marked among `drawn` of `all`, of which `marked` are marked.
fn ln_drawn(both: usize, drawn: usize, marked: usize, all: usize) -> f64 {
    let choose = |n: usize, k: usize| {
        ln_gamma(n as f64 + 1.0) - ln_gamma(k as f64 + 1.0) - ln_gamma((n - k) as f64 + 1.0)
    };
    choose(marked, both) + choose(all - marked, drawn - both) - choose(all, drawn)
}

/// Returns for each p the smallest share of false discoveries at which it would count as one
/// (Benjamini and Hochberg 1995).
pub(crate) fn false_discovery(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
    let mut q = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (i, &at) in order.iter().enumerate() {
        let rank = (p.len() - i) as f64;
        least = least.min(p[at] * p.len() as f64 / rank);
        q[at] = least;
    }
    q
}

/// Returns the rank of each number from 1 on, equal ones sharing theirs, and the sum of t³ - t over ties.
pub(crate) fn ranks(numbers: &[f64]) -> (Vec<f64>, f64) {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    let mut ranks = vec![0.0; numbers.len()];
    let (mut n_before, mut ties) = (0, 0.0);
    for tied in order.chunk_by(|&a, &b| numbers[a] == numbers[b]) {
        let t = tied.len() as f64;
        tied.iter().for_each(|&i| ranks[i] = n_before as f64 + (t + 1.0) / 2.0);
        ties += t * t * t - t;
        n_before += tied.len();
    }
    (ranks, ties)
}

/// Returns the linear correlation, 0 if either is constant.
pub(crate) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    Scaled::of(a).correlation(&Scaled::of(b))
}

/// Numbers on one scale, so that products of large ones stay finite.
pub(crate) struct Scaled {
    numbers: Vec<f64>,
    square: f64,
}

impl Scaled {
    pub(crate) fn of(numbers: &[f64]) -> Self {
        let mean = mean(numbers);
        let top = numbers.iter().fold(0.0_f64, |m, x| m.max((x - mean).abs()));
        let numbers: Vec<f64> =
            numbers.iter().map(|x| if top > 0.0 { (x - mean) / top } else { 0.0 }).collect();
        let square = dot(&numbers, &numbers);
        Self { numbers, square }
    }

    /// Returns the linear correlation with as many others, 0 if either is constant.
    pub(crate) fn correlation(&self, other: &Self) -> f64 {
        let both = (self.square * other.square).sqrt();
        if both > 0.0 { (dot(&self.numbers, &other.numbers) / both).clamp(-1.0, 1.0) } else { 0.0 }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(p, q)| p * q).sum()
}

/// Returns the mean without overflow, 0 of none.
pub(crate) fn mean(numbers: &[f64]) -> f64 {
    let n = numbers.len() as f64;
    numbers.iter().map(|x| x / n).sum()
}

/// Returns the numbers ascending, without those that are missing.
pub(crate) fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = numbers.filter(|x| !x.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Returns the number in the middle, of an even count the higher of two; 0 of none. Changes the order.
pub(crate) fn middle(numbers: &mut [f64]) -> f64 {
    let n = numbers.len() / 2;
    if numbers.is_empty() { 0.0 } else { *numbers.select_nth_unstable_by(n, f64::total_cmp).1 }
}

/// Returns the median: the middle one, the mean of the two in the middle of an even number; 0 of none.
#[must_use]
pub fn median(numbers: &[f64]) -> f64 {
    let sorted = sorted(numbers.iter().copied());
    if sorted.is_empty() { 0.0 } else { quantile(&sorted, 0.5) }
}

/// Returns how many of the sorted numbers lie more than so many times the middle half's width outside of it
/// (Tukey). `sorted` is not empty.
pub(crate) fn n_outside(sorted: &[f64], widths: f64) -> usize {
    let (quarter, three_quarters) = (quantile(sorted, 0.25), quantile(sorted, 0.75));
    let fence = widths * (three_quarters - quarter);
    sorted.iter().filter(|x| **x < quarter - fence || **x > three_quarters + fence).count()
}

/// Returns the number below which a share of the sorted ones lies, between neighbours if need be. `sorted` is
/// not empty.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let low = sorted[at.floor() as usize];
    let high = sorted[at.ceil() as usize];
    low + (high - low) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1e-3), "{found}, expected {expected}");
    }

    #[test]
    fn tails_are_those_of_the_tables() {
        // From scipy.stats: chi2.sf, 2 · norm.sf, hypergeom.sf.
        near(chi_square_tail(3.841_458_820_694_124, 1.0), 0.05);
        near(chi_square_tail(100.0, 10.0), 5.449_701_982_920_522e-17);
        near(chi_square_tail(0.5, 4.0), 0.973_500_978_839_256_2);
        near(normal_two_sided(1.959_963_984_540_054), 0.05);
        near(fisher_greater(8, 10, 12, 30), 0.002_654_716_597_745_083);
        near(fisher_greater(0, 10, 12, 30), 1.0);
        near(fisher_greater(10, 10, 12, 30), 2.196_703_845_879_258e-6);
        near(ln_gamma(10.0), 362_880_f64.ln());
    }

    #[test]
    fn many_tests_are_corrected() {
        let q = false_discovery(&[0.01, 0.04, 0.03, 0.5]);
        for (found, expected) in q.iter().zip([0.04, 0.053_333_333_333, 0.053_333_333_333, 0.5]) {
            assert!((found - expected).abs() < 1e-9, "{q:?}");
        }
        assert!(false_discovery(&[]).is_empty());
    }

    #[test]
    fn ranks_are_shared_by_equals() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), (vec![3.5, 1.0, 3.5, 2.0], 6.0));
    }

    #[test]
    fn correlation_survives_constants_and_huge_numbers() {
        assert_eq!(correlation(&[1.0, 1.0], &[1.0, 2.0]), 0.0);
        near(correlation(&[1e150, -1e150, 0.0], &[1.0, -1.0, 0.0]), 1.0);
    }
}
