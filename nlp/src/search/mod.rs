//! The search index: documents of all kinds, found by words in any script, names completed while
//! they are typed, and snippets that show why a text was found.
//!
//! The index is a projection of the store, in one encrypted directory that only one
//! process writes; it can be thrown away and made again at any time. It holds no text: whoever
//! searches gets ids and takes the texts from the store.
//!
//! ```text
//! Document ─► schema ─► tokens ─► segments (directory, blocks, sealed)
//! typed text ─► query ─► plan (dictionary, inflect, synonyms, feedback) ─► searcher ─► Answer
//! text of a hit ─► snippet
//! ```

pub mod bench;

mod query;
mod schema;

mod fold;
mod inflect;
mod tokens;

mod blocks;
mod directory;
mod sealed;

mod index;
mod open;

mod best;
mod complete;
mod dictionary;
mod feedback;
mod plan;
mod searcher;
mod snippet;
mod synonyms;

#[cfg(test)]
mod tests;

pub(crate) use fold::simplified;
pub use index::{Checkpoint, IndexOp, SearchIndex};
pub use query::Query;
pub use schema::{Document, NOBODY};
pub use searcher::{AddedWord, Answer, Because, Hit, Order, Request, Searcher};
pub use snippet::{Snippet, Snippets};
