//! What a text does besides naming things: what its writer promises, what it asks, what it asks for by law,
//! and whether its parts feel differently.
//!
//! Told by the forms of sentences in English and Chinese, in linear time, without a model. What is
//! doubtful is no promise: a task made of it would remind somebody of nothing.

mod clauses;
mod fulfils;
mod mixed;
mod promises;
mod questions;
mod rights;

pub use fulfils::fulfils;
pub(crate) use mixed::is_mixed;
pub use promises::promises;
pub use questions::questions;
pub use rights::{law, rights};

#[cfg(test)]
mod tests;
