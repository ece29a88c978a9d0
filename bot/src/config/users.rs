//! Colleagues, as the configuration names them.

use rapport_model::Address;
use rapport_model::people::{Role, Scope, User};
use serde::Deserialize;

use super::{Config, language, zone};

/// A colleague.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserConfig {
    /// Short name.
    pub handle: String,
    /// The name that customers see.
    #[serde(default)]
    pub name: String,
    /// The address that the colleague writes from.
    #[serde(default)]
    pub address: Option<String>,
    /// What the colleague may do.
    pub role: Role,
    /// Whose customers the colleague sees; everybody's when it is left out.
    #[serde(default = "everything")]
    pub scope: Scope,
    /// The team, which looks after the mailboxes of the same team.
    #[serde(default)]
    pub team: Option<String>,
    /// IANA zone; the house's when empty.
    #[serde(default)]
    pub zone: String,
    /// `en` or `zh`; the house's when empty.
    #[serde(default)]
    pub lang: String,
}

const fn everything() -> Scope {
    Scope::All
}

impl Config {
    /// Returns the colleagues. A configuration without any has one: the owner, at the console.
    ///
    /// # Errors
    /// What is wrong, and with whom.
    pub fn users(&self) -> Result<Vec<User>, String> {
        if self.users.is_empty() {
            return Ok(vec![User {
                id: rapport_model::Id(0),
                handle: "owner".into(),
                name: String::new(),
                address: None,
                role: Role::Owner,
                scope: Scope::All,
                team: String::new(),
                zone: String::new(),
                language: String::new(),
            }]);
        }
        let mut users: Vec<User> = Vec::with_capacity(self.users.len());
        for user in &self.users {
            let place = format!("users: {}", user.handle);
            if user.handle.is_empty() || user.handle.contains(char::is_whitespace) {
                return Err(format!("users: the handle {:?} must be one word", user.handle));
            }
            if users.iter().any(|u| u.handle == user.handle) {
                return Err(format!("{place} is there twice"));
            }
            if !user.zone.is_empty() {
                zone(&place, &user.zone)?;
            }
            if !user.lang.is_empty() {
                language(&place, &user.lang)?;
            }
            let team = user.team.clone().unwrap_or_default();
            if user.scope == Scope::Team && team.is_empty() {
                return Err(format!(
                    "{place}: to see what the team sees takes a team; write team = \"NAME\""
                ));
            }
            let address = user.address.as_deref().map(Address::email).transpose();
            users.push(User {
                id: rapport_model::Id(0),
                handle: user.handle.clone(),
                name: user.name.clone(),
                address: address.map_err(|e| format!("{place}: the address is {e}"))?,
                role: user.role,
                scope: user.scope,
                team,
                zone: user.zone.clone(),
                language: user.lang.clone(),
            });
        }
        Ok(users)
    }
}
