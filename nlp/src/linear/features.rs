//! The one way from text to features, for training and for reading.
//!
//! A text becomes *units* (a word, a single Han character, a sign), and units become *grams*: words, pairs of
//! neighbouring words, pieces of words, runs of up to three Han characters and signs, and what a text begins and
//! ends with. A gram is a 64-bit hash and the units that it covers. Nothing is allocated per gram, and the
//! buffers are kept from text to text.

use super::fold::{Folding, is_han};

/// At most so many characters of a text are read: the head and the tail.
const HEAD_CHARS_MAX: usize = 3000;
const TAIL_CHARS_MAX: usize = 1000;
/// Longer words are noise (keys, base64); their head is enough.
const WORD_CHARS_MAX: usize = 32;
/// How far ahead an address is looked for.
const ADDRESS_BYTES_MAX: usize = 200;
/// Lengths of the pieces of words: the longest, and the shortest of each sort of reader.
const PIECE_CHARS_MAX: usize = 5;
const PIECE_CHARS_MIN: usize = 3;
const FINE_PIECE_CHARS_MIN: usize = 1;
/// The longest run of Han characters that is a gram.
const HAN_RUN_MAX: usize = 3;

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitKind {
    /// A word of an alphabet, or a number.
    Word,
    /// One character of a script without spaces.
    Han,
    /// Punctuation, a currency sign, an emoji, an address.
    Mark,
}

/// A piece of the text as written.
#[derive(Clone, Copy, Debug)]
pub struct Unit {
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, exclusive.
    pub end: usize,
    /// What it is.
    pub kind: UnitKind,
}

/// A feature and the units that it covers, both ends included.
#[derive(Clone, Copy, Debug)]
pub struct Gram {
    /// Its name.
    pub hash: u64,
    /// The first unit.
    pub first: u16,
    /// The last unit.
    pub last: u16,
}

/// Which sort of gram a hash belongs to; keeps `cat` the word apart from `cat` the piece.
#[derive(Clone, Copy)]
enum Sort {
    Word = 1,
    Pair,
    Piece,
    Han,
    Mark,
    Capitals,
    Skip,
    Edge,
}

/// Reads features; reuse one for many texts.
#[derive(Debug)]
pub struct Features {
    folding: Folding,
    /// The units of the last text read.
    pub units: Vec<Unit>,
    /// The grams of the last text read, repeated as often as they occur; those of its edges come last.
    pub grams: Vec<Gram>,
    n_edges: usize,
    word: Vec<char>,
    reading: Place,
    /// The shortest piece of a word that is a gram.
    piece_min: usize,
    /// The longest run of Han characters that is one.
    run_max: usize,
}

/// Where the reader stands between two units.
#[derive(Debug, Default)]
struct Place {
    /// Hashes of the last word and the one before, 0 after a break.
    words: [u64; 2],
    /// The last Han characters of this run, the newest first.
    run: [char; HAN_RUN_MAX],
    n_run: usize,
}

impl Features {
    /// Makes a reader with empty buffers.
    pub fn new() -> Self {
        Self {
            folding: Folding::new(),
            units: Vec::new(),
            grams: Vec::new(),
            n_edges: 0,
            word: Vec::new(),
            reading: Place::default(),
            piece_min: PIECE_CHARS_MIN,
            run_max: HAN_RUN_MAX,
        }
    }

    /// Makes a reader that names pieces of one and two characters, too: they help to tell many
    /// labels apart, and make the engine's few less sure.
    pub fn fine() -> Self {
        Self { piece_min: FINE_PIECE_CHARS_MIN, ..Self::new() }
    }

    /// Leaves runs of three Han characters out: of many labels they say little, and take from the weight of
    /// what says more.
    pub fn with_short_runs(self) -> Self {
        Self { run_max: HAN_RUN_MAX - 1, ..self }
    }

    /// Reads `text`; units and grams of the text before are forgotten.
    pub fn read(&mut self, text: &str) {
        self.units.clear();
        self.grams.clear();
        match text.char_indices().nth(HEAD_CHARS_MAX) {
            None => self.read_part(text, 0),
            Some((head_end, _)) => {
                let tail = &text[head_end..];
                let tail_start = tail.char_indices().nth_back(TAIL_CHARS_MAX - 1).map_or(0, |(at, _)| at);
                self.read_part(&text[..head_end], 0);
                self.read_part(&tail[tail_start..], head_end + tail_start);
            }
        }
        let n_inner = self.grams.len();
        self.edges(text);
        self.n_edges = self.grams.len() - n_inner;
    }

