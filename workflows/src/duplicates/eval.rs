//! How good the pairs are, where it is known who is the same.

use std::collections::{BTreeMap, BTreeSet};

use super::Pair;

/// Who is the same: entries by their id, in groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    groups: BTreeMap<String, String>,
}

impl Truth {
    /// Makes a truth of (id of an entry, name of its group).
    pub fn new<I, G>(groups: impl IntoIterator<Item = (I, G)>) -> Self
    where
        I: Into<String>,
        G: Into<String>,
    {
        Self { groups: groups.into_iter().map(|(id, group)| (id.into(), group.into())).collect() }
    }

    /// Reads ids of the form `rec-12-org`, `rec-12-dup-3`, as FEBRL's generator of test tables makes
    /// them: all of one number are the same. `None` when an id has another form.
    pub fn of_febrl<'a>(ids: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let group = |id: &'a str| {
            let (number, kind) = id.strip_prefix("rec-")?.split_once('-')?;
            let known = kind == "org" || kind.strip_prefix("dup-").is_some_and(|n| n.parse::<u32>().is_ok());
            (known && number.parse::<u32>().is_ok()).then_some((id, number))
        };
        ids.into_iter().map(group).collect::<Option<Vec<_>>>().map(Self::new)
    }

    /// Tells whether two entries are the same; an unknown one is the same as none.
    pub fn is_same(&self, a: &str, b: &str) -> bool {
        self.groups.get(a).is_some_and(|group| self.groups.get(b) == Some(group))
    }

    /// Returns how many pairs of entries are the same.
    pub fn n_pairs(&self) -> usize {
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        for group in self.groups.values() {
            *sizes.entry(group).or_default() += 1;
        }
        sizes.values().map(|n| n * (n - 1) / 2).sum()
    }
}

/// How good pairs are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// The share of the pairs that are right, in 0..=1; 1 of none.
    pub precision: f64,
    /// The share of the right pairs that were found, in 0..=1; 1 when there are none to find.
    pub recall: f64,
    /// Their harmonic mean, in 0..=1.
    pub f1: f64,
    /// How many different pairs were found.
    pub n_pairs: usize,
    /// How many there are to find.
    pub n_true: usize,
}

/// Compares pairs with the truth. The order within a pair does not matter, nor does a pair that is
/// there twice.
pub fn evaluate(pairs: &[Pair], truth: &Truth) -> Evaluation {
    let found: BTreeSet<(&str, &str)> =
        pairs.iter().map(|pair| (pair.a.as_str().min(&pair.b), pair.a.as_str().max(&pair.b))).collect();
    let n_right = found.iter().filter(|(a, b)| truth.is_same(a, b)).count();
    let (n_pairs, n_true) = (found.len(), truth.n_pairs());
    let share = |of: usize| if of == 0 { 1.0 } else { n_right as f64 / of as f64 };
    let (precision, recall) = (share(n_pairs), share(n_true));
    let f1 = if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) };
    Evaluation { precision, recall, f1, n_pairs, n_true }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    fn pair(a: &str, b: &str) -> Pair {
        Pair { a: a.into(), b: b.into(), p: 1.0, verdict: Verdict::Same, reasons: Vec::new() }
    }

    #[test]
    fn pairs_are_held_against_all_pairs_of_a_group() {
        let ids = ["rec-1-org", "rec-1-dup-0", "rec-1-dup-1", "rec-2-org", "rec-3-org"];
        let truth = Truth::of_febrl(ids).unwrap();
        assert_eq!(truth.n_pairs(), 3);
        let found = [
            pair("rec-1-org", "rec-1-dup-0"),
            pair("rec-1-dup-0", "rec-1-org"),
            pair("rec-2-org", "rec-3-org"),
        ];
        let got = evaluate(&found, &truth);
        assert_eq!((got.n_pairs, got.n_true), (2, 3));
        assert!((got.precision - 0.5).abs() < 1e-9 && (got.recall - 1.0 / 3.0).abs() < 1e-9);
        assert!((got.f1 - 0.4).abs() < 1e-9);
        assert_eq!(evaluate(&[], &Truth::default()).f1, 1.0);
        assert_eq!(evaluate(&[pair("x", "y")], &truth).f1, 0.0);
    }

    #[test]
    fn other_ids_tell_no_truth() {
        for id in ["rec-1", "rec-x-org", "rec-1-dup-", "1", "", "rec-1-dup-0-1"] {
            assert_eq!(Truth::of_febrl([id]), None, "{id}");
        }
    }
}
