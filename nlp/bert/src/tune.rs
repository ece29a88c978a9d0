//! Teaches MiniLM what customers want and how they feel: fine-tuning by low-rank factors of all its
//! layers, with a head for each that is thrown away afterwards.

use std::path::Path;
use std::time::Instant;

use tch::nn::OptimizerConfig as _;
use tch::{Device, Tensor, nn};

use crate::delta;
use crate::encoder::{Batch, Net};
use crate::lora::{Adapted, GRADIENT_MAX, rate, shuffle};
use crate::tokens::Tokens;
use rapport_bert::DIMENSIONS;

/// Moods by number.
const MOODS: [&str; 3] = ["negative", "neutral", "positive"];
const NEUTRAL: usize = 1;
/// A table that tells intents is learned from so often: it is small beside what there is on moods.
const TIMES_WITH_INTENTS: usize = 3;
/// Of a table that tells moods alone, whole sentences are learned from twice: most of it are phrases cut from
/// some, and sentences are what is read. Texts of so many tokens count as whole.
const SENTENCE_TOKENS: usize = 14;
const TIMES_SENTENCES: usize = 2;
const BATCH_TEXTS: usize = 32;
const RATE_MAX: f64 = 5e-4;
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
    let net = Net::load(&mut vs, model, DROPOUT)?;
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
        optimiser.set_lr(rate(RATE_MAX, step / n_steps));
        step += 1.0;
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
    std::fs::write(out, delta::file(&adapted.factors())).map_err(|e| format!("{}: {e}", out.display()))
}

#[allow(clippy::disallowed_methods)] // A progress bar tells the time of the machine.
fn now() -> Instant {
    Instant::now()
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

impl Example {
    /// How often it is learned from.
    fn times(&self) -> usize {
        match self.intent {
            Some(_) => TIMES_WITH_INTENTS,
            None if self.ids.len() >= SENTENCE_TOKENS => TIMES_SENTENCES,
            None => 1,
        }
    }
}

/// Draws batches of texts of like length, in any order; no text comes twice in a batch.
fn batches(examples: &[Example], rng: &mut u64) -> Vec<Vec<usize>> {
    let mut batches = Vec::new();
    for time in 0..examples.iter().map(Example::times).max().unwrap_or(0) {
        let mut order: Vec<usize> = (0..examples.len()).filter(|n| time < examples[*n].times()).collect();
        shuffle(&mut order, rng);
        order.sort_by_key(|n| examples[*n].ids.len());
        batches.extend(order.chunks(BATCH_TEXTS).map(<[usize]>::to_vec));
    }
    shuffle(&mut batches, rng);
    batches
}
