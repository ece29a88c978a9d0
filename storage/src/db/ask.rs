//! A statement with its values, on its way to a database.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe};

use super::row::{Row, Value};
use super::rows::{Array, Form, Rows, without_nul};
use super::statement::write_out;
use super::{Db, Engine, Pool};
use crate::error::{Context as _, StorageError};

/// Waits before a reader asks again after the server went away; it comes back within these or
/// the error is passed on.
const READ_AGAIN: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(800),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// A value of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Bind {
    Int(Option<i64>),
    Real(Option<f64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! bind_from {
    ($($from:ty => |$x:ident| $value:expr;)*) => {
        $(impl From<$from> for Bind { fn from($x: $from) -> Self { $value } })*
    };
}
bind_from! {
    i64 => |x| Self::Int(Some(x));
    u32 => |x| Self::Int(Some(i64::from(x)));
    usize => |x| Self::Int(i64::try_from(x).ok());
    bool => |x| Self::Int(Some(i64::from(x)));
    f64 => |x| Self::Real(Some(x));
    &str => |x| Self::Text(Some(without_nul(x)));
    &String => |x| Self::Text(Some(without_nul(x)));
    String => |x| Self::Text(Some(without_nul(&x)));
    &[u8] => |x| Self::Bytes(Some(x.to_vec()));
    Vec<u8> => |x| Self::Bytes(Some(x));
    rapport_model::Id => |x| Self::Int(Some(x.0));
    rapport_model::Timestamp => |x| Self::Int(Some(x.micros()));
    Option<i64> => |x| Self::Int(x);
    Option<rapport_model::Id> => |x| Self::Int(x.map(|id| id.0));
    Option<rapport_model::Timestamp> => |x| Self::Int(x.map(|t| t.micros()));
    Option<f64> => |x| Self::Real(x);
    Option<String> => |x| Self::Text(x.as_deref().map(without_nul));
    Option<&str> => |x| Self::Text(x.map(without_nul));
    Option<Vec<u8>> => |x| Self::Bytes(x);
}

/// A statement with its values.
#[derive(Debug)]
pub(crate) struct Query {
    what: &'static str,
    sql: Cow<'static, str>,
    rows: Option<Rows>,
    binds: Vec<Bind>,
}

/// Starts a statement. `what` completes "the database failed to".
pub(crate) fn query(what: &'static str, sql: impl Into<Cow<'static, str>>) -> Query {
    Query { what, sql: sql.into(), rows: None, binds: Vec::new() }
}

/// Where a statement runs.
pub(crate) enum On<'a> {
    Db(&'a mut Db),
    Pool(&'a Pool),
}

impl On<'_> {
    /// Returns the same place, for one more statement.
    pub(crate) fn again(&mut self) -> On<'_> {
        match self {
            Self::Db(db) => On::Db(db),
            Self::Pool(pool) => On::Pool(pool),
        }
    }
}

impl<'a> From<&'a mut Db> for On<'a> {
    fn from(db: &'a mut Db) -> Self {
        Self::Db(db)
    }
}

impl<'a> From<&'a Pool> for On<'a> {
    fn from(pool: &'a Pool) -> Self {
        Self::Pool(pool)
    }
}

/// Adds values to the arguments of either database; their types have no name in common.
macro_rules! add_binds {
    ($arguments:ident, $binds:expr) => {
        for bind in $binds {
            match bind {
                Bind::Int(value) => $arguments.add(value),
                Bind::Real(value) => $arguments.add(value),
                Bind::Text(value) => $arguments.add(value),
                Bind::Bytes(value) => $arguments.add(value),
            }
            .expect(ENCODES);
        }
    };
}

impl Query {
    /// Binds the next of `$1`, `$2`….
    pub(crate) fn bind(mut self, value: impl Into<Bind>) -> Self {
        self.binds.push(value.into());
        self
    }

    /// Binds the rows.
    pub(crate) fn rows(mut self, rows: Rows) -> Self {
        self.rows = Some(rows);
        self
    }

    /// Runs it. Over no rows it does nothing.
    pub(crate) async fn run(self, on: impl Into<On<'_>>) -> Result<(), StorageError> {
        self.count(on).await.map(|_| ())
    }

    /// Runs it and returns how many rows it touched. Over no rows it does nothing.
    pub(crate) async fn count(self, on: impl Into<On<'_>>) -> Result<u64, StorageError> {
        if self.rows.as_ref().is_some_and(Rows::is_empty) {
            return Ok(0);
        }
        let what = self.what;
        match on.into() {
            On::Db(Db::Sqlite(db)) => self.sqlite().execute(db).await.map(|done| done.rows_affected()),
            On::Db(Db::Postgres(db)) => self.postgres().execute(db).await.map(|done| done.rows_affected()),
            On::Pool(Pool::Sqlite(pool)) => {
                self.sqlite().execute(pool).await.map(|done| done.rows_affected())
            }
            On::Pool(Pool::Postgres(pool)) => self.postgres().execute(pool).await.map(|d| d.rows_affected()),
        }
        .context(what)
    }

