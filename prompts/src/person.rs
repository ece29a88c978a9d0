//! All that is held of a person as a page: for them, on a screen or on paper.

use minijinja::Value;
use rapport_model::reading::Language;
use serde::Serialize;

use crate::Prompts;
use crate::error::PromptError;
use crate::format::capital;
use crate::locale::Context;

/// What is held of a person, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PersonPage {
    /// The code of its language.
    pub language: String,
    /// Whose it is.
    pub title: String,
    /// By whom and as of when.
    pub lead: String,
    /// Who is responsible; empty where nobody said.
    pub contact: String,
    /// What the person may ask for.
    pub rights: String,
    /// What is held, by what it is for.
    pub sections: Vec<PersonSection>,
}

/// What is held for one purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PersonSection {
    /// What is done.
    pub title: String,
    /// Why, by which right, from where, how long: labels and what belongs to them.
    pub about: Vec<(String, String)>,
    /// What is held.
    pub items: Vec<PersonItem>,
    /// Says that nothing is; empty where something is.
    pub none: String,
}

/// One thing that is held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PersonItem {
    /// What it is; empty where the section says so.
    pub title: String,
    /// Labels and what belongs to them.
    pub rows: Vec<(String, String)>,
    /// Words with their lines.
    pub text: String,
}

impl Prompts {
    /// Lays out what is held of a person as HTML that stands by itself.
    pub fn person_page(&self, language: Language, page: &PersonPage) -> String {
        let mut page = page.clone();
        for section in &mut page.sections {
            let about = section.about.iter_mut().flat_map(|(label, value)| [label, value]);
            let labels =
                section.items.iter_mut().flat_map(|item| item.rows.iter_mut().map(|(label, _)| label));
            about.chain(labels).for_each(|words| *words = capital(words));
        }
        let context = Context::from([("person", Value::from_serialize(&page))]);
        let laid_out = |prompts: &Self| -> Result<String, PromptError> {
            prompts.locale(language).render("layout/person.html", &context)
        };
        // A house's own layout may fail on values that the check did not try: then ours is used.
        laid_out(self).or_else(|_| laid_out(&Self::new())).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_words_on_the_page_and_keeps_its_lines() {
        let item = PersonItem {
            title: "<script>alert(1)</script>".into(),
            rows: vec![("\"a\"".into(), "<b>".into())],
            text: "one\n  two & <i>three".into(),
        };
        let section = PersonSection { title: "Mail".into(), items: vec![item], ..PersonSection::default() };
        let page = PersonPage { language: "en".into(), sections: vec![section], ..PersonPage::default() };
        let html = Prompts::new().person_page(Language::En, &page);
        assert!(html.contains("one\n  two &amp; &lt;i&gt;three"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains("http"), "{html}");
    }
}
