//! Which backups there are.

use super::manifest::{KEYS, Manifest, SIGN, Sign};
use super::place::Place;

/// A backup, or what looks like one.
#[derive(Debug)]
pub(crate) struct Listed {
    /// Its folder.
    pub name: String,
    /// What it says of itself, or why that cannot be read.
    pub manifest: Result<Manifest, String>,
}

/// Lists the backups of a place, oldest first. A folder without manifest is none: it was never finished.
///
/// # Errors
/// The place cannot be read.
pub(crate) async fn list(place: &Place) -> anyhow::Result<Vec<Listed>> {
    let mut names: Vec<String> = place.folders().await?;
    names.retain(|name| name.starts_with(|c: char| c.is_ascii_digit()));
    names.sort_unstable();
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let file = format!("{name}/manifest.json");
        if let Some(bytes) = place.find(&file).await? {
            found.push(Listed { name, manifest: Manifest::read(&bytes, &file) });
        }
    }
    Ok(found)
}

/// Finds one backup: by its name, or as much of it as tells it from others; the newest if none is
/// named.
///
/// # Errors
/// There is none, or there are several; or it cannot be read.
pub(crate) async fn select(place: &Place, which: Option<&str>) -> anyhow::Result<(String, Manifest)> {
    let mut all = list(place).await?;
    anyhow::ensure!(!all.is_empty(), "{}: there is no backup", place.name());
    if let Some(which) = which.filter(|which| *which != "latest") {
        let exact = all.iter().any(|listed| listed.name == which);
        all.retain(|listed| if exact { listed.name == which } else { listed.name.starts_with(which) });
        anyhow::ensure!(
            all.len() <= 1,
            "{}: {} backups begin with {which}; write more of the name",
            place.name(),
            all.len()
        );
    }
    let Some(one) = all.pop() else {
        anyhow::bail!(
            "{}: there is no backup {}; `rapport backup list` names all",
            place.name(),
            which.unwrap_or_default()
        );
    };
    Ok((one.name, one.manifest.map_err(anyhow::Error::msg)?))
}

/// Reads whose backups lie in a place; nothing where nobody's do.
///
/// # Errors
/// The place cannot be read, or is of a newer program.
pub(crate) async fn sign(place: &Place) -> anyhow::Result<Option<Sign>> {
    let Some(bytes) = place.find(SIGN).await? else { return Ok(None) };
    let damaged = |e| anyhow::anyhow!("{}: {SIGN} is damaged: {e}", place.name());
    let sign: Sign = serde_json::from_slice(&bytes).map_err(damaged)?;
    anyhow::ensure!(
        sign.format <= super::manifest::FORMAT,
        "{}: a newer program keeps its backups there: use that one, or another place",
        place.name()
    );
    Ok(Some(sign))
}

/// Finds the newest keys of a place.
///
/// # Errors
/// There are none.
pub(crate) async fn newest_keys(place: &Place) -> anyhow::Result<String> {
    let names = place.list(KEYS).await?.into_iter().map(|object| object.name);
    names.filter(|name| !name.ends_with(".part")).max().ok_or_else(|| {
        anyhow::anyhow!("{}: there are no keys, and nothing can be read without", place.name())
    })
}
