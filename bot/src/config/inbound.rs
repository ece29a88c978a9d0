//! Other programs that send us records.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rapport_workflows::import::Pointers;
use serde::Deserialize;

use super::form::is_name;
use super::mapped::mapped;
use super::secret::{Hidden, Secret};

/// Another program that sends records to `/in/NAME`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboundConfig {
    /// What the records are: `customers`, `companies`, `deals`, `products`, `orders`, `notes` or `messages`.
    pub kind: String,
    /// A JSON pointer to the list of records, or to the one; without it all that is sent.
    #[serde(default)]
    pub each: Option<String>,
    /// Where the fields are: each with a JSON pointer into the record.
    pub map: BTreeMap<String, String>,
    /// By what records are known: `email`, or a field of the map, such as `attr:crm_id`.
    #[serde(default)]
    pub key: Option<String>,
    /// A file whose first line is the secret with which it signs (Standard Webhooks): `whsec_…`.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// A command that prints it.
    #[serde(default)]
    pub secret_command: Option<String>,
    /// The secret; from the environment alone.
    #[serde(default)]
    pub secret: Option<Hidden>,
    /// A file whose first line is the token that it sends (`Authorization: Bearer …`), instead of a secret.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// A command that prints it.
    #[serde(default)]
    pub token_command: Option<String>,
    /// The token; from the environment alone.
    #[serde(default)]
    pub token: Option<Hidden>,
}

/// By what a program proves who it is.
#[derive(Clone, Debug)]
pub enum Proof {
    /// It signs.
    Signature(Secret),
    /// It says a word that nobody else knows.
    Bearer(Secret),
}

impl InboundConfig {
    /// Returns where everything is in what it sends.
    ///
    /// # Errors
    /// What is wrong.
    pub fn pointers(&self) -> Result<Pointers, String> {
        mapped(&self.kind, self.each.as_deref(), &self.map, self.key.as_deref())
    }

    /// Returns by what it proves who it is.
    ///
    /// # Errors
    /// There is nothing, or more than one.
    pub fn proof(&self) -> Result<Proof, String> {
        let secrets = Secret::all(&self.secret_file, [&self.secret_command], &self.secret);
        let tokens = Secret::all(&self.token_file, [&self.token_command], &self.token);
        let all = secrets.into_iter().map(Proof::Signature).chain(tokens.into_iter().map(Proof::Bearer));
        let one = <[Proof; 1]>::try_from(all.collect::<Vec<_>>());
        one.map(|[proof]| proof)
            .map_err(|_| "write one of secret_file, secret_command, token_file and token_command".to_owned())
    }

    /// Tells whether the file itself holds the secret.
    pub(super) fn has_secret(&self) -> bool {
        self.secret.is_some() || self.token.is_some()
    }

    pub(super) fn check(&self, name: &str) -> Result<(), String> {
        if !is_name(name) {
            return Err(format!("inbound: the name {name:?} must be of letters, digits, - and _"));
        }
        let place = |why: String| format!("inbound.{name}: {why}");
        self.pointers().map_err(place)?;
        self.proof().map_err(place).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let check = |text: &str| {
            let config: InboundConfig = toml::from_str(text).map_err(|e| e.to_string())?;
            config.check("shop")
        };
        let good = "kind = 'customers'\nmap = { email = '/email', 'attr:id' = '/id' }\n";
        assert_eq!(check(&format!("{good}secret_file = 's'\nkey = 'attr:id'")), Ok(()));
        for (text, says) in [
            (good.to_owned(), "inbound.shop: write one of secret_file"),
            (format!("{good}secret_file = 's'\ntoken_file = 't'"), "write one of secret_file"),
            (format!("{good}token_file = 't'\nkey = 'attr:x'"), "key: \"attr:x\" is not in the map"),
            (format!("{good}token_file = 't'\neach = 'items'"), "each: \"items\" is no JSON pointer"),
            ("kind = 'cars'\nmap = {}\ntoken_file = 't'".into(), "kind: there is no \"cars\""),
            ("kind = 'deals'\nmap = {}\ntoken_file = 't'".into(), "map: says which field is where"),
            ("kind = 'deals'\nmap = { sku = '/x' }\ntoken_file = 't'".into(), "deals have no use for sku"),
            ("kind = 'deals'\nmap = { title = 'x' }\ntoken_file = 't'".into(), "map.title: \"x\" is no JSON"),
        ] {
            let error = check(&text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
