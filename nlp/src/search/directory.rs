//! The directory that tantivy writes its files to: everything in it is encrypted
//! ([`super::sealed`]) except the names of the files and the empty lock files.
//!
//! Files are read with plain reads, not mapped into memory: a map would hold ciphertext, and the
//! pages that a merge runs through would count as memory of ours.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tantivy::Directory;
use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{DirectoryLock, FileHandle, Lock, WatchCallback, WatchHandle, WritePtr};

use super::blocks::{BlockCache, BlockFile, BlockWriter, Reading};
use super::sealed::IndexKey;

/// Endings of the files that a query reads from end to end: term dictionaries, columns, lengths.
const READ_WHOLE: [&str; 3] = ["term", "fast", "fieldnorm"];

/// An encrypted directory. Clones share everything.
#[derive(Clone)]
pub(super) struct SealedDirectory(Arc<Inner>);

struct Inner {
    root: PathBuf,
    key: IndexKey,
    cache: Arc<BlockCache>,
    /// Files that somebody has open, so that a second opening shares what the first has read.
    open: Mutex<HashMap<PathBuf, Weak<BlockFile>>>,
    next_number: AtomicU64,
}

impl SealedDirectory {
    /// Uses the existing directory `root`.
    pub(super) fn new(root: &Path, key: &[u8; 32]) -> Self {
        Self(Arc::new(Inner {
            root: root.to_owned(),
            key: IndexKey::new(key),
            cache: Arc::default(),
            open: Mutex::default(),
            next_number: AtomicU64::new(0),
        }))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<BlockFile>> {
        let inner = &*self.0;
        let mut open = inner.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(path).and_then(Weak::upgrade) {
            return Ok(file);
        }
        let whole = path.extension().is_some_and(|e| READ_WHOLE.iter().any(|ending| e == *ending));
        let reading = if whole { Reading::Whole } else { Reading::Blocks };
        let number = inner.next_number.fetch_add(1, Ordering::Relaxed);
        let cache = Arc::clone(&inner.cache);
        let full = inner.root.join(path);
        let file = Arc::new(BlockFile::open(full, &name(path), &inner.key, number, cache, reading)?);
        open.retain(|_, file| file.strong_count() > 0);
        open.insert(path.to_owned(), Arc::downgrade(&file));
        Ok(file)
    }
}

/// Returns the name that is bound into a file's header.
fn name(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn read_error(e: io::Error, path: &Path) -> OpenReadError {
    match e.kind() {
        io::ErrorKind::NotFound => OpenReadError::FileDoesNotExist(path.to_owned()),
        _ => OpenReadError::wrap_io_error(e, path.to_owned()),
    }
}

impl Directory for SealedDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let file = self.open(path).map_err(|e| read_error(e, path))?;
        Ok(file)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
        fs::remove_file(self.0.root.join(path)).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => DeleteError::FileDoesNotExist(path.to_owned()),
            _ => DeleteError::IoError { io_error: Arc::new(e), filepath: path.to_owned() },
        })
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.0.root.join(path).try_exists().map_err(|e| OpenReadError::wrap_io_error(e, path.to_owned()))
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let start = || {
            let file = OpenOptions::new().write(true).create_new(true).open(self.0.root.join(path))?;
            BlockWriter::start(file, &name(path), &self.0.key)
        };
        match start() {
            Ok(writer) => Ok(BufWriter::new(Box::new(writer))),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                Err(OpenWriteError::FileAlreadyExists(path.to_owned()))
            }
            Err(e) => Err(OpenWriteError::wrap_io_error(e, path.to_owned())),
        }
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        // Unlike a segment's file, this one is written anew under the same name: no sharing.
        let full = self.0.root.join(path);
        let number = self.0.next_number.fetch_add(1, Ordering::Relaxed);
        let cache = Arc::clone(&self.0.cache);
        let file = BlockFile::open(full, &name(path), &self.0.key, number, cache, Reading::Blocks);
        let bytes = file.and_then(|f| f.read_all()).map_err(|e| read_error(e, path))?;
        Ok(bytes.as_slice().to_vec())
    }

    fn atomic_write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut beside = self.0.root.join(path).into_os_string();
        beside.push(".new");
        let mut writer = BlockWriter::start(File::create(&beside)?, &name(path), &self.0.key)?;
        writer.write_all(bytes)?;
        writer.finish()?;
        fs::rename(&beside, self.0.root.join(path))
    }

    fn sync_directory(&self) -> io::Result<()> {
        if cfg!(unix) { File::open(&self.0.root)?.sync_all() } else { Ok(()) }
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty()) // Readers are told to reload; they do not watch.
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        let mut open = OpenOptions::new();
        open.write(true).create(true).truncate(false);
        let file = open.open(self.0.root.join(&lock.filepath)).map_err(LockError::wrap_io_error)?;
        if lock.is_blocking {
            file.lock().map_err(LockError::wrap_io_error)?;
        } else {
            file.try_lock().map_err(|e| match e {
                TryLockError::WouldBlock => LockError::LockBusy,
                TryLockError::Error(e) => LockError::wrap_io_error(e),
            })?;
        }
        // The system lets go of the lock when the file is closed, also when the process dies.
        Ok(DirectoryLock::from(Box::new(file)))
    }
}

impl std::fmt::Debug for SealedDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SealedDirectory").field(&self.0.root).finish()
    }
}
