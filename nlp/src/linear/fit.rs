//! Fitting of linear heads: cross-entropy with soft targets and an L2 penalty, minimised by L-BFGS
//! (Nocedal 1980). Deterministic: no sampling, no threads, no learning rate to tune.

/// Sparse rows, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Rows {
    /// Adds a row of (column, value).
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        self.starts.push(self.columns.len());
        for (column, value) in row {
            self.columns.push(column);
            self.values.push(value);
        }
    }

    /// Returns a row.
    pub fn row(&self, n: usize) -> impl Iterator<Item = (u32, f32)> + Clone + '_ {
        let end = self.starts.get(n + 1).copied().unwrap_or(self.columns.len());
        let range = self.starts[n]..end;
        self.columns[range.clone()].iter().copied().zip(self.values[range].iter().copied())
    }
}

/// What one head is to learn.
#[derive(Clone, Debug)]
pub struct Task<'a, const C: usize> {
    /// The features of all texts.
    pub rows: &'a Rows,
    /// Which rows take part, with the wanted probabilities and the row's weight.
    pub examples: Vec<(usize, [f32; C], f32)>,
    /// How many columns there are.
    pub n_columns: usize,
    /// The loss counts so much against the penalty; more fits closer.
    pub strength: f32,
    /// At most so many steps.
    pub steps_max: usize,
}

/// A fitted head: weights by column and output, and biases.
#[derive(Clone, Debug, PartialEq)]
pub struct Head<const C: usize> {
    /// `weights[column]`.
    pub weights: Vec<[f32; C]>,
    /// What a text without features gets.
    pub bias: [f32; C],
}

/// Turns logits into probabilities.
pub fn softmax<const C: usize>(logits: [f32; C]) -> [f32; C] {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let raised = logits.map(|logit| (logit - top).exp());
    let sum: f32 = raised.iter().sum();
    raised.map(|p| p / sum)
}

/// Steps remembered by L-BFGS.
const MEMORY: usize = 6;
/// The gradient has shrunk to this share of its first length: good enough for text.
const GRADIENT_SHARE_MIN: f32 = 2e-3;

/// Fits a head.
pub fn fit<const C: usize>(task: &Task<'_, C>) -> Head<C> {
    let used = Used::of(task);
    let mut point = vec![0.0_f32; (used.columns.len() + 1) * C];
    let (mut loss, mut gradient) = used.loss(task, &point);
    let enough = length(&gradient) * GRADIENT_SHARE_MIN;
    let mut memory: Vec<(Vec<f32>, Vec<f32>, f32)> = Vec::new();
    for _ in 0..task.steps_max {
        if length(&gradient) <= enough {
            break;
        }
        let direction = descent(&gradient, &memory);
        let slope = dot(&direction, &gradient);
        let mut step = if memory.is_empty() { 1.0 / length(&gradient).max(1e-12) } else { 1.0 };
        // Armijo's rule: halve until the loss falls by a part of what the slope promises.
        let found = (0..20).find_map(|_| {
            let next: Vec<f32> = point.iter().zip(&direction).map(|(x, d)| x + step * d).collect();
            let (next_loss, next_gradient) = used.loss(task, &next);
            if next_loss <= loss + 1e-4 * f64::from(step * slope) {
                return Some((next, next_loss, next_gradient));
            }
            step *= 0.5;
            None
        });
        let Some((next, next_loss, next_gradient)) = found else { break };
        let moved: Vec<f32> = next.iter().zip(&point).map(|(a, b)| a - b).collect();
        let turned: Vec<f32> = next_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&moved, &turned);
        if curvature > 1e-10 {
            if memory.len() == MEMORY {
                memory.remove(0);
            }
            memory.push((moved, turned, 1.0 / curvature));
        }
        (point, loss, gradient) = (next, next_loss, next_gradient);
    }
    used.head(task.n_columns, &point)
}

/// The columns that the task's examples use, numbered closely: the rest stay 0 and cost nothing.
struct Used {
    columns: Vec<u32>,
    place: Vec<u32>,
}

impl Used {
    fn of<const C: usize>(task: &Task<'_, C>) -> Self {
        let mut place = vec![u32::MAX; task.n_columns];
        let mut columns = Vec::new();
        for (row, ..) in &task.examples {
            for (column, _) in task.rows.row(*row) {
                let place = &mut place[column as usize];
                if *place == u32::MAX {
                    *place = columns.len() as u32;
                    columns.push(column);
                }
            }
        }
        Self { columns, place }
    }

