//! The names of companies.

use super::text::{fold, is_han, squeeze};

/// Legal forms and what goes with them, as words without dots; sorted.
const LEGAL_FORMS: &[&str] = &[
    "ab",
    "ag",
    "aps",
    "as",
    "asa",
    "bv",
    "bvba",
    "co",
    "company",
    "corp",
    "corporation",
    "doo",
    "eg",
    "ek",
    "ev",
    "gbr",
    "gmbh",
    "holding",
    "holdings",
    "inc",
    "incorporated",
    "kft",
    "kg",
    "kgaa",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "ltda",
    "mbh",
    "nv",
    "nyrt",
    "ohg",
    "ooo",
    "oy",
    "oyj",
    "plc",
    "pllc",
    "pte",
    "pty",
    "pvt",
    "sa",
    "sarl",
    "sas",
    "se",
    "sl",
    "sp",
    "spa",
    "spol",
    "spzoo",
    "srl",
    "sro",
    "ug",
    "zoo",
    "zrt",
];

/// Forms that a person's name does not end with: they mark the name of a company.
const TELLING_FORMS: &[&str] = &[
    "ag",
    "bv",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "incorporated",
    "kft",
    "kg",
    "limited",
    "llc",
    "llp",
    "ltd",
    "nv",
    "oy",
    "plc",
    "pty",
    "sarl",
    "spzoo",
    "srl",
    "sro",
];

/// Chinese legal forms, which end the name. The longer before the shorter.
const LEGAL_FORMS_ZH: &[&str] =
    &["股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "集团公司", "公司", "集团"];

/// Returns the words of a company's name: dots join, so that s.r.o. is one word.
fn words(text: &str) -> Vec<String> {
    let undotted: String = text.chars().filter(|c| !matches!(c, '.' | '．')).take(256).collect();
    fold(&undotted).split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// Returns a company's name in one spelling, without its legal form. A name of nothing but a form
/// is left alone.
pub(super) fn name(text: &str) -> String {
    let words = words(text);
    let is_form = |w: &&String| LEGAL_FORMS.binary_search(&w.as_str()).is_ok() || w.as_str() == "and";
    // "The" leads, the form trails: "SA" in front may be the name.
    let n_tail = words.iter().rev().take_while(is_form).count();
    let own = match &words[..words.len() - n_tail] {
        [] => &words[..],
        [the, rest @ ..] if the == "the" && !rest.is_empty() => rest,
        own => own,
    };
    let mut name = squeeze(&own.concat());
    match LEGAL_FORMS_ZH.iter().find(|form| name.ends_with(**form)) {
        Some(form) if name.len() > form.len() => name.truncate(name.len() - form.len()),
        _ => {}
    }
    name
}

/// Tells whether a name is that of a company, by its legal form.
pub(super) fn is_company(text: &str) -> bool {
    if text.chars().any(is_han) {
        let name = squeeze(&fold(text));
        return LEGAL_FORMS_ZH.iter().any(|form| name.ends_with(form));
    }
    match words(text).as_slice() {
        [_, .., last] => TELLING_FORMS.binary_search(&last.as_str()).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legal_form_is_no_part_of_the_name() {
        let cases = [
            ("Acme GmbH", "acme"),
            ("ACME, Inc.", "acme"),
            ("Acme s.r.o.", "acme"),
            ("Müller & Söhne GmbH & Co. KG", "mullersohne"),
            ("The Acme Company Ltd", "acme"),
            ("SA Power Ltd", "sapower"),
            ("深圳市腾讯计算机系统有限公司", "深圳市腾讯计算机系统"),
            ("華為技術有限公司", "华为技术"),
            ("京东集团股份有限公司", "京东集团"),
            ("有限公司", "有限公司"),
            ("Ltd", "ltd"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(name(text), expected, "{text}");
        }
        for company in ["Acme GmbH", "Acme, Inc.", "华为技术有限公司", "Novak s.r.o."] {
            assert!(is_company(company), "{company}");
        }
        for person in ["Jan Novak", "王小明", "Ltd", "", "Su Li As"] {
            assert!(!is_company(person), "{person}");
        }
        assert!(LEGAL_FORMS.is_sorted());
        assert!(TELLING_FORMS.is_sorted());
    }
}
