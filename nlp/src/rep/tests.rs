//! Sentences of reps, and how many of them are understood.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use rapport_model::Timestamp;

use super::{Context, understand};

fn context() -> Context<'static> {
    Context {
        // A Wednesday, 13:00 in the zone.
        now: Timestamp::parse("2026-03-11T12:00:00Z").expect("it is a time"),
        zone: Tz::Europe__Berlin,
        region: "DE",
        currency: "EUR",
    }
}

struct Sentence {
    text: &'static str,
    command: &'static str,
    args: BTreeMap<String, String>,
}

fn sentences() -> Vec<Sentence> {
    let lines = include_str!("sentences.tsv").lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines
        .map(|line| {
            let mut cells = line.split('\t');
            let mut cell = || cells.next().unwrap_or_else(|| panic!("{line:?} has three cells"));
            let (text, command, args) = (cell(), cell(), cell());
            Sentence { text, command, args: serde_json::from_str(args).expect("arguments are JSON") }
        })
        .collect()
}

/// Returns how many have the right command, how many the right arguments too, and the failures.
fn measure(sentences: &[Sentence]) -> (usize, usize, Vec<String>) {
    let (mut right, mut exact, mut failures) = (0, 0, Vec::new());
    for sentence in sentences {
        let reading = understand(sentence.text, &context());
        let found: BTreeMap<String, String> =
            reading.best.args.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        let command = reading.best.command.name() == sentence.command;
        right += usize::from(command);
        if command && found == sentence.args {
            exact += 1;
            continue;
        }
        let why = super::rank::explain(sentence.text, &context());
        failures.push(format!(
            "{}\n  expected {} {:?}\n  found    {} {:?} ({})\n  {:?}",
            sentence.text, sentence.command, sentence.args, reading.best.command, found, reading.best.p, why
        ));
    }
    (right, exact, failures)
}

#[test]
fn the_sentences_of_reps_are_understood() {
    let sentences = sentences();
    let (right, exact, failures) = measure(&sentences);
    let n = sentences.len();
    let share = |part: usize| part as f64 / n as f64;
    println!("{}\n{right} and {exact} of {n}: {:.3} {:.3}", failures.join("\n"), share(right), share(exact));
    assert!(n >= 320, "{n} sentences");
    assert!(share(right) >= 0.95, "command {:.3}", share(right));
    assert!(share(exact) >= 0.85, "arguments {:.3}", share(exact));
}
