//! Sealing: AES-256-GCM with a fresh nonce, bound to its cell; blind values and codes.
//!
//! A sealed value is nonce (12 bytes), ciphertext, tag (16). Its associated data name table,
//! column, row and key, so that a value moved elsewhere does not open.

use std::cell::RefCell;
use std::fmt;

use aes_gcm::aead::{Aead, AeadInOut, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::StorageError;

/// Names a key that seals rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyId(pub(crate) i64);

/// The house's own key: for what belongs to nobody outside.
pub(crate) const HOUSE_KEY: KeyId = KeyId(1);

/// Where a sealed value lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    /// The table.
    pub(crate) table: &'static str,
    /// The column.
    pub(crate) column: &'static str,
    /// The row's id.
    pub(crate) row: i64,
}

const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const NONCES_BYTES: usize = 256 * NONCE_BYTES;

thread_local! {
    /// Random bytes for the next nonces: to ask the system for each costs more than to seal a line.
    static NONCES: RefCell<([u8; NONCES_BYTES], usize)> = const { RefCell::new(([0; NONCES_BYTES], NONCES_BYTES)) };
}

/// Returns random bytes that nobody has had before.
fn fresh_nonce() -> [u8; NONCE_BYTES] {
    NONCES.with_borrow_mut(|(bytes, used)| {
        if *used == NONCES_BYTES {
            getrandom::fill(bytes).expect("the system gives random numbers: it did when it started");
            *used = 0;
        }
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&bytes[*used..*used + NONCE_BYTES]);
        *used += NONCE_BYTES;
        nonce
    })
}

/// A key that seals and opens.
pub(super) struct Cipher(Aes256Gcm);

impl Cipher {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(Aes256Gcm::new(&(*key).into()))
    }

    /// Encrypts `plain` so that it opens only with the same associated data.
    pub(super) fn encrypt(&self, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce = fresh_nonce();
        let mut sealed = Vec::with_capacity(NONCE_BYTES + plain.len() + TAG_BYTES);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let text = (&mut sealed[NONCE_BYTES..]).into();
        let tag = self.0.encrypt_inout_detached(&Nonce::from(nonce), aad, text);
        sealed.extend_from_slice(&tag.expect("AES-GCM takes up to 64 GiB"));
        sealed
    }

    pub(super) fn decrypt(&self, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_at_checked(NONCE_BYTES)?;
        let nonce = Nonce::try_from(nonce).ok()?;
        self.0.decrypt(&nonce, Payload { msg: text, aad }).ok()
    }

    pub(super) fn seal(&self, key: KeyId, cell: Cell, plain: &[u8]) -> Vec<u8> {
        self.encrypt(&associated_data(key, cell), plain)
    }

    pub(super) fn open(&self, key: KeyId, cell: Cell, sealed: &[u8]) -> Result<Vec<u8>, StorageError> {
        self.decrypt(&associated_data(key, cell), sealed).ok_or(StorageError::Sealed {
            table: cell.table,
            column: cell.column,
            row: cell.row,
        })
    }
}

/// The house's secrets that seal no row: they make look-up values, codes, and the index's key.
#[derive(Clone)]
pub(crate) struct Secrets {
    pub(super) blind: Hmac<Sha256>,
    pub(super) journal: Hmac<Sha256>,
    pub(super) index: [u8; 32],
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// Returns the value by which a text of that kind is looked up without being stored.
    pub(crate) fn blind(&self, kind: &str, text: &str) -> [u8; 16] {
        let mut mac = self.blind.clone();
        mac.update(kind.as_bytes());
        mac.update(b"|");
        mac.update(text.as_bytes());
        truncate(mac)
    }

    /// Returns the journal's authentication code over `parts`.
    pub(crate) fn journal_mac(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut mac = self.journal.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        truncate(mac)
    }

    /// Returns the key of the search index.
    pub(crate) fn index_key(&self) -> [u8; 32] {
        self.index
    }
}

pub(super) fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
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

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: Cell = Cell { table: "notes", column: "body", row: 7 };

    #[test]
    fn a_sealed_value_opens_only_in_its_own_cell_and_unchanged() {
        let cipher = Cipher::new(&[7; 32]);
        let sealed = cipher.seal(HOUSE_KEY, CELL, "她说好".as_bytes());
        assert_eq!(cipher.open(HOUSE_KEY, CELL, &sealed).unwrap(), "她说好".as_bytes());
        assert!(cipher.open(HOUSE_KEY, Cell { row: 8, ..CELL }, &sealed).is_err());
        assert!(cipher.open(HOUSE_KEY, Cell { column: "title", ..CELL }, &sealed).is_err());
        assert!(cipher.open(KeyId(2), CELL, &sealed).is_err());
        assert!(Cipher::new(&[8; 32]).open(HOUSE_KEY, CELL, &sealed).is_err());
        assert!(cipher.open(HOUSE_KEY, CELL, &sealed[..5]).is_err());
        let mut flipped = sealed;
        flipped[20] ^= 1;
        assert!(cipher.open(HOUSE_KEY, CELL, &flipped).is_err());
    }
}
