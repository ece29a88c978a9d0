//! Finding what named a person by blind values alone: each text is taken apart into what could be an
//! address or a name, and each of these is blinded and looked up.

use std::collections::{HashMap, HashSet};

use super::others;
use super::redact::{fold, is_han};
use crate::error::StorageError;
use crate::open::Inner;

/// Words that a name has at most; one of more is found by its address.
const WORDS_MAX: usize = 5;
/// Signs that a Chinese name has at most.
const HAN_MAX: usize = 6;
/// What is longer is no address and no name.
const CHARS_MAX: usize = 120;

/// Returns what stands behind blind values, as far as words of others say it: texts, by value.
pub(super) async fn recognise(
    inner: &Inner,
    blinds: &HashSet<String>,
) -> Result<HashMap<String, String>, StorageError> {
    let mut found = HashMap::new();
    // The same words come again and again.
    let mut seen: HashSet<u64> = HashSet::new();
    others::each_text(inner, |text| {
        candidates(text, |candidate| {
            if !seen.insert(hash(candidate)) {
                return;
            }
            let blind = crate::keys::hex(&inner.keyring.secrets.blind("erased", candidate));
            if blinds.contains(&blind) {
                found.insert(blind, candidate.to_owned());
            }
        });
        if seen.len() > SEEN_MAX {
            seen.clear();
        }
    })
    .await?;
    Ok(found)
}

/// Candidates that are remembered, 8 bytes each.
const SEEN_MAX: usize = 4_000_000;

fn hash(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hasher as _};
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Calls `each` with everything in a text that could be an address or a name, folded as blind
/// values are.
fn candidates(text: &str, mut each: impl FnMut(&str)) {
    let folded: String = fold(text).collect();
    let mark = |c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '"' | '\'' | ';' | ':')
    };
    let gap = |c: char| c.is_whitespace() || matches!(c, '>' | '-' | '_' | '.' | '+');
    let inner = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '+').to_owned();
    let whole: Vec<String> = folded.split(mark).filter(|w| !w.is_empty()).map(str::to_owned).collect();
    let trimmed: Vec<String> = whole.iter().map(|w| inner(w)).filter(|w| !w.is_empty()).collect();
    let parts: Vec<String> =
        folded.replace("%20", " ").split(gap).map(inner).filter(|w| !w.is_empty()).collect();
    for words in [whole, trimmed, parts] {
        for from in 0..words.len() {
            let mut joined = String::new();
            for word in words[from..].iter().take(WORDS_MAX) {
                if !joined.is_empty() {
                    joined.push(' ');
                }
                joined.push_str(word);
                if joined.chars().count() > CHARS_MAX {
                    break;
                }
                each(&joined);
            }
        }
    }
    let chars: Vec<char> = folded.chars().collect();
    for run in chars.split(|c| !is_han(*c)) {
        for from in 0..run.len() {
            for to in from + 2..=(from + HAN_MAX).min(run.len()) {
                each(&run[from..to].iter().collect::<String>());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_named_a_person_is_among_the_candidates() {
        for (text, wanted) in [
            ("Cc: ANNA Nováková <Anna.Novak@Example.org>, x", "anna nováková"),
            ("Cc: ANNA Nováková <Anna.Novak@Example.org>, x", "anna.novak@example.org"),
            ("write to anna.novak@example.org.", "anna.novak@example.org"),
            ("as Nováková, Anna said", "nováková, anna"),
            ("so Anna\n> Nováková wrote", "anna nováková"),
            ("请转告王小芳谢谢", "王小芳"),
            ("Anna-Nováková-offer.pdf", "anna nováková"),
            ("files/Anna%20Nováková.pdf and", "nováková"),
            ("call +49 30 1234567 or +49301234567", "+49301234567"),
            ("Maria del Carmen Ruiz was here", "maria del carmen ruiz"),
        ] {
            let mut found = false;
            candidates(text, |candidate| found |= candidate == wanted);
            assert!(found, "{wanted} in {text}");
        }
    }
}
