//! The chats: where they are, and how the house's bot proves who it is.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::is_this_machine;
use super::secret::{Hidden, Secret};

pub(crate) const TELEGRAM: &str = "https://api.telegram.org";
pub(crate) const DISCORD: &str = "https://discord.com";

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
    /// The groups of teams, by the team: each sees what comes to its mailboxes.
    #[serde(default)]
    pub teams: BTreeMap<String, i64>,
}

impl TelegramConfig {
    /// Reads the token.
    ///
    /// # Errors
    /// It cannot be read, or is none.
    pub async fn token(&self) -> Result<String, String> {
        let token = self.secret()?.read().await.map_err(|why| format!("telegram: {why}"))?;
        if is_telegram_token(&token) {
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
        address("telegram", self.api_url.as_deref().unwrap_or(TELEGRAM))
    }

    fn secret(&self) -> Result<Secret, String> {
        one_secret("telegram", &self.token_file, &self.token_command, &self.token)
    }

    /// Returns the teams with their groups.
    pub(super) fn team_chats(&self) -> Vec<(String, i64)> {
        self.teams.clone().into_iter().collect()
    }

    /// Tells whether the file itself holds the token.
    pub(super) fn has_secret(&self) -> bool {
        self.token.is_some()
    }

    pub(super) fn check(&self) -> Result<(), String> {
        self.secret()?;
        if let Some((team, _)) = self.teams.iter().find(|(_, group)| **group >= 0) {
            return Err(format!(
                "telegram: teams.{team}: the number of a group begins with a minus sign, as in the address that Telegram Web has for it"
            ));
        }
        self.url().map(|_| ())
    }
}

/// Tells whether a text looks like a bot's token of Telegram.
pub(crate) fn is_telegram_token(text: &str) -> bool {
    text.split_once(':').is_some_and(|(id, secret)| {
        !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) && secret.len() >= 20
    })
}

/// Tells whether a text looks like a bot's token of Discord.
pub(crate) fn is_discord_token(text: &str) -> bool {
    let n_parts = text.split('.').filter(|part| part.len() >= 5).count();
    let is_of = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    n_parts == 3 && text.split('.').count() == 3 && text.bytes().all(is_of)
}

/// The house's application on Discord.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscordConfig {
    /// A file whose first line is the bot's token, as the developer portal gives it.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// A command that prints the token.
    #[serde(default)]
    pub token_command: Option<String>,
    /// The token; from the environment alone.
    #[serde(default)]
    pub token: Option<Hidden>,
    /// The application's number; asked for without it.
    #[serde(default)]
    pub application_id: Option<u64>,
    /// The server whose members are offered the commands; everybody without it.
    #[serde(default)]
    pub guild: Option<u64>,
    /// A proxy of one's own in front of Discord.
    #[serde(default)]
    pub api_url: Option<String>,
    /// Certificates in PEM that are trusted beside the public ones.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The channels of teams, by the team: each sees what comes to its mailboxes.
    #[serde(default)]
    pub teams: BTreeMap<String, u64>,
}

impl DiscordConfig {
    /// Reads the token.
    ///
    /// # Errors
    /// It cannot be read, or is none.
    pub async fn token(&self) -> Result<String, String> {
        let token = self.secret()?.read().await.map_err(|why| format!("discord: {why}"))?;
        if is_discord_token(&token) {
            Ok(token)
        } else {
            Err("discord: the token is none; the developer portal writes them, under Bot, in three parts \
                 with dots between"
                .into())
        }
    }

    /// Returns where Discord is.
    ///
    /// # Errors
    /// What is written there is no address.
    pub fn url(&self) -> Result<reqwest::Url, String> {
        address("discord", self.api_url.as_deref().unwrap_or(DISCORD))
    }

    fn secret(&self) -> Result<Secret, String> {
        one_secret("discord", &self.token_file, &self.token_command, &self.token)
    }

    /// Returns the teams with their channels, as chats are numbered here: a channel of a server has a
    /// minus sign.
    pub(super) fn team_chats(&self) -> Vec<(String, i64)> {
        self.teams.iter().map(|(team, channel)| (team.clone(), -(*channel as i64))).collect()
    }

    /// Tells whether the file itself holds the token.
    pub(super) fn has_secret(&self) -> bool {
        self.token.is_some()
    }

    pub(super) fn check(&self) -> Result<(), String> {
        self.secret()?;
        if self.application_id == Some(0) || self.guild == Some(0) {
            return Err("discord: application_id and guild are numbers of 17 digits or more".into());
        }
        self.url().map(|_| ())
    }
}

/// Returns the one place where the token of `section` is.
fn one_secret(
    section: &str,
    file: &Option<PathBuf>,
    command: &Option<String>,
    given: &Option<Hidden>,
) -> Result<Secret, String> {
    let one = <[Secret; 1]>::try_from(Secret::all(file, [command], given));
    one.map(|[secret]| secret).map_err(|_| format!("{section}: write one of token_file and token_command"))
}

/// Reads an address to which the token of `section` may be sent.
fn address(section: &str, text: &str) -> Result<reqwest::Url, String> {
    let url = reqwest::Url::parse(text).map_err(|e| format!("{section}.api_url: {text:?}: {e}"))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if url.host_str().is_some_and(is_this_machine) => Ok(url),
        _ => Err(format!(
            "{section}.api_url: {text:?} must begin with https://: the token is in every question"
        )),
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

    fn check_discord(text: &str) -> Result<DiscordConfig, String> {
        let config: DiscordConfig = toml::from_str(text).map_err(|e| e.to_string())?;
        config.check().map(|()| config)
    }

    #[test]
    fn what_is_wrong_with_an_application_is_said() {
        for (text, says) in [
            ("guild = 112233445566778899", "discord: write one of token_file"),
            ("token_file = 'a'\nguild = 0", "are numbers of 17 digits"),
            ("token_file = 'a'\nguild = 'ours'", "expected u64"),
            (
                "token_file = 'a'\napi_url = 'http://discord.com'",
                "discord.api_url: \"http://discord.com\" must",
            ),
            ("token_file = 'a'\nsecret = 'b'", "unknown field `secret`"),
        ] {
            let error = check_discord(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
        let text = "token_file = 'a'\nguild = 112233445566778899\napplication_id = 998877665544332211";
        assert_eq!(check_discord(text).unwrap().url().unwrap().as_str(), "https://discord.com/");
    }

    #[tokio::test]
    async fn a_token_of_an_application_has_three_parts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        let config = check_discord(&format!("token_file = '{}'", path.display())).unwrap();
        for wrong in ["Bot MTA5.GaBcDe.zzzzzzzzzz", "112233445566778899", "a.b.c", "123456:AAAAAAAAAAAAA"] {
            std::fs::write(&path, wrong).unwrap();
            let error = config.token().await.unwrap_err();
            assert!(error.contains("three parts") && !error.contains(wrong), "{error}");
        }
        std::fs::write(&path, "MTA5MDAw.GaBcDe.zzzzzzzzzzzzzzzzzzzz-_z\n").unwrap();
        assert!(config.token().await.is_ok());
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
