//! Ways to reach somebody, and dates: each in one spelling.

use super::text::{digits, fold, squeeze};

/// Returns an address as it is compared: lower case, without what follows a plus sign; dots mean
/// nothing at Gmail. What is no address is folded text.
pub(super) fn email(text: &str) -> String {
    let text = text.trim().trim_start_matches("mailto:").trim_matches(['<', '>']);
    let Some((local, domain)) = text.rsplit_once('@') else { return squeeze(&fold(text)) };
    let clean = |part: &str| -> String {
        let kept = part.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(128);
        kept.flat_map(char::to_lowercase).collect()
    };
    let (local, mut domain) = (clean(local), clean(domain));
    let own = local.split_once('+').map_or(local.as_str(), |(own, _)| own);
    if domain == "googlemail.com" {
        domain = "gmail.com".to_owned();
    }
    let own = if domain == "gmail.com" { own.replace('.', "") } else { own.to_owned() };
    if own.is_empty() || domain.is_empty() { String::new() } else { format!("{own}@{domain}") }
}

/// Returns the last nine digits of a phone number: country and trunk codes are written in many
/// ways. Empty when there are fewer than five, which is no number but a remark.
pub(super) fn phone(text: &str) -> String {
    const DIGITS_MIN: usize = 5;
    const DIGITS_MAX: usize = 9;
    // An extension follows the number and is no part of it.
    let mut numbers = text.split(['x', 'X', '#', '转']).map(digits);
    let number = numbers.find(|digits| digits.len() >= DIGITS_MIN).unwrap_or_default();
    number[number.len().saturating_sub(DIGITS_MAX)..].to_owned()
}

/// Returns the domain of a web site.
pub(super) fn website(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let host = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    host.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(64).collect()
}

/// Returns a date as `yyyymmdd`, or the digits of what is no date.
///
/// With the year last, a slash may mean either order; it is read as day and month unless that cannot
/// be. The comparison takes exchanged day and month for a slip.
pub(super) fn date(text: &str) -> String {
    let numbers: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).collect();
    let [first, second, third, ..] = numbers.as_slice() else { return digits(text) };
    let (y, m, d) = match (first.len(), third.len()) {
        (4, 1..=2) => (*first, *second, *third),
        (1..=2, 4) if second.parse::<u8>().is_ok_and(|n| n > 12) => (*third, *first, *second),
        (1..=2, 4) => (*third, *second, *first),
        _ => return digits(text),
    };
    if m.len() > 2 || d.len() > 2 { digits(text) } else { format!("{y}{m:0>2}{d:0>2}") }
}

/// Returns a number that identifies: letters and digits only.
pub(super) fn identifier(text: &str) -> String {
    squeeze(&fold(text))
}

/// Words of streets and their short forms, sorted.
const STREET_WORDS: &[(&str, &str)] = &[
    ("avenue", "av"),
    ("ave", "av"),
    ("boulevard", "bv"),
    ("blvd", "bv"),
    ("circuit", "ct"),
    ("close", "cl"),
    ("court", "crt"),
    ("crescent", "cr"),
    ("cres", "cr"),
    ("drive", "dr"),
    ("highway", "hwy"),
    ("lane", "ln"),
    ("parade", "pde"),
    ("place", "pl"),
    ("road", "rd"),
    ("square", "sq"),
    ("strasse", "str"),
    ("street", "st"),
    ("terrace", "tce"),
    ("way", "wy"),
];

/// Returns a street in one spelling, squeezed: the word for street is short, so that two streets do
/// not look alike for both being streets.
pub(super) fn street(text: &str) -> String {
    let folded = fold(text);
    let (own, last) = folded.rsplit_once(' ').unwrap_or(("", &folded));
    let short = STREET_WORDS.iter().find(|(long, _)| last.ends_with(long));
    match short {
        // "main street" has it as a word, "hauptstrasse" within one.
        Some((long, short)) if !own.is_empty() || last.len() > long.len() + 2 => {
            squeeze(&format!("{own}{}{short}", &last[..last.len() - long.len()]))
        }
        _ => squeeze(&folded),
    }
}

/// Splits the number of the house off a street: `12 Main St`, `Hauptstr. 12a`, `建国路88号`.
/// `None` when there is no number at either end.
pub(super) fn house_number(text: &str) -> Option<(String, String)> {
    let folded = fold(text);
    let is_number = |w: &str| w.len() <= 6 && w.starts_with(|c: char| c.is_ascii_digit());
    if let Some((before, rest)) = folded.split_once('号') {
        let number: String = before.chars().rev().take_while(char::is_ascii_digit).collect();
        let own = &before[..before.len() - number.len()];
        let number: String = number.chars().rev().collect();
        return (!number.is_empty()).then(|| (number, format!("{own} {rest}").trim().to_owned()));
    }
    match folded.split_once(' ') {
        Some((first, rest)) if is_number(first) => return Some((first.to_owned(), rest.to_owned())),
        _ => {}
    }
    let (rest, last) = folded.rsplit_once(' ')?;
    is_number(last).then(|| (last.to_owned(), rest.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_way_to_reach_somebody_has_one_spelling() {
        type Normal = fn(&str) -> String;
        let cases: &[(Normal, &str, &str)] = &[
            (email, " Jan.Novak+news@Example.ORG ", "jan.novak@example.org"),
            (email, "<jan.novak@googlemail.com>", "jannovak@gmail.com"),
            (email, "no address", "noaddress"),
            (email, "@example.org", ""),
            (email, "", ""),
            (phone, "+420 777 123 456", "777123456"),
            (phone, "00420/777-123-456", "777123456"),
            (phone, "＋86 138 0013 8000", "800138000"),
            (phone, "030 1234567 x12", "301234567"),
            (phone, "Fax: 030 1234567", "301234567"),
            (phone, "none", ""),
            (website, "https://www.Acme.example/about?x=1", "acme.example"),
            (website, "acme.example", "acme.example"),
            (date, "19540515", "19540515"),
            (date, "1954-5-15", "19540515"),
            (date, "15.05.1954", "19540515"),
            (date, "5/15/1954", "19540515"),
            (date, "1954年5月15日", "19540515"),
            (date, "unknown", ""),
            (date, "99999/1/2/3", "99999123"),
            (identifier, "DE 123-456", "de123456"),
            (street, "Pridham Street", "pridhamst"),
            (street, "pridhamstreet", "pridhamst"),
            (street, "Hauptstraße", "hauptstr"),
            (street, "street", "street"),
        ];
        for (normal, text, expected) in cases {
            assert_eq!(normal(text), *expected, "{text:?}");
        }
    }

    #[test]
    fn the_house_number_is_found_at_either_end() {
        let cases = [
            ("12 Main Street", Some(("12", "main street"))),
            ("Hauptstr. 12a", Some(("12a", "hauptstr"))),
            ("朝阳区建国路88号", Some(("88", "朝阳区建国路"))),
            ("Main Street", None),
            ("号", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(house_number(text), expected.map(|(n, s)| (n.to_owned(), s.to_owned())), "{text}");
        }
    }
}
