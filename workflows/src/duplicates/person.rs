//! The names of people, English and Chinese.

use super::text::{fold, is_han, squeeze};

/// A name in its two halves, folded; either may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PersonName {
    pub(super) given: String,
    pub(super) surname: String,
}

/// Words around a name that are no part of it.
const TITLES: &[&str] = &[
    "bc", "bsc", "dipl", "dr", "drs", "esq", "frau", "herr", "hon", "ii", "iii", "ing", "iv", "jr", "judr",
    "lord", "madam", "madame", "mag", "mba", "mgr", "miss", "mlle", "mme", "monsieur", "mr", "mrs", "ms",
    "msc", "mudr", "mx", "phd", "phdr", "prof", "rev", "rndr", "sir", "sr",
];

/// Chinese forms of address, which follow the name. The longer before the shorter.
const TITLES_ZH: &[&str] = &[
    "先生", "女士", "小姐", "太太", "夫人", "博士", "教授", "老师", "医生", "律师", "经理", "主任", "同学",
    "总",
];

/// Chinese surnames of two characters; all others that matter have one.
const SURNAMES_ZH: &[&str] = &[
    "欧阳", "司马", "上官", "诸葛", "夏侯", "尉迟", "皇甫", "公孙", "慕容", "令狐", "宇文", "长孙", "司徒",
    "司空", "端木", "东方", "独孤", "南宫", "欧陽",
];

/// Words that begin a family name.
const PARTICLES: &[&str] = &[
    "al", "bin", "da", "de", "del", "della", "den", "der", "di", "dos", "du", "el", "la", "le", "ter", "van",
    "von", "zu",
];

/// Short forms, each with a name that stands for all its kin.
const SHORT_FORMS: &[(&str, &str)] = &[
    ("abby", "abigail"),
    ("alex", "alexander"),
    ("andy", "andrew"),
    ("barb", "barbara"),
    ("becky", "rebecca"),
    ("ben", "benjamin"),
    ("beth", "elizabeth"),
    ("betty", "elizabeth"),
    ("bill", "william"),
    ("billy", "william"),
    ("bob", "robert"),
    ("bobby", "robert"),
    ("cathy", "catherine"),
    ("charlie", "charles"),
    ("chris", "christopher"),
    ("chuck", "charles"),
    ("dan", "daniel"),
    ("danny", "daniel"),
    ("dave", "david"),
    ("debbie", "deborah"),
    ("dick", "richard"),
    ("ed", "edward"),
    ("eddie", "edward"),
    ("fred", "frederick"),
    ("gabe", "gabriel"),
    ("greg", "gregory"),
    ("hank", "henry"),
    ("harry", "henry"),
    ("jack", "john"),
    ("jake", "jacob"),
    ("jen", "jennifer"),
    ("jenny", "jennifer"),
    ("jerry", "gerald"),
    ("jim", "james"),
    ("jimmy", "james"),
    ("joe", "joseph"),
    ("johnny", "john"),
    ("jon", "jonathan"),
    ("josh", "joshua"),
    ("kate", "catherine"),
    ("kathy", "catherine"),
    ("ken", "kenneth"),
    ("larry", "lawrence"),
    ("liz", "elizabeth"),
    ("maggie", "margaret"),
    ("matt", "matthew"),
    ("meg", "margaret"),
    ("mike", "michael"),
    ("nick", "nicholas"),
    ("pam", "pamela"),
    ("pat", "patrick"),
    ("peggy", "margaret"),
    ("pete", "peter"),
    ("rick", "richard"),
    ("rob", "robert"),
    ("ron", "ronald"),
    ("sam", "samuel"),
    ("sandy", "sandra"),
    ("steve", "steven"),
    ("sue", "susan"),
    ("ted", "edward"),
    ("tim", "timothy"),
    ("tom", "thomas"),
    ("tommy", "thomas"),
    ("tony", "anthony"),
    ("will", "william"),
];

/// Returns the full form of a short given name, such as `robert` of `bob`.
pub(super) fn full_form(given: &str) -> Option<&'static str> {
    SHORT_FORMS.binary_search_by_key(&given, |(short, _)| short).ok().map(|i| SHORT_FORMS[i].1)
}

/// Folds a given name or a surname and takes titles off.
pub(super) fn half(text: &str) -> String {
    let folded = fold(text);
    if !folded.contains(' ') && !folded.chars().any(is_han) {
        return folded;
    }
    squeeze(&without_titles(&folded).join(" "))
}

