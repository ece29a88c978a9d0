use std::borrow::Cow;
use std::collections::HashMap;

use csv::{ByteRecord, Reader, ReaderBuilder};
use encoding_rs::{GB18030, UTF_8, WINDOWS_1252};

use super::{Column, Comma, MISSING, NUMBER_MAX, Table, Values, is_missing, number};
use crate::InsightError;

/// How to read, and how much at most.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Columns that are left out.
    pub ignore: Vec<String>,
    /// Columns that are read as categories whatever they hold, such as a target of 0 and 1.
    pub categories: Vec<String>,
    /// Columns that are read as numbers; what is none is missing.
    pub numbers: Vec<String>,
    /// The largest file, in bytes.
    pub bytes_max: u64,
    /// The most rows.
    pub rows_max: usize,
    /// The most columns.
    pub columns_max: usize,
    /// The most cells: 8 bytes each, once more when they are prepared.
    pub cells_max: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            ignore: Vec::new(),
            categories: Vec::new(),
            numbers: Vec::new(),
            bytes_max: 2 << 30,
            rows_max: 10_000_000,
            columns_max: 5_000,
            cells_max: 100_000_000,
        }
    }
}

/// With this share of numbers a column is one of numbers, and the rest of it is missing.
const NUMBERS_MIN: f64 = 0.98;

impl ReadOptions {
    /// Returns options that read a second table as the first was read: the same columns as numbers, the
    /// same as categories.
    #[must_use]
    pub fn like(mut self, table: &Table) -> Self {
        for column in &table.columns {
            match column.values {
                Values::Numbers(_) => self.numbers.push(column.name.clone()),
                Values::Categories { .. } => self.categories.push(column.name.clone()),
            }
        }
        self
    }
}

/// Reads a table with a header from delimited text: comma, semicolon, tab or bar; UTF-8, UTF-16 with its
/// mark, GB18030 or Windows-1252.
///
/// # Errors
/// The table is empty or larger than the limits, a line has not as many cells as the header, or a column
/// to leave out is not there.
pub fn read(bytes: &[u8], options: &ReadOptions) -> Result<Table, InsightError> {
    if bytes.len() as u64 > options.bytes_max {
        let max = options.bytes_max as usize;
        return too_large(bytes.len(), "bytes", max, "take a sample of its rows, or fewer columns");
    }
    let mut notes = Vec::new();
    let text = decode(bytes, &mut notes);
    let text = text.as_bytes();
    let delimiter = delimiter(text);
    let comma = match delimiter {
        b',' => Comma::Groups,
        b';' => Comma::Decimal,
        _ => Comma::Either,
    };
    let header = header(text, delimiter)?;
    if header.len() > options.columns_max {
        return too_large(header.len(), "columns", options.columns_max, "leave some out");
    }
    for name in &options.ignore {
        if !header.contains(name) {
            let known = header.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
            return Err(InsightError::NoColumn { name: name.clone(), known });
        }
    }

    // First everything is read as numbers; then, what was mostly none is read again as categories.
    let mut builders: Vec<Builder> = header
        .iter()
        .map(|name| {
            let ignored = options.ignore.contains(name);
            if ignored || options.categories.contains(name) { Builder::Nothing } else { Builder::numbers() }
        })
        .collect();
    let mut n_rows = 0;
    each_row(text, delimiter, header.len(), |row| {
        n_rows += 1;
        if n_rows > options.rows_max {
            return too_large(n_rows, "rows", options.rows_max, "take a sample of them");
        }
        if n_rows.saturating_mul(header.len()) > options.cells_max {
            let advice = "take a sample of its rows, or fewer columns";
            return too_large(n_rows * header.len(), "cells", options.cells_max, advice);
        }
        for (builder, cell) in builders.iter_mut().zip(row) {
            builder.push(cell, comma);
        }
        Ok(())
    })?;
    if n_rows == 0 {
        return Err(InsightError::Empty);
    }
    let again: Vec<bool> = header
        .iter()
        .zip(&builders)
        .map(|(name, builder)| {
            !options.ignore.contains(name) && !options.numbers.contains(name) && !builder.are_numbers()
        })
        .collect();
    if again.contains(&true) {
        for (builder, again) in builders.iter_mut().zip(&again) {
            if *again {
                *builder = Builder::categories(n_rows);
            }
        }
        each_row(text, delimiter, header.len(), |row| {
            for ((builder, cell), _) in builders.iter_mut().zip(row).zip(&again).filter(|(_, again)| **again)
            {
                builder.push(cell, comma);
            }
            Ok(())
        })?;
    }
    let columns = header.into_iter().zip(builders).filter_map(|(name, builder)| {
        let values = builder.finish(&name, &mut notes)?;
        Some(Column { name, values })
    });
    Ok(Table { columns: columns.collect(), n_rows, notes })
}

