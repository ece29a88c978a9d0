//! Other programs that are told of what happens.

use std::path::PathBuf;
use std::time::Duration;

use rapport_model::hook::HookEvent;
use reqwest::Url;
use serde::Deserialize;
use serde::de::Error as _;

use super::outside::{address, patience};
use super::secret::{Hidden, Secret};

/// Where an event is posted to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// The address, `https://…`.
    pub url: String,
    /// A file whose first line is the secret by which what comes is known as ours: `whsec_…`.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// A command that prints the secret.
    #[serde(default)]
    pub secret_command: Option<String>,
    /// The secret; from the environment alone.
    #[serde(default)]
    pub secret: Option<Hidden>,
    /// Of which events: a list of names, or `"all"`; without it only of what rules send there.
    #[serde(default)]
    pub events: Events,
    /// How long an answer may take: `10s`.
    #[serde(default = "ten_seconds")]
    pub timeout: String,
    /// Whether the address may be one of this machine or of the house's own net.
    #[serde(default)]
    pub allow_private: bool,
    /// Certificates in PEM that are trusted beside the public ones.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

fn ten_seconds() -> String {
    "10s".into()
}

/// Of which events a program is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events(pub Vec<HookEvent>);

impl<'de> Deserialize<'de> for Events {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Said {
            One(String),
            Many(Vec<String>),
        }
        // What a rule sends needs no subscription.
        let all = || HookEvent::ALL.iter().copied().filter(|event| *event != HookEvent::RuleFired);
        let names = match Said::deserialize(from)? {
            Said::One(word) if word == "all" => return Ok(Self(all().collect())),
            Said::One(name) => vec![name],
            Said::Many(names) => names,
        };
        let one = |name: &String| all().find(|event| event.name() == name).ok_or_else(|| unknown(name));
        names.iter().map(one).collect::<Result<_, _>>().map(Self).map_err(D::Error::custom)
    }
}

fn unknown(name: &str) -> String {
    let all: Vec<&str> = HookEvent::ALL.iter().map(|event| event.name()).collect();
    format!("there is no event {name:?}; write \"all\", or some of {}", all[..all.len() - 1].join(", "))
}

impl WebhookConfig {
    /// Returns where events go.
    ///
    /// # Errors
    /// It is no such place.
    pub fn url(&self) -> Result<Url, String> {
        address("url", &self.url, self.allow_private)
    }

    /// Returns how long an answer may take.
    ///
    /// # Errors
    /// It is no time limit.
    pub fn patience(&self) -> Result<Duration, String> {
        patience("timeout", &self.timeout)
    }

    /// Returns where the secret is.
    ///
    /// # Errors
    /// There is none, or there are two.
    pub fn secret(&self) -> Result<Secret, String> {
        let one =
            <[Secret; 1]>::try_from(Secret::all(&self.secret_file, [&self.secret_command], &self.secret));
        one.map(|[secret]| secret).map_err(|_| "write one of secret_file and secret_command".to_owned())
    }

    /// Tells whether the file itself holds the secret.
    pub(super) fn has_secret(&self) -> bool {
        self.secret.is_some()
    }

    pub(super) fn check(&self, name: &str) -> Result<(), String> {
        let place = |why: String| format!("webhook.{name}: {why}");
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            return Err(format!("webhook: the name {name:?} must be of letters, digits, - and _"));
        }
        self.url().map_err(place)?;
        self.patience().map_err(place)?;
        self.secret().map_err(place).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<WebhookConfig, String> {
        let config: WebhookConfig = toml::from_str(text).map_err(|e| e.to_string())?;
        config.check("crm").map(|()| config)
    }

    #[test]
    fn what_a_program_is_told_of_is_named() {
        let of = |line: &str| check(&format!("url = 'https://a.example/x'\nsecret_file = 's'\n{line}"));
        assert_eq!(of("").unwrap().events, Events::default());
        let some = of("events = ['ticket.opened', 'deal.won']").unwrap().events;
        assert_eq!(some.0, [HookEvent::TicketOpened, HookEvent::DealWon]);
        assert_eq!(of("events = 'all'").unwrap().events.0.len(), HookEvent::ALL.len() - 1);
        for (line, says) in [
            ("events = ['ticket.burned']", "there is no event \"ticket.burned\"; write \"all\""),
            ("events = ['rule.fired']", "there is no event"),
            ("timeout = '1h'", "webhook.crm: timeout"),
            ("secret_command = 'b'", "one of secret_file"),
            ("token = 'b'", "unknown field"),
        ] {
            let error = of(line).unwrap_err();
            assert!(error.contains(says), "{line}: {error}");
        }
        assert!(check("url = 'http://crm.lan'\nsecret_file = 's'").unwrap_err().contains("https://"));
        assert!(check("url = 'http://crm.lan'\nsecret_file = 's'\nallow_private = true").is_ok());
        assert!(check("url = 'https://a.example'").unwrap_err().contains("one of secret_file"));
    }
}
