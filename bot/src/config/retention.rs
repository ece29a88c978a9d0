//! How long what is kept.

use std::collections::BTreeMap;

use rapport_model::retention::Kept;
use rapport_workflows::retention::{Period, Retention};
use serde::Deserialize;

/// Who looked at what is kept so long, where the house does not say.
const READS: Period = Period::Months(12);

/// How long what is kept: `messages = "24 months"`. What is not named is kept for good, but who looked at what
/// of customers for a year.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct RetentionConfig(pub BTreeMap<String, String>);

impl RetentionConfig {
    pub(super) fn periods(&self) -> Result<Retention, String> {
        let mut all: Retention =
            self.0.iter().map(|(name, text)| period(name, text)).collect::<Result<_, _>>()?;
        all.entry(Kept::Reads).or_insert(READS);
        Ok(all)
    }
}

fn period(name: &str, text: &str) -> Result<(Kept, Period), String> {
    let kind = Kept::by_name(name).ok_or_else(|| {
        let known: Vec<&str> = Kept::ALL.iter().map(|kind| kind.name()).collect();
        format!("retention.{name} is nothing that is forgotten; there are {}", known.join(", "))
    })?;
    let period = Period::read(text).ok_or_else(|| {
        format!("retention.{name}: {text:?} is no time; write \"90 days\", \"24 months\" or \"3 years\", a week at least")
    })?;
    Ok((kind, period))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_belongs_to_a_kind_that_is_forgotten() {
        let read = |text: &str| {
            toml::from_str::<RetentionConfig>(text).map_err(|e| e.to_string()).and_then(|c| c.periods())
        };
        assert_eq!(read(""), Ok(Retention::from([(Kept::Reads, READS)])));
        assert_eq!(read("reads = '90 days'"), Ok(Retention::from([(Kept::Reads, Period::Days(90))])));
        assert_eq!(read("messages = '2 years'").unwrap()[&Kept::Messages], Period::Months(24));
        for (text, said) in [
            (
                "mails = '2 years'",
                "retention.mails is nothing that is forgotten; there are customers, messages",
            ),
            ("messages = '2d'", "\"2d\" is no time; write \"90 days\""),
            ("messages = '1 day'", "a week at least"),
            ("messages = 90", "string"),
        ] {
            let why = read(text).unwrap_err();
            assert!(why.contains(said), "{why}");
        }
    }
}
