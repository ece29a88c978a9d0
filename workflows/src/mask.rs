//! Takes out of texts what tells who and what is meant, before they leave the house, and puts it back
//! into what comes back; pure.
//!
//! Names, addresses, telephone numbers, references, amounts and links become placeholders such as
//! `⟦PERSON_1⟧`: what the records know of the people, and what the finders of entities see. A day, a
//! count and a product stay, since nobody is told by them. What comes back may have placeholders that
//! nobody gave out, or broken ones: those are taken out and counted, and never shown.

use rapport_model::reading::EntityKind;
use rapport_nlp::entities::{Context, extract};

/// Of a text no more is looked at, nor leaves: the finders read so much.
pub const TEXT_CHARS_MAX: usize = 12_000;
/// A known word that is shorter is masked only where it stands by itself: `Li` is no part of `Liege`.
const INSIDE_CHARS_MIN: usize = 5;
/// So many digits that belong together are a number of somebody's.
const DIGITS_MIN: usize = 6;
const OPEN: char = '⟦';
const CLOSE: char = '⟧';

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Somebody's name.
    Person,
    /// A company's name.
    Company,
    /// An e-mail address, or another by which somebody is reached.
    Address,
    /// A telephone number.
    Phone,
    /// The number of an order, an invoice, an account.
    Number,
    /// A sum of money.
    Amount,
    /// A link, or the domain of somebody's mail.
    Link,
}

impl Sort {
    const ALL: [Self; 7] =
        [Self::Person, Self::Company, Self::Address, Self::Phone, Self::Number, Self::Amount, Self::Link];

    const fn word(self) -> &'static str {
        match self {
            Self::Person => "PERSON",
            Self::Company => "COMPANY",
            Self::Address => "ADDRESS",
            Self::Phone => "PHONE",
            Self::Number => "NUMBER",
            Self::Amount => "AMOUNT",
            Self::Link => "LINK",
        }
    }

    const fn of(kind: EntityKind) -> Option<Self> {
        Some(match kind {
            EntityKind::Person => Self::Person,
            EntityKind::Company => Self::Company,
            EntityKind::Email => Self::Address,
            EntityKind::Phone => Self::Phone,
            EntityKind::OrderId | EntityKind::InvoiceId => Self::Number,
            EntityKind::Money => Self::Amount,
            EntityKind::Url => Self::Link,
            EntityKind::Date | EntityKind::Quantity | EntityKind::Product => return None,
        })
    }
}

/// What was taken out of the texts of one request.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    /// What is known beforehand, as lower-case letters; the longest first.
    known: Vec<(Sort, Vec<char>)>,
    /// What each placeholder stands for, in the order they were given out.
    taken: Vec<(Sort, String)>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncovered {
    /// The words, with everything put back.
    pub text: String,
    /// Placeholders that stand for nothing; they were left out.
    pub n_lost: usize,
}

/// A piece of a text that is to be taken out, in characters.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: usize,
    to: usize,
    sort: Sort,
}

impl Mask {
    /// Begins with what the records know: names, addresses, numbers. Of a person's name each word is
    /// known, too.
    pub fn new(known: impl IntoIterator<Item = (Sort, String)>) -> Self {
        let mut all: Vec<(Sort, Vec<char>)> = Vec::new();
        let mut know = |sort, text: &str| {
            let letters: Vec<char> = defused(text.trim()).chars().map(lower).collect();
            if letters.len() > 1 && !all.iter().any(|(_, known)| *known == letters) {
                all.push((sort, letters));
            }
        };
        for (sort, text) in known {
            know(sort, &text);
            if sort == Sort::Person {
                text.split([' ', '\u{a0}', ',', '.', '·']).for_each(|part| know(sort, part));
            }
        }
        all.sort_by_key(|(_, letters)| std::cmp::Reverse(letters.len()));
        Self { known: all, taken: Vec::new() }
    }

