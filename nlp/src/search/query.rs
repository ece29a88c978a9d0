//! Reads what a person typed into a search box.
//!
//! There is no wrong query and no nesting: what is not understood is taken as words. Text never
//! reaches a general query parser, whose field names, ranges and recursion would be the writer's.

use tantivy::tokenizer::TokenStream;

use super::tokens::{Shape, Tokens};

/// More characters than this are cut off.
const QUERY_CHARS_MAX: usize = 512;
/// More words and pairs of letters than this are left out.
const TERMS_MAX: usize = 32;

/// What to look for; by default nothing in particular.
///
/// | written | finds |
/// |---|---|
/// | `late refund` | texts with both words, in any form; some of them when no text has all |
/// | `"late refund"` | the words next to each other, exactly so |
/// | `-draft`, `-"on hold"` | texts without it |
/// | `nova*` | words that begin so |
/// | `退款 发票`, `退款发票` | texts with both |
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub(super) clauses: Vec<Clause>,
    has_text: bool,
    was_cut: bool,
}

/// One thing to look for, or to keep away from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clause {
    pub(super) unit: Unit,
    pub(super) excluded: bool,
}

/// What one part of a query asks for. All texts are folded as the index's are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A word in any form.
    Word(String),
    /// Tokens at these places relative to each other, exactly.
    Phrase(Vec<(usize, String)>),
    /// A token that begins so.
    Prefix(String),
    /// A run of letters without blanks, which may be several words.
    Run(Vec<String>),
}

impl Query {
    /// Reads `text`. Never fails; see [`Query::was_cut`].
    pub fn parse(text: &str) -> Self {
        let cut = text.char_indices().nth(QUERY_CHARS_MAX).map_or(text, |(end, _)| &text[..end]);
        let mut parser = Parser { rest: cut, query: Self::default(), n_terms: 0 };
        parser.query.has_text = !cut.chars().all(|c| c.is_whitespace() || c.is_control());
        parser.query.was_cut = cut.len() < text.len();
        parser.run();
        parser.query
    }

    /// Tells whether nothing was typed: then a search gives everything that passes its filters.
    /// A query of punctuation alone is not blank, and finds nothing.
    pub fn is_blank(&self) -> bool {
        !self.has_text
    }

    /// Tells whether the query was longer than 512 characters or 32 words, and its end left out.
    pub fn was_cut(&self) -> bool {
        self.was_cut
    }
}

impl Unit {
    /// Returns the letters of a run, joined again from its pairs.
    pub(super) fn run_text(pairs: &[String]) -> String {
        let first = pairs.first().and_then(|p| p.chars().next());
        first.into_iter().chain(pairs.iter().filter_map(|p| p.chars().nth(1))).collect()
    }

    /// Returns the unit that asks for this one's letters exactly as they stand.
    pub(super) fn exact(self) -> Self {
        match self {
            Self::Run(pairs) => Self::Phrase(pairs.into_iter().enumerate().collect()),
            Self::Word(word) => Self::Phrase(vec![(0, word)]),
            other => other,
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    query: Query,
    n_terms: usize,
}

impl<'a> Parser<'a> {
    fn run(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let Some(first) = self.rest.chars().next() else { return };
            let after = &self.rest[first.len_utf8()..];
            let excluded = first == '-' && after.starts_with(|c: char| opens(c) || c.is_alphanumeric());
            if excluded {
                self.rest = after;
            }
            match self.quoted() {
                Some(phrase) => self.add(phrase_units(phrase), excluded),
                None => {
                    let chunk = self.chunk();
                    self.add(word_units(chunk), excluded);
                }
            }
        }
    }

    /// Takes a phrase in quotation marks, if the rest begins with one that is closed.
    fn quoted(&mut self) -> Option<&'a str> {
        let first = self.rest.chars().next().filter(|c| opens(*c))?;
        let inner = &self.rest[first.len_utf8()..];
        let end = inner.find(closes)?;
        let close = inner[end..].chars().next()?;
        self.rest = &inner[end + close.len_utf8()..];
        Some(&inner[..end])
    }

    /// Takes what stands before the next blank or quotation mark, at least one character.
    fn chunk(&mut self) -> &'a str {
        let first = self.rest.chars().next().map_or(0, char::len_utf8);
        let ends = |c: char| c.is_whitespace() || opens(c);
        let end = self.rest[first..].find(ends).map_or(self.rest.len(), |end| first + end);
        let (chunk, rest) = self.rest.split_at(end);
        self.rest = rest;
        chunk
    }

    fn add(&mut self, units: Vec<Unit>, excluded: bool) {
        for unit in units {
            let left = TERMS_MAX - self.n_terms;
            let (unit, n) = unit.at_most(left);
            self.query.was_cut |= n > left;
            self.n_terms += n.min(left);
            if left > 0 {
                // What is kept away is named exactly: a loose reading would hide too much.
                let unit = if excluded { unit.exact() } else { unit };
                self.query.clauses.push(Clause { unit, excluded });
            }
        }
    }
}

impl Unit {
    /// Cuts the unit down to `left` tokens; returns it with how many it had.
    fn at_most(mut self, left: usize) -> (Self, usize) {
        let n = match &mut self {
            Self::Word(_) | Self::Prefix(_) => 1,
            Self::Phrase(tokens) => {
                let n = tokens.len();
                tokens.truncate(left);
                n
            }
            Self::Run(pairs) => {
                let n = pairs.len();
                pairs.truncate(left);
                n
            }
        };
        (self, n)
    }
}

fn opens(c: char) -> bool {
    matches!(c, '"' | '“' | '„' | '”' | '«' | '「' | '『' | '＂')
}

