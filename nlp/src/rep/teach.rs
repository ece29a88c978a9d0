//! Learns from what many people typed: which command is meant, and which words are its arguments.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::command::Command;
use super::roles::{Learned, Marked, Marks, Sentence, learned};
use crate::NlpError;
use crate::classifier::{self, Labelled, Options, read_table};

/// The sentences of the patterns' tests: text, command, the arguments that are expected.
const SENTENCES: &str = include_str!("sentences.tsv");

/// What was learned, and how well sentences are read that were held aside for the measure.
#[derive(Debug, Serialize)]
pub struct Taught {
    /// What says which command is meant.
    pub commands: classifier::Report,
    /// What finds the arguments.
    pub roles: Learned,
    /// The file of what says which command is meant.
    #[serde(skip)]
    pub commands_file: Vec<u8>,
    /// The file of what finds the arguments.
    #[serde(skip)]
    pub roles_file: Vec<u8>,
}

impl fmt::Display for Taught {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.commands)?;
        let Learned { n, n_held, right } = self.roles;
        write!(
            f,
            "arguments {n} sentences with marks; all right in {:.1} % of {n_held} held aside",
            right * 100.0
        )
    }
}

/// Learns from the table at `path`, and from the sentences of the patterns' tests.
///
/// Its columns are the text, its command (`none`: it is no command), and the text with its arguments marked, as in
/// `remind me {d friday} to {t call {w Anna}}`; rows without the third tell of the command alone. The marks
/// are explained in `nlp/data/README.md`. The same table and seed give the same bytes.
///
/// # Errors
/// [`NlpError::Io`] when it cannot be read, [`NlpError::Data`] with the line that is wrong.
pub fn teach(path: &Path, seed: u64) -> Result<Taught, NlpError> {
    let mut rows = read_table(path)?;
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|reason| NlpError::Io { what: format!("read {name}"), reason })?;
    let mut sentences = marked(&text, &name)?;
    rows.extend(own().map(|(text, label, _)| Labelled { text: text.to_owned(), label: label.to_owned() }));
    sentences.extend(own().filter_map(|(text, command, args)| {
        let args: HashMap<String, String> = serde_json::from_str(args).expect("arguments are JSON");
        let command = Command::by_name(command)?;
        // Behind a slash nothing is guessed.
        let marks = Marks::Expected(args);
        (!text.starts_with('/')).then(|| Sentence { text: text.to_owned(), command, marks })
    }));
    let (commands_file, commands) = {
        let (classifier, report) = classifier::train(&rows, &Options { seed, per_class: None }, None)?;
        (classifier.bytes(), report)
    };
    let (roles, roles_file) = learned(&sentences, seed);
    Ok(Taught { commands, roles, commands_file, roles_file })
}

fn marked(table: &str, path: &str) -> Result<Vec<Sentence>, NlpError> {
    let mut sentences = Vec::new();
    for (at, line) in table.lines().enumerate().skip(1) {
        let refuse = |why: String| NlpError::Data { path: path.to_owned(), line: at + 1, why };
        let mut cells = line.split('\t');
        let (Some(text), Some(label), Some(marked)) = (cells.next(), cells.next(), cells.next()) else {
            continue;
        };
        let command = Command::by_name(label).ok_or_else(|| refuse(format!("{label:?} is no command")))?;
        let marked = Marked::parse(marked).map_err(refuse)?;
        if marked.text != text {
            return Err(refuse(format!("without its marks it is another sentence: {}", marked.text)));
        }
        sentences.push(Sentence { text: text.to_owned(), command, marks: Marks::Marked(marked) });
    }
    Ok(sentences)
}

fn own() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let rows = SENTENCES.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|row| {
        let mut cells = row.split('\t');
        Some((cells.next()?, cells.next()?, cells.next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_row_is_named() {
        for (row, why) in [
            ("call Anna\ttask\t{t call {w Anna}", "is not closed"),
            ("call Anna\ttask\tcall Anna}", "closes nothing"),
            ("call Anna\ttask\t{t call {w Hanna}}", "another sentence: call Hanna"),
            ("call Anna\tphone\t{t call {w Anna}}", "\"phone\" is no command"),
        ] {
            let table = format!("text\tlabel\tmarked\nwho am I\twho\n{row}\n");
            let error = marked(&table, "rep.tsv").map(|sentences| sentences.len()).unwrap_err().to_string();
            assert!(error.starts_with("rep.tsv:3: ") && error.contains(why), "{error}");
        }
        let table = "text\tlabel\tmarked\nhello\tnone\ncall Anna\ttask\t{t call {w Anna}}\n";
        assert_eq!(marked(table, "rep.tsv").map(|sentences| sentences.len()).unwrap(), 1);
    }
}
