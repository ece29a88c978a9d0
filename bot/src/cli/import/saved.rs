//! How columns are read, saved under a name: `imports/NAME.toml` in the data directory.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use rapport_workflows::import::Mapping;

fn path(dir: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let sound = !name.is_empty()
        && name.len() <= 60
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    ensure!(sound, "{name:?} is no name for a mapping: use letters, digits and dashes");
    Ok(dir.join("imports").join(format!("{name}.toml")))
}

/// Loads what was saved.
pub(super) fn load(dir: &Path, name: &str) -> anyhow::Result<Mapping> {
    let path = path(dir, name)?;
    let text = fs::read_to_string(&path)
        .with_context(|| format!("no mapping is saved as {name:?}: save one with --save {name}"))?;
    toml::from_str(&text).with_context(|| format!("{} cannot be read", path.display()))
}

/// Saves how the columns of a table are read.
pub(super) fn save(dir: &Path, name: &str, mapping: &Mapping) -> anyhow::Result<()> {
    let path = path(dir, name)?;
    let write = || -> std::io::Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, text(mapping))
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a mapping as TOML: the keys are names of columns, and those may hold anything.
fn text(mapping: &Mapping) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let lines = mapping.columns.iter().map(|(name, what)| format!("{} = {}\n", quoted(name), quoted(what)));
    format!("[columns]\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_read_again() {
        let dir = tempfile::TempDir::new().unwrap();
        let columns = [("姓名", "name"), ("a \"b\" = c", "attr:b"), ("x", "-")];
        let mapping = Mapping { columns: columns.map(|(a, b)| (a.to_owned(), b.to_owned())).into() };
        save(dir.path(), "shop", &mapping).unwrap();
        assert_eq!(load(dir.path(), "shop").unwrap(), mapping);
        assert!(load(dir.path(), "other").unwrap_err().to_string().contains("--save other"));
        assert!(save(dir.path(), "../x", &mapping).is_err());
    }
}