    /// Returns the first [`TEXT_CHARS_MAX`] characters of a text with placeholders for all that tells
    /// who or what is meant. The same words get the same placeholder in each text of this mask.
    pub fn cover(&mut self, text: &str, context: &Context<'_>) -> String {
        let text: String = defused(text).chars().take(TEXT_CHARS_MAX).collect();
        let letters: Vec<char> = text.chars().collect();
        let entities = extract(&text, context);
        let mut spans: Vec<Span> = entities
            .iter()
            .filter_map(|found| Some(Span { from: found.start, to: found.end, sort: Sort::of(found.kind)? }))
            .collect();
        // A day has many digits and is nobody's number.
        let days = entities.iter().filter(|found| Sort::of(found.kind).is_none());
        let days: Vec<(usize, usize)> = days.map(|found| (found.start, found.end)).collect();
        self.known_in(&letters, &mut spans);
        words_in(&letters, &mut spans);
        numbers_in(&letters, &days, &mut spans);
        let mut covered = String::with_capacity(text.len());
        let mut at = 0;
        for span in joined(spans) {
            covered.extend(&letters[at..span.from]);
            let value: String = letters[span.from..span.to].iter().collect();
            covered.push_str(&self.placeholder(span.sort, value));
            at = span.to;
        }
        covered.extend(&letters[at..]);
        covered
    }

    /// Puts back what placeholders stand for. Those that stand for nothing are left out, also where
    /// their brackets are missing or others.
    pub fn uncover(&self, text: &str) -> Uncovered {
        let letters: Vec<char> = text.chars().collect();
        let (mut out, mut n_lost, mut at) = (String::with_capacity(text.len()), 0, 0);
        while at < letters.len() {
            let Some((value, to)) = self.read(&letters, at) else {
                match letters[at] {
                    OPEN | CLOSE => n_lost += 1,
                    letter => out.push(letter),
                }
                at += 1;
                continue;
            };
            match value {
                Some(value) => out.push_str(value),
                None => n_lost += 1,
            }
            at = to;
        }
        Uncovered { text: out, n_lost }
    }

    /// Returns what was taken out so far.
    pub fn taken(&self) -> impl Iterator<Item = &str> {
        self.taken.iter().map(|(_, value)| value.as_str())
    }

    fn placeholder(&mut self, sort: Sort, value: String) -> String {
        let same = |(known, text): &(Sort, String)| *known == sort && *text == value;
        let place = self.taken.iter().position(same).unwrap_or_else(|| {
            self.taken.push((sort, value.clone()));
            self.taken.len() - 1
        });
        // Counted within its sort, as a reader counts.
        let number = self.taken[..=place].iter().filter(|(known, _)| *known == sort).count();
        format!("{OPEN}{}_{number}{CLOSE}", sort.word())
    }

    fn value(&self, sort: Sort, number: usize) -> Option<&str> {
        let mut of_sort = self.taken.iter().filter(|(known, _)| *known == sort);
        of_sort.nth(number.checked_sub(1)?).map(|(_, value)| value.as_str())
    }

    /// Reads a placeholder that begins at a place: what it stands for, and where it ends. Brackets that
    /// hold something else are a broken one.
    fn read(&self, letters: &[char], at: usize) -> Option<(Option<&str>, usize)> {
        let before = at.checked_sub(1).map(|before| letters[before]);
        if letters[at] == OPEN {
            let end = letters[at..].iter().take(40).position(|letter| *letter == CLOSE)?;
            let inside: Vec<char> = letters[at + 1..at + end].to_vec();
            let inside: Vec<char> = inside.into_iter().filter(|letter| !letter.is_whitespace()).collect();
            let label = label_at(&inside, 0).filter(|(.., to)| *to == inside.len());
            return Some((label.and_then(|(sort, n, _)| self.value(sort, n)), at + end + 1));
        }
        if before.is_some_and(|before| before.is_alphanumeric() || before == '_') {
            return None;
        }
        let bracketed = letters[at] == '[';
        let (sort, number, mut to) = label_at(letters, at + usize::from(bracketed))?;
        if bracketed {
            (letters.get(to) == Some(&']')).then_some(())?;
            to += 1;
        }
        Some((self.value(sort, number), to))
    }

    fn known_in(&self, letters: &[char], spans: &mut Vec<Span>) {
        let lower: Vec<char> = letters.iter().copied().map(lower).collect();
        for (sort, known) in &self.known {
            let mut at = 0;
            while at + known.len() <= lower.len() {
                let to = at + known.len();
                if lower[at..to] == known[..] && stands_alone(&lower, at, to) {
                    spans.push(Span { from: at, to, sort: *sort });
                    at = to;
                } else {
                    at += 1;
                }
            }
        }
    }
}

