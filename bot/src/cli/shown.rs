//! The numbers of the list that was shown last: people name what they see by its place, and the
//! place means the same when the list has changed meanwhile.

use std::fs;
use std::path::{Path, PathBuf};

use rapport_model::Id;

/// Numbers up to this are places; ids are far greater.
const PLACE_MAX: i64 = 1_000_000;

/// What was shown last under a name.
pub(crate) struct Shown(PathBuf);

impl Shown {
    /// Names a list of a data directory.
    pub(crate) fn of(data: &Path, list: &str) -> Self {
        Self(data.join("shown").join(list))
    }

    /// Remembers a list. Whoever may only look at the directory does without places.
    pub(crate) fn remember(&self, ids: impl Iterator<Item = Id>) {
        let lines: String = ids.map(|id| format!("{id}\n")).collect();
        if let Some(dir) = self.0.parent() {
            let _ = fs::create_dir(dir);
        }
        let _ = fs::write(&self.0, lines);
    }

    /// Returns what a place or an id names; nothing if the list shown last had no such place.
    pub(crate) fn find(&self, which: &str) -> Option<Id> {
        let number: i64 = which.parse().ok().filter(|n| *n > 0)?;
        if number > PLACE_MAX {
            return Some(Id(number));
        }
        let lines = fs::read_to_string(&self.0).ok()?;
        lines.lines().nth(usize::try_from(number).ok()? - 1)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_means_what_was_shown_there() {
        let dir = std::env::temp_dir().join(format!("rapport-shown-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let shown = Shown::of(&dir, "jobs");
        assert_eq!(shown.find("1"), None, "nothing was shown");
        shown.remember([Id(300_000_000_000), Id(400_000_000_000)].into_iter());
        for (which, id) in [
            ("1", Some(300_000_000_000)),
            ("2", Some(400_000_000_000)),
            ("3", None),
            ("0", None),
            ("-1", None),
            ("one", None),
            ("", None),
            ("500000000000", Some(500_000_000_000)),
            ("99999999999999999999", None),
        ] {
            assert_eq!(shown.find(which), id.map(Id), "{which:?}");
        }
        fs::remove_dir_all(&dir).unwrap();
    }
}
