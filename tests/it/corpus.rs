//! Real mail: every file of the corpus is accounted for, and a second run adds nothing.

use tempfile::TempDir;

use crate::support::{Program, shared};

#[test]
fn every_file_of_the_corpus_is_accounted_for() {
    let Some(mail) = shared("data/mail") else { return };
    let dir = TempDir::new().unwrap();
    let program = Program::on(dir.path());
    let args = ["--json", "ingest", mail.to_str().unwrap()];
    let first = program.json(&args);
    let number = |report: &serde_json::Value, key: &str| report[key].as_i64().unwrap();
    let sum =
        |r: &serde_json::Value| number(r, "messages") + number(r, "duplicates") + number(r, "quarantined");
    eprintln!("{first}");
    assert_eq!(number(&first, "mails"), sum(&first));
    assert!(
        number(&first, "files") >= 1_000 && number(&first, "mails") >= number(&first, "files"),
        "{first}"
    );

    let second = program.json(&args);
    assert_eq!(number(&second, "messages") + number(&second, "quarantined"), 0, "{second}");
    assert_eq!(number(&second, "duplicates"), number(&second, "mails"));
    for key in ["threads", "customers", "tickets"] {
        assert_eq!(second[key], first[key], "{key}");
    }
}
