use std::collections::HashMap;

use super::delimited::Delimited;
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
    let mut delimited = Delimited::open(bytes, options)?;
    for name in &options.ignore {
        if !delimited.header.contains(name) {
            return Err(InsightError::no_column(name, delimited.header.iter()));
        }
    }
    let comma = match delimited.delimiter {
        b',' => Comma::Groups,
        b';' => Comma::Decimal,
        _ => Comma::Either,
    };

    // First everything is read as numbers; then, what was mostly none is read again as categories.
    let mut builders: Vec<Builder> = delimited
        .header
        .iter()
        .map(|name| {
            let ignored = options.ignore.contains(name);
            if ignored || options.categories.contains(name) { Builder::Nothing } else { Builder::numbers() }
        })
        .collect();
    let n_rows = delimited.each_row(|row| {
        for (builder, cell) in builders.iter_mut().zip(row) {
            builder.push(cell, comma);
        }
    })?;
    let again: Vec<bool> = delimited
        .header
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
        delimited.each_row(|row| {
            for ((builder, cell), _) in builders.iter_mut().zip(row).zip(&again).filter(|(_, again)| **again)
            {
                builder.push(cell, comma);
            }
        })?;
    }
    let mut notes = std::mem::take(&mut delimited.notes);
    let columns = delimited.header.into_iter().zip(builders).filter_map(|(name, builder)| {
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
    let delimited = Delimited::open(bytes, options)?;
    let mut rows = Vec::new();
    delimited.each_row(|row| {
        rows.push(row.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect());
    })?;
    Ok(Cells { header: delimited.header, rows, notes: delimited.notes })
}

/// The rows of a table as they stand, those among them that have too few or too many cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loose {
    /// The names of the columns, made unique.
    pub header: Vec<String>,
    /// Each with its line, from 1.
    pub rows: Vec<(u64, Vec<String>)>,
    /// What was done to read them, for people: one sentence each.
    pub notes: Vec<String>,
}

/// Reads rows without looking for types, whatever number of cells each has: what is wrong with one of them
/// is for the caller to say. `options` gives the limits.
///
/// # Errors
/// The table is empty or larger than the limits, or a quote is never closed.
pub fn loose(bytes: &[u8], options: &ReadOptions) -> Result<Loose, InsightError> {
    let delimited = Delimited::open(bytes, options)?;
    let mut rows = Vec::new();
    delimited.each_loose_row(|line, row| {
        rows.push((line, row.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()));
        Ok(())
    })?;
    Ok(Loose { header: delimited.header, rows, notes: delimited.notes })
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
                    let told = match high.is_nan() {
                        true => "count as missing, since it has no other number",
                        false => "are taken as its largest or smallest number",
                    };
                    notes.push(format!("column {name:?}: {n_infinite} infinities {told}"));
                }
                Some(Values::Numbers(values))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::GB18030;

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
        let names: Vec<_> = table("a,a,a (2)\n1,2,3\n").columns.into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["a", "a (2)", "a (2) (2)"]);
    }

    #[test]
    fn a_table_without_rows_is_refused() {
        for text in ["", "\n\n", "a,b", "a,b\n", "\u{feff}"] {
            assert_eq!(read(text.as_bytes(), &ReadOptions::default()), Err(InsightError::Empty), "{text:?}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        for (text, expected) in [
            ("a,b\n1,2\n3\n", "line 3: 1 cells, and the header has 2"),
            ("a,b\n1,2\n\n\n3", "line 5: 1 cells, and the header has 2"),
            ("a,b\n1,2\n3,\0\n", "line 3: a zero byte; this is no table in text"),
            ("a,b\n1,x\n2,\"y\n3,z\n", "line 3: a quote is opened and never closed"),
            ("a,b\n1,x\n2,\"y, and then the file was cut", "line 3: a quote is opened and never closed"),
        ] {
            for e in [
                read(text.as_bytes(), &ReadOptions::default()).unwrap_err(),
                cells(text.as_bytes(), &ReadOptions::default()).unwrap_err(),
            ] {
                assert_eq!(e.to_string(), expected, "{text:?}");
            }
        }
        for text in ["a,b\n1,2\n3,\"x\ny\"\n", "a,b\n1,2\n3,5\"\n"] {
            assert_eq!(table(text).n_rows, 2, "{text:?}");
        }
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
        assert!(cells(b"a,b,c,d\n1,2,3,4\n", &limits).unwrap_err().to_string().contains("4 columns"));
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
