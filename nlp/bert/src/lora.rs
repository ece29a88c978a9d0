//! Fine-tuning by low-rank factors: what [`crate::tune`] and [`crate::teach`] share.

use std::collections::BTreeMap;

use tch::{Kind, Tensor, nn, no_grad};

use crate::delta::{LEFT, RIGHT, SCALE};

/// Columns of the factors.
const RANK: i64 = 16;
/// The rate rises over this share of all steps, then falls to 0.
const WARM_UP: f64 = 0.06;
/// Longer gradients are shortened to this length.
pub const GRADIENT_MAX: f64 = 1.0;

/// Returns the rate when this share of all steps is done.
pub fn rate(max: f64, done: f64) -> f64 {
    max * f64::min(done / WARM_UP, (1.0 - done) / (1.0 - WARM_UP))
}

/// The weights that change, with their factors.
pub struct Adapted {
    /// What the layers compute with: leaves, so that gradients stop here.
    weights: BTreeMap<String, Tensor>,
    base: BTreeMap<String, Tensor>,
    factors: BTreeMap<String, (Tensor, Tensor)>,
}

impl Adapted {
    /// Gives each weight of the layers in `vs` its factors, laid out in `factors`; they change nothing yet.
    pub fn of(vs: &nn::VarStore, factors: &nn::VarStore) -> Self {
        let changes = |name: &str| {
            name.starts_with("encoder.layer.") && name.ends_with(".weight") && !name.contains("LayerNorm")
        };
        // By name: the order of a hash map would change what the seed draws.
        let weights: BTreeMap<String, Tensor> =
            vs.variables().into_iter().filter(|(name, _)| changes(name)).collect();
        let mut made = BTreeMap::new();
        for (name, weight) in &weights {
            let _ = weight.set_requires_grad(true);
            let (rows, columns) = weight.size2().expect("a layer's weight is a matrix");
            let at = factors.root() / name.replace('.', "/");
            let right = at.randn("A", &[RANK, columns], 0.0, 1.0 / (columns as f64).sqrt());
            made.insert(name.clone(), (right, at.zeros("B", &[rows, RANK])));
        }
        let base = weights.iter().map(|(name, weight)| (name.clone(), weight.detach().copy())).collect();
        Self { weights, base, factors: made }
    }

    /// Writes base + factors into the weights.
    pub fn merge(&mut self) {
        no_grad(|| {
            for (name, (right, left)) in &self.factors {
                let weight = self.weights.get_mut(name).expect("each factor has its weight");
                let _ = self.base[name].addmm_out(weight, left, &(right * SCALE));
            }
        });
    }

    /// Passes the gradients of the weights on to the factors. A gradient cannot be set, so it
    /// becomes one of a sum that has it as its derivative.
    pub fn pass_gradients_on(&mut self) {
        let sum = |(name, (right, left)): (&String, &(Tensor, Tensor))| {
            let (to_right, to_left) = no_grad(|| {
                let gradient = self.weights[name].grad() * SCALE;
                (left.transpose(0, 1).matmul(&gradient), gradient.matmul(&right.transpose(0, 1)))
            });
            (right * to_right).sum(Kind::Float) + (left * to_left).sum(Kind::Float)
        };
        let sums: Vec<Tensor> = self.factors.iter().map(sum).collect();
        Tensor::stack(&sums, 0).sum(Kind::Float).backward();
        self.weights.values_mut().for_each(Tensor::zero_grad);
    }

    /// Returns the factors, by their names in the file.
    pub fn factors(&self) -> BTreeMap<String, Tensor> {
        let both = |(name, (right, left)): (&String, &(Tensor, Tensor))| {
            [
                (format!("{name}{RIGHT}"), right.shallow_clone()),
                (format!("{name}{LEFT}"), left.shallow_clone()),
            ]
        };
        self.factors.iter().flat_map(both).collect()
    }
}

/// Puts items into an order that `rng` decides.
pub fn shuffle<T>(items: &mut [T], rng: &mut u64) {
    for i in (1..items.len()).rev() {
        // splitmix64
        *rng = rng.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (*rng ^ (*rng >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        items.swap(i, ((z ^ (z >> 31)) % (i as u64 + 1)) as usize);
    }
}
