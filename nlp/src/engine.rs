//! What reads texts.

use rapport_model::reading::{Language, Reading};

/// Reads texts: language, intents, sentiment, urgency and the words that spoke for them.
/// Entities are not its business ([`crate::entities`]).
pub trait Engine: Send {
    /// Returns the languages that the engine was made for.
    fn languages(&self) -> &[Language];

    /// Reads `texts`; the answer has one reading for each, in order.
    ///
    /// # Errors
    /// The engine cannot work at all; a strange text is no error.
    fn understand(&mut self, texts: &[&str]) -> Result<Vec<Reading>, NlpError>;
}

/// Why a text cannot be read or a model not be used.
#[derive(Debug, thiserror::Error)]
pub enum NlpError {
    /// A model file is missing, cut, or of another version.
    #[error("model {path} cannot be used: {why}")]
    Model {
        /// Which file.
        path: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// A model file was made by a program of another version.
    #[error(
        "model {path} cannot be used: it is of version {version}, this program reads {reads}; train it anew"
    )]
    Outdated {
        /// Which file.
        path: String,
        /// Its version.
        version: u32,
        /// The version that this program reads.
        reads: u32,
    },
    /// A line of training data is wrong.
    #[error("{path}:{line}: {why}")]
    Data {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong, and what to do.
        why: String,
    },
    /// A file cannot be read or written.
    #[error("{what}: {reason}")]
    Io {
        /// What we were doing, with the path.
        what: String,
        /// The system's answer. No source of the error, or a chain of reasons would tell it twice.
        reason: std::io::Error,
    },
    /// The worker of the engine `bert` cannot do its work.
    #[error("the engine bert cannot be used: {0}")]
    Worker(String),
    /// The engine panicked at a text.
    #[error("the engine panicked at a text; the text is kept, and the rest goes on")]
    Panicked,
    /// The search index failed.
    #[error("{what}: {source}")]
    Index {
        /// What we were doing.
        what: &'static str,
        /// tantivy's answer.
        source: tantivy::TantivyError,
    },
}

impl NlpError {
    pub(crate) fn outdated(path: &str, version: u32, reads: u32) -> Self {
        Self::Outdated { path: path.to_owned(), version, reads }
    }
}