/// Tells whether what stands between two places is a word of its own; what is long, or is written without
/// blanks, need not be.
fn stands_alone(letters: &[char], from: usize, to: usize) -> bool {
    let joins = |letter: char| letter.is_alphanumeric() && !is_han(letter);
    let before = from.checked_sub(1).is_some_and(|at| joins(letters[at]) && joins(letters[from]));
    let after = letters.get(to).is_some_and(|letter| joins(*letter) && joins(letters[to - 1]));
    to - from >= INSIDE_CHARS_MIN || !(before || after)
}

fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn lower(letter: char) -> char {
    let mut all = letter.to_lowercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        // A letter stays one letter, so that places hold.
        _ => letter,
    }
}

/// Finds words that are addresses or links whatever else they are.
fn words_in(letters: &[char], spans: &mut Vec<Span>) {
    let mut from = 0;
    for word in letters.split(|letter| letter.is_whitespace() || "<>\"'()，。；！？、《》".contains(*letter))
    {
        let text: String = word.iter().copied().map(lower).collect();
        let is_address = word.len() > 2 && word.contains(&'@');
        let is_link = text.contains("://") || text.starts_with("www.");
        if is_address || is_link {
            let sort = if is_address { Sort::Address } else { Sort::Link };
            let ends = word.iter().rev().take_while(|letter| ".,:;!?".contains(**letter)).count();
            spans.push(Span { from, to: from + word.len() - ends, sort });
        }
        from += word.len() + 1;
    }
}

/// Finds letters and digits with many digits in them, also in groups: `DE89 3704 0044`, `4111-1111`.
fn numbers_in(letters: &[char], days: &[(usize, usize)], spans: &mut Vec<Span>) {
    let is_part = |letter: char| letter.is_ascii_alphanumeric();
    let has_digit = |part: &[char]| part.iter().any(char::is_ascii_digit);
    let mut at = 0;
    while at < letters.len() {
        if !is_part(letters[at]) {
            at += 1;
            continue;
        }
        let part_to = |from: usize| from + letters[from..].iter().take_while(|l| is_part(**l)).count();
        let (from, mut to) = (at, part_to(at));
        // A group follows behind one blank or sign, if both have digits.
        while has_digit(&letters[at..to])
            && letters.get(to).is_some_and(|sign| " -/._\u{a0}".contains(*sign))
            && letters.get(to + 1).is_some_and(|letter| is_part(*letter))
            && has_digit(&letters[to + 1..part_to(to + 1)])
        {
            (at, to) = (to + 1, part_to(to + 1));
        }
        let n_digits = letters[from..to].iter().filter(|letter| letter.is_ascii_digit()).count();
        let in_day = days.iter().any(|(begin, end)| *begin < to && from < *end);
        if n_digits >= DIGITS_MIN && !in_day {
            spans.push(Span { from, to, sort: Sort::Number });
        }
        at = to;
    }
}

/// Joins what overlaps; of several sorts the one that begins first, and of those the longest, stays.
fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| span.from < span.to);
    spans.sort_by_key(|span| (span.from, std::cmp::Reverse(span.to)));
    let mut all: Vec<Span> = Vec::new();
    for span in spans {
        match all.last_mut() {
            Some(last) if span.from < last.to => last.to = last.to.max(span.to),
            _ => all.push(span),
        }
    }
    all
}

/// Takes from a text what could pass for a placeholder of ours.
fn defused(text: &str) -> String {
    let mut letters: Vec<char> = text
        .chars()
        .map(|l| {
            if l == OPEN {
                '['
            } else if l == CLOSE {
                ']'
            } else {
                l
            }
        })
        .collect();
    for at in 0..letters.len() {
        if let Some((sort, ..)) = label_at(&letters, at) {
            letters[at + sort.word().len()] = '-';
        }
    }
    letters.into_iter().collect()
}

/// Reads `PERSON_1` at a place: the sort, the number, and where it ends.
fn label_at(letters: &[char], at: usize) -> Option<(Sort, usize, usize)> {
    let rest = letters.get(at..)?;
    let begins = |word: &str| word.chars().zip(rest).filter(|(a, b)| a == *b).count() == word.len();
    let sort = Sort::ALL.into_iter().find(|sort| begins(sort.word()))?;
    let after = &rest[sort.word().len()..];
    (after.first() == Some(&'_')).then_some(())?;
    let digits: String = after[1..].iter().take_while(|letter| letter.is_ascii_digit()).collect();
    let number = digits.parse().ok()?;
    Some((sort, number, at + sort.word().len() + 1 + digits.len()))
}

#[cfg(test)]
#[path = "mask_tests.rs"]
mod tests;
