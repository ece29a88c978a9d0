//! Where backups lie: a directory, or S3.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::s3::S3;
use crate::config::backup::{BackupConfig, S3 as SCHEME};

/// Something that lies there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    /// Its name, with `/` between the parts.
    pub name: String,
    pub bytes: u64,
    /// When it was written, by the place's own clock: microseconds.
    pub changed: i64,
}

/// Why something there could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlaceError {
    /// It is not there.
    #[error("{place}: {name} is not there")]
    Missing { place: String, name: String },
    /// There is no room.
    #[error("{place} is full: free some and run the same again; backups that were whole still are")]
    Full { place: String },
    /// Anything else.
    #[error("{place}: cannot {what}: {why}")]
    Failed { place: String, what: String, why: String },
}

/// Where backups lie.
#[derive(Clone)]
pub(crate) enum Place {
    Dir(PathBuf),
    S3(Arc<S3>),
}

impl Place {
    /// Takes `to` of the configuration, or another place; a relative directory lies in `base`.
    ///
    /// # Errors
    /// S3 is not described well enough.
    pub(crate) async fn of(to: &str, config: &BackupConfig, base: &Path) -> Result<Self, String> {
        if to.starts_with(SCHEME) {
            return Ok(Self::S3(Arc::new(S3::new(to, &config.s3).await?)));
        }
        Ok(Self::Dir(base.join(to)))
    }

    /// Returns how it is called.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Dir(dir) => dir.display().to_string(),
            Self::S3(s3) => s3.name().to_owned(),
        }
    }

    /// Returns what lies under a name.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub(crate) async fn get(&self, name: &str) -> Result<Vec<u8>, PlaceError> {
        match self {
            Self::S3(s3) => s3.get(name).await,
            Self::Dir(dir) => {
                let path = dir.join(name);
                tokio::fs::read(&path).await.map_err(|e| self.failed(&format!("read {name}"), name, &e))
            }
        }
    }

    /// Returns what lies under a name, if anything does.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) async fn find(&self, name: &str) -> Result<Option<Vec<u8>>, PlaceError> {
        match self.get(name).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(PlaceError::Missing { .. }) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Puts something under a name, whole or not at all; it is on disk afterwards.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), PlaceError> {
        match self {
            Self::S3(s3) => s3.put(name, bytes).await,
            Self::Dir(dir) => {
                let path = dir.join(name);
                let written = tokio::task::spawn_blocking(move || write(&path, &bytes)).await;
                let written = written.unwrap_or_else(|e| Err(std::io::Error::other(e)));
                written.map_err(|e| self.failed(&format!("write {name}"), name, &e))
            }
        }
    }

    /// Lists what lies under a folder, `""` for all; in no order.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) async fn list(&self, under: &str) -> Result<Vec<Object>, PlaceError> {
        match self {
            Self::S3(s3) => s3.list(under).await,
            Self::Dir(dir) => {
                let (root, under) = (dir.clone(), under.to_owned());
                let listed = tokio::task::spawn_blocking(move || walk(&root, &under)).await;
                let listed = listed.unwrap_or_else(|e| Err(std::io::Error::other(e)));
                listed.map_err(|e| self.failed("list it", "", &e))
            }
        }
    }

    /// Lists the folders at the top.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) async fn folders(&self) -> Result<Vec<String>, PlaceError> {
        let dir = match self {
            Self::S3(s3) => return s3.folders().await,
            Self::Dir(dir) => dir,
        };
        let entries = match std::fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(self.failed("list it", "", &e)),
        };
        let mut folders = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|e| self.failed("list it", "", &e))?;
            if entry.path().is_dir() {
                folders.extend(entry.file_name().into_string().ok());
            }
        }
        Ok(folders)
    }

    /// Removes something; what is gone already is as good.
    ///
    /// # Errors
    /// It cannot be removed.
    pub(crate) async fn remove(&self, name: &str) -> Result<(), PlaceError> {
        match self {
            Self::S3(s3) => s3.remove(name).await,
            Self::Dir(dir) => match tokio::fs::remove_file(dir.join(name)).await {
                Err(e) if e.kind() != ErrorKind::NotFound => {
                    Err(self.failed(&format!("remove {name}"), name, &e))
                }
                _ => {
                    // The folder of a backup goes with its last file; one that is not empty stays.
                    if let Some((folder, _)) = name.rsplit_once('/') {
                        let _ = tokio::fs::remove_dir(dir.join(folder)).await;
                    }
                    Ok(())
                }
            },
        }
    }

    fn failed(&self, what: &str, name: &str, e: &std::io::Error) -> PlaceError {
        let place = self.name();
        match e.kind() {
            ErrorKind::NotFound => PlaceError::Missing { place, name: name.to_owned() },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                PlaceError::Full { place }
            }
            _ => PlaceError::Failed { place, what: what.to_owned(), why: e.to_string() },
        }
    }
}

/// Writes a file so that it is whole or not there, and its name with it.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let part = path.with_added_extension("part");
    let written = || {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, path)?;
        std::fs::File::open(folder)?.sync_all()
    };
    written().inspect_err(|_| {
        // It takes room that there is none of; one that cannot be removed is swept later.
        let _ = std::fs::remove_file(&part);
    })
}

fn walk(root: &Path, under: &str) -> std::io::Result<Vec<Object>> {
    let (mut found, mut folders) = (Vec::new(), vec![under.trim_end_matches('/').to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => continue,
            Err(e) => return Err(e),
        };
        for entry in entries {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let name = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let about = entry.metadata()?;
            if about.is_dir() {
                folders.push(name);
            } else {
                let changed = about.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                let changed = i64::try_from(changed.as_micros()).unwrap_or(i64::MAX);
                found.push(Object { name, bytes: about.len(), changed });
            }
        }
    }
    Ok(found)
}
