//! A refresh token on disk: whoever reads the file finds the old one or the new one, whole.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Replaces what stands in a file by a token, so that its owner alone can read it.
///
/// # Errors
/// The directory cannot be written; the file is then as it was.
pub(super) fn keep(path: &Path, token: &str) -> io::Result<()> {
    // Behind a link lies the file that is meant.
    let path = fs::canonicalize(path)?;
    let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(ErrorKind::InvalidFilename.into());
    };
    let mut part = OsString::from(".");
    part.push(name);
    // Another process may be at it, too.
    part.push(format!(".{}.part", std::process::id()));
    let part = dir.join(part);
    let written = write(&part, token).and_then(|()| fs::rename(&part, &path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written?;
    fs::File::open(dir)?.sync_all()
}

fn write(part: &Path, token: &str) -> io::Result<()> {
    // What a crash left has the rights of who knows whom.
    match fs::remove_file(part) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(part)?;
    file.write_all(format!("{token}\n").as_bytes())?;
    file.sync_all()
}
