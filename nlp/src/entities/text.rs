//! A text as the scanners see it: folded to plain forms and cut into tokens, once.

/// Longest part of a text that is read, in code points. A mail beyond it is a log or a
/// pasted document, whose numbers are not what its writer wants to tell us.
const READ_CHARS_MAX: usize = 20_000;

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// ASCII digits.
    Digits,
    /// Letters of an alphabet, with apostrophes between them.
    Word,
    /// One character of a script that is written without blanks.
    Han,
    /// One character of any other kind.
    Mark,
}

/// What stands before a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing: it touches the token before it.
    None,
    /// Blanks.
    Space,
    /// The end of a line, or the start of the text.
    Line,
}

/// A piece of the text; positions are bytes of the folded text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    pub class: Class,
    pub gap: Gap,
    /// Its first character, in lower case: tells at once that nothing begins here.
    pub first: char,
}

/// A folded text. Full-width letters, digits and signs became ASCII, every blank a space or a
/// line feed, every hyphen and en dash `-`; one code point stays one code point.
pub(super) struct Text {
    /// The folded text with its capitals.
    pub plain: String,
    /// The same in lower case; bytes have the same positions.
    pub lower: String,
    /// Its tokens, blanks left out.
    pub tokens: Vec<Token>,
    /// Whether it has characters of Chinese.
    pub has_han: bool,
    /// Whether it has characters that only Japanese uses.
    pub has_kana: bool,
}

impl Text {
    /// Folds and cuts `original`.
    pub fn new(original: &str) -> Self {
        let capacity = original.len().min(4 * READ_CHARS_MAX);
        let mut text = Self {
            plain: String::with_capacity(capacity),
            lower: String::with_capacity(capacity),
            tokens: Vec::with_capacity(capacity / 4),
            has_han: false,
            has_kana: false,
        };
        let mut gap = Gap::Line;
        for c in original.chars().take(READ_CHARS_MAX) {
            let c = fold(c);
            let start = text.plain.len();
            let small = lower(c);
            text.plain.push(c);
            text.lower.push(small);
            match c {
                '\n' => gap = Gap::Line,
                ' ' if gap == Gap::None => gap = Gap::Space,
                ' ' => {}
                _ => {
                    text.add(c, small, start, gap);
                    gap = Gap::None;
                }
            }
        }
        text
    }

    /// Adds `c`, in lower case `small`, to the token before it, or makes one of it.
    fn add(&mut self, c: char, small: char, start: usize, gap: Gap) {
        let class = classify(c);
        self.has_kana |= class == Class::Han && is_kana(c);
        self.has_han |= class == Class::Han && !is_kana(c);
        let end = start + c.len_utf8();
        let n = self.tokens.len();
        if gap == Gap::None && matches!(class, Class::Digits | Class::Word) {
            if let Some(last) = self.tokens.last_mut().filter(|last| last.class == class) {
                last.end = end;
                return;
            }
            // An apostrophe between letters belongs to its word: o'clock, don't.
            if class == Class::Word
                && n >= 2
                && self.tokens[n - 1].gap == Gap::None
                && self.tokens[n - 2].class == Class::Word
                && &self.plain[self.tokens[n - 1].start..self.tokens[n - 1].end] == "'"
            {
                self.tokens.pop();
                self.tokens[n - 2].end = end;
                return;
            }
        }
        self.tokens.push(Token { start, end, class, gap, first: small });
    }

    /// Returns token `i` in lower case; empty beyond the ends.
    pub fn word(&self, i: usize) -> &str {
        self.tokens.get(i).map_or("", |t| &self.lower[t.start..t.end])
    }

    /// Returns token `i` as it is written; empty beyond the ends.
    pub fn raw(&self, i: usize) -> &str {
        self.tokens.get(i).map_or("", |t| &self.plain[t.start..t.end])
    }

    /// Returns the class of token `i`.
    pub fn class(&self, i: usize) -> Option<Class> {
        self.tokens.get(i).map(|t| t.class)
    }

    /// Returns the lower-case word `back` tokens before token `i`; empty beyond the start.
    pub fn word_before(&self, i: usize, back: usize) -> &str {
        i.checked_sub(back).map_or("", |j| self.word(j))
    }

