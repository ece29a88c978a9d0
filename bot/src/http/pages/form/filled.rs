//! What somebody filled into a form: read, and held to what the form asks; pure.

use std::collections::BTreeMap;

use rapport_model::{Address, House};
use rapport_nlp::entities::phone_in_column;
use rapport_prompts::FieldKind;
use serde_json::Value;

use crate::config::form::{FieldConfig, NEWS, STAMP, TRAP};

/// How long words can be, in characters.
const TEXT_CHARS_MAX: usize = 10_000;
/// How long a line can be.
const LINE_CHARS_MAX: usize = 200;
/// How much can be sent, in bytes: a browser sends a Chinese character as nine.
pub(super) const BODY_BYTES_MAX: usize = 9 * TEXT_CHARS_MAX + 64 * 1024;

/// What was sent, by the names of the fields.
pub(super) type Sent = BTreeMap<String, String>;

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is empty, and must not be.
    Missing,
    /// It is no address, or one that is not theirs.
    Email,
    /// It is no number.
    Phone,
    /// It has more than so many characters.
    TooLong(usize),
}

/// A form that was filled in as it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filled {
    /// What they say they are called; may be empty.
    pub(super) name: String,
    pub(super) email: Address,
    /// What it is about; may be empty.
    pub(super) subject: String,
    /// What they wrote; may be empty.
    pub(super) words: String,
    /// The other fields that are not empty, by their place in the form.
    pub(super) others: Vec<(usize, String)>,
    /// Whether they want news.
    pub(super) news: bool,
}

/// Returns how many characters a field can have.
pub(super) fn chars_max(kind: FieldKind) -> usize {
    if kind == FieldKind::Text { TEXT_CHARS_MAX } else { LINE_CHARS_MAX }
}

