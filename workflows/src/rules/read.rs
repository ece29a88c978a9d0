//! Reading a TOML file so that every problem is found, with its line and a suggestion.
//!
//! A derived deserialiser stops at the first problem. Here each table is asked for its keys one by
//! one; what was asked for is what is allowed, and every other key is a problem.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::RuleProblem;

/// A value of the file with its place.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// The problems of a file, as they are found.
pub(super) struct Problems<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<RuleProblem>,
}

impl<'a> Problems<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    pub(super) fn add(&mut self, place: Range<usize>, message: impl Into<String>) {
        let line = self.line(&place);
        self.found.push(RuleProblem { file: self.file.to_owned(), line, message: message.into() });
    }

    /// Returns the line of a place, from 1.
    pub(super) fn line(&self, place: &Range<usize>) -> usize {
        let before = &self.text.as_bytes()[..place.start.min(self.text.len())];
        before.iter().filter(|b| **b == b'\n').count() + 1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Returns the problems in the order of their lines.
    pub(super) fn into_sorted(mut self) -> Vec<RuleProblem> {
        self.found.sort_by_key(|p| p.line);
        self.found
    }
}

/// A table of the file that is being read.
pub(super) struct Table<'a> {
    /// What it is, for people: `a rule`.
    what: &'static str,
    /// Where it stands.
    pub(super) place: Range<usize>,
    entries: &'a DeTable<'a>,
    asked: Vec<&'static str>,
}

impl<'a> Table<'a> {
    pub(super) fn new(what: &'static str, place: Range<usize>, entries: &'a DeTable<'a>) -> Self {
        Self { what, place, entries, asked: Vec::new() }
    }

    /// Takes `value` as a table, or reports that it is none.
    pub(super) fn of(what: &'static str, value: &'a Value<'a>, problems: &mut Problems<'_>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(entries) => Some(Self::new(what, value.span(), entries)),
            _ => {
                problems.add(value.span(), format!("{what} is written in braces: {{ … }}"));
                None
            }
        }
    }

    /// Returns what stands under `key`.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'a Value<'a>> {
        self.asked.push(key);
        self.entries.iter().find(|(k, _)| k.get_ref() == key).map(|(_, value)| value)
    }

    /// Returns what stands under `key`, or reports that it is missing.
    pub(super) fn need(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<&'a Value<'a>> {
        let value = self.get(key);
        if value.is_none() {
            problems.add(self.place.clone(), format!("{} needs `{key}`", self.what));
        }
        value
    }

    /// Returns the one of `keys` that the table has, or reports that it has none or several.
    pub(super) fn only_one_of(
        &mut self,
        keys: &[&'static str],
        problems: &mut Problems<'_>,
    ) -> Option<&'static str> {
        let given: Vec<&str> = self.entries.keys().map(|k| &**k.get_ref()).collect();
        let mut found = keys.iter().filter(|key| given.contains(key));
        let first = found.next().copied();
        if let (Some(one), Some(other)) = (first, found.next()) {
            let message = format!("write `{one}` and `{other}` in braces of their own: {{ … }}, {{ … }}");
            problems.add(self.place.clone(), message);
            return None;
        }
        if first.is_none() {
            let name = given.first().copied().unwrap_or("");
            problems.add(self.place.clone(), unknown("deed", name, keys));
        }
        first
    }

    /// Returns the tables of `[[key]]`.
    pub(super) fn list(
        &mut self,
        key: &'static str,
        what: &'static str,
        problems: &mut Problems<'_>,
    ) -> Vec<Table<'a>> {
        match self.get(key).map(|v| (v.get_ref(), v.span())) {
            Some((DeValue::Array(items), _)) => {
                items.iter().filter_map(|item| Table::of(what, item, problems)).collect()
            }
            Some((_, place)) => {
                problems.add(place, format!("{what} begins with [[{key}]]"));
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// Returns the flag under `key`.
    pub(super) fn flag(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<bool> {
        let value = self.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            problems.add(value.span(), format!("`{key}` must be true or false"));
        }
        flag
    }

    /// Returns the number under `key`, which must lie in `range`.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        range: std::ops::RangeInclusive<f64>,
        problems: &mut Problems<'_>,
    ) -> Option<f64> {
        let value = self.get(key)?;
        let digits = match value.get_ref() {
            DeValue::Integer(n) if n.radix() == 10 => n.as_str(),
            DeValue::Float(n) => n.as_str(),
            _ => "",
        };
        let number = digits.parse().ok().filter(|n| range.contains(n));
        if number.is_none() {
            let (low, high) = range.into_inner();
            problems.add(value.span(), format!("`{key}` must be a number from {low} to {high}"));
        }
        number
    }

    /// Returns the one of `options` whose name stands under `key`.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        options: &[(&str, T)],
        problems: &mut Problems<'_>,
    ) -> Option<T> {
        choice(self.get(key)?, key, options, problems)
    }

    /// Returns those of `options` whose names stand under `key`: one name or a list.
    pub(super) fn choices<T: Copy>(
        &mut self,
        key: &'static str,
        options: &[(&str, T)],
        problems: &mut Problems<'_>,
    ) -> Vec<T> {
        let value = self.get(key);
        let items = value.map_or(&[][..], one_or_list);
        items.iter().filter_map(|item| choice(item, key, options, problems)).collect()
    }

    /// Returns the texts under `key`: one or a list.
    pub(super) fn texts(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Vec<String> {
        let value = self.get(key);
        let items = value.map_or(&[][..], one_or_list);
        items.iter().filter_map(|item| text(item, key, problems)).map(str::to_owned).collect()
    }

    /// Reports every key that nobody asked for.
    pub(super) fn finish(self, problems: &mut Problems<'_>) {
        for key in self.entries.keys() {
            let name: &str = key.get_ref();
            if self.asked.contains(&name) {
                continue;
            }
            let message = match closest(name, &self.asked) {
                Some(similar) => format!("{} has no key `{name}`, did you mean `{similar}`?", self.what),
                None => format!("{} has no key `{name}`; its keys are {}", self.what, self.asked.join(", ")),
            };
            problems.add(key.span(), message);
        }
    }
}

/// Returns `value` as a text that is not empty.
pub(super) fn text<'a>(value: &'a Value<'a>, key: &str, problems: &mut Problems<'_>) -> Option<&'a str> {
    let text = value.get_ref().as_str().filter(|t| !t.trim().is_empty());
    if text.is_none() {
        problems.add(value.span(), format!("`{key}` must be a text in quotes"));
    }
    text
}

