//! Lists the mails of the sample mailbox, so that the program carries them; with the feature `bert`,
//! builds the worker that runs MiniLM.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    mailbox();
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    if env::var_os("CARGO_FEATURE_BERT").is_some() {
        println!("cargo::rustc-env=RAPPORT_BERT_WORKER={}", worker().display());
    }
}

/// Builds the worker in a target directory of its own and returns where it is.
///
/// It is a program of its own, since a program that is linked against libtorch does not even start
/// where that is missing; and cargo builds no second program for `cargo run`.
fn worker() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace");
    for watched in ["nlp/bert/src", "nlp/bert/Cargo.toml", "nlp/models/customer.safetensors", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    let libtorch = libtorch();
    assert!(
        libtorch.join("lib/libtorch_cpu.so").is_file(),
        "the feature bert needs libtorch in {}: run nlp/setup-bert first",
        libtorch.display()
    );
    // OUT_DIR is TARGET/PROFILE/build/rapport-HASH/out.
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    let target = out.ancestors().nth(4).unwrap_or(&out).join("bert");
    let mut cargo = Command::new(env::var("CARGO").expect("cargo sets it"));
    cargo.current_dir(root).args([
        "build",
        "--release",
        "--locked",
        "-p",
        "rapport-bert",
        "--features",
        "torch",
    ]);
    cargo.arg("--target-dir").arg(&target);
    // libtorch as it comes from PyPI has the old C++ ABI.
    cargo.env("LIBTORCH", &libtorch).env("LIBTORCH_CXX11_ABI", "0").env_remove("CARGO_ENCODED_RUSTFLAGS");
    let built = cargo.status().expect("cargo can be started");
    assert!(built.success(), "the worker of the feature bert cannot be built");
    target.join("release/rapport-bert")
}

/// Returns where `nlp/setup-bert` puts libtorch.
fn libtorch() -> PathBuf {
    if let Some(named) = env::var_os("LIBTORCH") {
        return named.into();
    }
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cache");
    env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from).join("rapport/libtorch-2.4.0")
}

fn mailbox() {
    let manifest = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let dir = Path::new(&manifest).join("demo/mailbox");
    println!("cargo::rerun-if-changed={}", dir.display());
    let mut files: Vec<_> = fs::read_dir(&dir)
        .expect("the sample mailbox is part of the source")
        .map(|file| file.expect("a directory can be listed").path())
        .filter(|path| path.extension().is_some_and(|e| e == "eml"))
        .collect();
    files.sort();
    let list: String = files.iter().map(|path| format!("include_bytes!({path:?}),\n")).collect();
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("mailbox.rs");
    fs::write(out, format!("&[{list}]")).expect("cargo's own directory can be written");
}
