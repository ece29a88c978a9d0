//! Who wrote a mail and to whom: address lists (RFC 5322, 3.4).

use std::borrow::Cow;
use std::collections::HashSet;

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;
use rapport_model::{Address, Mailbox};

use super::header::{Headers, VALUE_BYTES_MAX};
use super::words;

/// More people than these in one role are passed over: a mail to thousands is a mailing.
const PEOPLE_MAX: usize = 200;

/// Longest name that is kept.
const NAME_CHARS_MAX: usize = 200;

/// Returns the people in all fields called `name`: valid addresses once each, groups
/// flattened, in order. `hint` is the charset of the mail's text.
pub(super) fn people(headers: &Headers<'_>, name: &str, hint: Option<&str>) -> Vec<Mailbox> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for raw in headers.all(name) {
        for mailbox in mailboxes(cut(raw), hint) {
            if out.len() < PEOPLE_MAX && seen.insert(mailbox.address.clone()) {
                out.push(mailbox);
            }
        }
    }
    out
}

/// Returns the authors: From, or Sender where From names nobody.
pub(super) fn authors(headers: &Headers<'_>, hint: Option<&str>) -> Vec<Mailbox> {
    let from = people(headers, "from", hint);
    if from.is_empty() { people(headers, "sender", hint) } else { from }
}

/// Cuts an endless list between two addresses.
fn cut(raw: &[u8]) -> &[u8] {
    match raw.get(..VALUE_BYTES_MAX) {
        Some(start) => &start[..start.iter().rposition(|b| *b == b',').unwrap_or(start.len())],
        None => raw,
    }
}

fn mailboxes(raw: &[u8], hint: Option<&str>) -> Vec<Mailbox> {
    // The parser sees one unfolded line without encoded words: it knows fewer charsets.
    let mut line = words::decode_structured(raw, hint).replace(['\r', '\n', '\t', '\0'], " ");
    line.push('\n');
    let HeaderValue::Address(list) = MessageStream::new(line.as_bytes()).parse_address() else {
        return Vec::new();
    };
    list.iter().filter_map(|entry| mailbox(entry.name().unwrap_or_default(), entry.address()?)).collect()
}

fn mailbox(name: &str, address: &str) -> Option<Mailbox> {
    let bare = address.trim().trim_matches(['\'', '"', '<', '>']);
    let bare = bare.get(..7).filter(|p| p.eq_ignore_ascii_case("mailto:")).map_or(bare, |_| &bare[7..]);
    // A source route: `@relay,@relay:ann@example.org` (RFC 5322, 4.4).
    let bare = if bare.starts_with('@') { bare.rsplit(':').next().unwrap_or(bare) } else { bare };
    let bare: String = bare.chars().filter(|c| !words::is_invisible(*c)).collect();
    let (name, address) = match Address::email(&bare) {
        Ok(address) => (Cow::Borrowed(name), address),
        // `Ann Novak ann@example.org`, without brackets.
        Err(_) => {
            let (own, words): (Vec<&str>, Vec<&str>) = bare.split_whitespace().partition(|w| w.contains('@'));
            let address = own.iter().find_map(|word| Address::email(word).ok())?;
            (Cow::Owned(if name.is_empty() { words.join(" ") } else { name.to_owned() }), address)
        }
    };
    let name = words::one_line(&name, NAME_CHARS_MAX);
    let name = name.trim_matches(['\'', '"', ' ']);
    // Programs repeat the address where no name is known.
    let name = if name.eq_ignore_ascii_case(address.as_str()) { "" } else { name };
    Some(Mailbox { name: name.to_owned(), address })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Vec<(String, String)> {
        let block = format!("To: {value}\n\n");
        let people = people(&Headers::read(block.as_bytes(), |_| false).0, "to", None);
        people.into_iter().map(|m| (m.name, m.address.to_string())).collect()
    }

    #[test]
    fn lists_are_read_as_people_write_them() {
        for (value, expected) in [
            ("ann@x.test", &[("", "ann@x.test")][..]),
            ("Ann Novak <Ann@X.test>", &[("Ann Novak", "ann@x.test")]),
            ("\"Novak, Ann\" <ann@x.test>, bob@x.test", &[("Novak, Ann", "ann@x.test"), ("", "bob@x.test")]),
            ("=?utf-8?Q?Nov=C3=A1k=2C_Ann?= <ann@x.test>", &[("Novák, Ann", "ann@x.test")]),
            ("\"=?gb2312?B?xOO6ww==?=\" <ann@x.test>", &[("你好", "ann@x.test")]),
            ("=?utf-8?B?5L2g?=\n =?utf-8?B?5aW9?= <ann@x.test>", &[("你好", "ann@x.test")]),
            ("张伟 <wei@x.test>", &[("张伟", "wei@x.test")]),
            ("ann@x.test (Ann Novak)", &[("Ann Novak", "ann@x.test")]),
            (
                "Team: ann@x.test, Bob <bob@x.test>; cy@x.test",
                &[("", "ann@x.test"), ("Bob", "bob@x.test"), ("", "cy@x.test")],
            ),
            ("undisclosed-recipients:;", &[]),
            ("ann@x.test, ANN@x.test, Ann <ann@x.test>", &[("", "ann@x.test")]),
            ("ann, <>, nobody@, @x.test, ok@x.test", &[("", "ok@x.test")]),
            ("<mailto:ann@x.test>, 'bob@x.test' <bob@x.test>", &[("", "ann@x.test"), ("", "bob@x.test")]),
            ("Ann\u{202E} <a\u{200B}nn@x.test>", &[("Ann", "ann@x.test")]),
            ("Ann <@a.test,@b.test:ann@x.test>", &[("Ann", "ann@x.test")]),
            ("Ann \"The Boss\" Novak <ann@x.test>", &[("Ann The Boss Novak", "ann@x.test")]),
            ("\"Ann \\\"A\\\" Novak\" <ann@x.test>", &[("Ann \"A\" Novak", "ann@x.test")]),
            ("Ann Novak ann@x.test, bob@x.test", &[("Ann Novak", "ann@x.test"), ("", "bob@x.test")]),
            ("", &[]),
            ("((((\"", &[]),
        ] {
            let expected: Vec<(String, String)> =
                expected.iter().map(|(n, a)| ((*n).to_owned(), (*a).to_owned())).collect();
            assert_eq!(read(value), expected, "{value}");
        }
    }

    #[test]
    fn thousands_of_recipients_are_cut() {
        let list: String = (0..5_000).map(|n| format!("p{n}@x.test, ")).collect();
        assert_eq!(read(&list).len(), PEOPLE_MAX);
    }

    #[test]
    fn the_sender_stands_in_for_a_missing_author() {
        for (block, expected) in [
            ("From: ann@x.test\nSender: bob@x.test\n\n", Some("ann@x.test")),
            ("From: nobody\nSender: bob@x.test\n\n", Some("bob@x.test")),
            ("Subject: x\n\n", None),
        ] {
            let authors = authors(&Headers::read(block.as_bytes(), |_| false).0, None);
            assert_eq!(authors.first().map(|m| m.address.as_str()), expected, "{block}");
        }
    }
}
