//! Restoring a backup to a new place: all of it, or nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use futures_util::StreamExt as _;
use rapport_model::Clock;
use rapport_storage::audit::Fault;
use rapport_storage::backup::{Filled, Filling};
use rapport_storage::{Master, Place as Database, without_passwords};

use super::list::{newest_keys, sign};
use super::manifest::{BLOBS, Manifest, Part, PartKind};
use super::take::{erased, read_list};
use super::{Opener, Place, Progress};

/// Parts that are fetched and opened at once.
const AT_ONCE: usize = 4;
/// What marks a directory that is not whole yet, so that the next try may remove it.
const UNFINISHED: &str = ".restoring";

/// Where a backup is restored to.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The new data directory.
    pub dir: PathBuf,
    /// A new database on a server; the file in the directory without one.
    pub database: Option<String>,
}

/// What is restored, and how.
pub(crate) struct Restore<'a> {
    pub place: &'a Place,
    pub name: &'a str,
    pub manifest: &'a Manifest,
    pub opener: &'a Opener,
    /// The file of the master key, where it is not in the backup.
    pub master: Option<&'a Path>,
    pub clock: Arc<dyn Clock>,
    /// Whether a journal that does not hold is restored all the same.
    pub despite_faults: bool,
}

/// What was restored.
#[derive(Clone, Debug)]
pub(crate) struct Restored {
    pub filled: Filled,
    /// Changes of the journal, and records that have any.
    pub n_changes: u64,
    pub n_records: u64,
    /// What is wrong with the journal.
    pub faults: Vec<Fault>,
    /// Erasures that were done again.
    pub n_erased: usize,
}

