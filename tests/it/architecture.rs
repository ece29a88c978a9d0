//! Who may know whom, read from what cargo says of the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// The packages of the workspace with what each depends on directly, tests left out.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |v: &Value| v["name"].as_str().unwrap().to_owned();
    let direct = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap();
        all.iter().filter(|d| d["kind"].is_null()).map(name).collect()
    };
    metadata["packages"].as_array().unwrap().iter().map(|p| (name(p), direct(p))).collect()
}

fn check_only(may: &[&str], wants: &[&str]) {
    for (package, dependencies) in dependencies() {
        let found: Vec<_> = dependencies.iter().filter(|d| wants.contains(&d.as_str())).collect();
        assert!(found.is_empty() || may.contains(&package.as_str()), "{package} must not know {found:?}");
    }
}

#[test]
fn packages_know_only_those_below_them() {
    let layers = [
        ("rapport-model", vec![]),
        ("rapport-storage", vec!["rapport-model"]),
        ("rapport-bert", vec![]),
        ("rapport-nlp", vec!["rapport-bert", "rapport-model"]),
        ("rapport-prompts", vec!["rapport-model"]),
        ("rapport-insight", vec![]),
        (
            "rapport-workflows",
            vec!["rapport-insight", "rapport-model", "rapport-nlp", "rapport-prompts", "rapport-storage"],
        ),
    ];
    let dependencies = dependencies();
    for (package, below) in layers {
        let ours = dependencies[package].iter().filter(|d| d.starts_with("rapport"));
        let unknown: Vec<_> = ours.filter(|d| !below.contains(&d.as_str())).collect();
        assert!(unknown.is_empty(), "{package} must not know {unknown:?}");
    }
}

#[test]
fn each_big_library_is_known_to_one_package() {
    check_only(&["rapport-storage"], &["sqlx"]);
    check_only(&["rapport-nlp"], &["tantivy", "phonenumber", "whatlang"]);
    check_only(&["rapport-bert"], &["rust-bert", "rust_tokenizers", "tch"]);
    check_only(&["rapport-prompts"], &["minijinja"]);
    check_only(&["rapport-workflows"], &["cron"]);
    check_only(
        &["rapport"],
        &["mail-parser", "lettre", "clap", "teloxide", "serenity", "async-imap", "axum"],
    );
    check_only(
        &["rapport-nlp", "rapport-insight"],
        &["linfa", "linfa-clustering", "linfa-linear", "linfa-logistic", "linfa-nn", "hdbscan"],
    );
}

#[test]
fn the_model_does_no_io() {
    let model = &dependencies()["rapport-model"];
    for library in ["tokio", "sqlx", "tantivy", "reqwest", "tracing"] {
        assert!(!model.contains(library), "{library}");
    }
}
