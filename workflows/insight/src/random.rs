use ndarray::{Array2, Axis};
use rand::SeedableRng as _;
use rand_xoshiro::Xoshiro256PlusPlus;

/// Where all lots come from. Fast, and the same on every machine.
pub(crate) type Random = Xoshiro256PlusPlus;

pub(crate) fn seeded(seed: u64) -> Random {
    Random::seed_from_u64(seed)
}

/// Returns `n` different numbers below `len`, ascending; all of them if there are no more.
pub(crate) fn sample(random: &mut Random, len: usize, n: usize) -> Vec<usize> {
    if n >= len {
        return (0..len).collect();
    }
    let mut drawn = rand::seq::index::sample(random, len, n).into_vec();
    drawn.sort_unstable();
    drawn
}

/// Returns `n` rows of `x`, in their order; all of them if there are no more.
pub(crate) fn rows(x: &Array2<f64>, n: usize, seed: u64) -> Array2<f64> {
    if x.nrows() <= n { x.clone() } else { x.select(Axis(0), &sample(&mut seeded(seed), x.nrows(), n)) }
}
