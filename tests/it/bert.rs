//! MiniLM by its worker, where that is built and set up; `RAPPORT_TEST_BERT=1` says that it must be.

use std::path::Path;
use std::process::Command;

use rapport::config::EngineChoice;
use rapport::understanding::{Reads, bert_files, engine, start_bert};
use rapport_nlp::bert::{self, Bert, DIMENSIONS, Encoder};
use rapport_nlp::linear;
use tempfile::TempDir;

use crate::support::{ENGINE, Program};

/// How far a number may be from what was computed elsewhere.
const TOLERANCE: f32 = 1e-4;

fn worker() -> Option<Bert> {
    match start_bert(Path::new("/nowhere")) {
        Ok(bert) => Some(bert),
        Err(why) if std::env::var("RAPPORT_TEST_BERT").is_ok_and(|wanted| wanted == "1") => panic!("{why}"),
        Err(why) => {
            eprintln!("left out: {why}");
            None
        }
    }
}

fn golden() -> (Vec<String>, Vec<f32>) {
    let texts = include_str!("../bert/golden.txt").lines().map(|line| line.replace("\\n", "\n"));
    let (numbers, _) = include_bytes!("../bert/golden.bin").as_chunks::<4>();
    (texts.collect(), numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn furthest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn minilm_says_what_was_computed_without_it() {
    let Some(mut bert) = worker() else { return };
    let (texts, expected) = golden();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(expected.len(), 64 * DIMENSIONS);
    let found = bert.embed(Encoder::Meaning, &texts).unwrap();
    for (n, text) in texts.iter().enumerate() {
        let of = n * DIMENSIONS..(n + 1) * DIMENSIONS;
        let far = furthest(&found[of.clone()], &expected[of]);
        assert!(far < TOLERANCE, "{far} away: {text}");
    }
    let plainly = bert.embed_plainly(Encoder::Meaning, &texts).unwrap();
    assert!(furthest(&plainly, &expected) < TOLERANCE, "batches make no difference");
    let moods = bert.embed(Encoder::Customer, &texts).unwrap();
    assert!(furthest(&moods, &expected) > 0.1, "what was learned of moods makes one");
}

#[test]
fn strange_texts_have_an_embedding() {
    let Some(mut bert) = worker() else { return };
    let long = "word ".repeat(200_000);
    let texts = [
        "",
        " \n\t",
        "\u{0}\u{202e}\u{fffd}",
        "👍👍🎉",
        &"a".repeat(1_000_000),
        &"好".repeat(300_000),
        &long,
    ];
    let found = bert.embed(Encoder::Meaning, &texts).unwrap();
    for numbers in found.chunks(DIMENSIONS) {
        let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
        assert!((length - 1.0).abs() < 1e-3, "{length}");
    }
}

#[test]
fn a_killed_worker_is_started_again_and_says_the_same() {
    let Some(mut bert) = worker() else { return };
    let first = bert.embed(Encoder::Meaning, &["The pump leaks"]).unwrap();
    let pid = bert.pid().unwrap();
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
    assert_eq!(bert.embed(Encoder::Meaning, &["The pump leaks"]).unwrap(), first);
    assert_ne!(bert.pid(), Some(pid));
}

#[test]
fn english_of_which_linear_is_not_sure_is_read_by_minilm() {
    if worker().is_none() {
        return;
    }
    let mut reader = engine(EngineChoice::Auto, Path::new("/nowhere")).unwrap();
    assert_eq!(Reads::tried(EngineChoice::Auto, Path::new("/nowhere")).to_string(), "auto");
    let texts = [
        "Please unsubscribe me from your newsletter.",
        "Well, that went about as smoothly as the last three times, didn't it.",
        "这件事你们自己看着办吧。",
    ];
    let by = |readings: &[rapport_model::reading::Reading]| -> Vec<String> {
        readings.iter().map(|reading| reading.engine.clone()).collect()
    };
    assert_eq!(by(&reader.understand(&texts).unwrap()), [linear::NAME, bert::NAME, linear::NAME]);
    let mut reader = engine(EngineChoice::Bert, Path::new("/nowhere")).unwrap();
    let readings = reader.understand(&texts).unwrap();
    assert_eq!(by(&readings), [bert::NAME, bert::NAME, linear::NAME]);
    assert_eq!(readings[0].intent().name.name(), "unsubscribe");
    assert!(
        readings[0].why[0].words.iter().any(|word| word.contains("unsubscribe")),
        "{:?}",
        readings[0].why
    );
}

#[test]
fn doctor_and_run_say_which_engine_reads() {
    let dir = TempDir::new().unwrap();
    let program = Program::on(dir.path());
    std::fs::write(dir.path().join("rapport.toml"), "[nlp]\nengine = 'bert'\n").unwrap();
    let say = |args: &[&str]| {
        String::from_utf8(program.command(args).env_remove(ENGINE).output().unwrap().stdout).unwrap()
    };
    let ready: serde_json::Value = serde_json::from_str(&say(&["--json", "run", "--once"])).unwrap();
    let doctor = say(&["doctor"]);
    let line = doctor.lines().find(|line| line.contains("understanding")).unwrap();
    match bert_files(dir.path()) {
        Ok(_) => {
            assert_eq!(ready["reads"], "bert");
            assert!(line.starts_with("fine") && line.contains("bert"), "{doctor}");
        }
        // The reason may name the folder of the program that looked, which is not that of this test.
        Err(_) => {
            let reads = ready["reads"].as_str().unwrap();
            assert!(reads.starts_with("linear (") && reads.contains("nlp/setup-bert"), "{reads}");
            assert!(!line.starts_with("fine") && doctor.contains("nlp/setup-bert"), "{doctor}");
        }
    }
}
