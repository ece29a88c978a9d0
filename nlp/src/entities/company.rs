//! Companies in Latin letters: by their legal form, by what they do, by name, or by the words
//! around them.

use rapport_model::reading::EntityKind;

use super::Found;
use super::company_context;
use super::company_form::with_legal_form;
use super::company_known::known;
use super::company_noun::{camel, form_first, joined, with_noun};
use super::latin::Latin;
use super::names::NAMES;
use super::text::{Class, Text};

/// Tokens of a company's name before its legal form, at most.
const NAME_TOKENS_MAX: usize = 8;

/// Adds the companies in `latin`; `persons` are those found before.
pub(super) fn find(latin: &Latin, persons: &[(usize, usize)], out: &mut Vec<Found>) {
    let text = latin.text;
    for i in 0..text.tokens.len() {
        if matches!(text.tokens[i].class, Class::Han) {
            continue;
        }
        let range = with_legal_form(latin, i)
            .or_else(|| form_first(latin, i))
            .or_else(|| joined(latin, i))
            .or_else(|| camel(latin, i))
            .or_else(|| with_noun(latin, i))
            .or_else(|| known(latin, i).map(|end| (i, end)))
            .or_else(|| company_context::read(latin, i, persons).map(|end| (i, end)));
        if let Some((from, to)) = range {
            out.push(company(latin, from, to));
        }
    }
    for (from, to) in company_context::signed(latin, persons) {
        out.push(company(latin, from, to));
    }
}

