//! One way to ask either database.
//!
//! A statement is written once. `$1`, `$2`… are its values; over [`Rows`] it also has `{rows}`
//! (the rows as a table `j`), `{0}`, `{1}`… (their columns) and `{at}` (their position), which
//! become `jsonb_each` on SQLite and `UNNEST` on PostgreSQL; `x {any}` asks whether `x` is among
//! rows of one column. `{least}` and `{greatest}` are the
//! functions of two values. Where the two really differ, a caller asks [`Db::engine`].

mod ask;
mod row;
mod rows;
mod statement;

pub(crate) use ask::{Bind, On, Query, query};
pub(crate) use row::Row;
pub(crate) use rows::{Column, Columns, RowWriter, Rows, without_nul};

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use crate::error::{Context as _, StorageError};

/// How long a server may take to answer who asks for a connection.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// Which database a store lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one: a file in the data directory, one process.
    Sqlite,
    /// A server that several processes share.
    Postgres,
}

impl Engine {
    /// Returns its name, as the configuration and `--json` say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// A connection that writes.
pub(crate) enum Db {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Db {
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Starts rows of these columns.
    pub(crate) fn rows(&self, columns: &Columns) -> Rows {
        Rows::new(self.engine(), columns)
    }

    /// Makes rows of one id each.
    pub(crate) fn ids(&self, ids: impl IntoIterator<Item = rapport_model::Id>) -> Rows {
        Rows::ids(self.engine(), ids)
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&mut self, what: &'static str) -> Result<(), StorageError> {
        let begin = match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(_) => "BEGIN",
        };
        self.run(what, begin).await
    }

    /// Runs a statement without values, such as `COMMIT`.
    pub(crate) async fn run(&mut self, what: &'static str, sql: &'static str) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(db) => sqlx::raw_sql(sql).execute(db).await.map(|_| ()),
            Self::Postgres(db) => sqlx::raw_sql(sql).execute(db).await.map(|_| ()),
        }
        .context(what)
    }

    pub(crate) async fn close(self) {
        // The data are on disk; a farewell that fails changes nothing.
        let _ = match self {
            Self::Sqlite(db) => db.close().await,
            Self::Postgres(db) => db.close().await,
        };
    }
}

/// How to reach a database.
#[derive(Clone)]
pub(crate) enum Address {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

impl Address {
    pub(crate) async fn connect(&self) -> Result<Db, StorageError> {
        match self {
            Self::Sqlite(options) => options.connect().await.map(Db::Sqlite),
            Self::Postgres(options) => {
                let connected = tokio::time::timeout(CONNECT_MAX, options.connect()).await;
                connected.unwrap_or_else(|late| Err(sqlx::Error::Io(late.into()))).map(Db::Postgres)
            }
        }
        .context("open")
    }
}

/// Connections that only read.
#[derive(Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Makes rows of one id each.
    pub(crate) fn ids(&self, ids: impl IntoIterator<Item = rapport_model::Id>) -> Rows {
        Rows::ids(self.engine(), ids)
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
