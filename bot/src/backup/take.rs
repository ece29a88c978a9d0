//! Making a backup.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use chrono_tz::Tz;
use futures_util::StreamExt as _;
use rapport_model::Timestamp;
use rapport_model::time::DAY;
use rapport_storage::Store;
use rapport_storage::backup::Piece;
use rapport_storage::erase::Erased;
use tokio::sync::mpsc;

use super::list::{list, sign};
use super::manifest::{
    BLOBS, ERASURES, FORMAT, KEYS, Manifest, PIECES, Part, PartKind, SIGN, Sign, read_parts, write_parts,
};
use super::retention::kept;
use super::{Packer, Place, Progress};
use crate::config::backup::Keep;

/// Pieces that are packed or written at once.
const AT_ONCE: usize = 4;
/// What no backup is made of may be another's that is being made: it is swept once it is so much older
/// than the newest.
const LEFT_ALONE: i64 = DAY;
/// What of the data directory goes along besides large mails.
const FILES: [&str; 4] = ["rapport.toml", "rules", "prompts", "models"];

/// How a backup is made.
pub(crate) struct How {
    pub packer: Packer,
    pub keep: Keep,
    /// For how many days older keys are kept.
    pub keep_keys: u32,
    /// The house's zone, by whose days backups are kept.
    pub zone: Tz,
    /// The file of the configuration.
    pub config: PathBuf,
}

/// What is known to lie in a place, so that it need not be written again.
type Known = HashMap<String, Part>;

/// Makes a backup of a store and its data directory. Returns its name and what it says of itself.
///
/// # Errors
/// Something cannot be read or written. Then there is no backup of that name, and what was written is
/// used by the next or swept.
pub(crate) async fn take(
    store: &Store,
    place: &Place,
    how: How,
    told: &(dyn Fn(Progress) + Sync),
) -> anyhow::Result<(String, Manifest)> {
    let backup = Taking { store, place, how: Arc::new(how), key: store.naming_key() };
    backup.claim().await?;
    tell_erased(store, place).await?;
    let known = backup.known().await?;

    let mut snapshot = store.snapshot().await?;
    // After the snapshot began: a key is there before anything is sealed with it.
    let keys = backup.keys(snapshot.mark().at).await?;
    let (mark, blobs) = (snapshot.mark().clone(), snapshot.blobs().await?);
    let of = snapshot.n_rows().await? + blobs.len() as u64;
    let (schema_version, database) = (snapshot.schema_version(), snapshot.engine().name().to_owned());
    told(Progress { done: 0, of });

    let (out, pieces) = mpsc::channel(AT_ONCE);
    let read = tokio::spawn(snapshot.read(out));
    let packed = backup.pieces(pieces, &known, &|done| told(Progress { done, of })).await;
    // What could not be read says more than what could not be written therefore.
    let rows = read.await.context("the reading of the store broke off")??;
    let (mut parts, mut bytes_new) = packed?;
    let (n_pieces, n_rows) = (parts.len() as u64, rows.values().sum::<u64>());
    let (blobs, new, missing) =
        backup.blobs(blobs, &known, &|done| told(Progress { done: n_rows + done, of })).await?;
    bytes_new += new;
    let n_blobs = blobs.len() as u64;
    parts.extend(blobs);
    let (files, new) = backup.files(&known).await?;
    bytes_new += new;
    let n_files = files.len() as u64;
    parts.extend(files);

    backup.are_there(&parts).await?;
    let name = backup.free_name(mark.at).await?;
    let list = zstd::bulk::compress(&write_parts(&parts), 3)?;
    let parts_name = format!("{name}/parts.zst");
    let parts_part = Part::new(PartKind::Parts, "", parts_name.clone(), &list);
    bytes_new += list.len() as u64 + keys.bytes;
    place.put(&parts_name, list).await?;
    let mut manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        house: store.house(),
        database,
        schema_version,
        mark,
        ended: store.clock().now(),
        rows,
        n_pieces,
        n_blobs,
        n_files,
        bytes: parts.iter().map(|part| part.bytes).sum::<u64>() + keys.bytes + parts_part.bytes,
        bytes_new,
        encrypted: backup.how.packer.encrypts(),
        missing,
        keys,
        parts: parts_part,
        code: String::new(),
    };
    manifest.code = store.code(&manifest.coded());
    let text = serde_json::to_vec_pretty(&manifest).context("a manifest is JSON")?;
    place.put(&format!("{name}/manifest.json"), text).await?;
    // There is a backup now, whatever becomes of the sweep.
    if let Err(e) = backup.sweep().await {
        tracing::warn!(error = %format!("{e:#}"), "old backups were not swept; the next backup does it");
    }
    Ok((name, manifest))
}

