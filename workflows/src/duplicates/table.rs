//! The table as numbers: every value once, and entries that point to values.

use std::collections::HashMap;

use super::kind::N_KINDS;
use super::parts::parts;
use super::similar::Value;
use super::{Entry, Kind};

/// All entries of a table, column by column.
pub(super) struct Table {
    /// How many entries it has.
    pub(super) n: usize,
    columns: Vec<Column>,
}

/// One kind of field.
#[derive(Default)]
pub(super) struct Column {
    /// The different values.
    pub(super) values: Vec<Value>,
    /// Where the cells of each entry begin, and at last where those of the last one end.
    start: Vec<u32>,
    cells: Vec<Cell>,
}

/// A value of an entry.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    /// Which of the column's values.
    pub(super) value: u32,
    /// Whether it is known to be right.
    pub(super) verified: bool,
}

impl Table {
    /// Brings all values to one spelling and numbers them.
    pub(super) fn new(entries: &[Entry], names_are_companies: bool) -> Self {
        let mut columns: Vec<Column> = (0..N_KINDS).map(|_| Column::default()).collect();
        let mut numbers: Vec<HashMap<String, u32>> = vec![HashMap::new(); N_KINDS];
        for entry in entries {
            columns.iter_mut().for_each(Column::begin_entry);
            for part in parts(entry, names_are_companies) {
                let column = &mut columns[part.kind as usize];
                let value = *numbers[part.kind as usize].entry(part.text).or_insert_with_key(|text| {
                    let local_part = text.split_once('@').map(|(local, _)| local);
                    column.values.push(Value::new(text, part.sounds_like.or(local_part)));
                    column.values.len() as u32 - 1
                });
                column.add(Cell { value, verified: part.verified });
            }
        }
        columns.iter_mut().for_each(Column::begin_entry);
        Self { n: entries.len(), columns }
    }

    /// Returns the column of a kind.
    pub(super) fn column(&self, kind: Kind) -> &Column {
        &self.columns[kind as usize]
    }

    /// Returns the values of an entry.
    pub(super) fn cells(&self, kind: Kind, entry: u32) -> &[Cell] {
        self.column(kind).cells(entry)
    }

    /// Returns the first value of an entry.
    pub(super) fn first(&self, kind: Kind, entry: u32) -> Option<&Value> {
        let column = self.column(kind);
        column.cells(entry).first().map(|cell| &column.values[cell.value as usize])
    }

    /// Returns the kinds that occur at all, in order.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        Kind::ALL.into_iter().filter(|kind| !self.column(*kind).values.is_empty()).collect()
    }

    /// Returns the share of entries that have a value of the kind, in 0..=1.
    pub(super) fn filled(&self, kind: Kind) -> f64 {
        let n = (0..self.n as u32).filter(|entry| !self.cells(kind, *entry).is_empty()).count();
        n as f64 / self.n.max(1) as f64
    }
}

impl Column {
    fn begin_entry(&mut self) {
        self.start.push(self.cells.len() as u32);
    }

    /// Adds a cell to the last entry, unless it has the value.
    fn add(&mut self, cell: Cell) {
        let begin = self.start.last().map_or(0, |start| *start as usize);
        match self.cells[begin..].iter_mut().find(|c| c.value == cell.value) {
            Some(known) => known.verified |= cell.verified,
            None => self.cells.push(cell),
        }
    }

    /// Returns the values of an entry.
    pub(super) fn cells(&self, entry: u32) -> &[Cell] {
        let entry = entry as usize;
        &self.cells[self.start[entry] as usize..self.start[entry + 1] as usize]
    }
}
