//! Reading and writing encrypted files block by block.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::HasLen;
use tantivy::directory::{AntiCallToken, FileHandle, OwnedBytes, TerminatingWrite};

use super::sealed::{BLOCK_BYTES, FileKey, HEADER_BYTES, IndexKey, TAG_BYTES, damaged};

/// A sealed block as long as it can be.
const SEALED_BYTES: usize = BLOCK_BYTES + TAG_BYTES;
/// Bytes in each half of the cache. A word that half of a million short messages have takes 1 MB
/// with its places.
const HALF_CACHE_BYTES: usize = 8 * 1024 * 1024;
/// A longer read goes past the cache: it would only wash the cache out.
const CACHED_READ_BYTES_MAX: usize = HALF_CACHE_BYTES / 4;

/// Names what was read: the number that its file got when it was opened, and the range in it.
type ReadId = (u64, usize, usize);

/// What was read lately, opened: single blocks, and longer reads as they were asked for, because
/// tantivy asks for a word's documents always in one piece. When the young half is full it becomes
/// the old one, of which is dropped what nobody asked for meanwhile.
#[derive(Default)]
pub(super) struct BlockCache {
    halves: Mutex<Halves>,
}

#[derive(Default)]
struct Halves {
    young: HashMap<ReadId, OwnedBytes>,
    young_bytes: usize,
    old: HashMap<ReadId, OwnedBytes>,
}

impl BlockCache {
    fn get(&self, id: ReadId) -> Option<OwnedBytes> {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = halves.young.get(&id) {
            return Some(bytes.clone());
        }
        let bytes = halves.old.remove(&id)?;
        halves.insert(id, bytes.clone());
        Some(bytes)
    }

    fn put(&self, id: ReadId, bytes: OwnedBytes) {
        self.halves.lock().unwrap_or_else(PoisonError::into_inner).insert(id, bytes);
    }
}

impl Halves {
    fn insert(&mut self, id: ReadId, bytes: OwnedBytes) {
        if self.young_bytes >= HALF_CACHE_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += bytes.len();
        self.young.insert(id, bytes);
    }
}

/// How a file is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Block by block, as asked.
    Blocks,
    /// Opened whole at the first read and kept while the file is open: for the small files that
    /// every query reads from end to end.
    Whole,
}

/// An open encrypted file.
pub(super) struct BlockFile {
    path: PathBuf,
    file: Mutex<File>,
    key: FileKey,
    n_blocks: usize,
    bytes: usize,
    number: u64,
    cache: Arc<BlockCache>,
    reading: Reading,
    whole: Mutex<Option<OwnedBytes>>,
}

impl BlockFile {
    /// Opens the file at `path`, which the directory calls `name`. `number` must be unique among
    /// the files that share `cache`.
    pub(super) fn open(
        path: PathBuf,
        name: &str,
        key: &IndexKey,
        number: u64,
        cache: Arc<BlockCache>,
        reading: Reading,
    ) -> io::Result<Self> {
        let mut file = File::open(&path)?;
        let mut header = Vec::with_capacity(HEADER_BYTES);
        Read::by_ref(&mut file).take(HEADER_BYTES as u64).read_to_end(&mut header)?;
        let key = key.open(name, &header)?;
        let sealed = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)? - HEADER_BYTES;
        let n_blocks = sealed.div_ceil(SEALED_BYTES);
        let bytes = sealed.checked_sub(n_blocks * TAG_BYTES).filter(|_| n_blocks > 0);
        let bytes = bytes.ok_or_else(|| damaged("it is cut"))?;
        let (file, whole) = (Mutex::new(file), Mutex::default());
        Ok(Self { path, file, key, n_blocks, bytes, number, cache, reading, whole })
    }

    /// Reads and opens the blocks `range`.
    fn decrypt(&self, range: Range<usize>) -> io::Result<Vec<u8>> {
        let sealed_end = HEADER_BYTES + self.bytes + self.n_blocks * TAG_BYTES;
        let start = HEADER_BYTES + range.start * SEALED_BYTES;
        let end = (HEADER_BYTES + range.end * SEALED_BYTES).min(sealed_end);
        let mut buffer = vec![0; end - start];
        {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(start as u64))?;
            file.read_exact(&mut buffer)?;
        }
        // The plain bytes move up over the tags that they leave behind.
        let mut filled = 0;
        for (i, number) in range.enumerate() {
            let from = i * SEALED_BYTES;
            let to = (from + SEALED_BYTES).min(buffer.len());
            let last = number + 1 == self.n_blocks;
            let plain = self.key.open(number as u64, last, &mut buffer[from..to])?.len();
            buffer.copy_within(from..from + plain, filled);
            filled += plain;
        }
        buffer.truncate(filled);
        Ok(buffer)
    }

    fn block(&self, number: usize) -> io::Result<OwnedBytes> {
        let id = (self.number, number * BLOCK_BYTES, (number + 1) * BLOCK_BYTES);
        if let Some(block) = self.cache.get(id) {
            return Ok(block);
        }
        let block = OwnedBytes::new(self.decrypt(number..number + 1)?);
        self.cache.put(id, block.clone());
        Ok(block)
    }

    /// Reads every byte. Used for the small files, and to see whether a file is sound.
    pub(super) fn read_all(&self) -> io::Result<OwnedBytes> {
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = &*whole {
            return Ok(bytes.clone());
        }
        let bytes = OwnedBytes::new(self.decrypt(0..self.n_blocks)?);
        if self.reading == Reading::Whole {
            *whole = Some(bytes.clone());
        }
        Ok(bytes)
    }
}

