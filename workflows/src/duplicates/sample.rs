//! Pairs drawn from all over a table, to see how different people agree.

use super::Kind;
use super::table::Table;

/// So many random pairs, and so many for each entry.
const RANDOM_PAIRS_MIN: u64 = 2_000;
const RANDOM_PAIRS_MAX: u64 = 20_000;
const RANDOM_PAIRS_PER_ENTRY: u64 = 4;

const SHARING_PAIRS_MAX: usize = 10_000;

/// Draws pairs evenly from a table: all of a small one. The draw is the same every time.
pub(super) fn random_pairs(table: &Table) -> impl Iterator<Item = (u32, u32)> {
    let n = table.n as u64;
    let n_all = n * n.saturating_sub(1) / 2;
    let n_drawn = n_all.min((RANDOM_PAIRS_MIN + RANDOM_PAIRS_PER_ENTRY * n).min(RANDOM_PAIRS_MAX));
    // Numbers of pairs, evenly spread over all; the i-th pair of a triangle is found by its root.
    (0..n_drawn).map(move |i| {
        let at = (u128::from(i) * u128::from(n_all) / u128::from(n_drawn)) as u64;
        let scattered = if n_drawn == n_all { at } else { at + Scatter(i).below(n_all / n_drawn) };
        let mut b = ((8.0 * scattered as f64 + 1.0).sqrt() * 0.5 + 0.5) as u64;
        while b * (b - 1) / 2 > scattered {
            b -= 1;
        }
        while (b + 1) * b / 2 <= scattered {
            b += 1;
        }
        ((scattered - b * (b - 1) / 2) as u32, b as u32)
    })
}

/// A number that looks drawn by chance (splitmix64).
struct Scatter(u64);

impl Scatter {
    fn below(self, n: u64) -> u64 {
        let z = self.0.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n.max(1)
    }
}

/// Draws pairs that share a value of `kind`: each entry with the next two that have it.
pub(super) fn sharing_pairs(table: &Table, kind: Kind) -> Vec<(u32, u32)> {
    let mut entries: Vec<(u32, u32)> = (0..table.n as u32)
        .flat_map(|e| table.cells(kind, e).iter().map(move |cell| (cell.value, e)))
        .collect();
    entries.sort_unstable();
    let next = |step: usize| entries.iter().zip(entries.iter().skip(step)).filter(|(x, y)| x.0 == y.0);
    let pairs: Vec<(u32, u32)> = next(1).chain(next(2)).map(|(x, y)| (x.1, y.1)).collect();
    let stride = pairs.len().div_ceil(SHARING_PAIRS_MAX).max(1);
    pairs.into_iter().step_by(stride).collect()
}
