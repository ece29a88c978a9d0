//! The words that the patterns and lexicons know.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::lexicon::{FIELDS, STAGES};
use super::pattern::{PATTERNS, for_words};
use super::referring::KINDS;

static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let mut words = HashSet::new();
    for pattern in PATTERNS.iter() {
        for_words(&pattern.elems, &mut |word| {
            words.insert(word);
        });
    }
    let lexicons =
        STAGES.iter().map(|s| s.0).chain(FIELDS.iter().map(|f| f.0)).chain(KINDS.iter().map(|k| k.0));
    words.extend(lexicons.flat_map(|phrase| phrase.split(' ')));
    words.extend([
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "tomorrow",
        "today",
        "yesterday",
        "january",
        "february",
        "september",
        "october",
        "november",
        "december",
        "week",
        "month",
        "quarter",
        "urgent",
        "priority",
    ]);
    words
});

/// Words that a mistyped one may stand for.
static CORRECT: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut words: Vec<_> = WORDS.iter().copied().filter(|w| w.is_ascii() && w.len() >= 4).collect();
    words.sort_unstable();
    words
});

/// Tells whether a folded word is known.
pub(super) fn knows(word: &str) -> bool {
    WORDS.contains(word)
}

/// Returns the words that a mistyped one may stand for.
pub(super) fn words() -> &'static [&'static str] {
    &CORRECT
}
