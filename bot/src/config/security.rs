//! What is more than usual, so that whoever looks after security is told.

use serde::Deserialize;

/// How much is usual.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SecurityConfig {
    /// Persons of whom one colleague writes all that is held into a file within a day; one more is told.
    pub exports_a_day: u32,
    /// Customers whom one colleague, or one token, takes out as a list within a day; one more is told.
    pub customers_a_day: u32,
    /// How often one colleague, token or address is refused within an hour of the clock; once more is told.
    pub refusals_an_hour: u32,
}

impl Default for SecurityConfig {
    fn default() -> Self {
        Self { exports_a_day: 5, customers_a_day: 1_000, refusals_an_hour: 20 }
    }
}

impl SecurityConfig {
    /// Tells what is wrong with it, if anything is.
    pub(super) fn check(&self) -> Result<(), String> {
        let all = [
            ("exports_a_day", self.exports_a_day),
            ("customers_a_day", self.customers_a_day),
            ("refusals_an_hour", self.refusals_an_hour),
        ];
        match all.iter().find(|(_, n)| *n == 0) {
            Some((key, _)) => Err(format!("security.{key}: 0 would tell of everything; write 1 or more")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_one_or_more() {
        let read = |text: &str| {
            let config: SecurityConfig = toml::from_str(text).map_err(|e| e.to_string())?;
            config.check().map(|()| config.exports_a_day)
        };
        assert_eq!(read(""), Ok(5));
        assert_eq!(read("exports_a_day = 1"), Ok(1));
        for wrong in ["exports_a_day = 0", "refusals_an_hour = 0", "customers_a_day = -1", "exports = 5"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
