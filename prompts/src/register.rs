//! The register of processing as a page: for whoever has to show it, on a screen or on paper.

use minijinja::Value;
use rapport_model::reading::Language;
use serde::Serialize;

use crate::Prompts;
use crate::error::PromptError;
use crate::locale::Context;

/// A register, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Register {
    /// The code of its language.
    pub language: String,
    /// What it is.
    pub title: String,
    /// Whose, and as of when.
    pub lead: String,
    /// Who is responsible; empty where nobody said.
    pub contact: String,
    /// What is done.
    pub entries: Vec<RegisterEntry>,
    /// Heads where data goes.
    pub places_heading: String,
    /// Where data goes.
    pub places: Vec<String>,
}

/// An activity, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RegisterEntry {
    /// What is done.
    pub title: String,
    /// Labels and what belongs to them.
    pub rows: Vec<(String, String)>,
}

impl Prompts {
    /// Lays out a register as HTML that stands by itself.
    pub fn register_page(&self, language: Language, register: &Register) -> String {
        let context = Context::from([("register", Value::from_serialize(register))]);
        let laid_out = |prompts: &Self| -> Result<String, PromptError> {
            prompts.locale(language).render("layout/register.html", &context)
        };
        // A house's own layout may fail on values that the check did not try: then ours is used.
        laid_out(self).or_else(|_| laid_out(&Self::new())).unwrap_or_default()
    }
}
