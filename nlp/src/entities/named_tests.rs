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

/// Least F1 of each kind in the messages of `nlp/data/entities`, English and Chinese. The finders were made
/// with these in view; messages nobody had looked at are read some hundredths worse.
const FLOORS: [(EntityKind, [f64; 2]); 10] = [
    (EntityKind::Email, [0.99, 0.99]),
    (EntityKind::Url, [0.98, 0.98]),
    (EntityKind::Phone, [0.98, 0.95]),
    (EntityKind::Money, [0.97, 0.95]),
    (EntityKind::Date, [0.91, 0.92]),
    (EntityKind::OrderId, [0.94, 0.94]),
    (EntityKind::InvoiceId, [0.93, 0.88]),
    (EntityKind::Quantity, [0.94, 0.90]),
    (EntityKind::Person, [0.94, 0.93]),
    (EntityKind::Company, [0.89, 0.89]),
];

/// Counts what is found in a table of `nlp/data/entities`.
fn counted(table: &str) -> BTreeMap<&'static str, Count> {
    let context = context_of("2026-11-30T09:00:00Z UTC - -", &[]);
    // Whether an article or a closing mark belongs to a name is a matter of taste.
    let bare = |kind: &str, words: &str| {
        let words = words
            .trim_matches([' ', ',', '.', ';', ':', '(', ')', '（', '）', '。', '，', '"', '“', '”', '#']);
        let article = matches!(kind, "date" | "company").then(|| words.split_once(' ')).flatten();
        article
            .filter(|(first, _)| first.eq_ignore_ascii_case("the"))
            .map_or(words, |(_, rest)| rest)
            .to_owned()
    };
    let mut counts = BTreeMap::<&str, Count>::new();
    for line in table.lines() {
        let (text, expected) = line.split_once('\t').expect("a text and what is in it");
        let entities = extract(&text.replace("\\n", "\n"), &context);
        let mut left: Vec<(&str, String)> =
            entities.iter().map(|e| (e.kind.name(), bare(e.kind.name(), &e.text))).collect();
        for thing in expected.split(" | ").filter(|thing| !thing.is_empty()) {
            let (kind, words) = thing.split_once('=').expect("a kind and its words");
            let kind = EntityKind::by_name(kind).expect("a kind").name();
            let words = bare(kind, &words.replace("\\n", "\n"));
            let count = counts.entry(kind).or_default();
            count.expected += 1;
            if let Some(at) = left.iter().position(|(found, text)| *found == kind && *text == words) {
                left.swap_remove(at);
                count.hits += 1;
                count.found += 1;
            }
        }
        for (kind, _) in left {
            counts.entry(kind).or_default().found += 1;
        }
    }
    counts
}

#[test]
fn what_strangers_write_is_found() {
    let tables = [include_str!("../../data/entities/en.tsv"), include_str!("../../data/entities/zh.tsv")];
    let mut low = Vec::new();
    for (nth, table) in tables.into_iter().enumerate() {
        let counts = counted(table);
        for (kind, floors) in FLOORS {
            let count = counts[kind.name()];
            println!("{} {:10} F1 {:.3} of {}", ["en", "zh"][nth], kind.name(), count.f1(), count.expected);
            if count.f1() < floors[nth] {
                low.push(format!("{kind} {:.3}", count.f1()));
            }
        }
    }
    assert!(low.is_empty(), "below its floor: {low:?}");
}
