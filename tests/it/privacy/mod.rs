//! What people may ask of the house, and what it owes them.

mod restriction;
mod retention;
