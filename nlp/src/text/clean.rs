//! Small cleanings: blanks, subjects, excerpts.

use std::borrow::Cow;

/// Returns what an engine reads of a text: blanks collapsed to single spaces, nothing at the
/// ends, zero-width and control characters gone. Borrows where the text is clean already.
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_clean(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut blank = false;
    for c in text.chars() {
        if c.is_whitespace() {
            blank = !out.is_empty();
        } else if !is_invisible(c) {
            if std::mem::take(&mut blank) {
                out.push(' ');
            }
            out.push(c);
        }
    }
    Cow::Owned(out)
}

fn is_clean(text: &str) -> bool {
    let mut before = ' ';
    for c in text.chars() {
        if c == ' ' && before == ' ' || c != ' ' && (c.is_whitespace() || is_invisible(c)) {
            return false;
        }
        before = c;
    }
    before != ' ' || text.is_empty()
}

/// Tells whether a character shows nothing: controls, zero-width characters, direction marks.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Marks that programs put before the subject of an answer or a forward, in lower case.
const PREFIXES: [&str; 25] = [
    "re", "fw", "fwd", "aw", "antw", "antwort", "wg", "sv", "vs", "vb", "tr", "rv", "res", "enc", "ref",
    "odp", "回复", "回覆", "答复", "答覆", "转发", "轉發", "转寄", "轉寄", "返信",
];

/// Returns the subject under which answers and forwards meet: without their marks, in lower
/// case, blanks collapsed. It may be empty.
pub fn subject_key(subject: &str) -> String {
    let cleaned = clean(subject).to_lowercase();
    let mut rest = cleaned.as_str();
    while let Some(after) = without_prefix(rest) {
        rest = after;
    }
    rest.to_owned()
}

/// Removes one mark: `Re:`, `RE[2]:`, `AW (3):`, `回复：`.
fn without_prefix(subject: &str) -> Option<&str> {
    let subject = subject.trim_start();
    let end = subject.find([':', '：']).filter(|end| *end <= 20)?;
    let (mark, after) = subject.split_at(end);
    let word = mark.trim_end_matches(|c: char| {
        c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')' | '^' | ' ' | '*')
    });
    let after = after.trim_start_matches([':', '：']).trim_start();
    PREFIXES.contains(&word).then_some(after)
}

/// Returns the start of a text in one line of at most `chars_max` characters, cut between
/// words where they have gaps and ending in `…` when something was cut.
pub fn excerpt(text: &str, chars_max: usize) -> String {
    // A prefix is enough: each character of the result takes few of the text.
    let text = text.trim_start();
    let end = text
        .char_indices()
        .nth(chars_max.saturating_mul(4).saturating_add(64))
        .map_or(text.len(), |(at, _)| at);
    let cleaned = clean(&text[..end]);
    if end == text.len() && cleaned.chars().nth(chars_max).is_none() {
        return cleaned.into_owned();
    }
    if chars_max == 0 {
        return String::new();
    }
    let room = cleaned.char_indices().nth(chars_max - 1).map_or(cleaned.len(), |(at, _)| at);
    let start = &cleaned[..room];
    // Do not give up half of the room for a gap: Chinese has none.
    let ends_a_word = cleaned[room..].is_empty() || cleaned[room..].starts_with(' ');
    let gap = if ends_a_word { Some(room) } else { start.rfind(' ') };
    let start = gap.filter(|gap| *gap * 2 >= room).map_or(start, |gap| &start[..gap]);
    format!("{}…", start.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_reads_single_blanks() {
        for (text, expected) in [
            ("", ""),
            ("a b", "a b"),
            (" a\r\n\tb  c ", "a b c"),
            ("a\u{200B}b\u{FEFF}\u{0}c", "abc"),
            ("你\u{3000}好", "你 好"),
            ("\u{200B}", ""),
        ] {
            assert_eq!(clean(text), expected, "{text:?}");
        }
        assert!(matches!(clean("clean 文本"), Cow::Borrowed(_)));
    }

    #[test]
    fn answers_and_forwards_meet_under_one_subject() {
        for (subject, expected) in [
            ("Offer 42", "offer 42"),
            ("Re: RE:re : Offer  42", "offer 42"),
            ("Fwd: AW: Re[2]: Offer 42", "offer 42"),
            ("AW (3): WG: Offer 42", "offer 42"),
            ("回复：答复: 转发：报价", "报价"),
            ("回复(2): 报价", "报价"),
            ("SV: Antw: TR: RV: x", "x"),
            ("Re:", ""),
            ("Reply: x", "reply: x"),
            ("10:30 meeting", "10:30 meeting"),
            ("Re", "re"),
            ("", ""),
        ] {
            assert_eq!(subject_key(subject), expected, "{subject}");
        }
        assert_eq!(subject_key(&"Re: ".repeat(100_000)), "");
    }

    #[test]
    fn an_excerpt_keeps_its_limit() {
        for (text, chars_max, expected) in [
            ("short", 10, "short"),
            ("exactly ten", 11, "exactly ten"),
            ("one two three four", 12, "one two…"),
            ("one two three", 8, "one two…"),
            ("incomprehensibilities", 8, "incompr…"),
            ("你好，我想要一份报价单", 5, "你好，我…"),
            ("  a \n b  ", 10, "a b"),
            ("abc", 0, ""),
            ("", 5, ""),
        ] {
            let excerpt = excerpt(text, chars_max);
            assert_eq!(excerpt, expected, "{text}");
            assert!(excerpt.chars().count() <= chars_max);
        }
    }

    #[test]
    fn an_excerpt_keeps_its_limit_where_most_of_the_text_shows_nothing() {
        let hidden = "\u{200B}".repeat(500);
        for (chars_max, expected) in [(0, ""), (1, "…"), (2, "a…"), (3, "ab…"), (4, "abc…")] {
            assert_eq!(excerpt(&format!("abc{hidden}def"), chars_max), expected);
        }
    }
}
