//! Which pairs are worth a comparison.
//!
//! Each entry gets some twenty keys made of telling pieces: sounds of names, dates, ends of phone
//! numbers, beginnings of streets. Entries that share a key form a block and are paired.

use super::Kind;
use super::table::Table;
use super::text::Key;

/// Largest block that is paired in full.
const BLOCK_MAX: usize = 30;

/// In a larger block each entry meets this many that follow it, in each of two orders.
const NEIGHBOURS: usize = 3;

/// Pairs to compare, and how many blocks were too large to pair in full.
pub(super) struct Candidates {
    /// Each pair once, the entry that stands first in the table first; sorted.
    pub(super) pairs: Vec<(u32, u32)>,
    pub(super) n_blocks_cut: usize,
}

/// Proposes the pairs of a table: at most a few hundred for an entry, however many are alike.
pub(super) fn candidates(table: &Table) -> Candidates {
    let mut keyed: Vec<(u64, u32)> = Vec::with_capacity(table.n * 20);
    for entry in 0..table.n as u32 {
        Keys { table, entry, keyed: &mut keyed }.all();
    }
    keyed.sort_unstable();
    keyed.dedup();

    let orders = [order(table, &BY_NAME), order(table, &BY_PLACE)];
    let mut found = Candidates { pairs: Vec::new(), n_blocks_cut: 0 };
    for block in keyed.chunk_by(|x, y| x.0 == y.0) {
        if block.len() <= BLOCK_MAX {
            for (i, (_, a)) in block.iter().enumerate() {
                found.pairs.extend(block[i + 1..].iter().map(|(_, b)| (*a, *b)));
            }
        } else {
            found.n_blocks_cut += 1;
            orders.iter().for_each(|order| pair_neighbours(block, order, &mut found.pairs));
        }
    }
    found.pairs.sort_unstable();
    found.pairs.dedup();
    found
}

/// Pairs each member of a block with those that follow it in an order.
fn pair_neighbours(block: &[(u64, u32)], order: &[u32], pairs: &mut Vec<(u32, u32)>) {
    let mut members: Vec<u32> = block.iter().map(|(_, entry)| *entry).collect();
    members.sort_unstable_by_key(|entry| order[*entry as usize]);
    for (i, a) in members.iter().enumerate() {
        let following = &members[i + 1..members.len().min(i + 1 + NEIGHBOURS)];
        pairs.extend(following.iter().map(|b| (*a.min(b), *a.max(b))));
    }
}

/// What the two orders look at, the most telling first.
const BY_NAME: [Kind; 6] =
    [Kind::Surname, Kind::GivenName, Kind::Company, Kind::Birth, Kind::Street, Kind::Postcode];
const BY_PLACE: [Kind; 6] =
    [Kind::Postcode, Kind::Birth, Kind::Phone, Kind::Email, Kind::Street, Kind::GivenName];

