//! Whether the store is whole: the database's own check, rows that belong together, and the
//! files beside them. Reads much of the store; meant for a person who asks, or once a night.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use rapport_model::Timestamp;
use rapport_model::time::HOUR;
use serde::Serialize;

use crate::db::{Engine, query};
use crate::error::StorageError;
use crate::open::Store;

/// A file is written before the row that names it: one so old has no row to come.
const ORPHAN_AGE: i64 = HOUR;
/// Names of missing files that are given; all are counted.
const NAMED_MAX: usize = 5;

/// Rows that point to nothing: what they are called, and how to count them.
const DANGLING: [(&str, &str); 6] = [
    (
        "messages_without_raw",
        "SELECT count(*) FROM messages m WHERE NOT EXISTS (SELECT 1 FROM raws r WHERE r.message = m.id)",
    ),
    (
        "raws_without_message",
        "SELECT count(*) FROM raws r WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = r.message)",
    ),
    (
        "messages_without_thread",
        "SELECT count(*) FROM messages m WHERE NOT EXISTS (SELECT 1 FROM threads t WHERE t.id = m.thread)",
    ),
    (
        "parties_without_message",
        "SELECT count(*) FROM parties p WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = p.message)",
    ),
    (
        "parties_without_identity",
        "SELECT count(*) FROM parties p WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.id = p.identity)",
    ),
    (
        "attachments_without_message",
        "SELECT count(*) FROM attachments a WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = a.message)",
    ),
];

/// What is wrong with a store.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Integrity {
    /// What the database found wrong with its file; a server looks after its own.
    pub damage: Vec<String>,
    /// Rows that point to nothing, by what they are.
    pub dangling: Vec<Dangling>,
    /// Files that rows name and that are not there.
    pub blobs_missing: usize,
    /// The names of the first few of them.
    pub blobs_missing_names: Vec<String>,
    /// Files that no row names and that are old enough to be left behind by a crash.
    pub blobs_orphaned: usize,
}

/// Rows that point to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Dangling {
    /// What they are, such as `messages_without_raw`.
    pub what: &'static str,
    /// How many.
    pub n: i64,
}

impl Integrity {
    /// Tells whether anything that was kept is lost or damaged. Orphaned files only take room.
    pub fn is_whole(&self) -> bool {
        self.damage.is_empty() && self.blobs_missing == 0 && self.dangling.iter().all(|d| d.n == 0)
    }
}

impl Store {
    /// Looks for damage. Takes as long as reading the store does.
    ///
    /// # Errors
    /// The store cannot be read at all.
    pub async fn integrity(&self) -> Result<Integrity, StorageError> {
        let mut found = Integrity::default();
        if self.inner.engine() == Engine::Sqlite {
            let said: Vec<String> =
                query("check itself", "PRAGMA quick_check(20)").values(&self.inner.read).await?;
            found.damage = said.into_iter().filter(|line| line != "ok").collect();
        }
        for (what, sql) in DANGLING {
            let n = query("look for rows that point to nothing", sql).value(&self.inner.read).await?;
            found.dangling.push(Dangling { what, n });
        }
        let (missing, orphans) = self.compare_blobs().await?;
        found.blobs_missing = missing.len();
        found.blobs_missing_names = missing.into_iter().take(NAMED_MAX).collect();
        found.blobs_orphaned = orphans.len();
        Ok(found)
    }

    /// Removes files that no row names and that are older than an hour: a crash left them
    /// behind. Returns how many. May run beside the process that works on the store.
    ///
    /// # Errors
    /// The store cannot be read, or a file cannot be removed.
    pub async fn remove_orphans(&self) -> Result<usize, StorageError> {
        let (_, orphans) = self.compare_blobs().await?;
        for path in &orphans {
            fs::remove_file(path).map_err(|e| StorageError::file(format!("remove {}", path.display()), e))?;
        }
        Ok(orphans.len())
    }

    /// Returns the names without file, and the files without name.
    async fn compare_blobs(&self) -> Result<(Vec<String>, Vec<PathBuf>), StorageError> {
        let dir = self.inner.dir.join("blobs");
        let failed = |e| StorageError::file(format!("list {}", dir.display()), e);
        // Before the names: a row that comes in between is then seen, and its file left alone.
        let mut files = Vec::new();
        match fs::read_dir(&dir) {
            Ok(entries) => {
                for entry in entries {
                    files.push(entry.map_err(failed)?);
                }
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(failed(e)),
        }
        let names: Vec<String> = query(
            "list the files it names",
            "SELECT blob FROM raws WHERE blob IS NOT NULL
             UNION ALL SELECT blob FROM quarantine WHERE blob IS NOT NULL",
        )
        .values(&self.inner.read)
        .await?;
        let named: HashSet<&str> = names.iter().map(String::as_str).collect();
        let old = self.inner.clock.now().plus(-ORPHAN_AGE);
        let is_orphan = |file: &fs::DirEntry| {
            let named = file.file_name().to_str().is_some_and(|name| named.contains(name));
            !named && changed_at(file).is_some_and(|at| at < old)
        };
        let orphans = files.iter().filter(|file| is_orphan(file)).map(fs::DirEntry::path).collect();
        let is_missing = |name: &&String| !dir.join(name.as_str()).exists();
        Ok((names.iter().filter(is_missing).cloned().collect(), orphans))
    }
}

/// Returns when a file was last written; nothing for what is no file or is gone meanwhile.
fn changed_at(file: &fs::DirEntry) -> Option<Timestamp> {
    let about = file.metadata().ok().filter(fs::Metadata::is_file)?;
    let since = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok().map(Timestamp::from_micros)
}
