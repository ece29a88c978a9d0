//! Where the texts come from: the files built in, and a folder of the house's own.
//!
//! A file at the top of a locale holds short texts, one a line, `name = text`; further lines of
//! a text are indented by two blanks, `#` starts a comment. A file in a folder is one text.

use std::collections::BTreeMap;
use std::path::Path;

use rapport_model::reading::Language;

use crate::error::{Place, PromptError};

/// One text as it was written.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The words, with their variables.
    pub text: String,
    /// Where they stand.
    pub place: Place,
    /// Whether the house replaced or added it.
    pub own: bool,
}

/// The texts of one language by key: `texts/not_found`, `mail/follow_up_1`.
pub(crate) type Sources = BTreeMap<String, Source>;

macro_rules! embedded {
    ($($file:literal)*) => {
        /// The files that come with the service: path within a locale, English, Chinese. A file
        /// that one language lacks does not compile.
        const EMBEDDED: &[(&str, &str, &str)] = &[$((
            $file,
            include_str!(concat!("../locales/en/", $file)),
            include_str!(concat!("../locales/zh/", $file)),
        ),)*];
    };
}
embedded! {
    "texts.txt" "labels.txt" "help.txt" "rules.txt"
    "mail/acknowledgement.txt" "mail/follow_up_1.txt" "mail/follow_up_2.txt" "mail/follow_up_3.txt" "mail/rating_request.txt"
    "news/check_in.txt" "news/check_in_short.txt"
    "notice/alert_complaint.txt" "notice/alert_urgent.txt" "notice/alert_refund.txt"
    "notice/alert_cancel.txt" "notice/alert_leaving.txt" "notice/alert_privacy.txt"
    "notice/alert_anomaly_volume.txt" "notice/alert_anomaly_negative.txt" "notice/alert_anomaly_quiet.txt" "notice/alert_anomaly_answers.txt" "notice/alert_anomaly_intent.txt"
    "notice/ticket_problem.txt" "notice/alert_undelivered.txt" "notice/alert_mailbox.txt" "notice/alert_unproven.txt" "notice/alert_stranger.txt" "notice/alert_loop.txt" "notice/alert_meeting_moved.txt" "notice/alert_meeting_off.txt"
    "notice/mail_followed.txt" "notice/ticket_followed.txt"
    "notice/handed_over.txt" "notice/snooze_over.txt" "notice/task_due.txt" "notice/customer_silent.txt" "notice/customer_soured.txt" "notice/alert_together.txt"
    "notice/alert_exports.txt" "notice/alert_mass_export.txt" "notice/alert_mass_reading.txt" "notice/alert_refusals.txt" "notice/alert_binding.txt"
    "notice/alert_request.txt" "notice/alert_request_due.txt" "notice/alert_request_proven.txt"
    "notice/alert_webhook.txt" "notice/alert_pull.txt" "notice/ticket_due.txt" "notice/alert_overdue.txt"
}

/// What a language model is asked for: name, English, Chinese.
const LLM: &[(&str, &str, &str)] = &[
    ("answer.txt", include_str!("../llm/en/answer.txt"), include_str!("../llm/zh/answer.txt")),
    ("summary.txt", include_str!("../llm/en/summary.txt"), include_str!("../llm/zh/summary.txt")),
];

/// How digests and pages are laid out, in every language: its words come from the texts.
const LAYOUTS: &[(&str, &str)] = &[
    ("layout/digest.txt", include_str!("../locales/layout/digest.txt")),
    ("layout/digest.html", include_str!("../locales/layout/digest.html")),
    ("layout/digest_card.txt", include_str!("../locales/layout/digest_card.txt")),
    ("layout/digest_card.html", include_str!("../locales/layout/digest_card.html")),
    ("layout/page.html", include_str!("../locales/layout/page.html")),
    ("layout/board.html", include_str!("../locales/layout/board.html")),
    ("layout/api.html", include_str!("../locales/layout/api.html")),
    ("layout/register.html", include_str!("../locales/layout/register.html")),
    ("layout/person.html", include_str!("../locales/layout/person.html")),
];

/// Returns the texts that come with the service.
pub(crate) fn embedded(language: Language) -> Sources {
    let mut sources = Sources::new();
    for (file, en, zh) in EMBEDDED {
        let content = if language == Language::En { en } else { zh };
        let path = format!("prompts/locales/{language}/{file}", language = language.code());
        read(&mut sources, file, &path, content, false)
            .expect("the test of built-in texts parses every file");
    }
    for (file, en, zh) in LLM {
        let content = if language == Language::En { en } else { zh };
        let path = format!("prompts/llm/{}/{file}", language.code());
        read(&mut sources, &format!("llm/{file}"), &path, content, false)
            .expect("a file in a folder is one text, which cannot fail to parse");
    }
    for (file, content) in LAYOUTS {
        read(&mut sources, file, &format!("prompts/locales/{file}"), content, false)
            .expect("a file in a folder is one text, which cannot fail to parse");
    }
    sources
}

