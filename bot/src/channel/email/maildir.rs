//! Maildir and Maildir++: a directory with `cur` and `new`, folders as `.Name` beside them.

use std::io;
use std::path::{Path, PathBuf};

use super::source::names;

/// Tells whether a directory is a Maildir.
pub(super) fn is_maildir(path: &Path) -> bool {
    path.join("cur").is_dir() && path.join("new").is_dir()
}

/// Tells whether a name starts with a dot.
pub(super) fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Returns the mails of a Maildir in the order of their arrival, marked `true`, and then its
/// folders. What is still being written (`tmp`) and a server's own files are not mail.
pub(super) fn entries(path: &Path) -> io::Result<Vec<(PathBuf, bool)>> {
    let mut mails = names(&path.join("cur"))?;
    mails.extend(names(&path.join("new"))?);
    mails.retain(|mail| !is_hidden(mail));
    // Names begin with the second of arrival.
    mails.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    let folders = names(path)?.into_iter().filter(|entry| {
        let is_own = ["cur", "new", "tmp"].iter().any(|own| entry.ends_with(own));
        !is_own && entry.is_dir()
    });
    Ok(mails.into_iter().map(|m| (m, true)).chain(folders.map(|f| (f, false))).collect())
}
