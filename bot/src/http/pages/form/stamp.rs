//! When a form was shown, signed: what is sent without it was not filled in by who looked at it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rapport_model::Timestamp;
use rapport_model::time::{HOUR, SECOND};
use rapport_storage::Store;
use rapport_storage::links::SIGNATURE_BYTES;

/// How long a form can lie open.
const VALID: i64 = 24 * HOUR;
/// A longer one is none of ours.
const CHARS_MAX: usize = 64;

/// What a stamp says of a form that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamped {
    /// It was shown in good time.
    Good,
    /// It was shown a moment ago: nobody reads so fast.
    TooSoon,
    /// It is none of ours, is of another form, or is too old.
    No,
}

fn sort(form: &str) -> String {
    format!("form/{form}")
}

/// Makes the stamp of a form that is shown now.
pub(super) fn make(store: &Store, form: &str, now: Timestamp) -> String {
    let mut bytes = now.micros().to_be_bytes().to_vec();
    bytes.extend(store.link_signature(&sort(form), &bytes));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Judges the stamp of a form that was sent.
pub(super) fn judge(store: &Store, form: &str, stamp: &str, min_seconds: u32, now: Timestamp) -> Stamped {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(Some(stamp).filter(|stamp| stamp.len() <= CHARS_MAX)?).ok()?;
        let (said, signature) = bytes.split_last_chunk::<SIGNATURE_BYTES>()?;
        let is_ours = store.is_link_signature(&sort(form), said, signature);
        Some(Timestamp::from_micros(i64::from_be_bytes(said.try_into().ok()?))).filter(|_| is_ours)
    };
    match read().map(|shown| now.since(shown)) {
        Some(age) if (0..i64::from(min_seconds) * SECOND).contains(&age) => Stamped::TooSoon,
        Some(age) if (0..=VALID).contains(&age) => Stamped::Good,
        _ => Stamped::No,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rapport_model::ManualClock;
    use rapport_storage::Access;
    use tempfile::TempDir;

    use super::*;

    #[tokio::test]
    async fn a_stamp_is_good_for_its_form_and_its_time() {
        let dir = TempDir::new().unwrap();
        let now = Timestamp::from_secs(1_773_309_600);
        let store = Store::open(dir.path(), Access::Write, Arc::new(ManualClock::at(now))).await.unwrap();
        let stamp = make(&store, "contact", now);
        let after = |micros| judge(&store, "contact", &stamp, 3, now.plus(micros));
        assert_eq!(after(0), Stamped::TooSoon);
        assert_eq!(after(3 * SECOND), Stamped::Good);
        assert_eq!(after(VALID), Stamped::Good);
        assert_eq!(after(VALID + 1), Stamped::No);
        assert_eq!(after(-SECOND), Stamped::No, "from a clock that went wrong");
        let later = now.plus(5 * SECOND);
        assert_eq!(judge(&store, "other", &stamp, 3, later), Stamped::No);
        for at in 0..stamp.len() {
            let other = if stamp.as_bytes()[at] == b'A' { "B" } else { "A" };
            let changed = format!("{}{other}{}", &stamp[..at], &stamp[at + 1..]);
            assert_eq!(judge(&store, "contact", &changed, 0, later), Stamped::No, "changed at {at}");
        }
        for wrong in ["", "é", "AAAA", &"A".repeat(10_000)] {
            assert_eq!(judge(&store, "contact", wrong, 0, later), Stamped::No);
        }
        store.close().await;
    }
}