    /// Returns the loss and its gradient at `point`; the bias lies behind the last column.
    fn loss<const C: usize>(&self, task: &Task<'_, C>, point: &[f32]) -> (f64, Vec<f32>) {
        let (weights, _) = point.as_chunks::<C>();
        let bias = self.columns.len();
        let mut gradient: Vec<f32> = point.to_vec();
        // The bias is hardly penalised, only held.
        gradient[bias * C..].iter_mut().for_each(|g| *g *= 1e-3);
        let mut loss = 0.5 * f64::from(dot(&gradient, point));
        let (slots, _) = gradient.as_chunks_mut::<C>();
        for (row, wanted, weight) in &task.examples {
            let mut logits = weights[bias];
            for (column, value) in task.rows.row(*row) {
                let weights = &weights[self.place[column as usize] as usize];
                for c in 0..C {
                    logits[c] += value * weights[c];
                }
            }
            let p = softmax(logits);
            let strength = weight * task.strength;
            let mut error = [0.0; C];
            for c in 0..C {
                loss -= f64::from(strength * wanted[c] * p[c].max(1e-9).ln());
                error[c] = strength * (p[c] - wanted[c]);
            }
            for (column, value) in task.rows.row(*row) {
                let slot = &mut slots[self.place[column as usize] as usize];
                for c in 0..C {
                    slot[c] += value * error[c];
                }
            }
            for c in 0..C {
                slots[bias][c] += error[c];
            }
        }
        (loss, gradient)
    }

    fn head<const C: usize>(&self, n_columns: usize, point: &[f32]) -> Head<C> {
        let (found, _) = point.as_chunks::<C>();
        let mut weights = vec![[0.0; C]; n_columns];
        for (column, found) in self.columns.iter().zip(found) {
            weights[*column as usize] = *found;
        }
        Head { weights, bias: found[self.columns.len()] }
    }
}

/// The two-loop recursion: the gradient through the remembered curvature, downhill.
fn descent(gradient: &[f32], memory: &[(Vec<f32>, Vec<f32>, f32)]) -> Vec<f32> {
    let mut direction: Vec<f32> = gradient.iter().map(|g| -g).collect();
    let mut alphas = Vec::with_capacity(memory.len());
    for (moved, turned, rho) in memory.iter().rev() {
        let alpha = rho * dot(moved, &direction);
        add(&mut direction, turned, -alpha);
        alphas.push(alpha);
    }
    if let Some((_, turned, rho)) = memory.last() {
        let scale = 1.0 / (rho * dot(turned, turned));
        direction.iter_mut().for_each(|d| *d *= scale);
    }
    for ((moved, turned, rho), alpha) in memory.iter().zip(alphas.into_iter().rev()) {
        let beta = rho * dot(turned, &direction);
        add(&mut direction, moved, alpha - beta);
    }
    direction
}

fn add(to: &mut [f32], from: &[f32], times: f32) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += times * from);
}

/// Sums in blocks: fast, and exact enough for a million terms.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let sums = a.chunks(1024).zip(b.chunks(1024)).map(|(a, b)| {
        let mut lanes = [0.0_f32; 8];
        for (a, b) in a.chunks(8).zip(b.chunks(8)) {
            for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
                *lane += a * b;
            }
        }
        f64::from(lanes.iter().sum::<f32>())
    });
    sums.sum::<f64>() as f32
}

fn length(a: &[f32]) -> f32 {
    dot(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        let mut rows = Rows::default();
        for n in 0..40_u32 {
            rows.push([(n % 2, 1.0), (2 + n % 5, 0.5)]);
        }
        rows
    }

    fn logits(head: &Head<2>, rows: &Rows, n: usize) -> [f32; 2] {
        rows.row(n).fold(head.bias, |logits, (column, value)| {
            std::array::from_fn(|c| logits[c] + value * head.weights[column as usize][c])
        })
    }

    fn task(rows: &Rows) -> Task<'_, 2> {
        let examples = (0..40).map(|n| (n, if n % 2 == 0 { [1.0, 0.0] } else { [0.0, 1.0] }, 1.0)).collect();
        Task { rows, examples, n_columns: 9, strength: 5.0, steps_max: 50 }
    }

    #[test]
    fn what_tells_the_classes_apart_is_learnt_and_unused_columns_stay_zero() {
        let rows = rows();
        let head = fit(&task(&rows));
        for n in 0..40 {
            let p = softmax(logits(&head, &rows, n));
            assert!(p[n % 2] > 0.9, "{p:?}");
        }
        assert_eq!(head.weights[8], [0.0, 0.0]);
    }

    #[test]
    fn the_same_task_gives_the_same_head() {
        let rows = rows();
        assert_eq!(fit(&task(&rows)), fit(&task(&rows)));
    }

    #[test]
    fn probabilities_of_huge_logits_still_sum_to_one() {
        let p = softmax([1e30_f32, -1e30, 0.0]);
        assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
