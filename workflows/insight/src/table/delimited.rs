//! A table as delimited text: encoding and delimiter are found, limits kept, mistakes named by their line.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use csv::{ByteRecord, Position, Reader, ReaderBuilder};
use encoding_rs::{GB18030, UTF_8, WINDOWS_1252};

use super::read::ReadOptions;
use crate::InsightError;

/// What to do about a table that is too large.
const FEWER_ADVICE: &str = "take a sample of its rows, or fewer columns";

/// A table as text, its form found and its limits kept.
pub(super) struct Delimited<'b> {
    text: Cow<'b, str>,
    pub(super) delimiter: u8,
    pub(super) header: Vec<String>,
    pub(super) notes: Vec<String>,
    options: &'b ReadOptions,
}

impl<'b> Delimited<'b> {
    pub(super) fn open(bytes: &'b [u8], options: &'b ReadOptions) -> Result<Self, InsightError> {
        if bytes.len() as u64 > options.bytes_max {
            return too_large(bytes.len(), "bytes", options.bytes_max as usize, FEWER_ADVICE);
        }
        let mut notes = Vec::new();
        let text = decode(bytes, &mut notes);
        if let Some(at) = text.bytes().position(|b| b == 0) {
            let line = 1 + text[..at].matches('\n').count() as u64;
            return Err(InsightError::Line { line, problem: "a zero byte; this is no table in text".into() });
        }
        let delimiter = delimiter(text.as_bytes());
        let header = header(text.as_bytes(), delimiter)?;
        if header.len() > options.columns_max {
            return too_large(header.len(), "columns", options.columns_max, "leave some out");
        }
        Ok(Self { text, delimiter, header, notes, options })
    }

    /// Gives each row, which has as many cells as the header; returns how many there are, at least one.
    pub(super) fn each_row(&self, mut take: impl FnMut(&ByteRecord)) -> Result<usize, InsightError> {
        let n_columns = self.header.len();
        self.each_loose_row(|_, row| {
            if row.len() != n_columns {
                return Err(format!("{} cells, and the header has {n_columns}", row.len()));
            }
            take(row);
            Ok(())
        })
    }

    /// Gives each row with its line, however many cells it has, until one is refused; returns how many there
    /// are, at least one.
    pub(super) fn each_loose_row(
        &self,
        mut take: impl FnMut(u64, &ByteRecord) -> Result<(), String>,
    ) -> Result<usize, InsightError> {
        let n_columns = self.header.len();
        let mut reader = reader(self.text.as_bytes(), self.delimiter);
        let mut row = ByteRecord::new();
        let mut start = Position::new();
        let mut n_rows = 0;
        while reader.read_byte_record(&mut row).map_err(|e| line_error(&e))? {
            start = row.position().cloned().unwrap_or(start);
            take(self.line_of(&start), &row).map_err(|problem| self.error_at(&start, problem))?;
            n_rows += 1;
            if n_rows > self.options.rows_max {
                return too_large(n_rows, "rows", self.options.rows_max, "take a sample of them");
            }
            let n_cells = n_rows.saturating_mul(n_columns);
            if n_cells > self.options.cells_max {
                return too_large(n_cells, "cells", self.options.cells_max, FEWER_ADVICE);
            }
        }
        if n_rows == 0 {
            return Err(InsightError::Empty);
        }
        // A quote that is never closed has taken in all lines that follow, or begins a cell of a file that was
        // cut off. One within a cell may be an inch.
        let last = self.text[start.byte() as usize..].trim();
        let begins_cell =
            || last.starts_with('"') || last.contains(&format!("{}\"", char::from(self.delimiter)));
        if last.matches('"').count() % 2 == 1 && (last.contains('\n') || begins_cell()) {
            return Err(self.error_at(&start, "a quote is opened and never closed".into()));
        }
        Ok(n_rows)
    }

    /// Returns the line of a row; what ends the line before, and empty lines, are counted with the row.
    fn line_of(&self, start: &Position) -> u64 {
        let rest = &self.text.as_bytes()[start.byte() as usize..];
        let before = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
        start.line() + before.filter(|b| **b == b'\n').count() as u64
    }

