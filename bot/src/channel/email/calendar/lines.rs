//! The content lines of iCalendar (RFC 5545, 3.1): folding, parameters, escapes.

use std::borrow::Cow;

/// More lines than these are passed over: an invitation has some dozens.
const LINES_MAX: usize = 20_000;

/// Longest line that is read, unfolded, in bytes.
const LINE_BYTES_MAX: usize = 64 << 10;

/// One property: `DTSTART;TZID=Europe/Berlin:20260301T100000`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// The line of the file on which it begins, from 1.
    pub at: usize,
    /// Its name in upper case, without a group.
    pub name: String,
    /// Its parameters: names in upper case, values without quotes.
    params: Vec<(String, String)>,
    /// Its value as written.
    pub value: String,
}

impl Line {
    /// Returns a parameter by its name in upper case.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Returns the value of a text, its escapes undone (RFC 5545, 3.3.11).
    pub(crate) fn text(&self) -> String {
        let mut out = String::with_capacity(self.value.len());
        let mut chars = self.value.chars();
        while let Some(c) = chars.next() {
            match (c, chars.clone().next()) {
                ('\\', Some('n' | 'N')) => out.push('\n'),
                ('\\', Some(escaped @ ('\\' | ',' | ';' | ':' | '"'))) => out.push(escaped),
                _ => {
                    out.push(c);
                    continue;
                }
            }
            chars.next();
        }
        out
    }

    fn read(line: &str, at: usize) -> Option<Self> {
        // A colon or a semicolon in quotes does not end a parameter.
        let mut quoted = false;
        let mut cuts = line.char_indices().filter(|(_, c)| {
            quoted ^= *c == '"';
            !quoted && matches!(c, ':' | ';')
        });
        let mut from = 0;
        let mut pieces = Vec::new();
        let value_at = loop {
            let (at, c) = cuts.next()?;
            pieces.push(&line[from..at]);
            from = at + 1;
            if c == ':' {
                break from;
            }
        };
        let (name, params) = pieces.split_first()?;
        let name = name.rsplit('.').next().unwrap_or(name).trim().to_ascii_uppercase();
        let param = |piece: &&str| {
            let (name, value) = piece.split_once('=')?;
            Some((name.trim().to_ascii_uppercase(), value.trim().trim_matches('"').to_owned()))
        };
        let params = params.iter().filter_map(param).collect();
        (!name.is_empty()).then(|| Self { at, name, params, value: line[value_at..].trim().to_owned() })
    }
}

/// Reads the properties of a mail's calendar, as [`read_up_to`] does.
pub(super) fn read(ics: &str) -> Vec<Line> {
    read_up_to(ics, LINES_MAX)
}

/// Reads the properties of the first lines, the folded ones joined; lines end in `\r\n`, `\n` or `\r`.
pub(crate) fn read_up_to(ics: &str, lines_max: usize) -> Vec<Line> {
    let text: Cow<'_, str> =
        if ics.contains('\r') { ics.replace("\r\n", "\n").replace('\r', "\n").into() } else { ics.into() };
    let mut out = Vec::new();
    let mut open = String::new();
    let mut open_at = 1;
    for (n, line) in text.lines().take(lines_max).chain([""]).enumerate() {
        match line.strip_prefix([' ', '\t']) {
            Some(rest) if !open.is_empty() => {
                if open.len() < LINE_BYTES_MAX {
                    open.push_str(rest);
                }
            }
            _ => {
                out.extend(Line::read(&open, open_at));
                open_at = n + 1;
                open.clear();
                open.push_str(&line[..line.floor_char_boundary(LINE_BYTES_MAX)]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_unfolded_and_cut() {
        for end in ["\r\n", "\n", "\r"] {
            let ics = "SUMMARY;LANGUAGE=en;X=\"a;b:c\":Review\\, yearly\\; at 10:00\\nnow\n  \\\\ x\nitem1.NOTE:\nno property\n : x".replace('\n', end);
            let lines = read(&ics);
            assert_eq!(lines.len(), 3, "{lines:?}");
            assert_eq!(lines[0].text(), "Review, yearly; at 10:00\nnow \\ x");
            assert_eq!((lines[0].param("LANGUAGE"), lines[0].param("X")), (Some("en"), Some("a;b:c")));
            assert_eq!((lines[1].name.as_str(), lines[1].value.as_str()), ("NOTE", ""));
            assert_eq!(lines.iter().map(|line| line.at).collect::<Vec<_>>(), [1, 3, 4]);
        }
    }
}
