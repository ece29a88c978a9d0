//! Companies in Latin letters: by their legal form, by what they do, by name, or by the words
//! around them.

use rapport_model::reading::EntityKind;

use super::Found;
use super::company_context;
use super::company_form::{legal_form, with_legal_form};
use super::company_known::known;
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

/// Reads a company whose last noun of trade is token `i`: Lakeside Dental Clinic.
fn with_noun(latin: &Latin, i: usize) -> Option<(usize, usize)> {
    let text = latin.text;
    let word = latin.at(i);
    if !word.noun || !word.cap {
        return None;
    }
    if let Some(range) = noun_of(latin, i).or_else(|| noun_first(latin, i)) {
        return Some(range);
    }
    // The last of several nouns is the name's end.
    let next = latin.at(i + 1);
    if latin.spaced(i + 1)
        && next.cap
        && (next.noun || NAMES.legal.contains_key(text.word(i + 1)) && legal_form(latin, i + 1).is_some())
    {
        return None;
    }
    let from = walk_back(latin, i, false)?;
    let names = |j: usize| {
        let word = latin.at(j);
        let lower = text.word(j).trim_end_matches("'s");
        word.cap
            && (!word.common || word.surname && j > from)
            && !word.job
            && !word.noun
            && !NAMES.plain.contains(lower)
            && text.width(j) > 1
    };
    let job = latin.at(i + 1).job && latin.spaced(i + 1) && latin.cap(i + 1) || latin.at(from).job;
    let line = i - from >= 2
        && latin.ends_line(i + 1)
        && (from == 0 || !text.same_line(from))
        && !NAMES.plain.contains(text.word(from + 1));
    (((from..i).any(names) || line) && !job).then_some((from, i + 1))
}

/// Reads a company whose legal form comes first: OÜ Põhjala, PT Samudra Jaya.
fn form_first(latin: &Latin, i: usize) -> Option<(usize, usize)> {
    let form = matches!(latin.text.raw(i), "OÜ" | "PT" | "UAB" | "SIA" | "CV" | "OOO" | "ZAO" | "TNHH");
    let mut end = i + 1;
    while form && end < i + 4 && latin.spaced(end) && latin.cap(end) && !latin.at(end).common {
        end += 1;
    }
    (end > i + 1).then_some((i, end))
}

/// Reads a brand with a capital inside, such as ParcelHive, with the nouns behind it.
fn camel(latin: &Latin, i: usize) -> Option<(usize, usize)> {
    const PRODUCTS: [&str; 24] = [
        "WhatsApp",
        "YouTube",
        "LinkedIn",
        "PowerPoint",
        "JavaScript",
        "TypeScript",
        "QuickBooks",
        "OneDrive",
        "SharePoint",
        "PowerShell",
        "WordPress",
        "DevOps",
        "WiFi",
        "FaceTime",
        "AirPods",
        "MacBook",
        "ChatGPT",
        "AutoCAD",
        "HomeKit",
        "SolidWorks",
        "LibreOffice",
        "OneNote",
        "BlueTooth",
        "GitHub",
    ];
    let text = latin.text;
    let touched = text.touches(i) && i > 0 && !matches!(text.word(i - 1), "(" | "\"");
    if !latin.at(i).camel
        || touched
        || PRODUCTS.contains(&text.raw(i).trim_end_matches("'s"))
        || text.width(i) < 5
    {
        return None;
    }
    let goes_on = text.touches(i + 1)
        && !matches!(text.word(i + 1), "," | "." | "!" | "?" | ")" | ":" | ";" | "'" | "\"");
    let mut end = i + 1;
    while end < i + 4
        && latin.spaced(end)
        && latin.cap(end)
        && (latin.at(end).noun || latin.at(end).unknown())
    {
        end += 1;
    }
    (!goes_on).then_some((i, end))
}

/// Reads two names joined by the sign at token `i`: Tallow & Finch.
fn joined(latin: &Latin, i: usize) -> Option<(usize, usize)> {
    let names = |j: usize| {
        let word = latin.at(j);
        word.cap && !word.common && !word.any_given() && !word.job && !word.place && latin.text.width(j) > 2
    };
    let parted = latin.text.word(i) == "&" && i > 0 && latin.spaced(i) && latin.spaced(i + 1);
    if !parted || !names(i - 1) || !names(i + 1) || latin.at(i + 1).noun || latin.shouted {
        return None;
    }
    let from = walk_back(latin, i, false).filter(|from| *from < i)?;
    let mut end = i + 2;
    while end < i + 5 && latin.spaced(end) && latin.cap(end) && latin.at(end).noun {
        end += 1;
    }
    Some((from, end))
}

/// Reads University of Leeds and Bank of Ireland, whose noun is token `i`.
fn noun_of(latin: &Latin, i: usize) -> Option<(usize, usize)> {
    let text = latin.text;
    let takes = matches!(
        text.word(i),
        "university"
            | "bank"
            | "institute"
            | "museum"
            | "academy"
            | "school"
            | "college"
            | "council"
            | "hospital"
            | "house"
            | "church"
            | "library"
            | "journal"
            | "gallery"
            | "university's"
    );
    if !takes || text.word(i + 1) != "of" || !latin.cap(i + 2) || !latin.spaced(i + 2) {
        return None;
    }
    let mut end = i + 3;
    while end < i + 6 && latin.spaced(end) && latin.cap(end) && !latin.at(end).common {
        end += 1;
    }
    Some((walk_back(latin, i, false).unwrap_or(i), end))
}

/// Reads Hotel Aurora and Café Lindt, whose noun is token `i`.
fn noun_first(latin: &Latin, i: usize) -> Option<(usize, usize)> {
    let text = latin.text;
    let takes = matches!(
        text.word(i),
        "hotel"
            | "café"
            | "cafe"
            | "restaurant"
            | "pizzeria"
            | "bistro"
            | "studio"
            | "clinic"
            | "gallery"
            | "bar"
            | "salon"
            | "atelier"
            | "boutique"
            | "bakery"
            | "trattoria"
            | "osteria"
            | "apteka"
            | "panadería"
            | "panaderia"
            | "farmacia"
            | "gasthof"
            | "gasthaus"
            | "gymnasium"
            | "boulangerie"
            | "brasserie"
            | "banco"
            | "bodega"
            | "taverna"
    );
    if !takes || !latin.spaced(i + 1) {
        return None;
    }
    let next = latin.at(i + 1);
    let mut end = i + 1;
    while end < i + 4 && latin.spaced(end) && latin.cap(end) && !latin.at(end).common && !latin.at(end).job {
        end += 1;
    }
    let other = latin.at(end - 1).noun && !next.unknown();
    if end == i + 1 || next.common || other || latin.begins_sentence(i) && latin.at(i).common {
        return None;
    }
    Some((walk_back(latin, i, false).unwrap_or(i), end))
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
        "of" | "for" => !before.common && !before.job && !before.given,
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
