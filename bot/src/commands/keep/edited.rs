//! What can be edited, and `field=value` taken apart; pure.

use rapport_model::Kind;

/// A field that can be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Editable {
    Name,
    Title,
    Email,
    Phone,
    Company,
    Language,
    Zone,
    Domain,
    Amount,
    Close,
    Due,
}

use Editable::{Amount, Close, Company, Domain, Due, Email, Language, Name, Phone, Title, Zone};

/// The words for each, English and Chinese first.
const WORDS: &[(Editable, &[&str])] = &[
    (Name, &["name", "名称", "姓名", "名字"]),
    (Title, &["title", "标题", "subject", "主题"]),
    (Email, &["email", "邮箱", "mail", "e-mail", "邮件"]),
    (Phone, &["phone", "电话", "tel", "telephone", "mobile", "cell", "number", "手机", "手机号"]),
    (Company, &["company", "公司", "firm"]),
    (Language, &["language", "语言", "lang"]),
    (Zone, &["zone", "时区", "timezone", "tz"]),
    (Domain, &["domain", "域名", "website", "网站"]),
    (Amount, &["amount", "金额", "value", "worth"]),
    (Close, &["close", "成交", "closing", "close_at", "closes", "成交日期"]),
    (Due, &["due", "到期", "when"]),
];

/// Returns the fields of a kind that can be edited.
pub(super) const fn of(kind: Kind) -> &'static [Editable] {
    match kind {
        Kind::Customer => &[Name, Email, Phone, Company, Language, Zone],
        Kind::Company => &[Name, Domain],
        Kind::Deal => &[Title, Amount, Close],
        Kind::Task => &[Title, Due],
        Kind::Ticket => &[Title],
        _ => &[],
    }
}

impl Editable {
    /// Finds the field of `kind` that `word` stands for.
    pub fn of_kind(kind: Kind, word: &str) -> Option<Self> {
        let word = word.to_lowercase();
        let meant = |field: &&Editable| field.words().contains(&word.as_str());
        // What a deal is called, people call its name.
        let own = of(kind).iter().find(meant).copied();
        own.or_else(|| (Name.words().contains(&word.as_str()) && of(kind).contains(&Title)).then_some(Title))
    }

    /// Returns its words, the English and the Chinese one first.
    pub fn words(self) -> &'static [&'static str] {
        WORDS.iter().find(|(field, _)| *field == self).map_or(&[], |(_, words)| words)
    }
}

/// Tells whether a word names a field of whatever record.
pub(super) fn is_field(word: &str) -> bool {
    let word = word.to_lowercase();
    WORDS.iter().any(|(_, words)| words.contains(&word.as_str()))
}

/// Returns the place of the first equals sign, in bytes.
pub(super) fn equals(text: &str) -> Option<usize> {
    text.find(['=', '＝'])
}

/// Takes `phone=+44 20 name="Anna Berg"` apart: fields with their values, in order. A value reaches
/// to the next field; quotation marks around it are taken off. Without an equals sign the first word
/// is the field.
pub(super) fn assignments(words: &str) -> Vec<(String, String)> {
    let starts = starts(words);
    if starts.is_empty() {
        let (field, value) = words.trim().split_once(char::is_whitespace).unwrap_or((words.trim(), ""));
        let field = field.trim_end_matches([':', '：']);
        return if field.is_empty() { Vec::new() } else { vec![(field.to_owned(), bare(value))] };
    }
    let mut found = Vec::with_capacity(starts.len());
    for (n, (field, value)) in starts.iter().enumerate() {
        let end = starts.get(n + 1).map_or(words.len(), |(next, _)| *next);
        let name = words[*field..*value].trim_end_matches(['=', '＝']).trim();
        found.push((name.to_owned(), bare(&words[*value..end])));
    }
    found
}

/// Returns where each field's name begins and where its value does, in bytes.
fn starts(words: &str) -> Vec<(usize, usize)> {
    let mut quoted = None;
    let mut starts = Vec::new();
    let mut name = 0;
    for (at, c) in words.char_indices() {
        match (quoted, c) {
            (None, '"') => quoted = Some('"'),
            (None, '“') => quoted = Some('”'),
            (Some(end), c) if c == end => quoted = None,
            (Some(_), _) => {}
            (None, '=' | '＝') => starts.push((name, at + c.len_utf8())),
            (None, c) if c.is_whitespace() || matches!(c, ',' | '，' | ';' | '；') => {
                name = at + c.len_utf8()
            }
            _ => {}
        }
    }
    starts
}

fn bare(value: &str) -> String {
    let marks = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | ';' | '；');
    let value = value.trim_matches(marks);
    value.trim_matches(['"', '“', '”']).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_reaches_to_the_next_field() {
        for (words, expected) in [
            ("phone=+44 20 7946 0958", &[("phone", "+44 20 7946 0958")][..]),
            ("name=\"Anna Berg\" language=zh", &[("name", "Anna Berg"), ("language", "zh")]),
            ("name=Anna Berg, zone=Europe/Berlin", &[("name", "Anna Berg"), ("zone", "Europe/Berlin")]),
            ("name=“a=b” zone=UTC", &[("name", "a=b"), ("zone", "UTC")]),
            ("电话＝138 0013 8000", &[("电话", "138 0013 8000")]),
            ("phone +44 20", &[("phone", "+44 20")]),
            ("zone=", &[("zone", "")]),
            ("=x", &[("", "x")]),
            ("phone", &[("phone", "")]),
            ("", &[]),
        ] {
            let found = assignments(words);
            let found: Vec<(&str, &str)> = found.iter().map(|(f, v)| (f.as_str(), v.as_str())).collect();
            assert_eq!(found, expected, "{words:?}");
        }
    }

    #[test]
    fn a_word_names_a_field_of_its_kind_alone() {
        assert_eq!(Editable::of_kind(Kind::Customer, "电话"), Some(Phone));
        assert_eq!(Editable::of_kind(Kind::Deal, "Name"), Some(Title));
        assert_eq!(Editable::of_kind(Kind::Deal, "phone"), None);
        for kind in Kind::ALL {
            for field in of(*kind) {
                assert!(field.words().len() >= 2, "{kind} {field:?}");
            }
        }
    }
}
