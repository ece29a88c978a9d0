//! Backups: made while others work, restored elsewhere, and refused where they are not whole.

mod damage;
mod load;
mod s3;
mod schedule;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::Program;

/// Somebody who may read backups, and by what.
pub const RECIPIENT: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
pub const IDENTITY: &str = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A house with some mails, on a file.
pub fn house(dir: &Path, n_mails: usize) -> Program {
    let mails = dir.join("mails");
    std::fs::create_dir_all(&mails).unwrap();
    let start = rapport_model::Timestamp::parse("2026-11-20T00:00:00Z").unwrap();
    for (i, mail) in crate::support::correspondence(n_mails, start).0.iter().enumerate() {
        std::fs::write(mails.join(format!("{i:06}.eml")), mail).unwrap();
    }
    let program = Program::on(&dir.join("data"));
    program.json(&["--json", "ingest", text(&mails), "--house", "brightwater.example"]);
    program
}

/// Runs a command that must fail, and returns what it says.
pub fn refused(program: &Program, args: &[&str]) -> String {
    let output = program.run(args);
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success(), "{args:?}: {said}");
    said
}

/// The names of whole backups.
pub fn names(program: &Program, place: &str) -> Vec<String> {
    let output = program.run(&["--json", "backup", "list", "--from", place]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| {
            let listed: Value = serde_json::from_str(line).unwrap();
            listed["name"].as_str().unwrap().to_owned()
        })
        .collect()
}

/// Every file below a folder.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}