/// Reads what a browser sends.
pub(super) fn of_browser(body: &[u8]) -> Sent {
    form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Reads an object of JSON.
///
/// # Errors
/// It is none; or the fields that are not text.
pub(super) fn of_program(body: &[u8]) -> Result<Sent, Vec<String>> {
    let Ok(Value::Object(all)) = serde_json::from_slice(body) else { return Err(Vec::new()) };
    let (mut sent, mut wrong) = (Sent::new(), Vec::new());
    for (name, value) in all {
        match value {
            Value::String(text) => drop(sent.insert(name, text)),
            Value::Bool(true) if name == NEWS => drop(sent.insert(name, "on".into())),
            Value::Null | Value::Bool(false) if name == NEWS => {}
            Value::Null => {}
            _ => wrong.push(name),
        }
    }
    if wrong.is_empty() { Ok(sent) } else { Err(wrong) }
}

/// Tells whether a program filled in what nobody sees.
pub(super) fn is_trapped(sent: &Sent) -> bool {
    sent.get(TRAP).is_some_and(|value| !value.trim().is_empty())
}

/// Returns the stamp that was sent.
pub(super) fn stamp(sent: &Sent) -> &str {
    sent.get(STAMP).map_or("", String::as_str)
}

/// Holds what was sent to what a form asks.
///
/// # Errors
/// What is wrong, with the place of each field in the form.
pub(super) fn check(
    asked: &[FieldConfig],
    sent: &Sent,
    house: &House,
    region: &str,
) -> Result<Filled, Vec<(usize, Wrong)>> {
    let (mut wrong, mut email) = (Vec::new(), None);
    let (mut name, mut subject) = (String::new(), String::new());
    let (mut words, mut others) = (Vec::new(), Vec::new());
    for (i, field) in asked.iter().enumerate() {
        let typed = sent.get(&field.name).map_or("", String::as_str);
        let value = if field.kind == FieldKind::Text { lines(typed) } else { line(typed) };
        if value.chars().count() > chars_max(field.kind) {
            wrong.push((i, Wrong::TooLong(chars_max(field.kind))));
        } else if value.is_empty() {
            if field.required {
                wrong.push((i, Wrong::Missing));
            }
        } else {
            match field.kind {
                FieldKind::Name => name = value,
                FieldKind::Subject => subject = value,
                FieldKind::Text => words.push(value),
                FieldKind::Company | FieldKind::Line => others.push((i, value)),
                // Words of our own address would be taken for those of a colleague.
                FieldKind::Email => match address(&value).filter(|address| !house.owns(address)) {
                    Some(address) => email = Some(address),
                    None => wrong.push((i, Wrong::Email)),
                },
                FieldKind::Phone if phone_in_column(&value, region).is_none() => {
                    wrong.push((i, Wrong::Phone))
                }
                FieldKind::Phone => others.push((i, value)),
            }
        }
    }
    let news = sent.get(NEWS).is_some_and(|value| value == "on");
    match email.filter(|_| wrong.is_empty()) {
        Some(email) => Ok(Filled { name, email, subject, words: words.join("\n\n"), others, news }),
        None => Err(wrong),
    }
}

/// Reads an address to which a mail can go. What would end a header is in none.
fn address(text: &str) -> Option<Address> {
    let address = Address::email(&text.replace('＠', "@")).ok()?;
    let domain = address.domain();
    let is_domain = domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
        && domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    let of_local = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    // Lettre knows what SMTP can carry.
    let can_leave = || address.as_str().parse::<lettre::Address>().is_ok();
    (is_domain && address.local().chars().all(of_local) && can_leave()).then_some(address)
}

/// Returns a text as one line, without what a terminal or a header would take for more.
fn line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() || is_hidden(c) { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns a text as lines.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let plain: String = text.chars().filter(|c| *c == '\n' || *c == '\t' || !c.is_control()).collect();
    plain.trim().to_owned()
}

/// Tells whether a character turns the direction of what follows, or ends a line unseen.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::form::FormConfig;

    fn house() -> House {
        let mut house = House::default();
        house.add("ours.example").unwrap();
        house
    }

    fn asked() -> Vec<FieldConfig> {
        let mut asked = FormConfig::default().asked();
        for (name, kind) in [("tel", FieldKind::Phone), ("about", FieldKind::Subject)] {
            asked.push(FieldConfig { name: name.into(), kind, required: false, label: None });
        }
        asked
    }

    fn fill(fields: &[(&str, &str)]) -> Result<Filled, Vec<(usize, Wrong)>> {
        let sent = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        check(&asked(), &sent, &house(), "DE")
    }

    #[test]
    fn what_is_filled_in_is_one_spelling() {
        let filled = fill(&[
            ("name", "  Petra\r\nBcc: all@x.example "),
            ("email", "Petra@Cafe.example"),
            ("message", "The pump\r\nleaks."),
            ("tel", "030 901820"),
            ("about", "Pump\u{2028}broken"),
            ("news", "on"),
        ]);
        let filled = filled.unwrap();
        assert_eq!(filled.name, "Petra Bcc: all@x.example");
        assert_eq!(filled.email.as_str(), "petra@cafe.example");
        assert_eq!((filled.subject.as_str(), filled.words.as_str()), ("Pump broken", "The pump\nleaks."));
        assert_eq!((filled.others, filled.news), (vec![(3, "030 901820".to_owned())], true));
    }

    #[test]
    fn what_is_wrong_is_said_of_its_field() {
        for email in [
            "petra",
            "petra@cafe",
            "petra@cafe..example",
            "a@b.example\r\nBcc: c@d.example",
            "a@b.example, c@d.example",
            "\"a b\"@c.example",
            "<script>@c.example",
            "mia@ours.example",
            "a@b@c.example",
        ] {
            assert_eq!(fill(&[("email", email), ("message", "x")]), Err(vec![(1, Wrong::Email)]), "{email}");
        }
        assert_eq!(fill(&[]), Err(vec![(1, Wrong::Missing), (2, Wrong::Missing)]));
        let long = "长".repeat(TEXT_CHARS_MAX + 1);
        let of =
            |message: &str, tel: &str| fill(&[("email", "a@b.example"), ("message", message), ("tel", tel)]);
        assert_eq!(of(&long, ""), Err(vec![(2, Wrong::TooLong(TEXT_CHARS_MAX))]));
        assert_eq!(of(" \u{0} ", ""), Err(vec![(2, Wrong::Missing)]));
        assert_eq!(of("x", "call me"), Err(vec![(3, Wrong::Phone)]));
    }

    #[test]
    fn a_program_sends_text_and_nothing_else() {
        let good = of_program(br#"{"email":"a@b.example","news":true,"tel":null}"#).unwrap();
        assert_eq!((good.len(), good["news"].as_str()), (2, "on"));
        assert_eq!(
            of_program(br#"{"email":["a"],"name":7,"news":"x"}"#),
            Err(vec!["email".into(), "name".into()])
        );
        for none in ["", "[]", "7", "{", "{\"a\":\"\\ud800\"}"] {
            assert_eq!(of_program(none.as_bytes()), Err(vec![]), "{none}");
        }
        assert!(is_trapped(&of_browser(b"url=http%3A%2F%2Fspam.example")));
        assert!(!is_trapped(&of_browser(b"url=+&name=x")));
    }
}
