//! How many people have a value: sharing a rare surname says more than sharing a common one.

use super::Kind;
use super::kind::N_KINDS;
use super::prior;
use super::table::Table;

/// Counts of values over people, as far as it is known who is the same.
pub(super) struct Frequencies {
    /// By kind and number of the value.
    n_people: Vec<Vec<f64>>,
    /// How many people have a value of the kind at all.
    n_known: [f64; N_KINDS],
}

impl Frequencies {
    /// Counts. `weights` says what part of a person an entry is: a half of somebody who is there
    /// twice.
    pub(super) fn count(table: &Table, weights: &[f64]) -> Self {
        let mut counts = Self { n_people: Vec::with_capacity(N_KINDS), n_known: [0.0; N_KINDS] };
        for kind in Kind::ALL {
            let mut n_people = vec![0.0; table.column(kind).values.len()];
            for (entry, weight) in (0_u32..).zip(weights) {
                let cells = table.cells(kind, entry);
                for cell in cells {
                    n_people[cell.value as usize] += weight;
                }
                if !cells.is_empty() {
                    counts.n_known[kind as usize] += weight;
                }
            }
            counts.n_people.push(n_people);
        }
        counts
    }

    /// Returns the share of other people who have a value that two entries share, in 0..1. Nobody
    /// else in the table has a rare one, and then it is as rare as is usual for its kind.
    pub(super) fn of(&self, kind: Kind, value: u32) -> f64 {
        let others = (self.n_people[kind as usize][value as usize] - 1.0).max(0.0);
        (others + 1.0) / (self.n_known[kind as usize] + 1.0 / prior::when_different(kind)[0])
    }
}

/// Groups of entries that are taken for one.
pub(super) struct Groups {
    /// An entry of the same group, or itself for the one that stands for the group.
    up: Vec<u32>,
}

impl Groups {
    /// Puts each of `n` entries in a group of its own.
    pub(super) fn new(n: usize) -> Self {
        Self { up: (0..n as u32).collect() }
    }

    /// Returns the entry that stands for the group of `entry`: its first.
    fn head(&mut self, entry: u32) -> u32 {
        let mut at = entry;
        while self.up[at as usize] != at {
            let above = self.up[at as usize];
            self.up[at as usize] = self.up[above as usize];
            at = self.up[at as usize];
        }
        at
    }

    /// Makes the groups of two entries one.
    pub(super) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.head(a), self.head(b));
        self.up[a.max(b) as usize] = a.min(b);
    }

    /// Returns the groups of two entries and more, in the order of their first ones.
    pub(super) fn all(&mut self) -> Vec<Vec<u32>> {
        let mut heads: Vec<(u32, u32)> =
            (0..self.up.len() as u32).map(|entry| (self.head(entry), entry)).collect();
        heads.sort_unstable();
        let groups = heads.chunk_by(|x, y| x.0 == y.0).filter(|group| group.len() > 1);
        groups.map(|group| group.iter().map(|(_, entry)| *entry).collect()).collect()
    }
}
