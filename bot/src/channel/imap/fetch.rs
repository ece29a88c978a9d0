//! Mails out of the folder that is open: which there are, how big, and their bytes, in portions
//! whose size is known before they are asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use async_imap::imap_proto::SectionPath;
use futures_util::StreamExt as _;
use rapport_model::Timestamp;

use super::connect::{Session, WORDS_BYTES_MAX, within};
use super::error::ImapError;

/// A list of all mails of a large folder takes no more.
const LIST_BYTES_MAX: u64 = 64 << 20;
/// What stands around the bytes of a mail, and how much longer than said it may be: servers that
/// store line feeds alone count those.
const AROUND_BYTES: u64 = 4096;
/// Mails of a portion, at most.
pub(super) const PORTION_MAX: usize = 128;
/// Bytes of a portion; a single mail may have more, and is then fetched in slices.
pub(super) const PORTION_BYTES_MAX: u64 = 4 << 20;
/// The client holds a whole literal in memory: no slice is longer.
const SLICE_BYTES: u64 = 1 << 20;

/// A mail as it was fetched.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    pub(super) uid: u32,
    pub(super) bytes: Vec<u8>,
    /// Whether this is only its beginning.
    pub(super) is_cut: bool,
    /// The parts that were left in the mailbox, as [`ParseOptions::left_out`].
    ///
    /// [`ParseOptions::left_out`]: crate::channel::email::ParseOptions::left_out
    pub(super) left_out: BTreeMap<usize, u64>,
    pub(super) internal_date: Option<Timestamp>,
}

impl Session {
    /// Returns the UIDs that match, ascending.
    pub(super) async fn search(&mut self, query: &str) -> Result<BTreeSet<u32>, ImapError> {
        self.allowance.set(LIST_BYTES_MAX);
        let found = within(self.patience, "list its mails", self.imap.uid_search(query)).await?;
        Ok(found.into_iter().collect())
    }

    /// Returns the length in bytes of each mail of `uids` that is there.
    pub(super) async fn sizes(&mut self, uids: &[u32]) -> Result<BTreeMap<u32, u64>, ImapError> {
        let mut sizes = BTreeMap::new();
        let fetched = self.fetch(uids, "(UID RFC822.SIZE)", WORDS_BYTES_MAX).await?;
        for (uid, one) in fetched {
            sizes.insert(uid, u64::from(one.size.unwrap_or(u32::MAX)));
        }
        Ok(sizes)
    }

    /// Returns the mails of `uids` that the server gives, ascending; together they have
    /// `n_bytes`.
    pub(super) async fn bodies(&mut self, uids: &[u32], n_bytes: u64) -> Result<Vec<Fetched>, ImapError> {
        let allowed = n_bytes + n_bytes / 8 + AROUND_BYTES * uids.len() as u64;
        let fetched = self.fetch(uids, "(UID INTERNALDATE BODY.PEEK[])", allowed).await?;
        let whole = fetched.into_iter().filter_map(|(uid, one)| {
            let bytes = one.body()?.to_vec();
            Some(Fetched { uid, bytes, internal_date: date(&one), ..Fetched::default() })
        });
        Ok(whole.collect())
    }

    /// Returns a mail slice by slice, no more than `bytes_max` of it; `None` when the server does
    /// not give it.
    pub(super) async fn in_slices(&mut self, uid: u32, bytes_max: u64) -> Result<Option<Fetched>, ImapError> {
        let fetched = self.in_slices_of(uid, "", None, bytes_max).await?;
        let whole = fetched.filter(|(bytes, _)| !bytes.is_empty());
        Ok(whole.map(|(bytes, internal_date)| Fetched { uid, bytes, internal_date, ..Fetched::default() }))
    }

    /// Returns a section of a mail slice by slice, no more than `bytes_max` of it, and when the mail came;
    /// `None` when the server does not give it. `path` is what the answer calls `section`; without it
    /// the section is the whole mail.
    pub(super) async fn in_slices_of(
        &mut self,
        uid: u32,
        section: &str,
        path: Option<&SectionPath>,
        bytes_max: u64,
    ) -> Result<Option<(Vec<u8>, Option<Timestamp>)>, ImapError> {
        let mut bytes = Vec::new();
        let mut internal_date = None;
        while (bytes.len() as u64) < bytes_max {
            let length = SLICE_BYTES.min(bytes_max - bytes.len() as u64);
            let query = format!("(UID INTERNALDATE BODY.PEEK[{section}]<{}.{length}>)", bytes.len());
            let fetched = self.fetch(&[uid], &query, length + AROUND_BYTES).await?;
            let Some(one) = fetched.get(&uid) else { return Ok(None) };
            let slice = path.map_or_else(|| one.body(), |path| one.section(path)).unwrap_or_default();
            internal_date = internal_date.or_else(|| date(one));
            bytes.extend_from_slice(slice);
            if (slice.len() as u64) < length {
                break;
            }
        }
        Ok(Some((bytes, internal_date)))
    }

    /// Asks for `query` of `uids`; what was not asked for is left out, as servers mix their own
    /// news in.
    pub(super) async fn fetch(
        &mut self,
        uids: &[u32],
        query: &str,
        allowed: u64,
    ) -> Result<BTreeMap<u32, async_imap::types::Fetch>, ImapError> {
        const WHAT: &str = "give its mails";
        self.allowance.set(allowed + WORDS_BYTES_MAX);
        let asked: BTreeSet<u32> = uids.iter().copied().collect();
        let patience = self.patience;
        let mut answers = within(patience, WHAT, self.imap.uid_fetch(set(uids), query)).await?;
        let mut found = BTreeMap::new();
        while let Some(answer) = within(patience, WHAT, async { answers.next().await.transpose() }).await? {
            if let Some(uid) = answer.uid.filter(|uid| asked.contains(uid)) {
                found.entry(uid).or_insert(answer);
            }
        }
        Ok(found)
    }
}

fn date(one: &async_imap::types::Fetch) -> Option<Timestamp> {
    one.internal_date().map(|date| Timestamp::from_micros(date.timestamp_micros()))
}

/// Writes ascending UIDs as a set: `3:5,9`.
fn set(uids: &[u32]) -> String {
    let mut out = String::new();
    for run in uids.chunk_by(|a, b| a.checked_add(1) == Some(*b)) {
        let comma = if out.is_empty() { "" } else { "," };
        let _ = match run {
            [one] => write!(out, "{comma}{one}"),
            [first, .., last] => write!(out, "{comma}{first}:{last}"),
            [] => Ok(()),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::set;

    #[test]
    fn neighbours_are_written_as_ranges() {
        for (uids, expected) in [
            (&[][..], ""),
            (&[7], "7"),
            (&[1, 2, 3], "1:3"),
            (&[1, 3, 4, 9], "1,3:4,9"),
            (&[u32::MAX - 1, u32::MAX], "4294967294:4294967295"),
        ] {
            assert_eq!(set(uids), expected);
        }
    }
}
