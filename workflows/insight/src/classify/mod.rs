//! Which class a row belongs to, with what probability and why, learnt from rows whose class is known.

mod forest;
mod grow;
mod logistic;
mod platt;
mod select;
mod tree;
mod vectors;

pub(crate) use forest::Small;
pub(crate) use logistic::Weights;
pub(crate) use platt::Curve;

use ndarray::Array2;
use serde::Serialize;

use crate::measure::{auroc, brier};
use crate::table::{Column, MISSING, Table, Values, by_frequency};
use crate::{InsightError, Preparation, Scaling};

/// Classes that are told apart at most.
const CLASSES_MAX: usize = 100;

/// How classes are learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Logistic regression: weights add up. The first to try.
    Logistic,
    /// One tree of questions, as deep as other rows bear out: readable.
    Tree,
    /// Hundreds of trees that vote.
    Forest,
    /// Support vectors with a curved boundary; of large tables from a sample.
    Svm,
}

/// What was learnt.
#[derive(Clone, Debug)]
pub struct Classifier {
    target: String,
    preparation: Preparation,
    classes: Vec<String>,
    positive: usize,
    model: Model,
    /// What was done, for people: one sentence each.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug)]
enum Model {
    Logistic(logistic::Weights),
    Tree(tree::Tree),
    Forest(forest::Forest),
    Svm(vectors::Vectors),
}

/// What a classifier goes by.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Explanation {
    /// Features with their weight, heaviest first: for logistic regression the change in log-odds for a
    /// standard deviation, or for yes instead of no; for a forest the share of its gain.
    pub weights: Vec<(String, f64)>,
    /// A tree's leaves, as sentences with counts.
    pub rules: Vec<String>,
}

/// How good predictions were.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Rows whose class is known.
    pub n: usize,
    /// The share of rows whose likeliest class is theirs.
    pub accuracy: f64,
    /// The area under the ROC curve of the positive class; the mean over all classes if there are more than
    /// two. None if no pair of rows can be compared.
    pub auroc: Option<f64>,
    /// The mean squared error of probabilities; with more than two classes half the sum over them.
    pub brier: f64,
}

impl Classifier {
    /// Learns the classes of `target`, a column of `table`. Rows whose class is missing are left out.
    /// `positive` is the class whose probability is asked for; if none, the one that is called 1, yes or
    /// true, else the rarer or rarest.
    ///
    /// # Errors
    /// The column is not there, or has not between 2 and 100 classes; no other column says anything; or the
    /// method finds no solution.
    pub fn train(
        table: &Table,
        target: &str,
        positive: Option<&str>,
        method: Method,
        seed: u64,
    ) -> Result<Self, InsightError> {
        let (classes, codes) = classes(table.column(target)?)?;
        let known: Vec<usize> = (0..codes.len()).filter(|&row| codes[row] != MISSING).collect();
        let y: Vec<usize> = known.iter().map(|&row| codes[row] as usize).collect();
        let positive = positive_class(&classes, &y, positive, target)?;
        let mut notes = Vec::new();
        if known.len() < table.n_rows {
            notes.push(format!("{} rows without {target:?} are left out", table.n_rows - known.len()));
        }
        let table = table.rows(&known).without(&[target.to_owned()])?;
        // A tree's questions are to be read in the table's own units, and order is all it looks at.
        let scaling = match method {
            Method::Tree | Method::Forest => Scaling::None,
            Method::Logistic | Method::Svm => Scaling::Standard,
        };
        let preparation = Preparation::fit(&table, scaling)?;
        notes.extend(preparation.notes.iter().cloned());
        let x = preparation.apply(&table)?;
        let n_classes = classes.len();
        let model = match method {
            Method::Logistic => Model::Logistic(logistic::Weights::train(&x, &y, n_classes)?),
            Method::Tree => Model::Tree(tree::Tree::train(&x, &y, n_classes, seed)),
            Method::Forest => Model::Forest(forest::Forest::train(&x, &y, n_classes, seed)),
            Method::Svm => Model::Svm(vectors::Vectors::train(&x, &y, n_classes, seed)),
        };
        Ok(Self { target: target.into(), preparation, classes, positive, model, notes })
    }

    /// Returns the classes, in the order of [`Self::probabilities`].
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Returns the index of the class whose probability is asked for.
    #[must_use]
    pub fn positive(&self) -> usize {
        self.positive
    }

    /// Returns the probabilities of the classes for each row of `table`: rows × classes, each row adds up to 1.
    ///
    /// # Errors
    /// A column that was learnt from is not there, or of another type.
    pub fn probabilities(&self, table: &Table) -> Result<Array2<f64>, InsightError> {
        let x = self.preparation.apply(table)?;
        Ok(match &self.model {
            Model::Logistic(weights) => weights.probabilities(&x),
            Model::Tree(tree) => tree.probabilities(&x),
            Model::Forest(forest) => forest.probabilities(&x),
            Model::Svm(vectors) => vectors.probabilities(&x),
        })
    }

