//! E-mail addresses, and which of them are ours.

use serde::{Deserialize, Serialize};

/// An e-mail address as look-up compares it: trimmed and in lower case. The part after a
/// plus sign is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

/// The text is no e-mail address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address; write it like ann@example.org")]
pub struct NotAnAddress;

/// Longest address that SMTP can carry (RFC 5321, 4.5.3.1.3).
const ADDRESS_BYTES_MAX: usize = 254;

impl Address {
    /// Checks and normalises an address.
    ///
    /// # Errors
    /// There is no `@`, a side of it is empty, it holds blanks or control characters, or it is
    /// longer than 254 bytes.
    pub fn email(text: &str) -> Result<Self, NotAnAddress> {
        let text = text.trim().trim_start_matches('<').trim_end_matches('>');
        let Some((local, domain)) = text.rsplit_once('@') else { return Err(NotAnAddress) };
        let blank = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';');
        if local.is_empty() || domain.is_empty() || text.len() > ADDRESS_BYTES_MAX || text.contains(blank) {
            return Err(NotAnAddress);
        }
        Ok(Self(text.to_lowercase()))
    }

    /// Returns the whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns what stands before the last `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// Returns the address without what stands behind a plus sign: `a+b@c` is the mailbox `a@c`.
    #[must_use]
    pub fn without_detail(&self) -> Self {
        match self.local().split_once('+') {
            Some((mailbox, _)) if !mailbox.is_empty() => Self(format!("{mailbox}@{}", self.domain())),
            _ => self.clone(),
        }
    }

    /// Returns what stands after the last `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl TryFrom<String> for Address {
    type Error = NotAnAddress;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::email(&text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name with an address, as a mail's header carries it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mailbox {
    /// The display name; empty when the header gave none.
    pub name: String,
    /// The address.
    pub address: Address,
}

/// Which addresses and domains are ours. A mail from one of them is outgoing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct House {
    /// What the house is called in what it writes.
    #[serde(default)]
    pub name: String,
    /// Single addresses that are ours.
    #[serde(default)]
    pub addresses: Vec<Address>,
    /// Domains that are ours, with their subdomains.
    #[serde(default)]
    pub domains: Vec<String>,
}

impl House {
    /// Adds an address, or a domain when `text` has no `@` or starts with it.
    ///
    /// # Errors
    /// The text is neither.
    pub fn add(&mut self, text: &str) -> Result<(), NotAnAddress> {
        let text = text.trim().to_lowercase();
        match text.strip_prefix('@').or_else(|| (!text.contains('@')).then_some(text.as_str())) {
            Some(domain) if domain.is_empty() || domain.contains(char::is_whitespace) => Err(NotAnAddress),
            Some(domain) => {
                self.domains.push(domain.to_owned());
                Ok(())
            }
            None => {
                self.addresses.push(Address::email(&text)?);
                Ok(())
            }
        }
    }

