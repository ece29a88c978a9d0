//! Common words, which are neither mistyped commands nor, in small letters, names.

use std::collections::HashSet;
use std::sync::LazyLock;

static WORDS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common.txt").split_whitespace().collect());

/// Tells whether a folded word is a common one.
pub(super) fn is_common(word: &str) -> bool {
    WORDS.contains(word)
}
