//! Whether each section says what makes sense.

use super::Config;
use super::backup::BackupConfig;
use super::chat::{DiscordConfig, TelegramConfig};
use super::llm::LlmConfig;

impl Config {
    /// Checks the sections that check themselves.
    ///
    /// # Errors
    /// What is wrong, and with which key.
    pub(super) fn check_sections(&self) -> Result<(), String> {
        self.http.check()?;
        self.telegram.as_ref().map_or(Ok(()), TelegramConfig::check)?;
        self.discord.as_ref().map_or(Ok(()), DiscordConfig::check)?;
        self.webhook.iter().try_for_each(|(name, hook)| hook.check(name))?;
        self.form.iter().try_for_each(|(name, form)| form.check(name, self))?;
        self.inbound.iter().try_for_each(|(name, inbound)| inbound.check(name))?;
        self.pull.iter().try_for_each(|(name, pull)| pull.check(name))?;
        self.llm.as_ref().map_or(Ok(()), LlmConfig::check)?;
        self.backup.as_ref().map_or(Ok(()), BackupConfig::check)
    }
}
