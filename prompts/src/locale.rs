//! One language: its texts, and how they are filled with values.
//!
//! A value is data. It is put in as it is (escaped in HTML) and never read as a template.

use std::collections::BTreeMap;

use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};
use rapport_model::reading::Language;

use crate::error::{Place, PromptError};
use crate::format;
use crate::source::{Source, Sources};

/// The values of a text, by the names of its variables.
pub(crate) type Context = BTreeMap<&'static str, Value>;

/// One language.
#[derive(Debug)]
pub(crate) struct Locale {
    pub language: Language,
    pub sources: Sources,
    environment: Environment<'static>,
}

impl Locale {
    pub fn new(language: Language, sources: Sources) -> Self {
        Self { language, sources, environment: environment(language) }
    }

    /// Fills the text `key` with `context`.
    ///
    /// # Errors
    /// There is no such text, it does not parse, or it uses a variable that `context` lacks.
    pub fn render(&self, key: &str, context: &Context) -> Result<String, PromptError> {
        let source = self.source(key)?;
        // Texts are parsed when they are said: a start that needs none of them pays for none.
        self.environment.render_named_str(key, &source.text, context).map_err(|error| wrong(source, &error))
    }

    /// Returns the names of the variables that the text `key` uses.
    ///
    /// # Errors
    /// There is no such text, or it does not parse.
    pub fn variables(&self, key: &str) -> Result<Vec<String>, PromptError> {
        let source = self.source(key)?;
        let template = self.environment.template_from_named_str(key, &source.text);
        let template = template.map_err(|error| wrong(source, &error))?;
        let mut variables: Vec<String> = template.undeclared_variables(false).into_iter().collect();
        variables.sort();
        Ok(variables)
    }

    /// Returns the text `labels/{group}.{name}`, or the name itself where the house made it up.
    pub fn label<'a>(&'a self, group: &str, name: &'a str) -> &'a str {
        self.sources.get(&format!("labels/{group}.{name}")).map_or(name, |source| &source.text)
    }

    pub fn source(&self, key: &str) -> Result<&Source, PromptError> {
        self.sources.get(key).ok_or_else(|| {
            let (group, name) = key.split_once('/').unwrap_or(("", key));
            let group = format!("{group}/");
            let known: Vec<&str> = self.sources.keys().filter_map(|k| k.strip_prefix(&group)).collect();
            PromptError::Unknown { name: name.to_owned(), known: known.join(", ") }
        })
    }
}

/// Says where in a file a template is wrong, and in which words.
fn wrong(source: &Source, error: &minijinja::Error) -> PromptError {
    let line = source.place.line + error.line().unwrap_or(1).saturating_sub(1);
    let problem = match (error.kind(), error.detail()) {
        (ErrorKind::UndefinedError, None) => "uses a variable that this text does not have".to_owned(),
        (kind, None) => kind.to_string(),
        (_, Some(detail)) => detail.to_owned(),
    };
    PromptError::Wrong { place: Place { line, ..source.place.clone() }, problem }
}

fn environment(language: Language) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_auto_escape_callback(|key| {
        if key.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
    });
    // "none" in the middle of a sentence is as wrong as an unknown variable.
    environment.set_formatter(|out, state, value| {
        if value.is_none() {
            let problem = "says a value that can be absent; put `{% if … %}` around it";
            return Err(minijinja::Error::new(ErrorKind::InvalidOperation, problem));
        }
        minijinja::escape_formatter(out, state, value)
    });
    environment.add_filter("number", format::number);
    environment.add_filter("count", |n: i64, one: &str, many: &str| format::count(n, one, many));
    environment.add_filter("list", move |items: Vec<String>| format::list(language, &items));
    environment.add_filter("quoted", move |items: Vec<String>| format::quoted(language, &items));
    // minijinja's own `capitalize` makes the rest small, and so `ticket T3` into `Ticket t3`.
    environment.add_filter("capital", format::capital);
    environment.add_filter("clip", |text: &str, chars_max: usize| format::clip(text, chars_max));
    environment.add_filter("pad", |text: &str, width: usize| format::pad(text, width));
    environment.add_filter("pad_left", |text: &str, width: usize| format::pad_left(text, width));
    environment
}
