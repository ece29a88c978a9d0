//! Words that stand for each other, from two lists that ship with the program.

use std::collections::HashMap;

use super::inflect::forms;
use super::query::{Unit, word_units};

const LISTS: [&str; 2] = [include_str!("synonyms.en.txt"), include_str!("synonyms.zh.txt")];
/// At most this many words are added for one of the query.
const ADDED_FOR_ONE_MAX: usize = 8;
/// A phrase of the lists has at most this many words.
pub(super) const PHRASE_WORDS_MAX: usize = 4;
/// A word of a script without blanks has so many letters in the lists.
const RUN_LETTERS: std::ops::RangeInclusive<usize> = 2..=8;

/// The lists, ready for look-up.
pub(super) struct Synonyms {
    groups: Vec<Vec<&'static str>>,
    /// A word or phrase, folded, and the groups that it is in.
    places: HashMap<String, Vec<usize>>,
}

/// A word of the lists in a run of letters without blanks, and what the run is with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Replaced {
    pub(super) word: String,
    pub(super) by: &'static str,
    pub(super) run: String,
}

impl Synonyms {
    /// Reads the lists.
    pub(super) fn load() -> Self {
        let mut synonyms = Self { groups: Vec::new(), places: HashMap::new() };
        let lines = LISTS.iter().flat_map(|list| list.lines());
        for line in lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let group: Vec<&str> = line.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
            for word in &group {
                synonyms.places.entry(key(word)).or_default().push(synonyms.groups.len());
            }
            synonyms.groups.push(group);
        }
        synonyms
    }

    /// Returns what stands for the words `words` together; each word is folded.
    pub(super) fn of(&self, words: &[&str]) -> Vec<&'static str> {
        let own = words.join(" ");
        let found = self.others(&own);
        match words {
            // The lists hold one form of a word.
            [word] if found.is_empty() => {
                let form = forms(word).into_iter().find(|form| self.places.contains_key(form));
                form.map(|form| self.others(&form)).unwrap_or_default()
            }
            _ => found,
        }
    }

    /// Returns `run`, which is folded, with each word of the lists in it replaced by what stands
    /// for it. Longer words go first.
    pub(super) fn in_run(&self, run: &str) -> Vec<Replaced> {
        let letters: Vec<char> = run.chars().collect();
        let mut replaced = Vec::new();
        for n in RUN_LETTERS.rev() {
            for window in letters.windows(n) {
                let word: String = window.iter().collect();
                for by in self.others(&word) {
                    let run = run.replacen(&word, by, 1);
                    replaced.push(Replaced { word: word.clone(), by, run });
                }
            }
        }
        replaced.truncate(ADDED_FOR_ONE_MAX);
        replaced
    }

    /// Returns the other members of the groups that `own` is in, those of its nearest group first.
    fn others(&self, own: &str) -> Vec<&'static str> {
        let mut others: Vec<&'static str> = Vec::new();
        for group in self.places.get(own).into_iter().flatten() {
            for word in &self.groups[*group] {
                if key(word) != own && !others.contains(word) {
                    others.push(word);
                }
            }
        }
        others.truncate(ADDED_FOR_ONE_MAX);
        others
    }
}

/// Returns the folded form under which a word or phrase is looked up.
fn key(text: &str) -> String {
    let units = text.split_whitespace().flat_map(word_units);
    let words = units.map(|unit| match unit {
        Unit::Word(word) | Unit::Prefix(word) => word,
        Unit::Run(pairs) => Unit::run_text(&pairs),
        Unit::Phrase(tokens) => tokens.into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(" "),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_more_than_120_groups_and_no_word_alone() {
        for list in LISTS {
            let groups = list.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#'));
            let groups: Vec<Vec<_>> = groups.map(|l| l.split(',').map(str::trim).collect()).collect();
            assert!(groups.len() > 120, "{}", groups.len());
            for group in groups {
                assert!(group.len() > 1 && group.iter().all(|w| !w.is_empty()), "{group:?}");
                assert!(group.iter().all(|w| w.split_whitespace().count() <= PHRASE_WORDS_MAX), "{group:?}");
            }
        }
    }

    #[test]
    fn words_stand_for_each_other_within_and_across_languages() {
        let synonyms = Synonyms::load();
        assert!(synonyms.of(&["refund"]).contains(&"money back"));
        assert!(synonyms.of(&["refunds"]).contains(&"退款"), "in another form");
        assert!(synonyms.of(&["money", "back"]).contains(&"refund"));
        assert!(synonyms.of(&["退款"]).contains(&"退钱") && synonyms.of(&["退款"]).contains(&"refund"));
        assert!(synonyms.of(&["zzz"]).is_empty() && synonyms.of(&[]).is_empty());
        assert!(synonyms.of(&["money"]).is_empty(), "part of a phrase");
    }

    #[test]
    fn a_word_is_replaced_within_a_run() {
        let replaced = Synonyms::load().in_run("申请退款");
        let expected = Replaced { word: "退款".to_owned(), by: "退钱", run: "申请退钱".to_owned() };
        assert!(replaced.contains(&expected), "{replaced:?}");
    }
}
