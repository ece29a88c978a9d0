//! Cuts the part out of a text that shows best why it was found.

use std::collections::{HashMap, HashSet};

use tantivy::tokenizer::TokenStream;

use super::inflect::forms;
use super::query::{Query, Unit, word_units};
use super::searcher::Answer;
use super::tokens::{Shape, Tokens};

/// Stands where something was cut off.
const CUT: char = '…';
/// A cut looks this many characters away for a better place: a blank or the edge of a sign.
const EDGE_CHARS: usize = 16;

/// Part of a text, on one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The part, with an ellipsis where something was cut off.
    pub text: String,
    /// Where the words stand that were looked for: from, to (exclusive), in characters of
    /// [`Snippet::text`], in order and apart from each other.
    pub marks: Vec<(usize, usize)>,
}

/// Makes the snippets of one answer.
pub struct Snippets(Wanted);

impl Snippets {
    /// Takes up what is to be marked: the words of `query`, and those that `answer` says were
    /// looked for too.
    pub fn of(query: &Query, answer: &Answer) -> Self {
        Self(Wanted::of(query, answer))
    }

    /// Returns the part of `text`, of at most `max_chars` characters, that shows the most
    /// different words that were looked for. Without any of them it is the beginning.
    pub fn snippet(&self, text: &str, max_chars: usize) -> Snippet {
        snippet(text, &self.0, max_chars)
    }
}

fn snippet(text: &str, wanted: &Wanted, max_chars: usize) -> Snippet {
    let line = one_line(text);
    let chars: Vec<char> = line.chars().collect();
    let marks = marks(&line, wanted);
    let (from, to) = window(&chars, &marks, max_chars);
    let mut snippet = Snippet::default();
    if from > 0 {
        snippet.text.push(CUT);
    }
    let shift = usize::from(from > 0);
    snippet.text.extend(&chars[from..to]);
    if to < chars.len() {
        snippet.text.push(CUT);
    }
    for mark in marks.iter().filter(|mark| mark.from >= from && mark.to <= to) {
        let (start, end) = (mark.from - from + shift, mark.to - from + shift);
        match snippet.marks.last_mut() {
            // Pairs of letters overlap; what they cover is one mark.
            Some(last) if last.1 >= start => last.1 = last.1.max(end),
            _ => snippet.marks.push((start, end)),
        }
    }
    snippet
}

/// Puts the text on one line: blanks and control characters in a row become one blank.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for part in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|part| !part.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(part);
    }
    line
}

/// The tokens to mark, each with the number of the part of the query that asks for it.
#[derive(Default)]
struct Wanted {
    tokens: HashMap<String, usize>,
    beginnings: Vec<(String, usize)>,
    n_parts: usize,
}

impl Wanted {
    fn of(query: &Query, answer: &Answer) -> Self {
        let mut wanted = Self::default();
        for clause in query.clauses.iter().filter(|clause| !clause.excluded) {
            wanted.add(&clause.unit);
        }
        let added = answer.added.iter().map(|added| added.word.as_str());
        for word in added.chain(answer.corrected.iter().map(|(_, found)| found.as_str())) {
            word.split_whitespace().flat_map(word_units).for_each(|unit| wanted.add(&unit));
        }
        wanted
    }

    fn add(&mut self, unit: &Unit) {
        let part = self.n_parts;
        let mut token = |token: &str| {
            self.tokens.entry(token.to_owned()).or_insert(part);
        };
        match unit {
            Unit::Word(word) => {
                token(word);
                forms(word).iter().for_each(|form| token(form));
            }
            Unit::Phrase(tokens) => tokens.iter().for_each(|(_, text)| token(text)),
            Unit::Run(pairs) => pairs.iter().for_each(|pair| token(pair)),
            Unit::Prefix(beginning) => self.beginnings.push((beginning.clone(), part)),
        }
        self.n_parts += 1;
    }
}

/// A place to mark, in characters.
#[derive(Clone, Copy, Debug)]
struct Mark {
    from: usize,
    to: usize,
    part: usize,
}

fn marks(line: &str, wanted: &Wanted) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut tokens = Tokens::of(line);
    let mut place = CharPlace { line, byte: 0, chars: 0 };
    while tokens.advance() {
        let token = tokens.token();
        let text = token.text.as_str();
        // The last letter of a run belongs to the pair before it.
        let whole = wanted.tokens.get(text).filter(|_| tokens.shape() != Shape::Last);
        let begun = || wanted.beginnings.iter().find(|(b, _)| text.starts_with(b.as_str()));
        if let Some(part) = whole {
            let from = place.of(token.offset_from);
            let to = from + line[token.offset_from..token.offset_to].chars().count();
            marks.push(Mark { from, to, part: *part });
        } else if let Some((beginning, part)) = begun() {
            let from = place.of(token.offset_from);
            let whole = line[token.offset_from..token.offset_to].chars().count();
            // Of a pair only the letter asked for, of a word the whole word.
            let n = if tokens.shape() == Shape::Pair { beginning.chars().count() } else { whole };
            marks.push(Mark { from, to: from + n, part: *part });
        }
    }
    marks
}

/// Turns rising byte offsets into character offsets in one pass.
struct CharPlace<'a> {
    line: &'a str,
    byte: usize,
    chars: usize,
}

impl CharPlace<'_> {
    fn of(&mut self, byte: usize) -> usize {
        self.chars += self.line[self.byte..byte].chars().count();
        self.byte = byte;
        self.chars
    }
}

