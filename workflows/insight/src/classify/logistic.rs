use linfa::prelude::{Dataset, Fit as _};
use linfa_logistic::{LogisticRegression, MultiLogisticRegression};
use ndarray::{Array1, Array2, Axis};

use crate::InsightError;

/// Logistic regression by linfa, with a penalty of half the squared weights, as scikit-learn's `C=1`.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    /// Features × classes.
    weights: Array2<f64>,
    intercepts: Array1<f64>,
}

/// How exactly to solve. The line search gives up now and then where rounding is coarser than the first.
const TOLERANCES: [f64; 3] = [1e-4, 1e-2, 1.0];
const STEPS_MAX: u64 = 500;

impl Weights {
    pub(crate) fn train(x: &Array2<f64>, y: &[usize], n_classes: usize) -> Result<Self, InsightError> {
        let data = Dataset::new(x.clone(), Array1::from(y.to_vec()));
        let mut problem = String::new();
        for tolerance in TOLERANCES {
            let found =
                if n_classes == 2 { two(&data, tolerance) } else { many(&data, tolerance, n_classes) };
            match found {
                Ok(found) if found.weights.iter().all(|w| w.is_finite()) => return Ok(found),
                Ok(_) => problem = "its weights are not finite".into(),
                Err(e) => problem = e.to_string(),
            }
        }
        Err(InsightError::NoSolution { what: "logistic regression", problem })
    }

    /// Returns the weights and the intercept by which the second of two classes is told from the first.
    pub(crate) fn between(&self) -> (Vec<f64>, f64) {
        let weights = self.weights.column(1).into_iter().zip(self.weights.column(0)).map(|(b, a)| b - a);
        (weights.collect(), self.intercepts[1] - self.intercepts[0])
    }

    pub(super) fn probabilities(&self, x: &Array2<f64>) -> Array2<f64> {
        let mut p = x.dot(&self.weights) + &self.intercepts;
        for mut row in p.axis_iter_mut(Axis(0)) {
            let top = row.fold(f64::NEG_INFINITY, |m, v| m.max(*v));
            row.mapv_inplace(|v| (v - top).exp());
            let sum = row.sum();
            row.mapv_inplace(|v| v / sum);
        }
        p
    }

    /// Returns the weight of each feature for a class; of two, against the other.
    pub(super) fn of_class(&self, class: usize) -> Vec<f64> {
        let others = self.weights.sum_axis(Axis(1)) - self.weights.column(class);
        let n_others = (self.weights.ncols() - 1) as f64;
        self.weights.column(class).iter().zip(others).map(|(w, o)| w - o / n_others).collect()
    }
}

type Data = Dataset<f64, usize, ndarray::Ix1>;

fn two(data: &Data, tolerance: f64) -> Result<Weights, linfa_logistic::error::Error> {
    let params = LogisticRegression::default().alpha(1.0).gradient_tolerance(tolerance);
    let fitted = params.max_iterations(STEPS_MAX).fit(data)?;
    // linfa takes the more frequent class for the positive one.
    let positive = fitted.labels().pos.class;
    let mut weights = Array2::zeros((fitted.params().len(), 2));
    weights.column_mut(positive).assign(fitted.params());
    let mut intercepts = Array1::zeros(2);
    intercepts[positive] = fitted.intercept();
    Ok(Weights { weights, intercepts })
}

fn many(data: &Data, tolerance: f64, n_classes: usize) -> Result<Weights, linfa_logistic::error::Error> {
    let params = MultiLogisticRegression::default().alpha(1.0).gradient_tolerance(tolerance);
    let fitted = params.max_iterations(STEPS_MAX).fit(data)?;
    let mut weights = Array2::zeros((fitted.params().nrows(), n_classes));
    let mut intercepts = Array1::zeros(n_classes);
    for (column, &class) in fitted.classes().iter().enumerate() {
        weights.column_mut(class).assign(&fitted.params().column(column));
        intercepts[class] = fitted.intercept()[column];
    }
    Ok(Weights { weights, intercepts })
}
