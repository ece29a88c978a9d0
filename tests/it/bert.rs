//! MiniLM by its worker, where that is built and set up; `RAPPORT_TEST_BERT=1` says that it must be.

use std::path::Path;
use std::process::Command;

use rapport::config::EngineChoice;
use rapport::understanding::{Reads, bert_files, engine, start_bert};
use rapport_nlp::bert::{self, Bert, DIMENSIONS, Encoder};
use rapport_nlp::classifier::{Classifier, Labelled, Options, train};
use rapport_nlp::{NlpError, linear};
use tempfile::TempDir;

use crate::support::{ENGINE, Program};

/// How far a number may be from what was computed elsewhere.
const TOLERANCE: f32 = 1e-4;

fn worker() -> Option<Bert> {
    match start_bert(Path::new("/nowhere"), 1) {
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

/// What people ask a shop, in words that no two of them share.
const ASKED: [(&str, &str); 16] = [
    ("where", "When does my parcel get here?"),
    ("where", "The tracking page has not moved since Monday"),
    ("where", "Has the courier left the depot yet"),
    ("where", "Still waiting for the delivery van"),
    ("refund", "I want my money back"),
    ("refund", "Please reverse the charge on my card"),
    ("refund", "How long until you reimburse us?"),
    ("refund", "You still owe me 40 euros for the returned kettle"),
    ("broken", "The pump leaks at the seal"),
    ("broken", "It stopped working after two days"),
    ("broken", "The display stays black when I switch it on"),
    ("broken", "There is a crack in the housing"),
    ("advice", "Which hose fits the smaller model?"),
    ("advice", "Would you recommend steel or brass for hot water"),
    ("advice", "Can this one be used outdoors"),
    ("advice", "What is the difference between both filters?"),
];

#[test]
fn few_texts_of_many_labels_are_taught() {
    let Some(mut bert) = worker() else { return };
    let example = |(label, text): &(&str, &str)| Labelled { text: (*text).into(), label: (*label).into() };
    let examples: Vec<Labelled> = ASKED.iter().map(example).collect();
    let (mut taught, report) = train(&examples, &Options::default(), Some(&mut bert)).unwrap();
    assert_eq!(report.encoder, Some(Encoder::Taught));
    let (again, _) = train(&examples, &Options::default(), Some(&mut bert)).unwrap();
    assert!(taught.bytes() == again.bytes(), "the same texts and seed give the same file");

    let mut read = Classifier::of_bytes(&taught.bytes(), "asked.model").unwrap();
    let texts =
        ["my package has not arrived", "the motor is dead", "give me the refund", "which size do I need"];
    let labels = |classifier: &mut Classifier, bert: &mut Bert| -> Vec<String> {
        let rankings = classifier.classify_all(&texts, Some(bert)).unwrap();
        rankings.iter().map(|ranking| classifier.labels()[ranking.labels[0].0].clone()).collect()
    };
    assert_eq!(labels(&mut taught, &mut bert), ["where", "broken", "refund", "advice"]);
    let mut fresh = worker().unwrap();
    assert_eq!(
        labels(&mut read, &mut fresh),
        ["where", "broken", "refund", "advice"],
        "by a worker that was not there"
    );
    assert!(read.classify_all(&texts, None).unwrap_err().to_string().contains("needs it"));

    let before = fresh.embed(Encoder::Taught, &texts).unwrap();
    let pid = fresh.pid().unwrap();
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
    assert_eq!(fresh.embed(Encoder::Taught, &texts).unwrap(), before, "a killed worker is taught again");
}

#[test]
fn what_cannot_be_learned_or_taken_over_is_refused_with_the_reason() {
    let Some(mut bert) = worker() else { return };
    let why = |result: Result<(), NlpError>| result.unwrap_err().to_string();
    assert!(why(bert.embed(Encoder::Taught, &["a"]).map(drop)).contains("nothing was learned"));
    assert!(why(bert.take(b"nonsense")).contains("damaged"));
    assert!(why(bert.teach(&["a", "b"], &[0], 1).map(drop)).contains("2 texts with 1 labels"));
    let learned = bert.teach(&["", "a", "👍", &"long ".repeat(50_000)], &[0, 1, 0, 1], 1).unwrap();
    assert!(why(bert.take(&learned[..learned.len() / 2])).contains("damaged"));
    bert.take(&learned).unwrap();
    assert_eq!(bert.embed(Encoder::Taught, &["a"]).unwrap().len(), DIMENSIONS);
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
