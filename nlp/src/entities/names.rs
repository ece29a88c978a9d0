//! What is known of names: given names, surnames, companies, places, and the words around them.
//!
//! The lists are plain text in `names/`; they are read once, at the first text. A name that is
//! in no list is still found where the words around it say that it is one.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::search;

type Set = HashSet<&'static str>;

/// The lists for names in Latin letters, all in lower case and without accents.
pub(super) struct Names {
    /// Given names that are nothing else.
    pub given: Set,
    /// Given names that are words too.
    pub given_words: Set,
    /// Given names that are places too.
    pub given_places: Set,
    pub surnames: Set,
    /// Romanised surnames of China, Korea and Vietnam.
    pub roman: Set,
    pub places: Set,
    /// Words that begin sentences, and others that name nobody.
    pub common: Set,
    /// Titles before a name.
    pub titles: Set,
    /// Nouns of people that stand before a name: my colleague Anna.
    pub people: Set,
    /// Words that a name often follows.
    pub cues: Set,
    /// Words of jobs and departments.
    pub jobs: Set,
    /// Parts of a surname in small letters.
    pub particles: Set,
    /// Legal forms as tokens, the longer first, by their first token.
    pub legal: HashMap<&'static str, Vec<Vec<&'static str>>>,
    /// What companies do.
    pub nouns: Set,
    /// Words that make no name of the noun behind them.
    pub plain: Set,
    /// Known companies by their first word in lower case, the longer first.
    pub companies: HashMap<String, Vec<&'static str>>,
}

/// The lists, read once.
pub(super) static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let titles = include_str!("names/titles.txt");
    let words = include_str!("names/given_words.txt");
    let company = include_str!("names/company_words.txt");
    let given_words = keyed(words, "word");
    let given_places = keyed(words, "place");
    let mut given = all(include_str!("names/given.txt"));
    given.retain(|name| !given_words.contains(name) && !given_places.contains(name));
    Names {
        given,
        given_words,
        given_places,
        surnames: all(include_str!("names/surnames.txt")),
        roman: ["chinese", "korean", "vietnamese"]
            .iter()
            .flat_map(|key| keyed(include_str!("names/roman.txt"), key))
            .collect(),
        places: all(include_str!("names/places.txt")),
        common: all(include_str!("names/common.txt")),
        titles: keyed(titles, "before"),
        people: keyed(titles, "person"),
        cues: keyed(titles, "cue"),
        jobs: keyed(titles, "job"),
        particles: keyed(titles, "particle"),
        legal: legal_forms(company),
        nouns: keyed(company, "noun"),
        plain: keyed(company, "plain"),
        companies: companies(),
    }
});

fn lines(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|line| !line.starts_with('#'))
}

fn all(list: &'static str) -> Set {
    lines(list).flat_map(str::split_whitespace).collect()
}

/// Returns the words of the lines that `key` and a colon begin.
pub(super) fn keyed(list: &'static str, key: &str) -> Set {
    words_of(list, key).collect()
}

/// Returns the words of the lines that `key` and a colon begin, in their order.
pub(super) fn words_of<'k>(list: &'static str, key: &'k str) -> impl Iterator<Item = &'static str> + use<'k> {
    of_key(list, key).flat_map(str::split_whitespace)
}

/// Returns the lines that `key` and a colon begin, without them.
pub(super) fn of_key<'k>(list: &'static str, key: &'k str) -> impl Iterator<Item = &'static str> + use<'k> {
    lines(list).filter_map(move |line| line.strip_prefix(key)?.strip_prefix(": "))
}

fn legal_forms(list: &'static str) -> HashMap<&'static str, Vec<Vec<&'static str>>> {
    let mut forms: HashMap<_, Vec<Vec<_>>> = HashMap::new();
    for line in of_key(list, "legal") {
        let tokens: Vec<_> = line.split(' ').collect();
        forms.entry(tokens[0]).or_default().push(tokens);
    }
    for of_first in forms.values_mut() {
        of_first.sort_by_key(|tokens| usize::MAX - tokens.len());
    }
    forms
}

fn companies() -> HashMap<String, Vec<&'static str>> {
    let mut by_first: HashMap<String, Vec<_>> = HashMap::new();
    let names = lines(include_str!("names/companies.txt")).flat_map(|line| line.split('|'));
    for name in names.filter(|name| name.starts_with(|c: char| c < '\u{2e80}')) {
        let first: String = name.chars().take_while(|c| c.is_alphanumeric()).collect();
        // Digits and letters are tokens of their own: 3M begins with 3.
        let digits = first.chars().take_while(char::is_ascii_digit).count();
        let key = if digits > 0 { &first[..digits] } else { &first };
        by_first.entry(key.to_lowercase()).or_default().push(name);
    }
    for names in by_first.values_mut() {
        names.sort_by_key(|name| usize::MAX - name.len());
    }
    by_first
}

