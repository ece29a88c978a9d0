//! Growing one tree. linfa's trees test a split against rows of other nodes and so miss most splits of binary
//! columns; these count each node's own rows in bins.

use ndarray::{Array2, ArrayView1, ArrayViewMut1};
use rand::Rng as _;

use crate::partition::partition;
use crate::random::Random;

/// Bins of a feature at most; one of more values is cut at quantiles.
const BINS_MAX: usize = 256;
pub(super) const DEPTH_MAX: usize = 20;

/// A matrix whose numbers are replaced by bins.
#[derive(Debug)]
pub(super) struct Binned {
    /// For each feature the bin of each row.
    bins: Vec<Vec<u8>>,
    /// For each feature the values between its bins, ascending; bin b holds what is at most cut b.
    cuts: Vec<Vec<f64>>,
}

impl Binned {
    pub(super) fn new(x: &Array2<f64>) -> Self {
        let mut this = Self { bins: Vec::new(), cuts: Vec::new() };
        for column in x.columns() {
            let cuts = cuts(column);
            this.bins.push(column.iter().map(|v| cuts.partition_point(|cut| cut < v) as u8).collect());
            this.cuts.push(cuts);
        }
        this
    }
}

/// Returns where to cut a column: in the middle between its values, or where they are many, between quantiles.
fn cuts(column: ArrayView1<f64>) -> Vec<f64> {
    let mut sorted = column.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut values = sorted.clone();
    values.dedup();
    let middle = |pair: &[f64]| {
        let middle = f64::midpoint(pair[0], pair[1]);
        // Two neighbouring numbers have none between them.
        if middle < pair[1] { middle } else { pair[0] }
    };
    if values.len() <= BINS_MAX {
        return values.windows(2).map(middle).collect();
    }
    let mut cuts: Vec<f64> = (1..BINS_MAX)
        .filter_map(|i| {
            let at = values.partition_point(|v| *v < sorted[i * sorted.len() / BINS_MAX]);
            (at > 0).then(|| middle(&values[at - 1..=at]))
        })
        .collect();
    cuts.dedup();
    cuts
}

/// A question and what is known of the rows that come to it.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) feature: u32,
    /// Rows with at most this go to the first child, the others to the next.
    pub(super) cut: f64,
    /// 0 for a leaf.
    pub(super) children: u32,
    /// Rows of each class.
    pub(super) counts: Vec<f64>,
}

/// How to grow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growth {
    pub(super) depth_max: usize,
    /// Rows in a leaf at least.
    pub(super) leaf_min: usize,
    /// Features that are tried for each question; all if none.
    pub(super) n_tried: Option<usize>,
}

struct Split {
    feature: usize,
    bin: u8,
    purity: f64,
}

