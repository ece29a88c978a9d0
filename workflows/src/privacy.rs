//! Erasing a person everywhere: in the store, and in this process's search index.

use rapport_model::{Actor, Id};
use rapport_storage::erase::Proof;

use crate::{WorkflowError, Workflows};

impl Workflows {
    /// Erases a customer for good: destroys their keys, blots them out of words about others, and
    /// has the index rewrite the files that held their words. Returns the proof, or nothing if
    /// there is no such customer.
    ///
    /// # Errors
    /// The store or the index failed. The erasure goes on when the same is asked again, or the
    /// store opened again.
    pub async fn erase(&self, customer: Id, actor: Actor) -> Result<Option<Proof>, WorkflowError> {
        let proof = self.store.erase(customer, actor).await?;
        while self.tail_index(true).await?.n_applied > 0 {}
        Ok(proof)
    }
}
