//! Cuts a text into sentences and clauses.

/// Longest part of a text that is read, in bytes, about as much as entities are sought in.
const READ_BYTES_MAX: usize = 60_000;
/// Sentences that are longer, in bytes, are tables and pasted logs.
const SENTENCE_BYTES_MAX: usize = 1_000;

/// A piece of a text, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'t> {
    pub text: &'t str,
    pub start: usize,
}

impl<'t> Piece<'t> {
    /// Makes the piece from `start` to `end` without blanks around it; nothing if it is blank.
    pub fn new(text: &'t str, start: usize, end: usize) -> Option<Self> {
        let piece = &text[start..end];
        let trimmed = piece.trim_start_matches(|c: char| {
            c.is_whitespace() || matches!(c, '-' | '*' | '•' | '>' | ',' | '，' | '、')
        });
        let start = start + (piece.len() - trimmed.len());
        let trimmed = trimmed.trim_end();
        (!trimmed.is_empty()).then_some(Self { text: trimmed, start })
    }

    /// Returns where it ends.
    pub fn end(self) -> usize {
        self.start + self.text.len()
    }
}

/// Returns the sentences of `text` with the marks that end them.
pub(super) fn sentences(text: &str) -> Vec<Piece<'_>> {
    let text = &text[..text.floor_char_boundary(READ_BYTES_MAX)];
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        let next = chars.peek().map(|(_, c)| *c);
        let ends = match c {
            '?' | '!' => {
                !next.is_some_and(|n| matches!(n, '?' | '!' | '？' | '！'))
                    && !next.is_some_and(char::is_alphanumeric)
            }
            '？' | '！' | '。' | '；' | '…' => {
                !next.is_some_and(|n| matches!(n, '?' | '!' | '？' | '！' | '。' | '…'))
            }
            '\n' | '\r' => true,
            ';' => next.is_none_or(char::is_whitespace),
            '.' => next.is_none_or(char::is_whitespace) && !is_abbreviation(&text[start..at]),
            _ => false,
        };
        if ends {
            pieces.extend(Piece::new(text, start, end));
            start = end;
        }
    }
    pieces.extend(Piece::new(text, start, text.len()));
    pieces.retain(|piece| piece.text.len() <= SENTENCE_BYTES_MAX);
    pieces
}

/// Tells whether the full stop behind `head` belongs to its last word: Mr. Novak, no. 7.
fn is_abbreviation(head: &str) -> bool {
    let word = head.rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default();
    word.len() == 1 && word.starts_with(char::is_alphabetic)
        || [
            "mr", "mrs", "ms", "dr", "prof", "no", "nr", "inv", "st", "approx", "e.g", "i.e", "attn", "ref",
            "tel", "a.m", "p.m",
        ]
        .iter()
        .any(|short| word.eq_ignore_ascii_case(short))
}

/// Returns the clauses of a sentence: cut at commas, and before the words of a contrast.
pub(super) fn clauses<'t>(text: &'t str, sentence: Piece<'t>) -> Vec<Piece<'t>> {
    let mut cuts = vec![sentence.start];
    for (at, c) in sentence.text.char_indices() {
        let at = sentence.start + at;
        match c {
            ',' if text[at + 1..].starts_with(char::is_whitespace) => cuts.push(at + 1),
            '，' | '：' => cuts.push(at + c.len_utf8()),
            ' ' if [
                " but ",
                " however",
                " and i ",
                " and we ",
                " so i ",
                " so we ",
                " - ",
                " because ",
                " and i'll ",
                " and we'll ",
            ]
            .iter()
            .any(|word| text[at..].get(..word.len()).is_some_and(|here| here.eq_ignore_ascii_case(word))) =>
            {
                cuts.push(at);
            }
            _ => {}
        }
    }
    cuts.push(sentence.end());
    cuts.windows(2).filter_map(|cut| Piece::new(text, cut[0], cut[1])).collect()
}

/// Counts code points on a walk over a text.
pub(super) struct Counter<'t> {
    text: &'t str,
    byte: usize,
    chars: usize,
}

impl<'t> Counter<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, byte: 0, chars: 0 }
    }

    /// Returns how many code points stand before byte `at`, which must not go back.
    pub fn at(&mut self, at: usize) -> usize {
        self.chars += self.text[self.byte..at].chars().count();
        self.byte = at;
        self.chars
    }
}

/// Returns the words of `text` in lower case, apostrophes being straight.
pub(super) fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('’', "'")
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
