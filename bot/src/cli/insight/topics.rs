use std::io::Write;

use anyhow::Context as _;
use clap::Args;
use rapport_insight::topics::topics;
use serde_json::json;

use super::Common;
use super::output::{Form, Output, csv, lines};
use super::source::{Source, cells};

/// Letters of an example that are shown.
const SHOWN_CHARS: usize = 90;

/// What the texts of a column are about: groups of them, named by their words.
#[derive(Debug, Args)]
#[command(after_help = "Example: rapport insight topics tickets.csv --text description --csv")]
pub(crate) struct Topics {
    #[command(flatten)]
    pub(super) source: Source,
    /// The column of the texts
    #[arg(long, value_name = "COLUMN")]
    text: String,
    /// How many topics [default: 2 to 10, whatever sets them apart best]
    #[arg(long, value_name = "N")]
    k: Option<usize>,
    /// For the lots
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    output: Output,
}

impl Topics {
    pub(super) fn run(&self, common: &Common, out: &mut dyn Write) -> anyhow::Result<()> {
        let cells = cells(self.source.file())?;
        let column = cells.header.iter().position(|name| *name == self.text).with_context(|| {
            format!("there is no column {:?}; there are {}", self.text, cells.header.join(", "))
        })?;
        let texts: Vec<&str> = cells.rows.iter().map(|row| row[column].as_str()).collect();
        let found = topics(&texts, self.k, self.seed)?;
        match self.output.form(common) {
            Form::Csv => {
                let mut of_row = vec![None; texts.len()];
                for (i, topic) in found.iter().enumerate() {
                    topic.texts.iter().for_each(|row| of_row[*row] = Some(i));
                }
                let line = |(row, topic): (usize, &Option<usize>)| {
                    // What is about nothing has -1, as elsewhere.
                    let number = topic.map_or("-1".to_owned(), |i| i.to_string());
                    vec![
                        (row + 1).to_string(),
                        number,
                        topic.map_or(String::new(), |i| found[i].words.join(" ")),
                    ]
                };
                csv(out, &["row", "topic", "words"], of_row.iter().enumerate().map(line))
            }
            Form::Json => lines(out, found.iter().map(|topic| json!(topic))),
            Form::Text => {
                for topic in &found {
                    writeln!(out, "{:>6}  {}", topic.n, topic.words.join(", "))?;
                    if let Some(text) = topic.examples.first().map(|row| texts[*row]) {
                        let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
                        writeln!(out, "        {}", one_line.chars().take(SHOWN_CHARS).collect::<String>())?;
                    }
                }
                Ok(())
            }
        }
    }
}
