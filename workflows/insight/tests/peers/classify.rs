//! Customers who left.

use rapport_insight::classify::{Classifier, Method};
use rapport_insight::table::{ReadOptions, Table, read};

use crate::data::place;

fn telco() -> Option<Table> {
    let bytes = std::fs::read(place("tables/telco_churn.train.tsv")?).unwrap();
    Some(read(&bytes, &ReadOptions { categories: vec!["Churn".into()], ..ReadOptions::default() }).unwrap())
}

/// Returns the mean area under the ROC curve and the mean Brier score over the first `n` of five folds.
fn folds(method: Method, n: usize) -> Option<(f64, f64)> {
    let table = telco()?;
    let (mut auroc, mut brier) = (0.0, 0.0);
    for fold in 0..n {
        let rows = |test: bool| (0..table.n_rows).filter(|row| (row % 5 == fold) == test).collect::<Vec<_>>();
        let (learn, test) = (table.rows(&rows(false)), table.rows(&rows(true)));
        let classifier = Classifier::train(&learn, "Churn", None, method, 1).unwrap();
        assert_eq!(classifier.classes()[classifier.positive()], "Yes");
        let measured = classifier.measure(&test, &classifier.probabilities(&test).unwrap()).unwrap();
        auroc += measured.auroc.unwrap() / n as f64;
        brier += measured.brier / n as f64;
    }
    println!("{method:?}: AUROC {auroc:.4}, Brier {brier:.4}");
    Some((auroc, brier))
}

#[test]
fn weights_foresee_who_leaves() {
    let Some((auroc, brier)) = folds(Method::Logistic, 5) else { return };
    assert!(auroc >= 0.84 && brier <= 0.140, "AUROC {auroc}, Brier {brier}");
}

#[test]
fn a_tree_foresees_who_leaves() {
    let Some((auroc, _)) = folds(Method::Tree, 5) else { return };
    assert!(auroc >= 0.81, "AUROC {auroc}");
}

#[test]
fn a_forest_foresees_who_leaves() {
    let Some((auroc, _)) = folds(Method::Forest, 5) else { return };
    assert!(auroc >= 0.835, "AUROC {auroc}");
}

#[test]
fn vectors_foresee_who_leaves() {
    // One fold, since each takes ten seconds without optimisation.
    let Some((auroc, _)) = folds(Method::Svm, 1) else { return };
    assert!(auroc >= 0.79, "AUROC {auroc}");
}
