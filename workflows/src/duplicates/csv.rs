//! Tables of customers as text: comma-separated values, as spreadsheets write them.

use std::fmt;

/// A table with a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Csv {
    /// The names of the columns, trimmed.
    pub header: Vec<String>,
    /// The rows below it; each has as many cells as the header.
    pub rows: Vec<Row>,
}

/// One row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line on which it begins; the header is on line 1.
    pub line: usize,
    /// Its cells, trimmed unless they were quoted.
    pub cells: Vec<String>,
}

/// Why a text is no table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CsvError {
    /// There is not even a header.
    Empty,
    /// A row has more or fewer cells than the header.
    Cells {
        /// The line on which the row begins.
        line: usize,
        /// How many cells the header has.
        expected: usize,
        /// How many the row has.
        found: usize,
    },
    /// A quoted cell does not end.
    Unclosed {
        /// The line on which the cell begins.
        line: usize,
    },
    /// Text stands between a closing quote and the next separator.
    AfterQuote {
        /// The line of that text.
        line: usize,
    },
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the table is empty; its first line must name the columns"),
            Self::Cells { line, expected, found } => {
                write!(f, "line {line} has {found} cells, and the header has {expected}")
            }
            Self::Unclosed { line } => write!(f, "a quote on line {line} is never closed"),
            Self::AfterQuote { line } => {
                write!(f, "text follows a closing quote on line {line}; write \"\" for a quote")
            }
        }
    }
}

impl std::error::Error for CsvError {}

/// Reads a table. Cells are separated by the comma, semicolon or tab that the first line has most of;
/// they may be quoted, and blanks around them do not count. Blank lines are skipped.
///
/// # Errors
/// [`CsvError`] with the line, counted from 1.
pub fn parse(text: &str) -> Result<Csv, CsvError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { rest: text, line: 1, separator: separator(text) };
    let header = reader.row()?.ok_or(CsvError::Empty)?.cells;
    let mut rows = Vec::new();
    while let Some(row) = reader.row()? {
        if row.cells.len() != header.len() {
            return Err(CsvError::Cells { line: row.line, expected: header.len(), found: row.cells.len() });
        }
        rows.push(row);
    }
    Ok(Csv { header: header.iter().map(|name| name.trim().to_owned()).collect(), rows })
}

fn separator(text: &str) -> char {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |separator: &char| first.matches(*separator).count();
    // The last of equals wins, and a table of one column has commas for all we know.
    ['\t', ';', ','].into_iter().max_by_key(count).unwrap_or(',')
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    separator: char,
}

impl<'a> Reader<'a> {
    /// Returns the next row that is not blank, or `None` at the end.
    fn row(&mut self) -> Result<Option<Row>, CsvError> {
        while !self.rest.is_empty() {
            let mut row = Row { line: self.line, cells: Vec::new() };
            while !self.cell(&mut row.cells)? {}
            if row.cells.len() > 1 || row.cells.iter().any(|cell| !cell.is_empty()) {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// Reads a cell and what ends it; tells whether that ended the row, too.
    fn cell(&mut self, cells: &mut Vec<String>) -> Result<bool, CsvError> {
        let blank = |c: char| c == ' ' && c != self.separator;
        let trimmed = self.rest.trim_start_matches(blank);
        match trimmed.strip_prefix('"') {
            Some(quoted) => {
                self.rest = quoted;
                cells.push(self.quoted()?);
                let line = self.line;
                let gap = self.until_end();
                if !gap.trim().is_empty() {
                    return Err(CsvError::AfterQuote { line });
                }
            }
            None => cells.push(self.until_end().trim().to_owned()),
        }
        Ok(self.end())
    }

    /// Reads up to the closing quote.
    fn quoted(&mut self) -> Result<String, CsvError> {
        let line = self.line;
        let mut cell = String::new();
        loop {
            let (text, rest) = self.rest.split_once('"').ok_or(CsvError::Unclosed { line })?;
            self.line += text.matches('\n').count();
            cell.push_str(text);
            match rest.strip_prefix('"') {
                Some(rest) => {
                    cell.push('"');
                    self.rest = rest;
                }
                None => {
                    self.rest = rest;
                    return Ok(cell);
                }
            }
        }
    }

    /// Takes what stands before the next separator or end of line.
    fn until_end(&mut self) -> &'a str {
        let separator = self.separator;
        let at = self.rest.find([separator, '\n', '\r']).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(at);
        self.rest = rest;
        text
    }

    /// Takes a separator or an end of line; tells whether the row ended.
    fn end(&mut self) -> bool {
        if let Some(rest) = self.rest.strip_prefix(self.separator) {
            self.rest = rest;
            return false;
        }
        let line_ends = ["\r\n", "\n", "\r"];
        if let Some(rest) = line_ends.iter().find_map(|end| self.rest.strip_prefix(end)) {
            self.rest = rest;
            self.line += 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        let csv = parse(text).unwrap();
        std::iter::once(csv.header).chain(csv.rows.into_iter().map(|row| row.cells)).collect()
    }

    #[test]
    fn a_table_is_read_as_spreadsheets_write_it() {
        let cases: &[(&str, &[&[&str]])] = &[
            ("a,b\n1,2\n", &[&["a", "b"], &["1", "2"]]),
            ("\u{feff}a, b\r\n 1 , 2\r\n\r\n", &[&["a", "b"], &["1", "2"]]),
            ("a;b\n\"x; \"\"y\"\"\"; z", &[&["a", "b"], &["x; \"y\"", "z"]]),
            ("a\tb\n\t\n", &[&["a", "b"], &["", ""]]),
            ("a,b\n\"two\nlines\", \" kept \"\n", &[&["a", "b"], &["two\nlines", " kept "]]),
            ("姓名，x,b\n王小明,\n", &[&["姓名，x", "b"], &["王小明", ""]]),
            ("one\nx\n\ny", &[&["one"], &["x"], &["y"]]),
            ("a,b\r1,2\r", &[&["a", "b"], &["1", "2"]]),
        ];
        for (text, expected) in cases {
            assert_eq!(rows(text), *expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_line() {
        let cases = [
            ("", CsvError::Empty),
            ("\n \r\n", CsvError::Empty),
            ("a,b\n1,2\n\n3\n", CsvError::Cells { line: 4, expected: 2, found: 1 }),
            ("a,b\n1,2,3", CsvError::Cells { line: 2, expected: 2, found: 3 }),
            ("a,b\n\"x\ny\",1\nz\n", CsvError::Cells { line: 4, expected: 2, found: 1 }),
            ("a,b\n1,\"x\n\n", CsvError::Unclosed { line: 2 }),
            ("a,b\n\"x\"y,1\n", CsvError::AfterQuote { line: 2 }),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Err(expected), "{text:?}");
        }
        assert_eq!(
            CsvError::Cells { line: 4, expected: 2, found: 1 }.to_string(),
            "line 4 has 1 cells, and the header has 2"
        );
    }
}