impl Restore<'_> {
    /// Restores it. What is there afterwards is whole; if not, nothing is.
    ///
    /// # Errors
    /// Why it was not restored.
    pub(crate) async fn run(
        &self,
        target: &Target,
        told: &(dyn Fn(Progress) + Sync),
    ) -> anyhow::Result<Restored> {
        let dir = &target.dir;
        ensure!(
            !dir.exists() || is_empty(dir)?,
            "{} is not empty: a restore goes to a new directory only",
            dir.display()
        );
        let partial = dir.with_added_extension("partial");
        let database = Database { database: target.database.clone(), keys: None };
        let goes_to = target.database.as_deref().map(without_passwords).unwrap_or_default();
        if let Ok(went_to) = std::fs::read_to_string(partial.join(UNFINISHED)) {
            // What a restore left that was killed.
            if went_to == goes_to {
                Filling::clean_up(&database).await?;
            }
            std::fs::remove_dir_all(&partial)?;
        }
        ensure!(!partial.exists(), "{} is there already: remove it, or restore elsewhere", partial.display());
        let failed = || format!("cannot make {}", partial.display());
        std::fs::create_dir_all(partial.join("keys")).with_context(failed)?;
        std::fs::write(partial.join(UNFINISHED), goes_to).with_context(failed)?;
        let mut committed = false;
        let restored = self.fill(&partial, &database, &mut committed, told).await;
        let restored = match restored.and_then(|restored| settle(&partial, dir).map(|()| restored)) {
            Ok(restored) => restored,
            Err(e) => {
                if committed {
                    Filling::remove(&database).await.ok();
                }
                // What cannot be removed now is by the next try.
                std::fs::remove_dir_all(&partial).ok();
                return Err(e);
            }
        };
        Ok(restored)
    }

    async fn fill(
        &self,
        dir: &Path,
        database: &Database,
        committed: &mut bool,
        told: &(dyn Fn(Progress) + Sync),
    ) -> anyhow::Result<Restored> {
        let (place, manifest) = (self.place, self.manifest);
        if let Some(sign) = sign(place).await? {
            ensure!(sign.house == manifest.house, "{}: {} is of another house", place.name(), self.name);
        }
        let parts = read_list(place, &manifest.parts).await?;
        let keys = self.keys(dir).await?;
        let mut filling = Filling::begin(dir, database, manifest.schema_version, &keys).await?;
        let done = async {
            ensure!(
                filling.house() == manifest.house,
                "{}: {} is of another house than its keys",
                place.name(),
                self.name
            );
            ensure!(
                filling.code(&manifest.coded()) == manifest.code,
                "{}: {}/manifest.json was changed",
                place.name(),
                self.name
            );
            self.rows(&mut filling, &parts, told).await
        }
        .await;
        if let Err(e) = done {
            filling.abandon().await;
            return Err(e);
        }
        let filled = filling.finish().await?;
        *committed = true;
        self.compare(&filled)?;
        for part in parts.iter().filter(|part| part.kind != PartKind::Rows) {
            self.file(dir, part, database).await?;
        }
        let store = Filling::open(dir, database, self.clock.clone()).await?;
        let list = erased(place).await?;
        let n_erased = store.erase_again(&list).await?;
        store.end_visits().await?;
        store.seal_journal().await?;
        let audit = store.audit().await?;
        let whole = store.integrity().await?;
        store.close().await;
        drop(store);
        ensure!(
            whole.damage.is_empty() && whole.blobs_missing <= manifest.missing.len(),
            "{}: {} large mails are missing in {}, such as {}; take another backup",
            place.name(),
            whole.blobs_missing,
            self.name,
            whole.blobs_missing_names.first().map_or("", String::as_str)
        );
        let mut faults = audit.faults;
        let sealed =
            filled.seals_broken.iter().map(|seal| Fault::Unsealed { seal: *seal, sealed: 0, found: 0 });
        faults.extend(sealed);
        ensure!(
            faults.is_empty() || self.despite_faults,
            "{}: the journal in {} does not hold ({} faults): take an older one, or add --despite-faults to restore it as it is",
            place.name(),
            self.name,
            faults.len()
        );
        Ok(Restored { filled, n_changes: audit.n_changes, n_records: audit.n_records, faults, n_erased })
    }

    /// Puts the master key in its place; returns the other keys.
    async fn keys(&self, dir: &Path) -> anyhow::Result<Vec<u8>> {
        let name = newest_keys(self.place).await?;
        let stored = self.place.get(&name).await?;
        let plain = self.opener.open(&name, stored).map_err(anyhow::Error::msg)?;
        let at = plain.iter().position(|b| *b == b'\n').with_context(|| format!("{name} is damaged"))?;
        let (included, keys) = (std::str::from_utf8(&plain[..at])?, &plain[at + 1..]);
        let to = dir.join("keys").join("master.key");
        match self.master {
            Some(file) => {
                Master::read(file)?;
                Master::put(&std::fs::read_to_string(file)?, &to)?;
            }
            None if !included.is_empty() => {
                Master::put(included, &to)?;
            }
            None if Master::is_given() => {}
            None => bail!(
                "the master key is not in {name}, as that is not encrypted: name its file with --master-key, or \
                 give it in RAPPORT_MASTER_KEY"
            ),
        }
        Ok(keys.to_vec())
    }

    async fn rows(
        &self,
        filling: &mut Filling,
        parts: &[Part],
        told: &(dyn Fn(Progress) + Sync),
    ) -> anyhow::Result<()> {
        let rows: Vec<&Part> = parts.iter().filter(|part| part.kind == PartKind::Rows).collect();
        let of = rows.iter().map(|part| part.bytes).sum();
        let mut pieces = futures_util::stream::iter(rows)
            .map(async |part| anyhow::Ok((part.bytes, self.open(part).await?)))
            .buffered(AT_ONCE);
        let mut done = 0;
        while let Some(one) = pieces.next().await {
            let (bytes, piece) = one?;
            filling.take(&piece).await?;
            done += bytes;
            told(Progress { done, of });
        }
        Ok(())
    }

    /// Fetches a part, as it was before it was packed.
    async fn open(&self, part: &Part) -> anyhow::Result<Vec<u8>> {
        let stored = self.place.get(&part.name).await?;
        let opened = match part.wrong(&stored) {
            Some(wrong) => Err(wrong),
            None if part.kind == PartKind::Blob => self.opener.decrypt(&part.name, stored),
            None => self.opener.open(&part.name, stored),
        };
        opened.map_err(|why| anyhow::anyhow!("{}: {why}; take another backup", self.place.name()))
    }

    /// Compares what came out with what went in.
    fn compare(&self, filled: &Filled) -> anyhow::Result<()> {
        let some = |rows: &BTreeMap<String, u64>| -> BTreeMap<String, u64> {
            rows.iter().filter(|(_, n)| **n > 0).map(|(table, n)| (table.clone(), *n)).collect()
        };
        let (wanted, found) = (some(&self.manifest.rows), some(&filled.counts));
        for (table, n) in &wanted {
            let there = found.get(table).copied().unwrap_or(0);
            ensure!(there == *n, "{}: {table} has {there} rows in {}, not {n}", self.place.name(), self.name);
        }
        ensure!(wanted.len() == found.len(), "{}: {} has tables too many", self.place.name(), self.name);
        ensure!(
            filled.head == self.manifest.mark.seal,
            "{}: the newest seal of {} is not the one that its manifest names",
            self.place.name(),
            self.name
        );
        Ok(())
    }

    async fn file(&self, dir: &Path, part: &Part, database: &Database) -> anyhow::Result<()> {
        let path = match part.kind {
            PartKind::Blob => dir.join(BLOBS).join(&part.of),
            PartKind::File => dir.join(&part.of),
            _ => return Ok(()),
        };
        let mut bytes = self.open(part).await?;
        if part.of == crate::config::FILE {
            bytes = for_database(&String::from_utf8_lossy(&bytes), database.database.as_deref()).into_bytes();
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Makes the configuration name the database that was restored to; all else stays as it was.
fn for_database(text: &str, database: Option<&str>) -> String {
    let mut out = String::new();
    if let Some(url) = database {
        // A password stays where it is: in the environment, or ~/.pgpass.
        out.push_str(&format!("database = {:?}\n", without_passwords(url)));
    }
    let mut in_section = false;
    for line in text.split_inclusive('\n') {
        let key = line.trim_start();
        in_section |= key.starts_with('[');
        let names =
            |name: &str| key.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='));
        if !in_section && (names("database") || names("keys_database")) {
            out.push_str("# before the restore: ");
        }
        out.push_str(line);
    }
    out
}

/// Makes what was restored the data directory, on disk.
fn settle(partial: &Path, dir: &Path) -> anyhow::Result<()> {
    for name in [UNFINISHED, "lock"] {
        std::fs::remove_file(partial.join(name)).ok();
    }
    let mut folders = vec![partial.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                std::fs::File::open(&path)?.sync_all()?;
            }
        }
        std::fs::File::open(&folder)?.sync_all()?;
    }
    if dir.exists() {
        std::fs::remove_dir(dir)?;
    }
    std::fs::rename(partial, dir).with_context(|| format!("cannot make {}", dir.display()))
}

fn is_empty(dir: &Path) -> anyhow::Result<bool> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    Ok(entries.count() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_names_the_new_database() {
        let text = "lang = \"en\"\ndatabase = \"postgres://old/x\"\n[house]\ndatabase = 1\n";
        let commented =
            "lang = \"en\"\n# before the restore: database = \"postgres://old/x\"\n[house]\ndatabase = 1\n";
        assert_eq!(for_database(text, None), commented);
        let new = for_database(text, Some("postgres://ann:secret@new/y"));
        assert_eq!(new, format!("database = \"postgres://ann@new/y\"\n{commented}"));
        assert_eq!(for_database("", None), "");
    }
}
