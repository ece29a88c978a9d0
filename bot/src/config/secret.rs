//! The secrets of logins: where they come from, and that they are never shown.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::Config;
use super::chat::{DiscordConfig, TelegramConfig};

/// Words that are never shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// Where the secret of a login comes from; it is asked for anew at each login.
#[derive(Clone, Debug)]
pub enum Secret {
    /// The first line of a file.
    File(PathBuf),
    /// What a command prints.
    Command(String),
    /// Words from the environment.
    Given(Hidden),
}

/// Says which secret a file itself holds, and where it belongs instead.
pub(super) fn misplaced(config: &Config) -> Option<String> {
    let mails = config.mail.iter().filter(|(_, mail)| mail.has_password());
    let mails = mails.map(|(name, _)| (format!("mail.{name}"), "password", "password_file"));
    let chats = [
        ("telegram", config.telegram.as_ref().is_some_and(TelegramConfig::has_secret)),
        ("discord", config.discord.as_ref().is_some_and(DiscordConfig::has_secret)),
    ];
    let chats = chats.into_iter().filter(|(_, has_secret)| *has_secret);
    let chats = chats.map(|(chat, _)| (chat.to_owned(), "token", "token_file"));
    let llm = config.llm.iter().filter(|llm| llm.has_secret());
    let llm = llm.map(|_| ("llm".to_owned(), "key", "key_file"));
    let hooks = config.webhook.iter().filter(|(_, hook)| hook.has_secret());
    let hooks = hooks.map(|(name, _)| (format!("webhook.{name}"), "secret", "secret_file"));
    let backup = config.backup.iter().filter(|backup| backup.has_secret());
    let backup = backup.map(|_| ("backup.s3".to_owned(), "secret_key", "secret_key_file"));
    let inbound = config.inbound.iter().filter(|(_, inbound)| inbound.has_secret());
    let inbound = inbound.map(|(name, inbound)| match inbound.secret {
        Some(_) => (format!("inbound.{name}"), "secret", "secret_file"),
        None => (format!("inbound.{name}"), "token", "token_file"),
    });
    let pull = config.pull.iter().filter(|(_, pull)| pull.has_secret());
    let pull = pull.map(|(name, _)| (format!("pull.{name}"), "value of auth", "auth_file"));
    let others = llm.chain(hooks).chain(inbound).chain(pull).chain(backup);
    let (place, what, instead) = mails.chain(chats).chain(others).next()?;
    Some(format!("{place}: a {what} does not belong into this file; use {instead}"))
}

/// A command that prints a secret may take so long.
const COMMAND_MAX: Duration = Duration::from_secs(30);

impl Secret {
    /// Returns every place that a configuration names; the environment's words only where it names no
    /// other.
    pub(super) fn all<'a>(
        file: &Option<PathBuf>,
        commands: impl IntoIterator<Item = &'a Option<String>>,
        given: &Option<Hidden>,
    ) -> Vec<Self> {
        let commands = commands.into_iter().flatten().cloned().map(Self::Command);
        let mut all: Vec<Self> = file.iter().cloned().map(Self::File).chain(commands).collect();
        if all.is_empty() {
            all.extend(given.iter().cloned().map(Self::Given));
        }
        all
    }

    /// Reads the secret.
    ///
    /// # Errors
    /// Why there is none, without it.
    pub async fn read(&self) -> Result<String, String> {
        let text = match self {
            Self::Given(hidden) => return Ok(hidden.0.clone()),
            Self::File(path) => tokio::fs::read_to_string(path)
                .await
                .map_err(|e| format!("cannot read {}: {e}", path.display()))?,
            Self::Command(command) => {
                let mut run = tokio::process::Command::new("sh");
                run.arg("-c").arg(command).stdin(std::process::Stdio::null()).kill_on_drop(true);
                let output = tokio::time::timeout(COMMAND_MAX, run.output()).await;
                let output = output.map_err(|_| "the command that prints the secret does not end")?;
                let output = output.map_err(|e| format!("cannot run the command for the secret: {e}"))?;
                if !output.status.success() {
                    return Err(format!("the command that prints the secret failed: {}", output.status));
                }
                String::from_utf8(output.stdout).map_err(|_| "the secret is not UTF-8")?
            }
        };
        let line = text.lines().next().unwrap_or_default().trim_end_matches('\r');
        if line.is_empty() { Err("the secret is empty".into()) } else { Ok(line.to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_the_file_is_refused_and_one_from_the_environment_is_not() {
        let hook = "[webhook.crm]\nurl = 'https://a.example'\n";
        let llm = "[llm]\nurl = 'https://a.example'\nmodel = 'm'\n";
        for (section, line, says) in [
            (
                hook,
                "secret = 'whsec_x'",
                "webhook.crm: a secret does not belong into this file; use secret_file",
            ),
            (llm, "key = 'sk-x'", "llm: a key does not belong into this file; use key_file"),
            (
                "[telegram]\n",
                "token = '1:x'",
                "telegram: a token does not belong into this file; use token_file",
            ),
        ] {
            let text = format!("{section}{line}\n");
            let why = Config::read(&text, "rapport.toml", std::iter::empty()).unwrap_err().to_string();
            assert!(why.contains(says) && !why.contains("sk-x") && !why.contains("whsec_x"), "{why}");
        }
        let environment = [("RAPPORT__WEBHOOK__CRM__SECRET", "whsec_x"), ("RAPPORT__LLM__KEY", "sk-x")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = Config::read(&format!("{hook}{llm}"), "rapport.toml", environment.into_iter()).unwrap();
        assert!(!format!("{config:?}").contains("sk-x") && !format!("{config:?}").contains("whsec_x"));
    }

    #[tokio::test]
    async fn a_secret_is_the_first_line_of_a_file_or_of_what_a_command_prints() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        std::fs::write(&path, "open sesame\r\nmore").unwrap();
        assert_eq!(Secret::File(path.clone()).read().await.as_deref(), Ok("open sesame"));
        let command = |text: &str| Secret::Command(text.into());
        assert_eq!(command("printf 'a b\\nc'").read().await.as_deref(), Ok("a b"));
        std::fs::write(&path, "\n").unwrap();
        for (secret, says) in [
            (Secret::File(path), "is empty"),
            (Secret::File("nowhere".into()), "cannot read nowhere"),
            (command("exit 3"), "failed"),
            (command("true"), "is empty"),
        ] {
            let error = secret.read().await.unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
