//! What colleagues correct is learned, measured, put to work and taken back.

use rapport_model::Timestamp;
use rapport_model::reading::{Intent, Mood};
use tempfile::TempDir;

use crate::support::{Mail, Program};

const N_MAILS: usize = 24;

/// A text in words that nobody uses: only the corrections tell what `zorble` means.
fn text(n: usize) -> String {
    let word = |at: usize| {
        let letter =
            |i: usize| char::from(b'a' + ((n * 7919 + at * 104_729 + i * 1_299_709) % 97 % 26) as u8);
        (0..6).map(letter).collect::<String>()
    };
    format!("{} zorble {} {} {}", word(1), word(2), word(3), word(4))
}

fn mail(n: usize) -> Mail {
    Mail::from(&format!("Ann <ann{n}@x.example>"))
        .id(&format!("zorble{n}@x.example"))
        .says("zorble", &text(n))
}

/// A small table of examples: each intent and mood in a few words of its own.
fn table() -> String {
    let row = |(n, intent): (usize, &Intent), again: usize| {
        let words = text(1000 + n * 31 + again).replace("zorble", intent.name());
        let mood = Mood::ALL[(n + again) % Mood::ALL.len()].name();
        format!("{} {words}\t{}\t{mood}\t{}\n", intent.name(), intent.name(), again % 2)
    };
    let rows = (0..8).flat_map(|again| Intent::ALL.iter().enumerate().map(move |one| row(one, again)));
    std::iter::once("text\tintent\tsentiment\turgent\n".to_owned()).chain(rows).collect()
}

#[test]
fn what_was_corrected_is_learned_and_can_be_taken_back() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(&dir.path().join("data"));
    let (mails, tables) = (dir.path().join("mails"), dir.path().join("tables"));
    std::fs::create_dir_all(&mails).unwrap();
    std::fs::create_dir_all(&tables).unwrap();
    std::fs::write(tables.join("small.tsv"), table()).unwrap();
    for n in 0..N_MAILS {
        let bytes = mail(n).bytes(Timestamp::parse("2026-11-20T01:00:00Z").unwrap());
        std::fs::write(mails.join(format!("{n}.eml")), bytes).unwrap();
    }
    let now = ["--now", "2026-11-20T02:00:00Z"];
    let run = |args: &[&str]| program.json(&[&now[..], args].concat());
    run(&["--json", "ingest", "--house", "ours.example", mails.to_str().unwrap()]);
    let train = ["--json", "nlp", "train", "--from-store", "--examples", tables.to_str().unwrap()];
    let failed = program.run(&train);
    assert!(!failed.status.success());
    assert!(String::from_utf8_lossy(&failed.stderr).contains("nobody has corrected"), "{failed:?}");
    for n in 1..=N_MAILS {
        let chat: Vec<&str> = [&now[..], &["chat"]].concat();
        let told = program.types(&chat, &format!("correct C{n}: unsubscribe\n"));
        assert!(told.contains("Counts as"), "{told}");
    }
    let unseen = format!("zorble {}", text(99));
    let intent = || {
        let read = program.types(&["understand"], &format!("{unseen}\n"));
        serde_json::from_str::<serde_json::Value>(&read).unwrap()["intents"][0]["name"].to_string()
    };
    let before = intent();
    assert_ne!(before, "\"unsubscribe\"");
    // Of an erased customer nothing is learned.
    run(&["--json", "erase", "C1", "--yes"]);
    let learned = program.json(&train);
    assert_eq!(learned["compared"]["corrections"], N_MAILS - 1);
    assert_eq!(learned["taken"], true, "{learned}");
    assert_eq!(intent(), "\"unsubscribe\"");
    program.json(&["--json", "nlp", "rollback"]);
    assert_eq!(intent(), before);
    assert!(!program.run(&["nlp", "rollback"]).status.success());

    // Weights that were cut are named, with what to do; nothing reads with half of them.
    std::fs::write(program.data.join("models/linear.bin"), "RPLN").unwrap();
    let refused = program.run(&["understand"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("models/linear.bin"), "{said}");
    assert!(said.contains("rapport nlp rollback"), "{said}");
    program.json(&["--json", "nlp", "rollback"]);
    assert_eq!(intent(), before);

    // Those of an earlier program lie idle: an upgrade stops nobody, and the operator is told.
    let outdated = [b"RPLN".as_slice(), &1_u32.to_le_bytes(), &[0; 4096]].concat();
    std::fs::write(program.data.join("models/linear.bin"), outdated).unwrap();
    assert_eq!(intent(), before);
    let report = program.run(&["doctor"]);
    let said = String::from_utf8_lossy(&report.stdout).into_owned();
    assert!(said.contains("train --from-store") && said.contains("of version 1"), "{said}");
}
