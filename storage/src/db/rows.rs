//! Many rows in one statement.
//!
//! sqlx crosses to its worker thread (or the network) once a statement, so a batch costs one
//! crossing however many rows it has. On SQLite the rows travel as JSON with their bytes in one
//! blob beside it, as JSON carries none: a bytes column is `substr($2, offset, length)`. On
//! PostgreSQL each column is an array.

use std::io::Write as _;

use rapport_model::Id;

use super::Engine;

/// What a column of rows holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Whole numbers, times, ids; yes and no are 1 and 0.
    Int,
    /// Measures.
    Real,
    /// Words.
    Text,
    /// Sealed or blind values.
    Bytes,
}

/// The columns of rows.
pub(crate) type Columns = [Column];

/// Rows to be bound to a statement.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(super) columns: Vec<Column>,
    pub(super) form: Form,
    n: usize,
}

/// How the rows travel.
#[derive(Debug)]
pub(super) enum Form {
    /// An array of arrays, and the bytes.
    Json { json: Vec<u8>, bytes: Vec<u8> },
    /// An array a column.
    Arrays(Vec<Array>),
}

/// One column's values.
#[derive(Debug)]
pub(super) enum Array {
    Int(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Rows {
    pub(crate) fn new(engine: Engine, columns: &Columns) -> Self {
        let form = match engine {
            Engine::Sqlite => Form::Json { json: Vec::new(), bytes: Vec::new() },
            Engine::Postgres => Form::Arrays(columns.iter().map(Array::of).collect()),
        };
        Self { columns: columns.to_vec(), form, n: 0 }
    }

    /// Makes rows of one id each.
    pub(crate) fn ids(engine: Engine, ids: impl IntoIterator<Item = Id>) -> Self {
        let mut rows = Self::new(engine, &[Column::Int]);
        for id in ids {
            rows.row().int(id.0);
        }
        rows
    }

    /// Starts a row; its values follow in the order of the columns.
    pub(crate) fn row(&mut self) -> RowWriter<'_> {
        if let Form::Json { json, .. } = &mut self.form {
            json.extend_from_slice(if self.n == 0 { b"[" } else { b"," });
        }
        self.n += 1;
        RowWriter { rows: self, at: 0 }
    }

    /// Tells whether there is no row, so that no statement need run.
    pub(crate) fn is_empty(&self) -> bool {
        self.n == 0
    }
}

impl Array {
    fn of(column: &Column) -> Self {
        match column {
            Column::Int => Self::Int(Vec::new()),
            Column::Real => Self::Real(Vec::new()),
            Column::Text => Self::Text(Vec::new()),
            Column::Bytes => Self::Bytes(Vec::new()),
        }
    }
}

/// A row being written. It ends when it is dropped.
pub(crate) struct RowWriter<'a> {
    rows: &'a mut Rows,
    at: usize,
}