/// The lists for Chinese, in simplified characters.
pub(super) struct Chinese {
    /// Surnames that are hardly words of their own.
    pub surnames: HashSet<char>,
    /// Surnames that are words too.
    pub weak: HashSet<char>,
    pub double: Vec<&'static str>,
    /// Characters of given names.
    pub given: HashSet<char>,
    pub titles: Words,
    /// What a name follows.
    pub before: Words,
    /// What follows a name.
    pub after: Words,
    /// Words that begin like a name.
    pub words: Words,
    /// Foreign given names in Chinese.
    pub foreign: Words,
    /// The characters that foreign names are written in.
    pub sound: HashSet<char>,
    pub legal: Words,
    pub business: Words,
    pub trades: Words,
    /// Words that make no name of the suffix behind them.
    pub plain: Words,
    /// Characters and words that end a walk back over a company's name.
    pub stop: HashSet<char>,
    pub stop_words: Words,
    pub companies: Words,
    pub places: Words,
}

impl Chinese {
    /// Tells whether a simplified character is a surname, be it a word too.
    pub fn is_surname(&self, c: char) -> bool {
        self.surnames.contains(&c) || self.weak.contains(&c)
    }
}

/// The Chinese lists, read once.
pub(super) static CHINESE: LazyLock<Chinese> = LazyLock::new(|| {
    let people = include_str!("names/zh.txt");
    let company = include_str!("names/zh_company.txt");
    let chars = |list, key| of_key(list, key).flat_map(str::chars).collect();
    let words = |list, key| Words::of(of_key(list, key).flat_map(str::split_whitespace));
    let known = lines(include_str!("names/companies.txt")).flat_map(|line| line.split('|'));
    Chinese {
        surnames: chars(people, "surname"),
        weak: chars(people, "weak"),
        double: of_key(people, "double").flat_map(str::split_whitespace).collect(),
        given: chars(people, "given"),
        titles: words(people, "title"),
        before: words(people, "before"),
        after: words(people, "after"),
        words: words(people, "word"),
        foreign: words(people, "foreign"),
        sound: chars(people, "sound"),
        legal: words(company, "legal"),
        business: words(company, "place"),
        trades: words(company, "trade"),
        plain: words(company, "plain"),
        stop: chars(company, "stop"),
        stop_words: words(company, "words"),
        companies: Words::of(known.filter(|name| name.starts_with(|c: char| c >= '\u{2e80}'))),
        places: Words::of(lines(include_str!("names/zh_places.txt")).flat_map(str::split_whitespace)),
    }
});

/// Words that are looked for at the start or the end of a string.
pub(super) struct Words {
    by_first: HashMap<char, Vec<&'static str>>,
    by_last: HashMap<char, Vec<&'static str>>,
}

impl Words {
    fn of(words: impl Iterator<Item = &'static str>) -> Self {
        let (mut by_first, mut by_last) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for word in words {
            if let (Some(first), Some(last)) = (word.chars().next(), word.chars().next_back()) {
                by_first.entry(first).or_default().push(word);
                by_last.entry(last).or_default().push(word);
            }
        }
        for words in by_first.values_mut().chain(by_last.values_mut()) {
            words.sort_by_key(|word| usize::MAX - word.len());
        }
        Self { by_first, by_last }
    }

    /// Returns the longest word that `rest` starts with.
    pub fn starts(&self, rest: &str) -> Option<&'static str> {
        let words = self.by_first.get(&rest.chars().next()?)?;
        words.iter().find(|word| rest.starts_with(**word)).copied()
    }

    /// Returns the longest word that `head` ends with.
    pub fn ends(&self, head: &str) -> Option<&'static str> {
        let words = self.by_last.get(&head.chars().next_back()?)?;
        words.iter().find(|word| head.ends_with(**word)).copied()
    }
}

/// Returns a word in lower case without accents, as the lists have it; nothing when it is so
/// already.
pub(super) fn bare(word: &str) -> Option<String> {
    if word.is_ascii() {
        return None;
    }
    let mut plain = String::with_capacity(word.len());
    for c in word.nfd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'ł' => plain.push('l'),
            'ø' => plain.push('o'),
            'đ' => plain.push('d'),
            'ı' => plain.push('i'),
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            _ => plain.push(c),
        }
    }
    Some(plain)
}

/// Returns `text` in simplified characters; every character keeps its bytes.
pub(super) fn simplified(text: &str) -> String {
    text.chars().map(search::simplified).collect()
}
