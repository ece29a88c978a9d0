//! Whose hours hold: a mailbox's, a team's, or the house's.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Tz;

use super::Hours;

/// The hours of everybody in the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HouseHours {
    /// Of whoever has none of their own.
    pub default: Arc<Hours>,
    /// By the mailbox's name: its own, else its team's.
    pub mailboxes: BTreeMap<String, Arc<Hours>>,
    /// By the team's name.
    pub teams: BTreeMap<String, Arc<Hours>>,
}

impl HouseHours {
    /// Returns the hours of a house that always works.
    pub fn always(zone: Tz) -> Self {
        let default = Arc::new(Hours::always(zone));
        Self { default, mailboxes: BTreeMap::new(), teams: BTreeMap::new() }
    }

    /// Returns the hours for what came to a mailbox and is looked after by somebody of a team; an empty
    /// name is none.
    pub fn of(&self, mailbox: &str, team: &str) -> &Arc<Hours> {
        self.mailboxes.get(mailbox).or_else(|| self.teams.get(team)).unwrap_or(&self.default)
    }
}
