//! What the register of processing says that nobody but the house knows.

use std::collections::BTreeMap;

use rapport_model::register::{Activity, LegalBasis};
use serde::Deserialize;

/// Who is responsible, and why what is done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrivacyConfig {
    /// Who is responsible: name and address of the house as the law wants them.
    pub controller: String,
    /// Who is asked about privacy.
    pub contact: String,
    /// What an activity is for, where it is not what is usual.
    pub purpose: BTreeMap<Activity, String>,
    /// By which right, where it is not the usual one.
    pub basis: BTreeMap<Activity, LegalBasis>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_and_bases_belong_to_activities() {
        let read = |text: &str| toml::from_str::<PrivacyConfig>(text).map_err(|e| e.to_string());
        let config =
            read("controller = 'B'\npurpose.mail = 'to help'\nbasis.mail = 'legitimate_interest'").unwrap();
        assert_eq!(config.purpose[&Activity::Mail], "to help");
        assert_eq!(config.basis[&Activity::Mail], LegalBasis::LegitimateInterest);
        for (text, said) in [
            ("purpose.letters = 'x'", "unknown variant `letters`"),
            ("basis.mail = 'because'", "unknown variant `because`"),
            ("controler = 'B'", "unknown field"),
        ] {
            let why = read(text).unwrap_err();
            assert!(why.contains(said), "{why}");
        }
    }
}
