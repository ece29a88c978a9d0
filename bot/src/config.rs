//! The configuration: defaults, then `rapport.toml` in the data directory, then `RAPPORT__…`
//! in the environment. Checked as a whole before anything starts.

pub mod anomaly;
pub mod backup;
pub mod campaigns;
pub mod chat;
pub mod form;
pub mod hours;
pub mod http;
pub mod inbound;
pub mod llm;
pub mod mail;
mod mapped;
pub mod oauth;
mod outside;
mod place;
pub mod privacy;
pub mod pull;
pub mod retention;
pub mod secret;
mod sections;
pub mod security;
mod teams;
pub mod users;
pub mod webhook;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use rapport_model::House;
use rapport_model::reading::Language;
use rapport_storage::{Place, without_passwords};
use rapport_workflows::Settings;
use serde::Deserialize;

use anomaly::AnomalyConfig;
use backup::BackupConfig;
use campaigns::CampaignsConfig;
use chat::{DiscordConfig, TelegramConfig};
use form::FormConfig;
use hours::HoursConfig;
use http::HttpConfig;
use inbound::InboundConfig;
use llm::LlmConfig;
use mail::{LmtpConfig, MailConfig};
use privacy::PrivacyConfig;
use pull::PullConfig;
use retention::RetentionConfig;
use security::SecurityConfig;
use toml::{Table, Value};
use users::UserConfig;
use webhook::WebhookConfig;

/// The file's name in the data directory.
pub const FILE: &str = "rapport.toml";
/// What the names of environment variables begin with; `__` goes one level down.
const ENVIRONMENT: &str = "RAPPORT__";

/// What the configuration says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the store lies: `sqlite://FILE` (a relative one in the data directory) or
    /// `postgres://USER@HOST/NAME`; none for the file in the data directory.
    pub database: Option<DatabaseUrl>,
    /// Where the keys of a store on a server lie, if elsewhere than in its schema `rapport_keys`.
    pub keys_database: Option<DatabaseUrl>,
    /// The language the house speaks when nothing else is known: `en` or `zh`.
    pub lang: String,
    /// The house's IANA zone.
    pub timezone: String,
    /// ISO 3166 code of the country whose phone numbers come without one.
    pub default_region: String,
    /// ISO 4217 code that a bare `$` or `¥` means.
    pub currency: String,
    /// Who we are.
    pub house: HouseConfig,
    /// The colleagues.
    pub users: Vec<UserConfig>,
    /// What the house sells, by name.
    pub products: Vec<String>,
    /// How texts are read.
    pub nlp: NlpConfig,
    /// The mailboxes, by name.
    pub mail: BTreeMap<String, MailConfig>,
    /// When whom one can reach: by the name of a team, by names that mailboxes use, or `default`.
    pub hours: BTreeMap<String, HoursConfig>,
    /// Where a mail server hands mails to us.
    pub lmtp: LmtpConfig,
    /// Where pages are served.
    pub http: HttpConfig,
    /// How much is written to many.
    pub campaigns: CampaignsConfig,
    /// How readily figures are told as unusual.
    pub anomaly: AnomalyConfig,
    /// The house's bot on Telegram.
    pub telegram: Option<TelegramConfig>,
    /// The house's application on Discord.
    pub discord: Option<DiscordConfig>,
    /// The language model that drafts.
    pub llm: Option<LlmConfig>,
    /// The programs that are told of what happens, by name.
    pub webhook: BTreeMap<String, WebhookConfig>,
    /// The forms that visitors fill in, by name.
    pub form: BTreeMap<String, FormConfig>,
    /// The programs that send us records, by name.
    pub inbound: BTreeMap<String, InboundConfig>,
    /// The lists of other programs that are fetched, by name.
    pub pull: BTreeMap<String, PullConfig>,
    /// Where backups go.
    pub backup: Option<BackupConfig>,
    /// How long what is kept.
    pub retention: RetentionConfig,
    /// What the register of processing says.
    pub privacy: PrivacyConfig,
    /// What is more than usual.
    pub security: SecurityConfig,
}

/// The address of a database; its password is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(pub String);

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&without_passwords(&self.0))
    }
}

/// Who we are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HouseConfig {
    /// What the house is called in what it writes.
    pub name: String,
    /// Addresses that are ours.
    pub addresses: Vec<String>,
    /// Domains that are ours.
    pub domains: Vec<String>,
}

/// How texts are read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NlpConfig {
    /// Which engine reads.
    pub engine: EngineChoice,
}

/// Which engine reads texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum EngineChoice {
    /// Linear heads on words alone.
    Linear,
    /// MiniLM for every English text.
    Bert,
    /// MiniLM for the English texts of which the linear engine is not sure, where MiniLM is there.
    #[default]
    Auto,
}