/// Returns the characters to show: the window with the most different parts of the query, then
/// with the most marks, then the first.
fn window(chars: &[char], marks: &[Mark], max_chars: usize) -> (usize, usize) {
    if chars.len() <= max_chars {
        return (0, chars.len());
    }
    let room = max_chars.saturating_sub(2); // For the two ellipses.
    let mut best = (0, 0, 0..0);
    let mut last = 0;
    for (i, first) in marks.iter().enumerate() {
        last = last.max(i);
        while last < marks.len() && marks[last].to <= first.from + room {
            last += 1;
        }
        let inside = &marks[i..last];
        let parts = inside.iter().map(|mark| mark.part).collect::<HashSet<_>>().len();
        if (parts, inside.len()) > (best.0, best.1) {
            best = (parts, inside.len(), first.from..inside[inside.len() - 1].to);
        }
    }
    // What is left of the room goes before and after the marks, more of it after.
    let spare = room - best.2.len().min(room);
    let from = best.2.start.saturating_sub(spare / 3).min(chars.len() - room);
    let from = if from == 0 { 0 } else { edge_after(chars, from, best.2.start) };
    let to = (from + room).min(chars.len());
    let to = if to == chars.len() { to } else { edge_before(chars, to, best.2.end) };
    (from, to)
}

/// Tells whether a text may be cut before `chars[i]`: not within a word.
fn is_edge(chars: &[char], i: usize) -> bool {
    let in_word = |c: char| super::fold::continues_word(c);
    i == 0 || i >= chars.len() || !in_word(chars[i - 1]) || !in_word(chars[i])
}

/// Returns the first edge from `i` on that is near and not past `limit`, else `i`; no blank follows it.
fn edge_after(chars: &[char], i: usize, limit: usize) -> usize {
    let mut edges = (i..=limit.min(i + EDGE_CHARS)).filter(|i| is_edge(chars, *i));
    edges.find(|i| chars[*i] != ' ').unwrap_or(i)
}

/// Returns the last edge up to `i` that is near and not before `limit`, else `i`; no blank precedes it.
fn edge_before(chars: &[char], i: usize, limit: usize) -> usize {
    let mut edges = (limit.max(i.saturating_sub(EDGE_CHARS))..=i).rev().filter(|i| is_edge(chars, *i));
    edges.find(|i| *i > 0 && chars[*i - 1] != ' ').unwrap_or(i)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the snippet with its marks in brackets.
    fn shown(text: &str, query: &str, max_chars: usize) -> String {
        let snippet = Snippets::of(&Query::parse(query), &Answer::default()).snippet(text, max_chars);
        assert!(snippet.text.chars().count() <= max_chars.max(2), "{}", snippet.text);
        let mut shown = String::new();
        for (i, c) in snippet.text.chars().enumerate() {
            if snippet.marks.iter().any(|m| m.0 == i) {
                shown.push('[');
            }
            shown.push(c);
            if snippet.marks.iter().any(|m| m.1 == i + 1) {
                shown.push(']');
            }
        }
        shown
    }

    #[test]
    fn the_words_are_shown_where_most_of_them_stand() {
        let text = "Dear team, I hope you are well. The weather is fine here and so are we.\r\n\r\n\
                    My refund is late: the invoice was paid twice and a refund was promised in May.";
        for (query, max, expected) in [
            ("refund invoice", 50, "…here and so are we. My [refund] is late: the [invoice]…"),
            ("weather", 40, "…are well. The [weather] is fine here…"),
            ("dear", 30, "[Dear] team, I hope you are…"),
            ("REFUNDED", 40, "…My [refund] is late: the invoice was…"),
            ("prom*", 40, "…refund was [promised] in May."),
            ("absent", 20, "Dear team, I hope…"),
        ] {
            let shown = shown(text, query, max);
            let marked = |s: &str| s.matches('[').count();
            assert_eq!(marked(&shown), marked(expected), "{query}: {shown}");
            for word in expected.split(['…', ' ']).filter(|w| w.starts_with('[')) {
                assert!(shown.contains(word.trim_end_matches('…')), "{query}: {shown}");
            }
        }
    }

    #[test]
    fn a_cut_never_goes_through_a_word() {
        let text = "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima";
        for max in 12..text.len() {
            for query in ["alpha", "foxtrot", "lima", "absent"] {
                let shown = shown(text, query, max);
                let words = shown.split([' ', '[', ']', CUT]).filter(|w| !w.is_empty());
                for word in words {
                    assert!(text.split(' ').any(|w| w == word), "{query} {max}: {shown}");
                }
            }
        }
    }

    #[test]
    fn chinese_is_marked_and_cut_between_letters() {
        let text =
            "您好,上周在贵公司购买的咖啡机坏了,我想申请退款,发票号码是一二三四,请尽快处理,谢谢您的帮助。";
        assert_eq!(shown(text, "退款", 16), "…我想申请[退款],发票号码是一二…");
        assert_eq!(shown("申请退款单", "退款单", 99), "申请[退款单]");
        assert_eq!(shown("請退訂單", "订单", 99), "請退[訂單]");
        assert_eq!(shown("好的退款", "款", 99), "好的退[款]");
    }

    #[test]
    fn what_was_looked_for_too_is_marked() {
        let answer = Answer { corrected: vec![("refnd".into(), "refund".into())], ..Answer::default() };
        let snippet = Snippets::of(&Query::parse("refnd"), &answer).snippet("a refund", 40);
        assert_eq!(snippet.marks, [(2, 8)]);
    }

    #[test]
    fn any_text_and_any_length_give_a_snippet() {
        for text in ["", " ", "\u{0}\n", "e\u{301}", "🙂🙂🙂🙂🙂🙂", &"x".repeat(1000), "a\u{200B}b ｶﾞ"]
        {
            for max in [0, 1, 2, 3, 5, 80] {
                for query in ["", "x", "x*", "\"", "ガ", "ab"] {
                    shown(text, query, max);
                }
            }
        }
    }
}