impl FileHandle for BlockFile {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.start >= range.end {
            return Ok(OwnedBytes::empty());
        }
        if range.end > self.bytes {
            return Err(damaged("it is shorter than what refers to it"));
        }
        if self.reading == Reading::Whole {
            return Ok(self.read_all()?.slice(range));
        }
        let (first, last) = (range.start / BLOCK_BYTES, (range.end - 1) / BLOCK_BYTES);
        let skip = range.start - first * BLOCK_BYTES;
        if first == last {
            // Most reads; they share the block's bytes.
            return Ok(self.block(first)?.slice(skip..skip + range.len()));
        }
        let id = (self.number, range.start, range.end);
        if let Some(bytes) = self.cache.get(id) {
            return Ok(bytes);
        }
        let blocks = OwnedBytes::new(self.decrypt(first..last + 1)?);
        let bytes = blocks.slice(skip..skip + range.len());
        if blocks.len() <= CACHED_READ_BYTES_MAX {
            self.cache.put(id, bytes.clone());
        }
        Ok(bytes)
    }
}

impl HasLen for BlockFile {
    fn len(&self) -> usize {
        self.bytes
    }
}

impl fmt::Debug for BlockFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockFile").field("path", &self.path).field("bytes", &self.bytes).finish()
    }
}

/// Writes an encrypted file. A file that was not terminated lacks its last block and does not
/// open.
pub(super) struct BlockWriter {
    file: File,
    key: FileKey,
    number: u64,
    block: Vec<u8>,
}

impl BlockWriter {
    /// Starts `file`, which is empty and which the directory calls `name`.
    pub(super) fn start(mut file: File, name: &str, key: &IndexKey) -> io::Result<Self> {
        let (key, header) = key.create(name)?;
        file.write_all(&header)?;
        Ok(Self { file, key, number: 0, block: Vec::with_capacity(SEALED_BYTES) })
    }

    fn put_block(&mut self, last: bool) -> io::Result<()> {
        self.key.seal(self.number, last, &mut self.block)?;
        self.file.write_all(&self.block)?;
        self.block.clear();
        self.number += 1;
        Ok(())
    }

    /// Writes the last block and waits until the file is on disk.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.put_block(true)?;
        self.file.sync_data()
    }
}

impl Write for BlockWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full block stays until more comes, because only then is it known not to be the last.
        if self.block.len() == BLOCK_BYTES {
            self.put_block(false)?;
        }
        let n = bytes.len().min(BLOCK_BYTES - self.block.len());
        self.block.extend_from_slice(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // Part of a block cannot be written.
    }
}

impl TerminatingWrite for BlockWriter {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        self.finish()
    }
}
