//! OAuth 2 for a mailbox: where its access tokens come from, and what is shown for them.

use std::path::PathBuf;

use axum::http::Uri;
use serde::Deserialize;

use super::is_this_machine;

/// A consent to read or send somebody's mail, and the provider that gives access tokens for it
/// (RFC 6749, 6).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuthConfig {
    /// Where the provider gives tokens: `https://…`, or `http://…` on this machine.
    pub token_url: String,
    /// As whom the house is registered with the provider.
    pub client_id: String,
    /// A file whose first line is the secret of that; without it the client is a public one.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// A file whose first line is the refresh token. Where the provider gives a new one, the file is
    /// replaced, so its directory must be ours to write.
    pub refresh_token_file: PathBuf,
    /// What access is asked for, in the provider's words; all that was consented to without it.
    #[serde(default)]
    pub scope: Option<String>,
    /// Certificates that are trusted beside the public ones: those of the mailbox.
    #[serde(skip)]
    pub ca_file: Option<PathBuf>,
}

impl OAuthConfig {
    /// Returns where the provider gives tokens; it has a host.
    ///
    /// # Errors
    /// It is no such place, or secrets would cross a network in plain.
    pub(crate) fn token_url(&self) -> Result<Uri, String> {
        let url = &self.token_url;
        let no_url = || format!("token_url: {url:?} is no address like https://login.example/token");
        let uri: Uri = url.parse().map_err(|_| no_url())?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(no_url)?;
        match uri.scheme_str() {
            _ if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) => Err(no_url()),
            Some("https") => Ok(uri),
            Some("http") if is_this_machine(host) => Ok(uri),
            Some("http") => {
                Err(format!("token_url: http is for this machine alone, not for {host}; write https"))
            }
            _ => Err(no_url()),
        }
    }

    /// # Errors
    /// What is wrong, and with which key.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.client_id.is_empty() {
            return Err("client_id is empty; write what the provider calls the house".into());
        }
        self.token_url().map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::super::mail::{Auth, Login};

    /// Reads a mailbox with these lines, and what the environment adds.
    fn read(lines: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let text = format!("[mail.sales]\naddress = 'a@b.example'\nca_file = 'ours.pem'\n{lines}");
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::read(&text, "rapport.toml", environment).map_err(|e| e.to_string())
    }

    fn grant(token_url: &str) -> String {
        format!("{{ token_url = '{token_url}', client_id = 'c', refresh_token_file = 'r' }}")
    }

    const URL: &str = "https://login.example/token";
    const IMAP: &str = "imap = { host = 'h', user = 'a' }";
    const SMTP: &str = "smtp = { host = 'h', user = 'a', password_file = 'p' }";

    #[test]
    fn what_is_wrong_with_a_grant_is_said() {
        for (url, says) in [
            ("http://login.example/token", "write https"),
            ("login.example/token", "is no address"),
            ("https:///token", "is no address"),
            ("https://ann:secret@login.example/token", "is no address"),
            ("ftp://login.example/token", "is no address"),
        ] {
            let error = read(&format!("oauth = {}\n{IMAP}", grant(url)), &[]).unwrap_err();
            assert!(error.contains(says) && error.contains("mail.sales: imap"), "{url}: {error}");
        }
        for url in [URL, "http://127.0.0.1:8/token", "http://[::1]:8/token", "http://localhost/t?a=b"] {
            read(&format!("oauth = {}\n{IMAP}", grant(url)), &[]).unwrap();
        }
        let of_imap = |more: &str| format!("imap = {{ host = 'h', user = 'a', {more} }}");
        let oauth = format!("oauth = {}", grant(URL));
        for (lines, says) in [
            (of_imap(&format!("{oauth}, password_file = 'p'")), "write one of"),
            (of_imap(&format!("{oauth}, auth = 'plain'")), "go together"),
            (
                of_imap("oauth = { token_url = 'https://h/', client_id = '', refresh_token_file = 'r' }"),
                "client_id",
            ),
            (
                of_imap("oauth = { token_url = 'https://h/', client_id = 'c', client_secret = 's' }"),
                "unknown field",
            ),
            (format!("{oauth}\n{SMTP}"), "nobody logs in with it"),
        ] {
            let error = read(&lines, &[]).unwrap_err();
            assert!(error.contains(says), "{lines}: {error}");
        }
    }

    #[test]
    fn a_grant_of_the_mailbox_is_for_the_servers_without_a_secret_of_their_own() {
        let lines = format!("oauth = {}\n{IMAP}\n{SMTP}", grant(URL));
        let mail = &read(&lines, &[]).unwrap().mail["sales"];
        let Login::Grant(imap) = mail.imap.as_ref().unwrap().login().unwrap() else { panic!("a grant") };
        assert_eq!((imap.token_url.as_str(), imap.ca_file), (URL, Some("ours.pem".into())));
        let smtp = mail.smtp.as_ref().unwrap().login().unwrap();
        assert!(matches!(smtp, Login::Secret(Auth::Login, _)), "{smtp:?}");

        // A password of the environment is a secret of its own.
        let lines = format!("oauth = {}\n{IMAP}\nsmtp = {{ host = 'h', user = 'a' }}", grant(URL));
        let mail = &read(&lines, &[("RAPPORT__MAIL__SALES__IMAP__PASSWORD", "p")]).unwrap().mail["sales"];
        assert!(matches!(mail.imap.as_ref().unwrap().login(), Ok(Login::Secret(Auth::Login, _))));
        assert!(matches!(mail.smtp.as_ref().unwrap().login(), Ok(Login::Grant(_))));
    }
}
