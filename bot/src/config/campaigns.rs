//! How much is written to many.

use rapport_workflows::MailingLimits;
use serde::Deserialize;

/// Nobody means to write more mails than these within a day.
const MAILS_MAX: u32 = 1_000_000;
/// Nobody means to wait for more days than these.
const DAYS_MAX: u32 = 366;

/// The limits of campaigns that have none of their own.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CampaignsConfig {
    /// Mails of one campaign within an hour.
    pub per_hour: u32,
    /// Mails of one campaign within a day.
    pub per_day: u32,
    /// Days for which nobody gets a further mailing, be it a campaign's, a follow-up or a question how we did.
    pub days_between: u32,
}

impl Default for CampaignsConfig {
    fn default() -> Self {
        let MailingLimits { per_hour, per_day, days_between } = MailingLimits::default();
        Self { per_hour, per_day, days_between }
    }
}

impl CampaignsConfig {
    pub(super) fn limits(&self) -> Result<MailingLimits, String> {
        let Self { per_hour, per_day, days_between } = *self;
        for (name, n) in [("per_hour", per_hour), ("per_day", per_day)] {
            if !(1..=MAILS_MAX).contains(&n) {
                return Err(format!("campaigns.{name}: {n} must be between 1 and {MAILS_MAX}"));
            }
        }
        if !(1..=DAYS_MAX).contains(&days_between) {
            return Err(format!("campaigns.days_between: {days_between} must be between 1 and {DAYS_MAX}"));
        }
        Ok(MailingLimits { per_hour, per_day, days_between })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_that_somebody_may_mean() {
        let limits =
            |text: &str| toml::from_str::<CampaignsConfig>(text).map_err(|e| e.to_string())?.limits();
        assert_eq!(limits(""), Ok(MailingLimits::default()));
        assert_eq!(limits("per_hour = 20").map(|l| l.per_hour), Ok(20));
        for wrong in
            ["per_hour = 0", "per_day = 2000000", "days_between = 0", "days_between = 400", "per_minute = 1"]
        {
            assert!(limits(wrong).is_err(), "{wrong}");
        }
    }
}
