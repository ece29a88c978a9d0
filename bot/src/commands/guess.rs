//! Which command somebody may have meant; pure.

use rapport_nlp::rep::distance;

use super::table::{COMMANDS, Spec};

/// A longer word is no mistyped command, and comparing it would cost more with each letter.
const WORD_CHARS_MAX: usize = 24;
/// So many letters of a command's word are enough, if no other begins so.
const PREFIX_CHARS_MIN: usize = 3;

/// A command that a word may stand for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guess {
    /// The command.
    pub spec: &'static Spec,
    /// The word for it that is nearest.
    pub word: &'static str,
    /// How many letters are wrong.
    pub distance: usize,
}

/// Returns the commands by how near one of their words is, nearest first; none for a word that is
/// too long to be one.
pub(super) fn nearest(typed: &str) -> Vec<Guess> {
    let letters: Vec<char> = typed.chars().take(WORD_CHARS_MAX + 1).collect();
    if letters.is_empty() || letters.len() > WORD_CHARS_MAX {
        return Vec::new();
    }
    let guess = |spec: &'static Spec| {
        let near = |word: &'static str| Guess { spec, word, distance: distance(&letters, word) };
        spec.words().map(near).min_by_key(|g| g.distance)
    };
    let mut guesses: Vec<Guess> = COMMANDS.iter().filter_map(guess).collect();
    guesses.sort_by_key(|g| g.distance);
    guesses
}

fn same_letters(a: &str, b: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(a) == sorted(b)
}

/// Returns the command that a mistyped or cut word surely stands for. Behind a slash it was meant
/// as a command, so that more may be wrong with it.
pub(super) fn surely(typed: &str, slash: bool) -> Option<&'static Spec> {
    let begun = |spec: &&&Spec| typed.chars().count() >= PREFIX_CHARS_MIN && spec.word.starts_with(typed);
    let mut beginning = COMMANDS.iter();
    if let (Some(spec), None) = (beginning.by_ref().find(|s| begun(&s)), beginning.find(|s| begun(&s))) {
        return Some(spec);
    }
    let letters = typed.chars().count();
    let allowed = match letters {
        _ if !typed.is_ascii() => 0,
        0..=3 => usize::from(slash && letters == 3),
        4..=5 => 1,
        _ => 2,
    };
    match &nearest(typed)[..] {
        [first, second, ..] if first.distance <= allowed && first.distance < second.distance => {
            // Short words are near to many others: without a slash only a swap is a slip.
            let slip = letters > 4 || slash || same_letters(typed, first.word);
            slip.then_some(first.spec)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Name;
    use super::*;

    #[test]
    fn a_mistyped_word_is_known_by_its_letters() {
        let meant = |typed: &str| surely(typed, false).map(|s| s.name);
        for (typed, name) in [
            ("tmeline", Some(Name::Timeline)),
            ("timelien", Some(Name::Timeline)),
            ("fnid", Some(Name::Find)),
            ("shwo", Some(Name::Show)),
            ("digets", Some(Name::Digest)),
            ("tickts", Some(Name::Tickets)),
            ("tikets", Some(Name::Tickets)),
            ("time", Some(Name::Timeline)),
            ("hel", Some(Name::Help)),
            ("tas", None),
            ("xy", None),
            ("banana", None),
            ("whom", None),
            ("fine", None),
            ("", None),
        ] {
            assert_eq!(meant(typed), name, "{typed}");
        }
        assert_eq!(meant(&"find".repeat(5_000)), None);
        assert_eq!(surely("nte", true).map(|s| s.name), Some(Name::Note));
    }
}
