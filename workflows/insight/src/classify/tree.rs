use ndarray::Array2;

use super::grow::{Binned, DEPTH_MAX, Growth, Node, add_leaf, add_shares, grow, walk};
use super::select;
use crate::{brief, random};

/// Leaf sizes that are tried; the depth is chosen beside.
const LEAVES: [usize; 5] = [50, 20, 10, 5, 1];

/// One tree, as deep and with leaves as large as does best on rows held aside.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    pub(super) fn train(x: &Array2<f64>, y: &[usize], n_classes: usize, seed: u64) -> Self {
        let binned = Binned::new(x);
        let mut random = random::seeded(seed);
        let folds = select::folds(y, n_classes, &mut random);
        let mut gains = vec![0.0; x.ncols()];
        let mut best = (f64::INFINITY, Growth { depth_max: DEPTH_MAX, leaf_min: 1, n_tried: None });
        for leaf_min in LEAVES {
            let growth = Growth { depth_max: DEPTH_MAX, leaf_min, n_tried: None };
            // The loss at each depth at which a row might be stopped.
            let mut losses = vec![0.0; DEPTH_MAX + 1];
            for (learn, measure) in &folds {
                let learn = learn.iter().map(|&row| row as u32).collect();
                let nodes = grow(&binned, y, n_classes, learn, growth, &mut random, &mut gains);
                for &row in measure {
                    let mut loss = 0.0;
                    let mut depth = 0;
                    walk(&nodes, x.row(row), |node| {
                        let mut shares = vec![0.0; n_classes];
                        add_shares(node, &nodes[0], &mut shares);
                        loss = -shares[y[row]].max(1e-12).ln();
                        losses[depth] += loss;
                        depth += 1;
                    });
                    losses[depth..].iter_mut().for_each(|l| *l += loss);
                }
            }
            for (depth_max, loss) in losses.into_iter().enumerate().skip(1) {
                // A larger tree must be better by more than rounding.
                if loss < best.0 - 1e-9 * best.0.min(1e12) {
                    best = (loss, Growth { depth_max, ..growth });
                }
            }
        }
        let rows = (0..y.len() as u32).collect();
        Self { nodes: grow(&binned, y, n_classes, rows, best.1, &mut random, &mut gains) }
    }

    pub(super) fn probabilities(&self, x: &Array2<f64>) -> Array2<f64> {
        let mut p = Array2::zeros((x.nrows(), self.nodes[0].counts.len()));
        for (row, shares) in x.rows().into_iter().zip(p.rows_mut()) {
            add_leaf(&self.nodes, row, shares);
        }
        p
    }

    /// Returns a sentence for each leaf, those with most rows first.
    pub(super) fn rules(&self, names: &[String], classes: &[String]) -> Vec<String> {
        let mut leaves: Vec<(f64, String)> = Vec::new();
        let mut open = vec![(0, Vec::new())];
        while let Some((at, path)) = open.pop() {
            let node = &self.nodes[at];
            if node.children == 0 {
                let n: f64 = node.counts.iter().sum();
                let top = (0..classes.len()).max_by(|&a, &b| node.counts[a].total_cmp(&node.counts[b]));
                let class = top.unwrap_or(0);
                let when =
                    if path.is_empty() { "always".to_owned() } else { format!("if {}", path.join(" and ")) };
                let share = 100.0 * node.counts[class] / n.max(1.0);
                leaves.push((n, format!("{when}: {} with {share:.0} % of {n} rows", classes[class])));
                continue;
            }
            let name = &names[node.feature as usize];
            let (low, high) = match name.split_once(" = ") {
                Some((column, level)) => (format!("{column} is not {level}"), format!("{column} is {level}")),
                None => (format!("{name} ≤ {}", brief(node.cut)), format!("{name} > {}", brief(node.cut))),
            };
            for (child, question) in [(0, low), (1, high)] {
                let mut path = path.clone();
                path.push(question);
                open.push((node.children as usize + child, path));
            }
        }
        leaves.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        leaves.into_iter().map(|(_, text)| text).collect()
    }
}
