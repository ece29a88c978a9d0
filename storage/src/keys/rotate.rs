//! Changing the master key.
//!
//! The new key is written beside the old one, the keys are wrapped with it in one transaction,
//! and then its file takes the old one's place. Should the process end in between, the file that
//! fits the key database is found when the store is opened next.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Keyring, Master};
use crate::db::Address;
use crate::error::StorageError;
use crate::open::Store;

impl Store {
    /// Makes a new master key and wraps all keys with it; nothing that they seal is touched. The
    /// old key opens nothing any more, except in backups of the key database. Returns how many
    /// keys there are. The store must be opened again afterwards.
    ///
    /// # Errors
    /// The master key does not lie in `keys/master.key`, or something cannot be written; then the
    /// old key still holds.
    pub async fn rotate_master(&self) -> Result<usize, StorageError> {
        if self.inner.writer.is_none() {
            return Err(StorageError::ReadOnly { dir: self.inner.dir.clone() });
        }
        let path = file(&self.inner.dir);
        if self.inner.keyring.master_place() != path {
            return Err(StorageError::Refused(format!(
                "the master key comes from {}: put it into {} first, rotate, and take it from there",
                self.inner.keyring.master_place().display(),
                path.display()
            )));
        }
        let new = Master::create(&next(&self.inner.dir))?;
        let n = self.inner.keyring.rotate(&new).await?;
        replace(&self.inner.dir)?;
        Ok(n)
    }
}

/// Opens the keyring with the master key, or with the one that a rotation had got ready.
pub(crate) async fn open(
    dir: &Path,
    address: Address,
    master: Master,
    fresh: bool,
) -> Result<Keyring, StorageError> {
    match Keyring::open(address.clone(), master, fresh).await {
        Err(StorageError::Key { path, why }) if next(dir).exists() => {
            let opened = Keyring::open(address, Master::read(&next(dir))?, false).await;
            let keyring = opened.map_err(|_| StorageError::Key { path, why })?;
            replace(dir)?;
            Ok(keyring)
        }
        opened => opened,
    }
}

fn file(dir: &Path) -> PathBuf {
    dir.join("keys").join("master.key")
}

fn next(dir: &Path) -> PathBuf {
    dir.join("keys").join("master.next")
}

fn replace(dir: &Path) -> Result<(), StorageError> {
    let path = file(dir);
    fs::rename(next(dir), &path)
        .map_err(|e| StorageError::file(format!("put the new key in place of {}", path.display()), e))
}
