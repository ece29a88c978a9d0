//! Many rows in one statement: narrow values as JSON, wide ones in one blob beside it.
//!
//! sqlx crosses to its worker thread once a statement, so a batch costs one crossing however
//! many rows it has. JSON carries no bytes; a statement takes them from the second parameter by
//! `substr($2, offset, length)`, which are two values of the row.

use std::io::Write as _;

use sqlx::SqliteConnection;

use crate::error::{Context, StorageError};

/// Rows for `json_each($1)`, with their bytes in `$2`.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    json: Vec<u8>,
    bytes: Vec<u8>,
    n: usize,
}

impl Rows {
    /// Starts a row; its values follow in the order of the statement.
    pub(crate) fn row(&mut self) -> Row<'_> {
        self.json.extend_from_slice(if self.n == 0 { b"[" } else { b"," });
        self.n += 1;
        Row { rows: self, first: true }
    }

    /// Tells whether there is no row, so that no statement need run.
    pub(crate) fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Returns the JSON and the bytes, to be bound as `$1` and `$2`.
    pub(crate) fn take(self) -> (String, Vec<u8>) {
        let mut json = self.json;
        json.extend_from_slice(if self.n == 0 { b"[]" } else { b"]" });
        (String::from_utf8(json).expect("only JSON was written"), self.bytes)
    }

    /// Makes rows of one id each.
    pub(crate) fn ids(ids: impl IntoIterator<Item = i64>) -> String {
        let mut json = String::from("[");
        for id in ids {
            if json.len() > 1 {
                json.push(',');
            }
            json.push_str(&id.to_string());
        }
        json.push(']');
        json
    }
}

/// Runs a statement over rows: JSON in `$1`, bytes in `$2`. Without rows it does nothing.
pub(crate) async fn execute(
    db: &mut SqliteConnection,
    rows: Rows,
    what: &'static str,
    sql: &'static str,
) -> Result<(), StorageError> {
    if rows.is_empty() {
        return Ok(());
    }
    let (json, bytes) = rows.take();
    sqlx::query(sql).bind(json).bind(bytes).execute(db).await.context(what)?;
    Ok(())
}

/// A row being written. It ends when it is dropped.
pub(crate) struct Row<'a> {
    rows: &'a mut Rows,
    first: bool,
}

impl Row<'_> {
    fn raw(mut self, write: impl FnOnce(&mut Vec<u8>)) -> Self {
        self.rows.json.push(if self.first { b'[' } else { b',' });
        self.first = false;
        write(&mut self.rows.json);
        self
    }

    pub(crate) fn null(self) -> Self {
        self.raw(|json| json.extend_from_slice(b"null"))
    }

    pub(crate) fn int(self, value: impl Into<Option<i64>>) -> Self {
        match value.into() {
            Some(i) => self.raw(|json| {
                let _ = write!(json, "{i}");
            }),
            None => self.null(),
        }
    }

    pub(crate) fn real(self, value: f64) -> Self {
        // A real that is whole must stay a real: STRICT tables tell them apart.
        if value.is_finite() {
            self.raw(|json| {
                let _ = write!(json, "{value:?}");
            })
        } else {
            self.null()
        }
    }

    pub(crate) fn text<'t>(self, value: impl Into<Option<&'t str>>) -> Self {
        match value.into() {
            Some(text) => self.raw(|json| {
                serde_json::to_writer(json, text).expect("a string is always JSON");
            }),
            None => self.null(),
        }
    }

    /// Writes two values: where the bytes begin in `$2`, counted from 1, and how many they are.
    pub(crate) fn bytes<'t>(self, value: impl Into<Option<&'t [u8]>>) -> Self {
        match value.into() {
            Some(bytes) => {
                let (offset, length) = (self.rows.bytes.len() + 1, bytes.len());
                self.rows.bytes.extend_from_slice(bytes);
                self.int(offset as i64).int(length as i64)
            }
            None => self.null().null(),
        }
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        self.rows.json.extend_from_slice(if self.first { b"[]" } else { b"]" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_travel_beside_the_json() {
        let mut rows = Rows::default();
        rows.row().int(1).text("a\"b").bytes(&b"xyz"[..]).real(2.0);
        rows.row().int(None).text(None).bytes(None).bytes(&b"\0"[..]);
        let (json, bytes) = rows.take();
        assert_eq!(json, r#"[[1,"a\"b",1,3,2.0],[null,null,null,null,4,1]]"#);
        assert_eq!(bytes, b"xyz\0");
    }
}
