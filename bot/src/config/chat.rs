//! The chats: where they are, and how the house's bot proves who it is.

use std::path::PathBuf;

use serde::Deserialize;

use super::is_this_machine;
use super::secret::{Hidden, Secret};

const TELEGRAM: &str = "https://api.telegram.org";

/// The house's bot on Telegram.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelegramConfig {
    /// A file whose first line is the bot's token, as @BotFather gives it.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// A command that prints the token.
    #[serde(default)]
    pub token_command: Option<String>,
    /// The token; from the environment alone.
    #[serde(default)]
    pub token: Option<Hidden>,
    /// A Bot API server of one's own.
    #[serde(default)]
    pub api_url: Option<String>,
}

impl TelegramConfig {
    /// Reads the token.
    ///
    /// # Errors
    /// It cannot be read, or is none.
    pub async fn token(&self) -> Result<String, String> {
        let token = self.secret()?.read().await.map_err(|why| format!("telegram: {why}"))?;
        let looks_right = token.split_once(':').is_some_and(|(id, secret)| {
            !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) && secret.len() >= 20
        });
        if looks_right {
            Ok(token)
        } else {
            Err("telegram: the token is none; @BotFather writes them like 123456:ABC…".into())
        }
    }

    /// Returns where the Bot API is.
    ///
    /// # Errors
    /// What is written there is no address.
    pub fn url(&self) -> Result<reqwest::Url, String> {
        let text = self.api_url.as_deref().unwrap_or(TELEGRAM);
        let url = reqwest::Url::parse(text).map_err(|e| format!("telegram.api_url: {text:?}: {e}"))?;
        match url.scheme() {
            "https" => Ok(url),
            "http" if url.host_str().is_some_and(is_this_machine) => Ok(url),
            _ => Err(format!(
                "telegram.api_url: {text:?} must begin with https://: the token is in every question"
            )),
        }
    }

    fn secret(&self) -> Result<Secret, String> {
        let all = Secret::all(&self.token_file, [&self.token_command], &self.token);
        let one = <[Secret; 1]>::try_from(all);
        one.map(|[secret]| secret).map_err(|_| "telegram: write one of token_file and token_command".into())
    }

    /// Tells whether the file itself holds the token.
    pub(super) fn has_secret(&self) -> bool {
        self.token.is_some()
    }

    pub(super) fn check(&self) -> Result<(), String> {
        self.secret()?;
        self.url().map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<TelegramConfig, String> {
        let config: TelegramConfig = toml::from_str(text).map_err(|e| e.to_string())?;
        config.check().map(|()| config)
    }

    #[test]
    fn what_is_wrong_with_a_bot_is_said() {
        for (text, says) in [
            ("", "write one of token_file"),
            ("token_file = 'a'\ntoken_command = 'b'", "write one of token_file"),
            ("token_file = 'a'\napi_url = 'http://api.telegram.org'", "must begin with https://"),
            ("token_file = 'a'\napi_url = 'nowhere'", "telegram.api_url"),
            ("tokenfile = 'a'", "unknown field `tokenfile`"),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(check("token_file = 'a'\napi_url = 'http://127.0.0.1:9100'").is_ok());
    }

    #[tokio::test]
    async fn a_token_looks_like_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        let config = check(&format!("token_file = '{}'", path.display())).unwrap();
        assert!(config.token().await.unwrap_err().contains("cannot read"));
        std::fs::write(&path, "my token\n").unwrap();
        let error = config.token().await.unwrap_err();
        assert!(error.contains("@BotFather") && !error.contains("my token"), "{error}");
        std::fs::write(&path, "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n").unwrap();
        assert!(config.token().await.is_ok());
    }
}