/// Returns the one of `options` that `value` names.
pub(super) fn choice<T: Copy>(
    value: &Value<'_>,
    key: &str,
    options: &[(&str, T)],
    problems: &mut Problems<'_>,
) -> Option<T> {
    let name = text(value, key, problems)?;
    let found = options.iter().find(|(option, _)| *option == name).map(|(_, value)| *value);
    if found.is_none() {
        let names: Vec<&str> = options.iter().map(|(option, _)| *option).collect();
        problems.add(value.span(), unknown(key, name, &names));
    }
    found
}

/// Returns the message about a name that is not among `names`.
pub(super) fn unknown(what: &str, name: &str, names: &[&str]) -> String {
    match closest(name, names) {
        Some(similar) => format!("unknown {what} `{name}`, did you mean `{similar}`?"),
        None if names.is_empty() => format!("unknown {what} `{name}`; there is none"),
        None => format!("unknown {what} `{name}`; it can be {}", names.join(", ")),
    }
}

/// Returns the items of a list, or what is no list as its only item.
fn one_or_list<'a>(value: &'a Value<'a>) -> &'a [Value<'a>] {
    match value.get_ref() {
        DeValue::Array(items) => items,
        _ => std::slice::from_ref(value),
    }
}

/// Returns the name that is most like `word`, if one is like enough: a third of the letters may
/// differ, and the beginning of a name will do.
pub(super) fn closest<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let distance = |name: &&&str| match name.starts_with(&word) && word.len() >= 3 {
        true => 0,
        false => edits(&word, name),
    };
    let best = names.iter().min_by_key(distance)?;
    (distance(&best) <= best.chars().count() / 3).then_some(best)
}

/// Returns how many letters must be put in, left out or replaced to make `a` into `b`.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
