//! What a manager reads.
#![allow(clippy::unwrap_used)] // A helper of a test is a test.

mod sample;

use rapport_model::reading::Language;
use rapport_prompts::{LANGUAGES, Prompts, Unhappy};

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
        golden(file, &format!("{}\n\n{}", digest.subject, digest.text));
    }
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
        for outside in ["http", "src=", "<script", "<link", "@import", "url(", "<style"] {
            assert!(!html.contains(outside), "{outside}");
        }
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
    for language in LANGUAGES {
        let said = prompts.digest(language, &digest);
        assert!(said.text.contains("{{ 7*7 }} {% raw %} <script>alert(1)</script> Bcc: x@y.example"));
        assert!(!said.html.contains("<script") && said.html.contains("&lt;script&gt;"));
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
