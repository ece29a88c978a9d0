//! The data directory of a process: what lies in it, whose it is, and what the process is called.

use std::fs::{self, File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use crate::error::StorageError;

/// Makes the directory with its parts; the keys are for nobody else.
pub(crate) fn make_directories(dir: &Path) -> Result<(), StorageError> {
    for part in [dir.to_path_buf(), dir.join("keys"), dir.join("blobs")] {
        fs::create_dir_all(&part).map_err(|e| match e.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                StorageError::ReadOnly { dir: dir.into() }
            }
            std::io::ErrorKind::StorageFull => StorageError::Full { dir: dir.into() },
            _ => StorageError::file(format!("make directory {}", part.display()), e),
        })?;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let keys = dir.join("keys");
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o700))
            .map_err(|e| StorageError::file(format!("make {} private", keys.display()), e))?;
    }
    Ok(())
}

/// Takes the directory for this process. The system gives it back when the process ends,
/// however it ends.
pub(crate) fn take(dir: &Path) -> Result<File, StorageError> {
    let path = dir.join("lock");
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|_| StorageError::ReadOnly { dir: dir.into() })?;
    match file.try_lock() {
        Ok(()) => {
            let pid = std::process::id().to_string();
            let note = |file: &mut File| {
                file.set_len(0)?;
                file.rewind()?;
                file.write_all(pid.as_bytes())
            };
            note(&mut file).map_err(|e| StorageError::file(format!("write {}", path.display()), e))?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            Err(StorageError::InUse { dir: dir.into(), pid: pid.trim().parse().ok() })
        }
        Err(TryLockError::Error(e)) => Err(StorageError::file(format!("lock {}", path.display()), e)),
    }
}

/// Returns the name of the process that works in `dir`; it stays the same when it starts again.
pub(crate) fn node_name(dir: &Path) -> Result<String, StorageError> {
    let path = dir.join("node");
    match fs::read_to_string(&path) {
        Ok(name) if !name.trim().is_empty() => Ok(name.trim().to_owned()),
        _ => {
            let mut bytes = [0; 8];
            getrandom::fill(&mut bytes)
                .map_err(|_| StorageError::Refused("the system gives no random numbers".into()))?;
            let name = crate::keys::hex(&bytes);
            fs::write(&path, &name)
                .map_err(|e| StorageError::file(format!("write {}", path.display()), e))?;
            Ok(name)
        }
    }
}
