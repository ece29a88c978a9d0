//! How two entries agree, field by field.

use super::Kind;
use super::kind::N_KINDS;
use super::similar::{self, Level, Value};
use super::table::Table;

/// How two entries agree in each kind of field: three bits a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Pattern(u64);

const BITS: usize = 3;
const _: () = assert!(BITS * N_KINDS <= 64);

impl Pattern {
    /// Returns how a kind of field agrees.
    pub(super) fn level(self, kind: Kind) -> Level {
        Level::ALL[(self.0 >> (BITS * kind as usize) & 7) as usize]
    }

    fn set(&mut self, kind: Kind, level: Level) {
        let at = BITS * kind as usize;
        self.0 = self.0 & !(7 << at) | (level as u64) << at;
    }
}

/// Kinds of field whose values people put in each other's place.
const SWAPPED: [(Kind, Kind); 2] = [(Kind::GivenName, Kind::Surname), (Kind::Street, Kind::AddressLine2)];

/// Compares two entries in the kinds that the table has.
pub(super) fn compare(table: &Table, kinds: &[Kind], a: u32, b: u32) -> Pattern {
    let mut pattern = Pattern::default();
    for kind in kinds {
        pattern.set(*kind, best(table, *kind, a, b).0);
    }
    for (one, other) in SWAPPED {
        find_swapped(table, &mut pattern, one, other, a, b);
    }
    // An address at another house is often made of the name, which has been compared.
    if pattern.level(Kind::Email) == Level::Similar
        && pattern.level(Kind::Surname).is_close()
        && let (Some(x), Some(y)) = (table.first(Kind::Email, a), table.first(Kind::Email, b))
        && similar::same_local_part(x, y)
    {
        pattern.set(Kind::Email, Level::Missing);
    }
    // Who has the same address has its domain; that says nothing more.
    if pattern.level(Kind::Email) == Level::Same {
        pattern.set(Kind::Website, Level::Missing);
    }
    pattern
}

/// Returns how the values of a kind agree at best, and which two those are.
pub(super) fn best(table: &Table, kind: Kind, a: u32, b: u32) -> (Level, Option<(u32, u32)>) {
    let column = table.column(kind);
    let (cells_a, cells_b) = (column.cells(a), column.cells(b));
    let mut found = (Level::Missing, None);
    for x in cells_a {
        for y in cells_b {
            if x.value == y.value {
                return (Level::Same, Some((x.value, y.value)));
            }
            let level = values(kind, &column.values[x.value as usize], &column.values[y.value as usize]);
            if found.0 == Level::Missing || level < found.0 {
                found = (level, Some((x.value, y.value)));
            }
        }
    }
    found
}

fn values(kind: Kind, a: &Value, b: &Value) -> Level {
    match kind {
        Kind::GivenName => similar::given_names(a, b),
        Kind::Email => similar::addresses(a, b),
        Kind::Birth => similar::dates(a, b),
        Kind::Phone | Kind::Postcode | Kind::HouseNumber | Kind::Identifier => similar::numbers(a, b),
        _ => similar::words(a, b),
    }
}

/// Marks two kinds as swapped when their values are unlike each other and like each other's.
fn find_swapped(table: &Table, pattern: &mut Pattern, one: Kind, other: Kind, a: u32, b: u32) {
    if pattern.level(one).is_alike() || pattern.level(other).is_alike() {
        return;
    }
    let across = |kind_a: Kind, kind_b: Kind| match (table.first(kind_a, a), table.first(kind_b, b)) {
        (Some(x), Some(y)) => similar::words(x, y),
        _ => Level::Missing,
    };
    let crossed = [across(one, other), across(other, one)];
    let is_swapped = crossed.contains(&Level::Same) || crossed.contains(&Level::Near);
    if !is_swapped || !crossed.iter().all(|level| level.is_close() || *level == Level::Missing) {
        return;
    }
    // One value that both have, in different places, is one agreement: of the kind that more people
    // share, for nobody knows which of the two places is right.
    let of_one = if crossed.contains(&Level::Missing) { Level::Missing } else { Level::Swapped };
    pattern.set(one, of_one);
    pattern.set(other, Level::Swapped);
}
