//! Writes files, each only where there is none, and secrets for their owner alone.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use nix::unistd::{AccessFlags, access};
use rapport_model::reading::Language;
use rapport_prompts::Prompts;

use super::answers::{Answers, Typed};
use super::toml::{Secrets, configuration, password_name, path};
use crate::Config;

/// The folder of secrets in the data directory.
const SECRETS: &str = "secrets";

/// What is to be written.
pub(super) struct Plan {
    dir: PathBuf,
    configuration: String,
    /// Files with what belongs into them; nothing where somebody else writes it.
    secrets: Vec<(PathBuf, Option<Typed>)>,
}

/// What was done.
#[derive(Default)]
pub(super) struct Done {
    pub written: Vec<PathBuf>,
    pub secrets: Vec<PathBuf>,
    /// What was there already.
    pub left: Vec<PathBuf>,
    /// Secrets that are still missing.
    pub wanted: Vec<PathBuf>,
}

impl Plan {
    /// Makes the plan, and looks whether what it would write is right.
    pub(super) fn of(
        answers: &Answers,
        prompts: &Prompts,
        language: Language,
        dir: &Path,
    ) -> anyhow::Result<Self> {
        let folder = dir.join(SECRETS);
        let mailbox = answers.mailbox.as_ref();
        let password = folder.join(mailbox.map_or_else(|| "mail-support".into(), password_name));
        let (telegram, discord) = (folder.join("telegram"), folder.join("discord"));
        let named = Secrets {
            password: path(&password).map_err(anyhow::Error::msg)?,
            telegram: path(&telegram).map_err(anyhow::Error::msg)?,
            discord: path(&discord).map_err(anyhow::Error::msg)?,
        };
        let configuration = configuration(answers, prompts, language, &named);
        Config::read(&configuration, "rapport.toml", std::iter::empty())
            .context("what would be written is not right; nothing was written")?;
        let mut secrets = Vec::new();
        secrets.extend(mailbox.map(|mailbox| (password, mailbox.password.clone())));
        secrets.extend(answers.telegram.clone().map(|token| (telegram, Some(token))));
        secrets.extend(answers.discord.clone().map(|token| (discord, Some(token))));
        Ok(Self { dir: dir.into(), configuration, secrets })
    }

    /// Writes what is not there yet, the configuration last: whoever finds it finds all it names.
    pub(super) fn write(&self, file: &Path) -> anyhow::Result<Done> {
        let mut done = Done::default();
        fs::create_dir_all(&self.dir).with_context(|| advice("make", &self.dir))?;
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).with_context(|| advice("make", parent))?;
        }
        for (path, secret) in &self.secrets {
            let folder = self.dir.join(SECRETS);
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&folder)
                .with_context(|| advice("make", &folder))?;
            let to = match secret {
                Some(Typed(text)) if create(path, 0o600, &format!("{text}\n"))? => &mut done.secrets,
                None if !path.exists() => &mut done.wanted,
                _ => &mut done.left,
            };
            to.push(path.clone());
        }
        let new = create(file, 0o640, &self.configuration)?;
        if new { &mut done.written } else { &mut done.left }.push(file.into());
        Ok(done)
    }
}

/// Looks whether a directory can be written to, or made.
pub(super) fn may(dir: &Path) -> anyhow::Result<()> {
    let there = dir.ancestors().find(|dir| dir.exists()).unwrap_or(dir);
    access(there, AccessFlags::W_OK | AccessFlags::X_OK).with_context(|| advice("write to", dir))
}

/// Writes a new file; tells whether there was none.
fn create(path: &Path, mode: u32, text: &str) -> anyhow::Result<bool> {
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = match file {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => return Ok(false),
        file => file.with_context(|| advice("write", path))?,
    };
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a file would be left alone by the next attempt.
        let _ = fs::remove_file(path);
    }
    written.with_context(|| advice("write", path))?;
    Ok(true)
}

pub(super) fn advice(what: &str, path: &Path) -> String {
    format!("cannot {what} {}: name a data directory that may be written to, with --data DIR", path.display())
}
