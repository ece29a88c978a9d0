//! What would be written, and what would not.

use std::collections::HashSet;

use rapport_model::record::FieldChange;
use rapport_model::{Change, Kind, RecordRef};
use rapport_storage::imports::Line;

use super::people::People;
use super::row::Draft;
use super::{Field, Sort};

/// What would become of a table. Nothing is written yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What its rows are.
    pub sort: Sort,
    /// How many rows it has.
    pub n_rows: usize,
    /// What is written, in the order of the file.
    pub items: Vec<Item>,
    /// Rows that say what the store knows.
    pub n_same: usize,
    /// Rows that are another row, or a record, once more; what they add to it is written with it.
    pub duplicates: Vec<(u64, Of)>,
    /// Rows that cannot be taken.
    pub refused: Vec<(u64, Why)>,
    /// The lines of new orders.
    pub lines: Vec<Line>,
}

/// A record that is made or changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The row that says so; the first of several.
    pub line: u64,
    /// The record.
    pub record: RecordRef,
    /// What it is called.
    pub name: String,
    /// Whether it is made.
    pub new: bool,
    /// What of a record that is known becomes different, before and after; also `email` and `phone`, which
    /// it becomes known by.
    pub differs: Vec<FieldChange>,
    /// What is written, with what goes with it: addresses, its company, a note.
    pub changes: Vec<Change>,
}

/// What a row is once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Another row of the file, by its line.
    Row(u64),
    /// A record that the store has, found by what only suggests it: the same number and name.
    Record(RecordRef),
}

/// Why a row is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It cannot be read.
    Unreadable(String),
    /// It has more cells than the header, so that it is not clear what belongs where.
    Cells {
        /// How many it has.
        found: usize,
        /// How many the header has.
        columns: usize,
    },
    /// Nothing in it says who or what it is.
    Nameless,
    /// A field that is needed is empty.
    Missing(Field),
    /// A value that cannot be what its column holds.
    Value {
        /// What the column holds.
        field: Field,
        /// What stands there, cut.
        found: String,
    },
    /// The address is that of a colleague.
    Ours(String),
    /// There is no such colleague.
    NoColleague(String),
    /// There is no such stage.
    NoStage(String),
    /// No customer has this number.
    NoCustomer(String),
    /// Several customers have this name, and nothing else says which.
    SeveralOfName(String),
    /// Its addresses belong to more than one customer of the store.
    SeveralKnown(Vec<RecordRef>),
    /// It has the address of another row, and another name.
    OtherName {
        /// The line of that row.
        line: u64,
    },
    /// It contradicts another row of the same order: another customer or currency.
    Contradicts {
        /// The line of that row.
        line: u64,
    },
}

impl Plan {
    /// Starts a plan.
    pub fn of(sort: Sort) -> Self {
        Self {
            sort,
            n_rows: 0,
            items: Vec::new(),
            n_same: 0,
            duplicates: Vec::new(),
            refused: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Returns how many records are made.
    pub fn n_new(&self) -> usize {
        self.items.iter().filter(|item| item.new).count()
    }

    /// Returns how many records are changed.
    pub fn n_changed(&self) -> usize {
        self.items.len() - self.n_new()
    }

    /// Leaves out customers who would be made for rows that are refused. A company that was to be made with
    /// one of them goes to the next item, since others may be of it.
    pub(super) fn without_unused(&mut self, rows: &[Draft], people: &People) {
        let refused: HashSet<u64> = self.refused.iter().map(|(line, _)| *line).collect();
        let taken = rows.iter().zip(&people.of_row).filter(|(row, _)| !refused.contains(&row.line));
        let used: HashSet<RecordRef> = taken.filter_map(|(_, customer)| *customer).collect();
        let mut carried: Vec<Change> = Vec::new();
        let mut items = Vec::with_capacity(self.items.len());
        for mut item in std::mem::take(&mut self.items) {
            if item.record.kind == Kind::Customer && item.new && !used.contains(&item.record) {
                let of_company = |change: &Change| {
                    change.record.kind == Kind::Company
                        || change.after("company").is_some_and(|_| change.record.kind == Kind::Identity)
                };
                carried.extend(item.changes.into_iter().filter(of_company));
                continue;
            }
            item.changes.splice(0..0, carried.drain(..));
            items.push(item);
        }
        self.items = items;
    }

    /// Puts the rows into the order of the file.
    pub(super) fn in_order(mut self) -> Self {
        self.refused.sort_by_key(|(line, _)| *line);
        self.duplicates.sort_by_key(|(line, _)| *line);
        self
    }
}
