//! Checks the seals of a journal while its rows go by, in the order of their commits.
//!
//! On a server a seal names a transaction of that server. Another server has other transactions, so
//! that its seals are made anew; here it is proved before that the old ones held.

use std::collections::VecDeque;

use super::cells::Cell;
use super::snapshot::Head;
use crate::journal::Mac;
use crate::keys::{Secrets, hex};

/// A seal that is still to be checked.
struct Seal {
    id: i64,
    upto: i64,
    n: i64,
    mac: Mac,
}

/// The seals, and how far they were checked.
#[derive(Default)]
pub(super) struct Seals {
    waiting: VecDeque<Seal>,
    /// The rows since the last seal that was checked: ids and codes.
    rows: Vec<u8>,
    n_rows: i64,
    before: Mac,
    pub(super) n_checked: u64,
    /// The newest one.
    pub(super) head: Option<Head>,
    /// The seals that do not hold.
    pub(super) broken: Vec<i64>,
}

impl Seals {
    /// Takes a row of `seals`; they come in their order, before all changes.
    pub(super) fn take_seal(&mut self, columns: &[&str], row: &[Cell<'_>]) {
        let int = |name: &str| match cell(columns, row, name) {
            Some(Cell::Int(n)) => n,
            _ => 0,
        };
        let mac: Mac = bytes(columns, row).try_into().unwrap_or_default();
        self.head = Some(Head { id: int("id"), mac: hex(&mac) });
        self.waiting.push_back(Seal { id: int("id"), upto: int("upto"), n: int("n"), mac });
    }

    /// Takes a row of `changes`.
    pub(super) fn take_change(&mut self, columns: &[&str], row: &[Cell<'_>], secrets: &Secrets) {
        let Some(Cell::Int(id)) = cell(columns, row, "id") else { return };
        self.rows.extend_from_slice(&id.to_le_bytes());
        self.rows.extend_from_slice(bytes(columns, row));
        self.n_rows += 1;
        if self.waiting.front().is_some_and(|seal| seal.n == self.n_rows) {
            self.check(secrets);
        }
    }

    /// Tells that no more changes come.
    pub(super) fn end(&mut self, secrets: &Secrets) {
        while !self.waiting.is_empty() {
            self.check(secrets);
        }
    }

    fn check(&mut self, secrets: &Secrets) {
        let Some(seal) = self.waiting.pop_front() else { return };
        let parts = [b"seal", &self.before[..], &seal.upto.to_le_bytes(), &self.rows];
        if seal.n != self.n_rows || secrets.journal_mac(&parts) != seal.mac {
            self.broken.push(seal.id);
        }
        self.n_checked += 1;
        self.before = seal.mac;
        self.rows.clear();
        self.n_rows = 0;
    }
}

fn cell<'a>(columns: &[&str], row: &[Cell<'a>], name: &str) -> Option<Cell<'a>> {
    columns.iter().position(|column| *column == name).map(|i| row[i])
}

fn bytes<'a>(columns: &[&str], row: &[Cell<'a>]) -> &'a [u8] {
    match cell(columns, row, "mac") {
        Some(Cell::Bytes(bytes)) => bytes,
        _ => &[],
    }
}
