//! What each word in Latin letters says of being a name, for the finders of persons and
//! companies.

use super::names::{NAMES, bare};
use super::text::{Class, Gap, Text};

/// Words of a name at most, without particles.
pub(super) const NAME_WORDS_MAX: usize = 4;

/// What is known of a word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Word {
    /// It begins with a capital.
    pub cap: bool,
    /// It has at least two letters, all of them capitals.
    pub upper: bool,
    /// It has a capital inside, as brands have: ParcelHive.
    pub camel: bool,
    /// It is a given name and nothing else.
    pub given: bool,
    /// It is a given name and a word.
    pub given_word: bool,
    /// It is a given name and a place.
    pub given_place: bool,
    pub surname: bool,
    /// It is a romanised surname of East Asia.
    pub roman: bool,
    pub place: bool,
    pub common: bool,
    /// It says what a company does.
    pub noun: bool,
    pub job: bool,
}

impl Word {
    /// Tells whether it can be a given name at all.
    pub fn any_given(self) -> bool {
        self.given || self.given_word || self.given_place
    }

    /// Tells whether it may be a name that no list has.
    pub fn unknown(self) -> bool {
        self.cap && !self.common && !self.place && !self.noun && !self.job && !self.given_word
    }
}

/// The words of a text with what is known of them.
pub(super) struct Latin<'t> {
    pub text: &'t Text,
    words: Vec<Word>,
    /// Most of the text is in capitals, or in small letters: capitals say nothing there.
    pub shouted: bool,
}

impl<'t> Latin<'t> {
    /// Looks up the words of `text`.
    pub fn new(text: &'t Text) -> Self {
        let (mut n_upper, mut n_words) = (0, 0);
        let words = (0..text.tokens.len())
            .map(|i| {
                if text.tokens[i].class != Class::Word {
                    return Word::default();
                }
                let word = look_up(text, i);
                n_words += usize::from(text.width(i) > 1);
                n_upper += usize::from(word.upper);
                word
            })
            .collect();
        Self { text, words, shouted: n_words >= 4 && n_upper * 10 > n_words * 7 }
    }

    /// Returns what is known of token `i`; nothing for marks and beyond the ends.
    pub fn at(&self, i: usize) -> Word {
        self.words.get(i).copied().unwrap_or_default()
    }

    /// Tells whether token `i` is a word with a capital.
    pub fn cap(&self, i: usize) -> bool {
        self.at(i).cap
    }

    /// Tells whether token `i` begins a sentence or a line.
    pub fn begins_sentence(&self, i: usize) -> bool {
        i == 0
            || !self.text.same_line(i)
            || matches!(
                self.text.word(i - 1),
                "." | "!"
                    | "?"
                    | ":"
                    | ";"
                    | "。"
                    | "！"
                    | "？"
                    | "-"
                    | "•"
                    | "*"
                    | ">"
                    | "\""
                    | "("
                    | "…"
                    | "~"
            )
            || self.text.class(i - 1) == Some(Class::Han)
    }

    /// Tells whether nothing follows token `i - 1` on its line.
    pub fn ends_line(&self, i: usize) -> bool {
        i >= self.text.tokens.len() || !self.text.same_line(i)
    }

    /// Tells whether a name may end before token `i`: at the line's end, before a mark or a blank.
    pub fn mark_or_end(&self, i: usize) -> bool {
        self.ends_line(i) || self.text.class(i) == Some(Class::Mark)
    }

    /// Tells whether token `i` follows the one before it after a blank on the same line.
    pub fn spaced(&self, i: usize) -> bool {
        self.text.tokens.get(i).is_some_and(|t| t.gap == Gap::Space)
    }

    /// Returns the token behind the run of capitalised words from token `from` to at most `to` that are all
    /// `ok`.
    pub fn run(&self, from: usize, to: usize, ok: impl Fn(Word) -> bool) -> usize {
        let goes_on = |&i: &usize| self.spaced(i) && self.cap(i) && ok(self.at(i));
        from + (from..to).take_while(goes_on).count()
    }

    /// Returns the byte where the name that ends with token `i - 1` ends: without `'s`.
    pub fn end_byte(&self, i: usize) -> usize {
        self.text.bare_end(i - 1)
    }

    /// Tells whether token `i` ends with a genitive `'s`.
    fn genitive(&self, i: usize) -> bool {
        self.text.word(i).ends_with("'s")
    }

    /// Returns the token behind the person's name that begins with token `i`, and how many words
    /// it has; the first word is taken as it is, the others must look like names.
    pub fn name(&self, i: usize) -> (usize, usize) {
        let mut end = self.part_end(i);
        let mut n = 1;
        while n < NAME_WORDS_MAX && !self.genitive(end - 1) {
            let Some(next) = self.next_part(end) else { break };
            end = self.part_end(next);
            n += 1;
        }
        (end, n)
    }

