//! Forms that visitors of the house's pages fill in.

use rapport_model::consent::Purpose;
use rapport_model::reading::Language;
use rapport_prompts::FieldKind;
use reqwest::Url;
use serde::Deserialize;

use super::Config;
use super::http::is_origin;

/// The most fields of a form.
const FIELDS_MAX: usize = 30;
/// The longest minimum time, in seconds.
const MIN_SECONDS_MAX: u32 = 60;

/// The name of the field that nobody sees, and that programs fill in.
pub const TRAP: &str = "url";
/// The name of the field that tells when the form was shown.
pub const STAMP: &str = "stamp";
/// The name of the box for news.
pub const NEWS: &str = "news";
/// Names that the fields of a form cannot have.
const RESERVED: [&str; 3] = [TRAP, STAMP, NEWS];

/// A form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FormConfig {
    /// What heads it.
    pub title: Option<Words>,
    /// What is asked, in their order; without it name, address and words.
    pub fields: Vec<FieldConfig>,
    /// The mailbox whose mail it is; without it the first one's.
    pub mailbox: Option<String>,
    /// The handle of the colleague who looks after those who were not known.
    pub owner: Option<String>,
    /// What those are tagged with.
    pub tags: Vec<String>,
    /// For what consent is asked: `news`; without it for nothing.
    pub consent: Option<String>,
    /// The origins, such as `https://www.example.com`, whose pages may show the form and send it.
    pub origins: Vec<String>,
    /// The page that is shown after it was sent; without it one of ours.
    pub thanks: Option<String>,
    /// In fewer seconds nobody fills it in: 3, unless said.
    pub min_seconds: u32,
}

impl Default for FormConfig {
    fn default() -> Self {
        Self {
            title: None,
            fields: Vec::new(),
            mailbox: None,
            owner: None,
            tags: Vec::new(),
            consent: None,
            origins: Vec::new(),
            thanks: None,
            min_seconds: 3,
        }
    }
}

/// Words in one language for everybody, or in both.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Words {
    /// For everybody.
    One(String),
    /// In both languages.
    Both {
        /// In English.
        en: String,
        /// In Chinese.
        zh: String,
    },
}

impl Words {
    /// Returns them in a language.
    pub fn of(&self, language: Language) -> &str {
        match self {
            Self::One(words) => words,
            Self::Both { zh, .. } if language == Language::Zh => zh,
            Self::Both { en, .. } => en,
        }
    }

    fn check(&self) -> Result<(), String> {
        let all = match self {
            Self::One(words) => vec![words],
            Self::Both { en, zh } => vec![en, zh],
        };
        let good = |words: &&String| !words.trim().is_empty() && !words.contains(char::is_control);
        match all.iter().all(good) {
            true => Ok(()),
            false => Err("must be a line of words, in both languages or in one for all".into()),
        }
    }
}

/// What is asked in a form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldConfig {
    /// What it is called in what is sent: letters, digits, - and _.
    pub name: String,
    /// What it takes.
    pub kind: FieldKind,
    /// Whether it must be filled in.
    #[serde(default)]
    pub required: bool,
    /// What stands beside it; without it what we call such a field.
    #[serde(default)]
    pub label: Option<Words>,
}

impl FormConfig {
    /// Returns what is asked.
    pub fn asked(&self) -> Vec<FieldConfig> {
        if !self.fields.is_empty() {
            return self.fields.clone();
        }
        let field =
            |name: &str, kind, required| FieldConfig { name: name.into(), kind, required, label: None };
        vec![
            field("name", FieldKind::Name, false),
            field("email", FieldKind::Email, true),
            field("message", FieldKind::Text, true),
        ]
    }

    /// Tells whether it asks for consent to news.
    pub fn asks_for_news(&self) -> bool {
        self.consent.is_some()
    }

