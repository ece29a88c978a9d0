//! Teaches MiniLM what customers want and how they feel: fine-tuning by low-rank factors of all its
//! layers, with a head for each that is thrown away afterwards.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use tch::nn::OptimizerConfig as _;
use tch::{Device, Kind, Tensor, nn, no_grad};

use crate::delta::{LEFT, RIGHT, SCALE};
use crate::encoder::{Batch, Net};
use crate::tokens::Tokens;
use rapport_bert::DIMENSIONS;

/// Moods by number.
const MOODS: [&str; 3] = ["negative", "neutral", "positive"];
const NEUTRAL: usize = 1;
/// A table that tells intents is learned from so often: it is small beside what there is on moods.
const TIMES_WITH_INTENTS: usize = 4;
/// Columns of the factors.
const RANK: i64 = 16;
const BATCH_TEXTS: usize = 32;
const RATE_MAX: f64 = 5e-4;
/// The rate rises over this share of all steps, then falls to 0.
const WARM_UP: f64 = 0.06;
const GRADIENT_MAX: f64 = 1.0;
const DROPOUT: f64 = 0.1;
/// What is not asked after in a table that knows no neutral texts.
const SHUT: f32 = -1e4;
/// Texts are cut to so many tokens here: most is said early, and time is short.
const TOKENS_MAX: usize = 128;

/// A text to learn from.
struct Example {
    ids: Vec<i64>,
    mood: usize,
    /// Whether its table has neutral texts, too.
    three: bool,
    /// What the writer wants, by number, where its table tells.
    intent: Option<usize>,
}

/// Learns from `tables` (text, tab, mood, and perhaps tab, intent; `\n` stands for a line break) and
/// writes the difference to `out`.
pub fn tune(model: &Path, tables: &[String], out: &Path, seed: u64) -> Result<(), String> {
    tch::manual_seed(seed.cast_signed());
    let tokens = Tokens::load(&model.join("vocab.txt"))?;
    let (mut examples, mut intents) = (Vec::new(), Vec::new());
    for table in tables {
        read(table, &tokens, &mut examples, &mut intents)?;
    }
    eprintln!("{} texts", examples.len());
    let (mut vs, factors) = (nn::VarStore::new(Device::Cpu), nn::VarStore::new(Device::Cpu));
    let net = Net::load(&mut vs, model)?;
    let head = |name: &str, n: usize| {
        nn::linear(factors.root() / name, DIMENSIONS as i64, n as i64, nn::LinearConfig::default())
    };
    let (mood_head, intent_head) = (head("head", MOODS.len()), head("intents", intents.len().max(1)));
    let mut adapted = Adapted::of(&vs, &factors);
    let mut optimiser = nn::AdamW::default().build(&factors, RATE_MAX).map_err(|e| e.to_string())?;
    let mut rng = seed;
    let batches = batches(&examples, &mut rng);
    let n_steps = batches.len() as f64;
    let (mut step, mut loss_sum, started) = (0.0, 0.0, now());
    for batch in batches {
        let share = f64::min(step / (WARM_UP * n_steps), (n_steps - step) / ((1.0 - WARM_UP) * n_steps));
        step += 1.0;
        optimiser.set_lr(RATE_MAX * share);
        optimiser.zero_grad();
        adapted.merge();
        let of: Vec<&Example> = batch.iter().map(|n| &examples[*n]).collect();
        let ids: Vec<&[i64]> = of.iter().map(|example| example.ids.as_slice()).collect();
        let pooled = net.pooled(&Batch::of(&ids), true).dropout(DROPOUT, true);
        let shut: Vec<f32> = of
            .iter()
            .flat_map(|e| (0..3).map(|n| if n == NEUTRAL && !e.three { SHUT } else { 0.0 }))
            .collect();
        let shut = Tensor::from_slice(&shut).view([of.len() as i64, 3]);
        let wanted: Vec<i64> = of.iter().map(|example| example.mood as i64).collect();
        let logits = pooled.apply(&mood_head) + shut;
        let mut loss = logits.cross_entropy_for_logits(&Tensor::from_slice(&wanted));
        let told: Vec<i64> = (0..).zip(&of).filter(|(_, e)| e.intent.is_some()).map(|(n, _)| n).collect();
        if !told.is_empty() {
            let wanted: Vec<i64> = of.iter().filter_map(|e| e.intent).map(|n| n as i64).collect();
            let logits = pooled.index_select(0, &Tensor::from_slice(&told)).apply(&intent_head);
            let share = told.len() as f64 / of.len() as f64;
            loss += logits.cross_entropy_for_logits(&Tensor::from_slice(&wanted)) * share;
        }
        loss.backward();
        adapted.pass_gradients_on();
        optimiser.clip_grad_norm(GRADIENT_MAX);
        optimiser.step();
        loss_sum += loss.double_value(&[]);
        if (step as usize).is_multiple_of(100) {
            let at = step / n_steps;
            let left = started.elapsed().as_secs_f64() * (1.0 - at) / at / 60.0;
            eprint!("\r{:.0} %, loss {:.3}, {left:.0} min left  ", at * 100.0, loss_sum / 100.0);
            loss_sum = 0.0;
        }
    }
    eprintln!("\n{:.0} min", started.elapsed().as_secs_f64() / 60.0);
    let tensors = adapted.halves();
    let named: Vec<(&str, &Tensor)> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
    Tensor::write_safetensors(&named, out).map_err(|e| format!("{}: {e}", out.display()))
}

