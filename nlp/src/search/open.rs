//! Opens an index, or makes it anew when it cannot be used.

use std::fs;
use std::io;
use std::path::Path;

use tantivy::directory::error::{LockError, OpenReadError};
use tantivy::directory::{Directory, DirectoryLock, Lock};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{Index, IndexSettings, TantivyError};

use super::directory::SealedDirectory;
use super::index::Checkpoint;
use super::schema::{Fields, TOKENIZER};
use super::tokens::ScriptTokenizer;
use crate::NlpError;

/// Opens only with the right key; so a wrong key is told from damage.
const KEY_CHECK: &str = "key";
const KEY_CHECK_TEXT: &[u8] = b"rapport search index";
const META: &str = "meta.json";

/// An opened index and what its last commit said.
pub(super) struct Opened {
    pub(super) index: Index,
    pub(super) fields: Fields,
    pub(super) checkpoint: Option<Checkpoint>,
}

/// Makes the directory if need be, and locks it against other writers as long as the answer lives.
pub(super) fn lock(root: &Path, key: &[u8; 32]) -> Result<(SealedDirectory, DirectoryLock), NlpError> {
    fs::create_dir_all(root)
        .map_err(|reason| NlpError::Io { what: format!("make {}", root.display()), reason })?;
    let directory = SealedDirectory::new(root, key);
    let lock = Lock { filepath: "writer.lock".into(), is_blocking: false };
    let lock = directory.acquire_lock(&lock).map_err(|e| {
        let what = match e {
            LockError::LockBusy => "the search index is being written by another process",
            LockError::IoError(_) => "lock the search index",
        };
        NlpError::Index { what, source: TantivyError::LockFailure(e, None) }
    })?;
    Ok((directory, lock))
}

/// Opens the index in `root`; one that is damaged or of another version is made anew, empty.
/// The caller holds the lock.
///
/// # Errors
/// The key is wrong, or the system refuses.
pub(super) fn open_or_make(root: &Path, directory: &SealedDirectory) -> Result<Opened, NlpError> {
    check_key(directory, true)?;
    match open(directory) {
        Ok(Some(opened)) => Ok(opened),
        Ok(None) => make(root, directory),
        Err(source) if is_damage(&source) => {
            tracing::warn!(error = %source, "search index is damaged and will be built anew");
            make(root, directory)
        }
        Err(source) => Err(NlpError::Index { what: "open the search index", source }),
    }
}

/// Makes the index in `root` anew. The caller holds the lock.
///
/// # Errors
/// The key is wrong, or the system refuses.
pub(super) fn make_anew(root: &Path, directory: &SealedDirectory) -> Result<Opened, NlpError> {
    check_key(directory, true)?;
    make(root, directory)
}

/// Opens the index in `root` as it is, to search it only.
///
/// # Errors
/// There is no index, it is damaged or of another version, or the key is wrong.
pub(super) fn open_existing(root: &Path, key: &[u8; 32]) -> Result<Opened, NlpError> {
    let directory = SealedDirectory::new(root, key);
    let missing = || NlpError::Index {
        what: "there is no usable search index here yet; it is made when the service runs",
        source: TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(root.join(META))),
    };
    if !directory.exists(Path::new(META)).unwrap_or(false) {
        return Err(missing());
    }
    check_key(&directory, false)?;
    let opened =
        open(&directory).map_err(|source| NlpError::Index { what: "open the search index", source })?;
    opened.ok_or_else(missing)
}

/// Opens the index; `None` if there is none of this version.
fn open(directory: &SealedDirectory) -> tantivy::Result<Option<Opened>> {
    if !directory.exists(Path::new(META))? {
        return Ok(None);
    }
    let index = Index::open(directory.clone())?;
    let (schema, fields) = Fields::schema();
    let payload = index.load_metas()?.payload;
    let checkpoint = payload.as_deref().map(Checkpoint::from_payload);
    // An index without a payload was made and never written to.
    if index.schema() != schema || checkpoint == Some(None) {
        return Ok(None);
    }
    register(&index);
    // Opening the segments reads the dictionaries and columns, so that damage shows here.
    index.reader()?;
    Ok(Some(Opened { index, fields, checkpoint: checkpoint.flatten() }))
}

fn make(root: &Path, directory: &SealedDirectory) -> Result<Opened, NlpError> {
    clear(root).map_err(|reason| NlpError::Io { what: format!("clear {}", root.display()), reason })?;
    let (schema, fields) = Fields::schema();
    let index = Index::create(directory.clone(), schema, IndexSettings::default())
        .map_err(|source| NlpError::Index { what: "make the search index", source })?;
    register(&index);
    Ok(Opened { index, fields, checkpoint: None })
}

fn register(index: &Index) {
    index.tokenizers().register(TOKENIZER, TextAnalyzer::from(ScriptTokenizer));
}

/// Checks that the index was made with this key; if there is none yet and `make`, notes the key.
fn check_key(directory: &SealedDirectory, make: bool) -> Result<(), NlpError> {
    let wrong = |source: OpenReadError| NlpError::Index {
        what: "the search index was made with another key; put that key back, or remove the index's \
               directory to have it built anew",
        source: source.into(),
    };
    match directory.atomic_read(Path::new(KEY_CHECK)) {
        Ok(_) => Ok(()),
        Err(OpenReadError::FileDoesNotExist(_)) => match directory.atomic_read(Path::new(META)) {
            Err(OpenReadError::FileDoesNotExist(_)) if make => directory
                .atomic_write(Path::new(KEY_CHECK), KEY_CHECK_TEXT)
                .map_err(|reason| NlpError::Io { what: "note the search index's key".into(), reason }),
            Ok(_) | Err(OpenReadError::FileDoesNotExist(_)) => Ok(()),
            Err(source) => Err(wrong(source)),
        },
        Err(source) if is_damage(&source.clone().into()) => Err(wrong(source)),
        Err(source) => Err(NlpError::Index { what: "open the search index", source: source.into() }),
    }
}

/// Removes the files of an index from `root`, and nothing else.
fn clear(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_file() && is_ours(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Tells whether tantivy gives its files such a name: a segment's id and an ending, or one of
/// its lists.
fn is_ours(name: &str) -> bool {
    let name = name.strip_suffix(".new").unwrap_or(name);
    let is_segment = |id: &str| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
    name == META || name == ".managed.json" || name.split_once('.').is_some_and(|(id, _)| is_segment(id))
}

/// Tells whether the files are not as they were written, as opposed to a disk that is full or a
/// file that may not be read.
fn is_damage(error: &TantivyError) -> bool {
    let bad = |e: &io::Error| {
        use io::ErrorKind::{InvalidData, NotFound, UnexpectedEof};
        matches!(e.kind(), InvalidData | NotFound | UnexpectedEof)
    };
    match error {
        TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. }) => bad(io_error),
        TantivyError::IoError(e) => bad(e),
        TantivyError::OpenReadError(_)
        | TantivyError::DataCorruption(_)
        | TantivyError::IncompatibleIndex(_)
        | TantivyError::SchemaError(_)
        | TantivyError::DeserializeError(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_an_index_are_ours() {
        let id = "0123456789abcdef0123456789abcdef";
        for name in [META, ".managed.json", "meta.json.new", &format!("{id}.idx"), &format!("{id}.17.del")] {
            assert!(is_ours(name), "{name}");
        }
        for name in ["key", "writer.lock", "notes.txt", id, "rapport.db", "0123.idx", "x.meta.json"] {
            assert!(!is_ours(name), "{name}");
        }
    }
}
