//! Finding and blotting out what names a person in words about others.

/// What takes the place of each letter: words keep their length, so that what points into them
/// still fits.
const BLOT: char = '█';

/// What names a person: addresses and full names.
#[derive(Clone, Debug, Default)]
pub(super) struct Needles(Vec<Vec<char>>);

impl Needles {
    /// Adds an address, number or account, whole.
    pub(super) fn add_address(&mut self, address: &str) {
        self.add(address);
    }

    /// Adds a full name, also in its other order. A single word is no full name: it may be
    /// anybody's, or a word of the language. Of Chinese, two signs are one.
    pub(super) fn add_name(&mut self, name: &str) {
        let words: Vec<&str> =
            name.split_whitespace().map(|w| w.trim_matches([',', '"', '\'', ';'])).collect();
        let words: Vec<&str> = words.into_iter().filter(|w| !w.is_empty()).collect();
        match &words[..] {
            [] => {}
            [one] if one.chars().filter(|c| is_han(*c)).count() >= 2 => self.add(one),
            [_] => {}
            [first, last] => {
                self.add(&format!("{first} {last}"));
                self.add(&format!("{last} {first}"));
                self.add(&format!("{last}, {first}"));
            }
            _ => self.add(&words.join(" ")),
        }
    }

    fn add(&mut self, text: &str) {
        let needle: Vec<char> = fold(text.trim()).collect();
        if needle.len() >= 2 && !self.0.contains(&needle) {
            self.0.push(needle);
            // The longest first: an address before the name in it.
            self.0.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        }
    }

    /// Returns what names the person, folded.
    pub(super) fn texts(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|needle| needle.iter().collect())
    }

    /// Blots out all that names the person; nothing if nothing does.
    pub(super) fn redact(&self, text: &str) -> Option<String> {
        let mut chars: Vec<char> = text.chars().collect();
        // One folded letter for each letter, so that places agree.
        let folded: Vec<char> = chars.iter().map(|c| fold_char(*c)).collect();
        let mut found = false;
        for needle in &self.0 {
            let mut at = 0;
            while at < folded.len() {
                match matches_at(&folded, at, needle) {
                    Some(end) => {
                        let blot = |c: &mut char| *c = if c.is_whitespace() { *c } else { BLOT };
                        chars[at..end].iter_mut().for_each(blot);
                        found = true;
                        at = end;
                    }
                    None => at += 1,
                }
            }
        }
        found.then(|| chars.into_iter().collect())
    }

    /// Tells whether bytes of whatever form name the person.
    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        self.redact(&String::from_utf8_lossy(bytes)).is_some()
    }
}

/// Tells where a needle that begins at `at` ends. A space of the needle is any white space of
/// the text with the marks of a quoted line in it, or what stands for a space in the names of files
/// and in links.
fn matches_at(text: &[char], at: usize, needle: &[char]) -> Option<usize> {
    let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() && !is_han(*c));
    if word(text.get(at)) && at > 0 && word(text.get(at - 1)) {
        return None;
    }
    let mut i = at;
    for &c in needle {
        if c == ' ' {
            let from = i;
            while let Some(rest) = text.get(i..)
                && let Some(n) = gap(rest)
            {
                i += n;
            }
            if i == from {
                return None;
            }
        } else if text.get(i) == Some(&c) {
            i += 1;
        } else {
            return None;
        }
    }
    let inside = word(text.get(i)) && word(text.get(i - 1));
    (!inside).then_some(i)
}

/// Tells how many letters at the start of a text are a gap between two words.
fn gap(text: &[char]) -> Option<usize> {
    match text {
        [c, ..] if c.is_whitespace() || matches!(c, '>' | '-' | '_' | '.' | '+') => Some(1),
        ['%', '2', '0', ..] => Some(3),
        _ => None,
    }
}

pub(super) fn fold(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| if c.is_whitespace() { ' ' } else { fold_char(c) })
}

fn fold_char(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needles() -> Needles {
        let mut needles = Needles::default();
        needles.add_address("anna.novak@example.org");
        needles.add_name("Anna Nováková");
        needles.add_name("王小芳");
        needles.add_name("Max");
        needles
    }

    #[test]
    fn names_and_addresses_are_blotted_out_letter_by_letter() {
        let needles = needles();
        for (text, expected) in [
            ("Cc: ANNA Nováková <Anna.Novak@Example.org>", "Cc: ████ ████████ <██████████████████████>"),
            ("as Nováková, Anna said", "as █████████ ████ said"),
            ("so Anna\n> Nováková wrote", "so ████\n█ ████████ wrote"),
            ("请转告王小芳谢谢", "请转告███谢谢"),
            ("Anna-Nováková-offer.pdf", "█████████████-offer.pdf"),
            ("scan_nováková_anna.jpg", "scan_█████████████.jpg"),
            ("files/Anna%20Nováková.pdf", "files/███████████████.pdf"),
        ] {
            let redacted = needles.redact(text).unwrap();
            assert_eq!(redacted, expected);
            assert_eq!(redacted.chars().count(), text.chars().count());
        }
    }

    #[test]
    fn words_that_only_look_like_it_stay() {
        for text in [
            "Joanna Nováková",
            "Joanna-Nováková.pdf",
            "Anna Novákovás",
            "Anna/Nováková",
            "Max",
            "Anna",
            "",
            "xanna.novak@example.org",
            "王小",
        ] {
            assert_eq!(needles().redact(text), None, "{text}");
        }
    }
}
