//! Training data: tab-separated rows, read strictly.

use std::path::{Path, PathBuf};

use rapport_model::reading::{Intent, Mood};

use super::extra;
use crate::NlpError;

/// Where an example comes from; own examples weigh most and are the only ones measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Rows of `crm.*.tsv`: whole messages as customers write them.
    Own,
    /// Rows of `phrases.*.tsv`: short, plain wordings, for training only.
    Phrase,
    /// Copies of both with a greeting and a closing, made for the training.
    Dressed,
    /// Public data given with `--extra`, for training only.
    Extra,
    /// Messages of this house that a colleague corrected.
    House,
}

impl Source {
    /// Tells whether it is a whole message that customers wrote: what is measured and calibrated on.
    pub(crate) const fn is_message(self) -> bool {
        matches!(self, Self::Own | Self::House)
    }
}

/// A text and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The text.
    pub text: String,
    /// What it wants, the main intent first; empty when not known.
    pub intents: Vec<Intent>,
    /// How it feels, when known.
    pub mood: Option<Mood>,
    /// Whether it wants an answer within hours, when known.
    pub urgent: Option<bool>,
    /// Where it comes from.
    pub source: Source,
}

/// All examples of a training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingData {
    /// The examples, in the order of the files, which are read by name.
    pub examples: Vec<Example>,
}

/// The tables that ship with the program, by name.
const SHIPPED: [(&str, &str); 8] = [
    ("crm.en.tsv", include_str!("../../data/crm.en.tsv")),
    ("crm.zh.tsv", include_str!("../../data/crm.zh.tsv")),
    ("everyday.en.tsv", include_str!("../../data/everyday.en.tsv")),
    ("everyday.zh.tsv", include_str!("../../data/everyday.zh.tsv")),
    ("more.en.tsv", include_str!("../../data/more.en.tsv")),
    ("more.zh.tsv", include_str!("../../data/more.zh.tsv")),
    ("phrases.en.tsv", include_str!("../../data/phrases.en.tsv")),
    ("phrases.zh.tsv", include_str!("../../data/phrases.zh.tsv")),
];

impl TrainingData {
    /// Returns the examples that ship with the program.
    ///
    /// # Errors
    /// [`NlpError::Data`] when a line is wrong, which a test of every build rules out.
    pub fn shipped() -> Result<Self, NlpError> {
        let mut examples = Vec::new();
        for (name, table) in SHIPPED {
            examples.extend(parse(table, name, source_of(name))?);
        }
        Ok(Self { examples })
    }

    /// Reads every `*.tsv` of `dir`.
    ///
    /// # Errors
    /// [`NlpError::Data`] with the place of a wrong line, [`NlpError::Io`] when a directory or file
    /// cannot be read.
    pub fn load(dir: &Path) -> Result<Self, NlpError> {
        let mut examples = Vec::new();
        for path in tables(dir)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            examples.extend(parse(&read(&path)?, &path.display().to_string(), source_of(&name))?);
        }
        Ok(Self { examples })
    }

    /// Adds the public data in `dir`.
    ///
    /// # Errors
    /// As [`TrainingData::load`].
    pub fn add_public(&mut self, dir: &Path) -> Result<(), NlpError> {
        self.examples.extend(extra::load(dir)?);
        Ok(())
    }
}

fn source_of(table: &str) -> Source {
    if table.starts_with("phrases.") { Source::Phrase } else { Source::Own }
}

/// Lists the tables of a directory by name.
fn tables(dir: &Path) -> Result<Vec<PathBuf>, NlpError> {
    let failed =
        |reason| NlpError::Io { what: format!("cannot list the training data in {}", dir.display()), reason };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "tsv") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        let why = "the directory holds no .tsv file".to_owned();
        return Err(NlpError::Data { path: dir.display().to_string(), line: 1, why });
    }
    Ok(paths)
}

/// Reads a file as text.
pub fn read(path: &Path) -> Result<String, NlpError> {
    std::fs::read_to_string(path)
        .map_err(|reason| NlpError::Io { what: format!("cannot read {}", path.display()), reason })
}

/// The columns of our own tables.
const HEADER: &str = "text\tintent\tsentiment\turgent";

/// Reads one of our own tables. `\n` and `\t` in a text are two characters each.
pub fn parse(table: &str, path: &str, source: Source) -> Result<Vec<Example>, NlpError> {
    let wrong = |line: usize, why: String| NlpError::Data { path: path.to_owned(), line: line + 1, why };
    let mut lines = table.lines().enumerate();
    match lines.next() {
        Some((_, HEADER)) => {}
        _ => {
            return Err(wrong(
                0,
                "the first line must be `text intent sentiment urgent`, with tabs".to_owned(),
            ));
        }
    }
    let mut examples = Vec::new();
    for (n, line) in lines {
        examples.push(example(line, source).map_err(|why| wrong(n, why))?);
    }
    Ok(examples)
}

fn example(line: &str, source: Source) -> Result<Example, String> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [text, intents, mood, urgent] = cells[..] else {
        return Err(format!("the line has {} columns instead of 4", cells.len()));
    };
    if text.trim().is_empty() {
        return Err("the text is empty".to_owned());
    }
    let intents: Result<Vec<Intent>, String> = intents
        .split(',')
        .map(|name| Intent::by_name(name).ok_or_else(|| format!("there is no intent `{name}`")))
        .collect();
    Ok(Example {
        text: text.replace("\\n", "\n").replace("\\t", "\t"),
        intents: intents?,
        mood: Some(Mood::by_name(mood).ok_or_else(|| format!("there is no sentiment `{mood}`"))?),
        urgent: Some(match urgent {
            "0" => false,
            "1" => true,
            other => return Err(format!("urgent is `{other}`, must be 0 or 1")),
        }),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_an_example() {
        let table = format!("{HEADER}\nHi,\\nrefund please\trefund,cancel\tnegative\t1\n");
        let expected = Example {
            text: "Hi,\nrefund please".to_owned(),
            intents: vec![Intent::Refund, Intent::Cancel],
            mood: Some(Mood::Negative),
            urgent: Some(true),
            source: Source::Own,
        };
        assert_eq!(parse(&table, "t", Source::Own).unwrap(), [expected]);
    }

    #[test]
    fn the_shipped_tables_are_those_of_the_directory() {
        let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/data"));
        assert_eq!(TrainingData::shipped().unwrap(), TrainingData::load(dir).unwrap());
    }

    #[test]
    fn a_wrong_line_is_named_with_its_place() {
        for (line, reason) in [
            ("only text", "1 columns"),
            ("a\tbuy\tneutral\t0\textra", "5 columns"),
            ("a\tbuy,purchase\tneutral\t0", "`purchase`"),
            ("a\tbuy\thappy\t0", "`happy`"),
            ("a\tbuy\tneutral\tyes", "`yes`"),
            (" \tbuy\tneutral\t0", "empty"),
            ("", "1 columns"),
        ] {
            let table = format!("{HEADER}\nok\tbuy\tneutral\t0\n{line}\n");
            let error = parse(&table, "crm.en.tsv", Source::Own).unwrap_err().to_string();
            assert!(error.starts_with("crm.en.tsv:3: ") && error.contains(reason), "{error}");
        }
        assert!(parse("", "t", Source::Own).is_err());
        assert!(TrainingData::load(Path::new("/no/such/place")).is_err());
    }
}