    /// Returns the grams of the last text read without those of its edges.
    pub fn inner(&self) -> &[Gram] {
        &self.grams[..self.grams.len() - self.n_edges]
    }

    /// Names the Han characters and marks that a text begins and ends with: of a short one they tell much.
    fn edges(&mut self, text: &str) {
        let n = self.units.len();
        // Of a text of one unit there is none beside it.
        for (side, outer, inner) in [(1, 0, 1), (2, n.wrapping_sub(1), n.wrapping_sub(2))] {
            let Some(c) = self.sign_at(text, outer) else { continue };
            let edge = mix(mix(Sort::Edge as u64, side), c);
            self.grams.push(Gram { hash: finish(edge), first: outer as u16, last: outer as u16 });
            if let Some(c) = self.sign_at(text, inner) {
                let (first, last) = (outer.min(inner) as u16, outer.max(inner) as u16);
                self.grams.push(Gram { hash: finish(mix(edge, c)), first, last });
            }
        }
    }

    /// Returns what a unit that is no word begins with.
    fn sign_at(&mut self, text: &str, at: usize) -> Option<u64> {
        let unit = self.units.get(at).filter(|unit| unit.kind != UnitKind::Word)?;
        let c = text[unit.start..unit.end].chars().next()?;
        Some(self.folding.fold(c) as u64)
    }

    fn read_part(&mut self, part: &str, offset: usize) {
        self.reading = Place::default();
        let mut at = 0;
        while let Some(c) = part[at..].chars().next() {
            let len = if is_word(c) {
                self.word_at(part, at, offset)
            } else if is_han(c) {
                self.han(c, at + offset);
                c.len_utf8()
            } else {
                self.mark_at(part, at, offset)
            };
            at += len;
        }
    }

    /// Reads the word or address that begins at `at`; returns its length in bytes.
    fn word_at(&mut self, part: &str, at: usize, offset: usize) -> usize {
        self.reading.n_run = 0;
        if let Some((name, len)) = address(&part[at..]) {
            self.unit(at + offset, at + offset + len, UnitKind::Mark);
            self.gram(hash_of(Sort::Mark, name), 1);
            self.reading.words = [0; 2];
            return len;
        }
        self.word.clear();
        self.word.push('<');
        let (mut len, mut n_upper, mut n_chars) = (0, 0, 0);
        for c in part[at..].chars() {
            let belongs = is_word(c) || (is_apostrophe(c) && len > 0);
            if !belongs {
                break;
            }
            len += c.len_utf8();
            n_chars += 1;
            n_upper += usize::from(c.is_uppercase());
            let folded = self.folding.fold(c);
            // Long numbers are all alike: four digits say enough.
            let digits = self.word.len() >= 5 && self.word[self.word.len() - 4..].iter().all(|d| *d == '0');
            if self.word.len() <= WORD_CHARS_MAX && !(folded == '0' && digits) {
                self.word.push(folded);
            }
        }
        while self.word.last().is_some_and(|c| *c == '\'') {
            self.word.pop();
        }
        self.unit(at + offset, at + offset + len, UnitKind::Word);
        let hash = self.word[1..].iter().fold(Sort::Word as u64, |hash, c| mix(hash, *c as u64));
        self.word.push('>');
        self.gram(finish(hash), 1);
        if n_chars >= 3 && n_upper == n_chars {
            self.gram(hash_of(Sort::Capitals, ""), 1);
        }
        let [last, before] = self.reading.words;
        if last != 0 {
            self.gram(finish(mix(mix(Sort::Pair as u64, last), hash)), 2);
        }
        if before != 0 {
            self.gram(finish(mix(mix(Sort::Skip as u64, before), hash)), 3);
        }
        self.reading.words = [hash, last];
        self.pieces();
        len
    }

