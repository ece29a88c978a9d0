//! Which customers, or companies, are probably the same.
//!
//! [`find`] takes a table of entries and returns pairs, each with how likely the two are one, and
//! why. It needs no examples: it is the model of Fellegi and Sunter (1969), whose probabilities are
//! learnt on the table itself by expectation maximisation, with what is usual for a kind of field
//! where the table is too small to tell.
//!
//! 1. `parts` brings values to one spelling, `table` numbers them.
//! 2. `block` proposes pairs that share something telling. A block of more than 30 entries is not
//!    paired in full: its members are put in order and each meets its next few neighbours. So the
//!    work grows with the table and not with its square, and 5,000 identical rows become a chain of
//!    some 15,000 pairs instead of 12.5 million.
//! 3. `compare` says for each field how a pair agrees.
//! 4. `model` learns what an agreement is worth; `frequency` makes a rare value worth more.
//! 5. `find` adds it up.
//!
//! Pure and deterministic: no I/O, no clock, no chance. It decides nothing: a [`Verdict`] is advice.

mod block;
mod company;
mod compare;
mod contact;
pub mod csv;
pub mod eval;
mod find;
mod frequency;
pub mod header;
mod kind;
mod model;
mod parts;
mod person;
mod prior;
mod sample;
mod scorer;
mod similar;
mod table;
pub(crate) mod text;

#[cfg(test)]
mod generated;
#[cfg(test)]
mod tests;

pub use find::{ASK_MIN, Found, SAME_MIN, find};
pub use kind::Kind;

/// One customer or company of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Names the entry in the pairs; not looked into, and expected to be unique.
    pub id: String,
    /// What is known of it, in any order. A kind may occur several times.
    pub fields: Vec<Field>,
}

/// One value of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is.
    pub kind: Kind,
    /// As somebody wrote it; may be empty, of any length, and hold anything.
    pub value: String,
    /// Whether it is known to be right, such as an address that the customer wrote from. Two
    /// entries with different verified addresses or phones are never [`Verdict::Same`].
    pub verified: bool,
}

impl Entry {
    /// Makes an entry without fields.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), fields: Vec::new() }
    }

    /// Adds a value that somebody wrote down.
    #[must_use]
    pub fn with(mut self, kind: Kind, value: impl Into<String>) -> Self {
        self.fields.push(Field { kind, value: value.into(), verified: false });
        self
    }

    /// Adds a value that is known to be right.
    #[must_use]
    pub fn with_verified(mut self, kind: Kind, value: impl Into<String>) -> Self {
        self.fields.push(Field { kind, value: value.into(), verified: true });
        self
    }
}

/// Two entries that may be one.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The id of the one that stands first in the table.
    pub a: String,
    /// The id of the other.
    pub b: String,
    /// How likely they are the same, in 0..=1, at least [`ASK_MIN`].
    pub p: f64,
    /// What to do about it.
    pub verdict: Verdict,
    /// What speaks for and against it, the weightiest first; a field that one of them lacks is not
    /// among them.
    pub reasons: Vec<Reason>,
}

/// What to do about a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// They are two; not worth a question, and not among the pairs of [`find`].
    Different,
    /// They may be the same: ask somebody.
    Ask,
    /// They are the same beyond reasonable doubt.
    Same,
}

/// How a field of two entries agrees, and what that is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The field.
    pub kind: Kind,
    /// How it agrees.
    pub agreement: Agreement,
    /// What it is worth, in bits: 1 doubles the odds that the two are the same and not strangers, -1
    /// halves them. That they may be a family or colleagues is counted in [`Pair::p`] alone.
    pub bits: f64,
    /// The value of the first entry, on one line of at most 80 characters.
    pub a: String,
    /// The value of the second entry.
    pub b: String,
}

/// How a field of two entries agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Agreement {
    /// The same but for case, width, accents and punctuation.
    Same,
    /// Alike: a slip of the pen, an initial, a short form, a sound.
    Similar,
    /// Each stands in another field of the other, such as given name and surname.
    Swapped,
    /// Different.
    Differs,
}

impl Verdict {
    /// Judges by probability alone.
    pub fn of(p: f64) -> Self {
        match p {
            p if p >= SAME_MIN => Self::Same,
            p if p >= ASK_MIN => Self::Ask,
            _ => Self::Different,
        }
    }
}

impl Agreement {
    /// Returns the word for a screen: `same`, `similar`, `swapped`, `differs`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Similar => "similar",
            Self::Swapped => "swapped",
            Self::Differs => "differs",
        }
    }
}