/// The cells of a table as they stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cells {
    /// The names of the columns, made unique.
    pub header: Vec<String>,
    /// Each row has a cell for each column.
    pub rows: Vec<Vec<String>>,
    /// What was done to read them, for people: one sentence each.
    pub notes: Vec<String>,
}

/// Reads the cells of a table without looking for types. `options` gives the limits.
///
/// # Errors
/// As [`read`].
pub fn cells(bytes: &[u8], options: &ReadOptions) -> Result<Cells, InsightError> {
    if bytes.len() as u64 > options.bytes_max {
        let max = options.bytes_max as usize;
        return too_large(bytes.len(), "bytes", max, "take a sample of its rows, or fewer columns");
    }
    let mut notes = Vec::new();
    let text = decode(bytes, &mut notes);
    let delimiter = delimiter(text.as_bytes());
    let header = header(text.as_bytes(), delimiter)?;
    let mut rows = Vec::new();
    each_row(text.as_bytes(), delimiter, header.len(), |row| {
        rows.push(row.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect::<Vec<_>>());
        if rows.len() > options.rows_max {
            return too_large(rows.len(), "rows", options.rows_max, "take a sample of them");
        }
        if rows.len().saturating_mul(header.len()) > options.cells_max {
            let advice = "take a sample of its rows, or fewer columns";
            return too_large(rows.len() * header.len(), "cells", options.cells_max, advice);
        }
        Ok(())
    })?;
    if rows.is_empty() {
        return Err(InsightError::Empty);
    }
    Ok(Cells { header, rows, notes })
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
    // In GB18030 such bytes come in pairs; in Windows-1252 mostly alone.
    let pairs = bytes.chunk_by(|a, b| (*a >= 0x80) == (*b >= 0x80)).filter(|run| run[0] >= 0x80);
    let encoding = match encoding == UTF_8 {
        true if pairs.into_iter().all(|run| run.len() % 2 == 0) => GB18030,
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
    let mut names = Vec::with_capacity(cells.len());
    for (i, cell) in cells.iter().enumerate() {
        let name = String::from_utf8_lossy(cell).trim().to_owned();
        let name = if name.is_empty() { format!("column {}", i + 1) } else { name };
        let n = n_same.entry(name.clone()).or_default();
        *n += 1;
        names.push(if *n == 1 { name } else { format!("{name} ({n})") });
    }
    if names.is_empty() || (names.len() == 1 && text.trim_ascii().is_empty()) {
        return Err(InsightError::Empty);
    }
    Ok(names)
}

fn each_row(
    text: &[u8],
    delimiter: u8,
    n_columns: usize,
    mut take: impl FnMut(&ByteRecord) -> Result<(), InsightError>,
) -> Result<(), InsightError> {
    let mut reader = reader(text, delimiter);
    let mut row = ByteRecord::new();
    while reader.read_byte_record(&mut row).map_err(|e| line_error(&e))? {
        if row.len() != n_columns {
            let line = row.position().map_or(0, csv::Position::line);
            let problem = format!("{} cells, and the header has {n_columns}", row.len());
            return Err(InsightError::Line { line, problem });
        }
        take(&row)?;
    }
    Ok(())
}

fn line_error(e: &csv::Error) -> InsightError {
    InsightError::Line { line: e.position().map_or(0, csv::Position::line), problem: e.to_string() }
}

enum Builder {
    Numbers { values: Vec<f64>, n_other: usize, n_infinite: usize, n_huge: usize },
    Categories { names: Vec<String>, by_name: HashMap<String, u32>, codes: Vec<u32> },
    Nothing,
}

impl Builder {
    fn numbers() -> Self {
        Self::Numbers { values: Vec::new(), n_other: 0, n_infinite: 0, n_huge: 0 }
    }

    fn categories(n: usize) -> Self {
        Self::Categories { names: Vec::new(), by_name: HashMap::new(), codes: Vec::with_capacity(n) }
    }

    /// Says whether nearly all cells that are there are numbers.
    fn are_numbers(&self) -> bool {
        let Self::Numbers { values, n_other, .. } = self else { return false };
        let n_numbers = values.iter().filter(|x| !x.is_nan()).count();
        n_numbers as f64 >= NUMBERS_MIN * (n_numbers + n_other) as f64
    }

    fn push(&mut self, cell: &[u8], comma: Comma) {
        // The whole text was decoded before, and no delimiter is inside a character.
        let cell = std::str::from_utf8(cell).unwrap_or_default();
        match self {
            Self::Nothing => {}
            Self::Numbers { values, n_other, n_infinite, n_huge } => {
                let value = number(cell, comma);
                if value.is_none_or(|x| x.abs() > NUMBER_MAX) {
                    *n_other += usize::from(value.is_none() && !is_missing(cell));
                    *n_infinite += usize::from(value.is_some_and(f64::is_infinite));
                    *n_huge += usize::from(value.is_some_and(f64::is_finite));
                }
                values.push(value.unwrap_or(f64::NAN));
            }
            Self::Categories { codes, .. } if is_missing(cell) => codes.push(MISSING),
            Self::Categories { names, by_name, codes } => {
                let cell = cell.trim();
                let code = by_name.get(cell).copied().unwrap_or_else(|| {
                    let code = names.len() as u32;
                    names.push(cell.to_owned());
                    by_name.insert(cell.to_owned(), code);
                    code
                });
                codes.push(code);
            }
        }
    }

    fn finish(self, name: &str, notes: &mut Vec<String>) -> Option<Values> {
        match self {
            Self::Nothing => None,
            Self::Categories { names, codes, .. } => Some(Values::Categories { names, codes }),
            Self::Numbers { mut values, n_other, n_infinite, n_huge } => {
                if n_other > 0 {
                    notes.push(format!(
                        "column {name:?}: {n_other} cells are no numbers and count as missing"
                    ));
                }
                if n_huge > 0 {
                    notes
                        .push(format!("column {name:?}: {n_huge} numbers beyond ±1e150 are taken as ±1e150"));
                }
                values
                    .iter_mut()
                    .filter(|x| x.is_finite())
                    .for_each(|x| *x = x.clamp(-NUMBER_MAX, NUMBER_MAX));
                if n_infinite > 0 {
                    let finite = values.iter().copied().filter(|x| x.is_finite());
                    let (low, high) = finite.fold((f64::NAN, f64::NAN), |(l, h), x| (x.min(l), x.max(h)));
                    for x in values.iter_mut().filter(|x| x.is_infinite()) {
                        *x = if *x > 0.0 { high } else { low };
                    }
                    notes.push(format!(
                        "column {name:?}: {n_infinite} infinities are taken as its largest or smallest number"
                    ));
                }
                Some(Values::Numbers(values))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        read(text.as_bytes(), &ReadOptions::default()).unwrap()
    }

    fn numbers(table: &Table, name: &str) -> Vec<Option<f64>> {
        let numbers = table.column(name).unwrap().numbers().unwrap();
        numbers.iter().map(|x| Some(*x).filter(|x| !x.is_nan())).collect()
    }

    #[test]
    fn types_are_found_and_gaps_kept() {
        let t = table("age,plan\n31,basic\n,pro\n 40 ,NA\n");
        assert_eq!(t.n_rows, 3);
        assert_eq!(numbers(&t, "age"), [Some(31.0), None, Some(40.0)]);
        let plans =
            Values::Categories { names: vec!["basic".into(), "pro".into()], codes: vec![0, 1, MISSING] };
        assert_eq!(t.column("plan").unwrap().values, plans);
    }

    #[test]
    fn delimiters_marks_and_decimal_commas_are_found() {
        for text in [
            "\u{feff}a;b\n1,5;x, y\n2,5;z\n",
            "a\tb\n1,5\tx, y\n2,5\tz\n",
            "a|b\r\n1,5|\"x, y\"\r\n2,5|z\r\n",
        ] {
            assert_eq!(numbers(&table(text), "a"), [Some(1.5), Some(2.5)], "{text:?}");
        }
    }

    #[test]
    fn other_encodings_are_read() {
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("城市,n\n北京,1\n".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        let t = read(&utf16, &ReadOptions::default()).unwrap();
        assert_eq!(t.columns[0].name, "城市");
        let t = read(&GB18030.encode("城市,n\n北京,1\n").0, &ReadOptions::default()).unwrap();
        assert_eq!(t.columns[0].name, "城市");
        let t = read(b"caf\xe9,n\nx,1\n", &ReadOptions::default()).unwrap();
        assert_eq!(t.columns[0].name, "café");
        assert_eq!(t.notes.len(), 1);
    }

    #[test]
    fn infinite_and_huge_numbers_become_finite() {
        let t = table("x\ninf\n1\n-inf\n2\n1e300\n");
        let expected = [1e150, 1.0, 1.0, 2.0, 1e150].map(Some);
        assert_eq!(numbers(&t, "x"), expected);
        assert_eq!(t.notes.len(), 2);
        assert_eq!(numbers(&table("x,y\ninf,1\n"), "x"), [None]);
    }

    #[test]
    fn names_of_columns_are_unique() {
        let names: Vec<_> = table("a,a,,a\n1,2,3,4\n").columns.into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["a", "a (2)", "column 3", "a (3)"]);
    }

    #[test]
    fn a_table_without_rows_is_refused() {
        for text in ["", "\n\n", "a,b", "a,b\n", "\u{feff}"] {
            assert_eq!(read(text.as_bytes(), &ReadOptions::default()), Err(InsightError::Empty), "{text:?}");
        }
    }

    #[test]
    fn a_ragged_line_is_named() {
        let e = read(b"a,b\n1,2\n3\n", &ReadOptions::default()).unwrap_err();
        assert_eq!(e.to_string(), "line 3: 1 cells, and the header has 2");
    }

    #[test]
    fn limits_hold() {
        let limits =
            ReadOptions { rows_max: 2, columns_max: 3, cells_max: 4, bytes_max: 40, ..Default::default() };
        let error = |text: &str| read(text.as_bytes(), &limits).unwrap_err().to_string();
        assert!(error("a\n1\n2\n3\n").contains("3 rows"));
        assert!(error("a,b,c,d\n1,2,3,4\n").contains("4 columns"));
        assert!(error("a,b,c\n1,2,3\n1,2,3\n").contains("6 cells"));
        assert!(error(&"a\n1\n".repeat(11)).contains("44 bytes"));
    }

    #[test]
    fn a_stray_word_among_numbers_is_a_gap() {
        let text: String = std::iter::once("x\n".to_owned())
            .chain((0..200).map(|i| if i == 7 { "oops\n".into() } else { format!("{i}\n") }))
            .collect();
        let t = table(&text);
        assert_eq!(t.columns[0].n_missing(), 1);
        assert_eq!(t.notes, ["column \"x\": 1 cells are no numbers and count as missing"]);
    }

    #[test]
    fn a_second_table_is_read_as_the_first() {
        let first = table("plan,age\nbasic,1\npro,2\n");
        let second = read(b"plan,age\n1,x\n2,3\n", &ReadOptions::default().like(&first)).unwrap();
        assert!(matches!(second.columns[0].values, Values::Categories { .. }));
        assert_eq!(numbers(&second, "age"), [None, Some(3.0)]);
    }
}
