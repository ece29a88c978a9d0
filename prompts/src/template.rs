//! The house's own templates of answers: a colleague picks one, and it is filled for a customer.
//!
//! They are written by the house and filled with what customers call themselves, so that nothing is
//! in reach of them but three words: no filter, no function, no other text.

use minijinja::{Environment, UndefinedBehavior, Value};

/// What a template can be filled with.
pub const PLACEHOLDERS: &[&str] = &["name", "colleague", "house"];

/// The words for a template.
#[derive(Clone, Copy, Debug)]
pub struct Filling<'a> {
    /// What the customer is called.
    pub name: &'a str,
    /// Who writes.
    pub colleague: &'a str,
    /// For which house.
    pub house: &'a str,
}

/// Why a template cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It has a placeholder that is none of [`PLACEHOLDERS`].
    Unknown(String),
    /// It does not parse: in which line, from 1, and why.
    Wrong(usize, String),
}

/// Fills a template, such as `Dear {{ name }}`. Pure.
///
/// # Errors
/// It has an unknown placeholder, or does not parse.
pub fn fill(template: &str, filling: &Filling<'_>) -> Result<String, Unfit> {
    let wrong = |e: minijinja::Error| {
        Unfit::Wrong(e.line().unwrap_or(1), e.detail().unwrap_or("cannot be read").to_owned())
    };
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let parsed = environment.template_from_str(template).map_err(wrong)?;
    let mut used: Vec<String> = parsed.undeclared_variables(false).into_iter().collect();
    used.sort();
    if let Some(unknown) = used.into_iter().find(|name| !PLACEHOLDERS.contains(&name.as_str())) {
        return Err(Unfit::Unknown(unknown));
    }
    let values = [("name", filling.name), ("colleague", filling.colleague), ("house", filling.house)];
    let values: Value = values.into_iter().collect();
    parsed.render(values).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_reaches_three_words_and_nothing_else() {
        let filling = Filling { name: "Anna {{ house }}", colleague: "Mia", house: "Brightwater" };
        let filled = |template| fill(template, &filling);
        assert_eq!(
            filled("Dear {{ name }},\n{{ colleague }}, {{ house }}"),
            Ok("Dear Anna {{ house }},\nMia, Brightwater".to_owned()),
            "a value is no template"
        );
        assert_eq!(filled("{{ price }} {{ name }}"), Err(Unfit::Unknown("price".into())));
        assert_eq!(filled("{{ range(9) }}"), Err(Unfit::Unknown("range".into())));
        assert!(matches!(filled("a\n{{ name | upper }}"), Err(Unfit::Wrong(2, _))));
        assert!(matches!(filled("{% include \"x\" %}"), Err(Unfit::Wrong(..))));
        assert!(matches!(filled("{{ name"), Err(Unfit::Wrong(..))));
    }
}
