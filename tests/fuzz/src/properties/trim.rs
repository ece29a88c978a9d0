//! A mail's own text: without quotes, signatures and markup.

use rapport_nlp::text::{clean, excerpt, subject_key, trim};

use super::mail::{BODY_BYTES_MAX, content};

/// Checks what must hold of any text.
pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let trimmed = trim(&text);
    assert_eq!(trimmed, trim(&text), "the same text is the same text");
    match &trimmed {
        Some(own) => is_part_of(own, &text),
        None => quoting_adds_nothing(&text),
    }
    cleans(&text);
    markup_says_what_it_says(&text);
}

/// The lines of what is left are lines of the text, in their order.
fn is_part_of(own: &str, text: &str) {
    assert!(!own.trim().is_empty() && own.len() <= text.len() && own != text);
    assert_eq!(own.trim(), own);
    let mut lines = text.lines();
    // A gap is made between what is kept of two places.
    for line in own.lines().filter(|line| !line.trim().is_empty()) {
        assert!(lines.any(|l| l.trim() == line.trim()), "{line:?} stands nowhere in the text, or too early");
    }
}

/// To a text that is all its writer's own, the mail that it answers adds nothing.
fn quoting_adds_nothing(text: &str) {
    let text = text.trim();
    // A rule of stars or dashes is nobody's words.
    let is_wordless = !text.contains(char::is_alphanumeric);
    if is_wordless || text.lines().any(|line| line.trim_start().starts_with(['>', '＞'])) {
        return;
    }
    let answer = format!("{text}\n\n> Dear Ann,\n> here is the offer.\n");
    let own = trim(&answer).unwrap_or(answer);
    let words = |text: &str| text.lines().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
    let (own, text): (Vec<String>, Vec<String>) = (words(&own), words(text));
    // What somebody passes on stays whole, with the quotes in it; a mark of that has one of these.
    if text.iter().any(|line| line.contains([':', '：', '|', '-', '_', '=', '—'])) {
        return;
    }
    assert!(!own.iter().any(|line| line.starts_with('>')), "a quote was left");
    assert!(text.starts_with(&own), "{own:?} of {text:?}");
}

fn cleans(text: &str) {
    let cleaned = clean(text);
    assert_eq!(clean(&cleaned), cleaned, "clean once, clean for good");
    assert!(cleaned.len() <= text.len() && !cleaned.contains("  ") && cleaned.trim() == cleaned);
    let key = subject_key(text);
    assert_eq!(subject_key(&format!("Re: {text}")), key, "an answer");
    assert_eq!(subject_key(&format!("Fwd: AW: {text}")), key, "a forward");
    for chars_max in [0, 1, 7, 80] {
        let start = excerpt(text, chars_max);
        assert!(start.chars().count() <= chars_max && !start.contains('\n'), "{start:?}");
    }
}

/// Plain text written as HTML is the same text again; of markup of any kind no control character is left.
fn markup_says_what_it_says(text: &str) {
    let any = content(&as_html(text.as_bytes())).body;
    assert!(any.len() <= BODY_BYTES_MAX && any.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t')));
    let written = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let words = clean(text);
    if words.len() < BODY_BYTES_MAX / 2 {
        let shown = content(&as_html(format!("<html><body><p>{written}</p></body></html>").as_bytes())).body;
        assert_eq!(clean(&shown), words);
    }
}

/// Writes a mail whose text is HTML.
pub fn as_html(html: &[u8]) -> Vec<u8> {
    let header = b"From: ann@shop.example\nSubject: x\nContent-Type: text/html; charset=utf-8\n\n";
    [header, html].concat()
}
