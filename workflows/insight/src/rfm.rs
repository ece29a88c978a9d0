//! Recency, frequency, money: in which fifth of all customers each of them is (Hughes 1994).
//!
//! The cuts between fifths are learnt from many and kept, so that a customer's place changes by what they do,
//! not by what others did since yesterday.

use serde::{Deserialize, Serialize};

use crate::statistics::{quantile, sorted};

/// Fewest customers that can be cut into fifths.
pub const ROWS_MIN: usize = 25;

/// A customer's three figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rfm {
    /// Days since something was heard of them; less is better.
    pub recency: f64,
    /// How often something was in a year.
    pub frequency: f64,
    /// What they spent in a year.
    pub money: f64,
}

/// Where fifths are cut.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cuts {
    recency: Fifths,
    frequency: Fifths,
    money: Fifths,
}

/// The upper ends of the lower four fifths, ascending.
type Fifths = [f64; 4];

/// In which fifth a customer is, from 1, the worst, to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scores {
    /// How lately something was heard of them.
    pub recency: u8,
    /// How often.
    pub frequency: u8,
    /// What they spent; nothing where all spend the same, as where nobody buys.
    pub money: Option<u8>,
}

impl Cuts {
    /// Learns where to cut; nothing with fewer than [`ROWS_MIN`] customers. What is not finite is left out.
    #[must_use]
    pub fn learn(customers: &[Rfm]) -> Option<Self> {
        let finite = |c: &&Rfm| c.recency.is_finite() && c.frequency.is_finite() && c.money.is_finite();
        let known: Vec<&Rfm> = customers.iter().filter(finite).collect();
        let cut = |value: fn(&Rfm) -> f64| {
            let values = sorted(known.iter().map(|c| value(c)));
            [0.2, 0.4, 0.6, 0.8].map(|share| rounded(quantile(&values, share)))
        };
        (known.len() >= ROWS_MIN).then(|| Self {
            recency: cut(|c| c.recency),
            frequency: cut(|c| c.frequency),
            money: money_cuts(&known),
        })
    }

    /// Returns in which fifths a customer is. Equal values are in the same fifth.
    #[must_use]
    pub fn score(&self, customer: &Rfm) -> Scores {
        let has_money = self.money[0] < self.money[3];
        Scores {
            recency: 6 - fifth(&self.recency, customer.recency),
            frequency: fifth(&self.frequency, customer.frequency),
            money: has_money.then(|| fifth(&self.money, customer.money)),
        }
    }
}

/// Most customers of many a house have bought nothing: they are the lowest fifth, and those who did are cut
/// into the others.
fn money_cuts(known: &[&Rfm]) -> Fifths {
    let spent = sorted(known.iter().map(|c| c.money).filter(|m| *m > 0.0));
    if spent.is_empty() {
        return [0.0; 4];
    }
    let cut = |share| rounded(quantile(&spent, share));
    [0.0, cut(0.25), cut(0.5), cut(0.75)]
}

/// Few digits come back from JSON as they went there. Upwards, so that whose value is the cut is below it.
fn rounded(cut: f64) -> f64 {
    (cut * 1e6).ceil() / 1e6
}

/// Returns the fifth of a value, 1 to 5; the middle one where all values are the same.
fn fifth(cuts: &Fifths, value: f64) -> u8 {
    if cuts[0] >= cuts[3] && value == cuts[0] {
        return 3;
    }
    1 + cuts.iter().filter(|cut| value > **cut).count() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(recency: f64, frequency: f64, money: f64) -> Rfm {
        Rfm { recency, frequency, money }
    }

    fn hundred() -> Vec<Rfm> {
        (1..=100).map(|i| of(f64::from(i), f64::from(101 - i), f64::from((i - 1) / 2 * 10))).collect()
    }

    #[test]
    fn each_fifth_holds_a_fifth() {
        let all = hundred();
        let cuts = Cuts::learn(&all).unwrap();
        for score in 1..=5 {
            let n = |of: fn(Scores) -> u8| all.iter().filter(|c| of(cuts.score(c)) == score).count();
            assert_eq!((n(|s| s.recency), n(|s| s.frequency)), (20, 20), "{score}");
        }
        assert_eq!(cuts.score(&of(0.0, 500.0, 1e9)), Scores { recency: 5, frequency: 5, money: Some(5) });
        assert_eq!(cuts.score(&of(1e9, 0.0, 0.0)), Scores { recency: 1, frequency: 1, money: Some(1) });
    }

    #[test]
    fn equals_stay_together_and_who_bought_nothing_is_lowest() {
        let mut all = vec![of(10.0, 1.0, 0.0); 80];
        all.extend((0..20).map(|i| of(1.0, 5.0 + f64::from(i), 100.0 * f64::from(i + 1))));
        let cuts = Cuts::learn(&all).unwrap();
        assert_eq!(cuts.score(&all[0]).money, Some(1));
        assert_eq!(cuts.score(&all[80]).money, Some(2));
        assert_eq!(cuts.score(&all[99]), Scores { recency: 5, frequency: 5, money: Some(5) });
        let firsts: Vec<u8> = all[..80].iter().map(|c| cuts.score(c).frequency).collect();
        assert!(firsts.iter().all(|f| *f == firsts[0]));
    }

    #[test]
    fn constants_are_in_the_middle_and_too_few_are_not_cut() {
        let same = vec![of(3.0, 2.0, 0.0); 30];
        let cuts = Cuts::learn(&same).unwrap();
        assert_eq!(cuts.score(&same[0]), Scores { recency: 3, frequency: 3, money: None });
        assert_eq!(Cuts::learn(&[]), None);
        assert_eq!(Cuts::learn(&hundred()[..24]), None);
        let mut with_nan = hundred();
        with_nan[0].recency = f64::NAN;
        with_nan[1].money = f64::INFINITY;
        let cuts = Cuts::learn(&with_nan).unwrap();
        let json = serde_json::to_string(&cuts).unwrap();
        assert_eq!(serde_json::from_str::<Cuts>(&json).unwrap(), cuts);
        // A figure that is not a number is in the lowest fifth, not in none.
        assert_eq!(cuts.score(&of(f64::NAN, f64::NAN, f64::NAN)).frequency, 1);
    }
}