fn company(latin: &Latin, from: usize, to: usize) -> Found {
    let text = latin.text;
    let start = text.tokens[from].start;
    let end = if to - from == 1 { latin.end_byte(to) } else { end_of(latin, to) };
    let value = text.plain[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    Found { kind: EntityKind::Company, start, end, value }
}

/// Returns the byte behind token `to - 1`, without a genitive `'s` of the whole name.
fn end_of(latin: &Latin, to: usize) -> usize {
    let noun = latin.text.word(to - 1).trim_end_matches("'s");
    if NAMES.nouns.contains(noun) || NAMES.legal.contains_key(noun) {
        latin.end_byte(to)
    } else {
        latin.text.tokens[to - 1].end
    }
}

/// Returns where the name begins that ends before token `i`.
pub(super) fn walk_back(latin: &Latin, i: usize, legal: bool) -> Option<usize> {
    let text = latin.text;
    let mut from = i;
    let mut at = i;
    while at > 0 && i - at < NAME_TOKENS_MAX {
        if !text.same_line(at) {
            break;
        }
        let j = at - 1;
        let word = latin.at(j);
        match text.class(j) {
            Some(Class::Word)
                if word.cap
                    || text.touches(at)
                        && is_joint(text, at)
                        && text.width(j) > 0
                        && from == at
                        && text.word(at) == "." =>
            {
                if stops(latin, j) {
                    break;
                }
                // It ends a sentence: "... from Leeds. Novak Ltd"
                (from, at) = (j, j);
            }
            // Small brand names before their legal form: acme ltd, eBay Inc.
            Some(Class::Word)
                if legal
                    && at == i
                    && !word.common
                    && !word.given
                    && text.width(j) > 1
                    && small_form(text, i) =>
            {
                (from, at) = (j, j)
            }
            // Moravské strojírny s.r.o.
            Some(Class::Word)
                if legal
                    && at == i
                    && !word.common
                    && !word.given
                    && j > 0
                    && latin.cap(j - 1)
                    && !latin.at(j - 1).common
                    && latin.spaced(j)
                    && text.word(i + 1) == "." =>
            {
                (from, at) = (j, j)
            }
            Some(Class::Word) if j > 0 && at < i && connects(latin, j, legal) => at = j,
            Some(Class::Digits) if legal || at < i => (from, at) = (j, j),
            Some(Class::Mark) if j > 0 => match text.word(j) {
                "&" | "+" => at = j,
                "-" | "'" if text.touches(j) && text.touches(at) => at = j,
                "," if legal && at == i => at = j,
                "." if text.touches(j) && text.width(j - 1) == 1 && latin.cap(j - 1) => at = j,
                ")" if legal && at == i => match (1..=4).find(|back| text.word_before(j, *back) == "(") {
                    Some(back) => at = j - back,
                    None => break,
                },
                _ => break,
            },
            _ => break,
        }
    }
    // Words of the sentence before the name: Contact Acme Ltd.
    while from < i && (drops(latin, from)) {
        from += 1;
    }
    (from < i).then_some(from)
}

fn is_joint(text: &Text, i: usize) -> bool {
    matches!(text.word(i), "." | "-" | "&")
}

/// Tells whether the legal form at token `i` is never a word of its own.
fn small_form(text: &Text, i: usize) -> bool {
    matches!(text.word(i), "ltd" | "gmbh" | "llc" | "inc" | "plc" | "sarl" | "srl" | "llp")
}

/// Tells whether the small word at token `j` may stand inside a name: House of Tea, Marsh and Webb.
fn connects(latin: &Latin, j: usize, legal: bool) -> bool {
    let text = latin.text;
    let before = latin.at(j - 1);
    if !latin.cap(j - 1) || !latin.spaced(j) || !text.same_line(j) || stops(latin, j - 1) {
        return false;
    }
    match text.word(j) {
        "and" | "und" => {
            let alone = j < 2 || !latin.cap(j - 2) || !latin.spaced(j - 1);
            alone && before.surname && !before.given
                || alone
                    && legal
                    && !before.given
                    && !before.any_given()
                    && !before.common
                    && !is_known(latin, j - 1)
        }
        "of" | "for" => {
            let of_person = j >= 2 && latin.at(j - 2).given && latin.spaced(j - 1);
            !before.common && !before.job && !before.given && !of_person
        }
        "the" => text.word(j - 1) == "of",
        "de" | "du" | "des" | "di" | "del" | "della" | "van" | "der" | "la" | "y" => true,
        _ => false,
    }
}

/// Tells whether the capitalised word at token `j` is of the sentence and not of a name.
fn stops(latin: &Latin, j: usize) -> bool {
    let word = latin.text.word(j);
    matches!(
        word,
        "i" | "we"
            | "our"
            | "your"
            | "my"
            | "dear"
            | "hi"
            | "hello"
            | "from"
            | "at"
            | "with"
            | "by"
            | "is"
            | "are"
            | "please"
            | "thanks"
            | "thank"
            | "regards"
            | "this"
            | "that"
            | "to"
            | "in"
            | "on"
            | "re"
            | "fwd"
            | "fw"
            | "subject"
            | "attn"
            | "cc"
            | "via"
            | "per"
            | "as"
            | "for"
            | "and"
            | "or"
            | "but"
            | "if"
            | "when"
            | "since"
            | "because"
            | "vat"
            | "invoice"
            | "order"
            | "ceo"
            | "manager"
            | "director"
            | "owner"
            | "im"
            | "i'm"
            | "was"
            | "does"
            | "did"
            | "have"
            | "has"
            | "firma"
            | "company's"
            | "both"
            | "he"
            | "she"
            | "they"
            | "it"
            | "its"
            | "any"
            | "no"
            | "hey"
            | "why"
            | "what"
            | "which"
            | "who"
            | "where"
            | "how"
            | "not"
            | "their"
            | "his"
            | "her"
    ) || NAMES.titles.contains(word) && latin.text.width(j) <= 4
}

/// Tells whether the name does not begin with token `j` but behind it.
fn drops(latin: &Latin, j: usize) -> bool {
    let text = latin.text;
    let word = text.word(j);
    let mark = text.class(j) == Some(Class::Mark);
    let sentence =
        latin.begins_sentence(j) && latin.at(j).common && !latin.at(j).surname && !is_adjective(word);
    let article = matches!(word, "the" | "a" | "an")
        || latin.at(j).job && latin.begins_sentence(j) && latin.at(j).common;
    mark || stops(latin, j) || article || sentence
}

/// Tells whether a common word often begins a company's name.
fn is_adjective(word: &str) -> bool {
    matches!(
        word,
        "blue"
            | "black"
            | "red"
            | "big"
            | "little"
            | "new"
            | "best"
            | "first"
            | "super"
            | "smart"
            | "quick"
            | "fast"
            | "bright"
            | "home"
            | "book"
            | "coffee"
            | "light"
            | "fresh"
            | "royal"
            | "great"
            | "old"
            | "young"
            | "north"
            | "south"
            | "east"
            | "west"
            | "good"
            | "fine"
            | "happy"
            | "free"
            | "open"
            | "general"
            | "standard"
            | "international"
            | "national"
            | "american"
            | "british"
            | "european"
            | "german"
            | "french"
            | "swiss"
            | "italian"
            | "chinese"
            | "asian"
            | "direct"
            | "power"
            | "city"
            | "lovely"
            | "perfect"
            | "prime"
            | "premium"
            | "true"
            | "pure"
            | "silver"
            | "green"
            | "white"
            | "clear"
            | "total"
            | "super-"
            | "one"
            | "two"
            | "three"
    )
}

fn is_known(latin: &Latin, i: usize) -> bool {
    known(latin, i).is_some()
}
