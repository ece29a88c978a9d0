//! Brings a database to the newest schema. The version is SQLite's `user_version`.

use std::path::Path;

use sqlx::{Connection, SqliteConnection};

use crate::error::{Context, StorageError};

/// The migrations, oldest first. A released one is never edited.
const MIGRATIONS: &[&str] = &[include_str!("../migrations/sqlite/0001_start.sql")];

/// Runs the migrations that the database lacks, each in a transaction of its own.
pub(crate) async fn migrate(db: &mut SqliteConnection, dir: &Path) -> Result<(), StorageError> {
    let known = MIGRATIONS.len() as i64;
    let found: i64 =
        sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *db).await.context("read its version")?;
    if found > known {
        return Err(StorageError::Newer { dir: dir.into(), found, known });
    }
    for (i, sql) in MIGRATIONS.iter().enumerate().skip(usize::try_from(found).unwrap_or(0)) {
        let mut tx = db.begin_with("BEGIN IMMEDIATE").await.context("begin a migration")?;
        sqlx::raw_sql(*sql).execute(&mut *tx).await.context("migrate")?;
        let version = format!("PRAGMA user_version = {}", i + 1);
        sqlx::raw_sql(sqlx::AssertSqlSafe(version)).execute(&mut *tx).await.context("note its version")?;
        tx.commit().await.context("commit a migration")?;
    }
    Ok(())
}
