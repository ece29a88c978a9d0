//! What the store remembers of its backups, for `doctor` and the figures.

use rapport_model::Timestamp;
use rapport_storage::{StorageError, Store};
use serde::{Deserialize, Serialize};

/// How the last backups went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// Where the last whole one lies, and up to when it goes.
    pub place: Option<String>,
    pub name: Option<String>,
    pub made: Option<Timestamp>,
    pub bytes: u64,
    /// Why none was made since, and since when.
    pub trouble: Option<String>,
    pub trouble_since: Option<Timestamp>,
    /// When one was last looked through, and what was wrong.
    pub verified: Option<Timestamp>,
    pub faults: Vec<String>,
}

impl State {
    /// Reads it; what cannot be read is nothing.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) async fn of(store: &Store) -> Result<Self, StorageError> {
        let text = store.backup_state().await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Notes it.
    ///
    /// # Errors
    /// The store cannot be written.
    pub(crate) async fn note(store: &Store, change: impl FnOnce(&mut Self)) -> Result<(), StorageError> {
        let mut state = Self::of(store).await?;
        change(&mut state);
        store.set_backup_state(&serde_json::to_string(&state).expect("a state is JSON")).await
    }
}
