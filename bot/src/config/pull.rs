//! Lists of other programs that are fetched.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use rapport_workflows::import::Pointers;
use rapport_workflows::schedule::CronSchedule;
use reqwest::Url;
use serde::Deserialize;

use super::form::is_name;
use super::mapped::mapped;
use super::outside::{address, patience};
use super::secret::{Hidden, Secret};

/// A list of another program's that is fetched page by page.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PullConfig {
    /// The address of its first page, `https://…`.
    pub url: String,
    /// What the records are, as for those that are sent to us.
    pub kind: String,
    /// A JSON pointer to the list within a page; without it all of it.
    #[serde(default)]
    pub each: Option<String>,
    /// Where the fields are: each with a JSON pointer into the record.
    pub map: BTreeMap<String, String>,
    /// By what records are known: `email`, or a field of the map, such as `attr:crm_id`.
    #[serde(default)]
    pub key: Option<String>,
    /// How further pages are found; without it there is one.
    #[serde(default)]
    pub page: Option<PageConfig>,
    /// The parameter that says since when a record must have changed, if it takes one.
    #[serde(default)]
    pub since: Option<String>,
    /// When it is fetched, in local time (`*/15 * * * *`); without it only by `rapport pull`.
    #[serde(default)]
    pub every: Option<String>,
    /// The most records of one run; the next one goes on.
    #[serde(default = "ten_thousand")]
    pub at_most: usize,
    /// The line of the head by which it knows us.
    #[serde(default = "authorization")]
    pub auth_header: String,
    /// A file whose first line is the value of that header: `Bearer …`.
    #[serde(default)]
    pub auth_file: Option<PathBuf>,
    /// A command that prints it.
    #[serde(default)]
    pub auth_command: Option<String>,
    /// The value; from the environment alone.
    #[serde(default)]
    pub auth: Option<Hidden>,
    /// How long an answer may take: `30s`.
    #[serde(default = "thirty_seconds")]
    pub timeout: String,
    /// Whether the address may be one of this machine or of the house's own net.
    #[serde(default)]
    pub allow_private: bool,
    /// Certificates in PEM that are trusted beside the public ones.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

fn ten_thousand() -> usize {
    10_000
}

fn authorization() -> String {
    "Authorization".into()
}

fn thirty_seconds() -> String {
    "30s".into()
}

/// How further pages are found: by one of `next`, `number` and `cursor`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageConfig {
    /// A JSON pointer to the address of the next page.
    pub next: Option<String>,
    /// The parameter that takes the number of a page.
    pub number: Option<String>,
    /// The number of the first page: 1, unless said.
    pub from: Option<u64>,
    /// A JSON pointer to what leads to the next page.
    pub cursor: Option<String>,
    /// The parameter that takes that.
    pub parameter: Option<String>,
}

/// How further pages are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paging {
    /// There are none.
    Once,
    /// A page holds the address of the next one, at this pointer.
    Next(String),
    /// By number: the parameter, and the first.
    Number(String, u64),
    /// A page holds what leads to the next one: the pointer, and the parameter.
    Cursor(String, String),
}

impl PullConfig {
    /// Returns where the list is.
    ///
    /// # Errors
    /// It is no such place.
    pub fn url(&self) -> Result<Url, String> {
        address("url", &self.url, self.allow_private)
    }

    /// Returns where everything is in a page.
    ///
    /// # Errors
    /// What is wrong.
    pub fn pointers(&self) -> Result<Pointers, String> {
        mapped(&self.kind, self.each.as_deref(), &self.map, self.key.as_deref())
    }

    /// Returns how further pages are found.
    ///
    /// # Errors
    /// It says none, or more than one.
    pub fn paging(&self) -> Result<Paging, String> {
        let Some(page) = &self.page else { return Ok(Paging::Once) };
        let pointer = |key: &str, text: &String| match text.starts_with('/') {
            true => Ok(text.clone()),
            false => Err(format!("page.{key}: {text:?} is no JSON pointer; write it like /links/next")),
        };
        match (&page.next, &page.number, &page.cursor) {
            (Some(next), None, None) => Ok(Paging::Next(pointer("next", next)?)),
            (None, Some(number), None) => Ok(Paging::Number(number.clone(), page.from.unwrap_or(1))),
            (None, None, Some(cursor)) => {
                let parameter = page.parameter.clone().unwrap_or_else(|| "cursor".into());
                Ok(Paging::Cursor(pointer("cursor", cursor)?, parameter))
            }
            _ => Err("page: write one of next, number and cursor".into()),
        }
    }

