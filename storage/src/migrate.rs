//! Brings a database to the newest schema. Its version is SQLite's `user_version`, or the row in
//! PostgreSQL's table `meta`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

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
        let why = format!("there is no store yet for {}: `rapport init` makes one", dir.display());
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
    run(db, dir, migrations(db.engine())).await
}

/// As [`migrate`] for a database in `file`: one of an older version is copied before it is touched, so
/// that the program of before can go on with the copy, `FILE.version-N`.
pub(crate) async fn migrate_file(db: &mut Db, file: &Path, dir: &Path) -> Result<(), StorageError> {
    keep_copy(db, file, newest(Engine::Sqlite)).await?;
    migrate(db, dir).await
}

/// Copies a database that is of an older version than `known`; returns where to.
async fn keep_copy(db: &mut Db, file: &Path, known: i64) -> Result<Option<PathBuf>, StorageError> {
    let found = version(db).await?;
    if found == 0 || found >= known {
        return Ok(None);
    }
    let beside = |end: &str| {
        let mut name = OsString::from(file);
        name.push(format!(".version-{found}{end}"));
        PathBuf::from(name)
    };
    let (part, copy) = (beside(".part"), beside(""));
    let failed = |e| StorageError::file(format!("keep a copy in {}", copy.display()), e);
    // What an attempt before left may be half a copy; what has its name is whole.
    match fs::remove_file(&part) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(e)),
        _ => {}
    }
    let into = part.to_string_lossy().into_owned();
    query("copy it before it is migrated", "VACUUM INTO $1").bind(into).run(db).await?;
    File::open(&part).and_then(|file| file.sync_all()).map_err(failed)?;
    fs::rename(&part, &copy).map_err(failed)?;
    Ok(Some(copy))
}

async fn run(db: &mut Db, dir: &Path, migrations: &[&'static str]) -> Result<(), StorageError> {
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

#[cfg(test)]
mod tests {
    use rapport_model::Id;

    use super::*;
    use crate::db::Address;
    use crate::open::{sqlite, writing};

    const FIRST: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT";
    const SECOND: &str = "ALTER TABLE notes ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0";

    async fn open(file: &Path) -> Db {
        Address::Sqlite(writing(&sqlite(file), true)).connect().await.unwrap()
    }

    async fn last_note(db: &mut Db) -> Id {
        Id(query("count", "SELECT max(id) FROM notes").value(db).await.unwrap())
    }

    #[tokio::test]
    async fn a_store_of_an_older_version_is_copied_and_migrated_and_one_of_a_newer_is_refused() {
        let dir = std::env::temp_dir().join(format!("rapport-migrate-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let file = dir.join("rapport.db");
        let mut db = open(&file).await;
        assert_eq!(keep_copy(&mut db, &file, 1).await.unwrap(), None, "there is nothing yet");
        run(&mut db, &dir, &[FIRST]).await.unwrap();
        db.run("note", "INSERT INTO notes (id) VALUES (7)").await.unwrap();
        assert_eq!(keep_copy(&mut db, &file, 1).await.unwrap(), None, "it is up to date");
        drop(db);

        // One that fails changes nothing, and what was half copied before is no copy.
        fs::write(dir.join("rapport.db.version-1.part"), "half").unwrap();
        let mut db = open(&file).await;
        let copy = keep_copy(&mut db, &file, 2).await.unwrap().unwrap();
        assert_eq!(copy, dir.join("rapport.db.version-1"));
        assert!(run(&mut db, &dir, &[FIRST, "ALTER TABLE nothing ADD COLUMN x"]).await.is_err());
        drop(db);

        let mut db = open(&file).await;
        assert_eq!((version(&mut db).await.unwrap(), last_note(&mut db).await), (1, Id(7)));
        keep_copy(&mut db, &file, 2).await.unwrap();
        run(&mut db, &dir, &[FIRST, SECOND]).await.unwrap();
        assert_eq!((version(&mut db).await.unwrap(), last_note(&mut db).await), (2, Id(7)));
        let refused = run(&mut db, &dir, &[FIRST]).await.unwrap_err();
        assert!(matches!(refused, StorageError::Newer { found: 2, known: 1, .. }), "{refused}");
        drop(db);

        // The program of before goes on with the copy.
        let mut before = open(&copy).await;
        run(&mut before, &dir, &[FIRST]).await.unwrap();
        assert_eq!((version(&mut before).await.unwrap(), last_note(&mut before).await), (1, Id(7)));
        drop(before);
        fs::remove_dir_all(&dir).unwrap();
    }
}
