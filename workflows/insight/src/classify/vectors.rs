use ndarray::{Array2, Axis};

use super::platt::Curve;
use super::select;
use crate::random;
use crate::smo::{self, Kernel};

/// Rows that support vectors are sought among at most.
const ROWS_MAX: usize = 10_000;
const COST: f64 = 1.0;

/// Support vectors for each class against the rest, their scores made probabilities.
#[derive(Clone, Debug)]
pub(super) struct Vectors {
    classes: Vec<(smo::Model, Curve)>,
}

impl Vectors {
    pub(super) fn train(x: &Array2<f64>, y: &[usize], n_classes: usize, seed: u64) -> Self {
        let mut random = random::seeded(seed);
        let rows = random::sample(&mut random, y.len(), ROWS_MAX);
        let (x, y): (_, Vec<usize>) = (x.select(Axis(0), &rows), rows.iter().map(|&row| y[row]).collect());
        let kernel = Kernel::scaled(&x);
        let folds = select::folds(&y, n_classes, &mut random);
        // The second of two is learnt, and the first is what is left.
        let learnt = if n_classes == 2 { 1..2 } else { 0..n_classes };
        let classes = learnt.map(|class| {
            let truth: Vec<bool> = y.iter().map(|k| *k == class).collect();
            let mut scores = vec![0.0; y.len()];
            for (learn, measure) in &folds {
                let some: Vec<bool> = learn.iter().map(|&row| truth[row]).collect();
                let model = smo::two_class(&x.select(Axis(0), learn), &some, kernel, COST);
                let found = model.scores(&x.select(Axis(0), measure));
                measure.iter().zip(found).for_each(|(&row, score)| scores[row] = score);
            }
            (smo::two_class(&x, &truth, kernel, COST), Curve::fit(&scores, &truth))
        });
        Self { classes: classes.collect() }
    }

    pub(super) fn probabilities(&self, x: &Array2<f64>) -> Array2<f64> {
        let is_two = self.classes.len() == 1;
        let mut p = Array2::zeros((x.nrows(), if is_two { 2 } else { self.classes.len() }));
        for (class, (model, curve)) in self.classes.iter().enumerate() {
            let at = if is_two { 1 } else { class };
            for (row, score) in model.scores(x).into_iter().enumerate() {
                p[[row, at]] = curve.probability(score);
            }
        }
        for mut row in p.rows_mut() {
            if is_two {
                row[0] = 1.0 - row[1];
            }
            let sum = row.sum();
            let n = row.len() as f64;
            row.mapv_inplace(|v| if sum > 0.0 { v / sum } else { 1.0 / n });
        }
        p
    }
}