#[allow(clippy::disallowed_methods)] // A progress bar tells the time of the machine.
fn now() -> Instant {
    Instant::now()
}

/// The weights that change, with their factors.
struct Adapted {
    /// What the layers compute with: leaves, so that gradients stop here.
    weights: BTreeMap<String, Tensor>,
    base: BTreeMap<String, Tensor>,
    factors: BTreeMap<String, (Tensor, Tensor)>,
}

impl Adapted {
    fn of(vs: &nn::VarStore, factors: &nn::VarStore) -> Self {
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
    fn merge(&mut self) {
        no_grad(|| {
            for (name, (right, left)) in &self.factors {
                let weight = self.weights.get_mut(name).expect("each factor has its weight");
                let _ = self.base[name].addmm_out(weight, left, &(right * SCALE));
            }
        });
    }

    /// Passes the gradients of the weights on to the factors. A gradient cannot be set, so it
    /// becomes one of a sum that has it as its derivative.
    fn pass_gradients_on(&mut self) {
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

    /// Returns the factors in half precision, by their names in the file.
    fn halves(&self) -> BTreeMap<String, Tensor> {
        let half = |tensor: &Tensor| tensor.detach().to_kind(Kind::Half);
        let both = |(name, (right, left)): (&String, &(Tensor, Tensor))| {
            [(format!("{name}{RIGHT}"), half(right)), (format!("{name}{LEFT}"), half(left))]
        };
        self.factors.iter().flat_map(both).collect()
    }
}

fn read(
    path: &str,
    tokens: &Tokens,
    examples: &mut Vec<Example>,
    intents: &mut Vec<String>,
) -> Result<(), String> {
    let table = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    let rows = table.lines().filter(|line| *line != "text\tlabel").map(|line| line.split('\t'));
    let rows: Vec<(&str, &str, Option<&str>)> =
        rows.filter_map(|mut cells| Some((cells.next()?, cells.next()?, cells.next()))).collect();
    let three = rows.iter().any(|(_, label, _)| *label == MOODS[NEUTRAL]);
    for (text, label, intent) in rows {
        let known = MOODS.iter().position(|mood| *mood == label);
        let mood = known.ok_or_else(|| format!("{path}: {label:?} is no mood; they are {MOODS:?}"))?;
        let intent = intent.map(|name| {
            intents.iter().position(|known| known == name).unwrap_or_else(|| {
                intents.push(name.to_owned());
                intents.len() - 1
            })
        });
        let mut ids = tokens.of(&text.replace("\\n", "\n"));
        ids.truncate(TOKENS_MAX);
        examples.push(Example { ids, mood, three, intent });
    }
    Ok(())
}

/// Draws batches of texts of like length, in any order. Texts with an intent come
/// [`TIMES_WITH_INTENTS`] times, never twice in a batch.
fn batches(examples: &[Example], rng: &mut u64) -> Vec<Vec<usize>> {
    let mut batches = Vec::new();
    for time in 0..TIMES_WITH_INTENTS {
        let mut order: Vec<usize> =
            (0..examples.len()).filter(|n| time == 0 || examples[*n].intent.is_some()).collect();
        shuffle(&mut order, rng);
        order.sort_by_key(|n| examples[*n].ids.len());
        batches.extend(order.chunks(BATCH_TEXTS).map(<[usize]>::to_vec));
    }
    shuffle(&mut batches, rng);
    batches
}

fn shuffle<T>(items: &mut [T], rng: &mut u64) {
    for i in (1..items.len()).rev() {
        // splitmix64
        *rng = rng.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (*rng ^ (*rng >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        items.swap(i, ((z ^ (z >> 31)) % (i as u64 + 1)) as usize);
    }
}
