//! What customers allow and refuse: the purposes of the mails that the service writes by itself.

crate::named! {
    /// What an automatic mail is for. What a colleague wrote has no purpose here: it always goes.
    pub enum Purpose {
        /// Tells that a mail arrived.
        Answer = "answer",
        /// Asks again where a conversation fell silent.
        FollowUp = "follow_up",
        /// Asks how we did.
        Survey = "survey",
        /// Tells of what is new.
        News = "news",
    }
}

impl Purpose {
    /// Tells whether a mail for it is a mailing, which must say how it is stopped (RFC 8058): all
    /// but the answer to what somebody wrote.
    pub const fn is_mailing(self) -> bool {
        !matches!(self, Self::Answer)
    }
}

/// The purpose of a consent that is about all automatic mail, whatever it is for.
pub const ALL_AUTOMATIC: &str = "automatic";
/// The state of a consent that allows.
pub const GRANTED: &str = "granted";
/// The state of a consent that refuses.
pub const DENIED: &str = "denied";

/// What a customer refuses, of the last word that they said about each purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// All automatic mail.
    pub all: bool,
    /// Mail for these purposes, whatever else they allow.
    pub single: Vec<Purpose>,
}

impl Refusals {
    /// Tells whether mail for a purpose may be written.
    pub fn allow(&self, purpose: Purpose) -> bool {
        !self.all && !self.single.contains(&purpose)
    }

    /// Takes note of one consent; later ones are noted after earlier ones. What is said about a
    /// purpose that is not known any more is nothing.
    pub fn note(&mut self, purpose: &str, state: &str) {
        let denied = state == DENIED;
        if purpose == ALL_AUTOMATIC {
            self.all = denied;
        } else if let Some(purpose) = Purpose::by_name(purpose) {
            self.single.retain(|known| *known != purpose);
            if denied {
                self.single.push(purpose);
            }
        }
    }

    /// Returns what must be said, purpose and state, so that just `wanted` is allowed; nothing if
    /// it is so already.
    pub fn to_allow_only(&self, wanted: &[Purpose]) -> Vec<(&'static str, &'static str)> {
        let wants = |purpose: Purpose| wanted.contains(&purpose);
        if Purpose::ALL.iter().all(|purpose| wants(*purpose) == self.allow(*purpose)) {
            return Vec::new();
        }
        let lifted = self.all && !wanted.is_empty();
        let mut said = Vec::new();
        if lifted {
            said.push((ALL_AUTOMATIC, GRANTED));
        }
        for purpose in Purpose::ALL {
            match (self.single.contains(purpose), wants(*purpose)) {
                (true, true) => said.push((purpose.name(), GRANTED)),
                (false, false) => said.push((purpose.name(), DENIED)),
                _ => {}
            }
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(said: &[(&str, &str)]) -> Refusals {
        let mut refusals = Refusals::default();
        said.iter().for_each(|(purpose, state)| refusals.note(purpose, state));
        refusals
    }

    #[test]
    fn the_last_word_about_a_purpose_counts_and_so_does_the_one_about_all() {
        let refusals =
            after(&[("news", DENIED), ("survey", DENIED), ("survey", GRANTED), ("telegrams", DENIED)]);
        assert!(!refusals.allow(Purpose::News) && refusals.allow(Purpose::Survey));
        let none = after(&[("news", DENIED), (ALL_AUTOMATIC, DENIED), ("survey", GRANTED)]);
        assert!(Purpose::ALL.iter().all(|purpose| !none.allow(*purpose)));
        let again = after(&[("news", DENIED), (ALL_AUTOMATIC, DENIED), (ALL_AUTOMATIC, GRANTED)]);
        assert!(!again.allow(Purpose::News), "who comes back did not ask for what they had refused before");
        assert!(again.allow(Purpose::FollowUp));
    }

    #[test]
    fn whatever_was_said_before_just_what_is_wanted_is_allowed_afterwards() {
        let wishes: Vec<Vec<Purpose>> = (0..1 << Purpose::ALL.len())
            .map(|bits| {
                let chosen = Purpose::ALL.iter().enumerate().filter(|(i, _)| bits & (1 << i) != 0);
                chosen.map(|(_, purpose)| *purpose).collect()
            })
            .collect();
        for all in [false, true] {
            for single in &wishes {
                for wanted in &wishes {
                    let mut refusals = Refusals { all, single: single.clone() };
                    for (purpose, state) in refusals.to_allow_only(wanted) {
                        refusals.note(purpose, state);
                    }
                    let allowed: Vec<Purpose> =
                        Purpose::ALL.iter().copied().filter(|purpose| refusals.allow(*purpose)).collect();
                    assert_eq!(&allowed, wanted, "{all} {single:?}");
                    assert_eq!(refusals.to_allow_only(wanted), [], "nothing is said twice");
                }
            }
        }
    }
}