    /// Names the pieces of the word in the buffer.
    fn pieces(&mut self) {
        let unit = (self.units.len() - 1) as u16;
        for start in 0..self.word.len() {
            let mut hash = Sort::Piece as u64;
            for (n, c) in self.word[start..].iter().take(PIECE_CHARS_MAX).enumerate() {
                hash = mix(hash, *c as u64);
                if n + 1 >= self.piece_min {
                    self.grams.push(Gram { hash: finish(hash), first: unit, last: unit });
                }
            }
        }
    }

    fn han(&mut self, c: char, start: usize) {
        self.reading.words = [0; 2];
        self.in_run(c, start, UnitKind::Han);
    }

    /// Adds a character to the run of those without spaces between.
    fn in_run(&mut self, c: char, start: usize, kind: UnitKind) {
        self.unit(start, start + c.len_utf8(), kind);
        self.reading.run.rotate_right(1);
        self.reading.run[0] = self.folding.fold(c);
        self.reading.n_run = (self.reading.n_run + 1).min(HAN_RUN_MAX);
        let mut hash = Sort::Han as u64;
        for n in 0..self.reading.n_run.min(self.run_max) {
            hash = mix(hash, self.reading.run[n] as u64);
            self.gram(finish(hash), n + 1);
        }
    }

    /// Reads what is neither word nor Han; returns its length in bytes.
    fn mark_at(&mut self, part: &str, at: usize, offset: usize) -> usize {
        let Some(c) = part[at..].chars().next() else { return 0 };
        let folded = self.folding.fold(c);
        match folded {
            '\n' | '\r' => self.reading = Place::default(),
            // A space ends a run of Han characters, but words still have neighbours.
            _ if c.is_whitespace() || c.is_control() => self.reading.n_run = 0,
            _ => {
                if matches!(folded, '.' | ';' | '。' | '；' | ':' | '!' | '?') {
                    self.reading.words = [0; 2];
                }
                self.in_run(c, at + offset, UnitKind::Mark);
            }
        }
        c.len_utf8()
    }

    fn unit(&mut self, start: usize, end: usize, kind: UnitKind) {
        self.units.push(Unit { start, end, kind });
    }

    /// Adds a gram that covers the last `n_units` units.
    fn gram(&mut self, hash: u64, n_units: usize) {
        let last = self.units.len() - 1;
        // Texts are cut to some thousand characters, so a unit's number fits.
        self.grams.push(Gram { hash, first: (last + 1).saturating_sub(n_units) as u16, last: last as u16 });
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || (!c.is_ascii() && c.is_alphanumeric() && !is_han(c))
}

const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{02bc}')
}

/// Tells whether a sign says nothing to a reader, whatever it says to the engine.
pub const fn is_silent(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '-' | '_' | '/' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '"' | '\''
        | '`' | '*' | '~' | '=' | '+' | '|' | '\\' | '\u{b7}' | '\u{ab}' | '\u{bb}' | '\u{2010}'..='\u{206f}'
        | '\u{2190}'..='\u{21ff}' | '\u{2500}'..='\u{259f}' | '\u{3000}'..='\u{303f}' | '\u{fe00}'..='\u{fe6f}'
        | '（' | '）' | '，' | '．' | '：' | '；' | '～' | '\u{fff0}'..='\u{ffff}' | '\u{1f3fb}'..='\u{1f3ff}'
        | '\u{e0000}'..)
}

/// Finds a web or e-mail address at the start of `rest`: its placeholder and length in bytes.
fn address(rest: &str) -> Option<(&'static str, usize)> {
    let end = rest
        .char_indices()
        .find(|(at, c)| {
            *at >= ADDRESS_BYTES_MAX
                || !c.is_ascii()
                || c.is_whitespace()
                || matches!(c, '<' | '>' | '"' | ')')
        })
        .map_or(rest.len(), |(at, _)| at);
    let chunk = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?']);
    if chunk.contains("://") || chunk.starts_with("www.") {
        return Some(("url", chunk.len()));
    }
    let (_, domain) = chunk.split_once('@')?;
    domain.contains('.').then_some(("email", chunk.len()))
}

fn hash_of(sort: Sort, name: &str) -> u64 {
    finish(name.bytes().fold(sort as u64, |hash, byte| mix(hash, u64::from(byte))))
}

pub(crate) const fn mix(hash: u64, x: u64) -> u64 {
    (hash ^ x).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

pub(crate) const fn finish(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^ (hash >> 29)
}
