//! Persons whose name is known: a given name, or one with a surname behind it.

use super::latin::{Latin, is_pinyin};
use super::names::NAMES;
use super::person::is_known_company;

/// Reads the name at token `i` if it is known: a given name, or one with a surname behind it.
pub(super) fn known(latin: &Latin, i: usize) -> Option<usize> {
    let text = latin.text;
    let word = latin.at(i);
    if !word.cap || latin.shouted && !word.given || word.camel {
        return None;
    }
    // A title is no part of the name that it stands before.
    if NAMES.titles.contains(text.word(i)) && latin.cap(i + 1) && !word.given {
        return None;
    }
    // Part of an address, a name with a sign before it, or the rest of a longer word.
    if i > 0
        && text.touches(i)
        && matches!(text.word(i - 1), "@" | "_" | "/" | "-" | "." | "#")
        && text.word(i - 1) != "-"
    {
        let mention = text.word(i - 1) == "@" && (i == 1 || !text.touches(i - 1));
        if !mention {
            return None;
        }
    }
    if text.touches(i + 1)
        && matches!(text.word(i + 1), "@" | "_" | "/")
        && text.touches(i + 2)
        && text.word(i + 1) != "/"
    {
        return None;
    }
    let (end, n) = latin.name(i);
    let last = latin.at(end - 1);
    let starts = latin.begins_sentence(i);
    if latin.shouted {
        return (word.given && n >= 2 && last.surname && !last.common).then_some(i + 2).filter(|&e| e <= end);
    }
    if word.given {
        return Some(end).filter(|_| !is_known_company(latin, i));
    }
    let cue = i > 0 && text.same_line(i) && NAMES.cues.contains(text.word(i - 1));
    // Among Chinese characters a word with a capital is a name sooner than a word.
    if word.given_word && text.has_han && !word.upper && n <= 2 && !latin.at(end).cap {
        return Some(end);
    }
    if word.given_word {
        let month = matches!(
            text.word(i),
            "may"
                | "april"
                | "june"
                | "august"
                | "summer"
                | "autumn"
                | "sunny"
                | "van"
                | "per"
                | "till"
                | "star"
                | "art"
        );
        if n >= 2 && (last.surname || !starts && cue && last.unknown()) && !is_known_company(latin, i) {
            return Some(end);
        }
        let joined = i > 0 && latin.spaced(i) && latin.cap(i - 1) && !latin.begins_sentence(i - 1);
        if !starts
            && !month
            && !joined
            && (!word.place || cue)
            && !word.upper
            && (cue || says(latin, end))
            && !latin.at(end).cap
        {
            return Some(end);
        }
        return (starts && !month && !word.common && n == 1 && said(latin, end)).then_some(end);
    }
    if word.given_place {
        return (n >= 2 && last.surname && !last.place || n == 1 && said(latin, end) && !cue).then_some(end);
    }
    if word.common && !word.roman {
        return None;
    }
    // Wang Xiaoming, Nguyen Van An
    let next = text.word(i + 1);
    if word.roman
        && n >= 2
        && !word.upper
        && is_name_syllables(latin, i + 1)
        && text.width(i) >= 2
        && !next.is_empty()
    {
        // Wong Ka Man: the last may be a word too.
        let third = n == 2
            && latin.spaced(end)
            && latin.cap(end)
            && is_pinyin(text.word(end))
            && latin.mark_or_end(end + 1);
        return Some(end + usize::from(third));
    }
    let plain_last = last.common || last.noun || last.place;
    if n >= 2 && !word.place && !word.noun && !word.job && !is_known_company(latin, i) {
        let by_surname = last.surname && !plain_last && (!word.surname || text.word(i) != text.word(end - 1));
        let by_roman = last.roman && is_pinyin(text.word(i)) && !last.common;
        let initial = text.width(i) == 1 && text.word(i + 1) == "." && last.surname;
        if by_surname || by_roman || initial {
            return Some(end);
        }
    }
    // A surname alone, where somebody is asked, told or spoken to.
    (n == 1
        && cue
        && word.surname
        && !starts
        && word.unknown()
        && !matches!(text.word(i - 1), "from" | "by" | "at")
        && says(latin, end))
    .then_some(end)
}

/// Tells whether token `i` may be the given name behind a romanised surname.
fn is_name_syllables(latin: &Latin, i: usize) -> bool {
    let word = latin.text.word(i);
    let at = latin.at(i);
    let joined = latin.text.word(i + 1) == "-" && latin.text.touches(i + 1);
    (at.given || is_pinyin(word) || at.roman || joined) && !at.common && !at.noun && !at.place
}

/// Tells whether what follows token `end - 1` lets the name before it act or end.
fn says(latin: &Latin, end: usize) -> bool {
    latin.mark_or_end(end) || said(latin, end) || latin.text.word(end - 1).ends_with("'s") || !latin.cap(end)
}

/// Tells whether a verb of a person follows.
fn said(latin: &Latin, end: usize) -> bool {
    matches!(
        latin.text.word(end),
        "said"
            | "told"
            | "says"
            | "asked"
            | "called"
            | "promised"
            | "wrote"
            | "mentioned"
            | "will"
            | "was"
            | "is"
            | "has"
            | "had"
            | "helped"
            | "sent"
            | "suggested"
            | "confirmed"
            | "and"
            | "from"
            | "can"
            | "would"
            | "did"
            | "explained"
            | "thinks"
            | "wants"
            | "agreed"
            | "here"
            | "left"
            | "came"
            | "gave"
            | "took"
            | "spoke"
            | "needs"
            | "who"
            | "in"
            | "at"
            | "already"
            | "quoted"
            | "offered"
            | "fixed"
            | "installed"
    ) && latin.spaced(end)
}
