//! Files, mboxes, Maildirs and directories of them as one stream of raw mails.
//!
//! At any time one mail is in memory, and of a mail beyond the limit only its beginning. What
//! cannot be read is an item like any other, so that the rest goes on and nothing is passed
//! over in silence. The order is the paths' order, so that two runs see the same.

use std::collections::HashSet;
use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rapport_model::Timestamp;

use super::maildir;
use super::mbox::{self, Mbox};

/// Of a mail beyond the limit this much is kept: its header, usually.
pub(super) const KEPT_BYTES: usize = 64 << 10;

/// How a source is read.
#[derive(Clone, Copy, Debug)]
pub struct SourceOptions {
    /// A larger mail is not taken in; only its beginning is kept.
    pub message_bytes_max: usize,
}

impl Default for SourceOptions {
    fn default() -> Self {
        Self { message_bytes_max: 50 << 20 }
    }
}

/// A mail as it lay in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawMail {
    /// Its bytes; of a mail that is too big the first 64 KiB.
    pub bytes: Vec<u8>,
    /// Where it lay: the path, with `#3` for the third mail of an mbox.
    pub place: String,
    /// When its file was last changed; in an mbox when the mail was put there.
    pub file_time: Option<Timestamp>,
    /// Whether it is larger than the limit.
    pub too_big: bool,
    /// Whether it is its file's first mail, for who counts files.
    pub first_of_file: bool,
}

/// Something in a source could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {}: {why}", path.display())]
pub struct SourceError {
    /// The file or directory.
    pub path: PathBuf,
    /// What is wrong and what to do.
    pub why: String,
}

/// Opens a file, mbox, Maildir or directory; the mails come as they are asked for.
pub fn open(path: &Path, options: SourceOptions) -> Mails {
    Mails { todo: vec![Todo::Given(path.to_owned())], mbox: None, entered: HashSet::new(), options }
}

/// The mails of a source, from [`open`].
#[derive(Debug)]
pub struct Mails {
    /// What is still to be read, last first.
    todo: Vec<Todo>,
    mbox: Option<Mbox>,
    /// Directories that were entered, by their real paths.
    entered: HashSet<PathBuf>,
    options: SourceOptions,
}

#[derive(Debug)]
enum Todo {
    /// The path that the user named. It may be a pipe.
    Given(PathBuf),
    /// Something found in a directory.
    Found(PathBuf),
    /// A file of a Maildir: one mail, whatever it looks like.
    Single(PathBuf),
}

impl Iterator for Mails {
    type Item = Result<RawMail, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(mbox) = &mut self.mbox {
                match mbox.next() {
                    Some(item) => return Some(item),
                    None => self.mbox = None,
                }
            }
            let todo = self.todo.pop()?;
            match self.enter(todo) {
                Ok(None) => {}
                Ok(Some(mail)) => return Some(Ok(mail)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Mails {
    /// Reads a single mail, or makes ready to read what a path holds.
    fn enter(&mut self, todo: Todo) -> Result<Option<RawMail>, SourceError> {
        let (path, is_given, is_single) = match todo {
            Todo::Given(path) => (path, true, false),
            Todo::Found(path) => (path, false, false),
            Todo::Single(path) => (path, false, true),
        };
        let failed = |error: &io::Error| failure(&path, error);
        let metadata = path.metadata().map_err(|error| failed(&error))?;
        if metadata.is_dir() {
            return self.enter_directory(&path).map(|()| None);
        }
        // Opening a pipe that nobody writes to would wait for ever.
        if !metadata.is_file() && !is_given {
            let why =
                "it is a pipe, socket or device; name it on the command line if it holds mail".to_owned();
            return Err(SourceError { path, why });
        }
        let file = File::open(&path).map_err(|error| failed(&error))?;
        let mut reader = BufReader::with_capacity(KEPT_BYTES, file);
        let start = reader.fill_buf().map_err(|error| failed(&error))?;
        if !is_single && mbox::is_mbox(start) {
            self.mbox = Some(Mbox::new(reader, &path, &metadata, self.options));
            return Ok(None);
        }
        let (bytes, too_big) = read_mail(reader, &metadata, self.options).map_err(|error| failed(&error))?;
        let place = path.display().to_string();
        Ok(Some(RawMail { bytes, place, file_time: modified(&metadata), too_big, first_of_file: true }))
    }

    fn enter_directory(&mut self, path: &Path) -> Result<(), SourceError> {
        let failed = |error: &io::Error| failure(path, error);
        let real = path.canonicalize().map_err(|error| failed(&error))?;
        if !self.entered.insert(real) {
            let why = "it is a link to a directory that was read already; nothing to do".to_owned();
            return Err(SourceError { path: path.to_owned(), why });
        }
        let mut found = if maildir::is_maildir(path) {
            maildir::entries(path).map_err(|error| failed(&error))?
        } else {
            let visible = |entry: &PathBuf| !maildir::is_hidden(entry) || maildir::is_maildir(entry);
            names(path)
                .map_err(|error| failed(&error))?
                .into_iter()
                .filter(visible)
                .map(|p| (p, false))
                .collect()
        };
        found.reverse();
        let todo = |(path, is_single)| if is_single { Todo::Single(path) } else { Todo::Found(path) };
        self.todo.extend(found.into_iter().map(todo));
        Ok(())
    }
}

/// Returns the entries of a directory, sorted.
pub(super) fn names(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names =
        path.read_dir()?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    names.sort();
    Ok(names)
}

/// Reads a file that is one mail; returns whether it was too big.
fn read_mail(reader: impl Read, metadata: &Metadata, options: SourceOptions) -> io::Result<(Vec<u8>, bool)> {
    let limit = options.message_bytes_max as u64;
    let is_known_big = metadata.is_file() && metadata.len() > limit;
    let to_read = if is_known_big { KEPT_BYTES as u64 } else { limit.saturating_add(1) };
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(to_read)).unwrap_or(0));
    reader.take(to_read).read_to_end(&mut bytes)?;
    let too_big = is_known_big || bytes.len() as u64 > limit;
    if too_big {
        bytes.truncate(KEPT_BYTES);
        bytes.shrink_to_fit();
    }
    Ok((bytes, too_big))
}

/// Returns when a file was last changed.
pub(super) fn modified(metadata: &Metadata) -> Option<Timestamp> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Timestamp::from_micros(i64::try_from(since.as_micros()).ok()?))
}

/// Says what is wrong with a path and what to do.
pub(super) fn failure(path: &Path, error: &io::Error) -> SourceError {
    let advice = match error.kind() {
        io::ErrorKind::NotFound => "check the path; a link may lead nowhere",
        io::ErrorKind::PermissionDenied => "give this user the right to read it",
        _ => "check the disk, then take it in again; what is there already is not taken twice",
    };
    // Loops have no stable kind on every system.
    let is_loop = error.to_string().contains("symbolic link");
    let advice = if is_loop { "remove the link that leads to itself" } else { advice };
    SourceError { path: path.to_owned(), why: format!("{error}; {advice}") }
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
