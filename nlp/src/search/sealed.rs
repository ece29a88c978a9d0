//! The format of an encrypted file of the index.
//!
//! ```text
//! file   = header ‖ block 0 ‖ block 1 ‖ … ‖ last block
//! header = "RPX1" ‖ nonce (12) ‖ AES-256-GCM(index key, nonce, file key (32); AAD = file name)
//! block  = AES-256-GCM(file key, block number, at most 16 KiB; AAD = 1 for the last, else 0)
//! ```
//! Every file has a key of its own, so a block's number is a nonce that never comes twice, and
//! a block opens only at its own place in its own file. The mark of the last block makes a cut
//! at a block's edge visible; the name in the header, a file put in another's place. What this
//! does not show is a whole older state of the directory; such an index lags behind its source
//! and catches up.

use std::io;

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit, Nonce, Tag};

/// Plain bytes in every block but the last.
pub(super) const BLOCK_BYTES: usize = 16 * 1024;
/// What sealing adds to a block.
pub(super) const TAG_BYTES: usize = 16;
/// Length of what precedes the first block.
pub(super) const HEADER_BYTES: usize = MAGIC.len() + NONCE_BYTES + KEY_BYTES + TAG_BYTES;

const MAGIC: [u8; 4] = *b"RPX1";
const NONCE_BYTES: usize = 12;
const KEY_BYTES: usize = 32;

/// Opens and makes files of one index.
pub(super) struct IndexKey(Aes256Gcm);

impl IndexKey {
    pub(super) fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self(Aes256Gcm::new(key.into()))
    }

    /// Makes the key of a new file called `name`, and the header that carries it.
    pub(super) fn create(&self, name: &str) -> io::Result<(FileKey, [u8; HEADER_BYTES])> {
        let mut header = [0; HEADER_BYTES];
        let (magic, rest) = header.split_at_mut(MAGIC.len());
        let (nonce, rest) = rest.split_at_mut(NONCE_BYTES);
        let (key, tag) = rest.split_at_mut(KEY_BYTES);
        magic.copy_from_slice(&MAGIC);
        getrandom::fill(nonce).map_err(io::Error::other)?;
        getrandom::fill(key).map_err(io::Error::other)?;
        let file_key = FileKey::new(key)?;
        tag.copy_from_slice(&seal(&self.0, nonce, name.as_bytes(), key)?);
        Ok((file_key, header))
    }

    /// Finds the key of the file called `name` in its header.
    ///
    /// # Errors
    /// `InvalidData`: the header is cut or changed, belongs to a file of another name, or was
    /// sealed with another key.
    pub(super) fn open(&self, name: &str, header: &[u8]) -> io::Result<FileKey> {
        let sealed = header.get(..HEADER_BYTES).and_then(|h| h.strip_prefix(&MAGIC));
        let sealed = sealed.ok_or_else(|| damaged("no header of an index file"))?;
        let (nonce, rest) = sealed.split_at(NONCE_BYTES);
        let (key, tag) = rest.split_at(KEY_BYTES);
        let mut key: Vec<u8> = key.to_vec();
        unseal(&self.0, nonce, name.as_bytes(), &mut key, tag)?;
        FileKey::new(&key)
    }
}

/// Seals and opens the blocks of one file.
pub(super) struct FileKey(Aes256Gcm);

impl FileKey {
    fn new(key: &[u8]) -> io::Result<Self> {
        Aes256Gcm::new_from_slice(key).map(Self).map_err(io::Error::other)
    }

    /// Turns the plain bytes of block `number` into the sealed ones, which are [`TAG_BYTES`] longer.
    pub(super) fn seal(&self, number: u64, last: bool, block: &mut Vec<u8>) -> io::Result<()> {
        let tag = seal(&self.0, &nonce(number), &[u8::from(last)], block)?;
        block.extend_from_slice(&tag);
        Ok(())
    }

    /// Turns the sealed bytes of block `number` into the plain ones, and returns these.
    ///
    /// # Errors
    /// `InvalidData`: a byte was changed, or the block is not from this place.
    pub(super) fn open<'b>(&self, number: u64, last: bool, block: &'b mut [u8]) -> io::Result<&'b [u8]> {
        let split = block.len().checked_sub(TAG_BYTES).ok_or_else(|| damaged("a cut block"))?;
        let (bytes, tag) = block.split_at_mut(split);
        unseal(&self.0, &nonce(number), &[u8::from(last)], bytes, tag)?;
        Ok(bytes)
    }
}

/// Returns an error that says that the file is not as we wrote it.
pub(super) fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("index file is damaged: {what}"))
}

fn nonce(number: u64) -> [u8; NONCE_BYTES] {
    let mut nonce = [0; NONCE_BYTES];
    nonce[NONCE_BYTES - 8..].copy_from_slice(&number.to_be_bytes());
    nonce
}

fn seal(cipher: &Aes256Gcm, nonce: &[u8], aad: &[u8], bytes: &mut [u8]) -> io::Result<Tag> {
    let nonce = Nonce::try_from(nonce).map_err(io::Error::other)?;
    cipher.encrypt_inout_detached(&nonce, aad, bytes.into()).map_err(io::Error::other)
}

fn unseal(cipher: &Aes256Gcm, nonce: &[u8], aad: &[u8], bytes: &mut [u8], tag: &[u8]) -> io::Result<()> {
    let nonce = Nonce::try_from(nonce).map_err(io::Error::other)?;
    let tag = Tag::try_from(tag).map_err(io::Error::other)?;
    let opened = cipher.decrypt_inout_detached(&nonce, aad, bytes.into(), &tag);
    opened.map_err(|_| damaged("its seal does not fit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(key: &FileKey, number: u64, last: bool) -> Vec<u8> {
        let mut block = b"the customer's words".to_vec();
        key.seal(number, last, &mut block).unwrap();
        block
    }

    #[test]
    fn a_block_opens_only_where_it_was_sealed() {
        let index = IndexKey::new(&[7; 32]);
        let (key, header) = index.create("a.idx").unwrap();
        let again = index.open("a.idx", &header).unwrap();
        let block = sealed(&key, 3, false);
        assert_eq!(again.open(3, false, &mut block.clone()).unwrap(), b"the customer's words");
        assert!(again.open(4, false, &mut block.clone()).is_err(), "another place");
        assert!(again.open(3, true, &mut block.clone()).is_err(), "the end of a cut file");
        let (other, _) = index.create("a.idx").unwrap();
        assert!(other.open(3, false, &mut block.clone()).is_err(), "another file");
    }

    #[test]
    fn every_flipped_bit_of_a_header_or_block_is_seen() {
        let index = IndexKey::new(&[7; 32]);
        let (key, header) = index.create("a.idx").unwrap();
        for byte in 0..HEADER_BYTES {
            let mut header = header;
            header[byte] ^= 1;
            assert!(index.open("a.idx", &header).is_err(), "header byte {byte}");
        }
        let block = sealed(&key, 0, true);
        for byte in 0..block.len() {
            let mut block = block.clone();
            block[byte] ^= 0x80;
            assert!(key.open(0, true, &mut block).is_err(), "block byte {byte}");
        }
        assert!(key.open(0, true, &mut []).is_err());
    }

    #[test]
    fn a_header_fits_its_name_and_key_alone() {
        let index = IndexKey::new(&[7; 32]);
        let (_, header) = index.create("a.idx").unwrap();
        assert!(index.open("b.idx", &header).is_err());
        assert!(IndexKey::new(&[8; 32]).open("a.idx", &header).is_err());
        assert!(index.open("a.idx", &header[..HEADER_BYTES - 1]).is_err());
    }
}
