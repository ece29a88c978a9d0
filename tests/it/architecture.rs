//! Who may know whom, and what may come in from outside, read from what cargo says of the workspace.

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

/// What may come in as a dependency; cargo-deny reads the same file.
const DENY: &str = include_str!("../../bot/deploy/deny.toml");

/// The texts of a list in [`DENY`], which stand one a line.
fn listed(key: &str) -> BTreeSet<String> {
    let lines = DENY.lines().skip_while(|line| *line != format!("{key} = [")).skip(1);
    let texts: BTreeSet<String> = lines
        .take_while(|line| *line != "]")
        .filter_map(|l| l.split('"').nth(1))
        .map(str::to_owned)
        .collect();
    assert!(!texts.is_empty(), "{key}");
    texts
}

/// Tells whether the licence can be taken as one, or as all, of those that are allowed. `AND` binds more
/// than `OR` (SPDX); of old `/` stood for `OR`.
fn may(licence: &str, allowed: &BTreeSet<String>) -> bool {
    let licence = licence.replace('/', " OR ");
    for word in [" OR ", " AND "] {
        let mut depth = 0;
        let at = licence.char_indices().find(|&(i, c)| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0 && licence[i..].starts_with(word)
        });
        if let Some((at, _)) = at {
            let (left, right) = (may(&licence[..at], allowed), may(&licence[at + word.len()..], allowed));
            return if word == " OR " { left || right } else { left && right };
        }
    }
    let one = licence.trim();
    match one.strip_prefix('(').and_then(|one| one.strip_suffix(')')) {
        Some(within) => may(within, allowed),
        None => allowed.contains(one),
    }
}

#[test]
fn a_licence_is_allowed_where_one_of_its_choices_is() {
    let allowed = BTreeSet::from(["MIT", "ISC", "BSD-3-Clause"].map(str::to_owned));
    for licence in ["MIT", "GPL-3.0 OR MIT", "GPL-3.0/MIT", "(Apache-2.0 OR MIT) AND ISC", "X AND Y OR ISC"] {
        assert!(may(licence, &allowed), "{licence}");
    }
    for licence in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND X", "MIT WITH X-exception"] {
        assert!(!may(licence, &allowed), "{licence}");
    }
}

#[test]
fn what_comes_from_outside_has_an_allowed_licence_and_comes_from_the_registry() {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // Crates of other platforms were perhaps never fetched.
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", host])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let allowed = listed("allow");
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100);
    let registry = packages.iter().find_map(|package| package["source"].as_str()).unwrap();
    for package in packages {
        let (name, licence) = (&package["name"], package["license"].as_str().unwrap_or_default());
        assert!(may(licence, &allowed), "{name}: {licence:?} is not in bot/deploy/deny.toml");
        // Ours have no source; all others are of the same registry, and of none that somebody added.
        let source = package["source"].as_str();
        let is_registry = source.is_none_or(|source| source.starts_with("registry+"));
        assert!(
            is_registry && source.is_none_or(|source| source == registry),
            "{name} comes from {source:?}"
        );
        for banned in DENY.lines().filter_map(|line| line.trim().strip_prefix("{ crate = \"")) {
            assert!(Some(name.as_str().unwrap()) != banned.split('"').next(), "{name} is banned");
        }
    }
}
