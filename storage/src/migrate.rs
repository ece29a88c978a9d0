//! Brings a database to the newest schema. Its version is SQLite's `user_version`, or the row in
//! PostgreSQL's table `meta`.

use std::path::Path;

use crate::db::{Db, Engine, query};
use crate::error::StorageError;

/// The migrations for each database, oldest first. A released one is never edited.
const SQLITE: &[&str] = &[include_str!("../migrations/sqlite/0001_start.sql")];
const POSTGRES: &[&str] = &[include_str!("../migrations/postgres/0001_start.sql")];

/// Two processes that start at once must not both migrate; the number is ours by chance.
pub(crate) const LOCK: &str = "SELECT pg_advisory_xact_lock(7461727270)";

fn migrations(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    }
}

/// Refuses a database whose schema this program does not know how to read.
pub(crate) async fn look(db: &mut Db, dir: &Path) -> Result<(), StorageError> {
    let (found, known) = (version(db).await?, migrations(db.engine()).len() as i64);
    if found == 0 {
        let why = format!("there is no store yet for {}: `rapport ingest` makes one", dir.display());
        return Err(StorageError::Refused(why));
    }
    if found < known {
        let why = format!(
            "the store in {} is of an older version: `rapport run` brings it up to date",
            dir.display()
        );
        return Err(StorageError::Refused(why));
    }
    if found > known {
        return Err(StorageError::Newer { dir: dir.into(), found, known });
    }
    Ok(())
}

/// Runs the migrations that the database lacks, each in a transaction of its own.
pub(crate) async fn migrate(db: &mut Db, dir: &Path) -> Result<(), StorageError> {
    let migrations = migrations(db.engine());
    let known = migrations.len() as i64;
    loop {
        db.begin("begin a migration").await?;
        if db.engine() == Engine::Postgres {
            db.run("wait for another's migration", LOCK).await?;
        }
        let found = version(db).await?;
        let next = usize::try_from(found).unwrap_or(0);
        let Some(sql) = migrations.get(next) else {
            db.run("end a migration", "COMMIT").await?;
            if found > known {
                return Err(StorageError::Newer { dir: dir.into(), found, known });
            }
            return Ok(());
        };
        db.run("migrate", sql).await?;
        note_version(db, found + 1).await?;
        db.run("commit a migration", "COMMIT").await?;
    }
}

/// Runs the migrations up to a version on an empty database, within the transaction that was begun.
pub(crate) async fn migrate_within(db: &mut Db, version: i64, dir: &Path) -> Result<(), StorageError> {
    let known = migrations(db.engine());
    let wanted = usize::try_from(version).ok().and_then(|version| known.get(..version));
    let Some(wanted) = wanted else {
        return Err(StorageError::Newer { dir: dir.into(), found: version, known: known.len() as i64 });
    };
    for sql in wanted {
        db.run("migrate", sql).await?;
    }
    note_version(db, version).await
}

/// Returns the newest version that this program knows.
pub(crate) fn newest(engine: Engine) -> i64 {
    match engine {
        Engine::Sqlite => SQLITE.len() as i64,
        Engine::Postgres => POSTGRES.len() as i64,
    }
}

pub(crate) async fn version(db: &mut Db) -> Result<i64, StorageError> {
    match db.engine() {
        Engine::Sqlite => query("read its version", "PRAGMA user_version").value(db).await,
        Engine::Postgres => {
            let made: bool = query("look for its tables", "SELECT to_regclass('meta') IS NOT NULL")
                .value(&mut *db)
                .await?;
            if !made {
                return Ok(0);
            }
            let sql = "SELECT convert_from(value, 'UTF8')::bigint FROM meta WHERE name = 'version'";
            query("read its version", sql).value(db).await
        }
    }
}

async fn note_version(db: &mut Db, version: i64) -> Result<(), StorageError> {
    let sql = match db.engine() {
        Engine::Sqlite => format!("PRAGMA user_version = {version}"),
        Engine::Postgres => format!(
            "INSERT INTO meta (name, value) VALUES ('version', '{version}'::bytea)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        ),
    };
    query("note its version", sql).run(db).await
}