impl EngineChoice {
    /// Returns its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Bert => "bert",
            Self::Auto => "auto",
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database: None,
            keys_database: None,
            lang: "en".into(),
            timezone: "UTC".into(),
            default_region: String::new(),
            currency: "EUR".into(),
            house: HouseConfig::default(),
            users: Vec::new(),
            products: Vec::new(),
            nlp: NlpConfig::default(),
            mail: BTreeMap::new(),
            hours: BTreeMap::new(),
            lmtp: LmtpConfig::default(),
            http: HttpConfig::default(),
            campaigns: CampaignsConfig::default(),
            anomaly: AnomalyConfig::default(),
            telegram: None,
            discord: None,
            llm: None,
            webhook: BTreeMap::new(),
            form: BTreeMap::new(),
            inbound: BTreeMap::new(),
            pull: BTreeMap::new(),
            backup: None,
            retention: RetentionConfig::default(),
            privacy: PrivacyConfig::default(),
            security: SecurityConfig::default(),
        }
    }
}

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file, or what the environment adds, is not as it should be.
    #[error("{place}: {why}")]
    Wrong {
        /// The file or variable, and the key.
        place: String,
        /// What is wrong and what to write.
        why: String,
    },
}

impl Config {
    /// Reads the configuration of a data directory, or of `file` when one is named.
    ///
    /// # Errors
    /// A file that was named is missing, or something in it is wrong. A data directory without a
    /// file is fine.
    pub fn load(dir: &Path, file: Option<&Path>) -> Result<Self, ConfigError> {
        let path = file.map_or_else(|| dir.join(FILE), Path::to_owned);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && file.is_none() => String::new(),
            Err(source) => return Err(ConfigError::Read { path, source }),
        };
        Self::read(&text, &path.display().to_string(), std::env::vars())
    }

    /// Reads the configuration of a file's text and of environment variables.
    ///
    /// # Errors
    /// Something in it is wrong.
    pub fn read(
        text: &str,
        file: &str,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        // A value that is named may hold the password of a database.
        let wrong = |place: &str, why: String| ConfigError::Wrong {
            place: place.to_owned(),
            why: without_passwords(&why),
        };
        // Read on its own first: only then do errors name lines.
        let of_file = |e: toml::de::Error| {
            let (place, why) = place::told(file, text, &e);
            wrong(&place, why)
        };
        let alone = toml::from_str::<Self>(text).map_err(of_file)?;
        if let Some(why) = secret::misplaced(&alone) {
            return Err(wrong(file, why));
        }
        let mut table: Table = toml::from_str(text).map_err(of_file)?;
        let mut place = file.to_owned();
        for (name, value) in environment {
            if let Some(path) = name.strip_prefix(ENVIRONMENT) {
                let keys: Vec<String> = path.split("__").map(str::to_lowercase).collect();
                set(&mut table, &keys, parse(&value)).map_err(|why| wrong(&name, why))?;
                place = format!("{file} with {name}");
            }
        }
        // The key is on a line of its own.
        let of_both = |e: toml::de::Error| wrong(&place, e.to_string().trim_end().replace('\n', ", "));
        let mut config: Self = table.try_into().map_err(of_both)?;
        for (name, mail) in &mut config.mail {
            mail.share_oauth().map_err(|why| wrong(&place, format!("mail.{name}: {why}")))?;
        }
        config.place().check().map_err(|e| wrong(&place, e.to_string()))?;
        config.settings().map_err(|why| wrong(&place::of_key(&place, text, &why), why))?;
        config.users().map_err(|why| wrong(&place, why))?;
        config.check_sections().map_err(|why| wrong(&place, why))?;
        Ok(config)
    }

    /// Returns where the store lies.
    pub fn place(&self) -> Place {
        let url = |url: &Option<DatabaseUrl>| url.as_ref().map(|url| url.0.clone());
        Place { database: url(&self.database), keys: url(&self.keys_database) }
    }

    /// Returns what the workflows need to know of the house.
    ///
    /// # Errors
    /// What is wrong, and with which key.
    pub fn settings(&self) -> Result<Settings, String> {
        let mut house = House { name: self.house.name.clone(), ..House::default() };
        for text in self.house.addresses.iter().chain(&self.house.domains) {
            house.add(text).map_err(|e| format!("house: {text:?} is {e}"))?;
        }
        for (name, mail) in &self.mail {
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
                return Err(format!("mail: the name {name:?} must be of letters, digits, - and _"));
            }
            let address = mail.check().map_err(|why| format!("mail.{name}: {why}"))?;
            if !house.owns(&address) {
                house.add(address.as_str()).map_err(|e| format!("mail.{name}: {address:?} is {e}"))?;
            }
            if let Some(address) = mail.reply_address()?.filter(|address| !house.owns(address)) {
                house.add(address.as_str()).map_err(|e| format!("mail.{name}: {address:?} is {e}"))?;
            }
        }
        self.security.check()?;
        Ok(Settings {
            house,
            zone: zone("timezone", &self.timezone)?,
            language: language("lang", &self.lang)?,
            region: self.default_region.to_uppercase(),
            currency: self.currency.to_uppercase(),
            teams: self.teams()?,
            team_chats: self.team_chats()?,
            products: self.products.clone(),
            hours: self.hours(None)?.0,
            mailings: self.campaigns.limits()?,
            false_alarms_per_month: self.anomaly.false_alarms_per_month()?,
            backs_up: self.backup.is_some(),
            retention: self.retention.periods()?,
            privacy: self.privacy.terms()?,
        })
    }
}

