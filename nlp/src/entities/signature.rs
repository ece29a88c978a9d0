//! Where a message is signed: the words that close it, and the name behind them.

use super::latin::Latin;
use super::text::Class;

/// Words and marks that a closing formula has, at most.
const CLOSING_TOKENS_MAX: usize = 8;
/// Lines at the end of a text that may be its signature without a formula.
const LAST_LINES: usize = 1;

/// Returns the names that sign the text, as ranges of tokens.
pub(super) fn names(latin: &Latin) -> Vec<(usize, usize)> {
    let text = latin.text;
    let mut names = Vec::new();
    for i in 0..text.tokens.len() {
        if text.tokens[i].class == Class::Word
            && latin.begins_sentence(i)
            && let Some(next) = closing(latin, i)
            && let Some(name) = signed(latin, next)
        {
            names.push(name);
        }
    }
    names.extend(last_line(latin).or_else(|| last_word(latin)));
    names.sort_unstable();
    names.dedup_by_key(|name| name.0);
    names
}

/// Returns the token behind the closing formula that starts with token `i`.
pub(super) fn closing(latin: &Latin, i: usize) -> Option<usize> {
    let text = latin.text;
    let mut core = false;
    let mut at = i;
    while at < i + CLOSING_TOKENS_MAX && (at == i || text.same_line(at)) {
        match text.word(at) {
            "regards" | "wishes" | "thanks" | "cheers" | "sincerely" | "faithfully" | "truly"
            | "greetings" | "rgds" | "regds" | "br" | "thx" | "tia" | "ciao" | "cordially"
            | "respectfully" | "mfg" | "grüße" | "grüßen" | "grusse" | "xx" | "xoxo" | "ta" | "merci"
            | "ty" | "cordialement" | "grazie" | "gracias" | "saludos" | "warmly" | "signed" => core = true,
            "best" if latin.ends_line(at + 1) || matches!(text.word(at + 1), "," | "." | "!" | "-") => {
                core = true
            }
            "you" if at > i && text.word(at - 1) == "thank" => core = true,
            "care" if at > i && text.word(at - 1) == "take" => core = true,
            "soon" if at > i => core = true,
            "best" if at > i && text.word(at - 1) == "the" => core = true,
            "love" if latin.ends_line(at + 1) || text.word(at + 1) == "," => core = true,
            "day" | "weekend" if at > i => core = true,
            "with" | "kind" | "kindest" | "best" | "warm" | "warmest" | "many" | "all" | "the" | "yours"
            | "my" | "and" | "very" | "thank" | "take" | "talk" | "see" | "you" | "again" | "so" | "much"
            | "in" | "advance" | "friendly" | "a" | "have" | "nice" | "great" | "good" | "lots" | "of"
            | "mit" | "freundlichen" | "freundlichem" | "viele" | "liebe" | "love" | "speak" | "help"
            | "for" | "your" | "sunny" | "hear" | "hope" | "to" | "looking" | "forward" | "it" | "once"
            | "more" | "from" | "us" | "both" | "hugs" | "x" | "gruß" | "bien" | "&" | "rest" | "enjoy"
            | "everyone" | "bis" | "bye" | "late" | "always" | "as" | "ever" => {}
            _ => break,
        }
        at += 1;
    }
    if !core {
        return None;
    }
    while matches!(text.word(at), "," | "." | "!" | "-" | "~" | "/" | "–" | "—" | ":" | ")")
        && at < i + CLOSING_TOKENS_MAX + 3
    {
        at += 1;
    }
    (at < text.tokens.len()).then_some(at)
}

