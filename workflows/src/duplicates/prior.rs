//! What is usual, before a table has told anything.
//!
//! The figures are rough on purpose: they decide in a table of ten customers, and a table of a few
//! hundred outvotes them.

use super::Kind;
use super::similar::N_LEVELS;

/// How the fields of one person agree when written down twice, by [`Level`](super::similar::Level):
/// nothing for missing, then same, near, similar, swapped, differs. Sums to 1.
pub(super) fn when_same(kind: Kind) -> [f64; N_LEVELS] {
    match kind {
        Kind::Name | Kind::GivenName | Kind::Surname => [0.0, 0.82, 0.08, 0.04, 0.02, 0.04],
        Kind::Birth | Kind::Identifier => [0.0, 0.88, 0.06, 0.02, 0.001, 0.039],
        // People have several, and change them.
        Kind::Email | Kind::Phone => [0.0, 0.70, 0.04, 0.02, 0.001, 0.239],
        Kind::Street | Kind::AddressLine2 => [0.0, 0.70, 0.08, 0.05, 0.02, 0.15],
        Kind::Text => [0.0, 0.40, 0.05, 0.05, 0.001, 0.499],
        Kind::Company | Kind::Website => [0.0, 0.78, 0.07, 0.08, 0.001, 0.069],
        Kind::HouseNumber | Kind::City | Kind::Postcode | Kind::State => {
            [0.0, 0.80, 0.07, 0.03, 0.001, 0.099]
        }
    }
}

/// How often two different people agree: same, near, similar, swapped.
pub(super) fn when_different(kind: Kind) -> [f64; 4] {
    match kind {
        Kind::Name | Kind::GivenName => [0.015, 0.005, 0.015, 1e-4],
        Kind::Surname => [0.003, 0.003, 0.01, 1e-4],
        Kind::Company => [5e-4, 5e-4, 2e-3, 1e-6],
        Kind::Email => [1e-6, 1e-5, 1e-4, 1e-6],
        Kind::Phone => [1e-5, 2e-5, 2e-4, 1e-6],
        Kind::Website => [1e-3, 1e-4, 1e-4, 1e-6],
        Kind::HouseNumber => [0.02, 0.1, 0.01, 1e-6],
        Kind::Street => [5e-4, 1e-3, 3e-3, 1e-4],
        Kind::AddressLine2 => [0.01, 0.002, 0.005, 1e-4],
        Kind::City => [0.1, 0.003, 0.01, 1e-6],
        Kind::Postcode => [0.01, 0.01, 0.01, 1e-6],
        Kind::State => [0.25, 0.05, 0.05, 1e-6],
        Kind::Birth => [5e-5, 5e-4, 5e-3, 1e-6],
        Kind::Identifier => [1e-6, 2e-5, 2e-4, 1e-6],
        Kind::Text => [0.1, 0.02, 0.05, 1e-6],
    }
}

/// How often the fields of one person may come out as different at most, whatever a table seems to
/// say. A family shares all but given name and birth, and a table has many families: without this,
/// learning takes the family for the person.
pub(super) fn differs_max(kind: Kind) -> f64 {
    match kind {
        Kind::Name | Kind::GivenName | Kind::Birth | Kind::Company => 0.1,
        Kind::Surname | Kind::Identifier => 0.15,
        Kind::Text => 0.8,
        _ => 0.4,
    }
}

/// The field on which another depends: who shares a postcode shares the town by chance. The first
/// that a table has.
pub(super) fn depends_on(kind: Kind) -> &'static [Kind] {
    match kind {
        Kind::City => &[Kind::Postcode],
        Kind::State => &[Kind::Postcode, Kind::City],
        Kind::Street => &[Kind::Postcode, Kind::City],
        _ => &[],
    }
}

/// How often two strangers have the same value once they share what it depends on.
pub(super) fn same_when_sharing(kind: Kind) -> f64 {
    match kind {
        Kind::State => 0.8,
        Kind::City => 0.5,
        _ => 0.1,
    }
}

/// How two people who are not the same may belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Tie {
    /// They live together.
    Family = 0,
    /// They work together.
    Colleagues = 1,
}

impl Tie {
    pub(super) const ALL: [Tie; 2] = [Tie::Family, Tie::Colleagues];

    /// How often people with this tie have one value of a kind; 0 of what is a person's own.
    pub(super) fn shares(self, kind: Kind) -> f64 {
        match (self, kind) {
            (Tie::Family, Kind::Surname | Kind::HouseNumber | Kind::Street) => 0.8,
            (Tie::Family, Kind::City | Kind::Postcode | Kind::State) => 0.9,
            (Tie::Family, Kind::Phone | Kind::AddressLine2) => 0.5,
            (Tie::Colleagues, Kind::Company | Kind::Website) => 0.9,
            (
                Tie::Colleagues,
                Kind::City | Kind::Postcode | Kind::State | Kind::Street | Kind::HouseNumber,
            ) => 0.7,
            (Tie::Colleagues, Kind::Phone | Kind::AddressLine2) => 0.5,
            _ => 0.0,
        }
    }

    /// Tells whether a table of these kinds can show the tie.
    pub(super) fn shows_in(self, kinds: &[Kind]) -> bool {
        let has = |kind: &Kind| kinds.contains(kind);
        // Without names it is a table of companies, and who shares all of it is the same.
        has(&Kind::GivenName)
            && match self {
                Tie::Family => {
                    has(&Kind::Surname) && [Kind::Street, Kind::Phone, Kind::AddressLine2].iter().any(has)
                }
                Tie::Colleagues => [Kind::Company, Kind::Website].iter().any(has),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_priors_are_probabilities() {
        for kind in Kind::ALL {
            let m: f64 = when_same(kind).iter().sum();
            assert!((m - 1.0).abs() < 1e-9, "{kind:?} sums to {m}");
            assert!(when_different(kind).iter().sum::<f64>() < 0.6, "{kind:?}");
            assert!(when_different(kind)[0] < when_same(kind)[1], "{kind:?}: agreement speaks for the same");
        }
    }
}
