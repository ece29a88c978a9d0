//! Where the next page of a list begins: a word of ours, which is good for the same list alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rapport_storage::Store;
use rapport_storage::links::SIGNATURE_BYTES;

const SORT: &str = "cursor";
/// A longer one is none of ours.
const CHARS_MAX: usize = 120;

/// Writes a place in a list; `of` is all that says which list it is.
pub(super) fn write(store: &Store, of: &str, place: &[i64]) -> String {
    let mut bytes: Vec<u8> = place.iter().flat_map(|n| n.to_be_bytes()).collect();
    bytes.extend(store.link_signature(SORT, &said(of, &bytes)));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a place of so many numbers in a list; nothing where it is of another one, or none of ours.
pub(super) fn read<const N: usize>(store: &Store, of: &str, cursor: &str) -> Option<[i64; N]> {
    if cursor.len() > CHARS_MAX {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (place, signature) = bytes.split_last_chunk::<SIGNATURE_BYTES>()?;
    if place.len() != N * 8 || !store.is_link_signature(SORT, &said(of, place), signature) {
        return None;
    }
    let mut numbers = [0; N];
    for (number, bytes) in numbers.iter_mut().zip(place.chunks_exact(8)) {
        *number = i64::from_be_bytes(bytes.try_into().ok()?);
    }
    Some(numbers)
}

fn said(of: &str, place: &[u8]) -> Vec<u8> {
    [of.as_bytes(), b"\0", place].concat()
}
