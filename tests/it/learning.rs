//! What colleagues correct is learned, measured, put to work and taken back.

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

#[test]
#[ignore = "trains the engine three times, which takes minutes"]
fn what_was_corrected_is_learned_and_can_be_taken_back() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(&dir.path().join("data"));
    let mails = dir.path().join("mails");
    std::fs::create_dir_all(&mails).unwrap();
    for n in 0..N_MAILS {
        let bytes = mail(n).bytes(rapport_model::Timestamp::parse("2026-11-20T01:00:00Z").unwrap());
        std::fs::write(mails.join(format!("{n}.eml")), bytes).unwrap();
    }
    let now = ["--now", "2026-11-20T02:00:00Z"];
    program.json(
        &[&now[..], &["--json", "ingest", "--house", "ours.example", mails.to_str().unwrap()]].concat(),
    );
    let failed = program.run(&["nlp", "train", "--from-store"]);
    assert!(!failed.status.success());
    assert!(String::from_utf8_lossy(&failed.stderr).contains("nobody has corrected"), "{failed:?}");
    for n in 1..=N_MAILS {
        let told = program.types(&[&now[..], &["chat"]].concat(), &format!("correct C{n}: unsubscribe\n"));
        assert!(told.contains("Counts as"), "{told}");
    }
    let unseen = format!("zorble {}", text(99));
    let intent = || {
        let read = program.types(&["understand"], &format!("{unseen}\n"));
        serde_json::from_str::<serde_json::Value>(&read).unwrap()["intents"][0]["name"].to_string()
    };
    let before = intent();
    assert_ne!(before, "\"unsubscribe\"");
    let learned = program.json(&["--json", "nlp", "train", "--from-store"]);
    assert_eq!(learned["compared"]["corrections"], N_MAILS);
    assert_eq!(learned["taken"], true, "{learned}");
    assert_eq!(intent(), "\"unsubscribe\"");
    program.json(&["--json", "nlp", "rollback"]);
    assert_eq!(intent(), before);
    assert!(!program.run(&["nlp", "rollback"]).status.success());
}
