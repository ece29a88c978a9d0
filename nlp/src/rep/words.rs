//! Cuts what was typed into tokens.
//!
//! Words are compared in lower case, in half-width letters and in simplified characters; what
//! was typed stays as it is, since names and texts are handed on as written.

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Letters of an alphabet, perhaps with digits behind them.
    Word,
    /// Digits.
    Number,
    /// One character of a script that is written without blanks.
    Han,
    /// A punctuation mark or another sign.
    Mark,
    /// An e-mail or web address.
    Address,
    /// A colleague's handle with its `@`.
    Handle,
    /// All that is too long to be looked at closely.
    Rest,
}

/// A piece of the text, in bytes.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub start: usize,
    pub end: usize,
    pub class: Class,
    /// How it is compared.
    pub word: String,
    /// Whether it begins with a capital letter.
    pub capital: bool,
    /// Whether a blank stands before it.
    pub gap: bool,
}

/// So many tokens are looked at; what stands behind them belongs to the words at the end.
pub(super) const TOKENS_MAX: usize = 120;

/// Cuts `text` into tokens; of a long text the last is [`Class::Rest`].
pub(super) fn cut(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    let mut gap = false;
    while let Some(c) = text[at..].chars().next() {
        if is_blank(c) {
            gap = true;
            at += c.len_utf8();
            continue;
        }
        if tokens.len() == TOKENS_MAX {
            tokens.push(Token {
                start: at,
                end: text.trim_end().len().max(at + c.len_utf8()),
                class: Class::Rest,
                word: String::new(),
                capital: false,
                gap,
            });
            break;
        }
        let (end, class) = piece(text, at, c);
        let raw = &text[at..end];
        tokens.push(Token { start: at, end, class, word: folded(raw), capital: c.is_uppercase(), gap });
        gap = false;
        at = end;
    }
    tokens
}

/// Returns where the piece at byte `at` ends, and what it is.
fn piece(text: &str, at: usize, c: char) -> (usize, Class) {
    let rest = &text[at..];
    let while_ = |f: fn(char) -> bool| at + rest.find(|c| !f(c)).unwrap_or(rest.len());
    if let Some(length) = address(rest) {
        return (at + length, Class::Address);
    }
    let slashed =
        rest.get(1..2) == Some("/") && matches!(c, 'w' | 'W') && !rest[2..].starts_with(['/', '\\']);
    if slashed && !text[..at].ends_with(|c: char| is_letter(c) || c == '/') {
        // w/ is with, w/o is without.
        let out = rest[2..].starts_with(['o', 'O']) && !rest[3..].starts_with(is_letter);
        return (at + 2 + usize::from(out), Class::Word);
    }
    match c {
        '@' | '＠' => {
            let after = at + c.len_utf8();
            let name = &text[after..];
            let end =
                name.find(|c: char| !(is_letter(c) || c.is_numeric() || is_han(c) || "._-".contains(c)));
            let end = after + end.unwrap_or(name.len());
            if end > after { (end, Class::Handle) } else { (after, Class::Mark) }
        }
        _ if is_digit(c) => (while_(is_digit), Class::Number),
        _ if is_han(c) => (at + c.len_utf8(), Class::Han),
        _ if is_letter(c) => {
            let end = while_(|c| is_letter(c) || is_digit(c));
            (with_apostrophe(text, at, end), Class::Word)
        }
        '\'' | '’' => match contraction(&text[at + c.len_utf8()..]).filter(|_| follows_word(text, at)) {
            Some(length) => (at + c.len_utf8() + length, Class::Word),
            None => (at + c.len_utf8(), Class::Mark),
        },
        _ => (at + c.len_utf8(), Class::Mark),
    }
}

/// Takes in what stands behind an apostrophe (`don't`, `O'Brien`), but no possessive and no verb:
/// `what's` are two words.
fn with_apostrophe(text: &str, at: usize, end: usize) -> usize {
    let rest = &text[end..];
    let Some(after) = rest.strip_prefix(['\'', '’']) else { return end };
    if contraction(after).is_some() {
        return end;
    }
    let letters = after.find(|c: char| !is_letter(c)).unwrap_or(after.len());
    if letters == 0 || end == at { end } else { text.len() - after.len() + letters }
}

/// Returns the length of `s`, `m`, `ll`, `re`, `ve` or `d`, if the word ends there.
fn contraction(after: &str) -> Option<usize> {
    ["s", "m", "ll", "re", "ve", "d"].iter().find_map(|end| {
        let head = after.get(..end.len())?;
        let ends = !after[end.len()..].starts_with(|c: char| is_letter(c) || is_digit(c));
        (head.eq_ignore_ascii_case(end) && ends).then_some(end.len())
    })
}

fn follows_word(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_some_and(is_letter)
}

/// Returns the length of the address that `rest` begins with.
fn address(rest: &str) -> Option<usize> {
    const LENGTH_MAX: usize = 254;
    if rest.starts_with("http://") || rest.starts_with("https://") {
        let end = rest.find(|c: char| is_blank(c) || is_han(c) || "，。；".contains(c));
        return Some(rest[..end.unwrap_or(rest.len())].trim_end_matches(['.', ',', ')', '!', '?']).len());
    }
    let part = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
    let local = rest.bytes().take(LENGTH_MAX).take_while(|b| part(char::from(*b))).count();
    let host = rest.get(local..)?.strip_prefix('@').filter(|_| local > 0)?;
    let length = host.bytes().take(LENGTH_MAX).take_while(|b| part(char::from(*b))).count();
    let host = host[..length].trim_end_matches(['.', '-', '_']);
    host.contains('.').then_some(local + 1 + host.len())
}

/// Folds a word for comparison.
pub(super) fn folded(raw: &str) -> String {
    match raw {
        "w/" | "W/" => return "with".to_owned(),
        "w/o" | "W/o" | "W/O" => return "without".to_owned(),
        _ => {}
    }
    raw.chars().flat_map(|c| half_width(c).to_lowercase()).map(crate::search::simplified).collect()
}

fn half_width(c: char) -> char {
    match c {
        '’' | '‘' => '\'',
        '￥' => '¥',
        '￡' => '£',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
}

fn is_digit(c: char) -> bool {
    matches!(c, '0'..='9' | '０'..='９')
}

fn is_letter(c: char) -> bool {
    c == '_' || c.is_alphabetic() && !is_han(c) || matches!(c, '\u{300}'..='\u{36f}')
}

/// Tells whether `c` is of a script that is written without blanks.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        cut(text).into_iter().map(|t| t.word).collect()
    }

    #[test]
    fn a_text_is_cut_as_it_is_read() {
        assert_eq!(words("What's up, don’t"), ["what", "'s", "up", ",", "don't"]);
        assert_eq!(words("T88 12k 3pm"), ["t88", "12", "k", "3", "pm"]);
        assert_eq!(words("Mr. O'Brien's"), ["mr", ".", "o'brien", "'s"]);
        assert_eq!(words("jan@novak.cz, @leo"), ["jan@novak.cz", ",", "@leo"]);
        assert_eq!(words("給Anna說"), ["给", "anna", "说"]);
        assert!(words(" \u{0}\u{200b}\n").is_empty());
    }

    #[test]
    fn what_is_too_long_is_one_last_token() {
        let text = "word ".repeat(10_000);
        let tokens = cut(&text);
        assert_eq!(tokens.len(), TOKENS_MAX + 1);
        assert_eq!(tokens.last().map(|t| t.end), Some(text.trim_end().len()));
    }
}
