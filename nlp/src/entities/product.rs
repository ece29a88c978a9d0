//! Products of the catalogue.

use rapport_model::reading::EntityKind;

use super::Found;
use super::text::{Text, fold_lower, is_word_char};

/// Names of at least this many characters are also found with a plural `s`; in a shorter one it
/// makes another word (`New`, news).
const PLURAL_CHARS_MIN: usize = 5;

/// The first two characters of a name, in lower case; a sign or a blank as a space.
type Head = [char; 2];

/// Adds the names of `products` that stand in `text` as whole words.
pub(super) fn find(text: &Text, products: &[String], out: &mut Vec<Found>) {
    if products.is_empty() {
        return;
    }
    // A catalogue has thousands of names: each looks only at the tokens that begin like it.
    let mut heads: Vec<(Head, usize)> =
        text.tokens.iter().filter_map(|t| Some((head(text.lower[t.start..].chars())?, t.start))).collect();
    heads.sort_unstable();
    for product in products {
        let name = product.trim();
        let Some(key) = head(name.chars().map(fold_lower)) else { continue };
        let first = heads.partition_point(|(head, _)| *head < key);
        // A number or a single letter stands for too much else.
        let found = heads.get(first).is_some_and(|(head, _)| *head == key);
        if !found || name.chars().count() < 2 || !name.chars().any(char::is_alphabetic) {
            continue;
        }
        for &(_, start) in heads[first..].iter().take_while(|(head, _)| *head == key) {
            if let Some(end) = match_end(text, start, name) {
                out.push(Found { kind: EntityKind::Product, start, end, value: name.to_owned() });
            }
        }
    }
}

fn head(mut chars: impl Iterator<Item = char>) -> Option<Head> {
    let first = chars.next()?;
    Some([first, chars.next().filter(|c| c.is_alphanumeric()).unwrap_or(' ')])
}

/// Returns where `name` ends if it stands at byte `start` as whole words. Any blanks of the
/// text match a blank of the name, so that a name may be broken over two lines.
fn match_end(text: &Text, start: usize, name: &str) -> Option<usize> {
    let first = text.char_at(start)?;
    if is_word_char(first) && text.char_before(start).is_some_and(is_word_char) {
        return None;
    }
    let mut at = start;
    let mut n_chars = 0;
    for word in name.split_whitespace() {
        if n_chars > 0 {
            let rest = &text.lower[at..];
            let trimmed = rest.trim_start_matches([' ', '\n']);
            if rest.len() == trimmed.len() {
                return None;
            }
            at += rest.len() - trimmed.len();
        }
        for c in word.chars() {
            let here = text.lower[at..].chars().next()?;
            if here != fold_lower(c) {
                return None;
            }
            at += here.len_utf8();
            n_chars += 1;
        }
    }
    let ends = |at: usize| {
        !(text.char_before(at).is_some_and(is_word_char) && text.char_at(at).is_some_and(is_word_char))
    };
    if ends(at) {
        return Some(at);
    }
    let plural = n_chars >= PLURAL_CHARS_MIN && text.lower[at..].starts_with('s') && ends(at + 1);
    plural.then_some(at + 1)
}
