//! When the teams of the house work: `[hours.NAME]`.

mod holidays;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rapport_workflows::hours::{Hours, HouseHours};
use serde::Deserialize;

use super::{Config, zone};

/// The name of the hours of whoever has none of their own.
const DEFAULT: &str = "default";

/// Hours as they are written: `zone`, `holidays`, and for days and dates when is worked.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct HoursConfig(BTreeMap<String, HoursValue>);

/// A text or a list of texts.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "write a list of times such as [\"09:00-12:30\", \"13:30-18:00\"]")]
enum HoursValue {
    /// One.
    Text(String),
    /// Several, or none.
    List(Vec<String>),
}

impl HoursValue {
    fn texts(&self) -> &[String] {
        match self {
            Self::Text(text) => std::slice::from_ref(text),
            Self::List(texts) => texts,
        }
    }
}

impl Config {
    /// Returns when each team works, and what was passed over in files of holidays, with file and line.
    /// Their names are relative to `dir`; without it the files are left alone.
    ///
    /// # Errors
    /// What is wrong, and with which key or file.
    pub fn hours(&self, dir: Option<&Path>) -> Result<(HouseHours, Vec<String>), String> {
        let mut passed_over = Vec::new();
        let mut by_name = BTreeMap::new();
        for (name, written) in &self.hours {
            let hours = self.hours_named(name, written, dir, &mut passed_over)?;
            by_name.insert(name.as_str(), Arc::new(hours));
        }
        let zone = zone("timezone", &self.timezone)?;
        let mut house = HouseHours::always(zone);
        if let Some(default) = by_name.get(DEFAULT) {
            house.default = default.clone();
        }
        let of_users = self.users.iter().filter_map(|user| user.team.as_ref());
        let of_mailboxes = self.mail.values().filter_map(|mail| mail.team.as_ref());
        let teams: BTreeSet<&String> = of_users.chain(of_mailboxes).collect();
        let mut used = BTreeSet::from([DEFAULT]);
        for team in teams {
            if let Some((name, hours)) = by_name.get_key_value(team.as_str()) {
                used.insert(name);
                house.teams.insert(team.clone(), hours.clone());
            }
        }
        for (mailbox, mail) in &self.mail {
            let own = match mail.hours.as_deref() {
                None => mail.team.as_deref().and_then(|team| by_name.get_key_value(team)),
                Some(name) => Some(by_name.get_key_value(name).ok_or_else(|| {
                    format!("mail.{mailbox}.hours: there are no hours {name:?}; write [hours.{name}]")
                })?),
            };
            if let Some((name, hours)) = own {
                used.insert(name);
                house.mailboxes.insert(mailbox.clone(), hours.clone());
            }
        }
        if let Some(idle) = by_name.keys().find(|name| !used.contains(*name)) {
            return Err(format!(
                "hours.{idle}: nobody has these hours; name them {DEFAULT} or as a team, or write hours = \
                 {idle:?} at a mailbox"
            ));
        }
        Ok((house, passed_over))
    }

    fn hours_named(
        &self,
        name: &str,
        HoursConfig(written): &HoursConfig,
        dir: Option<&Path>,
        passed_over: &mut Vec<String>,
    ) -> Result<Hours, String> {
        let key = |of: &str| format!("hours.{name}.{of}");
        let zone = match written.get("zone") {
            Some(HoursValue::Text(name)) => zone(&key("zone"), name)?,
            Some(HoursValue::List(_)) => return Err(format!("{}: write one zone in quotes", key("zone"))),
            None => zone("timezone", &self.timezone)?,
        };
        let mut holidays = BTreeSet::new();
        let files = written.get("holidays").map_or(&[][..], HoursValue::texts);
        for (file, dir) in files.iter().zip(dir.into_iter().cycle()) {
            let read = holidays::read_file(&dir.join(file));
            let read = read.map_err(|why| format!("{}: {why}", key("holidays")))?;
            holidays.extend(read.days);
            passed_over.extend(read.passed_over);
        }
        let is_day = |key: &&String| !matches!(key.as_str(), "zone" | "holidays");
        let days =
            written.iter().filter(|(key, _)| is_day(key)).map(|(key, value)| (key.as_str(), value.texts()));
        Hours::new(zone, days, holidays).map_err(|e| match e.key() {
            Some(day) => format!("{}: {e}", key(day)),
            None => format!("hours.{name}: {e}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use rapport_model::Timestamp;

    use super::*;

    fn check(text: &str) -> Result<HouseHours, String> {
        let config = Config::read(text, "rapport.toml", std::iter::empty()).map_err(|e| e.to_string())?;
        config.hours(None).map(|(hours, _)| hours)
    }

    const HOUSE: &str = "timezone = 'Europe/Berlin'\n\
        users = [{ handle = 'mia', role = 'rep', team = 'service' }]\n\
        [mail.support]\naddress = 'support@a.example'\nteam = 'service'\n\
        [mail.sales]\naddress = 'sales@a.example'\nhours = 'late'\n\
        [hours.default]\nmon-fri = ['09:00-17:00']\n\
        [hours.service]\nmon-fri = ['08:00-12:00', '13:00-18:00']\nsat = '10:00-14:00'\n\
        2026-12-24 = []\n\
        [hours.late]\nzone = 'America/New_York'\nmon-sun = ['18:00-02:00']\n";

    #[test]
    fn a_mailbox_has_its_own_hours_else_its_teams_else_the_houses() {
        let house = check(HOUSE).unwrap();
        let at = |text| Timestamp::parse(text).unwrap();
        let saturday = at("2026-03-07T10:00:00+01:00");
        assert!(house.of("support", "").is_open(saturday) && house.of("", "service").is_open(saturday));
        assert!(!house.of("", "").is_open(saturday) && !house.of("other", "nobody").is_open(saturday));
        assert!(!house.of("support", "").is_open(at("2026-12-24T10:00:00+01:00")));
        assert!(house.of("sales", "service").is_open(at("2026-03-07T01:00:00-05:00")));
        assert!(check("").unwrap().of("", "").is_open(saturday), "without any it is always open");
    }

    #[test]
    fn hours_that_are_wrong_are_named_with_line_and_key() {
        for (text, says) in [
            (
                "[hours.default]\nzone = 'Mars/Base'",
                "line 2: hours.default.zone: there is no zone \"Mars/Base\"",
            ),
            ("[hours.default]\nzone = ['UTC']", "line 2: hours.default.zone: write one zone"),
            (
                "\n[hours.default]\nmon-fry = ['09:00-17:00']",
                "line 3: hours.default.mon-fry: `mon-fry` is no day",
            ),
            ("[hours.default]\n2026-02-31 = []", "line 2: hours.default.2026-02-31: there is no day"),
            (
                "[hours.default]\n\"2026-02-31\" = []",
                "line 2: hours.default.2026-02-31: there is no day 2026-02-31",
            ),
            ("[hours.default]\nmon = ['9 to 5']", "line 2: hours.default.mon: `9 to 5` is no interval"),
            ("[hours.default]\nmon = 9", "line 2, hours.default.mon: write a list of times"),
            ("[hours.default]\nzone = 'UTC'", "hours.default: nobody ever works"),
            ("[hours.night]\nmon = ['09:00-17:00']", "line 1: hours.night: nobody has these hours"),
            (
                "[mail.support]\naddress = 'a@b.example'\nhours = 'late'",
                "line 3: mail.support.hours: there are no hours \"late\"; write [hours.late]",
            ),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.starts_with("rapport.toml") && error.contains(says), "{text}\n{error}");
        }
    }
}
