//! The sentences of `cases.tsv` and the texts of `mixed.tsv`.

use chrono_tz::Tz;
use rapport_model::Timestamp;

use super::*;
use crate::entities::{Context, extract};
use crate::linear::Linear;

fn context() -> Context<'static> {
    let received_at = Timestamp::parse("2026-03-04T09:22:00Z").expect("an instant");
    Context { received_at, zone: Tz::Europe__Berlin, region: "DE", currency: "EUR", products: &[] }
}

fn today() -> chrono::NaiveDate {
    context().received_at.local(context().zone).date_naive()
}

fn cases(list: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    list.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

#[test]
fn sentences_promise_or_ask_as_the_table_says() {
    let mut wrong = Vec::new();
    let mut n_cases = 0;
    for (expected, text) in cases(include_str!("cases.tsv")) {
        n_cases += 1;
        let promised = promises(text, &extract(text, &context()), today());
        let asked = questions(text);
        let chars: Vec<char> = text.chars().collect();
        for (start, end, words) in promised
            .iter()
            .map(|p| (p.start, p.end, &p.text))
            .chain(asked.iter().map(|q| (q.start, q.end, &q.text)))
        {
            assert_eq!(&chars[start..end].iter().collect::<String>(), words, "{text}");
        }
        let mut found = match promised.iter().find(|p| p.due.is_some()).or(promised.first()) {
            Some(promise) => {
                format!("p{}", promise.due.as_ref().map_or(String::new(), |due| format!("={}", &due[..10])))
            }
            None => String::new(),
        };
        if !asked.is_empty() {
            found.push('q');
        }
        if found.is_empty() {
            found.push('-');
        }
        if found != expected {
            wrong.push(format!("{text}: {found} instead of {expected}"));
        }
    }
    assert!(n_cases >= 110, "{n_cases} cases");
    assert!(wrong.is_empty(), "{} of {n_cases}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn mixed_texts_are_told_from_others() {
    let mut engine = Linear::shipped().expect("the shipped weights are sound");
    let mut wrong = Vec::new();
    let mut n_cases = 0;
    for (expected, text) in cases(include_str!("mixed.tsv")) {
        n_cases += 1;
        if is_mixed(&mut engine, text) != (expected == "yes") {
            wrong.push(text);
        }
    }
    assert!(wrong.len() * 20 <= n_cases, "{} of {n_cases}: {wrong:#?}", wrong.len());
}

#[test]
fn no_text_breaks_them_and_long_ones_are_linear() {
    for piece in ["I will ", "if ", "? ", "我会", "，", ". ", "send it, ", "\n", "吗", "é", "👩‍🔧?", "what is "]
    {
        let text = piece.repeat(300_000 / piece.len());
        promises(&text, &[], today());
        questions(&text);
    }
}