    /// Returns what it goes by; empty for support vectors.
    #[must_use]
    pub fn explanation(&self) -> Explanation {
        let names = self.preparation.names();
        let weights = match &self.model {
            Model::Logistic(weights) => weights.of_class(self.positive),
            Model::Forest(forest) => forest.importances().to_vec(),
            Model::Tree(tree) => {
                return Explanation { weights: Vec::new(), rules: tree.rules(&names, &self.classes) };
            }
            Model::Svm(_) => Vec::new(),
        };
        let mut weights: Vec<(String, f64)> = names.into_iter().zip(weights).collect();
        weights.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        Explanation { weights, rules: Vec::new() }
    }

    /// Measures probabilities against the target column of `table`; none if it has no such column or all its
    /// classes are unknown.
    #[must_use]
    pub fn measure(&self, table: &Table, probabilities: &Array2<f64>) -> Option<Measured> {
        let Values::Categories { names, codes } = &table.column(&self.target).ok()?.values else {
            return None;
        };
        let class = |name: &String| self.classes.iter().position(|c| c == name);
        let of_name: Vec<Option<usize>> = names.iter().map(class).collect();
        let known = |row: usize| (codes[row] != MISSING).then(|| of_name[codes[row] as usize]).flatten();
        let rows: Vec<(usize, usize)> =
            (0..codes.len()).filter_map(|row| known(row).map(|class| (row, class))).collect();
        if rows.is_empty() {
            return None;
        }
        let n = rows.len();
        let n_right = rows.iter().filter(|(row, class)| likeliest(probabilities.row(*row)) == *class).count();
        let of_class = |k: usize| {
            let p: Vec<f64> = rows.iter().map(|(row, _)| probabilities[[*row, k]]).collect();
            let truth: Vec<bool> = rows.iter().map(|(_, class)| *class == k).collect();
            (auroc(&p, &truth), brier(&p, &truth))
        };
        let (auroc, brier) = if self.classes.len() == 2 {
            of_class(self.positive)
        } else {
            let all: Vec<(Option<f64>, f64)> = (0..self.classes.len()).map(of_class).collect();
            let known: Vec<f64> = all.iter().filter_map(|(a, _)| *a).collect();
            let mean = known.iter().sum::<f64>() / known.len() as f64;
            (Some(mean).filter(|m| m.is_finite()), all.iter().map(|(_, b)| b).sum::<f64>() / 2.0)
        };
        Some(Measured { n, accuracy: n_right as f64 / n as f64, auroc, brier })
    }
}

/// Returns the index of the largest, the first of equals.
#[must_use]
pub fn likeliest(probabilities: ndarray::ArrayView1<f64>) -> usize {
    let mut best = 0;
    for (k, p) in probabilities.iter().enumerate() {
        if *p > probabilities[best] {
            best = k;
        }
    }
    best
}

/// Returns the classes of a column in the order of their names, and the class of each row.
fn classes(column: &Column) -> Result<(Vec<String>, Vec<u32>), InsightError> {
    let wrong = |problem: String| Err(InsightError::Column { name: column.name.clone(), problem });
    let Values::Categories { names, codes } = &column.values else {
        return wrong("was read as numbers; a target is to be read as categories".into());
    };
    let mut order: Vec<usize> =
        by_frequency(names, codes.iter().copied()).into_iter().map(|(i, _)| i).collect();
    order.sort_by(|&a, &b| names[a].cmp(&names[b]));
    if order.len() < 2 {
        return wrong(format!("has {} different values, and a target needs at least 2", order.len()));
    }
    if order.len() > CLASSES_MAX {
        return wrong(format!("has {} different values, and {CLASSES_MAX} can be told apart", order.len()));
    }
    let mut place = vec![MISSING; names.len()];
    order.iter().enumerate().for_each(|(to, &from)| place[from] = to as u32);
    let codes = codes.iter().map(|&c| if c == MISSING { MISSING } else { place[c as usize] }).collect();
    Ok((order.into_iter().map(|i| names[i].clone()).collect(), codes))
}

fn positive_class(
    classes: &[String],
    y: &[usize],
    named: Option<&str>,
    target: &str,
) -> Result<usize, InsightError> {
    if let Some(named) = named {
        return classes.iter().position(|c| c == named).ok_or_else(|| InsightError::Column {
            name: target.into(),
            problem: format!("has no value {named:?}; it has: {}", classes.join(", ")),
        });
    }
    const YES: [&str; 6] = ["1", "yes", "true", "y", "t", "是"];
    if classes.len() == 2
        && let Some(yes) = classes.iter().position(|c| YES.iter().any(|yes| c.eq_ignore_ascii_case(yes)))
    {
        return Ok(yes);
    }
    let mut counts = vec![0; classes.len()];
    y.iter().for_each(|class| counts[*class] += 1);
    Ok((0..classes.len()).min_by_key(|&k| (counts[k], k)).unwrap_or(0))
}

#[cfg(test)]
mod tests;