    /// Returns the rows it gives. Over no rows there are none.
    pub(crate) async fn all(self, on: impl Into<On<'_>>) -> Result<Vec<Row>, StorageError> {
        if self.rows.as_ref().is_some_and(Rows::is_empty) {
            return Ok(Vec::new());
        }
        let what = self.what;
        let sqlite = |rows: Vec<_>| rows.into_iter().map(Row::Sqlite).collect();
        let postgres = |rows: Vec<_>| rows.into_iter().map(Row::Postgres).collect();
        match on.into() {
            On::Db(Db::Sqlite(db)) => self.sqlite().fetch_all(db).await.map(sqlite),
            On::Db(Db::Postgres(db)) => self.postgres().fetch_all(db).await.map(postgres),
            On::Pool(Pool::Sqlite(pool)) => self.sqlite().fetch_all(pool).await.map(sqlite),
            On::Pool(Pool::Postgres(pool)) => self.read_again(pool).await.map(postgres),
        }
        .context(what)
    }

    /// Reads from a server that may be away for a moment.
    async fn read_again(self, pool: &sqlx::PgPool) -> Result<Vec<sqlx::postgres::PgRow>, sqlx::Error> {
        let sql = self.text(Engine::Postgres);
        let arguments = self.postgres_arguments();
        let mut waits = READ_AGAIN.iter();
        loop {
            let query = sqlx::query_with(AssertSqlSafe(sql.clone()), arguments.clone());
            match (query.fetch_all(pool).await, waits.next()) {
                (Err(e), Some(wait)) if crate::error::is_away(&e) => tokio::time::sleep(*wait).await,
                (done, _) => return done,
            }
        }
    }

    /// Returns the first row it gives.
    pub(crate) async fn optional(self, on: impl Into<On<'_>>) -> Result<Option<Row>, StorageError> {
        Ok(self.all(on).await?.into_iter().next())
    }

    /// Returns the row that it always gives.
    pub(crate) async fn one(self, on: impl Into<On<'_>>) -> Result<Row, StorageError> {
        let what = self.what;
        self.optional(on).await?.ok_or(sqlx::Error::RowNotFound).context(what)
    }

    /// Returns the only value of the row that it always gives.
    pub(crate) async fn value<T>(self, on: impl Into<On<'_>>) -> Result<T, StorageError>
    where
        T: for<'r> Value<'r>,
    {
        Ok(self.one(on).await?.get(0))
    }

    /// Returns the only value of the first row it gives.
    pub(crate) async fn optional_value<T>(self, on: impl Into<On<'_>>) -> Result<Option<T>, StorageError>
    where
        T: for<'r> Value<'r>,
    {
        Ok(self.optional(on).await?.map(|row| row.get(0)))
    }

    /// Returns the first value of each row.
    pub(crate) async fn values<T>(self, on: impl Into<On<'_>>) -> Result<Vec<T>, StorageError>
    where
        T: for<'r> Value<'r>,
    {
        Ok(self.all(on).await?.iter().map(|row| row.get(0)).collect())
    }

    /// Writes it out for a database.
    fn text(&self, engine: Engine) -> String {
        write_out(&self.sql, engine, self.rows.as_ref().map(|rows| &rows.columns[..]))
    }

    fn sqlite(self) -> sqlx::query::Query<'static, sqlx::Sqlite, SqliteArguments> {
        let sql = self.text(Engine::Sqlite);
        let mut arguments = SqliteArguments::default();
        if let Some(Form::Json { mut json, bytes }) = self.rows.map(|rows| rows.form) {
            json.extend_from_slice(if json.is_empty() { b"[]" } else { b"]" });
            let json = String::from_utf8(json).expect("only JSON was written");
            arguments.add(json).and_then(|()| arguments.add(bytes)).expect(ENCODES);
        }
        add_binds!(arguments, self.binds);
        sqlx::query_with(AssertSqlSafe(sql), arguments)
    }

    fn postgres(self) -> sqlx::query::Query<'static, sqlx::Postgres, PgArguments> {
        let sql = self.text(Engine::Postgres);
        sqlx::query_with(AssertSqlSafe(sql), self.postgres_arguments())
    }

    fn postgres_arguments(self) -> PgArguments {
        let mut arguments = PgArguments::default();
        if let Some(Form::Arrays(arrays)) = self.rows.map(|rows| rows.form) {
            for array in arrays {
                match array {
                    Array::Int(values) => arguments.add(values),
                    Array::Real(values) => arguments.add(values),
                    Array::Text(values) => arguments.add(values),
                    Array::Bytes(values) => arguments.add(values),
                }
                .expect(ENCODES);
            }
        }
        add_binds!(arguments, self.binds);
        arguments
    }
}

/// Numbers, words and bytes have a form in either database.
const ENCODES: &str = "a plain value encodes";
