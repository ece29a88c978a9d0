//! Lists the mails of the sample mailbox, so that the program carries them.

use std::path::Path;
use std::{env, fs};

fn main() {
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
