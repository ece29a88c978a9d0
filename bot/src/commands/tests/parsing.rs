//! What is typed, and what is understood.

use super::super::command::{Command, Of};
use super::super::parse::{INPUT_BYTES_MAX, ParseError, Parsed, parse};

/// Writes what was understood: a command as it would be typed, `~` before it where a word was
/// corrected, and `name` behind it where a name is to be looked up.
fn said(text: &str) -> String {
    match parse(text) {
        Ok(Parsed { mut command, corrected }) => {
            let mark = if corrected { "~ " } else { "" };
            let named = matches!(command.of_mut(), Some(Of::Named(_)));
            let task = matches!(command, Command::Task(_));
            let aside = if named {
                " (name)"
            } else if task {
                " (new)"
            } else {
                ""
            };
            format!("{mark}{command}{aside}")
        }
        Err(ParseError::Unknown { guesses: [first, second], .. }) => format!("? {first} | {second}"),
        Err(ParseError::Incomplete(name)) => format!("! {}", name.spec().word),
        Err(ParseError::Nothing) => "! nothing".to_owned(),
        Err(ParseError::TooLong) => "! too long".to_owned(),
    }
}

fn cases() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("parse.txt").lines().filter(|l| !l.is_empty() && !l.starts_with("# "));
    lines.map(|line| line.rsplit_once(" => ").expect("a case has an arrow")).collect()
}

#[test]
fn every_case_is_understood_as_written() {
    let cases = cases();
    let wrong: Vec<String> = cases
        .iter()
        .filter(|(text, expected)| said(text) != *expected)
        .map(|(text, expected)| format!("{text:?}\n  expected {expected}\n  found    {}", said(text)))
        .collect();
    assert!(cases.len() > 150, "{} cases", cases.len());
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn a_command_typed_as_it_is_written_is_the_same_command() {
    for (text, _) in cases() {
        let Ok(parsed) = parse(text) else { continue };
        let again = parse(&parsed.command.to_string());
        assert_eq!(again, Ok(Parsed { command: parsed.command, corrected: false }), "{text:?}");
    }
}

#[test]
fn no_input_breaks_the_parser() {
    let pieces = [
        "find",
        "show",
        "note",
        "ticket",
        "stage",
        "undo",
        "/",
        "／",
        " ",
        "\t",
        "\n",
        "\u{0}",
        "\u{1b}[31m",
        "C12",
        "#",
        "@",
        ":",
        "：",
        "T",
        "9",
        "找",
        "备注",
        "工单",
        "，",
        "\u{202e}",
        "\u{200b}",
        "é",
        "👩‍🔧",
        "since:",
        "page:",
        "act:",
        "message:",
        "new",
        "close",
        "assign",
        "prio",
        "it",
        "\"",
        "'",
    ];
    let mut seed = 7_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..6 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
            text.push_str([" ", ""][(seed >> 60) as usize & 1]);
        }
        if let Ok(parsed) = parse(&text) {
            let _ = parse(&parsed.command.to_string());
        }
    }
}

#[test]
fn long_input_is_taken_whole_or_refused() {
    let ten_kb = "word ".repeat(2_048);
    for head in
        ["find ", "note C12 ", "task ", "ticket new C12 ", "stage D3 won ", "", "find", "找", "备注C1"]
    {
        let text = format!("{head}{ten_kb}");
        match parse(&text) {
            Ok(parsed) => assert!(parsed.command.to_string().len() > 10_000, "{head}"),
            Err(e) => assert!(matches!(e, ParseError::Unknown { .. }), "{head}: {e:?}"),
        }
    }
    assert_eq!(said(&"x".repeat(10 * 1024)), format!("? find {} | help", "x".repeat(10 * 1024)));
    assert_eq!(said(&"x".repeat(INPUT_BYTES_MAX + 1)), "! too long");
}

#[test]
fn control_characters_are_no_part_of_a_command() {
    assert_eq!(said("\u{0}\u{7}find leak\u{0}\r\n"), "find leak");
    assert_eq!(said("\u{feff}undo\u{200b}"), "undo");
    assert_eq!(said("\n\t "), "! nothing");
    assert_eq!(said("note C12 first line\nsecond line"), "note C12 first line\nsecond line");
}

#[test]
fn plain_words_are_commands_too() {
    let context = rapport_nlp::rep::Context {
        now: rapport_model::Timestamp::parse("2026-03-11T12:00:00Z").unwrap(),
        zone: chrono_tz::Tz::Europe__Berlin,
        region: "DE",
        currency: "EUR",
    };
    let said = |text: &str| match super::super::plain::read(text, &context) {
        Ok(Parsed { command, corrected }) => format!("{}{command}", if corrected { "~ " } else { "" }),
        Err(ParseError::Unknown { guesses: [first, second], .. }) => format!("? {first} | {second}"),
        Err(e) => format!("! {e:?}"),
    };
    let lines = include_str!("plain.txt").lines().filter(|l| !l.is_empty() && !l.starts_with("# "));
    let cases = lines.map(|line| line.rsplit_once(" => ").expect("a case has an arrow"));
    let wrong: Vec<String> = cases
        .filter(|(text, expected)| said(text) != *expected)
        .map(|(text, expected)| format!("{text:?}\n  expected {expected}\n  found    {}", said(text)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
