//! What a language model is asked for. What somebody wrote is no part of it: that goes beside it, as data.

use minijinja::Value;
use rapport_model::reading::Language;

use crate::Prompts;
use crate::locale::{Context, Locale};
use crate::source;

/// The texts of a language model.
const NAMES: [&str; 2] = ["answer", "summary"];

/// What is said to a language model beside the words that it works on.
#[derive(Clone, Copy, Debug)]
pub struct LlmContext<'a> {
    /// The name of the house.
    pub house: &'a str,
    /// How many words, or of Chinese characters, it may write.
    pub words_max: usize,
}

impl Prompts {
    /// Asks a language model for an answer to a customer.
    pub fn llm_answer(&self, language: Language, context: &LlmContext<'_>) -> String {
        self.ask(language, "answer", context)
    }

    /// Asks a language model for a summary of a conversation.
    pub fn llm_summary(&self, language: Language, context: &LlmContext<'_>) -> String {
        self.ask(language, "summary", context)
    }

    fn ask(&self, language: Language, name: &str, context: &LlmContext<'_>) -> String {
        let (key, values) = (format!("llm/{name}"), values(context));
        // As with every text: the house's own may fail where the check did not look.
        let said = self.locale(language).render(&key, &values);
        said.or_else(|_| Locale::new(language, source::embedded(language)).render(&key, &values))
            .unwrap_or_default()
    }
}

fn values(context: &LlmContext<'_>) -> Context {
    let LlmContext { house, words_max } = *context;
    Context::from([("house", Value::from(house)), ("words_max", Value::from(words_max))])
}

/// Returns values to try a text with; nothing if there is no such text.
pub(crate) fn samples(name: &str) -> Option<[Context; 2]> {
    let sample = |house| values(&LlmContext { house, words_max: 150 });
    NAMES.contains(&name).then(|| [sample("Brightwater"), sample("")])
}
