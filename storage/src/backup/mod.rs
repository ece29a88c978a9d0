//! Everything that a store holds, taken out of it and put into a new one.
//!
//! ```text
//! Store ─► Snapshot: one transaction that reads ─► pieces of rows ─► (elsewhere: packed, kept)
//!                                                        │
//! new place ◄─ Filling: one transaction that writes ◄────┘   then: journal sealed anew, erasures again
//! ```
//! The rows have one form for both databases, so that what was taken from a file may be put on a
//! server and back. A piece ends behind a row that its key chooses: what did not change between two
//! snapshots is the same piece, byte for byte, and need be kept once.
//!
//! The search index is not taken along, nor is what belongs to processes: both are made again.

mod cells;
mod fill;
mod keys;
mod seals;
mod snapshot;
mod state;
mod tables;

pub use fill::{Filled, Filling};
pub use snapshot::{Head, Mark, Piece, Snapshot};

use crate::keys::{Secrets, hex};
use crate::open::Store;

impl Store {
    /// Returns a name that all backups of this house have in common. It tells nothing else.
    pub fn house(&self) -> String {
        house(&self.inner.keyring.secrets)
    }

    /// Returns the key by which pieces are named: whoever has not the house's keys cannot tell from a
    /// name what a piece holds.
    pub fn naming_key(&self) -> [u8; 32] {
        let half = |n: u8| self.inner.keyring.secrets.journal_mac(&[b"backup names", &[n]]);
        let mut key = [0; 32];
        key[..16].copy_from_slice(&half(0));
        key[16..].copy_from_slice(&half(1));
        key
    }

    /// Returns a code of a text, such as what a backup says of itself, that only this house can make.
    pub fn code(&self, text: &[u8]) -> String {
        hex(&self.inner.keyring.secrets.journal_mac(&[b"backup", text]))
    }
}

fn house(secrets: &Secrets) -> String {
    hex(&secrets.journal_mac(&[b"backup house"])[..8])
}
