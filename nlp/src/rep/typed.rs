//! What was typed, cut into tokens, and how a token is compared with a word.

use super::common;
use super::slips;
use super::typo::distance;
use super::vocabulary;
use super::words::{Class, Token, cut};

/// So many words that nobody knows are compared with each known word.
const CORRECTED_MAX: usize = 16;
/// A mistyped word counts less than a right one.
const TYPO: f32 = 0.7;

/// A text that was typed.
pub(super) struct Typed<'a> {
    pub text: &'a str,
    pub tokens: Vec<Token>,
    /// For each token the known words that it may stand for.
    corrections: Vec<Vec<&'static str>>,
    /// Whether nobody bothered with capitals, so that names have none either.
    pub small: bool,
    pub has_han: bool,
}

impl<'a> Typed<'a> {
    pub fn new(text: &'a str) -> Self {
        let mut tokens = cut(text);
        slips::mend(&mut tokens);
        let mut left = CORRECTED_MAX;
        let corrections = tokens.iter().map(|token| corrections(token, &mut left)).collect();
        let small = !tokens.iter().skip(1).any(|t| t.class == Class::Word && t.capital && t.word != "i");
        let has_han = tokens.iter().any(|t| t.class == Class::Han);
        Self { text, tokens, corrections, small, has_han }
    }

    /// Returns each word, and what mistyped ones may stand for.
    pub fn known(&self) -> impl Iterator<Item = &str> {
        let typed = self.tokens.iter().map(|t| t.word.as_str());
        typed.chain(self.corrections.iter().flatten().copied())
    }

    /// Returns token `i` as it is compared; nothing behind the end.
    pub fn word(&self, i: usize) -> &str {
        self.tokens.get(i).map_or("", |t| &t.word)
    }

    pub fn class(&self, i: usize) -> Option<Class> {
        self.tokens.get(i).map(|t| t.class)
    }

    /// Tells how well token `i` is `word`: 1 if it is, less if it is mistyped.
    pub fn is(&self, i: usize, word: &str) -> Option<f32> {
        let token = self.tokens.get(i)?;
        if token.word == word {
            return Some(1.0);
        }
        self.corrections[i].contains(&word).then_some(TYPO)
    }

    /// Tells whether token `i` is exactly one of `words`.
    pub fn any(&self, i: usize, words: &[&str]) -> bool {
        self.tokens.get(i).is_some_and(|t| words.contains(&t.word.as_str()))
    }

    /// Returns where `phrase` ends that starts with token `i`: words with blanks, or characters.
    pub fn phrase(&self, i: usize, phrase: &str) -> Option<usize> {
        let mut at = i;
        for word in phrase.split(' ') {
            let mut rest = word;
            while !rest.is_empty() {
                let typed = self.word(at);
                let exact = !typed.is_empty() && rest.starts_with(typed);
                let whole = exact && (typed.len() == rest.len() || !rest.is_ascii());
                rest = match whole {
                    true => &rest[typed.len()..],
                    false => {
                        self.is(at, rest)?;
                        ""
                    }
                };
                at += 1;
            }
        }
        Some(at)
    }

    /// Returns which of `phrases` starts with token `i`, the longest, and where it ends.
    pub fn phrase_of<T: Copy>(&self, i: usize, phrases: &[(&str, T)]) -> Option<(T, usize)> {
        let found = phrases.iter().filter_map(|(phrase, value)| Some((*value, self.phrase(i, phrase)?)));
        found.max_by_key(|(_, end)| *end)
    }

    /// Returns the text of tokens `from..to` as it was typed.
    pub fn slice(&self, from: usize, to: usize) -> &'a str {
        match (self.tokens.get(from), to.checked_sub(1).and_then(|i| self.tokens.get(i))) {
            (Some(first), Some(last)) if from < to => &self.text[first.start..last.end],
            _ => "",
        }
    }

    /// Tells whether a blank stands before token `i`.
    pub fn gap(&self, i: usize) -> bool {
        self.tokens.get(i).is_some_and(|t| t.gap)
    }

    /// Returns the number that token `i` writes in at most nine digits.
    pub fn number(&self, i: usize) -> Option<u32> {
        let token = self.tokens.get(i).filter(|t| t.class == Class::Number && t.word.len() <= 9)?;
        token.word.parse().ok()
    }
}

/// Returns the known words that a token may be a slip for: one letter wrong in a word of four,
/// two in one of eight.
fn corrections(token: &Token, left: &mut usize) -> Vec<&'static str> {
    const LETTERS: std::ops::RangeInclusive<usize> = 4..=16;
    let letters: Vec<char> = token.word.chars().collect();
    let known = || vocabulary::knows(&token.word) || common::is_common(&token.word);
    if token.class != Class::Word || !LETTERS.contains(&letters.len()) || known() || *left == 0 {
        return Vec::new();
    }
    *left -= 1;
    let allowed = if letters.len() >= 8 { 2 } else { 1 };
    let near = |word: &&str| {
        let length = word.chars().count();
        // A name is easily one letter from a short word.
        let longer =
            length.max(letters.len()) >= 5 || same_ends(&token.word, word) || same_letters(&token.word, word);
        length.abs_diff(letters.len()) <= allowed && longer && distance(&letters, word) <= allowed
    };
    let unlikely = token.capital && letters.len() < 6;
    if unlikely { Vec::new() } else { vocabulary::words().iter().copied().filter(near).collect() }
}

fn same_letters(one: &str, other: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(one) == sorted(other)
}

/// Tells whether two words begin and end alike: inside of a short word a slip is likelier.
fn same_ends(one: &str, other: &str) -> bool {
    one.chars().next() == other.chars().next() && one.chars().next_back() == other.chars().next_back()
}