    /// Returns when it is fetched; nothing if only by hand.
    ///
    /// # Errors
    /// It is no such time.
    pub fn schedule(&self) -> Result<Option<CronSchedule>, String> {
        let parsed = self.every.as_ref().map(|every| CronSchedule::parse(every));
        parsed.transpose().map_err(|e| format!("every: {e}"))
    }

    /// Returns how long an answer may take.
    ///
    /// # Errors
    /// It is no time limit.
    pub fn patience(&self) -> Result<Duration, String> {
        patience("timeout", &self.timeout)
    }

    /// Returns by what it knows us, if it needs to.
    ///
    /// # Errors
    /// There are two.
    pub fn auth(&self) -> Result<Option<Secret>, String> {
        let mut all = Secret::all(&self.auth_file, [&self.auth_command], &self.auth);
        if all.len() > 1 {
            return Err("write one of auth_file and auth_command".into());
        }
        Ok(all.pop())
    }

    /// Tells whether the file itself holds the secret.
    pub(super) fn has_secret(&self) -> bool {
        self.auth.is_some()
    }

    pub(super) fn check(&self, name: &str) -> Result<(), String> {
        if !is_name(name) {
            return Err(format!("pull: the name {name:?} must be of letters, digits, - and _"));
        }
        let place = |why: String| format!("pull.{name}: {why}");
        self.url().map_err(place)?;
        self.pointers().map_err(place)?;
        self.paging().map_err(place)?;
        self.schedule().map_err(place)?;
        self.patience().map_err(place)?;
        self.auth().map_err(place)?;
        if HeaderName::try_from(self.auth_header.as_str()).is_err() {
            return Err(place(format!("auth_header: {:?} is no name of a header", self.auth_header)));
        }
        match (1..=1_000_000).contains(&self.at_most) {
            true => Ok(()),
            false => Err(place(format!("at_most: {} must be in 1..=1000000", self.at_most))),
        }
    }
}

/// Tells whether a value can stand in the head of a request.
pub(crate) fn is_header_value(value: &str) -> bool {
    HeaderValue::from_str(value).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let check = |more: &str| {
            let text = format!(
                "url = 'https://erp.example/people'\nkind = 'customers'\nmap = {{ email = '/email' }}\n{more}"
            );
            let config: PullConfig = toml::from_str(&text).map_err(|e| e.to_string())?;
            config.check("erp").map(|()| config)
        };
        let paging = |page: &str| check(&format!("page = {page}")).unwrap().paging().unwrap();
        assert_eq!(check("").unwrap().paging(), Ok(Paging::Once));
        assert_eq!(paging("{ next = '/links/next' }"), Paging::Next("/links/next".into()));
        assert_eq!(paging("{ number = 'page', from = 0 }"), Paging::Number("page".into(), 0));
        assert_eq!(paging("{ cursor = '/next' }"), Paging::Cursor("/next".into(), "cursor".into()));
        assert!(check("every = '*/15 * * * *'\nauth_file = 'k'\nsince = 'updated_since'").is_ok());
        for (text, says) in [
            ("page = {}", "page: write one of next, number and cursor"),
            ("page = { next = '/a', number = 'b' }", "write one of"),
            ("page = { next = 'links' }", "page.next: \"links\" is no JSON pointer"),
            ("every = 'now and then'", "pull.erp: every"),
            ("at_most = 0", "at_most: 0 must be in"),
            ("timeout = '2h'", "timeout"),
            ("auth_header = 'a b'", "is no name of a header"),
            ("auth_file = 'a'\nauth_command = 'b'", "write one of auth_file"),
            ("token = 'x'", "unknown field"),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
        let plain = "url = 'http://erp.lan/x'\nkind = 'customers'\nmap = { email = '/email' }\n";
        let plain: PullConfig = toml::from_str(plain).unwrap();
        assert!(plain.check("erp").unwrap_err().contains("https://"));
    }
}