/// Returns the words of a folded name without titles; a name of nothing but titles is left alone.
fn without_titles(folded: &str) -> Vec<&str> {
    let is_title = |word: &&str| TITLES.binary_search(word).is_ok() || TITLES_ZH.contains(word);
    let mut words: Vec<&str> = folded.split(' ').filter(|word| !is_title(word)).collect();
    if words.is_empty() {
        return folded.split(' ').collect();
    }
    if let Some(last) = words.last_mut()
        && last.chars().all(is_han)
    {
        let title = TITLES_ZH.iter().find(|t| last.len() > t.len() && last.ends_with(**t));
        *last = title.and_then(|t| last.strip_suffix(t)).unwrap_or(last);
    }
    words
}

/// Splits a whole name. `Novak, Jan` and `Jan Novak` are the same, and so are `王小明` and
/// `王小明先生`. A single word is a surname.
pub(super) fn whole(text: &str) -> PersonName {
    if let Some((surname, given)) = text.split_once([',', '，']) {
        let (surname, given) = (half(surname), half(given));
        // "Jan Novak, PhD" has a title behind its comma, not a given name.
        if !surname.is_empty() && !given.is_empty() && TITLES.binary_search(&given.as_str()).is_err() {
            return PersonName { given, surname };
        }
    }
    let folded = fold(text);
    let words = without_titles(&folded);
    match words.as_slice() {
        [word] if word.chars().all(is_han) => chinese(word),
        // Spaced Chinese: "王 小明". The family name stands first.
        [surname, given @ ..] if !given.is_empty() && words.iter().all(|w| w.chars().all(is_han)) => {
            PersonName { given: given.concat(), surname: (*surname).to_owned() }
        }
        [given @ .., surname] => {
            let begin =
                given.iter().skip(1).position(|w| PARTICLES.contains(w)).map_or(given.len(), |i| i + 1);
            let surname = given[begin..].iter().chain([surname]).copied().collect::<String>();
            PersonName { given: squeeze(&given[..begin].concat()), surname: squeeze(&surname) }
        }
        [] => PersonName::default(),
    }
}

fn chinese(name: &str) -> PersonName {
    let n = name.chars().count();
    let double = n >= 3 && SURNAMES_ZH.iter().any(|s| name.starts_with(s));
    // Beyond four characters it is no name of a person that we could split.
    let n_surname = if n > 4 {
        n
    } else if double {
        2
    } else {
        1
    };
    let at = name.char_indices().nth(n_surname).map_or(name.len(), |(at, _)| at);
    let (surname, given) = name.split_at(at);
    PersonName { given: given.to_owned(), surname: squeeze(surname) }
}

/// Guesses a name from what stands before the @ of an address: `jan.novak` is Jan Novak. `None`
/// when that is not two words of letters.
pub(super) fn of_local_part(local: &str) -> Option<PersonName> {
    let words: Vec<&str> = local.split(['.', '_', '-']).collect();
    match words.as_slice() {
        [given, surname]
            if [given, surname]
                .iter()
                .all(|w| w.len() >= 2 && w.chars().all(|c| c.is_ascii_alphabetic())) =>
        {
            Some(PersonName { given: (*given).to_owned(), surname: (*surname).to_owned() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_split_however_it_is_written() {
        let cases = [
            ("Jan Novak", "jan", "novak"),
            ("NOVÁK, Jan", "jan", "novak"),
            ("Dr. Jan Novak, PhD", "jan", "novak"),
            ("Mr Jan Karel Novak Jr.", "jankarel", "novak"),
            ("J. Novak", "j", "novak"),
            ("Jan van der Berg", "jan", "vanderberg"),
            ("Van Morrison", "van", "morrison"),
            ("Novak", "", "novak"),
            ("王小明", "小明", "王"),
            ("王小明先生", "小明", "王"),
            ("王总", "", "王"),
            ("欧阳娜娜 女士", "娜娜", "欧阳"),
            ("陳 偉", "伟", "陈"),
            ("王，小明", "小明", "王"),
            ("Mr", "", "mr"),
            ("", "", ""),
            (" , ", "", ""),
            ("\u{0}\u{1b}", "", ""),
        ];
        for (text, given, surname) in cases {
            assert_eq!(whole(text), PersonName { given: given.into(), surname: surname.into() }, "{text:?}");
        }
        assert_eq!(half("Mrs. Anna-Maria"), "annamaria");
        assert_eq!(half("o'brien"), "obrien");
    }

    #[test]
    fn lists_that_are_searched_are_sorted() {
        assert!(TITLES.is_sorted());
        assert!(SHORT_FORMS.is_sorted());
        assert_eq!(full_form("bob"), Some("robert"));
        assert_eq!(full_form("robert"), None);
    }

    #[test]
    fn an_address_may_tell_a_name() {
        assert_eq!(
            of_local_part("jan.novak"),
            Some(PersonName { given: "jan".into(), surname: "novak".into() })
        );
        for none in ["info", "j.novak", "jan.novak.2", "jan.1984", "", "."] {
            assert_eq!(of_local_part(none), None, "{none}");
        }
    }
}
