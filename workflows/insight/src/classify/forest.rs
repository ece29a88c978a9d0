use ndarray::Array2;
use rand::Rng as _;
use serde::{Deserialize, Serialize};

use super::grow::{Binned, DEPTH_MAX, Growth, Node, add_leaf, add_shares, grow};
use super::select;
use crate::random::{self, Random};

const TREES: usize = 300;
/// Trees of the small forests by which the size of leaves is chosen.
const TREES_TO_CHOOSE: usize = 50;
/// Rows that a tree is grown on at most; those of the next tree are others.
const ROWS_MAX: usize = 100_000;
const LEAVES: [usize; 4] = [20, 10, 5, 1];

/// Trees of resampled rows that look at a few features for each question; their shares are averaged
/// (Breiman 2001).
#[derive(Clone, Debug)]
pub(super) struct Forest {
    trees: Vec<Vec<Node>>,
    importances: Vec<f64>,
}

impl Forest {
    pub(super) fn train(x: &Array2<f64>, y: &[usize], n_classes: usize, seed: u64) -> Self {
        let binned = Binned::new(x);
        let mut random = random::seeded(seed);
        let n_tried = Some((x.ncols() as f64).sqrt().round().max(1.0) as usize);
        let growth = |leaf_min| Growth { depth_max: DEPTH_MAX, leaf_min, n_tried };
        // Rows that a tree was not grown on measure it. A part of a large table is enough to choose.
        let rows: Vec<u32> = select::folds(y, n_classes, &mut random)
            .first()
            .map(|(a, b)| a.iter().chain(b).map(|&row| row as u32).collect())
            .unwrap_or_default();
        let loss = |leaf_min: usize, random: &mut Random| {
            let mut shares = Array2::<f64>::zeros((y.len(), n_classes));
            let mut gains = vec![0.0; x.ncols()];
            for _ in 0..TREES_TO_CHOOSE {
                let drawn = resample(&rows, random);
                let mut is_drawn = vec![false; y.len()];
                drawn.iter().for_each(|&row| is_drawn[row as usize] = true);
                let nodes = grow(&binned, y, n_classes, drawn, growth(leaf_min), random, &mut gains);
                for &row in rows.iter().filter(|&&row| !is_drawn[row as usize]) {
                    add_leaf(&nodes, x.row(row as usize), shares.row_mut(row as usize));
                }
            }
            let mut loss = 0.0;
            for &row in &rows {
                let shares = shares.row(row as usize);
                let sum = shares.sum();
                loss -= if sum > 0.0 { (shares[y[row as usize]] / sum).max(1e-12).ln() } else { 0.0 };
            }
            loss
        };
        let mut leaf_min = LEAVES[0];
        let mut least = f64::INFINITY;
        for leaf in LEAVES {
            let loss = loss(leaf, &mut random);
            if loss < least {
                (least, leaf_min) = (loss, leaf);
            }
        }
        let all: Vec<u32> = (0..y.len() as u32).collect();
        let mut importances = vec![0.0; x.ncols()];
        let trees = (0..TREES)
            .map(|_| {
                let rows = resample(&all, &mut random);
                grow(&binned, y, n_classes, rows, growth(leaf_min), &mut random, &mut importances)
            })
            .collect();
        let sum: f64 = importances.iter().sum();
        importances.iter_mut().for_each(|i| *i /= sum.max(f64::MIN_POSITIVE));
        Self { trees, importances }
    }

    pub(super) fn probabilities(&self, x: &Array2<f64>) -> Array2<f64> {
        let n_classes = self.trees[0][0].counts.len();
        let mut p = Array2::zeros((x.nrows(), n_classes));
        for (row, mut shares) in x.rows().into_iter().zip(p.rows_mut()) {
            for tree in &self.trees {
                add_leaf(tree, row, shares.view_mut());
            }
        }
        p / self.trees.len() as f64
    }

    /// Returns the share of each feature in all that was gained.
    pub(super) fn importances(&self) -> &[f64] {
        &self.importances
    }
}

/// Trees of a small forest, and how deep they are at most.
const SMALL_TREES: usize = 60;
const SMALL_DEPTH_MAX: usize = 6;
const SMALL_LEAF_MIN: usize = 20;

/// A forest small enough to be kept as text and to be asked of a million rows, which tells a second class
/// from a first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Small {
    trees: Vec<Vec<SmallNode>>,
}

/// A question: its feature, its cut, where its children are (0 for a leaf), and the share of the second class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct SmallNode(u32, f64, u32, f64);

impl Small {
    pub(crate) fn train(x: &Array2<f64>, is_second: &[bool], seed: u64) -> Self {
        let y: Vec<usize> = is_second.iter().map(|t| usize::from(*t)).collect();
        let binned = Binned::new(x);
        let mut random = random::seeded(seed);
        let n_tried = Some((x.ncols() as f64).sqrt().round().max(1.0) as usize);
        let growth = Growth { depth_max: SMALL_DEPTH_MAX, leaf_min: SMALL_LEAF_MIN, n_tried };
        let all: Vec<u32> = (0..y.len() as u32).collect();
        let mut gains = vec![0.0; x.ncols()];
        let tree = |_| {
            let rows = resample(&all, &mut random);
            let nodes = grow(&binned, &y, 2, rows, growth, &mut random, &mut gains);
            let small = |node: &Node| {
                let mut shares = [0.0; 2];
                add_shares(node, &nodes[0], &mut shares);
                SmallNode(node.feature, node.cut, node.children, shares[1])
            };
            nodes.iter().map(small).collect()
        };
        Self { trees: (0..SMALL_TREES).map(tree).collect() }
    }

    /// Returns the mean share of the second class, in 0..=1. A damaged forest, whose questions lead nowhere,
    /// gives a wrong answer and does not end the program.
    pub(crate) fn share(&self, row: &[f64]) -> f64 {
        let of = |tree: &Vec<SmallNode>| {
            let mut at = 0;
            for _ in 0..=SMALL_DEPTH_MAX {
                let Some(SmallNode(feature, cut, children, share)) = tree.get(at).copied() else { break };
                if children == 0 {
                    return share;
                }
                let value = row.get(feature as usize).copied().unwrap_or(0.0);
                at = children as usize + usize::from(value > cut);
            }
            0.5
        };
        self.trees.iter().map(of).sum::<f64>() / self.trees.len().max(1) as f64
    }
}

fn resample(rows: &[u32], random: &mut Random) -> Vec<u32> {
    rows.iter().take(ROWS_MAX).map(|_| rows[random.gen_range(0..rows.len())]).collect()
}
