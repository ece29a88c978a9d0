//! Companies by what they do, by a sign or a capital inside, or by a form that comes first.

use super::company::walk_back;
use super::company_form::legal_form;
use super::latin::Latin;
use super::names::NAMES;

/// Reads a company whose legal form comes first: OÜ Põhjala, PT Samudra Jaya.
pub(super) fn form_first(latin: &Latin, i: usize) -> Option<(usize, usize)> {
    let form = matches!(latin.text.raw(i), "OÜ" | "PT" | "UAB" | "SIA" | "CV" | "OOO" | "ZAO" | "TNHH");
    let end = latin.run(i + 1, i + 4, |word| !word.common);
    (form && end > i + 1).then_some((i, end))
}

/// Reads two names joined by the sign at token `i`: Tallow & Finch.
pub(super) fn joined(latin: &Latin, i: usize) -> Option<(usize, usize)> {
    let names = |j: usize| {
        let word = latin.at(j);
        word.cap && !word.common && !word.any_given() && !word.job && !word.place && latin.text.width(j) > 2
    };
    let parted = latin.text.word(i) == "&" && i > 0 && latin.spaced(i) && latin.spaced(i + 1);
    if !parted || !names(i - 1) || !names(i + 1) || latin.at(i + 1).noun || latin.shouted {
        return None;
    }
    let from = walk_back(latin, i, false).filter(|from| *from < i)?;
    Some((from, latin.run(i + 2, i + 5, |word| word.noun)))
}

/// Reads a brand with a capital inside, such as ParcelHive, with the nouns behind it.
pub(super) fn camel(latin: &Latin, i: usize) -> Option<(usize, usize)> {
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
    (!goes_on).then(|| (i, latin.run(i + 1, i + 4, |word| word.noun || word.unknown())))
}

/// Reads a company whose last noun of trade is token `i`: Lakeside Dental Clinic.
pub(super) fn with_noun(latin: &Latin, i: usize) -> Option<(usize, usize)> {
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
            | "ministry"
            | "department"
            | "embassy"
            | "consulate"
            | "society"
            | "association"
            | "chamber"
    );
    if !takes || text.word(i + 1) != "of" || !latin.cap(i + 2) || !latin.spaced(i + 2) {
        return None;
    }
    let end = latin.run(i + 3, i + 6, |word| !word.common);
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
            | "clínica"
            | "cooperativa"
            | "viveros"
            | "officine"
    );
    if !takes || !latin.spaced(i + 1) {
        return None;
    }
    let next = latin.at(i + 1);
    let end = latin.run(i + 1, i + 4, |word| !word.common && !word.job);
    let other = latin.at(end - 1).noun && !next.unknown();
    if end == i + 1 || next.common || other || latin.begins_sentence(i) && latin.at(i).common {
        return None;
    }
    Some((walk_back(latin, i, false).unwrap_or(i), end))
}
