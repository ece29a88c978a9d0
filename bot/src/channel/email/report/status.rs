//! Enhanced status codes (RFC 3463) and SMTP replies (RFC 5321, 4.2), as reports write them.

use std::fmt;

/// An enhanced status code: class, subject, detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status {
    /// 2 success, 4 a transient and 5 a permanent failure.
    pub class: u8,
    /// 1 address, 2 mailbox, 3 system, 4 network, 5 protocol, 6 content, 7 policy.
    pub subject: u8,
    /// What exactly.
    pub detail: u16,
}

impl Status {
    /// Returns the most telling code: that of the Status field, unless it is as general as
    /// `5.0.0` and the words are more exact.
    pub(super) fn best(field: Option<&str>, words: &[&str]) -> Option<Self> {
        let field = field.and_then(Self::find);
        match field {
            Some(status) if !status.is_general() => Some(status),
            _ => {
                let mut found = words.iter().filter_map(|text| Self::find(text));
                found.find(|s| !s.is_general() && field.is_none_or(|f| f.class == s.class)).or(field)
            }
        }
    }

    /// Finds the first code in a text: `550 5.1.1 …`, `(#4.4.1)`. What has four numbers is an
    /// address of the network.
    pub(super) fn find(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(n) = bytes[at..].iter().position(|b| matches!(b, b'2' | b'4' | b'5')) {
            at += n;
            let is_start = at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'.');
            if is_start && let Some(status) = Self::at(&bytes[at..]) {
                return Some(status);
            }
            at += 1;
        }
        None
    }

    fn at(bytes: &[u8]) -> Option<Self> {
        let class = bytes.first()? - b'0';
        let [b'.', subject, b'.', rest @ ..] = bytes.get(1..)? else { return None };
        let n = rest.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
        let goes_on = rest.get(n) == Some(&b'.') && rest.get(n + 1).is_some_and(u8::is_ascii_digit);
        let is_word = rest.get(n).is_some_and(u8::is_ascii_alphanumeric);
        if !(b'0'..=b'7').contains(subject) || !(1..=3).contains(&n) || goes_on || is_word {
            return None;
        }
        let detail = rest[..n].iter().fold(0, |sum, b| sum * 10 + u16::from(b - b'0'));
        Some(Self { class, subject: subject - b'0', detail })
    }

    /// Tells whether the code says no more than success or failure.
    pub(super) fn is_general(self) -> bool {
        self.subject == 0
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// Finds the first SMTP reply of a failure in a text: `said: 550 …`, `421-…`.
pub(super) fn reply(text: &str) -> Option<u16> {
    let bytes = text.as_bytes();
    (0..bytes.len()).find_map(|at| {
        let [class @ b'4'..=b'5', second @ b'0'..=b'7', third @ b'0'..=b'9', end @ ..] = &bytes[at..] else {
            return None;
        };
        let is_start = at == 0
            || matches!(bytes[at - 1], b' ' | b'\n' | b'\t' | b':' | b'\'' | b'"' | b'(' | b'[' | b';');
        let is_end = match end {
            [] | [b'\n' | b':' | b',', ..] => true,
            // Not `after 500 messages`: a reply is followed by a text, a code or an address.
            [b' ' | b'-', next, ..] => {
                !next.is_ascii_lowercase() || at == 0 || bytes[at - 1] != b' ' || follows_a_colon(bytes, at)
            }
            _ => false,
        };
        (is_start && is_end)
            .then(|| u16::from(class - b'0') * 100 + u16::from(second - b'0') * 10 + u16::from(third - b'0'))
    })
}

fn follows_a_colon(bytes: &[u8], at: usize) -> bool {
    matches!(bytes[..at].trim_ascii_end().last(), Some(b':' | b';' | b'<'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_among_words() {
        for (text, expected) in [
            ("550 5.1.1 no such user", Some("5.1.1")),
            ("Sorry (#4.4.1)", Some("4.4.1")),
            ("smtp;550-5.7.26 see", Some("5.7.26")),
            ("5.0.0 (rejected)", Some("5.0.0")),
            ("ends with 5.1.10.", Some("5.1.10")),
            ("host 5.1.1.9 and 192.5.1.1 said", None),
            ("version 4.86, 8.5.1.1, 4.8.5", None),
            ("", None),
            ("5.", None),
            ("5.1.1a", None),
        ] {
            assert_eq!(Status::find(text).map(|s| s.to_string()).as_deref(), expected, "{text}");
        }
        assert_eq!(Status::best(Some("5.0.0"), &["550 5.1.1 x"]).map(|s| s.detail), Some(1));
        assert_eq!(Status::best(Some("5.0.0"), &["452 4.2.2 x"]).map(|s| s.class), Some(5));
        assert_eq!(Status::best(Some("4.4.7"), &["550 5.1.1 x"]).map(|s| s.class), Some(4));
    }

    #[test]
    fn a_reply_is_found_among_words() {
        for (text, expected) in [
            ("550 no", Some(550)),
            ("host x said: 450 try again", Some(450)),
            ("<<< 554-Transaction failed", Some(554)),
            ("(reason: 550 <a@x.test>... User unknown)", Some(550)),
            ("after 500 messages, or 450 seconds", None),
            ("1550 x, 192.0.2.450, id 55012", None),
        ] {
            assert_eq!(reply(text), expected, "{text}");
        }
    }
}
