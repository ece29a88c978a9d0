//! Whether an answer will do. What the configuration itself checks is asked of it, so that the two
//! cannot differ.

use std::path::Path;

use chrono_tz::Tz;
use rapport_model::Address;

use super::answers::{LISTEN, Server};
use super::toml::quoted;
use crate::Config;
use crate::config::chat::{is_discord_token, is_telegram_token};
use crate::config::is_this_machine;
use crate::config::mail::Tls;

/// No answer is longer, in characters.
pub(super) const ANSWER_CHARS_MAX: usize = 200;

/// Tells whether a configuration of these lines is right.
fn accepted(lines: &str) -> bool {
    Config::read(lines, "", std::iter::empty()).is_ok()
}

pub(super) fn words(answer: &str) -> bool {
    answer.chars().count() <= ANSWER_CHARS_MAX && !answer.chars().any(char::is_control)
}

pub(super) fn lang(answer: &str) -> Option<String> {
    let lang = answer.to_lowercase();
    ["en", "zh"].contains(&lang.as_str()).then_some(lang)
}

pub(super) fn zone(answer: &str) -> Option<String> {
    let zone: Option<Tz> = answer.parse().ok();
    zone.map(|zone| zone.name().to_owned())
}

pub(super) fn currency(answer: &str) -> Option<String> {
    let code = answer.to_uppercase();
    (code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())).then_some(code)
}

/// Splits what is ours into addresses and domains.
pub(super) fn own(answer: &str) -> Result<(Vec<String>, Vec<String>), &str> {
    let (mut addresses, mut domains) = (Vec::new(), Vec::new());
    let parts = answer.split(|c: char| c.is_whitespace() || ",，、;；".contains(c));
    for part in parts.filter(|part| !part.is_empty()) {
        let domain = part.strip_prefix('@').unwrap_or(part);
        if domain.contains('@') {
            addresses.push(Address::email(domain).map_err(|_| part)?.as_str().to_owned());
        } else if is_host(domain) && domain.contains('.') {
            domains.push(domain.to_lowercase());
        } else {
            return Err(part);
        }
    }
    Ok((addresses, domains))
}

pub(super) fn handle(answer: &str) -> Option<String> {
    let fits = accepted(&format!("[[users]]\nhandle = {}\nrole = 'owner'", quoted(answer)));
    fits.then(|| answer.to_owned())
}

pub(super) fn address(answer: &str) -> Option<Address> {
    Address::email(answer).ok()
}

fn is_host(text: &str) -> bool {
    let of_host = |c: char| c.is_alphanumeric() || c == '.' || c == '-';
    !text.is_empty() && text.chars().all(of_host) && !text.starts_with(['.', '-']) && !text.ends_with('.')
}

/// Reads a server: a host, perhaps with a port, which tells how the connection is secured.
pub(super) fn server(answer: &str) -> Option<Server> {
    let (host, port) = match answer.rsplit_once(':') {
        None => (answer, None),
        Some((host, port)) => (host, Some(port.parse().ok().filter(|port| *port != 0)?)),
    };
    if !is_host(host) {
        return None;
    }
    let tls = match port {
        Some(25 | 143 | 587) if is_this_machine(host) => Tls::None,
        Some(143 | 587) => Tls::Starttls,
        Some(25) => return None,
        _ => Tls::Tls,
    };
    Some(Server { host: host.to_lowercase(), port, tls })
}

pub(super) fn telegram(answer: &str) -> bool {
    is_telegram_token(answer)
}

pub(super) fn discord(answer: &str) -> bool {
    is_discord_token(answer)
}

pub(super) fn url(answer: &str) -> Option<String> {
    let fits = accepted(&format!("[http]\nlisten = '{LISTEN}'\npublic_url = {}", quoted(answer)));
    fits.then(|| answer.to_owned())
}

/// Reads a directory; a relative one lies in the data directory.
pub(super) fn backup(answer: &str) -> Option<String> {
    let is_place = answer.contains("://") || Path::new(answer).is_file();
    (!is_place && accepted(&format!("[backup]\nto = {}", quoted(answer)))).then(|| answer.to_owned())
}

pub(super) fn recipient(answer: &str) -> Option<String> {
    let fits = accepted(&format!("[backup]\nrecipients = [{}]", quoted(answer)));
    fits.then(|| answer.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_is_split_into_addresses_and_domains() {
        let (addresses, domains) = own("Info@Ours.example，ours.example, @sister.example、").unwrap();
        assert_eq!(addresses, ["info@ours.example"]);
        assert_eq!(domains, ["ours.example", "sister.example"]);
        assert_eq!(own(""), Ok((vec![], vec![])));
        for wrong in ["a b", "none", "@", "a@", "x.example, a@b@"] {
            assert!(own(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_port_tells_how_a_server_is_secured() {
        let of = |answer| server(answer).map(|s| (s.host, s.port, s.tls));
        assert_eq!(of("Imap.ours.example"), Some(("imap.ours.example".into(), None, Tls::Tls)));
        assert_eq!(of("smtp.x.example:587"), Some(("smtp.x.example".into(), Some(587), Tls::Starttls)));
        assert_eq!(of("localhost:25"), Some(("localhost".into(), Some(25), Tls::None)));
        assert_eq!(of("x.example:1993"), Some(("x.example".into(), Some(1993), Tls::Tls)));
        for wrong in ["", "x.example:25", "x:0", "x:70000", "https://x.example", "a b", ".x", "x:"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_the_configuration_refuses_is_refused() {
        assert_eq!(currency("cny").as_deref(), Some("CNY"));
        assert_eq!(url("https://crm.example").as_deref(), Some("https://crm.example"));
        assert!(url("http://crm.example").is_none() && url("crm.example").is_none());
        assert!(handle("mia tan").is_none() && handle("").is_none() && handle("米娅").is_some());
        assert!(backup("s3://b/x").is_none() && backup("/mnt/backups").is_some());
        assert!(recipient("ssh-ed25519 AAAA").is_none());
        assert!(currency("€").is_none() && currency("EURO").is_none() && zone("Berlin").is_none());
        assert!(!words("a\u{7}b") && !words(&"x".repeat(201)) && words("净水之家"));
    }
}