    /// Tells whether a page of this origin may send it.
    pub fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|known| known == origin)
    }

    pub(super) fn check(&self, name: &str, config: &Config) -> Result<(), String> {
        let place = |why: String| format!("form.{name}: {why}");
        if !is_name(name) {
            return Err(format!("form: the name {name:?} must be of letters, digits, - and _"));
        }
        if config.http.listen.is_none() {
            return Err(place("needs http.listen, where it is served".into()));
        }
        if let Some(title) = &self.title {
            title.check().map_err(|why| place(format!("title {why}")))?;
        }
        self.check_fields().map_err(place)?;
        if let Some(mailbox) = self.mailbox.as_ref().filter(|mailbox| !config.mail.contains_key(*mailbox)) {
            return Err(place(format!("there is no mailbox {mailbox:?}; write [mail.{mailbox}]")));
        }
        if let Some(owner) = &self.owner
            && !config.users.iter().any(|user| user.handle == *owner)
        {
            return Err(place(format!("there is no colleague {owner:?} in users")));
        }
        if self.tags.iter().any(|tag| tag.trim().is_empty() || tag.contains([',', ';', '\n'])) {
            return Err(place("tags: each is a word, without commas".into()));
        }
        if let Some(purpose) = self.consent.as_ref().filter(|purpose| *purpose != Purpose::News.name()) {
            return Err(place(format!("consent: {purpose:?} needs none; write \"news\", or leave it out")));
        }
        if self.asks_for_news() && config.http.public_url.is_none() {
            return Err(place("consent needs http.public_url, for the link by which it is confirmed".into()));
        }
        if let Some(origin) = self.origins.iter().find(|origin| !is_origin(origin)) {
            return Err(place(format!(
                "origins: {origin:?} is no origin; write it like https://www.example.com"
            )));
        }
        if let Some(thanks) = &self.thanks
            && !Url::parse(thanks).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
        {
            return Err(place(format!("thanks: {thanks:?} is no address of a page; write https://…")));
        }
        if self.min_seconds > MIN_SECONDS_MAX {
            return Err(place(format!("min_seconds: {} must be in 0..={MIN_SECONDS_MAX}", self.min_seconds)));
        }
        Ok(())
    }

    fn check_fields(&self) -> Result<(), String> {
        let asked = self.asked();
        if asked.len() > FIELDS_MAX {
            return Err(format!("{} fields, and {FIELDS_MAX} are allowed", asked.len()));
        }
        for (i, field) in asked.iter().enumerate() {
            if !is_name(&field.name) || RESERVED.contains(&field.name.as_str()) {
                return Err(format!(
                    "fields: the name {:?} must be of letters, digits, - and _, and none of {}",
                    field.name,
                    RESERVED.join(", ")
                ));
            }
            if asked[..i].iter().any(|other| other.name == field.name) {
                return Err(format!("fields: there are two called {:?}", field.name));
            }
            match &field.label {
                Some(label) => label.check().map_err(|why| format!("fields.{}: label {why}", field.name))?,
                None if matches!(field.kind, FieldKind::Line) => {
                    return Err(format!("fields.{}: a line needs a label", field.name));
                }
                None => {}
            }
        }
        let one_of = |kind| asked.iter().filter(|field| field.kind == kind).count();
        if asked.iter().filter(|field| field.kind == FieldKind::Email && field.required).count() != 1
            || one_of(FieldKind::Email) != 1
        {
            return Err("fields: exactly one must be of kind email, and required: whom to answer".into());
        }
        let single = [FieldKind::Name, FieldKind::Subject].into_iter().find(|kind| one_of(*kind) > 1);
        single.map_or(Ok(()), |kind| Err(format!("fields: only one can be of kind {kind}")))
    }
}

/// Tells whether a section or field may be called so.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: &str) -> Result<Config, String> {
        let text = format!(
            "users = [{{ handle = 'mia', role = 'rep' }}]\n[http]\nlisten = '127.0.0.1:8080'\n\
             public_url = 'https://crm.example'\n[mail.support]\naddress = 'support@ours.example'\n\
             [form.contact]\n{form}"
        );
        Config::read(&text, "rapport.toml", std::iter::empty()).map_err(|e| e.to_string())
    }

    #[test]
    fn what_a_form_asks_is_said_or_name_address_and_words() {
        let names = |config: &Config| {
            config.form["contact"].asked().into_iter().map(|field| field.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&check("").unwrap()), ["name", "email", "message"]);
        let own = "owner = 'mia'\ntags = ['web']\nmailbox = 'support'\nconsent = 'news'\n\
                   origins = ['https://www.ours.example']\nthanks = 'https://www.ours.example/thanks'\n\
                   title = { en = 'Write to us', zh = '联系我们' }\n\
                   fields = [{ name = 'mail', kind = 'email', required = true },\n\
                             { name = 'city', kind = 'line', label = 'City' }]";
        let config = check(own).unwrap();
        assert_eq!(names(&config), ["mail", "city"]);
        assert_eq!(config.form["contact"].title.as_ref().unwrap().of(Language::Zh), "联系我们");
    }

    #[test]
    fn what_is_wrong_with_a_form_is_said_with_its_place() {
        let mail = "{ name = 'mail', kind = 'email', required = true }";
        for (text, says) in [
            ("owner = 'bob'".to_owned(), "form.contact: there is no colleague \"bob\""),
            ("mailbox = 'sales'".into(), "there is no mailbox \"sales\""),
            ("consent = 'answer'".into(), "consent: \"answer\" needs none"),
            ("origins = ['*']".into(), "is no origin"),
            ("thanks = 'javascript:alert(1)'".into(), "is no address of a page"),
            ("min_seconds = 600".into(), "must be in 0..=60"),
            ("tags = ['a,b']".into(), "without commas"),
            ("title = \"two\\nlines\"".into(), "must be a line of words"),
            ("fields = [{ name = 'x', kind = 'text' }]".into(), "exactly one must be of kind email"),
            (format!("fields = [{mail}, {{ name = 'url', kind = 'line', label = 'x' }}]"), "none of url"),
            (format!("fields = [{mail}, {{ name = 'mail', kind = 'text' }}]"), "two called \"mail\""),
            (format!("fields = [{mail}, {{ name = 'x', kind = 'line' }}]"), "a line needs a label"),
            (format!("fields = [{mail}, {{ name = 'x', kind = 'date' }}]"), "date"),
            ("colour = 'red'".into(), "colour"),
        ] {
            let error = check(&text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
