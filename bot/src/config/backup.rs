//! Where backups go, who can read them, and how long they are kept.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use super::outside::{address, patience};
use super::secret::{Hidden, Secret};

/// What backups on S3 begin with.
pub(crate) const S3: &str = "s3://";
const DAYS_MAX: u32 = 3_660;

/// Backups. Without this section the service makes none by itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BackupConfig {
    /// A directory (a relative one in the data directory) or `s3://BUCKET/PREFIX`.
    pub to: String,
    /// Who can read them: public keys of `age`. Without any they are not encrypted as a whole, and the
    /// master key is not in them.
    pub recipients: Vec<String>,
    /// Which are kept.
    pub keep: Keep,
    /// For how many days older keys are kept. The newest ones open all backups; older ones still open
    /// what was erased meanwhile.
    pub keep_keys: u32,
    /// How S3 is reached.
    pub s3: S3Config,
}

/// How many backups are kept: the last one of each of so many days, weeks and months that have any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keep {
    /// Days.
    pub days: u32,
    /// Weeks, from Monday.
    pub weeks: u32,
    /// Months.
    pub months: u32,
}

/// How S3, or what speaks like it, is reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct S3Config {
    /// The server, such as `https://s3.example.com`; Amazon's without it.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// The name of the key that requests are signed with.
    pub access_key: String,
    /// A file whose first line is that key.
    pub secret_key_file: Option<PathBuf>,
    /// A command that prints it.
    pub secret_key_command: Option<String>,
    /// The key itself; from the environment alone.
    pub secret_key: Option<Hidden>,
    /// Certificates in PEM that are trusted beside the public ones.
    pub ca_file: Option<PathBuf>,
    /// How long one answer may take: `60s`.
    pub timeout: String,
    /// Whether a server without TLS on another machine is meant so.
    pub plain_http: bool,
}

impl Default for BackupConfig {
    fn default() -> Self {
        Self {
            to: "backups".into(),
            recipients: Vec::new(),
            keep: Keep::default(),
            keep_keys: 7,
            s3: S3Config::default(),
        }
    }
}

impl Default for Keep {
    fn default() -> Self {
        Self { days: 7, weeks: 4, months: 6 }
    }
}

impl Default for S3Config {
    fn default() -> Self {
        Self {
            endpoint: None,
            region: "us-east-1".into(),
            access_key: String::new(),
            secret_key_file: None,
            secret_key_command: None,
            secret_key: None,
            ca_file: None,
            timeout: "60s".into(),
            plain_http: false,
        }
    }
}

impl BackupConfig {
    /// Tells whether the file itself holds a key.
    pub(super) fn has_secret(&self) -> bool {
        self.s3.secret_key.is_some()
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if self.to.trim().is_empty() {
            return Err("backup.to is empty; write a directory, or s3://BUCKET/PREFIX".into());
        }
        crate::backup::Packer::new(&self.recipients).map_err(|why| format!("backup.recipients: {why}"))?;
        let keep = [
            ("keep.days", self.keep.days),
            ("keep.weeks", self.keep.weeks),
            ("keep.months", self.keep.months),
            ("keep_keys", self.keep_keys),
        ];
        for (key, n) in keep {
            if n > DAYS_MAX {
                return Err(format!("backup.{key}: {n} is more than {DAYS_MAX}"));
            }
        }
        if self.to.starts_with(S3) { self.s3.check() } else { Ok(()) }
    }
}

impl S3Config {
    fn check(&self) -> Result<(), String> {
        self.endpoint()?;
        self.patience()?;
        self.secret()?;
        if self.access_key.is_empty() {
            return Err(
                "backup.s3.access_key is missing: the name of the key that requests are signed with".into()
            );
        }
        Ok(())
    }

    /// Returns the server, if it is not Amazon's.
    ///
    /// # Errors
    /// It is no such address.
    pub fn endpoint(&self) -> Result<Option<Url>, String> {
        let url = self.endpoint.as_deref();
        url.map(|url| address("backup.s3.endpoint", url, self.plain_http)).transpose()
    }

    /// Returns how long an answer may take.
    ///
    /// # Errors
    /// It is no time limit.
    pub fn patience(&self) -> Result<Duration, String> {
        patience("backup.s3.timeout", &self.timeout)
    }

    /// Returns where the key is that requests are signed with.
    ///
    /// # Errors
    /// There is none, or there are two.
    pub fn secret(&self) -> Result<Secret, String> {
        let mut all = Secret::all(&self.secret_key_file, [&self.secret_key_command], &self.secret_key);
        match (all.pop(), all.is_empty()) {
            (Some(secret), true) => Ok(secret),
            _ => Err("backup.s3: write one of secret_key_file and secret_key_command".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Config;

    const KEY: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

    #[test]
    fn what_is_wrong_is_said_with_its_key() {
        let read = |text: &str| {
            Config::read(&format!("[backup]\n{text}"), "rapport.toml", std::iter::empty())
                .map(|config| config.backup.unwrap())
                .map_err(|e| e.to_string())
        };
        assert_eq!(read("").unwrap().to, "backups");
        assert_eq!(read("keep = { days = 3 }").unwrap().keep.weeks, 4);
        assert!(read(&format!("recipients = ['{KEY}']")).is_ok());
        let s3 = "to = 's3://b/x'\n[backup.s3]\naccess_key = 'a'\n";
        assert!(read(&format!("{s3}secret_key_file = '/k'")).is_ok());
        for (text, says) in [
            ("to = ''".to_owned(), "backup.to is empty"),
            ("recipients = ['ssh-ed25519 AAAA']".into(), "backup.recipients: \"ssh-ed25519 AAAA\""),
            ("keep = { days = 5000 }".into(), "backup.keep.days"),
            ("keep = { years = 1 }".into(), "unknown field `years`"),
            ("to = 's3://b/x'".into(), "backup.s3: write one of"),
            ("to = 's3://b/x'\n[backup.s3]\nsecret_key_file = '/k'".into(), "access_key is missing"),
            (s3.into(), "write one of secret_key_file"),
            (
                format!("{s3}secret_key_file = '/k'\nendpoint = 'http://s3.example'"),
                "must begin with https://",
            ),
            (format!("{s3}secret_key = 'x'"), "backup.s3: a secret_key does not belong into this file"),
        ] {
            let said = read(&text).unwrap_err();
            assert!(said.contains(says), "{text}: {said}");
        }
    }
}
