use ndarray::Array2;
use rand::Rng as _;

use crate::partition::partition;
use crate::random::{self, Random};

/// Rows that are scored together: a tree and so many rows fit the processor's first caches.
const BLOCK: usize = 512;
/// Rows that walk down a tree side by side, so that the processor need not wait for each step.
const ABREAST: usize = 8;

/// Trees that cut at random; strange rows are alone after few cuts.
#[derive(Clone, Debug)]
pub(super) struct IsolationForest {
    trees: Vec<Tree>,
    /// Steps from the root after which every row is in a leaf.
    n_steps: usize,
    /// The mean depth of a row in a tree of the sample's size.
    usual_depth: f32,
}

#[derive(Clone, Debug, Default)]
struct Tree {
    nodes: Vec<Node>,
    /// For each node that is a leaf, how deep its rows are, with those cuts that were left out.
    depths: Vec<f32>,
}

/// A cut, the lower half at `children` and the upper half behind. A leaf is its own child: its rows stay.
#[derive(Clone, Copy, Debug)]
struct Node {
    cut: f32,
    column: u32,
    children: u32,
}

impl Tree {
    fn leaf(&mut self) -> usize {
        let at = self.nodes.len();
        self.nodes.push(Node { cut: f32::INFINITY, column: 0, children: at as u32 });
        self.depths.push(0.0);
        at
    }

    fn step(&self, at: u32, row: &[f32]) -> u32 {
        let node = self.nodes[at as usize];
        node.children + u32::from(row[node.column as usize] >= node.cut)
    }

    /// Adds how deep each row is. `rows` holds `width` numbers a row.
    fn add_depths(&self, n_steps: usize, rows: &[f32], width: usize, depths: &mut [f32]) {
        for (rows, depths) in rows.chunks(width * ABREAST).zip(depths.chunks_mut(ABREAST)) {
            let mut at = [0; ABREAST];
            for _ in 0..n_steps {
                for (at, row) in at.iter_mut().zip(rows.chunks_exact(width)) {
                    *at = self.step(*at, row);
                }
            }
            for (depth, at) in depths.iter_mut().zip(at) {
                *depth += self.depths[at as usize];
            }
        }
    }
}

impl IsolationForest {
    /// Grows `n_trees` trees on `n_sample` rows of `x` each, or on all if there are fewer.
    pub(super) fn grow(x: &Array2<f64>, n_trees: usize, n_sample: usize, seed: u64) -> Self {
        let n_sample = n_sample.min(x.nrows());
        let depth_max = (n_sample.max(2) as f64).log2().ceil() as usize;
        let mut random = random::seeded(seed);
        let mut columns: Vec<u32> = (0..x.ncols() as u32).collect();
        let trees = (0..n_trees)
            .map(|_| {
                let rows = rand::seq::index::sample(&mut random, x.nrows(), n_sample).into_vec();
                // Column by column, so that a node's numbers lie together.
                let sample = Array2::from_shape_fn((x.ncols(), rows.len()), |(j, i)| narrow(x[[rows[i], j]]));
                grow_tree(&sample, depth_max, &mut columns, &mut random)
            })
            .collect();
        Self { trees, n_steps: depth_max, usual_depth: path(n_sample).max(f32::MIN_POSITIVE) }
    }

    /// Returns a score in (0, 1] for each row; about 0.5 is usual. `x` has the columns that it was grown on.
    pub(super) fn scores(&self, x: &Array2<f64>) -> Vec<f64> {
        let mut scores = Vec::with_capacity(x.nrows());
        let width = x.ncols();
        let mut block = Vec::with_capacity(BLOCK * width);
        for rows in x.axis_chunks_iter(ndarray::Axis(0), BLOCK) {
            block.clear();
            block.extend(rows.iter().map(|v| narrow(*v)));
            let mut depths = vec![0_f32; rows.nrows()];
            for tree in &self.trees {
                tree.add_depths(self.n_steps, &block, width, &mut depths);
            }
            scores.extend(depths.iter().map(|d| self.score(*d)));
        }
        scores
    }

    fn score(&self, depth_sum: f32) -> f64 {
        2_f64.powf(-f64::from(depth_sum / self.trees.len() as f32 / self.usual_depth))
    }
}

/// Returns the nearest finite `f32`, so that no number reaches a leaf's cut.
fn narrow(value: f64) -> f32 {
    value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
}

/// Returns the mean depth of a row in a random binary tree of `n` rows.
fn path(n: usize) -> f32 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    match n {
        0 | 1 => 0.0,
        2 => 1.0,
        n => {
            let n = n as f64;
            (2.0 * ((n - 1.0).ln() + EULER) - 2.0 * (n - 1.0) / n) as f32
        }
    }
}

fn grow_tree(sample: &Array2<f32>, depth_max: usize, columns: &mut [u32], random: &mut Random) -> Tree {
    let mut rows: Vec<u32> = (0..sample.ncols() as u32).collect();
    let mut tree = Tree::default();
    let mut open = vec![(tree.leaf(), 0..rows.len(), 0)];
    while let Some((node, range, depth)) = open.pop() {
        let cut = if range.len() > 1 && depth < depth_max {
            random_cut(sample, &rows[range.clone()], columns, random)
        } else {
            None
        };
        let Some((column, cut)) = cut else {
            tree.depths[node] = depth as f32 + path(range.len());
            continue;
        };
        let values = sample.row(column as usize);
        let low = range.start + partition(&mut rows[range.clone()], |row| values[row as usize] < cut);
        let (lower, upper) = (tree.leaf(), tree.leaf());
        tree.nodes[node] = Node { cut, column, children: lower as u32 };
        open.push((lower, range.start..low, depth + 1));
        open.push((upper, low..range.end, depth + 1));
    }
    tree
}

/// Draws a column among those that are not constant in these rows, and a place to cut it.
fn random_cut(
    sample: &Array2<f32>,
    rows: &[u32],
    columns: &mut [u32],
    random: &mut Random,
) -> Option<(u32, f32)> {
    for n_left in (1..=columns.len()).rev() {
        let drawn = random.gen_range(0..n_left);
        if let Some(cut) = cut_of(sample, columns[drawn], rows, random) {
            return Some(cut);
        }
        // Constant here: it is not drawn again for this cut.
        columns.swap(drawn, n_left - 1);
    }
    None
}

/// Draws a place between the extremes of a column in these rows; none if it is constant.
fn cut_of(sample: &Array2<f32>, column: u32, rows: &[u32], random: &mut Random) -> Option<(u32, f32)> {
    let values = sample.row(column as usize);
    let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
    for &row in rows {
        let value = values[row as usize];
        low = low.min(value);
        high = high.max(value);
    }
    if low >= high {
        return None;
    }
    // Never the lowest itself: both halves get rows. Weighed, since the range may overflow.
    let share: f32 = random.r#gen();
    let cut = low * (1.0 - share) + high * share;
    Some((column, if cut > low { cut.min(high) } else { high }))
}