    fn error_at(&self, start: &Position, problem: String) -> InsightError {
        InsightError::Line { line: self.line_of(start), problem }
    }
}

fn too_large<T>(
    found: usize,
    unit: &'static str,
    max: usize,
    advice: &'static str,
) -> Result<T, InsightError> {
    Err(InsightError::TooLarge { found: found as u64, unit, max: max as u64, advice })
}

fn decode<'b>(bytes: &'b [u8], notes: &mut Vec<String>) -> Cow<'b, str> {
    // Looks for a mark of UTF-8 or UTF-16 first.
    let (text, encoding, wrong) = UTF_8.decode(bytes);
    if !wrong {
        return text;
    }
    // A file that was cut off within a character is UTF-8 all the same.
    if encoding == UTF_8
        && let Err(e) = std::str::from_utf8(bytes)
        && e.error_len().is_none()
    {
        notes.push("the file ends within a character; it may have been cut off".to_owned());
        return text;
    }
    // In GB18030 such bytes come in pairs, but for the second bytes of rare characters; in Windows-1252
    // mostly alone.
    let (mut n_runs, mut n_pairs) = (0_usize, 0_usize);
    for run in bytes.chunk_by(|a, b| (*a >= 0x80) == (*b >= 0x80)).filter(|run| run[0] >= 0x80) {
        n_runs += 1;
        n_pairs += usize::from(run.len().is_multiple_of(2));
    }
    let mostly_pairs = n_pairs == n_runs
        || n_pairs * 10 >= n_runs * 9
            && GB18030.decode_without_bom_handling_and_without_replacement(bytes).is_some();
    let encoding = match encoding == UTF_8 {
        true if mostly_pairs => GB18030,
        true => WINDOWS_1252,
        false => encoding,
    };
    notes.push(format!("the file is not UTF-8; it was read as {}", encoding.name()));
    encoding.decode(bytes).0
}

/// Returns the delimiter that the first lines have in common.
fn delimiter(text: &[u8]) -> u8 {
    const CANDIDATES: [u8; 4] = *b",;\t|";
    let lines: Vec<[usize; 4]> = text
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .take(20)
        .map(|line| {
            let mut quoted = false;
            let mut counts = [0; 4];
            for b in line {
                quoted ^= *b == b'"';
                if let Some(i) = CANDIDATES.iter().position(|c| c == b).filter(|_| !quoted) {
                    counts[i] += 1;
                }
            }
            counts
        })
        .collect();
    let Some(first) = lines.first() else { return b',' };
    let agreeing = |i: usize| lines.iter().filter(|l| l[i] == first[i]).count();
    let best = (0..4).filter(|&i| first[i] > 0).max_by_key(|&i| (agreeing(i), first[i], 4 - i));
    CANDIDATES[best.unwrap_or(0)]
}

fn reader(text: &[u8], delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(true).from_reader(text)
}

fn header(text: &[u8], delimiter: u8) -> Result<Vec<String>, InsightError> {
    let mut reader = reader(text, delimiter);
    let cells = reader.byte_headers().map_err(|e| line_error(&e))?;
    let mut n_same: HashMap<String, usize> = HashMap::new();
    let mut taken: HashSet<String> = HashSet::new();
    let mut names = Vec::with_capacity(cells.len());
    for (i, cell) in cells.iter().enumerate() {
        let name = String::from_utf8_lossy(cell).trim().to_owned();
        let name = if name.is_empty() { format!("column {}", i + 1) } else { name };
        let n = n_same.entry(name.clone()).or_default();
        let unique = loop {
            *n += 1;
            let unique = if *n == 1 { name.clone() } else { format!("{name} ({n})") };
            if taken.insert(unique.clone()) {
                break unique;
            }
        };
        names.push(unique);
    }
    if names.is_empty() || (names.len() == 1 && text.trim_ascii().is_empty()) {
        return Err(InsightError::Empty);
    }
    Ok(names)
}

fn line_error(e: &csv::Error) -> InsightError {
    InsightError::Line { line: e.position().map_or(0, csv::Position::line), problem: e.to_string() }
}
