//! What personal data is processed for: the entries of the register of processing (GDPR, article 30).

use crate::record::Kind;
use crate::retention::Kept;

crate::named! {
    /// What is done with personal data.
    pub enum Activity {
        /// Who the customers are, and how they are reached.
        Contacts = "contacts",
        /// What is written to and by them.
        Mail = "mail",
        /// What they may buy and bought.
        Sales = "sales",
        /// What is done for them.
        Service = "service",
        /// What they allow and refuse.
        Consents = "consents",
        /// What they think of it.
        Ratings = "ratings",
        /// What is learnt of them from all this.
        Insight = "insight",
        /// Who changed what, and when.
        Journal = "journal",
        /// Who works here.
        Colleagues = "colleagues",
    }
}

crate::named! {
    /// Why processing is lawful (GDPR, article 6(1)).
    pub enum LegalBasis {
        /// The person said yes.
        Consent = "consent",
        /// A contract with the person, or what they asked for before one.
        Contract = "contract",
        /// The law wants it.
        LegalObligation = "legal_obligation",
        /// The house has an interest in it that outweighs theirs.
        LegitimateInterest = "legitimate_interest",
    }
}

impl Activity {
    /// Returns the kinds of records that hold what it is about. Where there are none, it is no record of its own.
    pub const fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Contacts => &[Kind::Customer, Kind::Identity, Kind::Company],
            Self::Mail => &[Kind::Thread, Kind::Message, Kind::Attachment],
            Self::Sales => &[Kind::Deal, Kind::Order],
            Self::Service => &[Kind::Ticket, Kind::Task, Kind::Note],
            Self::Consents => &[Kind::Consent, Kind::PrivacyRequest],
            Self::Ratings => &[Kind::Rating],
            Self::Insight | Self::Journal => &[],
            Self::Colleagues => &[Kind::User],
        }
    }

    /// Returns why it is lawful, if the house does not say otherwise.
    pub const fn basis(self) -> LegalBasis {
        match self {
            Self::Contacts | Self::Mail | Self::Sales | Self::Service | Self::Colleagues => {
                LegalBasis::Contract
            }
            Self::Consents | Self::Journal => LegalBasis::LegalObligation,
            Self::Ratings | Self::Insight => LegalBasis::LegitimateInterest,
        }
    }

    /// Returns what of it can be given a time after which it is forgotten.
    pub const fn kept(self) -> &'static [Kept] {
        match self {
            Self::Contacts => &[Kept::Customers],
            Self::Mail => &[Kept::Messages, Kept::Attachments],
            Self::Service => &[Kept::Tickets],
            Self::Journal => &[Kept::Figures, Kept::Reads],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::fields;

    #[test]
    fn every_kind_with_fields_of_a_person_is_in_the_register_once() {
        for kind in Kind::ALL {
            let n = Activity::ALL.iter().filter(|activity| activity.kinds().contains(kind)).count();
            let is_personal = fields(*kind).iter().any(|field| field.personal);
            assert_eq!(n, usize::from(is_personal || *kind == Kind::User), "{kind}");
        }
    }
}
