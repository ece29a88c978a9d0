//! Breaks lines at a width, with Chinese, Japanese and Korean letters two columns wide; pure.

use std::ops::Range;

use rapport_prompts::format::columns;

/// Signs that do not begin a line, as typesetters have it.
const NOT_FIRST: &str = "，。、；：？！”’）》〉」』】…—,.;:?!)]}";

/// Returns the lines of `text`, of at most `width` columns, as ranges of its bytes. `text` is of
/// one line. A word that is wider than a line is broken.
pub(super) fn lines(text: &str, width: usize) -> Vec<Range<usize>> {
    let width = width.max(2);
    let mut lines = Vec::new();
    let (mut start, mut used) = (0, 0);
    // Where the present line may end, and where the next then begins.
    for piece in pieces(text) {
        let cols = columns(&text[piece.clone()]);
        let blank = text[piece.clone()].trim().is_empty();
        if used + cols <= width {
            used += cols;
            continue;
        }
        if blank {
            // What is at the end of a line is not seen.
            lines.push(start..piece.start);
            (start, used) = (piece.end, 0);
            continue;
        }
        if used > 0 {
            lines.push(start..piece.start);
            (start, used) = (piece.start, 0);
        }
        for (i, c) in text[piece.clone()].char_indices() {
            let cols = columns(c.encode_utf8(&mut [0; 4]));
            if used + cols > width {
                lines.push(start..piece.start + i);
                (start, used) = (piece.start + i, 0);
            }
            used += cols;
        }
    }
    if start < text.len() || lines.is_empty() {
        lines.push(start..text.len());
    }
    let trimmed = |line: Range<usize>| line.start..line.start + text[line].trim_end().len();
    lines.into_iter().map(trimmed).collect()
}

/// Cuts a text into words, blanks, and single wide letters with the signs that follow them.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut last = Sort::Blank;
    for (i, c) in text.char_indices() {
        let sort = match c {
            c if NOT_FIRST.contains(c) => Sort::Closing,
            c if c.is_whitespace() => Sort::Blank,
            c if columns(c.encode_utf8(&mut [0; 4])) == 2 => Sort::Wide,
            _ => Sort::Word,
        };
        let joins = match (last, sort) {
            (Sort::Blank, Sort::Closing) | (Sort::Closing | Sort::Wide, Sort::Word) => false,
            // An opening mark takes its letter along; a closing one stays with what it closes.
            (_, Sort::Closing) => true,
            (a, b) => a == b && b != Sort::Wide,
        };
        let end = i + c.len_utf8();
        match pieces.last_mut().filter(|_| joins) {
            Some(piece) => piece.end = end,
            None => pieces.push(i..end),
        }
        // "3.5", "anna@x.example" and "customer’s" stay whole.
        last = if sort == Sort::Closing && last == Sort::Word && (c.is_ascii() || c == '’') {
            Sort::Word
        } else {
            sort
        };
    }
    pieces
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Blank,
    Word,
    Wide,
    Closing,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, width: usize, expected: &[&str]) {
        let found: Vec<&str> = lines(text, width).into_iter().map(|r| &text[r]).collect();
        assert_eq!(found, expected, "{text:?}");
        assert!(found.iter().all(|l| columns(l) <= width), "{found:?}");
    }

    #[test]
    fn a_line_ends_between_words_or_wide_letters() {
        check("", 10, &[""]);
        check("a short line", 20, &["a short line"]);
        check("the pump makes noise", 9, &["the pump", "makes", "noise"]);
        check("the pump  makes", 8, &["the pump", "makes"]);
        check("unbreakable-word", 6, &["unbrea", "kable-", "word"]);
        check("水泵有异响，请尽快处理。", 10, &["水泵有异", "响，请尽快", "处理。"]);
        check("订单BW-24117已发货", 12, &["订单BW-24117", "已发货"]);
        check("12.50 EUR, net", 10, &["12.50 EUR,", "net"]);
        check("the customer’s first", 14, &["the customer’s", "first"]);
        check("the customer’s first", 13, &["the", "customer’s", "first"]);
    }
}
