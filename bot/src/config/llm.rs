//! The language model that drafts, if one does.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use super::outside::{address, patience};
use super::secret::{Hidden, Secret};

/// Where a language model is asked for words, as OpenAI's `chat/completions` is. Without it none is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LlmConfig {
    /// What `/chat/completions` is written behind, such as `https://api.example.com/v1`.
    pub url: String,
    /// The model's name there.
    pub model: String,
    /// A file whose first line is the key. An endpoint that wants none gets none.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// A command that prints the key.
    #[serde(default)]
    pub key_command: Option<String>,
    /// The key; from the environment alone.
    #[serde(default)]
    pub key: Option<Hidden>,
    /// How long an answer may take: `30s`.
    #[serde(default = "half_a_minute")]
    pub timeout: String,
    /// How many tokens an answer may have.
    #[serde(default = "tokens")]
    pub tokens_max: u32,
    /// How many may be asked for at once.
    #[serde(default = "at_once")]
    pub at_once: u32,
    /// How many may be asked for on a day, in UTC, by all processes of the house.
    #[serde(default = "a_day")]
    pub a_day: u32,
    /// Certificates in PEM that are trusted beside the public ones.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Whether an address without TLS on another machine is meant so.
    #[serde(default)]
    pub plain_http: bool,
}

fn half_a_minute() -> String {
    "30s".into()
}

const fn tokens() -> u32 {
    800
}

const fn at_once() -> u32 {
    2
}

const fn a_day() -> u32 {
    200
}

impl LlmConfig {
    /// Returns where words are asked for.
    ///
    /// # Errors
    /// It is no such place, or customers' words would cross a network in plain.
    pub fn url(&self) -> Result<Url, String> {
        let mut url = address("llm.url", &self.url, self.plain_http)?;
        let path = format!("{}/chat/completions", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Ok(url)
    }

    /// Returns how long an answer may take.
    ///
    /// # Errors
    /// It is no time limit.
    pub fn patience(&self) -> Result<Duration, String> {
        patience("llm.timeout", &self.timeout)
    }

    /// Returns where the key is; nothing where none is wanted.
    ///
    /// # Errors
    /// There are two.
    pub fn secret(&self) -> Result<Option<Secret>, String> {
        let mut all = Secret::all(&self.key_file, [&self.key_command], &self.key);
        if all.len() > 1 {
            return Err("llm: write one of key_file and key_command".into());
        }
        Ok(all.pop())
    }

    /// Tells whether the file itself holds the key.
    pub(super) fn has_secret(&self) -> bool {
        self.key.is_some()
    }

    pub(super) fn check(&self) -> Result<(), String> {
        self.url()?;
        self.patience()?;
        self.secret()?;
        if self.model.trim().is_empty() {
            return Err("llm.model is empty; write what the endpoint calls the model".into());
        }
        for (key, n, most) in [
            ("tokens_max", self.tokens_max, 100_000),
            ("at_once", self.at_once, 32),
            ("a_day", self.a_day, 1_000_000),
        ] {
            if n == 0 || n > most {
                return Err(format!("llm.{key}: {n} is none; write a number from 1 to {most}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<LlmConfig, String> {
        let config: LlmConfig = toml::from_str(text).map_err(|e| e.to_string())?;
        config.check().map(|()| config)
    }

    #[test]
    fn an_endpoint_needs_an_address_and_a_model_and_no_more() {
        let config = check("url = 'https://api.example.com/v1/'\nmodel = 'm'").unwrap();
        assert_eq!(config.url().unwrap().as_str(), "https://api.example.com/v1/chat/completions");
        assert_eq!(config.patience(), Ok(Duration::from_secs(30)));
        assert!(config.secret().unwrap().is_none());
        let with_query = check("url = 'https://x.example/openai?api-version=1'\nmodel = 'm'").unwrap();
        assert_eq!(
            with_query.url().unwrap().as_str(),
            "https://x.example/openai/chat/completions?api-version=1"
        );
    }

    #[test]
    fn what_is_wrong_with_an_endpoint_is_said() {
        let with = |line: &str| format!("url = 'https://api.example.com/v1'\nmodel = 'm'\n{line}");
        for (text, says) in [
            ("model = 'm'".to_owned(), "missing field `url`"),
            ("url = 'http://llm.lan'\nmodel = 'm'".to_owned(), "must begin with https://"),
            ("url = 'https://a.example'\nmodel = ' '".to_owned(), "llm.model is empty"),
            (with("key_file = 'a'\nkey_command = 'b'"), "one of key_file and key_command"),
            (with("timeout = 'soon'"), "llm.timeout"),
            (with("tokens_max = 0"), "llm.tokens_max"),
            (with("at_once = 1000"), "from 1 to 32"),
            (with("a_day = -1"), "u32"),
            (with("api_key = 'sk'"), "unknown field `api_key`"),
        ] {
            let error = check(&text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
