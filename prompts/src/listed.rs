//! Which texts there are, and where each stands.

use rapport_model::reading::Language;

use crate::Prompts;
use crate::error::Place;

/// A text as it was written.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// Its sort: `mail`, `notice` and `rules` are named by rules, `news` by campaigns; `texts`, `labels`, `help`
    /// and `layout` are said by the program, `llm` to a language model.
    pub sort: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The words, with their variables.
    pub text: &'a str,
    /// Where it stands.
    pub place: &'a Place,
    /// Whether it is the house's own.
    pub own: bool,
}

impl Prompts {
    /// Returns all texts of a language, by sort and name.
    pub fn listed(&self, language: Language) -> impl Iterator<Item = Listed<'_>> {
        self.locale(language).sources.iter().filter_map(|(key, source)| {
            let (sort, name) = key.split_once('/')?;
            Some(Listed { sort, name, text: &source.text, place: &source.place, own: source.own })
        })
    }
}
