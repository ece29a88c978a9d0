//! What can be wrong with a text.

use std::path::PathBuf;

/// A text is missing, broken, or asks for what it is not given.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// A file of texts cannot be read.
    #[error("cannot read the texts in {}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A text is wrong; `place` says where to look.
    #[error("{place}: {problem}")]
    Wrong {
        /// Where it stands.
        place: Place,
        /// What is wrong and what to do.
        problem: String,
    },
    /// No text has that name.
    #[error("no text is named `{name}`; the names are {known}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The names that exist, with commas.
        known: String,
    },
}

/// A file of texts and a line in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path of the file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
