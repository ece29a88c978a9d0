//! Looking through a backup: every byte of it, and whether a store comes out.

use std::path::Path;
use std::sync::Arc;

use futures_util::StreamExt as _;
use rapport_model::Clock;

use super::list::newest_keys;
use super::manifest::{Manifest, Part};
use super::restore::{Restore, Restored, Target};
use super::take::read_list;
use super::{Opener, Place, Progress};

const AT_ONCE: usize = 4;

/// What was found.
#[derive(Debug)]
pub(crate) struct Verified {
    pub n_parts: u64,
    pub bytes: u64,
    /// What is wrong with it.
    pub faults: Vec<String>,
    /// What came out of a trial restore.
    pub restored: Option<Restored>,
    /// Why there was none.
    pub left_out: Option<String>,
}

/// Reads all that a backup is made of, and restores it to a place that is thrown away, if it can be
/// opened. `scratch` is that place.
///
/// # Errors
/// The place cannot be reached.
pub(crate) async fn verify(
    place: &Place,
    (name, manifest): (&str, &Manifest),
    opener: &Opener,
    master: Option<&Path>,
    scratch: &Path,
    clock: Arc<dyn Clock>,
    told: &(dyn Fn(Progress) + Sync),
) -> anyhow::Result<Verified> {
    let mut found = Verified { n_parts: 0, bytes: 0, faults: Vec::new(), restored: None, left_out: None };
    match read_list(place, &manifest.parts).await {
        Err(e) => found.faults.push(format!("{e:#}")),
        Ok(parts) => look(place, &parts, &mut found, told).await?,
    }
    if let Err(e) = newest_keys(place).await {
        found.faults.push(format!("{e:#}"));
    }
    if !found.faults.is_empty() {
        return Ok(found);
    }
    if manifest.encrypted && !opener.has_identity() {
        found.left_out = Some("it is encrypted: name the file of an identity with --identity".into());
        return Ok(found);
    }
    let restore = Restore { place, name, manifest, opener, master, clock, despite_faults: false };
    let target = Target { dir: scratch.to_owned(), database: None };
    match restore.run(&target, told).await {
        Ok(restored) => found.restored = Some(restored),
        Err(e) => found.faults.push(format!("{e:#}")),
    }
    // It holds what the backup holds.
    std::fs::remove_dir_all(scratch).ok();
    Ok(found)
}

async fn look(
    place: &Place,
    parts: &[Part],
    found: &mut Verified,
    told: &(dyn Fn(Progress) + Sync),
) -> anyhow::Result<()> {
    let of = parts.iter().map(|part| part.bytes).sum();
    let mut read = futures_util::stream::iter(parts)
        .map(async |part| (part, place.find(&part.name).await))
        .buffer_unordered(AT_ONCE);
    while let Some((part, stored)) = read.next().await {
        found.n_parts += 1;
        match stored? {
            Some(stored) => {
                found.bytes += stored.len() as u64;
                found.faults.extend(part.wrong(&stored));
            }
            None => found.faults.push(format!("{} is not there", part.name)),
        }
        told(Progress { done: found.bytes, of });
    }
    Ok(())
}