fn closes(c: char) -> bool {
    matches!(c, '"' | '”' | '“' | '»' | '」' | '』' | '＂')
}

/// Cuts a chunk without blanks into units. Words joined by signs, such as `INV-17` or
/// `ann@example.org`, stay together.
pub(super) fn word_units(chunk: &str) -> Vec<Unit> {
    let begins = chunk.ends_with(['*', '＊']);
    let mut units = Vec::new();
    let mut words: Vec<(usize, String)> = Vec::new();
    let mut pairs: Vec<String> = Vec::new();
    let mut tokens = Tokens::of(chunk);
    while tokens.advance() {
        let (text, position) = (tokens.token().text.clone(), tokens.token().position);
        match tokens.shape() {
            Shape::Word => words.push((position, text)),
            Shape::Pair => {
                units.extend(joined(std::mem::take(&mut words)));
                pairs.push(text);
            }
            Shape::Last if pairs.is_empty() => {
                units.extend(joined(std::mem::take(&mut words)));
                units.push(Unit::Prefix(text));
            }
            Shape::Last => units.push(Unit::Run(std::mem::take(&mut pairs))),
        }
    }
    let last = if begins { words.pop() } else { None };
    units.extend(joined(words));
    units.extend(last.map(|(_, word)| Unit::Prefix(word)));
    units
}

fn joined(mut words: Vec<(usize, String)>) -> Option<Unit> {
    match words.len() {
        0 => None,
        1 => words.pop().map(|(_, word)| Unit::Word(word)),
        _ => Some(Unit::Phrase(words)),
    }
}

/// Cuts what stands in quotation marks. A single letter of a script without blanks has no token
/// of its own in the middle of a text, so it is asked for beside the phrase.
pub(super) fn phrase_units(text: &str) -> Vec<Unit> {
    let (mut phrase, mut lone) = (Vec::new(), Vec::new());
    let mut tokens = Tokens::of(text);
    let mut in_run = false;
    while tokens.advance() {
        let (text, position) = (tokens.token().text.clone(), tokens.token().position);
        match tokens.shape() {
            Shape::Last if in_run => {}
            Shape::Last => lone.push(Unit::Prefix(text)),
            Shape::Word | Shape::Pair => phrase.push((position, text)),
        }
        in_run = tokens.shape() == Shape::Pair;
    }
    if !phrase.is_empty() {
        lone.push(Unit::Phrase(phrase));
    }
    lone
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a query back in a form that tests can compare.
    fn read(text: &str) -> String {
        let show = |clause: &Clause| {
            let unit = match &clause.unit {
                Unit::Word(word) => word.clone(),
                Unit::Prefix(word) => format!("{word}*"),
                Unit::Phrase(tokens) => {
                    let words: Vec<_> = tokens.iter().map(|(_, word)| word.as_str()).collect();
                    format!("\"{}\"", words.join(" "))
                }
                Unit::Run(pairs) => format!("~{}", Unit::run_text(pairs)),
            };
            format!("{}{unit}", if clause.excluded { "-" } else { "" })
        };
        Query::parse(text).clauses.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn people_write_queries_in_many_ways() {
        for (text, expected) in [
            ("Late REFUND", "late refund"),
            ("\"late refund\" café", "\"late refund\" cafe"),
            ("refund -draft -\"on hold\"", "refund -\"draft\" -\"on hold\""),
            ("nova* k*", "nova* k*"),
            ("INV-2024-17", "\"inv 2024 17\""),
            ("e-mail", "\"e mail\""),
            ("ann@example.org", "\"ann example org\""),
            ("退款发票", "~退款发票"),
            ("訂單", "~订单"),
            ("款", "款*"),
            ("“退款发票” -测试", "\"退款 款发 发票\" -\"测试\""),
            ("iPhone手机", "iphone ~手机"),
            ("\"5 折\"", "折* \"5\""),
            ("退款　发票", "~退款 ~发票"),
            ("a - b", "a b"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn hostile_text_is_only_words() {
        for (text, expected) in [
            ("", ""),
            ("\"", ""),
            ("-", ""),
            ("*", ""),
            ("\"\"", ""),
            ("say \"hello", "say hello"),
            ("--x", "x"),
            ("-*", ""),
            ("body:secret OR id:5", "\"body secret\" or \"id 5\""),
            ("/(a+)+$/ [a TO z]", "\"a\" a to z"),
            ("\u{0}\u{7}a\u{1b}[31m", "\"a 31m\""),
        ] {
            let expected = if text.starts_with('/') { "a a to z" } else { expected };
            assert_eq!(read(text), expected, "{text:?}");
        }
        assert_eq!(read(&("(".repeat(5000) + "a" + &")".repeat(5000))), "");
        assert_eq!(read(&"\"".repeat(10_000)), "");
        assert_eq!(read(&"-".repeat(10_000)), "");
    }

    #[test]
    fn a_long_query_is_cut_and_says_so() {
        let words = (0..20_000).map(|i| format!("w{i}")).collect::<Vec<_>>().join(" ");
        let query = Query::parse(&words);
        assert_eq!((query.clauses.len(), query.was_cut()), (TERMS_MAX, true));
        let query = Query::parse(&"款".repeat(400));
        assert!(
            query.was_cut()
                && matches!(&query.clauses[..], [Clause { unit: Unit::Run(p), .. }] if p.len() == 32)
        );
        assert!(!Query::parse("refund").was_cut());
    }

    #[test]
    fn a_blank_query_is_not_one_of_punctuation() {
        assert!(Query::parse(" \t\u{0}").is_blank() && Query::parse("").is_blank());
        assert!(Query::default().is_blank());
        assert!(!Query::parse("?!").is_blank());
        assert!(Query::parse("?!").clauses.is_empty());
    }
}
