//! The master key: 32 bytes that wrap all other keys.
//!
//! It comes from the environment, from a credential that systemd hands over, or from a file
//! that only its owner may read; the first that is there counts.

use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::seal::{Cipher, hex, hmac};
use crate::StorageError;
use hmac::Mac as _;

/// The variable that may hold the master key, 64 hex digits.
const VARIABLE: &str = "RAPPORT_MASTER_KEY";
/// The name of the credential that may hold it.
const CREDENTIAL: &str = "rapport-master-key";

/// The master key.
#[derive(Clone)]
pub struct Master {
    key: [u8; 32],
    /// Where it comes from, for messages.
    place: PathBuf,
}

impl fmt::Debug for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Master({})", self.place.display())
    }
}

impl Master {
    /// Finds the master key of a data directory: in `RAPPORT_MASTER_KEY`, as the systemd
    /// credential `rapport-master-key`, or in `keys/master.key`, which is made when there is none
    /// and `may_create`.
    ///
    /// # Errors
    /// It is missing, readable by others, or no key.
    pub fn load(dir: &Path, may_create: bool) -> Result<Self, StorageError> {
        if let Some(text) = std::env::var_os(VARIABLE) {
            return Self::parse(&text.to_string_lossy(), Path::new(VARIABLE));
        }
        let credential = std::env::var_os("CREDENTIALS_DIRECTORY").map(|d| PathBuf::from(d).join(CREDENTIAL));
        if let Some(path) = credential.filter(|path| path.exists()) {
            // Its permissions say little: systemd lets the service's user in by an entry of an access list,
            // which a mode shows as a group's, and keeps all others out of the directory.
            return Self::read_whoever_may(&path);
        }
        let path = dir.join("keys").join("master.key");
        if may_create && !path.exists() {
            return Self::create(&path);
        }
        Self::read(&path)
    }

    /// Reads the key in a file.
    ///
    /// # Errors
    /// As [`Master::load`].
    pub fn read(path: &Path) -> Result<Self, StorageError> {
        if others_may_read(path) {
            return Err(wrong(path, "other users may read it: chmod 600 it"));
        }
        Self::read_whoever_may(path)
    }

    fn read_whoever_may(path: &Path) -> Result<Self, StorageError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path),
            Err(e) if e.kind() == ErrorKind::NotFound => {
                Err(wrong(path, "is missing, and without it the store cannot be read: put it back"))
            }
            Err(e) => Err(StorageError::file(format!("read key {}", path.display()), e)),
        }
    }

    /// Makes a key and writes it to a file that only its owner may read.
    ///
    /// # Errors
    /// The file cannot be written, or the system gives no random numbers.
    pub fn create(path: &Path) -> Result<Self, StorageError> {
        let key = random().map_err(|why| wrong(path, why))?;
        write_private(path, &hex(&key))
            .map_err(|e| StorageError::file(format!("write key {}", path.display()), e))?;
        Ok(Self { key, place: path.into() })
    }

    fn parse(text: &str, place: &Path) -> Result<Self, StorageError> {
        let key = parse_hex(text.trim())
            .ok_or_else(|| wrong(place, "is not 64 hex digits: restore it from where you keep it"))?;
        Ok(Self { key, place: place.into() })
    }

    /// Takes a key from its text and writes it to a file that only its owner may read.
    ///
    /// # Errors
    /// It is no key, or the file cannot be written.
    pub fn put(text: &str, path: &Path) -> Result<Self, StorageError> {
        let master = Self::parse(text, path)?;
        write_private(path, text.trim())
            .map_err(|e| StorageError::file(format!("write key {}", path.display()), e))?;
        Ok(master)
    }

    /// Tells whether the key is given from outside, so that no file is looked for.
    pub fn is_given() -> bool {
        std::env::var_os(VARIABLE).is_some()
            || std::env::var_os("CREDENTIALS_DIRECTORY")
                .is_some_and(|dir| PathBuf::from(dir).join(CREDENTIAL).exists())
    }

    /// Returns it in hex.
    pub(super) fn text(&self) -> String {
        hex(&self.key)
    }

    /// Returns where the key comes from.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// Returns what wraps keys.
    pub(super) fn cipher(&self) -> Cipher {
        Cipher::new(&self.derive("wrap"))
    }

    /// Returns the value by which its key database recognises it.
    pub(crate) fn check_value(&self) -> [u8; 16] {
        let mut check = [0; 16];
        check.copy_from_slice(&self.derive("check")[..16]);
        check
    }

    fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut mac = hmac(&self.key);
        mac.update(b"rapport ");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

pub(super) fn random<const N: usize>() -> Result<[u8; N], &'static str> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| "the system gives no random numbers")?;
    Ok(bytes)
}

fn wrong(path: &Path, why: &str) -> StorageError {
    StorageError::Key { path: path.into(), why: why.into() }
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
}

/// Writes a file that only its owner may read, so that it is whole or not there.
pub(crate) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let part = path.with_extension("part");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&part, path)
}

#[cfg(unix)]
fn others_may_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_must_be_private() {
        let dir = std::env::temp_dir().join(format!("rapport-key-{}", std::process::id()));
        fs::create_dir_all(dir.join("keys")).unwrap();
        let path = dir.join("keys/master.key");
        let _ = fs::remove_file(&path);
        assert!(matches!(Master::load(&dir, false), Err(StorageError::Key { .. })));
        let first = Master::load(&dir, true).unwrap().check_value();
        assert_eq!(Master::load(&dir, false).unwrap().check_value(), first);
        for text in ["", "zz", &"g".repeat(64), &"é".repeat(32), &"a".repeat(63)] {
            assert!(Master::parse(text, &path).is_err(), "{text:?}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            assert!(Master::load(&dir, false).unwrap_err().to_string().contains("chmod 600"));
        }
        fs::remove_dir_all(&dir).unwrap();
    }
}