    /// Tells whether `address` is ours.
    pub fn owns(&self, address: &Address) -> bool {
        let domain = address.domain();
        self.addresses.contains(address)
            || self.addresses.contains(&address.without_detail())
            || self.domains.iter().any(|ours| {
                domain.strip_suffix(ours.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
    }
}

impl House {
    /// Tells whether a domain looks like one of ours and is none: a letter is another, missing or too
    /// many, or looks like it.
    pub fn is_imitated_by(&self, domain: &str) -> bool {
        let of_addresses = self.addresses.iter().map(Address::domain);
        let mut ours = self.domains.iter().map(String::as_str).chain(of_addresses);
        let similar = |ours: &str| ours != domain && !is_freemail(ours) && looks_like(domain, ours);
        let within = |ours: &str| domain.strip_suffix(ours).is_some_and(|rest| rest.ends_with('.'));
        ours.clone().all(|ours| ours != domain && !within(ours)) && ours.any(similar)
    }
}

/// Letters that look like others.
const ALIKE: &[(&str, &str)] =
    &[("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"), ("-", "")];
/// Shorter names differ by a letter without meaning harm.
const NAME_CHARS_MIN: usize = 5;

fn looks_like(domain: &str, ours: &str) -> bool {
    let seen = |domain: &str| {
        ALIKE.iter().fold(domain.to_lowercase(), |seen, (letters, alike)| seen.replace(letters, alike))
    };
    let (a, b): (Vec<char>, Vec<char>) = (seen(domain).chars().collect(), seen(ours).chars().collect());
    if a == b {
        return true;
    }
    let name = ours.split('.').next().unwrap_or(ours);
    name.chars().count() >= NAME_CHARS_MIN && is_one_slip(&a, &b)
}

/// Tells whether one letter is another, missing or too many, or two neighbours are exchanged.
fn is_one_slip(a: &[char], b: &[char]) -> bool {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    match (a, b) {
        ([], [_]) | ([_], []) => true,
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([_, rest @ ..], b) if rest == b => true,
        (a, [_, rest @ ..]) if rest == a => true,
        ([x, y, a @ ..], [z, w, b @ ..]) => x == w && y == z && a == b,
        _ => false,
    }
}

/// Returns the domain of a company's address; nothing where everybody can have an address.
pub fn company_domain(address: &Address) -> Option<&str> {
    let domain = address.domain();
    (!is_freemail(domain)).then_some(domain)
}

/// Second-level names that say nothing: `shop.co.uk` is the shop's, not `co`'s.
const PUBLIC_SECOND: &[&str] = &["ac", "co", "com", "edu", "gov", "net", "or", "org"];

/// Makes a name of a company's domain: `novak-cafe.example` is "Novak Cafe".
pub fn company_name(domain: &str) -> String {
    let labels: Vec<&str> = domain.split('.').collect();
    let second = labels.len().saturating_sub(2);
    let at = if second > 0 && PUBLIC_SECOND.contains(&labels[second]) { second - 1 } else { second };
    let words = labels.get(at).unwrap_or(&domain).split(['-', '_']).filter(|w| !w.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |c| c.to_uppercase().chain(letters).collect())
    };
    words.map(capital).collect::<Vec<String>>().join(" ")
}

/// Large providers of personal mailboxes: their domain says nothing about a company.
const FREEMAIL: &[&str] = &[
    "126.com",
    "139.com",
    "163.com",
    "21cn.com",
    "aol.com",
    "fastmail.com",
    "foxmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.fr",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.example",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rocketmail.com",
    "seznam.cz",
    "sina.cn",
    "sina.com",
    "sohu.com",
    "t-online.de",
    "tom.com",
    "web.de",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.com.cn",
    "yahoo.com.tw",
    "yahoo.de",
    "yahoo.fr",
    "yandex.ru",
    "yeah.net",
    "ymail.com",
    "zoho.com",
];

/// Tells whether `domain` belongs to a provider of personal mailboxes, so that it never makes
/// a company.
pub fn is_freemail(domain: &str) -> bool {
    FREEMAIL.binary_search(&domain).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_once() {
        assert_eq!(Address::email(" <Ann+Shop@Example.ORG> ").unwrap().as_str(), "ann+shop@example.org");
        for bad in ["", "ann", "@example.org", "ann@", "a nn@example.org", "a@b,c@d"] {
            assert_eq!(Address::email(bad), Err(NotAnAddress), "{bad}");
        }
    }

    #[test]
    fn a_house_owns_its_subdomains_but_not_look_alikes() {
        let mut house = House::default();
        house.add("Support@Shop.example").unwrap();
        house.add("ours.example").unwrap();
        let owns = |a: &str| house.owns(&Address::email(a).unwrap());
        assert!(owns("support@shop.example") && owns("x@ours.example") && owns("x@mail.ours.example"));
        assert!(!owns("ann@shop.example") && !owns("x@notours.example"));
        assert!(house.add("two words").is_err());
    }

    #[test]
    fn the_freemail_list_is_sorted() {
        assert!(FREEMAIL.is_sorted());
        assert!(is_freemail("gmail.com") && !is_freemail("novak-cafe.example"));
    }

    #[test]
    fn domains_that_imitate_ours_are_told() {
        let mut house = House::default();
        house.add("brightwater.example").unwrap();
        for (domain, imitates) in [
            ("brightwater.example", false),
            ("mail.brightwater.example", false),
            ("brightwatar.example", true),
            ("brightwter.example", true),
            ("brigthwater.example", true),
            ("bright-water.example", true),
            ("bri9htwater.example", true),
            ("brlghtwater.example", true),
            ("brightvvater.example", true),
            ("novak.example", false),
            ("rightwaters.example", false),
        ] {
            assert_eq!(house.is_imitated_by(domain), imitates, "{domain}");
        }
    }

    #[test]
    fn a_company_is_named_after_its_domain_until_somebody_knows_better() {
        for (domain, name) in [
            ("novak-cafe.example", "Novak Cafe"),
            ("mail.acme.com", "Acme"),
            ("shop.co.uk", "Shop"),
            ("localhost", "Localhost"),
            ("com", "Com"),
        ] {
            assert_eq!(company_name(domain), name, "{domain}");
        }
    }
}
