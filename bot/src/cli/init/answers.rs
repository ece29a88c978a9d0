//! What a configuration is made of, and what is usual.

use std::net::{Ipv4Addr, SocketAddr};

use rapport_model::Address;
use rapport_model::reading::Language;

use crate::config::mail::Tls;

/// Where pages are served, unless somebody says otherwise.
pub(super) const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// What was answered.
#[derive(Clone)]
pub(super) struct Answers {
    pub lang: String,
    pub timezone: String,
    pub currency: String,
    pub house: String,
    pub addresses: Vec<String>,
    pub domains: Vec<String>,
    pub handle: String,
    pub name: String,
    pub address: Option<String>,
    pub mailbox: Option<Mailbox>,
    pub telegram: Option<Typed>,
    pub discord: Option<Typed>,
    pub public_url: Option<String>,
    pub backup: Option<Backup>,
}

/// A secret that was typed. It has no `Debug`, so that no log can hold it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Typed(pub String);

/// A mailbox and its servers.
#[derive(Clone)]
pub(super) struct Mailbox {
    pub address: Address,
    pub imap: Server,
    pub smtp: Server,
    pub login: String,
    /// None where it is still to be put into its file.
    pub password: Option<Typed>,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub host: String,
    /// The usual one without it.
    pub port: Option<u16>,
    pub tls: Tls,
}

/// Where backups go.
#[derive(Clone)]
pub(super) struct Backup {
    pub to: String,
    pub recipient: Option<String>,
}

impl Answers {
    /// Returns what is usual where `environment` is as it is.
    pub(super) fn usual(language: Language, environment: impl Fn(&str) -> Option<String>) -> Self {
        let (lang, currency) = match language {
            Language::Zh => ("zh", "CNY"),
            _ => ("en", "EUR"),
        };
        Self {
            lang: lang.into(),
            timezone: zone_here(environment).unwrap_or_else(|| "UTC".into()),
            currency: currency.into(),
            house: String::new(),
            addresses: Vec::new(),
            domains: Vec::new(),
            handle: "owner".into(),
            name: String::new(),
            address: None,
            mailbox: None,
            telegram: None,
            discord: None,
            public_url: None,
            backup: None,
        }
    }
}

/// Returns the zone of this machine, where it says one that is known.
fn zone_here(environment: impl Fn(&str) -> Option<String>) -> Option<String> {
    let variable = environment("TZ").map(|zone| zone.trim_start_matches(':').to_owned());
    let linked = || {
        let path = std::fs::read_link("/etc/localtime").ok()?;
        path.to_str()?.split_once("zoneinfo/").map(|(_, zone)| zone.to_owned())
    };
    let zone = variable.filter(|zone| !zone.is_empty()).or_else(linked)?;
    zone.parse::<chrono_tz::Tz>().is_ok().then_some(zone)
}

impl Mailbox {
    /// Returns its name in the configuration: what stands before the `@`, where that can be one.
    pub(super) fn key(&self) -> &str {
        let local = self.address.local();
        let fits = local.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if fits && !local.is_empty() { local } else { "house" }
    }
}

impl Server {
    /// Returns the servers that a domain's mail usually has: where it is read, and where it leaves.
    pub(super) fn usual(domain: &str) -> [String; 2] {
        let (imap, smtp) = match domain {
            "gmail.com" | "googlemail.com" => ("imap.gmail.com", "smtp.gmail.com"),
            "outlook.com" | "hotmail.com" | "live.com" => ("outlook.office365.com", "smtp.office365.com:587"),
            "icloud.com" | "me.com" => ("imap.mail.me.com", "smtp.mail.me.com:587"),
            "yahoo.com" => ("imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
            "gmx.de" | "gmx.net" | "gmx.at" | "gmx.ch" => ("imap.gmx.net", "mail.gmx.net"),
            "foxmail.com" => ("imap.qq.com", "smtp.qq.com"),
            _ => return [format!("imap.{domain}"), format!("smtp.{domain}")],
        };
        [imap.into(), smtp.into()]
    }

    /// Tells whether a provider takes the password of its users from no program.
    pub(super) fn wants_oauth(host: &str) -> bool {
        ["gmail.com", "office365.com"].iter().any(|provider| host.ends_with(provider))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_the_machines_where_it_is_known() {
        let of = |zone: &'static str| zone_here(move |_| Some(zone.to_owned()));
        assert_eq!(of(":Asia/Shanghai").as_deref(), Some("Asia/Shanghai"));
        assert_eq!(of("CET-1CEST"), None);
    }

    #[test]
    fn servers_are_guessed_from_the_domain() {
        assert_eq!(Server::usual("ours.example"), ["imap.ours.example", "smtp.ours.example"]);
        assert_eq!(Server::usual("163.com"), ["imap.163.com", "smtp.163.com"]);
        assert_eq!(Server::usual("outlook.com")[1], "smtp.office365.com:587");
    }
}