/// Lays the house's own texts over `sources`: the files of `dir/en` or `dir/zh`, of `dir/llm/en` or
/// `dir/llm/zh`, and of `dir/layout`. Nothing happens where there is no such folder.
///
/// # Errors
/// A file cannot be read, is no UTF-8, or is not written as this module describes.
pub(crate) fn lay_over(sources: &mut Sources, dir: &Path, language: Language) -> Result<(), PromptError> {
    let locale = dir.join(language.code());
    read_folder(sources, &locale, "")?;
    for folder in ["mail", "notice", "news"] {
        read_folder(sources, &locale.join(folder), &format!("{folder}/"))?;
    }
    read_folder(sources, &dir.join("llm").join(language.code()), "llm/")?;
    read_folder(sources, &dir.join("layout"), "layout/")
}

fn read_folder(sources: &mut Sources, dir: &Path, prefix: &str) -> Result<(), PromptError> {
    let unreadable = |path: &Path, source| PromptError::Unreadable { path: path.to_owned(), source };
    if !dir.is_dir() {
        return Ok(());
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|e| unreadable(dir, e))? {
        paths.push(entry.map_err(|e| unreadable(dir, e))?.path());
    }
    // In the order of their names, so that the first error is always the same one.
    paths.sort();
    for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "txt" || e == "html")) {
        let content = std::fs::read_to_string(path).map_err(|e| unreadable(path, e))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        read(sources, &format!("{prefix}{name}"), &path.display().to_string(), &content, true)?;
    }
    Ok(())
}

/// Adds the texts of one file, replacing those of the same key that came before.
fn read(sources: &mut Sources, file: &str, path: &str, content: &str, own: bool) -> Result<(), PromptError> {
    // Editors on Windows begin a file with a mark and end lines in their own way.
    let content = content.trim_start_matches('\u{FEFF}').replace("\r\n", "\n");
    let place = |line| Place { file: path.to_owned(), line };
    let mut add = |key: String, text: String, line| {
        sources.insert(key, Source { text, place: place(line), own });
    };
    if file.contains('/') {
        let key = if file.starts_with("layout/") { file } else { file.trim_end_matches(".txt") };
        add(key.to_owned(), content, 1);
        return Ok(());
    }
    let stem = file.trim_end_matches(".txt");
    let wrong = |line, problem: String| PromptError::Wrong { place: place(line), problem };
    let mut seen = BTreeMap::new();
    for Entry { name, text, line } in
        entries(&content).map_err(|(line, problem)| wrong(line, problem.to_owned()))?
    {
        if let Some(first) = seen.insert(name.clone(), line) {
            return Err(wrong(
                line,
                format!("`{name}` was already given in line {first}; remove one of the two"),
            ));
        }
        add(format!("{stem}/{name}"), text, line);
    }
    Ok(())
}

/// A short text in its file.
#[derive(Debug, PartialEq)]
struct Entry {
    name: String,
    text: String,
    /// The line of its first word, from 1.
    line: usize,
}

/// Splits a file of short texts.
///
/// # Errors
/// The line that cannot be read, and why.
fn entries(content: &str) -> Result<Vec<Entry>, (usize, &'static str)> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut n_blank = 0;
    for (line, words) in content.lines().enumerate().map(|(i, words)| (i + 1, words.trim_end())) {
        if words.is_empty() {
            n_blank += 1;
            continue;
        }
        if let Some(more) = words.strip_prefix("  ") {
            let Some(Entry { text, line: first, .. }) = entries.last_mut() else {
                return Err((line, "an indented line goes on with a text, but there is none before it"));
            };
            if text.is_empty() {
                *first = line;
            } else {
                text.extend(std::iter::repeat_n('\n', n_blank + 1));
            }
            text.push_str(more);
        } else if !words.starts_with('#') {
            let Some((name, text)) = words.split_once('=') else {
                return Err((line, "write `name = text`; indent further lines of a text by two blanks"));
            };
            entries.push(Entry { name: name.trim().to_owned(), text: text.trim().to_owned(), line });
        }
        n_blank = 0;
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_goes_on_in_indented_lines() {
        let file = "# Comment\na = one\n\nb =\n  two\n\n    three = 3\nc = x = y\n";
        let expected = [("a", "one", 2), ("b", "two\n\n  three = 3", 5), ("c", "x = y", 8)];
        let expected =
            expected.map(|(name, text, line)| Entry { name: name.to_owned(), text: text.to_owned(), line });
        assert_eq!(entries(file), Ok(expected.into()));
    }

    #[test]
    fn a_file_that_is_not_written_so_names_its_line() {
        assert_eq!(entries("a = b\nwords alone\n").unwrap_err().0, 2);
        assert_eq!(entries("\n  lost\n").unwrap_err().0, 2);
        let twice = read(&mut Sources::new(), "texts.txt", "own/texts.txt", "a = b\na = c\n", true);
        assert_eq!(
            twice.unwrap_err().to_string(),
            "own/texts.txt:2: `a` was already given in line 1; remove one of the two"
        );
    }
}