    /// Returns the token behind a word, with what hyphens join to it and an initial's full stop.
    fn part_end(&self, i: usize) -> usize {
        let mut end = i + 1;
        if self.text.width(i) == 1 && self.text.word(end) == "." && self.text.touches(end) {
            return end + 1;
        }
        while self.text.word(end) == "-"
            && self.text.touches(end)
            && self.text.touches(end + 1)
            && self.text.class(end + 1) == Some(Class::Word)
            && (self.cap(end + 1) || self.at(i).roman || self.syllables(i, end + 1))
        {
            end += 2;
        }
        end
    }

    /// Tells whether two short words are a given name of Korea: Tae-hyun.
    fn syllables(&self, i: usize, next: usize) -> bool {
        let plain =
            |i: usize| (2..=5).contains(&self.text.width(i)) && !self.at(i).common && !self.at(i).noun;
        self.cap(i) && !self.at(i).upper && plain(i) && plain(next)
    }

    /// Returns where the part of a name behind token `end - 1` begins, past particles.
    fn next_part(&self, end: usize) -> Option<usize> {
        let initial = self.text.word(end - 1) == ".";
        let follows = |i: usize| self.spaced(i) || initial && i == end && self.text.touches(i);
        let mut next = end;
        while next < end + 3
            && follows(next)
            && !self.at(next).common
            && NAMES.particles.contains(self.text.word(next))
        {
            if self.text.word(next + 1) == "-" && self.cap(next + 2) {
                next += 2;
                return Some(next);
            }
            next += 1;
        }
        let word = self.at(next);
        let single =
            self.text.width(next) == 1 && self.text.word(next + 1) == "." && self.text.touches(next + 1);
        if !(follows(next) || next > end && self.spaced(next)) || !word.cap {
            return None;
        }
        // CEO and PS behind a name in small letters are no part of it.
        let first_upper = self.at(end - 1).upper || self.text.width(end - 1) == 1;
        let shout = word.upper && !first_upper && !word.surname;
        let named = word.surname && !matches!(self.text.word(next), "may" | "will");
        let other = word.common || word.noun || word.place || word.job;
        (single || !shout && (named || !other) && (self.text.width(next) > 1)).then_some(next)
    }
}

fn look_up(text: &Text, i: usize) -> Word {
    let raw = text.raw(i);
    let cap = raw.starts_with(char::is_uppercase);
    let lower = text.word(i);
    let lower = lower.strip_suffix("'s").unwrap_or(lower);
    let folded = bare(lower);
    let key = folded.as_deref().unwrap_or(lower);
    let names = &*NAMES;
    let upper = cap && raw.chars().nth(1).is_some() && !raw.chars().any(char::is_lowercase);
    let camel = cap
        && raw.chars().zip(raw.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase())
        && !["Mc", "Mac", "De", "Di", "La", "Le", "Van", "O'", "Fitz"]
            .iter()
            .any(|head| raw.starts_with(head));
    let mut word = Word {
        cap,
        upper,
        camel,
        given: names.given.contains(key),
        given_word: names.given_words.contains(key),
        given_place: names.given_places.contains(key),
        common: names.common.contains(key),
        ..Word::default()
    };
    if cap {
        let joined = key.contains('\'').then(|| key.replace('\'', ""));
        let key = joined.as_deref().unwrap_or(key);
        word.surname = names.surnames.contains(key) || is_celtic(key);
        word.roman = names.roman.contains(key);
        word.place = names.places.contains(key);
        word.noun = names.nouns.contains(key) || names.nouns.contains(lower);
        word.job = names.jobs.contains(key);
    } else {
        word.surname = names.surnames.contains(key);
    }
    word
}

/// Tells whether a word is built as names of Scotland, Ireland, the Slavs and others are.
fn is_celtic(key: &str) -> bool {
    let n = key.len();
    n >= 6 && (key.starts_with("mc") || key.ends_with("ovic") || key.ends_with("enko"))
        || n >= 7
            && ["owski", "ewski", "owska", "ewska", "opoulos", "sson", "akova", "ikova", "ashvili", "szky"]
                .iter()
                .any(|end| key.ends_with(end))
}

/// Tells whether `word` in lower case is one to three syllables of romanised Chinese.
pub(super) fn is_pinyin(word: &str) -> bool {
    const INITIALS: [&str; 24] = [
        "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z",
        "c", "s", "y", "w", "",
    ];
    const FINALS: [&str; 36] = [
        "iang", "iong", "uang", "ueng", "ang", "eng", "ian", "iao", "ing", "ong", "uai", "uan", "ai", "an",
        "ao", "ei", "en", "er", "ia", "ie", "in", "iu", "ou", "ua", "ue", "ui", "un", "uo", "ve", "a", "e",
        "i", "o", "u", "v", "io",
    ];
    fn rest_is(rest: &str, left: usize) -> bool {
        if rest.is_empty() {
            return true;
        }
        if left == 0 {
            return false;
        }
        INITIALS.iter().filter_map(|initial| rest.strip_prefix(initial)).any(|rest| {
            FINALS.iter().filter_map(|fin| rest.strip_prefix(fin)).any(|rest| rest_is(rest, left - 1))
        })
    }
    (2..=14).contains(&word.len()) && word.is_ascii() && rest_is(word, 2)
}
