//! What people ask of the house about what it holds of them, by which law, and where that stands.

use crate::named;

named! {
    /// What the law lets a person ask for.
    pub enum DataRight {
        /// To know what is held of them, and to have a copy (GDPR article 15, CCPA §1798.110).
        Access = "access",
        /// That it is erased (article 17, §1798.105).
        Erase = "erase",
        /// That what is wrong is put right (article 16, §1798.106).
        Correct = "correct",
        /// That it is used for something no longer (article 21).
        Object = "object",
        /// That it is neither sold nor shared (§1798.120).
        NoSale = "no_sale",
        /// That it is kept and nothing else is done with it (article 18, §1798.121).
        Restrict = "restrict",
        /// To have it in a form that another house can read (article 20).
        Portability = "portability",
    }
}

named! {
    /// By which law somebody asks.
    pub enum PrivacyLaw {
        /// The General Data Protection Regulation: one month, two more with a reason (article 12(3)).
        Gdpr = "gdpr",
        /// The California Consumer Privacy Act: 45 days, 45 more with a reason (§1798.130).
        Ccpa = "ccpa",
    }
}

named! {
    /// Where a request stands.
    pub enum RequestState {
        /// Nobody knows yet whether it is really they who ask.
        Open = "open",
        /// It is they who ask, and the house owes an answer.
        Verified = "verified",
        /// It was done.
        Done = "done",
        /// It was refused, with a reason.
        Refused = "refused",
    }
}

named! {
    /// How it was proven that it is they who ask.
    pub enum ProvenBy {
        /// The mail came from where it says, as the house's own server found.
        Mail = "mail",
        /// They followed the link that was mailed to the address held of them.
        Link = "link",
    }
}

impl RequestState {
    /// Tells whether the house still owes an answer.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Verified)
    }
}

/// Writes rights as they lie in the store: names with commas.
pub fn write_rights(rights: &[DataRight]) -> String {
    rights.iter().map(|right| right.name()).collect::<Vec<_>>().join(",")
}

/// Reads what [`write_rights`] wrote; what is not known is left out.
pub fn read_rights(text: &str) -> Vec<DataRight> {
    text.split(',').filter_map(DataRight::by_name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_read_as_they_were_written() {
        let all = DataRight::ALL.to_vec();
        assert_eq!(read_rights(&write_rights(&all)), all);
        assert_eq!(read_rights("erase,fly,access"), [DataRight::Erase, DataRight::Access]);
        assert_eq!(read_rights(""), []);
    }
}
