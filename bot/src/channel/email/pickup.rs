//! Mails left in a directory, for a mail server to take.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use rapport_model::time::MINUTE;
use rapport_model::{Id, Timestamp};

use crate::channel::ChannelError;

/// How long to wait when the directory cannot be written.
const RETRY_AFTER: i64 = 5 * MINUTE;

/// A directory from which a mail server takes finished mails.
#[derive(Debug)]
pub(super) struct Pickup {
    dir: PathBuf,
}

impl Pickup {
    /// Makes a pick-up directory of `dir`, which is made when the first mail leaves.
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Leaves a mail in the directory.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub(super) fn leave(&self, message: Id, raw: &[u8], now: Timestamp) -> Result<(), ChannelError> {
        let path = self.path(message);
        leave(&self.dir, &path, raw).map_err(|e| ChannelError::Retry {
            at: now.plus(RETRY_AFTER),
            reason: format!("cannot write {}: {e}", path.display()),
        })
    }

    /// Removes mails that nobody has taken yet. Returns how many there were.
    ///
    /// # Errors
    /// One cannot be removed.
    pub(super) fn remove(&self, messages: &[Id]) -> std::io::Result<usize> {
        let mut n_removed = 0;
        for path in messages.iter().flat_map(|id| [self.path(*id), self.path(*id).with_extension("part")]) {
            match fs::remove_file(path) {
                Ok(()) => n_removed += 1,
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
        Ok(n_removed)
    }

    fn path(&self, message: Id) -> PathBuf {
        self.dir.join(format!("{message}.eml"))
    }
}

/// Writes a file so that whoever takes it finds it whole.
fn leave(dir: &Path, path: &Path, raw: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    let part = path.with_extension("part");
    let mut file = fs::File::create(&part)?;
    file.write_all(raw)?;
    file.sync_all()?;
    fs::rename(&part, path)
}
