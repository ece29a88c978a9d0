//! How readily figures are told as unusual.

use rapport_workflows::FALSE_ALARMS_PER_MONTH;
use serde::Deserialize;

/// Fewer and more than these nobody can mean: one in eight years, one an hour.
const PER_MONTH: std::ops::RangeInclusive<f64> = 0.01..=730.0;

/// What watches the house's figures.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AnomalyConfig {
    /// How many alerts a month may turn out to be chance, over all figures: the fewer, the more unusual something
    /// must be to be told.
    pub false_alarms_per_month: f64,
}

impl Default for AnomalyConfig {
    fn default() -> Self {
        Self { false_alarms_per_month: FALSE_ALARMS_PER_MONTH }
    }
}

impl AnomalyConfig {
    pub(super) fn false_alarms_per_month(&self) -> Result<f64, String> {
        let n = self.false_alarms_per_month;
        let (least, most) = (PER_MONTH.start(), PER_MONTH.end());
        if !PER_MONTH.contains(&n) {
            return Err(format!("anomaly.false_alarms_per_month: {n} must be between {least} and {most}"));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_a_number_that_somebody_may_mean() {
        let read = |text: &str| {
            toml::from_str::<AnomalyConfig>(text).map_err(|e| e.to_string())?.false_alarms_per_month()
        };
        assert_eq!(read(""), Ok(1.0));
        assert_eq!(read("false_alarms_per_month = 0.5"), Ok(0.5));
        for wrong in ["0.0", "-1.0", "1000.0", "nan", "inf", "\"few\""] {
            assert!(read(&format!("false_alarms_per_month = {wrong}")).is_err(), "{wrong}");
        }
    }
}
