//! Understanding text: cleaning, language, intents, sentiment and urgency by an [`Engine`],
//! entities,
//! promises and questions, and the search index.
//!
//! Knows nothing of storage, channels or prompts. Only this crate knows tantivy.

pub mod acts;
pub mod bert;
pub mod classifier;
pub mod entities;
pub mod language;
pub mod linear;
pub mod rep;
pub mod search;
pub mod text;

mod engine;

pub use engine::{Engine, NlpError};