/// Returns the place of each entry when the table is sorted by `kinds`; equals stay as they are.
fn order(table: &Table, kinds: &[Kind]) -> Vec<u32> {
    let chars = |kind: Kind, entry: u32| table.first(kind, entry).map(|v| &v.chars);
    let mut entries: Vec<u32> = (0..table.n as u32).collect();
    entries.sort_by(|a, b| {
        let unequal = kinds.iter().map(|kind| chars(*kind, *a).cmp(&chars(*kind, *b))).find(|o| o.is_ne());
        unequal.unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut places = vec![0; table.n];
    for (place, entry) in entries.iter().enumerate() {
        places[*entry as usize] = place as u32;
    }
    places
}

/// Makes the keys of an entry.
struct Keys<'a> {
    table: &'a Table,
    entry: u32,
    keyed: &'a mut Vec<(u64, u32)>,
}

impl<'a> Keys<'a> {
    fn all(&mut self) {
        self.names();
        self.numbers();
        self.places();
        self.companies();
        if let Some(text) = self.whole(Kind::Text) {
            self.push(1, &[text]);
        }
    }

    fn push(&mut self, tag: u64, parts: &[u64]) {
        let mut key = Key::new(tag);
        parts.iter().for_each(|part| key.add(*part));
        self.keyed.push((key.value(), self.entry));
    }

    /// Given name and surname, in whichever place they stand.
    fn names(&mut self) {
        let (Some(given), Some(surname)) = (self.sound(Kind::GivenName), self.sound(Kind::Surname)) else {
            return;
        };
        self.push(2, &[given.min(surname), given.max(surname)]);
        // A slip that changes the sound of one leaves the other whole.
        for (one, other) in [(Kind::GivenName, Kind::Surname), (Kind::Surname, Kind::GivenName)] {
            if let (Some(whole), Some(begin)) = (self.whole(one), self.begin(other, 3)) {
                self.push(3, &[whole, begin]);
            }
        }
    }

    fn numbers(&mut self) {
        if let Some(birth) = self.whole(Kind::Birth) {
            self.push(4, &[birth]);
        }
        for (tag, kind, n) in
            [(5, Kind::Identifier, usize::MAX), (6, Kind::Phone, 7), (7, Kind::Email, usize::MAX)]
        {
            for cell in self.table.cells(kind, self.entry) {
                let chars = &self.table.column(kind).values[cell.value as usize].chars;
                let tail = hash(&chars[chars.len().saturating_sub(n)..]);
                self.push(tag, &[tail]);
            }
        }
        // The same person at another provider.
        if let Some(email) = self.table.first(Kind::Email, self.entry) {
            let local = email.chars.split(|c| *c == '@').next().unwrap_or_default();
            if local.len() >= 5 {
                self.push(8, &[hash(local)]);
            }
        }
    }

    fn places(&mut self) {
        let names = [self.sound(Kind::GivenName), self.sound(Kind::Surname)];
        let streets = [self.begin(Kind::Street, 4), self.begin(Kind::AddressLine2, 4)];
        let (postcode, number) = (self.whole(Kind::Postcode), self.whole(Kind::HouseNumber));
        let city = self.sound(Kind::City);
        for name in names.into_iter().flatten() {
            for (tag, place) in [(9, postcode), (10, city)] {
                if let Some(place) = place {
                    self.push(tag, &[name, place]);
                }
            }
            for street in streets.into_iter().flatten() {
                self.push(11, &[name, street]);
            }
        }
        for street in streets.into_iter().flatten() {
            for (tag, place) in [(12, postcode), (13, number), (14, city)] {
                if let Some(place) = place {
                    self.push(tag, &[street, place]);
                }
            }
        }
    }

    /// A company's name and site, of those who work there together with their own names.
    fn companies(&mut self) {
        let names = [self.sound(Kind::GivenName), self.sound(Kind::Surname)];
        let pieces = [self.begin(Kind::Company, 5), self.sound(Kind::Company), self.whole(Kind::Website)];
        for (tag, piece) in (15..).zip(pieces).filter_map(|(tag, piece)| Some((tag, piece?))) {
            match names {
                [None, None] => self.push(tag, &[piece]),
                names => names.into_iter().flatten().for_each(|name| self.push(tag, &[piece, name])),
            }
        }
    }

    fn sound(&self, kind: Kind) -> Option<u64> {
        self.table.first(kind, self.entry).map(|value| value.sound)
    }

    fn whole(&self, kind: Kind) -> Option<u64> {
        self.begin(kind, usize::MAX)
    }

    /// Returns a number for the first `n` characters of a value.
    fn begin(&self, kind: Kind, n: usize) -> Option<u64> {
        self.table.first(kind, self.entry).map(|value| hash(&value.chars[..value.chars.len().min(n)]))
    }
}

fn hash(chars: &[char]) -> u64 {
    let mut key = Key::new(0);
    key.add_all(chars);
    key.value()
}
