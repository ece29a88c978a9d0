//! Sealed columns: AES-256-GCM with a fresh nonce, bound to their cell, and blind look-up values.
//!
//! A sealed value is nonce (12 bytes), ciphertext, tag (16). Its associated data name table,
//! column, row and key, so that a value moved elsewhere does not open. One house key seals
//! everything now; rows carry the key's id, so that keys per person need no other schema.

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::StorageError;

/// Names a key that seals rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyId(pub i64);

/// The house's own key.
pub const HOUSE_KEY: KeyId = KeyId(1);

/// Whose key seals a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A person.
    Customer(rapport_model::Id),
    /// An organisation.
    Company(rapport_model::Id),
    /// The house: what belongs to nobody outside.
    House,
}

/// Where a sealed value lies.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's id.
    pub row: i64,
}

const NONCE_BYTES: usize = 12;

/// Seals and opens columns, and makes blind values. Cheap to clone.
#[derive(Clone)]
pub struct Sealer {
    house: Aes256Gcm,
    blind: Hmac<Sha256>,
    journal: Hmac<Sha256>,
    index: [u8; 32],
    check: [u8; 16],
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// Makes the sealer of a master key.
    pub fn new(master: &[u8; 32]) -> Self {
        let derive = |purpose: &str| -> [u8; 32] {
            let mut mac = hmac(master);
            mac.update(b"rapport ");
            mac.update(purpose.as_bytes());
            mac.finalize().into_bytes().into()
        };
        let mut check = [0; 16];
        check.copy_from_slice(&derive("check")[..16]);
        Self {
            house: Aes256Gcm::new(&derive("house").into()),
            blind: hmac(&derive("blind")),
            journal: hmac(&derive("journal")),
            index: derive("index"),
            check,
        }
    }