    /// Tells whether token `i` touches the one before it.
    pub fn touches(&self, i: usize) -> bool {
        self.tokens.get(i).is_some_and(|t| t.gap == Gap::None)
    }

    /// Tells whether token `i` stands on the same line as the one before it.
    pub fn same_line(&self, i: usize) -> bool {
        self.tokens.get(i).is_some_and(|t| t.gap != Gap::Line)
    }

    /// Returns the number that token `i` writes in at most nine digits.
    pub fn digits(&self, i: usize) -> Option<u32> {
        let token = self.tokens.get(i).filter(|t| t.class == Class::Digits && t.end - t.start <= 9)?;
        self.plain[token.start..token.end].parse().ok()
    }

    /// Returns where token `i` ends without a genitive `'s`.
    pub fn bare_end(&self, i: usize) -> usize {
        self.tokens[i].end - if self.word(i).ends_with("'s") { 2 } else { 0 }
    }

    /// Returns how many characters token `i` has in bytes.
    pub fn width(&self, i: usize) -> usize {
        self.tokens.get(i).map_or(0, |t| t.end - t.start)
    }

    /// Returns the first token that starts at byte `at` or later.
    pub fn token_at(&self, at: usize) -> usize {
        self.tokens.partition_point(|t| t.start < at)
    }

    /// Returns the character before byte `at`.
    pub fn char_before(&self, at: usize) -> Option<char> {
        self.plain[..at].chars().next_back()
    }

    /// Returns the character at byte `at`.
    pub fn char_at(&self, at: usize) -> Option<char> {
        self.plain[at..].chars().next()
    }
}

/// Tells whether `c` may stand inside a word or number that is written with blanks around it.
pub(super) fn is_word_char(c: char) -> bool {
    c == '_' || matches!(classify(c), Class::Digits | Class::Word)
}

/// Tells whether `c` is of a script that is written without blanks.
pub(super) fn is_han(c: char) -> bool {
    classify(c) == Class::Han
}

/// Folds one character, for names that are compared with a folded text.
pub(super) fn fold_lower(c: char) -> char {
    lower(fold(c))
}

fn fold(c: char) -> char {
    match c {
        ' '..='~' => c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '\u{2010}'..='\u{2013}' | '\u{2212}' => '-',
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{ffe5}' => '¥',
        '\u{ffe1}' => '£',
        // A full-width comma parts sentences: as an ASCII comma it would group digits.
        '\u{ff0c}' => c,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).expect("full-width forms mirror ASCII"),
        _ => c,
    }
}

/// Lower case that keeps the number of code points and bytes.
fn lower(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    // Beyond the alphabets hardly any script has capitals, and asking costs time.
    if c >= '\u{2e80}' {
        return c;
    }
    let mut small = c.to_lowercase();
    match (small.next(), small.next()) {
        (Some(one), None) if one.len_utf8() == c.len_utf8() => one,
        _ => c,
    }
}

fn classify(c: char) -> Class {
    match c {
        '0'..='9' => Class::Digits,
        'a'..='z' | 'A'..='Z' => Class::Word,
        '\0'..='\u{7f}' => Class::Mark,
        '\u{300}'..='\u{36f}' => Class::Word,
        '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Class::Han,
        _ if c.is_alphabetic() => Class::Word,
        _ => Class::Mark,
    }
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(original: &str) -> Vec<String> {
        let text = Text::new(original);
        (0..text.tokens.len()).map(|i| text.word(i).to_owned()).collect()
    }

    #[test]
    fn a_text_is_cut_into_words_digits_marks_and_characters() {
        assert_eq!(words("At 10 O’Clock, 3pm"), ["at", "10", "o'clock", ",", "3", "pm"]);
        assert_eq!(words("下周３"), ["下", "周", "3"]);
        assert_eq!(words("it's 'quoted'"), ["it's", "'", "quoted", "'"]);
        assert!(words(" \u{3000}\n").is_empty());
    }

    #[test]
    fn folding_keeps_the_number_of_code_points() {
        for original in ["ＡＢＣ１２３", "İstanbul ẞ K", "￥５００", "a\u{301}\u{2028}b", "–−‑"]
        {
            let text = Text::new(original);
            assert_eq!(text.plain.chars().count(), original.chars().count(), "{original}");
            assert_eq!(text.plain.len(), text.lower.len(), "{original}");
        }
    }
}
