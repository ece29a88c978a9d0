//! What a manager reads.
#![allow(clippy::unwrap_used)] // A helper of a test is a test.

mod sample;

use rapport_model::Money;
use rapport_model::reading::Language;
use rapport_model::time::MINUTE;
use rapport_prompts::{CARD_UNITS_MAX, Digest, LANGUAGES, Prompts, Unhappy, Whose};

/// Compares `text` with a file; with `UPDATE_GOLDEN=1` in the environment writes it instead.
fn golden(file: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, expected, "{file} differs; look at it, then run with UPDATE_GOLDEN=1");
}

#[test]
fn a_week_reads_as_it_should() {
    let prompts = Prompts::new();
    for (language, file) in [(Language::En, "week.en.txt"), (Language::Zh, "week.zh.txt")] {
        let digest = prompts.digest(language, &sample::week(language));
        let drills: Vec<String> =
            digest.drills.iter().map(|(label, command)| format!("[{label}] {command}")).collect();
        let parts =
            [&digest.subject, &digest.text, "== in a chat", &digest.card, &drills.join("\n"), &digest.alt];
        golden(file, &parts.map(|part| part.trim_end().to_owned()).join("\n\n"));
    }
}

#[test]
fn a_card_for_a_chat_fits_and_has_few_buttons() {
    let prompts = Prompts::new();
    let mut digest = sample::week(Language::En);
    digest.pipeline[0].totals = (0..60).map(|n| Money::new(n, &format!("C{n:02}"))).collect();
    for language in LANGUAGES {
        let said = prompts.digest(language, &digest);
        assert!(said.card.encode_utf16().count() <= CARD_UNITS_MAX, "{}", said.card);
        assert!(said.drills.len() <= 5 && said.beside.contains("<img src=\"data:image/png;base64,"));
        assert!(said.drills.iter().all(|(_, command)| said.beside.contains(command)), "{}", said.beside);
    }
}

#[test]
fn a_search_says_the_period_by_days_or_minutes() {
    let mut digest = sample::week(Language::En);
    let first = |digest: &Digest| Prompts::new().digest(Language::En, digest).proofs[0].clone();
    assert_eq!(first(&digest), ("find direction:in since:2026-03-09 until:2026-03-15".to_owned(), 41));
    digest.from = digest.from.plus(90 * MINUTE);
    let by_minutes = "find direction:in since:2026-03-09_01:30 until:2026-03-16_00:00".to_owned();
    assert_eq!(first(&digest), (by_minutes, 41));
    digest.whose = Whose::Own { sees_no_more: false };
    let said = Prompts::new().digest(Language::En, &digest);
    let commands: Vec<&str> = said.proofs.iter().map(|(command, _)| command.as_str()).collect();
    assert_eq!(commands, ["tickets mine", "tasks", "deals"], "a search of theirs would find others' mails");
    assert!(said.subject.contains("Your week"), "{}", said.subject);
}

#[test]
fn nothing_to_say_is_one_line() {
    let prompts = Prompts::new();
    for language in LANGUAGES {
        let digest = prompts.digest(language, &sample::quiet(language));
        assert_eq!(digest.text.trim_end().lines().count(), 1, "{}", digest.text);
        assert!(digest.text.contains("Brightwater Filters"));
        assert!(!digest.html.contains("figure") && digest.html.contains(digest.text.trim_end()));
    }
}

#[test]
fn a_mail_program_finds_nothing_to_load_or_run() {
    let prompts = Prompts::new();
    for language in LANGUAGES {
        let html = prompts.digest(language, &sample::week(language)).html;
        for outside in ["http", "<script", "<link", "@import", "url("] {
            assert!(!html.contains(outside), "{outside}");
        }
        // The picture comes along.
        assert_eq!(html.matches("src=").count(), html.matches("src=\"data:image/png;base64,").count());
        assert!(html.len() < 100_000, "mail programs cut longer mails off: {} bytes", html.len());
    }
}

#[test]
fn what_a_customer_wrote_stays_data() {
    let prompts = Prompts::new();
    let mut digest = sample::week(Language::En);
    let evil = "{{ 7*7 }} {% raw %} <script>alert(1)</script>\r\nBcc: x@y.example";
    digest.house = evil.to_owned();
    digest.recipient = evil.to_owned();
    digest.unhappy =
        vec![Unhappy { name: evil.to_owned(), excerpt: evil.to_owned(), ..digest.unhappy[0].clone() }];
    digest.team[0].name = evil.to_owned();
    digest.pipeline[0].stage = evil.to_owned();
    digest.due[0].title = evil.to_owned();
    digest.silent[0].name = evil.to_owned();
    for language in LANGUAGES {
        let said = prompts.digest(language, &digest);
        assert!(said.text.contains("{{ 7*7 }} {% raw %} <script>alert(1)</script> Bcc: x@y.example"));
        assert!(!said.html.contains("<script") && said.html.contains("&lt;script&gt;"));
        assert!(!said.beside.contains("<script") && !said.card.contains("\nBcc"));
        assert_eq!(said.subject.lines().count(), 1);
        assert!(!said.text.lines().chain(said.html.lines()).any(|line| line.trim_start().starts_with("Bcc")));
    }
}

#[test]
fn a_long_list_says_how_many_are_left_out() {
    let mut digest = sample::week(Language::En);
    digest.unhappy = vec![digest.unhappy[0].clone(); 12];
    assert!(Prompts::new().digest(Language::En, &digest).text.contains("and 7 more"));
    assert!(Prompts::new().digest(Language::Zh, &digest).text.contains("另有 7 项"));
}
