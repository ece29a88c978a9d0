//! `template`: an answer is drafted from a text of the house.

use std::path::Path;

use rapport_prompts::format;
use rapport_prompts::template::{Filling, PLACEHOLDERS, Unfit, fill};

use super::super::card::Card;
use super::super::command::{Command, Of};
use super::super::desk::{Desk, Done};
use super::super::safe::quoted;
use super::super::session::Session;
use super::Keep;

/// Where the house keeps them, in the data directory.
const FOLDER: &str = "templates";
const TEMPLATES_MAX: usize = 200;
const TEMPLATE_BYTES_MAX: u64 = 64 * 1024;
const BUTTONS_MAX: usize = 8;

/// A text of the house.
#[derive(Debug, PartialEq, Eq)]
struct Template {
    /// Its file's name without the ending.
    name: String,
    /// Its first line.
    subject: String,
    /// The rest, with placeholders.
    text: String,
}

impl Desk<'_> {
    pub(super) async fn templates(&self, session: &Session) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let templates = self.all_templates()?;
        if templates.is_empty() {
            return Ok(vec![Card::new(prompts.templates_empty(language))]);
        }
        let mut card = Card::new(prompts.templates_heading(language, templates.len()));
        for template in &templates {
            card = card.item(self.beside(&quoted(&template.name), &quoted(&template.subject)));
        }
        if session.context.is_some() {
            for Template { name, .. } in templates.iter().take(BUTTONS_MAX) {
                let draft = Keep::Template { name: name.clone(), of: Of::It };
                card = card.choice(format::clip(&quoted(name), 20), Command::Keep(draft));
            }
        }
        Ok(vec![card])
    }

    pub(super) async fn template(
        &self,
        session: &mut Session,
        command: &Command,
        name: &str,
        of: &Of,
    ) -> Done {
        let (prompts, language) = (self.prompts(), self.language);
        let templates = self.all_templates()?;
        let Some(template) = meant(&templates, name) else {
            let known: Vec<&str> = templates.iter().map(|template| template.name.as_str()).collect();
            return Ok(vec![match known.is_empty() {
                true => Card::new(prompts.templates_empty(language)),
                false => Card::new(prompts.template_unknown(language, &quoted(name), &known)),
            }]);
        };
        let (customer, _) = self.conversation(session, command, of).await?;
        let filling = Filling {
            name: &quoted(customer.text("name")),
            colleague: self.user.display_name(),
            house: &self.app.workflows.settings().house.name,
        };
        let file = format!("{FOLDER}/{}.txt", template.name);
        match fill(&template.text, &filling) {
            Ok(text) => self.reply(session, command, of, &text).await,
            Err(Unfit::Unknown(placeholder)) => {
                Ok(vec![Card::new(prompts.template_placeholder(language, &file, &placeholder, PLACEHOLDERS))])
            }
            // The subject is the first line.
            Err(Unfit::Wrong(line, why)) => {
                Ok(vec![Card::new(prompts.template_wrong(language, &file, line + 1, &why))])
            }
        }
    }

    fn all_templates(&self) -> Done<Vec<Template>> {
        let (prompts, language) = (self.prompts(), self.language);
        read_all(&self.app.dir.join(FOLDER)).map_err(|(file, e)| {
            Card::new(prompts.template_unreadable(language, &format!("{FOLDER}/{file}"), &e.to_string()))
                .into()
        })
    }
}

/// Reads the templates of a folder, by name; none where there is no folder.
///
/// # Errors
/// A file cannot be read, with its name.
fn read_all(folder: &Path) -> Result<Vec<Template>, (String, std::io::Error)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "txt")).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let failed = |e| (format!("{name}.txt"), e);
        if std::fs::metadata(path).map_err(failed)?.len() > TEMPLATE_BYTES_MAX {
            let e = std::io::Error::other(format!("is larger than {} kB", TEMPLATE_BYTES_MAX / 1024));
            return Err(failed(e));
        }
        let whole = std::fs::read_to_string(path).map_err(failed)?;
        let whole = whole.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let (subject, text) = whole.split_once('\n').unwrap_or((&whole, ""));
        Ok(Template { name, subject: subject.trim().to_owned(), text: text.trim().to_owned() })
    };
    paths.iter().take(TEMPLATES_MAX).map(read).collect()
}

/// Finds the template that is meant: of that name, or the only one that begins so. Pure.
fn meant<'t>(templates: &'t [Template], name: &str) -> Option<&'t Template> {
    let same = |text: &str| text.to_lowercase().replace([' ', '_'], "-");
    let name = same(name.trim_end_matches(".txt"));
    let exact = templates.iter().find(|template| same(&template.name) == name);
    let mut begun =
        templates.iter().filter(|template| !name.is_empty() && same(&template.name).starts_with(&name));
    exact.or_else(|| begun.next().filter(|_| begun.next().is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_meant_by_its_name_or_its_beginning() {
        let template =
            |name: &str| Template { name: name.into(), subject: String::new(), text: String::new() };
        let all = [template("price-list"), template("prices"), template("welcome")];
        for (name, found) in [
            ("price-list", Some("price-list")),
            ("Price List", Some("price-list")),
            ("wel", Some("welcome")),
            ("price", None),
            ("../welcome", None),
            ("", None),
        ] {
            assert_eq!(meant(&all, name).map(|t| t.name.as_str()), found, "{name:?}");
        }
    }
}
