//! Where pages are served, and under which address customers reach them.

use std::net::SocketAddr;

use serde::Deserialize;

use super::is_this_machine;

/// Where the service listens for browsers and other programs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Address and port, such as `127.0.0.1:8080`; nowhere without it.
    pub listen: Option<SocketAddr>,
    /// What links begin with, such as `https://crm.example.com`; without it no links are written to customers,
    /// and those to the pages for colleagues lead to this machine.
    pub public_url: Option<String>,
    /// The origins, such as `https://desk.example.com`, whose pages may ask for what the API has; none
    /// without it.
    pub cors: Vec<String>,
    /// How many requests one token can make at once.
    pub api_burst: i64,
    /// How many it can make for long, a second.
    pub api_a_second: i64,
    /// How many wrong tokens one address can try at once; then one a second.
    pub api_wrong_burst: i64,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            listen: None,
            public_url: None,
            cors: Vec::new(),
            api_burst: 100,
            api_a_second: 10,
            api_wrong_burst: 10,
        }
    }
}

impl HttpConfig {
    /// Returns what links begin with, without a slash at the end; nothing where no pages are served.
    pub fn base(&self) -> Option<&str> {
        self.public_url.as_deref().filter(|_| self.listen.is_some()).map(|url| url.trim_end_matches('/'))
    }

    /// Returns what links for colleagues begin with: as for customers, or where that is not said, the address
    /// at which programs of this machine reach us; nothing where there is none.
    pub fn desk_base(&self) -> Option<String> {
        let here = self.listen.filter(|place| place.ip().is_loopback());
        self.base().map(str::to_owned).or_else(|| here.map(|place| format!("http://{place}")))
    }

    pub(super) fn check(&self) -> Result<(), String> {
        for origin in &self.cors {
            if !is_origin(origin) {
                return Err(format!(
                    "http.cors: {origin:?} is no origin; write it like https://desk.example.com"
                ));
            }
        }
        for (name, value, most) in [
            ("api_burst", self.api_burst, 100_000),
            ("api_wrong_burst", self.api_wrong_burst, 100_000),
            ("api_a_second", self.api_a_second, 10_000),
        ] {
            if !(1..=most).contains(&value) {
                return Err(format!("http.{name}: {value} must be in 1..={most}"));
            }
        }
        let Some(url) = &self.public_url else { return Ok(()) };
        let wrong = |why: &str| Err(format!("http.public_url: {url:?} {why}"));
        if self.listen.is_none() {
            return wrong("needs http.listen, where its pages are served");
        }
        let (secure, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return wrong("must begin with https://"),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let of_host = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        // It stands in headers of mails, which carry nothing but ASCII. The pages know no other root.
        if authority.is_empty() || !authority.chars().all(of_host) {
            return wrong("is no address of a host; write it like https://crm.example.com");
        }
        if !secure && !is_here(authority) {
            return wrong("must begin with https://: a link in a mail is as good as a key");
        }
        Ok(())
    }
}

/// Tells whether this is the origin of pages, and one that can be trusted: over TLS, or on this machine.
pub(super) fn is_origin(origin: &str) -> bool {
    let host = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://").filter(|authority| is_here(authority)));
    let of_host = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:[]".contains(c);
    host.is_some_and(|host| !host.is_empty() && host.chars().all(of_host))
}

/// Tells whether an authority, with or without a port, is this machine.
fn is_here(authority: &str) -> bool {
    let name = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    is_this_machine(name.map_or(authority, |(name, _)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<HttpConfig, String> {
        let config: HttpConfig = toml::from_str(text).map_err(|e| e.to_string())?;
        config.check().map(|()| config)
    }

    #[test]
    fn an_address_that_customers_cannot_trust_or_reach_is_refused() {
        let with = |url: &str| format!("listen = '127.0.0.1:8080'\npublic_url = '{url}'");
        for (text, says) in [
            ("public_url = 'https://crm.example'".to_owned(), "needs http.listen"),
            (with("crm.example"), "must begin with https://"),
            (with("http://crm.example"), "as good as a key"),
            (with("http://127.0.0.1.evil.example"), "as good as a key"),
            (with("https://"), "is no address"),
            (with("https://crm.example/mail"), "is no address"),
            (with("https://ann:secret@crm.example"), "is no address"),
            (with("https://crm.example/?x=1"), "is no address"),
            ("listen = '8080'".to_owned(), "invalid socket address"),
            ("lisen = '127.0.0.1:80'".to_owned(), "unknown field `lisen`"),
            ("cors = ['*']".to_owned(), "is no origin"),
            ("cors = ['https://desk.example/']".to_owned(), "is no origin"),
            ("cors = ['http://desk.example']".to_owned(), "is no origin"),
            ("api_burst = 0".to_owned(), "http.api_burst: 0 must be in"),
            ("api_a_second = -1".to_owned(), "must be in 1..=10000"),
        ] {
            let error = check(&text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn links_begin_with_the_public_address_where_pages_are_served() {
        for (url, base) in [
            ("https://crm.example/", "https://crm.example"),
            ("https://crm.example:8443", "https://crm.example:8443"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            let config = check(&format!("listen = '[::1]:8080'\npublic_url = '{url}'")).unwrap();
            assert_eq!(config.base(), Some(base));
        }
        let here = check("listen = '127.0.0.1:8080'").unwrap();
        assert_eq!((here.base(), here.desk_base().as_deref()), (None, Some("http://127.0.0.1:8080")));
        assert_eq!(check("listen = '0.0.0.0:8080'").unwrap().desk_base(), None);
        assert_eq!(check("").unwrap().base(), None);
    }
}
