//! How many of the names and numbers in `named.tsv` are found, and how much else.

use std::collections::BTreeMap;

use super::tests::context_of;
use super::*;

/// What was right, wrongly found and missed.
#[derive(Clone, Copy, Default)]
struct Count {
    hits: usize,
    found: usize,
    expected: usize,
}

impl Count {
    fn f1(self) -> f64 {
        if self.found + self.expected == 0 {
            return 1.0;
        }
        2.0 * self.hits as f64 / (self.found + self.expected) as f64
    }
}

/// Returns the counts by kind and script of the batches whose name has `only` in it, and what was
/// wrong.
fn measure(only: &str) -> (BTreeMap<String, Count>, Vec<String>) {
    let products = ["Aqua Filter", "Aqua Filter 500", "净水器"].map(String::from);
    let mut settings = "";
    let mut batch = "";
    let mut counts = BTreeMap::<String, Count>::new();
    let mut wrong = Vec::new();
    for line in include_str!("named.tsv").lines() {
        if let Some(name) = line.strip_prefix("# --- ") {
            batch = name;
        }
        if let Some(line) = line.strip_prefix("@ ") {
            settings = line;
        }
        let Some((text, expected)) = line.split_once('\t') else { continue };
        if line.starts_with('#') || !batch.contains(only) {
            continue;
        }
        let text = text.replace("\\n", "\n");
        let context = context_of(settings, &products);
        let entities = extract(&text, &context);
        let mut left: Vec<&Entity> = entities.iter().collect();
        let mut missed = Vec::new();
        let script = if batch.contains("Chinese") { "zh" } else { "en" };
        let of = |kind: &str| match kind {
            "person" | "company" => format!("{kind} {script}"),
            _ => kind.to_owned(),
        };
        for thing in expected.split(" | ").filter(|thing| !thing.is_empty()) {
            let (kind, words) = thing.split_once('=').expect("a kind and its words");
            let (words, value) = words.split_once("=>").unwrap_or((words, ""));
            let count = counts.entry(of(kind)).or_default();
            count.expected += 1;
            match left.iter().position(|e| {
                e.kind.name() == kind && e.text == words && (value.is_empty() || e.value == value)
            }) {
                Some(at) => {
                    left.remove(at);
                    count.hits += 1;
                    count.found += 1;
                }
                None => missed.push(thing),
            }
        }
        for extra in &left {
            counts.entry(of(extra.kind.name())).or_default().found += 1;
        }
        if !missed.is_empty() || !left.is_empty() {
            let extra: Vec<_> = left.iter().map(|e| format!("{}={}=>{}", e.kind, e.text, e.value)).collect();
            wrong.push(format!("[{batch}] {text:?}\n    missed {missed:?}\n    extra  {extra:?}"));
        }
    }
    (counts, wrong)
}

#[test]
fn names_and_numbers_of_whole_messages_are_found() {
    let only = std::env::var("BATCH").unwrap_or_default();
    let (counts, wrong) = measure(&only);
    let mut low = Vec::new();
    println!("{}", wrong.join("\n"));
    for (kind, count) in &counts {
        println!(
            "{kind:12} F1 {:.3}  hits {} of {}, found {}",
            count.f1(),
            count.hits,
            count.expected,
            count.found
        );
        let floor = if kind.starts_with("person") || kind.starts_with("company") { 0.9 } else { 0.95 };
        if count.f1() < floor {
            low.push(format!("{kind} {:.3}", count.f1()));
        }
    }
    assert!(low.is_empty(), "below its floor: {low:?}\n{}", wrong.join("\n"));
}
