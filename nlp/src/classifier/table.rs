//! Tables of labelled texts.

use std::path::Path;

use crate::NlpError;

/// The label of texts that are none of the others.
pub const OUT_OF_SCOPE: &str = "oos";
/// The first line of a table that has one.
const HEADER: (&str, &str) = ("text", "label");

/// A text with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// What somebody wrote.
    pub text: String,
    /// What it is.
    pub label: String,
}

/// Reads `text<TAB>label` lines; further columns are ignored, and so are empty lines and the
/// header `text<TAB>label`.
///
/// # Errors
/// [`NlpError::Io`] when the file cannot be read, [`NlpError::Data`] with the line that has no
/// label, or when there is no line at all.
pub fn read_table(path: &Path) -> Result<Vec<Labelled>, NlpError> {
    let name = path.display().to_string();
    let bytes =
        std::fs::read(path).map_err(|reason| NlpError::Io { what: format!("read {name}"), reason })?;
    parse(&bytes, &name)
}

fn parse(bytes: &[u8], name: &str) -> Result<Vec<Labelled>, NlpError> {
    let refuse = |line: usize, why: &str| NlpError::Data { path: name.to_owned(), line, why: why.to_owned() };
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut all = Vec::new();
    for (n, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line =
            std::str::from_utf8(line).map_err(|_| refuse(n + 1, "is no UTF-8: save the file as UTF-8"))?;
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim().is_empty() {
            continue;
        }
        let mut columns = line.split('\t');
        let (text, label) = (columns.next().unwrap_or_default(), columns.next().map(str::trim));
        let label = label.filter(|label| !label.is_empty());
        let label = label.ok_or_else(|| refuse(n + 1, "has no label: write text, a tab, and the label"))?;
        if (n, text, label) != (0, HEADER.0, HEADER.1) {
            all.push(Labelled { text: text.to_owned(), label: label.to_owned() });
        }
    }
    if all.is_empty() { Err(refuse(1, "the table is empty")) } else { Ok(all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_with_or_without_a_header() {
        let labelled = |text: &str, label: &str| Labelled { text: text.into(), label: label.into() };
        for table in ["text\tlabel\nhi\tgreet\n", "\u{feff}hi\tgreet", "hi\tgreet\tmore\tcolumns\r\n\r\n"] {
            assert_eq!(parse(table.as_bytes(), "t").unwrap(), [labelled("hi", "greet")], "{table}");
        }
        assert_eq!(parse(b"a\tx\ntext\tlabel\n", "t").unwrap().len(), 2, "only the first line is a header");
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (table, line) in [
            (&b"hi\tgreet\nno label\n"[..], 2),
            (b"hi\t \n", 1),
            (b"", 1),
            (b"text\tlabel\n", 1),
            (b"a\tb\n\xff\tc\n", 2),
        ] {
            let error = parse(table, "data.tsv").unwrap_err().to_string();
            assert!(error.starts_with(&format!("data.tsv:{line}: ")), "{error}");
        }
    }
}
