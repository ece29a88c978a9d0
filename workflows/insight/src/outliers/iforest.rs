use ndarray::{Array2, ArrayView1};
use rand::Rng as _;
use serde::{Deserialize, Serialize};

use crate::random::{self, Random};

/// Rows that are scored together: a tree and so many rows fit the processor's first caches.
const BLOCK: usize = 512;

/// Trees that cut at random; strange rows are alone after few cuts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IsolationForest {
    trees: Vec<Vec<Node>>,
    /// The mean depth of a row in a tree of the sample's size.
    usual_depth: f32,
}

/// Either a cut, its lower half at `children` and its upper half behind; or, with `children` 0, a leaf whose
/// `cut` is the depth of the rows in it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Node {
    cut: f32,
    column: u32,
    children: u32,
}

impl IsolationForest {
    /// Grows `n_trees` trees on `n_sample` rows of `x` each, or on all if there are fewer.
    #[must_use]
    pub fn grow(x: &Array2<f64>, n_trees: usize, n_sample: usize, seed: u64) -> Self {
        let n_sample = n_sample.min(x.nrows());
        let depth_max = (n_sample.max(2) as f64).log2().ceil() as usize;
        let mut random = random::seeded(seed);
        let mut columns: Vec<u32> = (0..x.ncols() as u32).collect();
        let trees = (0..n_trees)
            .map(|_| {
                let rows = rand::seq::index::sample(&mut random, x.nrows(), n_sample).into_vec();
                // Column by column, so that a node's numbers lie together.
                let sample = Array2::from_shape_fn((x.ncols(), rows.len()), |(j, i)| x[[rows[i], j]] as f32);
                grow_tree(&sample, depth_max, &mut columns, &mut random)
            })
            .collect();
        Self { trees, usual_depth: path(n_sample).max(f32::MIN_POSITIVE) }
    }

    /// Returns a score in (0, 1] for each row; about 0.5 is usual. `x` has the columns that it was grown on.
    #[must_use]
    pub fn scores(&self, x: &Array2<f64>) -> Vec<f64> {
        let mut scores = Vec::with_capacity(x.nrows());
        let width = x.ncols();
        let mut block = Vec::with_capacity(BLOCK * width);
        for rows in x.axis_chunks_iter(ndarray::Axis(0), BLOCK) {
            block.clear();
            block.extend(rows.iter().map(|v| *v as f32));
            let mut depths = vec![0_f32; rows.nrows()];
            for tree in &self.trees {
                for (row, depth) in block.chunks_exact(width).zip(&mut depths) {
                    *depth += depth_of(row, tree);
                }
            }
            scores.extend(depths.iter().map(|d| self.score(*d)));
        }
        scores
    }

    /// Returns the score of one row, as [`Self::scores`] does.
    #[must_use]
    pub fn score_of(&self, row: ArrayView1<f64>) -> f64 {
        let row: Vec<f32> = row.iter().map(|v| *v as f32).collect();
        self.score(self.trees.iter().map(|tree| depth_of(&row, tree)).sum())
    }

    fn score(&self, depth_sum: f32) -> f64 {
        2_f64.powf(-f64::from(depth_sum / self.trees.len() as f32 / self.usual_depth))
    }
}

fn depth_of(row: &[f32], tree: &[Node]) -> f32 {
    let mut node = tree[0];
    while node.children != 0 {
        node = tree[node.children as usize + usize::from(row[node.column as usize] >= node.cut)];
    }
    node.cut
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

fn grow_tree(sample: &Array2<f32>, depth_max: usize, columns: &mut [u32], random: &mut Random) -> Vec<Node> {
    let mut rows: Vec<u32> = (0..sample.ncols() as u32).collect();
    let mut tree = vec![Node { cut: 0.0, column: 0, children: 0 }];
    let mut open = vec![(0, 0..rows.len(), 0)];
    while let Some((node, range, depth)) = open.pop() {
        let cut = if range.len() > 1 && depth < depth_max {
            random_cut(sample, &rows[range.clone()], columns, random)
        } else {
            None
        };
        let Some((column, cut)) = cut else {
            tree[node] = Node { cut: depth as f32 + path(range.len()), column: 0, children: 0 };
            continue;
        };
        let values = sample.row(column as usize);
        let (mut low, mut high) = (range.start, range.end);
        while low < high {
            if values[rows[low] as usize] < cut {
                low += 1;
            } else {
                high -= 1;
                rows.swap(low, high);
            }
        }
        let children = tree.len();
        tree.resize(children + 2, Node { cut: 0.0, column: 0, children: 0 });
        tree[node] = Node { cut, column, children: children as u32 };
        open.push((children, range.start..low, depth + 1));
        open.push((children + 1, low..range.end, depth + 1));
    }
    tree
}

/// Draws a column among those that are not constant in these rows, and a place between its extremes.
fn random_cut(sample: &Array2<f32>, rows: &[u32], columns: &mut [u32], random: &mut Random) -> Option<(u32, f32)> {
    for n_left in (1..=columns.len()).rev() {
        let drawn = random.gen_range(0..n_left);
        let column = columns[drawn];
        let values = sample.row(column as usize);
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for &row in rows {
            let value = values[row as usize];
            low = low.min(value);
            high = high.max(value);
        }
        if low < high {
            // Never the lowest itself: both halves get rows. Computed in halves, since the range may overflow.
            let share: f32 = random.r#gen();
            let cut = low * (1.0 - share) + high * share;
            return Some((column, if cut > low { cut.min(high) } else { high }));
        }
        // Constant here: it is not drawn again for this cut.
        columns.swap(drawn, n_left - 1);
    }
    None
}
