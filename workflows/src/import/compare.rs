//! Whether two names are one person's.
//!
//! The same number and name is the same person, though the name may be written in another order or with a
//! slip; a family that shares a number is not: Petr and Petra are two.

use crate::duplicates::text::{fold, is_han, squeeze};

/// Returns the words of a name, folded, in order of the alphabet; titles left out.
pub(super) fn words(name: &str) -> Vec<String> {
    const TITLES: [&str; 10] = ["mr", "mrs", "ms", "dr", "prof", "ing", "mgr", "bc", "phd", "mba"];
    let folded = fold(name);
    if folded.chars().any(is_han) {
        let bare = squeeze(&folded);
        let bare =
            ["先生", "女士", "小姐", "老师"].iter().find_map(|t| bare.strip_suffix(t)).unwrap_or(&bare);
        let mut letters: Vec<char> = bare.chars().collect();
        // 王 丽 and 丽 王 are one: which is the surname is known to who wrote it.
        letters.sort_unstable();
        return vec![letters.into_iter().collect()];
    }
    let mut words: Vec<String> =
        folded.split(' ').filter(|w| !w.is_empty() && !TITLES.contains(w)).map(str::to_owned).collect();
    words.sort_unstable();
    words
}

/// Tells whether two names, as [`words`], can be one person's whose number is the same.
pub(super) fn alike(a: &[String], b: &[String]) -> bool {
    if a.is_empty() || b.is_empty() {
        return false;
    }
    if a == b {
        return true;
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    // A surname alone does not say who of a family it is.
    if short.len() < 2 {
        return false;
    }
    let mut left: Vec<&String> = long.iter().collect();
    let mut n_slips = 0;
    for word in short {
        let exact = left.iter().position(|other| *other == word);
        let found = exact.or_else(|| {
            n_slips += 1;
            left.iter().position(|other| is_slip(word, other) || is_initial(word, other))
        });
        match found {
            Some(at) => drop(left.remove(at)),
            None => return false,
        }
    }
    n_slips <= 1 || n_slips < short.len()
}

/// Tells whether two names have nothing in common.
pub(super) fn unlike(a: &[String], b: &[String]) -> bool {
    let shares = |word: &String| {
        b.iter().any(|other| word == other || is_slip(word, other) || is_initial(word, other))
    };
    !a.is_empty() && !b.is_empty() && !a.iter().any(shares) && !share_letters(a, b)
}

/// Chinese names are one word here: one letter in common may be the surname, or the slip.
fn share_letters(a: &[String], b: &[String]) -> bool {
    let han = |words: &[String]| words.first().is_some_and(|word| word.chars().any(is_han));
    han(a) && han(b) && a[0].chars().any(|c| b[0].contains(c))
}

fn is_initial(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short.len() == 1 && long.starts_with(short)
}

/// Tells whether one word is the other with a slip of the pen: a letter lost, doubled, replaced, or two
/// exchanged; but not at its end, where Petr becomes Petra.
pub(super) fn is_slip(a: &str, b: &str) -> bool {
    const LETTERS_MIN: usize = 4;
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    if short.len() < LETTERS_MIN || long.len() - short.len() > 1 {
        return false;
    }
    let begin = short.iter().zip(long.iter()).take_while(|(x, y)| x == y).count();
    let (s, l) = (&short[begin..], &long[begin..]);
    match long.len() - short.len() {
        0 if s.len() < 2 => false,
        0 => s[1..] == l[1..] || (s[0] == l[1] && s[1] == l[0] && s[2..] == l[2..]),
        _ => !s.is_empty() && s == &l[1..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_is_told_from_a_family() {
        for (a, b, expected) in [
            ("Jan Novak", "Novák Jan", true),
            ("Jan Novak", "JAN NOVAK", true),
            ("Jan Novak", "Jan Novka", true),
            ("Jan Hollander", "Jan Hollnader", true),
            ("Jan Novak", "J. Novak", true),
            ("Dr. Jan Novak", "Jan Novak", true),
            ("Jan Petr Novak", "Jan Novak", true),
            ("Petr Novak", "Petra Novak", false),
            ("Jan Novak", "Jana Novakova", false),
            ("Jan Novak", "Eva Novak", false),
            ("Novak", "Jan Novak", false),
            ("王丽", "丽 王", true),
            ("王丽", "王丽女士", true),
            ("王丽", "王伟", false),
            ("", "Jan", false),
        ] {
            assert_eq!(alike(&words(a), &words(b)), expected, "{a:?} {b:?}");
            assert_eq!(alike(&words(b), &words(a)), expected, "{b:?} {a:?}");
        }
        assert!(unlike(&words("Ann Lee"), &words("Bob Ray")));
        assert!(!unlike(&words("Ann Lee"), &words("Ann Novak")));
        assert!(!unlike(&words(""), &words("Ann Novak")));
        assert!(unlike(&words("王丽"), &words("李伟")));
    }
}
