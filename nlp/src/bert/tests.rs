use rapport_model::reading::{Intent, Mood};

use super::*;
use crate::Engine as _;
use crate::linear::{Example, Linear, Source, TrainOptions, TrainingData, train};

/// Numbers that tell how often each letter occurs: as good as MiniLM for what is asked here.
fn letters(encoder: Encoder, texts: &[&str]) -> Result<Vec<f32>, NlpError> {
    let from = if encoder == Encoder::Customer { 100 } else { 0 };
    let numbers = |text: &&str| {
        let mut numbers = [0.0; DIMENSIONS];
        text.bytes()
            .filter(u8::is_ascii_lowercase)
            .for_each(|b| numbers[from + usize::from(b - b'a')] += 1.0);
        let length = numbers.iter().map(|n| n * n).sum::<f32>().sqrt().max(1e-9);
        numbers.map(|n| n / length)
    };
    Ok(texts.iter().flat_map(numbers).collect())
}

/// Customers who say what they want, and some who say it in words that nobody used before.
fn data() -> TrainingData {
    let example = |(n, intent): (usize, &Intent), again: usize| Example {
        text: format!("we would like to talk about {} for our house {}", intent.name(), "xyz".repeat(again)),
        intents: vec![*intent],
        mood: Some(Mood::ALL[n % Mood::ALL.len()]),
        urgent: Some(n.is_multiple_of(4)),
        source: Source::Own,
    };
    let all = (0..9).flat_map(|again| Intent::ALL.iter().enumerate().map(move |one| example(one, again)));
    TrainingData { examples: all.collect() }
}

fn trained() -> (Linear, Heads) {
    let options = TrainOptions { bits: 12, ..TrainOptions::default() };
    let trained = train(&data(), &options).unwrap();
    let (heads, report) = Heads::train(&trained, &mut letters).unwrap();
    assert_eq!(report.n, data().examples.len());
    (trained.engine, heads)
}

#[test]
fn heads_are_read_back_and_a_damaged_file_is_refused_with_the_reason() {
    let (_, heads) = trained();
    let bytes = heads.bytes();
    assert_eq!(Heads::parse(&bytes, "m").unwrap(), heads);
    let changed = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x55;
        bytes
    };
    for (bytes, reason) in [
        (Vec::new(), "no file of heads"),
        (b"RPBH".to_vec(), "no file of heads"),
        (changed(0), "no file of heads"),
        (changed(4), "version"),
        (changed(9), "damaged"),
        (changed(500), "damaged"),
        (bytes[..bytes.len() - 1].to_vec(), "damaged"),
    ] {
        let error = Heads::parse(&bytes, "bert.bin").unwrap_err().to_string();
        assert!(error.contains("bert.bin") && error.contains(reason), "{error}");
    }
}

#[test]
fn the_shipped_heads_are_sound() {
    Heads::shipped().unwrap();
}

#[test]
fn only_english_of_which_the_linear_engine_is_not_sure_is_read_again() {
    let (linear, heads) = trained();
    let texts = ["we would like to talk about refund for our house", "qwerty asdf", "我们想退货，请处理一下"];
    let mut cascade = Cascade { linear, heads, always: true };
    let by_bert = |cascade: &mut Cascade| -> Vec<bool> {
        let (read, failed) = cascade.read(&texts, &mut letters);
        assert!(failed.is_none());
        read.iter().map(|(_, by_bert)| *by_bert).collect()
    };
    assert_eq!(by_bert(&mut cascade), [true, true, false]);
    cascade.always = false;
    let asked = by_bert(&mut cascade);
    assert!(!asked[2] && (!asked[0] || asked[1]), "{asked:?}");
}

#[test]
fn a_worker_that_does_not_start_costs_its_readings_only() {
    let (linear, heads) = trained();
    let files = Files { worker: "/bin/false".into(), model: "/nowhere".into() };
    let mut reader = Reader::new(Cascade { linear, heads, always: true }, Bert::new(&files, 1));
    for _ in 0..10 {
        let readings = reader.understand(&["we would like to talk about refund for our house"]).unwrap();
        assert_eq!(
            (readings[0].engine.as_str(), readings[0].intent().name),
            (crate::linear::NAME, Intent::Refund)
        );
    }
    assert!(Bert::start(&files, 1).unwrap_err().to_string().contains("nlp/setup-bert"));
}
