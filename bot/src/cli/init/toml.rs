//! Writes a configuration in which each key is explained.

use std::path::Path;

use rapport_model::reading::Language;
use rapport_prompts::Prompts;

use super::answers::{Answers, LISTEN, Mailbox, Server};
use crate::config::mail::Tls;

/// Where the secrets of a configuration lie.
pub(super) struct Secrets<'a> {
    pub password: &'a str,
    pub telegram: &'a str,
    pub discord: &'a str,
}

/// Returns the name of the file in which the password of a mailbox lies.
pub(super) fn password_name(mailbox: &Mailbox) -> String {
    format!("mail-{}", mailbox.key())
}

/// Quotes a text: a string of JSON is one of TOML.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

/// A text that grows. What nobody chose stands there as an example, behind a `#`.
struct Page<'a> {
    prompts: &'a Prompts,
    language: Language,
    text: String,
}

type Words = fn(&Prompts, Language) -> String;

impl Page<'_> {
    fn section(&mut self, name: &str, chosen: bool) {
        let mark = if chosen { "" } else { "#" };
        self.text.push_str(&format!("\n{mark}{name}\n"));
    }

    fn key(&mut self, why: Words, key: &str, value: &str, chosen: bool) {
        let mark = if chosen { "" } else { "#" };
        let why = why(self.prompts, self.language).replace('\n', " ");
        self.text.push_str(&format!("# {why}\n{mark}{key} = {value}\n"));
    }

    fn server(
        &mut self,
        (why, usual_port): (Words, u16),
        server: &Server,
        login: &str,
        password: &str,
        chosen: bool,
    ) {
        self.key(why, "host", &quoted(&server.host), chosen);
        let port = server.port.unwrap_or(usual_port).to_string();
        self.key(Prompts::config_port, "port", &port, chosen && server.port.is_some());
        let tls = match server.tls {
            Tls::Tls => "tls",
            Tls::Starttls => "starttls",
            Tls::None => "none",
        };
        self.key(Prompts::config_tls, "tls", &quoted(tls), chosen);
        self.key(Prompts::config_login, "user", &quoted(login), chosen);
        self.key(Prompts::config_password_file, "password_file", &quoted(password), chosen);
    }
}

/// Writes the configuration; `secrets` are the paths of their files.
pub(super) fn configuration(
    answers: &Answers,
    prompts: &Prompts,
    language: Language,
    secrets: &Secrets<'_>,
) -> String {
    let head = format!("# {}\n\n", prompts.config_head(language));
    let mut page = Page { prompts, language, text: head };
    page.key(Prompts::config_lang, "lang", &quoted(&answers.lang), true);
    page.key(Prompts::config_timezone, "timezone", &quoted(&answers.timezone), true);
    let region = if language == Language::Zh { "CN" } else { "DE" };
    page.key(Prompts::config_default_region, "default_region", &quoted(region), false);
    page.key(Prompts::config_currency, "currency", &quoted(&answers.currency), true);

    page.section("[house]", true);
    page.key(Prompts::config_house_name, "name", &quoted(&answers.house), true);
    page.key(Prompts::config_house_addresses, "addresses", &list(&answers.addresses), true);
    page.key(Prompts::config_house_domains, "domains", &list(&answers.domains), true);

    page.section("[[users]]", true);
    page.key(Prompts::config_user_handle, "handle", &quoted(&answers.handle), true);
    page.key(Prompts::config_user_name, "name", &quoted(&answers.name), true);
    let address = answers.address.as_deref();
    page.key(
        Prompts::config_user_address,
        "address",
        &quoted(address.unwrap_or("mia@example.com")),
        address.is_some(),
    );
    page.key(Prompts::config_user_role, "role", "\"owner\"", true);

    page.section("[nlp]", true);
    page.key(Prompts::config_engine, "engine", "\"auto\"", true);

    mailbox(&mut page, answers.mailbox.as_ref(), secrets.password);
    for (section, why, path, chosen) in [
        ("[telegram]", Prompts::config_telegram as Words, secrets.telegram, answers.telegram.is_some()),
        ("[discord]", Prompts::config_discord, secrets.discord, answers.discord.is_some()),
    ] {
        page.section(section, chosen);
        page.key(why, "token_file", &quoted(path), chosen);
    }

    let url = answers.public_url.as_deref();
    page.section("[http]", url.is_some());
    page.key(Prompts::config_listen, "listen", &quoted(&LISTEN.to_string()), url.is_some());
    let shown = url.unwrap_or("https://crm.example.com");
    page.key(Prompts::config_public_url, "public_url", &quoted(shown), url.is_some());

    let backup = answers.backup.as_ref();
    page.section("[backup]", backup.is_some());
    let to = backup.map_or("/mnt/backups", |backup| &backup.to);
    page.key(Prompts::config_backup_to, "to", &quoted(to), backup.is_some());
    let recipient = backup.and_then(|backup| backup.recipient.clone());
    page.key(
        Prompts::config_backup_recipients,
        "recipients",
        &list(&[recipient.clone().unwrap_or_else(|| "age1…".into())]),
        recipient.is_some(),
    );
    let keep = "{ days = 7, weeks = 4, months = 6 }";
    page.key(Prompts::config_backup_keep, "keep", keep, backup.is_some());
    page.text
}

fn mailbox(page: &mut Page<'_>, mailbox: Option<&Mailbox>, password: &str) {
    let chosen = mailbox.is_some();
    let example = |host: &str| Server { host: host.into(), port: None, tls: Tls::Tls };
    let (imap, smtp) = (example("imap.example.com"), example("smtp.example.com"));
    let (key, address, imap, smtp, login) = match mailbox {
        Some(m) => (m.key(), m.address.as_str(), &m.imap, &m.smtp, m.login.as_str()),
        None => ("support", "support@example.com", &imap, &smtp, "support@example.com"),
    };
    page.section(&format!("[mail.{key}]"), chosen);
    page.key(Prompts::config_mail_address, "address", &quoted(address), chosen);
    page.key(Prompts::config_mail_since, "since", "\"2026-01-31\"", false);
    page.section(&format!("[mail.{key}.imap]"), chosen);
    page.server((Prompts::config_imap_host, 993), imap, login, password, chosen);
    page.section(&format!("[mail.{key}.smtp]"), chosen);
    page.server((Prompts::config_smtp_host, 465), smtp, login, password, chosen);
}

/// Returns a path as text, which is all that a configuration can hold.
pub(super) fn path(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{} is not UTF-8: name another data directory", path.display()))
}
