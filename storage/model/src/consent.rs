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

    /// Tells whether a mail for it is written only to who expressly said yes: that nobody said no is not
    /// enough for what a house writes of its own accord, to many.
    pub const fn needs_grant(self) -> bool {
        matches!(self, Self::News)
    }
}

/// The purpose of a consent that is about all automatic mail, whatever it is for.
pub const ALL_AUTOMATIC: &str = "automatic";
/// The state of a consent that allows.
pub const GRANTED: &str = "granted";
/// The state of a consent that refuses.
pub const DENIED: &str = "denied";

/// What a customer refuses, of the last word that they said about each purpose; and what they expressly
/// granted, where that is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// All automatic mail.
    pub all: bool,
    /// Mail for these purposes, whatever else they allow.
    pub single: Vec<Purpose>,
    /// Of the purposes that need it ([`Purpose::needs_grant`]), those that they said yes to. Who refuses
    /// all automatic mail takes that back, too.
    pub granted: Vec<Purpose>,
}

impl Refusals {
    /// Tells whether mail for a purpose may be written.
    pub fn allow(&self, purpose: Purpose) -> bool {
        !self.refuse(purpose) && (!purpose.needs_grant() || self.granted.contains(&purpose))
    }

    /// Tells whether mail for a purpose was refused; what was never asked about was not.
    pub fn refuse(&self, purpose: Purpose) -> bool {
        self.all || self.single.contains(&purpose)
    }

    /// Takes note of one consent; later ones are noted after earlier ones. What is said about a
    /// purpose that is not known any more is nothing.
    pub fn note(&mut self, purpose: &str, state: &str) {
        let denied = state == DENIED;
        if purpose == ALL_AUTOMATIC {
            self.all = denied;
            if denied {
                self.granted.clear();
            }
        } else if let Some(purpose) = Purpose::by_name(purpose) {
            self.single.retain(|known| *known != purpose);
            self.granted.retain(|known| *known != purpose);
            if denied {
                self.single.push(purpose);
            } else if purpose.needs_grant() && state == GRANTED {
                self.granted.push(purpose);
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
            let refused = self.single.contains(purpose);
            let missing = purpose.needs_grant() && !self.granted.contains(purpose);
            match wants(*purpose) {
                true if refused || missing => said.push((purpose.name(), GRANTED)),
                false if !refused && !missing => said.push((purpose.name(), DENIED)),
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
    fn news_goes_to_who_said_yes_to_it_and_to_nobody_else() {
        assert!(!after(&[]).allow(Purpose::News) && !after(&[]).refuse(Purpose::News));
        assert!(!after(&[(ALL_AUTOMATIC, GRANTED)]).allow(Purpose::News), "that is no yes to news");
        let yes = [("news", GRANTED)];
        assert!(after(&yes).allow(Purpose::News));
        let taken_back = [yes[0], (ALL_AUTOMATIC, DENIED), (ALL_AUTOMATIC, GRANTED)];
        assert!(!after(&taken_back).allow(Purpose::News), "who left it all is asked anew");
        assert!(after(&[yes[0], ("news", DENIED), yes[0]]).allow(Purpose::News));
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
            for (single, granted) in wishes.iter().flat_map(|s| [vec![], vec![Purpose::News]].map(|g| (s, g)))
            {
                // Nobody both refuses and grants.
                if granted.iter().any(|purpose| single.contains(purpose)) {
                    continue;
                }
                for wanted in &wishes {
                    let mut refusals = Refusals { all, single: single.clone(), granted: granted.clone() };
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