/// Writes the list of erasures, without forgetting what it says already.
///
/// # Errors
/// The place cannot be read or written.
pub(crate) async fn tell_erased(store: &Store, place: &Place) -> anyhow::Result<()> {
    let mut list = erased(place).await?;
    let n_before = list.len();
    for erased in store.erased().await? {
        if !list.iter().any(|known| known.id == erased.id) {
            list.push(erased);
        }
    }
    if list.len() > n_before || n_before == 0 {
        place.put(ERASURES, serde_json::to_vec(&list).context("a list is JSON")?).await?;
    }
    Ok(())
}

/// Reads the list of erasures of a place.
///
/// # Errors
/// It cannot be read.
pub(crate) async fn erased(place: &Place) -> anyhow::Result<Vec<Erased>> {
    match place.find(ERASURES).await? {
        Some(bytes) => {
            serde_json::from_slice(&bytes).with_context(|| format!("{}: {ERASURES} is damaged", place.name()))
        }
        None => Ok(Vec::new()),
    }
}

/// A backup being made.
struct Taking<'a> {
    store: &'a Store,
    place: &'a Place,
    how: Arc<How>,
    key: [u8; 32],
}

impl Taking<'_> {
    /// Makes sure that the place is this house's.
    async fn claim(&self) -> anyhow::Result<()> {
        let house = self.store.house();
        match sign(self.place).await? {
            Some(sign) => anyhow::ensure!(
                sign.house == house,
                "{}: the backups of another house lie there: name another place",
                self.place.name()
            ),
            None => {
                // A first backup that was killed leaves no more than this.
                let begun = format!("{SIGN}.part");
                anyhow::ensure!(
                    self.place.list("").await?.iter().all(|object| object.name == begun),
                    "{}: something else lies there: name an empty place",
                    self.place.name()
                );
                let sign = serde_json::to_vec(&Sign { format: FORMAT, house }).context("a sign is JSON")?;
                self.place.put(SIGN, sign).await?;
            }
        }
        Ok(())
    }

    /// Collects the parts of all backups that are there. What a backup that was broken off left is none:
    /// it is written again.
    async fn known(&self) -> anyhow::Result<Known> {
        let mut sizes = HashMap::new();
        for under in [PIECES, BLOBS] {
            sizes.extend(self.place.list(under).await?.into_iter().map(|object| (object.name, object.bytes)));
        }
        let mut known = Known::new();
        for listed in list(self.place).await? {
            let Ok(manifest) = listed.manifest else { continue };
            let parts = read_list(self.place, &manifest.parts).await?;
            let there = parts.into_iter().filter(|part| sizes.get(&part.name) == Some(&part.bytes));
            known.extend(there.map(|part| (part.name.clone(), part)));
        }
        Ok(known)
    }

    async fn keys(&self, at: Timestamp) -> anyhow::Result<Part> {
        let keys = self.store.wrapped_keys().await?;
        let how = self.how.clone();
        // Where others could read it, the master key stays at home.
        let master = if how.packer.encrypts() { self.store.master_key() } else { String::new() };
        let packed = tokio::task::spawn_blocking(move || {
            how.packer.pack(&[master.as_bytes(), b"\n", &keys[..]].concat())
        });
        let packed = packed.await??;
        let name = format!("{KEYS}/{}.zst{}", stamp(at), self.how.packer.end());
        let part = Part::new(PartKind::Keys, "", name.clone(), &packed);
        self.place.put(&name, packed).await?;
        Ok(part)
    }

    async fn pieces(
        &self,
        mut pieces: mpsc::Receiver<Piece>,
        known: &Known,
        told: &(dyn Fn(u64) + Sync),
    ) -> anyhow::Result<(Vec<Part>, u64)> {
        let stream = futures_util::stream::poll_fn(move |cx| pieces.poll_recv(cx));
        let mut kept = stream
            .map(async |piece: Piece| {
                let n_rows = piece.n_rows;
                let part = self.keep(PartKind::Rows, piece.table, piece.bytes, known).await?;
                anyhow::Ok((n_rows, part))
            })
            .buffered(AT_ONCE);
        let (mut parts, mut bytes_new, mut n_rows) = (Vec::new(), 0, 0);
        while let Some(one) = kept.next().await {
            let (n, (part, new)) = one?;
            n_rows += n;
            bytes_new += new;
            parts.push(part);
            told(n_rows);
        }
        Ok((parts, bytes_new))
    }

    /// Packs and writes something, unless it is there already. Returns how many bytes are new.
    async fn keep(
        &self,
        kind: PartKind,
        of: String,
        plain: Vec<u8>,
        known: &Known,
    ) -> anyhow::Result<(Part, u64)> {
        let digest = blake3::keyed_hash(&self.key, &plain).to_hex();
        let name = format!("{PIECES}/{}/{}.zst{}", &digest[..2], &digest[..40], self.how.packer.end());
        if let Some(part) = known.get(&name) {
            return Ok((Part { kind, of, ..part.clone() }, 0));
        }
        let how = self.how.clone();
        let packed = tokio::task::spawn_blocking(move || how.packer.pack(&plain)).await??;
        let part = Part::new(kind, &of, name.clone(), &packed);
        self.place.put(&name, packed).await?;
        let new = part.bytes;
        Ok((part, new))
    }

    async fn blobs(
        &self,
        names: Vec<String>,
        known: &Known,
        told: &(dyn Fn(u64) + Sync),
    ) -> anyhow::Result<(Vec<Part>, u64, Vec<String>)> {
        let (mut parts, mut bytes_new) = (Vec::with_capacity(names.len()), 0);
        let mut missing = Vec::new();
        for (i, of) in names.into_iter().enumerate() {
            let start = of.get(..2).unwrap_or("xx");
            let name = format!("{BLOBS}/{start}/{of}{}", self.how.packer.end());
            if let Some(part) = known.get(&name) {
                parts.push(Part { kind: PartKind::Blob, of, ..part.clone() });
                continue;
            }
            let path = self.store.dir().join(BLOBS).join(&of);
            let sealed = match tokio::fs::read(&path).await {
                Ok(sealed) => sealed,
                // Somebody was erased after the snapshot began; or it was lost, which `doctor` tells. To
                // make no backup of the rest would help nobody.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                    if self.store.names_blob(&of).await? {
                        tracing::warn!(
                            blob = of,
                            "is missing in blobs/, and in the backup: see rapport doctor"
                        );
                    }
                    missing.push(of);
                    continue;
                }
                Err(e) => return Err(e).with_context(|| format!("cannot read {}", path.display())),
            };
            let how = self.how.clone();
            let packed = tokio::task::spawn_blocking(move || how.packer.encrypt(sealed)).await??;
            let part = Part::new(PartKind::Blob, &of, name.clone(), &packed);
            self.place.put(&name, packed).await?;
            bytes_new += part.bytes;
            parts.push(part);
            told(i as u64 + 1);
        }
        Ok((parts, bytes_new, missing))
    }

    /// Keeps what people wrote for the program. Files of secrets that it names are not among it.
    async fn files(&self, known: &Known) -> anyhow::Result<(Vec<Part>, u64)> {
        let dir = self.store.dir();
        let (mut parts, mut bytes_new) = (Vec::new(), 0);
        let mut waiting: Vec<(String, PathBuf)> =
            FILES.iter().rev().map(|name| ((*name).to_owned(), dir.join(name))).collect();
        while let Some((of, mut path)) = waiting.pop() {
            if of == FILES[0] {
                path.clone_from(&self.how.config);
            }
            if path.is_dir() {
                for entry in std::fs::read_dir(&path)? {
                    let entry = entry?;
                    if let Ok(name) = entry.file_name().into_string() {
                        waiting.push((format!("{of}/{name}"), entry.path()));
                    }
                }
            } else if path.is_file() {
                let plain =
                    std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                let (part, new) = self.keep(PartKind::File, of, plain, known).await?;
                bytes_new += new;
                parts.push(part);
            }
        }
        parts.sort_by(|a, b| a.of.cmp(&b.of));
        Ok((parts, bytes_new))
    }

    /// Makes sure that nothing was swept meanwhile of what was not written anew.
    async fn are_there(&self, parts: &[Part]) -> anyhow::Result<()> {
        let mut sizes = HashMap::new();
        for under in [PIECES, BLOBS] {
            sizes.extend(self.place.list(under).await?.into_iter().map(|object| (object.name, object.bytes)));
        }
        match parts.iter().find(|part| sizes.get(&part.name) != Some(&part.bytes)) {
            Some(part) => anyhow::bail!(
                "{}: {} went away while the backup was made: make it again, and not two at once",
                self.place.name(),
                part.name
            ),
            None => Ok(()),
        }
    }

    async fn free_name(&self, at: Timestamp) -> anyhow::Result<String> {
        let taken = self.place.folders().await?;
        let stamp = stamp(at);
        let names = std::iter::once(stamp.clone()).chain((2..).map(|n| format!("{stamp}-{n}")));
        names.into_iter().find(|name| !taken.contains(name)).context("there is no name left")
    }

    /// Removes backups that need not be kept any more, and what no backup is made of.
    async fn sweep(&self) -> anyhow::Result<()> {
        let all = list(self.place).await?;
        // What cannot be read is for a person to look at.
        let readable: Vec<(&str, &Manifest)> =
            all.iter().filter_map(|one| Some((&one.name[..], one.manifest.as_ref().ok()?))).collect();
        let made: Vec<Timestamp> = readable.iter().map(|(_, manifest)| manifest.mark.at).collect();
        let keep = kept(&made, self.how.keep, self.how.zone);
        let mut used = HashMap::new();
        for ((name, manifest), keep) in readable.iter().zip(keep) {
            if keep {
                let parts = read_list(self.place, &manifest.parts).await?;
                used.extend(parts.into_iter().map(|part| (part.name, ())));
            } else {
                // First what makes it a backup.
                self.place.remove(&format!("{name}/manifest.json")).await?;
                self.place.remove(&manifest.parts.name).await?;
            }
        }
        let unreadable = all.iter().any(|one| one.manifest.is_err());
        if !unreadable {
            let objects = self.place.list("").await?;
            let newest = objects.iter().map(|object| object.changed).max().unwrap_or(0);
            let swept = objects.iter().filter(|object| {
                let old = newest - object.changed > LEFT_ALONE;
                let piece = [PIECES, BLOBS].iter().any(|under| object.name.starts_with(&format!("{under}/")));
                let part = object.name.ends_with(".part");
                old && (piece || part) && !used.contains_key(&object.name)
            });
            for object in swept {
                self.place.remove(&object.name).await?;
            }
        }
        let mut keys: Vec<String> = self.place.list(KEYS).await?.into_iter().map(|key| key.name).collect();
        keys.sort_unstable();
        keys.pop();
        let oldest = self.store.clock().now().plus(-i64::from(self.how.keep_keys) * DAY);
        let oldest = format!("{KEYS}/{}", stamp(oldest));
        for name in keys.iter().filter(|name| **name < oldest) {
            self.place.remove(name).await?;
        }
        Ok(())
    }
}

/// Reads the list of a backup's parts.
///
/// # Errors
/// It is damaged or not there.
pub(super) async fn read_list(place: &Place, part: &Part) -> anyhow::Result<Vec<Part>> {
    let stored = place.get(&part.name).await?;
    if let Some(wrong) = part.wrong(&stored) {
        anyhow::bail!("{}: {wrong}", place.name());
    }
    let plain = super::Opener::default().open(&part.name, stored).map_err(anyhow::Error::msg)?;
    read_parts(&plain, &part.name).map_err(anyhow::Error::msg)
}

fn stamp(at: Timestamp) -> String {
    at.utc().format("%Y-%m-%dT%H%M%SZ").to_string()
}

/// Returns the file of the configuration of a data directory.
pub(crate) fn config_file(dir: &Path, named: Option<&Path>) -> PathBuf {
    named.map_or_else(|| dir.join(crate::config::FILE), Path::to_owned)
}