    /// Reads the master key of `dir`, or makes one when there is none and `may_create`.
    ///
    /// # Errors
    /// The file is missing, readable by others, or no key.
    pub fn load(dir: &Path, may_create: bool) -> Result<Self, StorageError> {
        let path = dir.join("master.key");
        let wrong = |why: &str| StorageError::Key { path: path.clone(), why: why.into() };
        match fs::read_to_string(&path) {
            Ok(text) => {
                if others_may_read(&path) {
                    return Err(wrong("other users may read it: chmod 600 it"));
                }
                let key = parse_hex(text.trim())
                    .ok_or_else(|| wrong("is not 64 hex digits: restore it from where you keep it"))?;
                Ok(Self::new(&key))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && may_create => {
                let mut key = [0; 32];
                getrandom::fill(&mut key).map_err(|_| wrong("the system gives no random numbers"))?;
                write_private(&path, &hex(&key))
                    .map_err(|e| StorageError::file(format!("write key {}", path.display()), e))?;
                Ok(Self::new(&key))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                Err(wrong("is missing, and without it the store cannot be read: put it back"))
            }
            Err(e) => Err(StorageError::file(format!("read key {}", path.display()), e)),
        }
    }

    /// Returns the value by which a store recognises its key.
    pub fn check_value(&self) -> [u8; 16] {
        self.check
    }

    /// Returns the key of the search index.
    pub fn index_key(&self) -> [u8; 32] {
        self.index
    }

    /// Returns the key that seals rows of `subject`.
    pub fn key_of(&self, _subject: Subject) -> KeyId {
        HOUSE_KEY
    }

    /// Seals `plain` for `cell`.
    pub fn seal(&self, key: KeyId, cell: Cell, plain: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(NONCE_BYTES + plain.len() + 16);
        sealed.resize(NONCE_BYTES, 0);
        getrandom::fill(&mut sealed).expect("the system gave random numbers when the key was made");
        let nonce = Nonce::try_from(&sealed[..]).expect("a nonce has 12 bytes");
        let aad = associated_data(key, cell);
        let text = self
            .house
            .encrypt(&nonce, Payload { msg: plain, aad: &aad })
            .expect("AES-GCM takes up to 64 GiB");
        sealed.extend_from_slice(&text);
        sealed
    }

    /// Opens what was sealed for `cell`.
    ///
    /// # Errors
    /// The value was changed or moved, or another key sealed it.
    pub fn open(&self, key: KeyId, cell: Cell, sealed: &[u8]) -> Result<Vec<u8>, StorageError> {
        let failed = StorageError::Sealed { table: cell.table, column: cell.column, row: cell.row };
        let Some((nonce, text)) = sealed.split_at_checked(NONCE_BYTES) else { return Err(failed) };
        let nonce = Nonce::try_from(nonce).expect("a nonce has 12 bytes");
        let aad = associated_data(key, cell);
        self.house.decrypt(&nonce, Payload { msg: text, aad: &aad }).map_err(|_| failed)
    }

    /// Opens sealed text.
    ///
    /// # Errors
    /// As [`Sealer::open`]; also when it holds no UTF-8.
    pub fn open_text(&self, key: KeyId, cell: Cell, sealed: &[u8]) -> Result<String, StorageError> {
        String::from_utf8(self.open(key, cell, sealed)?).map_err(|_| StorageError::Sealed {
            table: cell.table,
            column: cell.column,
            row: cell.row,
        })
    }

    /// Returns the value by which a text of that kind is looked up without being stored.
    pub fn blind(&self, kind: &str, text: &str) -> [u8; 16] {
        let mut mac = self.blind.clone();
        mac.update(kind.as_bytes());
        mac.update(b"|");
        mac.update(text.as_bytes());
        truncate(mac)
    }

    /// Returns the journal's authentication code over `parts`.
    pub fn journal_mac(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut mac = self.journal.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        truncate(mac)
    }
}

fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn truncate(mac: Hmac<Sha256>) -> [u8; 16] {
    let mut out = [0; 16];
    out.copy_from_slice(&mac.finalize().into_bytes()[..16]);
    out
}

fn associated_data(key: KeyId, cell: Cell) -> Vec<u8> {
    let mut aad = Vec::with_capacity(cell.table.len() + cell.column.len() + 18);
    aad.extend_from_slice(cell.table.as_bytes());
    aad.push(0);
    aad.extend_from_slice(cell.column.as_bytes());
    aad.push(0);
    aad.extend_from_slice(&cell.row.to_le_bytes());
    aad.extend_from_slice(&key.0.to_le_bytes());
    aad
}

/// Writes bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut s, b| {
        let _ = write!(s, "{b:02x}");
        s
    })
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
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
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

    const CELL: Cell = Cell { table: "notes", column: "body", row: 7 };

    #[test]
    fn a_sealed_value_opens_only_in_its_own_cell_and_unchanged() {
        let sealer = Sealer::new(&[7; 32]);
        let sealed = sealer.seal(HOUSE_KEY, CELL, "她说好".as_bytes());
        assert_eq!(sealer.open_text(HOUSE_KEY, CELL, &sealed).unwrap(), "她说好");
        assert!(sealer.open(HOUSE_KEY, Cell { row: 8, ..CELL }, &sealed).is_err());
        assert!(sealer.open(HOUSE_KEY, Cell { column: "title", ..CELL }, &sealed).is_err());
        assert!(sealer.open(KeyId(2), CELL, &sealed).is_err());
        assert!(Sealer::new(&[8; 32]).open(HOUSE_KEY, CELL, &sealed).is_err());
        assert!(sealer.open(HOUSE_KEY, CELL, &sealed[..5]).is_err());
        let mut flipped = sealed;
        flipped[20] ^= 1;
        assert!(sealer.open(HOUSE_KEY, CELL, &flipped).is_err());
    }

    #[test]
    fn a_key_is_made_once_and_must_be_private() {
        let dir = std::env::temp_dir().join(format!("rapport-key-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let _ = fs::remove_file(dir.join("master.key"));
        assert!(matches!(Sealer::load(&dir, false), Err(StorageError::Key { .. })));
        let first = Sealer::load(&dir, true).unwrap().check_value();
        assert_eq!(Sealer::load(&dir, false).unwrap().check_value(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(dir.join("master.key"), fs::Permissions::from_mode(0o644)).unwrap();
            assert!(Sealer::load(&dir, false).unwrap_err().to_string().contains("chmod 600"));
        }
        fs::remove_dir_all(&dir).unwrap();
    }
}