impl RowWriter<'_> {
    /// Writes one value in the form that the rows have.
    fn put(mut self, json: impl FnOnce(&mut Vec<u8>), array: impl FnOnce(&mut Array)) -> Self {
        match &mut self.rows.form {
            Form::Json { json: text, .. } => {
                text.push(if self.at == 0 { b'[' } else { b',' });
                json(text);
            }
            Form::Arrays(arrays) => array(&mut arrays[self.at]),
        }
        self.at += 1;
        self
    }

    pub(crate) fn null(self) -> Self {
        if self.rows.columns[self.at] == Column::Bytes {
            return self.bytes(None);
        }
        self.put(
            |json| json.extend_from_slice(b"null"),
            |array| match array {
                Array::Int(values) => values.push(None),
                Array::Real(values) => values.push(None),
                Array::Text(values) => values.push(None),
                Array::Bytes(values) => values.push(None),
            },
        )
    }

    pub(crate) fn int(self, value: impl Into<Option<i64>>) -> Self {
        let Some(value) = value.into() else { return self.null() };
        self.put(
            |json| {
                let _ = write!(json, "{value}");
            },
            |array| match array {
                Array::Int(values) => values.push(Some(value)),
                Array::Real(values) => values.push(Some(value as f64)),
                _ => unreachable!("a whole number in a column of words or bytes"),
            },
        )
    }

    /// Writes a measure; one that is not finite is null.
    pub(crate) fn real(self, value: f64) -> Self {
        if !value.is_finite() {
            return self.null();
        }
        self.put(
            // A real that is whole must stay a real: STRICT tables tell them apart.
            |json| {
                let _ = write!(json, "{value:?}");
            },
            |array| match array {
                Array::Real(values) => values.push(Some(value)),
                _ => unreachable!("a measure in another column"),
            },
        )
    }

    pub(crate) fn text<'t>(self, value: impl Into<Option<&'t str>>) -> Self {
        let Some(text) = value.into() else { return self.null() };
        self.put(
            |json| serde_json::to_writer(json, text).expect("a string is always JSON"),
            |array| match array {
                Array::Text(values) => values.push(Some(without_nul(text))),
                _ => unreachable!("words in another column"),
            },
        )
    }

    pub(crate) fn bytes<'t>(mut self, value: impl Into<Option<&'t [u8]>>) -> Self {
        let value = value.into();
        match &mut self.rows.form {
            Form::Json { json, bytes } => {
                json.push(if self.at == 0 { b'[' } else { b',' });
                match value {
                    // Where the bytes begin in the blob, counted from 1, and how many they are.
                    Some(value) => {
                        let _ = write!(json, "{},{}", bytes.len() + 1, value.len());
                        bytes.extend_from_slice(value);
                    }
                    None => json.extend_from_slice(b"null,null"),
                }
            }
            Form::Arrays(arrays) => match &mut arrays[self.at] {
                Array::Bytes(values) => values.push(value.map(<[u8]>::to_vec)),
                _ => unreachable!("bytes in another column"),
            },
        }
        self.at += 1;
        self
    }
}

/// PostgreSQL's text holds no NUL; nothing that is kept as plain text needs one.
pub(crate) fn without_nul(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text.to_owned() }
}

impl Drop for RowWriter<'_> {
    fn drop(&mut self) {
        debug_assert!(
            self.at == self.rows.columns.len() || std::thread::panicking(),
            "a row has as many values as there are columns"
        );
        if let Form::Json { json, .. } = &mut self.rows.form {
            json.push(b']');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &Columns = &[Column::Int, Column::Text, Column::Bytes, Column::Real];

    fn write(engine: Engine) -> Form {
        let mut rows = Rows::new(engine, COLUMNS);
        rows.row().int(1).text("a\"b\0").bytes(&b"xyz"[..]).real(2.0);
        rows.row().int(None).text(None).bytes(None).real(f64::NAN);
        rows.row().null().null().null().null();
        rows.form
    }

    #[test]
    fn bytes_travel_beside_the_json() {
        let Form::Json { json, bytes } = write(Engine::Sqlite) else { panic!() };
        let null = "[null,null,null,null,null]";
        assert_eq!(String::from_utf8(json).unwrap(), format!(r#"[[1,"a\"b\u0000",1,3,2.0],{null},{null}"#));
        assert_eq!(bytes, b"xyz");
    }

    #[test]
    fn a_column_is_an_array_on_postgres() {
        let Form::Arrays(arrays) = write(Engine::Postgres) else { panic!() };
        assert!(matches!(&arrays[0], Array::Int(v) if *v == [Some(1), None, None]));
        assert!(matches!(&arrays[1], Array::Text(v) if *v == [Some("a\"b".into()), None, None]));
        assert!(matches!(&arrays[2], Array::Bytes(v) if *v == [Some(b"xyz".to_vec()), None, None]));
        assert!(matches!(&arrays[3], Array::Real(v) if *v == [Some(2.0), None, None]));
    }
}
