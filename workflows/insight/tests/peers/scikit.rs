//! The stored figures against those of the scikit-learn that is installed.

use std::process::Command;

use serde_json::Value;

use crate::data::{figures, place};

/// Runs one of our scripts; none where scikit-learn is not installed. `RAPPORT_TEST_PYTHON` names another
/// Python than the first on the path.
fn computed(script: &str, args: &[&str]) -> Option<Value> {
    let python = std::env::var("RAPPORT_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let has = Command::new(&python).args(["-c", "import sklearn.cluster"]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        eprintln!("left out: scikit-learn is not installed for {python}");
        return None;
    }
    let script = format!("{}/tests/peers/{script}", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(&python).arg(script).args(args).env("OMP_NUM_THREADS", "1").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Compares every number of `found` that is stored, too.
fn check(found: &Value, stored: &Value, within: f64, at: &str) {
    match (found, stored) {
        (Value::Object(found), Value::Object(stored)) => {
            for (name, found) in found {
                if let Some(stored) = stored.get(name) {
                    check(found, stored, within, &format!("{at} {name}"));
                }
            }
        }
        _ => {
            let (found, stored) = (found.as_f64().unwrap(), stored.as_f64().unwrap());
            let difference = (found - stored).abs() / stored.abs().max(1.0);
            assert!(difference <= within, "{at}: {found} now, {stored} stored");
        }
    }
}

#[test]
fn stored_figures_of_groups_are_those_of_scikit_learn() {
    let Some(found) = computed("cluster.py", &[]) else { return };
    check(&found, &figures()["cluster"], 0.005, "");
}

#[test]
#[ignore = "a minute of scikit-learn"]
fn stored_figures_of_outliers_are_those_of_scikit_learn() {
    let Some(folder) = place("anomaly/adbench") else { return };
    let Some(found) = computed("outliers.py", &[&folder.to_string_lossy()]) else { return };
    println!("{found}");
    check(&found, &figures()["outliers"], 0.005, "");
}
