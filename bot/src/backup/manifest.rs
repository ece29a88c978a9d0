//! What a backup says of itself.

use std::collections::BTreeMap;

use rapport_model::Timestamp;
use rapport_storage::backup::Mark;
use serde::{Deserialize, Serialize};

/// The form that this program writes; it reads none that is newer.
pub(crate) const FORMAT: u32 = 1;
/// What says whose backups lie in a place.
pub(crate) const SIGN: &str = "rapport-backups.json";
/// Who was erased.
pub(crate) const ERASURES: &str = "erasures.json";
/// Where pieces lie, large mails, and keys.
pub(crate) const PIECES: &str = "pieces";
pub(crate) const BLOBS: &str = "blobs";
pub(crate) const KEYS: &str = "keys";

/// Whose backups lie in a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sign {
    pub format: u32,
    pub house: String,
}

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub format: u32,
    /// The program's version.
    pub program: String,
    pub house: String,
    /// What it was made of: `sqlite` or `postgres`. It can be restored to either.
    pub database: String,
    pub schema_version: i64,
    /// Up to where it goes.
    pub mark: Mark,
    pub ended: Timestamp,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    pub n_pieces: u64,
    pub n_blobs: u64,
    pub n_files: u64,
    /// All that it is made of, in bytes as they lie there, and how many of these were written anew.
    pub bytes: u64,
    pub bytes_new: u64,
    pub encrypted: bool,
    /// Large mails that rows name and that were not there: erased meanwhile, or lost before.
    #[serde(default)]
    pub missing: Vec<String>,
    /// The keys that were written with it.
    pub keys: Part,
    /// The list of its parts.
    pub parts: Part,
    /// Only the house can make this code of the rest.
    #[serde(default)]
    pub code: String,
}

/// What kind of thing a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PartKind {
    /// Rows of a table.
    Rows,
    /// A large mail.
    Blob,
    /// A file of the data directory.
    File,
    /// Keys.
    Keys,
    /// A list of parts.
    Parts,
}

/// One thing that a backup is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub kind: PartKind,
    /// The table, or the file's name in the data directory.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub of: String,
    /// Where it lies in the place.
    pub name: String,
    /// How long it is there.
    pub bytes: u64,
    /// BLAKE3 of what lies there.
    pub digest: String,
}

impl Part {
    pub(crate) fn new(kind: PartKind, of: &str, name: String, stored: &[u8]) -> Self {
        let digest = blake3::hash(stored).to_hex().to_string();
        Self { kind, of: of.to_owned(), name, bytes: stored.len() as u64, digest }
    }

    /// Says what is wrong with what lies there, if anything is.
    pub(crate) fn wrong(&self, stored: &[u8]) -> Option<String> {
        if stored.len() as u64 != self.bytes {
            return Some(format!("{} is cut: it has {} of {} bytes", self.name, stored.len(), self.bytes));
        }
        let same = blake3::hash(stored).to_hex().as_str() == self.digest;
        (!same).then(|| format!("{} is damaged: it is not what was written", self.name))
    }
}

impl Manifest {
    /// Returns the text that its code is of.
    pub(crate) fn coded(&self) -> Vec<u8> {
        serde_json::to_vec(&Self { code: String::new(), ..self.clone() }).expect("a manifest is JSON")
    }

    /// Reads one.
    ///
    /// # Errors
    /// It is none, or of a newer program.
    pub(crate) fn read(bytes: &[u8], name: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let broken = |e: serde_json::Error| format!("{name} is damaged: {e}");
        let Form { format } = serde_json::from_slice(bytes).map_err(broken)?;
        if format > FORMAT {
            return Err(format!(
                "{name} was made by a newer program (form {format}, this one reads {FORMAT}): use that one"
            ));
        }
        serde_json::from_slice(bytes).map_err(broken)
    }

    /// Returns how many rows there are.
    pub(crate) fn n_rows(&self) -> u64 {
        self.rows.values().sum()
    }
}

/// Writes a list of parts, one a line.
pub(crate) fn write_parts(parts: &[Part]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        serde_json::to_writer(&mut out, part).expect("a part is JSON");
        out.push(b'\n');
    }
    out
}

/// Reads a list of parts.
///
/// # Errors
/// A line is none.
pub(crate) fn read_parts(bytes: &[u8], name: &str) -> Result<Vec<Part>, String> {
    let lines = bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    let parts: Result<Vec<Part>, _> = lines.map(serde_json::from_slice).collect();
    let parts = parts.map_err(|e| format!("{name} is damaged: {e}"))?;
    // They become names of files.
    match parts
        .iter()
        .find(|part| !is_plain(&part.name) || (part.kind != PartKind::Rows && !is_plain(&part.of)))
    {
        Some(part) => Err(format!("{name} is damaged: it names {:?}", part.name)),
        None => Ok(parts),
    }
}

/// Tells whether a name stays within the folder that it is put in.
fn is_plain(name: &str) -> bool {
    !name.starts_with('/') && !name.contains('\\') && name.split('/').all(|part| !matches!(part, ".." | "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_knows_what_lies_there() {
        let part = Part::new(PartKind::File, "rapport.toml", "pieces/a".into(), b"lang");
        assert_eq!(part.wrong(b"lang"), None);
        assert!(part.wrong(b"lan").unwrap().contains("is cut: it has 3 of 4 bytes"));
        assert!(part.wrong(b"Lang").unwrap().contains("is damaged"));
        let parts = vec![part];
        assert_eq!(read_parts(&write_parts(&parts), "x"), Ok(parts.clone()));
        for of in ["../../etc/passwd", "/etc/passwd", "a/../b"] {
            let evil = vec![Part { of: of.into(), ..parts[0].clone() }];
            assert!(read_parts(&write_parts(&evil), "x").unwrap_err().contains("damaged"), "{of}");
        }
        assert!(Manifest::read(b"{\"format\":2}", "m").unwrap_err().contains("newer program"));
        for text in ["", "{}", "{\"format\":1}", "[1"] {
            assert!(Manifest::read(text.as_bytes(), "m").unwrap_err().contains("damaged"), "{text}");
        }
    }
}
