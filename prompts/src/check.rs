//! Finds what is wrong with the texts before anybody needs them.

use std::collections::BTreeSet;

use rapport_model::reading::Language;

use crate::error::{Place, PromptError};
use crate::locale::{Context, Locale};
use crate::source::Source;
use crate::{LANGUAGES, Prompts, board, digest, help, label, llm, named, page, texts};

impl Prompts {
    /// Checks every text in every language: that it exists, that it parses, that it uses its
    /// variables and no other, and that it can be said with full and with scarce values.
    ///
    /// The house's own text may leave out a variable. Its own notices, mails and phrases must be
    /// there in every language.
    ///
    /// # Errors
    /// The first text that is wrong, with its file and line.
    pub fn check(&self) -> Result<(), PromptError> {
        for language in LANGUAGES {
            let locale = self.locale(language);
            for key in self.keys() {
                match locale.sources.get(&key) {
                    Some(source) => check_text(locale, &key, source)?,
                    None => return Err(self.missing(&key, language)),
                }
            }
            digest::try_out(self, language)?;
            page::try_out(self, language)?;
            board::try_out(self, language)?;
        }
        Ok(())
    }

    /// Returns the key of every text that every language must have.
    fn keys(&self) -> BTreeSet<String> {
        let mut keys: BTreeSet<String> = label::keys().into_iter().chain(help::keys()).collect();
        keys.extend(texts::declared().map(|text| format!("texts/{}", text.name)));
        let there = LANGUAGES.iter().flat_map(|language| self.locale(*language).sources.keys());
        // A stage or field of the house may have the same name in every language.
        keys.extend(there.filter(|key| !key.starts_with("labels/")).cloned());
        keys
    }

    fn missing(&self, key: &str, language: Language) -> PromptError {
        let problem = match samples(self.locale(language), key) {
            Some(_) => format!("`{key}` is missing in `{}`; add it there as well", language.code()),
            None => unknown(key),
        };
        let elsewhere = LANGUAGES.iter().find_map(|language| self.locale(*language).sources.get(key));
        let nowhere = Place { file: format!("prompts/locales/{}", language.code()), line: 1 };
        PromptError::Wrong { place: elsewhere.map_or(nowhere, |source| source.place.clone()), problem }
    }
}

fn unknown(key: &str) -> String {
    format!("the service has no text `{key}`; look at the spelling")
}

/// Checks one text against what its function or its rule gives it.
fn check_text(locale: &Locale, key: &str, source: &Source) -> Result<(), PromptError> {
    let wrong = |line, problem| {
        let place = Place { line, ..source.place.clone() };
        Err(PromptError::Wrong { place, problem })
    };
    let Some(samples) = samples(locale, key) else {
        return wrong(source.place.line, unknown(key));
    };
    let used = locale.variables(key)?;
    if let Some(unknown) = used.iter().find(|name| !samples[0].contains_key(name.as_str())) {
        let known = samples[0].keys().copied().collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() { "it has none".to_owned() } else { format!("it has {known}") };
        let problem = format!("`{key}` has no variable `{unknown}`; {known}");
        return wrong(source.place.line + line_of(&source.text, unknown), problem);
    }
    let declared = key.starts_with("texts/") && !source.own;
    if let Some(left_out) = samples[0].keys().find(|name| declared && !used.iter().any(|u| u == *name)) {
        return wrong(source.place.line, format!("`{key}` does not use its variable `{left_out}`"));
    }
    let is_letter = ["mail/", "notice/", "news/"].iter().any(|sort| key.starts_with(sort));
    if is_letter && !key.ends_with(".html") && !source.text.starts_with(named::SUBJECT) {
        return wrong(source.place.line, format!("the first line must begin with `{}`", named::SUBJECT));
    }
    // Layouts are tried with whole digests and pages.
    if !key.starts_with("layout/") {
        for sample in &samples {
            locale.render(key, sample)?;
        }
    }
    Ok(())
}

/// Returns values to try a text with, which also tell the variables it has; `None` if nothing
/// says such a text.
fn samples(locale: &Locale, key: &str) -> Option<[Context; 2]> {
    match key.split_once('/')? {
        ("texts", name) => {
            let text = texts::declared().find(|text| text.name == name)?;
            let mut samples = [Context::new(), Context::new()];
            for variable in (text.variables)() {
                let values = (variable.samples)(locale);
                for (sample, value) in samples.iter_mut().zip(values) {
                    sample.insert(variable.name, value);
                }
            }
            Some(samples)
        }
        ("help", _) => help::keys().iter().any(|known| known == key).then(Default::default),
        // The house's own stages and fields have names too.
        ("labels", _) => Some(Default::default()),
        ("llm", name) => llm::samples(name),
        ("layout", name) => {
            let variable = match name {
                "digest.txt" | "digest.html" | "digest_card.txt" | "digest_card.html" => "digest",
                "page.html" => "page",
                "board.html" => "board",
                "api.html" => "api",
                "register.html" => "register",
                "person.html" => "person",
                _ => return None,
            };
            let view = Context::from([(variable, minijinja::Value::UNDEFINED)]);
            Some([view.clone(), view])
        }
        _ => named::samples(locale, key),
    }
}

/// Returns how many lines stand before the one that first uses `name` as a word.
fn line_of(text: &str, name: &str) -> usize {
    let is_word =
        |line: &str| line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
    text.lines().position(is_word).unwrap_or(0)
}