/// Reads the name at token `i`, behind a closing formula.
fn signed(latin: &Latin, i: usize) -> Option<(usize, usize)> {
    let text = latin.text;
    let word = latin.at(i);
    let own_line = !text.same_line(i);
    let parted = own_line || matches!(text.word_before(i, 1), "," | "." | "!" | "-" | "—" | "/" | "~" | ":");
    let title = super::names::NAMES.titles.contains(text.word(i));
    if title {
        return None;
    }
    if !word.cap || latin.shouted && !word.upper {
        let known = word.given || word.given_word && (own_line || parted);
        if !known {
            return None;
        }
        let more = latin.at(i + 1);
        let end = i + 1 + usize::from(latin.spaced(i + 1) && !more.common && more.surname);
        return (latin.mark_or_end(end)).then_some((i, end));
    }
    let (end, n) = latin.name(i);
    let closed = latin.mark_or_end(end) || text.class(end) == Some(Class::Han);
    let known = word.any_given() || latin.at(end - 1).surname && n >= 2 || word.roman && n >= 2;
    if super::person::is_known_company(latin, i) {
        return None;
    }
    if known && (closed || word.given) && (!word.given_place && !word.common || closed) {
        return Some((i, end));
    }
    // A line of its own with nothing but a name that no list has.
    let initial = n == 1 && text.width(i) <= 2;
    let name = word.unknown() && n <= 3 && (!word.upper || n >= 2 || initial) && !is_company(latin, i, end);
    (own_line && closed && name && latin.ends_line_or_contact(end)).then_some((i, end))
}

/// Reads the name that fills the last line, with a dash before it or not.
fn last_line(latin: &Latin) -> Option<(usize, usize)> {
    let text = latin.text;
    let n = text.tokens.len();
    let mut line = n.checked_sub(1)?;
    let mut n_lines = 0;
    loop {
        while line > 0 && text.same_line(line) {
            line -= 1;
        }
        if line == 0 {
            return None;
        }
        let mut first = line;
        while matches!(text.word(first), "-" | "—" | "~" | "/" | "–" | "*") {
            first += 1;
        }
        let dashed = first > line;
        let word = latin.at(first);
        if text.class(first) == Some(Class::Word) {
            let (mut end, words) = latin.name(first);
            if !word.cap {
                end = first + 1 + usize::from(latin.spaced(first + 1) && latin.at(first + 1).surname);
            }
            let whole = latin.ends_line(end)
                || text.word(end) == "." && latin.ends_line(end + 1)
                || text.word(end) == "," && word.any_given();
            let known =
                word.any_given() || word.cap && (latin.at(end - 1).surname || word.roman) && words >= 2;
            let other = dashed && word.unknown() && words <= 2 && !word.upper;
            if whole && (known || other) && !is_company(latin, first, end) {
                return Some((first, end));
            }
        }
        n_lines += 1;
        if n_lines >= LAST_LINES {
            return None;
        }
        line -= 1;
    }
}

/// Reads the name that ends the text behind a full sentence: Can you call me? Tom
fn last_word(latin: &Latin) -> Option<(usize, usize)> {
    let text = latin.text;
    let mut end = text.tokens.len();
    if end > 0 && matches!(text.word(end - 1), "." | "!") {
        end -= 1;
    }
    let from = end.saturating_sub(3);
    let first = (from..end).rev().find(|&i| latin.begins_sentence(i))?;
    let word = latin.at(first);
    let before = first.checked_sub(1)?;
    let closes = matches!(text.word(before), "." | "!" | "?" | "-" | "~") && text.same_line(first);
    let (to, n) = latin.name(first);
    let whole = to == end && (word.cap && word.any_given() && !latin.shouted) && (n <= 2);
    (closes && whole).then_some((first, end))
}

/// Tells whether the words from token `i` to `end` and the next say that they are a company.
fn is_company(latin: &Latin, i: usize, end: usize) -> bool {
    (i..end + 1).any(|j| {
        let word = latin.at(j);
        (j < end || latin.spaced(j)) && word.cap && (word.noun || word.job && !word.any_given())
            || latin.text.word(j) == "&"
    })
}

impl Latin<'_> {
    /// Tells whether token `i` ends the line or begins what a signature has behind a name.
    fn ends_line_or_contact(&self, i: usize) -> bool {
        self.ends_line(i)
            || matches!(self.text.word(i), "," | "|" | "(" | "-" | "/" | "•" | "·" | "." | "<" | "—")
    }
}