/// Grows a tree on `rows`, which may hold a row more than once; adds to `gains` what each feature gave.
pub(super) fn grow(
    binned: &Binned,
    y: &[usize],
    n_classes: usize,
    mut rows: Vec<u32>,
    growth: Growth,
    random: &mut Random,
    gains: &mut [f64],
) -> Vec<Node> {
    let mut features: Vec<usize> = (0..binned.bins.len()).collect();
    let mut histogram = vec![0_u32; BINS_MAX * n_classes];
    let leaf = |rows: &[u32]| {
        let mut counts = vec![0.0; n_classes];
        rows.iter().for_each(|&row| counts[y[row as usize]] += 1.0);
        Node { feature: 0, cut: 0.0, children: 0, counts }
    };
    let mut nodes = vec![leaf(&rows)];
    let mut open = vec![(0, 0..rows.len(), 0)];
    while let Some((at, range, depth)) = open.pop() {
        let counts = &nodes[at].counts;
        let n = range.len() as f64;
        let is_pure = counts.contains(&n);
        if is_pure || depth >= growth.depth_max || range.len() < 2 * growth.leaf_min {
            continue;
        }
        let mut best: Option<Split> = None;
        let mut n_tried = 0;
        for i in 0..features.len() {
            if let Some(limit) = growth.n_tried {
                if n_tried >= limit {
                    break;
                }
                let drawn = random.gen_range(i..features.len());
                features.swap(i, drawn);
            }
            let feature = features[i];
            let bins = &binned.bins[feature];
            let n_bins = binned.cuts[feature].len() + 1;
            let histogram = &mut histogram[..n_bins * n_classes];
            histogram.fill(0);
            for &row in &rows[range.clone()] {
                histogram[usize::from(bins[row as usize]) * n_classes + y[row as usize]] += 1;
            }
            // A feature that is constant here was no try.
            if let Some(split) = best_split(feature, histogram, counts, growth.leaf_min) {
                n_tried += 1;
                if best.as_ref().is_none_or(|b| split.purity > b.purity) {
                    best = Some(split);
                }
            }
        }
        // A split that gains nothing is taken, too: what gains may come below it, as with a parity.
        let Some(Split { feature, bin, purity }) = best else { continue };
        gains[feature] += purity - counts.iter().map(|c| c * c).sum::<f64>() / n;
        let bins = &binned.bins[feature];
        let low = range.start + partition(&mut rows[range.clone()], |row| bins[row as usize] <= bin);
        let children = nodes.len();
        nodes[at].feature = feature as u32;
        nodes[at].cut = binned.cuts[feature][usize::from(bin)];
        nodes[at].children = children as u32;
        nodes.push(leaf(&rows[range.start..low]));
        nodes.push(leaf(&rows[low..range.end]));
        open.push((children, range.start..low, depth + 1));
        open.push((children + 1, low..range.end, depth + 1));
    }
    nodes
}

/// Returns the split of a feature after which both sides are purest, by Gini; none if it is constant or a
/// side would be too small.
fn best_split(feature: usize, histogram: &[u32], counts: &[f64], leaf_min: usize) -> Option<Split> {
    let n_classes = counts.len();
    let n: f64 = counts.iter().sum();
    let mut left = vec![0.0; n_classes];
    let mut n_left = 0.0;
    let mut best: Option<Split> = None;
    for (bin, of_class) in histogram.chunks_exact(n_classes).enumerate() {
        let n_here: u32 = of_class.iter().sum();
        if n_here == 0 {
            continue;
        }
        left.iter_mut().zip(of_class).for_each(|(l, c)| *l += f64::from(*c));
        n_left += f64::from(n_here);
        let n_right = n - n_left;
        if n_left < leaf_min as f64 || n_right < leaf_min as f64 || n_right == 0.0 {
            continue;
        }
        let (mut of_left, mut of_right) = (0.0, 0.0);
        for (l, c) in left.iter().zip(counts) {
            of_left += l * l;
            of_right += (c - l) * (c - l);
        }
        let purity = of_left / n_left + of_right / n_right;
        if best.as_ref().is_none_or(|b| purity > b.purity) {
            best = Some(Split { feature, bin: bin as u8, purity });
        }
    }
    best
}

/// Calls `visit` with each node that a row passes, from the root to its leaf.
pub(super) fn walk<'t>(nodes: &'t [Node], row: ArrayView1<f64>, mut visit: impl FnMut(&'t Node)) {
    let mut at = 0;
    loop {
        let node = &nodes[at];
        visit(node);
        if node.children == 0 {
            return;
        }
        at = node.children as usize + usize::from(row[node.feature as usize] > node.cut);
    }
}

/// Adds the class shares of the leaf that a row comes to.
pub(super) fn add_leaf(nodes: &[Node], row: ArrayView1<f64>, to: ArrayViewMut1<f64>) {
    let mut leaf = &nodes[0];
    walk(nodes, row, |node| leaf = node);
    add_shares(leaf, &nodes[0], to);
}

/// Adds the class shares of a node to `to`, shrunk a little towards those of the root, so that no class is
/// ever impossible.
pub(super) fn add_shares<'t>(leaf: &Node, root: &Node, to: impl IntoIterator<Item = &'t mut f64>) {
    let n: f64 = leaf.counts.iter().sum();
    let n_all: f64 = root.counts.iter().sum();
    for ((to, count), all) in to.into_iter().zip(&leaf.counts).zip(&root.counts) {
        *to += (count + all / n_all) / (n + 1.0);
    }
}
