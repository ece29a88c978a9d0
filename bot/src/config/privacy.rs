//! What the register of processing says that nobody but the house knows.

use std::collections::BTreeMap;

use rapport_model::privacy::PrivacyLaw;
use rapport_model::register::{Activity, LegalBasis};
use rapport_workflows::requests::PrivacyTerms;
use rapport_workflows::retention::Period;
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
    /// By which law people ask what is held of them, where they name none and do not live in California as far
    /// as is known.
    pub law: Option<PrivacyLaw>,
    /// How long the house takes for an answer at most, such as `1 month` for `gdpr` and `45 days` for `ccpa`.
    pub due: BTreeMap<PrivacyLaw, String>,
}

impl PrivacyConfig {
    /// Returns by which law people ask, and how long there is.
    ///
    /// # Errors
    /// A time that is none, or longer than the law has it.
    pub fn terms(&self) -> Result<PrivacyTerms, String> {
        let usual = PrivacyTerms::default();
        let read = |law: PrivacyLaw, most: Period, days_max: u32| match self.due.get(&law) {
            None => Ok(most),
            Some(text) => match Period::read(text) {
                Some(period) if period == most => Ok(period),
                Some(Period::Days(days)) if days <= days_max => Ok(Period::Days(days)),
                _ => Err(format!(
                    "privacy.due.{law}: {text:?} is no time that the law gives; write one such as \"20 days\", {}",
                    match law {
                        PrivacyLaw::Gdpr => "at most \"1 month\"",
                        PrivacyLaw::Ccpa => "at most \"45 days\"",
                    }
                )),
            },
        };
        Ok(PrivacyTerms {
            law: self.law.unwrap_or(usual.law),
            // The shortest month has 28 days.
            gdpr: read(PrivacyLaw::Gdpr, usual.gdpr, 28)?,
            ccpa: read(PrivacyLaw::Ccpa, usual.ccpa, 45)?,
        })
    }
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
            ("law = 'pipl'", "unknown variant `pipl`"),
            ("due.pipl = '1 month'", "unknown variant `pipl`"),
        ] {
            let why = read(text).unwrap_err();
            assert!(why.contains(said), "{why}");
        }
    }

    #[test]
    fn the_time_for_an_answer_is_that_of_the_law_or_shorter() {
        let terms = |text: &str| toml::from_str::<PrivacyConfig>(text).unwrap().terms();
        assert_eq!(terms(""), Ok(PrivacyTerms::default()));
        let own = terms("law = 'ccpa'\ndue.gdpr = '20 days'\ndue.ccpa = '45 days'").unwrap();
        assert_eq!((own.law, own.gdpr, own.ccpa), (PrivacyLaw::Ccpa, Period::Days(20), Period::Days(45)));
        for (text, key) in [
            ("due.gdpr = '2 months'", "privacy.due.gdpr"),
            ("due.gdpr = '31 days'", "privacy.due.gdpr"),
            ("due.ccpa = '46 days'", "privacy.due.ccpa"),
            ("due.ccpa = 'soon'", "privacy.due.ccpa"),
            ("due.gdpr = '0 days'", "privacy.due.gdpr"),
        ] {
            let why = terms(text).unwrap_err();
            assert!(why.contains(key) && why.contains("at most"), "{why}");
        }
    }
}
