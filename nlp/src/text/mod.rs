//! Text as people send it, made ready for an engine: pure functions, no allocation where
//! nothing changes.

mod clean;
mod forward;
mod marks;
mod quote;
mod trim;

pub use clean::{clean, excerpt, subject_key};
pub use forward::{Forward, forwarded};
pub use trim::trim;
