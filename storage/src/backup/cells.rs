//! The form in which rows leave a store: a head of three lines, then values one after another.
//!
//! ```text
//! rapport-rows 1 ⏎ TABLE ⏎ COLUMN,COLUMN… ⏎
//! 0                      nothing
//! 1 varint               a whole number (zigzag)
//! 2 8 bytes              a measure (little end first)
//! 3 varint, bytes        words
//! 4 varint, bytes        bytes
//! ```

use crate::error::StorageError;

/// The first line.
const FORM: &str = "rapport-rows 1";

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// Starts rows of a table.
pub(super) fn head<'a>(table: &str, columns: impl Iterator<Item = &'a str>) -> Vec<u8> {
    format!("{FORM}\n{table}\n{}\n", columns.collect::<Vec<_>>().join(",")).into_bytes()
}

/// Adds a value.
pub(super) fn put(out: &mut Vec<u8>, cell: Cell<'_>) {
    let long = |out: &mut Vec<u8>, tag: u8, bytes: &[u8]| {
        out.push(tag);
        put_varint(out, bytes.len() as u64);
        out.extend_from_slice(bytes);
    };
    match cell {
        Cell::Null => out.push(0),
        Cell::Int(n) => {
            out.push(1);
            put_varint(out, ((n << 1) ^ (n >> 63)).cast_unsigned());
        }
        Cell::Real(x) => {
            out.push(2);
            out.extend_from_slice(&x.to_le_bytes());
        }
        Cell::Text(text) => long(out, 3, text.as_bytes()),
        Cell::Bytes(bytes) => long(out, 4, bytes),
    }
}

fn put_varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Rows being read.
pub(super) struct Reader<'a> {
    pub(super) table: &'a str,
    pub(super) columns: Vec<&'a str>,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads the head.
    ///
    /// # Errors
    /// The bytes are no rows, or of a form that this program does not know.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, StorageError> {
        let mut lines = bytes.splitn(4, |b| *b == b'\n');
        let mut line = || lines.next().and_then(|line| std::str::from_utf8(line).ok());
        match (line(), line(), line()) {
            (Some(FORM), Some(table), Some(columns)) => {
                let rest = lines.next().unwrap_or_default();
                Ok(Self { table, columns: columns.split(',').collect(), rest })
            }
            (Some(form), ..) if form.starts_with("rapport-rows ") => {
                Err(broken("was written by a newer program: use that one"))
            }
            _ => Err(broken("holds no rows")),
        }
    }

    /// Returns the values of the next row, in the order of the columns.
    ///
    /// # Errors
    /// The row breaks off, or is none.
    pub(super) fn row(&mut self) -> Result<Option<Vec<Cell<'a>>>, StorageError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let cells = (0..self.columns.len()).map(|_| self.cell()).collect::<Option<Vec<_>>>();
        cells.map(Some).ok_or_else(|| broken("breaks off in the middle of a row, or was changed"))
    }

    fn cell(&mut self) -> Option<Cell<'a>> {
        let (tag, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(match tag {
            0 => Cell::Null,
            1 => {
                let n = self.varint()?;
                Cell::Int((n >> 1).cast_signed() ^ -(n & 1).cast_signed())
            }
            2 => Cell::Real(f64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            3 => Cell::Text(std::str::from_utf8(self.long()?).ok()?),
            4 => Cell::Bytes(self.long()?),
            _ => return None,
        })
    }

    fn long(&mut self) -> Option<&'a [u8]> {
        let n = self.varint()?;
        self.take(usize::try_from(n).ok()?)
    }

    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(n)?;
        self.rest = rest;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut n = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            n |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(n);
            }
        }
        None
    }
}

fn broken(why: &str) -> StorageError {
    StorageError::Corrupt { what: "a piece of the backup".into(), why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: [Cell<'static>; 8] = [
        Cell::Null,
        Cell::Int(i64::MIN),
        Cell::Int(-1),
        Cell::Int(i64::MAX),
        Cell::Real(-0.5),
        Cell::Text("王丽\n"),
        Cell::Bytes(&[0, 255, 10]),
        Cell::Text(""),
    ];

    fn written() -> Vec<u8> {
        let mut bytes = head("notes", ["a", "b", "c", "d", "e", "f", "g", "h"].into_iter());
        ROW.iter().chain(&ROW).for_each(|cell| put(&mut bytes, *cell));
        bytes
    }

    #[test]
    fn rows_come_back_as_they_were() {
        let bytes = written();
        let mut reader = Reader::new(&bytes).unwrap();
        assert_eq!((reader.table, reader.columns.len()), ("notes", 8));
        assert_eq!(reader.row().unwrap().unwrap(), ROW);
        assert_eq!(reader.row().unwrap().unwrap(), ROW);
        assert_eq!(reader.row().unwrap(), None);
    }

    #[test]
    fn a_row_that_breaks_off_is_refused() {
        let bytes = written();
        let head = bytes.len() - written().len() + "rapport-rows 1\nnotes\na,b,c,d,e,f,g,h\n".len();
        for end in head + 1..bytes.len() {
            let mut reader = Reader::new(&bytes[..end]).unwrap();
            let first = reader.row();
            let both = first.and_then(|_| reader.row());
            assert!(both.is_err() || matches!(both, Ok(None)), "{end}");
        }
        for text in ["", "rapport-rows 1", "PK\u{3}\u{4}", "rapport-rows 2\nnotes\na\n", "\n\n\n\n"] {
            assert!(Reader::new(text.as_bytes()).is_err(), "{text:?}");
        }
        let said = Reader::new(b"rapport-rows 2\nx\ny\n").err().unwrap().to_string();
        assert!(said.contains("newer program"), "{said}");
    }
}