/// Tells whether what is said to a host stays on this machine.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let ip = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || ip.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

fn zone(key: &str, name: &str) -> Result<Tz, String> {
    name.parse()
        .map_err(|_| format!("{key}: there is no zone {name:?}; write an IANA name like Europe/Berlin"))
}

fn language(key: &str, code: &str) -> Result<Language, String> {
    match code {
        "en" | "zh" => Ok(Language::of(code)),
        _ => Err(format!("{key}: language {code:?} is not spoken here; write en or zh")),
    }
}

/// Reads a variable as TOML where it is TOML (a number, a list), else as text.
fn parse(value: &str) -> Value {
    let line: Result<Table, _> = toml::from_str(&format!("value = {value}"));
    line.ok().and_then(|mut t| t.remove("value")).unwrap_or_else(|| Value::String(value.to_owned()))
}

fn set(table: &mut Table, keys: &[String], value: Value) -> Result<(), String> {
    match keys {
        [] => Err("names no key".into()),
        [key] => {
            table.insert(key.clone(), value);
            Ok(())
        }
        [key, rest @ ..] => match table.entry(key.clone()).or_insert_with(|| Value::Table(Table::new())) {
            Value::Table(inner) => set(inner, rest, value),
            _ => Err(format!("{key} is no section")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::read(text, "rapport.toml", environment).map_err(|e| e.to_string())
    }

    #[test]
    fn the_environment_goes_over_the_file_and_the_file_over_the_defaults() {
        let text = "timezone = 'Europe/Berlin'\n[house]\nname = 'Ours'\ndomains = ['ours.example']";
        let config = check(text, &[("RAPPORT__HOUSE__NAME", "Theirs"), ("HOME", "/x")]).unwrap();
        assert_eq!((config.house.name.as_str(), config.timezone.as_str()), ("Theirs", "Europe/Berlin"));
        assert_eq!(config.currency, "EUR");
        let config = check("", &[("RAPPORT__HOUSE__DOMAINS", "['a.example', 'b.example']")]).unwrap();
        assert_eq!(config.house.domains, ["a.example", "b.example"]);
    }

    #[test]
    fn the_database_is_named_in_the_file_or_the_environment() {
        let url = "postgres://ann:secret@localhost/rapport";
        let config = check(&format!("database = '{url}'"), &[]).unwrap();
        assert_eq!(config.place(), Place { database: Some(url.into()), keys: None });
        assert!(!format!("{config:?}").contains("secret"), "{config:?}");
        let config = check("database = 'sqlite://other.db'", &[("RAPPORT__DATABASE", url)]).unwrap();
        assert_eq!(config.place().database.as_deref(), Some(url));
    }

    #[test]
    fn a_wrong_database_is_said_without_its_password() {
        for (text, environment, says) in [
            ("databse = 'postgres://ann:secret@h/x'", "", "unknown field `databse`"),
            ("database = 'postgres://ann:secret@h/x", "", "line 1"),
            ("database = 'postgres://ann:secret@h:port/x'", "", "write it like postgres://host/name"),
            ("database = 'mysql://ann:secret@h/x'", "", "write sqlite://FILE or postgres://"),
            ("database = 7", "", "expected a string"),
            ("", "mongodb://ann:secret@h/x", "with RAPPORT__DATABASE: database mongodb"),
            ("keys_database = 'postgres://ann:secret@h/x'", "", "leave keys_database out"),
        ] {
            let environment: Vec<_> =
                [("RAPPORT__DATABASE", environment)].into_iter().filter(|(_, v)| !v.is_empty()).collect();
            let error = check(text, &environment).unwrap_err();
            assert!(error.contains(says) && !error.contains("secret"), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, says) in [
            ("timzone = 'UTC'", "unknown field `timzone`"),
            ("timezone = 'Berlin'", "no zone \"Berlin\""),
            ("lang = 'de'", "write en or zh"),
            ("[house]\naddresses = ['a b@c']", "not an e-mail address"),
            ("[[users]]\nhandle = 'mia'\nrole = 'boss'", "unknown variant `boss`"),
            (
                "[[users]]\nhandle = 'a'\nrole = 'rep'\n[[users]]\nhandle = 'a'\nrole = 'rep'",
                "is there twice",
            ),
            ("[[users]]\nhandle = 'a'\nrole = 'rep'\nscope = 'mine'", "unknown variant `mine`"),
            ("[[users]]\nhandle = 'a'\nrole = 'rep'\nscope = 'team'", "takes a team"),
            ("[nlp]\nengine = 'gpt'", "`linear`, `bert`, `auto`"),
            ("lang = ", "line 1"),
        ] {
            let error = check(text, &[]).unwrap_err();
            assert!(error.contains(says) && error.starts_with("rapport.toml"), "{text}: {error}");
        }
    }
}
